package expr

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// kinds is a set of kinds that an argument may have.
type kinds uint16

func oneOf(ks ...Kind) (s kinds) {
	for _, k := range ks {
		s |= 1 << k
	}
	return s
}

func (s kinds) has(k Kind) bool { return s&(1<<k) != 0 }

// A method is what may follow the dot after a value that is no object.
type method struct {
	name     string
	args     []kinds // nil: without parentheses
	optional bool    // the parentheses may be empty or absent
	literal  bool    // the argument has to be a constant
	result   func(of Type) Type
	run      func(f *Frame, v Value, args []Value) (Value, error)
}

func (m *method) signature() string {
	var s []string
	for _, ks := range m.args {
		var names []string
		for k := range Kind(len(kindNames)) {
			if ks.has(k) {
				names = append(names, k.String())
			}
		}
		s = append(s, strings.Join(names, " or "))
	}
	return strings.Join(s, ", ")
}

func gives(t Type) func(Type) Type { return func(Type) Type { return t } }

var (
	aByte   = gives(Type{Kind: Int, Bits: 8, Unsigned: true})
	anInt   = gives(Type{Kind: Int})
	aString = gives(Type{Kind: Str})
	element = func(of Type) Type { return of.elem() }
)

// methods holds them by the kind of the value, in the order that completion shows.
var methods map[Kind][]*method

func init() {
	methods = map[Kind][]*method{
		Int:   {{name: "to_s", result: aString, run: intToS}},
		Float: {{name: "to_i", result: anInt, run: floatToI}},
		Bool: {{name: "to_i", result: anInt, run: func(f *Frame, v Value, args []Value) (Value, error) {
			return IntValue(int64(v.n)), nil
		}}},
		EnumOf: {{name: "to_i", result: anInt, run: func(f *Frame, v Value, args []Value) (Value, error) {
			return v.Int(), nil
		}}},
		Str: {
			{name: "length", result: anInt, run: strLength},
			{name: "reverse", result: aString, run: strReverse},
			{name: "substring", args: []kinds{oneOf(Int), oneOf(Int)}, result: aString, run: strSubstring},
			{name: "to_i", args: []kinds{oneOf(Int)}, optional: true, result: anInt, run: strToI},
			{name: "to_b", args: []kinds{oneOf(Str)}, literal: true, result: gives(Type{Kind: Bytes}), run: strToB},
		},
		Bytes: {
			{name: "length", result: anInt, run: bytesLength},
			{name: "size", result: anInt, run: bytesLength},
			{name: "first", result: aByte, run: bytesFirst},
			{name: "last", result: aByte, run: bytesLast},
			{name: "min", result: aByte, run: bytesMin},
			{name: "max", result: aByte, run: bytesMax},
			{name: "to_s", args: []kinds{oneOf(Str)}, literal: true, result: aString, run: bytesToS},
			{name: "index_of", args: []kinds{oneOf(Int, Bytes)}, result: anInt, run: bytesIndexOf},
		},
		ArrayOf: {
			{name: "size", result: anInt, run: arraySize},
			{name: "first", result: element, run: arrayFirst},
			{name: "last", result: element, run: arrayLast},
			{name: "min", result: element, run: arrayMin},
			{name: "max", result: element, run: arrayMax},
		},
		StreamOf: {
			{name: "pos", result: anInt, run: streamPos},
			{name: "size", result: anInt, run: streamSize},
			{name: "eof", result: gives(Type{Kind: Bool}), run: streamEOF},
		},
	}
}

func findMethod(k Kind, name string) (*method, bool) {
	for _, m := range methods[k] {
		if m.name == name {
			return m, true
		}
	}
	return nil, false
}

func methodNames(k Kind) []string {
	var names []string
	for _, m := range methods[k] {
		names = append(names, m.name)
	}
	return names
}

func intToS(f *Frame, v Value, args []Value) (Value, error) { return StrValue(intText(v)), nil }

func intText(v Value) string {
	if n, ok := v.Int64(); ok {
		return strconv.FormatInt(n, 10)
	}
	return v.Big().String()
}

func floatToI(f *Frame, v Value, args []Value) (Value, error) {
	x := math.Trunc(v.Float())
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return Value{}, failf("%v is no integer", x)
	case math.Abs(x) < 1<<62:
		return IntValue(int64(x)), nil
	}
	b, _ := big.NewFloat(x).Int(nil)
	return BigValue(b), nil
}

func strLength(f *Frame, v Value, args []Value) (Value, error) {
	return IntValue(int64(utf8.RuneCountInString(v.Str()))), nil
}

func strReverse(f *Frame, v Value, args []Value) (Value, error) {
	s := v.Str()
	out := make([]byte, len(s))
	for at := len(s); len(s) > 0; {
		_, n := utf8.DecodeRuneInString(s)
		at -= n
		copy(out[at:], s[:n])
		s = s[n:]
	}
	return StrValue(string(out)), nil
}

// strSubstring counts code points; what lies behind the end is cut off.
func strSubstring(f *Frame, v Value, args []Value) (Value, error) {
	s := v.Str()
	from, err := position(args[0], len(s))
	if err != nil {
		return Value{}, err
	}
	to, err := position(args[1], len(s))
	if err != nil {
		return Value{}, err
	}
	if from >= to {
		return StrValue(""), nil
	}
	start, end, n := len(s), len(s), 0
	for i := range s {
		if n == from {
			start = i
		}
		if n == to {
			end = i
			break
		}
		n++
	}
	return StrValue(s[start:end]), nil
}

// position is an integer that counts from 0, cut to most.
func position(v Value, most int) (int, error) {
	n, ok := v.Int64()
	switch {
	case ok && n < 0, !ok && v.Big().Sign() < 0:
		return 0, &Error{"IndexError", fmt.Sprintf("%s counts from before the string", shorten(v))}
	case !ok || n > int64(most):
		return most, nil
	}
	return int(n), nil
}

// strToI reads a whole number as Python's int() does: blank around it, a sign, "_" between digits, and before digits of
// base 2, 8 and 16 the prefix of a literal.
func strToI(f *Frame, v Value, args []Value) (Value, error) {
	base := int64(10)
	if len(args) > 0 {
		var ok bool
		if base, ok = args[0].Int64(); !ok || base < 2 || base > 36 {
			return Value{}, failf("to_i with a base of %s (2 to 36)", shorten(args[0]))
		}
	}
	s := strings.TrimSpace(v.Str())
	bad := &Error{"ConversionError", fmt.Sprintf("%s is no integer of base %d", excerpt(v.Str()), base)}
	digits, sign := s, ""
	if digits != "" && (digits[0] == '-' || digits[0] == '+') {
		digits, sign = digits[1:], digits[:1]
	}
	if len(digits) > 2 && digits[0] == '0' {
		if at := strings.IndexByte("__b_____o_______x", digits[1]|0x20); int64(at) == base && digits[1] != '_' {
			digits = strings.TrimPrefix(digits[2:], "_")
		}
	}
	if digits == "" || digits[0] == '_' || digits[len(digits)-1] == '_' || strings.Contains(digits, "__") ||
		digits[0] == '+' || digits[0] == '-' {
		return Value{}, bad
	}
	digits = strings.ReplaceAll(digits, "_", "")
	if n, err := strconv.ParseInt(sign+digits, int(base), 64); err == nil {
		return IntValue(n), nil
	}
	for i := range len(digits) {
		c := digits[i]
		d := int64(99)
		switch {
		case isDigit(c):
			d = int64(c - '0')
		case isLetter(c):
			d = int64(c|0x20-'a') + 10
		}
		if d >= base {
			return Value{}, bad
		}
	}
	if len(digits) > maxDigits {
		return Value{}, limitf("to_i of %d digits", len(digits))
	}
	b, ok := new(big.Int).SetString(digits, int(base))
	if !ok {
		return Value{}, bad
	}
	if sign == "-" {
		b.Neg(b)
	}
	return BigValue(b), nil
}

func strToB(f *Frame, v Value, args []Value) (Value, error) {
	if f.Encode == nil {
		return Value{}, failf("to_b can't be used here")
	}
	return f.Encode(args[0].Str(), v.Str())
}

func bytesToS(f *Frame, v Value, args []Value) (Value, error) {
	if f.Decode == nil {
		return Value{}, failf("to_s can't be used here")
	}
	return f.Decode(args[0].Str(), v.Bytes())
}

func bytesLength(f *Frame, v Value, args []Value) (Value, error) {
	return IntValue(int64(len(v.Bytes()))), nil
}

func byteAt(v Value, i int) (Value, error) {
	b := v.Bytes()
	if i < 0 || i >= len(b) {
		return Value{}, &Error{"IndexError", fmt.Sprintf("index %d of %d bytes", max(i, 0), len(b))}
	}
	return IntValue(int64(b[i])), nil
}

func bytesFirst(f *Frame, v Value, args []Value) (Value, error) { return byteAt(v, 0) }

func bytesLast(f *Frame, v Value, args []Value) (Value, error) { return byteAt(v, len(v.Bytes())-1) }

func bytesMin(f *Frame, v Value, args []Value) (Value, error) { return bytesMost(v, -1) }

func bytesMax(f *Frame, v Value, args []Value) (Value, error) { return bytesMost(v, 1) }

func bytesMost(v Value, sign int) (Value, error) {
	b := v.Bytes()
	if len(b) == 0 {
		return byteAt(v, 0)
	}
	best := int(b[0])
	for _, c := range b {
		if (int(c)-best)*sign > 0 {
			best = int(c)
		}
	}
	return IntValue(int64(best)), nil
}

// bytesIndexOf is where a byte or a byte array begins first, -1 if nowhere.
func bytesIndexOf(f *Frame, v Value, args []Value) (Value, error) {
	if args[0].Kind() == Bytes {
		return IntValue(int64(bytes.Index(v.Bytes(), args[0].Bytes()))), nil
	}
	if n, ok := args[0].Int64(); ok && 0 <= n && n <= 255 {
		return IntValue(int64(bytes.IndexByte(v.Bytes(), byte(n)))), nil
	}
	return IntValue(-1), nil
}

func arraySize(f *Frame, v Value, args []Value) (Value, error) {
	n, err := v.Array().Len()
	return IntValue(n), err
}

func arrayFirst(f *Frame, v Value, args []Value) (Value, error) {
	return v.Array().At(0)
}

func arrayLast(f *Frame, v Value, args []Value) (Value, error) {
	n, err := v.Array().Len()
	if err != nil {
		return Value{}, err
	}
	if n == 0 {
		return Value{}, outside(0, 0)
	}
	return v.Array().At(n - 1)
}

func arrayMin(f *Frame, v Value, args []Value) (Value, error) { return arrayMost(f, v.Array(), -1) }

func arrayMax(f *Frame, v Value, args []Value) (Value, error) { return arrayMost(f, v.Array(), 1) }

func arrayMost(f *Frame, a Array, sign int) (Value, error) {
	n, err := a.Len()
	if err != nil {
		return Value{}, err
	}
	best, err := a.At(0)
	if err != nil {
		return Value{}, err
	}
	for i := int64(1); i < n; i++ {
		if i%1024 == 0 {
			if err := f.step(1024); err != nil {
				return Value{}, err
			}
		}
		v, err := a.At(i)
		if err != nil {
			return Value{}, err
		}
		c, ordered, err := order(v, best)
		if err != nil {
			return Value{}, err
		}
		if ordered && c*sign > 0 {
			best = v
		}
	}
	return best, nil
}

func streamPos(f *Frame, v Value, args []Value) (Value, error) {
	n, err := v.Stream().Pos()
	return IntValue(n), err
}

func streamSize(f *Frame, v Value, args []Value) (Value, error) {
	n, err := v.Stream().Size()
	return IntValue(n), err
}

func streamEOF(f *Frame, v Value, args []Value) (Value, error) {
	b, err := v.Stream().EOF()
	return BoolValue(b), err
}
