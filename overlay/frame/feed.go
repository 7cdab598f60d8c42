package frame

import (
	"io"
	"slices"
)

// A Feed cuts bytes as they arrive, and keeps only those that are no whole frame yet.
type Feed struct {
	split *Splitter
	buf   []byte
	base  int64 // where buf begins in the stream
}

// NewFeed cuts a stream from its beginning on.
func NewFeed(c Cutter) *Feed { return &Feed{split: NewSplitter(c, 0)} }

// ReadAt reads the part of the stream that is kept.
func (f *Feed) ReadAt(p []byte, off int64) (int, error) {
	if off < f.base || off > f.Size() {
		return 0, io.ErrUnexpectedEOF
	}
	n := copy(p, f.buf[off-f.base:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Size is how many bytes have come.
func (f *Feed) Size() int64 { return f.base + int64(len(f.buf)) }

// Add takes the next bytes and calls found with the frames, and skipped bytes, that are complete now. b lives during the
// call of found only.
func (f *Feed) Add(b []byte, found func(fr Frame, b []byte)) {
	f.buf = append(f.buf, b...)
	f.cut(false, found)
}

// End tells that no more bytes come. The last call of found may be of a partial frame.
func (f *Feed) End(found func(fr Frame, b []byte)) {
	f.cut(true, found)
	if fr, b, ok := f.Rest(); ok {
		found(fr, b)
	}
}

// Break tells that a message of the transport ends here, a datagram: no frame goes on in the next one, so what is left is told of as by End. What waits for
// a delimiter is whole then.
func (f *Feed) Break(found func(fr Frame, b []byte)) {
	f.cut(true, found)
	if fr, b, ok := f.Rest(); ok {
		if _, lines := f.split.cutter.(Delimiter); lines && fr.State == Partial {
			fr.State, fr.Need = Whole, 0
		}
		found(fr, b)
	}
	f.base, f.buf = f.Size(), f.buf[:0]
	f.split = NewSplitter(f.split.cutter, f.base)
}

// Rest is what is behind the last frame: the beginning of one, or bytes that are none.
func (f *Feed) Rest() (fr Frame, b []byte, ok bool) {
	if fr, ok = f.split.Rest(f, f.Size()); ok {
		b = f.buf[fr.Start-f.base:]
	}
	return fr, b, ok
}

// Pending is like Rest, without looking again: what stands behind the last frame, and how many more bytes are needed at least
// before that can change.
func (f *Feed) Pending() (fr Frame, b []byte) {
	fr = Frame{Start: f.split.At(), End: f.Size(), State: Partial, Need: max(1, f.split.wait-f.Size())}
	if f.split.lost {
		fr.State, fr.Err = Skipped, f.split.err
	}
	return fr, f.buf[fr.Start-f.base:]
}

func (f *Feed) cut(ended bool, found func(fr Frame, b []byte)) {
	for work := 1 << 30; ; {
		fr, ok := f.split.Next(f, f.Size(), ended, &work)
		if !ok {
			break
		}
		found(fr, f.buf[fr.Start-f.base:fr.End-f.base])
	}
	if at := f.split.At(); at > f.base {
		f.buf = slices.Delete(f.buf, 0, int(at-f.base))
		f.base = at
	}
}

// First is how many bytes the frame has that b begins with, or what stands before the next one; 0: more bytes are needed.
func First(c Cutter, b []byte) int {
	f := &Feed{split: NewSplitter(c, 0), buf: b}
	work := 1 << 20
	fr, ok := f.split.Next(f, int64(len(b)), false, &work)
	switch {
	case ok:
		return int(fr.End)
	case f.split.lost:
		return int(f.split.first())
	}
	return 0
}
