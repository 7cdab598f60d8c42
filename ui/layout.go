package ui

import (
	"math/bits"
	"slices"

	"hexlay/mmapdoc"
	"hexlay/model"
)

// layout is the screen cut into named rectangles. The mouse is tested against the same rectangles that drew the frame.
type layout struct {
	w, h                       int
	title, ruler, status, line rect
	banner                     rect // what another program did to the file
	grid                       rect
	panes                      [2]rect // the sides of a comparison, within grid; each has a heading above
	panels                     []placed
	splits                     []split
}

// placed is a panel's rectangle, its title line included.
type placed struct {
	p    panel
	r    rect
	tabs []panel // panels that are switched on but have no room, named in this one's heading
}

// split is a border that the mouse can drag.
type split struct {
	r    rect
	drag func(x, y int) // nil: it stays where it is
}

// grid geometry: where the digits and the characters of a row stand.
type gridShape struct {
	digits int // of the offset
	cols   int // bytes in a row
	group  int
	tight  bool // narrower gaps, for a side of a comparison
	bare   bool // no characters
}

// hexX is the column of byte i's first digit, from the grid's left edge.
func (g gridShape) hexX(i int) int {
	x := g.digits + 2 + 2*i + i/g.group
	if g.tight {
		x--
	}
	if g.group < 8 {
		x += i / 8
	}
	return x
}

// textX is the column of byte i's character.
func (g gridShape) textX(i int) int {
	x := g.hexX(g.cols-1) + 2 + 2 + i
	if g.tight {
		x--
	}
	if g.bare { // out of sight
		x += bareX
	}
	return x
}

const bareX = 1 << 20

// width is the columns that a whole row takes.
func (g gridShape) width() int {
	if g.bare {
		return g.hexX(g.cols-1) + 2
	}
	return g.textX(g.cols-1) + 1
}

// hexAt finds the byte whose digits (or the gap behind them) stand at column x; -1 when none.
func (g gridShape) hexAt(x int) (i, nibble int) {
	for i = g.cols - 1; i >= 0; i-- {
		if at := g.hexX(i); x >= at {
			if i == g.cols-1 && x > at+2 {
				return -1, 0
			}
			return i, min(x-at, 1)
		}
	}
	return -1, 0
}

// shapeFor fits a row into w columns: as many bytes as there is room for, a multiple of 16, since that keeps the offsets
// easy to read; in a narrow window 8, 4, 2 or 1.
func shapeFor(size int64, s model.Settings, w int) gridShape {
	g := gridShape{digits: offsetDigits(size), cols: s.Columns, group: s.Group}
	if s.Columns > 0 {
		return g
	}
	for g.cols = 16; g.cols > 1 && g.width() > w; {
		g.cols /= 2
	}
	for g.cols >= 16 && g.cols+16 <= model.MaxColumns {
		if g.cols += 16; g.width() > w {
			g.cols -= 16
			break
		}
	}
	return g
}

// offsetDigits is as many hex digits as the last offset needs, even, at least 4.
func offsetDigits(size int64) int {
	n := (bits.Len64(uint64(size)) + 3) / 4
	return max(4, n+n%2)
}

// Panels stand at the right of a window that is at least this wide; else below the grid.
const sideBySide = 116

// arrange cuts the window.
func (a *App) arrange() {
	l := layout{w: a.w, h: a.h}
	body := rect{0, 0, a.w, a.h}
	take := func(minHeight int) rect { // a line off the bottom, if the window is at least so high
		if a.h < minHeight {
			return rect{}
		}
		body.h--
		return rect{0, body.y + body.h, a.w, 1}
	}
	l.line = take(3)
	l.status = take(4)
	if a.h >= 8 {
		l.title = rect{0, body.y, a.w, 1}
		body.y, body.h = body.y+1, body.h-1
	}
	if a.h >= 8 && a.ed.Outside().Deed != mmapdoc.Unchanged {
		l.banner = rect{0, body.y, a.w, 1}
		body.y, body.h = body.y+1, body.h-1
	}
	if a.focus == nil || a.focus.name() != "picture" {
		a.whole = false
	}
	if a.whole {
		l.panels = []placed{{p: a.focus, r: body}}
		a.layout = l
		a.shape = shapeFor(a.ed.Size(), a.ed.Settings, body.w)
		return
	}
	shown := a.shownPanels()
	if i := a.upper(shown); i >= 0 && body.h >= minAbove {
		p := shown[i]
		shown = slices.Delete(shown, i, i+1)
		var above placed
		body, above = a.arrangeAbove(p, body)
		defer func() { a.layout.panels = append(a.layout.panels, above) }()
	}
	if len(shown) > 0 && body.h >= 6 {
		if wide := a.ed.Comparison() != nil; a.w >= comparedBeside || a.w >= sideBySide && !wide {
			body = a.arrangeRight(&l, body, shown)
		} else if body.h >= 10 {
			body = a.arrangeBelow(&l, body, shown)
		}
	}
	if a.visible["map"] {
		body = a.arrangeMap(&l, body)
	}
	if c := a.ed.Comparison(); c != nil {
		a.arrangeComparison(&l, body, c)
		return
	}
	if body.h >= 4 {
		l.ruler = rect{body.x, body.y, body.w, 1}
		body.y, body.h = body.y+1, body.h-1
	}
	l.grid = body
	a.layout = l
	a.shape = shapeFor(a.ed.Size(), a.ed.Settings, body.w)
	a.ed.Resize(max(1, body.h), a.shape.cols)
}

// The widths that a dock may have, in columns and rows.
const (
	dockWidth    = 54
	dockHeight   = 9
	minDockWidth = 24
	minGridWidth = 40
	// Below the grid panels stand side by side when each gets this much.
	minPanelWidth = 38
)

func (a *App) arrangeRight(l *layout, body rect, shown []panel) rect {
	w := dockWidth
	if a.w >= 160 {
		w = dockWidth + (a.w-160)/5
	}
	// The grid keeps room for rows of 16 bytes, unless the user wants it otherwise.
	row := gridShape{digits: offsetDigits(a.ed.Size()), cols: max(16, a.ed.Columns), group: a.ed.Group}
	grid := row.width()
	if a.ed.Comparison() != nil {
		grid = 2*grid + 1
	}
	room := body.w - grid - 2
	if a.visible["map"] {
		room -= a.ed.MapWidth() + 1
	}
	w = min(w, max(minPanelWidth, room))
	if a.dockW > 0 {
		w = a.dockW
	}
	w = max(minDockWidth, min(w, body.w-minGridWidth))
	edge := body.x + body.w // body is made smaller below
	x := edge - w
	l.splits = append(l.splits, split{rect{x - 1, body.y, 1, body.h}, func(mx, _ int) { a.dockW = max(1, edge-mx-1) }})
	shown, hidden := a.latest(shown, max(1, body.h/4))
	y, left := body.y, body.h
	for i, p := range shown {
		h := left
		if rest := len(shown) - i; rest > 1 {
			h = a.weights[p.name()] * body.h / 1000
			if h == 0 {
				h = p.wants(w, left/rest*3/2)
			}
			h = max(3, min(h, left-3*(rest-1)))
			top := y
			l.splits = append(l.splits, split{rect{x, y + h, w, 1}, func(_, my int) {
				share := (my - top) * 1000
				a.weights[p.name()] = max(1, (share+body.h-1)/max(1, body.h)) // up, so that it comes out the same
			}})
		}
		l.panels = append(l.panels, placed{p: p, r: rect{x, y, w, h}})
		if i == 0 {
			l.panels[0].tabs = hidden
		}
		y, left = y+h, left-h
	}
	body.w -= w + 1
	return body
}

// arrangeMap puts the map beside the grid. It is narrower than asked for where that keeps a row of 16 bytes, or else one of 8 or fewer.
func (a *App) arrangeMap(l *layout, body rect) rect {
	w := a.ed.MapWidth()
	if body.h < 4 || body.w < 8*narrowMap {
		return body
	}
	row := gridShape{digits: offsetDigits(a.ed.Size()), cols: 16, group: max(1, a.ed.Group)}
	for row.cols > 1 && body.w-row.width()-1 < narrowMap {
		row.cols /= 2
	}
	w = max(narrowMap, min(w, body.w-row.width()-1))
	body.w -= w + 1
	l.panels = append(l.panels, placed{p: &a.mapPanel, r: rect{body.x + body.w + 1, body.y, w, body.h}})
	return body
}

// narrowMap is the fewest columns that the map makes do with.
const narrowMap = 4

func (a *App) arrangeBelow(l *layout, body rect, shown []panel) rect {
	h := dockHeight
	if body.h >= 24 {
		h = body.h / 3
	}
	if a.dockH > 0 {
		h = a.dockH
	}
	h = max(3, min(h, body.h-5))
	edge := body.y + body.h
	y := edge - h
	l.splits = append(l.splits, split{rect{body.x, y, body.w, 1}, func(_, my int) { a.dockH = max(1, edge-my) }})
	shown, hidden := a.latest(shown, max(1, body.w/minPanelWidth))
	x, left := body.x, body.w
	for i, p := range shown {
		w := left / (len(shown) - i)
		pl := placed{p: p, r: rect{x, y, w, h}}
		if i == len(shown)-1 {
			pl.tabs = hidden
		} else {
			l.splits = append(l.splits, split{rect{x + w - 1, y + 1, 1, h - 1}, nil})
			pl.r.w--
		}
		l.panels = append(l.panels, pl)
		x, left = x+w, left-w
	}
	body.h -= h
	return body
}

// latest cuts shown to the n panels that were shown or entered last, in their order, and gives the others too.
func (a *App) latest(shown []panel, n int) (kept, hidden []panel) {
	for _, p := range shown {
		newer := 0
		for _, q := range shown {
			if a.used[q.name()] > a.used[p.name()] {
				newer++
			}
		}
		if newer < n {
			kept = append(kept, p)
		} else {
			hidden = append(hidden, p)
		}
	}
	return kept, hidden
}
