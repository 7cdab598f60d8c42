package model

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync/atomic"
	"testing"

	"hexlay/mmapdoc"
)

// seeded gives a random source and prints its seed; HEXLAY_SEED repeats a run.
func seeded(t *testing.T) *rand.Rand {
	s := rand.Uint64()
	if v := os.Getenv("HEXLAY_SEED"); v != "" {
		n, err := strconv.ParseUint(v, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		s = n
	}
	t.Logf("HEXLAY_SEED=%d", s)
	return rand.New(rand.NewPCG(s, 1))
}

// small gives n bytes of an alphabet of k letters: with few letters there are many matches, also overlapping ones.
func small(rnd *rand.Rand, n, k int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(rnd.IntN(k))
	}
	return b
}

func withChunk(t *testing.T, n int64) {
	was := findChunk
	findChunk = n
	t.Cleanup(func() { findChunk = was })
}

// TestFindChunks compares both directions with bytes.Index, with windows so small that most matches lie over a border.
func TestFindChunks(t *testing.T) {
	rnd := seeded(t)
	withChunk(t, 8)
	for range 20000 {
		findChunk = 1 + rnd.Int64N(12)
		b := small(rnd, rnd.IntN(60), 1+rnd.IntN(3))
		p := small(rnd, 1+rnd.IntN(14), 1+rnd.IntN(3))
		s := mmapdoc.FromBytes("m", b).Snapshot()
		lo := rnd.IntN(len(b) + 1)
		r := mmapdoc.Range{Start: int64(lo), End: int64(lo + rnd.IntN(len(b)-lo+1))}
		part := b[r.Start:r.End]
		check := func(name string, got int64, err error, want int) {
			if want < 0 && errors.Is(err, errNotFound) || want >= 0 && err == nil && got == r.Start+int64(want) {
				return
			}
			t.Fatalf("%s of %q in %q at %v, windows of %d: %d, %v; want %d", name, p, b, r, findChunk, got, err, want)
		}
		got, err := findForward(t.Context(), s, r, p, new(atomic.Int64))
		check("the first", got, err, bytes.Index(part, p))
		got, err = findBackward(t.Context(), s, r, p, new(atomic.Int64))
		check("the last", got, err, bytes.LastIndex(part, p))
	}
}

// TestFindCommands goes from match to match, around both ends.
func TestFindCommands(t *testing.T) {
	rnd := seeded(t)
	withChunk(t, 16)
	for range 300 {
		findChunk = 1 + rnd.Int64N(40)
		b := small(rnd, 1+rnd.IntN(120), 2)
		p := small(rnd, 1+rnd.IntN(4), 2)
		e := over(b)
		e.Jump(rnd.Int64N(int64(len(b)) + 1))
		line := fmt.Sprintf("find % x", p)
		for range 12 {
			at := e.Target().Start
			_, err := run(t, e, line)
			var want int
			back := line == "find-previous"
			if !back {
				from := min(int(at)+1, len(b))
				if want = bytes.Index(b[from:], p); want >= 0 {
					want += from
				} else {
					want = bytes.Index(b, p)
				}
			} else {
				if want = bytes.LastIndex(b[:min(len(b), int(at)+len(p)-1)], p); want < 0 {
					want = bytes.LastIndex(b, p)
				}
			}
			sel := e.Selection()
			if (want < 0) != (err != nil) || want >= 0 && sel != (mmapdoc.Range{Start: int64(want), End: int64(want + len(p))}) {
				t.Fatalf("%s of % x from %d in % x: %v %v, want %d", line, p, at, b, sel, err, want)
			}
			line = []string{"find-next", "find-previous"}[rnd.IntN(2)]
		}
	}
}

func TestFindIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := mmapdoc.FromBytes("m", make([]byte, 100)).Snapshot()
	if _, err := findForward(ctx, s, mmapdoc.Range{End: 100}, []byte{1}, new(atomic.Int64)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := findBackward(ctx, s, mmapdoc.Range{End: 100}, []byte{1}, new(atomic.Int64)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
