package literal

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// parseStrings reads one or more string literals of C, Go, Java or Rust in a row: "…", '…', `…` and br#"…"#. Text beyond
// ASCII is UTF-8.
func parseStrings(s string) ([]byte, error) {
	var out []byte
	for i := 0; i < len(s); {
		if isSpace(s[i]) {
			i++
			continue
		}
		if s[i] == 'b' || s[i] == 'c' {
			hashes := 0
			for i+2+hashes < len(s) && s[i+2+hashes] == '#' {
				hashes++
			}
			end := `"` + strings.Repeat("#", hashes)
			from := i + 2 + hashes + 1
			if !strings.HasPrefix(s[i+1:], "r#") || from > len(s) || s[from-1] != '"' {
				return nil, errAt(i, "%s follows the string", quoteAt(s, i))
			}
			n := strings.Index(s[from:], end)
			if n < 0 {
				return nil, errAt(i, "the string is not closed")
			}
			out = append(out, lineFeeds(s[from:from+n])...)
			i = from + n + len(end)
			continue
		}
		q := s[i]
		if q != '"' && q != '\'' && q != '`' {
			if len(out) > 0 && q == ';' && strings.TrimSpace(s[i+1:]) == "" {
				return out, nil
			}
			return nil, errAt(i, "%s follows the string", quoteAt(s, i))
		}
		end := i + 1
		for end < len(s) && s[end] != q {
			if s[end] == '\\' && q != '`' {
				end++
			}
			end++
		}
		if end >= len(s) {
			return nil, errAt(i, "the string is not closed")
		}
		if q == '`' {
			out = append(out, lineFeeds(s[i+1:end])...)
		} else {
			b, err := unescapeC(s[i+1:end], i+1)
			if err != nil {
				return nil, err
			}
			out = append(out, b...)
		}
		i = end + 1
	}
	return out, nil
}

// unescapeC resolves the escapes that C, Go, Java and Rust strings share. \x takes two digits, as in Go and Rust; C, where
// all hexadecimal digits that follow count, makes another value of a third one. pos is where s starts in the text.
func unescapeC(s string, pos int) ([]byte, error) {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\\' {
			out = append(out, c)
			continue
		}
		start := i
		i++
		if i == len(s) {
			return nil, errAt(pos+start, "a backslash ends the string")
		}
		switch c = s[i]; c {
		case '\n': // line continuation; Rust also drops the indent, C and Python do not
		case '\r':
			if i+1 < len(s) && s[i+1] == '\n' {
				i++
			}
		case '\\', '\'', '"', '?', '`':
			out = append(out, c)
		case 'e':
			out = append(out, 0x1b)
		case 'x':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return nil, errAt(pos+start, `\x takes two hexadecimal digits`)
			}
			out = append(out, hexValue(s[i+1])<<4|hexValue(s[i+2]))
			i += 2
		case 'u', 'U':
			r, n := rune(-1), 0
			if strings.HasPrefix(s[i+1:], "{") { // Rust
				if k := strings.IndexByte(s[i:], '}'); k > 0 {
					r, n = parseRune(s[i+2:i+k]), k
				}
			} else if n = 4; c == 'U' {
				n = 8
			}
			if r < 0 && i+1+n <= len(s) && n >= 4 && s[i+1] != '{' {
				r = parseRune(s[i+1 : i+1+n])
			}
			if r < 0 || !utf8.ValidRune(r) {
				return nil, errAt(pos+start, `\%c takes the code point of a character`, c)
			}
			out = utf8.AppendRune(out, r)
			i += n
		case '0', '1', '2', '3', '4', '5', '6', '7':
			v, n := octal(s[i:])
			if v > 255 {
				return nil, errAt(pos+start, "%s does not fit a byte", quote(s[start:i+n]))
			}
			out = append(out, byte(v))
			i += n - 1
		default:
			k := strings.IndexByte("abfnrtv", c)
			if k < 0 {
				return nil, errAt(pos+start, "unknown escape \\%s", strings.Trim(quoteAt(s, i), `"`))
			}
			out = append(out, "\a\b\f\n\r\t\v"[k])
		}
	}
	return out, nil
}

func parseRune(hex string) rune {
	v, err := strconv.ParseUint(hex, 16, 31)
	if err != nil {
		return -1
	}
	return rune(v)
}

// quote quotes a piece of the text for a message.
func quote(s string) string { return strconv.Quote(clip(s)) }

// clip shortens a piece of the text for a message.
func clip(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}
