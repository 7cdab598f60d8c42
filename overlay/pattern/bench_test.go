package pattern

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// BenchmarkSearch is the speed within one window. `bench/find` measures whole searches.
func BenchmarkSearch(b *testing.B) {
	const n = 4 << 20
	random := make([]byte, n)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range random {
		random[i] = byte(rnd.Uint32())
	}
	text := bytes.Repeat([]byte("The quick brown fox jumps over the lazy dog, 1234567 times a day.\n"), n/66)
	zeros := make([]byte, n)
	abab := bytes.Repeat([]byte("ab"), n/2)
	hex := func(s string) *Pattern { p, _ := Hex(s); return p }
	re := func(s string) *Pattern { p, _ := Regexp(s, false); return p }
	long, _ := Bytes(append(bytes.Repeat([]byte("ab"), 500), "bb"...))
	fold, _ := Regexp("needle", true)
	for _, c := range []struct {
		name string
		hay  []byte
		p    *Pattern
	}{
		{"2 random", random, hex("89 50")},
		{"4 random", random, hex("89 50 4e 47")},
		{"16 random", random, hex("89 50 4e 47 89 50 4e 47 89 50 4e 47 89 50 4e 47")},
		{"masked random", random, hex("89 ?? 4? 47")},
		{"nibbles random", random, hex("8? ?9 4? ?7")},
		{"00…01 zeros", zeros, hex("00 00 00 00 00 00 00 01")},
		{"abab…bb", abab, hex("61 62 61 62 61 62 61 62 61 62 61 62 61 62 62 62")},
		{"abab…bb long", abab, long},
		{"text", text, re("needle")},
		{"text fold", text, fold},
		{"regexp literal", text, re(`needle\d+`)},
		{"regexp literal inside", text, re(`\w+needle\d+`)},
		{"regexp literal random", random, re(`key=\d+`)},
		{"regexp plain random", random, re(`[a-f][0-9]{3}[x-z]`)},
		{"regexp plain text", text, re(`[0-9]{3}[a-z]{2}`)},
		{"alternatives", random, hex("(89 50|4e 47 0d) 1a")},
		{"not 00", zeros, hex("!00")},
	} {
		b.Run(c.name, func(b *testing.B) {
			m := c.p.NewMatcher()
			b.SetBytes(int64(len(c.hay)))
			for b.Loop() {
				m.Window(c.hay, len(c.hay))
				for from := 0; ; {
					_, e, ok := m.Next(from)
					if !ok {
						break
					}
					from = e
				}
			}
		})
	}
}
