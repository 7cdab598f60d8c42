package diff

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sort"
)

// A List holds hunks in order, in a few bytes each, and maps the offsets of both sides to places where they stand beside
// each other: the aligned offsets. There bytes alike have the same place, and so have a hunk's bytes from its start on; the
// side with fewer has a gap behind them.
//
// Between two hunks lies at least one byte alike. [List.Append] changes the list; what [List.Snapshot], [List.Edit] and
// [List.Replace] give never changes. One goroutine may append while others use snapshots.
type List struct {
	chunks []chunk
	n      int64
	end    Point
}

// A Point is a place in both sides, and where it is aligned.
type Point struct{ A, B, V int64 }

// chunk is some hunks that follow each other: for each the bytes alike before it and its lengths on both sides, as varints.
type chunk struct {
	first int64 // index of its first hunk
	at    Point // the end of the hunk before it
	n     int
	data  []byte
}

const chunkHunks = 256

// A Placed hunk knows where it begins among the aligned offsets.
type Placed struct {
	Hunk
	V int64
}

// Span is how many aligned offsets it takes.
func (p Placed) Span() int64 { return max(p.A.Len(), p.B.Len()) }

// Side is its range in side 0 (A) or 1 (B).
func (h Hunk) Side(side int) Range {
	if side == 0 {
		return h.A
	}
	return h.B
}

// Side is the offset in side 0 or 1.
func (p Point) Side(side int) int64 {
	if side == 0 {
		return p.A
	}
	return p.B
}

// Len is the number of hunks.
func (l *List) Len() int64 { return l.n }

// End is the end of the last hunk.
func (l *List) End() Point { return l.end }

// Append adds a hunk behind the others; one that touches the last joins it.
func (l *List) Append(h Hunk) error {
	if h.A.Len() == 0 && h.B.Len() == 0 {
		return nil
	}
	gap := h.A.Start - l.end.A
	if gap < 0 || gap != h.B.Start-l.end.B || h.A.Len() < 0 || h.B.Len() < 0 {
		return fmt.Errorf("hunk %v does not follow (%d,%d)", h, l.end.A, l.end.B)
	}
	if gap == 0 && l.n > 0 {
		last := l.At(l.n - 1)
		l.drop()
		return l.Append(Hunk{Range{last.A.Start, h.A.End}, Range{last.B.Start, h.B.End}})
	}
	k := len(l.chunks) - 1
	if k < 0 || l.chunks[k].n == chunkHunks {
		l.chunks = append(l.chunks, chunk{first: l.n, at: l.end})
		k++
	}
	c := &l.chunks[k]
	for _, v := range [...]int64{gap, h.A.Len(), h.B.Len()} {
		c.data = binary.AppendUvarint(c.data, uint64(v))
	}
	c.n++
	l.n++
	l.end = Point{h.A.End, h.B.End, l.end.V + gap + max(h.A.Len(), h.B.Len())}
	return nil
}

// drop takes the last hunk away.
func (l *List) drop() {
	k := len(l.chunks) - 1
	c := l.chunks[k]
	l.chunks = l.chunks[:k]
	l.n, l.end = c.first, c.at
	kept := c.n - 1
	c.each(func(_ int64, p Placed) bool {
		if kept == 0 {
			return false
		}
		kept--
		l.Append(p.Hunk)
		return true
	})
}

// each decodes the chunk's hunks until fn returns false.
func (c *chunk) each(fn func(i int64, p Placed) bool) bool {
	at, data := c.at, c.data
	for k := range c.n {
		var v [3]int64
		for x := range v {
			u, n := binary.Uvarint(data)
			v[x], data = int64(u), data[n:]
		}
		p := Placed{Hunk{Range{at.A + v[0], at.A + v[0] + v[1]}, Range{at.B + v[0], at.B + v[0] + v[2]}}, at.V + v[0]}
		if !fn(c.first+int64(k), p) {
			return false
		}
		at = Point{p.A.End, p.B.End, p.V + p.Span()}
	}
	return true
}

// At is hunk i, which is below Len.
func (l *List) At(i int64) (p Placed) {
	k := sort.Search(len(l.chunks), func(k int) bool { return l.chunks[k].first > i }) - 1
	if i < 0 || i >= l.n || k < 0 {
		return Placed{}
	}
	l.chunks[k].each(func(j int64, q Placed) bool {
		p = q
		return j < i
	})
	return p
}

// Each calls fn with the hunks from i on until it returns false.
func (l *List) Each(i int64, fn func(i int64, p Placed) bool) {
	k := max(0, sort.Search(len(l.chunks), func(k int) bool { return l.chunks[k].first > i })-1)
	for ; k < len(l.chunks); k++ {
		more := l.chunks[k].each(func(j int64, p Placed) bool { return j < i || fn(j, p) })
		if !more {
			return
		}
	}
}

// Aligned is the axis of aligned offsets, beside those of the sides, 0 and 1.
const Aligned = 2

func (p Point) on(axis int) int64 {
	if axis == Aligned {
		return p.V
	}
	return p.Side(axis)
}

func (p Placed) on(axis int) Range {
	if axis == Aligned {
		return Range{p.V, p.V + p.Span()}
	}
	return p.Side(axis)
}

// Seek is the first hunk that does not lie before off on the axis: it ends behind off, or begins there. Len when there is none.
func (l *List) Seek(axis int, off int64) (i int64, p Placed) {
	// The first chunk whose end is not before off.
	k := sort.Search(len(l.chunks), func(k int) bool {
		end := l.end
		if k+1 < len(l.chunks) {
			end = l.chunks[k+1].at
		}
		return end.on(axis) >= off
	})
	for i = l.n; k < len(l.chunks) && i == l.n; k++ {
		l.chunks[k].each(func(j int64, q Placed) bool {
			if r := q.on(axis); r.End > off || r.Start >= off {
				i, p = j, q
				return false
			}
			return true
		})
	}
	return i, p
}

// Align is the aligned offset of the byte at off in a side.
func (l *List) Align(side int, off int64) int64 {
	i, p := l.Seek(side, off)
	if i == l.n {
		return l.end.V + off - l.end.Side(side)
	}
	switch r := p.Side(side); {
	case r.Start > off:
		return p.V - (r.Start - off)
	case r.Len() == 0:
		return p.V + p.Span()
	default:
		return p.V + off - r.Start
	}
}

// Offset is the byte of a side at an aligned offset; ok is false in a gap, and off what follows it.
func (l *List) Offset(side int, v int64) (off int64, ok bool) {
	i, p := l.Seek(Aligned, v)
	if i == l.n {
		return l.end.Side(side) + v - l.end.V, true
	}
	r := p.Side(side)
	switch {
	case p.V > v:
		return r.Start - (p.V - v), true
	case v-p.V < r.Len():
		return r.Start + v - p.V, true
	}
	return r.End, false
}

// Snapshot is the list as it is now.
func (l *List) Snapshot() *List {
	out := &List{slices.Clone(l.chunks), l.n, l.end}
	out.clip()
	return out
}

// clip sees to it that the next hunk does not write behind bytes that another list shares.
func (l *List) clip() {
	if k := len(l.chunks) - 1; k >= 0 {
		l.chunks[k].data = slices.Clip(l.chunks[k].data)
	}
}

// Replace gives the list with fresh in place of the hunks [i,j), and with what follows moved by da in A and db in B.
func (l *List) Replace(i, j int64, fresh []Hunk, da, db int64) (*List, error) {
	out := &List{}
	k := max(0, sort.Search(len(l.chunks), func(k int) bool { return l.chunks[k].first > i })-1)
	if len(l.chunks) > 0 {
		out.chunks = slices.Clone(l.chunks[:k])
		out.n, out.end = l.chunks[k].first, l.chunks[k].at
		out.clip()
	}
	var err error
	add := func(h Hunk) {
		if err == nil {
			err = out.Append(h)
		}
	}
	placed := false
	put := func() {
		for _, h := range fresh {
			add(h)
		}
		placed, fresh = true, nil
	}
	for ; k < len(l.chunks) && err == nil; k++ {
		c := l.chunks[k]
		if placed && c.first >= j && c.at.A+da >= out.end.A {
			// Its hunks stay as they are. Where it begins may be a place among bytes alike now.
			end := l.end
			if k+1 < len(l.chunks) {
				end = l.chunks[k+1].at
			}
			dv := out.end.V + (c.at.A + da - out.end.A) - c.at.V
			c.first, c.at = out.n, Point{c.at.A + da, c.at.B + db, c.at.V + dv}
			if c.at.A-out.end.A != c.at.B-out.end.B {
				return nil, fmt.Errorf("what follows hunk %d does not fit", j)
			}
			c.data = slices.Clip(c.data)
			out.chunks = append(out.chunks, c)
			out.n += int64(c.n)
			out.end = Point{end.A + da, end.B + db, end.V + dv}
			continue
		}
		c.each(func(x int64, p Placed) bool {
			switch {
			case x < i:
				add(p.Hunk)
			case x >= j:
				if !placed {
					put()
				}
				add(Hunk{Range{p.A.Start + da, p.A.End + da}, Range{p.B.Start + db, p.B.End + db}})
			}
			return err == nil
		})
		if !placed && c.first+int64(c.n) >= j {
			put()
		}
	}
	if !placed {
		put()
	}
	return out, err
}

// Edit gives the list after the bytes was of a side became n others: all of them, and the hunks that they touch, are one
// hunk now, which is returned too. It is right, if coarse: a comparison of that hunk alone makes it fine.
func (l *List) Edit(side int, was Range, n int64) (*List, Hunk, error) {
	i, p := l.Seek(side, was.Start)
	if i > 0 { // the one before may end where the edit begins
		if q := l.At(i - 1); q.Side(side).End >= was.Start {
			i, p = i-1, q
		}
	}
	start := l.point(side, was.Start)
	end := l.point(side, was.End)
	j := i
	for ; j < l.n; j++ {
		if j > i {
			p = l.At(j)
		}
		r := p.Side(side)
		if r.Start > was.End {
			break
		}
		if j == i && r.Start <= was.Start {
			start = Point{A: p.A.Start, B: p.B.Start}
		}
		if r.End >= was.End {
			end = Point{A: p.A.End, B: p.B.End}
		}
	}
	delta := n - was.Len()
	h := Hunk{Range{start.A, end.A}, Range{start.B, end.B}}
	var da, db int64
	if side == 0 {
		h.A.End, da = h.A.End+delta, delta
	} else {
		h.B.End, db = h.B.End+delta, delta
	}
	out, err := l.Replace(i, j, []Hunk{h}, da, db)
	return out, h, err
}

// point is where off in a side stands in both, off being among bytes alike.
func (l *List) point(side int, off int64) Point {
	i, p := l.Seek(side, off)
	d := off - l.end.Side(side)
	at := l.end
	if i < l.n {
		d, at = off-p.Side(side).Start, Point{p.A.Start, p.B.Start, p.V}
	}
	return Point{at.A + d, at.B + d, at.V + d}
}
