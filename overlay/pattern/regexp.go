package pattern

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// Regexp reads a regular expression over bytes, in the syntax of Go's regexp with these differences: \xff and [\x80-\xff]
// are single bytes; what is not ASCII stands for its bytes in UTF-8, and not inside of [ ]; \p is unknown. As there, "."
// is any byte but \n unless (?s), and ^ and $ are the ends of everything unless (?m). Errors are *SyntaxError.
func Regexp(s string, ignoreCase bool) (*Pattern, error) {
	t := translation{src: s}
	if err := t.translate(); err != nil {
		return nil, err
	}
	flags := syntax.ClassNL | syntax.OneLine | syntax.PerlX
	if ignoreCase {
		flags |= syntax.FoldCase
	}
	re, err := syntax.Parse(t.out.String(), flags)
	if err != nil {
		return nil, t.explain(err)
	}
	return compile(re)
}

// translation writes an expression with its bytes as the runes of toRune.
type translation struct {
	src string
	out strings.Builder
	at  []int // for each byte of out, where it comes from
}

func (t *translation) emit(pos int, s string) {
	t.out.WriteString(s)
	for range len(s) {
		t.at = append(t.at, pos)
	}
}

func (t *translation) emitByte(pos int, b byte) { t.emit(pos, fmt.Sprintf(`\x{%x}`, toRune(b))) }

func (t *translation) translate() error {
	s := t.src
	class, quoted := false, false
	classStart := 0
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case quoted:
			if strings.HasPrefix(s[i:], `\E`) {
				quoted = false
				t.emit(i, `\E`)
				i += 2
				continue
			}
			if c < 0x80 {
				t.emit(i, s[i:i+1])
			} else { // a quotation cannot hold it: it is closed for that byte
				t.emit(i, `\E`)
				t.emitByte(i, c)
				t.emit(i, `\Q`)
			}
			i++
		case c == '\\':
			n, err := t.escape(i)
			if err != nil {
				return err
			}
			quoted = !class && strings.HasPrefix(s[i:], `\Q`)
			i += n
		case c >= 0x80 && class:
			return errAt(i, "inside of [ ] stand bytes: ASCII or \\x80 to \\xff")
		case c >= 0x80:
			_, n := utf8.DecodeRuneInString(s[i:])
			t.emit(i, "(?:")
			for k := range n {
				t.emitByte(i, s[i+k])
			}
			t.emit(i, ")")
			i += n
		case c == '[' && !class:
			class, classStart = true, i
			t.emit(i, "[")
			i++
			if i < len(s) && s[i] == '^' {
				t.emit(i, "^")
				i++
			}
			if i < len(s) && s[i] == ']' {
				t.emit(i, "]")
				i++
			}
		case c == '[' && class && strings.HasPrefix(s[i:], "[:"):
			k := strings.Index(s[i:], ":]")
			if k < 0 {
				k = 0
			}
			t.emit(i, s[i:i+k+1])
			i += k + 1
		case c == ']' && class:
			class = false
			t.emit(i, "]")
			i++
		default:
			t.emit(i, s[i:i+1])
			i++
		}
	}
	if class {
		return errAt(classStart, "a ] is missing")
	}
	return nil
}

// escape translates what begins with the backslash at i and returns its length.
func (t *translation) escape(i int) (int, error) {
	s := t.src[i:]
	if len(s) < 2 {
		return 0, errAt(i, "the backslash at the end stands alone")
	}
	value := func(digits string, base int) (v int) {
		for k := range len(digits) {
			v = v*base + int(hexValue(digits[k]))
			if v > 0xff {
				return v
			}
		}
		return v
	}
	switch c := s[1]; {
	case c == 'x' && len(s) > 2 && s[2] == '{':
		k := strings.IndexByte(s, '}')
		if k < 4 {
			return 0, errAt(i, `\x{ takes hexadecimal digits and }`)
		}
		digits := s[3:k]
		if strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
			return 0, errAt(i, `\x{ takes hexadecimal digits and }`)
		}
		v := value(digits, 16)
		if v > 0xff {
			return 0, errAt(i, `\x{%s} is more than a byte; text stands as it is`, digits)
		}
		t.emitByte(i, byte(v))
		return k + 1, nil
	case c == 'x':
		if len(s) < 4 || hexValue(s[2]) > 15 || hexValue(s[3]) > 15 {
			return 0, errAt(i, `\x takes two hexadecimal digits`)
		}
		t.emitByte(i, hexValue(s[2])<<4|hexValue(s[3]))
		return 4, nil
	case c >= '0' && c <= '7':
		n := 2
		for n < min(4, len(s)) && s[n] >= '0' && s[n] <= '7' {
			n++
		}
		if c != '0' && n == 2 {
			return 0, errAt(i, "references back (\\%c) cannot be searched for", c)
		}
		v := value(s[1:n], 8)
		if v > 0xff {
			return 0, errAt(i, `%s is more than a byte`, s[:n])
		}
		t.emitByte(i, byte(v))
		return n, nil
	case c >= 0x80:
		return 0, errAt(i, "a backslash before a character that is not ASCII")
	}
	t.emit(i, s[:2])
	return 2, nil
}

// explain says what is wrong in the words of the source.
func (t *translation) explain(err error) error {
	var e *syntax.Error
	if !errors.As(err, &e) {
		return errAt(0, "%v", err)
	}
	pos := 0
	if k := strings.Index(t.out.String(), e.Expr); k >= 0 && k < len(t.at) {
		pos = t.at[k]
	}
	end := min(len(t.src), pos+24)
	for end < len(t.src) && !utf8.RuneStart(t.src[end]) {
		end++
	}
	return errAt(pos, "%v: %q", e.Code, t.src[pos:end])
}

func hexValue(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 16
}
