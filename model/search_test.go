package model

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"hexlay/mmapdoc"
	"hexlay/overlay/pattern"
)

// withBlocks makes searches use small blocks.
func withBlocks(t *testing.T, first, most int64) {
	a, b := firstBlock, maxBlock
	firstBlock, maxBlock = first, most
	t.Cleanup(func() { firstBlock, maxBlock = a, b })
}

// pieced is a document of b in pieces.
func pieced(rnd *rand.Rand, b []byte) *mmapdoc.Document {
	d := mmapdoc.FromBytes("m", b)
	for range rnd.IntN(8) {
		if len(b) == 0 {
			break
		}
		at := rnd.IntN(len(b))
		n := rnd.IntN(min(5, len(b)-at) + 1)
		if err := d.Splice(int64(at), int64(n), b[at:at+n], mmapdoc.Alone); err != nil {
			panic(err)
		}
	}
	return d
}

// naiveSearch finds the same with one window.
func naiveSearch(p *pattern.Pattern, b []byte, r mmapdoc.Range, overlap bool) (out []mmapdoc.Range) {
	m := p.NewMatcher()
	m.Window(b[r.Start:r.End], int(r.Len()))
	for from := 0; ; {
		s, e, ok := m.Next(from)
		if !ok {
			return out
		}
		out = append(out, mmapdoc.Range{Start: r.Start + int64(s), End: r.Start + int64(e)})
		if from = e; overlap {
			from = s + 1
		}
	}
}

var searchPatterns = []string{"61 61", "61 62 61", "61 ?? 61", "(61|62 62) 61", "61", "61 61 61 61 61 61 61", "6?", "00 00 00", "62"}

// TestSearch compares searches in pieces and small blocks with one window over all.
func TestSearch(t *testing.T) {
	rnd := seeded(t)
	withBlocks(t, 8, 32)
	for range 6000 {
		firstBlock = 1 + rnd.Int64N(20)
		maxBlock = firstBlock + rnd.Int64N(60)
		b := small(rnd, rnd.IntN(300), 1+rnd.IntN(3))
		var p *pattern.Pattern
		var err error
		if rnd.IntN(3) == 0 {
			p, err = pattern.Regexp([]string{"a+b", "ab*a", "(?:ab|a|ba)+", `\bb`, "aa", "a[ab]{3}"}[rnd.IntN(6)], false)
		} else {
			p, err = pattern.Hex(searchPatterns[rnd.IntN(len(searchPatterns))])
		}
		if err != nil {
			t.Fatal(err)
		}
		if rnd.IntN(10) == 0 {
			clear(b)
		}
		lo := rnd.IntN(len(b) + 1)
		r := mmapdoc.Range{Start: int64(lo), End: int64(lo + rnd.IntN(len(b)-lo+1))}
		s := Search{Snapshot: pieced(rnd, b).Snapshot(), Pattern: p, Range: r, Overlap: rnd.IntN(2) == 0}
		want := naiveSearch(p, b, r, s.Overlap)
		var got []mmapdoc.Range
		if err := s.Run(t.Context(), func(hits []mmapdoc.Range) error { got = append(got, hits...); return nil }); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("overlapping %v in %q at %v, blocks of %d: %v, want %v", s.Overlap, b, r, firstBlock, got, want)
		}
		s.Last, got = true, nil
		if err := s.Run(t.Context(), func(hits []mmapdoc.Range) error { got = append(got, hits...); return ErrStop }); err != nil {
			t.Fatal(err)
		}
		all := naiveSearch(p, b, r, true)
		if len(got) != min(1, len(all)) || len(got) > 0 && got[0] != all[len(all)-1] {
			t.Fatalf("the last in %q at %v: %v of %v", b, r, got, all)
		}
	}
}

// TestSearchManyHits goes through many batches, some of which the merger has to find itself.
func TestSearchManyHits(t *testing.T) {
	b := make([]byte, 1<<20)
	s := mmapdoc.FromBytes("m", b).Snapshot()
	p, err := pattern.Hex("00 00 00")
	if err != nil {
		t.Fatal(err)
	}
	var n, at int64
	q := Search{Snapshot: s, Pattern: p, Range: mmapdoc.Range{End: s.Size()}, Progress: new(atomic.Int64)}
	if err := q.Run(t.Context(), func(hits []mmapdoc.Range) error {
		for _, h := range hits {
			if h.Start != at || h.Len() != 3 {
				t.Fatalf("%v, want one from %d on", h, at)
			}
			at = h.End
		}
		n += int64(len(hits))
		return nil
	}); err != nil || n != (1<<20)/3 {
		t.Errorf("%d hits, %v", n, err)
	}
	if q.Progress.Load() < 1<<20-3 {
		t.Errorf("progress ends at %d", q.Progress.Load())
	}
}

func TestSearchEnds(t *testing.T) {
	s := mmapdoc.FromBytes("m", make([]byte, 100_000)).Snapshot()
	p, _ := pattern.Hex("00")
	q := Search{Snapshot: s, Pattern: p, Range: mmapdoc.Range{End: s.Size()}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.Run(ctx, func([]mmapdoc.Range) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	bad := errors.New("bad")
	if err := q.Run(t.Context(), func([]mmapdoc.Range) error { return bad }); err != bad {
		t.Error(err)
	}
	n := 0
	if err := q.Run(t.Context(), func(hits []mmapdoc.Range) error { n++; return ErrStop }); err != nil || n != 1 {
		t.Error(n, err)
	}
}

// TestSearchInAFileCutShort: what another program cut off matches nothing, whenever that happens.
func TestSearchInAFileCutShort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	b := bytes.Repeat([]byte("needle.."), 1<<20)
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	d, err := mmapdoc.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	p, _ := pattern.Hex("6e 65 65 64 6c 65")
	const left = 1_000_000
	n, last := 0, int64(-1)
	s := Search{Snapshot: d.Snapshot(), Pattern: p, Range: mmapdoc.Range{End: d.Size()}}
	err = s.Run(t.Context(), func(hits []mmapdoc.Range) error {
		if n == 0 { // the search has begun
			if err := os.Truncate(path, left); err != nil {
				return err
			}
		}
		for _, h := range hits {
			if h.Start <= last || h.Start%8 != 0 {
				t.Fatalf("a match at %d behind one at %d", h.Start, last)
			}
			last = h.Start
		}
		n += len(hits)
		return nil
	})
	if err != nil || n < left/8 {
		t.Errorf("%d matches, %v", n, err)
	}
}
