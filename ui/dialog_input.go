package ui

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"hexlay/model"
	"hexlay/overlay/text"
)

// input is the bottom line while text is typed into it: the command line, or a prompt for a command's argument.
type input struct {
	field    textinput.Model
	label    string
	hint     string
	command  string // "" for the command line itself
	complete model.ArgKind
	choices  []model.Completion // of a prompt with a list of values
	ways     []model.Completion // how the text is written
	telling  bool               // the ways are shown
	refused  string             // why what was pasted is not there
	found    []model.Completion
	chosen   int // index into found; -1 before the first tab
	past     int // how far back in what was typed before; 0 is the line being typed
	typed    string
	live     bool // the editor is told what is typed
	typing   func(e *model.Editor, text string) (model.Effect, error)
	initial  string
	told     string
	foreseen struct{ line, text string }
	offered  bool // the text is the prompt's own, untouched: typing replaces it
}

func newInput(initial string) *input {
	f := textinput.New()
	f.Prompt = ""
	f.KeyMap.Paste.SetEnabled(false) // the terminal's own paste comes as a message; no program is run for it
	f.SetVirtualCursor(false)
	f.SetValue(initial)
	f.CursorEnd()
	f.Focus()
	return &input{field: f, chosen: -1}
}

func newLine(initial string) *input {
	d := newInput(initial)
	d.label = ":"
	return d
}

func newPrompt(p model.Prompt) *input {
	d := newInput(p.Initial)
	d.label, d.hint, d.command, d.complete = p.Title+": ", p.Hint, p.Command, p.Complete
	d.offered, d.live = p.Initial != "", p.Live
	d.choices, d.ways, d.typing, d.initial = p.Choices, p.Ways, p.Typing, p.Initial
	if len(d.choices) > 0 { // to be seen at once
		d.found = d.choices
		d.chosen = slices.IndexFunc(d.choices, func(c model.Completion) bool { return c.Line == p.Initial })
	}
	return d
}

func (d *input) draw(a *App, c *canvas) *tea.Cursor {
	r := a.layout.line
	if r.empty() {
		r = rect{0, a.h - 1, a.w, 1}
	}
	c.fill(r, ' ', styleInput)
	x := c.text(r.x, r.y, max(1, r.w*2/3), d.label, styleInput|bold)
	room := r.x + r.w - x - 1
	value := []rune(d.field.Value())
	pos := d.field.Position()
	first := pos
	for w := 0; first > 0; first-- { // from the cursor backwards: a pasted text may be long
		if w += plainWidth(string(value[first-1])); w > max(0, room-1) {
			break
		}
	}
	cx := x + plainWidth(string(value[first:pos]))
	st := styleInput
	if d.offered {
		st |= reverse
	}
	end := c.text(x, r.y, room, string(value[first:]), st)
	switch {
	case d.refused != "":
		d.drawAbove(c, r, d.refused, styleBad)
	case d.telling:
		d.drawWays(a, c, r.y)
	case len(d.found) > 0:
		d.drawFound(a, c, r.y)
	case d.live && strings.Contains(string(value), " => ") && d.preview(a) != "":
		d.drawAbove(c, r, d.preview(a), styleDialog)
	case d.live && a.ed.LiveNote() != "":
		d.drawAbove(c, r, a.ed.LiveNote(), styleDialog)
	case a.ed.Notice().Error: // why the line came back
		d.drawAbove(c, r, a.ed.Notice().Text, styleBad)
	case d.preview(a) != "":
		d.drawAbove(c, r, d.preview(a), styleDialog)
	case len(value) == 0 && d.hint != "" && end+2+plainWidth(d.hint) > r.x+r.w:
		d.drawAbove(c, r, d.hint, styleDialogDim)
	case len(value) == 0 && d.hint != "":
		c.text(end+2, r.y, r.x+r.w-end-2, d.hint, fg(grey)|bg(236))
	}
	return tea.NewCursor(min(cx, a.w-1), r.y)
}

// drawAbove draws a line above the one that is typed into.
func (d *input) drawAbove(c *canvas, r rect, text string, st style) {
	above := rect{r.x, max(0, r.y-1), r.w, 1}
	c.fill(above, ' ', styleDialog)
	drawUp(c, above, text, st)
}

// preview is what the command would do with what is typed so far. It is asked for again only when that has changed.
func (d *input) preview(a *App) string {
	line := d.field.Value()
	if d.command != "" {
		line = d.command + " " + line
	}
	if d.foreseen.line != line {
		d.foreseen.line, d.foreseen.text = line, a.ed.Preview(line)
	}
	return d.foreseen.text
}

// drawFound lists the completions above the line.
func (d *input) drawFound(a *App, c *canvas, bottom int) {
	h := min(len(d.found), 10, bottom)
	first := max(0, min(d.chosen-h/2, len(d.found)-h))
	w := 0
	for _, f := range d.found {
		w = max(w, plainWidth(f.Word))
	}
	w = min(w, 40)
	for i := range h {
		f := d.found[first+i]
		y := bottom - h + i
		st := styleDialog
		if first+i == d.chosen {
			st = styleDialogRow
		}
		c.fill(rect{0, y, min(a.w, w+50), 1}, ' ', st)
		c.text(1, y, w, cut(f.Word, w), st)
		c.text(w+3, y, min(a.w, w+50)-w-4, cut(f.Help, min(a.w, w+50)-w-4), st)
	}
}

// drawWays tells above the line how what is asked for is written.
func (d *input) drawWays(a *App, c *canvas, bottom int) {
	w := 0
	for _, f := range d.ways {
		w = max(w, plainWidth(f.Word))
	}
	h := min(len(d.ways), bottom)
	for i, f := range d.ways[:h] {
		y := bottom - h + i
		c.fill(rect{0, y, a.w, 1}, ' ', styleDialog)
		c.text(1, y, a.w-1, cut(f.Word, a.w-2), styleDialogKey)
		c.text(w+3, y, a.w-w-4, cut(f.Help, max(0, a.w-w-4)), styleDialog)
	}
}

// tellMore shows how the text is written, or else the help about the command.
func (d *input) tellMore(a *App) {
	if len(d.ways) > 0 {
		d.telling = !d.telling
		return
	}
	page := newHelp(a)
	page.query, _, _ = strings.Cut(d.field.Value(), " ")
	if d.command != "" {
		page.query = d.command
	}
	if len(page.matching()) == 0 {
		page.query = ""
	}
	page.given = page.query
	a.dialogs = append(a.dialogs, page)
}

func (d *input) key(a *App, msg tea.KeyPressMsg, name string) tea.Cmd {
	cmd := d.press(a, msg, name)
	return tea.Batch(cmd, d.tell(a))
}

// tell lets the editor look for what has been typed so far.
func (d *input) tell(a *App) tea.Cmd {
	v := d.field.Value()
	if d.typing != nil && a.top() == dialog(d) && d.told != v && !d.offered {
		d.told = v
		return a.perform(d.typing(a.ed, v))
	}
	if !d.live || d.told == v || d.offered || a.top() != dialog(d) {
		return nil
	}
	d.told = v
	if d.command == "replace" {
		v, _, _ = strings.Cut(v, " => ")
	}
	return a.perform(a.ed.LiveFind(v))
}

func (d *input) press(a *App, msg tea.KeyPressMsg, name string) tea.Cmd {
	d.refused = ""
	switch {
	case name == "f1":
		d.tellMore(a)
	case name == "esc" && d.telling:
		d.telling = false
	case closes(name):
		if len(d.found) > 0 && name == "esc" && !d.offered {
			d.found, d.chosen = nil, -1
			return nil
		}
		a.closeDialog()
		if d.live {
			a.ed.EndLive(nil)
		}
		if d.typing != nil {
			return a.perform(d.typing(a.ed, d.initial))
		}
	case name == "enter":
		return d.enter(a)
	case name == "tab" || name == "shift+tab":
		d.tab(a, map[bool]int{true: 1, false: -1}[name == "tab"])
	case (name == "up" || name == "down") && len(d.found) > 0:
		d.tab(a, map[bool]int{true: 1, false: -1}[name == "down"])
	case name == "up" || name == "down":
		d.recall(a, map[string]int{"up": 1, "down": -1}[name])
	case name == "backspace" && d.field.Value() == "" && d.command == "":
		a.closeDialog()
	default:
		before := d.field.Value()
		if d.offered && (msg.Text != "" || name == "backspace" || name == "delete") {
			d.field.SetValue("")
		}
		d.offered = false
		d.field, _ = d.field.Update(msg)
		if d.field.Value() != before {
			d.found, d.chosen, d.past = nil, -1, 0
			if d.command == "" || d.complete == model.ArgCodec || d.complete == model.ArgTemplate || d.complete == model.ArgFilter || d.choices != nil {
				d.suggest(a)
			}
		}
	}
	return nil
}

// suggest shows what a word could become, except file names: those are looked up only when tab asks.
func (d *input) suggest(a *App) {
	v := d.field.Value()
	if d.command == "" {
		if v != "" && !fileCommand(v) {
			d.found = a.ed.Complete(v)
		}
	} else {
		d.found = d.completions(a, v)
	}
	if len(d.found) == 1 && d.found[0].Line == v {
		d.found = nil
	}
}

// completions are the ways to go on with a prompt's text. The values of a list are all offered while the old one stands
// there untouched.
func (d *input) completions(a *App, v string) []model.Completion {
	if d.choices == nil {
		return a.ed.CompleteArg(d.complete, v)
	}
	var out []model.Completion
	for _, c := range d.choices {
		if d.offered || strings.HasPrefix(strings.ToLower(c.Word), strings.ToLower(v)) {
			out = append(out, c)
		}
	}
	return out
}

func fileCommand(line string) bool {
	for i := range line {
		if line[i] == ' ' {
			c, err := model.Lookup(line[:i])
			return err == nil && len(c.Args) > 0 && c.Args[0].Kind == model.ArgFile
		}
	}
	return false
}

func (d *input) tab(a *App, step int) {
	if d.found == nil || d.chosen < 0 {
		v := d.field.Value()
		if d.command == "" {
			d.found = a.ed.Complete(v)
		} else {
			d.found = d.completions(a, v)
		}
	}
	if len(d.found) == 0 {
		return
	}
	d.offered = false
	if d.chosen += step; d.chosen < 0 {
		d.chosen = len(d.found) - 1
	}
	d.chosen %= len(d.found)
	d.field.SetValue(d.found[d.chosen].Line)
	d.field.CursorEnd()
	if len(d.found) == 1 {
		d.found, d.chosen = nil, -1
	}
}

// recall goes back and forth in what was typed before: command lines, or what the prompt's command was given.
func (d *input) recall(a *App, step int) {
	lines := d.before(a)
	if d.past == 0 {
		d.typed = d.field.Value()
		if step > 0 && len(lines) > 0 && lines[len(lines)-1] == d.typed { // it stands there already
			step++
		}
	}
	d.past = max(0, min(d.past+step, len(lines)))
	v := d.typed
	if d.past > 0 {
		v = lines[len(lines)-d.past]
	}
	d.offered = d.offered && v == d.field.Value()
	d.field.SetValue(v)
	d.field.CursorEnd()
}

// before is what recall offers, the newest last.
func (d *input) before(a *App) (lines []string) {
	switch {
	case d.command == "":
		return a.history
	case d.complete == model.ArgCodec:
		return nil // it has a list
	}
	for _, line := range a.history {
		command, arg, ok := strings.Cut(line, " ")
		if d.live && slices.Contains(searches, command) { // a pattern for one is one for all
			if arg, _, _ = strings.Cut(arg, " => "); command == d.command {
				_, arg, _ = strings.Cut(line, " ")
			}
		} else if command != d.command {
			continue
		}
		if ok && (len(lines) == 0 || lines[len(lines)-1] != arg) {
			lines = append(lines, arg)
		}
	}
	return lines
}

// searches are the commands whose prompts take patterns.
var searches = []string{"find", "hits", "replace"}

const maxHistory = 500

func (d *input) enter(a *App) tea.Cmd {
	v := d.field.Value()
	if d.complete == model.ArgCodec && d.chosen < 0 && len(d.found) > 0 { // what is offered first, unless the name is whole
		if _, err := text.Lookup(v); err != nil {
			v = d.found[0].Line
		}
	}
	a.closeDialog()
	if v == "" {
		if d.live {
			a.ed.EndLive(nil)
		}
		return nil
	}
	line := v
	if d.command != "" {
		line = d.command + " " + quoteFor(d.complete, v)
	}
	if n := len(a.history); n == 0 || a.history[n-1] != line {
		a.history = append(a.history, line)
		a.history = a.history[max(0, len(a.history)-maxHistory):]
	}
	var cmd tea.Cmd
	if d.live {
		a.ed.EndLive(func() { cmd = a.command(line) })
	} else {
		cmd = a.command(line)
	}
	if n := a.ed.Notice(); n.Error && d.command != "" { // nothing typed is lost: the prompt comes back with it
		again := *d
		again.offered = false
		a.dialogs = append(a.dialogs, &again)
	}
	return cmd
}

// quoteFor keeps spaces of a prompt's text in one argument where the argument is a single word.
func quoteFor(kind model.ArgKind, v string) string {
	if kind == model.ArgCodec {
		return "'" + v + "'"
	}
	return v
}

// paste takes what the terminal pasted, its lines joined by spaces; control characters do not get into a command line.
func (d *input) paste(a *App, s string) tea.Cmd {
	const most = 64 << 10
	if len(s) > most { // a part of it would be something else
		d.refused = "too long to be pasted into this line: " + model.Grouped(int64(len(s))) + " bytes, at most " + model.Grouped(most) + " fit"
		return nil
	}
	clean := make([]rune, 0, len(s))
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			clean = append(clean, ' ')
		case r >= 0x20 && r != 0x7f:
			clean = append(clean, r)
		}
	}
	if d.offered {
		d.field.SetValue("")
		d.offered = false
	}
	d.field, _ = d.field.Update(tea.PasteMsg{Content: string(clean)})
	d.found, d.chosen = nil, -1
	return d.tell(a)
}

func (d *input) mouse(*App, int, int) tea.Cmd { return nil }
func (d *input) wheel(*App, int)              {}
