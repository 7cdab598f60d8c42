package ui

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"hexlay/mmapdoc"
	"hexlay/model"
)

// TestSmallestSizes: in every window from 1×1 to 12×6 with an unsaved edit, all is drawn right, the question before
// quitting takes its keys, and typing goes on behind it.
func TestSmallestSizes(t *testing.T) {
	ed := edit(bytes.Repeat([]byte("some bytes "), 40))
	inTerminal(t, ed, rigOptions{w: 80, h: 24}, func(r *rig) {
		r.keys("f", "f")
		for w := 1; w <= 12; w++ {
			for h := 1; h <= 6; h++ {
				r.resize(w, h)
				r.right()
				r.keys("ctrl+q")
				r.right()
				r.keys("down", "esc", "a", "b", "f10", "x", "esc", "f1", "esc", "esc")
				r.right()
				if r.ended() || !ed.Document().Modified() {
					t.Fatalf("%d×%d: ended or lost the edit", w, h)
				}
			}
		}
		r.checkOutput(colorprofile.TrueColor)
		b := r.bytes()
		if b[0] != 0xff || b[1] != 0xab || b[72] != 0xab || b[73] == 0xab {
			t.Errorf("typed % x", b[:80])
		}
		r.resize(1, 1)
		r.keys("ctrl+q", "d")
		if !r.ended() {
			t.Error("does not quit at 1×1")
		}
	})
}

// TestASCIIScreen: a terminal without UTF-8 gets no other byte than ASCII, and every cell of it.
func TestASCIIScreen(t *testing.T) {
	ed := model.New(mmapdoc.FromBytes("名前", []byte(hostile)))
	defer ed.Close()
	var out bytes.Buffer
	scr := newScreen(io.Discard, colorprofile.ANSI)
	defer scr.close()
	scr.ascii = true
	a := newApp(ed, scr, nil, 60, 12)
	a.visible["text"] = true
	cursor := a.draw()
	scr.wmu.Lock()
	scr.out.w, scr.active = &out, true
	scr.wmu.Unlock()
	if err := scr.write(&frame{w: a.canvas.w, h: a.canvas.h, cells: a.canvas.cells, cursor: cursor}); err != nil {
		t.Fatal(err)
	}
	if i := bytes.IndexFunc(out.Bytes(), func(r rune) bool { return r >= 0x7f }); i >= 0 {
		t.Errorf("writes %q", out.Bytes()[i:min(i+20, out.Len())])
	}
	if !strings.Contains(out.String(), "5b 32 4a 1b") || !strings.Contains(out.String(), "? ? ") {
		t.Errorf("the screen is not there:\n%q", out.String())
	}
	for _, c := range []struct {
		env  string
		utf8 bool
	}{{"", true}, {"LANG=C", false}, {"LANG=de_DE.UTF-8", true}, {"LC_ALL=C LANG=de_DE.UTF-8", false}, {"LC_CTYPE=C.utf8 LANG=C", true}, {"LANG=de_DE@euro", false}} {
		env := make(map[string]string)
		for _, s := range strings.Fields(c.env) {
			k, v, _ := strings.Cut(s, "=")
			env[k] = v
		}
		if got := UTF8Locale(func(k string) string { return env[k] }); got != c.utf8 {
			t.Errorf("%q: UTF-8 %v", c.env, got)
		}
	}
}

// TestTreeOfShortNames: what lies in a field stands further in than it, however short the names are.
func TestTreeOfShortNames(t *testing.T) {
	rows := []model.Row{{Name: "t"}, {Name: "hdr", Depth: 1, Kids: true, Open: true}, {Name: "a", Depth: 2}}
	for _, w := range []int{20, 46, 80, 160} {
		if cols := treeColumns(w, 1<<20, rows); cols.indent(rows[2]) <= cols.indent(rows[1]) || cols.indent(rows[1]) <= cols.indent(rows[0]) {
			t.Errorf("in %d columns all are moved in by %d", w, cols.indent(rows[2]))
		}
	}
}
