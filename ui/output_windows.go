package ui

import (
	"os"

	tea "charm.land/bubbletea/v2"
)

// withOutput gives Bubble Tea the console itself: it switches the console's modes.
func withOutput(s *screen) []tea.ProgramOption {
	return []tea.ProgramOption{tea.WithOutput(ttyScreen{s, os.Stdout}), tea.WithFPS(20)}
}

// windowSize: Bubble Tea tells it.
func windowSize() (w, h int, ok bool) { return 0, 0, false }

func watchSize(*tea.Program) (stop func()) { return func() {} }

// ttyScreen is a screen on a terminal's file, which Bubble Tea wants to see as one.
type ttyScreen struct {
	*screen
	*os.File
}

func (t ttyScreen) Write(b []byte) (int, error) { return t.screen.Write(b) }
func (t ttyScreen) Close() error                { return nil }
