package model

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/pattern"
)

// HitList is all matches of a search, in order.
type HitList struct{ rangeList }

// At is match i of Len.
func (l *HitList) At(i int64) mmapdoc.Range {
	r, _ := l.at(i)
	return r
}

// Row is match i as a row of a list.
func (l *HitList) Row(i int64) ListRow { return ListRow{Range: l.At(i), Bytes: true} }

// Hits is the list of all matches of a pattern that was asked for last; nil when there is none.
func (e *Editor) Hits() *HitList {
	if l := e.lists["hits"]; l != nil {
		hits, _ := l.Rows.(*HitList)
		return hits
	}
	return nil
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
	if w.pattern == nil {
		return e.listFields(w)
	}
	return e.listHits(w, nil), nil
}

// listHits lists all matches of a pattern; then, if it is not nil, comes when there are some.
func (e *Editor) listHits(w *wanted, then func(e *Editor) (Effect, error)) Effect {
	s := e.Snapshot()
	r := w.where(s.Size())
	hits := new(HitList)
	list := &List{Name: "hits", Title: w.shown, Again: "hits", Rows: hits, snapshot: s}
	full := false
	return e.listJob(list, "listing "+shorten(w.shown, 30), r.Len(),
		func(ctx context.Context, progress *atomic.Int64) error {
			search := Search{Snapshot: s, Pattern: w.pattern, Range: r, Progress: progress}
			return search.Run(ctx, func(found []mmapdoc.Range) error {
				for _, h := range found {
					if full = !hits.add(h, 0); full {
						return ErrStop
					}
				}
				return nil
			})
		},
		func(e *Editor) (Effect, error) {
			n := hits.Len()
			switch {
			case full:
				list.note = "and more"
				e.Notef("more than %s of %s; the list ends there", count(n, "match"), shorten(w.shown, 40))
			case n == 0:
				return nil, fmt.Errorf("not found: %s", shorten(w.shown, 60))
			default:
				e.Notef("%s of %s", count(n, "match"), shorten(w.shown, 40))
			}
			list.row = min(hits.Index(e.Target().Start), n-1)
			if then != nil {
				return then(e)
			}
			return nil, nil
		})
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

// FoundIn are the matches in the window r, which is what the screen shows, of what is being typed or was searched for last.
func (e *Editor) FoundIn(r mmapdoc.Range) []mmapdoc.Range {
	if l := e.finding.live; l != nil && l.shown != "" {
		return e.foundOf(l.w, r)
	}
	return e.foundOf(e.finding.last, r)
}

func (e *Editor) foundOf(w *wanted, r mmapdoc.Range) []mmapdoc.Range {
	m := &e.finding.marks
	switch {
	case w == nil:
		return nil
	case w.pattern == nil:
		return e.fieldsIn(r, w)
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
	in := w.where(s.Size())
	lo, hi := max(in.Start, r.Start-reach), min(in.End, r.End+reach)
	if lo >= hi {
		return nil
	}
	buf := make([]byte, hi-lo)
	n, lost := s.Read(buf, lo, nil)
	at := lo
	for _, l := range append(lost, mmapdoc.Range{Start: lo + int64(n), End: hi}) {
		if l.Start > at {
			hay := buf[at-lo : l.Start-lo]
			m.matcher.WindowAt(hay, len(hay), at)
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
