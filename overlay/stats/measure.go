package stats

import (
	"cmp"
	"math"
	"slices"
)

// Mean is the average byte value; NaN of nothing.
func (h *Histogram) Mean() float64 {
	var sum float64
	for b, n := range h {
		sum += float64(b) * float64(n)
	}
	return sum / float64(h.Total())
}

// ChiSquare is Pearson's statistic of the counts against 256 values that are equally frequent: Σ (n−e)²/e with e the total
// divided by 256. For random bytes it is around 255, with a standard deviation of 22.6. It is NaN of nothing.
func (h *Histogram) ChiSquare() float64 {
	e := float64(h.Total()) / 256
	var sum float64
	for _, n := range h {
		d := float64(n) - e
		sum += d * d
	}
	return sum / e
}

// ChiSquareChance is the probability that random bytes have a chi-square statistic of at least x, 0 to 1. It is Wilson and
// Hilferty's approximation for 255 degrees of freedom (Proc. Natl. Acad. Sci. 17, 1931), good to about 0.001.
func ChiSquareChance(x float64) float64 {
	const k = 255.0
	const v = 2 / (9 * k)
	z := (math.Cbrt(x/k) - (1 - v)) / math.Sqrt(v)
	return math.Erfc(z/math.Sqrt2) / 2
}

// Most are the n byte values that occur most often, the most frequent first and the lower value first among equals; those
// that do not occur are left out.
func (h *Histogram) Most(n int) []byte {
	var all []byte
	for b, c := range h {
		if c > 0 {
			all = append(all, byte(b))
		}
	}
	slices.SortStableFunc(all, func(a, b byte) int { return cmp.Compare(h[b], h[a]) })
	return all[:min(n, len(all))]
}
