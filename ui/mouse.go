package ui

import (
	tea "charm.land/bubbletea/v2"

	"hexlay/model"
)

// wheelRows is how far one notch of the wheel scrolls.
const wheelRows = 3

// mouse takes a mouse event, tested against the rectangles that drew the last frame.
func (a *App) mouse(msg tea.MouseMsg) tea.Cmd {
	m := msg.Mouse()
	switch msg.(type) {
	case tea.MouseWheelMsg:
		rows := wheelRows
		switch m.Button {
		case tea.MouseWheelUp:
			rows = -wheelRows
		case tea.MouseWheelDown:
		default:
			return nil
		}
		return a.wheel(m.X, m.Y, rows)
	case tea.MouseClickMsg:
		if m.Button == tea.MouseLeft {
			return a.press(m.X, m.Y, m.Mod&tea.ModShift != 0)
		}
	case tea.MouseMotionMsg:
		if m.Button == tea.MouseLeft && a.drag != nil {
			a.drag(m.X, m.Y)
		}
	case tea.MouseReleaseMsg:
		a.drag = nil
	}
	return nil
}

func (a *App) wheel(x, y, rows int) tea.Cmd {
	if d := a.top(); d != nil {
		d.wheel(a, rows)
		return nil
	}
	for _, p := range a.layout.panels {
		if p.r.contains(x, y) {
			p.p.wheel(a, rows)
			return nil
		}
	}
	a.ed.Scroll(int64(rows))
	return nil
}

func (a *App) press(x, y int, shift bool) tea.Cmd {
	if d := a.top(); d != nil {
		return d.mouse(a, x, y)
	}
	for _, s := range a.layout.splits {
		if s.r.contains(x, y) {
			if s.drag != nil {
				a.drag = s.drag
				return nil
			}
		}
	}
	if a.layout.banner.contains(x, y) {
		return a.command("outside")
	}
	for _, p := range a.layout.panels {
		if p.r.contains(x, y) {
			again := a.focus == p.p
			a.focus = p.p
			a.use(p.p)
			if b := p.body(); b.contains(x, y) {
				return p.p.click(a, x-b.x, y-b.y, again)
			}
			return nil
		}
	}
	if c := a.ed.Comparison(); c != nil {
		side, off, col, ok := a.paneAt(c, x, y)
		if !ok {
			return nil
		}
		a.focus = nil
		cmd := a.perform(c.Turn(side), nil)
		a.ed.Click(off, col, shift)
		a.drag = a.dragSelection
		return cmd
	}
	if off, col, ok := a.offsetAt(x, y); ok && a.layout.grid.contains(x, y) {
		a.focus = nil
		a.ed.Click(off, col, shift)
		a.drag = a.dragSelection
	}
	return nil
}

// dragSelection extends the selection to where the mouse is, scrolling when it leaves the grid.
func (a *App) dragSelection(x, y int) {
	g := a.layout.grid
	c := a.ed.Comparison()
	if c != nil {
		g = a.layout.panes[c.Active()]
	}
	switch {
	case y < g.y:
		a.ed.Scroll(-1)
		y = g.y
	case y >= g.y+g.h:
		a.ed.Scroll(1)
		y = g.y + g.h - 1
	}
	if c != nil {
		if side, off, _, ok := a.paneAt(c, max(g.x, min(x, g.x+g.w-1)), y); ok && side == c.Active() {
			a.ed.Drag(off)
		}
		return
	}
	if off, _, ok := a.offsetAt(max(x, g.x), y); ok {
		a.ed.Drag(off)
	}
}

// offsetAt finds the byte at a place of the grid. Left of the digits is the row's first byte, right of the characters its
// last one.
func (a *App) offsetAt(x, y int) (off int64, col model.Column, ok bool) {
	g, sh := a.layout.grid, a.shape
	if g.empty() || y < g.y || y >= g.y+g.h {
		return 0, 0, false
	}
	i, col := a.byteAt(x - g.x)
	off = a.ed.View.Top() + int64(y-g.y)*int64(sh.cols) + int64(i)
	if off < 0 || off > a.ed.Size() {
		off = a.ed.Size()
	}
	return off, col, true
}

// byteAt finds the byte of a row at a column.
func (a *App) byteAt(x int) (i int, col model.Column) {
	sh := a.shape
	switch at, _ := sh.hexAt(x); {
	case x < sh.hexX(0):
	case x >= sh.textX(0):
		i, col = min(x-sh.textX(0), sh.cols-1), model.Text
	case at >= 0:
		i = at
	default:
		i = sh.cols - 1
	}
	return i, col
}
