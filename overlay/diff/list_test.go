package diff

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// naive is a list of hunks with the same answers as List, found one by one.
type naive []Hunk

func (l naive) align(side int, off int64) int64 {
	var at Point
	for _, h := range l {
		if r := h.Side(side); off < r.Start {
			break
		} else if off < r.End {
			return at.V + h.A.Start - at.A + off - r.Start
		}
		at = Point{h.A.End, h.B.End, at.V + h.A.Start - at.A + max(h.A.Len(), h.B.Len())}
	}
	return at.V + off - at.Side(side)
}

func (l naive) check(t *testing.T, got *List, sizes [2]int64) {
	t.Helper()
	if got.Len() != int64(len(l)) {
		t.Fatalf("%d hunks, want %d", got.Len(), len(l))
	}
	n := 0
	got.Each(0, func(i int64, p Placed) bool {
		if p.Hunk != l[i] || p.V != l.align(0, p.A.Start)-l.gap(p.Hunk, 0) {
			t.Fatalf("hunk %d is %v, want %v", i, p, l[i])
		}
		if q := got.At(i); n%17 == 0 && q != p {
			t.Fatalf("At(%d) = %v, want %v", i, q, p)
		}
		n++
		return true
	})
	if n != len(l) {
		t.Fatalf("%d hunks seen, want %d", n, len(l))
	}
	step := max(1, max(sizes[0], sizes[1])/400)
	for side := range 2 {
		for off := int64(0); off < sizes[side]; off += step {
			v := got.Align(side, off)
			if want := l.align(side, off); v != want {
				t.Fatalf("side %d, 0x%x is at %d, want %d", side, off, v, want)
			}
			if back, ok := got.Offset(side, v); !ok || back != off {
				t.Fatalf("side %d, 0x%x is at %d, where 0x%x stands (%v)", side, off, v, back, ok)
			}
			i, _ := got.Seek(side, off)
			want := slices.IndexFunc(l, func(h Hunk) bool { r := h.Side(side); return r.End > off || r.Start >= off })
			if want < 0 {
				want = len(l)
			}
			if i != int64(want) {
				t.Fatalf("Seek(%d, %d) = %d, want %d", side, off, i, want)
			}
		}
	}
}

// gap is by how much a hunk with no bytes on a side is aligned before the byte behind it.
func (l naive) gap(h Hunk, side int) int64 {
	if h.Side(side).Len() == 0 {
		return max(h.A.Len(), h.B.Len())
	}
	return 0
}

// join makes one of hunks that touch.
func (l naive) joined() naive {
	var out naive
	for _, h := range l {
		switch k := len(out) - 1; {
		case h.A.Len() == 0 && h.B.Len() == 0:
		case k >= 0 && out[k].A.End == h.A.Start:
			out[k].A.End, out[k].B.End = h.A.End, h.B.End
		default:
			out = append(out, h)
		}
	}
	return out
}

// edit does what List.Edit does.
func (l naive) edit(side int, was Range, n int64) naive {
	var out naive
	d := n - was.Len()
	move := func(h Hunk) Hunk {
		if side == 0 {
			return Hunk{Range{h.A.Start + d, h.A.End + d}, h.B}
		}
		return Hunk{h.A, Range{h.B.Start + d, h.B.End + d}}
	}
	var lead int64 // other side less this one, before the edit
	cover := was
	var other Range
	i := 0
	for ; i < len(l) && l[i].Side(side).End < was.Start; i++ {
		out = append(out, l[i])
		lead = l[i].Side(1-side).End - l[i].Side(side).End
	}
	other = Range{was.Start + lead, was.End + lead}
	for ; i < len(l) && l[i].Side(side).Start <= was.End; i++ {
		s, o := l[i].Side(side), l[i].Side(1-side)
		if s.Start <= cover.Start {
			cover.Start, other.Start = s.Start, o.Start
		}
		if s.End >= cover.End {
			cover.End, other.End = s.End, o.End
		} else {
			other.End = o.End + cover.End - s.End
		}
	}
	cover.End += d
	h := Hunk{cover, other}
	if side == 1 {
		h = Hunk{other, cover}
	}
	out = append(out, h)
	for ; i < len(l); i++ {
		out = append(out, move(l[i]))
	}
	return out.joined()
}

func TestList(t *testing.T) {
	rnd := rand.New(rand.NewPCG(seed(t), 7))
	for range rounds(20, 200) {
		l, want := &List{}, naive{}
		var i, j int64
		for k := range 1 + rnd.IntN(1<<rnd.IntN(12)) {
			gap := 1 + rnd.Int64N(1<<rnd.IntN(20))
			if k == 0 && rnd.IntN(2) == 0 {
				gap = 0
			}
			h := Hunk{Range{i + gap, i + gap + rnd.Int64N(1<<rnd.IntN(16))}, Range{j + gap, j + gap + rnd.Int64N(1<<rnd.IntN(16))}}
			if h.A.Len()+h.B.Len() == 0 {
				continue
			}
			if err := l.Append(h); err != nil {
				t.Fatal(err)
			}
			want = append(want, h)
			i, j = h.A.End, h.B.End
		}
		sizes := [2]int64{i + 100, j + 100}
		want.check(t, l, sizes)
		before, kept := slices.Clone(want), l.Snapshot()
		for range rnd.IntN(40) {
			side := rnd.IntN(2)
			start := rnd.Int64N(sizes[side] + 1)
			if len(want) > 0 && rnd.IntN(2) == 0 { // at the edge of a hunk
				r := want[rnd.IntN(len(want))].Side(side)
				start = []int64{r.Start, r.End}[rnd.IntN(2)]
			}
			was := Range{start, min(sizes[side], start+rnd.Int64N(1<<rnd.IntN(14)))}
			n := rnd.Int64N(1 << rnd.IntN(14))
			next, h, err := l.Snapshot().Edit(side, was, n)
			if err != nil {
				t.Fatal(err)
			}
			want = want.edit(side, was, n)
			sizes[side] += n - was.Len()
			want.check(t, next, sizes)
			if h.Side(side).Start > was.Start || h.Side(side).End < was.Start+n {
				t.Fatalf("the hunk %v does not hold the edit %v → %d", h, was, n)
			}
			l = next
		}
		before.check(t, kept, [2]int64{i + 100, j + 100})
		if l.Len() > 2 { // and all hunks between two at once
			a := rnd.Int64N(l.Len())
			b := a + 1 + rnd.Int64N(l.Len()-a)
			next, err := l.Replace(a, b, want[a:b], 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			want.check(t, next, sizes)
		}
	}
}
