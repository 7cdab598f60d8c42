package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"hexlay/model"
	"hexlay/overlay/diff"
	"hexlay/overlay/literal"
)

// differencesPanel lists the differences of a comparison: where, of which kind, how many bytes, and the first of them. Only the
// rows that are shown are read.
type differencesPanel struct {
	list
	row  int64
	h    int
	seen *model.Comparison
	here int64 // where the cursor was when the panel looked last
	buf  []byte
}

func (p *differencesPanel) name() string          { return "differences" }
func (p *differencesPanel) wants(_, most int) int { return most }

func (p *differencesPanel) title(a *App) string {
	c := a.ed.Comparison()
	if c == nil {
		return "differences"
	}
	s := "differences"
	n, more := c.Shown()
	if f := c.Filter(); f != "" {
		s += ", " + f + " only"
	}
	s += ": " + model.Grouped(n)
	if more {
		s += " …"
	}
	return s
}

func (p *differencesPanel) draw(a *App, c *canvas, r rect, focused bool) {
	cmp := a.ed.Comparison()
	p.h = r.h
	if cmp == nil {
		c.text(r.x+1, r.y, r.w-1, "compare FILE shows two documents beside each other", styleDim)
		return
	}
	if cmp != p.seen {
		p.seen, p.row, p.top, p.here = cmp, 0, 0, -1
	}
	n, _ := cmp.Shown()
	if i, ok := cmp.Here(); ok && i != p.here { // the list follows the cursor
		if k, ok := cmp.ShownIndex(i); ok {
			p.row = k
			p.show(p.row, n, r.h)
		}
		p.here = i
	}
	p.row = max(0, min(p.row, n-1))
	if focused {
		p.show(p.row, n, r.h)
	}
	p.clamp(n, r.h)
	digits := max(offsetDigits(cmp.Side(0).Size()), offsetDigits(cmp.Side(1).Size()))
	if n == 0 {
		c.text(r.x+1, r.y, r.w-1, "none", styleDim)
	}
	cmp.EachShown(p.top, func(k int64, i int64, d diff.Placed) bool {
		y := int(k - p.top)
		if y >= r.h {
			return false
		}
		p.drawRow(c, cmp, rect{r.x, r.y + y, r.w, 1}, digits, i, d)
		switch {
		case focused && k == p.row:
			c.restyle(rect{r.x, r.y + y, r.w, 1}, styleRow)
		case i == p.here:
			c.restyle(rect{r.x, r.y + y, r.w, 1}, bold)
		}
		return true
	})
}

func (p *differencesPanel) drawRow(c *canvas, cmp *model.Comparison, r rect, digits int, i int64, d diff.Placed) {
	end := r.x + r.w
	x := c.text(r.x+1, r.y, r.w-1, fmt.Sprintf("%5s ", model.Grouped(i+1)), styleDim)
	kind, st := "changed", styleText.on(styleDiffers)
	switch d.Kind() {
	case "insert":
		kind, st = "right only", styleOnlyRight
	case "delete":
		kind, st = "left only", styleOnlyLeft
	}
	c.text(x, r.y, end-x, kind, st)
	x += 11
	for side := range 2 {
		cells := c.row(x, r.y, max(0, end-x))
		drawOffset(cells, d.Hunk.Side(side).Start, digits, styleOffset)
		x += digits + 1
	}
	sizes := model.Grouped(d.A.Len())
	if d.A.Len() != d.B.Len() {
		sizes += " → " + model.Grouped(d.B.Len())
	}
	c.text(x, r.y, end-x, sizes, styleText)
	x += max(10, plainWidth(sizes)) + 1
	if end-x < 8 {
		return
	}
	room := (end - x - 3) / 2 / 3
	for side := range 2 {
		h := d.Hunk.Side(side)
		if side == 1 {
			x = c.text(x, r.y, end-x, " → ", styleDim)
		}
		if h.Len() == 0 {
			x = c.text(x, r.y, end-x, "–", styleDim)
			continue
		}
		k := min(h.Len(), int64(min(room, 16)))
		p.buf = resized(p.buf, int(k))
		m, lost := cmp.Side(side).Snapshot().Read(p.buf, h.Start, nil)
		s := literal.Hex(p.buf[:m], " ", 1)
		if len(lost) > 0 {
			s = "··"
		}
		if h.Len() > k {
			s += "…"
		}
		x = c.text(x, r.y, end-x, s, styleText)
	}
}

func (p *differencesPanel) key(a *App, name string) (tea.Cmd, bool) {
	c := a.ed.Comparison()
	if c == nil {
		return nil, false
	}
	n, _ := c.Shown()
	last := max(0, n-1)
	switch name {
	case "up":
		p.row = max(0, p.row-1)
	case "down":
		p.row = min(last, p.row+1)
	case "pgup":
		p.row = max(0, p.row-int64(p.h))
	case "pgdown":
		p.row = min(last, p.row+int64(p.h))
	case "home":
		p.row = 0
	case "end":
		p.row = last
	case "f", "/":
		return a.command("differences-filter"), true
	case "enter":
	default:
		return nil, false
	}
	return p.visit(a, c), true
}

func (p *differencesPanel) visit(a *App, c *model.Comparison) tea.Cmd {
	var cmd tea.Cmd
	c.EachShown(p.row, func(_ int64, i int64, _ diff.Placed) bool {
		cmd = a.command(fmt.Sprintf("difference %d", i+1))
		return false
	})
	return cmd
}

func (p *differencesPanel) click(a *App, _, y int, _ bool) tea.Cmd {
	c := a.ed.Comparison()
	if c == nil {
		return nil
	}
	if n, _ := c.Shown(); p.top+int64(y) < n {
		p.row = p.top + int64(y)
		return p.visit(a, c)
	}
	return nil
}

func (p *differencesPanel) wheel(a *App, rows int) {
	if c := a.ed.Comparison(); c != nil {
		n, _ := c.Shown()
		p.scroll(int64(rows), n, p.h)
	}
}
