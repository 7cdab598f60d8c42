package model

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"hexlay/mmapdoc"
)

// seeded gives a random source and prints its seed; HEXLAY_SEED repeats a run.
func seeded(t *testing.T) *rand.Rand {
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

// small gives n bytes of an alphabet of k letters: with few letters there are many matches, also overlapping ones.
func small(rnd *rand.Rand, n, k int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(rnd.IntN(k))
	}
	return b
}

// TestFindCommands goes from match to match, around both ends.
func TestFindCommands(t *testing.T) {
	rnd := seeded(t)
	withBlocks(t, 4, 16)
	for range 300 {
		firstBlock = 1 + rnd.Int64N(40)
		maxBlock = firstBlock
		b := small(rnd, 1+rnd.IntN(120), 2)
		p := small(rnd, 1+rnd.IntN(4), 2)
		e := over(b)
		e.Jump(rnd.Int64N(int64(len(b)) + 1))
		line := fmt.Sprintf("find % x", p)
		for range 12 {
			at := e.Target().Start
			_, err := run(t, e, line)
			var want int
			back := line == "find-previous"
			if !back {
				from := min(int(at)+1, len(b))
				if line != "find-next" { // the cursor's own place counts
					from = int(at)
				}
				if want = bytes.Index(b[from:], p); want >= 0 {
					want += from
				} else {
					want = bytes.Index(b, p)
				}
			} else {
				if want = bytes.LastIndex(b[:min(len(b), int(at)+len(p)-1)], p); want < 0 {
					want = bytes.LastIndex(b, p)
				}
			}
			sel := e.Selection()
			if (want < 0) != (err != nil) || want >= 0 && sel != (mmapdoc.Range{Start: int64(want), End: int64(want + len(p))}) {
				t.Fatalf("%s of % x from %d in % x: %v %v, want %d", line, p, at, b, sel, err, want)
			}
			line = []string{"find-next", "find-previous"}[rnd.IntN(2)]
		}
	}
}

// TestBothByteOrders: text that is looked for in both byte orders is found where its characters are, not a byte before or behind,
// and what takes its place is written in their order.
func TestBothByteOrders(t *testing.T) {
	withBlocks(t, 1, 3)
	utf16 := func(s string, big bool) (b []byte) {
		for _, r := range s {
			if big {
				b = append(b, byte(r>>8), byte(r))
			} else {
				b = append(b, byte(r), byte(r>>8))
			}
		}
		return b
	}
	for _, big := range []bool{false, true} {
		e := over(utf16("a hello, hello b", big))
		if _, err := run(t, e, `find u"hello`); err != nil || e.Selection() != (mmapdoc.Range{Start: 4, End: 14}) {
			t.Errorf("big %v: %v, %v", big, e.Selection(), err)
		}
		if marks := e.FoundIn(mmapdoc.Range{Start: 3, End: e.Size()}); len(marks) != 2 || marks[0].Start != 4 || marks[1].Start != 18 {
			t.Errorf("big %v: marks %v", big, marks)
		}
		for _, step := range []struct {
			line string
			at   int64
		}{{"find-next", 18}, {"find-next", 4}, {"find-previous", 18}, {"find-previous", 4}} {
			if _, err := run(t, e, step.line); err != nil || e.Selection().Start != step.at {
				t.Errorf("big %v: %s: %v, %v", big, step.line, e.Selection(), err)
			}
		}
		if _, err := run(t, e, `replace u"hello => ☃`); err != nil {
			t.Fatal(err)
		}
		if _, err := run(t, e, "replace-all"); err != nil {
			t.Fatal(err)
		}
		if got, want := contents(t, e), utf16("a ☃, ☃ b", big); !bytes.Equal(got, want) {
			t.Errorf("big %v: % x, want % x", big, got, want)
		}
	}
}

// TestFindWithin: a search behind an @ stays in its range, in every form of it, and the range goes with its bytes.
func TestFindWithin(t *testing.T) {
	rnd := seeded(t)
	withBlocks(t, 4, 16)
	for range 300 {
		b := small(rnd, 20+rnd.IntN(120), 2)
		p := small(rnd, 1+rnd.IntN(4), 2)
		start := rnd.IntN(len(b))
		r := mmapdoc.Range{Start: int64(start), End: int64(start + 1 + rnd.IntN(len(b)-start))}
		var all []int64 // non-overlapping, as a list has them
		overlapping := make(map[int64]bool)
		for i := r.Start; i+int64(len(p)) <= r.End; i++ {
			if bytes.HasPrefix(b[i:], p) {
				overlapping[i] = true
				if len(all) == 0 || i >= all[len(all)-1]+int64(len(p)) {
					all = append(all, i)
				}
			}
		}
		e := over(b)
		line := fmt.Sprintf("find % x @%d:%d", p, r.Start, r.Len())
		if rnd.IntN(2) == 0 && r.Len() > 1 {
			e.Select(r)
			line = fmt.Sprintf("find \"%s\" @sel", p)
		} else {
			e.Jump(rnd.Int64N(int64(len(b))))
		}
		_, err := run(t, e, line)
		if (err == nil) != (len(all) > 0) {
			t.Fatalf("%s in %s: %v, want %v", line, b, err, all)
		}
		if err != nil {
			continue
		}
		for range 8 {
			if sel := e.Selection(); !overlapping[sel.Start] || sel.Len() != int64(len(p)) {
				t.Fatalf("%s in %s: %v, want one of %v", line, b, sel, overlapping)
			}
			run(t, e, []string{"find-next", "find-previous"}[rnd.IntN(2)])
		}
		run(t, e, "hits")
		l := e.Hits()
		var got []int64
		for i := range l.Len() {
			got = append(got, l.At(i).Start)
		}
		if !slices.Equal(got, all) {
			t.Fatalf("hits of %s in %s: %v, want %v", line, b, got, all)
		}
		got = nil
		for _, m := range e.FoundIn(mmapdoc.Range{End: e.Size()}) {
			got = append(got, m.Start)
		}
		if !slices.Equal(got, all) {
			t.Fatalf("marks of %s in %s: %v, want %v", line, b, got, all)
		}
		// What is put in before it moves the range, what is put in within makes it longer.
		e.Jump(r.Start)
		run(t, e, "insert 7a 7a 7a")
		if r.Len() > 1 {
			e.Jump(r.Start + 4)
			run(t, e, "insert 7a")
		}
		w := *e.finding.last.within
		if now := contents(t, e)[w.Start:w.End]; !bytes.Equal(bytes.ReplaceAll(now, []byte("z"), nil), b[r.Start:r.End]) {
			t.Fatalf("after insertions the range %v of %s became %v, which is %q", r, b, w, now)
		}
		before := contents(t, e)
		run(t, e, "replace-with \"\"")
		if e.finding.plan != nil {
			run(t, e, "replace-all")
		}
		after := contents(t, e)
		if want := slices.Concat(before[:w.Start], bytes.ReplaceAll(before[w.Start:w.End], p, nil), before[w.End:]); !bytes.Equal(after, want) {
			t.Fatalf("replace-with nothing after %s: %s became %s, want %s", line, before, after, want)
		}
	}
}

// TestCutWhere: what is a range behind a pattern, and what is a part of it.
func TestCutWhere(t *testing.T) {
	for _, c := range []struct{ s, what, where string }{
		{"89 50 @sel", "89 50", "@sel"},
		{"89 50 @0x10:4K ", "89 50", "@0x10:4K"},
		{`"a text" @sel`, `"a text"`, "@sel"},
		{`"mail me @home`, `"mail me @home`, ""},
		{`"mail me @home"`, `"mail me @home"`, ""},
		{`iu"x" @0:10`, `iu"x"`, "@0:10"},
		{`"a "quoted" @sel`, `"a "quoted"`, "@sel"},
		{`" @sel`, `" @sel`, ""},
		{`/a.b/i @sel`, `/a.b/i`, "@sel"},
		{`/a @b/ @sel`, `/a @b/`, "@sel"},
		{`/a @b`, `/a @b`, ""},
		{`/a\/ @b`, `/a\/ @b`, ""},
		{"@I 42", "@I 42", ""},
		{"@I 42 @sel", "@I 42", "@sel"},
		{"where type == 7 @overlay", "where type == 7", "@overlay"},
		{" @sel", " @sel", ""},
	} {
		if what, where := cutWhere(c.s); what != c.what || where != c.where {
			t.Errorf("%q: %q, %q, want %q, %q", c.s, what, where, c.what, c.where)
		}
	}
	e := over([]byte("abcdef"))
	for _, line := range []string{"find 61 @sel", "find 61 @2", "find 61 @99:1", "find 61 @nothing"} {
		_, err := run(t, e, line)
		t.Log(err)
		if err == nil {
			t.Errorf("%s: no error", line)
		}
	}
}
