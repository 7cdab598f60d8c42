//go:build unix

package ui

import (
	"os"
	"regexp"
	"strconv"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/term"

	"hexlay/lifeline"
)

// ttyInput is the terminal that the program reads, with three things added that Bubble Tea leaves out:
//
//   - The end of the input is told. Without it the program would stay, deaf, when a terminal goes that is not its
//     controlling one.
//   - ctrl+c ends a bracketed paste whose end never comes, and the user is told of one.
//   - What is pasted is kept here, and Bubble Tea is given a ticket for it: it holds a paste several times over while it
//     looks for its end, 400 MB for 20.
type ttyInput struct {
	*os.File
	gone   func()
	waits  func(size int) // nil, or told of a paste whose end does not come
	pastes *pastes

	seen int       // how much of pasteMark the input ended with
	mark byte      // its x
	on   bool      // a paste has begun
	last time.Time // of the last input
	buf  []byte    // what was read
	tell *time.Timer
}

// pasteMark begins and ends a paste; the x is 0 at the beginning and 1 at the end.
const pasteMark = "\x1b[20x~"

// pasteStuck is how long a paste must have been silent before ctrl+c ends it: what is pasted may hold the byte too, and
// what follows it must never be taken for keys.
const pasteStuck = 300 * time.Millisecond

// pasteTold is how long a paste must have been silent before it is told that its end does not come.
const pasteTold = 1500 * time.Millisecond

// keyboardInterrupt is ctrl+c from a terminal that was asked to tell all keys apart, with the modifiers plus one.
var keyboardInterrupt = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\x1b\[(?:99;(\d{1,3})u|27;(\d{1,3});99~)$`)
})

// interrupts says whether a terminal sends in for ctrl+c: the byte of old, or a sequence of the kitty protocol or of xterm's other keys.
func interrupts(in []byte) bool {
	if len(in) == 1 {
		return in[0] == 'C'&0x1f
	}
	const ctrl, locks = 4, 64 | 128 // caps lock and num lock do not matter
	m := keyboardInterrupt().FindSubmatch(in)
	if m == nil {
		return false
	}
	mods, err := strconv.Atoi(string(m[1]) + string(m[2]))
	return err == nil && (mods-1)&^locks == ctrl
}

// withTerminal is the option that reads standard input; none when that is not the terminal.
func withTerminal(gone func(), p *pastes, waits func(size int)) []tea.ProgramOption {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil // Bubble Tea opens the controlling terminal; a hangup comes as a signal then
	}
	return []tea.ProgramOption{tea.WithInput(&ttyInput{File: os.Stdin, gone: gone, waits: waits, pastes: p})}
}

func (t *ttyInput) Read(b []byte) (int, error) {
	// Each paste may become longer by a ticket, and has at least its two marks.
	if room := len(b)/4 - 2*len(pasteMark); len(t.buf) != room {
		t.buf = make([]byte, max(1, room))
	}
	n, err := t.File.Read(t.buf)
	if err != nil || n == 0 {
		t.quiet()
		t.gone()
		return 0, err
	}
	now := time.Now()
	in, out := t.buf[:n], b[:0]
	if t.on && now.Sub(t.last) >= pasteStuck && interrupts(in) {
		out = append(out, t.pastes.end()...)
		out = append(out, "\x1b[201~"...)
		t.on, t.seen = false, 0
		in = nil
	}
	t.last = now
	for _, c := range in {
		out = t.take(out, c)
	}
	t.expectEnd()
	return len(out), nil
}

// expectEnd has it told when nothing more comes of a paste.
func (t *ttyInput) expectEnd() {
	t.quiet()
	if size := t.pastes.size; t.on && t.waits != nil {
		t.tell = time.AfterFunc(pasteTold, func() {
			lifeline.Guard("a paste without an end", func() { t.waits(size) })
		})
	}
}

// quiet has nothing told.
func (t *ttyInput) quiet() {
	if t.tell != nil {
		t.tell.Stop()
		t.tell = nil
	}
}

// take appends what Bubble Tea is to see of a byte. It follows where pastes begin and end.
func (t *ttyInput) take(out []byte, c byte) []byte {
	was := t.on
	switch want := pasteMark[t.seen]; {
	case c == want && t.seen == len(pasteMark)-1:
		t.seen = 0
		if was && t.mark == '1' {
			t.on = false
			t.pastes.cut(len(pasteMark) - 1)
			out = append(out, t.pastes.end()...)
			return append(out, "\x1b[201~"...)
		}
		t.on = was || t.mark == '0'
	case c == want:
		t.seen++
	case want == 'x' && (c == '0' || c == '1'):
		t.seen++
		t.mark = c
	case c == pasteMark[0]:
		t.seen = 1
	default:
		t.seen = 0
	}
	if was {
		t.pastes.add(c)
		return out
	}
	return append(out, c)
}
