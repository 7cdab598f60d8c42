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
		if edits == 1 && del+n > 0 && was.Len()+now.Len() > 0 && (was.Start < off || was.End > off+del || now.End > off+n) {
			t.Fatalf("round %d: %d bytes at %d became %d, told are %v and %v", round, del, off, n, was, now)
		}
	}
}
