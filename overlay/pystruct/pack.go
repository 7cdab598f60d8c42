package pystruct

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
)

// maxPack bounds what one call builds in memory.
const maxPack = 1 << 30

// The refusals of struct.pack that name no range.
var (
	errNotInt   = errors.New("required argument is not an integer")
	errNotFloat = errors.New("required argument is not a float")
	errNotChar  = errors.New("char format requires a bytes object of length 1")
	errRange    = errors.New("argument out of range")
	errTooLarge = errors.New("int too large to convert")
)

// Pack is struct.pack: the bytes of one record. Strings are cut or filled with zero bytes to their size, padding is zero.
func (f *Format) Pack(vs []Value) ([]byte, error) {
	if int64(len(vs)) != f.values {
		return nil, fmt.Errorf("pack expected %d items for packing (got %d)", f.values, len(vs))
	}
	if f.size > maxPack {
		return nil, fmt.Errorf("the record has %d bytes: more than %d are not packed at once", f.size, maxPack)
	}
	rec := make([]byte, f.size)
	return rec, f.packInto(rec, vs)
}

// PackInto is struct.pack_into: it writes one record at off, where a negative off counts from the end of b. Unlike
// there, b is unchanged when a value is refused.
func (f *Format) PackInto(b []byte, off int64, vs []Value) error {
	if int64(len(vs)) != f.values {
		return fmt.Errorf("pack_into expected %d items for packing (got %d)", f.values, len(vs))
	}
	off, err := f.CheckPackInto(int64(len(b)), off)
	if err != nil {
		return err
	}
	rec, err := f.Pack(vs)
	if err != nil {
		return err
	}
	copy(b[off:], rec)
	return nil
}

// packInto fills rec, which is zero.
func (f *Format) packInto(rec []byte, vs []Value) error {
	for i := range f.runs {
		r := &f.runs[i]
		for k := range r.n {
			at := r.off + k*r.size
			if r.op == opPascal && r.size == 0 {
				if err := r.check(vs[r.first]); err != nil {
					return err
				}
				// CPython writes the length byte -1 even where it has no room. Within the record that shows in
				// padding that follows, and is matched.
				if at < f.size {
					rec[at] = 0xff
				}
				continue
			}
			if err := r.put(rec[at:at+r.size], vs[r.first+k], f.order.native); err != nil {
				return err
			}
		}
	}
	return nil
}

// PackField is the bytes of value i alone, as [Format.Pack] would place them at [Field].Off.
func (f *Format) PackField(i int64, v Value) ([]byte, error) {
	r := f.runOf(i)
	if r.size > maxPack {
		return nil, fmt.Errorf("field %s has %d bytes: more than %d are not packed at once", f.Name(i), r.size, maxPack)
	}
	b := make([]byte, r.size)
	return b, r.put(b, v, f.order.native)
}

// put writes v to b, which has the size of one value and is zero where a short string leaves it alone.
func (r *run) put(b []byte, v Value, native bool) error {
	if err := r.check(v); err != nil {
		return err
	}
	switch r.op {
	case opBool:
		b[0] = 0
		if v.Bool() {
			b[0] = 1
		}
		return nil
	case opChar, opString:
		copy(b, v.str)
		return nil
	case opPascal:
		if len(b) > 0 {
			b[0] = byte(min(copy(b[1:], v.str), 255))
		}
		return nil
	}
	if r.isFloat() {
		return r.putFloat(b, v, native)
	}
	putUint(b, v.bits, r.bigEndian())
	return nil
}

func (r *run) putFloat(b []byte, v Value, native bool) error {
	x, _ := v.Float64()
	bits, ok := math.Float64bits(x), true
	switch len(b) {
	case 2:
		var h uint16
		h, ok = FloatToHalf(x)
		bits = uint64(h)
	case 4:
		var u uint32
		u, ok = floatToSingle(x)
		bits = uint64(u)
		ok = ok || native // a C cast, which makes infinity
	}
	switch {
	case !ok && v.isInt():
		return errTooLarge
	case !ok:
		return fmt.Errorf("float too large to pack with %c format", r.code)
	}
	putUint(b, bits, r.bigEndian())
	return nil
}

func (r *run) isFloat() bool { return r.op >= opF16LE && r.op <= opF64BE }

// bigEndian: the ops alternate little, big from opI16LE to opF64BE.
func (r *run) bigEndian() bool {
	return r.op >= opI16LE && r.op <= opF64BE && (r.op-opI16LE)%2 == 1
}

// putUint writes the low bytes of u.
func putUint(b []byte, u uint64, big bool) {
	var w [8]byte
	if big {
		binary.BigEndian.PutUint64(w[:], u)
		copy(b, w[8-len(b):])
		return
	}
	binary.LittleEndian.PutUint64(w[:], u)
	copy(b, w[:])
}

// check refuses values of the wrong type or range in CPython's words. Overflow of floats is left to putFloat.
func (r *run) check(v Value) error {
	switch r.op {
	case opBool:
		return nil
	case opChar:
		if v.kind != KindBytes || len(v.str) != 1 {
			return errNotChar
		}
		return nil
	case opString, opPascal:
		if v.kind != KindBytes {
			return fmt.Errorf("argument for '%c' must be a bytes object", r.code)
		}
		return nil
	}
	if r.isFloat() {
		if v.kind == KindBytes {
			return errNotFloat
		}
		return nil
	}
	if !v.isInt() {
		return errNotInt
	}
	if lo, hi := r.limits(); v.neg && int64(v.bits) < lo || !v.neg && v.bits > hi {
		return r.rangeError(v.neg, !v.neg && v.bits > math.MaxInt64)
	}
	return nil
}

// limits are the smallest and the largest int the field holds.
func (r *run) limits() (lo int64, hi uint64) {
	bits := uint(r.size * 8)
	switch {
	case r.code == 'P': // takes both signs
		return math.MinInt64, math.MaxUint64
	case r.code >= 'a': // the small letters are signed
		return -1 << (bits - 1), 1<<(bits-1) - 1
	}
	return 0, math.MaxUint64 >> (64 - bits)
}

// rangeError is what CPython says of an int that does not fit: first the conversion to C's long (or unsigned long) may
// fail, then the range of the field. Which of them and which words depends on whether its own routine for the code
// packs it, or the general one, as for the big-endian and the 4-byte 'l' and 'L'. above says that the int is above
// 2⁶³-1.
func (r *run) rangeError(neg, above bool) error {
	big := r.bigEndian()
	signed := r.code >= 'a'
	switch r.code {
	case 'P':
		return errTooLarge
	case 'b', 'B':
		if above {
			return errRange
		}
	case 'H':
		if !big && above || big && neg {
			return errRange
		}
	default:
		switch {
		case r.size == 8 && big:
			return errTooLarge
		case r.size == 8 || signed && above || !signed && neg:
			return errRange
		}
	}
	lo, hi := r.limits()
	name := fmt.Sprintf("'%c'", r.code)
	if !big || r.size == 1 {
		switch r.code {
		case 'b':
			name = "byte"
		case 'B':
			name = "ubyte"
		case 'h':
			name = "short"
		case 'H':
			name = "ushort"
		}
	}
	return fmt.Errorf("%s format requires %d <= number <= %d", name, lo, hi)
}

// fromBig is an int of any size as a value for a field of numbers.
func (r *run) fromBig(n *big.Int, native bool) (Value, error) {
	switch {
	case n.IsInt64():
		return Int(n.Int64()), nil
	case n.IsUint64():
		return Uint(n.Uint64()), nil
	case r.op == opBool:
		return Bool(true), nil
	case r.isFloat():
		x, _ := new(big.Float).SetInt(n).Float64()
		if math.IsInf(x, 0) {
			return Value{}, errNotFloat // CPython's conversion to float fails, and it says no more than this
		}
		if _, ok := floatToSingle(x); r.size == 2 || r.size == 4 && !ok && !native {
			return Value{}, errTooLarge
		}
		return Float(x), nil
	case r.code == 'P' || r.size == 8 && r.bigEndian():
		return Value{}, errTooLarge
	}
	return Value{}, errRange
}
