package checksum

import (
	"encoding/binary"
	"hash"
)

// darc is CRC-82/DARC (ETSI EN 300 751), the one entry of the catalogue that does not fit in 64 bits: reflected, start and
// final value 0.
type darc struct{ hi, lo uint64 }

// The polynomial 0x0308c0111011401440411, its 82 bits reflected.
const darcHi, darcLo = 0x22080, 0x8a00a2022200c430

var darcTable = func() (t [256]darc) {
	for i := range t {
		r := darc{0, uint64(i)}
		for range 8 {
			odd := -(r.lo & 1)
			r.lo = r.lo>>1 | r.hi<<63
			r.hi = r.hi>>1 ^ darcHi&odd
			r.lo ^= darcLo & odd
		}
		t[i] = r
	}
	return t
}()

func newDarc() hash.Hash { return new(darc) }

func (d *darc) Write(b []byte) (int, error) {
	hi, lo := d.hi, d.lo
	for _, c := range b {
		t := &darcTable[byte(lo)^c]
		lo = (lo>>8 | hi<<56) ^ t.lo
		hi = hi>>8 ^ t.hi
	}
	d.hi, d.lo = hi, lo
	return len(b), nil
}

func (d *darc) Sum(b []byte) []byte {
	return binary.BigEndian.AppendUint64(appendBig(b, d.hi, 3), d.lo)
}
func (d *darc) Reset()         { *d = darc{} }
func (d *darc) Size() int      { return 11 }
func (d *darc) BlockSize() int { return 1 }
