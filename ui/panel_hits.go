package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"hexlay/model"
	"hexlay/overlay/literal"
)

// hitsPanel lists the matches of a search with the bytes around them. Only the rows that are shown are read.
type hitsPanel struct {
	list
	row  int64
	h    int
	seen *model.HitList
	buf  []byte
}

func (p *hitsPanel) name() string          { return "hits" }
func (p *hitsPanel) wants(_, most int) int { return most }

func (p *hitsPanel) title(a *App) string {
	l := a.ed.Hits()
	if l == nil {
		return "hits"
	}
	s := fmt.Sprintf("hits: %s of %s", model.Grouped(l.Len()), cut(oneLine(l.Pattern()), 24))
	ended, full := l.State()
	switch {
	case a.ed.HitsStale():
		s += ", before the last change; r lists anew"
	case full:
		s += ", and more"
	case !ended:
		s += " …"
	}
	return s
}

// hitLead is how many bytes before a match the panel shows.
const hitLead = 8

func (p *hitsPanel) draw(a *App, c *canvas, r rect, focused bool) {
	l := a.ed.Hits()
	p.h = r.h
	if l == nil {
		c.text(r.x+1, r.y, r.w-1, "hits lists all matches of a pattern", styleDim)
		return
	}
	if l != p.seen {
		p.seen, p.row, p.top = l, l.Index(a.ed.Cursor()), 0
	}
	n := l.Len()
	p.row = max(0, min(p.row, n-1))
	if focused {
		p.show(p.row, n, r.h)
	}
	p.clamp(n, r.h)
	snap := a.ed.Snapshot()
	digits := offsetDigits(a.ed.Size())
	for y := range r.h {
		i := p.top + int64(y)
		if i >= n {
			break
		}
		h := l.At(i)
		cells := c.row(r.x+1, r.y+y, r.w-1)
		drawOffset(cells, h.Start, digits, styleOffset)
		x := digits + 2
		// A third of what is left is characters, the rest is the match's digits.
		room := max(0, r.w-2-x)
		first := max(0, h.Start-hitLead)
		count := max(1, min(room/3, 64))
		p.buf = resized(p.buf, hitLead+count)
		k, lost := snap.Read(p.buf, first, nil)
		if len(lost) > 0 {
			set(cells, x, '·', styleLost)
			continue
		}
		b := p.buf[:k]
		at := int(min(h.Start-first, int64(k)))
		chars := min(count+1, room)
		x = p.drawText(cells, x, chars, b, at, int(h.Len())) + 2
		hex := b[at:min(k, at+int(min(h.Len(), 24)))]
		c.text(r.x+1+x, r.y+y, r.w-2-x, literal.Hex(hex, " ", 1), styleDim)
		if focused && i == p.row {
			c.restyle(rect{r.x, r.y + y, r.w, 1}, styleRow)
		}
	}
}

// drawText draws the characters of a match and of what is around it.
func (p *hitsPanel) drawText(cells []cell, x, room int, b []byte, at, n int) int {
	// Columns stay aligned at the start of a document too.
	x0 := x
	x += hitLead - at
	for i, ch := range b {
		if x-x0 >= room {
			break
		}
		r, st := '·', styleDot
		if ch >= 0x20 && ch < 0x7f {
			r, st = rune(ch), styleText
		}
		if i >= at && i < at+n {
			st = st.on(styleHit)
		}
		set(cells, x, r, st)
		x++
	}
	return x0 + room
}

func (p *hitsPanel) key(a *App, name string) (tea.Cmd, bool) {
	l := a.ed.Hits()
	if l == nil {
		return nil, false
	}
	last := max(0, l.Len()-1)
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
	case "r":
		return a.command("hits"), true
	case "enter":
	default:
		return nil, false
	}
	a.ed.GotoHit(p.row)
	return nil, true
}

func (p *hitsPanel) click(a *App, _, y int, _ bool) tea.Cmd {
	if l := a.ed.Hits(); l != nil && p.top+int64(y) < l.Len() {
		p.row = p.top + int64(y)
		a.ed.GotoHit(p.row)
	}
	return nil
}

func (p *hitsPanel) wheel(a *App, rows int) {
	if l := a.ed.Hits(); l != nil {
		p.scroll(int64(rows), l.Len(), p.h)
	}
}
