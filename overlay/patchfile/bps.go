package patchfile

import (
	"bufio"
	"context"
	"encoding/binary"
	"hash"
	"hash/crc32"
	"io"
	"slices"
)

const (
	sourceRead = iota
	targetRead
	sourceCopy
	targetCopy
)

// made is a stretch of the new file: bytes of the old one, or bytes of the patch.
type made struct {
	at, n int64 // in the new file
	old   bool
	off   int64 // in the old file or in the patch
	lit   []byte
}

// applyBPS keeps old bytes where the patch copies them in order, and inserts copies of them where it does not.
func (p *Patch) applyBPS(ctx context.Context, old Input, each func(Change) error) error {
	sum, err := old.sum(ctx)
	if err != nil {
		return err
	}
	if err := p.wrongFile(old, sum); err != nil {
		return err
	}
	t := newTarget(ctx, old, each)
	var out []made
	var made64, src, dst int64 // how much was made by copying, and where the copies go on
	c := p.cursor(p.begin)
	// put makes n bytes of what r gives.
	put := func(r io.Reader, n int64) error {
		for n > 0 {
			b := make([]byte, min(n, 1<<16))
			if _, err := io.ReadFull(r, b); err != nil {
				return err
			}
			if err := t.change(0, b); err != nil {
				return err
			}
			n -= int64(len(b))
		}
		return nil
	}
	for c.at < p.end {
		at := c.at
		action, err := c.number()
		if err != nil {
			return err
		}
		n := action>>2 + 1
		if n > p.targetSize-t.size {
			return broken(at, "%d bytes more than the new file has", n-(p.targetSize-t.size))
		}
		if len(out) >= maxRecords {
			return broken(at, "more than %d records", maxRecords)
		}
		if kind := action & 3; kind == sourceCopy || kind == targetCopy {
			d, err := c.number()
			if err != nil {
				return err
			}
			if d&1 != 0 {
				d = -(d >> 1)
			} else {
				d >>= 1
			}
			if kind == sourceCopy {
				src += d
			} else {
				dst += d
			}
		}
		switch action & 3 {
		case sourceRead, sourceCopy:
			from := t.size
			if action&3 == sourceCopy {
				from = src
				src += n
			}
			if from < 0 || from > old.Size-n {
				return broken(at, "bytes 0x%x to 0x%x of the old file, which has %d", from, from+n, old.Size)
			}
			out = append(out, made{at: t.size, n: n, old: true, off: from})
			if from >= t.at {
				if err := t.change(from-t.at, nil); err != nil {
					return err
				}
				if err := t.keep(from + n); err != nil {
					return err
				}
			} else {
				if made64 += n; made64 > maxNew {
					return broken(at, "it copies more than %d bytes", maxNew)
				}
				if err := put(old.section(from, from+n), n); err != nil {
					return err
				}
			}
		case targetRead:
			out = append(out, made{at: t.size, n: n, off: c.at})
			if err := put(patchReader{c}, n); err != nil {
				return err
			}
		case targetCopy:
			if dst < 0 || dst >= t.size {
				return broken(at, "a copy from 0x%x of the new file, which has %d bytes so far", dst, t.size)
			}
			if made64 += n; made64 > maxNew {
				return broken(at, "it copies more than %d bytes", maxNew)
			}
			// A copy may reach into what it makes: it repeats what lies between.
			period := min(n, t.size-dst)
			lit := make([]byte, n)
			if err := p.readMade(out, old, lit[:period], dst); err != nil {
				return err
			}
			for k := period; k < n; k *= 2 {
				copy(lit[k:], lit[:k])
			}
			out = append(out, made{at: t.size, n: n, lit: lit})
			dst += n
			if err := t.change(0, lit); err != nil {
				return err
			}
		}
	}
	if t.at < old.Size {
		if err := t.change(old.Size-t.at, nil); err != nil {
			return err
		}
	}
	return p.checkTarget(t)
}

// patchReader reads on in the patch.
type patchReader struct{ c *cursor }

func (r patchReader) Read(b []byte) (int, error) { return len(b), r.c.full(b) }

// readMade reads what has been made so far.
func (p *Patch) readMade(out []made, old Input, b []byte, at int64) error {
	i, _ := slices.BinarySearchFunc(out, at, func(m made, at int64) int {
		if m.at+m.n <= at {
			return -1
		}
		return 1
	})
	for ; len(b) > 0; i++ {
		m := out[i]
		skip := at - m.at
		n := min(int64(len(b)), m.n-skip)
		var err error
		switch {
		case m.lit != nil:
			copy(b[:n], m.lit[skip:])
		case m.old:
			err = readAt(old, b[:n], m.off+skip)
		default:
			err = readAt(p.in, b[:n], m.off+skip)
		}
		if err != nil {
			return err
		}
		b, at = b[n:], at+n
	}
	return nil
}

// summed writes the frame that BPS and UPS share.
type summed struct {
	w    *bufio.Writer
	h    hash.Hash32
	sums [2]uint32
	fail error
}

func newSummed(ctx context.Context, w io.Writer, magic string, old, fresh Input) (*summed, error) {
	s := &summed{w: bufio.NewWriter(w), h: crc32.NewIEEE()}
	for i, in := range []Input{old, fresh} {
		var err error
		if s.sums[i], err = in.sum(ctx); err != nil {
			return nil, err
		}
	}
	s.write(appendNumber(appendNumber([]byte(magic), old.Size), fresh.Size))
	return s, nil
}

func (s *summed) write(b []byte) {
	s.h.Write(b)
	if _, err := s.w.Write(b); s.fail == nil {
		s.fail = err
	}
}

// Write makes it an io.Writer.
func (s *summed) Write(b []byte) (int, error) {
	s.write(b)
	return len(b), s.fail
}

func (s *summed) err() error { return s.fail }

func (s *summed) end() error {
	s.write(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, s.sums[0]), s.sums[1]))
	s.write(binary.LittleEndian.AppendUint32(nil, s.h.Sum32()))
	if s.fail == nil {
		s.fail = s.w.Flush()
	}
	return s.fail
}

func writeBPS(ctx context.Context, w io.Writer, old, fresh Input, hunks Hunks) error {
	s, err := newSummed(ctx, w, "BPS1", old, fresh)
	if err != nil {
		return err
	}
	s.write(appendNumber(nil, 0)) // no metadata
	action := func(kind int, n int64) { s.write(appendNumber(nil, (n-1)<<2|int64(kind))) }
	var a, b, src int64
	keep := func(n int64) {
		if n == 0 {
			return
		}
		if a == b {
			action(sourceRead, n)
		} else {
			action(sourceCopy, n)
			d := a - src
			if d < 0 {
				s.write(appendNumber(nil, -d<<1|1))
			} else {
				s.write(appendNumber(nil, d<<1))
			}
			src = a + n
		}
		a, b = a+n, b+n
	}
	err = hunks(func(h Hunk) error {
		keep(h.A.Start - a)
		if n := h.B.Len(); n > 0 {
			action(targetRead, n)
			if err := copyTo(ctx, s, fresh.section(h.B.Start, h.B.End)); err != nil {
				return err
			}
		}
		a, b = h.A.End, h.B.End
		return s.err()
	})
	if err != nil {
		return err
	}
	keep(old.Size - a)
	return s.end()
}
