// Package literal reads and writes bytes as people write them: hexadecimal in any notation, arrays of C, Go, Rust and
// Java, strings with escapes, Python's bytes literals and their %-formatting, base64, uuencode, quoted-printable, and
// the dumps of xxd and hexdump.
//
// [Parse] recognises the notation. It never turns into bytes what it cannot account for to the last character: text
// that is no notation is refused with its place. Lines end in LF, CR LF or CR. Digits that could be decimal or hexadecimal are hexadecimal, except
// inside an array; base64 looks like anything and is read only behind "base64:".
//
// [NewEncoder] writes data of any size in constant memory. Parsing holds its text and its result in memory; results
// are limited to [MaxSize], so that "%999999999d" or a dump with a wild offset costs an error and not the machine.
//
// Python behaviour is that of CPython 3.11.
package literal

import (
	"encoding/base64"
	"fmt"
	"io"
	"iter"
	"mime/quotedprintable"
	"strings"
)

// MaxSize is the largest result of parsing, in bytes.
const MaxSize = 1 << 28

// ParseError refuses a text.
type ParseError struct {
	Pos    int // byte in the text
	Reason string
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("%s (at position %d)", e.Reason, e.Pos)
}

func errAt(pos int, format string, args ...any) error {
	return &ParseError{pos, fmt.Sprintf(format, args...)}
}

// shift moves the position of an error in s[by:] to one in s.
func shift(err error, by int) error {
	if e, ok := err.(*ParseError); ok {
		return &ParseError{e.Pos + by, e.Reason}
	}
	return err
}

// Notation is a way to write bytes.
type Notation int

const (
	AsHex    Notation = iota // 89 50 4e 47
	AsPlain                  // 89504e47
	AsC                      // {0x89, 0x50}
	AsGo                     // []byte{0x89, 0x50}
	AsPython                 // b'\x89P'
	AsRust                   // [0x89, 0x50]
	AsBase64                 // iVBORw==
	AsUU                     // uuencode: begin 644 data …
	AsQP                     // quoted-printable: =89PNG
	AsDump                   // lines of xxd and hexdump; only read
	AsString                 // "\x89P" with C's or Go's escapes; only read
)

var notationNames = [...]string{"hex", "plain", "c", "go", "python", "rust", "base64", "uu", "qp", "dump", "string"}

// String is the name by which [NotationByName] finds it.
func (n Notation) String() string {
	if n < 0 || int(n) >= len(notationNames) {
		return fmt.Sprintf("Notation(%d)", int(n))
	}
	return notationNames[n]
}

// Notations lists those that can be written.
func Notations() []Notation {
	return []Notation{AsHex, AsPlain, AsC, AsGo, AsPython, AsRust, AsBase64, AsUU, AsQP}
}

// NotationByName finds a notation that can be written.
func NotationByName(name string) (Notation, bool) {
	for _, n := range Notations() {
		if n.String() == name {
			return n, true
		}
	}
	return 0, false
}

// Parse reads bytes in any notation and says which it was. Errors are [*ParseError].
func Parse(s string) ([]byte, Notation, error) {
	start := len(s) - len(strings.TrimLeft(s, " \t\r\n\v\f"))
	t := strings.TrimRight(s[start:], " \t\r\n\v\f")
	b, n, err := parseTrimmed(t)
	if err != nil {
		return nil, n, shift(err, start)
	}
	return b, n, nil
}

// ParseLine is [Parse] for what is typed to the end of a line: of a string whose closing quote is missing, the line's end is the end,
// spaces included. Where another string stands in front, it is an error as ever: a quote too many is no wish for one more.
func ParseLine(s string) ([]byte, Notation, error) {
	b, n, err := Parse(s)
	if err == nil {
		return b, n, nil
	}
	t := strings.TrimLeft(s, " \t\r\n\v\f")
	open := strings.IndexAny(t, "\"'`")
	if open < 0 || open > 2 { // br"
		return nil, n, err
	}
	q := t[open]
	for i := open + 1; i < len(t); i++ {
		switch {
		case t[i] == '\\' && q != '`':
			i++
		case t[i] == q:
			return nil, n, err
		}
	}
	if b, closed, cerr := Parse(s + string(rune(q))); cerr == nil {
		return b, closed, nil
	} else if strings.HasSuffix(t, `\`) { // which would take the quote
		return nil, n, err
	} else {
		return nil, closed, cerr
	}
}

func parseTrimmed(s string) ([]byte, Notation, error) {
	if s == "" {
		return nil, AsHex, errAt(0, "no bytes: the text is empty")
	}
	for _, p := range []string{"base64:", "b64:"} {
		if rest, ok := cutPrefixFold(s, p); ok {
			b, err := parseBase64(rest)
			return b, AsBase64, shift(err, len(p))
		}
	}
	if rest, ok := cutPrefixFold(s, "hex:"); ok {
		b, n, err := parseHex(rest)
		return b, n, shift(err, len("hex:"))
	}
	if rest, ok := cutPrefixFold(s, "b64"); ok && len(rest) >= 2 && (rest[0] == '"' || rest[0] == '\'') && rest[len(rest)-1] == rest[0] {
		b, err := parseBase64(rest[1 : len(rest)-1])
		return b, AsBase64, shift(err, len("b64")+1)
	}
	if strings.HasPrefix(s, "begin ") {
		b, err := parseUU(s)
		return b, AsUU, err
	}
	if at, ok := pythonStart(s); ok {
		b, err := parsePyExpr(s[at:])
		return b, AsPython, shift(err, at)
	}
	if c := s[0]; c == '"' || c == '`' || c == '\'' || (c == 'b' || c == 'c') && len(s) > 2 && strings.HasPrefix(s[1:], `r#`) {
		b, err := parseStrings(s)
		return b, AsString, err
	}
	if strings.HasPrefix(s, `\`) {
		b, err := unescapeC(s, 0)
		return b, AsString, err
	}
	return parseHex(s)
}

// ParseAs reads s, known to be written in n: base64 and quoted-printable need no prefix then.
func ParseAs(n Notation, s string) ([]byte, error) {
	switch n {
	case AsBase64:
		return parseBase64(s)
	case AsQP:
		b, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(s)))
		if err != nil {
			return nil, errAt(0, "quoted-printable: %v", err)
		}
		return b, nil
	case AsUU:
		return parseUU(s)
	}
	b, _, err := Parse(s)
	return b, err
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}

// parseBase64 takes the standard and the URL alphabet, padded or not, with white space anywhere.
func parseBase64(s string) ([]byte, error) {
	digits := make([]byte, 0, len(s))
	padding := 0
	for i := range len(s) {
		c := s[i]
		switch {
		case isSpace(c):
			continue
		case c == '=':
			padding++
			continue
		case c == '-':
			c = '+'
		case c == '_':
			c = '/'
		case isAlnum(c) || c == '+' || c == '/':
		default:
			return nil, errAt(i, "%q is no base64 digit", c)
		}
		if padding > 0 {
			return nil, errAt(i, "base64 goes on after its padding")
		}
		digits = append(digits, c)
	}
	if len(digits)%4 == 1 || padding > 2 || padding > 0 && (len(digits)+padding)%4 != 0 {
		return nil, errAt(len(s), "base64 of %d digits and %d padding is incomplete", len(digits), padding)
	}
	b, err := base64.RawStdEncoding.DecodeString(string(digits))
	if err != nil {
		return nil, errAt(0, "base64: %v", err)
	}
	return b, nil
}

// splitLines gives the lines of s without their ends, and where they start. A line ends in LF, CR LF or CR alone, which is
// what terminals make of the line ends of pasted text.
func splitLines(s string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for pos := 0; ; {
			n := strings.IndexAny(s[pos:], "\r\n")
			if n < 0 {
				yield(pos, s[pos:])
				return
			}
			if !yield(pos, s[pos:pos+n]) {
				return
			}
			pos += n + 1
			if s[pos-1] == '\r' && pos < len(s) && s[pos] == '\n' {
				pos++
			}
		}
	}
}

// lineFeeds makes LF of all line ends.
func lineFeeds(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlnum(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' }

// hexValues are the values of the hexadecimal digits, and 16 for all other characters.
var hexValues = func() (t [256]byte) {
	for i := range t {
		t[i] = 16
		if k := strings.IndexByte("0123456789abcdef0123456789ABCDEF", byte(i)); k >= 0 {
			t[i] = byte(k % 16)
		}
	}
	return t
}()

// hexValue is the value of a hexadecimal digit; 16 is none.
func hexValue(c byte) byte { return hexValues[c] }

func isHex(c byte) bool { return hexValue(c) < 16 }
