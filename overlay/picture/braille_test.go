package picture

import (
	"image"
	"image/color"
	"testing"

	"hexlay/overlay/stats"
)

// TestBrailleDots: each dot alone is the character of Unicode's table, and all dots are found again.
func TestBrailleDots(t *testing.T) {
	ground, dim, bright := color.RGBA{1, 2, 3, 255}, color.RGBA{60, 60, 60, 255}, color.RGBA{200, 200, 200, 255}
	// BRAILLE PATTERN DOTS-1, -2, -3, -7 down the left column, -4, -5, -6, -8 down the right one.
	want := [2][4]rune{{'⠁', '⠂', '⠄', '⡀'}, {'⠈', '⠐', '⠠', '⢀'}}
	all := rune(0x2800)
	for x := range 2 {
		for y := range 4 {
			m := image.NewRGBA(image.Rect(0, 0, 6, 12))
			for i := range 6 * 12 {
				m.SetRGBA(i%6, i/6, ground)
			}
			m.SetRGBA(2+x, 4+y, dim)
			if r, ink := Braille(m, 1, 1, ground); r != want[x][y] || ink != dim {
				t.Errorf("dot %d, %d is %c in %v, want %c", x, y, r, ink, want[x][y])
			}
			if r, _ := Braille(m, 0, 1, ground); r != ' ' {
				t.Errorf("the cell beside has %c", r)
			}
			m.SetRGBA(2, 4, bright)
			m.SetRGBA(3, 7, bright)
			if _, ink := Braille(m, 1, 1, ground); ink != bright {
				t.Errorf("the brightest dot does not give the colour: %v", ink)
			}
			all |= want[x][y]
		}
	}
	if all != '⣿' {
		t.Errorf("all dots are %c", all)
	}
	if r, _ := Braille(image.NewRGBA(image.Rect(0, 0, 1, 1)), 0, 0, ground); r != ' ' {
		t.Errorf("what is not drawn has dots: %c", r)
	}
}

// TestBraillePlot: as text a plot has the dots of its image, no more and no less, and a step of one pixel is seen.
func TestBraillePlot(t *testing.T) {
	var h stats.Histogram
	for v := range 256 {
		h[v] = int64(v)
	}
	const w, hh = 40, 10
	m := Histogram(&h, w*DotsWide, hh*DotsHigh, true)
	last := 0
	for x := range w * DotsWide {
		n := 0
		for y := range hh * DotsHigh {
			r, _ := Braille(m, x/DotsWide, y/DotsHigh, Heat(0))
			on := r != ' ' && r&dotBits[y%DotsHigh][x%DotsWide] != 0
			if on != (m.RGBAAt(x, y) != Heat(0)) {
				t.Fatalf("dot %d, %d is %v", x, y, on)
			}
			if on {
				n++
			}
		}
		if n < last || n > last+1 && x > 0 {
			t.Errorf("column %d has %d dots, the one before %d", x, n, last)
		}
		last = n
	}
	if last != hh*DotsHigh {
		t.Errorf("the most frequent byte has %d dots of %d", last, hh*DotsHigh)
	}
}
