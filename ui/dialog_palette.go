package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/sahilm/fuzzy"

	"hexlay/model"
)

// palette is the list of all commands, narrowed by what is typed.
type palette struct {
	list
	*input
	all   []*model.Command
	shown []*model.Command
	row   int
	box   rect
	keysW map[*model.Command]string
}

func newPalette(a *App) *palette {
	d := &palette{input: newInput(""), keysW: make(map[*model.Command]string)}
	for _, g := range model.Groups {
		for _, c := range model.Commands() {
			if c.Group == g {
				d.all = append(d.all, c)
				d.keysW[c] = labels(a, c.Name)
			}
		}
	}
	d.shown = d.all
	return d
}

func (d *palette) draw(a *App, c *canvas) *tea.Cursor {
	w := min(a.w, 76)
	h := min(a.h, max(6, min(len(d.all)+4, a.h*3/4)))
	r := popup(a, c, w, h, "Commands")
	c.fill(rect{r.x, r.y - 1, r.w, 1}, ' ', styleInput)
	value := d.field.Value()
	c.text(r.x, r.y-1, r.w, value, styleInput)
	d.box = rect{r.x - 1, r.y + 1, r.w + 2, max(0, r.h-1)}
	d.show(int64(d.row), int64(len(d.shown)), max(1, d.box.h))
	for y := range d.box.h {
		i := int(d.top) + y
		if i >= len(d.shown) {
			break
		}
		cmd := d.shown[i]
		keys := d.keysW[cmd]
		line := rect{d.box.x, d.box.y + y, d.box.w, 1}
		name := c.text(r.x, line.y, min(26, r.w), cmd.Name, styleDialog|bold)
		room := r.w - plainWidth(keys) - 1
		if from := max(name+1, r.x+20); from < r.x+room {
			c.text(from, line.y, r.x+room-from, cut(cmd.Help, r.x+room-from), styleDialogDim)
			c.text(r.x+r.w-plainWidth(keys), line.y, plainWidth(keys), keys, styleDialogKey)
		}
		if i == d.row {
			c.restyle(line, styleDialogRow)
		}
	}
	return tea.NewCursor(min(r.x+plainWidth(string([]rune(value)[:d.field.Position()])), a.w-1), max(0, min(r.y-1, a.h-1)))
}

func (d *palette) key(a *App, msg tea.KeyPressMsg, name string) tea.Cmd {
	switch {
	case closes(name), name == "ctrl+p":
		a.closeDialog()
	case name == "enter":
		return d.run(a)
	case name == "up":
		d.row = max(0, d.row-1)
	case name == "down":
		d.row = max(0, min(d.row+1, len(d.shown)-1))
	case name == "pgup":
		d.row = max(0, d.row-d.box.h)
	case name == "pgdown":
		d.row = max(0, min(d.row+d.box.h, len(d.shown)-1))
	default:
		before := d.field.Value()
		d.field, _ = d.field.Update(msg)
		if d.field.Value() != before {
			d.narrow()
		}
	}
	return nil
}

type commandNames []*model.Command

func (s commandNames) Len() int            { return len(s) }
func (s commandNames) String(i int) string { return s[i].Name }

// narrow keeps what matches: all that hold the words as typed first, then those that hold them in any order, then names that are near.
func (d *palette) narrow() {
	d.row = 0
	q := strings.TrimSpace(d.field.Value())
	if q == "" {
		d.shown = d.all
		return
	}
	d.shown = nil
	seen := make(map[*model.Command]bool)
	add := func(c *model.Command) {
		if !seen[c] {
			seen[c] = true
			d.shown = append(d.shown, c)
		}
	}
	low := strings.ToLower(q)
	for _, c := range d.all {
		if strings.HasPrefix(c.Name, low) {
			add(c)
		}
	}
	for _, c := range d.all {
		if strings.Contains(strings.ToLower(c.Name+" "+c.Help), low) {
			add(c)
		}
	}
	for _, c := range d.all { // the words in any order
		text, all := strings.ToLower(c.Name+" "+c.Help), true
		for word := range strings.FieldsSeq(low) {
			all = all && strings.Contains(text, word)
		}
		if all {
			add(c)
		}
	}
	for _, m := range fuzzy.FindFrom(q, commandNames(d.all)) {
		add(d.all[m.Index])
	}
}

// run runs the chosen command; one that needs arguments is put on the command line instead.
func (d *palette) run(a *App) tea.Cmd {
	if d.row >= len(d.shown) {
		return nil
	}
	c := d.shown[d.row]
	a.closeDialog()
	if len(c.Args) > 0 && !c.Args[0].Optional {
		a.dialogs = append(a.dialogs, newLine(c.Name+" "))
		return nil
	}
	return a.command(c.Name)
}

func (d *palette) paste(a *App, s string) tea.Cmd {
	cmd := d.input.paste(a, s)
	d.narrow()
	return cmd
}

func (d *palette) mouse(a *App, x, y int) tea.Cmd {
	if !d.box.contains(x, y) {
		a.closeDialog()
		return nil
	}
	row := int(d.top) + y - d.box.y
	if row >= len(d.shown) {
		return nil
	}
	d.row = row
	return d.run(a)
}

func (d *palette) wheel(_ *App, rows int) {
	d.row = max(0, min(d.row+rows, len(d.shown)-1))
}
