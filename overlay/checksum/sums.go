package checksum

import (
	"encoding/binary"
	"hash"
	"math/bits"
)

// sums are what is added up rather than divided. A last word that the data does not fill is filled up with zero bytes.
var sums = []*Algorithm{
	{Name: "adler-32", Bits: 32, new: newAdler},
	// Fletcher's sums of bytes, and of 16-bit and 32-bit words in little-endian order, modulo 255, 65535 and 2^32-1.
	{Name: "fletcher-16", Bits: 16, new: (&wordSum{1, 2, addFletcher8, joinFletcher(0xff), func(s sumState) uint64 { return s[1]<<8 | s[0] }}).New},
	{Name: "fletcher-32", Bits: 32, new: (&wordSum{2, 4, addFletcher16, joinFletcher(0xffff), func(s sumState) uint64 { return s[1]<<16 | s[0] }}).New},
	{Name: "fletcher-64", Bits: 64, new: (&wordSum{4, 8, addFletcher32, joinFletcher(0xffffffff), func(s sumState) uint64 { return s[1]<<32 | s[0] }}).New},
	{Name: "sum8", Aliases: []string{"checksum8"}, Bits: 8, new: (&wordSum{1, 1, addBytes, joinAdded, first}).New},
	{Name: "sum8-neg", Aliases: []string{"lrc"}, Bits: 8, new: (&wordSum{1, 1, addBytes, joinAdded, func(s sumState) uint64 { return -s[0] }}).New},
	// Of bytes, the sum cut to 16 and 32 bits.
	{Name: "sum16", Bits: 16, new: (&wordSum{1, 2, addBytes, joinAdded, first}).New},
	{Name: "sum32", Bits: 32, new: (&wordSum{1, 4, addBytes, joinAdded, first}).New},
	// Of words.
	{Name: "sum16-le", Bits: 16, new: (&wordSum{2, 2, func(s *sumState, b []byte) { addWords16(s, b, binary.LittleEndian) }, joinAdded, first}).New},
	{Name: "sum16-be", Bits: 16, new: (&wordSum{2, 2, func(s *sumState, b []byte) { addWords16(s, b, binary.BigEndian) }, joinAdded, first}).New},
	{Name: "sum32-le", Bits: 32, new: (&wordSum{4, 4, func(s *sumState, b []byte) { addWords32(s, b, binary.LittleEndian) }, joinAdded, first}).New},
	{Name: "sum32-be", Bits: 32, new: (&wordSum{4, 4, func(s *sumState, b []byte) { addWords32(s, b, binary.BigEndian) }, joinAdded, first}).New},
	{Name: "xor8", Aliases: []string{"bcc"}, Bits: 8, new: (&wordSum{1, 1, addXor, joinXor, first}).New},
	{Name: "internet", Aliases: []string{"rfc1071", "inet"}, Bits: 16, new: (&wordSum{2, 2, addInternet, joinInternet, func(s sumState) uint64 { return ^s[0] }}).New},
}

type sumState [2]uint64

func first(s sumState) uint64 { return s[0] }

// A wordSum is a sum over words.
type wordSum struct {
	word, size int // bytes of a word and of the result
	add        func(s *sumState, b []byte)
	join       func(s *sumState, next sumState, n uint64) // next is of the n words that follow
	value      func(s sumState) uint64
}

func (w *wordSum) New() hash.Hash { return &wordHash{wordSum: w} }

type wordHash struct {
	*wordSum
	s    sumState
	rest [4]byte
	n    int // bytes in rest
}

func (h *wordHash) Write(b []byte) (int, error) {
	n := len(b)
	if h.n > 0 {
		k := copy(h.rest[h.n:h.word], b)
		h.n, b = h.n+k, b[k:]
		if h.n < h.word {
			return n, nil
		}
		h.add(&h.s, h.rest[:h.n])
	}
	whole := len(b) - len(b)%h.word
	h.add(&h.s, b[:whole])
	h.n = copy(h.rest[:], b[whole:])
	return n, nil
}

func (h *wordHash) Sum(b []byte) []byte {
	return appendBig(b, h.value(h.state()), h.size)
}

func (h *wordHash) Reset()         { h.s, h.n = sumState{}, 0 }
func (h *wordHash) Size() int      { return h.size }
func (h *wordHash) BlockSize() int { return h.word }

// addBytes adds eight bytes at a time, in four lanes of 16 bits, which 128 steps cannot fill.
func addBytes(s *sumState, b []byte) {
	const lanes = 0x00ff00ff00ff00ff
	for len(b) >= 8 {
		part := b[:min(len(b), 8*128)&^7]
		b = b[len(part):]
		acc := uint64(0)
		for ; len(part) >= 8; part = part[8:] {
			x := binary.LittleEndian.Uint64(part)
			acc += x&lanes + x>>8&lanes
		}
		s[0] += acc&0xffff + acc>>16&0xffff + acc>>32&0xffff + acc>>48
	}
	for _, c := range b {
		s[0] += uint64(c)
	}
}

// addWords16 adds four words at a time, in two lanes of 32 bits, which 2^15 steps cannot fill.
func addWords16[O binary.ByteOrder](s *sumState, b []byte, order O) {
	const lanes = 0x0000ffff0000ffff
	for len(b) >= 8 {
		part := b[:min(len(b), 8<<15)&^7]
		b = b[len(part):]
		acc := uint64(0)
		for ; len(part) >= 8; part = part[8:] {
			x := order.Uint64(part)
			acc += x&lanes + x>>16&lanes
		}
		s[0] += acc&0xffffffff + acc>>32
	}
	for ; len(b) > 0; b = b[2:] {
		s[0] += uint64(order.Uint16(b))
	}
}

func addWords32[O binary.ByteOrder](s *sumState, b []byte, order O) {
	acc := s[0]
	for ; len(b) >= 8; b = b[8:] {
		x := order.Uint64(b)
		acc += x&0xffffffff + x>>32
	}
	if len(b) > 0 {
		acc += uint64(order.Uint32(b))
	}
	s[0] = acc
}

func addXor(s *sumState, b []byte) {
	acc := uint64(0)
	for ; len(b) >= 8; b = b[8:] {
		acc ^= binary.LittleEndian.Uint64(b)
	}
	for _, c := range b {
		acc ^= uint64(c)
	}
	acc ^= acc >> 32
	acc ^= acc >> 16
	s[0] ^= (acc ^ acc>>8) & 0xff
}

// addInternet adds 64 bits at a time with the carry going round (RFC 1071, section 2).
func addInternet(s *sumState, b []byte) {
	acc, carry := s[0], uint64(0)
	for ; len(b) >= 32; b = b[32:] {
		acc, carry = bits.Add64(acc, binary.BigEndian.Uint64(b), carry)
		acc, carry = bits.Add64(acc, binary.BigEndian.Uint64(b[8:]), carry)
		acc, carry = bits.Add64(acc, binary.BigEndian.Uint64(b[16:]), carry)
		acc, carry = bits.Add64(acc, binary.BigEndian.Uint64(b[24:]), carry)
	}
	for ; len(b) > 0; b = b[2:] {
		acc, carry = bits.Add64(acc, uint64(binary.BigEndian.Uint16(b)), carry)
	}
	// The last carry may carry once more.
	acc, carry = bits.Add64(acc, carry, 0)
	acc += carry
	for acc>>16 != 0 {
		acc = acc&0xffff + acc>>16
	}
	s[0] = acc
}

// fletcherBlock is how many words may be added before the sums must be cut to the modulus: the second one stays under 2^60.
const fletcherBlock = 1 << 14

func addFletcher8(s *sumState, b []byte) {
	for len(b) > 0 {
		part := b[:min(len(b), fletcherBlock)]
		b = b[len(part):]
		lo, hi := s[0], s[1]
		for _, c := range part {
			lo += uint64(c)
			hi += lo
		}
		s[0], s[1] = lo%0xff, hi%0xff
	}
}

func addFletcher16(s *sumState, b []byte) {
	for len(b) > 0 {
		part := b[:min(len(b), 2*fletcherBlock)]
		b = b[len(part):]
		lo, hi := s[0], s[1]
		for ; len(part) > 0; part = part[2:] {
			lo += uint64(binary.LittleEndian.Uint16(part))
			hi += lo
		}
		s[0], s[1] = lo%0xffff, hi%0xffff
	}
}

func addFletcher32(s *sumState, b []byte) {
	for len(b) > 0 {
		part := b[:min(len(b), 4*fletcherBlock)]
		b = b[len(part):]
		lo, hi := s[0], s[1]
		for ; len(part) > 0; part = part[4:] {
			lo += uint64(binary.LittleEndian.Uint32(part))
			hi += lo
		}
		s[0], s[1] = lo%0xffffffff, hi%0xffffffff
	}
}
