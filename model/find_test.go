package model

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
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
