package ui

import (
	"os"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

var hangups = []os.Signal{os.Interrupt}

func ignoreReserved() {}

func suspendOutside(*tea.Program, *App) (stop func()) { return func() {} }

// retake has nothing to do: nobody stops the program here.
func retake() tea.Cmd { return nil }

// rescueTerminal returns what leaves the screen in an end without Bubble Tea's help, and shuts out.
func rescueTerminal(out *gate) func() {
	return func() { out.last(ansi.ResetStyle + ansi.ResetModeAltScreenSaveCursor + ansi.ShowCursor) }
}

// canSuspend: there is no job control here.
func canSuspend() bool { return false }
