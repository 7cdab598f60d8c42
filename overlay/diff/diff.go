// Package diff finds what differs between two files: byte by byte at the same offsets, or aware of what was put in and
// taken out. Memory does not grow with the files: at most about 100 MB, whatever their sizes.
//
// Aware of insertions it works in three steps. Where the two run alike, they are compared at memory speed. Where they part,
// the nearby bytes are compared exactly if few of them differ (Myers, "An O(ND) Difference Algorithm and Its Variations", 1986),
// else up to the next stretch that both have in common. Where there is none nearby, places that their own content picks out are
// looked up in an index of the first file, as content-defined chunking does, and what lies before the first such place is again
// compared exactly.
//
// The hunks are right, in that applying them to A gives B; that they are the fewest is not promised.
package diff

import (
	"context"
	"fmt"
	"io"
)

// An Input is one side.
type Input struct {
	R    io.ReaderAt
	Size int64
	// Zeros tells how many bytes from off on are known to be zeros, as those of a hole are: where both sides have them they are not
	// read. Nil where nothing is known.
	Zeros func(off int64) int64
	// View calls fn with n bytes from off on where they lie, which live only during the call, and reports true; false: they are better
	// read, though fn may have been called. Nil where they never lie anywhere.
	View func(off, n int64, fn func(b []byte)) bool
}

// A Range is the bytes [Start,End).
type Range struct{ Start, End int64 }

// Len is the number of bytes.
func (r Range) Len() int64 { return r.End - r.Start }

// A Hunk says that the bytes A of the first input became the bytes B of the second.
type Hunk struct{ A, B Range }

// Kind is "insert", "delete" or "change".
func (h Hunk) Kind() string {
	switch {
	case h.A.Len() == 0:
		return "insert"
	case h.B.Len() == 0:
		return "delete"
	}
	return "change"
}

// Options of [Compare].
type Options struct {
	// SameOffset compares the byte at an offset with the byte at the same offset only. Every run of bytes that differ is a
	// hunk of its own.
	SameOffset bool
	// Progress is told how many of the bytes of both are done, now and then: all hunks that end before are handed over.
	Progress func(done, total int64)
	// Go starts a goroutine, so that the first input is read by several at once; nil: all is done by the caller's.
	Go func(func())
}

func (o *Options) start(f func()) {
	if o.Go == nil {
		f()
		return
	}
	o.Go(f)
}

// Compare hands the hunks to yield, in the order of their offsets and apart from each other, until it returns false. It fails
// where a side cannot be read, and with ctx's error when that ends.
func Compare(ctx context.Context, a, b Input, o Options, yield func(Hunk) bool) error {
	c := &comparison{ctx: ctx, a: side{name: "first", in: a}, b: side{name: "second", in: b}, o: o, yield: yield}
	c.pa, c.pb = make([]byte, window), make([]byte, window)
	var err error
	if o.SameOffset {
		err = c.sameOffset(0, 0, min(a.Size, b.Size), 1)
		if err == nil {
			err = c.emit(Hunk{Range{min(a.Size, b.Size), a.Size}, Range{min(a.Size, b.Size), b.Size}})
		}
	} else {
		err = c.aware()
	}
	if err == nil {
		err = c.flush()
	}
	if err == errStopped {
		return nil
	}
	return err
}

// window is how much of each side is held at once while they run alike.
const window = 1 << 20

var errStopped = fmt.Errorf("stopped")

type side struct {
	name string
	in   Input
}

// read fills p from off. The bytes are there, or it is an error: the size was told.
func (s *side) read(p []byte, off int64) error {
	n, err := s.in.R.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("the %s of the two, %d bytes at 0x%x: %w", s.name, len(p), off, err)
}

// zeros is how many bytes from off on, at most n, need not be read to be known as zeros.
func (s *side) zeros(off, n int64) int64 {
	if s.in.Zeros == nil || n < leastZeros {
		return 0
	}
	if z := min(n, s.in.Zeros(off)); z >= leastZeros {
		return z
	}
	return 0
}

// leastZeros is from how many on zeros are skipped: shorter ones are read as fast.
const leastZeros = 64 << 10

// sameZeros is how many bytes, at most n, are known to be zeros on both sides.
func (c *comparison) sameZeros(i, j, n int64) int64 {
	z := c.a.zeros(i, n)
	if z > 0 {
		z = c.b.zeros(j, z)
	}
	return z
}

type comparison struct {
	ctx    context.Context
	a, b   side
	o      Options
	yield  func(Hunk) bool
	pa, pb []byte
	held   Hunk // not handed over yet: the next may touch it
	some   bool
	index  *index // of a, made when it is first needed
	exact  path
	meet   meeting
	grams  []uint64 // of unlike
}

// emit hands a hunk over; those that touch become one.
func (c *comparison) emit(h Hunk) error {
	if h.A.Len() == 0 && h.B.Len() == 0 {
		return nil
	}
	if c.some && c.held.A.End == h.A.Start && c.held.B.End == h.B.Start {
		c.held.A.End, c.held.B.End = h.A.End, h.B.End
		return nil
	}
	if err := c.flush(); err != nil {
		return err
	}
	c.held, c.some = h, true
	return nil
}

func (c *comparison) flush() error {
	if c.some && !c.yield(c.held) {
		return errStopped
	}
	c.some = false
	return nil
}

// tick tells the progress, of which the hunks before are handed over, and looks whether to go on.
func (c *comparison) tick(i, j int64) error {
	if c.some && i > c.held.A.End && j > c.held.B.End { // nothing can touch it any more
		if err := c.flush(); err != nil {
			return err
		}
	}
	if c.o.Progress != nil {
		c.o.Progress(i+j, c.a.in.Size+c.b.in.Size)
	}
	return c.ctx.Err()
}

// alike gives how many bytes from i in a and j in b are the same.
func (c *comparison) alike(i, j int64) (int64, error) {
	var n int64
	// What parts soon, as within an edited region, should not cost a whole window.
	for size := int64(4096); ; size = min(size*2, window) {
		if err := c.tick(i+n, j+n); err != nil {
			return n, err
		}
		k := min(c.a.in.Size-i-n, c.b.in.Size-j-n)
		if k == 0 {
			return n, nil
		}
		if z := c.sameZeros(i+n, j+n, k); z > 0 {
			n += z
			continue
		}
		k = min(k, size)
		m, err := c.common(i+n, j+n, k)
		if err != nil {
			return n, err
		}
		n += int64(m)
		if int64(m) < k {
			return n, nil
		}
	}
}

// common gives how many of k bytes from i in a and j in b are the same.
func (c *comparison) common(i, j, k int64) (int, error) {
	if n, ok := c.viewed(i, j, k); ok {
		return n, nil
	}
	pa, pb := c.pa[:k], c.pb[:k]
	if err := c.a.read(pa, i); err != nil {
		return 0, err
	}
	if err := c.b.read(pb, j); err != nil {
		return 0, err
	}
	return common(pa, pb), nil
}

// viewed is common of whole windows of bytes that can be looked at where they lie.
func (c *comparison) viewed(i, j, k int64) (n int, ok bool) {
	if c.a.in.View == nil || c.b.in.View == nil || k < window {
		return 0, false
	}
	both := false
	ok = c.a.in.View(i, k, func(pa []byte) {
		both = c.b.in.View(j, k, func(pb []byte) { n = common(pa, pb) })
	})
	return n, ok && both
}

// alikeBefore gives how many bytes before i in a and before j in b are the same, most most.
func (c *comparison) alikeBefore(i, j, most int64) (int64, error) {
	var n int64
	for n < most {
		k := min(4096, most-n)
		pa, pb := c.pa[:k], c.pb[:k]
		if err := c.a.read(pa, i-n-k); err != nil {
			return n, err
		}
		if err := c.b.read(pb, j-n-k); err != nil {
			return n, err
		}
		m := commonEnd(pa, pb)
		n += int64(m)
		if int64(m) < k {
			break
		}
	}
	return n, nil
}

// sameOffset hands over the runs that differ in n bytes from i and j on. Runs with fewer than apart like bytes between
// them are one.
func (c *comparison) sameOffset(i, j, n, apart int64) error {
	for at := int64(0); at < n; {
		if err := c.tick(i+at, j+at); err != nil {
			return err
		}
		if z := c.sameZeros(i+at, j+at, n-at); z > 0 {
			at += z
			continue
		}
		k := min(window, n-at)
		if m, ok := c.viewed(i+at, j+at, k); ok && int64(m) == k {
			at += k
			continue
		}
		pa, pb := c.pa[:k], c.pb[:k]
		if err := c.a.read(pa, i+at); err != nil {
			return err
		}
		if err := c.b.read(pb, j+at); err != nil {
			return err
		}
		for x := 0; x < len(pa); {
			x += common(pa[x:], pb[x:])
			y := x
			for y < len(pa) && pa[y] != pb[y] {
				y++
			}
			from, to := at+int64(x), at+int64(y)
			if from == to {
				break
			}
			if c.some && i+from-c.held.A.End < apart && c.held.A.End-i >= 0 && c.held.A.End-i == c.held.B.End-j {
				from = c.held.A.End - i
			}
			if err := c.emit(Hunk{Range{i + from, i + to}, Range{j + from, j + to}}); err != nil {
				return err
			}
			x = y
		}
		at += k
	}
	return nil
}
