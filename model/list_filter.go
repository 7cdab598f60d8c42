package model

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// listFilter is a list narrowed to the rows that hold a text, whatever its case. A job fills it.
type listFilter struct {
	text  string
	found indexList
	ended atomic.Bool
}

// indexList is ascending numbers of rows, four bytes each. Any goroutine may read it while another one appends.
type indexList struct {
	mu     sync.Mutex
	chunks [][]uint32
	n      int64
}

func (x *indexList) Len() int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.n
}

func (x *indexList) at(i int64) int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	if i < 0 || i >= x.n {
		return -1
	}
	return int64(x.chunks[i/chunkHits][i%chunkHits])
}

func (x *indexList) add(i int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.n%chunkHits == 0 {
		x.chunks = append(x.chunks, make([]uint32, 0, min(chunkHits, max(64, 4*x.n))))
	}
	k := len(x.chunks) - 1
	x.chunks[k] = append(x.chunks[k], uint32(i))
	x.n++
}

func runListFilter(e *Editor, args []string) (Effect, error) {
	if len(args) > 0 {
		return e.filterList(args[0])
	}
	l, err := e.chosenList()
	if err != nil {
		return nil, err
	}
	return Prompt{Title: "Show the rows of " + l.Name + " that hold", Command: "list-filter", Initial: l.Filter(),
		Typing: (*Editor).filterList}, nil
}

// filterList narrows the list looked at last to the rows with text; "" shows all.
func (e *Editor) filterList(text string) (Effect, error) {
	l, err := e.chosenList()
	if err != nil {
		return nil, err
	}
	if text == l.Filter() && l.filter != nil && l.filter.ended.Load() {
		return nil, nil
	}
	e.cancelJob("filter " + l.Name)
	chosen := l.index(l.Chosen()) // stays the chosen one where it can
	old := l.filter
	if text == "" {
		l.filter = nil
		l.row = max(0, chosen)
		return nil, nil
	}
	f := &listFilter{text: text}
	within := Rows(l.Rows)
	var narrowed *indexList
	if old != nil && old.ended.Load() && strings.Contains(strings.ToLower(text), strings.ToLower(old.text)) {
		narrowed = &old.found // what holds the longer text holds the shorter one
	}
	l.filter, l.row = f, 0
	return Start{&Job{
		Kind: "filter " + l.Name, Title: "filtering " + l.Name, Quick: true,
		Run: func(ctx context.Context, progress *atomic.Int64) error {
			low := strings.ToLower(text)
			for i := int64(0); ; i++ {
				row := i
				if narrowed != nil {
					if i >= narrowed.Len() {
						break
					}
					row = narrowed.at(i)
				} else if err := l.await(ctx, i); err != nil {
					if errors.Is(err, errListEnds) {
						break
					}
					return err
				}
				if strings.Contains(within.Row(row).text(l), low) {
					f.found.add(row)
				}
				if i%1024 == 0 && ctx.Err() != nil {
					return ctx.Err()
				}
				progress.Store(i)
			}
			f.ended.Store(true)
			return nil
		},
		Done: func(e *Editor, err error) (Effect, error) { return nil, notCancelled(err) },
	}}, nil
}

var errListEnds = errors.New("the list ends")

// await waits until the list has row i. It gives errListEnds when there is none.
func (l *List) await(ctx context.Context, i int64) error {
	for i >= l.Rows.Len() {
		if l.ended.Load() && i >= l.Rows.Len() {
			return errListEnds
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}
