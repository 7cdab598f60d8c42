package ui

import (
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"hexlay/keymap"
	"hexlay/model"
)

// structure shows the tree of the overlays' fields. The rows come ready from the editor; the panel keeps where it is
// scrolled to.
type structure struct {
	top    int64
	h      int
	follow bool  // the chosen row is kept on the screen; the wheel ends that, choosing begins it again
	chosen int64 // the row that was chosen when follow was decided
	cursor int64 // the document's, then
	seen   *model.Sight
}

func (p *structure) name() string          { return "structure" }
func (p *structure) wants(_, most int) int { return most }
func (p *structure) title(a *App) string {
	s := a.ed.Sight()
	switch n := len(a.ed.Overlays()); {
	case s != nil && s.Filter != "":
		all := ""
		if keys := a.keys.Keys("tree-filter"); len(keys) > 0 {
			all = "  " + keymap.Pretty(keys[0]) + " shows all"
		}
		fields := "fields"
		if s.Total == 1 {
			fields = "field"
		}
		return fmt.Sprintf("structure: %s %s with %q%s", model.Grouped(s.Total), fields, s.Filter, all)
	case n > 1:
		return fmt.Sprintf("structure, %s overlays", model.Grouped(int64(n)))
	}
	return "structure"
}

// look is what the panel and the grid want to know.
func (p *structure) look(a *App) model.Look {
	h := 0
	for _, pl := range a.layout.panels {
		if pl.p == panel(p) {
			h = max(0, pl.body().h)
		}
	}
	p.h = h
	if s := a.ed.Sight(); s != p.seen {
		if s != nil {
			if s.Look.Reveal {
				p.top = s.Top
			}
			if s.Chosen != p.chosen {
				p.chosen, p.follow = s.Chosen, true
			}
		}
		p.seen = s
	}
	if c := a.ed.Cursor(); c != p.cursor {
		p.cursor, p.follow = c, true
	}
	return model.Look{Window: a.ed.Window(), Cursor: a.ed.Cursor(), Top: p.top, Rows: p.treeRows(), Reveal: p.follow}
}

// treeRows leaves the last line for the documentation of the chosen field.
func (p *structure) treeRows() int {
	if p.h >= 6 {
		return p.h - 1
	}
	return p.h
}

func (p *structure) draw(a *App, c *canvas, r rect, focused bool) {
	s := a.ed.Sight()
	if len(a.ed.Overlays()) == 0 {
		p.drawHelp(a, c, r)
		return
	}
	if s == nil {
		c.text(r.x+1, r.y, r.w-1, "reading …", styleDim)
		return
	}
	cols := treeColumns(r.w, a.ed.Size(), s.Rows)
	var doc string
	for y, row := range s.Rows {
		if y >= p.treeRows() || y >= r.h {
			break
		}
		line := rect{r.x, r.y + y, r.w, 1}
		cols.draw(c, line, row)
		if row.Cursor {
			doc = row.Doc
			if note, _ := noteOf(row); row.Note != "" {
				doc = note + "  " + doc
			}
			st := styleRow
			if !focused {
				st = bold | underline
			}
			c.restyle(line, st)
		}
	}
	if r.h > p.treeRows() && p.treeRows() > 0 {
		bottom := doc
		if bottom == "" && s.Total > int64(len(s.Rows)) {
			more := ""
			if s.Reading {
				more = " or more"
			}
			bottom = fmt.Sprintf("row %s of %s%s", model.Grouped(s.Top+1), model.Grouped(s.Total), more)
		}
		c.text(r.x+1, r.y+r.h-1, r.w-2, cut(oneLine(strings.TrimSpace(bottom)), r.w-2), styleDim|italic)
	}
}

func (p *structure) drawHelp(a *App, c *canvas, r rect) {
	lines := []string{"No template is laid over the document."}
	type hint struct{ command, text string }
	var hints []hint
	if a.ed.Capture() != nil {
		lines[0] = "No packet is at the cursor; the layers of one are shown here."
		hints = []hint{{"panel-next", "leads to the list of packets"}}
	}
	for _, h := range append(hints, []hint{
		{"overlay", "lays a template: a built-in one or a .ksy file"},
		{"overlay-detect", "finds the built-in one that fits"},
		{"struct", "lays a struct format: <2sIHHI:magic,size,r1,r2,data"},
	}...) {
		if keys := a.keys.Keys(h.command); len(keys) > 0 {
			lines = append(lines, keymap.Pretty(keys[0])+" "+h.text)
		}
	}
	y := 0
	for _, s := range lines {
		for _, line := range wrap(s, max(1, r.w-2)) {
			if y < r.h {
				c.text(r.x+1, r.y+y, r.w-1, cut(line, r.w-2), styleDim)
			}
			y++
		}
	}
}

// treeShape is how wide the columns of the tree are; 0 leaves one out.
type treeShape struct{ step, name, offset, size, typ int }

func treeColumns(w int, size int64, rows []model.Row) treeShape {
	name, long, step := 0, 7, 2
	if w < 60 {
		step = 1
	}
	for _, r := range rows {
		name = max(name, step*r.Depth+3+plainWidth(r.Name))
		if r.Placed {
			long = max(long, len(model.Grouped(r.Region.Len())))
		}
	}
	s := treeShape{step: step, name: max(10, min(name, max(w*2/5, 24))), offset: max(8, offsetDigits(size)+3), size: min(long+1, max(8, w/7)), typ: 13}
	if w >= 100 {
		s.typ = 18
	}
	if w < 66 {
		s.size = 0
	}
	if w < 52 {
		s.typ = 0
	}
	if w < 34 {
		s.offset = 0
	}
	return s
}

// indent is how far a row's name is moved in; a deep one keeps some room for the name.
func (t treeShape) indent(row model.Row) int {
	return min(t.step*row.Depth, max(0, t.name-3-min(plainWidth(row.Name), 7)))
}

func (t treeShape) draw(c *canvas, r rect, row model.Row) {
	if !row.Kids && row.Placed && row.Depth > 0 {
		c.put(r.x, r.y, ' ', styleFields[1][row.Colour%len(styleFields[1])])
	}
	x, end := r.x+1, r.x+r.w
	indent := t.indent(row)
	mark, st := "  ", styleText
	if row.Kids {
		if mark = "▸ "; row.Open {
			mark = "▾ "
		}
	}
	if row.Depth == 0 {
		st = styleTitle
	}
	name := t.name
	if row.Depth == 0 && !row.Placed { // nothing else stands in the line
		name = r.w - 2
	}
	at := c.text(x+indent, r.y, name-1-indent, mark, styleDim)
	room := x + name - 1 - at
	c.text(at, r.y, room, cut(row.Name, room), st)
	x += name
	if t.offset > 0 {
		if row.Placed {
			off := fmt.Sprintf("%#x", row.Region.Start)
			if row.Bit > 0 {
				off += fmt.Sprintf(".%d", row.Bit)
			}
			c.text(x, r.y, t.offset-1, cut(off, t.offset-1), styleDim)
		}
		x += t.offset
	}
	if t.size > 0 {
		if row.Placed {
			n := fitLength(row.Region.Len(), t.size-1)
			c.text(x+t.size-1-plainWidth(n), r.y, t.size-1, n, styleDim)
		}
		x += t.size + 1
	}
	if t.typ > 0 {
		c.text(x, r.y, t.typ-1, cut(row.Type, t.typ-1), styleDim)
		x += t.typ
	}
	room = end - x
	if room <= 0 {
		return
	}
	note, look := noteOf(row)
	value := row.Value
	if note != "" && value != "" && plainWidth(value)+2+plainWidth(note) > room {
		least := min(8, room/3)
		if strings.HasSuffix(row.Type, "[]") { // how many elements there are
			least = min(12, room-6)
		}
		value = cut(value, max(least, room-2-plainWidth(note)))
	}
	vst := styleText
	if row.Kids {
		vst = styleDim
	}
	at = c.text(x, r.y, room, cut(value, room), vst)
	if note != "" {
		if value != "" {
			at += 2
		}
		c.text(at, r.y, end-at, cut(note, end-at), look)
	}
}

// fitLength writes a number of bytes within room cells, rounded where it must be.
func fitLength(n int64, room int) string {
	if s := model.Grouped(n); len(s) <= room {
		return s
	}
	if s := strconv.FormatInt(n, 10); len(s) <= room {
		return s
	}
	return cut(shortSize(n), room)
}

// noteOf is what a row says of its state.
func noteOf(row model.Row) (string, style) {
	switch row.State {
	case model.Good:
		return "✓ " + or(row.Note, "ok"), styleGood
	case model.Bad:
		return "✗ " + row.Note, styleError
	case model.Failed:
		return row.Note, styleError
	case model.Missing:
		return row.Note, styleWarn | bold
	}
	return row.Note, styleDim
}

func or(s, t string) string {
	if s == "" {
		return t
	}
	return s
}

func (p *structure) key(a *App, name string) (tea.Cmd, bool) {
	if len(a.ed.Overlays()) == 0 {
		return nil, false
	}
	p.follow = true
	switch name {
	case "pgup", "pgdown":
		return a.command(fmt.Sprintf("node-page %d", map[string]int{"pgup": -1, "pgdown": 1}[name]*max(1, p.treeRows()-1))), true
	}
	if line := a.keys.Own(keymap.Tree, name); line != "" {
		return a.command(line), true
	}
	return nil, false
}

// click chooses a row; on its mark, or a second time, it opens or edits it.
func (p *structure) click(a *App, x, y int, again bool) tea.Cmd {
	s := a.ed.Sight()
	if s == nil || y >= len(s.Rows) || y >= p.treeRows() {
		return nil
	}
	row := s.Rows[y]
	cmd := a.command(fmt.Sprintf("node-row %d", s.Top+int64(y)))
	mark := 1 + treeColumns(p.width(a), a.ed.Size(), s.Rows).indent(row)
	if row.Kids && x >= mark-1 && x <= mark+1 || again && row.Cursor {
		return tea.Sequence(cmd, a.command("node-enter"))
	}
	return cmd
}

func (p *structure) width(a *App) int {
	for _, pl := range a.layout.panels {
		if pl.p == panel(p) {
			return pl.r.w
		}
	}
	return 0
}

func (p *structure) wheel(a *App, rows int) {
	p.follow = false
	if s := a.ed.Sight(); s != nil {
		p.top = max(0, min(s.Top+int64(rows), s.Total-int64(p.treeRows())))
		if s.Reading && rows > 0 {
			p.top = max(0, s.Top+int64(rows))
		}
	}
}
