package ksy

import (
	"bytes"
	"testing"
)

// TestPart: an object's template is laid over other bytes than its own, and what lies around it answers its expressions.
func TestPart(t *testing.T) {
	text := `
meta: {id: outer}
seq: [{id: kind, type: u1}, {id: list, type: entry(_index), repeat: expr, repeat-expr: 2}]
types:
  entry:
    meta: {endian: {switch-on: _root.kind, cases: {1: be, 2: le}}}
    params: [{id: index, type: u4}]
    seq:
      - {id: len, type: u1}
      - {id: body, size: len, process: xor(0xff), type: 'body(len, index)'}
    types:
      body:
        params: [{id: n, type: u1}, {id: which, type: u4}]
        seq:
          - {id: a, type: u2}
          - {id: deep, size-eos: true, type: deep}
        instances:
          sum: {value: a + n + which + _parent.len + _root.kind}
      deep:
        seq: [{id: b, type: u2, valid: {expr: true}}]
        instances:
          up: {value: '_parent.a + _parent.n + _root.list[0].len'}
`
	tree := lay(t, text, "02 04 feff fdff 04 fdff fcff")
	n, err := tree.Lookup("list[1].body")
	if err != nil {
		t.Fatal(err)
	}
	part := n.Part()
	if part == nil || part.Top.ID != "body" {
		t.Fatalf("the part is %+v", part)
	}
	b := []byte{0x10, 0x00, 0x20, 0x00}
	inner := part.Open(bytes.NewReader(b), 0, int64(len(b)), Options{})
	for e, want := range map[string]string{"a": "16 @0-2", "sum": "27", "n": "4", "which": "1", "deep.b": "32 @2-4", "deep.up": "24", "_root.kind": "2", "_parent.len": "4"} {
		if got := inner.Eval(e).text(); got != want {
			t.Errorf("%s is %s, not %s", e, got, want)
		}
	}
	a, _ := inner.Lookup("a")
	if p, err := a.Encode("0x1234"); err != nil || len(p) != 1 || !bytes.Equal(p[0].New, []byte{0x34, 0x12}) || p[0].Range.Start != 0 {
		t.Errorf("a encodes as %v, %v", p, err)
	}
	b = []byte{0x11, 0x00, 0x20, 0x00}
	inner.Reset(bytes.NewReader(b), int64(len(b)), 0)
	if got := inner.Eval("sum").text(); got != "28" {
		t.Errorf("after an edit the sum is %s", got)
	}
	d, _ := inner.Lookup("deep")
	c := []byte{1, 2}
	if got := d.Part().Open(bytes.NewReader(c), 0, 2, Options{}).Eval("b + up").text(); got != "538" {
		t.Errorf("the part of the part says %s", got)
	}
	if k, _ := tree.Lookup("kind"); k.Part() != nil || tree.Root().Part() != nil {
		t.Error("what is no object, or all of it, has a part")
	}
}

// TestPartOfElsewhere: what a part would have to change around it is refused, and named.
func TestPartOfElsewhere(t *testing.T) {
	tree := lay(t, `
meta: {id: outer}
seq: [{id: len, type: u1}, {id: body, size: 3, type: body}]
types:
  body:
    seq: [{id: name, type: str, encoding: ASCII, size: _root.len}, {id: sum, type: u1, -check: {length: _parent.len}}]
`, "02 6162 01")
	n, _ := tree.Lookup("body")
	inner := n.Part().Open(bytes.NewReader([]byte("ab\x01")), 0, 3, Options{})
	name, _ := inner.Lookup("name")
	want := "name cannot change its length: the size of name is _root.len (which stands in the document around this one)"
	if _, err := name.Encode("abc"); err == nil || err.Error() != want {
		t.Errorf("a longer name: %v", err)
	}
	sum, _ := inner.Lookup("sum")
	if c := sum.Checks(); len(c) != 1 || c[0].Err == nil || c[0].Err.Error() != "_parent.len: which stands in the document around this one" {
		t.Errorf("the check says %+v", c)
	}
}

// TestComputedOrderAtTop: the top type decides its byte order as all others do.
func TestComputedOrderAtTop(t *testing.T) {
	tree := lay(t, "meta: {id: top, endian: {switch-on: mark, cases: {1: be, 2: le}}}\nseq: [{id: mark, type: u1}, {id: n, type: u2}]", "02 0100")
	if got := tree.Eval("n").text(); got != "1 @1-3" {
		t.Errorf("n is %s", got)
	}
}
