package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// backWithin is how long Bubble Tea, whose renderer works by a clock of a tick a second, may need to take the terminal back.
const backWithin = 2500 * time.Millisecond

// seeBack looks whether Bubble Tea has taken the terminal back after it had left it, and has it try again if not, each time with more
// patience. Bubble Tea 2.0.10 starts its renderer's clock anew, and the goroutine of before stops it when it comes to its end:
// where that is late, nothing is drawn any more.
func (a *App) seeBack() tea.Cmd {
	s, patience := a.screen, backWithin<<min(a.retakes, 5)
	if s == nil {
		return nil
	}
	return func() tea.Msg {
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(backWithin / 100) {
			if s.taken() {
				return nil
			}
		}
		return notBack{}
	}
}
