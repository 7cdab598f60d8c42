package checksum

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"math/bits"
	"sync"
)

// Params are a CRC in the model of Ross Williams ("A painless guide to CRC error detection algorithms", 1993): the polynomial
// without its highest term, the register's first content, whether the bits of each byte and of the result are reflected,
// and what the result is XORed with.
type Params struct {
	Width         int // bits, 1…64
	Poly, Init    uint64
	RefIn, RefOut bool
	XorOut        uint64
}

// Name writes the parameters as [Lookup] reads them.
func (p Params) Name() string {
	return fmt.Sprintf("crc:width=%d:poly=%#x:init=%#x:refin=%t:refout=%t:xorout=%#x", p.Width, p.Poly, p.Init, p.RefIn, p.RefOut, p.XorOut)
}

func (p Params) check() error {
	if p.Width < 1 || p.Width > 64 {
		return fmt.Errorf("a CRC of %d bits: the width is 1 to 64", p.Width)
	}
	if p.Poly == 0 {
		return errors.New("a CRC with the polynomial 0")
	}
	for _, f := range []struct {
		name string
		v    uint64
	}{{"poly", p.Poly}, {"init", p.Init}, {"xorout", p.XorOut}} {
		if p.Width < 64 && f.v>>p.Width != 0 {
			return fmt.Errorf("%s %#x has more than %d bits", f.name, f.v, p.Width)
		}
	}
	return nil
}

// CRC gives the algorithm with these parameters.
func CRC(p Params) (*Algorithm, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	e := newCRCEngine(p)
	return &Algorithm{Name: p.Name(), Bits: p.Width, new: e.New, params: &p}, nil
}

// A crcEngine computes the CRCs of one parameter set. The register is 64 bits wide whatever the width: at its low end
// when bytes go in reflected, at its high end otherwise, so that the two ways to turn it are the only two there are.
type crcEngine struct {
	p     Params
	init  uint64
	once  sync.Once
	table *crcTable
	fast  *crc32.Table // where the standard library has the polynomial, which uses the processor's instructions
}

// crcTable[k][b] is what byte b does to the register k bytes later ("slicing by 16").
type crcTable [16][256]uint64

func newCRCEngine(p Params) *crcEngine {
	e := &crcEngine{p: p}
	if p.RefIn {
		e.init = bits.Reverse64(p.Init) >> (64 - p.Width)
	} else {
		e.init = p.Init << (64 - p.Width)
	}
	return e
}

// prepare makes the tables when the first bytes are summed.
func (e *crcEngine) prepare() {
	if p := e.p; p.RefIn && p.Width == 32 && p.Poly == 0x04c11db7 {
		e.fast = crc32.IEEETable
	} else if p.RefIn && p.Width == 32 && p.Poly == 0x1edc6f41 {
		e.fast = crc32.MakeTable(crc32.Castagnoli)
	} else {
		e.table = newCRCTable(p)
	}
}

func newCRCTable(p Params) *crcTable {
	t := new(crcTable)
	for i := range 256 {
		if p.RefIn {
			poly, c := bits.Reverse64(p.Poly)>>(64-p.Width), uint64(i)
			for range 8 {
				c = c>>1 ^ poly&-(c&1)
			}
			t[0][i] = c
		} else {
			poly, c := p.Poly<<(64-p.Width), uint64(i)<<56
			for range 8 {
				c = c<<1 ^ poly&-(c>>63)
			}
			t[0][i] = c
		}
	}
	for k := 1; k < len(t); k++ {
		for i, c := range t[k-1] {
			if p.RefIn {
				t[k][i] = c>>8 ^ t[0][byte(c)]
			} else {
				t[k][i] = c<<8 ^ t[0][c>>56]
			}
		}
	}
	return t
}

// polynomial is the register's content as a polynomial, the lowest bit the coefficient of 1.
func (e *crcEngine) polynomial(reg uint64) uint64 {
	if e.p.RefIn {
		return bits.Reverse64(reg) >> (64 - e.p.Width)
	}
	return reg >> (64 - e.p.Width)
}

// register is the inverse of polynomial.
func (e *crcEngine) register(poly uint64) uint64 {
	if e.p.RefIn {
		return bits.Reverse64(poly) >> (64 - e.p.Width)
	}
	return poly << (64 - e.p.Width)
}

func (e *crcEngine) New() hash.Hash { return &crc{e: e, reg: e.init} }

type crc struct {
	e      *crcEngine
	reg    uint64
	joined int64  // how long the part was that Join has seen last, for most are alike
	shift  uint64 // what a polynomial is multiplied with to get past that many bytes
}

func (c *crc) Write(b []byte) (int, error) {
	c.e.once.Do(c.e.prepare)
	switch {
	case c.e.fast != nil:
		c.reg = uint64(^crc32.Update(^uint32(c.reg), c.e.fast, b))
	case c.e.p.RefIn:
		c.reg = c.e.table.reflected(c.reg, b)
	default:
		c.reg = c.e.table.straight(c.reg, b)
	}
	return len(b), nil
}

func (t *crcTable) reflected(r uint64, b []byte) uint64 {
	for len(b) >= 16 {
		r ^= binary.LittleEndian.Uint64(b)
		h := binary.LittleEndian.Uint64(b[8:])
		r = t[15][byte(r)] ^ t[14][byte(r>>8)] ^ t[13][byte(r>>16)] ^ t[12][byte(r>>24)] ^
			t[11][byte(r>>32)] ^ t[10][byte(r>>40)] ^ t[9][byte(r>>48)] ^ t[8][byte(r>>56)] ^
			t[7][byte(h)] ^ t[6][byte(h>>8)] ^ t[5][byte(h>>16)] ^ t[4][byte(h>>24)] ^
			t[3][byte(h>>32)] ^ t[2][byte(h>>40)] ^ t[1][byte(h>>48)] ^ t[0][byte(h>>56)]
		b = b[16:]
	}
	for _, c := range b {
		r = r>>8 ^ t[0][byte(r)^c]
	}
	return r
}

func (t *crcTable) straight(r uint64, b []byte) uint64 {
	for len(b) >= 16 {
		r ^= binary.BigEndian.Uint64(b)
		h := binary.BigEndian.Uint64(b[8:])
		r = t[15][byte(r>>56)] ^ t[14][byte(r>>48)] ^ t[13][byte(r>>40)] ^ t[12][byte(r>>32)] ^
			t[11][byte(r>>24)] ^ t[10][byte(r>>16)] ^ t[9][byte(r>>8)] ^ t[8][byte(r)] ^
			t[7][byte(h>>56)] ^ t[6][byte(h>>48)] ^ t[5][byte(h>>40)] ^ t[4][byte(h>>32)] ^
			t[3][byte(h>>24)] ^ t[2][byte(h>>16)] ^ t[1][byte(h>>8)] ^ t[0][byte(h)]
		b = b[16:]
	}
	for _, c := range b {
		r = r<<8 ^ t[0][byte(r>>56)^c]
	}
	return r
}

func (c *crc) value() uint64 {
	p := c.e.p
	v := c.reg
	if !p.RefIn {
		v >>= 64 - p.Width
	}
	if p.RefIn != p.RefOut {
		v = bits.Reverse64(v) >> (64 - p.Width)
	}
	return v ^ p.XorOut
}

func (c *crc) Sum(b []byte) []byte { return appendBig(b, c.value(), c.Size()) }
func (c *crc) Reset()              { c.reg = c.e.init }
func (c *crc) Size() int           { return (c.e.p.Width + 7) / 8 }
func (c *crc) BlockSize() int      { return 1 }

// appendBig appends the low n bytes of v, the most significant first.
func appendBig(b []byte, v uint64, n int) []byte {
	var buf [8]byte
	binary.BigEndian.PutUint64(buf[:], v)
	return append(b, buf[8-n:]...)
}
