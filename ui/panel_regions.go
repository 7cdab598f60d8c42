package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"
)

// regions lists the regions of a process's memory and goes to the chosen one.
type regions struct {
	row, top, h int
}

func (p *regions) name() string          { return "regions" }
func (p *regions) wants(w, most int) int { return most }
func (p *regions) title(a *App) string   { return fmt.Sprintf("regions: %d", len(a.ed.Regions())) }

func (p *regions) draw(a *App, c *canvas, r rect, focused bool) {
	p.h = r.h
	list := a.ed.Regions()
	if len(list) == 0 {
		c.text(r.x+1, r.y, r.w-2, "Only the memory of a process has regions: hexlay --pid N.", styleDim)
		return
	}
	here := a.ed.RegionAt()
	if !focused && here >= 0 {
		p.row = here
	}
	p.row = max(0, min(p.row, len(list)-1))
	p.top = max(min(p.top, p.row), p.row-r.h+1)
	for y := 0; y < r.h && p.top+y < len(list); y++ {
		i := p.top + y
		st := styleText
		switch {
		case focused && i == p.row:
			st = styleRow
			c.fill(rect{r.x, r.y + y, r.w, 1}, ' ', st)
		case i == here:
			st = styleFocus
		}
		g := list[i]
		c.text(r.x+1, r.y+y, r.w-2, cut(fmt.Sprintf("%012x %s %8s %s", g.Start, g.Access, shortSize(g.Len()), oneLine(g.Name)), r.w-2), st)
	}
}

// shortSize is a size in at most seven columns.
func shortSize(n int64) string {
	units := "BKMGTPE"
	i := 0
	for ; n >= 10_000 && i < len(units)-1; i++ {
		n >>= 10
	}
	return fmt.Sprintf("%d %c", n, units[i])
}

func (p *regions) key(a *App, name string) (tea.Cmd, bool) {
	switch name {
	case "down":
		p.row++
	case "up":
		p.row--
	case "pgdown":
		p.row += p.h
	case "pgup":
		p.row -= p.h
	case "home":
		p.row = 0
	case "end":
		p.row = len(a.ed.Regions()) - 1
	case "enter":
		return p.visit(a), true
	default:
		return nil, false
	}
	return nil, true
}

func (p *regions) visit(a *App) tea.Cmd {
	if list := a.ed.Regions(); p.row >= 0 && p.row < len(list) {
		return a.command(fmt.Sprintf("goto %#x", list[p.row].Start))
	}
	return nil
}

func (p *regions) click(a *App, x, y int, _ bool) tea.Cmd {
	if i := p.top + y; i < len(a.ed.Regions()) {
		p.row = i
		return p.visit(a)
	}
	return nil
}

func (p *regions) wheel(_ *App, rows int) { p.row += rows }
