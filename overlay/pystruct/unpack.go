package pystruct

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// maxUnpack is how many values [Format.Unpack] holds at once (512 MiB of them). Longer records are listed piecewise
// with [Format.AppendFields].
const maxUnpack = 1 << 24

// errZeroPascal: CPython fails on it with a SystemError ("Negative size passed to PyBytes_FromStringAndSize").
var errZeroPascal = errors.New("'0p' cannot be unpacked: there is no room for its length byte")

// Unpack reads one record from the start of b, as struct.unpack_from(f, b). b may be longer than the record.
func (f *Format) Unpack(b []byte) ([]Value, error) {
	return f.UnpackFrom(b, 0)
}

// UnpackFrom reads one record from off on, as struct.unpack_from(f, b, off). A negative off counts from the end of b.
func (f *Format) UnpackFrom(b []byte, off int64) ([]Value, error) {
	off, err := f.CheckUnpackFrom(int64(len(b)), off)
	if err != nil {
		return nil, err
	}
	if f.values > maxUnpack {
		return nil, fmt.Errorf("the record has %d values: more than %d are not unpacked at once", f.values, maxUnpack)
	}
	return f.AppendUnpack(make([]Value, 0, f.values), b[off:off+f.size])
}

// AppendUnpack appends the values of the record at the start of rec to dst.
func (f *Format) AppendUnpack(dst []Value, rec []byte) ([]Value, error) {
	if int64(len(rec)) < f.size {
		return dst, fmt.Errorf("unpack requires a buffer of %d bytes", f.size)
	}
	for i := range f.runs {
		r := &f.runs[i]
		if r.op == opPascal && r.size == 0 {
			return dst, errZeroPascal
		}
		dst = r.appendValues(dst, rec[r.off:r.off+r.n*r.size], r.n)
	}
	return dst, nil
}

// AppendIter appends the values of all records in b, as struct.iter_unpack(f, b).
func (f *Format) AppendIter(dst []Value, b []byte) ([]Value, error) {
	n, err := f.CheckIter(int64(len(b)))
	if err != nil || n == 0 {
		return dst, err
	}
	if f.values <= maxUnpack/n {
		dst = slices.Grow(dst, int(n*f.values))
	}
	for ; n > 0; n-- {
		if dst, err = f.AppendUnpack(dst, b[:f.size]); err != nil {
			return dst, err
		}
		b = b[f.size:]
	}
	return dst, nil
}

// AppendFields appends n values of a record, from value first on. b holds the record's bytes from base on and must
// reach to the end of the last value asked for; so the middle of a record too long to be read whole can be listed.
func (f *Format) AppendFields(dst []Value, b []byte, base, first, n int64) ([]Value, error) {
	for n > 0 {
		r := f.runOf(first)
		k := first - r.first
		m := min(n, r.n-k)
		start, end := r.off+k*r.size, r.off+(k+m)*r.size
		if start < base || end-base > int64(len(b)) {
			return dst, fmt.Errorf("value %d lies at bytes %d–%d of the record; %d–%d were read", first, start, end, base, base+int64(len(b)))
		}
		if r.op == opPascal && r.size == 0 {
			return dst, errZeroPascal
		}
		dst = r.appendValues(dst, b[start-base:end-base], m)
		first, n = first+m, n-m
	}
	return dst, nil
}

// UnpackField reads value i from b, which holds the bytes of that field alone ([Field].Off to Off+Size of the record).
// For 's' and 'p' b may be a shorter prefix of them, when the whole is not wanted; the value is then as short.
func (f *Format) UnpackField(i int64, b []byte) (Value, error) {
	r := f.runOf(i)
	switch r.op {
	case opString:
		return Bytes(b[:min(r.size, int64(len(b)))]), nil
	case opPascal:
		return pascal(b[:min(r.size, int64(len(b)))]), nil
	}
	if int64(len(b)) < r.size {
		return Value{}, fmt.Errorf("field %s needs %d bytes, there are %d", f.Name(i), r.size, len(b))
	}
	var one [1]Value
	return r.appendValues(one[:0], b[:r.size], 1)[0], nil
}

// appendValues appends the n values in b, which holds exactly them.
func (r *run) appendValues(dst []Value, b []byte, n int64) []Value {
	le, be := binary.LittleEndian, binary.BigEndian
	switch r.op {
	case opI8:
		for _, c := range b {
			dst = append(dst, Int(int64(int8(c))))
		}
	case opU8:
		for _, c := range b {
			dst = append(dst, Uint(uint64(c)))
		}
	case opBool:
		for _, c := range b {
			dst = append(dst, Bool(c != 0))
		}
	case opChar:
		for i := range b {
			dst = append(dst, Bytes(b[i:i+1]))
		}
	case opString:
		dst = append(dst, Bytes(b))
	case opPascal:
		dst = append(dst, pascal(b))
	case opI16LE:
		for ; len(b) >= 2; b = b[2:] {
			dst = append(dst, Int(int64(int16(le.Uint16(b)))))
		}
	case opI16BE:
		for ; len(b) >= 2; b = b[2:] {
			dst = append(dst, Int(int64(int16(be.Uint16(b)))))
		}
	case opU16LE:
		for ; len(b) >= 2; b = b[2:] {
			dst = append(dst, Uint(uint64(le.Uint16(b))))
		}
	case opU16BE:
		for ; len(b) >= 2; b = b[2:] {
			dst = append(dst, Uint(uint64(be.Uint16(b))))
		}
	case opI32LE:
		for ; len(b) >= 4; b = b[4:] {
			dst = append(dst, Int(int64(int32(le.Uint32(b)))))
		}
	case opI32BE:
		for ; len(b) >= 4; b = b[4:] {
			dst = append(dst, Int(int64(int32(be.Uint32(b)))))
		}
	case opU32LE:
		for ; len(b) >= 4; b = b[4:] {
			dst = append(dst, Uint(uint64(le.Uint32(b))))
		}
	case opU32BE:
		for ; len(b) >= 4; b = b[4:] {
			dst = append(dst, Uint(uint64(be.Uint32(b))))
		}
	case opI64LE:
		for ; len(b) >= 8; b = b[8:] {
			dst = append(dst, Int(int64(le.Uint64(b))))
		}
	case opI64BE:
		for ; len(b) >= 8; b = b[8:] {
			dst = append(dst, Int(int64(be.Uint64(b))))
		}
	case opU64LE:
		for ; len(b) >= 8; b = b[8:] {
			dst = append(dst, Uint(le.Uint64(b)))
		}
	case opU64BE:
		for ; len(b) >= 8; b = b[8:] {
			dst = append(dst, Uint(be.Uint64(b)))
		}
	case opF16LE:
		for ; len(b) >= 2; b = b[2:] {
			dst = append(dst, Float(HalfToFloat(le.Uint16(b))))
		}
	case opF16BE:
		for ; len(b) >= 2; b = b[2:] {
			dst = append(dst, Float(HalfToFloat(be.Uint16(b))))
		}
	case opF32LE:
		for ; len(b) >= 4; b = b[4:] {
			dst = append(dst, Float(singleToFloat(le.Uint32(b))))
		}
	case opF32BE:
		for ; len(b) >= 4; b = b[4:] {
			dst = append(dst, Float(singleToFloat(be.Uint32(b))))
		}
	case opF64LE:
		for ; len(b) >= 8; b = b[8:] {
			dst = append(dst, Float(math.Float64frombits(le.Uint64(b))))
		}
	case opF64BE:
		for ; len(b) >= 8; b = b[8:] {
			dst = append(dst, Float(math.Float64frombits(be.Uint64(b))))
		}
	}
	return dst
}

// pascal reads a Pascal string: a length byte, then at most the rest of the field.
func pascal(b []byte) Value {
	if len(b) == 0 {
		return Bytes(nil)
	}
	return Bytes(b[1:][:min(int(b[0]), len(b)-1)])
}
