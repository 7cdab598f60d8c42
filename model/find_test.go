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
