package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// Note is one step of a document's notes: text, and the command lines that go to what it speaks of.
type Note struct {
	Title, Text string
	Commands    []string
}

// notes walks the user through a document that brings notes: the tour.
type notes struct {
	list []Note
	at   int
	top  int
	h    int
	n    int // lines of the note shown
}

func (p *notes) name() string          { return "notes" }
func (p *notes) wants(w, most int) int { return min(most, 3+len(p.lines(w))) }
func (p *notes) title(*App) string {
	if len(p.list) == 0 {
		return "notes"
	}
	return "notes: " + p.list[p.at].Title
}

func (p *notes) lines(w int) []string {
	if len(p.list) == 0 {
		return []string{"This document has no notes."}
	}
	return wrap(p.list[p.at].Text, w-2)
}

func (p *notes) draw(_ *App, c *canvas, r rect, focused bool) {
	p.h = r.h
	lines := p.lines(r.w)
	p.n = len(lines)
	p.top = max(0, min(p.top, p.n-(r.h-1)))
	for y := range max(1, r.h-1) {
		if p.top+y < len(lines) {
			c.text(r.x+1, r.y+y, r.w-2, lines[p.top+y], styleText)
		}
	}
	if len(p.list) > 0 && r.h > 1 {
		hint := fmt.Sprintf("%d/%d  F6 comes here", p.at+1, len(p.list))
		if focused {
			hint = fmt.Sprintf("%d/%d  Right next  Left back", p.at+1, len(p.list))
		}
		if p.n-p.top > r.h-1 {
			hint += "  Down more"
		}
		c.text(r.x+1, r.y+r.h-1, r.w-2, hint, styleDim)
	}
}

// wrap breaks text into lines of at most w columns, at spaces where it can.
func wrap(s string, w int) []string {
	var out []string
	for _, para := range strings.Split(s, "\n") {
		line := ""
		for _, word := range strings.Fields(para) {
			for plainWidth(word) > w && w > 0 { // a word longer than a line is cut
				head := []rune(word)[:min(w, len([]rune(word)))]
				out = append(out, string(head))
				word = string([]rune(word)[len(head):])
			}
			switch {
			case line == "":
				line = word
			case plainWidth(line)+1+plainWidth(word) <= w:
				line += " " + word
			default:
				out = append(out, line)
				line = word
			}
		}
		out = append(out, line)
	}
	return out
}

func (p *notes) key(a *App, name string) (tea.Cmd, bool) {
	if len(p.list) == 0 {
		return nil, false
	}
	switch name {
	case "right", "n", " ":
		return p.step(a, 1), true
	case "left", "p":
		return p.step(a, -1), true
	case "enter":
		return p.step(a, 0), true
	case "down":
		p.top++
	case "up":
		p.top--
	case "pgdown":
		p.top += p.h - 1
	case "pgup":
		p.top -= p.h - 1
	default:
		return nil, false
	}
	return nil, true
}

// step goes to another note and to what it speaks of.
func (p *notes) step(a *App, n int) tea.Cmd {
	p.at = max(0, min(p.at+n, len(p.list)-1))
	p.top = 0
	var cmds []tea.Cmd
	for _, line := range p.list[p.at].Commands {
		cmds = append(cmds, a.command(line))
	}
	a.use(p) // what the commands showed does not take its place
	return tea.Sequence(cmds...)
}

func (p *notes) click(a *App, x, y int, _ bool) tea.Cmd {
	if len(p.list) > 0 && y == p.h-1 {
		if x < 24 {
			return p.step(a, 1)
		}
		return p.step(a, -1)
	}
	return nil
}

func (p *notes) wheel(_ *App, rows int) { p.top += rows }
