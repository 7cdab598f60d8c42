package ui

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"hexlay/mmapdoc"
	"hexlay/model"
)

// halfRandom is n zeros and behind them n random bytes.
func halfRandom(n int) []byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, 2*n)
	for i := n; i < len(b); i++ {
		b[i] = byte(rnd.Uint32())
	}
	return b
}

func (r *rig) panelRect(name string) rect {
	r.t.Helper()
	for _, pl := range r.app.layout.panels {
		if pl.p.name() == name {
			return pl.body()
		}
	}
	r.t.Fatalf("the panel %s is not on the screen:\n%s", name, r.text())
	return rect{}
}

// TestMapTellsHalves: the colours of the map tell zeros from random bytes, and a click and a drag go where they point to.
func TestMapTellsHalves(t *testing.T) {
	inTerminal(t, edit(halfRandom(100_000)), rigOptions{}, func(r *rig) {
		r.keys("alt+m")
		r.right()
		b := r.panelRect("map")
		top, low := cellStyle(r.em.CellAt(b.x+1, b.y+3)), cellStyle(r.em.CellAt(b.x+1, b.y+b.h-3))
		if top&ground == low&ground {
			t.Errorf("zeros and random bytes have the same look %s", look(top))
		}
		r.click(b.x+1, b.y+b.h-1)
		if at := r.ed.Cursor(); at < 180_000 {
			t.Errorf("a click at the bottom of the map goes to %d of 200000", at)
		}
		r.mouse(mouseLeft, b.x+1, b.y+b.h/2, false)
		r.mouse(mouseDrag, b.x+1, b.y, false)
		if at := r.ed.Cursor(); at != 0 {
			t.Errorf("a drag to the top goes to %d", at)
		}
		r.mouse(mouseDrag, b.x, b.y+b.h+1, false)
		if at := r.ed.Cursor(); at < 180_000 {
			t.Errorf("a drag far below goes to %d", at)
		}
		r.keys("home")
		if at := r.ed.Cursor(); at != 0 {
			t.Errorf("Home in the map goes to %d", at)
		}
		r.keys("down")
		if at := r.ed.Cursor(); at != int64(200_000/(2*b.h)) && at != int64(200_000/(2*b.h))+1 {
			t.Errorf("one line down goes to %d, the map has %d", at, 2*b.h)
		}
		r.keys("m")
		if r.ed.MapMode() != model.MapClasses {
			t.Errorf("the mode is %s", r.ed.MapMode())
		}
		r.right()
	})
}

// TestMapShowsChanges: what was typed is seen in the map, and gone from it when it is undone.
func TestMapShowsChanges(t *testing.T) {
	inTerminal(t, edit(halfRandom(50_000)), rigOptions{w: 120, h: 40}, func(r *rig) {
		r.line("map changes")
		b := r.panelRect("map")
		marked := func() (n int) {
			for y := range b.h {
				if r.em.CellAt(b.x+b.w-1, b.y+y).Content == "•" {
					n++
				}
			}
			return n
		}
		if n := marked(); n != 0 {
			t.Fatalf("%d lines are marked before the edit", n)
		}
		r.line("goto 50000")
		r.keys("a", "b")
		if n := marked(); n != 1 {
			t.Errorf("%d lines are marked", n)
		}
		r.keys("ctrl+z")
		if n := marked(); n != 0 {
			t.Errorf("%d lines are marked after the undo", n)
		}
	})
}

// TestEntropyOfFewBytes: where blocks are too short for eight bits a byte, the words tell what they can have.
func TestEntropyOfFewBytes(t *testing.T) {
	b := make([]byte, 6000)
	v := uint32(1)
	for i := range b {
		v = v*1664525 + 1013904223
		b[i] = byte(v >> 24)
	}
	inTerminal(t, edit(b), rigOptions{w: 120, h: 40}, func(r *rig) {
		r.line("picture entropy")
		r.line("picture-block 64")
		if s := r.text(); !strings.Contains(s, "of 6.00 bits a byte") {
			t.Errorf("the plot does not tell what 64 bytes can have:\n%s", s)
		}
		r.line("picture-block auto")
		if s := r.text(); strings.Contains(s, " of 8.00") || !strings.Contains(s, "blocks of 256 B") {
			t.Errorf("blocks by the length:\n%s", s)
		}
	})
}

// TestPictureCursor: what the plots say of the value under their cursor, and where Enter leads.
func TestPictureCursor(t *testing.T) {
	b := make([]byte, 64<<10)
	copy(b[40_000:], bytes.Repeat([]byte("AB"), 500))
	inTerminal(t, edit(b), rigOptions{w: 120, h: 40}, func(r *rig) {
		r.line("picture histogram")
		r.keys("down", "down", "down", "down", "right")
		if s := r.text(); !strings.Contains(s, "41 'A': 500 times") {
			t.Errorf("the histogram does not tell the count of A:\n%s", s)
		}
		r.keys("enter")
		if at := r.ed.Cursor(); at != 40_000 {
			t.Errorf("Enter went to %d", at)
		}
		r.line("goto 0")
		r.line("select 0:0")
		r.line("picture digram")
		r.app.picturePanel.a, r.app.picturePanel.b = 0x41, 0x42
		r.keys("esc")
		if s := r.text(); !strings.Contains(s, "41 'A' then 42 'B': 500 times") {
			t.Errorf("the plot of pairs does not tell the count of AB:\n%s", s)
		}
		r.line("picture entropy")
		r.keys("home")
		for range 5 {
			r.keys("down")
		}
		r.keys("enter")
		if at, want := r.ed.Cursor(), r.ed.Survey().BlockRange(r.app.picturePanel.at).Start; at != want || at == 0 {
			t.Errorf("Enter went to %d, want %d", at, want)
		}
		r.keys("w")
		if r.app.layout.panels[0].p.name() != "picture" || !r.app.layout.grid.empty() {
			t.Error("w does not enlarge the picture")
		}
		r.right()
		r.keys("esc")
		if r.app.layout.grid.empty() || r.app.focus == nil {
			t.Error("Esc does not make the picture small again")
		}
		r.keys("esc")
		if r.app.focus != nil {
			t.Error("a second Esc does not go back to the bytes")
		}
	})
}

// TestPictureMouse: a click on a bar or a spot tells what it stands for, though a cell has room for several; a drag goes on.
func TestPictureMouse(t *testing.T) {
	b := make([]byte, 64<<10)
	for i := range b {
		b[i] = byte(i * 7)
	}
	copy(b[40_000:], bytes.Repeat([]byte("AC"), 500))
	inTerminal(t, edit(b), rigOptions{w: 120, h: 40}, func(r *rig) {
		drag := func(x, y, w, h int) {
			r.mouse(mouseLeft, x, y, false)
			r.mouse(mouseLeft+32, w, h, false)
			r.mouse(mouseLeft, w, h, true)
		}
		at := func(body rect, a, b int) (x, y int) {
			p := &r.app.picturePanel
			return body.x + a*p.w/256, body.y + b*p.h/256
		}
		r.line("picture histogram")
		body := r.panelRect("picture")
		x, y := at(body, 'A', 128)
		r.click(x, y)
		r.shows("41 'A': ")
		drag(body.x, y, x, y)
		r.shows("41 'A': ")
		drag(body.x, y, body.x+200, y+100)
		if r.app.picturePanel.value < 250 {
			t.Errorf("a drag to the right end went to %x", r.app.picturePanel.value)
		}
		r.line("picture digram")
		x, y = at(body, 'A', 'C')
		r.click(x, y)
		r.shows("41 'A' then 43 'C': 500 times")
		drag(body.x, body.y, x, y)
		r.shows("41 'A' then 43 'C': 500 times")
		r.line("picture entropy")
		drag(body.x, body.y, body.x+20, body.y)
		if got, want := r.ed.Cursor(), r.ed.Survey().BlockRange(r.app.picturePanel.at).Start; got != want || got == 0 {
			t.Errorf("a drag went to %d, want %d", got, want)
		}
		r.line("picture pixels")
		drag(body.x, body.y, body.x+3, body.y+2)
		if r.ed.Cursor() == 0 {
			t.Error("a drag among pixels did not move the cursor")
		}
	})
}

// TestMapWidths: the map gives up columns only for a row that it thereby keeps.
func TestMapWidths(t *testing.T) {
	for _, c := range []struct{ w, zeros, cols, want int }{{80, 0, 16, 4}, {120, 0, 16, 8}, {80, 1 << 36, 8, 8}, {60, 0, 8, 8}} {
		inTerminal(t, edit(make([]byte, 64)), rigOptions{w: c.w, h: 24}, func(r *rig) {
			if c.zeros > 0 {
				r.line(fmt.Sprintf("insert-zeros %d", c.zeros))
			}
			r.line("map")
			if got := r.panelRect("map").w; got < c.want || r.ed.View.Cols() != c.cols {
				t.Errorf("%d columns, %d zeros: the map has %d, want %d; rows of %d, want %d", c.w, c.zeros, got, c.want, r.ed.View.Cols(), c.cols)
			}
		})
	}
}

// TestPixelClicks: every pixel leads to its bytes, from above and from below.
func TestPixelClicks(t *testing.T) {
	b := make([]byte, 5000)
	for i := range b {
		b[i] = byte(i)
	}
	for _, flip := range []bool{false, true} {
		inTerminal(t, edit(b), rigOptions{w: 120, h: 40}, func(r *rig) {
			r.line("picture pixels")
			r.line("pixel-depth 24")
			r.line("pixel-stride 61")
			r.line("pixel-origin 100")
			if flip {
				r.line("pixel-flip")
			}
			r.line("goto 2500")
			p := &r.app.picturePanel.pixels
			body := r.panelRect("picture")
			for _, at := range [][2]int{{0, 0}, {5, 3}, {19, 10}} {
				row := p.top + int64(2*at[1])
				want := 100 + row*61 + int64(at[0])*3
				if flip {
					want = 100 + ((4900-1)/61-row)*61 + int64(at[0])*3
				}
				r.click(body.x+at[0], body.y+at[1])
				if got := r.ed.Cursor(); got != want {
					t.Errorf("flipped %v: the pixel %v leads to %d, want %d", flip, at, got, want)
				}
			}
		})
	}
}

// TestPicturesOfLittle opens every picture over nothing and next to nothing, at every size and without colours.
func TestPicturesOfLittle(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	for _, n := range []int{0, 1, 2} {
		for _, profile := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256, colorprofile.ANSI, colorprofile.ASCII} {
			inTerminal(t, edit(make([]byte, n)), rigOptions{w: 100, h: 30, profile: profile}, func(r *rig) {
				r.keys("alt+m", "alt+i")
				for _, kind := range model.PictureKinds {
					r.line("picture " + string(kind))
					for _, size := range [][2]int{{100, 30}, {20, 5}, {3, 2}, {200, 50}} {
						r.resize(size[0], size[1])
						r.keys("down", "right", "pgdown", "end", "home", "up", "left", "enter", "w", "w")
						r.right()
					}
					r.keys("esc", "esc")
				}
				for _, mode := range model.MapModes {
					r.line("map " + string(mode))
					r.line("panel-focus map")
					r.keys("down", "right", "end", "pgup", "enter")
					r.right()
				}
			})
		}
	}
}

// TestPicturesWithoutColours: shades tell zeros from random bytes.
func TestPicturesWithoutColours(t *testing.T) {
	inTerminal(t, edit(halfRandom(50_000)), rigOptions{w: 100, h: 30, profile: colorprofile.ASCII}, func(r *rig) {
		r.keys("alt+m")
		b := r.panelRect("map")
		top, low := r.em.CellAt(b.x+1, b.y+2).Content, r.em.CellAt(b.x+1, b.y+b.h-3).Content
		if top == low || low == " " {
			t.Errorf("zeros are shown as %q, random bytes as %q", top, low)
		}
		r.right()
	})
	seen := make(map[byte]rune)
	for _, shade := range shades[1:] {
		if was := seen[asciiFor(shade)]; was != 0 {
			t.Errorf("%q and %q look the same in ASCII", was, shade)
		}
		seen[asciiFor(shade)] = shade
	}
}

// TestPicturesOfHoles: the pictures of a sparse file of the greatest size come at once.
func TestPicturesOfHoles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sparse")
	if err := os.WriteFile(path, []byte("begin"), 0o644); err != nil {
		t.Fatal(err)
	}
	size := int64(1)<<62 + 5
	for ; size > 1<<30 && os.Truncate(path, size) != nil; size /= 2 {
	}
	doc, err := mmapdoc.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	s := doc.Snapshot()
	if data := s.NextData(1 << 20); data.Len() > 0 && data.Start < 1<<29 {
		doc.Close()
		t.Skip("the holes of files are not known here")
	}
	inTerminal(t, model.New(doc), rigOptions{w: 120, h: 40}, func(r *rig) {
		r.keys("alt+m", "alt+i")
		for _, kind := range model.PictureKinds {
			r.line("picture " + string(kind))
			r.keys("end", "pgdown", "w", "esc", "esc")
			r.right()
		}
		r.line("panel-focus map")
		r.keys("end")
		if at := r.ed.Cursor(); at < size/2 {
			t.Errorf("the end of the map is at %d of %d", at, size)
		}
		for range 100 {
			if !r.ed.Mapping() && !r.ed.Surveying() {
				break
			}
			r.settle()
		}
		if !r.ed.FileMap().Exact() || !r.ed.Survey().Done() {
			t.Error("the counting has no end")
		}
	})
}

// TestResizeWhileMapping resizes the window and edits while a map is made.
func TestResizeWhileMapping(t *testing.T) {
	inTerminal(t, edit(halfRandom(4<<20)), rigOptions{w: 120, h: 40}, func(r *rig) {
		r.send(rawKey("alt+m") + rawKey("alt+p"))
		for i := range 12 {
			r.keys("a")
			r.resize(40+i*9, 10+i*3)
			r.right()
		}
		for range 100 {
			if !r.ed.Mapping() && !r.ed.Surveying() {
				break
			}
			r.settle()
		}
		if !r.ed.FileMap().Exact() {
			t.Error("the map does not become exact")
		}
	})
}

// TestPictureOfMatch: after a search the picture and the statistics are of the document; the heading says so and names the key
// that takes the match.
func TestPictureOfMatch(t *testing.T) {
	b := halfRandom(50_000)
	copy(b[1000:], "needle")
	inTerminal(t, edit(b), rigOptions{w: 120, h: 40}, func(r *rig) {
		r.line(`find "needle`)
		r.keys("alt+p", "p")
		r.shows("histogram, document (a: match)")
		r.keys("a")
		r.shows("histogram, match (a: all)")
		r.keys("alt+i")
		r.shows("statistics of the match (a: all)")
		r.keys("a")
		r.shows("statistics of the document (a: match)")
		r.line("select 0:1000")
		r.shows("statistics of the selection (a: all)")
		r.keys("a")
		r.shows("statistics of the document (a: sel)")
		r.shows("histogram, document (a: sel)")
		r.line("select-none")
		r.shows("statistics of the document")
		r.showsNot("(a: ")
		r.right()
	})
}
