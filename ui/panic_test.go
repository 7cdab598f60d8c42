package ui

import (
	"io"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"hexlay/mmapdoc"
	"hexlay/model"
)

// TestPanicKeepsTheProgram: a slip in the screen's code costs neither the program nor the edits.
func TestPanicKeepsTheProgram(t *testing.T) {
	ed := model.New(mmapdoc.FromBytes("test", []byte("abc")))
	defer ed.Close()
	scr := newScreen(io.Discard, colorprofile.TrueColor)
	defer scr.close()
	a := newApp(ed, scr, nil, 80, 24)
	if err := ed.TypeHex(7); err != nil {
		t.Fatal(err)
	}
	a.drag = func(int, int) { panic("slip") }
	m, cmd := a.Update(tea.MouseMotionMsg{Button: tea.MouseLeft})
	if m != tea.Model(a) || cmd == nil {
		t.Fatalf("Update gives %v and a command: %v", m, cmd != nil)
	}
	if n := ed.Notice(); !n.Error || !strings.Contains(n.Text, "slip") {
		t.Errorf("says %+v", n)
	}
	if m, _ = a.Update(cmd()); m != tea.Model(a) {
		t.Errorf("the next frame ends the program")
	}
	b := make([]byte, 1)
	if _, err := ed.Snapshot().ReadAt(b, 0); err != nil || b[0] != 0x71 {
		t.Errorf("the edit is gone: %x, %v", b, err)
	}
}
