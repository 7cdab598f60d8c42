package patchfile

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
)

// width is how many bytes an offset has in an IPS patch, mark what stands in an offset's place at its end, and limit the
// first offset that cannot be written.
func (f Format) ips() (width int, mark string, limit int64) {
	if f == IPS32 {
		return 4, "EEOF", 1 << 32
	}
	return 3, "EOF", 1 << 24
}

// ipsRecord is one record; later ones win where they overlap.
type ipsRecord struct {
	start, end int64
	at         int64 // of its bytes in the patch
	run        bool  // one byte at at, for all
}

// maxRecords bounds what one patch takes: 32 bytes a record.
const maxRecords = 8 << 20

func (p *Patch) ipsRecords(ctx context.Context) (recs []ipsRecord, cut int64, err error) {
	width, mark, _ := p.Format.ips()
	c := p.cursor(p.begin)
	cut = -1
	for {
		if len(recs)%4096 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, 0, err
			}
		}
		head := make([]byte, width)
		at := c.at
		if err := c.full(head); err != nil {
			return nil, 0, err
		}
		left := p.end - c.at
		if string(head) == mark && (left == 0 || left == int64(width)) {
			if left > 0 {
				cut, err = c.big(width)
			}
			return recs, cut, err
		}
		var off int64
		for _, b := range head {
			off = off<<8 | int64(b)
		}
		n, err := c.big(2)
		if err != nil {
			return nil, 0, err
		}
		r := ipsRecord{start: off, at: c.at}
		if n == 0 {
			if n, err = c.big(2); err != nil {
				return nil, 0, err
			}
			if n == 0 {
				return nil, 0, broken(at, "a run of no bytes")
			}
			r.run, r.at = true, c.at
			if _, err := c.byte(); err != nil {
				return nil, 0, err
			}
		} else if k, err := c.r.Discard(int(n)); err != nil {
			return nil, 0, broken(c.at, "%d of %d bytes are missing", n-int64(k), n)
		} else {
			c.at += n
		}
		r.end = off + n
		if recs = append(recs, r); len(recs) > maxRecords {
			return nil, 0, broken(at, "more than %d records", maxRecords)
		}
	}
}

func (p *Patch) applyIPS(ctx context.Context, old Input, each func(Change) error) error {
	recs, cut, err := p.ipsRecords(ctx)
	if err != nil {
		return err
	}
	size := old.Size
	for _, r := range recs {
		size = max(size, r.end)
	}
	if cut >= 0 {
		size = min(size, cut)
	}
	if size-old.Size > maxNew {
		return broken(p.begin, "it adds %d bytes", size-old.Size)
	}
	at := int64(0)
	zeros := func(end int64) error { // behind the old end, where no record says what there is
		for from := max(at, old.Size); from < end; from += 1 << 16 {
			if err := each(Change{old.Size, old.Size, make([]byte, min(1<<16, end-from))}); err != nil {
				return err
			}
		}
		return nil
	}
	buf := make([]byte, 0, 1<<16)
	for _, r := range flatten(recs) {
		r.end = min(r.end, size)
		if r.start >= r.end {
			continue
		}
		if err := zeros(r.start); err != nil {
			return err
		}
		buf = buf[:r.end-r.start]
		if r.run {
			var one [1]byte
			if err := readAt(p.in, one[:], r.at); err != nil {
				return err
			}
			copy(buf, bytes.Repeat(one[:], len(buf)))
		} else if err := readAt(p.in, buf, r.at); err != nil {
			return err
		}
		if err := each(Change{min(r.start, old.Size), min(r.end, old.Size), buf}); err != nil {
			return err
		}
		at = r.end
	}
	if size < old.Size {
		return each(Change{Start: size, End: old.Size})
	}
	return zeros(size)
}

// flatten cuts away what later records overwrite and sorts the rest.
func flatten(recs []ipsRecord) []ipsRecord {
	apart := slices.IsSortedFunc(recs, func(b, a ipsRecord) int { return cmp.Compare(b.start, a.end) }) // b is behind a
	if apart {
		return recs
	}
	var out []ipsRecord // ascending and apart
	for _, r := range recs {
		i, _ := slices.BinarySearchFunc(out, r.start, func(o ipsRecord, at int64) int {
			if o.end <= at {
				return -1
			}
			return 1
		})
		j := i
		var around []ipsRecord
		for ; j < len(out) && out[j].start < r.end; j++ {
			o := out[j]
			if o.start < r.start {
				left := o
				left.end = r.start
				around = append(around, left)
			}
			if o.end > r.end {
				right := o
				if !right.run {
					right.at += r.end - right.start
				}
				right.start = r.end
				around = append(around, right)
			}
		}
		k, _ := slices.BinarySearchFunc(around, r.start, func(o ipsRecord, at int64) int { return cmp.Compare(o.start, at) })
		out = slices.Replace(out, i, j, slices.Insert(around, k, r)...)
	}
	return out
}

// writeIPS writes records for the hunks, which are at the same offsets but for one at the end.
func writeIPS(w io.Writer, f Format, old, fresh Input, hunks Hunks) error {
	width, mark, limit := f.ips()
	if _, err := io.WriteString(w, map[Format]string{IPS: "PATCH", IPS32: "IPS32"}[f]); err != nil {
		return err
	}
	offset := func(n int64) []byte {
		b := make([]byte, width)
		for i := range b {
			b[width-1-i] = byte(n >> (8 * i))
		}
		return b
	}
	var forbidden int64
	for _, b := range []byte(mark) {
		forbidden = forbidden<<8 | int64(b)
	}
	record := func(at int64, b []byte) error {
		rec := offset(at)
		if run := len(b) >= 4 && bytes.Count(b, b[:1]) == len(b); run {
			rec = append(rec, 0, 0, byte(len(b)>>8), byte(len(b)), b[0])
		} else {
			rec = append(append(rec, byte(len(b)>>8), byte(len(b))), b...)
		}
		_, err := w.Write(rec)
		return err
	}
	err := hunks(func(h Hunk) error {
		if h.B.Len() != h.A.Len() && h.A.End != old.Size {
			return fmt.Errorf("%s cannot move bytes: 0x%x", f, h.A.Start)
		}
		for at := h.B.Start; at < h.B.End; {
			start := at
			if start == forbidden {
				start-- // what stands there would end the patch: take the byte before with it
			}
			b := make([]byte, min(0xffff, h.B.End-start))
			if start+int64(len(b)) > limit {
				return fmt.Errorf("%s has offsets below 0x%x only, and 0x%x differs", f, limit, at)
			}
			if err := readAt(fresh, b, start); err != nil {
				return err
			}
			if err := record(start, b); err != nil {
				return err
			}
			at = start + int64(len(b))
		}
		return nil
	})
	if err != nil {
		return err
	}
	tail := []byte(mark)
	if fresh.Size < old.Size {
		if fresh.Size >= limit {
			return fmt.Errorf("%s cannot cut a file to %d bytes", f, fresh.Size)
		}
		tail = append(tail, offset(fresh.Size)...)
	}
	_, err = w.Write(tail)
	return err
}
