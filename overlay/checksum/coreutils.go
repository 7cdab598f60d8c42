package checksum

import (
	"hash"
	"math/bits"
)

// coreutils are what the programs cksum and sum compute, as POSIX and GNU coreutils have it.
var coreutils = []*Algorithm{
	// The CRC of POSIX: of the data and then of their length, its lowest byte first, without the zero bytes at its end.
	{Name: "cksum", Aliases: []string{"posix-cksum"}, Bits: 32, new: func() hash.Hash { return &cksum{crc: crc{e: cksumEngine, reg: cksumEngine.init}} }},
	{Name: "sum-bsd", Aliases: []string{"sum", "bsd"}, Bits: 16, new: func() hash.Hash { return new(bsdSum) }},
	{Name: "sum-sysv", Aliases: []string{"sysv"}, Bits: 16, new: (&wordSum{1, 2, addBytes, joinAdded, func(s sumState) uint64 {
		v := s[0]&0xffff + s[0]&0xffffffff>>16
		return v&0xffff + v>>16
	}}).New},
}

// cksumEngine is crc-32/cksum, which has no length behind the data.
var cksumEngine = newCRCEngine(Params{Width: 32, Poly: 0x04c11db7, XorOut: 0xffffffff})

type cksum struct {
	crc
	n uint64
}

func (c *cksum) Write(b []byte) (int, error) {
	c.n += uint64(len(b))
	return c.crc.Write(b)
}

func (c *cksum) Sum(b []byte) []byte {
	whole := c.crc
	for n := c.n; n > 0; n >>= 8 {
		whole.Write([]byte{byte(n)})
	}
	return whole.Sum(b)
}

func (c *cksum) Part() Joiner { return &cksum{crc: crc{e: c.e}} }

func (c *cksum) Join(part Joiner, n int64) {
	c.crc.Join(&part.(*cksum).crc, n)
	c.n += uint64(n)
}

func (c *cksum) Reset() {
	c.crc.Reset()
	c.n = 0
}

// bsdSum turns the sum right by a bit before each byte is added.
type bsdSum uint16

func (s *bsdSum) Write(b []byte) (int, error) {
	v := uint16(*s)
	for _, c := range b {
		v = bits.RotateLeft16(v, -1) + uint16(c)
	}
	*s = bsdSum(v)
	return len(b), nil
}

func (s *bsdSum) Sum(b []byte) []byte { return appendBig(b, uint64(*s), 2) }
func (s *bsdSum) Reset()              { *s = 0 }
func (s *bsdSum) Size() int           { return 2 }
func (s *bsdSum) BlockSize() int      { return 1 }
