package ui

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"hexlay/model"
)

// Options are what the editor starts with.
type Options struct {
	Notes    []Note
	Commands []string // command lines run before the first frame
}

// Run shows ed on the terminal until the user quits, and closes it. The terminal is restored however it ends.
func Run(ed *model.Editor, o Options) error {
	// A lost terminal and a signal to end do what a request to quit does: the screen is restored and what runs is cancelled.
	// They are caught before the terminal is touched.
	lost := make(chan os.Signal, 1)
	signal.Notify(lost, hangups...)
	defer signal.Stop(lost)
	scr := newScreen(os.Stdout, colorprofile.Detect(os.Stdout, os.Environ()))
	gone := make(chan struct{})
	input := withTerminal(sync.OnceFunc(func() { close(gone) }))
	p, a, err := program(ed, o, scr, append(input, withOutput(scr)...)...)
	if err != nil {
		return errors.Join(err, scr.close(), ed.Close())
	}
	if w, h, ok := windowSize(); ok {
		a.w, a.h, a.ownSize = w, h, true
		defer watchSize(p)()
	}

	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-lost:
			p.Quit()
		case <-gone:
			p.Quit()
		case <-done:
		}
	}()

	_, err = p.Run()
	if doc := ed.Document(); err == nil && !a.quit && doc.Modified() {
		err = fmt.Errorf("ended from outside: the changes to %q are not saved", doc.Info().Name)
	}
	if serr := scr.close(); err == nil {
		err = serr
	}
	if cerr := ed.Close(); err == nil {
		err = cerr
	}
	return err
}

// modesFPS is how often Bubble Tea looks whether a mode of the terminal, or its clipboard, is to be set. Frames do not wait
// for it.
const modesFPS = 20

// program makes the Bubble Tea program that draws on scr, with o's commands run.
func program(ed *model.Editor, o Options, scr *screen, opts ...tea.ProgramOption) (*tea.Program, *App, error) {
	a := newApp(ed, scr, o.Notes, 0, 0)
	for _, line := range o.Commands {
		a.begin = append(a.begin, a.command(line))
		if n := ed.Notice(); n.Error {
			return nil, nil, fmt.Errorf("%s: %s", line, n.Text)
		}
	}
	return tea.NewProgram(a, append([]tea.ProgramOption{tea.WithFPS(modesFPS), tea.WithoutSignalHandler()}, opts...)...), a, nil
}
