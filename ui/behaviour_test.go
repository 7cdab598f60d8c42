package ui

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hexlay/mmapdoc"
	"hexlay/model"
)

// want fails the test unless the document is b.
func (r *rig) want(b []byte) {
	r.t.Helper()
	r.right()
	if got := r.bytes(); !bytes.Equal(got, b) {
		i := 0
		for i < min(len(got), len(b)) && got[i] == b[i] {
			i++
		}
		r.t.Fatalf("%d bytes, want %d; they differ from %#x on: % x, want % x", len(got), len(b), i,
			got[i:min(len(got), i+24)], b[i:min(len(b), i+24)])
	}
}

func (r *rig) selection(start, end int64) {
	r.t.Helper()
	if s := r.ed.Selection(); s.Start != start || s.End != end {
		r.t.Fatalf("[%#x, %#x) is selected, want [%#x, %#x)", s.Start, s.End, start, end)
	}
}

func (r *rig) cursor(off int64) {
	r.t.Helper()
	if c := r.ed.Cursor(); c != off {
		r.t.Fatalf("the cursor is at %#x, want %#x", c, off)
	}
}

// at is the place on the screen of byte i of the window, in the hex column or in the text column.
func (r *rig) at(i int, text bool) (x, y int) {
	g, sh := r.app.layout.grid, r.app.shape
	y = g.y + i/sh.cols
	if text {
		return g.x + sh.textX(i%sh.cols), y
	}
	return g.x + sh.hexX(i%sh.cols), y
}

func numbered(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}

func TestTypeInBothColumns(t *testing.T) {
	b := numbered(300)
	inTerminal(t, edit(b), rigOptions{}, func(r *rig) {
		w := bytes.Clone(b)
		r.keys("a", "B", "c")
		w[0], w[1] = 0xab, 0xc0|w[1]&15
		r.want(w)
		if st := cellStyle(r.em.CellAt(r.at(1, false))); st&underline == 0 {
			t.Error("the half that was typed is not marked")
		}
		r.keys("esc", "tab")
		r.keys("h", "i", " ", "0", ":", "é")
		copy(w[1:], "hi 0:é")
		r.want(w)
		r.cursor(1 + 7)
		r.keys("insert", "X")
		w = append(w[:8:8], append([]byte("X"), w[8:]...)...)
		r.want(w)
		r.keys("tab", "f", "f")
		w = append(w[:9:9], append([]byte{0xff}, w[9:]...)...)
		r.want(w)
		r.keys("backspace", "delete")
		w = append(w[:9:9], w[11:]...)
		r.want(w)
		for range 20 {
			r.keys("ctrl+z")
		}
		r.want(b)
		if r.ed.Document().Modified() {
			t.Error("all is undone, but the document is called changed")
		}
		for range 20 {
			r.keys("ctrl+y")
		}
		r.want(w)
	})
}

func TestCursorIsShownInBothColumns(t *testing.T) {
	inTerminal(t, edit(numbered(300)), rigOptions{}, func(r *rig) {
		look := func(i int, text bool) style { return cellStyle(r.em.CellAt(r.at(i, text))) }
		r.keys("right", "down")
		if look(17, false)&reverse == 0 || look(17, true)&underline == 0 || look(17, true)&reverse != 0 {
			t.Errorf("in the hex column: %s and %s", styleText16(look(17, false)), styleText16(look(17, true)))
		}
		r.keys("tab")
		if look(17, true)&reverse == 0 || look(17, false)&underline == 0 || look(17, false)&reverse != 0 {
			t.Errorf("in the text column: %s and %s", styleText16(look(17, false)), styleText16(look(17, true)))
		}
		for i := range 64 {
			if i != 17 && (look(i, false)|look(i, true))&(reverse|underline) != 0 {
				t.Errorf("byte %d is marked as the cursor", i)
			}
		}
	})
}

func TestSelectByKeysAndMouse(t *testing.T) {
	b := numbered(1000)
	inTerminal(t, edit(b), rigOptions{}, func(r *rig) {
		r.keys("right", "shift+right", "shift+right", "shift+down")
		r.selection(1, 20)
		if look := cellStyle(r.em.CellAt(r.at(10, false))); look&ground != styleSelection&ground {
			t.Error("the selection is not shown")
		}
		r.keys("left")
		r.selection(18, 18)

		x, y := r.at(5, false)
		r.mouse(mouseLeft, x, y, false)
		x, y = r.at(40, false)
		r.mouse(mouseDrag, x, y, false)
		r.mouse(mouseLeft, x, y, true)
		r.selection(5, 41)
		r.right()
		r.mouse(mouseDrag, 10, 10, false) // the button is up: nothing is dragged
		r.selection(5, 41)
		x, y = r.at(20, true)
		r.click(x, y)
		r.cursor(20)
		if r.ed.Column() != model.Text {
			t.Error("a click in the text column did not go there")
		}
		x, y = r.at(70, true)
		r.mouse(mouseLeft|mouseShift, x, y, false)
		r.mouse(mouseLeft|mouseShift, x, y, true)
		r.selection(20, 71)

		top := r.ed.View.Top()
		r.mouse(wheelDown, 10, 10, false)
		if got := r.ed.View.Top(); got != top+int64(wheelRows*r.app.shape.cols) {
			t.Errorf("the wheel went from %d to %d", top, got)
		}
		r.cursor(70)
		r.mouse(wheelUp, 10, 10, false)
		if got := r.ed.View.Top(); got != top {
			t.Errorf("the wheel went back to %d, not %d", got, top)
		}
		// A drag below the grid scrolls.
		x, y = r.at(3, false)
		r.mouse(mouseLeft, x, y, false)
		for range 30 {
			r.mouse(mouseDrag, x, r.em.Height()-1, false)
		}
		r.mouse(mouseLeft, x, y, true)
		if r.ed.View.Top() == 0 || r.ed.Selection().Len() < 400 {
			t.Errorf("dragging below the grid selected %v, top %d", r.ed.Selection(), r.ed.View.Top())
		}
		r.want(b)
	})
}

func TestPaste(t *testing.T) {
	png := []byte{0x89, 0x50, 0x4e, 0x47}
	for _, s := range []string{"89 50 4e 47", "89504E47", "0x89, 0x50, 0x4e, 0x47", "{0x89, 0x50, 0x4E, 0x47}", `b"\x89PNG"`, `"\x89PNG"`, "89:50:4e:47", "[137, 80, 78, 71]",
		"89 50\n4e 47\n"} {
		t.Run(s, func(t *testing.T) {
			inTerminal(t, edit(numbered(64)), rigOptions{}, func(r *rig) {
				w := numbered(64)
				copy(w, png)
				r.paste(s)
				r.want(w)
				r.cursor(4)
			})
		})
	}
	t.Run("not bytes", func(t *testing.T) {
		inTerminal(t, edit(numbered(64)), rigOptions{}, func(r *rig) {
			r.paste("hello, world")
			r.want(numbered(64))
			if !r.ed.Notice().Error {
				t.Error("nothing is said")
			}
		})
	})
	t.Run("text", func(t *testing.T) {
		inTerminal(t, edit(numbered(64)), rigOptions{}, func(r *rig) {
			r.keys("tab", "insert")
			r.paste("89 50 é\t漢")
			r.want(append([]byte("89 50 é\t漢"), numbered(64)...))
		})
	})
	t.Run("control characters", func(t *testing.T) {
		inTerminal(t, edit(numbered(64)), rigOptions{}, func(r *rig) {
			r.keys("tab", "insert")
			r.paste("a\x1b[31mb\x07\x00c")
			r.right()
			got := r.bytes()
			if !bytes.HasSuffix(got, numbered(64)) || got[0] != 'a' {
				t.Fatalf("% x", got)
			}
			r.keys("ctrl+z")
			r.want(numbered(64))
		})
	})
	t.Run("a megabyte", func(t *testing.T) {
		inTerminal(t, edit(numbered(64)), rigOptions{}, func(r *rig) {
			r.keys("tab", "insert")
			long := strings.Repeat("0123456789abcdef", 1<<16)
			r.paste(long)
			r.want(append([]byte(long), numbered(64)...))
			r.keys("ctrl+z", "tab")
			r.paste(strings.Repeat("fe ", 1<<18))
			r.want(append(bytes.Repeat([]byte{0xfe}, 1<<18), numbered(64)...))
		})
	})
	t.Run("into dialogs", func(t *testing.T) {
		inTerminal(t, edit(numbered(64)), rigOptions{}, func(r *rig) {
			r.keys("ctrl+g")
			r.paste("0x\x1b10\x07\n")
			r.right()
			r.keys("enter")
			r.cursor(0x10)
			r.keys("f1")
			r.paste("89 50")
			r.right()
			r.keys("esc", "esc", "ctrl+p")
			r.paste(strings.Repeat("x\x1b", 1<<19))
			r.right()
			r.keys("esc")
			r.line("fill 00")
			r.keys("ctrl+q")
			r.shows("Save before quitting?")
			r.paste("d")
			r.shows("Save before quitting?")
			r.keys("esc")
			w := numbered(64)
			w[0x10] = 0
			r.want(w)
		})
	})
	t.Run("that never ends", func(t *testing.T) {
		inTerminal(t, edit(numbered(64)), rigOptions{}, func(r *rig) {
			r.send("\x1b[200~ab cd")
			r.settle()
			r.right()
			r.want(numbered(64))
			r.send("\x1b[201~")
			r.settle()
			w := numbered(64)
			w[0], w[1] = 0xab, 0xcd
			r.want(w)
		})
	})
}

func TestPanelsTakeKeysAndClicks(t *testing.T) {
	ed, o := tour()
	start := contents(t, ed)
	inTerminal(t, ed, rigOptions{w: 150, h: 50, options: o}, func(r *rig) {
		w := bytes.Clone(start)
		body := func(p panel) rect {
			for _, pl := range r.app.layout.panels {
				if pl.p == p {
					return pl.body()
				}
			}
			t.Fatalf("the %s panel is not on the screen", p.name())
			return rect{}
		}
		r.line("struct <2sIHHI:magic,file_size,r1,r2,data 0:14")
		r.line("panel-focus structure")
		r.keys("down")
		r.cursor(2)
		r.keys("enter")
		r.shows("file_size (")
		r.send("77\r")
		r.settle()
		copy(w[2:], []byte{77, 0, 0, 0})
		r.want(w)
		r.keys("7") // a panel never types into the document
		r.want(w)

		b := body(&r.app.structurePanel)
		r.click(b.x+3, b.y+3) // the heading, then magic, file_size, r1
		r.cursor(6)
		r.click(b.x+3, b.y+3) // once more: edit
		r.shows("r1 (")
		r.keys("esc")

		r.line("panel-focus inspector")
		r.keys("home", "down", "enter") // uint8
		r.send("200\r")
		r.settle()
		w[6] = 200
		r.want(w)
		if r.app.focus != panel(&r.app.inspectorPanel) {
			t.Error("setting a value left the panel")
		}

		r.keys("esc")
		r.line("type 漢é!")
		copy(w[6:], "漢é!")
		r.want(w)
		r.line("goto 6")
		r.line("panel-focus text")
		r.keys("right")
		r.cursor(9)
		r.keys("right")
		r.cursor(11)
		r.keys("left", "left")
		r.cursor(6)
		b = body(&r.app.textPanel)
		r.click(b.x+1+2, b.y) // behind the wide 漢 stands é
		r.cursor(9)
		r.want(w)

		r.line("goto 6")
		r.line("panel-focus codecs")
		r.settle()
		r.keys("down", "enter")
		if got := r.ed.Codec; r.app.codecsPanel.found[1].Codec != got {
			t.Errorf("Enter in the codecs panel chose %s", got.Name())
		}
		r.want(w)
	})
}

func TestDragPanelBorders(t *testing.T) {
	for _, size := range [][2]int{{150, 40}, {80, 40}} {
		ed, o := tour()
		inTerminal(t, ed, rigOptions{w: size[0], h: size[1], options: o}, func(r *rig) {
			moved := 0
			for i := range r.app.layout.splits {
				s := r.app.layout.splits[i]
				if s.drag == nil {
					continue
				}
				x, y := s.r.x, s.r.y
				r.mouse(mouseLeft, x, y, false)
				dx, dy := -6, 0
				if s.r.w > 1 {
					dx, dy = 0, -3
				}
				r.mouse(mouseDrag, x+dx, y+dy, false)
				r.mouse(mouseLeft, x+dx, y+dy, true)
				r.right()
				now := r.app.layout.splits[i].r
				if now.x != x+dx && dx != 0 || now.y != y+dy && dy != 0 {
					t.Errorf("%v: the border at (%d, %d) was dragged by (%d, %d) to (%d, %d)", size, x, y, dx, dy, now.x, now.y)
				}
				moved++
				for _, to := range [][2]int{{0, 0}, {size[0] - 1, size[1] - 1}, {500, 500}} { // as far as it goes
					s := r.app.layout.splits[i].r
					r.mouse(mouseLeft, s.x, s.y, false)
					r.mouse(mouseDrag, to[0], to[1], false)
					r.mouse(mouseLeft, to[0], to[1], true)
					r.right()
					for _, p := range append(r.app.layout.panels, placed{r: r.app.layout.grid}) {
						if p.r.w < 1 || p.r.h < 1 || p.r.x < 0 || p.r.y < 0 || p.r.x+p.r.w > size[0] || p.r.y+p.r.h > size[1] {
							t.Errorf("%v: a rectangle %+v after dragging border %d to %v", size, p.r, i, to)
						}
					}
				}
			}
			if moved == 0 {
				t.Error("there is no border to drag")
			}
		})
	}
}

// TestResizeStorm goes through sizes in every state of the screen and checks each one.
func TestResizeStorm(t *testing.T) {
	states := map[string]func(r *rig){
		"grid": func(*rig) {},
		"panels": func(r *rig) {
			r.line("panel-show text")
			r.line("panel-show codecs")
			r.line("struct <2sIHHI:a,b,c,d,e 0")
			r.keys("f6")
		},
		"line":     func(r *rig) { r.keys("f10"); r.send("struct x"); r.keys("tab") },
		"words":    func(r *rig) { r.keys("f10", "s") },
		"prompt":   func(r *rig) { r.keys("ctrl+g") },
		"question": func(r *rig) { r.keys("ctrl+q") },
		"notation": func(r *rig) { r.keys("y") },
		"help":     func(r *rig) { r.keys("f1", "f", "i") },
		"palette":  func(r *rig) { r.keys("ctrl+p", "s") },
		"sidecar":  func(r *rig) { r.line("codec shift_jis"); r.line("sidecar"); r.keys("f5", "ctrl+end") },
		"columns":  func(r *rig) { r.line("columns 100"); r.line("group 8"); r.keys("ctrl+a", "f2") },
		"drag":     func(r *rig) { r.mouse(mouseLeft, 12, 3, false) },
	}
	for name, enter := range states {
		t.Run(name, func(t *testing.T) {
			ed, o := tour()
			inTerminal(t, ed, rigOptions{w: 120, h: 40, options: o}, func(r *rig) {
				r.keys("a") // something to lose
				enter(r)
				r.right()
				before, cursor := r.bytes(), r.ed.Cursor()
				rnd := rand.New(rand.NewPCG(1, 2))
				sizes := [][2]int{{1, 1}, {300, 100}, {1, 100}, {300, 1}, {2, 3}, {20, 5}, {116, 7}, {117, 8}, {40, 14}, {60, 11}, {3, 30}, {5, 6}}
				for range 25 {
					sizes = append(sizes, [2]int{1 + rnd.IntN(160), 1 + rnd.IntN(50)})
				}
				for _, s := range append(sizes, [2]int{120, 40}) {
					r.resize(s[0], s[1])
					if err := r.check(); err != nil {
						t.Fatalf("%d×%d: %v\n%s", s[0], s[1], err, r.text())
					}
				}
				if !bytes.Equal(r.bytes(), before) || r.ed.Cursor() != cursor {
					t.Error("resizing changed the document or the cursor")
				}
			})
		})
	}
}

// TestSameSizeAgain: between two looks the terminal may have been another size and lost cells.
func TestSameSizeAgain(t *testing.T) {
	inTerminal(t, edit(numbered(3000)), rigOptions{w: 100, h: 30}, func(r *rig) {
		r.em.Resize(30, 8)
		r.em.Resize(100, 30)
		r.resize(100, 30)
		r.right()
	})
}

func TestUndoRedoSaveQuit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file.bin")
	b := numbered(5000)
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	doc, err := mmapdoc.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	onDisk := func() []byte {
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	inTerminal(t, model.New(doc), rigOptions{}, func(r *rig) {
		r.line("goto 1000")
		r.keys("d", "e", "a", "d")
		w := bytes.Clone(b)
		w[1000], w[1001] = 0xde, 0xad
		r.want(w)
		r.shows("changed")
		if !bytes.Equal(onDisk(), b) {
			t.Fatal("the file changed before it was saved")
		}
		r.keys("ctrl+z")
		r.want(b)
		r.keys("ctrl+y", "ctrl+s")
		r.settle()
		r.shows("saved 2 bytes")
		r.showsNot("● changed")
		if !bytes.Equal(onDisk(), w) {
			t.Fatal("what was saved is not what was shown")
		}
		r.keys("ctrl+z") // undo works across saves
		r.want(b)
		r.keys("ctrl+q")
		r.shows("Save before quitting?")
		r.keys("esc")
		if r.ended() {
			t.Fatal("Esc in the question ended the program")
		}
		r.keys("ctrl+q", "s")
		if !r.ended() {
			t.Fatal("the program goes on")
		}
		if !bytes.Equal(onDisk(), b) {
			t.Fatal("save and quit did not save")
		}
	})
}

// TestTerminalIsRestored checks that the modes are off after quitting, and the alternate screen is left.
func TestTerminalIsRestored(t *testing.T) {
	inTerminal(t, edit(numbered(64)), rigOptions{}, func(r *rig) {
		if !r.em.IsAltScreen() || len(r.modes) == 0 {
			t.Fatalf("alternate screen %v, modes %v", r.em.IsAltScreen(), r.modes)
		}
		r.line("quit!")
		if !r.ended() {
			t.Fatal("the program goes on")
		}
		if r.em.IsAltScreen() || !r.cursorShown {
			t.Errorf("alternate screen %v, cursor shown %v", r.em.IsAltScreen(), r.cursorShown)
		}
		for m := range r.modes {
			switch fmt.Sprint(m) {
			case "25", "7":
			default:
				t.Errorf("mode %v is still on", m)
			}
		}
	})
}
