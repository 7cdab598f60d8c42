package mmapdoc

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
)

var errBroken = errors.New("broken page")

// broken is bytes with pages that cannot be read, and ranges that are set aside.
type broken struct {
	bytesStore
	pages map[int64]bool
	aside []Range
}

func (s *broken) ReadAt(p []byte, off int64) (int, error) {
	for page := off / lostPage; page*lostPage < off+int64(len(p)); page++ {
		if s.pages[page] {
			return 0, errBroken
		}
	}
	return s.bytesStore.ReadAt(p, off)
}

// view hands out windows of two pages that do not begin at pages.
func (s *broken) view(off, n int64, fn func([]byte) error) error {
	for n > 0 {
		b := make([]byte, min(n, 2*lostPage))
		if _, err := s.ReadAt(b, off); err != nil {
			return err
		}
		if err := fn(b); err != nil {
			return err
		}
		off, n = off+int64(len(b)), n-int64(len(b))
	}
	return nil
}

func (s *broken) asideRanges(off, n int64, out []Range) []Range {
	for _, r := range s.aside {
		if a, b := max(r.Start, off), min(r.End, off+n); a < b {
			out = append(out, Range{a, b})
		}
	}
	return out
}

func patterned(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(1 + i%251)
	}
	return b
}

func TestLost(t *testing.T) {
	b := patterned(10 * lostPage)
	base := &broken{bytesStore: b, pages: map[int64]bool{2: true, 3: true, 6: true}}
	d := newDocument(Info{Name: "x"}, base, nil)
	d.Splice(100, 0, []byte("0123456789"), Alone) // all of the base is 10 bytes further on
	d.Splice(3*lostPage+10, 20, []byte("abc"), Alone)
	want := cut(b, 100, 0, []byte("0123456789"))
	want = cut(want, 3*lostPage+10, 20, []byte("abc"))
	lost := []Range{{2*lostPage + 10, 3*lostPage + 10}, {3*lostPage + 13, 4*lostPage - 7}, {6*lostPage - 7, 7*lostPage - 7}}
	for _, r := range lost {
		clear(want[r.Start:r.End])
	}
	s := d.Snapshot()

	got := bytes.Repeat([]byte{'?'}, len(want)+5)
	n, ranges := s.Read(got, 0, []Range{{-3, 0}})
	if n != len(want) || !bytes.Equal(got[:n], want) || !slices.Equal(ranges, append([]Range{{-3, 0}}, lost...)) {
		t.Fatalf("Read: %d bytes, lost %v, expected %d and %v, or other bytes", n, ranges, len(want), lost)
	}

	var lostErr *LostError
	n, err := s.ReadAt(got, 50)
	if !errors.As(err, &lostErr) || !errors.Is(err, errBroken) || lostErr.Range != lost[0] || int64(n) != lost[0].Start-50 || !bytes.Equal(got[:n], want[50:50+n]) {
		t.Fatalf("ReadAt: %d bytes, %v", n, err)
	}
	if n, err = s.ReadAt(got[:1000], lost[0].End-1); n != 0 || !errors.As(err, &lostErr) || lostErr.Range != (Range{lost[0].End - 1, lost[0].End}) {
		t.Fatalf("ReadAt the last lost byte: %d bytes, %v", n, err)
	}

	lostErr = nil
	var last int64
	err = s.Scan(Range{7, s.Size()}, func(off int64, b []byte) error {
		last = off + int64(len(b))
		if !bytes.Equal(b, want[off:last]) {
			t.Fatalf("Scan: other bytes at %d", off)
		}
		return nil
	})
	if !errors.As(err, &lostErr) || lostErr.Range != lost[0] || last > lost[0].Start {
		t.Fatalf("Scan: %v after %d bytes", err, last)
	}
	stop := errors.New("stop")
	if err := s.Scan(Range{0, 10}, func(int64, []byte) error { return stop }); err != stop {
		t.Fatalf("Scan returned %v, not the error of the callback", err)
	}
}

func TestReadEnds(t *testing.T) {
	s := FromBytes("x", []byte("0123")).Snapshot()
	p := make([]byte, 3)
	for _, c := range []struct {
		off int64
		n   int
		err error
	}{{0, 3, nil}, {1, 3, nil}, {2, 2, io.EOF}, {4, 0, io.EOF}, {math.MaxInt64, 0, io.EOF}} {
		if n, err := s.ReadAt(p, c.off); n != c.n || err != c.err {
			t.Errorf("ReadAt %d: %d, %v", c.off, n, err)
		}
		if n, _ := s.Read(p, c.off, nil); n != c.n {
			t.Errorf("Read %d: %d", c.off, n)
		}
	}
	if _, err := s.ReadAt(p, -1); err == nil {
		t.Error("ReadAt -1: no error")
	}
	if n, _ := s.Read(p, -1, nil); n != 0 {
		t.Errorf("Read -1: %d", n)
	}
	for _, r := range []Range{{-1, 2}, {2, 1}, {0, 5}} {
		if err := s.Scan(r, func(int64, []byte) error { return nil }); err == nil || !strings.Contains(err.Error(), "4 bytes") {
			t.Errorf("Scan %v: %v", r, err)
		}
	}
}

// TestAside: bytes that an in-place save set aside are changed, and have to be written by the next one.
func TestAside(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		size := 1 + rng.Int64N(60)
		base := &broken{bytesStore: patterned(int(size))}
		marks := make([]bool, size)
		for at := rng.Int64N(20); at < size; at += 1 + rng.Int64N(9) {
			end := min(size, at+1+rng.Int64N(9))
			base.aside = append(base.aside, Range{at, end})
			for ; at < end; at++ {
				marks[at] = true
			}
		}
		d := newDocument(Info{Name: "x"}, base, nil)
		for range rng.IntN(4) { // same-size edits, so that marks keep their places
			off := rng.Int64N(size)
			n := rng.Int64N(size-off) + 1
			d.Splice(off, n, make([]byte, n), Alone)
			for i := range n {
				marks[off+i] = true
			}
		}
		o := obytes{changed: marks}
		r := runner{t: t, next: rng.IntN}
		all := o.ranges(0, int(size))
		s := d.Snapshot()
		if got := movedRanges(s); !slices.Equal(got, all) {
			t.Fatalf("moved %v, expected %v", got, all)
		}
		if got := s.Changed(Range{-5, size + 5}, nil); !slices.Equal(got, all) {
			t.Fatalf("changed %v, expected %v", got, all)
		}
		for off := range size + 2 {
			r.checkSeek(s, all, off)
		}
	}
}

func TestConcurrentReaders(t *testing.T) {
	d := FromBytes("x", patterned(5000))
	rng := rand.New(rand.NewPCG(5, 6))
	var readers sync.WaitGroup
	for i := range 300 {
		for range 10 {
			off := rng.Int64N(d.Size())
			d.Splice(off, min(1, d.Size()-off), []byte{byte(i), byte(i)}, Typed)
		}
		switch i % 10 {
		case 3:
			d.Undo()
		case 5:
			d.Fill(100, 4500, []byte("pattern"))
		case 7:
			s := d.Snapshot()
			d.SpliceFrom(0, 0, s, Range{10, 20})
		}
		s := d.Snapshot()
		want := content(t, s)
		readers.Go(func() {
			got := make([]byte, s.Size())
			for range 3 {
				if _, err := s.ReadAt(got, 0); err != nil || !bytes.Equal(got, want) {
					t.Errorf("a snapshot changed while the document was edited: %v", err)
				}
				s.Changed(Range{0, s.Size()}, nil)
			}
		})
	}
	readers.Wait()
}

// TestSamePrefix edits a document in many places; the common start that is told must be one, and reach to the edit.
func TestSamePrefix(t *testing.T) {
	rs := randomSeed()
	t.Logf("HEXLAY_SEED=%d", rs)
	r := rand.New(rand.NewPCG(rs, 7))
	d := FromBytes("x", bytes.Repeat([]byte("0123456789"), 300))
	defer d.Close()
	for i := range 2000 {
		old := d.Snapshot()
		off := r.Int64N(d.Size() + 1)
		del := min(r.Int64N(3), d.Size()-off)
		put := make([]byte, 1+r.IntN(4))
		for k := range put {
			put[k] = byte('a' + r.IntN(26))
		}
		if err := d.Splice(off, del, put, Alone); err != nil {
			t.Fatal(err)
		}
		if i%5 == 0 {
			d.Undo()
		}
		now := d.Snapshot()
		n := now.SamePrefix(old)
		if n < min(off, 1000) && off < 1000 || n > min(old.Size(), now.Size()) {
			t.Fatalf("an edit at %d: the first %d bytes are the same", off, n)
		}
		a, b := make([]byte, n), make([]byte, n)
		if _, err := old.ReadAt(a, 0); err != nil && err != io.EOF {
			t.Fatal(err)
		}
		if _, err := now.ReadAt(b, 0); err != nil && err != io.EOF {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Fatalf("an edit at %d: the first %d bytes differ", off, n)
		}
	}
}
