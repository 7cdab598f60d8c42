package pystruct

import "math"

// The narrow floats, IEEE 754 binary16 and binary32, to and from float64. NaNs are converted by hand: what the
// processor does to their payload differs between machines, and Python keeps only what is said here.

const (
	quietBit = 1 << 51 // of a float64 NaN
	infBits  = 0x7ff << 52
)

// singleToFloat widens a binary32. A NaN keeps its payload and becomes quiet.
func singleToFloat(u uint32) float64 {
	if u&0x7f800000 == 0x7f800000 && u&0x7fffff != 0 {
		return math.Float64frombits(uint64(u>>31)<<63 | infBits | uint64(u&0x7fffff)<<29 | quietBit)
	}
	return float64(math.Float32frombits(u))
}

// floatToSingle narrows, rounding to even. ok is false when a finite x becomes infinite.
func floatToSingle(x float64) (u uint32, ok bool) {
	if b := math.Float64bits(x); x != x {
		return uint32(b>>63)<<31 | 0x7fc00000 | uint32(b>>29)&0x3fffff, true
	}
	y := float32(x)
	return math.Float32bits(y), !math.IsInf(float64(y), 0) || math.IsInf(x, 0)
}

// HalfToFloat widens a binary16. Every NaN becomes the plain quiet NaN of its sign.
func HalfToFloat(h uint16) float64 {
	sign := uint64(h>>15) << 63
	exp, frac := h>>10&0x1f, h&0x3ff
	switch {
	case exp == 0x1f && frac != 0:
		return math.Float64frombits(sign | infBits | quietBit)
	case exp == 0x1f:
		return math.Float64frombits(sign | infBits)
	case exp == 0: // zero and subnormals: frac × 2⁻²⁴
		return math.Float64frombits(sign | math.Float64bits(float64(frac)*0x1p-24))
	}
	return math.Float64frombits(sign | uint64(exp+1023-15)<<52 | uint64(frac)<<42)
}

// FloatToHalf narrows, rounding to even. ok is false when a finite x is too large.
func FloatToHalf(x float64) (h uint16, ok bool) {
	b := math.Float64bits(x)
	sign := uint16(b>>63) << 15
	a := math.Abs(x)
	switch {
	case x != x:
		return sign | 0x7e00, true
	case math.IsInf(a, 1):
		return sign | 0x7c00, true
	case a >= 65520: // halfway between the largest half and the power of two above it
		return 0, false
	case a < 0x1p-14: // subnormal: a multiple of 2⁻²⁴; the scaling is exact, and 1024 of them is the smallest normal
		return sign | uint16(math.RoundToEven(a*0x1p24)), true
	}
	// The 42 fraction bits that do not fit are rounded away; a carry runs into the exponent, as it must.
	b &^= 1 << 63
	b += 1<<41 - 1 + b>>42&1
	return sign | uint16(b>>42-(1023-15)<<10), true
}
