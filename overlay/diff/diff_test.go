package diff

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

func seed(t *testing.T) uint64 {
	s := uint64(time.Now().UnixNano())
	if v, err := strconv.ParseUint(os.Getenv("HEXLAY_SEED"), 10, 64); err == nil {
		s = v
	}
	t.Logf("HEXLAY_SEED=%d", s)
	return s
}

// rounds is how often a random test runs.
func rounds(quick, slow int) int {
	if os.Getenv("HEXLAY_SLOW") != "" {
		return slow
	}
	return quick
}

func in(b []byte) Input { return Input{R: bytes.NewReader(b), Size: int64(len(b))} }

func compare(t *testing.T, a, b []byte, o Options) []Hunk {
	t.Helper()
	var out []Hunk
	if err := Compare(context.Background(), in(a), in(b), o, func(h Hunk) bool { out = append(out, h); return true }); err != nil {
		t.Fatal(err)
	}
	return out
}

// apply makes b of a, and fails where a hunk touches another or is empty.
func apply(t *testing.T, a, b []byte, hunks []Hunk) {
	t.Helper()
	var got []byte
	var i, j int64
	for k, h := range hunks {
		if h.A.Start < i || h.B.Start < j || h.A.Len() < 0 || h.B.Len() < 0 || h.A.Len()+h.B.Len() == 0 || k > 0 && h.A.Start == i && h.B.Start == j {
			t.Fatalf("hunk %d %v behind (%d,%d)", k, h, i, j)
		}
		if !bytes.Equal(a[i:h.A.Start], b[j:h.B.Start]) {
			t.Fatalf("what lies before hunk %d %v is not the same", k, h)
		}
		got = append(append(got, a[i:h.A.Start]...), b[h.B.Start:h.B.End]...)
		i, j = h.A.End, h.B.End
	}
	if got = append(got, a[i:]...); !bytes.Equal(got, b) {
		t.Fatalf("the hunks give %d other bytes than b's %d", len(got), len(b))
	}
}

func TestTable(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want []Hunk
	}{
		{"", "", nil},
		{"abc", "abc", nil},
		{"", "abc", []Hunk{{Range{0, 0}, Range{0, 3}}}},
		{"abc", "", []Hunk{{Range{0, 3}, Range{0, 0}}}},
		{"hello world", "hello, world", []Hunk{{Range{5, 5}, Range{5, 6}}}},
		{"hello, world", "hello world", []Hunk{{Range{5, 6}, Range{5, 5}}}},
		{"0123456789abcdef", "0123456x89abcdef", []Hunk{{Range{7, 8}, Range{7, 8}}}},
	} {
		got := compare(t, []byte(c.a), []byte(c.b), Options{})
		if !slices.Equal(got, c.want) {
			t.Errorf("%q and %q: %v, want %v", c.a, c.b, got, c.want)
		}
	}
	got := compare(t, []byte("abcdefg"), []byte("aXcYefghi"), Options{SameOffset: true})
	want := []Hunk{{Range{1, 2}, Range{1, 2}}, {Range{3, 4}, Range{3, 4}}, {Range{7, 7}, Range{7, 9}}}
	if !slices.Equal(got, want) {
		t.Errorf("same offset: %v, want %v", got, want)
	}
}

// TestFindsEdits makes edits far from each other in random data, of all sizes, and wants exactly these back.
func TestFindsEdits(t *testing.T) {
	rnd := rand.New(rand.NewPCG(seed(t), 1))
	fill := func(n int) []byte {
		p := make([]byte, n)
		for i := range p {
			p[i] = byte(rnd.Uint32())
		}
		return p
	}
	a := fill(8 << 20)
	var b []byte
	var touched int64
	at := 0
	for range 12 {
		next := at + 100_000 + rnd.IntN(400_000)
		b = append(b, a[at:next]...)
		n := 1 << rnd.IntN(18)
		switch rnd.IntN(3) {
		case 0:
			b = append(b, fill(n)...)
		case 1:
			next += n
		case 2:
			b = append(b, fill(n)...)
			next += n
		}
		touched += int64(n)
		at = next
	}
	b = append(b, a[at:]...)
	hunks := compare(t, a, b, Options{})
	apply(t, a, b, hunks)
	var said int64
	for _, h := range hunks {
		said += max(h.A.Len(), h.B.Len())
	}
	if said > touched+12*64 || len(hunks) > 200 {
		t.Errorf("%d bytes were touched in 12 places; %d hunks with %d bytes: %v", touched, len(hunks), said, hunks[:min(20, len(hunks))])
	}
}

// TestMoved takes a block from the end and puts it in front: that is one insertion and one deletion.
func TestMoved(t *testing.T) {
	rnd := rand.New(rand.NewPCG(seed(t), 4))
	a := make([]byte, 6<<20)
	for i := range a {
		a[i] = byte(rnd.Uint32())
	}
	b := slices.Concat(a[:100_000], a[5<<20:], a[100_000:5<<20])
	hunks := compare(t, a, b, Options{})
	apply(t, a, b, hunks)
	if len(hunks) != 2 || hunks[0].Kind() != "insert" || hunks[1].Kind() != "delete" {
		t.Errorf("%v", hunks)
	}
}

// TestRandom compares small and repetitive data, where everything is ambiguous.
func TestRandom(t *testing.T) {
	s := seed(t)
	rnd := rand.New(rand.NewPCG(s, 2))
	for range rounds(300, 3000) {
		letters := 1 + rnd.IntN(4)
		if rnd.IntN(4) == 0 {
			letters = 256
		}
		size := rnd.IntN(1 << rnd.IntN(16))
		a := make([]byte, size)
		for i := range a {
			a[i] = byte(rnd.IntN(letters))
		}
		if rnd.IntN(3) == 0 && size > 10 { // periodic
			p := 1 + rnd.IntN(9)
			for i := p; i < size; i++ {
				a[i] = a[i-p]
			}
		}
		b := slices.Clone(a)
		for range rnd.IntN(6) {
			i := rnd.IntN(len(b) + 1)
			n := min(rnd.IntN(1<<rnd.IntN(13)), len(b)-i)
			switch rnd.IntN(4) {
			case 0:
				b = slices.Delete(b, i, i+n)
			case 1:
				b = slices.Insert(b, i, a[:min(n, len(a))]...)
			case 2:
				for k := range n {
					b[i+k] = byte(rnd.IntN(letters))
				}
			case 3:
				moved := slices.Clone(b[i : i+n])
				b = slices.Delete(b, i, i+n)
				b = slices.Insert(b, rnd.IntN(len(b)+1), moved...)
			}
		}
		apply(t, a, b, compare(t, a, b, Options{}))
		apply(t, a, b, compare(t, a, b, Options{SameOffset: true}))
	}
}

// TestMyersIsMinimal compares with the textbook's table.
func TestMyersIsMinimal(t *testing.T) {
	rnd := rand.New(rand.NewPCG(seed(t), 3))
	for range rounds(500, 5000) {
		letters := 2 + rnd.IntN(3)
		a, b := make([]byte, rnd.IntN(30)), make([]byte, rnd.IntN(30))
		for _, p := range [][]byte{a, b} {
			for i := range p {
				p[i] = byte('a' + rnd.IntN(letters))
			}
		}
		lcs := make([][]int, len(a)+1)
		lcs[0] = make([]int, len(b)+1)
		for i := range a {
			lcs[i+1] = make([]int, len(b)+1)
			for j := range b {
				if a[i] == b[j] {
					lcs[i+1][j+1] = lcs[i][j] + 1
				} else {
					lcs[i+1][j+1] = max(lcs[i][j+1], lcs[i+1][j])
				}
			}
		}
		want := len(a) + len(b) - 2*lcs[len(a)][len(b)]
		hunks, ok := new(path).myers(a, b, 60, false)
		if !ok {
			t.Fatalf("%q %q: no way", a, b)
		}
		if len(hunks) != want {
			t.Fatalf("%q %q: %d changes, want %d", a, b, len(hunks), want)
		}
		if _, ok := new(path).myers(a, b, want-1, false); ok && want > 0 {
			t.Fatalf("%q %q: found with fewer than %d", a, b, want)
		}
		apply(t, a, b, join(hunks, 1))
	}
}

// TestOverwritten: bytes that were overwritten in place among bytes of a kind are one change, not an insertion here and a deletion there.
func TestOverwritten(t *testing.T) {
	rnd := rand.New(rand.NewPCG(seed(t), 5))
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(1 + rnd.IntN(255))
		}
		return b
	}
	for range 200 {
		zeros := 4 + rnd.IntN(40)
		n := 1 + rnd.IntN(min(7, zeros-1))
		at := 100 + rnd.IntN(zeros-n+1)
		a := slices.Concat(random(100), make([]byte, zeros), random(100))
		b := bytes.Clone(a)
		copy(b[at:], random(n))
		var got []Hunk
		err := Compare(context.Background(), in(a), in(b), Options{}, func(h Hunk) bool { got = append(got, h); return true })
		if err != nil {
			t.Fatal(err)
		}
		if r := (Range{int64(at), int64(at + n)}); len(got) != 1 || got[0] != (Hunk{r, r}) {
			t.Fatalf("%d bytes at %d among %d zeros from 100 on were overwritten: %v", n, at, zeros, got)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := Compare(ctx, in([]byte("abc")), in([]byte("abd")), Options{}, func(Hunk) bool { return true })
	if err != context.Canceled {
		t.Error(err)
	}
}

func BenchmarkEqual(b *testing.B) {
	p := make([]byte, 64<<20)
	rnd := rand.New(rand.NewPCG(1, 1))
	for i := range p {
		p[i] = byte(rnd.Uint32())
	}
	q := slices.Clone(p)
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		Compare(context.Background(), in(p), in(q), Options{}, func(Hunk) bool { return true })
	}
}

func BenchmarkInserted(b *testing.B) {
	p := make([]byte, 64<<20)
	rnd := rand.New(rand.NewPCG(1, 1))
	for i := range p {
		p[i] = byte(rnd.Uint32())
	}
	q := p
	for range 20 {
		q = slices.Insert(slices.Clone(q), rnd.IntN(len(q)), p[:100+rnd.IntN(10000)]...)
	}
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		Compare(context.Background(), in(p), in(q), Options{}, func(Hunk) bool { return true })
	}
}

// sparse is a file of size bytes that has data at a few places; what is read of it is counted.
type sparse struct {
	size int64
	data map[int64][]byte
	read int64
}

func (s *sparse) ReadAt(p []byte, off int64) (int, error) {
	s.read += int64(len(p))
	clear(p)
	for at, b := range s.data {
		if from, to := max(at, off), min(at+int64(len(b)), off+int64(len(p))); from < to {
			copy(p[from-off:to-off], b[from-at:])
		}
	}
	return len(p), nil
}

func (s *sparse) zeros(off int64) int64 {
	next := s.size
	for at, b := range s.data {
		if at+int64(len(b)) > off {
			next = min(next, max(at, off))
		}
	}
	return next - off
}

func (s *sparse) input() Input { return Input{R: s, Size: s.size, Zeros: s.zeros} }

// TestHoles: where both sides are holes nothing is read, and what is found is right; at the same offsets there is but one answer.
func TestHoles(t *testing.T) {
	rnd := rand.New(rand.NewPCG(seed(t), 5))
	for range rounds(20, 60) {
		a, b := &sparse{size: 4 << 20, data: map[int64][]byte{}}, &sparse{size: 4 << 20, data: map[int64][]byte{}}
		for k := range int64(3) {
			at, n := k<<20+rnd.Int64N(200_000), 1+rnd.IntN(100_000)
			part := make([]byte, n)
			for i := range part {
				part[i] = byte(rnd.Uint32())
			}
			a.data[at] = part
			shift := []int64{0, 0, 1, 4096, 300_000}[rnd.IntN(5)]
			other := bytes.Clone(part)
			other[rnd.IntN(n)] ^= byte(rnd.IntN(2))
			b.data[at+shift] = other
		}
		whole := func(s *sparse) []byte {
			p := make([]byte, s.size)
			_, _ = s.ReadAt(p, 0)
			return p
		}
		wa, wb := whole(a), whole(b)
		for _, o := range []Options{{}, {SameOffset: true}} {
			var got []Hunk
			if err := Compare(context.Background(), a.input(), b.input(), o, func(h Hunk) bool { got = append(got, h); return true }); err != nil {
				t.Fatal(err)
			}
			apply(t, wa, wb, got)
			if want := compare(t, wa, wb, o); o.SameOffset && !slices.Equal(got, want) {
				t.Fatalf("%+v: %v, want %v", o, got, want)
			}
		}
	}
	block := bytes.Repeat([]byte("0123456789"), 1000)
	a := &sparse{size: 1 << 60, data: map[int64][]byte{1 << 40: block, 1 << 50: block}}
	b := &sparse{size: 1<<60 + 5, data: map[int64][]byte{1 << 40: block, 1<<50 + 5: block}}
	for _, o := range []Options{{}, {SameOffset: true}} {
		a.read, b.read = 0, 0
		n := 0
		if err := Compare(context.Background(), a.input(), b.input(), o, func(Hunk) bool { n++; return true }); err != nil || n == 0 {
			t.Errorf("%+v: %d hunks, %v", o, n, err)
		}
		if a.read+b.read > 64<<20 {
			t.Errorf("%+v: %d bytes were read", o, a.read+b.read)
		}
	}
}
