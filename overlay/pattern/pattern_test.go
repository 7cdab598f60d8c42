package pattern

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// seeded gives a random source and prints its seed; HEXLAY_SEED repeats a run.
func seeded(t testing.TB) *rand.Rand {
	s := rand.Uint64()
	if v := os.Getenv("HEXLAY_SEED"); v != "" {
		n, err := strconv.ParseUint(v, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		s = n
	}
	t.Logf("HEXLAY_SEED=%d", s)
	return rand.New(rand.NewPCG(s, 1))
}

type hit struct{ start, end int }

// all gives the matches that do not overlap, or with step all of them, found in windows of n start places; n = 0: in one.
func all(p *Pattern, hay []byte, n int, step bool) (hits []hit) {
	m := p.NewMatcher()
	if n == 0 {
		n = len(hay) + 1
	}
	end := 0
	for at := 0; at < len(hay); at += n {
		lo := max(0, at-p.Behind())
		hi := min(len(hay), at+n+p.Reach())
		m.Window(hay[lo:hi], min(len(hay), at+n)-lo)
		for from := max(at, end); ; {
			s, e, ok := m.Next(from - lo)
			if !ok {
				break
			}
			hits = append(hits, hit{lo + s, lo + e})
			if from = lo + e; step {
				from = lo + s + 1
			} else {
				end = from
			}
		}
	}
	return hits
}

// std finds the same by package regexp, over bytes written as runes.
func std(t *testing.T, p *Pattern, hay []byte, step bool) (hits []hit) {
	t.Helper()
	re, err := regexp.Compile(p.tree.String())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	places := map[int]int{}
	for i, c := range hay {
		places[b.Len()] = i
		b.WriteRune(toRune(c))
	}
	places[b.Len()] = len(hay)
	s := b.String()
	if step {
		for i := range hay {
			// Only a match that begins here counts; what is before is told by a prefix of any bytes.
			at, err := regexp.Compile(fmt.Sprintf(`\A(?s:.{%d})(%s)`, i, p.tree))
			if err != nil {
				t.Fatal(err)
			}
			if m := at.FindStringSubmatchIndex(s); m != nil {
				hits = append(hits, hit{places[m[2]], places[m[3]]})
			}
		}
		return hits
	}
	for _, m := range re.FindAllStringIndex(s, -1) {
		hits = append(hits, hit{places[m[0]], places[m[1]]})
	}
	return hits
}

var alphabet = []byte{'a', 'b', 0, 0xff, '\n', 'A', 0xc3, '0'}

func randomHay(rnd *rand.Rand) []byte {
	b := make([]byte, rnd.IntN(80))
	k := 1 + rnd.IntN(len(alphabet))
	for i := range b {
		b[i] = alphabet[rnd.IntN(k)]
	}
	return b
}

// randomRegexp makes an expression over the same alphabet.
func randomRegexp(rnd *rand.Rand, depth int) string {
	atoms := []string{"a", "b", `\x00`, `\xff`, `[ab]`, `[^a]`, `[\x80-\xff]`, ".", `\n`, "ab", "a", `\w`, `[^\x00\xff]`, "(?i:a)", "0"}
	if rnd.IntN(12) == 0 {
		return []string{`\b`, `\B`, "^", "$", "(?m:^)", "(?m:$)"}[rnd.IntN(6)] + atoms[rnd.IntN(len(atoms))]
	}
	if depth == 0 {
		return atoms[rnd.IntN(len(atoms))]
	}
	sub := func() string { return randomRegexp(rnd, depth-1) }
	switch rnd.IntN(8) {
	case 0:
		return "(" + sub() + "|" + sub() + ")"
	case 1:
		return "(?:" + sub() + ")" + []string{"*", "+", "?", "{2}", "{1,3}", "{2,}", "*?", "+?", "??"}[rnd.IntN(9)] + sub()
	default:
		return sub() + sub()
	}
}

func same(a, b []hit) bool { return slices.Equal(a, b) }

func TestRegexpAgreesWithStandardLibrary(t *testing.T) {
	rnd := seeded(t)
	used := 0
	for range 1500 {
		src := randomRegexp(rnd, rnd.IntN(5))
		p, err := Regexp(src, rnd.IntN(4) == 0)
		if err != nil {
			if !strings.Contains(err.Error(), "matches nothing at all") {
				t.Fatalf("%s: %v", src, err)
			}
			continue
		}
		used++
		hay := randomHay(rnd)
		want := std(t, p, hay, false)
		if got := all(p, hay, 0, false); !same(got, want) {
			t.Fatalf("%s in %q: %v, want %v", src, hay, got, want)
		}
		// Windows that end anywhere find the same.
		if got := all(p, hay, 1+rnd.IntN(9), false); !same(got, want) {
			t.Fatalf("%s in %q in windows: %v, want %v", src, hay, got, want)
		}
		if rnd.IntN(100) == 0 {
			want := std(t, p, hay, true)
			if got := all(p, hay, 1+rnd.IntN(20), true); !same(got, want) {
				t.Fatalf("%s in %q, overlapping: %v, want %v", src, hay, got, want)
			}
		}
	}
	if used < 700 {
		t.Errorf("only %d patterns were used", used)
	}
}

// naiveHex matches a list of alternatives of sequences of sets at one place, without any of this package.
func naive(hay []byte, seqs [][]set, at int) int {
next:
	for _, s := range seqs {
		if at+len(s) > len(hay) {
			continue
		}
		for i := range s {
			if !s[i].has(hay[at+i]) {
				continue next
			}
		}
		return at + len(s)
	}
	return -1
}

func TestSequencesAgreeWithNaive(t *testing.T) {
	rnd := seeded(t)
	for range 6000 {
		var seqs [][]set
		var parts []string
		for range 1 + rnd.IntN(3)*rnd.IntN(2) {
			var seq []set
			var text []string
			long := 1 + rnd.IntN(6)
			if rnd.IntN(50) == 0 {
				long = 60 + rnd.IntN(90)
			}
			for range long {
				b := alphabet[rnd.IntN(4)]
				switch rnd.IntN(6) {
				case 0:
					seq, text = append(seq, set{}.inverse()), append(text, "??")
				case 1:
					var s set
					s.addRange(b&0xf0, b|15)
					seq, text = append(seq, s), append(text, fmt.Sprintf("%x?", b>>4))
				case 2:
					seq, text = append(seq, single(b).inverse()), append(text, fmt.Sprintf("!%02x", b))
				default:
					seq, text = append(seq, single(b)), append(text, fmt.Sprintf("%02x", b))
				}
			}
			seqs = append(seqs, seq)
			parts = append(parts, strings.Join(text, " "))
		}
		src := strings.Join(parts, "|")
		if len(parts) > 1 && rnd.IntN(2) == 0 {
			src = "(" + src + ")"
		}
		p, err := Hex(src)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		hay := make([]byte, rnd.IntN(400))
		for i := range hay {
			hay[i] = alphabet[rnd.IntN(1+rnd.IntN(4))]
		}
		for _, step := range []bool{false, true} {
			var want []hit
			for at := 0; at < len(hay); {
				end := naive(hay, seqs, at)
				if end < 0 {
					at++
					continue
				}
				want = append(want, hit{at, end})
				if at++; !step {
					at = end
				}
			}
			if got := all(p, hay, rnd.IntN(2)*(1+rnd.IntN(100)), step); !same(got, want) {
				t.Fatalf("%s in % x, overlapping %v: %v, want %v", src, hay, step, got, want)
			}
		}
	}
}

// TestWays looks for needles in data that drive a finder from one way to look to the next.
func TestWays(t *testing.T) {
	rnd := seeded(t)
	ab := bytes.Repeat([]byte("ab"), 5000)
	for _, c := range []struct {
		name        string
		hay, needle []byte
	}{
		{"the last byte differs", make([]byte, 9000), append(make([]byte, 15), 1)},
		{"abab for ababbb", ab, append(bytes.Repeat([]byte("ab"), 7), "bb"...)},
		{"abab for a long one", ab, append(bytes.Repeat([]byte("ab"), 200), "bb"...)},
		{"differs in the middle", ab, []byte(strings.Repeat("ab", 100) + "b" + strings.Repeat("ab", 100))},
		{"differs in front", ab, []byte("bb" + strings.Repeat("ab", 100))},
	} {
		for range 30 {
			hay := bytes.Clone(c.hay)
			var want []hit
			for at := rnd.IntN(2000); at+len(c.needle) < len(hay); at += len(c.needle) + 1000 + rnd.IntN(3000) {
				copy(hay[at:], c.needle)
			}
			for at := 0; ; {
				i := bytes.Index(hay[at:], c.needle)
				if i < 0 {
					break
				}
				want = append(want, hit{at + i, at + i + len(c.needle)})
				at += i + len(c.needle)
			}
			exact, err := Bytes(c.needle)
			if err != nil {
				t.Fatal(err)
			}
			if got := all(exact, hay, 0, false); !same(got, want) {
				t.Fatalf("%s: %v, want %v", c.name, got, want)
			}
		}
	}
}

func TestInverse(t *testing.T) {
	rnd := seeded(t)
	p, err := Hex("![00 ff]")
	if err != nil {
		t.Fatal(err)
	}
	for range 2000 {
		hay := make([]byte, rnd.IntN(600))
		for i := rnd.IntN(300); i < len(hay); i++ {
			hay[i] = 0xff
		}
		var want []hit
		for range rnd.IntN(3) {
			if len(hay) > 0 {
				hay[rnd.IntN(len(hay))] = 7
			}
		}
		for i, c := range hay {
			if c == 7 {
				want = append(want, hit{i, i + 1})
			}
		}
		if got := all(p, hay, 0, false); !same(got, want) {
			t.Fatalf("% x: %v, want %v", hay, got, want)
		}
	}
}

// TestNumbers checks ranges of numbers against all numbers of 16 bits, and at the borders of longer ones.
func TestNumbers(t *testing.T) {
	rnd := seeded(t)
	for range 60 {
		lo, hi := rnd.Uint64N(1<<16), rnd.Uint64N(1<<16)
		if rnd.IntN(3) == 0 {
			hi = min(0xffff, lo+rnd.Uint64N(600))
		}
		lo, hi = min(lo, hi), max(lo, hi)
		for _, big := range []bool{false, true} {
			p, err := Numbers([]Range{{lo, hi, 2, big}})
			if err != nil {
				t.Fatal(err)
			}
			m := p.NewMatcher()
			for v := range uint64(1 << 16) {
				b := []byte{byte(v), byte(v >> 8)}
				if big {
					b[0], b[1] = b[1], b[0]
				}
				m.Window(b, 1)
				if _, _, ok := m.Next(0); ok != (v >= lo && v <= hi) {
					t.Fatalf("[%d,%d] big %v: %d is %v", lo, hi, big, v, ok)
				}
			}
		}
	}
	p, err := Numbers([]Range{{0, 1<<64 - 1, 8, true}})
	if err != nil || p.MinLen() != 8 {
		t.Error(p, err)
	}
}

func TestSyntaxErrors(t *testing.T) {
	for _, c := range []struct {
		kind, src string
		pos       int
		text      string
	}{
		{"hex", "", 0, "no bytes"},
		{"hex", "4", 1, "two hexadecimal digits"},
		{"hex", "41 4", 4, "two hexadecimal digits"},
		{"hex", "41 zz", 3, `"z"`},
		{"hex", "(41", 0, "no )"},
		{"hex", "41)", 2, "no ("},
		{"hex", "41|", 3, "no bytes"},
		{"hex", "[41", 0, "no ]"},
		{"hex", "[41-40]", 1, "larger"},
		{"hex", "!??", 0, "no byte matches"},
		{"hex", "41 é", 3, "é"},
		{"regex", "a(", 0, "missing closing"},
		{"regex", "ab[z-a]", 3, "z-a"},
		{"regex", "a*", 0, "matches nothing at all"},
		{"regex", `a\x{100}`, 1, "more than a byte"},
		{"regex", `abc\x4`, 3, "two hexadecimal"},
		{"regex", "xy[é]", 3, "inside of [ ]"},
		{"regex", `a\`, 1, "stands alone"},
		{"regex", "x{1001}", 1, "repeat count"},
		{"regex", `(a)\1`, 3, "back"},
		{"regex", "((((((((((a{100}){100}){100}))))))))", 0, ""},
	} {
		var err error
		if c.kind == "hex" {
			_, err = Hex(c.src)
		} else {
			_, err = Regexp(c.src, false)
		}
		var e *SyntaxError
		if !errors.As(err, &e) || c.text != "" && (e.Pos != c.pos || !strings.Contains(e.Reason, c.text)) {
			t.Errorf("%s %q: %v; want %q at %d", c.kind, c.src, err, c.text, c.pos)
		}
	}
}

func TestText(t *testing.T) {
	// k in two cases, é in two encodings of its own, in two ways.
	le := [][][]byte{{{'k', 0}, {'K', 0}}, {{0xe9, 0}, {0xc9, 0}}}
	be := [][][]byte{{{0, 'k'}, {0, 'K'}}, {{0, 0xe9}, {0, 0xc9}}}
	p, err := Text([][][][]byte{le, be})
	if err != nil {
		t.Fatal(err)
	}
	hay := []byte("xK\x00\xe9\x00yy\x00k\x00\xc9zk\x00")
	want := []hit{{1, 5}, {7, 11}}
	if got := all(p, hay, 0, false); !same(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	r, err := p.ReplaceText([][]byte{[]byte("LE"), []byte("BE!")})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Append(nil, hay, 1, 5); string(got) != "LE" {
		t.Errorf("%q", got)
	}
	if got := r.Append([]byte("<"), hay, 7, 11); string(got) != "<BE!" {
		t.Errorf("%q", got)
	}
}

// TestAligned: of the same text in both byte orders, a byte apart, the match at a multiple of the unit counts, and a match
// without such a neighbour counts wherever it is.
func TestAligned(t *testing.T) {
	ways := [][][][]byte{{{{'h', 0}}, {{'i', 0}, {'I', 0}}}, {{{0, 'h'}}, {{0, 'i'}, {0, 'I'}}}}
	p, err := Aligned(ways, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		hay  string
		off  int64
		want []hit
	}{
		{"a\x00h\x00i\x00b\x00", 0, []hit{{2, 6}}},
		{"\x00a\x00h\x00i\x00b", 0, []hit{{2, 6}}},
		{"\x00a\x00h\x00I\x00b", 1 << 40, []hit{{2, 6}}},
		{"\x00a\x00h\x00i\x00b", 7, []hit{{3, 7}}},
		{"xh\x00i\x00x", 0, []hit{{1, 5}}},
		{"x\x00h\x00ix", 0, []hit{{1, 5}}},
		{"\x00h\x00i\x00h\x00i\x00", 0, []hit{{0, 4}, {4, 8}}},
		{"\x00h\x00i\x00h\x00i\x00", 1, []hit{{1, 5}, {5, 9}}},
		{"\x00h\x00i\x00", 0, []hit{{0, 4}}},
	} {
		m := p.NewMatcher()
		m.WindowAt([]byte(c.hay), len(c.hay), c.off)
		var got []hit
		for from := 0; ; {
			start, end, ok := m.Next(from)
			if !ok {
				break
			}
			got = append(got, hit{start, end})
			from = end
		}
		if !same(got, c.want) {
			t.Errorf("%q at %d: %v, want %v", c.hay, c.off, got, c.want)
		}
	}
}

func TestReplacement(t *testing.T) {
	for _, c := range []struct{ kind, src, with, hay, want string }{
		{"hex", "41 ?? 4?", "61 ?? 6?", "A\xf1B", "a\xf1b"},
		{"hex", "41 ?? 43", "?? ?f", "AzC", "A\x7f"},
		{"hex", "(41|42 43) 44", "$1 $1 00 $0", "BCD", "BCBC\x00BCD"},
		{"hex", "41", "", "A", ""},
		{"regex", `(\w+)=(?P<v>\d+)`, `$v:$1\x00$$\n`, "key=12", "12:key\x00$\n"},
		{"regex", `(a)|(b)`, `[$1|$2]`, "b", "[|b]"},
		{"regex", `(a*?)(a+)`, `$1,$2`, "aaa", ",aaa"},
		{"regex", `\bfoo`, "bär", "foo", "bär"},
	} {
		compile := Hex
		if c.kind == "regex" {
			compile = func(s string) (*Pattern, error) { return Regexp(s, false) }
		}
		p, err := compile(c.src)
		if err != nil {
			t.Fatal(err)
		}
		read := p.ReplaceHex
		if c.kind == "regex" {
			read = p.ReplaceRegexp
		}
		r, err := read(c.with)
		if err != nil {
			t.Errorf("%s → %s: %v", c.src, c.with, err)
			continue
		}
		hits := all(p, []byte(c.hay), 0, false)
		if len(hits) != 1 || hits[0] != (hit{0, len(c.hay)}) {
			t.Errorf("%s in %q: %v", c.src, c.hay, hits)
			continue
		}
		if got := r.Append(nil, []byte(c.hay), 0, len(c.hay)); string(got) != c.want {
			t.Errorf("%s → %s of %q: %q, want %q", c.src, c.with, c.hay, got, c.want)
		}
	}
	p, _ := Hex("41|42 43")
	for with, text := range map[string]string{"$1": "no group 1", "00 ??": "only 1", "$": "needs a group", "$0 ??": "behind a $", "4": "two hex", "${1": "no }"} {
		if _, err := p.ReplaceHex(with); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("ReplaceHex %q: %v, want %q", with, err, text)
		}
	}
	q, _ := Regexp("(?P<x>a)", false)
	for with, text := range map[string]string{"$y": `no group "y"`, `\q`: "no escape", `\x1`: "two hexa", "a\\": "alone"} {
		if _, err := q.ReplaceRegexp(with); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("ReplaceRegexp %q: %v, want %q", with, err, text)
		}
	}
}

// TestCapturesAgree compares groups with package regexp.
func TestCapturesAgree(t *testing.T) {
	rnd := seeded(t)
	for range 800 {
		src := "(" + randomRegexp(rnd, 3) + ")(" + randomRegexp(rnd, 2) + ")"
		p, err := Regexp(src, false)
		if err != nil {
			continue
		}
		prog, err := newProgram(p.tree)
		if err != nil {
			t.Fatal(err)
		}
		hay := randomHay(rnd)
		re := regexp.MustCompile(p.tree.String())
		var b strings.Builder
		places := map[int]int{-1: -1}
		for i, c := range hay {
			places[b.Len()] = i
			b.WriteRune(toRune(c))
		}
		places[b.Len()] = len(hay)
		want := re.FindStringSubmatchIndex(b.String())
		hits := all(p, hay, 0, false)
		if want == nil {
			continue
		}
		got := prog.captures(p.Groups(), hay, hits[0].start, hits[0].end)
		for i := range want {
			want[i] = places[want[i]]
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%s in %q: %v, want %v", src, hay, got, want)
		}
	}
}

// TestLongMatches: a match has at most MaxMatch bytes, wherever windows end.
func TestLongMatches(t *testing.T) {
	p, err := Regexp(`x[^y]*y`, false)
	if err != nil {
		t.Fatal(err)
	}
	hay := bytes.Repeat([]byte{'.'}, 3*MaxMatch)
	hay[10], hay[10+MaxMatch-1] = 'x', 'y' // just short enough
	hay[MaxMatch+100], hay[MaxMatch+100+MaxMatch] = 'x', 'y'
	hay[len(hay)-5], hay[len(hay)-1] = 'x', 'y'
	want := []hit{{10, 10 + MaxMatch}, {len(hay) - 5, len(hay)}}
	for _, n := range []int{0, 1 << 16, 50000} {
		if got := all(p, hay, n, false); !same(got, want) {
			t.Errorf("windows of %d: %v, want %v", n, got, want)
		}
	}
}

// TestManyStates: an expression whose automaton has 2^15 states and more stays within its memory.
func TestManyStates(t *testing.T) {
	p, err := Regexp(`[ab]*a[ab]{14}c`, false)
	if err != nil {
		t.Fatal(err)
	}
	rnd := seeded(t)
	hay := make([]byte, 200_000)
	for i := range hay {
		hay[i] = "ab"[rnd.IntN(2)]
	}
	hay[100_000], hay[100_000-15] = 'c', 'a'
	m := p.NewMatcher()
	m.p = p
	m.Window(hay, len(hay))
	m.filter = nil
	m.filtered(false)
	s, e, ok := m.Next(100_000 - 1000)
	if !ok || s != 99_000 || e != 100_001 {
		t.Errorf("[%d,%d) %v", s, e, ok)
	}
	if len(m.fwd.trans) > maxTrans || m.fwd.drops == 0 && len(m.fwd.states) > 1<<15 {
		t.Errorf("%d transitions, %d drops", len(m.fwd.trans), m.fwd.drops)
	}
}

func FuzzHex(f *testing.F) {
	for _, s := range []string{"89 50 4e 47", "4? ?f ??", "(ff|00 01) 41", "!00 ff", "![00-1f 7f] 41", "0x41,0x42", "((41|42)|43)", "$1", "[0?-1?]", "é"} {
		f.Add(s, []byte("\x89PNG\x00\x01A"))
	}
	f.Fuzz(func(t *testing.T, src string, hay []byte) {
		p, err := Hex(src)
		if err != nil {
			var e *SyntaxError
			if !errors.As(err, &e) || e.Pos < 0 || e.Pos > len(src) {
				t.Fatalf("%q: %v", src, err)
			}
			return
		}
		checkWindows(t, p, hay)
		if r, err := p.ReplaceHex(src); err == nil {
			for _, h := range all(p, hay, 0, false) {
				r.Append(nil, hay, h.start, h.end)
			}
		}
	})
}

func FuzzRegexp(f *testing.F) {
	for _, s := range []string{`a+b`, `\xff[\x80-\x8f]`, `(?i)key=(\d+)`, `(?s)a.*?b`, `\bfoo\b`, `[^\x00\xff]{4,}`, "é+", `\Qa.b\xff\E`, `[[:alpha:]]\x{ff}`, `(?m)^a$`, `\377`, `[]a]`, `(a|b)*c`} {
		f.Add(s, true, []byte("KEY=12 fooab\xff\x80\n\xc3\xa9"))
	}
	f.Fuzz(func(t *testing.T, src string, fold bool, hay []byte) {
		if len(src) > 200 {
			return
		}
		p, err := Regexp(src, fold)
		if err != nil {
			var e *SyntaxError
			if !errors.As(err, &e) || e.Pos < 0 || e.Pos > len(src) {
				t.Fatalf("%q: %v", src, err)
			}
			return
		}
		checkWindows(t, p, hay)
	})
}

// checkWindows compares windows of a few bytes with one window, and every match with the lengths that the pattern tells.
func checkWindows(t *testing.T, p *Pattern, hay []byte) {
	if len(hay) > 300 {
		hay = hay[:300]
	}
	want := all(p, hay, 0, false)
	for _, h := range want {
		if n := h.end - h.start; n < p.MinLen() || n > p.MaxLen() {
			t.Fatalf("a match of %d bytes; they have %d to %d", n, p.MinLen(), p.MaxLen())
		}
	}
	if got := all(p, hay, 7, false); !same(got, want) {
		t.Fatalf("%v in windows of 7 bytes: %v, want %v", p.tree, got, want)
	}
	if !p.MatchesZeros() && len(all(p, make([]byte, 200), 0, false)) > 0 {
		t.Fatal("it matches zeros")
	}
}

func TestLiteral(t *testing.T) {
	for text, want := range map[string]string{"61 62": "ab", "61 ??": "", "61 6?": "", "6? 6?": "", "(61|62)": ""} {
		p, err := Hex(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(p.Literal()); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{`a\x62`: "ab", "a|b": "", "ab?": "", "(?i)a": "", "^ab": "", `ab\b`: ""} {
		p, err := Regexp(text, false)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(p.Literal()); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
