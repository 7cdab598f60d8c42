package model

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"hexlay/mmapdoc"
	"hexlay/overlay/diff"
)

// Comparison is two documents beside each other, each with an editor of its own. What differs is found in the background and
// grows while it is found; what an edit touches is one difference at once, and compared again behind it.
//
// The screen shows aligned offsets (see diff.List): a row holds the same places of both sides, and the side that has no bytes
// there has a gap. The side that has the keys leads, the other one's cursor stands beside it.
type Comparison struct {
	Stacking Stacking

	home   *Editor // the one that was there before; ending the comparison goes back to it
	sides  [2]*compared
	active int
	same   bool // only bytes at the same offsets are compared

	list  *diff.List // of the sides' snapshots, as far as known goes
	known diff.Point // V is not used
	whole bool       // all is compared
	full  bool       // there are more differences than a list holds
	ended bool

	finding *finder
	log     []sideEdit  // since the snapshots that the finder looks at
	dirty   []diff.Hunk // differences that are coarse because they were edited
	version int64       // of the list
	refine  bool        // a job makes a coarse difference fine
	old     bool        // the list is the one from before the finder began, kept up with edits

	top        int64 // the aligned offset of the first row
	rows, cols int
	cursor     int64 // of the active side, when Refresh looked last
	arrived    arrival
	show       differenceFilter
	fresh      bool // the first difference is gone to as soon as it is known

}

// compared is one side.
type compared struct {
	ed    *Editor
	doc   *mmapdoc.Document
	depth int // how many documents ed's stood in when the comparison began
	snap  *mmapdoc.Snapshot
	label string
	back  func(e *Editor) error // writes a copy back to where it came from; nil for documents of their own
	kept  uint64                // the version that was written back
}

// sideEdit says that the bytes was of a side became n others.
type sideEdit struct {
	side int
	was  mmapdoc.Range
	n    int64
}

// arrival is where next-difference went last: the cursor's place alone does not tell a difference that has no bytes there.
type arrival struct {
	side    int
	cursor  int64
	index   int64
	version int64
}

// Left and Right are the two sides.
const (
	Left = iota
	Right
)

// Comparison is what the editor's document is compared in now, or nil.
func (e *Editor) Comparison() *Comparison {
	c := e.comparison
	if c == nil || c.ended {
		return nil
	}
	for _, s := range c.sides {
		if s.ed.doc != s.doc && len(s.ed.outers) != s.depth { // a document within one of them is shown
			return nil
		}
	}
	return c
}

// aligned is the comparison that says where the editor's rows are.
func (e *Editor) aligned() *Comparison {
	if c := e.Comparison(); c != nil && c.cols > 0 {
		return c
	}
	return nil
}

// Ended tells that the comparison is over. While a document within one of its sides is shown it goes on.
func (c *Comparison) Ended() bool { return c.ended }

// Side is the editor of a side.
func (c *Comparison) Side(side int) *Editor { return c.sides[side].ed }

// Label is what a side is called: the name of its document, with the folders in which the two are unlike where the names are the same.
func (c *Comparison) Label(side int) string {
	if l := c.sides[side].label; l != "" {
		return l
	}
	info, other := c.sides[side].ed.doc.Info(), c.sides[1-side].ed.doc.Info()
	if info.Name != other.Name || info.Path == other.Path {
		return info.Name
	}
	parts, others := strings.Split(filepath.ToSlash(info.Path), "/"), strings.Split(filepath.ToSlash(other.Path), "/")
	for len(parts) > 1 && len(others) > 1 && parts[0] == others[0] {
		parts, others = parts[1:], others[1:]
	}
	return cmp.Or(strings.Join(parts, "/"), info.Name)
}

// Active is the side that has the keys.
func (c *Comparison) Active() int { return c.active }

// SameOffset tells that only bytes at the same offsets are compared.
func (c *Comparison) SameOffset() bool { return c.same }

// Len is how many differences are known; more that there may be others.
func (c *Comparison) Len() (n int64, more bool) { return c.list.Len(), !c.whole }

// Full tells that there are more differences than a list holds.
func (c *Comparison) Full() bool { return c.full }

// At is a difference, 0 being the first.
func (c *Comparison) At(i int64) diff.Placed { return c.list.At(i) }

// Each calls fn with the differences from i on until it returns false.
func (c *Comparison) Each(i int64, fn func(i int64, p diff.Placed) bool) { c.list.Each(i, fn) }

// From is the first difference that does not lie before an aligned offset.
func (c *Comparison) From(v int64) int64 {
	i, _ := c.list.Seek(diff.Aligned, v)
	return i
}

// Window is the aligned offsets on the screen.
func (c *Comparison) Window() (top int64, rows, cols int) { return c.top, c.rows, c.cols }

// Known is the aligned offset up to which the sides are compared.
func (c *Comparison) Known() int64 {
	if c.whole {
		return c.length()
	}
	return c.list.Align(0, c.known.A)
}

// Align is the aligned offset of the byte at off in a side.
func (c *Comparison) Align(side int, off int64) int64 { return c.list.Align(side, off) }

// Offset is the byte of a side at an aligned offset; ok is false where it has none, and off what follows.
func (c *Comparison) Offset(side int, v int64) (off int64, ok bool) {
	off, ok = c.list.Offset(side, v)
	if size := c.sides[side].snap.Size(); off >= size {
		return size, false
	}
	return off, ok
}

// length is where the longer side ends among the aligned offsets.
func (c *Comparison) length() int64 {
	return max(c.Align(0, c.sides[0].snap.Size()), c.Align(1, c.sides[1].snap.Size()))
}

// Resize tells how many rows of how many bytes each side shows.
func (c *Comparison) Resize(rows, cols int) {
	rows, cols = max(rows, 1), max(cols, 1)
	for _, s := range c.sides {
		s.ed.View.rows, s.ed.View.cols = rows, cols
	}
	if rows == c.rows && cols == c.cols {
		return
	}
	seen := c.cols == 0 || c.visible()
	c.rows, c.cols = rows, cols
	c.scrollTo(c.top)
	if seen {
		c.reveal(0)
	}
}

// place is the aligned offset of the active side's cursor.
func (c *Comparison) place() int64 { return c.Align(c.active, c.sides[c.active].ed.cursor) }

func (c *Comparison) visible() bool {
	v := c.place()
	return v >= c.top && v < c.top+int64(c.rows)*int64(c.cols)
}

func (c *Comparison) row(v int64) int64 { return v - v%int64(c.cols) }

func (c *Comparison) scrollTo(v int64) {
	last := max(0, c.row(c.length())-int64(c.rows-1)*int64(c.cols))
	c.top = clamp(c.row(max(0, v)), 0, last)
}

// reveal scrolls so that the cursor is on the screen; when it was not, it comes above many rows from the top.
func (c *Comparison) reveal(above int) { c.revealAt(c.place(), above) }

func (c *Comparison) revealAt(v int64, above int) {
	row, cols := c.row(v), int64(c.cols)
	in := row >= c.top && (row-c.top)/cols < int64(c.rows)
	switch {
	case in:
	case above > 0:
		c.scrollTo(row - int64(above)*cols)
	case row < c.top:
		c.top = row
	default:
		c.top = row - int64(c.rows-1)*cols
	}
}

func (c *Comparison) scroll(rows int64) {
	cols := int64(c.cols)
	most := c.length()/cols + 1
	c.scrollTo(c.top + clamp(rows, -most, most)*cols)
}

// sideOf is which side e is.
func (c *Comparison) sideOf(e *Editor) int {
	if c.sides[Right].ed == e {
		return Right
	}
	return Left
}

// down is the byte n rows below off; in a gap what follows it, and with n below 0 what is before.
func (c *Comparison) down(side int, off, n int64) int64 {
	v, cols := c.Align(side, off), int64(c.cols)
	if n < 0 {
		v -= min(-n, v/cols) * cols
	} else {
		end := c.Align(side, c.sides[side].snap.Size())
		v += min(n, (c.row(end)-c.row(v))/cols) * cols
		v = min(v, end)
	}
	to, ok := c.Offset(side, v)
	if !ok && n < 0 && to > 0 {
		to--
	}
	return to
}

func (c *Comparison) rowStart(side int, off int64) int64 {
	to, _ := c.Offset(side, c.row(c.Align(side, off)))
	return min(to, off)
}

func (c *Comparison) rowEnd(side int, off int64) int64 {
	to, ok := c.Offset(side, c.row(c.Align(side, off))+int64(c.cols)-1)
	if !ok {
		to--
	}
	return max(to, off)
}

// window is the bytes of a side that are on the screen.
func (c *Comparison) window(side int) mmapdoc.Range {
	start, _ := c.Offset(side, c.top)
	end, _ := c.Offset(side, c.top+int64(c.rows)*int64(c.cols))
	return mmapdoc.Range{Start: start, End: max(start, end)}
}

// Here is the difference that the cursor stands at, if it stands at one.
func (c *Comparison) Here() (i int64, ok bool) {
	e := c.sides[c.active].ed
	if a := c.arrived; a.side == c.active && a.cursor == e.cursor && a.version == c.version && a.index < c.list.Len() {
		return a.index, true
	}
	i, p := c.list.Seek(c.active, e.cursor)
	r := p.Hunk.Side(c.active)
	return i, i < c.list.Len() && r.Start <= e.cursor && (e.cursor < r.End || r.Len() == 0)
}

// arrive goes to difference i.
func (c *Comparison) arrive(i int64) {
	p := c.list.At(i)
	e := c.sides[c.active].ed
	off := p.Hunk.Side(c.active).Start
	e.jumps.leave(e.cursor)
	e.selecting = false
	e.cursor, e.low = min(off, e.Size()), false
	c.arrived = arrival{c.active, e.cursor, i, c.version}
	c.fresh = false
	if c.cols > 0 {
		c.revealAt(p.V, max(1, c.rows/3))
	}
}

// step goes to the next difference or the one before, and at the end round.
func (c *Comparison) step(dir int64) error {
	e := c.sides[c.active].ed
	n := c.list.Len()
	if n == 0 {
		if c.whole {
			return errors.New("there is no difference")
		}
		return errors.New("no difference so far; comparing goes on")
	}
	i, here := c.Here()
	if dir > 0 && here {
		i++
	} else if dir < 0 {
		i--
	}
	round := ""
	switch {
	case i >= n && !c.whole:
		return errors.New("no more differences so far; comparing goes on")
	case i >= n:
		i, round = 0, ", went round to the first"
	case i < 0 && !c.whole:
		return errors.New("this is the first difference, and the last one is not known yet")
	case i < 0:
		i, round = n-1, ", went round to the last"
	}
	c.arrive(i)
	e.Notef("%s%s", c.tell(i), round)
	return nil
}

// tell says what difference i is.
func (c *Comparison) tell(i int64) string {
	p := c.list.At(i)
	s := c.Count(i) + ": "
	switch a, b := p.A.Len(), p.B.Len(); {
	case a == 0:
		return s + count(b, "byte") + " only on the right"
	case b == 0:
		return s + count(a, "byte") + " only on the left"
	case a == b:
		return s + count(a, "byte") + " changed"
	default:
		return fmt.Sprintf("%s%s on the left, %s on the right", s, count(a, "byte"), Grouped(b))
	}
}

// Count is "difference 3 of 17"; with i below 0 "17 differences". While not all is compared, it says "3 of 17…" and "17 differences so far".
func (c *Comparison) Count(i int64) string {
	n := c.list.Len()
	if i >= 0 {
		s := "difference " + Grouped(i+1) + " of " + Grouped(n)
		if !c.whole {
			s += "…"
		}
		return s
	}
	s := count(n, "difference")
	if n == 0 {
		s = "no differences"
	}
	if !c.whole && !c.full {
		s += " so far"
	}
	return s
}

// Stopped tells that not all is compared, and that nothing goes on with it: it was cancelled, or failed.
func (c *Comparison) Stopped() bool { return !c.whole && c.finding == nil && !c.full }

// edited takes what was done to a side into the list.
func (c *Comparison) edited(ed sideEdit) error {
	if c.finding != nil {
		if k := len(c.log) - 1; k >= 0 && c.log[k].side == ed.side && c.log[k].was.Start+c.log[k].n == ed.was.Start {
			c.log[k].was.End += ed.was.Len()
			c.log[k].n += ed.n
		} else {
			c.log = append(c.log, ed)
		}
	}
	return c.apply(ed)
}

func (c *Comparison) apply(ed sideEdit) error {
	known := c.known.Side(ed.side)
	if !c.whole && ed.was.Start >= known {
		return nil
	}
	was := diff.Range{Start: ed.was.Start, End: ed.was.End}
	if !c.whole {
		was.End = min(was.End, known)
	}
	list, h, err := c.list.Edit(ed.side, was, ed.n)
	if err != nil {
		return err
	}
	c.list = list
	c.version++
	delta := ed.n - was.Len()
	if !c.whole {
		if was.End < known {
			move(&c.known, ed.side, delta)
		} else {
			c.known = diff.Point{A: h.A.End, B: h.B.End}
		}
	}
	c.soil(ed.side, was, delta)
	if h.A.Len()+h.B.Len() > 0 {
		c.dirty = append(c.dirty, h)
	}
	return nil
}

func move(p *diff.Point, side int, by int64) {
	if side == 0 {
		p.A += by
	} else {
		p.B += by
	}
}

// soil moves what is to be compared again with an edit; what that touches goes, as a new difference holds it.
func (c *Comparison) soil(side int, was diff.Range, delta int64) {
	c.dirty = slices.DeleteFunc(c.dirty, func(d diff.Hunk) bool {
		r := d.Side(side)
		return r.End >= was.Start && r.Start <= was.End
	})
	for i := range c.dirty {
		d := &c.dirty[i]
		if r := &d.A; side == 0 && r.Start > was.End {
			r.Start, r.End = r.Start+delta, r.End+delta
		}
		if r := &d.B; side == 1 && r.Start > was.End {
			r.Start, r.End = r.Start+delta, r.End+delta
		}
	}
}

// What stands in a cell that holds no byte.
const (
	Gap    = -1 // only the other side has bytes here
	Beyond = -2 // behind the side's end
)

// Places gives the bytes of a side on the screen, cell by cell: their offsets, or Gap or Beyond.
func (c *Comparison) Places(side int, out []int64) []int64 {
	out = out[:0]
	size := c.sides[side].snap.Size()
	v, end := c.top, c.top+int64(c.rows)*int64(c.cols)
	alike := func(to, off int64) { // from v on, the byte at v being off
		for ; v < to; v, off = v+1, off+1 {
			if off < size {
				out = append(out, off)
			} else {
				out = append(out, Beyond)
			}
		}
	}
	from, _ := c.list.Seek(diff.Aligned, v)
	off, _ := c.list.Offset(side, v)
	c.list.Each(from, func(_ int64, p diff.Placed) bool {
		alike(min(p.V, end), off)
		r := p.Hunk.Side(side)
		for ; v < min(end, p.V+p.Span()); v++ {
			if k := v - p.V; k < r.Len() {
				out = append(out, r.Start+k)
			} else {
				out = append(out, Gap)
			}
		}
		off = r.End
		return v < end
	})
	alike(end, off)
	return out
}

// Stacking says how the sides stand: by the window's size, beside or above each other.
type Stacking int

// The ways of Stacking.
const (
	ByWindow Stacking = iota
	Beside
	Above
)
