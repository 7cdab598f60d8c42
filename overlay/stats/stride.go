package stats

import (
	"cmp"
	"math"
	"math/bits"
	"math/cmplx"
	"slices"
)

// Autocorrelation tells how much p resembles itself shifted by 0, 1, … most bytes: 1 for the same, about 0 for bytes
// that have nothing to do with each other. It is nil for bytes that are all the same, and as short as half of p.
//
// It takes O(n log n), by the Wiener–Khinchin theorem: the transform of the power spectrum, with zeros behind p so that it
// does not wrap around.
func Autocorrelation(p []byte, most int) []float64 {
	most = min(most, len(p)/2)
	var mean float64
	for _, b := range p {
		mean += float64(b)
	}
	mean /= float64(max(1, len(p)))
	size := 1 << bits.Len(uint(len(p)+most))
	x := make([]complex128, size)
	var power float64
	for i, b := range p {
		v := float64(b) - mean
		x[i] = complex(v, 0)
		power += v * v
	}
	if power == 0 {
		return nil
	}
	fft(x)
	for i, v := range x {
		x[i] = complex(real(v)*real(v)+imag(v)*imag(v), 0)
	}
	fft(x) // of a symmetric sequence it is its own inverse, but for the factor
	power *= float64(size) / float64(len(p))
	r := make([]float64, most+1)
	for k := range r { // each shift by the number of bytes that it compares
		r[k] = real(x[k]) / power / float64(len(p)-k)
	}
	return r
}

// fft is the discrete Fourier transform in place; the length is a power of two (Cooley and Tukey, 1965).
func fft(x []complex128) {
	n := len(x)
	shift := 64 - bits.TrailingZeros(uint(n))
	for i := range x {
		if j := int(bits.Reverse64(uint64(i)) >> shift); n > 1 && i < j {
			x[i], x[j] = x[j], x[i]
		}
	}
	roots := make([]complex128, n/2)
	for i := range roots {
		roots[i] = cmplx.Rect(1, -2*math.Pi*float64(i)/float64(n))
	}
	for half := 1; half < n; half *= 2 {
		step := n / (2 * half)
		for at := 0; at < n; at += 2 * half {
			for k := range half {
				a, b := x[at+k], x[at+half+k]*roots[k*step]
				x[at+k], x[at+half+k] = a+b, a-b
			}
		}
	}
}

// Strides are the row lengths up to most bytes that p may have as a picture of pixels of the given size, or as a table, the most
// likely first: shifts by which it resembles itself more than by others around them.
//
// Neighbours resemble each other too, so what counts is not how high a peak is but how far it rises above the average of its
// surroundings, in steps of whole pixels: other shifts mix up the channels. Next to a peak stand those of rows one pixel longer
// and shorter, which are left out. Twice a row resembles almost as well: of what is nearly as good the shortest comes first.
func Strides(p []byte, pixel, most int) []int {
	const reach, shortest = 256, 8 // pixels
	r := Autocorrelation(p, most+reach*pixel)
	sum := make([]float64, len(r)+pixel) // sum[k+pixel] is that of r[k], r[k−pixel], …
	for k, v := range r {
		sum[k+pixel] = sum[k] + v
	}
	rise := make([]float64, len(r))
	for k := shortest * pixel / 2; k < len(r); k++ {
		around := min(k/pixel/2, reach)
		hi := min(around, (len(r)-1-k)/pixel)
		rise[k] = r[k] - (sum[k+hi*pixel+pixel]-sum[k-around*pixel])/float64(around+hi+1)
	}
	type peak struct {
		at   int
		rise float64
	}
	var peaks []peak
	best := 0.0
	for k := shortest * pixel; k+pixel < len(r) && k <= most; k++ {
		near := max(pixel, min(k/4, 64*pixel))
		if v := rise[k]; v > 0.02 && v == slices.Max(rise[k-near:min(len(r), k+near+1)]) {
			peaks = append(peaks, peak{k, v})
			best = max(best, v)
		}
	}
	step := func(p peak) int { return int((best - p.rise) / (best * 0.4)) }
	slices.SortStableFunc(peaks, func(a, b peak) int { return cmp.Compare(step(a), step(b)) })
	const enough = 12
	var out []int
	for _, p := range peaks[:min(len(peaks), enough)] {
		out = append(out, p.at)
	}
	return out
}
