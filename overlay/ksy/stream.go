package ksy

import (
	"bytes"
	"fmt"
	"io"
)

// A cursor is a place between two reads: the next byte, and the bits of the byte before it that are not used yet.
type cursor struct {
	pos  int64
	left uint8 // how many bits of the byte before pos are left
	bits uint8 // them, in the low bits
}

// A stream is what _io stands for: a part of a source, with a position.
type stream struct {
	t    *Tree
	src  *buffer
	off  int64 // where position 0 is in the source
	size int64
	cur  cursor
}

// Pos is _io.pos; a byte that is used in part counts.
func (s *stream) Pos() (int64, error) { return s.cur.pos, nil }

// Size is _io.size.
func (s *stream) Size() (int64, error) {
	s.sawEnd()
	return s.size, nil
}

// sawEnd notes that something depends on where the stream ends.
func (s *stream) sawEnd() { s.src.saw(s.off + s.size + 1) }

// EOF is _io.eof: false while bits are left.
func (s *stream) EOF() (bool, error) {
	s.src.saw(s.off + min(s.cur.pos, s.size) + 1)
	return s.cur.left == 0 && s.cur.pos >= s.size, nil
}

// left is how many whole bytes follow.
func (s *stream) rest() int64 {
	s.sawEnd()
	return max(0, s.size-s.cur.pos)
}

// has tells whether n more bytes are there.
func (s *stream) has(n int64) bool {
	if n > max(0, s.size-s.cur.pos) { // nothing can be read anywhere, also behind the end
		s.sawEnd()
		return false
	}
	s.src.saw(s.off + s.cur.pos + n)
	return true
}

// align drops the bits left of the last byte, as every byte-aligned read does.
func (s *stream) align() { s.cur.left, s.cur.bits = 0, 0 }

func (s *stream) seek(pos int64) { s.cur = cursor{pos: pos} }

// short is the error of a read of n bytes that are not there.
func (s *stream) short(n int64) error {
	return &Error{Kind: "EndOfStreamError", Msg: fmt.Sprintf("requested %s, but only %s available", howMany(n), howMany(s.rest())),
		Missing: n - s.rest()}
}

// take moves over n bytes and gives where they began. A failing read moves nothing.
func (s *stream) take(n int64) (start int64, err error) {
	if !s.has(n) {
		return 0, s.short(n)
	}
	start = s.cur.pos
	s.cur = cursor{pos: start + n}
	return start, nil
}

// view gives n bytes at a position without moving; they are valid until the next call.
func (s *stream) view(pos, n int64) ([]byte, error) { return s.src.view(s.off+pos, n) }

// readUint reads an integer of 1, 2, 4 or 8 bytes.
func (s *stream) readUint(width int, little bool) (uint64, error) {
	pos := s.cur.pos
	if int64(width) > s.size-pos {
		return 0, s.short(int64(width))
	}
	b, err := s.src.view(s.off+pos, int64(width))
	if err != nil {
		return 0, err
	}
	s.cur = cursor{pos: pos + int64(width)}
	return uintOf(b, little), nil
}

func uintOf(b []byte, little bool) (v uint64) {
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		if little {
			return uint64(b[0]) | uint64(b[1])<<8
		}
		return uint64(b[1]) | uint64(b[0])<<8
	}
	if little {
		for i := len(b) - 1; i >= 0; i-- {
			v = v<<8 | uint64(b[i])
		}
		return v
	}
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v
}

// readBits reads n bits, at most 64, in the order given. Bits of a byte that another order left over are taken as they
// are, from the end that the order takes first.
func (s *stream) readBits(n int, little bool) (uint64, error) {
	c := s.cur
	need := n - int(c.left)
	if need <= 0 {
		var v uint64
		if little {
			v = uint64(c.bits) & (1<<n - 1)
			c.bits >>= n
		} else {
			v = uint64(c.bits) >> -need
			c.bits &= 1<<-need - 1
		}
		c.left -= uint8(n)
		s.cur = c
		return v, nil
	}
	k := (need + 7) / 8
	if int64(k) > s.size-c.pos {
		return 0, s.short(int64(k))
	}
	b, err := s.src.view(s.off+c.pos, int64(k))
	if err != nil {
		return 0, err
	}
	left := k*8 - need
	var v uint64
	if little {
		v = uint64(c.bits)
		for i := range k {
			v |= uint64(b[i]) << (int(c.left) + 8*i)
		}
		if n < 64 {
			v &= 1<<n - 1
		}
		c.bits = b[k-1] >> (8 - left)
	} else {
		v = uint64(c.bits)
		for i := range k - 1 {
			v = v<<8 | uint64(b[i])
		}
		v = v<<(8-left) | uint64(b[k-1])>>left
		c.bits = b[k-1] & (1<<left - 1)
	}
	c.left = uint8(left)
	c.pos += int64(k)
	s.cur = c
	return v, nil
}

// findTerm looks for a terminator from pos on, in steps of its length, and gives where it begins, or -1 and the end.
func (s *stream) findTerm(pos int64, term []byte) (at int64, err error) {
	const piece = 4 << 10
	unit := int64(len(term))
	for pos < s.size {
		n := min(piece, s.size-pos)
		b, err := s.view(pos, n)
		if err != nil {
			return 0, err
		}
		if k := indexTerm(b, term); k >= 0 {
			return pos + int64(k), nil
		}
		if n < piece {
			break
		}
		pos += n - n%unit
		if err := s.t.step(int(n / 64)); err != nil {
			return 0, err
		}
	}
	s.sawEnd()
	return -1, nil
}

// indexTerm finds a terminator that stands at a multiple of its length.
func indexTerm(b, term []byte) int {
	if len(term) == 1 {
		return bytes.IndexByte(b, term[0])
	}
	for from := 0; ; {
		k := bytes.Index(b[from:], term)
		if k < 0 {
			return -1
		}
		if k += from; k%len(term) == 0 {
			return k
		}
		from = k + 1
	}
}

// A buffer is bytes that streams are parts of: the data, or what a process made.
type buffer struct {
	mem []byte // of a process
	r   io.ReaderAt
	t   *Tree // which counts what reading r takes
	end int64 // of r, from its start
	// Some pieces that were read last; the first was used last.
	wins [4]window
	big  []byte
	// seen is behind everything of r that was read, moved over or looked for: what was read until now would be the same
	// if bytes from there on were others. One more than the end tells that the length of r mattered.
	seen int64
	// log, where it is set, notes what of r is read.
	log *readLog
}

// saw notes that what is read depends on the bytes before end.
func (s *buffer) saw(end int64) {
	if end > s.seen {
		s.seen = end
	}
}

type window struct {
	off int64
	b   []byte
}

const windowSize = 16 << 10

// loadSteps is what the reading of a window counts as: the time of about so many fields.
const loadSteps = 64

// view gives n bytes; they are valid until the next call. They must lie in the source.
func (s *buffer) view(off, n int64) ([]byte, error) {
	if off+n > s.seen {
		s.seen = off + n
	}
	if s.log != nil {
		s.log.read(off, n)
	}
	if w := &s.wins[0]; off >= w.off && off+n <= w.off+int64(len(w.b)) {
		return w.b[off-w.off : off-w.off+n], nil
	}
	if s.r == nil {
		if off < 0 || n < 0 || off > int64(len(s.mem))-n {
			return nil, fmt.Errorf("read of %d bytes at %d of %d", n, off, len(s.mem))
		}
		return s.mem[off : off+n], nil
	}
	return s.load(off, n)
}

func (s *buffer) load(off, n int64) ([]byte, error) {
	if n == 0 { // no bytes lie anywhere, also behind the end
		return nil, nil
	}
	if n > windowSize/2 {
		if n > maxValue {
			return nil, limitError("%d bytes at %d are too many to be held in memory", n, off)
		}
		if int64(cap(s.big)) < n {
			s.big = make([]byte, n)
		}
		b := s.big[:n]
		if n > 1<<20 {
			s.big = nil // is not kept
		}
		return b, s.read(b, off)
	}
	for i := 1; i < len(s.wins); i++ {
		if w := s.wins[i]; off >= w.off && off+n <= w.off+int64(len(w.b)) {
			copy(s.wins[1:i+1], s.wins[:i])
			s.wins[0] = w
			return w.b[off-w.off : off-w.off+n], nil
		}
	}
	s.t.steps += loadSteps
	w := s.wins[len(s.wins)-1]
	copy(s.wins[1:], s.wins[:])
	if cap(w.b) == 0 {
		w.b = make([]byte, windowSize)
	}
	w.off = off &^ (windowSize/2 - 1)
	w.b = w.b[:min(windowSize, s.end-w.off)]
	if err := s.read(w.b, w.off); err != nil {
		// A part of the data cannot be read: only what is asked for counts.
		w.off, w.b = off, w.b[:n]
		if err := s.read(w.b, w.off); err != nil {
			s.wins[0] = window{b: w.b[:0]}
			return nil, err
		}
	}
	s.wins[0] = w
	return w.b[off-w.off : off-w.off+n], nil
}

func (s *buffer) read(b []byte, off int64) error {
	n, err := s.r.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = fmt.Errorf("the data ends at %d, where %d bytes were expected", off+int64(n), len(b)-n)
	}
	return &Error{Kind: "IOError", Msg: err.Error(), cause: err}
}

// reset forgets what was read.
func (s *buffer) reset(r io.ReaderAt, end int64) {
	s.r, s.end, s.seen = r, end, 0
	for i := range s.wins {
		s.wins[i] = window{b: s.wins[i].b[:0]}
	}
}
