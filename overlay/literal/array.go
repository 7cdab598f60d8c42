package literal

import (
	"strconv"
	"strings"
)

// parseArray reads a list of numbers as C, C++, Go, Java, Rust, Python or JavaScript write arrays of bytes, with or
// without the declaration around it.
func parseArray(s string) ([]byte, Notation, error) {
	p := &arrayParser{s: s}
	b, err := p.parse()
	return b, p.notation, err
}

type arrayParser struct {
	s        string
	i        int
	notation Notation
}

// space skips white space and comments.
func (p *arrayParser) space() error {
	for p.i < len(p.s) {
		rest := p.s[p.i:]
		switch {
		case isSpace(rest[0]):
			p.i++
		case strings.HasPrefix(rest, "//"):
			if n := strings.IndexAny(rest, "\r\n"); n >= 0 {
				p.i += n
			} else {
				p.i = len(p.s)
			}
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return errAt(p.i, "the comment does not end")
			}
			p.i += 2 + n + 2
		default:
			return nil
		}
	}
	return nil
}

func (p *arrayParser) parse() ([]byte, error) {
	p.notation = AsC
	if err := p.head(); err != nil {
		return nil, err
	}
	open := p.i
	closer := byte('}')
	if p.s[p.i] == '[' {
		closer = ']'
		p.notation = AsRust
	} else if strings.Contains(p.s[:open], "]byte") || strings.Contains(p.s[:open], "]uint8") {
		p.notation = AsGo
	}
	p.i++
	var out []byte
	for {
		if err := p.space(); err != nil {
			return nil, err
		}
		if p.i >= len(p.s) {
			return nil, errAt(open, "%q is not closed", p.s[open:open+1])
		}
		if p.s[p.i] == closer {
			p.i++
			break
		}
		v, err := p.element(closer)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		if err := p.space(); err != nil {
			return nil, err
		}
		switch {
		case p.i >= len(p.s):
			return nil, errAt(open, "%q is not closed", p.s[open:open+1])
		case p.s[p.i] == ',':
			p.i++
		case p.s[p.i] == ';' && closer == ']' && len(out) == 1: // Rust: [0u8; 16]
			if out, err = p.repeat(v); err != nil {
				return nil, err
			}
		case p.s[p.i] != closer:
			return nil, errAt(p.i, "expected ',' or '%c' between the numbers, not %s", closer, quoteAt(p.s, p.i))
		}
	}
	return out, p.tail(len(out))
}

// head moves over what stands before the list: a declaration up to '=', a type, a call. It stops at the bracket, which
// is the first brace, or else the first square bracket after the '=' if there is one: before it they hold sizes and types.
func (p *arrayParser) head() error {
	open := -1
	depth := 0
	for {
		if err := p.space(); err != nil {
			return err
		}
		if p.i >= len(p.s) {
			break
		}
		c := p.s[p.i]
		word := isAlnum(c) || c == '_'
		switch {
		case c == '[':
			if depth == 0 && open < 0 {
				open = p.i
			}
			depth++
		case c == ']':
			depth--
		case c == '\'':
			p.quoted()
			continue
		case depth > 0:
		case c == '{':
			return nil
		case c == '=':
			open = -1
		case open >= 0: // perhaps after the list, and tail's to judge
		case isDigit(c), !word && strings.IndexByte("<>:&!*.();", c) < 0:
			return errAt(p.i, "%s is no part of the declaration of an array of bytes", quoteAt(p.s, p.i))
		}
		p.i++
		for word && p.i < len(p.s) && (isAlnum(p.s[p.i]) || p.s[p.i] == '_') {
			p.i++
		}
	}
	if open < 0 {
		return errAt(len(p.s), "expected a list of numbers in brackets")
	}
	p.i = open
	return nil
}

// quoted moves over a character, or over the quote alone where it begins a lifetime in Rust or separates digits in C++.
func (p *arrayParser) quoted() {
	rest := p.s[p.i+1:]
	p.i++
	switch {
	case strings.HasPrefix(rest, "\\"):
		if n := strings.IndexByte(rest[min(2, len(rest)):], '\''); n >= 0 {
			p.i += 2 + n + 1
		}
	case len(rest) > 1 && rest[1] == '\'':
		p.i += 2
	}
}

// element reads one number or character.
func (p *arrayParser) element(closer byte) (byte, error) {
	// By far the most are 0x89; the rest is read below at leisure.
	if s := p.s[p.i:]; len(s) > 4 && s[0] == '0' && s[1] == 'x' && isHex(s[2]) && isHex(s[3]) && (s[4] == ',' || s[4] == closer) {
		p.i += 4
		return hexValue(s[2])<<4 | hexValue(s[3]), nil
	}
	// Casts: (byte)0x89, (unsigned char) 0x89.
	for p.i < len(p.s) && p.s[p.i] == '(' {
		n := strings.IndexByte(p.s[p.i:], ')')
		if n < 0 {
			return 0, errAt(p.i, "'(' is not closed")
		}
		switch strings.Join(strings.Fields(p.s[p.i+1:p.i+n]), " ") {
		case "byte", "char", "unsigned char", "signed char", "uint8_t", "int8_t", "sbyte":
		default:
			return 0, errAt(p.i, "%s is no cast to a byte", quote(p.s[p.i:p.i+n+1]))
		}
		p.i += n + 1
		if err := p.space(); err != nil {
			return 0, err
		}
	}
	start := p.i
	if rest := p.s[p.i:]; strings.HasPrefix(rest, "'") || strings.HasPrefix(rest, "b'") {
		return p.char()
	}
	neg := strings.HasPrefix(p.s[p.i:], "-")
	if neg {
		p.i++
	}
	from := p.i
	for p.i < len(p.s) && (isAlnum(p.s[p.i]) || p.s[p.i] == '_' || p.s[p.i] == '\'' && p.i > from) {
		p.i++
	}
	word := p.s[from:p.i]
	if word == "" {
		return 0, errAt(start, "expected a number, not %s", quoteAt(p.s, start))
	}
	digits := word
	for _, suffix := range []string{"_u8", "_i8", "u8", "i8", "ul", "UL", "u", "U", "l", "L"} {
		if d, ok := strings.CutSuffix(digits, suffix); ok && d != "" {
			digits = d
			break
		}
	}
	digits = strings.ReplaceAll(strings.ReplaceAll(digits, "_", ""), "'", "") // C++ separates digits by '
	base := 10
	if len(digits) > 2 && digits[0] == '0' {
		switch digits[1] | 0x20 {
		case 'x':
			base, digits = 16, digits[2:]
		case 'o':
			base, digits = 8, digits[2:]
		case 'b':
			base, digits = 2, digits[2:]
		}
	}
	if base == 10 && len(digits) > 1 && digits[0] == '0' {
		if closer == ']' {
			return 0, errAt(from, "%s: a leading zero is octal in some languages; write 0o or no zero", quote(word))
		}
		base = 8 // as C, Go and Java say
	}
	v, err := strconv.ParseInt(digits, base, 64)
	switch {
	case err != nil && base == 10:
		return 0, errAt(from, "%s is no number (numbers in an array are decimal unless they begin with 0x)", quote(word))
	case err != nil:
		return 0, errAt(from, "%s is no number", quote(word))
	case neg && v > 128 || v > 255:
		return 0, errAt(start, "%s does not fit a byte", quote(p.s[start:p.i]))
	case neg:
		v = -v
	}
	return byte(v), nil
}

// char reads 'P', '\n', '\x89' or Rust's b'P'.
func (p *arrayParser) char() (byte, error) {
	start := p.i
	from := p.i + strings.IndexByte(p.s[p.i:], '\'') + 1
	end := from
	for end < len(p.s) && p.s[end] != '\'' {
		if p.s[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(p.s) {
		return 0, errAt(start, "the character is not closed")
	}
	b, err := unescapeC(p.s[from:end], from)
	if err != nil {
		return 0, err
	}
	if len(b) != 1 {
		return 0, errAt(start, "%s is not one byte", quote(p.s[start:end+1]))
	}
	p.i = end + 1
	return b[0], nil
}

func (p *arrayParser) repeat(v byte) ([]byte, error) {
	p.i++
	if err := p.space(); err != nil {
		return nil, err
	}
	start := p.i
	for p.i < len(p.s) && (isAlnum(p.s[p.i]) || p.s[p.i] == '_') {
		p.i++
	}
	n, err := strconv.ParseUint(strings.ReplaceAll(strings.TrimSuffix(p.s[start:p.i], "usize"), "_", ""), 0, 63)
	if err != nil {
		return nil, errAt(start, "expected the length of the array, not %s", quote(p.s[start:p.i]))
	}
	if n > MaxSize {
		return nil, errAt(start, "%d bytes: more than %d are not made", n, MaxSize)
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = v
	}
	return b, nil
}

// tail accepts what may follow the list: closing brackets, ';', and the length that xxd -i writes.
func (p *arrayParser) tail(n int) error {
	for {
		if err := p.space(); err != nil {
			return err
		}
		if p.i < len(p.s) && (p.s[p.i] == ')' || p.s[p.i] == ';') {
			p.i++
			continue
		}
		break
	}
	rest := p.s[p.i:]
	if rest == "" {
		return nil
	}
	decl, value, ok := strings.Cut(rest, "=")
	if fields := strings.Fields(decl); ok && len(fields) >= 2 && strings.HasSuffix(fields[len(fields)-1], "_len") {
		value = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), ";"))
		size, err := strconv.ParseUint(value, 0, 64)
		if err == nil && size == uint64(n) {
			return nil
		}
		return errAt(p.i, "the length says %s, the array has %d bytes", quote(value), n)
	}
	return errAt(p.i, "%s follows the array", quoteAt(p.s, p.i))
}
