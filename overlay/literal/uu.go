package literal

import "strings"

// uuLine is the number of bytes on a full line of uuencode.
const uuLine = 45

// appendUU appends one line of at most 45 bytes, as binascii.b2a_uu writes it: zero is a space.
func appendUU(dst, b []byte) []byte {
	dst = append(dst, ' '+byte(len(b)))
	for ; len(b) > 0; b = b[min(3, len(b)):] {
		var t [3]byte
		copy(t[:], b)
		dst = append(dst, ' '+t[0]>>2, ' '+(t[0]<<4|t[1]>>4)&63, ' '+(t[1]<<2|t[2]>>6)&63, ' '+t[2]&63)
	}
	return append(dst, '\n')
}

// parseUU reads "begin MODE NAME", lines, and "end". Trailing spaces, which are zeros, may have been lost.
func parseUU(s string) ([]byte, error) {
	var out []byte
	state := 0 // before begin, inside, after the line of length zero
	for start, text := range splitLines(s) {
		switch {
		case state == 0 && strings.HasPrefix(text, "begin "):
			state = 1
		case state == 0 && strings.TrimSpace(text) == "":
		case state == 0:
			return nil, errAt(start, "uuencode: expected \"begin MODE NAME\"")
		case strings.TrimSpace(text) == "end" && (state == 2 || len(text) == 3):
			return out, nil
		case state == 2 && strings.TrimSpace(text) == "":
		case state == 2:
			return nil, errAt(start, "uuencode: expected \"end\"")
		case strings.TrimSpace(text) == "" || text[0] == '`':
			state = 2
		default:
			n := int(text[0]-' ') & 63
			digits := text[1:]
			for i := 0; n > 0; i += 4 {
				var d [4]byte
				for k := range d {
					c := byte(' ')
					if i+k < len(digits) {
						c = digits[i+k]
					}
					if c < ' ' || c > '`' {
						return nil, errAt(start+1+i+k, "uuencode: illegal character")
					}
					d[k] = (c - ' ') & 63
				}
				t := [3]byte{d[0]<<2 | d[1]>>4, d[1]<<4 | d[2]>>2, d[2]<<6 | d[3]}
				m := min(n, 3)
				out = append(out, t[:m]...)
				n -= m
			}
		}
	}
	return nil, errAt(len(s), "uuencode: the end is missing")
}
