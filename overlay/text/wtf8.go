package text

import "unicode/utf8"

// DecodeRune reads the first character of WTF-8 text, as utf8.DecodeRune does, but gives a lone surrogate (ED A0..BF
// 80..BF) as itself with width 3. It returns (utf8.RuneError, 1) for other invalid bytes and (utf8.RuneError, 0) for none.
func DecodeRune(b []byte) (rune, int) {
	if len(b) >= 3 && b[0] == 0xED && b[1]&0xE0 == 0xA0 && b[2]&0xC0 == 0x80 {
		return 0xD000 | rune(b[1]&0x3F)<<6 | rune(b[2]&0x3F), 3
	}
	return utf8.DecodeRune(b)
}

// DecodeRuneInString is DecodeRune for a string.
func DecodeRuneInString(s string) (rune, int) {
	if len(s) >= 3 && s[0] == 0xED && s[1]&0xE0 == 0xA0 && s[2]&0xC0 == 0x80 {
		return 0xD000 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F), 3
	}
	return utf8.DecodeRuneInString(s)
}

// AppendRune appends r as WTF-8: a surrogate as three bytes, anything else as utf8.AppendRune.
func AppendRune(b []byte, r rune) []byte {
	if isSurrogate(r) {
		return append(b, 0xED, 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
	}
	return utf8.AppendRune(b, r)
}

// RuneCount is the number of characters of WTF-8 text, the unit of EncodeError's positions.
func RuneCount(s string) int {
	n := 0
	for i := 0; i < len(s); n++ {
		_, w := DecodeRuneInString(s[i:])
		i += w
	}
	return n
}

func isSurrogate(r rune) bool { return r&^0x7FF == 0xD800 }
func isHigh(r rune) bool      { return r&^0x3FF == 0xD800 }
func isLow(r rune) bool       { return r&^0x3FF == 0xDC00 }

func joinSurrogates(hi, lo rune) rune { return 0x10000 + (hi&0x3FF)<<10 + lo&0x3FF }

func runesOf(s string) []rune {
	out := make([]rune, 0, len(s))
	for i := 0; i < len(s); {
		r, w := DecodeRuneInString(s[i:])
		out = append(out, r)
		i += w
	}
	return out
}
