package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestHistogram(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var h, want Histogram
	for range 50 {
		p := make([]byte, rnd.IntN(5000))
		for i := range p {
			p[i] = byte(rnd.IntN(1 << rnd.IntN(9)))
			want[p[i]]++
		}
		h.Add(p)
	}
	if h != want {
		t.Error("the counts differ")
	}
	h.Merge(&want)
	if h.Total() != 2*want.Total() || h.Entropy() != want.Entropy() {
		t.Error("merging the same again changes more than the total")
	}
}

func TestEntropy(t *testing.T) {
	var h Histogram
	if h.Entropy() != 0 {
		t.Error("of nothing")
	}
	h.AddRun(7, 1<<60)
	if e := h.Entropy(); e != 0 || math.Signbit(e) {
		t.Errorf("of one value: %v", e)
	}
	h = Histogram{}
	h.Add([]byte("aabb"))
	if h.Entropy() != 1 {
		t.Errorf("of two values: %v", h.Entropy())
	}
	for i := range h {
		h[i] = 9
	}
	if h.Entropy() != 8 {
		t.Errorf("of all values: %v", h.Entropy())
	}
}

func TestBlocks(t *testing.T) {
	for _, size := range []int64{0, 1, 7, 100, math.MaxInt64} {
		for _, n := range []int{1, 3, 7, 256} {
			if Blocks(size, n, 0) != 0 || Blocks(size, n, n) != size {
				t.Errorf("%d in %d: %d … %d", size, n, Blocks(size, n, 0), Blocks(size, n, n))
			}
			for i := range n {
				if d := Blocks(size, n, i+1) - Blocks(size, n, i); d != size/int64(n) && d != size/int64(n)+1 {
					t.Errorf("%d in %d: part %d has %d", size, n, i, d)
				}
			}
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	p := make([]byte, 1<<20)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range p {
		p[i] = byte(rnd.Uint32())
	}
	b.SetBytes(1 << 20)
	var h Histogram
	for b.Loop() {
		h.Add(p)
	}
}
