package ksy

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

func seeded(t *testing.T) *rand.Rand {
	seed := time.Now().UnixNano()
	if s := os.Getenv("HEXLAY_SEED"); s != "" {
		seed, _ = strconv.ParseInt(s, 10, 64)
	}
	t.Logf("HEXLAY_SEED=%d", seed)
	return rand.New(rand.NewPCG(uint64(seed), 1))
}

// growing are templates of long arrays whose elements depend on other things in several ways.
var growing = []string{
	`
meta: {id: t}
seq:
  - {id: n, type: u1}
  - {id: all, type: item, repeat: eos}
types:
  item:
    seq:
      - {id: len, type: u1}
      - {id: body, size: 'len > 3 ? _io.size % 3 : 1'}
`, `
meta: {id: t, endian: be, encoding: ASCII}
seq:
  - {id: n, type: u1}
  - {id: all, type: item(n), repeat: eos}
instances:
  last: {pos: _io.size - 1, type: u1}
types:
  item:
    params: [{id: p, type: u1}]
    seq:
      - {id: len, type: u1}
      - {id: body, size: len % 5}
      - {id: tail, type: u1, if: p % 2 == 0}
    instances:
      where: {value: _io.pos}
`, `
meta: {id: t, endian: be, encoding: ASCII}
seq:
  - {id: names, type: strz, repeat: until, repeat-until: '_index == 700 or _io.eof', eos-error: false}
  - {id: rest, type: u1, repeat: eos}
`, `
meta: {id: t, endian: be, encoding: ASCII}
seq:
  - {id: all, type: item, repeat: eos}
types:
  item:
    seq:
      - {id: len, type: u1}
      - {id: body, size: 'len > 250 ? _root.last : len % 3'}
    instances:
      end: {value: _root.last}
instances:
  last: {pos: _io.size - 1, type: u1}
`, `
meta: {id: t, endian: be, encoding: ASCII}
seq:
  - {id: head, type: h}
  - {id: tail, type: u2, if: not _io.eof}
types:
  h:
    seq:
      - {id: n, type: u1}
      - {id: all, type: item, repeat: expr, repeat-expr: n * 4}
      - {id: far, type: item, repeat: expr, repeat-expr: n}
  item:
    seq:
      - {id: len, type: b4}
      - {id: x, type: b4}
      - {id: body, size: len % 4}
    instances:
      mine: {value: '_parent.all.size > 3 ? x : 0'}
`, `
meta: {id: t, endian: be, encoding: ASCII}
seq:
  - {id: n, type: u1}
instances:
  a: {pos: n % 7, type: list(n)}
  b: {pos: n % 5, type: list(3), size: 2000}
types:
  list:
    params: [{id: p, type: u1}]
    seq:
      - {id: all, type: item(p), repeat: until, repeat-until: _.len == 255 or _io.eof}
  item:
    params: [{id: p, type: u1}]
    seq:
      - {id: len, type: u1}
      - {id: body, size: 'len % p.as<u4> + (_io.eof ? 0 : 1)', if: p > 0}
`}

// tell writes all of a tree, errors included.
func tell(tree *Tree) (out []string) {
	err := tree.Walk(func(v *Visit) error {
		s := fmt.Sprintf("%s %v %v", v.Path, v.Range, v.Err)
		if v.Object == nil && !v.IsArray {
			x, err := v.Value()
			s += fmt.Sprintf(" %s %v", valueText(x), err)
		}
		out = append(out, s)
		return nil
	})
	return append(out, fmt.Sprint(err))
}

// TestEditsAgainstFreshTrees edits bytes under a tree, which looks here and there in between, hastily or not; it must say what a
// fresh tree says.
func TestEditsAgainstFreshTrees(t *testing.T) {
	r := seeded(t)
	texts := slices.Clone(growing)
	for range 6 {
		texts = append(texts, randomTemplate(r))
	}
	kept := 0
	for _, text := range texts {
		s := load(t, text)
		data := make([]byte, 500+r.IntN(3000))
		for i := range data {
			data[i] = byte(r.IntN(6))
		}
		data[0] = byte(r.IntN(256))
		o := Options{Limits: Limits{Nodes: int64(r.IntN(2000) + 400)}}
		tree := s.Open(bytes.NewReader(data), 0, int64(len(data)), o)
		for range 12 {
			for range r.IntN(6) {
				tree.SetContext(context.Background())
				if r.IntN(2) == 0 {
					tree.Hasty(int64(r.IntN(3000)))
				}
				switch r.IntN(4) {
				case 0:
					tree.Find(int64(r.IntN(len(data))))
				case 1:
					if n, err := tree.Lookup([]string{"all", "head.all", "names", "a.all"}[r.IntN(4)]); err == nil {
						n.Child(int64(r.IntN(1000)))
						n.Range()
					}
				case 2:
					tree.SetContext(context.Background())
					for range r.IntN(4) {
						if _, err := tree.Advance(0); err != nil {
							t.Fatal(err)
						}
					}
				case 3:
					tree.Find(int64(len(data) - 1))
				}
			}
			at := r.IntN(len(data) + 1)
			if r.IntN(2) == 0 {
				at = len(data) - 1 - r.IntN(min(len(data), 60))
			}
			del := min(r.IntN(3), len(data)-at)
			put := make([]byte, r.IntN(3))
			for i := range put {
				put[i] = byte(r.IntN(256))
			}
			data = slices.Concat(data[:at], put, data[at+del:])
			if len(data) == 0 {
				break
			}
			tree.Reset(bytes.NewReader(data), int64(len(data)), int64(at))
			kept += len(tree.grafts)
			if r.IntN(3) > 0 {
				continue // the next edit comes before all was read again
			}
			want := tell(s.Open(bytes.NewReader(data), 0, int64(len(data)), o))
			tree.SetContext(context.Background())
			if got := tell(tree); !slices.Equal(got, want) {
				for i := range min(len(got), len(want)) {
					if got[i] != want[i] {
						t.Fatalf("after an edit at %d of %d: %s\nwant %s\n%s", at, len(data), got[i], want[i], text)
					}
				}
				t.Fatalf("after an edit at %d of %d: %d lines, want %d\n%s", at, len(data), len(got), len(want), text)
			}
		}
	}
	if kept == 0 {
		t.Error("nothing was ever kept")
	}
}

// TestEditNearTheEnd: what lies before an edit is not read again to come to what lies behind it.
func TestEditNearTheEnd(t *testing.T) {
	var data []byte
	data = append(data, 2, 1)
	for i := range 20000 {
		s := strconv.Itoa(i % 1000)
		data = append(append(data, byte(len(s))), s...)
	}
	s := load(t, chunks)
	tree := s.Open(bytes.NewReader(data), 0, int64(len(data)), Options{})
	look := func() int64 {
		before := tree.steps
		n, err := tree.Lookup("chunks[19999].body")
		if err != nil {
			t.Fatal(err)
		}
		if v, err := n.Value(); valueText(v) != `"999"` || err != nil {
			t.Fatal(valueText(v), err)
		}
		return tree.steps - before
	}
	whole := look()
	for range 20 {
		tree.Reset(bytes.NewReader(data), int64(len(data)), int64(len(data)-100))
		if again := look(); again > whole/20 {
			t.Fatalf("%d steps, %d for the whole array", again, whole)
		}
	}
}

// TestThinned walks an array of more pages than are remembered.
func TestThinned(t *testing.T) {
	defer func(most int64) { maxHeads = most }(maxHeads)
	maxHeads = 256
	n := (maxHeads*3 + 10) * pageLen
	data := make([]byte, n)
	s := load(t, "meta: {id: t}\nseq:\n  - {id: all, type: o, repeat: eos}\ntypes:\n  o:\n    seq:\n      - {id: len, type: u1}\n      - {id: body, size: len}")
	tree := s.Open(bytes.NewReader(data), 0, n, Options{Limits: Limits{Nodes: 20000}})
	all := tree.Root().Field("all")
	if _, err := all.Child(n - 1); err != nil {
		t.Fatal(err)
	}
	r := all.array()
	if int64(len(r.dense)) > maxHeads || r.per == pageLen {
		t.Errorf("%d pages of %d are remembered", len(r.dense), r.per)
	}
	for _, i := range []int64{0, 63, 64, 127, 128, 4321, n / 2, n - 1} {
		e, err := all.Child(i)
		if err != nil {
			t.Fatal(err)
		}
		if at, ok := e.Range(); !ok || at != (Range{i, i + 1}) {
			t.Errorf("element %d lies at %v", i, at)
		}
	}
}
