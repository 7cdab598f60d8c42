package packet

import (
	"math"
	"math/bits"
	"time"
)

// A timeUnit is what an interface counts time in.
type timeUnit struct {
	resol  byte  // if_tsresol: 10^-n, or 2^-n with the top bit
	offset int64 // seconds
}

var microseconds = timeUnit{resol: 6}

var powers = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19}

// nanoseconds converts a count of units since 1970; NoTime where the result does not fit (after 2262).
func (u timeUnit) nanoseconds(ticks uint64) int64 {
	var ns uint64
	n := int(u.resol & 0x7f)
	switch {
	case u.resol&0x80 != 0:
		hi, lo := bits.Mul64(ticks, 1e9)
		switch {
		case n >= 128:
			ns = 0
		case n >= 64:
			ns = hi >> (n - 64)
		case hi>>n != 0:
			return NoTime
		default:
			ns = hi<<(64-n) | lo>>n
		}
	case n <= 9:
		hi, lo := bits.Mul64(ticks, powers[9-n])
		if hi != 0 {
			return NoTime
		}
		ns = lo
	case n-9 < len(powers):
		ns = ticks / powers[n-9]
	}
	if ns > math.MaxInt64 {
		return NoTime
	}
	hi, lo := bits.Mul64(uint64(max(u.offset, -u.offset)), 1e9)
	if hi != 0 || lo > math.MaxInt64 {
		return NoTime
	}
	off := int64(lo)
	if u.offset < 0 {
		off = -off
	}
	if t := int64(ns) + off; off >= 0 == (t >= int64(ns)) {
		return t
	}
	return NoTime
}

// Time is a record's time; ok is false where the capture tells none.
func (r Record) When() (t time.Time, ok bool) {
	if r.Time == NoTime {
		return time.Time{}, false
	}
	return time.Unix(0, r.Time).UTC(), true
}
