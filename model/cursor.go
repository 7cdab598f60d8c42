package model

import "hexlay/mmapdoc"

// motion computes where a cursor goes. It does not move it: the same motion moves, or extends the selection.
type motion func(e *Editor) int64

func (e *Editor) last() int64 { return e.Size() } // the place behind the last byte takes what is appended

func left(n int64) motion { return func(e *Editor) int64 { return max(0, e.cursor-n) } }
func right(n int64) motion {
	return func(e *Editor) int64 {
		if e.last()-e.cursor <= n {
			return e.last()
		}
		return e.cursor + n
	}
}

// rowsDown keeps the column; from the last full row it goes to the last place of a shorter one.
func (e *Editor) rowsDown(n int64) int64 {
	if c := e.aligned(); c != nil {
		return c.down(c.sideOf(e), e.cursor, n)
	}
	cols := int64(e.View.cols)
	rows := (e.rowOf(e.last()) - e.rowOf(e.cursor)) / cols // how many there are
	return min(e.cursor+min(n, rows)*cols, e.last())
}

func (e *Editor) rowsUp(n int64) int64 {
	if c := e.aligned(); c != nil {
		return c.down(c.sideOf(e), e.cursor, -n)
	}
	return e.cursor - min(n, e.cursor/int64(e.View.cols))*int64(e.View.cols)
}

func rowStart(e *Editor) int64 {
	if c := e.aligned(); c != nil {
		return c.rowStart(c.sideOf(e), e.cursor)
	}
	return e.rowOf(e.cursor)
}

func rowEnd(e *Editor) int64 {
	if c := e.aligned(); c != nil {
		return c.rowEnd(c.sideOf(e), e.cursor)
	}
	last, row := max(e.last()-1, e.cursor), e.rowOf(e.cursor)
	if last-row < int64(e.View.cols) {
		return last
	}
	return row + int64(e.View.cols) - 1
}

func groupLeft(e *Editor) int64 {
	g := int64(max(e.Group, 4))
	return max(0, (e.cursor-1)/g*g)
}

func groupRight(e *Editor) int64 {
	g := int64(max(e.Group, 4))
	if e.last()-e.cursor <= g {
		return e.last()
	}
	return (e.cursor/g + 1) * g
}

// moveTo ends any selection and goes to off.
func (e *Editor) moveTo(off int64) {
	e.selecting = false
	e.setCursor(off)
	e.Reveal()
}

// move goes to off as a motion does: a selection that was started with select-start follows, any other ends.
func (e *Editor) move(off int64) {
	if e.selecting && e.sticky {
		e.extendTo(off)
	} else {
		e.moveTo(off)
	}
}

// extendTo goes to off with the selection's other end staying.
func (e *Editor) extendTo(off int64) {
	if !e.selecting {
		e.selecting, e.sticky, e.anchor = true, false, e.cursor
	}
	e.found = false
	e.setCursor(off)
	e.Reveal()
}

func (e *Editor) setCursor(off int64) {
	e.cursor = e.skipGap(clamp(off, 0, e.last()))
	e.low = false
}

// page moves the screen and the cursor by whole screens, so that the cursor keeps its place on the screen.
func (e *Editor) page(screens int64, extend bool) {
	n := screens * int64(e.View.rows)
	top := e.View.top
	var aligned int64
	c := e.aligned()
	if c != nil {
		aligned = c.top
	}
	to := e.rowsDown(n)
	if n < 0 {
		to = e.rowsUp(-n)
	}
	if extend {
		e.extendTo(to)
	} else {
		e.move(to)
	}
	if e.View.top = top; c != nil {
		c.top = aligned
	}
	e.Scroll(n)
	e.Reveal()
}

// Jump goes to off as goto does: the place left is kept for :back.
func (e *Editor) Jump(off int64) {
	e.jumps.leave(e.cursor)
	e.Glide(off)
}

// Glide goes to off as a drag over the map does: no place is kept for :back.
func (e *Editor) Glide(off int64) {
	e.selecting = e.selecting && e.sticky
	e.setCursor(clamp(off, 0, e.Size()))
	e.revealFar()
}

// Click puts the cursor on off in column c, as a mouse button does; extend keeps the selection's other end.
func (e *Editor) Click(off int64, c Column, extend bool) {
	e.column = c
	if extend {
		e.extendTo(off)
		return
	}
	e.moveTo(off)
}

// Drag extends the selection to off, as a mouse does while its button is down.
func (e *Editor) Drag(off int64) { e.extendTo(clamp(off, 0, max(0, e.Size()-1))) }

// Selection is the selected range; empty when nothing is selected.
func (e *Editor) Selection() mmapdoc.Range {
	if !e.selecting {
		return mmapdoc.Range{Start: e.cursor, End: e.cursor}
	}
	lo, hi := min(e.anchor, e.cursor), max(e.anchor, e.cursor)
	return mmapdoc.Range{Start: min(lo, e.Size()), End: min(hi, e.Size()-1) + 1}
}

// Target is what a command that works on bytes takes: the selection, else the byte under the cursor.
func (e *Editor) Target() mmapdoc.Range {
	if r := e.Selection(); r.Len() > 0 {
		return r
	}
	return mmapdoc.Range{Start: e.cursor, End: min(e.cursor+1, e.Size())}
}

// Select selects r and puts the cursor on its last byte.
func (e *Editor) Select(r mmapdoc.Range) {
	r.Start, r.End = clamp(r.Start, 0, e.Size()), clamp(r.End, 0, e.Size())
	if r.Len() <= 0 {
		e.moveTo(r.Start)
		return
	}
	e.anchor, e.selecting, e.sticky, e.found = r.Start, true, false, false
	e.setCursor(r.End - 1)
	e.revealFar()
}

// selectPlace selects r, which something led to, so that its beginning is on the screen even if its end, the cursor, then is not.
func (e *Editor) selectPlace(r mmapdoc.Range) {
	e.Select(r)
	if w := e.Window(); r.Len() > 0 && (r.Start < w.Start || r.Start >= w.End) {
		e.ScrollTo(r.Start)
	}
}

// selectFound selects r, which a search or a list of such places led to.
func (e *Editor) selectFound(r mmapdoc.Range) {
	e.selectPlace(r)
	e.found = e.selecting
}

// Scope is the selection that the user made, which says of what bytes something is to be done. A selection that a search has
// made says where the match is; what takes the document when nothing is selected takes it then too, for nobody means a picture
// or a checksum of the few bytes just found. Making it longer or shorter makes it the user's.
func (e *Editor) Scope() mmapdoc.Range {
	if e.Found() {
		return mmapdoc.Range{Start: e.cursor, End: e.cursor}
	}
	return e.Selection()
}

// Found tells that the selection is a match or the like, and no Scope.
func (e *Editor) Found() bool { return e.selecting && e.found }

// jumpList is the places that jumps have left, like a browser's history.
type jumpList struct {
	places []int64
	at     int // index of the place that "back" goes to, plus one
}

const maxJumps = 1000

func (j *jumpList) leave(off int64) {
	j.places = append(j.places[:j.at], off)
	if len(j.places) > maxJumps {
		j.places = append(j.places[:0], j.places[1:]...)
	}
	j.at = len(j.places)
}

// back gives the last place left; the place now is kept so that forward comes here again.
func (j *jumpList) back(now int64) (int64, bool) {
	if j.at == 0 {
		return 0, false
	}
	if j.at == len(j.places) {
		j.places = append(j.places, now)
	}
	j.at--
	return j.places[j.at], true
}

func (j *jumpList) forward() (int64, bool) {
	if j.at+1 >= len(j.places) {
		return 0, false
	}
	j.at++
	return j.places[j.at], true
}
