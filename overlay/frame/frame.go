// Package frame cuts a stream of bytes into frames: the messages of a protocol, by a template, a struct format, a length
// field or a delimiter. A frame that has come in parts is told of with what it still needs, and after bytes that are no
// frame the next one is looked for.
package frame

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// A Cutter tells where the frame ends that begins at off of r, which holds size bytes so far.
type Cutter interface {
	Cut(r io.ReaderAt, off, size int64) Cut
	// Magic is bytes that every frame begins with; nil when there are none.
	Magic() []byte
}

// Cut is what a Cutter says: a frame of N bytes; or, with N 0, that at least Need more bytes are needed to tell, or, with
// Err, that no frame begins there.
type Cut struct {
	N, Need int64
	Err     error
}

// State is what a Frame is.
type State int

// What bytes of a stream can be.
const (
	Whole   State = iota
	Skipped       // no frame: Err says why none begins at the first of these bytes
	Partial       // the beginning of a frame, or of none: Need more bytes tell
)

func (s State) String() string { return [...]string{"frame", "skipped", "partial"}[s] }

// Frame is the bytes [Start, End) of a stream.
type Frame struct {
	Start, End int64
	State      State
	Need       int64 // of a Partial: how many more bytes, at least
	Err        error
}

// MaxFrame is how long a frame may be. What claims to be longer is none.
const MaxFrame = 64 << 20

// A Splitter goes through a stream that grows and cuts it into frames.
type Splitter struct {
	cutter Cutter
	at     int64 // where the next frame begins
	skip   int64 // where the bytes began that are no frame; at when there are none
	err    error // why none begins there
	wait   int64 // so much of the stream must be there before it is worth looking again
}

// NewSplitter cuts by c from the offset at on.
func NewSplitter(c Cutter, at int64) *Splitter { return &Splitter{cutter: c, at: at, skip: at} }

// Next gives the next frame, or skipped bytes, of the stream, which holds size bytes; ended tells that no more will
// come. It reports false when more bytes are needed, and at the end: Rest then tells what is left. work bounds how many
// beginnings of frames are tried, and is lowered; at 0 Next reports false as well, and goes on from there later.
func (s *Splitter) Next(r io.ReaderAt, size int64, ended bool, work *int) (f Frame, ok bool) {
	for s.at < size && *work > 0 {
		if size < s.wait && !ended {
			return Frame{}, false
		}
		if s.at > s.skip { // bytes were skipped: only what looks like a frame is tried
			if at, found := s.seek(r, size); !found {
				s.at = at
				*work--
				continue
			}
		}
		*work--
		c := s.cutter.Cut(r, s.at, size)
		switch {
		case c.N > 0 && c.N <= size-s.at && c.N <= MaxFrame:
			if s.at > s.skip {
				return s.skipped(), true
			}
			f = Frame{Start: s.at, End: s.at + c.N, State: Whole}
			s.at += c.N
			s.skip = s.at
			return f, true
		case c.N > size-s.at && c.N <= MaxFrame:
			c = Cut{Need: c.N - (size - s.at)}
		case c.N > MaxFrame || c.Need > MaxFrame:
			c = Cut{Err: fmt.Errorf("a frame of %d bytes is more than the most there can be, %d", max(c.N, c.Need), MaxFrame)}
		}
		if c.Err == nil && !ended {
			s.wait = size + max(1, c.Need)
			return Frame{}, false
		}
		if s.at == s.skip {
			if s.err = c.Err; c.Err == nil {
				if s.at == s.skip && ended { // what is left is the beginning of a frame
					return Frame{}, false
				}
			}
		}
		s.at++
	}
	if s.at >= size && s.at > s.skip && ended {
		return s.skipped(), true
	}
	return Frame{}, false
}

func (s *Splitter) skipped() Frame {
	f := Frame{Start: s.skip, End: s.at, State: Skipped, Err: s.err}
	s.skip, s.err = s.at, nil
	return f
}

// seek moves to where the magic stands next; without one, every place may be the beginning.
func (s *Splitter) seek(r io.ReaderAt, size int64) (int64, bool) {
	magic := s.cutter.Magic()
	if len(magic) == 0 {
		return s.at, true
	}
	buf := make([]byte, min(64<<10, size-s.at))
	n, err := r.ReadAt(buf, s.at)
	if n == 0 && err != nil {
		return size, false
	}
	buf = buf[:n]
	if i := bytes.Index(buf, magic); i >= 0 {
		s.at += int64(i)
		return s.at, true
	}
	// A magic may begin in the last bytes.
	for k := min(len(magic)-1, n); k > 0; k-- {
		if bytes.HasPrefix(magic, buf[n-k:]) {
			if n == k {
				return s.at, true
			}
			return s.at + int64(n-k), false
		}
	}
	return s.at + int64(n), false
}

// Rest is what is behind the last frame, of a stream of size bytes: the beginning of one, bytes that were skipped up to
// now, or nothing.
func (s *Splitter) Rest(r io.ReaderAt, size int64) (f Frame, ok bool) {
	if s.skip >= size {
		return Frame{}, false
	}
	if s.at > s.skip {
		return Frame{Start: s.skip, End: size, State: Skipped, Err: s.err}, true
	}
	c := s.cutter.Cut(r, s.at, size)
	if c.N > size-s.at {
		c.Need = c.N - (size - s.at)
	}
	return Frame{Start: s.at, End: size, State: Partial, Need: c.Need, Err: c.Err}, true
}

// At is where the splitter stands: everything before it was given out.
func (s *Splitter) At() int64 { return s.skip }

// read fills a buffer of n bytes from off; fewer come only where the stream ends.
func read(r io.ReaderAt, off, n, size int64) ([]byte, error) {
	b := make([]byte, min(n, size-off))
	k, err := r.ReadAt(b, off)
	if k < len(b) {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return b, nil
}

// Fixed is frames of n bytes each.
type Fixed int64

// Cut is for Cutter.
func (f Fixed) Cut(_ io.ReaderAt, off, size int64) Cut { return Cut{N: int64(f)} }

// Magic is for Cutter.
func (f Fixed) Magic() []byte { return nil }

// Length is frames with a length field of Width bytes at Off. The frame's length is the field's value and Add.
type Length struct {
	Off    int64
	Width  int // 1 to 8
	Little bool
	Add    int64
}

// Cut is for Cutter.
func (l Length) Cut(r io.ReaderAt, off, size int64) Cut {
	head := l.Off + int64(l.Width)
	if size-off < head {
		return Cut{Need: head - (size - off)}
	}
	b, err := read(r, off+l.Off, int64(l.Width), size)
	if err != nil {
		return Cut{Err: err}
	}
	var v uint64
	for i := range b {
		if l.Little {
			v |= uint64(b[i]) << (8 * i)
		} else {
			v = v<<8 | uint64(b[i])
		}
	}
	if v > 2*MaxFrame || int64(v)+l.Add > MaxFrame {
		return Cut{Err: fmt.Errorf("its length field says %d, more than the most there can be", v)}
	}
	n := int64(v) + l.Add
	if n < head {
		return Cut{Err: fmt.Errorf("its length field says %d: the frame would end before the field does", v)}
	}
	return Cut{N: n}
}

// Magic is for Cutter.
func (l Length) Magic() []byte { return nil }

// Delimiter is frames that end with it; it belongs to the frame.
type Delimiter []byte

// Cut is for Cutter.
func (d Delimiter) Cut(r io.ReaderAt, off, size int64) Cut {
	const step = 64 << 10
	for at := off; at < size; {
		b, err := read(r, at, step, size)
		if err != nil {
			return Cut{Err: err}
		}
		if i := bytes.Index(b, d); i >= 0 {
			return Cut{N: at + int64(i) + int64(len(d)) - off}
		}
		if at+int64(len(b)) >= size {
			break
		}
		if at += int64(len(b)) - int64(len(d)) + 1; at-off > MaxFrame {
			return Cut{Err: errors.New("no delimiter comes")}
		}
	}
	return Cut{Need: 1}
}

// Magic is for Cutter.
func (d Delimiter) Magic() []byte { return nil }
