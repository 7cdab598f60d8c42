package mmapdoc

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestBatch compares batches with plain splices, undone and done again, and with edits behind them. Some are of so many
// replacements that their pieces are packed.
func TestBatch(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 1))
	var deep int
	for range 400 {
		size, apart, chance := 500, int64(40), 20
		if rng.IntN(8) == 0 {
			size, apart, chance = 20_000, 1+rng.Int64N(300), 2000
		}
		plain, batched := FromBytes("x", patterned(size)), FromBytes("x", patterned(size))
		for range rng.IntN(30) { // pieces
			off := rng.Int64N(plain.Size())
			ins := make([]byte, rng.IntN(4))
			plain.Splice(off, 1, ins, Alone)
			batched.Splice(off, 1, ins, Alone)
		}
		before := content(t, batched.Snapshot())
		b := batched.Snapshot().NewBatch()
		at, grown := int64(0), int64(0)
		ins := []byte("new")
		moved := make([]int64, len(before)+1)
		for i := range moved {
			moved[i] = int64(i)
		}
		plain.Begin()
		for at < int64(len(before)) && rng.IntN(chance) > 0 {
			at += rng.Int64N(apart)
			r := Range{at, min(at+rng.Int64N(5), int64(len(before)))}
			if r.Start > r.End {
				break
			}
			if rng.IntN(3) == 0 {
				ins = patterned(rng.IntN(6))
			}
			if err := b.Replace(r, ins); err != nil {
				t.Fatal(err)
			}
			if err := plain.Splice(r.Start+grown, r.Len(), ins, Alone); err != nil {
				t.Fatal(err)
			}
			for i := r.Start + 1; i < int64(len(moved)); i++ {
				if i >= r.End {
					moved[i] += int64(len(ins)) - r.Len()
				} else {
					moved[i] = r.Start + grown + min(i-r.Start, int64(len(ins)))
				}
			}
			if r.Len() == 0 {
				moved[r.Start] += int64(len(ins))
			}
			grown += int64(len(ins)) - r.Len()
			at = r.End
		}
		plain.End()
		if b.Grown() != grown {
			t.Fatalf("seed %d: grown by %d, expected %d", seed, b.Grown(), grown)
		}
		for i, want := range moved {
			if got := b.Moved(int64(i)); got != want {
				t.Fatalf("seed %d: byte %d is moved to %d, expected %d", seed, i, got, want)
			}
		}
		want := content(t, plain.Snapshot())
		if err := batched.Apply(b); err != nil {
			t.Fatal(err)
		}
		check := func(want []byte) {
			t.Helper()
			if err := checkTree(batched.tree); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if !bytes.Equal(content(t, batched.Snapshot()), want) {
				t.Fatalf("seed %d: other bytes", seed)
			}
		}
		check(want)
		a, z := plain.Snapshot(), batched.Snapshot()
		if got, want := z.Changed(Range{0, z.Size()}, nil), a.Changed(Range{0, a.Size()}, nil); !slices.Equal(got, want) {
			t.Fatalf("seed %d: changed %v, expected %v", seed, got, want)
		}
		if b.tree.root != nil && b.tree.root.height > 0 {
			deep++
		}
		if b.Len() > 0 {
			batched.Undo()
			check(before)
			batched.Redo()
			check(want)
			if err := batched.Apply(b); !errors.Is(err, ErrStale) {
				t.Fatalf("a second time: %v", err)
			}
		}
		for range 10 { // edits of what the batch made
			off := rng.Int64N(plain.Size() + 1)
			del := min(rng.Int64N(1<<rng.IntN(12)), plain.Size()-off)
			ins := patterned(rng.IntN(4))
			plain.Splice(off, del, ins, Alone)
			batched.Splice(off, del, ins, Alone)
			want := content(t, plain.Snapshot())
			check(want)
			a, z := plain.Snapshot(), batched.Snapshot()
			off = rng.Int64N(a.Size() + 1)
			r, ok := a.PrevChange(off)
			if q, ok2 := z.PrevChange(off); q != r || ok2 != ok {
				t.Fatalf("seed %d: the change before %d is %v, expected %v", seed, off, q, r)
			}
			if rng.IntN(3) == 0 {
				batched.Undo()
				batched.Redo()
				check(want)
			}
		}
	}
	if deep == 0 {
		t.Error("no batch was large")
	}
}

func TestBatchRefuses(t *testing.T) {
	b := FromBytes("x", patterned(10)).Snapshot().NewBatch()
	if err := b.Replace(Range{2, 5}, nil); err != nil {
		t.Fatal(err)
	}
	for _, r := range []Range{{4, 6}, {0, 1}, {8, 11}, {-1, 3}} {
		if b.Replace(r, []byte("x")) == nil {
			t.Errorf("%v was taken", r)
		}
	}
}

func TestBatchTooLarge(t *testing.T) {
	defer func(n int) { mostReplacements = n }(mostReplacements)
	mostReplacements = 3
	d := FromBytes("x", patterned(10))
	b := d.Snapshot().NewBatch()
	for i := range int64(3) {
		if err := b.Replace(Range{2 * i, 2*i + 1}, []byte("y")); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Replace(Range{6, 7}, []byte("y")); err == nil || !strings.Contains(err.Error(), "3 replacements are the most") {
		t.Errorf("a fourth: %v", err)
	}
}

// TestBatchMemory: a replacement takes few bytes. It is no measurement of time, and the heap is this test's alone.
func TestBatchMemory(t *testing.T) {
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	const n = 300_000
	d := FromBytes("x", make([]byte, 100*n))
	before := heap()
	b := d.Snapshot().NewBatch()
	for i := range int64(n) {
		if err := b.Replace(Range{100 * i, 100*i + 2}, []byte("abc")); err != nil {
			t.Fatal(err)
		}
	}
	b.Build()
	each := float64(heap()-before) / n
	t.Logf("%.1f bytes a replacement", each)
	if each > 24 {
		t.Errorf("%.1f bytes for each of %d replacements", each, n)
	}
	if err := d.Apply(b); err != nil {
		t.Fatal(err)
	}
}

// TestSaveManyRanges: very many small changes are saved in place, those that lie close together in one write.
func TestSaveManyRanges(t *testing.T) {
	path := writeFile(t, bytes.Repeat([]byte("ab--"), 40_000))
	d := mustOpen(t, path)
	b := d.Snapshot().NewBatch()
	for at := int64(0); at < d.Size(); at += 4 {
		if err := b.Replace(Range{at, at + 2}, []byte("xy")); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Apply(b); err != nil {
		t.Fatal(err)
	}
	p, err := d.Plan("")
	if err != nil {
		t.Fatal(err)
	}
	if p.Method != InPlace || len(p.Ranges) > 2 {
		t.Errorf("method %v, %d ranges", p.Method, len(p.Ranges))
	}
	if err := p.Run(t.Context(), new(atomic.Int64)); err != nil {
		t.Fatal(err)
	}
	if err := d.Saved(p); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, bytes.Repeat([]byte("xy--"), 40_000)) {
		t.Errorf("other bytes in the file, %v", err)
	}
	if d.Modified() {
		t.Error("modified after the save")
	}
	d.Undo()
	if !bytes.Equal(content(t, d.Snapshot()), bytes.Repeat([]byte("ab--"), 40_000)) {
		t.Error("undo across the save: other bytes")
	}
}
