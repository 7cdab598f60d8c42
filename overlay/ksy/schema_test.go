package ksy

import (
	"math/big"
	"strings"
	"testing"

	"hexlay/overlay/expr"
)

// What expressions see of fields.
func TestStaticTypes(t *testing.T) {
	s := mustText(t, `
meta: {id: top, endian: le, encoding: UTF-8}
params:
  - {id: p_bytes}
  - {id: p_any, type: any}
  - {id: p_io, type: io}
  - {id: p_struct, type: struct}
  - {id: p_bool, type: bool}
  - {id: p_list, type: 'u2[]'}
  - {id: p_user, type: sub}
  - {id: p_enum, type: u1, enum: e}
seq:
  - {id: a_u1, type: u1}
  - {id: a_s8, type: s8be}
  - {id: a_f4, type: f4}
  - {id: a_b1, type: b1}
  - {id: a_b1_enum, type: b1, enum: e}
  - {id: a_b3, type: b3}
  - {id: a_str, type: strz}
  - {id: a_bytes, size: 3}
  - {id: a_sub, type: 'sub', repeat: eos}
  - id: a_ints
    type: {switch-on: a_u1, cases: {1: u1, 2: s4}}
  - id: a_mixed
    type: {switch-on: a_u1, cases: {1: sub, 2: other}}
  - id: a_raw
    size: 4
    type: {switch-on: a_u1, cases: {1: sub}}
  - {id: a_enum, type: u2, enum: 'sub::inner'}
  - {contents: x}
instances:
  i_sum: {value: i_one + 1}
  i_one: {value: a_u1}
  i_enum: {value: 1, enum: e}
  i_first: {value: a_sub.first}
  i_name: {value: a_str + 'x'}
  i_pos: {pos: 0, type: u4, repeat: expr, repeat-expr: 3}
  i_member: {value: 'sub::inner::m'}
types:
  sub:
    enums: {inner: {1: m}}
  other: {}
enums: {e: {1: one}}
`)
	sub := s.Top.Sub("sub")
	want := map[string]string{
		"p_bytes": "byte array", "p_any": "value of no one type", "p_io": "stream", "p_struct": "object of no one type",
		"p_bool": "boolean", "p_list": "array of integer (u2)", "p_user": "type top::sub", "p_enum": "enum top::e",
		"a_u1": "integer (u1)", "a_s8": "integer (s8)", "a_f4": "float", "a_b1": "boolean", "a_b1_enum": "enum top::e",
		"a_b3": "integer (b3)", "a_str": "string", "a_bytes": "byte array", "a_sub": "array of type top::sub",
		"a_ints": "integer", "a_mixed": "object of no one type", "a_raw": "value of no one type", "a_enum": "enum top::sub::inner",
		"_unnamed13": "byte array",
		"i_sum":      "integer", "i_one": "integer (u1)", "i_enum": "enum top::e", "i_first": "type top::sub", "i_name": "string",
		"i_pos": "array of integer (u4)", "i_member": "enum top::sub::inner",
	}
	for name, typ := range want {
		m, ok := s.Top.Member(name)
		if !ok {
			t.Errorf("there is no %s", name)
		} else if m.Type.String() != typ {
			t.Errorf("%s is %s, want %s", name, m.Type, typ)
		} else if s.Top.Slots[m.Slot].ID != name {
			t.Errorf("slot %d is %s, want %s", m.Slot, s.Top.Slots[m.Slot].ID, name)
		}
	}
	if len(s.Top.Members()) != len(want) {
		t.Errorf("members: %v", s.Top.Members())
	}
	if m, _ := sub.Member("_root"); m.Type.Class != s.Top {
		t.Errorf("_root of sub is %s", m.Type)
	}
	if sub.Parent != s.Top {
		t.Errorf("_parent of sub is %v", sub.Parent)
	}
	if a := s.Top.Insts[2]; a.EnumOf == nil {
		t.Error("i_enum has lost its enum")
	}
	raw := s.Top.Seq[11].Type
	if raw.Switch.Type == nil || raw.Switch.Type.Sort != BytesType || raw.Switch.Cases[0].Type.Size == nil {
		t.Error("a switch with a size reads raw bytes where no case fits, and objects in a stream of that size")
	}
}

func TestParent(t *testing.T) {
	s := mustText(t, `
seq:
  - {id: a, type: one}
  - {id: b, type: forced, parent: c}
  - {id: c, type: none}
  - {id: d, type: none, parent: false}
instances:
  e: {pos: 0, type: {switch-on: 1, cases: {1: by_case, _: by_default}}}
types:
  one:
    seq: [{id: n, type: u1}, {id: x, type: two}, {id: y, type: several, if: n == 1}]
  two:
    seq: [{id: data, size: _parent.n}, {id: y, type: several, if: false}]
    instances: {up: {value: _parent._parent.a.n}}
  several: {seq: [{id: z, size: _io.size, if: _parent._io.eof}]}
  forced: {seq: [{id: z, size: _parent.m}]}
  none: {seq: [{id: m, type: u1}]}
  by_case: {}
  by_default: {}
  unused: {}
`)
	for name, want := range map[string]string{"one": "t", "two": "t::one", "several": "", "forced": "t::none", "none": "t", "by_case": "t", "by_default": "t", "unused": ""} {
		got := ""
		if p := s.Top.Sub(name).Parent; p != nil {
			got = p.Name()
		}
		if got != want {
			t.Errorf("the parent of %s is %q, want %q", name, got, want)
		}
	}
}

// Uses in other files say nothing about _parent, as objects of imported types have none.
func TestParentImported(t *testing.T) {
	dir := files(t, "top.ksy", "meta: {id: top, imports: [lib]}\nseq: [{id: a, type: 'lib::part'}]",
		"lib.ksy", "meta: {id: lib}\nseq: [{id: n, type: u1}, {id: p, type: part}]\ntypes: {part: {seq: [{id: x, size: _parent.n}]}}")
	s := mustLoad(t, dir+"/top.ksy", LoadOptions{})
	if got := s.Top.Seq[0].Type.User.Parent; got != s.Files[1].Top {
		t.Errorf("the parent is %v", got)
	}
}

func TestFixedBits(t *testing.T) {
	s := mustText(t, `
meta: {id: t, endian: be, encoding: ASCII}
seq: [{id: x, type: a, if: false}]
types:
  a: {seq: [{id: x, type: u1}, {id: y, type: b3}, {id: z, type: u4}]}
  b: {seq: [{id: x, type: a}, {id: y, type: a, repeat: expr, repeat-expr: 3}, {id: z, contents: abc}]}
  c: {seq: [{id: x, type: str, size: 0x10}, {size: 2, type: d}]}
  d: {seq: [{id: x, type: strz}]}
  e: {seq: [{id: x, type: u1, if: true}]}
  f: {seq: [{id: x, type: u1, repeat: eos}]}
  g: {seq: [{id: x, type: g}]}
  h: {seq: [{id: x, type: h2}, {id: y, type: u1}]}
  h2: {seq: [{id: x, type: h, if: false}]}
  i: {}
  j: {seq: [{type: {switch-on: 1, cases: {1: u4, _: f4}}}]}
  k: {seq: [{type: {switch-on: 1, cases: {1: u4}}}]}
  l: {seq: [{type: b1, repeat: expr, repeat-expr: 9}]}
  m: {seq: [{type: u8, repeat: expr, repeat-expr: 0x7fffffffffffffff}]}
  n: {seq: [{size: c}], params: [{id: c, type: u1}]}
`)
	for name, want := range map[string]int64{"a": 48, "b": 4*48 + 24, "c": 18 * 8, "d": -1, "e": -1, "f": -1, "g": -1, "h": -1, "h2": -1, "i": 0,
		"j": 32, "k": -1, "l": 9, "m": -1, "n": -1} {
		if got := s.Top.Sub(name).FixedBits; got != want {
			t.Errorf("%s takes %d bits, want %d", name, got, want)
		}
	}
}

func TestDefaults(t *testing.T) {
	s := mustText(t, `
meta: {id: t, endian: le, bit-endian: le, encoding: ASCII}
seq: [{id: a, type: u2}, {id: b, type: b4}, {id: c, type: strz}, {id: d, type: u1}, {id: e, type: b4be}]
types:
  inner:
    meta: {endian: be, encoding: UTF-16LE}
    seq: [{id: a, type: u2}, {id: b, type: b4}, {id: c, type: strz}]
    types:
      deeper: {seq: [{id: a, type: u2}]}
  computed:
    meta: {endian: {switch-on: x, cases: {1: le, _: be}}}
    seq: [{id: x, type: u1}, {id: a, type: u2}]
    types:
      deeper: {seq: [{id: a, type: u2}, {id: b, type: u2le}]}
`)
	endian := func(t *Type, i int) Endian { return t.Seq[i].Type.Endian }
	inner, computed := s.Top.Sub("inner"), s.Top.Sub("computed")
	for i, got := range []Endian{endian(s.Top, 0), endian(s.Top, 1), endian(s.Top, 3), endian(s.Top, 4), endian(inner, 0), endian(inner, 1),
		endian(inner.Sub("deeper"), 0), endian(computed, 1), endian(computed.Sub("deeper"), 0), endian(computed.Sub("deeper"), 1)} {
		want := []Endian{Little, Little, NoEndian, Big, Big, Little, Big, Computed, Computed, Little}[i]
		if got != want {
			t.Errorf("%d: byte order %d, want %d", i, got, want)
		}
	}
	if d := inner.Seq[2].Type; d.Encoding != "UTF-16LE" || len(d.Terminator) != 2 {
		t.Errorf("strz in UTF-16: %+v", d)
	}
	if on := computed.EndianOn; on == nil || len(on.Cases) != 1 || on.Cases[0].Endian != Little || on.Endian != Big {
		t.Errorf("computed byte order: %+v", on)
	}
}

// Numbers and booleans are read as YAML 1.1 has them.
func TestYAMLScalars(t *testing.T) {
	s := mustText(t, `
seq:
  - {id: a, size: 0x1f}
  - {id: b, size: 1_000}
  - {id: c, size: 017}
  - {id: d, size: '0x17'}
  - {id: e, size: 1, if: yes}
  - {id: f, size: 1, if: Off}
  - {id: g, terminator: 0x0a, include: on}
  - {id: h, contents: [0x50, '0x4b', PK, 3]}
enums:
  e: {0xffffffffffffffff: max, 010: eight, '0x10': sixteen}
`)
	for i, want := range []string{"31", "1000", "15", "0x17"} {
		if got := s.Top.Seq[i].Type.Size.Text; got != want {
			t.Errorf("size %d is %s, want %s", i, got, want)
		}
	}
	if e, f := s.Top.Seq[4].If.Text, s.Top.Seq[5].If.Text; e != "true" || f != "false" {
		t.Errorf("if: %s, %s", e, f)
	}
	if g := s.Top.Seq[6].Type; g.Terminator[0] != 10 || !g.Include {
		t.Errorf("%+v", g)
	}
	if h := s.Top.Seq[7].Type; string(h.Contents) != "PKPK\x03" || h.Size == nil || h.Size.Text != "5" {
		t.Errorf("%+v", h)
	}
	for i, want := range []string{"18446744073709551615", "8", "16"} {
		if got := s.Top.Enums[0].Entries[i].Value.String(); got != want {
			t.Errorf("member %d is %s, want %s", i, got, want)
		}
	}
}

func TestYAMLNumbers(t *testing.T) {
	for text, want := range map[string]string{"0x1f": "31", "0b101": "5", "1_000": "1000", "017": "15", "0": "0", "-5": "-5", "+5": "5", "1:30": "90",
		"0xFFFF_FFFF_FFFF_FFFF": "18446744073709551615", "08": "", "0x": "", "1__0": "10", "--1": "", "1a": "", "0b2": "", "x": "", "": "", "0b-1": "", "1:99": "", "0x-1": ""} {
		got := ""
		if v := yamlInt(text); v != nil {
			got = v.String()
		}
		if got != want {
			t.Errorf("%s is %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{"1.5": "1.5", "1.": "1.0", "-2.50": "-2.5", "1.0e+3": "1000.0", "1e5": "", ".inf": "", "1.2.3": "", "0x1.8": ""} {
		if got, _ := yamlFloat(text); got != want {
			t.Errorf("%s is %q, want %q", text, got, want)
		}
	}
}

// Aliases and merged keys are read, and cannot be made to explode.
func TestYAMLAliases(t *testing.T) {
	s := mustText(t, `
meta: {id: t}
-common: &c {type: u1, doc: shared}
seq:
  - {<<: *c, id: a}
  - {id: b, <<: [*c, {type: u2}], doc: own}
  - &d {type: u1}
`)
	if a := s.Top.Seq[0]; a.Doc != "shared" || a.Type.Width != 1 {
		t.Errorf("%+v", a)
	}
	if b := s.Top.Seq[1]; b.Doc != "own" || b.Type.Width != 1 {
		t.Errorf("%+v", b)
	}
	var bomb strings.Builder
	bomb.WriteString("meta: {id: t}\n-a0: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := byte('1'); i <= '9'; i++ {
		prev := "*a" + string(i-1)
		bomb.WriteString("-a" + string(i) + ": &a" + string(i) + " [" + strings.Repeat(prev+", ", 9) + prev + "]\n")
	}
	if s, problems := LoadText("t.ksy", []byte(bomb.String()), LoadOptions{}); s != nil || !strings.Contains(problems[0].Msg, "aliases make") {
		t.Errorf("a bomb of aliases: %v", problems)
	}
	deep := "meta: {id: t}\n-x: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	if s, problems := LoadText("t.ksy", []byte(deep), LoadOptions{}); s != nil {
		t.Errorf("5000 levels: %v", problems)
	}
	if s, problems := LoadText("t.ksy", make([]byte, maxText+1), LoadOptions{}); s != nil || !strings.Contains(problems[0].Msg, "larger") {
		t.Errorf("a large file: %v", problems)
	}
}

func TestEnum(t *testing.T) {
	s := mustText(t, `
enums:
  e:
    -1: minus
    5: {id: five, doc: the fifth, -orig-id: FIVE, doc-ref: [x, y]}
    18446744073709551615: most
`)
	e := s.Top.Enums[0]
	if got := strings.Join(e.Members(), " "); got != "minus five most" {
		t.Errorf("members: %s", got)
	}
	most, _ := new(big.Int).SetString("18446744073709551615", 10)
	for id, n := range map[string]expr.Value{"minus": expr.IntValue(-1), "five": expr.IntValue(5), "most": expr.BigValue(most)} {
		if got, ok := e.Member(n); !ok || got != id {
			t.Errorf("%s: found %q", id, got)
		}
		if v, ok := e.Value(id); !ok || v.Big().Cmp(n.Big()) != 0 {
			t.Errorf("%s is %v", id, v)
		}
	}
	if _, ok := e.Member(expr.IntValue(6)); ok {
		t.Error("6 has a name")
	}
	if x := e.Entries[1]; x.Doc != "the fifth" || x.OrigID != "FIVE" || len(x.DocRefs) != 2 {
		t.Errorf("%+v", x)
	}
	if e.Name() != "t::e" {
		t.Errorf("the enum is %s", e.Name())
	}
}

func TestChecks(t *testing.T) {
	s, problems := LoadText("t.ksy", template(`
-hexlay:
  magic: ['ff d8', {at: -4, hex: '00 ??'}]
seq:
  - {id: len, type: u2, -check: {length: body}}
  - {id: num, type: u1, -check: [{count: list}, {value: list.size + 0, if: len > 0}]}
  - {id: body, size: len}
  - {id: list, type: u1, repeat: expr, repeat-expr: num}
  - id: crc
    type: u2
    -check: {algorithm: crc-16/modbus, over: [{from: len, to: body}, {value: num, type: u4be}, {value: body, process: zlib}], zero: true, then: _ & 0xff}
  - id: own
    type: u2
    -check: {algorithm: {width: 16, poly: 0x8005, refin: true}, over: body}
`), LoadOptions{})
	if s == nil || len(problems) > 0 {
		t.Fatalf("%v", problems)
	}
	if m := s.Files[0].Magic; len(m) != 2 || m[1] != (Magic{-4, "00 ??"}) {
		t.Errorf("magic: %v", m)
	}
	for i, want := range []int{1, 2, 0, 0, 1, 1} {
		if got := len(s.Top.Seq[i].Checks); got != want {
			t.Errorf("field %d has %d checks, want %d", i, got, want)
		}
	}
	if c := s.Top.Seq[4].Checks[0]; c.Algorithm != "crc-16/modbus" || len(c.Over) != 3 || c.Over[0].From == nil || c.Over[1].Type.Endian != Big ||
		c.Over[2].Process != "zlib" || !c.Zero || c.Then == nil {
		t.Errorf("%+v", c)
	}
	if c := s.Top.Seq[5].Checks[0]; c.Params["poly"].Int64() != 0x8005 || c.Params["refin"].Int64() != 1 {
		t.Errorf("%+v", c)
	}
	// Mistakes warn: other tools accept the file.
	for _, bad := range []string{"{}", "5 +", "{length: a, count: a}", "{algorithm: x}", "{length: nope}", "{value: 1, over: a}", "{algorithm: x, over: {from: a, value: a}}",
		"{algorithm: {width: 16}, over: a}", "{value: {}}", "{algorithm: x, over: {value: a, type: f4}}", "{algorithm: x, over: {value: a, process: bz2}}", "{value: 1, nope: 2}",
		"{value: _}", "3 3", "{algorithm: crc-99, over: a}"} {
		s, problems := LoadText("t.ksy", template("seq:\n  - id: a\n    type: u1\n    -check: "+bad), LoadOptions{})
		if s == nil || len(problems) == 0 || len(s.Top.Seq[0].Checks) != 0 {
			t.Errorf("%s: %v", bad, problems)
		}
	}
}

// A mistake in an instance stays an error, also where a check is the first to look at it.
func TestCheckOfBadInstance(t *testing.T) {
	s, problems := LoadText("t.ksy", template("seq: [{id: a, type: u1, -check: {value: b}}]\ninstances: {b: {value: nope}}"), LoadOptions{})
	if s != nil || len(problems) != 1 || problems[0].Path != "/instances/b/value" {
		t.Errorf("got %v", problems)
	}
	// An argument does not draw the mistakes of what it names to itself.
	s, problems = LoadText("t.ksy", template("seq: [{id: a, type: 's(b)'}]\ninstances: {b: {value: nope}}\ntypes: {s: {params: [{id: p, type: u1}]}}"), LoadOptions{})
	if s != nil || len(problems) != 1 || problems[0].Path != "/instances/b/value" {
		t.Errorf("got %v", problems)
	}
}

// However many mistakes there are, one error is among those listed.
func TestManyWarnings(t *testing.T) {
	var b strings.Builder
	b.WriteString("meta: {id: t}\nseq:\n")
	for range 3000 {
		b.WriteString("  - {type: u1, terminator: 0, -check: 5}\n")
	}
	s, problems := LoadText("t.ksy", []byte(b.String()), LoadOptions{})
	if s == nil || len(problems) != maxWarnings {
		t.Errorf("%d warnings", len(problems))
	}
	if s, problems := LoadText("t.ksy", []byte(b.String()+"  - {type: nope}\n"), LoadOptions{}); s != nil || problems[len(problems)-1].Warning {
		t.Errorf("accepted with %d problems", len(problems))
	}
}

func TestExpression(t *testing.T) {
	s := mustText(t, "seq: [{id: a, type: u1}]")
	e, err := s.Top.Expression("a + 1")
	if err != nil || e.Type().Kind != expr.Int {
		t.Errorf("%v %v", e, err)
	}
	for _, bad := range []string{"a +", "b", "_root.b + c"} {
		if _, err := s.Top.Expression(bad); err == nil {
			t.Errorf("%s was accepted", bad)
		} else if x, ok := err.(*expr.Error); !ok || x.Kind != "ExprError" {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestWarnings(t *testing.T) {
	for _, c := range []struct{ body, path string }{
		{"meta: {id: t, encoding: utf8}", "/meta/encoding"},
		{"meta: {id: t, encoding: klingon}", "/meta/encoding"},
		{"seq: [{id: a, type: strz, encoding: latin1}]", "/seq/0/encoding"},
		{"seq: [{id: n, type: u1}, {id: a, size: n}]", "/seq/0/id"},
		{"seq: [{id: n, type: u1}, {id: a, type: u1, repeat: expr, repeat-expr: n}]", "/seq/0/id"},
		{"seq: [{id: a, type: u1, terminator: 0}]", "/seq/0/terminator"},
		{"seq: [{id: a, size: 1, process: my.own(1)}]", "/seq/0/process"},
		{"instances: {a: {pos: 0, type: u1, id: b}}", "/instances/a/id"},
	} {
		s, problems := LoadText("t.ksy", template(c.body), LoadOptions{})
		if s == nil || len(problems) != 1 || !problems[0].Warning || problems[0].Path != c.path || len(s.Warnings) != 1 {
			t.Errorf("%s: want a warning at %s, got %v", c.body, c.path, problems)
		}
	}
}
