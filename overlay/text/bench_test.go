package text

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

func benchDecode(b *testing.B, codec string, h Handler, in []byte) {
	c, err := Lookup(codec)
	if err != nil {
		b.Fatal(err)
	}
	out := make([]byte, 0, 4*len(in))
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		if _, err := c.Decode(out[:0], in, h); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	ascii := []byte(strings.Repeat(rankTexts[0].text, 16<<10))
	mixed := []byte{}
	for _, v := range rankTexts {
		mixed = append(mixed, v.text...)
	}
	mixed = bytes.Repeat(mixed, 1000)
	broken := bytes.Clone(mixed)
	for i := 0; i < len(broken); i += 997 {
		broken[i] = 0xFF
	}
	every := make([]byte, 1<<20)
	for i := range every {
		every[i] = byte(i)
	}
	random := make([]byte, 1<<20) // ASCII and other bytes in no order
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range random {
		random[i] = byte(rng.Uint32())
	}
	b.Run("utf8 replace random", func(b *testing.B) { benchDecode(b, "utf-8", Replace, random) })
	b.Run("latin1 random", func(b *testing.B) { benchDecode(b, "latin-1", Strict, random) })
	b.Run("utf8 strict ascii", func(b *testing.B) { benchDecode(b, "utf-8", Strict, ascii) })
	b.Run("utf8 replace ascii", func(b *testing.B) { benchDecode(b, "utf-8", Replace, ascii) })
	b.Run("utf8 strict mixed", func(b *testing.B) { benchDecode(b, "utf-8", Strict, mixed) })
	b.Run("utf8 replace mixed", func(b *testing.B) { benchDecode(b, "utf-8", Replace, mixed) })
	b.Run("utf8 replace broken", func(b *testing.B) { benchDecode(b, "utf-8", Replace, broken) })
	b.Run("utf8 replace binary", func(b *testing.B) { benchDecode(b, "utf-8", Replace, every) })
	b.Run("latin1", func(b *testing.B) { benchDecode(b, "latin-1", Strict, every) })
	b.Run("cp437", func(b *testing.B) { benchDecode(b, "cp437", Strict, every) })
	b.Run("cp1252 replace", func(b *testing.B) { benchDecode(b, "cp1252", Replace, every) })
	b.Run("cp037", func(b *testing.B) { benchDecode(b, "cp037", Strict, every) })
	b.Run("koi8-r ascii", func(b *testing.B) { benchDecode(b, "koi8-r", Strict, ascii) })
	for _, name := range []string{"shift_jis", "gb18030", "utf-16-le", "iso2022_jp"} {
		c, _ := Lookup(name)
		in, _ := c.Encode(nil, strings.Repeat(rankTexts[5].text, 1000), Replace)
		b.Run(name, func(b *testing.B) { benchDecode(b, name, Strict, in) })
	}
}

// BenchmarkChars is a frame of the text panel: 4 KiB with the bytes of every character.
func BenchmarkChars(b *testing.B) {
	frame := []byte(strings.Repeat(rankTexts[3].text, 40))[:4096]
	noise := make([]byte, 4096)
	for i := range noise {
		noise[i] = byte(i * 7)
	}
	for name, in := range map[string][]byte{"text": frame, "noise": noise} {
		b.Run(name, func(b *testing.B) {
			c, _ := Lookup("utf-8")
			b.SetBytes(int64(len(in)))
			for b.Loop() {
				if err := c.Chars(in, Replace, func(Char) bool { return true }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
