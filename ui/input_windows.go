package ui

import tea "charm.land/bubbletea/v2"

// withTerminal leaves the console to Bubble Tea.
func withTerminal(func(), *pastes, func(size int)) []tea.ProgramOption { return nil }
