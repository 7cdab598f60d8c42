package literal

import (
	"encoding/hex"
	"strings"
)

// FromHex is bytes.fromhex of Python: pairs of digits with ASCII white space between the pairs only.
func FromHex(s string) ([]byte, error) {
	bad := func(i int) error {
		return errAt(i, "non-hexadecimal number found in fromhex() arg")
	}
	for i := range len(s) {
		if s[i] >= 0x80 {
			return nil, bad(i) // Python looks for these first
		}
	}
	out := make([]byte, 0, len(s)/2)
	for i := 0; i < len(s); {
		if isSpace(s[i]) {
			i++
			continue
		}
		if !isHex(s[i]) {
			return nil, bad(i)
		}
		if i+1 == len(s) || !isHex(s[i+1]) {
			return nil, bad(i + 1)
		}
		out = append(out, hexValue(s[i])<<4|hexValue(s[i+1]))
		i += 2
	}
	return out, nil
}

// Hex is bytes.hex(sep, n) of Python: sep between groups of n bytes counted from the right, or from the left when n
// is negative. No separator for n = 0.
func Hex(b []byte, sep string, n int) string {
	size := n
	if n < 0 {
		size = -n
	}
	if size <= 0 || sep == "" || len(b) <= size { // -n of the smallest int is negative, and larger than any b
		return hex.EncodeToString(b)
	}
	first := size
	if n > 0 {
		first = (len(b)-1)%size + 1
	}
	out := make([]byte, 0, len(b)*2+(len(b)/size+1)*len(sep))
	out = hex.AppendEncode(out, b[:first])
	for b = b[first:]; len(b) > 0; b = b[min(size, len(b)):] {
		out = append(out, sep...)
		out = hex.AppendEncode(out, b[:min(size, len(b))])
	}
	return string(out)
}

// ParseHex reads hexadecimal in any common notation: "89 50 4e 47", "89504e47", "89:50:4e", "89-50", "0x89, 0x50",
// "\x89\x50", "$89,$50", "89h 50h", "%89%50", "x'8950'", arrays, and the dumps of xxd and hexdump. A number of more
// than two digits, "0x8950", is its bytes in the order written. Errors are [*ParseError].
func ParseHex(s string) ([]byte, error) {
	start := len(s) - len(strings.TrimLeft(s, " \t\r\n\v\f"))
	b, _, err := parseHex(strings.TrimRight(s[start:], " \t\r\n\v\f"))
	return b, shift(err, start)
}

func parseHex(s string) ([]byte, Notation, error) {
	if s == "" {
		return nil, AsHex, errAt(0, "no bytes: the text is empty")
	}
	if isDump(s) {
		b, err := parseDump(s)
		return b, AsDump, err
	}
	if strings.ContainsAny(s, "{[") {
		return parseArray(s)
	}
	if len(s) >= 3 && s[0]|0x20 == 'x' && (s[1] == '\'' || s[1] == '"') && s[len(s)-1] == s[1] { // SQL
		b, _, err := parseDigits(s[2:len(s)-1], 2)
		return b, AsHex, err
	}
	return parseDigits(s, 0)
}

// hexPrefixes stand before the digits of one number. Case does not matter.
var hexPrefixes = []string{"0x", `\x`, "&h", "$", "#", "%"}

// parseDigits reads numbers and separators. pos is where s starts in the text.
func parseDigits(s string, pos int) ([]byte, Notation, error) {
	out := make([]byte, 0, len(s)/2)
	plain := true
	for i := 0; i < len(s); {
		// "89 ", which most is made of.
		if i+2 < len(s) && s[i+2] == ' ' && isHex(s[i]) && isHex(s[i+1]) {
			out = append(out, hexValue(s[i])<<4|hexValue(s[i+1]))
			plain = false
			i += 3
			continue
		}
		if c := s[i]; isSpace(c) || strings.IndexByte(",;:-_.", c) >= 0 {
			plain = plain && isSpace(c)
			i++
			continue
		}
		prefix := ""
		for _, p := range hexPrefixes {
			if (s[i] == p[0]) && len(s)-i >= len(p) && strings.EqualFold(s[i:i+len(p)], p) {
				prefix = p
			}
		}
		start := i + len(prefix)
		end := start
		for end < len(s) && isHex(s[end]) {
			// "\x89\x50" ends at the backslash; "0x890x50" must not be read as 89 0 x50.
			if end+1 < len(s) && s[end] == '0' && s[end+1]|0x20 == 'x' && end > start && prefix == "0x" {
				break
			}
			end++
		}
		switch n := end - start; {
		case n == 0 && start < len(s):
			return nil, AsHex, errAt(pos+start, "%s is no hexadecimal digit", quoteAt(s, start))
		case n == 0:
			return nil, AsHex, errAt(pos+start, "hexadecimal digits are missing after %s", prefix)
		case n%2 == 1 && !(n == 1 && prefix != ""):
			return nil, AsHex, errAt(pos+start, "%q is an odd number of hexadecimal digits", clip(s[start:end]))
		case n == 1:
			out = append(out, hexValue(s[start]))
		default:
			for k := start; k < end; k += 2 {
				out = append(out, hexValue(s[k])<<4|hexValue(s[k+1]))
			}
		}
		plain = plain && prefix == "" && (end-start > 2 || len(s) <= 2)
		i = end
		if prefix == "" && i < len(s) && s[i]|0x20 == 'h' {
			i++
			plain = false
			if i < len(s) && isAlnum(s[i]) {
				return nil, AsHex, errAt(pos+i, "%s follows the suffix h", quoteAt(s, i))
			}
		}
	}
	if len(out) == 0 {
		return nil, AsHex, errAt(pos, "no bytes: there are only separators")
	}
	if plain {
		return out, AsPlain, nil
	}
	return out, AsHex, nil
}

// quoteAt quotes the character at s[i] for a message.
func quoteAt(s string, i int) string {
	for j := range s[i:] {
		if j > 0 {
			return quote(s[i : i+j])
		}
	}
	return quote(s[i:])
}
