package mmapdoc

import (
	"bytes"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// oracle is a document of plain slices that does what Document promises in the simplest way: it keeps every state whole,
// and for each byte whether it is changed.
type oracle struct {
	now        obytes
	undo, redo []obytes
	saved      int64 // the state that was saved, by obytes.id
	base       []byte
	ids        int64
	depth      int
	dirty      bool // an edit was made in the open group
	before     obytes
}

type obytes struct {
	b       []byte
	changed []bool
	id      int64
}

func newOracle(b []byte) *oracle {
	return &oracle{now: obytes{b, make([]bool, len(b)), 1}, base: b, saved: 1, ids: 1}
}

// put replaces del bytes at off by ins, whose bytes are changed ones or not.
func (o *oracle) put(off, del int, ins []byte, changed bool) {
	if del == 0 && len(ins) == 0 {
		return
	}
	marks := make([]bool, len(ins))
	for i := range marks {
		marks[i] = changed
	}
	if o.depth == 0 {
		o.undo = append(o.undo, o.now)
	}
	o.redo = nil
	o.dirty = true
	o.ids++
	o.now = obytes{cut(o.now.b, off, del, ins), cut(o.now.changed, off, del, marks), o.ids}
}

func cut[T any](s []T, off, del int, ins []T) []T {
	out := append([]T{}, s[:off]...)
	out = append(out, ins...)
	return append(out, s[off+del:]...)
}

func (o *oracle) begin() {
	if o.depth++; o.depth == 1 {
		o.before, o.dirty = o.now, false
	}
}

func (o *oracle) end() {
	if o.depth == 0 {
		return
	}
	if o.depth--; o.depth == 0 && o.dirty {
		o.undo = append(o.undo, o.before)
	}
}

func (o *oracle) travel(from, to *[]obytes) bool {
	if len(*from) == 0 || o.depth > 0 {
		return false
	}
	*to = append(*to, o.now)
	o.now = (*from)[len(*from)-1]
	*from = (*from)[:len(*from)-1]
	return true
}

// ranges are the maximal runs of changed bytes inside [from, to).
func (o *obytes) ranges(from, to int) (out []Range) {
	for i := from; i < to; i++ {
		if o.changed[i] {
			out = appendRange(out, Range{int64(i), int64(i) + 1})
		}
	}
	return out
}

// kept is a snapshot and what it must read for ever.
type kept struct {
	s *Snapshot
	b []byte
}

// runner drives a document and an oracle by a source of small numbers.
type runner struct {
	t     testing.TB
	d     *Document
	o     *oracle
	next  func(n int) int // in [0, n)
	kept  []kept
	other *Document // to paste from
	plan  *kept     // a save that has begun
	id    int64     // the state of plan
	saves int
	more  bool   // the document grew since the save began
	way   int    // how content was read last
	seen  uint64 // the version before the step
}

func newRunner(t testing.TB, grows bool, next func(n int) int) *runner {
	r := &runner{t: t, next: next}
	b := r.bytes(next(3000))
	r.d, r.o = FromBytes("x", b), newOracle(bytes.Clone(b))
	if grows && next(2) == 0 {
		d, tail := NewTail("x")
		_, err := tail.Write(b)
		r.must(err)
		d.Grow()
		r.d = d
	}
	r.other = FromBytes("other", r.bytes(500))
	return r
}

// fragment makes the tree some levels high, as one step.
func (r *runner) fragment() {
	r.d.Begin()
	r.o.begin()
	for i := 0; i < 2*len(r.o.base); i += 2 {
		r.must(r.d.Splice(int64(i), 0, []byte{byte(i)}, Alone))
		r.o.put(i, 0, []byte{byte(i)}, true)
	}
	r.d.End()
	r.o.end()
}

func (r *runner) bytes(n int) []byte {
	b := make([]byte, n)
	seed := r.next(256)
	for i := range b {
		b[i] = byte(seed + i*7 + i>>8)
	}
	return b
}

// part is a random range of n bytes, mostly a small one.
func (r *runner) part(n int) (off, size int) {
	off = r.next(n + 1)
	if r.next(8) > 0 {
		return off, r.next(min(n-off, 12) + 1)
	}
	return off, r.next(n - off + 1)
}

func (r *runner) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// step does one random operation on both.
func (r *runner) step() {
	d, o, size := r.d, r.o, len(r.o.now.b)
	off, del := r.part(size)
	r.seen = d.Version()
	switch op := r.next(24); op {
	default:
		ins := r.bytes(r.next(8))
		if r.next(60) == 0 {
			ins = r.bytes(r.next(6000))
		}
		if size > 20000 {
			ins = nil
		}
		r.must(d.Splice(int64(off), int64(del), ins, Alone))
		o.put(off, del, ins, true)
	case 0:
		pattern := r.bytes(1 + r.next(5))
		b := make([]byte, del)
		for i := range b {
			b[i] = pattern[i%len(pattern)]
		}
		r.must(d.Fill(int64(off), int64(del), pattern))
		o.put(off, del, b, true)
	case 1:
		s := r.other.Snapshot()
		if r.next(2) == 0 && len(r.kept) > 0 {
			s = r.kept[r.next(len(r.kept))].s
		}
		from, n := r.part(int(s.Size()))
		if size > 20000 {
			n = 0
		}
		r.must(d.SpliceFrom(int64(off), int64(del), s, Range{int64(from), int64(from + n)}))
		o.put(off, del, content(r.t, s)[from:from+n], true)
	case 2, 3, 4:
		for range 1 + r.next(4) {
			_, did := d.Undo()
			if did != o.travel(&o.undo, &o.redo) {
				r.t.Fatalf("Undo: %v", did)
			}
		}
	case 5, 6:
		for range 1 + r.next(4) {
			_, did := d.Redo()
			if did != o.travel(&o.redo, &o.undo) {
				r.t.Fatalf("Redo: %v", did)
			}
		}
	case 7:
		d.Begin()
		o.begin()
	case 8, 9:
		d.End()
		o.end()
	case 10:
		r.revert(off, off+del)
	case 11:
		if r.next(4) == 0 {
			r.save()
		}
	case 12:
		r.kept = append(r.kept, kept{d.Snapshot(), bytes.Clone(o.now.b)})
		if len(r.kept) > 20 {
			k := r.next(len(r.kept))
			r.kept = append(r.kept[:k], r.kept[k+1:]...)
		}
	case 14:
		if d.Tail() != nil && size < 20000 {
			r.grow(r.bytes(r.next(40)))
		}
	case 13: // so that groups do not stay open for ever, and the documents stay small
		for o.depth > 0 {
			d.End()
			o.end()
		}
	}
	r.check()
}

func (r *runner) revert(from, to int) {
	d, o := r.d, r.o
	size, saved := len(o.now.b), len(o.base)
	if to == size {
		to = max(to, saved)
	}
	r.must(d.Revert(Range{int64(from), int64(to)}))
	bytesBack := o.base[min(from, saved):min(to, saved)]
	del := min(to, size) - from
	if to < size {
		del = len(bytesBack)
	}
	// A part that is there already is no edit; whether it is one is told by the marks and the places.
	if d.Version() != r.seen {
		o.put(from, del, bytesBack, false)
	} else if !bytes.Equal(o.now.b[from:from+del], bytesBack) || r.saves == 0 && len(o.now.ranges(from, from+del)) > 0 {
		r.t.Fatalf("Revert [%d,%d) did nothing", from, to)
	}
}

// grow lets b arrive at the end of every state there was.
func (r *runner) grow(b []byte) {
	d, o := r.d, r.o
	_, err := d.Tail().Write(b)
	r.must(err)
	if n := d.Grow(); n != int64(len(b)) {
		r.t.Fatalf("Grow took %d of %d bytes", n, len(b))
	}
	if len(b) == 0 {
		return
	}
	longer := func(s *obytes) {
		s.b = append(slices.Clone(s.b), b...)
		s.changed = append(slices.Clone(s.changed), make([]bool, len(b))...)
	}
	for i := range o.undo {
		longer(&o.undo[i])
	}
	for i := range o.redo {
		longer(&o.redo[i])
	}
	longer(&o.now)
	longer(&o.before)
	if r.saves > 0 {
		o.saved = -1
	} else {
		o.base = append(slices.Clone(o.base), b...)
	}
	r.more = true
}

// save begins a save or ends the one that was begun.
func (r *runner) save() {
	d, o := r.d, r.o
	if r.plan == nil {
		d.seal()
		r.more = false
		r.plan, r.id = &kept{d.Snapshot(), bytes.Clone(o.now.b)}, o.now.id
		return
	}
	d.rebase(r.plan.s, bytesStore(r.plan.b), d.Info())
	if o.base, o.saved = r.plan.b, r.id; r.more {
		o.saved = -1
	}
	r.kept = append(r.kept, *r.plan)
	r.plan = nil
	r.saves++
}

// check compares everything that can be seen.
func (r *runner) check() {
	t, d, o := r.t, r.d, r.o
	t.Helper()
	if err := checkTree(d.tree); err != nil {
		t.Fatal(err)
	}
	open := o.depth > 0
	if d.Size() != int64(len(o.now.b)) || d.Modified() != (o.now.id != o.saved) ||
		d.CanUndo() != (len(o.undo) > 0 && !open) || d.CanRedo() != (len(o.redo) > 0 && !open) {
		t.Fatalf("size %d modified %v undo %v redo %v, expected %d %v, %d and %d steps, group open: %v", d.Size(), d.Modified(),
			d.CanUndo(), d.CanRedo(), len(o.now.b), o.now.id != o.saved, len(o.undo), len(o.redo), open)
	}
	s := &Snapshot{tree: d.tree, base: d.base} // does not freeze: nodes of the current epoch are edited too
	if r.next(4) == 0 {
		if s = d.Snapshot(); s != d.Snapshot() || s.Version() != d.Version() {
			t.Fatal("the snapshot of an unchanged document is another one")
		}
	}
	if !bytes.Equal(r.content(s), o.now.b) {
		t.Fatal("other bytes than the oracle")
	}
	for _, k := range r.kept {
		if r.next(8) == 0 && !bytes.Equal(r.content(k.s), k.b) {
			t.Fatal("an old snapshot changed")
		}
	}
	r.checkMarks(s)
}

// content reads s in one of the ways, each time in another one: all of them at each step were most of the time of the test.
func (r *runner) content(s *Snapshot) []byte {
	r.t.Helper()
	r.way++
	return contentBy(r.t, s, r.way%waysToRead)
}

// checkMarks compares the changed ranges with a walk over all pieces and, as long as nothing was saved, with the oracle.
func (r *runner) checkMarks(s *Snapshot) {
	t, size := r.t, int(s.Size())
	t.Helper()
	marks := make([]bool, size)
	var moved []Range
	s.tree.walk(0, s.Size(), func(at int64, p piece) bool {
		for i := range p.n {
			marks[at+i] = p.src != s.base
		}
		if p.src != s.base || p.off != at {
			moved = appendRange(moved, Range{at, at + p.n})
		}
		return true
	})
	if r.saves == 0 && !slices.Equal(marks, r.o.now.changed) {
		t.Fatal("other marks than the oracle")
	}
	if got := movedRanges(s); !slices.Equal(got, moved) {
		t.Fatalf("moved %v, expected %v", got, moved)
	}
	from, n := r.part(size)
	o := obytes{changed: marks}
	if got, want := s.Changed(Range{int64(from), int64(from + n)}, nil), o.ranges(from, from+n); !slices.Equal(got, want) {
		t.Fatalf("Changed [%d,%d): %v, expected %v", from, from+n, got, want)
	}
	r.checkSeek(s, o.ranges(0, size), int64(r.next(size+2)))
}

// checkSeek compares NextChange and PrevChange with all changed ranges.
func (r *runner) checkSeek(s *Snapshot, all []Range, off int64) {
	r.t.Helper()
	i := slices.IndexFunc(all, func(c Range) bool { return c.End > off })
	if got, ok := s.NextChange(off); ok != (i >= 0) || ok && got != all[i] {
		r.t.Fatalf("NextChange(%d): %v %v of %v", off, got, ok, all)
	}
	i = len(all) - 1
	for i >= 0 && all[i].Start >= off {
		i--
	}
	if got, ok := s.PrevChange(off); ok != (i >= 0) || ok && got != all[i] {
		r.t.Fatalf("PrevChange(%d): %v %v of %v", off, got, ok, all)
	}
}

func TestRandomOperations(t *testing.T) {
	seed := randomSeed()
	steps, rounds := 400, 25
	if os.Getenv("HEXLAY_SLOW") == "1" {
		rounds = 500
	}
	for round := range rounds {
		rng := rand.New(rand.NewPCG(seed, uint64(round)))
		ok := t.Run("", func(t *testing.T) {
			r := newRunner(t, true, rng.IntN)
			if round%3 == 0 {
				r.fragment()
			}
			for range steps {
				r.step()
			}
		})
		if !ok {
			t.Fatalf("seed %d, round %d", seed, round)
		}
	}
}

// FuzzOperations takes its operations from the input, and ends with it. Run it with -fuzzminimizetime 10x: the
// default spends a minute on shortening each input that it finds.
func FuzzOperations(f *testing.F) {
	for seed := range uint64(8) {
		script := make([]byte, 600)
		rng := rand.New(rand.NewPCG(seed, 0))
		for i := range script {
			script[i] = byte(rng.Uint32())
		}
		f.Add(script)
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		at := 0
		r := newRunner(t, true, func(n int) int {
			v := 0
			for m := n - 1; m > 0; m >>= 8 {
				v <<= 8
				if at < len(script) {
					v += int(script[at])
				}
				at++
			}
			return v % n
		})
		for at < min(len(script), 2000) {
			r.step()
		}
	})
}
