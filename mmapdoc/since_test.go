package mmapdoc

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestSince makes random edits and looks whether what Since tells is right: around the ranges the bytes are the same, and a
// single edit is told exactly or smaller.
func TestSince(t *testing.T) {
	rnd := rand.New(rand.NewPCG(randomSeed(), 5))
	base := make([]byte, 5000)
	for i := range base {
		base[i] = byte(rnd.Uint32())
	}
	d := FromBytes("memory", base)
	defer d.Close()
	read := func(s *Snapshot) []byte {
		b := make([]byte, s.Size())
		if _, err := s.ReadAt(b, 0); err != nil && s.Size() > 0 {
			t.Fatal(err)
		}
		return b
	}
	for round := range 3000 {
		old := d.Snapshot()
		edits := 1 + rnd.IntN(3)
		var off, del, n int64
		for range edits {
			switch rnd.IntN(6) {
			case 0:
				d.Undo()
				edits = 2
			case 1:
				d.Redo()
				edits = 2
			default:
				off = rnd.Int64N(d.Size() + 1)
				del, n = min(rnd.Int64N(30), d.Size()-off), rnd.Int64N(30)
				ins := make([]byte, n)
				for i := range ins {
					ins[i] = byte(rnd.Uint32())
				}
				if err := d.Splice(off, del, ins, Alone); err != nil {
					t.Fatal(err)
				}
			}
		}
		s := d.Snapshot()
		was, now := s.Since(old)
		a, b := read(old), read(s)
		if was.Start != now.Start || was.End > int64(len(a)) || now.End > int64(len(b)) || was.Len() < 0 || now.Len() < 0 {
			t.Fatalf("round %d: %v became %v, of %d and %d bytes", round, was, now, len(a), len(b))
		}
		if !bytes.Equal(a[:was.Start], b[:now.Start]) || !bytes.Equal(a[was.End:], b[now.End:]) {
			t.Fatalf("round %d: around %v and %v the bytes differ", round, was, now)
		}
		if s.SameBytes(old) && !bytes.Equal(a, b) {
			t.Fatalf("round %d: other bytes than before, said to be the same", round)
		}
		if edits == 1 && del+n > 0 && was.Len()+now.Len() > 0 && (was.Start < off || was.End > off+del || now.End > off+n) {
			t.Fatalf("round %d: %d bytes at %d became %d, told are %v and %v", round, del, off, n, was, now)
		}
	}
}

// TestHunksSince makes random edits and looks whether the hunks make of the older bytes the newer ones, and whether a single edit is told as no
// larger than it is, also when other edits came before.
func TestHunksSince(t *testing.T) {
	rnd := rand.New(rand.NewPCG(randomSeed(), 6))
	base := make([]byte, 3000)
	for i := range base {
		base[i] = byte(rnd.Uint32())
	}
	d := FromBytes("memory", base)
	defer d.Close()
	read := func(s *Snapshot, r Range) []byte {
		b := make([]byte, r.Len())
		if _, err := s.ReadAt(b, r.Start); err != nil && r.Len() > 0 {
			t.Fatal(err)
		}
		return b
	}
	edit := func() (off, del, n int64) {
		off = rnd.Int64N(d.Size() + 1)
		del, n = min(rnd.Int64N(9), d.Size()-off), rnd.Int64N(9)
		ins := make([]byte, n)
		for i := range ins {
			ins[i] = byte(rnd.Uint32())
		}
		if err := d.Splice(off, del, ins, Alone); err != nil {
			t.Fatal(err)
		}
		return off, del, n
	}
	for round := range 2000 {
		old := d.Snapshot()
		n := rnd.IntN(6)
		var off, del, ins int64
		for range n {
			off, del, ins = edit()
			if rnd.IntN(4) == 0 {
				d.Undo()
				n = 9
			}
		}
		if rnd.IntN(8) == 0 && d.Size() > 50 { // one edit that has the same bytes many times
			b := d.Snapshot().NewBatch()
			for at := int64(0); at+3 < d.Size(); at += 1 + rnd.Int64N(40) + 3 {
				if err := b.Replace(Range{at, at + 3}, []byte("same")); err != nil {
					t.Fatal(err)
				}
			}
			if err := d.Apply(b); err != nil {
				t.Fatal(err)
			}
			n = 9
		}
		s := d.Snapshot()
		list, ok := s.HunksSince(old, 1<<20)
		if !ok {
			t.Fatalf("round %d: no hunks", round)
		}
		var got []byte
		at := int64(0)
		for _, h := range list {
			got = append(got, read(old, Range{at, h.Old.Start})...)
			if int64(len(got)) != h.New.Start {
				t.Fatalf("round %d: %v stands at %d", round, h, len(got))
			}
			got = append(got, read(s, h.New)...)
			at = h.Old.End
		}
		got = append(got, read(old, Range{at, old.Size()})...)
		if !bytes.Equal(got, read(s, Range{0, s.Size()})) {
			t.Fatalf("round %d: %v do not make the newer bytes", round, list)
		}
		if n == 0 && len(list) > 0 {
			t.Fatalf("round %d: nothing changed, told are %v", round, list)
		}
		if n == 1 {
			var gone, came int64 // not where: what the batches put in is the same bytes many times, and any of them may be meant
			for _, h := range list {
				gone, came = gone+h.Old.Len(), came+h.New.Len()
			}
			if gone > del || came > ins {
				t.Fatalf("round %d: %d bytes at %d became %d, told are %v", round, del, off, ins, list)
			}
		}
		if d.Size() > 20000 {
			d.Splice(0, d.Size()-1000, nil, Alone)
		}
	}
}
