package diff

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

func random(rnd *rand.Rand, n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(rnd.Uint32())
	}
	return p
}

// TestScattered makes an edit every few kilobytes, of sizes that are told exactly and such that are not, and wants one hunk of its
// size for each.
func TestScattered(t *testing.T) {
	rnd := rand.New(rand.NewPCG(seed(t), 5))
	a := random(rnd, 4<<20)
	var b []byte
	var want []Hunk
	at := int64(0)
	for at+8000 < int64(len(a)) {
		next := at + 1000 + rnd.Int64N(5000)
		b = append(b, a[at:next]...)
		n := int64(1 + rnd.IntN(1<<rnd.IntN(12)))
		h := Hunk{Range{next, next}, Range{int64(len(b)), int64(len(b))}}
		switch rnd.IntN(3) {
		case 0:
			h.A.End += n
		case 1:
			h.B.End += n
		case 2:
			h.A.End, h.B.End = h.A.End+n, h.B.End+n
		}
		b = append(b, random(rnd, int(h.B.Len()))...)
		want = append(want, h)
		at = h.A.End
	}
	b = append(b, a[at:]...)
	got := compare(t, a, b, Options{})
	apply(t, a, b, got)
	// Bytes beside an edit may be alike by chance, also within one.
	if len(got) > len(want)+len(want)/50 || len(got) < len(want)-len(want)/50 {
		t.Fatalf("%d hunks for %d edits", len(got), len(want))
	}
	var said, touched int64
	for _, h := range got {
		said += max(h.A.Len(), h.B.Len())
	}
	for _, h := range want {
		touched += max(h.A.Len(), h.B.Len())
	}
	if said > touched+int64(len(want)) {
		t.Errorf("%d bytes were touched, %d are said to be", touched, said)
	}
}

// TestMeeting wants a stretch that is in both, and in random data the one behind what was put in and taken out.
func TestMeeting(t *testing.T) {
	rnd := rand.New(rand.NewPCG(seed(t), 6))
	var m meeting
	for range rounds(300, 3000) {
		letters := 2 + rnd.IntN(3)
		if rnd.IntN(2) == 0 {
			letters = 256
		}
		some := func(n int) []byte {
			p := random(rnd, n)
			for i := range p {
				p[i] %= byte(letters - 1)
			}
			return p
		}
		common := some(200 + rnd.IntN(1000))
		x, y := rnd.IntN(nearby/2), rnd.IntN(nearby/2)
		a, b := slices.Concat(some(x), common), slices.Concat(some(y), common)
		gotX, gotY, ok := m.next(a, b)
		if ok {
			n := sure
			if !bytes.Equal(a[gotX:][:n], b[gotY:][:n]) || gotX > 0 && gotY > 0 && a[gotX-1] == b[gotY-1] {
				t.Fatalf("(%d,%d) does not begin a stretch in common", gotX, gotY)
			}
			if gotX+gotY > x+y {
				t.Fatalf("(%d,%d), though (%d,%d) is nearer", gotX, gotY, x, y)
			}
		}
		if back := commonEnd(a[:x], b[:y]); letters == 256 && (!ok || gotX != x-back || gotY != y-back) {
			t.Fatalf("(%d,%d) %v, want (%d,%d)", gotX, gotY, ok, x-back, y-back)
		}
	}
	// What repeats, or is all of a kind, is no meeting that means anything, and must not take long.
	for _, p := range [][]byte{make([]byte, nearby), bytes.Repeat([]byte("abc"), nearby/3), bytes.Repeat([]byte{1, 2, 3, 4, 5, 6, 7}, nearby/7)} {
		if x, y, ok := m.next(p, p[1:]); ok {
			t.Errorf("%.10q: (%d,%d)", p, x, y)
		}
	}
}

// TestSameAgain compares with a look at every byte.
func TestSameAgain(t *testing.T) {
	rnd := rand.New(rand.NewPCG(seed(t), 7))
	for range rounds(200, 2000) {
		a := random(rnd, 1+rnd.IntN(100_000))
		if rnd.IntN(3) == 0 { // with fillings
			for range rnd.IntN(20) {
				at := rnd.IntN(len(a))
				clear(a[at:min(len(a), at+rnd.IntN(1000))])
			}
		}
		b := slices.Clone(a)
		for at := 0; at < len(b); at += 1 + rnd.IntN(1<<(5+rnd.IntN(5))) {
			if at < 50_000 || rnd.IntN(2) == 0 {
				b[at] ^= 1
			}
		}
		want, found := -1, false
		for i, run := 0, 0; i < min(len(a), 64<<10) && !found; i++ {
			if run++; a[i] != b[i] {
				run = 0
			}
			want, found = i+1-goodWhile, run == goodWhile && varied(a[i+1-goodWhile:][:goodWhile])
		}
		c := &comparison{a: side{in: in(a)}, b: side{in: in(b)}, pa: make([]byte, window), pb: make([]byte, window)}
		got, ok, err := c.sameAgain(0, 0)
		if err != nil || ok != found || ok && got != int64(want) {
			t.Fatalf("%d %v %v, want %d %v", got, ok, err, want, found)
		}
	}
}

// TestChangedPlaces: two stretches that follow one another and changed places are told as one taken out and put in behind the other,
// also where nothing before asked for the index, and the same offsets agree again soon.
func TestChangedPlaces(t *testing.T) {
	rnd := rand.New(rand.NewPCG(seed(t), 7))
	for range rounds(20, 100) {
		a := random(rnd, 300_000)
		n, m := nearby+rnd.IntN(20_000), nearby+rnd.IntN(20_000)
		b := slices.Concat(a[:100_000], a[100_000+n:100_000+n+m], a[100_000:100_000+n], a[100_000+n+m:])
		got := compare(t, a, b, Options{})
		apply(t, a, b, got)
		var told int64
		for _, h := range got {
			told += h.A.Len() + h.B.Len()
		}
		if len(got) != 2 || told != int64(2*n) && told != int64(2*m) {
			t.Errorf("%d and %d bytes changed places: %d bytes are told in %d hunks", n, m, told, len(got))
		}
	}
}
