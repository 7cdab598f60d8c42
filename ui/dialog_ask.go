package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"hexlay/keymap"
	"hexlay/model"
)

// ask is a question with a few answers, each with its key.
//
// A question that nobody asked for (a crash left edits behind, a search has ended) may come while somebody types. What is
// typed for something else must not answer it, so its answers count when it has stood on the screen, and no key was
// pressed, for a while; only then is one of them marked. A click means it at once.
type ask struct {
	model.Ask
	row    int
	first  int    // the first choice shown
	rows   []rect // of the choices shown
	detail list   // of Details
	lines  int    // of Details that are shown

	sudden bool // the answers do not count yet
	shown  bool
	quiet  time.Time // since when no key was pressed
}

// askQuiet is how long no key may be pressed before a question that came by itself takes one.
const askQuiet = 400 * time.Millisecond

// askSettled comes when a question may have stood long enough.
type askSettled struct{ d *ask }

func newAsk(q model.Ask) *ask { return &ask{Ask: q} }

// settle gives the command that brings askSettled.
func (d *ask) settle() tea.Cmd {
	wait := askQuiet
	if d.shown {
		wait = max(askQuiet-time.Since(d.quiet), time.Millisecond)
	}
	return tea.Tick(wait, func(time.Time) tea.Msg { return askSettled{d} })
}

// settled takes answers from now on if it was quiet for long enough, and else waits on.
func (d *ask) settled() tea.Cmd {
	if d.sudden = d.sudden && (!d.shown || time.Since(d.quiet) < askQuiet); d.sudden {
		return d.settle()
	}
	return nil
}

func (d *ask) draw(a *App, c *canvas) *tea.Cursor {
	if !d.shown {
		d.shown, d.quiet = true, time.Now()
	}
	if d.Below {
		d.drawBelow(a, c)
		return nil
	}
	w := plainWidth(d.Title)
	for _, ch := range d.Choices {
		w = max(w, plainWidth(ch.Label)+8)
	}
	for _, s := range d.Details {
		w = max(w, min(plainWidth(s), 76))
	}
	w = min(max(w, min(plainWidth(d.Text), 64))+4, a.w)
	text := wrap(d.Text, w-4)
	if d.Text == "" {
		text = nil
	}
	if room := a.h - len(d.Choices) - 4; len(text) > max(0, room) { // the answers are needed, the text can be cut
		text = text[:max(0, room)]
	}
	d.lines = max(0, min(len(d.Details), a.h-len(d.Choices)-len(text)-6))
	h := len(text) + len(d.Choices) + 3
	if len(text) > 0 {
		h++
	}
	if d.lines > 0 {
		h += d.lines + 1
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
	if d.lines > 0 {
		d.detail.clamp(int64(len(d.Details)), d.lines)
		for _, s := range d.Details[d.detail.top : int(d.detail.top)+d.lines] {
			c.text(r.x, y, r.w, cut(s, r.w), styleDialogKey)
			y++
		}
		if len(d.Details) > d.lines {
			c.text(r.x, y, r.w, cut("PgUp PgDn: "+model.Grouped(d.detail.top+1)+"–"+model.Grouped(d.detail.top+int64(d.lines))+" of "+model.Grouped(int64(len(d.Details))), r.w), styleDialogDim)
		}
		y++
	}
	room := max(1, min(len(d.Choices), r.y+r.h-y))
	d.first = max(0, d.row-room+1)
	d.rows = d.rows[:0]
	for i, ch := range d.Choices[d.first:min(len(d.Choices), d.first+room)] {
		line := rect{r.x - 1, y, r.w + 2, 1}
		key := keymap.Pretty(ch.Key)
		c.text(r.x+2, y, r.w-2, key, styleDialogKey)
		x := max(r.x+2+plainWidth(key)+1, r.x+6)
		if ch.Key == "" {
			x = r.x + 2
		}
		c.text(x, y, r.x+r.w-x, cut(ch.Label, r.x+r.w-x), styleDialog)
		if d.first+i == d.row && !d.sudden {
			c.text(r.x, y, r.w, "▸", styleDialog)
			c.restyle(line, styleDialogRow)
		}
		d.rows = append(d.rows, line)
		y++
	}
	if d.Grave {
		c.text(r.x+2, y, r.w-2, cut("Enter gives the answer", r.w-2), styleDialogDim)
	}
	return nil
}

// drawBelow draws the question in one line and its answers in the one below.
func (d *ask) drawBelow(a *App, c *canvas) {
	y := max(0, a.h-2)
	c.fill(rect{0, y, a.w, a.h - y}, ' ', styleDialog)
	c.text(1, y, a.w-2, cut(d.Title, a.w-2), styleDialog|bold)
	d.first, d.rows = 0, d.rows[:0]
	x := 1
	for i, ch := range d.Choices {
		key, label := keymap.Pretty(ch.Key), ch.Label
		r := rect{x, a.h - 1, min(plainWidth(key)+plainWidth(label)+3, max(0, a.w-x)), 1}
		end := c.text(x+1, r.y, r.w-1, key, styleDialogKey)
		c.text(end+1, r.y, max(0, r.x+r.w-end-1), cut(label, max(0, r.x+r.w-end-1)), styleDialog)
		if i == d.row && !d.sudden {
			c.restyle(r, styleDialogRow)
		}
		d.rows = append(d.rows, r)
		x += r.w + 1
	}
}

func (d *ask) key(a *App, _ tea.KeyPressMsg, name string) tea.Cmd {
	if d.sudden {
		d.quiet = time.Now()
		return nil
	}
	for i, ch := range d.Choices {
		if ch.Key != "" && ch.Key == name {
			if d.Grave && name != "esc" {
				d.row = i
				return nil
			}
			return d.choose(a, i)
		}
	}
	switch {
	case closes(name) && d.Below:
		return d.choose(a, len(d.Choices)-1)
	case closes(name):
		a.closeDialog()
	case name == "up" || name == "shift+tab" || name == "left" && d.Below:
		d.row = (d.row + len(d.Choices) - 1) % len(d.Choices)
	case name == "down" || name == "tab" || name == "right" && d.Below:
		d.row = (d.row + 1) % len(d.Choices)
	case name == "pgup":
		d.wheel(a, -d.lines)
	case name == "pgdown":
		d.wheel(a, d.lines)
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
func (d *ask) wheel(_ *App, rows int)     { d.detail.scroll(int64(rows), int64(len(d.Details)), d.lines) }
func (d *ask) mouse(a *App, x, y int) tea.Cmd {
	for i, r := range d.rows {
		if r.contains(x, y) {
			return d.choose(a, d.first+i)
		}
	}
	return nil
}
