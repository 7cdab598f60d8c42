package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// scene is a picture of soft shapes with some edges, w by h, from 0 to 1.
func scene(rnd *rand.Rand, w, h int) [][]float64 {
	type blob struct{ x, y, rx, ry, v, hard float64 }
	blobs := make([]blob, 40)
	for i := range blobs {
		blobs[i] = blob{rnd.Float64(), rnd.Float64(), 0.03 + 0.25*rnd.Float64(), 0.03 + 0.25*rnd.Float64(), rnd.Float64(), 1 + 20*rnd.Float64()}
	}
	g := make([][]float64, h)
	for y := range g {
		g[y] = make([]float64, w)
		for x := range g[y] {
			v := 0.3 + 0.4*float64(y)/float64(h)
			for _, b := range blobs {
				dx, dy := (float64(x)/float64(w)-b.x)/b.rx, (float64(y)/float64(h)-b.y)/b.ry
				cover := 1 / (1 + math.Exp(b.hard*(dx*dx+dy*dy-1)))
				v += (b.v - v) * cover
			}
			g[y][x] = v
		}
	}
	return g
}

// dithered is a picture of one bit a pixel, rows filled up to whole bytes: ordered with a matrix of n by n, or, of 0, by what is left of one pixel
// carried to the next ones (Floyd and Steinberg), or, of 1, by a threshold alone.
func dithered(g [][]float64, n int) []byte {
	w := len(g[0])
	stride := (w + 7) / 8
	p := make([]byte, stride*len(g))
	carried := [2][]float64{make([]float64, w+2), make([]float64, w+2)}
	for y, row := range g {
		clear(carried[1])
		for x, v := range row {
			limit := 0.5
			switch {
			case n == 0:
				v += carried[0][x+1]
			case n > 1:
				var at int
				for bit := 1; bit < n; bit *= 2 { // the matrix of Bayer, from the coarsest bits of its places
					at = at<<2 | (x&bit/bit^y&bit/bit)<<1 | y&bit/bit
				}
				limit = (float64(at) + 0.5) / float64(n*n)
			}
			rest := v
			if v > limit {
				p[y*stride+x/8] |= 0x80 >> (x % 8)
				rest--
			}
			if n == 0 {
				carried[0][x+2] += rest * 7 / 16
				carried[1][x] += rest * 3 / 16
				carried[1][x+1] += rest * 5 / 16
				carried[1][x+2] += rest / 16
			}
		}
		carried[0], carried[1] = carried[1], carried[0]
	}
	return p
}

// TestBitStrides guesses the rows of pictures of one bit, dithered in several ways, and of such with more bits.
func TestBitStrides(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	right, all := map[string]int{}, 0 // of 1 bit a pixel, and of more
	for range 2 {
		for _, w := range []int{120, 176, 200, 320, 333, 400} {
			g := scene(rnd, w, w*3/4)
			all++
			for n, name := range map[int]string{0: "carried", 1: "threshold", 2: "ordered 2", 4: "ordered 4", 8: "ordered 8"} {
				if s := BitStrides(dithered(g, n), 4096); len(s) > 0 && s[0] == (w+7)/8 {
					right[name]++
				} else {
					t.Logf("%s, %d: %v", name, (w+7)/8, s)
				}
			}
			for _, unit := range []int{1, 3, 4} {
				p := make([]byte, 0, w*len(g)*unit)
				for _, row := range g {
					for _, v := range row {
						for c := range unit {
							p = append(p, byte(v*(255-60*float64(c))))
						}
					}
				}
				if s := BitStrides(p, 4096); len(s) > 0 && s[0] == w*unit {
					right[[]string{1: "bytes", 3: "24 bits", 4: "32 bits"}[unit]]++
				} else {
					t.Logf("%d bytes a pixel, %d: %v", unit, w*unit, s)
				}
			}
		}
	}
	for _, name := range []string{"carried", "threshold", "ordered 2", "ordered 4", "ordered 8", "bytes", "24 bits", "32 bits"} {
		if right[name] < all-2 {
			t.Errorf("%s: %d of %d are right", name, right[name], all)
		}
	}
	for _, p := range [][]byte{nil, {1}, {1, 2, 3}, make([]byte, 5000), {255, 0, 255, 0, 255, 0, 255, 0, 255}} {
		BitStrides(p, 4096) // nothing to find, and no failure
	}
}
