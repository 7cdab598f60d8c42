package expr

import (
	"math"
	"math/big"
	"unsafe"
)

// A Value is one value of the language; the zero Value is null. Values are immutable. Making one of an integer in 64
// bits, a float, a boolean, a string, a byte array or an object allocates nothing beside it.
type Value struct {
	kind Kind
	high bool   // of an integer without a big one: n is unsigned and at least 2^63
	n    uint64 // integer in two's complement, bits of a float, 1 for true, length of a string or byte array
	ref  any    // *big.Int, *byte (string, byte array), *lossy, Enum, *bigEnum, Array, Object, Stream
}

// A lossy is a string whose bytes its encoding could not decode all.
type lossy struct {
	text string
	raw  []byte
}

// A bigEnum is an enum's integer that does not fit 64 bits.
type bigEnum struct {
	enum Enum
	n    *big.Int
}

// IntValue makes an integer.
func IntValue(n int64) Value { return Value{kind: Int, n: uint64(n)} }

// UintValue makes an integer.
func UintValue(n uint64) Value { return Value{kind: Int, n: n, high: n > math.MaxInt64} }

// BigValue makes an integer; b must not change afterwards.
func BigValue(b *big.Int) Value {
	switch {
	case b.IsInt64():
		return IntValue(b.Int64())
	case b.IsUint64():
		return UintValue(b.Uint64())
	}
	return Value{kind: Int, ref: b}
}

// FloatValue makes a float.
func FloatValue(f float64) Value { return Value{kind: Float, n: math.Float64bits(f)} }

// BoolValue makes a boolean.
func BoolValue(b bool) Value {
	if b {
		return Value{kind: Bool, n: 1}
	}
	return Value{kind: Bool}
}

// StrValue makes a string of UTF-8 text.
func StrValue(s string) Value { return Value{kind: Str, n: uint64(len(s)), ref: unsafe.StringData(s)} }

// LossyStrValue makes a string that could not be decoded wholly: text has U+FFFD where raw, the bytes it was made of,
// could not be read.
func LossyStrValue(text string, raw []byte) Value {
	return Value{kind: Str, ref: &lossy{text, raw}}
}

// BytesValue makes a byte array; b must not change afterwards.
func BytesValue(b []byte) Value {
	return Value{kind: Bytes, n: uint64(len(b)), ref: unsafe.SliceData(b)}
}

// EnumValue makes a value of an enum of an integer, which need not have a name in it.
func EnumValue(e Enum, n Value) Value {
	if b, ok := n.ref.(*big.Int); ok {
		return Value{kind: EnumOf, ref: &bigEnum{e, b}}
	}
	return Value{kind: EnumOf, n: n.n, high: n.high, ref: e}
}

// ArrayValue makes an array.
func ArrayValue(a Array) Value { return Value{kind: ArrayOf, ref: a} }

// ObjectValue makes an object of a user type.
func ObjectValue(o Object) Value { return Value{kind: ClassOf, ref: o} }

// StreamValue makes a stream.
func StreamValue(s Stream) Value { return Value{kind: StreamOf, ref: s} }

// Kind is the sort of the value, Null for null.
func (v Value) Kind() Kind { return v.kind }

// IsNull tells whether the value is null.
func (v Value) IsNull() bool { return v.kind == Null }

// Int64 gives an integer or an enum's integer that fits, else false.
func (v Value) Int64() (int64, bool) {
	if v.kind != Int && v.kind != EnumOf || v.high || v.isBig() {
		return 0, false
	}
	return int64(v.n), true
}

// Uint64 gives an integer or an enum's integer that fits, else false.
func (v Value) Uint64() (uint64, bool) {
	if v.kind != Int && v.kind != EnumOf || !v.high && int64(v.n) < 0 || v.isBig() {
		return 0, false
	}
	return v.n, true
}

// isBig tells whether an integer or enum is kept in a big.Int.
func (v Value) isBig() bool {
	if v.kind == Int {
		return v.ref != nil
	}
	_, big := v.ref.(*bigEnum)
	return big
}

// Big gives an integer or an enum's integer, nil of any other value. It must not be changed.
func (v Value) Big() *big.Int {
	if v.kind != Int && v.kind != EnumOf {
		return nil
	}
	switch r := v.ref.(type) {
	case *big.Int:
		return r
	case *bigEnum:
		return r.n
	}
	if v.high {
		return new(big.Int).SetUint64(v.n)
	}
	return big.NewInt(int64(v.n))
}

// Int is the integer of an enum, and an integer itself.
func (v Value) Int() Value {
	if b, ok := v.ref.(*bigEnum); ok {
		return Value{kind: Int, ref: b.n}
	}
	if v.kind == EnumOf {
		return Value{kind: Int, n: v.n, high: v.high}
	}
	return v
}

// Float gives a float, or an integer as the nearest float; 0 of any other value.
func (v Value) Float() float64 {
	switch {
	case v.kind == Float:
		return math.Float64frombits(v.n)
	case v.kind != Int && v.kind != EnumOf:
		return 0
	case v.isBig():
		f, _ := new(big.Float).SetInt(v.Big()).Float64()
		return f
	case v.high:
		return float64(v.n)
	}
	return float64(int64(v.n))
}

// Bool tells whether the value is true.
func (v Value) Bool() bool { return v.kind == Bool && v.n != 0 }

// Str gives the text of a string, "" of any other value.
func (v Value) Str() string {
	if v.kind != Str {
		return ""
	}
	switch r := v.ref.(type) {
	case *byte:
		return unsafe.String(r, int(v.n))
	case *lossy:
		return r.text
	}
	return ""
}

// Lossy gives the bytes of a string that could not be decoded wholly.
func (v Value) Lossy() (raw []byte, lost bool) {
	if r, ok := v.ref.(*lossy); ok {
		return r.raw, true
	}
	return nil, false
}

// Bytes gives a byte array, nil of any other value. It must not be changed.
func (v Value) Bytes() []byte {
	if v.kind != Bytes {
		return nil
	}
	p, _ := v.ref.(*byte)
	return unsafe.Slice(p, int(v.n))
}

// Enum gives the enum of an enum's value, else nil.
func (v Value) Enum() Enum {
	if v.kind != EnumOf {
		return nil
	}
	if b, ok := v.ref.(*bigEnum); ok {
		return b.enum
	}
	e, _ := v.ref.(Enum)
	return e
}

// Array gives an array, else nil.
func (v Value) Array() Array {
	if v.kind != ArrayOf {
		return nil
	}
	a, _ := v.ref.(Array)
	return a
}

// Object gives an object, else nil.
func (v Value) Object() Object {
	if v.kind != ClassOf {
		return nil
	}
	o, _ := v.ref.(Object)
	return o
}

// Stream gives a stream, else nil.
func (v Value) Stream() Stream {
	if v.kind != StreamOf {
		return nil
	}
	s, _ := v.ref.(Stream)
	return s
}

// size is about how many bytes the value has beside itself.
func (v Value) size() int {
	switch v.kind {
	case Int:
		if v.ref != nil {
			return 8 * words(v)
		}
	case Str:
		return len(v.Str())
	case Bytes:
		return int(v.n)
	}
	return 0
}
