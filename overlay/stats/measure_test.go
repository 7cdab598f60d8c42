package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func random(n int, seed uint64) []byte {
	rnd := rand.New(rand.NewPCG(seed, 9))
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(rnd.Uint32())
	}
	return p
}

func TestClasses(t *testing.T) {
	var h Histogram
	for b := range 256 {
		h[b] = 1
	}
	if got, want := h.ByClass(), [Classes]int64{Zero: 1, Letter: 94, Blank: 6, Control: 27, High: 127, Ones: 1}; got != want {
		t.Errorf("classes %v, want %v", got, want)
	}
	for c := range Class(Classes) {
		if c.String() == "" {
			t.Errorf("class %d has no name", c)
		}
	}
}

func TestMeasures(t *testing.T) {
	p := []byte{1, 2, 2, 250, 250, 250}
	var h Histogram
	h.Add(p)
	if got := h.Mean(); math.Abs(got-755.0/6) > 1e-9 {
		t.Errorf("mean %v", got)
	}
	var want float64
	for b := range 256 {
		n := 0.0
		for _, c := range p {
			if int(c) == b {
				n++
			}
		}
		e := 6.0 / 256
		want += (n - e) * (n - e) / e
	}
	if got := h.ChiSquare(); math.Abs(got-want) > 1e-6 {
		t.Errorf("chi-square %v, want %v", got, want)
	}
	if got := h.Most(9); !slices.Equal(got, []byte{250, 2, 1}) {
		t.Errorf("most frequent %v", got)
	}
	// Quantiles of the chi-square distribution with 255 degrees of freedom, from tables.
	for _, q := range []struct{ x, p float64 }{{254.33, 0.5}, {293.25, 0.05}, {310.46, 0.01}, {219.03, 0.95}} {
		if got := ChiSquareChance(q.x); math.Abs(got-q.p) > 0.002 {
			t.Errorf("chance of %v: %v, want %v", q.x, got, q.p)
		}
	}
	h = Histogram{}
	h.Add(random(1<<20, 3))
	if c := h.ChiSquare(); c < 150 || c > 380 {
		t.Errorf("chi-square of random bytes: %v", c)
	}
}

func TestDigrams(t *testing.T) {
	for _, n := range []int{0, 1, 2, 8, 9, 10, 17, 4099} {
		p := random(n, 5)
		got, want := new(Digrams), new(Digrams)
		got.Add(p)
		for i := 0; i+1 < n; i++ {
			want[int(p[i])|int(p[i+1])<<8]++
		}
		if *got != *want {
			t.Errorf("pairs of %d bytes differ", n)
		}
		got.Merge(want)
		if got.Most() != 2*want.Most() {
			t.Errorf("merged: %d, want %d", got.Most(), 2*want.Most())
		}
	}
}

func TestAutocorrelation(t *testing.T) {
	p := random(300, 7)
	for i := range p {
		p[i] = p[i]&0x0f + byte(i%20)*8
	}
	got := Autocorrelation(p, 100)
	var mean, power float64
	for _, b := range p {
		mean += float64(b) / 300
	}
	for _, b := range p {
		power += (float64(b) - mean) * (float64(b) - mean) / 300
	}
	if len(got) != 101 {
		t.Fatalf("%d shifts", len(got))
	}
	for k, r := range got {
		var want float64
		for i := range 300 - k {
			want += (float64(p[i]) - mean) * (float64(p[i+k]) - mean) / float64(300-k) / power
		}
		if math.Abs(r-want) > 1e-6 {
			t.Fatalf("shift %d: %v, want %v", k, r, want)
		}
	}
	for _, p := range [][]byte{nil, {1}, {5, 5, 5, 5}} {
		if got := Autocorrelation(p, 10); got != nil {
			t.Errorf("of %v: %v", p, got)
		}
	}
}

// photo is a picture with soft shapes and some noise, of w × h pixels of the size bpp in rows of stride bytes.
func photo(w, h, bpp, stride int) []byte {
	rnd := rand.New(rand.NewPCG(uint64(w), uint64(h)))
	p := make([]byte, stride*h)
	for y := range h {
		for x := range w {
			for c := range bpp {
				v := 128 + 60*math.Sin(float64(x*x)/1700+float64(c)) + 50*math.Cos(float64(y*y)/900+float64(x)/40) + float64(rnd.IntN(12))
				p[y*stride+x*bpp+c] = byte(max(0, min(255, v)))
			}
		}
	}
	return p
}

func TestStrides(t *testing.T) {
	for _, c := range []struct{ w, h, bpp, stride, unit int }{
		{100, 80, 1, 100, 1}, {317, 200, 1, 320, 1}, {120, 90, 3, 360, 3}, {121, 90, 3, 364, 3}, {121, 90, 3, 364, 1}, {640, 100, 4, 2560, 4}, {33, 300, 1, 33, 1},
	} {
		got := Strides(photo(c.w, c.h, c.bpp, c.stride), c.unit, 4096)
		if k := slices.Index(got, c.stride); k < 0 || k > 2 {
			t.Errorf("rows of %d bytes, %d × %d pixels of %d: guessed %v", c.stride, c.w, c.h, c.bpp, got)
		}
	}
	for _, c := range []struct{ w, bpp, stride int }{
		{101, 1, 104}, {100, 3, 300}, {101, 3, 304}, {121, 3, 364}, {640, 3, 1920}, {101, 4, 404}, {640, 4, 2560},
	} {
		p := photo(c.w, 120, c.bpp, c.stride)
		for y := range 120 { // channels of different brightness
			for x := range c.w * c.bpp {
				p[y*c.stride+x] /= byte(1 + x%c.bpp)
			}
		}
		for _, unit := range []int{1, 3, 4} { // in whatever depth one looks at it
			if got := Strides(p, unit, 4096); len(got) == 0 || got[0] != c.stride {
				t.Errorf("rows of %d bytes, pixels of %d, as pixels of %d: guessed %v", c.stride, c.bpp, unit, got)
			}
		}
	}
	for _, p := range [][]byte{nil, {1, 2}, make([]byte, 1000)} {
		if got := Strides(p, 1, 4096); len(got) != 0 {
			t.Errorf("of %d bytes that are nothing: %v", len(p), got)
		}
	}
}
