package pystruct

import (
	"encoding/hex"
	"math"
	"strconv"
)

// Kind is the Python type of a [Value].
type Kind uint8

const (
	KindInt   Kind = iota // int, -2⁶³ … 2⁶⁴-1
	KindFloat             // float
	KindBool              // bool
	KindBytes             // bytes
)

// Value is one unpacked value. The zero Value is the int 0.
type Value struct {
	bits uint64 // the int in two's complement, the float's bits, or 0 and 1
	str  string // the bytes
	kind Kind
	neg  bool // the int is negative
}

func Int(v int64) Value     { return Value{bits: uint64(v), neg: v < 0} }
func Uint(v uint64) Value   { return Value{bits: v} }
func Float(v float64) Value { return Value{kind: KindFloat, bits: math.Float64bits(v)} }
func Bytes(b []byte) Value  { return Value{kind: KindBytes, str: string(b)} }
func Bool(v bool) Value {
	if v {
		return Value{kind: KindBool, bits: 1}
	}
	return Value{kind: KindBool}
}

func (v Value) Kind() Kind { return v.kind }

// Int64 is the value of an int or a bool; ok is false for other kinds and for ints of 2⁶³ and more.
func (v Value) Int64() (n int64, ok bool) {
	return int64(v.bits), v.isInt() && (v.neg || v.bits <= math.MaxInt64)
}

// Uint64 is the value of an int or a bool; ok is false for other kinds and for negative ints.
func (v Value) Uint64() (n uint64, ok bool) { return v.bits, v.isInt() && !v.neg }

// isInt: a Python bool is an int.
func (v Value) isInt() bool { return v.kind == KindInt || v.kind == KindBool }

// Float64 is the value of a float, or of an int or bool rounded to one; ok is false for bytes.
func (v Value) Float64() (x float64, ok bool) {
	switch {
	case v.kind == KindFloat:
		return math.Float64frombits(v.bits), true
	case v.kind == KindBytes:
		return 0, false
	case v.neg:
		return float64(int64(v.bits)), true
	}
	return float64(v.bits), true
}

// Bool is Python's truth value of v: not zero, not empty.
func (v Value) Bool() bool {
	switch v.kind {
	case KindFloat:
		return math.Float64frombits(v.bits) != 0
	case KindBytes:
		return v.str != ""
	}
	return v.bits != 0
}

// Bytes is a copy of the value of a bytes value, nil for other kinds.
func (v Value) Bytes() []byte {
	if v.kind != KindBytes {
		return nil
	}
	return []byte(v.str)
}

// String is repr(value) of Python: 3, 1.5, True, b'..'.
func (v Value) String() string { return string(v.AppendRepr(nil)) }

// AppendRepr appends repr(value) of Python.
func (v Value) AppendRepr(dst []byte) []byte {
	switch v.kind {
	case KindFloat:
		return appendFloat(dst, math.Float64frombits(v.bits))
	case KindBool:
		if v.bits != 0 {
			return append(dst, "True"...)
		}
		return append(dst, "False"...)
	case KindBytes:
		return appendBytesRepr(dst, v.str)
	}
	return v.appendInt(dst)
}

// JSON is the value as the headless verbs print it.
func (v Value) JSON() []byte { return v.AppendJSON(nil) }

// AppendJSON appends the value as JSON: ints exact, floats in the shortest form that reads back as the same float,
// {"float":"nan"|"inf"|"-inf"}, true and false, {"bytes":"lower-case hex"}.
func (v Value) AppendJSON(dst []byte) []byte {
	switch v.kind {
	case KindFloat:
		x := math.Float64frombits(v.bits)
		if math.IsInf(x, 0) || math.IsNaN(x) {
			dst = append(dst, `{"float":"`...)
			dst = appendFloat(dst, x)
			return append(dst, `"}`...)
		}
		return appendFloat(dst, x)
	case KindBool:
		return strconv.AppendBool(dst, v.bits != 0)
	case KindBytes:
		dst = append(dst, `{"bytes":"`...)
		dst = hex.AppendEncode(dst, []byte(v.str))
		return append(dst, `"}`...)
	}
	return v.appendInt(dst)
}

func (v Value) appendInt(dst []byte) []byte {
	if v.neg {
		return strconv.AppendInt(dst, int64(v.bits), 10)
	}
	return strconv.AppendUint(dst, v.bits, 10)
}

// appendFloat is repr(float): the shortest digits that read back, with an exponent below 1e-4 and from 1e16 on.
func appendFloat(dst []byte, x float64) []byte {
	switch {
	case math.IsNaN(x):
		return append(dst, "nan"...)
	case math.IsInf(x, 1):
		return append(dst, "inf"...)
	case math.IsInf(x, -1):
		return append(dst, "-inf"...)
	}
	if a := math.Abs(x); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(dst, x, 'e', -1, 64)
	}
	n := len(dst)
	dst = strconv.AppendFloat(dst, x, 'f', -1, 64)
	for _, c := range dst[n:] {
		if c == '.' {
			return dst
		}
	}
	return append(dst, ".0"...)
}

// appendBytesRepr is repr(bytes).
func appendBytesRepr(dst []byte, s string) []byte {
	const digits = "0123456789abcdef"
	quote := byte('\'')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' {
			quote = '\''
			break
		}
		if s[i] == '\'' {
			quote = '"'
		}
	}
	dst = append(dst, 'b', quote)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == quote || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < ' ' || c >= 0x7f:
			dst = append(dst, '\\', 'x', digits[c>>4], digits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, quote)
}
