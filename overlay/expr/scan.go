package expr

import (
	"math/big"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	maxNesting = 200   // of parentheses, brackets and operators that are parsed by recursion
	maxDepth   = 5000  // of the tree, which a long row of operators makes deep, too
	maxDigits  = 20000 // of a number
)

// A parser reads an expression by recursive descent straight from the text: what a brace or a quote means depends on
// where it stands, so tokens made beforehand would not do.
type parser struct {
	text    string
	pos     int
	nesting int
}

// fail ends the parse; parsers panic with a *SyntaxError that protect catches.
func (p *parser) fail(pos int, msg string) {
	panic(&SyntaxError{Text: p.text, Pos: pos, Msg: msg})
}

// protect runs a parser's method and returns its syntax error.
func (p *parser) protect(run func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*SyntaxError)
			if !ok {
				panic(r)
			}
			err = e
		}
	}()
	run()
	return nil
}

// blank moves over spaces, newlines and joined lines, which are all the blank there is.
func (p *parser) blank() {
	for p.pos < len(p.text) {
		switch {
		case p.text[p.pos] == ' ' || p.text[p.pos] == '\n':
			p.pos++
		case strings.HasPrefix(p.text[p.pos:], "\\\n"):
			p.pos += 2
		default:
			return
		}
	}
}

// otherLanguages have operators that people write out of habit.
var otherLanguages = [][2]string{{"&&", "and"}, {"||", "or"}, {"!", "not"}, {"=", "=="}}

// found describes what stands at a place, for messages.
func (p *parser) found(pos int) string {
	if pos >= len(p.text) {
		return "the end"
	}
	if p.text[pos] == '\t' {
		return "a tab (only spaces and newlines may stand between words)"
	}
	for _, other := range otherLanguages {
		if strings.HasPrefix(p.text[pos:], other[0]) {
			return strconv.Quote(other[0]) + " (write " + other[1] + ")"
		}
	}
	end := pos
	for end < len(p.text) && isWord(p.text[end]) {
		end++
	}
	if end == pos {
		_, n := utf8.DecodeRuneInString(p.text[pos:])
		end += n
	}
	return excerpt(p.text[pos:end])
}

// take moves over an operator and the blank before it, if it is there.
func (p *parser) take(op string) bool {
	start := p.pos
	p.blank()
	if strings.HasPrefix(p.text[p.pos:], op) {
		p.pos += len(op)
		return true
	}
	p.pos = start
	return false
}

// need is take of what has to be there.
func (p *parser) need(op string) {
	if !p.take(op) {
		p.blank()
		p.fail(p.pos, "expected "+strconv.Quote(op)+", found "+p.found(p.pos))
	}
}

// takeWord moves over a word such as "and" if it is there as a whole.
func (p *parser) takeWord(word string) bool {
	start := p.pos
	p.blank()
	if rest := p.text[p.pos:]; strings.HasPrefix(rest, word) && (len(rest) == len(word) || !isWord(rest[len(word)])) {
		p.pos += len(word)
		return true
	}
	p.pos = start
	return false
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }

func isWord(c byte) bool { return isLetter(c) || isDigit(c) }

func isKeyword(s string) bool { return s == "and" || s == "or" || s == "not" }

// peekName gives the name that follows the blank, "" if none does.
func (p *parser) peekName() (name string, start int) {
	save := p.pos
	p.blank()
	start, p.pos = p.pos, save
	end := start
	if end < len(p.text) && isLetter(p.text[end]) {
		for end < len(p.text) && isWord(p.text[end]) {
			end++
		}
	}
	if name = p.text[start:end]; isKeyword(name) {
		name = ""
	}
	return name, start
}

// name reads a name that has to be there.
func (p *parser) name(what string) (name string, start int) {
	name, start = p.peekName()
	if name == "" {
		p.fail(start, "expected "+what+", found "+p.found(start))
	}
	p.pos = start + len(name)
	return name, start
}

// digits gives the digits of a base, without "_", from pos on.
func (p *parser) digits(base int) string {
	start, skipped := p.pos, 0
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		d := 99
		switch {
		case c == '_':
			d, skipped = 0, skipped+1
		case isDigit(c):
			d = int(c - '0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			d = int(c|0x20-'a') + 10
		}
		if d >= base {
			break
		}
		p.pos++
	}
	s := p.text[start:p.pos]
	if len(s) > maxDigits {
		p.fail(start, "number of more than "+strconv.Itoa(maxDigits)+" digits")
	}
	if skipped > 0 {
		s = strings.ReplaceAll(s, "_", "")
	}
	return s
}

// number reads an integer or a float.
func (p *parser) number() Value {
	start := p.pos
	if p.text[start] == '0' && start+1 < len(p.text) {
		base := map[byte]int{'x': 16, 'o': 8, 'b': 2}[p.text[start+1]|0x20]
		if base != 0 {
			p.pos += 2
			digits := p.digits(base)
			if digits == "" || p.pos < len(p.text) && isWord(p.text[p.pos]) {
				p.fail(p.pos, "expected a digit of base "+strconv.Itoa(base)+", found "+p.found(p.pos))
			}
			return parseInt(digits, base)
		}
	}
	whole := p.digits(10)
	float := false
	if p.pos < len(p.text) && p.text[p.pos] == '.' {
		// "1.5" and "1." are floats, "1.to_s" calls a method.
		next := byte(0)
		if p.pos+1 < len(p.text) {
			next = p.text[p.pos+1]
		}
		if !isLetter(next) && (whole != "" || isDigit(next)) {
			float = true
			p.pos++
			p.digits(10)
		}
	}
	if p.pos < len(p.text) && p.text[p.pos]|0x20 == 'e' {
		save := p.pos
		p.pos++
		if p.pos < len(p.text) && (p.text[p.pos] == '+' || p.text[p.pos] == '-') {
			p.pos++
		}
		if p.pos < len(p.text) && isDigit(p.text[p.pos]) {
			float = true
			p.digits(10)
		} else {
			p.pos = save
		}
	}
	if p.pos < len(p.text) && isWord(p.text[p.pos]) {
		p.fail(p.pos, "expected a digit, found "+p.found(p.pos))
	}
	if float {
		f, err := strconv.ParseFloat(strings.ReplaceAll(p.text[start:p.pos], "_", ""), 64)
		if err != nil && f == 0 {
			p.fail(start, "malformed number")
		}
		return FloatValue(f)
	}
	if len(whole) > 1 && whole[0] == '0' {
		p.fail(start, "an integer may not begin with 0 (octal is 0o17)")
	}
	return parseInt(whole, 10)
}

func parseInt(digits string, base int) Value {
	if n, err := strconv.ParseUint(digits, base, 64); err == nil {
		return UintValue(n)
	}
	b, _ := new(big.Int).SetString(digits, base)
	return BigValue(b)
}

// single reads the rest of a '…' string, in which everything stands for itself.
func (p *parser) single() string {
	start := p.pos
	p.pos++
	n := strings.IndexByte(p.text[p.pos:], '\'')
	if n < 0 {
		p.fail(len(p.text), "the string that begins at byte "+strconv.Itoa(start)+" has no end, expected '")
	}
	s := p.text[p.pos : p.pos+n]
	p.pos += n + 1
	return s
}

var escapes = map[byte]byte{'a': 7, 'b': 8, 't': 9, 'n': 10, 'v': 11, 'f': 12, 'r': 13, 'e': 27, '"': '"', '\'': '\'',
	'\\': '\\'}

// double reads the rest of a "…" string up to its end or, of an f-string, to the next "{"; open tells which.
func (p *parser) double(start int, format bool) (s string, open bool) {
	var b strings.Builder
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; {
		case c == '"':
			p.pos++
			return b.String(), false
		case c == '{' && format:
			p.pos++
			return b.String(), true
		case c == '\\':
			b.WriteRune(p.escape())
		default:
			b.WriteByte(c)
			p.pos++
		}
	}
	p.fail(len(p.text), "the string that begins at byte "+strconv.Itoa(start)+` has no end, expected "`)
	return "", false
}

// escape reads an escape sequence of a "…" string. Two of \u make one character if they are a surrogate pair.
func (p *parser) escape() rune {
	start := p.pos
	p.pos++
	if p.pos == len(p.text) {
		p.fail(start, "a backslash at the end")
	}
	c := p.text[p.pos]
	if e, ok := escapes[c]; ok {
		p.pos++
		return rune(e)
	}
	switch {
	case '0' <= c && c <= '7':
		n := 0
		for ; p.pos < len(p.text) && '0' <= p.text[p.pos] && p.text[p.pos] <= '7'; p.pos++ {
			if n = n*8 + int(p.text[p.pos]-'0'); n > utf8.MaxRune {
				p.fail(start, "octal escape of no character")
			}
		}
		return rune(n)
	case c == 'u':
		r := p.hex4(start)
		if utf16.IsSurrogate(r) && strings.HasPrefix(p.text[p.pos:], `\u`) {
			save := p.pos
			p.pos++
			if both := utf16.DecodeRune(r, p.hex4(save)); both != utf8.RuneError {
				return both
			}
			p.pos = save
		}
		return r
	}
	p.fail(start, `unknown escape sequence, expected \a \b \t \n \v \f \r \e \" \' \\ \u or octal digits`)
	return 0
}

// hex4 reads u and four hexadecimal digits.
func (p *parser) hex4(start int) rune {
	p.pos++
	if p.pos+4 <= len(p.text) {
		if n, err := strconv.ParseUint(p.text[p.pos:p.pos+4], 16, 16); err == nil {
			p.pos += 4
			return rune(n)
		}
	}
	p.fail(start, `expected four hexadecimal digits after \u`)
	return 0
}
