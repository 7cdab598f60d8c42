package picture

import (
	"image"
	"image/color"
	"math"

	"hexlay/overlay/stats"
)

// Heat is a scale of colours for x in [0, 1], from almost black over blue, violet and orange to almost white; it rises in
// brightness throughout, so it can be told without colours too.
func Heat(x float64) color.RGBA {
	stops := [...][3]float64{{12, 12, 20}, {30, 42, 110}, {112, 42, 136}, {204, 72, 92}, {246, 150, 60}, {252, 236, 160}}
	if x != x {
		x = 0
	}
	x = max(0, min(x, 1)) * float64(len(stops)-1)
	i := min(int(x), len(stops)-2)
	f := x - float64(i)
	mix := func(k int) uint8 { return uint8(stops[i][k] + f*(stops[i+1][k]-stops[i][k]) + 0.5) }
	return color.RGBA{mix(0), mix(1), mix(2), 255}
}

// ClassColour is the colour of a class of bytes.
func ClassColour(c stats.Class) color.RGBA {
	return [stats.Classes]color.RGBA{
		stats.Zero: {24, 24, 28, 255}, stats.Letter: {64, 132, 214, 255}, stats.Blank: {90, 176, 112, 255},
		stats.Control: {168, 96, 200, 255}, stats.High: {214, 134, 62, 255}, stats.Ones: {240, 240, 232, 255},
	}[c]
}

// Scale maps a count to [0, 1]: by its logarithm, or in proportion, to the highest count.
func Scale(n, most int64, linear bool) float64 {
	switch {
	case n <= 0 || most <= 0:
		return 0
	case linear:
		return float64(n) / float64(most)
	}
	return math.Log1p(float64(n)) / math.Log1p(float64(most))
}

// Digrams draws how often pairs of bytes occur in w × h pixels: the first byte goes to the right, the second downward. A pixel
// that stands for several pairs shows the most frequent one.
func Digrams(d *stats.Digrams, w, h int, linear bool) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	if w > 256 || h > 256 { // no pair is coloured twice
		small := Digrams(d, min(w, 256), min(h, 256), linear)
		size := small.Bounds().Size()
		for y := range h {
			for x := range w {
				m.SetRGBA(x, y, small.RGBAAt(x*size.X/w, y*size.Y/h))
			}
		}
		return m
	}
	most := d.Most()
	for y := range h {
		for x := range w {
			var n int64
			for b := y * 256 / h; b == y*256/h || b < (y+1)*256/h; b++ {
				for a := x * 256 / w; a == x*256/w || a < (x+1)*256/w; a++ {
					n = max(n, d[stats.Pair(byte(a), byte(b))])
				}
			}
			m.SetRGBA(x, y, Heat(Scale(n, most, linear)))
		}
	}
	return m
}

// Histogram draws 256 bars in w × h pixels, coloured by the classes of the bytes. What occurs at all is seen.
func Histogram(hist *stats.Histogram, w, h int, linear bool) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	var most int64
	for _, n := range hist {
		most = max(most, n)
	}
	for x := range w {
		a, b := x*256/w, max(x*256/w+1, (x+1)*256/w)
		var n int64
		top := a
		for v := a; v < b; v++ {
			if hist[v] > n {
				n, top = hist[v], v
			}
		}
		bar := int(math.Ceil(Scale(n, most, linear) * float64(h)))
		ink := ClassColour(stats.ClassOf(byte(top)))
		if top == 0 {
			ink = color.RGBA{150, 150, 158, 255} // zeros are dark elsewhere; a bar must be seen
		}
		for y := range h {
			if y >= h-bar {
				m.SetRGBA(x, y, ink)
			} else {
				m.SetRGBA(x, y, Heat(0))
			}
		}
	}
	return m
}

// Entropy draws the entropy of blocks, in bits a byte, in w × h pixels: each column spans the least to the highest of its
// blocks. NaN is not known.
func Entropy(blocks []float32, w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	n := len(blocks)
	for x := range w {
		least, most := 8.0, -1.0
		for i := x * n / w; i < n && (i == x*n/w || i < (x+1)*n/w); i++ {
			if f := float64(blocks[i]); f == f {
				least, most = min(least, f), max(most, f)
			}
		}
		for y := range h {
			at := float64(h-1-y) / float64(h) * 8 // the lower edge of the pixel
			switch {
			case most < 0 || at > most:
				m.SetRGBA(x, y, Heat(0))
			case at+8/float64(h) >= least:
				m.SetRGBA(x, y, Heat(0.25+most/8*0.75))
			default:
				m.SetRGBA(x, y, Heat(0.2))
			}
		}
	}
	return m
}

// Bars draws values side by side in w × h pixels, the highest one as high as the picture; what is above zero is seen. The background is
// that of the other plots.
func Bars(values []int64, w, h int, linear bool, ink color.RGBA) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	var most int64
	for _, v := range values {
		most = max(most, v)
	}
	n := len(values)
	for x := range w {
		var v int64
		for i := x * n / w; i < n && (i == x*n/w || i < (x+1)*n/w); i++ {
			v = max(v, values[i])
		}
		bar := int(math.Ceil(Scale(v, most, linear) * float64(h)))
		for y := range h {
			if y >= h-bar {
				m.SetRGBA(x, y, ink)
			} else {
				m.SetRGBA(x, y, Heat(0))
			}
		}
	}
	return m
}
