package pystruct

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDigits is the length of the longest number that is read. No field holds one as long.
const maxDigits = 1000

// ParseValue reads what a person types for value i, and checks that it can be packed.
//
// Numbers: 42, -1, 0x2a, 0o52, 0b101, 1_000, 1.5, 1e-3, nan, inf, true, False.
// Bytes, for 'c', 's' and 'p': b'\x00\n' with Python's escapes, 'text' and "text" with the same escapes and taken as
// UTF-8, hex:89 50, and anything else as it stands.
// For '?' all of these, of which Python's truth value counts.
func (f *Format) ParseValue(i int64, text string) (Value, error) {
	r := f.runOf(i)
	v, err := r.parse(text, f.order.native)
	if err == nil {
		err = r.check(v)
	}
	if err == nil && r.isFloat() {
		var b [8]byte
		err = r.putFloat(b[:r.size], v, f.order.native)
	}
	if err != nil {
		return Value{}, fmt.Errorf("%s (%s): %w", f.Name(i), typeName(r.code, r.op, r.size), err)
	}
	return v, nil
}

// ParseValues reads one text for each value of a record, as the arguments of a command line.
func (f *Format) ParseValues(texts []string) ([]Value, error) {
	if int64(len(texts)) != f.values {
		return nil, fmt.Errorf("pack expected %d items for packing (got %d)", f.values, len(texts))
	}
	vs := make([]Value, len(texts))
	for i, t := range texts {
		v, err := f.ParseValue(int64(i), t)
		if err != nil {
			return nil, err
		}
		vs[i] = v
	}
	return vs, nil
}

func (r *run) parse(text string, native bool) (Value, error) {
	switch r.op {
	case opChar, opString, opPascal:
		return parseBytes(text)
	}
	s := strings.TrimSpace(text)
	switch strings.ToLower(s) {
	case "true":
		return Bool(true), nil
	case "false":
		return Bool(false), nil
	}
	if n, ok := parseInt(s); ok {
		return r.fromBig(n, native)
	}
	if x, ok := parseFloat(s); ok {
		return Float(x), nil
	}
	if isQuoted(s) {
		return parseBytes(s)
	}
	switch {
	case r.op == opBool:
		return Value{}, fmt.Errorf("%s is no value: expected true, false, a number or a quoted text", brief(text))
	case r.isFloat():
		return Value{}, fmt.Errorf("%w: %s", errNotFloat, brief(text))
	}
	return Value{}, fmt.Errorf("%w: %s", errNotInt, brief(text))
}

// brief quotes text for a message, not more than a line of it.
func brief(text string) string {
	if len(text) > 40 {
		return strconv.Quote(text[:40]) + "…"
	}
	return strconv.Quote(text)
}

// parseInt reads a Python int literal with an optional sign; leading zeros are no octal and allowed, as in int("007").
func parseInt(s string) (*big.Int, bool) {
	sign, digits := "", s
	if s != "" && (s[0] == '-' || s[0] == '+') {
		sign, digits = s[:1], s[1:]
	}
	base := 10
	if len(digits) > 2 && digits[0] == '0' {
		switch digits[1] | 0x20 {
		case 'x':
			base = 16
		case 'o':
			base = 8
		case 'b':
			base = 2
		}
	}
	if base != 10 {
		digits = strings.TrimPrefix(digits[2:], "_")
	}
	if digits == "" || len(digits) > maxDigits || strings.HasPrefix(digits, "_") || strings.HasSuffix(digits, "_") || strings.Contains(digits, "__") {
		return nil, false
	}
	digits = strings.ReplaceAll(digits, "_", "")
	if c := digits[0]; c == '-' || c == '+' { // big.Int would take a second sign
		return nil, false
	}
	return new(big.Int).SetString(sign+digits, base)
}

// parseFloat reads what float() of Python reads, white space aside.
func parseFloat(s string) (float64, bool) {
	if len(s) > maxDigits || strings.ContainsAny(s, "xXpP") { // Go also reads hexadecimal floats
		return 0, false
	}
	digits := strings.ReplaceAll(s, "_", "")
	for i := range len(s) { // an underscore stands between digits
		if s[i] == '_' && (i == 0 || i == len(s)-1 || !isDigit(s[i-1]) || !isDigit(s[i+1])) {
			return 0, false
		}
	}
	x, err := strconv.ParseFloat(digits, 64)
	if err != nil && x == 0 {
		return 0, false // not a number; too large a one is inf, in Python too
	}
	if x != x {
		x = math.Float64frombits(infBits | quietBit) // Python's nan; Go's has a payload
	}
	return x, true
}

// isQuoted says whether s is written as a Python literal of text or bytes.
func isQuoted(s string) bool {
	s = strings.TrimLeft(s, "bB")
	return len(s) >= 2 && (s[0] == '\'' || s[0] == '"') && s[len(s)-1] == s[0]
}

func parseBytes(text string) (Value, error) {
	if rest, ok := strings.CutPrefix(text, "hex:"); ok {
		digits := strings.Join(strings.Fields(rest), "")
		b, err := hex.DecodeString(digits)
		if err != nil {
			return Value{}, fmt.Errorf("%s: expected pairs of hexadecimal digits after hex:", brief(text))
		}
		return Bytes(b), nil
	}
	s := text
	isBytes := s != "" && s[0]|0x20 == 'b'
	if isBytes {
		s = s[1:]
	}
	if len(s) < 2 || s[0] != '\'' && s[0] != '"' || s[len(s)-1] != s[0] {
		return Bytes([]byte(text)), nil
	}
	b, err := unescape(s[1:len(s)-1], s[0], isBytes)
	if err != nil {
		return Value{}, fmt.Errorf("%s: %w", brief(text), err)
	}
	return Bytes(b), nil
}

// unescape resolves the escapes of a Python bytes literal. An unknown one stands for itself, backslash included.
func unescape(s string, quote byte, asciiOnly bool) ([]byte, error) {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == quote {
			return nil, fmt.Errorf("a quote inside the text is written \\%c", quote)
		}
		if c >= utf8.RuneSelf && asciiOnly {
			return nil, fmt.Errorf("bytes can only contain ASCII literal characters")
		}
		if c != '\\' {
			out = append(out, c)
			continue
		}
		i++
		if i == len(s) {
			return nil, fmt.Errorf("the last quote is escaped")
		}
		switch c = s[i]; c {
		case '\n':
		case '\\', '\'', '"':
			out = append(out, c)
		case 'a':
			out = append(out, '\a')
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'v':
			out = append(out, '\v')
		case '0', '1', '2', '3', '4', '5', '6', '7':
			n := 0
			j := i
			for ; j < len(s) && j < i+3 && s[j] >= '0' && s[j] <= '7'; j++ {
				n = n*8 + int(s[j]-'0')
			}
			out = append(out, byte(n))
			i = j - 1
		case 'x':
			if i+2 >= len(s) {
				return nil, fmt.Errorf("\\x takes two hexadecimal digits")
			}
			b, err := hex.DecodeString(s[i+1 : i+3])
			if err != nil {
				return nil, fmt.Errorf("\\x takes two hexadecimal digits")
			}
			out = append(out, b[0])
			i += 2
		default:
			out = append(out, '\\')
			i-- // c again, by itself: it may be beyond ASCII
		}
	}
	return out, nil
}
