// Package stats counts bytes and pairs of bytes, and tells what follows from the counts: entropy, classes, how random they look,
// and which row length they have.
package stats

import "math"

// A Histogram is how often each byte value occurs.
type Histogram [256]int64

// Add counts the bytes of p.
func (h *Histogram) Add(p []byte) {
	// Four tables, so that a byte need not wait for the one before where both are the same.
	var t [4][256]uint32
	for len(p) > 0 {
		n := min(len(p), 1<<30) // the small counters hold that
		q := p[:n]
		for len(q) >= 8 {
			t[0][q[0]]++
			t[1][q[1]]++
			t[2][q[2]]++
			t[3][q[3]]++
			t[0][q[4]]++
			t[1][q[5]]++
			t[2][q[6]]++
			t[3][q[7]]++
			q = q[8:]
		}
		for _, b := range q {
			t[0][b]++
		}
		for i := range h {
			h[i] += int64(t[0][i]) + int64(t[1][i]) + int64(t[2][i]) + int64(t[3][i])
			t[0][i], t[1][i], t[2][i], t[3][i] = 0, 0, 0, 0
		}
		p = p[n:]
	}
}

// AddRun counts n bytes of one value, as a hole has them.
func (h *Histogram) AddRun(b byte, n int64) { h[b] += n }

// Merge adds the counts of o.
func (h *Histogram) Merge(o *Histogram) {
	for i, n := range o {
		h[i] += n
	}
}

// Total is the number of bytes counted.
func (h *Histogram) Total() (n int64) {
	for _, c := range h {
		n += c
	}
	return n
}

// Entropy is Shannon's, in bits a byte: 0 where all bytes are the same, 8 where all values are as frequent.
func (h *Histogram) Entropy() float64 {
	total := float64(h.Total())
	var e float64
	for _, c := range h {
		if c > 0 {
			p := float64(c) / total
			e -= p * math.Log2(p)
		}
	}
	return max(e, 0) // not -0
}

// Blocks cuts size bytes into n parts of nearly one length and gives the first offset of part i; Blocks(size, n, n) is size.
func Blocks(size int64, n, i int) int64 {
	q, r := size/int64(n), size%int64(n)
	return q*int64(i) + min(int64(i), r)
}
