package ui

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"hexlay/model"
)

// slow tells that the long runs are wanted.
func slow() bool { return os.Getenv("HEXLAY_SLOW") != "" }

func seed(t *testing.T) uint64 {
	s := rand.Uint64()
	if v := os.Getenv("HEXLAY_SEED"); v != "" {
		n, err := strconv.ParseUint(v, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		s = n
	}
	t.Logf("HEXLAY_SEED=%d", s)
	return s
}

// wideText is a document whose characters take one, two and no columns, among bytes that are no text.
func wideText() []byte {
	s := "漢字かな交じり文、半角ｶﾅ混在。ｱｲｳ 한국어 텍스트 e\u0301a\u0308 👍🏽👨‍👩‍👧 🇩🇪 \u202eabc\u202c \u200b\u00a0\u3000終\n" +
		"\x1b[2J\x1b]0;title\x07\x9b31m\x00\x7f" + "ไทย עברית العربية नमस्ते"
	b := []byte(strings.Repeat(s, 3))
	b = append(b, 0xff, 0xfe, 0xc3, 0x28, 0x83, 0x65, 0x83, 0x58, 0x83, 0x67, 0x8e, 0x9a, 0x82, 0xa0)
	for _, r := range "漢字かな交じり文" {
		b = append(b, byte(r), byte(r>>8))
	}
	return append(b, 0x00, 0xd8, 0x41, 0x00, 0x00, 0xdc)
}

// randomAction does something that a user can do; it gives its description.
func (r *rig) randomAction(rnd *rand.Rand) string {
	words := []string{"goto 50%", "goto end", "goto 0", "struct <2sIHH", "struct >3B 0:60", "struct-clear", "sidecar", "select 3:40", "select-all",
		"codec shift_jis", "codec utf-8", "codec utf-16-le", "codec cp037", "errors replace", "errors backslashreplace", "errors strict", "columns 7",
		"columns auto", "columns 40", "group 4", "insert b\"\\x1b[31m\"", "fill 1b 5b", "type 漢字", "insert-zeros 5", "find 00", "nonsense \x01 漢",
		"set uint16 little 77", "field-set 5", "mark a", "panel notes", "endian", "redraw", "undo", "redo", "copy", "copy-as", "help", "palette",
		"errors", "save", "open", "map", "map next", "map hits", "map changes", "map-width 12", "hits 00", "picture next", "picture pixels", "picture-whole",
		"pixel-stride 7", "pixel-depth", "pixel-flip", "pixel-guess", "pixel-zoom in", "pixel-zoom out", "pixel-origin", "picture-block 64", "panel statistics"}
	names := []string{"up", "down", "left", "right", "home", "end", "pgup", "pgdown", "insert", "delete", "esc", "enter", "tab", "backspace",
		"shift+up", "shift+down", "shift+left", "shift+right", "ctrl+up", "ctrl+down", "ctrl+right", "alt+down", "alt+left", "ctrl+home", "ctrl+end",
		"shift+home", "shift+pgdown", "f1", "f2", "f3", "f4", "f5", "f6", "f6", "f6", "f7", "f8", "f9", "f10", "ctrl+p", "ctrl+g", "ctrl+z", "ctrl+y", "ctrl+a",
		"ctrl+c", "ctrl+x", "ctrl+v", "ctrl+l", "ctrl+r", "ctrl+f", "alt+n", "alt+m", "alt+p", "alt+.", "alt+e", "ctrl+space", "shift+tab"}
	one := func(s []string) string { return s[rnd.IntN(len(s))] }
	switch n := rnd.IntN(100); {
	case n < 45:
		k := one(names)
		r.keys(k)
		return "key " + k
	case n < 60:
		k := string("0123456789abcdefghijklmnopqrstuvwxyz :?/<>[]'漢é"[rnd.IntN(47)])
		if k[0] >= 0x80 || k == "q" {
			k = "漢"
		}
		r.send(k)
		r.settle()
		return "type " + k
	case n < 62:
		if !r.ed.Document().Modified() {
			return "nothing"
		}
		r.keys("esc", "esc")
		r.line("quit")
		r.keys("esc")
		return "line quit"
	case n < 75:
		w := one(words)
		r.keys("esc", "esc")
		r.line(w)
		return "line " + w
	case n < 92:
		b := []int{mouseLeft, mouseLeft, mouseLeft, mouseDrag, mouseDrag, wheelUp, wheelDown, mouseLeft | mouseShift}[rnd.IntN(8)]
		x, y, release := rnd.IntN(r.em.Width()+2), rnd.IntN(r.em.Height()+2), rnd.IntN(3) == 0
		r.mouse(b, x, y, release)
		return fmt.Sprintf("mouse %d at (%d, %d), release %v", b, x, y, release)
	case n < 95:
		s := one([]string{"89 50 4e 47", "0x1b,0x5b", "b\"\\x00\"", "漢字\x1b[31mtext\nmore", "{0x1, 0x2}", "not hex"})
		r.paste(s)
		return "paste " + s
	default:
		sizes := [][2]int{{80, 24}, {120, 40}, {117, 20}, {20, 5}, {1, 1}, {200, 50}, {40, 12}, {3, 9}, {160, 30}, {80, 24}, {2, 2}, {61, 11}}
		s := sizes[rnd.IntN(len(sizes))]
		r.resize(s[0], s[1])
		return fmt.Sprintf("resize %d×%d", s[0], s[1])
	}
}

// TestRandomScreens checks after every one of many random actions that the terminal shows what was drawn: the writer
// sends differences only, so one wrong assumption of it stays on the screen.
func TestRandomScreens(t *testing.T) {
	t.Chdir(t.TempDir()) // what a random save writes goes there
	s := seed(t)
	steps := 700
	if testing.Short() {
		steps = 200
	}
	if slow() {
		steps = 6000
	}
	tourEd := func() (*model.Editor, Options) { return tour() }
	wide := func(codec string) func() (*model.Editor, Options) {
		return func() (*model.Editor, Options) {
			return edit(wideText()), Options{Commands: []string{"codec " + codec, "sidecar"}}
		}
	}
	for i, c := range []struct {
		name    string
		make    func() (*model.Editor, Options)
		profile colorprofile.Profile
	}{
		{"tour", tourEd, colorprofile.TrueColor},
		{"shift_jis", wide("shift_jis"), colorprofile.ANSI256},
		{"utf-8", wide("utf-8"), colorprofile.ANSI},
		{"utf-16-le", wide("utf-16-le"), colorprofile.ASCII},
	} {
		t.Run(c.name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(s, uint64(i)))
			ed, o := c.make()
			inTerminal(t, ed, rigOptions{w: 100, h: 30, options: o, profile: c.profile}, func(r *rig) {
				var last []string
				for step := range steps {
					did := r.randomAction(rnd)
					if last = append(last, did); len(last) > 12 {
						last = last[1:]
					}
					if len(r.done) > 0 { // some rows of the palette and answers of questions end the program
						t.Logf("step %d: %s ended the program", step, did)
						break
					}
					if err := r.check(); err != nil {
						t.Fatalf("step %d: %v\nlast actions:\n  %s\n%s", step, err, strings.Join(last, "\n  "), r.text())
					}
					if r.ed.Cursor() < 0 || r.ed.Cursor() > r.ed.Size() {
						t.Fatalf("step %d: the cursor is at %d of %d\n  %s", step, r.ed.Cursor(), r.ed.Size(), strings.Join(last, "\n  "))
					}
					if n := r.ed.Notice(); strings.Contains(n.Text, "internal error") {
						t.Fatalf("step %d: %s\n  %s", step, n.Text, strings.Join(last, "\n  "))
					}
				}
				for len(r.done) == 0 && r.ed.Running() != nil { // a save or a search still runs
					r.settle()
				}
				r.checkOutput(c.profile)
			})
		})
	}
}

// checkOutput reads all that was written and fails at a control sequence that the program has no business to send.
func (r *rig) checkOutput(p colorprofile.Profile) {
	r.t.Helper()
	out := bytes.Clone(r.out.all.Bytes())
	if err := onlyOwn(out, p); err != nil {
		r.t.Fatal(err)
	}
}
