package ksy

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hexlay/overlay/expr"
)

// sparse is endless zeros with a few bytes in them, and counts what is read.
type sparse struct {
	size  int64
	at    map[int64]byte
	reads int
}

func (s *sparse) ReadAt(p []byte, off int64) (int, error) {
	s.reads++
	clear(p)
	for k, v := range s.at {
		if k >= off && k < off+int64(len(p)) {
			p[k-off] = v
		}
	}
	if n := s.size - off; n < int64(len(p)) {
		return int(n), io.EOF
	}
	return len(p), nil
}

func TestFixedArrayByArithmetic(t *testing.T) {
	const size = 100 << 30
	s := load(t, meta+`
seq: [{id: a, type: o, repeat: eos}]
types: {o: {seq: [{id: x, type: u4}, {id: y, type: u2, repeat: expr, repeat-expr: 2}]}}
`)
	data := &sparse{size: size, at: map[int64]byte{8_000_000_004: 7}}
	tree := s.Open(data, 0, size, Options{})
	a, err := tree.Lookup("a")
	if err != nil {
		t.Fatal(err)
	}
	if n, final := a.Len(); n != size/8 || !final {
		t.Errorf("%d elements, final %v", n, final)
	}
	n, err := tree.Lookup("a[1000000000].y[0]")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := n.Value(); valueText(v) != "7" || err != nil {
		t.Errorf("value %s, %v", valueText(v), err)
	}
	if r, ok := n.Range(); !ok || r != (Range{8_000_000_004, 8_000_000_006}) {
		t.Errorf("range %v", r)
	}
	// A strict parse reads no more of it than that.
	tree = s.Open(data, 0, size, Options{})
	if err := tree.Parse(); err != nil {
		t.Error(err)
	}
	if got := tree.Eval("a[1000000000].y[0]"); got.text() != "7 @8000000004-8000000006" {
		t.Error(got.text(), got.Err)
	}
	if data.reads > 20 {
		t.Errorf("%d reads", data.reads)
	}
	if at := tree.Find(8_000_000_005); len(at) != 1 || at[0].Path() != "a[1000000000].y[0]" {
		t.Errorf("Find: %v", pathsOf(at))
	}
}

func pathsOf(list []*Node) (out []string) {
	for _, n := range list {
		out = append(out, n.Path())
	}
	return out
}

const chunks = meta + `
seq:
  - {id: head, type: u2}
  - {id: chunks, type: chunk, repeat: eos}
types:
  chunk:
    seq:
      - {id: len, type: u1}
      - {id: body, type: str, size: len}
    instances:
      first: {value: _parent.head}
`

// TestDropped walks a long array with little memory and looks at elements that were dropped.
func TestDropped(t *testing.T) {
	var data []byte
	data = append(data, 1, 2)
	const n = 20000
	for i := range n {
		s := strconv.Itoa(i)
		data = append(append(data, byte(len(s))), s...)
	}
	tree := load(t, chunks).Open(bytes.NewReader(data), 0, int64(len(data)), Options{Limits: Limits{Nodes: 3000}})
	if err := tree.Parse(); err != nil {
		t.Fatal(err)
	}
	if tree.kept > 4000 {
		t.Errorf("%d fields are kept", tree.kept)
	}
	for _, i := range []int{0, n - 1, 77, 64, 63, 12345, 0} {
		r := tree.Eval(fmt.Sprintf("chunks[%d].body.to_i", i))
		if r.text() != strconv.Itoa(i) {
			t.Errorf("chunk %d: %s %v", i, r.text(), r.Err)
		}
	}
	count := 0
	if err := tree.Walk(func(v *Visit) error { count++; return nil }); err != nil || count != 2+3*n {
		t.Errorf("%d nodes, %v", count, err)
	}
	if tree.kept > 4000 {
		t.Errorf("%d fields are kept after the walk", tree.kept)
	}
}

// TestReadOnDemand asks fields in random order; each must be what a strict parse gives.
func TestReadOnDemand(t *testing.T) {
	seed := time.Now().UnixNano()
	if s := os.Getenv("HEXLAY_SEED"); s != "" {
		seed, _ = strconv.ParseInt(s, 10, 64)
	}
	t.Logf("HEXLAY_SEED=%d", seed)
	r := rand.New(rand.NewPCG(uint64(seed), 1))
	for range 60 {
		ksy, data := randomTemplate(r), randomData(r)
		s := load(t, ksy)
		strict := s.Open(bytes.NewReader(data), 0, int64(len(data)), Options{})
		strict.Parse()
		type seen struct {
			path, value string
			at          Range
		}
		var all []seen
		strict.Walk(func(v *Visit) error {
			if v.Err == nil && v.Object == nil && !v.IsArray {
				x, err := v.Value()
				if err != nil {
					t.Fatalf("%s: %v", v.Path, err)
				}
				all = append(all, seen{string(v.Path), valueText(x), v.Range})
			}
			return nil
		})
		lazy := s.Open(bytes.NewReader(data), 0, int64(len(data)), Options{Limits: Limits{Nodes: int64(r.IntN(1000) + 400)}})
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for _, w := range all[:min(len(all), 200)] {
			n, err := lazy.Lookup(w.path)
			if err != nil {
				t.Fatalf("%s: %v\n%s\n% x", w.path, err, ksy, data)
			}
			v, err := n.Value()
			at, _ := n.Range()
			if err != nil || valueText(v) != w.value || at != w.at {
				t.Fatalf("%s: %s at %v (%v), want %s at %v\n%s\n% x", w.path, valueText(v), at, err, w.value, w.at, ksy, data)
			}
			if w.at.Len() > 0 {
				found := lazy.Find(w.at.Start)
				if !slices.Contains(pathsOf(found), w.path) && !strings.Contains(w.path, "inst") {
					t.Fatalf("Find(%d) is %v without %s\n%s\n% x", w.at.Start, pathsOf(found), w.path, ksy, data)
				}
			}
		}
	}
}

func randomData(r *rand.Rand) []byte {
	b := make([]byte, r.IntN(400))
	for i := range b {
		b[i] = byte(r.IntN(5))
	}
	return b
}

// randomTemplate writes a template of three types.
func randomTemplate(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("meta: {id: t, endian: be, bit-endian: be, encoding: ASCII}\n")
	seq := func(indent string, types []string) {
		fmt.Fprintf(&b, "%sseq:\n", indent)
		fmt.Fprintf(&b, "%s  - {id: n, type: u1}\n", indent)
		for i := range 1 + r.IntN(4) {
			field := []string{"type: u2", "type: b3", "type: b1", "type: u1", "size: n", "type: strz, eos-error: false", "size: 2"}
			for _, k := range types {
				field = append(field, "type: "+k, "type: "+k, "type: "+k+", size: n + 3")
			}
			f := field[r.IntN(len(field))]
			switch r.IntN(5) {
			case 0:
				f += ", repeat: expr, repeat-expr: n"
			case 1:
				f += ", repeat: expr, repeat-expr: 3"
			case 2:
				f += ", if: n != 1"
			}
			fmt.Fprintf(&b, "%s  - {id: f%d, %s}\n", indent, i, f)
		}
	}
	seq("", []string{"a", "b"})
	b.WriteString("  - {id: all, type: a, repeat: eos}\ntypes:\n  a:\n")
	seq("    ", []string{"b"})
	if r.IntN(2) == 0 {
		b.WriteString("    instances: {inst: {pos: n, type: u1}, v: {value: n + 1}}\n")
	}
	b.WriteString("  b:\n")
	seq("    ", nil)
	return b.String()
}

func TestLimits(t *testing.T) {
	for _, c := range []struct{ name, ksy, kind string }{
		{"empty elements", "seq: [{id: a, size: 0, repeat: eos}]", "LimitError"},
		{"empty elements until", "seq: [{id: a, size: 0, repeat: until, repeat-until: false}]", "LimitError"},
		{"2^60 objects", "seq: [{id: a, type: o(_index), repeat: expr, repeat-expr: 0x1000000000000000}]\ntypes: {o: {params: [{id: q, type: u4}]}}", "LimitError"},
		{"recursion", "seq: [{id: a, type: o}]\ntypes: {o: {seq: [{id: b, type: o}]}}", "LimitError"},
		{"2^40 objects", "seq: [{id: a, type: o(0)}]\ntypes: {o: {params: [{id: d, type: u4}], seq: [{id: x, type: o(d+1), if: d < 40},{id: y, type: o(d+1), if: d < 40}]}}", "LimitError"},
		{"instances in a circle", "seq: [{id: a, size: 1, if: x == 1}]\ninstances: {x: {pos: y, type: u1}, y: {pos: x, type: u1}}", "LimitError"},
		{"zlib bomb", "seq: [{id: a, size-eos: true, process: zlib}]", "ProcessError"},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := make([]byte, 100)
			tree := load(t, "meta: {id: t}\n"+c.ksy).Open(bytes.NewReader(data), 0, 100, Options{Limits: Limits{Steps: 300e3, Nodes: 20e3}})
			err := tree.Parse()
			if err == nil || ErrorKind(err) != c.kind {
				t.Errorf("%v, want %s", err, c.kind)
			}
			if tree.kept > 250e3 {
				t.Errorf("%d fields are kept", tree.kept)
			}
			tree.Walk(func(*Visit) error { return nil }) // ends
		})
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	tree := load(t, meta+"seq: [{id: a, type: strz, repeat: eos}]").Open(&sparse{size: 1 << 40}, 0, 1<<40, Options{Context: ctx})
	cancel()
	if err := tree.Parse(); err == nil || ErrorKind(err) != "Cancelled" {
		t.Error(err)
	}
	tree.SetContext(nil)
	n, err := tree.Lookup("a[5]")
	if err != nil || n.Kind() != LeafNode {
		t.Errorf("after a cancelled walk: %v", err)
	}
}

func TestReset(t *testing.T) {
	tree := lay(t, meta+"seq: [{id: n, type: u1}, {id: a, type: o, repeat: expr, repeat-expr: n}]\ntypes: {o: {seq: [{id: x, type: u1}]}}", "02 05 06")
	n, err := tree.Lookup("a[1].x")
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := n.Value(); valueText(v) != "6" {
		t.Error(valueText(v))
	}
	tree.Reset(bytes.NewReader([]byte{3, 1, 2, 3}), 4, 0)
	if v, err := n.Value(); valueText(v) != "2" || err != nil {
		t.Error(valueText(v), err)
	}
	if count, _ := n.Parent().Parent().Len(); count != 3 {
		t.Errorf("%d elements", count)
	}
	tree.Reset(bytes.NewReader([]byte{1, 1}), 2, 0)
	if _, err := n.Value(); err == nil {
		t.Error("an element that is not there any more has a value")
	}
	tree.Reset(bytes.NewReader([]byte{2, 1, 9}), 3, 0)
	if v, err := n.Value(); valueText(v) != "9" || err != nil {
		t.Error(valueText(v), err)
	}
}

func TestMissing(t *testing.T) {
	tree := lay(t, meta+"seq: [{id: n, type: u2}, {id: a, type: o}, {id: z, type: u1}]\ntypes: {o: {seq: [{id: x, type: u1}, {id: y, size: 40}]}}", "0100 05 060708")
	for path, want := range map[string]string{"n": "1", "a.x": "5"} {
		n, err := tree.Lookup(path)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := n.Value(); valueText(v) != want || err != nil {
			t.Errorf("%s: %s %v", path, valueText(v), err)
		}
	}
	n, err := tree.Lookup("a.y")
	if err != nil {
		t.Fatal(err)
	}
	if n.Missing() != 37 || n.Kind() != NullNode {
		t.Errorf("missing %d of %v", n.Missing(), n.Err())
	}
	if b, r, ok := n.Partial(2); !ok || string(b) != "\x06\x07" || r != (Range{3, 6}) {
		t.Errorf("of it %x are there, at %v, %v", b, r, ok)
	}
	n, err = tree.Lookup("z")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, ok := n.Partial(2); ok || ErrorKind(n.Err()) != "NotParsed" {
		t.Error(ok, n.Err())
	}
}

func TestGaps(t *testing.T) {
	tree := lay(t, meta+`
seq: [{id: at, type: u1}, {id: s, size: 3, type: o}]
instances: {p: {pos: at, type: u2}}
types: {o: {seq: [{id: x, type: u1}]}}
`, "06 010203 04 05 0607 08")
	got, err := tree.Gaps(nil, 10)
	if want := "[{2 6} {8 9}]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("%v %v, want %s", got, err, want)
	}
}

// TestGapsCut: the bytes that are there of a field which the data is too short for are no gap; those that only belong to what was
// not reached are one.
func TestGapsCut(t *testing.T) {
	for _, c := range []struct{ ksy, data, want string }{
		{"seq: [{id: a, type: u1}, {id: b, size: 9}]", "01 0203", "[]"},
		{"seq: [{id: a, type: u1}, {id: b, type: u4}]", "01 0203", "[]"},
		{"seq: [{id: a, type: strz, encoding: ASCII}]", "414243", "[]"},
		{"seq: [{id: a, type: b12}, {id: b, type: b13}]", "010203", "[]"},
		{"seq: [{id: a, type: u4, repeat: eos}]", "01020304 0506", "[]"},
		{"seq: [{id: a, type: u4, repeat: expr, repeat-expr: 3}, {id: z, type: u1}]", "01020304 0506", "[]"},
		{"seq: [{id: a, size: 3, repeat: eos}]", "010203 0405", "[]"},
		{"seq: [{id: a, type: o, repeat: eos}]\ntypes: {o: {seq: [{id: x, type: u1}, {id: y, type: u2}]}}", "010203 0405", "[]"},
		{"seq: [{id: a, size: 3, type: o, repeat: eos}]\ntypes: {o: {seq: [{id: x, type: u1}]}}", "010203 0405", "[{1 3}]"},
		{"seq: [{id: a, size: 3, type: o}, {id: b, type: u1}]\ntypes: {o: {seq: [{id: x, type: u1}, {id: y, type: u4}]}}", "010203 0405", "[{4 5}]"},
		{"seq: [{id: a, type: u1}]\ninstances: {i: {pos: 3, size: 9}}", "0102030405", "[{1 3}]"},
		{"seq: [{id: a, type: u1}]\ninstances: {i: {pos: 3, type: u2, repeat: expr, repeat-expr: 2}}", "010203040506", "[{1 3}]"},
		{"seq: [{id: a, type: u1}]\ninstances: {i: {pos: 3, size: j}, j: {pos: 4, type: u4}}", "010203040506", "[{1 4}]"},
		{"seq: [{id: a, type: u1}, {id: b, size: j}]\ninstances: {j: {pos: 4, type: u4}}", "010203040506", "[{1 4}]"},
		{"seq: [{id: a, size: 3, process: xor(1), type: o}]\ntypes: {o: {seq: [{id: x, type: u1}]}}", "01020304", "[{3 4}]"},
		{"seq: [{id: a, size: 2, process: xor(1), type: o, repeat: eos}]\ntypes: {o: {seq: [{id: x, type: u1}]}}", "0102030405", "[]"},
		{"seq: [{id: a, type: u1, valid: 2}, {id: b, type: u4}]", "010203", "[{1 3}]"},
	} {
		tree := lay(t, meta+c.ksy, c.data)
		got, err := tree.Gaps(nil, 10)
		if err != nil || fmt.Sprint(got) != c.want {
			t.Errorf("%s over %s\n%v %v, want %s", c.ksy, c.data, got, err, c.want)
		}
	}
	// An array that is too long to be walked for the missing part of its last element.
	data := make([]byte, 4<<21+3)
	tree := load(t, meta+"seq: [{id: a, type: u4, repeat: eos}]").Open(bytes.NewReader(data), 0, int64(len(data)), Options{})
	if got, err := tree.Gaps(nil, 10); err != nil || len(got) != 0 {
		t.Error(got, err)
	}
}

// TestCutInstance: what is there of an instance that the data is too short for is found, and seen by a walk.
func TestCutInstance(t *testing.T) {
	tree := lay(t, meta+"seq: [{id: a, type: u1}]\ninstances: {i: {pos: 3, size: 9}}", "0102030405")
	n, err := tree.Lookup("i")
	if err != nil {
		t.Fatal(err)
	}
	if b, r, ok := n.Partial(1); !ok || string(b) != "\x04" || r != (Range{3, 5}) || n.Missing() != 7 {
		t.Errorf("of it %x are there, at %v, %v; %d are missing", b, r, ok, n.Missing())
	}
	if got := pathsOf(tree.Find(4)); fmt.Sprint(got) != "[i]" {
		t.Error("the byte at 4 is of", got)
	}
	cut := ""
	if err := tree.WalkCut(func(v *Visit) error {
		if v.Cut {
			cut += fmt.Sprintf("%s %v ", v.Path, v.Range)
		}
		return nil
	}); err != nil || cut != "i {3 5} " {
		t.Error(cut, err)
	}
}

func TestSubstream(t *testing.T) {
	tree := lay(t, meta+`
seq: [{id: a, size: 2, process: xor(1), type: o}, {id: b, size: 2, type: o}]
types: {o: {seq: [{id: x, type: u1}]}}
`, "0102 0304")
	for path, want := range map[string]string{"a": "0003 {0 2} false", "b": "0304 {2 4} true"} {
		n, _ := tree.Lookup(path)
		r, raw, writable, ok := n.Substream()
		if !ok {
			t.Fatal(path)
		}
		b, err := io.ReadAll(r)
		if got := fmt.Sprintf("%x %v %v", b, raw, writable); got != want || err != nil {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// FuzzTree lays templates over data: never a panic, always an end.
func FuzzTree(f *testing.F) {
	for _, c := range features {
		f.Add([]byte(c.ksy), []byte(c.data))
	}
	f.Fuzz(func(t *testing.T, ksy, data []byte) {
		s, _ := LoadText("f.ksy", ksy, LoadOptions{})
		if s == nil {
			return
		}
		params := make([]expr.Value, len(s.Top.Params))
		o := Options{Params: params, Limits: Limits{Steps: 20000, Nodes: 2000, Inflated: 1 << 20, Depth: 100}}
		tree := s.Open(bytes.NewReader(data), 0, int64(len(data)), o)
		tree.Parse()
		tree.Walk(func(v *Visit) error {
			v.Value()
			v.Preview(16)
			return nil
		})
		lazy := s.Open(bytes.NewReader(data), 0, int64(len(data)), o)
		n := lazy.Root()
		count, _ := n.Len()
		for i := count - 1; i >= 0; i-- {
			c, err := n.Child(i)
			if err != nil {
				continue
			}
			c.Kind()
			c.Range()
			c.Value()
			c.TypeName()
			c.Checks()
			c.Encode("1")
			c.Len()
			if k, err := c.Child(0); err == nil {
				k.Value()
				k.Encode("x")
			}
		}
		lazy.Find(int64(len(data)) / 2)
		lazy.Gaps(nil, 10)
	})
}

// TestLimitsNameThePlace: who runs into a limit is told which field did, and where the template has it; 2^60 elements without bytes
// are not counted one by one.
func TestLimitsNameThePlace(t *testing.T) {
	for _, c := range []struct{ ksy, place string }{
		{"seq: [{id: a, type: o, repeat: expr, repeat-expr: 0x1000000000000000}]\ntypes: {o: {seq: []}}", "a (test.ksy:2): "},
		{"seq: [{id: a, type: o, repeat: expr, repeat-expr: 0x1000000000000000}]\ntypes: {o: {seq: [{id: x, type: u1, if: false}]}}", "a (test.ksy:2): "},
		{"seq:\n  - {id: a, type: o, repeat: expr, repeat-expr: 2}\ntypes:\n  o:\n    seq:\n      - {id: x, type: u1}\n      - {id: b, size: 0, repeat: eos, if: x == 2}", "a[1].b (test.ksy:8): "},
		{"seq:\n  - {id: a, type: o}\ntypes:\n  o:\n    seq:\n      - {id: b, type: o}", "a.b.b.b."},
	} {
		tree := lay(t, "meta: {id: t}\n"+c.ksy, "01 02 03 04")
		err := tree.Parse()
		if ErrorKind(err) != "LimitError" || !strings.HasPrefix(err.Error(), "LimitError: "+c.place) {
			t.Errorf("%s\n%v, want the place %s", c.ksy, err, c.place)
		}
		if tree.steps > 1e6 {
			t.Errorf("%s\n%d steps until it ends", c.ksy, tree.steps)
		}
	}
}

// TestCut: the bytes of what the data is too short for are found as its own, and a walk may visit them.
func TestCut(t *testing.T) {
	text := meta + "seq: [{id: n, type: u1}, {id: all, type: o, repeat: eos}]\ntypes: {o: {seq: [{id: x, type: u2}, {id: y, type: u4, repeat: expr, repeat-expr: 2}, {id: z, size: 3}]}}"
	one := "0500 01000000 02000000 aabbcc "
	for data, want := range map[string]string{
		"01" + one + "05":                          "all[1].x",
		"01" + one + "0500 010000":                 "all[1].y",
		"01" + one + "0500 01000000 0200":          "all[1].y",
		"01" + one + "0500 01000000 02000000 aabb": "all[1].z",
	} {
		tree := lay(t, text, data)
		last := tree.Range().End - 1
		if got := pathsOf(tree.Find(last)); len(got) != 1 || got[0] != want {
			t.Errorf("%s: the last byte is of %v, not %s", data, got, want)
		}
		if got := pathsOf(lay(t, text, data).Find(3)); len(got) != 1 || got[0] != "all[0].y[0]" {
			t.Errorf("%s: the byte at 3 is of %v", data, got)
		}
		tree.Parse()
		cut := ""
		if err := tree.WalkCut(func(v *Visit) error {
			if v.Cut {
				b, err := v.Partial(1)
				cut += fmt.Sprintf("%s %d-%d %x %v", v.Path, v.Range.Start, v.Range.End, b, err)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
		switch want {
		case "all[1].x":
			if cut != "all[1].x 14-15 05 <nil>" {
				t.Error(cut)
			}
		case "all[1].z":
			if cut != "all[1].z 24-26 aa <nil>" {
				t.Error(cut)
			}
		default:
			if cut != "" {
				t.Error(cut)
			}
		}
	}
}

// TestFindAhead: no field is at the bytes that Ahead lets one leave out, with random templates whose fields begin somewhere in the data.
func TestFindAhead(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("HEXLAY_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("HEXLAY_SEED=%d", seed)
	r := rand.New(rand.NewPCG(seed, 2))
	left := 0
	for i := range 120 {
		ksy, data := randomTemplate(r), randomData(r)
		if i%2 == 0 { // holes between a few instances
			ksy = "meta: {id: t, endian: be}\nseq: [{id: a, type: u1}]\ninstances:\n"
			for k := range 1 + r.IntN(4) {
				what := []string{"type: u2", "type: o", "size: a + 1", "type: u1, repeat: expr, repeat-expr: a", "type: o, repeat: expr, repeat-expr: 2", "size: 9, type: o", "type: u4, if: a > 1"}[r.IntN(7)]
				ksy += fmt.Sprintf("  i%d: {pos: %d, %s}\n", k, r.IntN(len(data)+20), what)
			}
			ksy += "types: {o: {seq: [{id: n, type: b3}, {id: m, type: b7}, {id: z, type: u1, if: n == 0}], instances: {far: {pos: 3, type: u1}}}}\n"
		}
		s := load(t, ksy)
		every := s.Open(bytes.NewReader(data), 0, int64(len(data)), Options{})
		want := make([][]string, len(data))
		for off := range data {
			want[off] = pathsOf(every.Find(int64(off)))
		}
		tree := s.Open(bytes.NewReader(data), 0, int64(len(data)), Options{})
		if i%3 == 0 {
			tree.Hasty(int64(r.IntN(300)))
		}
		for off := int64(0); off < int64(len(data)); {
			found := pathsOf(tree.Find(off))
			if tree.Unsure() {
				off++
				continue
			}
			if !slices.Equal(found, want[off]) && i%3 != 0 {
				t.Fatalf("Find(%d) is %v, want %v\n%s\n% x", off, found, want[off], ksy, data)
			}
			next := off + 1
			if len(found) == 0 {
				next = tree.Ahead()
			}
			for k := off + 1; k < min(next, int64(len(data))); k++ {
				if left++; len(want[k]) > 0 {
					t.Fatalf("from %d one may go ahead to %d, but at %d there is %v\n%s\n% x", off, next, k, want[k], ksy, data)
				}
			}
			off = next
		}
	}
	if left < 100 {
		t.Errorf("only %d bytes were left out", left)
	}
}
