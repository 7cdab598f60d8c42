package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"hexlay/keymap"
	"hexlay/model"
)

// key takes a key press: the top dialog first, then the panel that has the focus, then the grid.
func (a *App) key(msg tea.KeyPressMsg) tea.Cmd {
	name := keymap.Normalize(msg.String())
	if name == "space" {
		name = " "
	}
	if d := a.top(); d != nil {
		return d.key(a, msg, name)
	}
	if a.focus != nil {
		if name == "esc" {
			switch {
			case a.whole:
				a.whole = false
			case a.ed.Running() != nil: // one key cancels, wherever it is pressed
				return a.command("escape")
			default:
				a.focus = nil
			}
			return nil
		}
		if cmd, taken := a.focus.key(a, name); taken {
			return cmd
		}
		if line := a.keys.Own(keymap.Compare, name); line != "" && a.ed.Comparison() != nil {
			return a.command(line)
		}
		return a.fromPanel(name)
	}
	if line := a.keys.Own(keymap.Compare, name); line != "" && a.ed.Comparison() != nil && (a.ed.Column() == model.Hex || len(name) > 1) {
		return a.command(line)
	}
	if a.ed.Column() == model.Text {
		if msg.Text != "" && msg.Mod&(tea.ModCtrl|tea.ModAlt) == 0 {
			return a.edit(a.ed.TypeText(msg.Text))
		}
		return a.command(a.keys.Command(keymap.Global, name))
	}
	if isHexDigit(name) {
		return a.edit(a.ed.TypeHex(hexValue(name[0])))
	}
	return a.command(a.keys.Command(keymap.Hex, name))
}

// fromPanel runs a key's command while a panel has the focus, unless it would change the bytes under the cursor: a panel
// never types into the document.
func (a *App) fromPanel(name string) tea.Cmd {
	line := a.keys.Command(keymap.Hex, name)
	if isHexDigit(name) || line == "" {
		return nil
	}
	command, _, _ := strings.Cut(line, " ")
	if c, err := model.Lookup(command); err == nil && c.Edits {
		a.ed.Fail(fmt.Errorf("the %s panel has the keys; Esc goes back to the bytes", a.focus.name()))
		return nil
	}
	return a.command(line)
}

func isHexDigit(s string) bool {
	return len(s) == 1 && strings.IndexByte("0123456789abcdefABCDEF", s[0]) >= 0
}

func hexValue(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// edit shows what came of something typed.
func (a *App) edit(err error) tea.Cmd {
	a.ed.Notef("")
	if err != nil {
		a.ed.Fail(err)
	}
	return nil
}

// command runs a command line of the editor.
func (a *App) command(line string) tea.Cmd {
	if line == "" {
		return nil
	}
	return a.perform(a.ed.Do(line))
}

func (a *App) paste(s string) tea.Cmd {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n") // terminals paste line ends as CR
	switch d := a.top(); {
	case d != nil:
		return d.paste(a, s)
	case a.focus != nil:
		a.ed.Fail(fmt.Errorf("the %s panel has the keys; Esc goes back to the bytes", a.focus.name()))
		return nil
	}
	return a.perform(a.ed.PasteText(s))
}
