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
// surroundings, in steps of whole pixels: other shifts mix up the channels. How long a pixel is the bytes tell, as one may look at
// them in another depth. Next to a peak stand those of rows one pixel longer and shorter, which are left out. Twice a row resembles
// almost as well: of what is nearly as good the shortest comes first.
func Strides(p []byte, pixel, most int) []int {
	return strides(Autocorrelation(p, most+4*reach), pixel, most)
}

// reach is how many pixels around a peak are its surroundings at most.
const reach = 256

// strides is Strides of an autocorrelation.
func strides(r []float64, pixel, most int) []int {
	const short = 64 // pixels
	unit := repeats(r)
	least := max(8, 4*unit, pixel)
	sum := make([]float64, len(r)+unit) // sum[k+unit] is that of r[k], r[k−unit], …
	for k, v := range r {
		sum[k+unit] = sum[k] + v
	}
	rise := make([]float64, len(r))
	for k := least / 2; k < len(r); k++ {
		around := min(k/unit/2, reach)
		hi := min(around, (len(r)-1-k)/unit)
		rise[k] = r[k] - (sum[k+hi*unit+unit]-sum[k-around*unit])/float64(around+hi+1)
	}
	type peak struct {
		at   int
		rise float64
	}
	var peaks []peak
	best := 0.0
	for k := least; k+unit < len(r) && k <= most; k++ {
		near := max(unit, min(k/4, short*unit))
		if v := rise[k]; v > 0.02 && (k >= short*unit || r[k] > max(r[k-unit], r[k+unit])) && v == slices.Max(rise[k-near:min(len(r), k+near+1)]) {
			top := k // the average falls in steps as its surroundings grow, which may tilt a flat peak
			for range 4 {
				if n := top + unit; n+unit < len(r) && n <= most && r[n] > r[top] {
					top = n
				} else if n := top - unit; n >= least && r[n] > r[top] {
					top = n
				}
			}
			if n := len(peaks); n > 0 && peaks[n-1].at == top {
				continue
			}
			peaks = append(peaks, peak{top, v})
			best = max(best, v)
		}
	}
	step := func(p peak) int { return int((best - p.rise) / (best * 0.4)) }
	slices.SortStableFunc(peaks, func(a, b peak) int { return cmp.Compare(step(a), step(b)) })
	// Where rows are filled up, the pixels of each third row may stand at whole pixels from each other, and two rows rise more
	// than one does. One resembles the next more all the same.
	first := 0
	for i, p := range peaks {
		if n := peaks[0].at / p.at; n <= 3 && n*p.at == peaks[0].at && r[p.at] > r[peaks[first].at] {
			first = i
		}
	}
	if first > 0 {
		p := peaks[first]
		copy(peaks[1:first+1], peaks)
		peaks[0] = p
	}
	const enough = 12
	var out []int
	for _, p := range peaks[:min(len(peaks), enough)] {
		out = append(out, p.at)
	}
	return out
}

// BitStrides is Strides for a picture of one bit a pixel. Dithered, its bytes resemble those of the next row less than their counts of
// set bits do, which tell how bright eight pixels are. Bytes that resemble each other clearly more than their counts are pixels of more
// bits, whatever they are looked at as, and count themselves.
//
// In an ordered dither each second row has the same thresholds, so two rows rise where one stands in a valley. Such a row is told by its
// own small peak there, which half of a row does not have.
func BitStrides(p []byte, most int) []int {
	set := make([]byte, len(p))
	for i, b := range p {
		set[i] = byte(bits.OnesCount8(b))
	}
	// Of dithered pictures the counts are alike 0.92 to 1.9 times as much as the bytes, of others 0.8 times at the most.
	const alike = 0.85
	if nearest(set) < alike*nearest(p) {
		return Strides(p, 1, most)
	}
	r := Autocorrelation(set, most+4*reach)
	found := strides(r, 1, most)
	if len(found) == 0 {
		return nil
	}
	// The grain of a dither may tilt a flat peak by a byte. What is two and three rows long tells then.
	if len(found) > 2 && found[1]%2 == 0 && found[1]/2*3 == found[2] && max(found[0]-found[1]/2, found[1]/2-found[0]) == 1 {
		found[0] = found[1] / 2
	}
	const least, like = 8, 0.18 // half a row rises up to 0.16 times as much as a row; one of an ordered dither mostly 0.25 times and more as much as two
	if half := found[0] / 2; found[0]%2 == 0 && half >= least && spike(r, half) > like*spike(r, found[0]) {
		found = slices.DeleteFunc(found, func(n int) bool { return n == half })
		found = slices.Insert(found, 0, half)
	}
	return found
}

// nearest is how much bytes resemble the next ones, or those up to four further on, where they do most.
func nearest(p []byte) float64 {
	var mean float64
	for _, b := range p {
		mean += float64(b)
	}
	mean /= float64(max(1, len(p)))
	var r [5]float64
	for k := range r {
		for i := k; i < len(p); i++ {
			r[k] += (float64(p[i]) - mean) * (float64(p[i-k]) - mean)
		}
	}
	if r[0] == 0 {
		return 0
	}
	return max(0, slices.Max(r[1:])/r[0])
}

// spike is how far r[k] rises above the line through what is some steps before and behind it.
func spike(r []float64, k int) float64 {
	const from, to = 3, 8
	if k < to || k+to >= len(r) {
		return 0
	}
	var sum float64
	for i := from; i <= to; i++ {
		sum += r[k-i] + r[k+i]
	}
	return r[k] - sum/(2*(to-from+1))
}

// repeats is how many bytes a pixel seems to have, 1 to 4, by how much more alike bytes are at whole pixels from each other than
// at any other distance.
func repeats(r []float64) int {
	const far, clear = 128, 0.02 // within a row: where rows are filled up, the next one has its pixels at other distances
	best, unit := clear, 1
	for _, u := range []int{3, 4, 2} { // four are two as well
		if u == 2 && unit > 1 {
			break
		}
		var sum, n [4]float64 // by what is left of the distance behind whole pixels
		for k := 1; k < min(len(r), far); k++ {
			sum[k%u] += r[k]
			n[k%u]++
		}
		other := -1.0
		for i := 1; i < u && n[0] > 0; i++ {
			other = max(other, sum[i]/n[i])
		}
		if v := sum[0]/max(1, n[0]) - other; n[0] > 0 && v > best {
			best, unit = v, u
		}
	}
	return unit
}
