package ui

import (
	tea "charm.land/bubbletea/v2"

	"hexlay/keymap"
)

// panel is a view beside the grid. It keeps only what is its own (a scroll offset, a chosen row); all else it reads from
// the editor when it draws.
type panel interface {
	name() string
	// title is the panel's heading, with what is worth knowing of its state.
	title(a *App) string
	// wants is how many rows it would fill at width w, title included, up to most.
	wants(w, most int) int
	draw(a *App, c *canvas, r rect, focused bool)
	// key takes a key while the panel has the focus; taken is false for keys that it does not know.
	key(a *App, name string) (cmd tea.Cmd, taken bool)
	// click takes a press of the left button at (x, y) relative to the panel's body; again on a second press there.
	click(a *App, x, y int, again bool) tea.Cmd
	wheel(a *App, rows int)
}

func (a *App) shownPanels() []panel {
	var shown []panel
	for _, p := range a.panels {
		if a.visible[p.name()] && p != panel(&a.mapPanel) { // the map has a place of its own
			shown = append(shown, p)
		}
	}
	return shown
}

func (a *App) panelByName(name string) panel {
	for _, p := range a.panels {
		if p.name() == name {
			return p
		}
	}
	return nil
}

// onScreen tells whether p has a rectangle now: below the grid, one panel hides the others.
func (a *App) onScreen(p panel) bool { return !a.placeOf(p).empty() }

// placeOf is the panel's rectangle, its title line included; empty where it has none.
func (a *App) placeOf(p panel) rect {
	for _, pl := range a.layout.panels {
		if pl.p == p {
			return pl.r
		}
	}
	return rect{}
}

// body is the panel's rectangle without its title.
func (p placed) body() rect { return rect{p.r.x, p.r.y + 1, p.r.w, p.r.h - 1} }

func (a *App) drawPanels(c *canvas) {
	if a.focus != nil && (!a.visible[a.focus.name()] || !a.onScreen(a.focus)) {
		a.focus = nil
	}
	if !a.visible["text"] || !a.onScreen(&a.textPanel) {
		a.textPanel.forget()
	}
	for _, s := range a.layout.splits {
		if s.r.w == 1 {
			c.fill(s.r, '│', styleBorder)
		}
	}
	for _, p := range a.layout.panels {
		focused := a.focus == p.p
		if b := p.body(); !b.empty() {
			p.p.draw(a, c, b, focused)
		}
		a.drawHeading(c, p, focused) // after the body: drawing it finds out what the heading says
	}
}

// drawHeading draws a title line: a rule with the name in it, or with the names of all that share the place.
func (a *App) drawHeading(c *canvas, p placed, focused bool) {
	st := styleBorder
	if focused {
		st = styleFocus
	}
	if p.p == panel(&a.mapPanel) {
		c.text(p.r.x, p.r.y, p.r.w, cut(p.p.title(a), p.r.w), st)
		return
	}
	c.fill(rect{p.r.x, p.r.y, p.r.w, 1}, '─', styleBorder)
	end := p.r.x + p.r.w
	x := c.text(p.r.x+1, p.r.y, p.r.w-2, " "+p.p.title(a)+" ", st|bold)
	for _, q := range p.tabs {
		if q != p.p && x < end {
			label := " " + q.name()
			if keys := a.keys.Keys("panel " + q.name()); len(keys) > 0 {
				label += " " + keymap.Pretty(keys[0])
			}
			x = c.text(x+1, p.r.y, end-x-1, label+" ", styleDim)
		}
	}
}

// list is the scrolling of a list of rows, kept by panels and dialogs.
type list struct {
	top int64
}

// show scrolls so that row is within the h rows shown of n.
func (l *list) show(row, n int64, h int) {
	if row < l.top {
		l.top = row
	}
	if row >= l.top+int64(h) {
		l.top = row - int64(h) + 1
	}
	l.clamp(n, h)
}

func (l *list) clamp(n int64, h int) {
	l.top = max(0, min(l.top, n-int64(h)))
}

func (l *list) scroll(rows, n int64, h int) {
	l.top += rows
	l.clamp(n, h)
}
