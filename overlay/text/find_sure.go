package text

import "unicode/utf8"

// longRun is the number of characters from which on a run need not be bounded to be taken for text.
const longRun = 8

// bounds tells whether texts end before and behind r: at the zero that ends a string in memory, a line end, a length, a byte order mark.
func bounds(r rune) bool { return r >= 0 && r < ' ' || r == 0xfeff }

// isText tells whether a run of UTF-16 or UTF-32 that is not all ASCII is probably text. Its letters are of one script, beside Latin ones; nearly
// all its characters are among the common ones; not all its units are two characters of ASCII each; and if it is short, it is
// bounded. Of random bytes hardly a run passes, of programs few; of Chinese, Japanese or Korean text nearly all does.
func isText(s string, bounded bool) bool {
	if !bounded {
		return false
	}
	n, rare, far, twins := 0, 0, 0, 0
	var one script
	for _, r := range s {
		n++
		t := traitOf(r)
		least, letters := uint8(commonWeight), t.script
		switch letters {
		case kanaScript: // Japanese has both
			letters = hanScript
		case cyrillicScript: // of which those that Russian has not are below
			least = 50
		}
		if t.weight < least {
			rare++
			continue
		}
		if letters == noScript || r < utf8.RuneSelf {
			continue
		}
		far++
		if printableASCII(byte(r)) && printableASCII(byte(r>>8)) {
			twins++
		}
		if letters == latinScript {
			continue
		}
		if one != noScript && one != letters {
			return false
		}
		one = letters
	}
	return 10*rare <= n && 4*twins <= 3*far
}

// emitASCII hands over the ASCII in a run that is none as a whole.
func (p *phase) emitASCII(emit func(Run)) {
	at, from, n := p.start, int64(0), 0
	var text []byte
	end := func() {
		if n >= p.least && at <= p.end {
			emit(Run{from, at, string(text)})
		}
		n, text = 0, text[:0]
	}
	for i := 0; i < len(p.text); {
		r, w := utf8.DecodeRune(p.text[i:])
		if r == utf8.RuneError && w == 1 {
			w = min(3, len(p.text)-i) // a lone surrogate
		}
		size := int64(p.width)
		if r >= 0x10000 && p.width == 2 {
			size = 4
		}
		if r < utf8.RuneSelf {
			if n == 0 {
				from = at
			}
			n++
			text = append(text, byte(r))
		} else {
			end()
		}
		at += size
		i += w
	}
	end()
}
