package model

import (
	"fmt"
	"math/big"
	"strings"

	"hexlay/mmapdoc"
)

// addressEnv is what names and relative forms of an address stand for.
type addressEnv struct {
	cursor, size int64
	selection    mmapdoc.Range
	marks        map[rune]int64
}

// AddressError says what is wrong with an address and where: Pos is a byte index into Text.
type AddressError struct {
	Text   string
	Pos    int
	Reason string
}

func (err *AddressError) Error() string {
	return fmt.Sprintf("address %q, position %d: %s", err.Text, err.Pos, err.Reason)
}

// Address evaluates an address as goto takes it:
//
//	0x1f0  0o17  0b101  1_000  64K  1f0h  numbers; K M G T are powers of 1024
//	+16  -4                         from the cursor
//	50%                             of the document's size
//	end  here  start  sel  'a       names: the size, the cursor, 0, the selection's start and a mark
//	+ - * / & | ^ << >> ( )         arithmetic, exact, with C's precedence
func (e *Editor) Address(s string) (int64, error) {
	return evalAddress(s, e.addressEnv())
}

func (e *Editor) addressEnv() addressEnv {
	return addressEnv{e.cursor, e.Size(), e.Selection(), e.marks}
}

// AddressRange evaluates OFF:LEN, OFF: (to the end) and OFF..END. A plain address gives an empty range there.
func (e *Editor) AddressRange(s string) (mmapdoc.Range, error) {
	env := e.addressEnv()
	head, tail, sep := s, "", ""
	if i := strings.Index(s, ".."); i >= 0 {
		head, tail, sep = s[:i], s[i+2:], ".."
	} else if i := strings.IndexByte(s, ':'); i >= 0 {
		head, tail, sep = s[:i], s[i+1:], ":"
	}
	start, err := evalAddress(head, env)
	if err != nil {
		return mmapdoc.Range{}, err
	}
	r := mmapdoc.Range{Start: start, End: start}
	switch {
	case sep == "":
	case strings.TrimSpace(tail) == "":
		r.End = env.size
	default:
		n, err := evalAddress(tail, addressEnv{0, env.size, env.selection, env.marks})
		if err != nil {
			return mmapdoc.Range{}, err
		}
		if sep == ":" {
			if n > env.size-start {
				return r, fmt.Errorf("range %s: ends behind the document's end at %#x", s, env.size)
			}
			n += start
		}
		r.End = n
	}
	if r.Start < 0 || r.End < r.Start || r.End > env.size {
		return r, fmt.Errorf("range %s: [%#x, %#x) is not within the document's [0, %#x)", s, r.Start, r.End, env.size)
	}
	return r, nil
}

func evalAddress(s string, env addressEnv) (int64, error) {
	p := addressParser{text: s, env: env}
	p.space()
	if p.pos == len(s) {
		return 0, p.fail("an address is missing")
	}
	v := new(big.Int)
	relative := s[p.pos] == '+' || s[p.pos] == '-'
	if relative {
		v.SetInt64(env.cursor)
		p.chain(v, 0)
	} else {
		v = p.binary(0)
	}
	if p.err == nil && p.pos < len(s) {
		p.fail(fmt.Sprintf("unexpected %q", s[p.pos:]))
	}
	if p.err != nil {
		return 0, p.err
	}
	if !v.IsInt64() {
		return 0, &AddressError{s, 0, "does not fit in 64 bits"}
	}
	return v.Int64(), nil
}

// addressParser is a precedence climber over exact integers. The first error stays.
type addressParser struct {
	text  string
	pos   int
	depth int
	env   addressEnv
	err   error
}

var addressOps = [][]string{{"|"}, {"^"}, {"&"}, {"<<", ">>"}, {"+", "-"}, {"*", "/"}}

func (p *addressParser) fail(reason string) error {
	if p.err == nil {
		p.err = &AddressError{p.text, p.pos, reason}
	}
	return p.err
}

func (p *addressParser) space() {
	for p.pos < len(p.text) && (p.text[p.pos] == ' ' || p.text[p.pos] == '\t') {
		p.pos++
	}
}

func (p *addressParser) binary(level int) *big.Int {
	if level == len(addressOps) {
		return p.unary()
	}
	v := p.binary(level + 1)
	p.chain(v, level)
	return v
}

// chain applies the operators of level (and, at level 0, of all levels in turn) that follow v to it.
func (p *addressParser) chain(v *big.Int, level int) {
	if level == 0 { // a leading value: let the tighter operators take it first
		for l := len(addressOps) - 1; l > 0; l-- {
			p.chain(v, l)
		}
	}
	for p.err == nil {
		op := p.operator(level)
		if op == "" {
			return
		}
		p.apply(v, op, p.binary(level+1))
	}
}

func (p *addressParser) operator(level int) string {
	p.space()
	for _, op := range addressOps[level] {
		if strings.HasPrefix(p.text[p.pos:], op) {
			p.pos += len(op)
			return op
		}
	}
	return ""
}

func (p *addressParser) apply(v *big.Int, op string, w *big.Int) {
	if p.err != nil {
		return
	}
	switch op {
	case "+":
		v.Add(v, w)
	case "-":
		v.Sub(v, w)
	case "*":
		v.Mul(v, w)
	case "&":
		v.And(v, w)
	case "|":
		v.Or(v, w)
	case "^":
		v.Xor(v, w)
	case "/":
		if w.Sign() == 0 {
			p.fail("division by zero")
			return
		}
		v.Quo(v, w)
	case "<<", ">>":
		if w.Sign() < 0 || w.BitLen() > 7 {
			p.fail("a shift takes 0 to 127 bits")
			return
		}
		if op == "<<" {
			v.Lsh(v, uint(w.Int64()))
		} else {
			v.Rsh(v, uint(w.Int64()))
		}
	}
	if v.BitLen() > 256 {
		p.fail("the result is too large")
	}
}

func (p *addressParser) unary() *big.Int {
	p.space()
	if p.err != nil {
		return new(big.Int)
	}
	if p.depth++; p.depth > 64 {
		p.fail("nested too deeply")
		return new(big.Int)
	}
	defer func() { p.depth-- }()
	if p.pos == len(p.text) {
		p.fail("a number or a name is missing")
		return new(big.Int)
	}
	switch c := p.text[p.pos]; {
	case c == '-' || c == '+' || c == '~':
		p.pos++
		v := p.unary()
		switch c {
		case '-':
			v.Neg(v)
		case '~':
			v.Not(v)
		}
		return v
	case c == '(':
		p.pos++
		v := p.binary(0)
		p.space()
		if p.err == nil && (p.pos == len(p.text) || p.text[p.pos] != ')') {
			p.fail("a closing parenthesis is missing")
			return v
		}
		p.pos++
		return p.percent(v)
	case c == '\'':
		return p.mark()
	}
	return p.percent(p.word())
}

// percent takes a '%' behind a value: that share of the document.
func (p *addressParser) percent(v *big.Int) *big.Int {
	if p.err == nil && p.pos < len(p.text) && p.text[p.pos] == '%' {
		p.pos++
		v.Mul(v, big.NewInt(p.env.size))
		v.Quo(v, big.NewInt(100))
	}
	return v
}

func (p *addressParser) mark() *big.Int {
	name, at := rune(0), p.pos
	for _, r := range p.text[p.pos+1:] {
		name = r
		break
	}
	off, ok := p.env.marks[name]
	if !ok {
		p.fail("there is no such mark")
		return new(big.Int)
	}
	p.pos = at + 1 + len(string(name))
	return big.NewInt(off)
}

func (p *addressParser) word() *big.Int {
	start := p.pos
	for p.pos < len(p.text) && wordByte(p.text[p.pos]) {
		p.pos++
	}
	w := p.text[start:p.pos]
	switch strings.ToLower(w) {
	case "":
		p.fail(fmt.Sprintf("unexpected %q", p.text[start:]))
		return new(big.Int)
	case "end", "size":
		return big.NewInt(p.env.size)
	case "here", "cursor", ".":
		return big.NewInt(p.env.cursor)
	case "start":
		return new(big.Int)
	case "sel":
		return big.NewInt(p.env.selection.Start)
	case "selend":
		return big.NewInt(p.env.selection.End)
	}
	v, ok := parseNumber(w)
	if !ok {
		p.pos = start
		p.fail(fmt.Sprintf("%q is neither a number nor a name", w))
		return new(big.Int)
	}
	return v
}

func wordByte(c byte) bool {
	return c == '_' || c == '.' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// parseNumber reads a number as people write offsets: Python's prefixes and underscores, a factor K M G T, or hex
// digits with an h behind or at least one letter among them.
func parseNumber(w string) (*big.Int, bool) {
	if len(w) > 80 {
		return nil, false
	}
	if v, ok := new(big.Int).SetString(strings.ToLower(w), 0); ok && !(len(w) > 1 && w[0] == '0' && w[1] >= '0' && w[1] <= '9') {
		return v, true
	}
	if v, ok := new(big.Int).SetString(w, 10); ok {
		return v, true
	}
	if i := strings.IndexByte("KMGT", w[len(w)-1]&^0x20); i >= 0 && len(w) > 1 {
		if v, ok := new(big.Int).SetString(strings.ToLower(w[:len(w)-1]), 0); ok {
			return v.Lsh(v, uint(10*(i+1))), true
		}
	}
	if v, ok := new(big.Int).SetString(strings.TrimSuffix(strings.ToLower(w), "h"), 16); ok {
		return v, true
	}
	return nil, false
}
