package model

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/diff"
)

const (
	// maxDifferences bounds the list: a difference takes three bytes and more.
	maxDifferences = 16 << 20
	// maxEdits is how many edits in different places a running comparison takes along; then it begins anew.
	maxEdits = 256
	// around is how many bytes alike before and behind a coarse difference are compared again with it.
	around = 4 << 10
)

// finder compares all of both sides.
type finder struct {
	mu   sync.Mutex
	list diff.List
	done int64 // bytes of both
	full bool
	// seen is what the editor has taken already.
	seen int64
}

func (f *finder) add(h diff.Hunk) (more bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.list.Len() == maxDifferences {
		f.full = true
		return false, nil
	}
	return true, f.list.Append(h)
}

func (f *finder) reach(done int64) {
	f.mu.Lock()
	f.done = done
	f.mu.Unlock()
}

// more tells whether there is more than was taken before.
func (f *finder) more() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.done != f.seen
}

// onCores starts a part of a comparison.
func onCores(f func()) { share(new(sync.WaitGroup), "a part of a comparison", 1, f) }

// take gives what is found and how far.
func (f *finder) take() (list *diff.List, known diff.Point) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = f.done
	end := f.list.End()
	alike := max(0, (f.done-end.A-end.B)/2)
	return f.list.Snapshot(), diff.Point{A: end.A + alike, B: end.B + alike}
}

// DiffInput is a snapshot as a side of a comparison, which does not read its holes.
func DiffInput(s *mmapdoc.Snapshot) diff.Input {
	return diff.Input{R: s, Size: s.Size(), Zeros: func(off int64) int64 {
		if data := s.NextData(off); data.Len() > 0 {
			return data.Start - off
		}
		return s.Size() - off
	}, View: func(off, n int64, fn func(b []byte)) bool {
		ok, err := s.View(mmapdoc.Range{Start: off, End: off + n}, func(b []byte) error {
			fn(b)
			return nil
		})
		return ok && err == nil
	}}
}

func inputs(a, b *mmapdoc.Snapshot) (x, y diff.Input) {
	return DiffInput(a), DiffInput(b)
}

// restart compares all anew, in the background. With keep, what is known stays on the screen until all is known again.
func (c *Comparison) restart(keep bool) Effect {
	for _, s := range c.sides {
		s.snap = s.ed.Snapshot()
	}
	a, b := inputs(c.sides[0].snap, c.sides[1].snap)
	f := &finder{}
	c.finding, c.log, c.dirty = f, nil, nil
	if c.old = keep && c.whole; !c.old {
		c.list, c.known, c.whole, c.full = &diff.List{}, diff.Point{}, false, false
		if c.cols > 0 {
			c.scrollTo(c.top)
		}
	}
	c.version++
	same := c.same
	return Other{c.sides[0].ed, Start{&Job{
		Kind: "compare", Title: "comparing", Total: a.Size + b.Size, Keep: true, Quick: true,
		Run: func(ctx context.Context, progress *atomic.Int64) error {
			var failed error
			var way pause
			o := diff.Options{SameOffset: same, Progress: func(done, _ int64) {
				way.give()
				progress.Store(done)
				f.reach(done)
			}, Go: onCores}
			err := diff.Compare(ctx, a, b, o, func(h diff.Hunk) bool {
				var more bool
				more, failed = f.add(h)
				return more && failed == nil
			})
			return errors.Join(err, failed)
		},
		Done: func(_ *Editor, err error) (Effect, error) {
			if c.finding != f || c.ended {
				return nil, nil
			}
			return nil, c.found(err)
		},
	}}}
}

// again compares all anew on the user's wish. Cancelling it leaves what is known, if that is all there is to know.
func (c *Comparison) again() Effect {
	for _, s := range c.sides {
		if s.ed.doc != s.doc || s.ed.Snapshot() != s.snap { // the list knows nothing of that yet
			return c.restart(false)
		}
	}
	return c.restart(true)
}

// found takes the end of a comparison of all.
func (c *Comparison) found(err error) error {
	f := c.finding
	keep := c.hold()
	var rerr error
	if err == nil || !c.old {
		rerr = c.rebuild(err == nil && !f.full)
		c.full = f.full
	}
	keep()
	c.finding, c.log, c.old = nil, nil, false
	e := c.sides[c.active].ed
	switch {
	case errors.Is(err, context.Canceled):
		if c.whole {
			e.Notef("cancelled: %s, as before", c.Count(-1))
		} else {
			e.Notef("cancelled: %s; compare-again compares all", c.Count(-1))
		}
		return nil
	case err != nil:
		return err
	case rerr != nil:
		return rerr
	case f.full:
		e.Notef("more than %s differences; the list ends there", Grouped(c.list.Len()))
	case c.list.Len() == 0:
		e.Notef("no differences: both are the same, %s", count(e.Size(), "byte"))
	default:
		e.Notef("%s", c.Count(-1))
	}
	c.first()
	return nil
}

// rebuild takes what the finder knows, and what was edited since it began.
func (c *Comparison) rebuild(whole bool) error {
	list, known := c.finding.take()
	c.list, c.known, c.whole, c.dirty = list, known, whole, nil
	c.version++
	for _, ed := range c.log {
		if err := c.apply(ed); err != nil {
			return err
		}
	}
	return nil
}

// first goes to the first difference, once.
func (c *Comparison) first() {
	if c.fresh && c.list.Len() > 0 {
		c.arrive(0)
	}
}

// hold keeps the row of the cursor where it stands on the screen while differences before it change.
func (c *Comparison) hold() func() {
	if c.cols == 0 {
		return func() {}
	}
	before, visible, cursor := c.row(c.place()), c.visible(), c.sides[c.active].ed.cursor
	return func() {
		defer func() { c.scrollTo(c.top) }()       // the sides may have become shorter
		if c.sides[c.active].ed.cursor != cursor { // it went elsewhere, and the rows with it
			return
		}
		if after := c.row(c.place()); visible && after != before {
			c.scrollTo(c.top + after - before)
		}
	}
}

// Refresh takes along what has happened to the sides: edits, what was found meanwhile, motions of the cursor. A face calls it
// before it draws; it takes no time.
func (c *Comparison) Refresh() (Effect, error) {
	var again, other bool
	keep := c.hold()
	for i, s := range c.sides {
		if s.ed.doc != s.doc { // opened again
			s.doc, s.depth, other = s.ed.doc, len(s.ed.outers), true
		}
		snap := s.ed.Snapshot()
		if other || snap == s.snap {
			continue
		}
		was, now := snap.Since(s.snap)
		s.snap = snap
		if was.Len()+now.Len() == 0 {
			continue
		}
		if err := c.edited(sideEdit{i, was, now.Len()}); err != nil {
			return nil, err
		}
		if c.same && was.Len() != now.Len() || len(c.log) > maxEdits || len(c.dirty) > maxEdits {
			again = true
		}
	}
	if again || other {
		eff := c.restart(!other)
		keep()
		return eff, nil
	}
	if f := c.finding; f != nil {
		if !c.old && f.more() {
			if err := c.rebuild(false); err != nil {
				return nil, err
			}
		}
		c.first()
	}
	keep()
	c.follow()
	if (c.finding == nil || c.old) && !c.refine && len(c.dirty) > 0 {
		return c.refineNext(), nil
	}
	return nil, nil
}

// follow brings the other side's cursor beside the one that leads.
func (c *Comparison) follow() {
	e, o := c.sides[c.active].ed, c.sides[1-c.active].ed
	o.Settings = e.Settings
	if e.cursor != c.cursor {
		c.cursor, c.fresh = e.cursor, false
	}
	off, _ := c.Offset(1-c.active, c.place())
	o.cursor, o.low, o.column = off, false, e.column
}

// refineNext compares again, in the background, a difference that an edit made coarse, with what is around it.
func (c *Comparison) refineNext() Effect {
	d := c.dirty[0]
	i, p := c.list.Seek(diff.Aligned, c.list.Align(0, d.A.Start))
	if d.A.Len() == 0 {
		i, p = c.list.Seek(1, d.B.Start)
	}
	if i == c.list.Len() || p.A.Start > d.A.Start || p.A.End < d.A.End {
		c.dirty = c.dirty[1:]
		return nil
	}
	lead, tail := p.A.Start, c.sides[0].snap.Size()-p.A.End
	if i > 0 {
		lead -= c.list.At(i - 1).A.End
	}
	if i+1 < c.list.Len() {
		tail = c.list.At(i+1).A.Start - p.A.End
	} else if !c.whole {
		tail = c.known.A - p.A.End
	}
	lead, tail = min(lead, around), min(tail, around)
	part := func(s *compared, r diff.Range) (diff.Input, int64) {
		start, n := r.Start-lead, r.Len()+lead+tail
		return diff.Input{R: io.NewSectionReader(s.snap, start, n), Size: n}, start
	}
	a, a0 := part(c.sides[0], p.A)
	b, b0 := part(c.sides[1], p.B)
	version, same := c.version, c.same
	var fine []diff.Hunk
	c.refine = true
	return Other{c.sides[0].ed, Start{&Job{
		Kind: "compare-part", Title: "comparing again", Total: a.Size + b.Size, Keep: true, Quick: true, Quiet: true,
		Run: func(ctx context.Context, progress *atomic.Int64) error {
			o := diff.Options{SameOffset: same, Progress: func(done, _ int64) { progress.Store(done) }, Go: onCores}
			return diff.Compare(ctx, a, b, o, func(h diff.Hunk) bool {
				fine = append(fine, diff.Hunk{A: diff.Range{Start: h.A.Start + a0, End: h.A.End + a0}, B: diff.Range{Start: h.B.Start + b0, End: h.B.End + b0}})
				return len(fine) < maxDifferences/4
			})
		},
		Done: func(_ *Editor, err error) (Effect, error) {
			c.refine = false
			switch {
			case c.ended || version != c.version: // the next Refresh begins again
				return nil, nil
			case err != nil || len(fine) == maxDifferences/4:
				c.dirty = c.dirty[1:] // it stays coarse
				return nil, notCancelled(err)
			}
			keep := c.hold()
			list, err := c.list.Replace(i, i+1, fine, 0, 0)
			if err != nil {
				return nil, err
			}
			c.list, c.dirty = list, c.dirty[1:]
			c.version++
			keep()
			return nil, nil
		},
	}}}
}
