package mmapdoc

import (
	"bytes"
	"fmt"
	"testing"
)

// checkTree returns what is wrong with the invariants of t, or nil.
func checkTree(t tree) error {
	if t.root == nil {
		if t.size != 0 {
			return fmt.Errorf("empty tree of %d bytes", t.size)
		}
		return nil
	}
	var last piece
	var visit func(t tree, top bool) error
	visit = func(t tree, top bool) error {
		n := t.root
		if got := n.total(); got != t {
			return fmt.Errorf("totals %+v, exact are %+v", t, got)
		}
		pieces := n.list()
		fill := len(pieces) + len(n.kids)
		least := minFill
		if top {
			least = min(1+n.height, 2)
		}
		if fill < least || fill > maxFill || (n.height == 0) != (len(n.kids) == 0) || n.height > 0 && pieces != nil || n.packed != nil && n.pieces != nil {
			return fmt.Errorf("node of height %d has %d pieces and %d kids", n.height, len(pieces), len(n.kids))
		}
		for _, p := range pieces {
			if p.n <= 0 || p.off < 0 || p.n > p.src.Size()-p.off {
				return fmt.Errorf("piece %+v of a store of %d bytes", p, p.src.Size())
			}
			if last.src != nil && last.continues(p) {
				return fmt.Errorf("piece %+v continues %+v", p, last)
			}
			last = p
		}
		for _, k := range n.kids {
			if k.root.height != n.height-1 {
				return fmt.Errorf("kid of height %d in a node of height %d", k.root.height, n.height)
			}
			if err := visit(k, false); err != nil {
				return err
			}
		}
		return nil
	}
	return visit(t, true)
}

// content reads the whole of s by ReadAt, and fails if Scan or Read see something else.
func content(t testing.TB, s *Snapshot) []byte {
	t.Helper()
	b := contentBy(t, s, 0)
	for way := 1; way < waysToRead; way++ {
		if !bytes.Equal(contentBy(t, s, way), b) {
			t.Fatal("Scan or Read gives other bytes than ReadAt")
		}
	}
	return b
}

const waysToRead = 3

// contentBy reads all of s by ReadAt, Scan or Read.
func contentBy(t testing.TB, s *Snapshot, way int) []byte {
	t.Helper()
	b := make([]byte, s.Size())
	switch way {
	case 0:
		if n, err := s.ReadAt(b, 0); n != len(b) || err != nil {
			t.Fatalf("ReadAt: %d of %d bytes, %v", n, len(b), err)
		}
	case 1:
		at := 0
		err := s.Scan(Range{0, s.Size()}, func(off int64, w []byte) error {
			if off != int64(at) {
				t.Fatalf("Scan: window at %d, expected %d", off, at)
			}
			at += copy(b[at:], w)
			return nil
		})
		if err != nil || at != len(b) {
			t.Fatalf("Scan: %d of %d bytes, %v", at, len(b), err)
		}
	case 2:
		if n, lost := s.Read(b, 0, nil); n != len(b) || lost != nil {
			t.Fatalf("Read: %d of %d bytes, lost %v", n, len(b), lost)
		}
	}
	return b
}

// movedRanges is what a save in place of s would write.
func movedRanges(s *Snapshot) (out []Range) {
	s.moved(func(r Range) bool { out = append(out, r); return true })
	return out
}

// countPieces is how many pieces t has.
func countPieces(t tree) (n int) {
	t.walk(0, t.size, func(int64, piece) bool { n++; return true })
	return n
}
