//go:build unix

package ui

import (
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"hexlay/lifeline"
)

// hangups are the signals that end the program in order: all that would end it otherwise, but for SIGKILL, the one for a
// broken pipe and the profiler's. SIGBUS and the like are those that somebody sends; a fault of our own is a panic.
var hangups = append([]os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGABRT, syscall.SIGBUS,
	syscall.SIGFPE, syscall.SIGILL, syscall.SIGSEGV, syscall.SIGSYS, syscall.SIGTRAP, syscall.SIGUSR1, syscall.SIGUSR2,
	syscall.SIGALRM, syscall.SIGVTALRM, syscall.SIGXCPU}, systemHangups...)

// suspendOutside makes a SIGTSTP that somebody sends what :suspend is: by itself it would stop the program and leave the
// terminal as it is. Bubble Tea sends the same signal to stop us when the terminal is as it was; it has no effect any more
// once it is caught, so SIGSTOP follows. A SIGSTOP from outside cannot be caught: when the program is continued after one,
// the terminal may be in any state. A write beyond the limit of file sizes fails instead of ending the program.
func suspendOutside(p *tea.Program, a *App) (stop func()) {
	signal.Ignore(syscall.SIGXFSZ)
	asked, goesOn, done := make(chan os.Signal, 1), make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(asked, syscall.SIGTSTP)
	signal.Notify(goesOn, syscall.SIGCONT)
	lifeline.Go("suspending", func() {
		var again <-chan time.Time
		for {
			select {
			case <-asked:
				switch {
				case a.suspending.Load():
					_ = syscall.Kill(0, syscall.SIGSTOP)
				case canSuspend():
					p.Send(suspended{})
				}
				continue
			case <-goesOn:
			case <-again:
			case <-done:
				return
			}
			again = nil
			switch {
			case a.suspending.Load(): // Bubble Tea takes the terminal back
			case inForeground():
				p.Send(continued{})
			default: // in the background the terminal is the shell's
				again = time.After(backgroundLook)
			}
		}
	})
	return func() {
		signal.Stop(asked)
		signal.Stop(goesOn)
		close(done)
	}
}

// backgroundLook is how often a program that was continued in the background looks whether it has come to the front.
const backgroundLook = 200 * time.Millisecond

// inForeground tells whether the terminal is ours to set.
func inForeground() bool {
	group, err := unix.IoctlGetInt(int(os.Stdin.Fd()), unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}

// retake makes Bubble Tea leave the terminal and take it again, with all its modes.
func retake() tea.Cmd {
	return tea.Exec(nothing{}, func(error) tea.Msg { return tea.ResumeMsg{} })
}

// nothing is a program that has run already.
type nothing struct{}

func (nothing) Run() error          { return nil }
func (nothing) SetStdin(io.Reader)  {}
func (nothing) SetStdout(io.Writer) {}
func (nothing) SetStderr(io.Writer) {}

// rescueTerminal notes how the terminal is and returns what puts it back, and tells it to leave all modes that were
// switched on; nothing is written through out any more. It is for an end without Bubble Tea's help.
func rescueTerminal(out *gate) func() {
	fd := int(os.Stdin.Fd())
	was, err := term.GetState(fd)
	if err != nil { // the input is not the terminal; the output is
		fd = int(os.Stdout.Fd())
		was, err = term.GetState(fd)
	}
	return func() {
		if err == nil {
			_ = term.Restore(fd, was)
		}
		written := make(chan struct{})
		lifeline.Go("leaving the screen", func() {
			bye := leaveAll
			if imagesSent.Load() {
				bye = deleteAllKitty + bye
			}
			out.last(bye)
			close(written)
		})
		select {
		case <-written:
		case <-time.After(lifeline.Patience / 4): // a terminal that takes nothing any more
		}
	}
}

// leaveAll ends every mode that the program or Bubble Tea may have switched on.
const leaveAll = ansi.ResetModeSynchronizedOutput + ansi.ResetStyle + "\x1b[r" + ansi.ResetModeMouseButtonEvent +
	ansi.ResetModeMouseAnyEvent + ansi.ResetModeMouseExtSgr + ansi.ResetModeBracketedPaste + ansi.ResetModeFocusEvent +
	"\x1b[<u\x1b[>4;0m" + ansi.ResetModeAltScreenSaveCursor + ansi.ShowCursor

// canSuspend tells whether a shell could bring a stopped program back. The kernel does not stop the process group of a
// session's leader (a program that the terminal itself started), but Bubble Tea would wait to be continued for ever.
func canSuspend() bool {
	leader, err := unix.Getsid(0)
	if err != nil {
		return false
	}
	group, err := unix.Getpgid(leader)
	return err == nil && group != unix.Getpgrp()
}
