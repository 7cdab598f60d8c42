package stats

import "encoding/binary"

// Digrams is how often each pair of neighbouring bytes occurs. The pair a, b has the index a | b<<8.
type Digrams [1 << 16]int64

// Pair is the index of the pair a, b.
func Pair(a, b byte) int { return int(a) | int(b)<<8 }

// Add counts the pairs in p; those across two calls are the caller's to count.
func (d *Digrams) Add(p []byte) {
	for len(p) >= 9 {
		v := binary.LittleEndian.Uint64(p)
		d[uint16(v)]++
		d[uint16(v>>8)]++
		d[uint16(v>>16)]++
		d[uint16(v>>24)]++
		d[uint16(v>>32)]++
		d[uint16(v>>40)]++
		d[uint16(v>>48)]++
		d[uint16(v>>56)|uint16(p[8])<<8]++
		p = p[8:]
	}
	for i := 1; i < len(p); i++ {
		d[Pair(p[i-1], p[i])]++
	}
}

// Merge adds the counts of o.
func (d *Digrams) Merge(o *Digrams) {
	for i, n := range o {
		if n != 0 {
			d[i] += n
		}
	}
}

// Most is the highest count.
func (d *Digrams) Most() (most int64) {
	for _, n := range d {
		most = max(most, n)
	}
	return most
}
