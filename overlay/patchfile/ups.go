package patchfile

import (
	"bufio"
	"context"
	"io"
)

// applyUPS goes either way: a UPS patch is the exclusive or of both files.
func (p *Patch) applyUPS(ctx context.Context, old Input, each func(Change) error) error {
	sum, err := old.sum(ctx)
	if err != nil {
		return err
	}
	q := *p
	if old.Size == p.targetSize && sum == p.targetSum && (old.Size != p.sourceSize || sum != p.sourceSum) {
		q.sourceSize, q.targetSize, q.sourceSum, q.targetSum = p.targetSize, p.sourceSize, p.targetSum, p.sourceSum
	}
	if err := q.wrongFile(old, sum); err != nil {
		return err
	}
	if q.targetSize-old.Size > maxNew {
		return broken(p.begin, "it adds %d bytes", q.targetSize-old.Size)
	}
	t := newTarget(ctx, old, each)
	// fill writes the bytes of the new file up to at that the patch does not mention: the old ones, then zeros.
	fill := func(at int64) error {
		at = min(at, q.targetSize)
		if t.at < min(at, old.Size) {
			if err := t.keep(min(at, old.Size)); err != nil {
				return err
			}
		}
		for t.size < at {
			if err := t.change(0, make([]byte, min(at-t.size, 1<<16))); err != nil {
				return err
			}
		}
		return nil
	}
	c := p.cursor(p.begin)
	pos := int64(0)
	for c.at < p.end {
		skip, err := c.number()
		if err != nil {
			return err
		}
		if skip > max(q.sourceSize, q.targetSize)-pos {
			return broken(c.at, "offset 0x%x lies beyond both files", pos+skip)
		}
		pos += skip
		if err := fill(pos); err != nil {
			return err
		}
		buf := make([]byte, 0, 4096)
		was := make([]byte, 4096)
		flush := func() error {
			n := max(0, min(int64(len(buf)), old.Size-pos))
			if err := readAt(old, was[:n], pos); err != nil {
				return err
			}
			for i := range was[:n] {
				buf[i] ^= was[i]
			}
			m := max(0, min(int64(len(buf)), q.targetSize-pos)) // beyond it they are what the other file has
			if pos < q.targetSize {
				if err := t.change(min(n, m), buf[:m]); err != nil {
					return err
				}
			}
			pos += int64(len(buf))
			buf = buf[:0]
			return nil
		}
		for {
			b, err := c.byte()
			if err != nil {
				return err
			}
			if b == 0 {
				break
			}
			if buf = append(buf, b); len(buf) == cap(buf) {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		if err := flush(); err != nil {
			return err
		}
		if err := fill(pos + 1); err != nil { // the zero stands for a byte that is the same
			return err
		}
		pos++
	}
	if err := fill(q.targetSize); err != nil {
		return err
	}
	if t.at < old.Size {
		if err := t.change(old.Size-t.at, nil); err != nil {
			return err
		}
	}
	return q.checkTarget(t)
}

func writeUPS(ctx context.Context, w io.Writer, old, fresh Input, hunks Hunks) error {
	s, err := newSummed(ctx, w, "UPS1", old, fresh)
	if err != nil {
		return err
	}
	// pos is where the next skip counts from; while a run is open, last is where it goes on: the zero that ends it stands for a
	// byte that is the same, so it is written only when one comes.
	pos, last, open := int64(0), int64(0), false
	closeRun := func() {
		if open {
			s.write([]byte{0})
			open, pos = false, last+1
		}
	}
	// xor writes the bytes of [start,end), which may be beyond the end of either.
	xor := func(start, end int64) error {
		x, y := bufio.NewReader(old.section(min(start, old.Size), min(end, old.Size))), bufio.NewReader(fresh.section(min(start, fresh.Size), min(end, fresh.Size)))
		if start > last {
			closeRun()
		}
		for at := start; at < end; at++ {
			var a, b byte
			var err error
			if at < old.Size {
				if a, err = x.ReadByte(); err != nil {
					return err
				}
			}
			if at < fresh.Size {
				if b, err = y.ReadByte(); err != nil {
					return err
				}
			}
			if a == b { // also bytes beyond the end that are zero
				closeRun()
				continue
			}
			if !open {
				s.write(appendNumber(nil, at-pos))
				open = true
			}
			s.write([]byte{a ^ b})
			last = at + 1
		}
		return s.err()
	}
	err = hunks(func(h Hunk) error { return xor(h.B.Start, max(h.A.End, h.B.End)) })
	if err != nil {
		return err
	}
	closeRun()
	return s.end()
}
