//go:build unix

package ui

import (
	"os"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/term"
)

// ttyInput is the terminal that the program reads, with two things added that Bubble Tea leaves out: the end of the input
// is told (without it the program would stay, deaf, when a terminal goes that is not its controlling one), and ctrl+c ends
// a bracketed paste whose end never comes.
type ttyInput struct {
	*os.File
	gone func()

	seen int       // how much of pasteMark the input ended with
	on   bool      // a paste has begun
	last time.Time // of the last input
}

// pasteMark begins and ends a paste; the x is 0 at the beginning and 1 at the end.
const pasteMark = "\x1b[20x~"

// pasteStuck is how long a paste must have been silent before ctrl+c ends it: what is pasted may hold the byte too, and
// what follows it must never be taken for keys.
const pasteStuck = 300 * time.Millisecond

// withTerminal is the option that reads standard input; none when that is not the terminal.
func withTerminal(gone func()) []tea.ProgramOption {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil // Bubble Tea opens the controlling terminal; a hangup comes as a signal then
	}
	return []tea.ProgramOption{tea.WithInput(&ttyInput{File: os.Stdin, gone: gone})}
}

func (t *ttyInput) Read(b []byte) (int, error) {
	n, err := t.File.Read(b)
	if err != nil || n == 0 && len(b) > 0 {
		t.gone()
		return n, err
	}
	now := time.Now()
	if t.on && n == 1 && b[0] == 'C'&0x1f && now.Sub(t.last) >= pasteStuck && len(b) > len(pasteMark) {
		n = copy(b, "\x1b[201~\x03")
	}
	t.last = now
	for _, c := range b[:n] {
		t.scan(c)
	}
	return n, nil
}

// scan follows where pastes begin and end.
func (t *ttyInput) scan(c byte) {
	switch want := pasteMark[t.seen]; {
	case c == want && t.seen == len(pasteMark)-1:
		t.seen = 0
	case c == want:
		t.seen++
	case want == 'x' && (c == '0' || c == '1'):
		t.seen++
		t.on = c == '0'
	case c == pasteMark[0]:
		t.seen = 1
	default:
		t.seen = 0
	}
}
