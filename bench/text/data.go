package main

import (
	"fmt"
	"math/rand/v2"
	"unicode"

	"hexlay/overlay/text"
)

// words is about n bytes of words of random letters, each from one of the alphabets, as UTF-8.
func words(rng *rand.Rand, n int, alphabets ...[]rune) string {
	b := make([]rune, 0, n/2)
	for size := 0; size < n; {
		a := alphabets[rng.IntN(len(alphabets))]
		for range 2 + rng.IntN(8) {
			r := a[rng.IntN(len(a))]
			b, size = append(b, r), size+len(string(r))
		}
		b, size = append(b, ' '), size+1
		if rng.IntN(12) == 0 {
			b[len(b)-1] = '\n'
		}
	}
	return string(b)
}

func between(first, last rune) (a []rune) {
	for r := first; r <= last; r++ {
		a = append(a, r)
	}
	return a
}

var (
	latin    = append(between('a', 'z'), between('A', 'Z')...)
	accented = append(between('a', 'z'), []rune("äöüßéèêáàçñøåæœ")...)
	cyrillic = between('а', 'я')
	kana     = append(between('ぁ', 'ん'), between('ァ', 'ン')...)
	han      = between('一', '丿')
	hangul   = between('가', '갛')
	emoji    = between('😀', '😏')
)

// mixedText is half Latin, and the rest Cyrillic, Chinese, Japanese, Korean and emoji.
func mixedText(rng *rand.Rand, n int) []byte {
	return []byte(words(rng, n, latin, latin, latin, accented, accented, cyrillic, han, kana, hangul, emoji))
}

// spoil puts a byte that is no UTF-8 in the place of every hundredth one or so.
func spoil(rng *rand.Rand, b []byte) []byte {
	b = append([]byte(nil), b...)
	for i := rng.IntN(200); i < len(b); i += 1 + rng.IntN(200) {
		b[i] = 0xff
	}
	return b
}

// singleByte reports whether each byte is one character or an error in c, whatever stands around it, and gives the bytes
// that are a character.
func singleByte(c *text.Codec) (valid []byte, ok bool) {
	for b := range 256 {
		s, err := c.Decode(nil, []byte{byte(b)}, text.Strict)
		switch {
		case err != nil:
		case text.RuneCount(string(s)) == 1:
			valid = append(valid, byte(b))
		default: // a shift or an escape
			return nil, false
		}
	}
	// In a codec of several bytes a character, some pair is another text than its two bytes.
	var s []byte
	for pair := range 1 << 16 {
		var err error
		s, err = c.Decode(s[:0], []byte{byte(pair >> 8), byte(pair)}, text.Replace)
		if err != nil || text.RuneCount(string(s)) != 2 {
			return nil, false
		}
	}
	return valid, len(valid) > 0
}

// nativeText is n bytes of words in a single-byte codec, half of them in ASCII letters and half in the codec's others.
func nativeText(rng *rand.Rand, c *text.Codec, valid []byte, n int) []byte {
	var ascii, other []byte
	for _, b := range valid {
		s, _ := c.Decode(nil, []byte{b}, text.Strict)
		switch r, _ := text.DecodeRune(s); {
		case r < 0x80 && unicode.IsLetter(r):
			ascii = append(ascii, b)
		case unicode.IsLetter(r):
			other = append(other, b)
		}
	}
	if len(other) == 0 {
		other = ascii
	}
	blank, err := c.Encode(nil, " ", text.Strict)
	if err != nil || len(ascii) == 0 {
		return random(rng, valid, n)
	}
	out := make([]byte, 0, n+10)
	for len(out) < n {
		a := ascii
		if rng.IntN(2) == 0 {
			a = other
		}
		for range 2 + rng.IntN(8) {
			out = append(out, a[rng.IntN(len(a))])
		}
		out = append(out, blank...)
	}
	return out[:n]
}

// random is n bytes out of the valid ones, all equally likely.
func random(rng *rand.Rand, valid []byte, n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = valid[rng.IntN(len(valid))]
	}
	return out
}

// encoded is text in a codec; characters that the codec does not have are left out.
func encoded(codec, s string) ([]byte, error) {
	c, err := text.Lookup(codec)
	if err != nil {
		return nil, err
	}
	b, err := c.Encode(nil, s, text.Ignore)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", codec, err)
	}
	return b, nil
}
