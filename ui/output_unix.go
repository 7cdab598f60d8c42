//go:build unix

package ui

import (
	"io"
	"os"
	"os/signal"
	"syscall"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/term"

	"hexlay/lifeline"
)

// withOutput gives Bubble Tea the screen as a plain writer with a window of one cell: its renderer then has nothing to
// do. With the real size it cleared and compared empty frames of the whole window, a third of the time that starting took.
// The window's size is watched here instead.
//
// Its renderer looks once a second whether there is something to write, which is as seldom as it can be told: nothing waits for it, and
// an editor that nobody uses is to use nothing.
func withOutput(s *screen) []tea.ProgramOption {
	return []tea.ProgramOption{
		tea.WithOutput(struct{ io.Writer }{s}),
		tea.WithWindowSize(1, 1),
		tea.WithFPS(1),
		tea.WithColorProfile(s.profile),
	}
}

// windowSize is the size of the terminal; ok is false where Bubble Tea tells it.
func windowSize() (w, h int, ok bool) {
	w, h, err := term.GetSize(int(os.Stdout.Fd()))
	return w, h, err == nil
}

// watchSize sends the window's size whenever it changes, until stop is called.
func watchSize(p *tea.Program) (stop func()) {
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, syscall.SIGWINCH)
	done := make(chan struct{})
	lifeline.Go("the window's size", func() {
		for {
			select {
			case <-changed:
				if w, h, ok := windowSize(); ok {
					p.Send(sized{w, h})
				}
			case <-done:
				return
			}
		}
	})
	return func() {
		signal.Stop(changed)
		close(done)
	}
}
