package transform

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"

	"hexlay/overlay/expr"
	"hexlay/overlay/literal"
)

func setUnit(_, b uint64) uint64 { return b }

// arithmetic reads "[UNIT] BYTES" or "[UNIT] = EXPRESSION": each unit becomes f of itself and of what stands there in the
// repeated bytes, or of the expression's value. Units are bytes where none is named.
func arithmetic(f func(a, b uint64) uint64) func(o *Op, args string) error {
	return func(o *Op, args string) error {
		u := unit{size: 1}
		if word, rest, more := strings.Cut(args, " "); more {
			if named, ok := parseUnit(word); ok {
				u, args = named, strings.TrimLeft(rest, " \t")
			}
		}
		o.unit = u.size
		if text, ok := strings.CutPrefix(args, "="); ok {
			e, err := parseExpression(strings.TrimSpace(text), u)
			if err != nil {
				return err
			}
			o.block = e.operation(f)
			return nil
		}
		key, _, err := literal.ParseLine(args)
		if err == nil && len(key) == 0 {
			err = errors.New("no bytes")
		}
		if err != nil {
			return err
		}
		if o.name == "fill" {
			o.pattern, o.unit = key, 1
			o.block = func(b []byte, off int64, _ input) error {
				repeat(b, key, off)
				return nil
			}
			return nil
		}
		// Any block's keys are a part of this row.
		row := make([]byte, blockSize+len(key))
		repeat(row, key, 0)
		bytewise := u.size == 1 || o.name != "add" && o.name != "subtract"
		o.block = each(func(b []byte, off int64, _ input) error {
			keys := row[off%int64(len(key)):][:len(b)]
			if bytewise {
				combine(o.name, b, keys)
				return nil
			}
			for ; len(b) > 0; b, keys = b[u.size:], keys[u.size:] {
				u.put(b, f(u.get(b), u.get(keys)))
			}
			return nil
		})
		return nil
	}
}

// combine is an operation on bytes each for itself.
func combine(name string, b, keys []byte) {
	switch name {
	case "xor":
		subtle.XORBytes(b, b, keys)
	case "and":
		for i, k := range keys {
			b[i] &= k
		}
	case "or":
		for i, k := range keys {
			b[i] |= k
		}
	case "add":
		for i, k := range keys {
			b[i] += k
		}
	case "subtract":
		for i, k := range keys {
			b[i] -= k
		}
	}
}

// repeat fills b with key, as it stands off bytes behind its start.
func repeat(b, key []byte, off int64) {
	n := copy(b, key[off%int64(len(key)):])
	if n < len(b) {
		n += copy(b[n:], key)
	}
	for n < len(b) {
		from := n - n/len(key)*len(key)
		n += copy(b[n:], b[from:n])
	}
}

// An expression gives an integer for every unit, from these names:
//
//	b    the unit's old value
//	i    its number, from 0
//	off  where it begins in the whole
//	n    how many units there are
type expression struct {
	e *expr.Expr
	u unit
}

var unitNames = []string{"b", "i", "off", "n"}

// scope is what an expression over units sees.
type scope struct{ unit }

func (s scope) Self() expr.Class                      { return class{s.unit} }
func (scope) Class([]string, bool) (expr.Class, bool) { return nil, false }
func (scope) Enum([]string, bool) (expr.Enum, bool)   { return nil, false }
func (scope) It() (expr.Type, bool)                   { return expr.Type{}, false }
func (scope) Index() bool                             { return false }

type class struct{ unit }

func (class) Name() string              { return "unit" }
func (class) Members() []string         { return unitNames }
func (c class) SizeBits() (int64, bool) { return int64(8 * c.size), true }
func (c class) Member(name string) (expr.Member, bool) {
	for slot, n := range unitNames {
		if n == name {
			return expr.Member{Type: expr.Type{Kind: expr.Int}, Slot: slot}, true
		}
	}
	return expr.Member{}, false
}

// object is the unit that an expression runs for.
type object struct {
	class
	members [4]int64
	big     bool // the old value is above what an int64 holds
}

func (o *object) Class() expr.Class { return o.class }
func (o *object) Member(slot int) (expr.Value, error) {
	if slot == 0 && o.big {
		return expr.UintValue(uint64(o.members[0])), nil
	}
	return expr.IntValue(o.members[slot]), nil
}
func (o *object) Parent() expr.Value          { return expr.Value{} }
func (o *object) Root() expr.Value            { return expr.Value{} }
func (o *object) Stream() expr.Stream         { return nil }
func (o *object) SizeBits() (int64, error)    { return int64(8 * o.size), nil }
func (o *object) Text() (string, bool, error) { return "", false, nil }

func parseExpression(text string, u unit) (*expression, error) {
	e, err := expr.Parse(text)
	if err != nil {
		return nil, err
	}
	t, problems := e.Check(scope{u})
	if len(problems) > 0 {
		return nil, fmt.Errorf("%s (names: b the old value, i the number of the unit, off its offset, n how many there are)", problems[0].Msg)
	}
	if t.Kind != expr.Int {
		return nil, fmt.Errorf("%q is %s; want a whole number", text, t)
	}
	return &expression{e, u}, nil
}

// maxSteps bounds the work for one unit, which integers of thousands of digits could make large.
const maxSteps = 10_000

func (e *expression) operation(f func(a, b uint64) uint64) func([]byte, int64, input) error {
	return each(func(b []byte, off int64, in input) error {
		size := int64(e.u.size)
		o := &object{class: class{e.u}}
		o.members[3] = in.size / size
		steps := 0
		frame := &expr.Frame{Self: o, Step: func(n int) error {
			if steps += n; steps > maxSteps {
				return errors.New("the expression takes too long")
			}
			return nil
		}}
		for at := off; len(b) > 0; b, at = b[size:], at+size {
			old := e.u.get(b)
			o.members[0], o.members[1], o.members[2], o.big = int64(old), at/size, in.at+at, int64(old) < 0
			steps = 0
			v, err := e.e.Eval(frame)
			if err != nil {
				return fmt.Errorf("%s at offset %#x: %w", e.e.Text, in.at+at, err)
			}
			e.u.put(b, f(old, low64(v)))
		}
		return nil
	})
}

// low64 is an integer's low 64 bits in two's complement.
func low64(v expr.Value) uint64 {
	if n, ok := v.Int64(); ok {
		return uint64(n)
	}
	if n, ok := v.Uint64(); ok {
		return n
	}
	big := v.Big()
	words := big.Bits()
	if len(words) == 0 {
		return 0
	}
	n := uint64(words[0])
	if bitsPerWord == 32 && len(words) > 1 {
		n |= uint64(words[1]) << 32
	}
	if big.Sign() < 0 {
		n = -n
	}
	return n
}

const bitsPerWord = 32 << (^uint(0) >> 63)
