package model

import "hexlay/mmapdoc"

// View is the part of the document that is on the screen: rows of cols bytes from top on.
//
// top is a multiple of cols. The wheel moves it without the cursor; every motion of the cursor brings it back.
type View struct {
	top        int64
	rows, cols int
}

// Top is the offset of the first byte on the screen.
func (v View) Top() int64 { return v.top }

// Rows and Cols are the shape of the grid in rows and bytes.
func (v View) Rows() int { return v.rows }

// Cols is the number of bytes in a row.
func (v View) Cols() int { return v.cols }

// Window is the range of the document that the grid shows.
func (e *Editor) Window() mmapdoc.Range {
	if c := e.aligned(); c != nil {
		return c.window(c.sideOf(e))
	}
	end := e.Size()
	if span := int64(e.View.rows) * int64(e.View.cols); end-e.View.top > span {
		end = e.View.top + span
	}
	return mmapdoc.Range{Start: min(e.View.top, end), End: end}
}

// Resize tells the shape of the grid. The row that holds the first visible byte stays in place as well as it can, and a
// cursor that was visible stays so.
func (e *Editor) Resize(rows, cols int) {
	rows, cols = max(rows, 1), max(cols, 1)
	if c := e.Comparison(); c != nil {
		c.Resize(rows, cols)
		return
	}
	if rows == e.View.rows && cols == e.View.cols {
		return
	}
	seen := e.CursorVisible()
	e.View.rows, e.View.cols = rows, cols
	e.View.top -= e.View.top % int64(cols)
	e.clampTop()
	if seen {
		e.Reveal()
	}
}

// CursorVisible tells whether the cursor's row is on the screen.
func (e *Editor) CursorVisible() bool {
	if c := e.aligned(); c != nil {
		return c.visible()
	}
	row := e.rowOf(e.cursor)
	return row >= e.View.top && (row-e.View.top)/int64(e.View.cols) < int64(e.View.rows)
}

// Reveal scrolls as little as it takes to show the cursor.
func (e *Editor) Reveal() {
	if c := e.aligned(); c != nil {
		c.reveal(0)
		return
	}
	row := e.rowOf(e.cursor)
	cols := int64(e.View.cols)
	switch {
	case row < e.View.top:
		e.View.top = row
	case (row-e.View.top)/cols >= int64(e.View.rows):
		e.View.top = row - int64(e.View.rows-1)*cols
	}
}

// revealFar shows the cursor a third down the screen when it was not visible: the end of a jump, with what surrounds it.
func (e *Editor) revealFar() {
	if e.CursorVisible() {
		return
	}
	if c := e.aligned(); c != nil {
		c.reveal(max(1, c.rows/3))
		return
	}
	e.View.top = e.rowOf(e.cursor) - int64(e.View.rows/3)*int64(e.View.cols)
	e.clampTop()
}

// Scroll moves the screen by rows without the cursor.
func (e *Editor) Scroll(rows int64) {
	if c := e.aligned(); c != nil {
		c.scroll(rows)
		return
	}
	cols := int64(e.View.cols)
	e.View.top += clamp(rows, -e.View.top/cols, (e.maxTop()-e.View.top)/cols) * cols
	e.clampTop()
}

// ScrollTo puts the row of offset off at the top, as a scroll bar does.
func (e *Editor) ScrollTo(off int64) {
	if c := e.aligned(); c != nil {
		c.scrollTo(c.Align(c.sideOf(e), clamp(off, 0, e.Size())))
		return
	}
	e.View.top = e.rowOf(clamp(off, 0, e.Size()))
	e.clampTop()
}

func (e *Editor) rowOf(off int64) int64 { return off - off%int64(e.View.cols) }

// maxTop is the top at which the last row stands at the bottom of the screen.
func (e *Editor) maxTop() int64 {
	return max(0, e.rowOf(e.Size())-int64(e.View.rows-1)*int64(e.View.cols))
}

func (e *Editor) clampTop() { e.View.top = clamp(e.View.top, 0, e.maxTop()) }

func clamp(v, lo, hi int64) int64 { return max(lo, min(v, hi)) }
