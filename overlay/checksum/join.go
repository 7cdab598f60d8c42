package checksum

import (
	"encoding/binary"
	"hash"
	"hash/adler32"
	"math/bits"
)

// A Joiner is a checksum whose data may be summed in parts, beside each other: CRCs and sums are, hashes are not.
type Joiner interface {
	hash.Hash
	// Part begins the sum of a part that follows.
	Part() Joiner
	// Join continues with the n bytes that part has summed. What is summed before must be whole words of 32 bits.
	Join(part Joiner, n int64)
}

// Streams tells whether h takes bytes as fast as memory gives them, as what the processor has instructions for does. Other sums look
// at one place after the other, and are faster with bytes that lie in the processor's cache.
func Streams(h hash.Hash) bool {
	c, ok := h.(*crc)
	if !ok {
		return false
	}
	c.e.once.Do(c.e.prepare)
	return c.e.fast != nil
}

// Part begins with a register of zeros: what stands before is added by Join, as a CRC is linear.
func (c *crc) Part() Joiner { return &crc{e: c.e} }

func (c *crc) Join(part Joiner, n int64) {
	f := field{c.e.p.Width, c.e.p.Poly}
	if c.joined != n {
		c.joined, c.shift = n, f.pow(f.pow(f.x(), 8), uint64(n))
	}
	c.reg = c.e.register(f.mul(c.e.polynomial(c.reg), c.shift)) ^ part.(*crc).reg
}

func (h *wordHash) Part() Joiner { return &wordHash{wordSum: h.wordSum} }

func (h *wordHash) Join(part Joiner, n int64) {
	p := part.(*wordHash)
	h.join(&h.s, p.s, uint64(n)/uint64(h.word))
	h.rest, h.n = p.rest, p.n
}

func joinAdded(s *sumState, next sumState, _ uint64) { s[0] += next[0] }

func joinXor(s *sumState, next sumState, _ uint64) { s[0] ^= next[0] }

// joinInternet adds with the carry going round.
func joinInternet(s *sumState, next sumState, _ uint64) {
	s[0] += next[0]
	s[0] = s[0]&0xffff + s[0]>>16
}

// joinFletcher is for two sums modulo m: the first one so far is in the second once more for each word that follows.
func joinFletcher(m uint64) func(s *sumState, next sumState, n uint64) {
	return func(s *sumState, next sumState, n uint64) {
		hi, lo := bits.Mul64(n%m, s[0])
		_, again := bits.Div64(hi%m, lo, m)
		s[0], s[1] = (s[0]+next[0])%m, (s[1]+again+next[1])%m
	}
}

// adlerModulus is the largest prime below 2^16 (RFC 1950, section 8.2).
const adlerModulus = 65521

// adler is the standard library's, with parts.
type adler struct{ hash.Hash32 }

func newAdler() hash.Hash { return adler{adler32.New()} }

func (adler) Part() Joiner { return adler{adler32.New()} }

// Join takes the 1 that the part's first sum began with out again.
func (a adler) Join(part Joiner, n int64) {
	split := func(v uint32) sumState { return sumState{uint64(v & 0xffff), uint64(v >> 16)} }
	s, next := split(a.Sum32()), split(part.(adler).Sum32())
	s[0] += adlerModulus - 1
	joinFletcher(adlerModulus)(&s, next, uint64(n))
	state := binary.BigEndian.AppendUint32([]byte("adl\x01"), uint32(s[1]<<16|s[0])) // as MarshalBinary gives it
	if err := a.Hash32.(interface{ UnmarshalBinary([]byte) error }).UnmarshalBinary(state); err != nil {
		panic(err)
	}
}
