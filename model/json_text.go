package model

import (
	"strconv"

	"hexlay/overlay/text"
)

// AppendJSONString appends s, WTF-8, as a JSON string.
func AppendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	dst = AppendJSONText(dst, []byte(s))
	return append(dst, '"')
}

// AppendJSONText appends the inside of a JSON string. s is WTF-8; lone surrogates and all that is not printable are
// escaped, so that nothing in it acts on a terminal, and bytes that are no text stand as U+FFFD.
func AppendJSONText(dst, s []byte) []byte {
	for len(s) > 0 {
		n := 0
		for n < len(s) && s[n] >= 0x20 && s[n] < 0x7f && s[n] != '"' && s[n] != '\\' {
			n++
		}
		dst = append(dst, s[:n]...)
		s = s[n:]
		if len(s) == 0 {
			break
		}
		r, size := text.DecodeRune(s)
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, '\\', 'n')
		case r == '\r':
			dst = append(dst, '\\', 'r')
		case r == '\t':
			dst = append(dst, '\\', 't')
		case strconv.IsPrint(r):
			dst = text.AppendRune(dst, r)
		case r > 0xffff:
			r -= 0x10000
			dst = appendJSONEscape(appendJSONEscape(dst, 0xd800+r>>10), 0xdc00+r&0x3ff)
		default:
			dst = appendJSONEscape(dst, r)
		}
		s = s[size:]
	}
	return dst
}

func appendJSONEscape(dst []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	return append(dst, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}

// AppendJSONRange appends the member "range".
func AppendJSONRange(dst []byte, start, end int64) []byte {
	dst = append(dst, `"range":[`...)
	dst = strconv.AppendInt(dst, start, 10)
	dst = append(dst, ',')
	dst = strconv.AppendInt(dst, end, 10)
	return append(dst, ']')
}
