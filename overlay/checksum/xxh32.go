package checksum

import (
	"encoding/binary"
	"math/bits"
)

// xxh32 is XXH32 with seed 0 (xxHash fast digest algorithm, version 0.1.1).
type xxh32 struct {
	acc   [4]uint32
	total uint64
	rest  [16]byte
	n     int // bytes in rest
}

const (
	xxPrime1 uint32 = 2654435761
	xxPrime2 uint32 = 2246822519
	xxPrime3 uint32 = 3266489917
	xxPrime4 uint32 = 668265263
	xxPrime5 uint32 = 374761393
)

func newXXH32() *xxh32 {
	h := new(xxh32)
	h.Reset()
	return h
}

func (h *xxh32) Reset() {
	p1 := xxPrime1 // as a variable, for the sums below wrap around
	*h = xxh32{acc: [4]uint32{p1 + xxPrime2, xxPrime2, 0, -p1}}
}

func xxRound(acc, lane uint32) uint32 {
	return bits.RotateLeft32(acc+lane*xxPrime2, 13) * xxPrime1
}

func (h *xxh32) Write(b []byte) (int, error) {
	n := len(b)
	h.total += uint64(n)
	if h.n > 0 {
		k := copy(h.rest[h.n:], b)
		h.n, b = h.n+k, b[k:]
		if h.n < len(h.rest) {
			return n, nil
		}
		h.stripes(h.rest[:])
	}
	whole := len(b) &^ 15
	h.stripes(b[:whole])
	h.n = copy(h.rest[:], b[whole:])
	return n, nil
}

func (h *xxh32) stripes(b []byte) {
	a0, a1, a2, a3 := h.acc[0], h.acc[1], h.acc[2], h.acc[3]
	for len(b) >= 16 {
		a0 = xxRound(a0, binary.LittleEndian.Uint32(b))
		a1 = xxRound(a1, binary.LittleEndian.Uint32(b[4:]))
		a2 = xxRound(a2, binary.LittleEndian.Uint32(b[8:]))
		a3 = xxRound(a3, binary.LittleEndian.Uint32(b[12:]))
		b = b[16:]
	}
	h.acc = [4]uint32{a0, a1, a2, a3}
}

func (h *xxh32) Sum(out []byte) []byte {
	v := xxPrime5
	if h.total >= 16 {
		v = bits.RotateLeft32(h.acc[0], 1) + bits.RotateLeft32(h.acc[1], 7) + bits.RotateLeft32(h.acc[2], 12) + bits.RotateLeft32(h.acc[3], 18)
	}
	v += uint32(h.total)
	b := h.rest[:h.n]
	for ; len(b) >= 4; b = b[4:] {
		v = bits.RotateLeft32(v+binary.LittleEndian.Uint32(b)*xxPrime3, 17) * xxPrime4
	}
	for _, c := range b {
		v = bits.RotateLeft32(v+uint32(c)*xxPrime5, 11) * xxPrime1
	}
	v = (v ^ v>>15) * xxPrime2
	v = (v ^ v>>13) * xxPrime3
	return binary.BigEndian.AppendUint32(out, v^v>>16)
}

func (h *xxh32) Size() int      { return 4 }
func (h *xxh32) BlockSize() int { return 16 }
