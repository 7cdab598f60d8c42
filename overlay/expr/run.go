package expr

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

// Values is an Array in memory.
type Values []Value

func (a Values) Len() (int64, error) { return int64(len(a)), nil }

func (a Values) At(i int64) (Value, error) {
	if i < 0 || i >= int64(len(a)) {
		return Value{}, outside(i, int64(len(a)))
	}
	return a[i], nil
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
	// Decode turns bytes into text, for to_s(encoding); Encode text into bytes, for to_b(encoding).
	Decode func(encoding string, b []byte) (Value, error)
	Encode func(encoding, text string) (Value, error)
	// Lenient is for filters over things that differ in what they have: a comparison of what is not there, or cannot be
	// read, is false, and so is what is not there where a boolean is wanted. Eval's own error may be [ErrAbsent] then.
	Lenient bool
	// Step is called now and then by long evaluations; an error ends them (budget, cancelled).
	Step func(n int) error
}

func (f *Frame) step(n int) error {
	if f.Step == nil {
		return nil
	}
	return f.Step(n)
}

// work counts what moves over n bytes: a step a KiB, which takes about as long as a small expression.
func (f *Frame) work(n int) error {
	if n < 1024 {
		return nil
	}
	return f.step(n / 1024)
}

// bigWork counts an operation on integers of more than 64 bits.
func (f *Frame) bigWork(op string, a, b, result Value) error {
	x, y, z := words(a), words(b), words(result)
	n := x + y + z
	if op == "*" || op == "/" || op == "%" {
		n += x * y
	}
	return f.step(1 + n/64)
}

func words(v Value) int {
	if v.kind != Int || v.ref == nil {
		return 1
	}
	return len(v.Big().Bits())
}
