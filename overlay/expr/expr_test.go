package expr

import (
	"fmt"
	"strings"
	"testing"
)

type fakeClass struct {
	name    string
	members map[string]Member
	order   []string
	bits    int64
}

func (c *fakeClass) Name() string { return c.name }
func (c *fakeClass) Member(n string) (Member, bool) {
	m, ok := c.members[n]
	return m, ok
}
func (c *fakeClass) Members() []string       { return c.order }
func (c *fakeClass) SizeBits() (int64, bool) { return c.bits, c.bits >= 0 }

type fakeEnum struct {
	name  string
	names []string // of 0, 1, …
}

func (e *fakeEnum) Name() string      { return e.name }
func (e *fakeEnum) Members() []string { return e.names }
func (e *fakeEnum) Value(m string) (Value, bool) {
	for i, s := range e.names {
		if s == m {
			return IntValue(int64(i)), true
		}
	}
	return Value{}, false
}
func (e *fakeEnum) Member(v Value) (string, bool) {
	if i, ok := v.Uint64(); ok && i < uint64(len(e.names)) {
		return e.names[i], true
	}
	return "", false
}

type fakeObject struct {
	class  *fakeClass
	vals   []Value
	parent Value
	root   Value
	reads  int
}

func (o *fakeObject) Class() Class { return o.class }
func (o *fakeObject) Member(slot int) (Value, error) {
	o.reads++
	return o.vals[slot], nil
}
func (o *fakeObject) Parent() Value               { return o.parent }
func (o *fakeObject) Root() Value                 { return o.root }
func (o *fakeObject) Stream() Stream              { return fakeStream{} }
func (o *fakeObject) SizeBits() (int64, error)    { return 99, nil }
func (o *fakeObject) Text() (string, bool, error) { return "", false, nil }

type fakeStream struct{}

func (fakeStream) Pos() (int64, error)  { return 7, nil }
func (fakeStream) Size() (int64, error) { return 100, nil }
func (fakeStream) EOF() (bool, error)   { return false, nil }

// fakeScope stands in an object with a field of every type.
type fakeScope struct {
	self    *fakeClass
	classes map[string]*fakeClass
	enums   map[string]*fakeEnum
	it      Type
}

func (s *fakeScope) Self() Class {
	if s.self == nil {
		return nil
	}
	return s.self
}
func (s *fakeScope) Class(path []string, abs bool) (Class, bool) {
	c, ok := s.classes[strings.Join(path, "::")]
	return c, ok
}
func (s *fakeScope) Enum(path []string, abs bool) (Enum, bool) {
	e, ok := s.enums[strings.Join(path, "::")]
	return e, ok
}
func (s *fakeScope) It() (Type, bool) { return s.it, s.it.Kind != Null }
func (s *fakeScope) Index() bool      { return true }

// world makes the scope of the tests and an object for it.
func world() (*fakeScope, *Frame) {
	animal := &fakeEnum{"top::animal", []string{"cat", "dog"}}
	color := &fakeEnum{"top::color", []string{"red"}}
	sub := &fakeClass{name: "top::sub", members: map[string]Member{}, bits: 16}
	other := &fakeClass{name: "top::other", members: map[string]Member{}, bits: -1}
	top := &fakeClass{name: "top", members: map[string]Member{}, bits: -1}
	o := &fakeObject{class: top}
	s := &fakeObject{class: sub, parent: ObjectValue(o), root: ObjectValue(o)}
	o.root = ObjectValue(o)
	add := func(c *fakeClass, o *fakeObject, name string, t Type, v Value) {
		c.members[name] = Member{t, len(o.vals)}
		c.order = append(c.order, name)
		o.vals = append(o.vals, v)
	}
	builtin := func(name string) Type { t, _ := BuiltinType(name); return t }
	add(sub, s, "x", builtin("u1"), IntValue(42))
	add(top, o, "flags", builtin("u1"), IntValue(5))
	add(top, o, "len_body", builtin("u4"), IntValue(10))
	add(top, o, "big", builtin("u8"), UintValue(1<<64-1))
	add(top, o, "neg", builtin("s4"), IntValue(-10))
	add(top, o, "f", builtin("f8"), FloatValue(2.5))
	add(top, o, "flag", builtin("b1"), BoolValue(true))
	add(top, o, "s", builtin("str"), StrValue("héllo"))
	add(top, o, "b", Type{Kind: Bytes, Sized: true, Size: 24}, BytesValue([]byte{1, 2, 255}))
	add(top, o, "pet", Type{Kind: EnumOf, Enum: animal}, EnumValue(animal, IntValue(1)))
	add(top, o, "ints", ArrayType(builtin("u2")), ArrayValue(Values{IntValue(3), IntValue(1), IntValue(2)}))
	add(top, o, "sub", Type{Kind: ClassOf, Class: sub}, ObjectValue(s))
	add(top, o, "body", Type{Kind: Any}, ObjectValue(s))
	add(top, o, "some", Type{Kind: ClassOf}, ObjectValue(s))
	add(top, o, "nothing", builtin("u1"), Value{})
	add(top, o, "no_sub", Type{Kind: ClassOf, Class: sub}, Value{})
	sub.members["_parent"] = Member{Type: Type{Kind: ClassOf, Class: top}}
	for _, c := range []*fakeClass{top, sub} {
		c.members["_root"] = Member{Type: Type{Kind: ClassOf, Class: top}}
	}
	f := &Frame{Self: o, It: IntValue(77), Index: 3}
	f.Decode = func(enc string, b []byte) (Value, error) { return StrValue(enc + ":" + string(b)), nil }
	f.Encode = func(enc, s string) (Value, error) { return BytesValue([]byte(enc + ":" + s)), nil }
	return &fakeScope{top, map[string]*fakeClass{"sub": sub, "a::other": other},
		map[string]*fakeEnum{"animal": animal, "top::animal": animal, "color": color}, Type{Kind: Int}}, f
}

// show writes a value so that tests can tell it from every other.
func show(v Value) string {
	switch v.Kind() {
	case Int:
		return intText(v)
	case Float:
		return fmt.Sprintf("%gf", v.Float())
	case Bool:
		return fmt.Sprint(v.Bool())
	case Str:
		return fmt.Sprintf("%q", v.Str())
	case Bytes:
		return fmt.Sprintf("<%x>", v.Bytes())
	case EnumOf:
		m, _ := v.Enum().Member(v)
		return v.Enum().Name() + "::" + m + "=" + intText(v.Int())
	case ArrayOf:
		var parts []string
		n, _ := v.Array().Len()
		for i := range n {
			e, _ := v.Array().At(i)
			parts = append(parts, show(e))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case ClassOf:
		return "object " + v.Object().Class().Name()
	}
	return v.Kind().String()
}

func run(text string) string {
	e, err := Parse(text)
	if err != nil {
		return fmt.Sprintf("syntax %d", err.(*SyntaxError).Pos)
	}
	scope, frame := world()
	if _, problems := e.Check(scope); len(problems) > 0 {
		p := problems[0]
		return fmt.Sprintf("refused %q %s", text[p.Start:p.End], p.Msg)
	}
	v, err := e.Eval(frame)
	if err != nil {
		return err.Error()
	}
	return show(v)
}

var evalTable = []struct{ text, want string }{
	{"1 + 2 * 3", "7"},
	{"flags & 1 != 0 and len_body > 4", "true"},
	{"-9837 % 13", "4"},
	{"-7 / 2", "-4"},
	{"7 / -2", "-4"},
	{"7 % -2", "-1"},
	{"7.0 / 2", "3.5f"},
	{"big + 1", "18446744073709551616"},
	{"big >> 1", "9223372036854775807"},
	{"big * big", "340282366920938463426481119284349108225"},
	{"1 << 100 >> 99", "2"},
	{"-1 >> 1000", "-1"},
	{"1 << 99999999999", "LimitError: shift to the left by 99999999999 bits"},
	{"1 << neg", "ExprError: shift by -10 bits"},
	{"5 / 0", "DivisionByZeroError: 5 divided by zero"},
	{"0xff ^ 0b1010_1010 | 0o17", "95"},
	{"255 & ~3 - 1", "251"},
	{"1 == 1.0", "true"},
	{`'a\' + "\x"`, "syntax 8"},
	{`'a\' + "\0\62\u263b"`, `"a\\\x002☻"`},
	{`"a" 'b' "c"`, `"abc"`},
	{`f"a={1 + 2}{'q'}}\u007b"`, `"a=3q}{"`},
	{`f"{s}{f"x{1}"}"`, `"héllox1"`},
	{`f"{f}"`, `refused "f" only integers and strings can be put into a string, got float`},
	{"[1, 2, 255]", "<0102ff>"},
	{"[1, 2, 256,]", "[1 2 256]"},
	{"[0 + 1, 2]", "[1 2]"},
	{"[flags, flags]", "<0505>"},
	{"[].as<bytes>", "<>"},
	{"[].as<u1[]>", "[]"},
	{"[1,2].as<u1[]>", "[1 2]"},
	{"[0+1,2].as<bytes>", "<0102>"},
	{"[1, 2.5]", "[1f 2.5f]"},
	{"[300, 'a']", `refused "'a'" can't have integer and string in one array`},
	{"[]", `refused "[]" an empty array has no type: write [].as<bytes> or [].as<u1[]>`},
	{"animal::dog == pet", "true"},
	{"top::animal::dog.to_i", "1"},
	{"pet", "top::animal::dog=1"},
	{"pet == 1", `refused "pet == 1" can't compare enum top::animal and integer (make an integer of the enum with .to_i)`},
	{"pet > animal::cat", `refused "pet > animal::cat" can't use comparison operator > on enums`},
	{"pet == color::red", `refused "pet == color::red" can't compare different enums 'top::animal' and 'top::color'`},
	{"animal::dig", `refused "dig" enum top::animal has no member 'dig' (did you mean "dog"?)`},
	{"animals::dig", `refused "animals" unable to find enum 'animals'`},
	{"true ? 1 : 'a'", `refused "true ? 1 : 'a'" can't combine output types: integer vs string`},
	{"flag ? 1 : 2.5", "1f"},
	{"flag ? nothing : 5", "null"},
	{"nothing + 1", "ExprError: nothing is null"},
	{"nothing == 1", "ExprError: nothing is null"},
	{"no_sub.x", "ExprError: no_sub is null"},
	{"true or nothing == 1", "true"},
	{"false and 1 / 0 == 1", "false"},
	{"not flag", "false"},
	{"not 5", `refused "not 5" unable to apply unary operator not to integer`},
	{"5 and true", `refused "5" "and" needs booleans, got integer`},
	{"s.length + s.reverse.length", "10"},
	{"s.reverse", `"olléh"`},
	{"s.substring(1, 3)", `"él"`},
	{"s.substring(3, 99)", `"lo"`},
	{"s.substring(1)", "refused \"s.substring(1)\" wrong arguments to method call `substring` on string: expected (integer, integer), got (integer)"},
	{"'-072'.to_i(10)", "-72"},
	{"'1010110'.to_i(2)", "86"},
	{"'9173abc'.to_i(16)", "152517308"},
	{"'9173abc'.to_i", `ConversionError: "9173abc" is no integer of base 10`},
	{"'99999999999999999999'.to_i", "99999999999999999999"},
	{"-2.7.to_i", "-2"},
	{"(-2.7).to_i", "-2"},
	{"42.to_s", `"42"`},
	{"42. + 1", "43f"},
	{"true.to_i", "1"},
	{"b.length * 1000 + b[2]", "3255"},
	{"b[3]", "IndexError: index 3 of an array of 3"},
	{"b.first + b.last + b.min + b.max", "512"},
	{"b.index_of([2, 255])", "1"},
	{"b.to_s('ASCII')", `"ASCII:\x01\x02\xff"`},
	{"b.to_s(s)", `refused "s" the encoding has to be written out as a string`},
	{"b.to_s()", "refused \"b.to_s()\" wrong arguments to method call `to_s` on byte array: expected (string), got ()"},
	{"b.to_s", `refused "to_s" to_s of byte array needs arguments: expected (string)`},
	{"s.to_b('x')", "<783a68c3a96c6c6f>"},
	{"b < [1, 3]", "true"},
	{"b._sizeof", "3"},
	{"len_body._sizeof", "4"},
	{"s._sizeof", `refused "s._sizeof" the size of a string is not known`},
	{"ints.size", "3"},
	{"ints.min + ints.max * 10 + ints.first * 100 + ints.last * 1000", "2331"},
	{"ints[1]", "1"},
	{"ints[-1]", "IndexError: index -1 of an array of 3"},
	{"ints == ints", `refused "ints == ints" can't compare array of integer (u2) and array of integer (u2)`},
	{"_io.pos + _io.size", "107"},
	{"_io.eof", "false"},
	{"_ + _index", "80"},
	{"_sizeof", "13"},
	{"sub._sizeof", "13"},
	{"sub.x + sub._parent.sub._root.flags", "47"},
	{"sub.y", `refused "y" unable to access 'y' in top::sub context`},
	{"body_len", `refused "body_len" unable to access 'body_len' in top context (did you mean "len_body"?)`},
	{"body.x", `refused "x" don't know how to access 'x' of a value of no one type: cast it with .as<type> first`},
	{"body.as<sub>.x", "42"},
	{"body.as<a::other>", "ExprError: body is of type top::sub, expected top::other"},
	{"body.as<nope>", `refused "nope" unable to find type 'nope'`},
	{"some.x", `refused "x" don't know how to access 'x': this object may be of several types, only _io, _parent and _root can be named before a cast`},
	{"some._io.pos", "7"},
	{"sizeof<sub>", "2"},
	{"bitsizeof<b3>", "3"},
	{"sizeof<b3>", "1"},
	{"sizeof<u4> + sizeof<f8le>", "12"},
	{"sizeof<a::other>", `refused "sizeof<a::other>" the size of a::other is not the same for every value`},
	{"sub == sub", `refused "sub == sub" can't compare type top::sub and type top::sub`},
	{"s + 1", `refused "s + 1" can't apply operator + to string and integer (make a string of an integer with .to_s)`},
	{"f & 1", `refused "f & 1" can't apply operator & to float and integer`},
	{"s.frobnicate", `refused "frobnicate" don't know how to call method 'frobnicate' of string`},
	{"s.lenght", `refused "lenght" don't know how to call method 'lenght' of string (did you mean "length"?)`},
	{"flags.foo", `refused "foo" don't know how to call method 'foo' of integer (u1)`},
	{"s.length()", `refused "length()" 'length' of string takes no parentheses`},
	{"1 < 2 < 3", "syntax 6"},
	{"1 *", "syntax 3"},
	{"", "syntax 0"},
	{"^AHEM", "syntax 0"},
	{"1\t+ 2", "syntax 1"},
	{"1 \\\n + 2\n", "3"},
	{"007", "syntax 0"},
	{"1_000 + 0x_ff", "1255"},
	{`"hello `, "syntax 7"},
	{"a::", "syntax 3"},
	{"1.5e3", "1500f"},
	{"f(1)", "syntax 1"},
	{"flag && flag", "syntax 5"},
	{"flag || flag", "syntax 5"},
	{"5 | 3 & 2", "7"},
	{"\t 5 + 3\r\n\t", "8"},
	{"1 +\t 2\t", "syntax 3"},
	{"00", "syntax 0"},
	{"000_0", "syntax 0"},
	{"0 + 0.0", "0f"},
	{"[+1, 2]", "<0102>"},
	{"1 - +-+2", "3"},
	{"+s.length + +1", "6"},
	{"flags._sizeof + [1, 2].max._sizeof + (flag ? len_body : len_body)._sizeof", "6"},
	{"(flags + 1)._sizeof", `refused "(flags + 1)._sizeof" the size of a integer is not known`},
	{"(flag ? body : 1).as<sub>.x", "42"},
	{"(not flag ? 'a' : flag ? sub : 1).as<sub>.x", "42"},
	{"(flag ? 'a' : 1).as<sub>.x", "ExprError: the operand is string, expected object"},
	{"(flag ? 'a' : 1) + 1", `refused "(flag ? 'a' : 1)" can't combine output types: string vs integer`},
	{"(flag ? nope : 1).as<u1>", `refused "nope" unable to access 'nope' in top context`},
}

func TestEval(t *testing.T) {
	for _, c := range evalTable {
		if got := run(c.text); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}
