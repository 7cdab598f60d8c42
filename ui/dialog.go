package ui

import tea "charm.land/bubbletea/v2"

// dialog is something that takes all keys until it is closed. The last one of the stack is on top.
type dialog interface {
	draw(a *App, c *canvas) *tea.Cursor
	key(a *App, msg tea.KeyPressMsg, name string) tea.Cmd
	paste(a *App, s string) tea.Cmd
	// mouse takes a press of the left button; wheel turns come as rows.
	mouse(a *App, x, y int) tea.Cmd
	wheel(a *App, rows int)
}

func (a *App) top() dialog {
	if n := len(a.dialogs); n > 0 {
		return a.dialogs[n-1]
	}
	return nil
}

func (a *App) closeDialog() { a.dialogs = a.dialogs[:len(a.dialogs)-1] }

// closes tells whether key ends a dialog.
func closes(name string) bool { return name == "esc" || name == "ctrl+c" || name == "ctrl+q" }

// popup clears a box in the middle of the screen and gives the place for its text.
func popup(a *App, c *canvas, w, h int, title string) rect {
	w, h = min(w, a.w), min(h, a.h)
	r := rect{(a.w - w) / 2, max(0, (a.h-h)/3), w, h}
	c.fill(r, ' ', styleDialog)
	c.text(r.x+2, r.y, r.w-4, cut(title, r.w-4), styleDialog|bold)
	return rect{r.x + 2, r.y + 2, r.w - 4, r.h - 3}
}
