package mmapdoc

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestSpoolSmallReads: small reads, one after the other and anywhere, while more is written.
func TestSpoolSmallReads(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	seed := randomSeed()
	t.Logf("HEXLAY_SEED=%d", seed)
	rnd := rand.New(rand.NewPCG(seed, 3))
	s := newSpool(1000)
	defer s.Close()
	var want []byte
	at := 0
	for range 4000 {
		if rnd.IntN(4) == 0 {
			more := make([]byte, rnd.IntN(3000))
			for i := range more {
				more[i] = byte(rnd.Uint32())
			}
			want = append(want, more...)
			if _, err := s.Write(more); err != nil {
				t.Fatal(err)
			}
		}
		if len(want) == 0 {
			continue
		}
		if at += rnd.IntN(8); rnd.IntN(50) == 0 || at >= len(want) {
			at = rnd.IntN(len(want))
		}
		n := min(1+rnd.IntN(40)*rnd.IntN(40), len(want)-at)
		var got []byte
		if err := s.view(int64(at), int64(n), func(b []byte) error { got = append(got, b...); return nil }); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want[at:at+n]) {
			t.Fatalf("[%d, %d) of %d: other bytes", at, at+n, len(want))
		}
		at += n
	}
	if s.ahead.Load() == nil {
		t.Error("nothing was read ahead")
	}
}
