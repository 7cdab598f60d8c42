package ksy

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// spareTemplates are lists whose elements may be left out after an edit, and lists whose elements look elsewhere in every way there is.
var spareTemplates = []struct {
	name, ksy string
	spares    bool
}{
	{"records", `
seq:
  - {id: kind, type: u1}
  - {id: all, type: rec(kind & 1), repeat: expr, repeat-expr: 12}
  - {id: end, type: u2}
types:
  rec:
    params: [{id: k, type: u1}]
    seq:
      - {id: len, type: u1, -check: {length: body}}
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: body, if: k == 0}}
      - {id: mix, type: u1, -check: {algorithm: sum-8, over: [{value: _root.kind, type: u1}, {field: body}]}}
      - {id: body, size: len & 15}
`, true},
	{"sized, with a place inside", `
seq:
  - {id: all, size: 8, type: rec, repeat: eos}
types:
  rec:
    seq:
      - {id: at, type: u1}
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: {from: tail}}}
      - {id: tail, size-eos: true, type: tail}
    instances:
      p: {pos: at & 7, type: u1, -check: {value: at ^ 3}}
  tail:
    seq: [{id: a, type: u1}, {id: n, type: u1, -check: {value: a + _parent.at & 255}}]
`, true},
	{"lists in lists", `
seq:
  - {id: n, type: u1}
  - {id: groups, type: group, repeat: expr, repeat-expr: n & 7}
types:
  group:
    seq:
      - {id: n, type: u1, -check: {count: items}}
      - {id: items, type: item, repeat: expr, repeat-expr: n & 7}
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: items}}
  item:
    seq:
      - {id: x, type: u1}
      - {id: y, type: u1, -check: {value: x ^ 0x55}}
`, true},
	{"where the order of bytes is computed", `
seq: [{id: mark, type: u1}, {id: body, type: body}]
types:
  body:
    meta: {endian: {switch-on: _root.mark & 1, cases: {0: le, 1: be}}}
    seq: [{id: all, type: rec, repeat: expr, repeat-expr: 9}]
    types:
      rec: {seq: [{id: a, type: u2}, {id: b, type: u2, -check: {value: a}}]}
`, true},
	{"the first element", `
seq: [{id: all, type: rec, repeat: expr, repeat-expr: 9}]
types:
  rec: {seq: [{id: a, type: u1}, {id: b, type: u1, -check: {value: '_root.all[0].a'}}]}
`, false},
	{"the first element, by another name", `
seq: [{id: all, type: rec, repeat: expr, repeat-expr: 9}]
instances: {first: {value: 'all[0].a'}}
types:
  rec: {seq: [{id: a, type: u1}, {id: b, type: u1, -check: {value: _parent.first}}]}
`, false},
	{"a place in the list", `
seq: [{id: all, type: rec, repeat: expr, repeat-expr: 9}]
instances: {peek: {pos: 3, type: u1}}
types:
  rec: {seq: [{id: a, type: u1}, {id: b, type: u1, -check: {value: _root.peek}}]}
`, false},
	{"a place that the element tells", `
seq: [{id: all, type: rec, repeat: expr, repeat-expr: 9}]
types:
  rec:
    seq: [{id: a, type: u1}, {id: b, type: u1, -check: {value: p}}]
    instances: {p: {pos: a & 15, type: u1}}
`, false},
	{"a place in another stream", `
seq: [{id: all, size: 2, type: rec, repeat: expr, repeat-expr: 9}]
types:
  rec:
    seq: [{id: a, type: u1}, {id: b, type: u1, -check: {value: p}}]
    instances: {p: {io: _root._io, pos: a & 15, type: u1}}
`, false},
	{"the size of all", `
seq: [{id: all, type: rec, repeat: expr, repeat-expr: 9}, {id: z, size-eos: true}]
types:
  rec: {seq: [{id: a, type: u1}, {id: b, type: u1, -check: {value: _io.size & 255}}]}
`, false},
	{"the size of all, by another name", `
seq: [{id: all, size: 2, type: rec, repeat: expr, repeat-expr: 9}, {id: z, size-eos: true}]
types:
  rec:
    seq: [{id: a, type: u1}, {id: b, type: u1, -check: {value: up.size & 255}}]
    instances: {up: {value: _root._io}}
`, false},
	{"what comes behind", `
seq: [{id: all, type: rec, repeat: expr, repeat-expr: 9}, {id: pad, size: 'all[1].a & 3'}, {id: z, type: u1}]
types:
  rec: {seq: [{id: a, type: u1}, {id: b, type: u1, -check: {value: _root.z}}]}
`, false},
	{"an object of elsewhere", `
seq: [{id: all, type: 'rec(all.size > 0 ? all[0] : other)', repeat: expr, repeat-expr: 9}]
instances: {other: {pos: 2, type: 'rec(other)'}}
types:
  rec:
    params: [{id: f, type: struct}]
    seq: [{id: a, type: u1}, {id: b, type: u1, -check: {value: 'f.as<rec>.a'}}]
`, false},
	{"a key in the list", `
seq: [{id: all, size: 2, process: 'xor(k)', type: rec, repeat: expr, repeat-expr: 9}]
instances: {k: {pos: 4, type: u1}}
types:
  rec: {seq: [{id: a, type: u1}, {id: b, type: u1, -check: {value: a}}]}
`, false},
	{"checks of the list itself", `
seq: [{id: all, type: u1, repeat: expr, repeat-expr: 12, -check: {value: 'z.to_i + _index & 255'}}, {id: z, type: u1}]
`, false},
	{"to the end of the stream", `
seq: [{id: all, type: rec, repeat: expr, repeat-expr: 9}, {id: z, size-eos: true}]
types:
  rec: {seq: [{id: a, type: u1}, {id: b, type: u1, -check: {algorithm: sum-8, over: {from: c}}}, {id: c, type: u1}]}
`, false},
}

// TestMendSpares: with elements left out after an edit, mending gives what it gives when every check is asked.
func TestMendSpares(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	never := func(*Node, *Check, *patched) bool { return false }
	for _, c := range spareTemplates {
		s := load(t, "meta: {id: t, endian: le}"+c.ksy)
		open := func(b []byte) *Tree { return s.Open(bytes.NewReader(b), 0, int64(len(b)), Options{}) }
		left, seen := 0, 0
		mend := func(b []byte, edits []Patch, sparing bool) string {
			tree := open(b)
			var told []string
			ps, err := tree.mend(context.Background(), edits, never, sparing, func(m Mended) {
				told = append(told, fmt.Sprint(m.Path, m.Was, m.Is))
			})
			return fmt.Sprint(ps, err, strings.Join(told, ";"))
		}
		for range 30 {
			data := make([]byte, 24+rnd.IntN(80))
			for i := range data {
				data[i] = byte(rnd.Uint32())
				if rnd.IntN(2) == 0 {
					data[i] &= 7
				}
			}
			if rnd.IntN(4) > 0 {
				if ps, err := open(data).Mend(context.Background(), nil); err == nil {
					data = patchedBytes(data, ps)
				}
			}
			var edits []Patch
			for at := int64(rnd.IntN(len(data))); at < int64(len(data)) && len(edits) < 1+rnd.IntN(4)/2; at += 1 + int64(rnd.IntN(40)) {
				p := Patch{Range{at, min(int64(len(data)), at+int64(rnd.IntN(3)))}, nil}
				for range p.Range.Len() {
					p.New = append(p.New, byte(rnd.IntN(16)))
				}
				if rnd.IntN(6) == 0 {
					p.New = append(p.New, byte(rnd.IntN(16)))
				}
				edits = append(edits, p)
				at = p.Range.End
			}
			got, want := mend(data, slices.Clone(edits), true), mend(data, slices.Clone(edits), false)
			if got != want {
				t.Fatalf("%s: %x with %v\nsparing: %s\nelse:    %s", c.name, data, edits, got, want)
			}
			// How many are spared.
			tree := open(data)
			p := newPatched(tree.src.r, 0, tree.size)
			if edits, err := MergePatches(edits); err == nil {
				p.apply(edits)
			}
			sp := &sparer{t: tree, p: p, known: map[*cattr]bool{}}
			s.Open(p, 0, p.size, Options{}).eachCheck(context.Background(), nil, func(path string, r *array) func(int64, *slot) bool {
				test := sp.array(path, r)
				return func(i int64, sl *slot) bool {
					seen++
					if test == nil || !test(i, sl) {
						return false
					}
					left++
					return true
				}
			}, true, func(*CheckResult, []byte) {})
		}
		if c.spares && left < seen/100 || !c.spares && left > 0 {
			t.Errorf("%s: %d of %d elements are spared", c.name, left, seen)
		}
	}
}

func patchedBytes(b []byte, ps []Patch) []byte {
	out, at := []byte(nil), int64(0)
	for _, p := range ps {
		out = append(append(out, b[at:p.Range.Start]...), p.New...)
		at = p.Range.End
	}
	return append(out, b[at:]...)
}

// TestPatchedApply: many patches at once give what they give one by one, from behind.
func TestPatchedApply(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 1))
	for range 500 {
		data := make([]byte, rnd.IntN(30))
		for i := range data {
			data[i] = byte(i)
		}
		all := newPatched(bytes.NewReader(data), 0, int64(len(data)))
		want := slices.Clone(data)
		for range 3 {
			var list []Patch
			for at := rnd.IntN(4); at <= len(want); at += rnd.IntN(6) {
				p := Patch{Range{int64(at), int64(min(len(want), at+rnd.IntN(4)))}, make([]byte, rnd.IntN(4))}
				for i := range p.New {
					p.New[i] = byte(100 + rnd.IntN(100))
				}
				list = append(list, p)
				at = int(p.Range.End) + 1
			}
			all.apply(list)
			want = patchedBytes(want, list)
			got := make([]byte, all.size)
			if n, err := all.ReadAt(got, 0); n != len(got) || err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%v: %x, want %x; %v", list, got, want, err)
			}
		}
	}
}
