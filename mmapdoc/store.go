package mmapdoc

import (
	"fmt"
	"io"
	"math"
	"sync"
	"sync/atomic"
)

// Source is bytes that never change under us by our own doing.
type Source interface {
	io.ReaderAt
	Size() int64
	Close() error
}

// store is bytes that never change once a piece points at them. All methods may be called from any goroutine.
type store interface {
	io.ReaderAt
	Size() int64
	// view calls fn with consecutive windows of [off, off+n), zero-copy where it can; b lives only during the call.
	// It stops at the first error of fn and returns it as it is.
	view(off, n int64, fn func(b []byte) error) error
}

// asideStore is a store over a file that a later in-place save has written, or is about to write, in part.
type asideStore interface {
	store
	// asideRanges appends the parts of [off, off+n), ascending and apart, whose bytes live in a copy because the
	// file no longer holds them.
	asideRanges(off, n int64, out []Range) []Range
}

// origin is the identity of a store. Pieces hold a pointer to it, so that a piece is three words and two pieces of the
// same store are recognised by one comparison.
type origin struct {
	store
	// id is unique among the stores that are or were the base of a document, and 0 for all others. Nodes of the tree
	// keep the least and the greatest id below them, which is how changed bytes are found without visiting them all.
	id uint32
	// pasted is the same store under another identity, for pieces that were copied to another place of their own
	// document: those are not the saved bytes of that place.
	pasted *origin
}

var lastBase atomic.Uint32

func newBase(s store) *origin {
	o := &origin{store: s, id: lastBase.Add(1)}
	o.pasted = &origin{store: s}
	return o
}

// bytesStore is bytes in memory.
type bytesStore []byte

func (s bytesStore) Size() int64 { return int64(len(s)) }

func (s bytesStore) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off > int64(len(s)) {
		return 0, fmt.Errorf("read at offset %d of %d bytes in memory", off, len(s))
	}
	n := copy(p, s[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (s bytesStore) view(off, n int64, fn func(b []byte) error) error {
	if off < 0 || n < 0 || off > int64(len(s)) || n > int64(len(s))-off {
		return fmt.Errorf("read of %d bytes at offset %d of %d bytes in memory", n, off, len(s))
	}
	if n == 0 {
		return nil
	}
	return fn(s[off : off+n : off+n])
}

const (
	firstChunk = 4 << 10
	lastChunk  = 1 << 20
)

// adder keeps typed bytes. Each chunk is a store of its own and never moves, so that snapshots read it while the next
// bytes are appended behind those they can see.
type adder struct {
	chunk *origin
	buf   []byte // the chunk's memory; len is what is used
}

// add copies b, which is not empty, and returns the piece that holds it. Consecutive calls return pieces that continue
// each other until a chunk is full.
func (a *adder) add(b []byte) piece {
	if len(b) > cap(a.buf)-len(a.buf) {
		if len(b) >= lastChunk { // its own chunk, without wasting the rest of the current one
			own := make([]byte, len(b))
			copy(own, b)
			return piece{&origin{store: bytesStore(own)}, 0, int64(len(b))}
		}
		size := min(max(firstChunk, 2*cap(a.buf)), lastChunk)
		for size < len(b) {
			size *= 2
		}
		a.buf = make([]byte, 0, size)
		a.chunk = &origin{store: bytesStore(a.buf[:size])}
	}
	off := len(a.buf)
	a.buf = append(a.buf, b...)
	return piece{a.chunk, int64(off), int64(len(b))}
}

// patternStore repeats pattern for ever.
type patternStore struct{ pattern []byte }

const patternWindow = 32 << 10

var patternWindows = sync.Pool{New: func() any { b := make([]byte, patternWindow); return &b }}

func (s *patternStore) Size() int64 { return math.MaxInt64 }

func (s *patternStore) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("read at offset %d of a pattern", off)
	}
	phase := off % int64(len(s.pattern))
	n := copy(p, s.pattern[phase:])
	n += copy(p[n:], s.pattern)
	// What is filled from here on begins len(pattern) behind a byte that is already there: copy it, doubling.
	for n < len(p) {
		from := n - n/len(s.pattern)*len(s.pattern)
		n += copy(p[n:], p[from:n])
	}
	return n, nil
}

func (s *patternStore) view(off, n int64, fn func(b []byte) error) error {
	if off < 0 || n < 0 {
		return fmt.Errorf("read of %d bytes at offset %d of a pattern", n, off)
	}
	size := int64(len(s.pattern))
	if size > patternWindow {
		for n > 0 {
			phase := off % size
			part := min(n, size-phase)
			if err := fn(s.pattern[phase : phase+part : phase+part]); err != nil {
				return err
			}
			off, n = off+part, n-part
		}
		return nil
	}
	window := patternWindows.Get().(*[]byte)
	defer patternWindows.Put(window)
	b := (*window)[:min(n, patternWindow/size*size)] // a multiple of the pattern: every window has the same phase
	if _, err := s.ReadAt(b, off); err != nil {
		return err
	}
	for n > 0 {
		part := min(n, int64(len(b)))
		if err := fn(b[:part:part]); err != nil {
			return err
		}
		n -= part
	}
	return nil
}
