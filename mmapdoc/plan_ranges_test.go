package mmapdoc

import (
	"bytes"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

// fewRanges makes the bounds of a save in place small for one test.
func fewRanges(t *testing.T, very, too, most int) {
	v, o, m := veryMany, tooMany, mostRanges
	veryMany, tooMany, mostRanges = very, too, most
	t.Cleanup(func() { veryMany, tooMany, mostRanges = v, o, m })
}

// TestNearRanges: what comes out covers what went in, in order, and joins no more than it may.
func TestNearRanges(t *testing.T) {
	fewRanges(t, 10, 30, 60)
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 1))
	var refused, joined int
	for range 2000 {
		var near nearRanges
		var in []Range
		at, all := int64(0), true
		for n := rng.IntN(400); n > 0 && all; n-- {
			at += 1 + rng.Int64N(1<<rng.IntN(18))
			r := Range{at, at + 1 + rng.Int64N(100)}
			at = r.End
			in = append(in, r)
			all = near.add(r)
		}
		if !all {
			refused++
			if len(near.out) <= mostRanges {
				t.Fatalf("seed %d: refused with %d ranges", seed, len(near.out))
			}
			continue
		}
		joined += len(in) - len(near.out)
		k := 0
		for i, r := range near.out {
			if i > 0 && r.Start <= near.out[i-1].End {
				t.Fatalf("seed %d: %v behind %v", seed, r, near.out[i-1])
			}
			end := r.Start
			for ; k < len(in) && in[k].End <= r.End; k++ {
				if gap := in[k].Start - end; gap < 0 || gap > near.gap || end == r.Start && gap != 0 {
					t.Fatalf("seed %d: %v is in %v, %d bytes behind the one before, of at most %d", seed, in[k], r, gap, near.gap)
				}
				end = in[k].End
			}
			if end != r.End {
				t.Fatalf("seed %d: %v ends behind what is in it", seed, r)
			}
		}
		if k != len(in) {
			t.Fatalf("seed %d: %v is in none", seed, in[k])
		}
	}
	if refused == 0 || joined == 0 {
		t.Errorf("%d refused, %d joined", refused, joined)
	}
}

// TestTooManyRanges: what a journal cannot tell of is saved as a new file.
func TestTooManyRanges(t *testing.T) {
	fewRanges(t, 5, 10, 20)
	for _, c := range []struct {
		places int64
		method Method
	}{{20, InPlace}, {21, NewFile}} {
		size := c.places * 3 * pageSize
		path := writeFile(t, make([]byte, size))
		d := mustOpen(t, path)
		b := d.Snapshot().NewBatch()
		want := make([]byte, size)
		for k := range c.places {
			at := k * 3 * pageSize
			if err := b.Replace(Range{at, at + 2}, []byte("xy")); err != nil {
				t.Fatal(err)
			}
			copy(want[at:], "xy")
		}
		if err := d.Apply(b); err != nil {
			t.Fatal(err)
		}
		p, err := d.Plan("")
		if err != nil {
			t.Fatal(err)
		}
		if p.Method != c.method {
			t.Errorf("%d places are saved %v, expected %v", c.places, p.Method, c.method)
		}
		if err := p.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if err := d.Saved(p); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d places: other bytes in the file, %v", c.places, err)
		}
		d.Undo()
		if !bytes.Equal(content(t, d.Snapshot()), make([]byte, size)) {
			t.Errorf("%d places: undo across the save gives other bytes", c.places)
		}
	}
}
