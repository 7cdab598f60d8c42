package ui

import (
	"fmt"
	"strings"
	"testing"

	"hexlay/mmapdoc"
	"hexlay/model"
)

// crashAsk is a question as it comes at the start.
func crashAsk(details ...string) model.Ask {
	return model.Ask{Title: "Restore the edits?", Text: "Not saved when the program ended: 2 changes.", Details: details, Choices: []model.Choice{
		{Key: "r", Label: "restore", Command: "goto 0x11"}, {Key: "x", Label: "discard", Command: "goto 0x22"}, {Key: "esc", Label: "decide later"}}}
}

// TestSuddenQuestion: what is typed for something else does not answer a question that came by itself, however long it goes on.
func TestSuddenQuestion(t *testing.T) {
	ed := model.New(mmapdoc.FromBytes("x", make([]byte, 4096)))
	inTerminal(t, ed, rigOptions{w: 100, h: 30, options: Options{First: crashAsk()}}, func(r *rig) {
		for range 20 { // 120 ms pass after each
			for _, key := range []string{"r", "x", "\r", "1f", "\x1b"} {
				r.send(key)
				r.settle()
			}
		}
		if !strings.Contains(r.text(), "Restore the edits?") || r.ed.Cursor() != 0 || strings.Contains(r.text(), "▸") {
			t.Fatalf("something typed was taken for an answer:\n%s", r.text())
		}
		r.keys("1", "f", "c", "d") // and later, no hexadecimal digit
		if !strings.Contains(r.text(), "Restore the edits?") || !strings.Contains(r.text(), "▸ r") || r.ed.Document().Modified() {
			t.Fatalf("a digit was taken for an answer:\n%s", r.text())
		}
		r.keys("enter")
		if r.ed.Cursor() != 0x11 || strings.Contains(r.text(), "Restore the edits?") {
			t.Errorf("Enter does not answer:\n%s", r.text())
		}
	})
}

// TestClickAnswersAtOnce: a click on an answer is meant.
func TestClickAnswersAtOnce(t *testing.T) {
	ed := model.New(mmapdoc.FromBytes("x", make([]byte, 4096)))
	inTerminal(t, ed, rigOptions{w: 100, h: 30, options: Options{First: crashAsk()}}, func(r *rig) {
		for y, line := range r.screenLines() {
			if x := strings.Index(line, "discard"); x >= 0 {
				r.send(fmt.Sprintf("\x1b[<0;%d;%dM", x+1, y+1))
			}
		}
		r.settle()
		if r.ed.Cursor() != 0x22 {
			t.Errorf("a click does not answer:\n%s", r.text())
		}
	})
}

// TestGraveAnswer: where an answer cannot be taken back, its key goes to it and Enter gives it.
func TestGraveAnswer(t *testing.T) {
	q := crashAsk()
	q.Grave = true
	ed := model.New(mmapdoc.FromBytes("x", make([]byte, 4096)))
	inTerminal(t, ed, rigOptions{w: 100, h: 30, options: Options{First: q}}, func(r *rig) {
		r.keys("x", "x", "x")
		if r.ed.Cursor() != 0 || !strings.Contains(r.text(), "▸ x") {
			t.Fatalf("a key alone answers:\n%s", r.text())
		}
		r.keys("enter")
		if r.ed.Cursor() != 0x22 {
			t.Errorf("Enter does not answer:\n%s", r.text())
		}
	})
}

// TestDetails of a question can be looked through, on any screen.
func TestDetails(t *testing.T) {
	var lines []string
	for i := range 60 {
		lines = append(lines, fmt.Sprintf("detail %d", i+1))
	}
	ed := model.New(mmapdoc.FromBytes("x", make([]byte, 4096)))
	inTerminal(t, ed, rigOptions{w: 100, h: 30, options: Options{First: crashAsk(lines...)}}, func(r *rig) {
		if s := r.text(); !strings.Contains(s, "detail 1") || !strings.Contains(s, "of 60") {
			t.Fatalf("no details:\n%s", s)
		}
		for range 6 {
			r.keys("pgdown")
		}
		if s := r.text(); !strings.Contains(s, "detail 60") {
			t.Errorf("the last is not reached:\n%s", s)
		}
		for _, size := range [][2]int{{40, 8}, {20, 5}, {1, 1}, {300, 80}, {100, 30}} {
			r.resize(size[0], size[1])
			r.right()
		}
		if s := r.text(); !strings.Contains(s, "▸ r  restore") && !strings.Contains(s, "▸ r   restore") {
			t.Errorf("the answers are gone:\n%s", s)
		}
		r.keys("r")
		if r.ed.Cursor() != 0x11 {
			t.Error("not answered")
		}
	})
}

func TestValuesToChooseAreSeenAtOnce(t *testing.T) {
	p := model.Prompt{Title: "kind", Command: "field-set", Initial: "text", Choices: []model.Completion{{Line: "none", Word: "none"}, {Line: "text", Word: "text"}}}
	if d := newPrompt(p); len(d.found) != 2 || d.chosen != 1 {
		t.Errorf("shows %v, chosen is %d", d.found, d.chosen)
	}
}
