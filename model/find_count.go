package model

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"hexlay/mmapdoc"
)

// tally is all matches of a search, counted behind it where that is soon done.
type tally struct {
	of       *wanted
	snapshot *mmapdoc.Snapshot
	hits     rangeList
}

// What is counted without having been asked for is bounded: by the bytes that may have to be read from a disk, and by time.
const (
	tallySize = 256 << 20
	tallyTime = time.Second
)

// errUncounted ends a count that takes too long.
var errUncounted = errors.New("too many matches to be counted at once")

// placeOf says which match begins at off, and of how many: "3 of 59"; "" while nobody has counted.
func (e *Editor) placeOf(off int64) string {
	f := &e.finding
	var i, n int64
	switch t := f.tally; {
	case f.last == nil:
		return ""
	case f.last.pattern == nil:
		if f.fields == nil || f.fields.of.snapshot != e.Snapshot() {
			return ""
		}
		var whole bool
		if i, n, whole = f.fields.rank(off); !whole {
			return ""
		}
	case t == nil || t.of != f.last || t.snapshot != e.Snapshot():
		return ""
	default:
		i, n = t.hits.Index(off), t.hits.Len()
		if h, _ := t.hits.at(i); i == n || h.Start != off {
			return "" // it lies across one of those that are counted
		}
	}
	return fmt.Sprintf("%s of %s", Grouped(i+1), Grouped(n))
}

// countBehind counts the matches of the last search in the background; the message about the one at off, if it still stands
// then, is told how many there are.
func (e *Editor) countBehind(off int64) Effect {
	s, w, said := e.Snapshot(), e.finding.last, e.notice
	r := w.where(s.Size())
	if w.pattern == nil || r.Len() > tallySize || e.placeOf(off) != "" {
		return nil
	}
	t := &tally{of: w, snapshot: s}
	return Start{&Job{
		Kind: "find count", Title: "counting " + shorten(w.shown, 30), Total: r.Len(), Quiet: true,
		Run: func(ctx context.Context, progress *atomic.Int64) error {
			ctx, cancel := context.WithTimeout(ctx, tallyTime)
			defer cancel()
			search := Search{Snapshot: s, Pattern: w.pattern, Range: r, Progress: progress}
			return search.Run(ctx, func(found []mmapdoc.Range) error {
				for _, h := range found {
					if !t.hits.add(h, 0) {
						return errUncounted
					}
				}
				return nil
			})
		},
		Done: func(e *Editor, err error) (Effect, error) {
			if err != nil || e.finding.last != w || e.Snapshot() != s {
				return nil, nil // nobody asked for it
			}
			e.finding.tally = t
			if e.notice == said {
				e.tellPlace(off)
			}
			return nil, nil
		},
	}}
}

// tellPlace adds to the message about the match at off which one it is.
func (e *Editor) tellPlace(off int64) {
	if which := e.placeOf(off); which != "" {
		e.notice.Text += ", " + which
	}
}
