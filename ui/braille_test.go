package ui

import (
	"bytes"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"hexlay/model"
)

// plotted are the dots of the picture panel, by column and row of dots; its last line is text.
func (r *rig) plotted() (dots [][]bool, chars string) {
	b := r.panelRect("picture")
	dots = make([][]bool, 2*b.w)
	for x := range dots {
		dots[x] = make([]bool, 4*(b.h-1))
		for y := range dots[x] {
			c := []rune(r.em.CellAt(b.x+x/2, b.y+y/4).Content)
			if len(c) == 0 || c[0] < 0x2800 || c[0] > 0x28ff {
				continue
			}
			// Numbers of dots: 1 2 3 7 at the left, 4 5 6 8 at the right.
			number := [2][4]int{{1, 2, 3, 7}, {4, 5, 6, 8}}[x%2][y%4]
			dots[x][y] = c[0]&(1<<(number-1)) != 0
		}
	}
	for y := range b.h - 1 {
		for x := range b.w {
			chars += r.em.CellAt(b.x+x, b.y+y).Content
		}
	}
	return dots, chars
}

// TestPlotsInBraille: the bars of a histogram have their heights in dots; where the terminal has no braille there are none.
func TestPlotsInBraille(t *testing.T) {
	// Byte v occurs v times for v < 128, so that the bars rise in steps smaller than a half-block.
	var doc []byte
	for v := range 128 {
		doc = append(doc, bytes.Repeat([]byte{byte(v)}, v)...)
	}
	for _, profile := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI, colorprofile.ASCII} {
		inTerminal(t, edit(doc), rigOptions{w: 300, h: 80, profile: profile}, func(r *rig) {
			r.line("picture histogram")
			r.line("picture-scale linear")
			r.line("picture-whole")
			r.keys("end", "pgdown") // the cursor to ff, out of the way
			r.right()
			dots, _ := r.plotted()
			h := len(dots[0])
			for x := range dots {
				n := 0
				for y := range h {
					if dots[x][y] {
						n++
					}
				}
				if n > 0 && !dots[x][h-1] {
					t.Fatalf("%v: column %d does not stand on the ground", profile, x)
				}
				v := 0 // the highest byte of the column, as they rise; from 80 on there are none
				for b := x * 256 / len(dots); b == x*256/len(dots) || b < (x+1)*256/len(dots); b++ {
					if b < 128 {
						v = b
					}
				}
				if x*256/len(dots) >= 128 {
					v = 0
				}
				if want := (v*h + 126) / 127; n != want {
					t.Fatalf("%v: byte %#x has %d dots of %d, want %d", profile, v, n, h, want)
				}
			}
		})
	}
	for name, set := range map[string]func(s *screen){"ASCII": func(s *screen) { s.ascii = true }, "the console": func(s *screen) { s.console = true }} {
		inTerminal(t, edit(doc), rigOptions{w: 80, h: 24}, func(r *rig) {
			set(r.scr)
			for _, kind := range model.PictureKinds {
				r.line("picture " + string(kind))
				if dots, chars := r.plotted(); strings.ContainsFunc(chars, func(r rune) bool { return r >= 0x2800 && r < 0x2900 }) || len(dots) == 0 {
					t.Errorf("%s: %s is drawn with braille: %q", name, kind, chars)
				}
			}
		})
	}
}

// TestColoursStay: pictures of many colours are not drawn with braille.
func TestColoursStay(t *testing.T) {
	inTerminal(t, edit(halfRandom(5000)), rigOptions{w: 120, h: 40}, func(r *rig) {
		for kind, want := range map[string]bool{"entropy": true, "histogram": true, "digram": false, "pixels": false} {
			r.line("picture " + kind)
			r.right()
			if _, chars := r.plotted(); strings.ContainsFunc(chars, func(r rune) bool { return r > 0x2800 && r < 0x2900 }) != want {
				t.Errorf("%s: with braille %v:\n%s", kind, !want, chars)
			}
		}
	})
}
