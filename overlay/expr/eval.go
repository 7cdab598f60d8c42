package expr

import (
	"math"
	"strings"
)

// value is a constant.
type value Value

func (c value) eval(f *Frame) (Value, error) { return Value(c), nil }

// slotCode is a member of the object that the expression stands in.
type slotCode int

func (c slotCode) eval(f *Frame) (Value, error) { return f.Self.Member(int(c)) }

type (
	itCode       struct{}
	indexVarCode struct{}
	ioCode       struct{}
	parentCode   struct{}
	rootCode     struct{}
	sizeCode     struct{}
)

func (itCode) eval(f *Frame) (Value, error)       { return f.It, nil }
func (indexVarCode) eval(f *Frame) (Value, error) { return IntValue(f.Index), nil }
func (ioCode) eval(f *Frame) (Value, error)       { return StreamValue(f.Self.Stream()), nil }
func (parentCode) eval(f *Frame) (Value, error)   { return f.Self.Parent(), nil }
func (rootCode) eval(f *Frame) (Value, error)     { return f.Self.Root(), nil }
func (sizeCode) eval(f *Frame) (Value, error) {
	bits, err := f.Self.SizeBits()
	return IntValue(toBytes(bits)), err
}

// receive gives what stands before a dot, which must be of a kind.
func receive(f *Frame, c code, k Kind, src source) (Value, error) {
	v, err := c.eval(f)
	if err == nil && v.kind != k {
		if f.Lenient && v.kind == Null {
			return v, ErrAbsent
		}
		err = misfit(v, k, src)
	}
	return v, err
}

// truth gives what stands where a boolean is wanted. A lenient frame takes objects for being there.
func truth(f *Frame, c code, src source) (Value, error) {
	if !f.Lenient {
		return receive(f, c, Bool, src)
	}
	v, err := c.eval(f)
	switch {
	case f.forgiven(err), err == nil && v.kind == Null:
		return BoolValue(false), nil
	case err == nil && v.kind == ClassOf:
		return BoolValue(true), nil
	case err == nil && v.kind != Bool:
		err = misfit(v, Bool, src)
	}
	return v, err
}

func misfit(v Value, k Kind, src source) error {
	if v.kind == Null {
		return failf("%s is null", src)
	}
	return failf("%s is %s, expected %s", src, v.kind, k)
}

// memberCode is a member of another object.
type memberCode struct {
	of    code
	class Class
	slot  int
	src   source
}

func (c *memberCode) eval(f *Frame) (Value, error) {
	v, err := receive(f, c.of, ClassOf, c.src)
	if err != nil {
		return v, err
	}
	o := v.ref.(Object)
	if o.Class() != c.class {
		return Value{}, failf("%s is of type %s, expected %s", c.src, o.Class().Name(), c.class.Name())
	}
	return o.Member(c.slot)
}

// familyCode is _io, _parent, _root or _sizeof of an object.
type familyCode struct {
	of   code
	word string
	src  source
}

func (c *familyCode) eval(f *Frame) (Value, error) {
	v, err := receive(f, c.of, ClassOf, c.src)
	if err != nil {
		return v, err
	}
	switch o := v.ref.(Object); c.word {
	case "_io":
		return StreamValue(o.Stream()), nil
	case "_parent":
		return o.Parent(), nil
	case "_root":
		return o.Root(), nil
	default:
		bits, err := o.SizeBits()
		return IntValue(toBytes(bits)), err
	}
}

type callCode struct {
	m    *method
	kind Kind
	of   code
	args []code
	src  source
}

func (c *callCode) eval(f *Frame) (Value, error) {
	v, err := receive(f, c.of, c.kind, c.src)
	if err != nil {
		return v, err
	}
	var args []Value
	for i, a := range c.args {
		x, err := a.eval(f)
		if err != nil {
			return x, err
		}
		if !c.m.args[i].has(x.kind) {
			return Value{}, failf("argument %d of %s is %s", i+1, c.m.name, x.kind)
		}
		args = append(args, x)
	}
	if n := v.size(); n > 64 {
		// The slowest of the methods need some nanoseconds a byte.
		if err := f.work(16 * n); err != nil {
			return Value{}, err
		}
	}
	return c.m.run(f, v, args)
}

type indexCode struct {
	of, by code
	src    source
}

func (c *indexCode) eval(f *Frame) (Value, error) {
	v, err := c.of.eval(f)
	if err != nil {
		return v, err
	}
	by, err := c.by.eval(f)
	if err != nil {
		return by, err
	}
	if by.kind != Int {
		return Value{}, failf("index of %s is %s", c.src, by.kind)
	}
	i, ok := by.Int64()
	if !ok {
		return Value{}, &Error{"IndexError", "index " + shorten(by)}
	}
	switch v.kind {
	case Bytes:
		if n := int64(len(v.Bytes())); i < 0 || i >= n {
			return Value{}, outside(i, n)
		}
		return IntValue(int64(v.Bytes()[i])), nil
	case ArrayOf:
		if i < 0 {
			n, err := v.Array().Len()
			if err == nil {
				err = outside(i, n)
			}
			return Value{}, err
		}
		return v.Array().At(i)
	}
	return Value{}, misfit(v, ArrayOf, c.src)
}

// castCode tells the checker what a value is; at run time it is only looked whether that is true. Null passes.
type castCode struct {
	to  Type
	of  code
	src source
}

func (c *castCode) eval(f *Frame) (Value, error) {
	v, err := c.of.eval(f)
	if err != nil {
		return v, err
	}
	switch k := c.to.Kind; {
	case v.kind == Null || k == Any:
		return v, nil
	case v.kind == ClassOf && k == ClassOf:
		if o := v.Object(); c.to.Class != nil && o.Class() != c.to.Class {
			return Value{}, failf("%s is of type %s, expected %s", c.src, o.Class().Name(), c.to.Class.Name())
		}
		return v, nil
	case v.kind == k:
		return v, nil
	case k == Int && v.kind == EnumOf:
		return v.Int(), nil
	case k == Float && v.kind == Int:
		return FloatValue(v.Float()), nil
	case k == ArrayOf && v.kind == Bytes:
		return ArrayValue(byteArray(v.Bytes())), nil
	default:
		return Value{}, misfit(v, k, c.src)
	}
}

// byteArray is a byte array seen as an array of integers.
type byteArray []byte

func (a byteArray) Len() (int64, error) { return int64(len(a)), nil }

func (a byteArray) At(i int64) (Value, error) {
	if i < 0 || i >= int64(len(a)) {
		return Value{}, outside(i, int64(len(a)))
	}
	return IntValue(int64(a[i])), nil
}

type listCode struct {
	typ  Type
	kids []code
}

func (c *listCode) eval(f *Frame) (Value, error) {
	if c.typ.Kind == Bytes {
		b := make([]byte, len(c.kids))
		for i, k := range c.kids {
			v, err := k.eval(f)
			if err != nil {
				return v, err
			}
			n, ok := v.Int64()
			if v.kind != Int || !ok || n < 0 || n > 255 {
				return Value{}, failf("element %d of a byte array is not an integer in 0…255", i)
			}
			b[i] = byte(n)
		}
		return BytesValue(b), nil
	}
	vs := make(Values, len(c.kids))
	for i, k := range c.kids {
		v, err := k.eval(f)
		if err != nil {
			return v, err
		}
		if v.kind == Int && c.typ.elem().Kind == Float {
			v = FloatValue(v.Float())
		}
		vs[i] = v
	}
	return ArrayValue(vs), nil
}

type joinCode struct {
	kids []code
	n    *node
}

func (c *joinCode) eval(f *Frame) (Value, error) {
	var b strings.Builder
	for i, k := range c.kids {
		v, err := k.eval(f)
		if err != nil {
			return v, err
		}
		switch v.kind {
		case Int:
			b.WriteString(intText(v))
		case Str:
			b.WriteString(v.Str())
		default:
			return Value{}, misfit(v, Str, sourceOf(c.n.kids[i]))
		}
		if b.Len() > maxText {
			return Value{}, limitf("string of more than %d bytes", maxText)
		}
	}
	return StrValue(b.String()), f.work(b.Len())
}

type unaryCode struct {
	op  byte
	of  code
	src source
}

func (c *unaryCode) eval(f *Frame) (Value, error) {
	if f.Lenient && c.op == 'n' {
		v, err := truth(f, c.of, c.src)
		return BoolValue(v.n == 0), err
	}
	v, err := c.of.eval(f)
	if err != nil {
		return v, err
	}
	switch {
	case c.op == 'n' && v.kind == Bool:
		return BoolValue(v.n == 0), nil
	case c.op == 'n':
		return Value{}, misfit(v, Bool, c.src)
	case v.kind == Float && c.op == '-':
		return FloatValue(-v.Float()), nil
	case v.kind != Int:
		return Value{}, misfit(v, Int, c.src)
	case c.op == '-':
		return negInt(v)
	}
	return notInt(v)
}

var intOps = map[string]func(a, b Value) (Value, error){
	"+": addInt, "-": subInt, "*": mulInt, "/": divInt, "%": modInt,
	"&": andInt, "|": orInt, "^": xorInt, "<<": shlInt, ">>": shrInt,
}

var floatOps = map[string]func(x, y float64) (Value, error){
	"+": func(x, y float64) (Value, error) { return FloatValue(x + y), nil },
	"-": func(x, y float64) (Value, error) { return FloatValue(x - y), nil },
	"*": func(x, y float64) (Value, error) { return FloatValue(x * y), nil },
	"/": divFloat,
	"%": modFloat,
}

func divFloat(x, y float64) (Value, error) {
	if y == 0 {
		return Value{}, &Error{"DivisionByZeroError", "a float divided by zero"}
	}
	return FloatValue(x / y), nil
}

// modFloat has the sign of the divisor, as modInt.
func modFloat(x, y float64) (Value, error) {
	if y == 0 {
		return Value{}, &Error{"DivisionByZeroError", "a float divided by zero"}
	}
	m := math.Mod(x, y)
	if m != 0 && (m < 0) != (y < 0) {
		m += y
	} else if m == 0 {
		m = math.Copysign(0, y)
	}
	return FloatValue(m), nil
}

type binaryCode struct {
	ints   func(a, b Value) (Value, error)
	floats func(x, y float64) (Value, error)
	l, r   code
	n      *node
}

func (c *binaryCode) eval(f *Frame) (Value, error) {
	a, err := c.l.eval(f)
	if err != nil {
		return a, err
	}
	b, err := c.r.eval(f)
	if err != nil {
		return b, err
	}
	if a.kind == Int && b.kind == Int {
		v, err := c.ints(a, b)
		if err == nil && (a.ref != nil || b.ref != nil || v.ref != nil) {
			err = f.bigWork(c.n.text, a, b, v)
		}
		return v, err
	}
	return c.others(f, a, b)
}

func (c *binaryCode) others(f *Frame, a, b Value) (Value, error) {
	number := func(v Value) bool { return v.kind == Int || v.kind == Float }
	switch {
	case a.kind == Null:
		return Value{}, failf("%s is null", describe(c.n.kids[0]))
	case b.kind == Null:
		return Value{}, failf("%s is null", describe(c.n.kids[1]))
	case number(a) && number(b) && c.floats != nil:
		return c.floats(a.Float(), b.Float())
	case a.kind == Str && b.kind == Str && c.n.text == "+":
		s, t := a.Str(), b.Str()
		if len(s)+len(t) > maxText {
			return Value{}, limitf("string of more than %d bytes", maxText)
		}
		if err := f.work(len(s) + len(t)); err != nil {
			return Value{}, err
		}
		if raw, lost := a.Lossy(); lost || isLossy(b) {
			if !lost {
				raw = []byte(s)
			}
			more, lost := b.Lossy()
			if !lost {
				more = []byte(t)
			}
			return LossyStrValue(s+t, append(raw[:len(raw):len(raw)], more...)), nil
		}
		return StrValue(s + t), nil
	}
	return Value{}, failf("can't apply operator %s to %s and %s", c.n.text, a.kind, b.kind)
}

func isLossy(v Value) bool {
	_, lost := v.Lossy()
	return lost
}

// comparing gives of each operator the results of order that it accepts: bit 0 less, bit 1 equal, bit 2 greater.
var comparing = map[string]uint8{"<": 1, "==": 2, ">": 4, "<=": 3, ">=": 6, "!=": 5}

type compareCode struct {
	accept uint8
	l, r   code
	n      *node
}

func (c *compareCode) eval(f *Frame) (Value, error) {
	v, err := c.compare(f)
	if f.forgiven(err) {
		return BoolValue(false), nil
	}
	return v, err
}

func (c *compareCode) compare(f *Frame) (Value, error) {
	a, err := c.l.eval(f)
	if err != nil {
		return a, err
	}
	b, err := c.r.eval(f)
	if err != nil {
		return b, err
	}
	if f.Lenient && (a.kind == Null || b.kind == Null) {
		return BoolValue(false), nil
	}
	if a.kind == Int && b.kind == Int && a.ref == nil && b.ref == nil && !a.high && !b.high {
		x, y := int64(a.n), int64(b.n)
		bit := uint8(2)
		if x < y {
			bit = 1
		} else if x > y {
			bit = 4
		}
		return BoolValue(c.accept&bit != 0), nil
	}
	return c.others(f, a, b)
}

func (c *compareCode) others(f *Frame, a, b Value) (Value, error) {
	switch {
	case a.kind == Null:
		return Value{}, failf("%s is null", describe(c.n.kids[0]))
	case b.kind == Null:
		return Value{}, failf("%s is null", describe(c.n.kids[1]))
	case a.kind == b.kind && (a.kind == EnumOf || a.kind == ClassOf || a.kind == StreamOf):
		return BoolValue(Equal(a, b) == (c.accept == 2)), nil
	}
	if err := f.work(min(a.size(), b.size())); err != nil {
		return Value{}, err
	}
	n, ordered, err := order(a, b)
	if err != nil {
		return Value{}, err
	}
	if !ordered {
		return BoolValue(c.n.text == "!="), nil
	}
	return BoolValue(c.accept&(1<<(n+1)) != 0), nil
}

type logicCode struct {
	or   bool
	l, r code
	n    *node
}

func (c *logicCode) eval(f *Frame) (Value, error) {
	v, err := truth(f, c.l, source{c.n.kids[0]})
	if err != nil || (v.n != 0) == c.or {
		return v, err
	}
	return truth(f, c.r, source{c.n.kids[1]})
}

type choiceCode struct {
	cond, yes, no code
	float         bool // one branch is an integer, the other a float
	src           source
}

func (c *choiceCode) eval(f *Frame) (Value, error) {
	v, err := truth(f, c.cond, c.src)
	if err != nil {
		return v, err
	}
	branch := c.no
	if v.n != 0 {
		branch = c.yes
	}
	v, err = branch.eval(f)
	if c.float && v.kind == Int {
		v = FloatValue(v.Float())
	}
	return v, err
}
