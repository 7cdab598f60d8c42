// Package frame cuts a stream of bytes into frames: the messages of a protocol, by a template, a struct format, a length
// field or a delimiter. A frame that has come in parts is told of with what it still needs, and after bytes that are no
// frame the next one is looked for.
package frame

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
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

// A Splitter goes through a stream that grows and cuts it into frames. After bytes that are no frame it looks for the next one: what
// looks like the beginning of one may be none, so while it waits for the rest of that, a whole frame further on is taken.
type Splitter struct {
	cutter Cutter
	at     int64 // what is tried next: where the next frame begins, or may
	skip   int64 // everything before it was given out
	lost   bool  // the bytes at skip are no frame
	err    error // why none begins there
	wait   int64 // so much of the stream must be there before it is worth looking again
	maybe  []beginning
}

// beginning is where a frame may begin, and how much of the stream must be there to tell.
type beginning struct{ at, wait int64 }

const (
	maxMaybe = 64      // so many beginnings are waited for
	maxLost  = 1 << 20 // so many bytes that are no frame are told of together
)

// NewSplitter cuts by c from the offset at on.
func NewSplitter(c Cutter, at int64) *Splitter { return &Splitter{cutter: c, at: at, skip: at} }

// Next gives the next frame, or skipped bytes, of the stream, which holds size bytes; ended tells that no more will
// come. It reports false when more bytes are needed, and at the end: Rest then tells what is left. work bounds how many
// beginnings of frames are tried, and is lowered; at 0 Next reports false as well, and goes on from there later.
func (s *Splitter) Next(r io.ReaderAt, size int64, ended bool, work *int) (f Frame, ok bool) {
	for *work > 0 {
		if size < s.wait && !ended {
			return Frame{}, false
		}
		if s.lost {
			if f, ok, again := s.resync(r, size, ended, work); !again {
				return f, ok
			}
			continue
		}
		if s.at >= size {
			return Frame{}, false
		}
		*work--
		switch c := s.cut(r, s.at, size); {
		case c.N > 0:
			f = Frame{Start: s.at, End: s.at + c.N, State: Whole}
			s.at += c.N
			s.skip = s.at
			return f, true
		case c.Err != nil:
			s.lost, s.err = true, c.Err
			s.at++
		default: // what is left at the end is the beginning of a frame
			s.wait = size + c.Need
			return Frame{}, false
		}
	}
	return Frame{}, false
}

// cut is the cutter's answer: a frame that is there, a number of bytes that are needed, or an error.
func (s *Splitter) cut(r io.ReaderAt, at, size int64) Cut {
	switch c := s.cutter.Cut(r, at, size); {
	case c.N > MaxFrame || c.Need > MaxFrame:
		return Cut{Err: fmt.Errorf("a frame of %d bytes is more than the most there can be, %d", max(c.N, c.Need), MaxFrame)}
	case c.N > size-at:
		return Cut{Need: c.N - (size - at)}
	case c.N <= 0 && c.Err == nil:
		return Cut{Need: max(1, c.Need)}
	default:
		return c
	}
}

// resync looks for the next frame. again: there may be more to find out.
func (s *Splitter) resync(r io.ReaderAt, size int64, ended bool, work *int) (f Frame, ok, again bool) {
	for i := 0; i < len(s.maybe); i++ {
		if b := &s.maybe[i]; b.wait <= size {
			*work--
			switch c := s.cut(r, b.at, size); {
			case c.N > 0:
				return s.found(b.at), true, false
			case c.Err != nil:
				s.maybe = slices.Delete(s.maybe, i, i+1)
				i--
			default:
				b.wait = size + c.Need
			}
		}
	}
	for *work > 0 && s.at < size {
		if first := s.first(); first-s.skip >= maxLost {
			return s.skipped(first), true, false
		}
		*work--
		at, there := s.seek(r, size)
		if s.at = at; !there {
			continue
		}
		switch c := s.cut(r, at, size); {
		case c.N > 0:
			return s.found(at), true, false
		case c.Err == nil && !ended:
			if len(s.maybe) == maxMaybe { // that of the most distant end is the least likely
				far := 0
				for i, b := range s.maybe {
					if b.wait > s.maybe[far].wait {
						far = i
					}
				}
				s.maybe = slices.Delete(s.maybe, far, far+1)
			}
			s.maybe = append(s.maybe, beginning{at, size + c.Need})
		}
		s.at++
	}
	switch {
	case s.at < size: // no more work
		return Frame{}, false, false
	case ended && s.skip < size:
		s.maybe = nil
		return s.skipped(size), true, false
	}
	s.wait = size + 1
	return Frame{}, false, false
}

// first is where the frame that is looked for can begin at the earliest.
func (s *Splitter) first() int64 {
	if len(s.maybe) > 0 {
		return min(s.maybe[0].at, s.at)
	}
	return s.at
}

// found ends the search: a frame begins at at.
func (s *Splitter) found(at int64) Frame {
	s.at, s.lost, s.wait, s.maybe = at, false, 0, nil
	f := s.skipped(at)
	s.err = nil
	return f
}

// skipped gives out the bytes before end, which are no frame.
func (s *Splitter) skipped(end int64) Frame {
	f := Frame{Start: s.skip, End: end, State: Skipped, Err: s.err}
	s.skip = end
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
	if s.lost {
		return Frame{Start: s.skip, End: size, State: Skipped, Err: s.err}, true
	}
	c := s.cut(r, s.at, size)
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
