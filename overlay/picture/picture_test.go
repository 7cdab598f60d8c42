package picture

import (
	"image/color"
	"math"
	"testing"

	"hexlay/overlay/stats"
)

func TestFormatCheck(t *testing.T) {
	for _, f := range []Format{
		{}, {Depth: 8}, {Depth: 7, Stride: 4}, {Depth: 8, Stride: MaxStride + 1}, {Depth: 24, Stride: 2, Order: "rgb"},
		{Depth: 24, Stride: 30}, {Depth: 24, Stride: 30, Order: "rgba"}, {Depth: 32, Stride: 32, Order: "bgr"}, {Depth: 1, Stride: -1},
	} {
		if f.Check() == nil {
			t.Errorf("%+v is taken", f)
		}
	}
	for _, f := range []Format{{Depth: 1, Stride: 1}, {Depth: 8, Stride: MaxStride}, {Depth: 24, Stride: 3, Order: "bgr"}, {Depth: 32, Stride: 7, Order: "abgr"}} {
		if err := f.Check(); err != nil {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

func TestPixel(t *testing.T) {
	row := []byte{0b1010_0001, 0x20, 0x40, 0x60, 0x80, 0xa0, 0xc0, 0xe0}
	grey := func(v uint8) color.RGBA { return color.RGBA{v, v, v, 255} }
	for _, c := range []struct {
		f    Format
		x    int
		want color.RGBA
	}{
		{Format{Depth: 1, Stride: 8}, 0, grey(255)}, {Format{Depth: 1, Stride: 8}, 1, grey(0)}, {Format{Depth: 1, Stride: 8}, 7, grey(255)},
		{Format{Depth: 1, Stride: 8}, 10, grey(255)}, {Format{Depth: 8, Stride: 8}, 3, grey(0x60)},
		{Format{Depth: 24, Stride: 8, Order: "rgb"}, 1, color.RGBA{0x60, 0x80, 0xa0, 255}},
		{Format{Depth: 24, Stride: 8, Order: "bgr"}, 1, color.RGBA{0xa0, 0x80, 0x60, 255}},
		{Format{Depth: 32, Stride: 8, Order: "rgba"}, 1, color.RGBA{0x80, 0xa0, 0xc0, 255}},
		{Format{Depth: 32, Stride: 8, Order: "bgra"}, 1, color.RGBA{0xc0, 0xa0, 0x80, 255}},
		{Format{Depth: 32, Stride: 8, Order: "argb"}, 1, color.RGBA{0xa0, 0xc0, 0xe0, 255}},
		{Format{Depth: 32, Stride: 8, Order: "abgr"}, 1, color.RGBA{0xe0, 0xc0, 0xa0, 255}},
	} {
		if got, ok := c.f.Pixel(row, c.x); !ok || got != c.want {
			t.Errorf("%+v, pixel %d: %v, want %v", c.f, c.x, got, c.want)
		}
		for _, x := range []int{-1, c.f.Width(), 1 << 20} {
			if _, ok := c.f.Pixel(row, x); ok {
				t.Errorf("%+v has a pixel %d", c.f, x)
			}
		}
		if _, ok := c.f.Pixel(nil, 0); ok {
			t.Errorf("%+v has a pixel in no bytes", c.f)
		}
	}
	if w := (Format{Depth: 24, Stride: 8}).Width(); w != 2 {
		t.Errorf("8 bytes have %d pixels of 3", w)
	}
}

// TestHeat: it rises in brightness, so that it is read without colours too.
func TestHeat(t *testing.T) {
	last := -1
	for i := range 101 {
		c := Heat(float64(i) / 100)
		if b := 299*int(c.R) + 587*int(c.G) + 114*int(c.B); b < last {
			t.Errorf("%d %% is darker than what is before", i)
		} else {
			last = b
		}
	}
	for _, x := range []float64{-1, math.NaN(), math.Inf(-1)} {
		if Heat(x) != Heat(0) {
			t.Errorf("%v is not as 0", x)
		}
	}
	if Heat(math.Inf(1)) != Heat(1) {
		t.Error("much is not as 1")
	}
}

// TestPlots: at every size each plot shows the one thing that is there, at its place, and nothing else.
func TestPlots(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {3, 5}, {46, 14}, {256, 256}, {300, 90}, {700, 513}} {
		w, h := size[0], size[1]
		d := new(stats.Digrams)
		d[stats.Pair(0x41, 0xc0)] = 9
		var hist stats.Histogram
		hist[0x41] = 5
		nan := float32(math.NaN())
		pairs, bars, flat := Digrams(d, w, h, false), Histogram(&hist, w, h, true), Entropy([]float32{8, 8, nan, 0}, w, h)
		for y := range h {
			for x := range w {
				here := x*256/w <= 0x41 && 0x41 < max(x*256/w+1, (x+1)*256/w)
				below := y*256/h <= 0xc0 && 0xc0 < max(y*256/h+1, (y+1)*256/h)
				if lit := pairs.RGBAAt(x, y) != Heat(0); lit != (here && below) {
					t.Fatalf("pairs, %d × %d: pixel %d, %d is lit: %v", w, h, x, y, lit)
				}
				if lit := bars.RGBAAt(x, y) != Heat(0); lit != here {
					t.Fatalf("histogram, %d × %d: pixel %d, %d is lit: %v", w, h, x, y, lit)
				}
				block := x * 4 / w
				if w < 4 {
					continue
				}
				switch lit := flat.RGBAAt(x, y) != Heat(0); {
				case block == 2 && (x+1)*4/w <= 3 && lit:
					t.Fatalf("entropy, %d × %d: pixel %d, %d of an unknown block is lit", w, h, x, y)
				case block < 2 && (x+1)*4/w <= 2 && !lit:
					t.Fatalf("entropy, %d × %d: pixel %d, %d of a full block is not lit", w, h, x, y)
				}
			}
		}
	}
	if m := Entropy(nil, 4, 4); m.RGBAAt(2, 2) != Heat(0) {
		t.Error("no blocks have entropy")
	}
}

// TestBars: bars stand side by side, each as high as its share of the highest one, and none is lost where there is no room for all.
func TestBars(t *testing.T) {
	ink := color.RGBA{9, 200, 9, 255}
	values := []int64{0, 1, 50, 100, 1000, 0, 999}
	for _, size := range [][2]int{{7, 10}, {3, 4}, {1, 1}, {70, 33}, {160, 28}} {
		w, h := size[0], size[1]
		m := Bars(values, w, h, true, ink)
		for x := range w {
			var want int64
			for i := range values {
				if i == x*7/w || i > x*7/w && i < (x+1)*7/w {
					want = max(want, values[i])
				}
			}
			n := 0
			for y := range h {
				if m.RGBAAt(x, y) == ink {
					n++
				}
			}
			if n != int((want*int64(h)+999)/1000) {
				t.Errorf("%d × %d: column %d has %d points for %d", w, h, x, n, want)
			}
		}
	}
	for _, values := range [][]int64{nil, {0, 0}} {
		if m := Bars(values, 4, 4, false, ink); m.RGBAAt(2, 3) != Heat(0) {
			t.Errorf("%v has bars", values)
		}
	}
}
