package ui

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hexlay/mmapdoc"
	"hexlay/model"
)

// comparedFiles writes two files that differ in a change, an insertion and a deletion; the second one's name is hostile.
func comparedFiles(t *testing.T) (a, b string) {
	t.Helper()
	old := make([]byte, 2000)
	for i := range old {
		old[i] = byte(i*i>>3) ^ byte(i)
	}
	fresh := slices.Clone(old)
	copy(fresh[100:], "changed")
	fresh = slices.Insert(fresh, 400, []byte("put in between")...)
	fresh = slices.Delete(fresh, 1500, 1540)
	dir := t.TempDir()
	a, b = filepath.Join(dir, "old.bin"), filepath.Join(dir, "new\x1b]0;evil\x07\u202e.bin")
	for name, data := range map[string][]byte{a: old, b: fresh} {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return a, b
}

func openCompared(t *testing.T, path string) *model.Editor {
	t.Helper()
	doc, err := mmapdoc.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return model.New(doc)
}

// active is the editor that has the keys.
func (r *rig) active() *model.Editor { return r.app.ed }

// TestComparison goes through a comparison as a user does, at both sizes: next, other side, copy, list, filter, save, end.
func TestComparison(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {200, 50}, {50, 20}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			a, b := comparedFiles(t)
			inTerminal(t, openCompared(t, a), rigOptions{w: size[0], h: size[1], options: Options{Commands: []string{"compare " + b}}}, func(r *rig) {
				r.shows("3 differences")
				r.shows("old.bin")
				if strings.ContainsAny(r.text(), "\x1b\x07\u202e") {
					t.Error("the file's name acts on the terminal")
				}
				r.shows("difference 1 of 3")
				r.right()
				r.keys("n")
				r.shows("14 bytes only on the right")
				r.right()
				r.shows("╱╱")
				r.keys("tab")
				if c := r.active().Comparison(); c.Active() != model.Right || r.active().Cursor() != 400 {
					t.Fatalf("side %d, cursor %d", c.Active(), r.active().Cursor())
				}
				r.keys("<")
				r.shows("copied 14 bytes to the left")
				r.showsNot("╱╱")
				r.right()
				r.keys("u") // nothing was done at the right
				r.shows("nothing to undo")
				r.keys("tab", "u")
				if n, _ := r.active().Comparison().Len(); n != 3 {
					t.Fatalf("after undo %d differences", n)
				}
				r.keys("l")
				r.shows("right only")
				r.keys("f", "f")
				r.shows("left only: 1")
				r.keys("enter")
				r.shows("difference 3 of 3: 40 bytes only on the left")
				r.right()
				r.keys("esc", "end", "a", "a")
				if n, _ := r.active().Comparison().Len(); n < 3 {
					t.Errorf("after typing %d differences", n)
				}
				r.keys("w", "w", "w", "o", "o", "pgdown", "pgup", "f2", "f2")
				r.right()
				r.keys("N", ">")
				r.keys("q")
				r.shows("Save the changes of the right side?")
				r.keys("s")
				r.keys("q")
				if r.active().Comparison() != nil || r.active() != r.ed {
					t.Fatalf("the comparison goes on:\n%s", r.text())
				}
				r.shows("old.bin")
				r.right()
			})
		})
	}
}

// TestComparisonLeaves: when a comparison ends, the panels and the one with the keys are those from before it, whatever was shown or closed in it.
func TestComparisonLeaves(t *testing.T) {
	a, hostile := comparedFiles(t)
	b := filepath.Join(t.TempDir(), "new.bin")
	if err := os.Rename(hostile, b); err != nil {
		t.Fatal(err)
	}
	for _, size := range [][2]int{{240, 50}, {80, 24}} {
		inTerminal(t, openCompared(t, a), rigOptions{w: size[0], h: size[1]}, func(r *rig) {
			shown := func() (names []string) {
				for _, p := range r.app.layout.panels {
					names = append(names, p.p.name())
				}
				return names
			}
			r.line("panel text")
			r.line("panel-focus inspector")
			before, focus := shown(), r.app.focus
			if len(before) == 0 || focus != panel(&r.app.inspectorPanel) {
				t.Fatalf("shown %q, focus %v", before, focus)
			}
			r.line("compare " + b)
			r.shows("difference 1 of 3")
			r.line("panel inspector")
			r.line("compare-fields <4I")
			r.line("panel-focus differences")
			r.keys("esc", "tab", "q")
			if r.active().Comparison() != nil {
				t.Fatalf("the comparison goes on:\n%s", r.text())
			}
			if got := shown(); !slices.Equal(got, before) || r.app.focus != focus {
				t.Errorf("%v: shown %q, want %q; focus %v, want %v\n%s", size, got, before, r.app.focus, focus, r.text())
			}
			r.right()
		})
	}
}

// TestComparisonMouse clicks on both sides and on their headings.
func TestComparisonMouse(t *testing.T) {
	a, b := comparedFiles(t)
	inTerminal(t, openCompared(t, a), rigOptions{w: 120, h: 30, options: Options{Commands: []string{"compare " + b}}}, func(r *rig) {
		r.line("goto 0")
		c := r.active().Comparison()
		pane, sh := r.app.layout.panes[1], r.app.shape
		r.click(pane.x+sh.hexX(3), pane.y+2)
		if want := int64(2*sh.cols + 3); c.Active() != model.Right || r.active().Cursor() != want {
			t.Errorf("side %d, cursor %d, want %d", c.Active(), r.active().Cursor(), want)
		}
		pane = r.app.layout.panes[0]
		r.click(pane.x+2, pane.y-1)
		if c.Active() != model.Left {
			t.Error("a click on the heading does not switch")
		}
		r.mouse(wheelDown, pane.x+5, pane.y+5, false)
		if top, _, _ := c.Window(); top == 0 {
			t.Error("the wheel does not scroll")
		}
		r.right()
	})
}

// TestComparisonQuit: what is not saved on the other side is asked about before the program ends.
func TestComparisonQuit(t *testing.T) {
	a, b := comparedFiles(t)
	want, err := os.ReadFile(b)
	if err != nil {
		t.Fatal(err)
	}
	inTerminal(t, openCompared(t, a), rigOptions{options: Options{Commands: []string{"compare " + b}}}, func(r *rig) {
		r.keys("tab", "f", "f", "tab", "ctrl+q")
		r.shows("Save the changes of the right side?")
		r.keys("x")
		r.keys("ctrl+q")
		if !r.ended() {
			t.Errorf("the program goes on:\n%s", r.text())
		}
	})
	if got, err := os.ReadFile(b); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the file was written: %v", err)
	}
}

// TestComparisonRandom presses keys at random; the screen is what was drawn, and nothing panics.
func TestComparisonRandom(t *testing.T) {
	rnd := rand.New(rand.NewPCG(seed(t), 9))
	rounds := 2
	if slow() {
		rounds = 6
	}
	keys := []string{"n", "N", "tab", "<", ">", "o", "w", "l", "esc", "up", "down", "left", "right", "pgup", "pgdown", "home", "end", "ctrl+home", "ctrl+end",
		"a", "7", "insert", "delete", "u", "ctrl+y", "shift+right", "shift+down", "ctrl+c", "ctrl+v", "f2", "f", "shift+tab", "backspace", "enter", "f9", "[", "]"}
	for range rounds {
		a, b := comparedFiles(t)
		inTerminal(t, openCompared(t, a), rigOptions{w: 40 + rnd.IntN(180), h: 5 + rnd.IntN(50), options: Options{Commands: []string{"compare " + b}}}, func(r *rig) {
			var done []string
			for range 120 {
				k := keys[rnd.IntN(len(keys))]
				done = append(done, k)
				r.keys(k)
				if rnd.IntN(25) == 0 {
					r.resize(20+rnd.IntN(200), 3+rnd.IntN(60))
				}
				if err := r.check(); err != nil {
					t.Fatalf("%v after %v\n%s", err, done, r.text())
				}
				if r.app.panics > 0 {
					t.Fatalf("a panic after %v: %s", done, r.active().Notice().Text)
				}
			}
		})
	}
}

// TestRegionHeadings: in a narrow window the headings of two regions still tell the regions.
func TestRegionHeadings(t *testing.T) {
	doc := mmapdoc.FromBytes("firmware-image.bin", bytes.Repeat([]byte("0123456789abcdef"), 4096))
	inTerminal(t, model.New(doc), rigOptions{w: 80, h: 24}, func(r *rig) {
		r.line("compare region 1000:8000 20000:8000")
		if s := r.text(); !strings.Contains(s, "0x3e8..0x2328") || !strings.Contains(s, "0x4e20..0x6d60") {
			t.Errorf("the headings do not tell the regions:\n%s", s)
		}
	})
}

// TestComparedNames: where the names of two files are too long for their headings, what tells them apart stays; files of the same name
// are told apart by their folders.
func TestComparedNames(t *testing.T) {
	for _, c := range []struct {
		s, other string
		n        int
		want     string
	}{
		{"old.bin", "new.bin", 20, "old.bin"},
		{"firmware-of-the-board-1.bin", "firmware-of-the-board-2.bin", 16, "…the-board-1.bin"},
		{"old-firmware-of-the-board.bin", "new-firmware-of-the-board.bin", 20, "old…of-the-board.bin"},
		{"on disk: controller-of-the-main-board.bin", "controller-of-the-main-board.bin", 30, "on disk: …f-the-main-board.bin"},
		{"controller-of-the-main-board.bin", "on disk: controller-of-the-main-board.bin", 20, "…-the-main-board.bin"},
		{"release-2023.11.04-final/controller-of-the-main-board.bin", "release-2024.02.17-final/controller-of-the-main-board.bin", 30, "…2023.11.04…the-main-board.bin"},
		{"a", "b", 1, "a"},
		{"alpha", "beta", 3, "…ha"},
		{"漢字漢字漢字漢字", "仮名漢字漢字漢字", 10, "漢字…漢字"},
	} {
		got := cutUnlike(c.s, c.other, c.n)
		if got != c.want || plainWidth(got) > c.n {
			t.Errorf("%q beside %q in %d columns: %q (%d), want %q", c.s, c.other, c.n, got, plainWidth(got), c.want)
		}
	}
	for n := range 40 {
		for _, s := range []string{"", "x", "release-1/of-the-main-board.bin", "漢字漢字漢字漢字漢字漢字"} {
			for _, other := range []string{"", "x", "release-2/of-the-main-board.bin", "字漢字漢字漢字漢字漢字", s} {
				if got := cutUnlike(s, other, n); plainWidth(got) > n {
					t.Errorf("%q beside %q in %d columns: %q", s, other, n, got)
				}
			}
		}
	}
	dir := t.TempDir()
	var files []string
	for _, sub := range []string{"release-2023.11.04", "release-2024.02.17"} {
		name := filepath.Join(dir, sub, "controller-of-the-main-board.bin")
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, bytes.Repeat([]byte(sub), 9000), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, name)
	}
	inTerminal(t, openCompared(t, files[0]), rigOptions{w: 80, h: 24, options: Options{Commands: []string{"compare " + files[1]}}}, func(r *rig) {
		r.shows("1 difference ")
		r.shows("2023.11.04…")
		r.shows("2024.02.17…")
		r.keys(">")
		r.shows("2024.02.17…")
		r.shows("● changed")
	})
}
