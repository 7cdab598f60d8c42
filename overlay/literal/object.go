package literal

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds the nesting of parentheses.
const maxDepth = 100

// maxKeys bounds a dict, whose keys are compared one by one.
const maxKeys = 4096

// maxDigits is the length from which Python too refuses to convert between int and str.
const maxDigits = 4300

type objectKind uint8

const (
	kindNone objectKind = iota
	kindBool
	kindInt
	kindFloat
	kindBytes
	kindStr
	kindTuple
	kindDict
)

// typeNames are Python's, as its messages have them.
var typeNames = [...]string{"NoneType", "bool", "int", "float", "bytes", "str", "tuple", "dict"}

// object is a Python value, as far as arguments of % need it.
type object struct {
	kind  objectKind
	n     *big.Int // int and bool
	x     float64
	b     []byte   // bytes
	runes []rune   // str; a rune may be a surrogate
	items []object // of a tuple; the values of a dict
	keys  []object // of a dict
}

// ascii is ascii(o) of Python.
func (o *object) ascii() []byte { return o.appendASCII(nil) }

func (o *object) appendASCII(dst []byte) []byte {
	switch o.kind {
	case kindNone:
		return append(dst, "None"...)
	case kindBool:
		if o.n.Sign() != 0 {
			return append(dst, "True"...)
		}
		return append(dst, "False"...)
	case kindInt:
		return o.n.Append(dst, 10)
	case kindFloat:
		return appendFloatRepr(dst, o.x)
	case kindBytes:
		return appendPy(dst, o.b)
	case kindStr:
		return appendStrASCII(dst, o.runes)
	case kindTuple:
		dst = append(dst, '(')
		for i := range o.items {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = o.items[i].appendASCII(dst)
		}
		if len(o.items) == 1 {
			dst = append(dst, ',')
		}
		return append(dst, ')')
	}
	dst = append(dst, '{')
	for i := range o.items {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(o.keys[i].appendASCII(dst), ": "...)
		dst = o.items[i].appendASCII(dst)
	}
	return append(dst, '}')
}

// appendFloatRepr is repr(float): the shortest digits that read back, with an exponent below 1e-4 and from 1e16 on.
func appendFloatRepr(dst []byte, x float64) []byte {
	switch a := math.Abs(x); {
	case math.IsNaN(x):
		return append(dst, "nan"...)
	case math.IsInf(x, 0):
		return append(dst, strings.ToLower(strings.TrimPrefix(strconv.FormatFloat(x, 'g', -1, 64), "+"))...)
	case a != 0 && (a < 1e-4 || a >= 1e16):
		return strconv.AppendFloat(dst, x, 'e', -1, 64)
	}
	s := strconv.FormatFloat(x, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return append(dst, s...)
}

func appendStrASCII(dst []byte, runes []rune) []byte {
	quote := '\''
	if slices.Contains(runes, '\'') && !slices.Contains(runes, '"') {
		quote = '"'
	}
	dst = append(dst, byte(quote))
	for _, r := range runes {
		switch {
		case r == quote || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case r >= ' ' && r < 0x7f:
			dst = append(dst, byte(r))
		case r < 0x100:
			dst = appendHexDigits(append(dst, `\x`...), r, 2)
		case r < 0x10000:
			dst = appendHexDigits(append(dst, `\u`...), r, 4)
		default:
			dst = appendHexDigits(append(dst, `\U`...), r, 8)
		}
	}
	return append(dst, byte(quote))
}

func appendHexDigits(dst []byte, r rune, n int) []byte {
	for n--; n >= 0; n-- {
		dst = append(dst, "0123456789abcdef"[r>>(4*n)&15])
	}
	return dst
}

// equal is == of Python for the keys of a dict.
func (o *object) equal(p *object) bool {
	number := func(k objectKind) bool { return k == kindInt || k == kindBool }
	switch {
	case number(o.kind) && number(p.kind):
		return o.n.Cmp(p.n) == 0
	case number(o.kind) && p.kind == kindFloat:
		return p.equal(o)
	case o.kind == kindFloat && number(p.kind):
		f := new(big.Float).SetInt(p.n)
		return !math.IsNaN(o.x) && f.Cmp(big.NewFloat(o.x)) == 0
	case o.kind != p.kind:
		return false
	case o.kind == kindFloat:
		return o.x == p.x
	case o.kind == kindBytes:
		return string(o.b) == string(p.b)
	case o.kind == kindStr:
		return slices.Equal(o.runes, p.runes)
	case o.kind == kindTuple:
		return slices.EqualFunc(o.items, p.items, func(a, b object) bool { return a.equal(&b) })
	}
	return o.kind == kindNone
}

// object reads an int, a float, bytes, a str, a tuple, a dict, None, True or False.
func (p *pyParser) object() (object, error) {
	p.space()
	if p.i >= len(p.s) {
		return object{}, errAt(p.i, "expected a value")
	}
	if _, _, ok := p.prefix(true); ok {
		b, err := p.bytesLiterals()
		return object{kind: kindBytes, b: b}, err
	}
	if _, _, ok := p.prefix(false); ok {
		return p.str()
	}
	switch c := p.s[p.i]; {
	case c == '(':
		return p.nested(p.tuple)
	case c == '{':
		return p.nested(p.dict)
	case c == '-' || c == '+':
		start := p.i
		p.i++
		o, err := p.nested(p.object)
		switch {
		case err != nil:
			return o, err
		case o.kind == kindFloat && c == '-':
			o.x = -o.x
		case o.kind == kindInt || o.kind == kindBool:
			o.kind = kindInt
			if c == '-' {
				o.n = new(big.Int).Neg(o.n)
			}
		case o.kind != kindFloat:
			return o, errAt(start, "bad operand type for unary %c: '%s'", c, typeNames[o.kind])
		}
		return o, nil
	case isDigit(c) || c == '.':
		return p.number()
	}
	start := p.i
	for p.i < len(p.s) && (isAlnum(p.s[p.i]) || p.s[p.i] == '_') {
		p.i++
	}
	switch word := p.s[start:p.i]; word {
	case "None":
		return object{}, nil
	case "True":
		return object{kind: kindBool, n: big.NewInt(1)}, nil
	case "False":
		return object{kind: kindBool, n: new(big.Int)}, nil
	case "":
		return object{}, errAt(start, "expected a value, not %s", quoteAt(p.s, start))
	default:
		return object{}, errAt(start, "expected a number, a text, bytes, a tuple, a dict, True, False or None, not %s", quote(word))
	}
}

func (p *pyParser) nested(f func() (object, error)) (object, error) {
	if p.depth++; p.depth > maxDepth {
		return object{}, errAt(p.i, "too many levels of parentheses")
	}
	o, err := f()
	p.depth--
	return o, err
}

// tuple reads what begins with '(': a tuple, or one value in parentheses.
func (p *pyParser) tuple() (object, error) {
	open := p.i
	p.i++
	t := object{kind: kindTuple}
	for {
		p.space()
		if p.i >= len(p.s) {
			return t, errAt(open, "'(' was never closed")
		}
		if p.s[p.i] == ')' {
			p.i++
			return t, nil
		}
		o, err := p.object()
		if err != nil {
			return t, err
		}
		t.items = append(t.items, o)
		p.space()
		switch {
		case p.i < len(p.s) && p.s[p.i] == ')' && len(t.items) == 1:
			p.i++
			return o, nil
		case p.i < len(p.s) && p.s[p.i] == ',':
			p.i++
		case p.i < len(p.s) && p.s[p.i] != ')':
			return t, errAt(p.i, "expected ',' or ')', not %s", quoteAt(p.s, p.i))
		}
	}
}

func (p *pyParser) dict() (object, error) {
	open := p.i
	p.i++
	d := object{kind: kindDict}
	for {
		p.space()
		if p.i >= len(p.s) {
			return d, errAt(open, "'{' was never closed")
		}
		if p.s[p.i] == '}' {
			p.i++
			return d, nil
		}
		at := p.i
		key, err := p.object()
		if err != nil {
			return d, err
		}
		if len(d.keys) >= maxKeys {
			return d, errAt(at, "a dict of more than %d keys", maxKeys)
		}
		if key.kind == kindDict {
			return d, errAt(at, "unhashable type: 'dict'")
		}
		p.space()
		if p.i >= len(p.s) || p.s[p.i] != ':' {
			return d, errAt(p.i, "expected ':' after a key")
		}
		p.i++
		value, err := p.object()
		if err != nil {
			return d, err
		}
		if k := slices.IndexFunc(d.keys, func(k object) bool { return k.equal(&key) }); k >= 0 {
			d.items[k] = value
		} else {
			d.keys, d.items = append(d.keys, key), append(d.items, value)
		}
		p.space()
		switch {
		case p.i < len(p.s) && p.s[p.i] == ',':
			p.i++
		case p.i < len(p.s) && p.s[p.i] != '}':
			return d, errAt(p.i, "expected ',' or '}', not %s", quoteAt(p.s, p.i))
		}
	}
}

// number reads an int or float literal.
func (p *pyParser) number() (object, error) {
	start := p.i
	for p.i < len(p.s) {
		c := p.s[p.i]
		if (c == '+' || c == '-') && p.s[p.i-1]|0x20 == 'e' && !isPrefixed(p.s[start:p.i]) || isAlnum(c) || c == '_' || c == '.' {
			p.i++
			continue
		}
		break
	}
	word := p.s[start:p.i]
	bad := errAt(start, "%s is no number", quote(word))
	if len(word) > maxDigits {
		return object{}, errAt(start, "a number of more than %d digits", maxDigits)
	}
	for i := range len(word) { // an underscore stands between digits, or after the base
		if word[i] == '_' && (i == 0 || i == len(word)-1 || !isHex(word[i+1]) || !isHex(word[i-1]) && !(i == 2 && isPrefixed(word))) {
			return object{}, bad
		}
	}
	digits := strings.ReplaceAll(word, "_", "")
	if isPrefixed(word) || !strings.ContainsAny(word, ".eE") {
		base := 10
		if isPrefixed(word) {
			base = map[byte]int{'x': 16, 'o': 8, 'b': 2}[digits[1]|0x20]
			digits = digits[2:]
		} else if digits[0] == '0' && strings.Trim(digits, "0") != "" {
			return object{}, errAt(start, "leading zeros in decimal integer literals are not permitted")
		}
		n, ok := new(big.Int).SetString(digits, base)
		if !ok || !isHex(digits[0]) {
			return object{}, bad
		}
		return object{kind: kindInt, n: n}, nil
	}
	if strings.ContainsAny(word, "xXpPiInN") {
		return object{}, bad
	}
	for i := 1; i+1 < len(word); i++ {
		if word[i] == '_' && (!isDigit(word[i-1]) || !isDigit(word[i+1])) {
			return object{}, bad
		}
	}
	x, err := strconv.ParseFloat(digits, 64)
	if err != nil && x == 0 {
		return object{}, bad
	}
	return object{kind: kindFloat, x: x}, nil
}

// isPrefixed says whether a number says its base.
func isPrefixed(s string) bool {
	return len(s) > 2 && s[0] == '0' && strings.IndexByte("xob", s[1]|0x20) >= 0
}

// str reads one str literal or several in a row.
func (p *pyParser) str() (object, error) {
	o := object{kind: kindStr, runes: []rune{}}
	for {
		before := p.i
		p.space()
		n, raw, ok := p.prefix(false)
		if !ok {
			if _, _, isBytes := p.prefix(true); isBytes {
				return o, errAt(p.i, "cannot mix bytes and nonbytes literals")
			}
			p.i = before
			return o, nil
		}
		body, at, err := p.body(n, raw)
		if err != nil {
			return o, err
		}
		if o.runes, err = appendStr(o.runes, body, at, raw); err != nil {
			return o, err
		}
	}
}

// appendStr resolves the escapes of a str literal: those of bytes, and \u and \U.
func appendStr(out []rune, s string, pos int, raw bool) ([]rune, error) {
	for i := 0; i < len(s); {
		start := i
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			return nil, errAt(pos+i, "the text is not UTF-8")
		}
		i += n
		switch {
		case r == '\r':
			if i < len(s) && s[i] == '\n' {
				i++
			}
			out = append(out, '\n')
			continue
		case r != '\\' || raw || i == len(s):
			out = append(out, r)
			continue
		}
		c := s[i]
		digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
		switch {
		case digits > 0:
			if i+1+digits > len(s) {
				return nil, errAt(pos+start, "truncated \\%c escape", c)
			}
			v, err := strconv.ParseUint(s[i+1:i+1+digits], 16, 32)
			if err != nil {
				return nil, errAt(pos+start, "truncated \\%c escape", c)
			}
			if v > utf8.MaxRune {
				return nil, errAt(pos+start, "illegal Unicode character")
			}
			out = append(out, rune(v))
			i += 1 + digits
		case c == 'N':
			return nil, errAt(pos+start, "character names are not known here")
		case c >= '0' && c <= '7':
			v, n := octal(s[i:])
			out = append(out, rune(v))
			i += n
		case c >= 0x80:
			out = append(out, '\\')
		default:
			end := i + 1
			if c == '\r' && end < len(s) && s[end] == '\n' {
				end++
			}
			b, err := appendPyBytes(nil, s[start:end], pos+start, false)
			if err != nil {
				return nil, err
			}
			for _, c := range b {
				out = append(out, rune(c))
			}
			i = end
		}
	}
	return out, nil
}
