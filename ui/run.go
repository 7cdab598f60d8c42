package ui

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"hexlay/keymap"
	"hexlay/lifeline"
	"hexlay/model"
)

// Options are what the editor starts with.
type Options struct {
	Notes    []Note
	Keys     []keymap.Binding // the user's own, over the usual ones
	Begun    model.Effect     // what a command has begun already that is to be in the first frame
	Commands []string         // command lines run before the first frame
	Trouble  error            // with the user's settings, to be shown
	First    model.Effect     // what to ask before anything else
}

// Run shows ed on the terminal until the user quits, and closes it. The terminal is restored however it ends.
func Run(ed *model.Editor, o Options) error {
	// A lost terminal and a signal to end do what a request to quit does: the screen is restored and what runs is cancelled.
	// They are caught before the terminal is touched. Whatever goes wrong from there on ends by package lifeline.
	lost := make(chan os.Signal, 1)
	signal.Notify(lost, hangups...)
	defer signal.Stop(lost)
	ignoreReserved()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	model.KeepLive()
	scr := newScreen(os.Stdout, colorprofile.Detect(os.Stdout, os.Environ()))
	defer lifeline.AtEnd(rescueTerminal(scr.out))()
	scr.ascii, scr.console = !UTF8Locale(os.Getenv), os.Getenv("TERM") == "linux"
	gone := make(chan struct{})
	pasted := newPastes()
	var p *tea.Program
	input := withTerminal(sync.OnceFunc(func() { close(gone) }), pasted, func(size int) { p.Send(pasteWaits(size)) })
	p, a, err := program(ed, o, scr, append(input, withOutput(scr)...)...)
	if err != nil {
		return errors.Join(err, scr.close(), ed.Close())
	}
	a.pastes = pasted
	if w, h, ok := windowSize(); ok {
		a.w, a.h, a.ownSize = w, h, true
		defer watchSize(p)()
	}

	done := make(chan struct{})
	defer close(done)
	lifeline.Go("what ends the program", func() {
		select {
		case <-lost:
		case <-gone:
		case <-done:
			return
		}
		// Quit waits for the message before it to be taken, which may be stuck.
		lifeline.Go("the request to quit", p.Quit)
		select {
		case <-done:
		case <-lost: // who asks twice does not want to wait
			lifeline.End(lifeline.Status, "ended from outside")
		case <-time.After(orderly):
			lifeline.End(lifeline.Status, "ended from outside, while something took its time")
		}
	})
	defer suspendOutside(p, a)()

	_, err = p.Run()
	switch doc := ed.Document(); {
	case err == nil && a.quit:
		err = ed.GiveUp()
	case err == nil && doc.Modified() && ed.Unprotected() == nil:
		err = fmt.Errorf("ended from outside: the changes to %q are not saved; opening it again offers to restore them", doc.Info().Name)
	case err == nil && doc.Modified():
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

// orderly is how long an end from outside may take before lifeline makes it. Together they stay below two seconds.
const orderly = 800 * time.Millisecond

// program makes the Bubble Tea program that draws on scr, with o's commands run.
func program(ed *model.Editor, o Options, scr *screen, opts ...tea.ProgramOption) (*tea.Program, *App, error) {
	a := newApp(ed, scr, o.Notes, 0, 0)
	if len(o.Keys) > 0 {
		a.keys = keymap.New(keymap.Default, o.Keys)
	}
	a.starting = true
	begin := func(what string, cmd tea.Cmd) error {
		a.begin = append(a.begin, cmd)
		if n := ed.Notice(); n.Error {
			return errors.New(what + n.Text)
		}
		return nil
	}
	if o.Begun != nil {
		if err := begin("", a.perform(o.Begun, nil)); err != nil {
			return nil, nil, err
		}
	}
	for _, line := range o.Commands {
		command, _, _ := strings.Cut(line, " ") // an error says itself of which file
		if err := begin(command+": ", a.command(line)); err != nil {
			return nil, nil, err
		}
	}
	if o.Trouble != nil {
		ed.Fail(o.Trouble)
	}
	a.starting = false
	a.begin = append(a.begin, a.perform(o.First, nil))
	return tea.NewProgram(a, append([]tea.ProgramOption{tea.WithoutSignalHandler()}, opts...)...), a, nil
}
