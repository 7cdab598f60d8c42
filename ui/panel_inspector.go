package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"hexlay/model"
)

// inspector reads the bytes at the cursor in every common way, in both byte orders; each value can be edited.
type inspector struct {
	list
	row  int  // the chosen reading
	big  bool // the chosen byte order
	rows int  // of the body, when it was last drawn
	wide bool // both byte orders fit
}

func (p *inspector) name() string { return "inspector" }
func (p *inspector) title(a *App) string {
	if p.wide {
		return "inspector: little-endian, big-endian"
	}
	return "inspector " + a.ed.EndianName()
}
func (p *inspector) wants(_, most int) int { return min(most, len(model.Readings())+1) }

const (
	readingName  = 9
	readingValue = 21 // a 64-bit integer with its sign, and a space
)

func (p *inspector) draw(a *App, c *canvas, r rect, focused bool) {
	p.rows = r.h
	p.wide = r.w >= readingName+2*readingValue-1
	b := a.ed.CursorBytes()
	rs := model.Readings()
	if !p.wide {
		p.big = a.ed.BigEndian
	}
	// In a wide and low body the list stands in several columns.
	unit := readingName + readingValue
	if p.wide {
		unit += readingValue
	}
	cols := max(1, min(r.w/unit, (len(rs)+r.h-1)/max(1, r.h)))
	perCol := (len(rs) + cols - 1) / cols
	if cols > 1 && perCol <= r.h {
		p.top = 0
	} else if cols > 1 {
		perCol = r.h
	} else {
		perCol = len(rs)
		if focused {
			p.show(int64(p.row), int64(len(rs)), r.h)
		} else {
			p.clamp(int64(len(rs)), r.h)
		}
	}
	for i, rd := range rs {
		col, y := i/perCol, i%perCol-int(p.top)
		if col >= cols || y < 0 || y >= r.h {
			continue
		}
		p.drawReading(a, c, rect{r.x + col*unit, r.y + y, min(unit, r.w-col*unit), 1}, rd, b, focused && i == p.row)
	}
}

func (p *inspector) drawReading(a *App, c *canvas, r rect, rd *model.Reading, b []byte, chosen bool) {
	c.text(r.x+1, r.y, readingName-1, rd.Name, styleDim)
	value := func(x, w int, bigEndian bool) {
		s, _, err := rd.Decode(b, bigEndian)
		st := styleText
		if err != nil {
			s, st = "–", styleDim
			if chosen {
				s = err.Error()
			}
		}
		if a.ed.BigEndian != bigEndian && !rd.AnyOrder && p.wide {
			st = st.on(styleDim)
		}
		c.text(x, r.y, w-1, cut(s, w-1), st)
		if chosen && (p.big == bigEndian || rd.AnyOrder) {
			c.restyle(rect{x, r.y, w - 1, 1}, styleRow)
		}
	}
	x := r.x + readingName + 1
	switch {
	case rd.AnyOrder:
		value(x, r.w-readingName-1, p.big)
	case p.wide:
		w := (r.w - readingName - 1) / 2
		value(x, w, false)
		value(x+w, w, true)
	default:
		value(x, r.w-readingName-1, a.ed.BigEndian)
	}
}

func (p *inspector) key(a *App, name string) (tea.Cmd, bool) {
	n := len(model.Readings())
	switch name {
	case "up":
		p.row = max(0, p.row-1)
	case "down":
		p.row = min(n-1, p.row+1)
	case "home":
		p.row = 0
	case "end":
		p.row = n - 1
	case "pgup":
		p.row = max(0, p.row-p.rows)
	case "pgdown":
		p.row = min(n-1, p.row+p.rows)
	case "left", "right", "tab":
		p.big = !p.big
		if !p.wide {
			a.ed.BigEndian = p.big
		}
	case "enter":
		return p.edit(a), true
	default:
		return nil, false
	}
	return nil, true
}

func (p *inspector) edit(a *App) tea.Cmd {
	order := "little"
	if p.big {
		order = "big"
	}
	return a.command(fmt.Sprintf("set %s %s", model.Readings()[p.row].Name, order))
}

func (p *inspector) click(a *App, x, y int, again bool) tea.Cmd {
	var r rect
	for _, pl := range a.layout.panels {
		if pl.p == panel(p) {
			r = pl.body()
		}
	}
	unit := readingName + readingValue
	if p.wide {
		unit += readingValue
	}
	rs := model.Readings()
	cols := max(1, min(r.w/unit, (len(rs)+r.h-1)/max(1, r.h)))
	row := y + int(p.top)
	if cols > 1 {
		row = y + min(x/unit, cols-1)*min(r.h, (len(rs)+cols-1)/cols)
	}
	if row >= len(rs) {
		return nil
	}
	was, wasBig := p.row, p.big
	p.row = row
	if p.wide {
		inUnit := x % unit
		if cols == 1 {
			inUnit = x
			unit = r.w
		}
		p.big = inUnit >= readingName+1+(unit-readingName-1)/2
	}
	if again && was == p.row && wasBig == p.big {
		return p.edit(a)
	}
	return nil
}

func (p *inspector) wheel(_ *App, rows int) {
	p.scroll(int64(rows), int64(len(model.Readings())), p.rows)
}
