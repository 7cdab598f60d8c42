package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"hexlay/model"
)

// help shows the keys and commands, made from the tables. Typing narrows it to lines that hold what was typed.
type help struct {
	list
	lines []helpLine
	query string
	given string // the query it was opened with
	h     int
}

type helpLine struct {
	keys, usage, text string
	heading           bool
}

const helpIntro = "Type hex digits to change bytes; Tab goes to the text column, where you type text. Insert switches " +
	"between overwriting and inserting. Ctrl+Z undoes, also across saves. Nothing reaches the file before Ctrl+S. The mouse " +
	"selects, scrolls, and drags the panels' borders. : is the command line and Ctrl+P the list of commands. Type here to " +
	"search this page."

const helpWidth = 110

func newHelp(a *App) *help {
	d := &help{}
	for _, s := range wrap(helpIntro, min(a.w, helpWidth)-4) {
		d.lines = append(d.lines, helpLine{text: s})
	}
	for _, g := range model.Groups {
		d.lines = append(d.lines, helpLine{}, helpLine{text: g, heading: true})
		for _, c := range model.Commands() {
			if c.Group != g {
				continue
			}
			d.lines = append(d.lines, helpLine{keys: labels(a, c.Name), usage: c.Usage(), text: c.Help})
		}
	}
	return d
}

// labels are the keys of a command for people, one after the other.
func labels(a *App, command string) string {
	var out []string
	for _, b := range a.keys.Uses(command) {
		out = append(out, b.Label())
	}
	return strings.Join(out, ", ")
}

func (d *help) matching() []helpLine {
	if d.query == "" {
		return d.lines
	}
	var out []helpLine
	q := strings.ToLower(d.query)
	for _, l := range d.lines {
		if !l.heading && strings.Contains(strings.ToLower(l.keys+" "+l.usage+" "+l.text), q) {
			out = append(out, l)
		}
	}
	return out
}

func (d *help) draw(a *App, c *canvas) *tea.Cursor {
	title := "Help   Esc closes"
	if d.query != "" {
		title = "Help: " + d.query
	}
	r := popup(a, c, min(a.w, helpWidth), a.h, title)
	r.h++ // the last line may be text
	d.h = max(1, r.h)
	lines := d.matching()
	d.clamp(int64(len(lines)), d.h)
	keysW := min(26, r.w/3)
	for y := range r.h {
		i := int(d.top) + y
		if i >= len(lines) {
			break
		}
		l := lines[i]
		switch {
		case l.heading:
			c.text(r.x, r.y+y, r.w, l.text, styleDialog|bold|underline)
		case l.usage == "":
			c.text(r.x, r.y+y, r.w, l.text, styleDialog)
		default:
			c.text(r.x, r.y+y, keysW-1, cut(l.keys, keysW-1), styleDialogKey)
			x := c.text(r.x+keysW, r.y+y, r.w-keysW, cut(l.text, r.w-keysW), styleDialog)
			if x+2 < r.x+r.w {
				c.text(x+2, r.y+y, r.x+r.w-x-2, cut(":"+l.usage, r.x+r.w-x-2), styleDialogDim)
			}
		}
	}
	return nil
}

func (d *help) key(a *App, msg tea.KeyPressMsg, name string) tea.Cmd {
	n := int64(len(d.matching()))
	switch name {
	case "up":
		d.scroll(-1, n, d.h)
	case "down":
		d.scroll(1, n, d.h)
	case "pgup":
		d.scroll(int64(-d.h), n, d.h)
	case "pgdown":
		d.scroll(int64(d.h), n, d.h)
	case "home":
		d.top = 0
	case "end":
		d.scroll(n, n, d.h)
	case "esc", "ctrl+c", "ctrl+q", "f1", "enter":
		if d.query != d.given && d.query != "" && name == "esc" {
			d.query = ""
			return nil
		}
		a.closeDialog()
	case "backspace":
		if q := []rune(d.query); len(q) > 0 {
			d.query = string(q[:len(q)-1])
		}
	default:
		if msg.Text != "" && len(d.query) < 80 {
			d.query += msg.Text
			d.top = 0
		}
	}
	return nil
}

func (d *help) paste(*App, string) tea.Cmd { return nil }
func (d *help) wheel(_ *App, rows int)     { d.scroll(int64(rows), int64(len(d.matching())), d.h) }
func (d *help) mouse(*App, int, int) tea.Cmd {
	return nil
}
