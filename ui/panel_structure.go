package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"hexlay/model"
)

// structure lists the fields of the layouts. Rows are found by arithmetic and only the visible ones are unpacked, so a
// million records cost what a screen costs.
type structure struct {
	list
	h      int
	cursor int64 // the document cursor that the list was last scrolled for
}

func (p *structure) name() string          { return "structure" }
func (p *structure) wants(_, most int) int { return most }
func (p *structure) title(a *App) string {
	if n := len(a.ed.Layouts()); n > 1 {
		return fmt.Sprintf("structure, %d layouts", n)
	}
	return "structure"
}

// rowsOf is the list's rows for one layout: a heading, then the fields, under a heading each where there are several records.
func rowsOf(l model.Layout) int64 {
	return 1 + l.Count*recordRows(l)
}

func recordRows(l model.Layout) int64 {
	if l.Count > 1 {
		return l.Format.NumFields() + 1
	}
	return l.Format.NumFields()
}

func (p *structure) total(a *App) (n int64) {
	for _, l := range a.ed.Layouts() {
		n += rowsOf(l)
	}
	return n
}

// at finds what row shows: the layout, and its record and field; -1 for a heading.
func (p *structure) at(a *App, row int64) (l model.Layout, rec, field int64, ok bool) {
	for _, l := range a.ed.Layouts() {
		n := rowsOf(l)
		if row >= n {
			row -= n
			continue
		}
		if row--; row < 0 {
			return l, -1, -1, true
		}
		per := recordRows(l)
		rec, field = row/per, row%per
		if l.Count > 1 {
			field--
		}
		return l, rec, field, true
	}
	return l, 0, 0, false
}

// rowOf is the row of the field under the document's cursor; -1 when there is none.
func (p *structure) rowOf(a *App) int64 {
	cur, rec, field, ok := a.ed.FieldAt(a.ed.Cursor())
	if !ok {
		return -1
	}
	row := int64(0)
	for _, l := range a.ed.Layouts() {
		if l.ID == cur.ID {
			row += 1 + rec*recordRows(l) + field
			if l.Count > 1 {
				row++
			}
			return row
		}
		row += rowsOf(l)
	}
	return -1
}

func (p *structure) draw(a *App, c *canvas, r rect, focused bool) {
	p.h = r.h
	n := p.total(a)
	if n == 0 {
		c.text(r.x+1, r.y, r.w-1, "s lays a struct format over the cursor or the selection:", styleDim)
		c.text(r.x+1, r.y+1, r.w-1, "<2sIHHI:magic,file_size,r1,r2,data", styleDim)
		return
	}
	here := p.rowOf(a)
	if here >= 0 && p.cursor != a.ed.Cursor() {
		p.reveal(a, here, n)
	}
	p.cursor = a.ed.Cursor()
	p.clamp(n, r.h)
	for y := range r.h {
		row := p.top + int64(y)
		l, rec, field, ok := p.at(a, row)
		if !ok {
			break
		}
		line := rect{r.x, r.y + y, r.w, 1}
		p.drawRow(a, c, line, l, rec, field)
		if row == here {
			st := styleRow
			if !focused {
				st = bold | underline
			}
			c.restyle(line, st)
		}
	}
}

// reveal scrolls to row. A row that comes into view brings the heading that it stands under, if that has room.
func (p *structure) reveal(a *App, row, n int64) {
	if row < p.top || row >= p.top+int64(p.h) {
		_, _, field, _ := p.at(a, row)
		p.top = row - field - 1
	}
	p.show(row, n, p.h)
}

func (p *structure) drawRow(a *App, c *canvas, r rect, l model.Layout, rec, field int64) {
	switch {
	case rec < 0:
		s := l.Format.String()
		if l.Count > 1 {
			s = fmt.Sprintf("%s × %d", s, l.Count)
		}
		c.text(r.x+1, r.y, r.w-2, cut(fmt.Sprintf("%s at %#x", s, l.Base), r.w-2), styleTitle)
		return
	case field < 0:
		start := l.Base + rec*l.Format.Size()
		c.text(r.x+1, r.y, r.w-2, fmt.Sprintf("[%d] at %#x", rec, start), styleDim)
		return
	}
	f := l.Format.Field(field)
	start, end := l.Range(rec, field)
	value, st := "", styleText
	if end-start > maxFieldShown {
		value = fmt.Sprintf("%d bytes", end-start)
	} else if b, err := a.ed.FieldBytes(l, rec, field); err != nil {
		value, st = err.Error(), styleError
	} else if v, err := l.Format.UnpackField(field, b); err != nil {
		value, st = err.Error(), styleError
	} else {
		value = v.String()
	}
	name, offset, typ := max(8, r.w/4), max(8, offsetDigits(a.ed.Size())+3), 12
	if r.w < 44 {
		typ = 0
	}
	if r.w < 30 {
		offset = 0
	}
	mark := styleFields[field%int64(len(styleFields))]
	c.put(r.x, r.y, ' ', mark)
	x := r.x + 2
	c.text(x, r.y, name-1, cut(f.Name, name-1), styleText)
	x += name
	if offset > 0 {
		c.text(x, r.y, offset-1, fmt.Sprintf("%#x", start), styleDim)
		x += offset
	}
	if typ > 0 {
		c.text(x, r.y, typ-1, cut(f.Type, typ-1), styleDim)
		x += typ
	}
	c.text(x, r.y, r.x+r.w-x, cut(value, r.x+r.w-x), st)
}

// maxFieldShown bounds what a frame unpacks of one field.
const maxFieldShown = 4096

func (p *structure) key(a *App, name string) (tea.Cmd, bool) {
	switch name {
	case "up":
		return a.command("field-previous"), true
	case "down":
		return a.command("field-next"), true
	case "enter":
		return a.command("field-set"), true
	case "delete":
		return a.command("struct-clear"), true
	case "pgup", "pgdown":
		p.jump(a, map[string]int64{"pgup": -1, "pgdown": 1}[name]*int64(p.h))
		return nil, true
	case "home":
		p.jump(a, -p.total(a))
		return nil, true
	case "end":
		p.jump(a, p.total(a))
		return nil, true
	}
	return nil, false
}

// jump moves by rows, to the nearest field.
func (p *structure) jump(a *App, rows int64) {
	n := p.total(a)
	row := max(0, min(p.rowOf(a)+rows, n-1))
	for ; row < n; row++ {
		if l, rec, field, ok := p.at(a, row); ok && field >= 0 {
			a.ed.GotoField(l, rec, field)
			return
		}
	}
}

func (p *structure) click(a *App, _, y int, again bool) tea.Cmd {
	l, rec, field, ok := p.at(a, p.top+int64(y))
	if !ok || field < 0 {
		return nil
	}
	same := p.rowOf(a) == p.top+int64(y)
	a.ed.GotoField(l, rec, field)
	p.cursor = a.ed.Cursor()
	if again && same {
		return a.command("field-set")
	}
	return nil
}

func (p *structure) wheel(a *App, rows int) { p.scroll(int64(rows), p.total(a), p.h) }
