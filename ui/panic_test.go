package ui

import (
	"bytes"
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

// TestNothingComesBehindTheEnd: neither a frame nor what Bubble Tea writes reaches the terminal when it was put back as it was.
func TestNothingComesBehindTheEnd(t *testing.T) {
	var out bytes.Buffer
	scr := newScreen(&out, colorprofile.TrueColor)
	if err := scr.enter(); err != nil {
		t.Fatal(err)
	}
	scr.out.last("the end")
	if _, err := io.WriteString(scr, "\x1b[?2004h"); err != nil {
		t.Error(err)
	}
	var c canvas
	c.reset(2, 1)
	scr.show(&c, nil, scrolling{})
	scr.rest()
	if err := scr.close(); err != nil {
		t.Error(err)
	}
	if !strings.HasSuffix(out.String(), "the end") {
		t.Errorf("written: %q", out.String())
	}
}
