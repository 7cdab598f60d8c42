package ui

import (
	tea "charm.land/bubbletea/v2"

	"hexlay/keymap"
	"hexlay/model"
)

// ask is a question with a few answers, each with its key.
type ask struct {
	model.Ask
	row   int
	first int    // the first choice shown
	rows  []rect // of the choices shown
}

func newAsk(q model.Ask) *ask { return &ask{Ask: q} }

func (d *ask) draw(a *App, c *canvas) *tea.Cursor {
	w := plainWidth(d.Title)
	for _, ch := range d.Choices {
		w = max(w, plainWidth(ch.Label)+6)
	}
	w = min(max(w, min(plainWidth(d.Text), 64))+4, a.w)
	text := wrap(d.Text, w-4)
	if d.Text == "" {
		text = nil
	}
	if room := a.h - len(d.Choices) - 4; len(text) > max(0, room) { // the answers are needed, the text can be cut
		text = text[:max(0, room)]
	}
	h := len(text) + len(d.Choices) + 3
	if len(text) > 0 {
		h++
	}
	r := popup(a, c, w, h, d.Title)
	y := r.y
	for _, s := range text {
		c.text(r.x, y, r.w, s, styleDialog)
		y++
	}
	if len(text) > 0 {
		y++
	}
	room := max(1, min(len(d.Choices), r.y+r.h-y))
	d.first = max(0, d.row-room+1)
	d.rows = d.rows[:0]
	for i, ch := range d.Choices[d.first : d.first+room] {
		line := rect{r.x - 1, y, r.w + 2, 1}
		x := c.text(r.x, y, r.w, keymap.Pretty(ch.Key), styleDialogKey)
		c.text(max(x+1, r.x+4), y, r.x+r.w-max(x+1, r.x+4), ch.Label, styleDialog)
		if d.first+i == d.row {
			c.restyle(line, styleDialogRow)
		}
		d.rows = append(d.rows, line)
		y++
	}
	return nil
}

func (d *ask) key(a *App, _ tea.KeyPressMsg, name string) tea.Cmd {
	for i, ch := range d.Choices {
		if ch.Key == name {
			return d.choose(a, i)
		}
	}
	switch {
	case closes(name):
		a.closeDialog()
	case name == "up" || name == "shift+tab":
		d.row = (d.row + len(d.Choices) - 1) % len(d.Choices)
	case name == "down" || name == "tab":
		d.row = (d.row + 1) % len(d.Choices)
	case name == "enter":
		return d.choose(a, d.row)
	}
	return nil
}

func (d *ask) choose(a *App, i int) tea.Cmd {
	a.closeDialog()
	return a.command(d.Choices[i].Command)
}

func (d *ask) paste(*App, string) tea.Cmd { return nil }
func (d *ask) wheel(*App, int)            {}
func (d *ask) mouse(a *App, x, y int) tea.Cmd {
	for i, r := range d.rows {
		if r.contains(x, y) {
			return d.choose(a, d.first+i)
		}
	}
	return nil
}
