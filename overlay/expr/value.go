package expr

import "math/big"

// A Value is one value of the language; the zero Value is null. Values are immutable. Making one of an integer in 64
// bits, a float, a boolean or an object allocates nothing beside it.
//
// Constructors: IntValue(int64), UintValue(uint64), BigValue(*big.Int), FloatValue, BoolValue, StrValue,
// LossyStrValue(text, bytes), BytesValue, EnumValue(Enum, integer), ArrayValue(Array), ObjectValue(Object),
// StreamValue(Stream).
// Accessors: Kind, Int64 (v, ok), Uint64 (v, ok), Big, Float, Bool, Str, Bytes, Enum, Array, Object, Stream.
type Value struct {
	kind Kind
	n    uint64 // integer in two's complement, bits of a float, 1 for true
	ref  any    // *big.Int, string, []byte, Enum, Array, Object, Stream
}

// An Object is a laid-out user type. The template's evaluator is one, a packet another.
type Object interface {
	Class() Class
	// Member gives the value in a slot of the Class, reading what has to be read for it. It may fail with any error of
	// package ksy, which Eval hands on unchanged.
	Member(slot int) (Value, error)
	Parent() Value
	Root() Value
	Stream() Stream
	// SizeBits is _sizeof: the bits the stream moved over for it.
	SizeBits() (int64, error)
	// Text is its to-string, false where the class has none.
	Text() (string, bool, error)
}

// An Array is a repeated field or a literal. It may be longer than memory.
type Array interface {
	Len() (int64, error)
	At(i int64) (Value, error)
}

// A Stream is what _io stands for.
type Stream interface {
	Pos() (int64, error)
	Size() (int64, error)
	EOF() (bool, error)
}

// A Frame is what an expression runs in.
type Frame struct {
	Self  Object
	It    Value // "_"
	Index int64 // "_index"
	// Decode turns bytes into text, for to_s(encoding).
	Decode func(encoding string, b []byte) (Value, error)
	// Step is called now and then by long evaluations; an error ends them (budget, cancelled).
	Step func(n int) error
}

// An Error is what an expression does wrong while it runs.
type Error struct {
	// Kind is ExprError, ConversionError, DivisionByZeroError, IndexError, LimitError, …: the names of the contract of
	// the headless verbs.
	Kind string
	Msg  string
}

func (e *Error) Error() string { return e.Kind + ": " + e.Msg }

var _ *big.Int
