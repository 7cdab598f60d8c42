package model

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/pattern"
)

// HitList is all matches of a search, in order. It grows while the search runs; any goroutine may read it. A match takes six
// bytes.
type HitList struct {
	shown    string
	snapshot *mmapdoc.Snapshot

	mu     sync.Mutex
	chunks []hitChunk
	n      int64
	full   bool
	ended  bool
}

// hitChunk is some matches that begin close to each other.
type hitChunk struct {
	first  int64 // index of its first match
	base   int64 // the offset of that
	starts []uint32
	lens   []uint16 // less one
}

const (
	chunkHits = 8192
	maxHits   = 30_000_000
)

// Pattern is what was searched for, as it was typed.
func (l *HitList) Pattern() string { return l.shown }

// Len is how many matches there are so far.
func (l *HitList) Len() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.n
}

// State tells whether the search has ended, and whether it did so because there are too many matches for a list.
func (l *HitList) State() (ended, full bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ended, l.full
}

// At is match i of Len.
func (l *HitList) At(i int64) mmapdoc.Range {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i < 0 || i >= l.n {
		return mmapdoc.Range{}
	}
	k := sort.Search(len(l.chunks), func(k int) bool { return l.chunks[k].first > i }) - 1
	c := &l.chunks[k]
	start := c.base + int64(c.starts[i-c.first])
	return mmapdoc.Range{Start: start, End: start + int64(c.lens[i-c.first]) + 1}
}

// Index is the first match that begins at off or behind it; Len when there is none.
func (l *HitList) Index(off int64) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := sort.Search(len(l.chunks), func(k int) bool { return l.chunks[k].base > off }) - 1
	if k < 0 {
		return 0
	}
	c := &l.chunks[k]
	i := sort.Search(len(c.starts), func(i int) bool { return c.base+int64(c.starts[i]) >= off })
	return c.first + int64(i)
}

func (l *HitList) add(hits []mmapdoc.Range) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, h := range hits {
		if l.n == maxHits {
			l.full = true
			return ErrStop
		}
		k := len(l.chunks) - 1
		if k < 0 || len(l.chunks[k].starts) == chunkHits || h.Start-l.chunks[k].base > 1<<32-1 {
			l.chunks = append(l.chunks, hitChunk{first: l.n, base: h.Start})
			k++
		}
		c := &l.chunks[k]
		c.starts = append(c.starts, uint32(h.Start-c.base))
		c.lens = append(c.lens, uint16(h.Len()-1))
		l.n++
	}
	return nil
}

// Hits is the list of all matches that was asked for last; nil when there is none.
func (e *Editor) Hits() *HitList { return e.finding.hits }

// HitsStale tells that the list is of the document as it was before the last change.
func (e *Editor) HitsStale() bool {
	return e.finding.hits != nil && e.finding.hits.snapshot != e.Snapshot()
}

// GotoHit selects match i of the list.
func (e *Editor) GotoHit(i int64) {
	l := e.finding.hits
	if l == nil || i < 0 || i >= l.Len() {
		return
	}
	h := l.At(i)
	if h.End > e.Size() {
		e.Fail(errors.New("the document has become shorter since; hits searches again"))
		return
	}
	e.jumps.leave(e.cursor)
	e.Select(h)
	e.Notef("match %s of %s at %#x", Grouped(i+1), Grouped(l.Len()), h.Start)
}

func runHits(e *Editor, args []string) (Effect, error) {
	if len(args) > 0 {
		w, err := e.parseWanted(args[0])
		if err != nil {
			return nil, err
		}
		e.finding.last = w
	}
	w := e.finding.last
	if w == nil {
		return e.findPrompt("List all matches of", "hits"), nil
	}
	s := e.Snapshot()
	list := &HitList{shown: w.shown, snapshot: s}
	e.finding.hits = list
	return Effects{Panel{"hits", Focus}, Start{&Job{
		Kind: "hits", Title: "listing " + shorten(w.shown, 30), Total: s.Size(),
		Run: func(ctx context.Context, progress *atomic.Int64) error {
			search := Search{Snapshot: s, Pattern: w.pattern, Range: mmapdoc.Range{End: s.Size()}, Progress: progress}
			return search.Run(ctx, list.add)
		},
		Done: func(e *Editor, err error) (Effect, error) {
			list.mu.Lock()
			list.ended = true
			n, full := list.n, list.full
			list.mu.Unlock()
			switch {
			case errors.Is(err, context.Canceled):
				e.Notef("cancelled after %s", count(n, "match"))
				return nil, nil
			case err != nil:
				return nil, err
			case full:
				e.Notef("more than %s of %s; the list ends there", count(n, "match"), shorten(w.shown, 40))
			case n == 0:
				return nil, fmt.Errorf("not found: %s", shorten(w.shown, 60))
			default:
				e.Notef("%s of %s", count(n, "match"), shorten(w.shown, 40))
			}
			return nil, nil
		},
	}}}, nil
}

// hitMarks are the matches on the screen, kept until it shows something else.
type hitMarks struct {
	snapshot *mmapdoc.Snapshot
	window   mmapdoc.Range
	of       *wanted
	found    []mmapdoc.Range
	matcher  *pattern.Matcher // of the pattern; it learns while it is used
}

// markReach bounds how far around the window is looked for matches that begin before it or end behind it.
const markReach = 4 << 10

// FoundIn are the matches of the last search in the window r, which is what the screen shows.
func (e *Editor) FoundIn(r mmapdoc.Range) []mmapdoc.Range {
	m, w := &e.finding.marks, e.finding.last
	if w == nil {
		return nil
	}
	s := e.Snapshot()
	if m.snapshot == s && m.window == r && m.of == w {
		return m.found
	}
	if m.of != w {
		m.matcher = w.pattern.NewMatcher()
	}
	*m = hitMarks{s, r, w, m.found[:0], m.matcher}
	reach := min(int64(w.pattern.MaxLen()), markReach)
	lo, hi := max(0, r.Start-reach), min(s.Size(), r.End+reach)
	buf := make([]byte, hi-lo)
	n, lost := s.Read(buf, lo, nil)
	at := lo
	for _, l := range append(lost, mmapdoc.Range{Start: lo + int64(n), End: hi}) {
		if l.Start > at {
			hay := buf[at-lo : l.Start-lo]
			m.matcher.Window(hay, len(hay))
			for from := 0; ; {
				start, end, ok := m.matcher.Next(from)
				if !ok || at+int64(start) >= r.End {
					break
				}
				if at+int64(end) > r.Start {
					m.found = append(m.found, mmapdoc.Range{Start: at + int64(start), End: at + int64(end)})
				}
				from = end
			}
		}
		at = l.End
	}
	return m.found
}

func hexNumber(n int64) string { return "0x" + strconv.FormatInt(n, 16) }
