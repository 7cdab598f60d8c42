package ksy

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"
)

// applied gives the bytes with patches of them.
func applied(t testing.TB, tree *Tree, data []byte, list []Patch) []byte {
	t.Helper()
	p := newPatched(bytes.NewReader(data), 0, int64(len(data)))
	for i := len(list) - 1; i >= 0; i-- {
		p.apply(list[i : i+1])
	}
	out := make([]byte, p.size)
	if n, _ := p.ReadAt(out, 0); n != len(out) {
		t.Fatalf("%d bytes of %d", n, len(out))
	}
	return out
}

func bytesOf(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEncode(t *testing.T) {
	const inner = "\ntypes: {o: {seq: [{id: x, type: u2}, {id: y, type: str, size-eos: true}]}}"
	for _, c := range []struct{ seq, data, path, value, want string }{
		{"[{id: a, type: u2}]", "0000", "a", "0x1234", "3412"},
		{"[{id: a, type: u2be}]", "0000", "a", "0b101", "0005"},
		{"[{id: a, type: s1}]", "00", "a", "-1", "ff"},
		{"[{id: a, type: s1}]", "00", "a", "128", "!does not fit"},
		{"[{id: a, type: u8}]", "0000000000000000", "a", "18446744073709551615", "ffffffffffffffff"},
		{"[{id: a, type: u1}]", "00", "a", "x", "!no integer"},
		{"[{id: a, type: f4}]", "00000000", "a", "1.5", "0000c03f"},
		{"[{id: a, type: f8be}]", "0000000000000000", "a", "-inf", "fff0000000000000"},
		{"[{id: a, type: u1, enum: e}]\nenums: {e: {7: cat}}", "00", "a", "cat", "07"},
		{"[{id: a, type: u1, enum: e}]\nenums: {e: {7: cat}}", "00", "a", "t::e::cat", "07"},
		{"[{id: a, type: u1, enum: e}]\nenums: {e: {7: cat}}", "00", "a", "dog", "!no member"},
		{"[{id: a, type: b3}, {id: b, type: b10}, {id: c, type: b3}]", "ffff", "b", "0", "e007"},
		{"[{id: a, type: b3}, {id: b, type: b10}, {id: c, type: b3}]", "0000", "b", "0x3ff", "1ff8"},
		{"[{id: a, type: b3le}, {id: b, type: b10le}, {id: c, type: b3le}]", "0000", "b", "0x3ff", "f81f"},
		{"[{id: a, type: b1}, {id: b, type: b1}]", "00", "b", "true", "40"},
		{"[{id: a, type: b1}]", "00", "a", "maybe", "!neither"},
		{"[{id: a, type: str, size: 4}]", "41424344", "a", "WXYZ", "5758595a"},
		{"[{id: a, type: str, size: 4}]", "41424344", "a", "WXY", "!is fixed"},
		{"[{id: a, type: str, size: 4, pad-right: 0x20}]", "41424344", "a", "W", "57202020"},
		{"[{id: a, type: str, size: 4, pad-right: 0x20}]", "41424344", "a", "W ", "!padding"},
		{"[{id: a, type: str, size: 4, terminator: 0}]", "41424344", "a", "W", "57000000"},
		{"[{id: a, type: str, size: 4, terminator: 0x2e, pad-right: 0x20}]", "41424344", "a", "W", "572e2020"},
		{"[{id: a, type: strz}, {id: b, type: u1}]", "410007", "a", "WXY", "5758590007"},
		{"[{id: a, type: strz}]", "4100", "a", "\"a\\x00b\"", "!terminator"},
		{"[{id: a, type: strz, encoding: UTF-16BE}]", "00410000", "a", "é", "00e90000"},
		{"[{id: a, type: str, size-eos: true, encoding: SJIS}]", "41", "a", "あ", "82a0"},
		{"[{id: a, type: str, size: 1, encoding: ASCII}]", "41", "a", "é", "!encode"},
		{"[{id: n, type: u1}, {id: a, size: n}, {id: z, type: u1}]", "02414207", "a", "01 02 03", "0301020307"},
		{"[{id: n, type: u1}, {id: a, size: n - 1}, {id: z, type: u1}]", "03414207", "a", "01", "020107"},
		{"[{id: a, contents: AB}]", "4142", "a", "41 43", "!must be"},
		{"[{id: a, size: 2, process: xor(0xff)}]", "ffff", "a", "0102", "fefd"},
		{"[{id: a, size: 1, process: rol(1)}]", "00", "a", "03", "81"},
		{"[{id: a, size: 4, process: 'xor([1, 2, 3])', type: o}]" + inner, "00000000", "a.x", "0x2211", "10200000"},
		{"[{id: a, size: 4, process: 'xor([1, 2, 3])', type: o}]" + inner, "00000000", "a.y", "ab", "00006263"},
		{"[{id: n, type: u1}, {id: a, size: n, type: o}, {id: z, type: u1}]" + inner, "03 0100 41 07", "a.y", "xyz", "05 0100 78797a 07"},
		{"[{id: a, type: u1, valid: {max: 3}}]", "00", "a", "4", "!validation"},
		{"[{id: a, type: u1, repeat: eos}]", "000102", "a[1]", "9", "000902"},
	} {
		data := bytesOf(t, c.data)
		tree := lay(t, meta+"seq: "+c.seq, c.data)
		name := fmt.Sprintf("%s %s=%s", c.seq, c.path, c.value)
		n, err := tree.Lookup(c.path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		list, err := n.Encode(c.value)
		if strings.HasPrefix(c.want, "!") {
			if err == nil || !strings.Contains(err.Error(), c.want[1:]) {
				t.Errorf("%s: %v, want an error with %q", name, err, c.want[1:])
			}
			continue
		}
		if err == nil {
			list, err = MergePatches(list)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := applied(t, tree, data, list); !bytes.Equal(got, bytesOf(t, c.want)) {
			t.Errorf("%s: % x, want %s", name, got, c.want)
		}
	}
}

// message has a length and two checksums, one within what the other covers.
const message = meta + `
seq:
  - {id: len, type: u2, -check: {length: body}}
  - {id: body, size: len, type: part}
  - {id: sum, type: u4, -check: {algorithm: crc-32, over: [len, body]}}
types:
  part:
    seq:
      - {id: crc, type: u2be, -check: {algorithm: crc-16/modbus, over: text}}
      - {id: n, type: u1, -check: {value: text.length}}
      - {id: text, type: str, size-eos: true}
`

func TestMend(t *testing.T) {
	data := bytesOf(t, "0500 0000 02 6869 00000000")
	s := load(t, message)
	open := func(b []byte) *Tree { return s.Open(bytes.NewReader(b), 0, int64(len(b)), Options{}) }
	fix := func(b []byte, list []Patch) []byte {
		t.Helper()
		list, err := open(b).Mend(context.Background(), list)
		if err != nil {
			t.Fatal(err)
		}
		return applied(t, nil, b, list)
	}
	good := fix(data, nil)
	all, _, err := open(good).AllChecks(nil)
	if err != nil || len(all) != 4 {
		t.Fatalf("%v, %d checks", err, len(all))
	}
	for _, r := range all {
		if !r.OK || r.Err != nil {
			t.Errorf("%s: expected %s, actual %s, %v", r.Path, r.Expected, r.Actual, r.Err)
		}
	}
	// A longer text takes lengths, counts and both checksums along.
	list, err := open(good).Set(context.Background(), []Assignment{{"body.text", "hello"}})
	if err != nil {
		t.Fatal(err)
	}
	longer := fix(good, list)
	if len(longer) != len(good)+3 {
		t.Fatalf("%d bytes, want %d: % x", len(longer), len(good)+3, longer)
	}
	for _, r := range func() []CheckResult { all, _, _ := open(longer).AllChecks(nil); return all }() {
		if !r.OK {
			t.Errorf("after the edit: %s: expected %s, actual %s", r.Path, r.Expected, r.Actual)
		}
	}
	// What was wrong before and has nothing to do with the edit stays.
	broken := bytes.Clone(good)
	broken[4] = 9 // n
	list, err = open(broken).Set(context.Background(), []Assignment{{"sum", "1"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := fix(broken, list); got[4] != 9 {
		t.Errorf("n was mended to %d, although nothing that it counts was changed", got[4])
	}
}

func TestCheckParts(t *testing.T) {
	for _, c := range []struct{ check, data, want string }{
		{"{algorithm: crc-32, over: b}", "00000000 616263", "0x352441c2"},
		{"{algorithm: crc-32, over: {from: b}}", "00000000 616263", "0x352441c2"},
		{"{algorithm: crc-32, over: {value: '\"abc\"'}}", "00000000 616263", "0x352441c2"},
		{"{algorithm: crc-32, over: {value: '0x6261', type: u2}}", "00000000 616263", "0x9e83486d"},
		{"{algorithm: sum-8, over: {to: b}, zero: true}", "ffffffff 010203", "0x6"},
		{"{algorithm: {width: 16, poly: 0x8005, init: 0xffff, refin: true, refout: true}, over: b}", "00000000 313233343536373839", "0x4b37"},
		{"{length: [a, b], then: _ * 2}", "00000000 010203", "14"},
		{"{count: c}", "00000000 010203", "3"},
		{"{value: b.length + 1, if: 'b[0] == 1'}", "00000000 010203", "4"},
		{"{length: {from: b, process: zlib}}", "00000000 789c4b4c4a0600024d0127", "3"},
	} {
		tree := lay(t, meta+"seq: [{id: a, type: u4, -check: "+c.check+"}, {id: b, size-eos: true}]\ninstances: {c: {pos: 4, type: u1, repeat: eos}}", c.data)
		n, err := tree.Lookup("a")
		if err != nil {
			t.Fatal(err)
		}
		all := n.Checks()
		if len(all) != 1 || all[0].Err != nil || all[0].Expected != c.want {
			t.Errorf("%s: %+v, want %s", c.check, all, c.want)
		}
	}
}

// TestEncodeBytes gives fields other bytes through their processes, and reads them back.
func TestEncodeBytes(t *testing.T) {
	const types = "\ntypes: {o: {seq: [{id: x, type: u2}, {id: rest, size-eos: true}]}}"
	packed := func(s string) string {
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		z.Write([]byte(s))
		z.Close()
		return hex.EncodeToString(b.Bytes())
	}
	hello := packed("hello")
	for _, c := range []struct{ seq, data, put, want string }{
		{"[{id: a, size: 4, process: 'xor([1, 2, 3])', type: o}]", "01020304", "0000 6162", ""},
		{"[{id: a, size: 4, process: ror(3), type: o}, {id: z, type: u1}]", "0102030409", "61626364", ""},
		{"[{id: a, size: 4, process: rol(1), type: o}]", "01020304", "616263", "too few"},
		{"[{id: n, type: u1}, {id: a, size: n, process: xor(0x55), type: o}, {id: z, type: u1}]", "03 010203 09", "6162636465", ""},
		{"[{id: a, size: 3, type: o}, {id: z, type: u1}]", "01020309", "616263", ""},
		{"[{id: a, size: 3, process: xor(7)}]", "010203", "616263", ""},
		{"[{id: a, type: str, size: 3}]", "616263", "646566", ""},
		{"[{id: a, size-eos: true, process: zlib, type: o}]", hello, "6162636465666768", ""},
		{"[{id: a, size-eos: true, process: zlib}]", hello, "", ""},
		{"[{id: n, type: u1}, {id: a, size: n, process: zlib, type: o}, {id: z, type: u1}]", fmt.Sprintf("%02x", len(hello)/2) + hello + "09", "ffeeddccbbaa0011", ""},
		{fmt.Sprintf("[{id: a, size: %d, process: zlib, type: o}, {id: z, type: u1}]", len(hello)/2), hello + "09", "ffeeddccbbaa0011", "fixed"},
		{"[{id: a, size: 4, process: no.such(1), type: o}]", "01020304", "01020304", "not available"},
		{"[{id: a, type: u4}]", "01020304", "01020304", "no bytes of its own"},
	} {
		tree := lay(t, meta+"seq: "+c.seq+types, c.data)
		n, err := tree.Lookup("a")
		if err != nil {
			t.Fatal(err)
		}
		list, err := n.EncodeBytes(bytesOf(t, c.put))
		if err == nil {
			list, err = MergePatches(list)
		}
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want an error with %q", c.seq, err, c.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.seq, err)
			continue
		}
		after := applied(t, tree, bytesOf(t, c.data), list)
		again := tree.Schema().Open(bytes.NewReader(after), 0, int64(len(after)), Options{})
		m, err := again.Lookup("a")
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if r, _, _, ok := m.Substream(); ok {
			b, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			got = hex.EncodeToString(b)
		} else if b, _, ok := m.Preview(100); ok {
			got = hex.EncodeToString(b)
		}
		if got != hex.EncodeToString(bytesOf(t, c.put)) {
			t.Errorf("%s: read back as %s, want %s", c.seq, got, c.put)
		}
		if z, err := again.Lookup("z"); err == nil {
			if v, err := z.Value(); err != nil || valueText(v) != "9" {
				t.Errorf("%s: the field behind it is %s, %v", c.seq, valueText(v), err)
			}
		}
	}
}

// TestEncodeWithinZlib changes a field in compressed bytes.
func TestEncodeWithinZlib(t *testing.T) {
	const seq = "seq: [{id: a, size-eos: true, process: zlib, type: o}]\ntypes: {o: {seq: [{id: x, type: u2}, {id: y, type: str, size: 1}, {id: s, type: i, size: 2, process: xor(3)}]}, i: {seq: [{id: q, type: u1}]}}"
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write([]byte{1, 0, 'a', 4, 5})
	z.Close()
	tree := lay(t, meta+seq, hex.EncodeToString(b.Bytes()))
	for path, value := range map[string]string{"a.x": "258", "a.y": "z", "a.s.q": "99"} {
		n, err := tree.Lookup(path)
		if err != nil {
			t.Fatal(err)
		}
		list, err := n.Encode(value)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		after := applied(t, tree, b.Bytes(), list)
		again := tree.Schema().Open(bytes.NewReader(after), 0, int64(len(after)), Options{})
		for _, p := range []string{"a.x", "a.y", "a.s.q"} {
			was, _ := tree.Lookup(p)
			now, err := again.Lookup(p)
			if err != nil {
				t.Fatal(err)
			}
			v, _ := was.Value()
			w, err := now.Value()
			want := valueText(v)
			if p == path {
				want = strings.Trim(valueText(w), `"`)
				if want != value {
					t.Errorf("%s is %s, want %s", p, want, value)
				}
				continue
			}
			if err != nil || valueText(w) != want {
				t.Errorf("%s after %s: %s, want %s", p, path, valueText(w), want)
			}
		}
	}
}
