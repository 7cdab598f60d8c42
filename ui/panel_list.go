package ui

import (
	tea "charm.land/bubbletea/v2"

	"hexlay/keymap"
	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/overlay/literal"
)

// listPanel shows one of the editor's lists. Only the rows that are on the screen are read.
type listPanel struct {
	list
	of    string
	h     int
	seen  *model.List
	row   int64 // the chosen one when the panel was drawn last
	buf   []byte
	leads int // the widest word in front so far
	texts int // the widest text so far
	bytes int // the longest match so far
}

func (p *listPanel) name() string          { return p.of }
func (p *listPanel) wants(_, most int) int { return most }

func (p *listPanel) title(a *App) string {
	if l := a.ed.List(p.of); l != nil {
		return oneLine(a.ed.Heading(l))
	}
	return p.of
}

func (p *listPanel) draw(a *App, c *canvas, r rect, focused bool) {
	l := a.ed.List(p.of)
	p.h = r.h
	if l == nil {
		c.text(r.x+1, r.y, r.w-1, cut(a.ed.ListHelp(p.of), r.w-2), styleDim)
		return
	}
	n, chosen := l.Len(), l.Chosen()
	if l != p.seen || chosen != p.row {
		if l != p.seen {
			p.top, p.leads, p.texts, p.bytes = 0, 0, 0, 0
		}
		p.seen, p.row = l, chosen
		p.show(chosen, n, r.h)
	}
	p.clamp(n, r.h)
	most := 18
	if p.paths() {
		most = max(most, r.w/3)
	}
	rows := make([]model.ListRow, 0, r.h)
	for i := p.top; i < n && len(rows) < r.h; i++ {
		row := l.Row(i)
		rows = append(rows, row)
		p.leads = max(p.leads, min(plainWidth(row.Lead), most))
		if row.Bytes {
			p.bytes = int(max(int64(p.bytes), min(row.Range.Len(), listDigits)))
		}
		if row.Note != "" {
			p.texts = max(p.texts, min(plainWidth(row.Text), 40))
		}
	}
	snap := a.ed.Snapshot()
	digits := offsetDigits(a.ed.Size())
	for y, row := range rows {
		line := rect{r.x, r.y + y, r.w, 1}
		if row.Placed() {
			drawOffset(c.row(r.x+1, line.y, r.w-1), row.Range.Start, digits, styleOffset)
		}
		x := r.x + 1 + digits + 2
		if row.Bytes {
			p.drawBytes(c, rect{x, line.y, r.x + r.w - x, 1}, snap, row.Range)
		} else {
			p.drawText(c, rect{x, line.y, r.x + r.w - x, 1}, row)
		}
		if focused && p.top+int64(y) == chosen {
			c.restyle(line, styleRow)
		} else if p.top+int64(y) == chosen {
			c.restyle(line, bold|underline)
		}
	}
}

// paths tells that the words in front are paths of fields.
func (p *listPanel) paths() bool { return p.of == "packet-fields" || p.of == "fields" }

// drawText draws the words of a row in columns.
func (p *listPanel) drawText(c *canvas, r rect, row model.ListRow) {
	x, end := r.x, r.x+r.w-1
	st := styleText
	switch row.State {
	case model.Good:
		st = styleGood
	case model.Bad, model.Failed:
		st = styleError
	}
	if p.leads > 0 {
		lead := cut(row.Lead, p.leads)
		if p.paths() { // of a path the end matters most
			lead = cutFront(row.Lead, p.leads)
		}
		c.text(x, r.y, min(p.leads, end-x), lead, styleDim)
		x += p.leads + 2
	}
	if x >= end {
		return
	}
	at := c.text(x, r.y, end-x, cut(oneLine(row.Text), end-x), st)
	if at = max(at, x+p.texts) + 2; row.Note != "" && at < end {
		c.text(at, r.y, end-at, cut(oneLine(row.Note), end-at), styleDim)
	}
}

// cutFront is s in at most w cells, its end where all of it has no room.
func cutFront(s string, w int) string {
	if plainWidth(s) <= w {
		return s
	}
	rs := []rune(s)
	for len(rs) > 0 && plainWidth(string(rs)) > max(0, w-1) {
		rs = rs[1:]
	}
	return "…" + string(rs)
}

// listLead is how many bytes before a match are shown.
const listLead = 8

// listDigits is how many bytes of a match are shown as digits too, at most.
const listDigits = 24

// drawBytes draws the bytes of a range as characters, with what is around them, and as digits.
func (p *listPanel) drawBytes(c *canvas, r rect, snap *mmapdoc.Snapshot, h mmapdoc.Range) {
	// The digits of the longest match have what the characters leave them, which show where the match ends and a bit more.
	room := max(0, r.w-1)
	first := max(0, h.Start-listLead)
	least := listLead + min(p.bytes, 16) + 3
	width := min(room, max(least, room/3, min(room-3*p.bytes-1, listLead+64)))
	p.buf = resized(p.buf, width)
	k, lost := snap.Read(p.buf, first, nil)
	cells := c.row(r.x, r.y, r.w)
	if len(lost) > 0 {
		set(cells, 0, '·', styleLost)
		return
	}
	b := p.buf[:k]
	at := int(min(h.Start-first, int64(k)))
	x := drawAround(cells, width, b, at, int(h.Len())) + 2
	hex := b[at:min(k, at+int(min(h.Len(), listDigits)))]
	c.text(r.x+x, r.y, room-x, literal.Hex(hex, " ", 1), styleDim)
}

// drawAround draws the characters of n bytes from at on, and of what is around them. Columns stay aligned at the start of a
// document too.
func drawAround(cells []cell, room int, b []byte, at, n int) int {
	x := listLead - at
	for i, ch := range b {
		if x >= room {
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
	return room
}

func (p *listPanel) key(a *App, name string) (tea.Cmd, bool) {
	l := a.ed.List(p.of)
	if l == nil {
		return nil, false
	}
	a.ed.LookAt(p.of)
	row, last := l.Chosen(), max(0, l.Len()-1)
	switch name {
	case "up":
		row = max(0, row-1)
	case "down":
		row = min(last, row+1)
	case "pgup":
		row = max(0, row-int64(p.h))
	case "pgdown":
		row = min(last, row+int64(p.h))
	case "home":
		row = 0
	case "end":
		row = last
	default:
		if line := a.keys.Own(keymap.List, name); line != "" {
			return a.command(line), true
		}
		return nil, false
	}
	a.ed.Notef("")
	a.ed.ChooseRow(p.of, row)
	return nil, true
}

func (p *listPanel) click(a *App, _, y int, again bool) tea.Cmd {
	l := a.ed.List(p.of)
	if l == nil || p.top+int64(y) >= l.Len() {
		return nil
	}
	row := p.top + int64(y)
	if again && row == l.Chosen() {
		return a.command("list-use")
	}
	a.ed.ChooseRow(p.of, row)
	return nil
}

func (p *listPanel) wheel(a *App, rows int) {
	if l := a.ed.List(p.of); l != nil {
		p.scroll(int64(rows), l.Len(), p.h)
	}
}
