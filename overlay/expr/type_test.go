package expr

import (
	"math"
	"math/big"
	"testing"
)

func TestCombine(t *testing.T) {
	world, _ := world()
	self := world.self
	of := func(name string) Type {
		if m, ok := self.members[name]; ok {
			return m.Type
		}
		b, ok := BuiltinType(name)
		if !ok {
			t.Fatal(name)
		}
		return b
	}
	for _, c := range []struct{ a, b, want string }{
		{"u1", "u1", "integer (u1)"},
		{"u1", "s1", "integer (u1)"},
		{"u1", "u2", "integer"},
		{"u2be", "u2le", "integer (u2)"},
		{"s4", "f8", "float"},
		{"f4", "f8", "float"},
		{"b1", "bool", "boolean"},
		{"b1", "b2", "value of no one type"},
		{"str", "strz", "string"},
		{"b", "bytes", "byte array"},
		{"pet", "pet", "enum top::animal"},
		{"pet", "u1", "value of no one type"},
		{"sub", "sub", "type top::sub"},
		{"sub", "_parent", "object of no one type"},
		{"sub", "struct", "object of no one type"},
		{"ints", "ints", "array of integer (u2)"},
		{"ints", "u2", "value of no one type"},
		{"any", "any", "value of no one type"},
		{"io", "io", "stream"},
	} {
		a, b := of(c.a), Type{}
		if c.b == "_parent" {
			b = Type{Kind: ClassOf, Class: self}
		} else {
			b = of(c.b)
		}
		for _, got := range []Type{Combine(a, b), Combine(b, a)} {
			if got.String() != c.want {
				t.Errorf("%s with %s: got %s, want %s", c.a, c.b, got, c.want)
			}
		}
	}
	if got := Combine(ArrayType(of("u1")), ArrayType(of("u4"))); got.String() != "array of integer" {
		t.Errorf("arrays: %s", got)
	}
	if got := Combine(ArrayType(of("u1")), ArrayType(of("str"))); got.Kind != Any {
		t.Errorf("arrays: %s", got)
	}
}

func TestBuiltinType(t *testing.T) {
	for _, name := range []string{"u1", "u2", "s8be", "f4le", "b1", "b64", "b12be", "str", "strz", "bytes", "any"} {
		if _, ok := BuiltinType(name); !ok {
			t.Errorf("%s is not built in", name)
		}
	}
	for _, name := range []string{"u3", "u1le", "u16", "f2", "b0", "b65", "b07", "b", "u", "u2me", "foo", "", "u99999999999999999999"} {
		if typ, ok := BuiltinType(name); ok {
			t.Errorf("%s is %s", name, typ)
		}
	}
}

func TestOrder(t *testing.T) {
	huge := BigValue(new(big.Int).Lsh(big.NewInt(1), 100))
	lossy := LossyStrValue("a\ufffd", []byte("a\xff"))
	inf, nan := FloatValue(math.Inf(1)), FloatValue(math.NaN())
	// Each is less than the next.
	for _, row := range [][]Value{
		{FloatValue(math.Inf(-1)), IntValue(math.MinInt64), IntValue(-1), FloatValue(-0.5), IntValue(0), FloatValue(0.5), IntValue(1<<53 + 1),
			FloatValue(1<<53 + 2), IntValue(math.MaxInt64), FloatValue(1 << 63), UintValue(1<<63 + 1), UintValue(math.MaxUint64), FloatValue(1 << 64), huge, inf},
		{StrValue(""), StrValue("B"), StrValue("a"), lossy, StrValue("a\U0001f600")},
		{BytesValue(nil), BytesValue([]byte{0}), BytesValue([]byte{0, 1}), BytesValue([]byte{127}), BytesValue([]byte{128})},
		{BoolValue(false), BoolValue(true)},
	} {
		for i, a := range row {
			for j, b := range row {
				n, err := Compare(a, b)
				if want := sign(i - j); err != nil || n != want {
					t.Errorf("%s with %s: got %d, %v, want %d", show(a), show(b), n, err, want)
				}
				if Equal(a, b) != (i == j) {
					t.Errorf("%s equal to %s: %v", show(a), show(b), Equal(a, b))
				}
			}
		}
	}
	for _, c := range [][2]Value{{nan, nan}, {nan, IntValue(1)}, {IntValue(1), StrValue("1")}, {{}, {}}, {{}, IntValue(0)}} {
		if n, err := Compare(c[0], c[1]); err == nil {
			t.Errorf("%s with %s: %d", show(c[0]), show(c[1]), n)
		}
	}
	if Equal(nan, nan) || !Equal(Value{}, Value{}) || Equal(Value{}, IntValue(0)) || Equal(BytesValue([]byte("a")), StrValue("a")) {
		t.Error("Equal")
	}
	a, b := Values{IntValue(1), StrValue("x")}, Values{FloatValue(1), StrValue("x")}
	if !Equal(ArrayValue(a), ArrayValue(b)) || Equal(ArrayValue(a), ArrayValue(b[:1])) {
		t.Error("Equal of arrays")
	}
	bytes := ArrayValue(byteArray{1, 2})
	if !Equal(bytes, bytes) || !Equal(bytes, ArrayValue(Values{IntValue(1), IntValue(2)})) || Equal(bytes, ArrayValue(a)) {
		t.Error("Equal of byte arrays seen as arrays")
	}
}

func sign(n int) int { return max(-1, min(n, 1)) }

func TestValue(t *testing.T) {
	big1 := new(big.Int).Lsh(big.NewInt(1), 70)
	e := &fakeEnum{"e", nil}
	for _, n := range []*big.Int{big.NewInt(0), big.NewInt(-5), big.NewInt(math.MinInt64), new(big.Int).SetUint64(math.MaxUint64), big1, new(big.Int).Neg(big1)} {
		v := BigValue(n)
		for _, v := range []Value{v, EnumValue(e, v)} {
			if v.Big().Cmp(n) != 0 || v.Int().Big().Cmp(n) != 0 || v.Int().Kind() != Int {
				t.Errorf("%s: got %s", n, v.Big())
			}
			if x, ok := v.Int64(); ok != n.IsInt64() || ok && x != n.Int64() {
				t.Errorf("%s: Int64 %d, %v", n, x, ok)
			}
			if x, ok := v.Uint64(); ok != n.IsUint64() || ok && x != n.Uint64() {
				t.Errorf("%s: Uint64 %d, %v", n, x, ok)
			}
		}
		if EnumValue(e, v).Enum() != Enum(e) || v.Enum() != nil {
			t.Errorf("%s: enum", n)
		}
	}
	if raw, lost := LossyStrValue("x", []byte{1}).Lossy(); !lost || len(raw) != 1 {
		t.Error("lossy")
	}
	if StrValue("").Str() != "" || len(BytesValue(nil).Bytes()) != 0 || BytesValue([]byte("ab")).Str() != "" {
		t.Error("strings")
	}
}

func TestParseTypeRef(t *testing.T) {
	r, err := ParseTypeRef("a::b(1, x + 2)")
	if err != nil || len(r.Path) != 2 || r.Abs || r.Array || len(r.Args) != 2 || r.Args[1].Text != "x + 2" || r.Args[1].Offset != 8 {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err = ParseTypeRef("::abs[]"); err != nil || !r.Abs || !r.Array || r.Called {
		t.Errorf("%+v, %v", r, err)
	}
	for _, s := range []string{"foo(2 + 3, )", "", "1", "a::", "foo(1", "foo bar", "foo(1))"} {
		if _, err := ParseTypeRef(s); err == nil {
			t.Errorf("%q is no type reference", s)
		}
	}
}

func TestFromYAML(t *testing.T) {
	for _, c := range []struct {
		in   any
		want string
	}{{5, "5"}, {int64(-5), "-5"}, {uint64(math.MaxUint64), "18446744073709551615"}, {1.5, "1.5f"}, {true, "true"}, {"flags + 1", "6"}} {
		e, err := FromYAML(c.in)
		if err != nil {
			t.Fatal(err)
		}
		scope, f := world()
		e.Check(scope)
		if v, err := e.Eval(f); err != nil || show(v) != c.want {
			t.Errorf("%v: got %s, %v", c.in, show(v), err)
		}
	}
	for _, bad := range []any{nil, []any{1}, "1 *"} {
		if _, err := FromYAML(bad); err == nil {
			t.Errorf("%v is no expression", bad)
		}
	}
}

func TestConst(t *testing.T) {
	for text, want := range map[string]string{"1 + 2 * 3": "7", "sizeof<sub> * 2": "4", "flags": "", "1 / 0": "", "[1, 2]": "<0102>",
		"true ? 5 : flags": "", "'a' + 'b'": `"ab"`, "animal::dog": "top::animal::dog=1", "b._sizeof": "3"} {
		e, _ := prepared(t, text)
		v, ok := e.Const()
		if got := map[bool]string{true: show(v)}[ok]; got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
