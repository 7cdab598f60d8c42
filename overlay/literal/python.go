package literal

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
)

// PyLiteral is repr(b) of Python.
func PyLiteral(b []byte) string { return string(appendPy(nil, b)) }

// pyQuote is the quote repr chooses: the double one only for texts that have single ones and no double ones.
func pyQuote(b []byte) byte {
	if bytes.IndexByte(b, '\'') >= 0 && bytes.IndexByte(b, '"') < 0 {
		return '"'
	}
	return '\''
}

// pyEscape is how a byte appears inside single quotes: up to four characters, the first in the lowest byte.
type pyEscape struct {
	text uint32
	n    int
}

var pyEscapes = func() (t [256]pyEscape) {
	const digits = "0123456789abcdef"
	for i := range t {
		var s string
		switch c := byte(i); {
		case c == '\n':
			s = `\n`
		case c == '\r':
			s = `\r`
		case c == '\t':
			s = `\t`
		case c == '\\' || c == '\'':
			s = `\` + string(rune(c))
		case c < ' ' || c >= 0x7f:
			s = `\x` + digits[c>>4:c>>4+1] + digits[c&15:c&15+1]
		default:
			s = string(rune(c))
		}
		var four [4]byte
		copy(four[:], s)
		t[i] = pyEscape{binary.LittleEndian.Uint32(four[:]), len(s)}
	}
	return t
}()

// appendPy appends repr(b). It writes four bytes for each and moves on by as many as count.
func appendPy(dst, b []byte) []byte {
	quote := pyQuote(b)
	n := len(dst)
	dst = slices.Grow(dst, 4*len(b)+7)
	dst = dst[:cap(dst)]
	dst[n], dst[n+1] = 'b', quote
	n += 2
	for _, c := range b {
		if c == '\'' && quote == '"' {
			dst[n] = c
			n++
			continue
		}
		e := &pyEscapes[c]
		binary.LittleEndian.PutUint32(dst[n:], e.text)
		n += e.n
	}
	dst[n] = quote
	return dst[:n+1]
}

// ParsePy reads Python bytes literals: all escapes and prefixes, triple quotes, and several literals in a row, which
// may stand in parentheses and on several lines with comments. Errors are [*ParseError].
func ParsePy(s string) ([]byte, error) {
	p := &pyParser{s: s}
	p.space()
	b, err := p.bytesLiterals()
	if err != nil {
		return nil, err
	}
	p.space()
	if p.i < len(s) {
		return nil, errAt(p.i, "%s follows the bytes literal", quoteAt(s, p.i))
	}
	return b, nil
}

// pythonStart says whether s is a Python bytes literal or an expression that starts with one, perhaps in parentheses
// or assigned to a name; at is where it starts.
func pythonStart(s string) (at int, ok bool) {
	p := &pyParser{s: s}
	for p.i < len(s) && (isAlnum(s[p.i]) || s[p.i] == '_') {
		p.i++
	}
	if p.i > 0 && !isDigit(s[0]) {
		p.space()
		if p.i < len(s) && s[p.i] == '=' {
			p.i++
			p.space()
			at = p.i
		}
	}
	p.i = at
	p.space()
	for p.i < len(s) && s[p.i] == '(' {
		p.i++
		p.space()
	}
	if _, _, ok := p.prefix(true); ok {
		return at, true
	}
	for _, f := range []string{"bytes.fromhex(", "bytearray.fromhex("} {
		if strings.HasPrefix(s[at:], f) {
			return at, true
		}
	}
	return 0, false
}

// pyParser reads Python literals.
type pyParser struct {
	s     string
	i     int
	depth int
}

// space skips white space, line continuations and, in front of an expression or between its parts, comments.
func (p *pyParser) space() {
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
			p.i++
		case c == '\\' && p.i+1 < len(p.s) && (p.s[p.i+1] == '\n' || p.s[p.i+1] == '\r'):
			p.i += 2
		case c == '#':
			for p.i < len(p.s) && p.s[p.i] != '\n' && p.s[p.i] != '\r' {
				p.i++
			}
		default:
			return
		}
	}
}

// prefix looks at the letters and the quote of a literal without moving: its length before the quote, and whether it is raw.
func (p *pyParser) prefix(bytesLiteral bool) (n int, raw, ok bool) {
	isBytes := false
	for n < 2 && p.i+n < len(p.s) {
		switch c := p.s[p.i+n] | 0x20; {
		case c == 'r' && !raw:
			raw = true
		case c == 'b' && !isBytes:
			isBytes = true
		case c == 'u' && !bytesLiteral && n == 0:
			n++
			ok = p.i+n < len(p.s) && (p.s[p.i+n] == '\'' || p.s[p.i+n] == '"')
			return n, false, ok
		default:
			goto quote
		}
		n++
	}
quote:
	ok = isBytes == bytesLiteral && p.i+n < len(p.s) && (p.s[p.i+n] == '\'' || p.s[p.i+n] == '"')
	return n, raw, ok
}

// bytesLiterals reads one literal or several in a row.
func (p *pyParser) bytesLiterals() ([]byte, error) {
	if p.i < len(p.s) && p.s[p.i] == '(' {
		if p.depth++; p.depth > maxDepth {
			return nil, errAt(p.i, "too many parentheses")
		}
		open := p.i
		p.i++
		p.space()
		b, err := p.bytesLiterals()
		if err != nil {
			return nil, err
		}
		p.space()
		if p.i >= len(p.s) || p.s[p.i] != ')' {
			return nil, errAt(open, "'(' was never closed")
		}
		p.i++
		p.depth--
		return b, nil
	}
	var out []byte
	for k := 0; ; k++ {
		before := p.i
		if k > 0 {
			p.space()
		}
		n, raw, ok := p.prefix(true)
		if !ok {
			if _, _, str := p.prefix(false); str {
				return nil, errAt(p.i, "this is text: a bytes literal begins with b")
			}
			if k > 0 {
				p.i = before
				return out, nil
			}
			if p.i < len(p.s) {
				return nil, errAt(p.i, "expected a bytes literal, not %s", quoteAt(p.s, p.i))
			}
			return nil, errAt(p.i, "expected a bytes literal")
		}
		body, at, err := p.body(n, raw)
		if err != nil {
			return nil, err
		}
		if out, err = appendPyBytes(out, body, at, raw); err != nil {
			return nil, err
		}
	}
}

// body moves over one literal whose prefix has n letters, and returns what stands between its quotes, and where.
func (p *pyParser) body(n int, raw bool) (body string, at int, err error) {
	start := p.i
	s, q := p.s, p.s[p.i+n]
	p.i += n + 1
	triple := strings.HasPrefix(s[p.i:], string([]byte{q, q}))
	if triple {
		p.i += 2
	}
	at = p.i
	for ; p.i < len(s); p.i++ {
		switch c := s[p.i]; {
		case c == 0:
			return "", 0, errAt(p.i, "source code cannot contain null bytes")
		case c == '\\':
			if strings.HasPrefix(s[p.i+1:], "\r\n") {
				p.i++
			}
			p.i++
		case (c == '\n' || c == '\r') && !triple:
			return "", 0, errAt(start, "unterminated bytes literal")
		case c == q && !triple:
			body = s[at:p.i]
			p.i++
			return body, at, nil
		case c == q && strings.HasPrefix(s[p.i:], string([]byte{q, q, q})):
			body = s[at:p.i]
			p.i += 3
			return body, at, nil
		}
	}
	return "", 0, errAt(start, "unterminated bytes literal")
}

// appendPyBytes resolves the escapes of a bytes literal. Unknown ones are kept, backslash and all. Line ends of the
// source are \n, whatever the text has.
func appendPyBytes(out []byte, s string, pos int, raw bool) ([]byte, error) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 0x80:
			return nil, errAt(pos+i, "bytes can only contain ASCII literal characters")
		case c == 0:
			return nil, errAt(pos+i, "source code cannot contain null bytes")
		case c == '\r':
			out = append(out, '\n')
			if i+1 < len(s) && s[i+1] == '\n' {
				i++
			}
			continue
		case c != '\\' || raw:
			out = append(out, c)
			continue
		}
		i++ // body has seen to it that something follows
		switch c = s[i]; c {
		case '\n':
		case '\r':
			if i+1 < len(s) && s[i+1] == '\n' {
				i++
			}
		case '\\', '\'', '"':
			out = append(out, c)
		case 'x':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return nil, errAt(pos+i-1, `invalid \x escape`)
			}
			out = append(out, hexValue(s[i+1])<<4|hexValue(s[i+2]))
			i += 2
		case '0', '1', '2', '3', '4', '5', '6', '7':
			v, n := octal(s[i:])
			out = append(out, byte(v)) // above \377 Python 3.11 keeps the low eight bits
			i += n - 1
		default:
			if k := strings.IndexByte("abfnrtv", c); k >= 0 {
				out = append(out, "\a\b\f\n\r\t\v"[k])
				continue
			}
			out = append(out, '\\')
			i-- // the character itself may be one that is refused
		}
	}
	return out, nil
}

// octal reads up to three octal digits.
func octal(s string) (v, n int) {
	for n < len(s) && n < 3 && s[n] >= '0' && s[n] <= '7' {
		v = v*8 + int(s[n]-'0')
		n++
	}
	return v, n
}
