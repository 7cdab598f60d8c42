package ksy

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"hexlay/overlay/expr"
)

// load reads a template that must be accepted.
func load(t testing.TB, text string) *Schema {
	t.Helper()
	s, problems := LoadText("test.ksy", []byte(text), LoadOptions{})
	if s == nil {
		t.Fatalf("refused: %v\n%s", problems, text)
	}
	return s
}

// lay lays a template over bytes written in hex.
func lay(t testing.TB, text, data string) *Tree {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(data, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return load(t, text).Open(bytes.NewReader(b), 0, int64(len(b)), Options{})
}

// text writes a result for comparison: the value, and where it lies.
func (r Result) text() string {
	if r.Err != nil {
		return ErrorKind(r.Err)
	}
	s := valueText(r.Value)
	if r.HasBits {
		s += fmt.Sprintf(" @%d:%d", r.Bits[0], r.Bits[1])
	} else if r.HasRange && r.InData {
		s += fmt.Sprintf(" @%d-%d", r.Range.Start, r.Range.End)
	} else if r.HasRange {
		s += " @-"
	}
	return s
}

func valueText(v expr.Value) string {
	switch v.Kind() {
	case expr.EnumOf:
		name, ok := v.Enum().Member(v.Int())
		if !ok {
			return "?" + v.Big().String()
		}
		return name
	case expr.ArrayOf:
		n, err := v.Array().Len()
		if err != nil {
			return ErrorKind(err)
		}
		var parts []string
		for i := range n {
			e, err := v.Array().At(i)
			if err != nil {
				parts = append(parts, ErrorKind(err))
				continue
			}
			parts = append(parts, valueText(e))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case expr.ClassOf:
		return v.Object().Class().Name()
	case expr.Bytes:
		return "x" + hex.EncodeToString(v.Bytes())
	}
	return show(v)
}

const meta = "meta: {id: t, endian: le, encoding: UTF-8}\n"

// features is one case for each thing of the language: template, data, how the parse ends, and what expressions give.
var features = []struct {
	name, ksy, data, fails string
	want                   string // "expression = value @range" a line
}{
	{"integers", meta + `
seq:
  - {id: a, type: u1}
  - {id: b, type: s1}
  - {id: c, type: u2be}
  - {id: d, type: s4}
  - {id: e, type: u8}
  - {id: f, type: s8be}
`, "ff ff 0102 feffffff ffffffffffffffff fffffffffffffffe", "", `
a = 255 @0-1
b = -1 @1-2
c = 258 @2-4
d = -2 @4-8
e = 18446744073709551615 @8-16
f = -2 @16-24
e + 1 = 18446744073709551616`},
	{"floats", meta + "seq: [{id: a, type: f4}, {id: b, type: f8be}]", "0000c03f 3ff8000000000000", "", `
a = 1.5 @0-4
b = 1.5 @4-12`},
	{"bits big", meta + "seq: [{id: a, type: b1}, {id: b, type: b10}, {id: c, type: b5}, {id: d, type: u1}]", "c07f aa", "", `
a = true @0:1
b = 515 @1:11
c = 31 @11:16
d = 170 @2-3`},
	{"bits little", meta + "seq: [{id: a, type: b3le}, {id: b, type: b7le}, {id: d, type: u1}, {id: e, type: b4le}]", "f501 aa 5f", "", `
a = 5 @0:3
b = 62 @3:10
d = 170 @2-3
e = 15 @24:28`},
	{"bits drop at a byte", meta + "seq: [{id: a, type: b4}, {id: b, type: u1}, {id: c, type: b4}]", "f1 02 30", "", "a = 15 @0:4\nb = 2 @1-2\nc = 3 @16:20"},
	{"bits drop before an absent field", meta + "seq: [{id: a, type: b3}, {id: b, type: u1, if: false}, {id: c, type: b3}]", "b35c", "", "c = 2 @8:11"},
	{"bits drop before an empty array", meta + "seq: [{id: a, type: b3}, {id: b, type: u1, repeat: expr, repeat-expr: 0}, {id: c, type: b3}]", "b35c", "", "c = 2 @8:11"},
	{"bits drop before an object", meta + "seq: [{id: a, type: b2}, {id: b, type: o}, {id: c, type: u1}]\ntypes: {o: {seq: [{id: x, type: b3}]}}", "b35ce5", "",
		"b.x = 2 @8:11\nc = 229 @2-3"},
	{"bits drop before a switch", meta + "seq: [{id: a, type: b3}, {id: b, type: {switch-on: 1, cases: {1: b4}}}, {id: c, type: b3}]", "b35c", "", "b = 5 @8:12\nc = 6 @12:15"},
	{"objects share a byte", meta + "seq: [{id: a, type: o, repeat: expr, repeat-expr: 5}, {id: b, type: u1}]\ntypes: {o: {seq: [{id: x, type: b3}]}}", "b35ce5", "",
		"a[2].x = 6 @6:9\na[4].x = 6 @12:15\nb = 229 @2-3"},
	{"arrays in the middle of a byte", meta + `
seq:
  - {id: a, type: o}
  - {id: b, type: u1, repeat: expr, repeat-expr: 0}
  - {id: c, type: p, repeat: expr, repeat-expr: 2}
types: {o: {seq: [{id: x, type: b3}]}, p: {seq: [{id: x, type: b3}, {id: y, type: b5}]}}
`, "b35ce5", "", "c[0].x = 4 @3:6\nc[0].y = 26 @6:11\nc[1].x = 7 @11:14\nc[1].y = 7 @14:19"},
	{"sizes in bits", meta + `
types:
  o: {seq: [{id: x, type: b3}]}
  p: {seq: [{id: x, type: b3}, {id: y, type: u1}, {id: z, type: b2}]}
  q: {seq: [{id: x, type: o, repeat: expr, repeat-expr: 3}, {id: y, type: o}]}
instances: {a: {value: bitsizeof<o>}, b: {value: bitsizeof<p>}, c: {value: bitsizeof<q>}, d: {value: sizeof<p>}}
`, "", "", "a = 3\nb = 18\nc = 12\nd = 3"},
	{"bits 64 unaligned", meta + "seq: [{id: a, type: b4}, {id: b, type: b64}]", "f123456789abcdef 0f", "", "b = 1311768467463790320 @4:68"},
	{"strings", meta + `
seq:
  - {id: a, type: str, size: 3}
  - {id: b, type: strz}
  - {id: c, type: str, size: 4, pad-right: 0x20}
  - {id: d, type: str, size: 4, terminator: 0x2e}
  - {id: e, type: strz, consume: false}
  - {id: z, type: u1}
  - {id: f, type: str, terminator: 0x2e, include: true}
  - {id: g, type: str, size-eos: true, encoding: SJIS}
`, "c3a941 4100 41202020 412e4242 4300 412e 82a0", "", `
a = "éA" @0-3
b = "A" @3-5
c = "A" @5-9
d = "A" @9-13
e = "C" @13-14
z = 0 @14-15
f = "A." @15-17
g = "あ" @17-19`},
	{"wide terminator", meta + "seq: [{id: a, type: strz, encoding: UTF-16LE}, {id: b, type: u1}]", "4100 0001 0042 0000 07", "", `
a.length = 3
b = 7 @8-9`},
	{"no terminator", meta + "seq: [{id: a, type: strz}]", "4141", "EndOfStreamError", "a = NotParsed\n_io.pos = 0"},
	{"no terminator, allowed", meta + "seq: [{id: a, type: strz, eos-error: false}]", "4141", "", `a = "AA" @0-2`},
	{"lossy", meta + "seq: [{id: a, type: str, size: 2}]", "41ff", "", "a = \"A\ufffd\" @0-2"},
	{"unknown encoding", meta + "seq: [{id: a, type: str, size: 2, encoding: NOPE}]", "4141", "UnknownEncodingError", "a = UnknownEncodingError"},
	{"contents", meta + "seq: [{id: a, contents: [1, 0x32]}]", "0132", "", "a = x0132 @0-2"},
	{"wrong contents", meta + "seq: [{id: a, contents: AB}, {id: b, type: u1}]", "414301", "ValidationNotEqualError", "a = x4143 @0-2\nb = NotParsed"},
	{"substream", meta + `
seq:
  - {id: n, type: u1}
  - {id: s, type: sub, size: n}
  - {id: z, type: u1}
types:
  sub:
    seq:
      - {id: a, type: u1}
    instances:
      at: {pos: 1, type: u1}
      rest: {value: _io.size - _io.pos}
`, "03 010203 09", "", `
s.a = 1 @1-2
s.at = 2 @2-3
s.rest = 2
s = t::sub @1-4
z = 9 @4-5
s._parent.z = 9 @4-5
s._root.n = 3 @0-1
s._sizeof = 1
_io.pos = 5`},
	{"declared sizes", meta + "seq: [{id: a, type: s}, {id: b, type: s}]\ntypes: {s: {seq: [{id: n, type: u1}, {id: x, size: 2 * 2, if: n > 0}, {id: y, type: u1, repeat: expr, repeat-expr: 1 + 1}]}}\ninstances: {d: {value: sizeof<s>}, e: {value: bitsizeof<s>}, f: {value: b._sizeof}}",
		"01 41424344 0102 00 0304", "", `
d = 7
e = 56
f = 3
b.x = null
b.y = [3 4] @8-10`},
	{"if and null", meta + "seq: [{id: a, type: u1}, {id: b, type: u1, if: a > 1}, {id: c, type: u1, if: a == 1}]", "0105", "", "b = null\nc = 5 @1-2"},
	{"enum", meta + "seq: [{id: a, type: u1, enum: e}, {id: b, type: b1, enum: e}]\nenums: {e: {1: one, 2: two}}", "0280", "", `
a = two @0-1
b = one @8:9
a.to_i = 2
a == e::two = true`},
	{"repeat expr", meta + "seq: [{id: n, type: u1}, {id: a, type: u2, repeat: expr, repeat-expr: n}, {id: z, type: u1}]", "02 0100 0200 07", "", `
a = [1 2] @1-5
a[1] = 2 @3-5
z = 7 @5-6
a[2] = IndexError`},
	{"nothing behind the end", meta + "instances: {a: {pos: 9, size: 0}, b: {pos: 9, size-eos: true}, c: {pos: 9, size: 0, type: o}, d: {pos: 9, type: u1}}\ntypes: {o: {seq: [{id: x, size-eos: true}]}}", "01", "",
		"a = x @9-9\nb = x @9-9\nc.x = x @9-9\nd = EndOfStreamError"},
	{"repeat eos", meta + "seq: [{id: a, type: strz, repeat: eos}]", "410042004300", "", "a.size = 3\na[2] = \"C\" @4-6"},
	{"repeat eos of bits", meta + "seq: [{id: a, type: b4, repeat: eos}]", "1234", "", "a = [1 2 3 4] @0-2\na[1] = 2 @4:8"},
	{"repeat until", meta + "seq: [{id: a, type: u1, repeat: until, repeat-until: _ == 3}, {id: z, type: u1}]", "01020309", "", "a = [1 2 3] @0-3\nz = 9 @3-4"},
	{"repeat until of objects", meta + `
seq: [{id: a, type: o, repeat: until, repeat-until: _.last}, {id: z, type: u1}]
types: {o: {seq: [{id: x, type: u1}], instances: {last: {value: x == 0}}}}
`, "020100 07", "", "a.size = 3\nz = 7 @3-4"},
	{"index", meta + `
seq: [{id: a, size: _index + 1, repeat: expr, repeat-expr: 3}]`, "01 0202 030303", "", "a[2] = x030303 @3-6"},
	{"cut array", meta + "seq: [{id: a, type: u2, repeat: expr, repeat-expr: 3}, {id: b, type: u1}]", "0100 0200 03", "EndOfStreamError", "a = [1 2] @0-4\nb = NotParsed"},
	{"cut array of objects", meta + "seq: [{id: a, type: o, repeat: eos}]\ntypes: {o: {seq: [{id: x, type: u1}, {id: y, type: u2}]}}", "01 0200 03", "EndOfStreamError",
		"a.size = 2\na[1].x = 3 @3-4\na[1].y = NotParsed"},
	{"switch", meta + `
seq:
  - {id: k, type: u1}
  - id: v
    type:
      switch-on: k
      cases: {1: u2, 2: o, _: u1}
types: {o: {seq: [{id: x, type: u1}]}}
`, "02 05", "", "v = t::o @1-2\nv.as<o>.x = 5 @1-2"},
	{"switch with size", meta + `
seq:
  - {id: k, type: u1}
  - id: v
    size: 2
    type:
      switch-on: k
      cases: {1: o}
  - {id: z, type: u1}
types: {o: {seq: [{id: x, type: u1}]}}
`, "07 0506 09", "", "v = x0506 @1-3\nz = 9 @3-4"},
	{"switch without a case", meta + `
seq:
  - {id: k, type: u1}
  - {id: v, type: {switch-on: k, cases: {1: u2}}}
  - {id: z, type: u1}
`, "07 09", "", "v = null\nz = 9 @1-2"},
	{"computed byte order", `
meta: {id: t}
seq: [{id: o, type: u1}, {id: b, type: body}]
types:
  body:
    meta: {endian: {switch-on: _root.o, cases: {1: le, 2: be}}}
    seq: [{id: a, type: u2}, {id: i, type: inner}]
    types: {inner: {seq: [{id: x, type: u2}]}}
`, "02 0102 0304", "", "b.a = 258 @1-3\nb.i.x = 772 @3-5"},
	{"undecided byte order", `
meta: {id: t}
seq: [{id: o, type: u1}, {id: b, type: body}]
types:
  body:
    meta: {endian: {switch-on: _root.o, cases: {1: le}}}
    seq: [{id: a, type: u2}]
`, "02 0102", "UndecidedEndiannessError", ""},
	{"params", meta + `
seq: [{id: a, type: 'o(3, "x")'}]
types:
  o:
    params: [{id: n, type: u1}, {id: s, type: str}]
    seq: [{id: x, size: n}]
    instances: {y: {value: s + "!"}}
`, "010203", "", "a.x = x010203 @0-3\na.y = \"x!\"\na.n = 3"},
	{"instances", meta + `
seq: [{id: a, type: u1}]
instances:
  b: {pos: 2, type: u1}
  c: {value: a + b}
  d: {pos: 1, type: u1, repeat: expr, repeat-expr: 2}
  e: {pos: 9, type: u1}
`, "010203", "", "b = 3 @2-3\nc = 4\nd = [2 3] @1-3\ne = EndOfStreamError\n_io.pos = 1"},
	{"io", meta + `
seq: [{id: s, size: 2, type: o}, {id: z, type: u1}]
instances: {x: {io: s._io, pos: 1, type: u1}}
types: {o: {seq: [{id: a, type: u1}]}}
`, "0102 03", "", "x = 2 @1-2"},
	{"xor", meta + "seq: [{id: a, size: 2, process: xor(0xff)}, {id: b, size: 2, process: 'xor([1, 2])', type: o}]\ntypes: {o: {seq: [{id: x, type: u2}]}}",
		"00ff 0103", "", "a = xff00 @0-2\nb.x = 256 @-\nb = t::o @2-4"},
	{"rotate", meta + "seq: [{id: a, size: 1, process: rol(1)}, {id: b, size: 1, process: ror(1)}]", "8101", "", "a = x03 @0-1\nb = x80 @1-2"},
	{"zlib", meta + "seq: [{id: a, size-eos: true, process: zlib}]", "789c4b4c4a06000 24d0127", "", "a = x616263 @0-11"},
	{"bad zlib", meta + "seq: [{id: a, size-eos: true, process: zlib}]", "789c4b4c", "ProcessError", ""},
	{"custom process", meta + "seq: [{id: a, size: 1, process: my.own(1)}]", "01", "ProcessError", ""},
	{"switch that chooses nothing", meta + "seq: [{id: n, type: u1, repeat: expr, repeat-expr: 4}, " +
		"{id: a, type: {switch-on: 'n[_index]', cases: {1: u1, 2: o(_index)}}, repeat: expr, repeat-expr: 4}, {id: z, type: u1}]\n" +
		"types: {o: {params: [{id: i, type: u1}], seq: [{id: x, type: u1}]}}",
		"01030203 0a0b0c", "", "a = [10 t::o] @4-6\na.size = 2\na[1].as<o>.i = 2\na[1].as<o>.x = 11 @5-6\nz = 12 @6-7"},
	{"valid", meta + "seq: [{id: a, type: u1, valid: {min: 1, max: 3}}, {id: b, type: u1, valid: {any-of: [1, 2]}}, {id: c, type: u1, valid: {expr: _ % 2 == 0}}]",
		"01 02 04", "", "c = 4 @2-3"},
	{"less", meta + "seq: [{id: a, type: u1, valid: {min: 1}}]", "00", "ValidationLessThanError", "a = 0 @0-1"},
	{"greater", meta + "seq: [{id: a, type: u1, valid: {max: 1}}]", "02", "ValidationGreaterThanError", "a = 2 @0-1"},
	{"not any", meta + "seq: [{id: a, type: u1, valid: {any-of: [1]}}]", "02", "ValidationNotAnyOfError", "a = 2 @0-1"},
	{"not in enum", meta + "seq: [{id: a, type: u1, enum: e, valid: {in-enum: true}}]\nenums: {e: {1: x}}", "02", "ValidationNotInEnumError", ""},
	{"condition", meta + "seq: [{id: a, type: u1, valid: {expr: a == 1}}]", "02", "ValidationExprError", "a = 2 @0-1"},
	{"elements valid", meta + "seq: [{id: a, type: u1, valid: 1, repeat: eos}]", "010102", "ValidationNotEqualError", ""},
	{"parent false", meta + "seq: [{id: a, type: o, parent: false}]\ntypes: {o: {seq: [{id: x, type: u1}]}}", "01", "", "a._parent = null"},
	{"to-string", meta + "seq: [{id: a, type: o}]\ntypes: {o: {seq: [{id: x, type: u1}], to-string: 'x.to_s'}}", "07", "", "a = t::o @0-1"},
	{"cast ends a circle", meta + "seq: [{id: n, type: u1}, {id: d, type: d, repeat: expr, repeat-expr: n}]\ninstances: {sum: {value: 'd.last.sum'}}\n" +
		"types: {d: {seq: [{id: x, type: u1}, {id: up, type: u1}], instances: {before: {value: 'up == 0 ? 0 : _root.d[up - 1].sum'}, sum: {value: '(before + x).as<u4>'}}}}",
		"03" + "0500" + "0701" + "0902", "", "sum = 21\nd[1].sum = 12\nd[0].before = 0"},
	{"an element is in its array when it is asked about", meta + "seq: [{id: a, type: o, repeat: until, repeat-until: 'a.size > 3 or a.last.x == 9'}, " +
		"{id: b, type: u1, repeat: until, repeat-until: 'b.size > 2'}, {id: c, size: 1, repeat: until, repeat-until: 'c.last == [7]'}, " +
		"{id: d, type: o, repeat: until, repeat-until: 'd[_index].x == 8', valid: {expr: 'd.last.x == _.x and d.size == _index + 1'}}, {id: e, type: u1}]\n" +
		"types: {o: {seq: [{id: x, type: u1}, {id: before, size: 0, if: '_parent.a.size == x'}]}}",
		"0109" + "010203" + "0107" + "0108" + "05", "", "a.size = 2\nb.size = 3\nc.size = 2\nd.size = 2\ne = 5 @9-10"},
	{"elements of one size name those before", meta + "seq: [{id: a, type: 'o(_index == 0 ? 0 : a.last.x)', repeat: expr, repeat-expr: 3}, " +
		"{id: b, type: u1, repeat: expr, repeat-expr: 2, valid: {expr: 'b.size == _index + 1'}}, " +
		"{id: c, size: 1, process: 'xor(_index == 0 ? 0 : c.last.first)', repeat: expr, repeat-expr: 3}, " +
		"{id: d, type: {switch-on: 'd.size', cases: {0: 'o(d.size)', _: 'o(d.first.x)'}}, repeat: eos}]\n" +
		"types: {o: {params: [{id: p, type: u1}], seq: [{id: x, type: u1}]}}",
		"070809" + "0101" + "010204" + "0506", "", "a[2].p = 8\na[1].p = 7\na[0].p = 0\na.size = 3\nb.size = 2\nc[2].first = 7\nd[0].p = 0\nd[1].p = 5\nd.size = 2"},
	{"unnamed", meta + "seq: [{type: u1}, {type: u2}]", "010200", "", "_unnamed1 = 2 @1-3"},
	{"end", meta + "seq: [{id: a, size: 3}]", "0102", "EndOfStreamError", "a = NotParsed\n_io.pos = 0"},
}

func TestFeatures(t *testing.T) {
	for _, c := range features {
		t.Run(c.name, func(t *testing.T) {
			tree := lay(t, c.ksy, c.data)
			err := tree.Parse()
			if kind := ""; err != nil || c.fails != "" {
				if err != nil {
					kind = ErrorKind(err)
				}
				if kind != c.fails {
					t.Errorf("parse: %v, want %q", err, c.fails)
				}
			}
			lazy := lay(t, c.ksy, c.data)
			for _, line := range strings.Split(strings.TrimSpace(c.want), "\n") {
				if line == "" {
					continue
				}
				i := strings.LastIndex(line, " = ")
				if got := tree.Eval(line[:i]); got.text() != line[i+3:] {
					t.Errorf("%s = %s, want %s (%v)", line[:i], got.text(), line[i+3:], got.Err)
				}
				if got := lazy.Eval(line[:i]); c.fails == "" && !strings.HasPrefix(line, "_io") && got.text() != line[i+3:] {
					t.Errorf("read on demand: %s = %s, want %s (%v)", line[:i], got.text(), line[i+3:], got.Err)
				}
			}
		})
	}
}
