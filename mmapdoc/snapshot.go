package mmapdoc

import (
	"errors"
	"fmt"
	"io"
)

// Snapshot is a document as it was at one moment. It is immutable, cheap, and safe for any goroutine.
type Snapshot struct {
	tree    tree
	base    *origin
	version uint64
	state   uint64
	grown   int64 // how much of the document's growth is in it
	leases  []*lease
}

// Size is the number of bytes.
func (s *Snapshot) Size() int64 { return s.tree.size }

// Version is the document's version of that moment.
func (s *Snapshot) Version() uint64 { return s.version }

// check says what is wrong with r.
func (s *Snapshot) check(r Range) error {
	if r.Start < 0 || r.Start > r.End || r.End > s.tree.size {
		return fmt.Errorf("%v is not inside the document of %d bytes", r, s.tree.size)
	}
	return nil
}

// ReadAt is io.ReaderAt. It returns io.EOF when the document ends before p is full, and a *LostError, behind the bytes
// that could be read, when the next one cannot be read any more.
func (s *Snapshot) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, fmt.Errorf("read at offset %d", off)
	}
	if off >= s.tree.size {
		if len(p) == 0 {
			return 0, nil
		}
		return 0, io.EOF
	}
	want := min(int64(len(p)), s.tree.size-off)
	s.tree.walk(off, off+want, func(at int64, q piece) bool {
		dst := p[at-off:][:q.n]
		if readFull(q.src, dst, q.off) == nil {
			n += len(dst)
			return true
		}
		lost, e := readPages(q, dst, at, nil)
		if len(lost) == 0 { // it could be read at the second try
			n += len(dst)
			return true
		}
		n = int(lost[0].Start - off)
		err = &LostError{lost[0], e}
		return false
	})
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}

// Read fills as much of p as can be read from off on, and appends to lost the document ranges that could not be; their
// bytes are zero in p. n < len(p) only at the end of the document, and 0 when off is not inside of it.
func (s *Snapshot) Read(p []byte, off int64, lost []Range) (n int, _ []Range) {
	if off < 0 || off >= s.tree.size {
		return 0, lost
	}
	n = int(min(int64(len(p)), s.tree.size-off))
	first := len(lost)
	s.tree.walk(off, off+int64(n), func(at int64, q piece) bool {
		dst := p[at-off:][:q.n]
		if readFull(q.src, dst, q.off) != nil {
			// The caller's ranges are not joined with ours.
			more, _ := readPages(q, dst, at, lost[first:])
			lost = append(lost[:first], more...)
		}
		return true
	})
	return n, lost
}

func readFull(r io.ReaderAt, p []byte, off int64) error {
	n, err := r.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// lostCause is why a store could not read: it may say so by a *LostError with an offset of its own.
func lostCause(err error) error {
	var lost *LostError
	switch {
	case errors.As(err, &lost):
		return lost.Err
	case err == nil || err == io.EOF:
		return io.ErrUnexpectedEOF
	}
	return err
}

// lostPage is the unit in which stores lose bytes: the page of a mapping, and the sector of a device of today.
const lostPage = 4 << 10

// readPages reads q, which starts at document offset at, into dst, page by page of its store. It zeroes the parts that
// cannot be read, appends where they are in the document to lost, and returns the first error.
func readPages(q piece, dst []byte, at int64, lost []Range) (_ []Range, first error) {
	for done := int64(0); done < q.n; {
		pos := q.off + done
		n := min(lostPage-pos%lostPage, q.n-done)
		part := dst[done:][:n]
		if k, err := q.src.ReadAt(part, pos); k < len(part) { // a file may be cut short in the middle of a page
			clear(part[k:])
			lost = appendRange(lost, Range{at + done + int64(k), at + done + n})
			if first == nil {
				first = lostCause(err)
			}
		}
		done += n
	}
	return lost, first
}

// Scan calls fn with consecutive windows of r: their offset in the document, and their bytes, zero-copy where the
// source is mapped; pieces of a few bytes, of which a document may have millions, are put together. b lives only during the
// call and must not be written. Scan stops at the first error of fn and returns it, at bytes that cannot be read with a
// *LostError (fn may have seen a part of what is before them), and fails when r is not inside the document.
func (s *Snapshot) Scan(r Range, fn func(off int64, b []byte) error) (err error) {
	if err := s.check(r); err != nil {
		return err
	}
	var small []byte // the small pieces before the next one
	var smallAt int64
	flush := func() error {
		if len(small) == 0 {
			return nil
		}
		b := small
		small = small[:0]
		return fn(smallAt, b)
	}
	s.tree.walk(r.Start, r.End, func(at int64, q piece) bool {
		if q.n <= smallPiece && q.n < r.Len() {
			k := len(small)
			if k == 0 {
				smallAt = at
			}
			if k+int(q.n) > cap(small) {
				small = append(make([]byte, 0, min(max(4*smallPiece, 2*cap(small)), gathered)), small...)
			}
			if small = small[:k+int(q.n)]; readFull(q.src, small[k:], q.off) == nil {
				if len(small) > gathered-smallPiece {
					err = flush()
				}
				return err == nil
			}
			small = small[:k] // the other way tells what is lost
		}
		if err = flush(); err != nil {
			return false
		}
		var fnErr error
		start, pos := at, at
		err = q.src.view(q.off, q.n, func(b []byte) error {
			start, pos = pos, pos+int64(len(b))
			fnErr = fn(start, b)
			return fnErr
		})
		if err != nil && fnErr == nil {
			// The window that was handed out last is where a mapping was found to be cut short.
			err = &LostError{findLost(q.cut(start-at, q.n), start), lostCause(err)}
		}
		return err == nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// Pieces of up to smallPiece bytes are put together to windows of up to gathered bytes.
const (
	smallPiece = 4 << 10
	gathered   = 256 << 10
)

// findLost is where the first page of q that cannot be read is in the document; q starts at document offset at. It
// does not look further than a window of any store could reach.
func findLost(q piece, at int64) Range {
	const enough = 16 << 20
	var page [lostPage]byte
	for done := int64(0); done < min(q.n, enough); {
		pos := q.off + done
		n := min(lostPage-pos%lostPage, q.n-done)
		if k, _ := q.src.ReadAt(page[:n], pos); int64(k) < n {
			return Range{at + done + int64(k), at + done + n}
		}
		done += n
	}
	return Range{at, at + min(q.n, lostPage)}
}

// moved calls fn with the ranges of the document whose bytes an in-place save must write, in order and apart, until it returns
// false: all that are not the bytes of the base at the same offset, and those that are but were set aside, so that the file
// holds something else.
func (s *Snapshot) moved(fn func(r Range) bool) {
	aside, _ := s.base.store.(asideStore)
	var held Range // the next may touch it
	var some []Range
	add := func(r Range) bool {
		if r.Start == held.End {
			held.End = r.End
			return true
		}
		last := held
		held = r
		return last.Len() == 0 || fn(last)
	}
	all := s.tree.walk(0, s.tree.size, func(at int64, p piece) bool {
		if p.src != s.base || p.off != at {
			return add(Range{at, at + p.n})
		}
		if aside != nil {
			some = aside.asideRanges(p.off, p.n, some[:0])
			for _, r := range some {
				if !add(r) {
					return false
				}
			}
		}
		return true
	})
	if all && held.Len() > 0 {
		fn(held)
	}
}

// SamePrefix is how many bytes from the start on are sure to be those of o: both snapshots have them in the same pieces of the
// same stores. It costs about as much as an edit does.
func (s *Snapshot) SamePrefix(o *Snapshot) int64 {
	a, b := s.tree, o.tree
	pos := int64(0)
	for a.root != nil && b.root != nil {
		if a.root == b.root && a.size == b.size {
			pos += a.size
			break
		}
		if a.root.height != b.root.height || a.root.height == 0 {
			break
		}
		i := 0
		for i < len(a.root.kids) && i < len(b.root.kids) && a.root.kids[i] == b.root.kids[i] {
			pos += a.root.kids[i].size
			i++
		}
		if i == len(a.root.kids) || i == len(b.root.kids) {
			break
		}
		a, b = a.root.kids[i], b.root.kids[i]
	}
	// From here on piece by piece, for some of them: what is not compared counts as different.
	const most = 1000
	end := min(s.tree.size, o.tree.size)
	for i := 0; i < most && pos < end; i++ {
		p, at := s.tree.at(pos)
		q, from := o.tree.at(pos)
		if p.src != q.src || p.off+pos-at != q.off+pos-from {
			break
		}
		pos = min(at+p.n, from+q.n, end)
	}
	return min(pos, end)
}
