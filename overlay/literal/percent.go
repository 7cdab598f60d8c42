package literal

import (
	"bytes"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Percent is format % args of Python, for bytes (PEP 461). args is written as in Python: an int, a float, bytes, a str
// (for %a and %r), None, True, False, a tuple of such, or a dict for %(name)s. Errors are [*ParseError]; their reasons
// are CPython's, and their positions are in args when args is no value, else in format.
func Percent(format []byte, args string) ([]byte, error) {
	p := &pyParser{s: args}
	o, err := p.object()
	if err != nil {
		return nil, err
	}
	p.space()
	if p.i < len(args) {
		return nil, errAt(p.i, "%s follows the arguments", quoteAt(args, p.i))
	}
	return percent(format, o)
}

// parsePyExpr reads a bytes literal, or bytes.fromhex("…"), each perhaps with % and its arguments, perhaps assigned to
// a name.
func parsePyExpr(s string) ([]byte, error) {
	p := &pyParser{s: s}
	p.space()
	b, err := p.bytesValue()
	if err != nil {
		return nil, err
	}
	for {
		p.space()
		if p.i >= len(s) {
			return b, nil
		}
		if s[p.i] != '%' {
			return nil, errAt(p.i, "%s follows the bytes literal", quoteAt(s, p.i))
		}
		at := p.i
		p.i++
		args, err := p.object()
		if err != nil {
			return nil, err
		}
		if b, err = percent(b, args); err != nil {
			// A position in the unescaped format would mislead.
			return nil, &ParseError{at, err.(*ParseError).Reason}
		}
	}
}

func (p *pyParser) bytesValue() ([]byte, error) {
	for _, f := range []string{"bytes.fromhex(", "bytearray.fromhex("} {
		if !strings.HasPrefix(p.s[p.i:], f) {
			continue
		}
		p.i += len(f)
		p.space()
		at := p.i
		o, err := p.object()
		if err != nil {
			return nil, err
		}
		if o.kind != kindStr {
			return nil, errAt(at, "fromhex() argument must be str, not %s", typeNames[o.kind])
		}
		p.space()
		if p.i >= len(p.s) || p.s[p.i] != ')' {
			return nil, errAt(p.i, "expected ')'")
		}
		p.i++
		b, err := FromHex(string(o.runes))
		if err != nil {
			return nil, &ParseError{at, err.(*ParseError).Reason}
		}
		return b, nil
	}
	return p.bytesLiterals()
}

// spec is one conversion: %[(key)][flags][width][.precision]letter.
type spec struct {
	left, sign, blank, alt, zero bool
	width, prec                  int // -1 when absent
	letter                       byte
	at                           int // of the letter
}

// formatter goes through a format and its arguments, in the steps of CPython's _PyBytes_FormatEx.
type formatter struct {
	f     []byte
	i     int
	args  object
	next  int  // argument to come
	count int  // of arguments; -1: args is itself the only one
	used  bool // that one was taken
	dict  *object
	out   []byte
	spelt int // bytes of %a, cut off ones included: a precision must not hide the work of thousands of them
}

func percent(format []byte, args object) ([]byte, error) {
	p := &formatter{f: format, args: args, count: -1}
	switch args.kind {
	case kindTuple:
		p.count = len(args.items)
	case kindDict:
		p.dict = &args
	}
	for p.i < len(format) {
		k := bytes.IndexByte(format[p.i:], '%')
		if k < 0 {
			k = len(format) - p.i
		}
		if err := p.room(k); err != nil {
			return nil, err
		}
		p.out = append(p.out, format[p.i:p.i+k]...)
		if p.i += k; p.i == len(format) {
			break
		}
		if p.i++; p.i < len(format) && format[p.i] == '%' {
			p.out = append(p.out, '%')
			p.i++
			continue
		}
		if err := p.conversion(); err != nil {
			return nil, err
		}
		if p.dict != nil && p.left() {
			return nil, p.err("not all arguments converted during bytes formatting")
		}
	}
	if p.dict == nil && p.left() {
		return nil, p.err("not all arguments converted during bytes formatting")
	}
	return p.out, nil
}

func (p *formatter) err(format string, args ...any) error { return errAt(p.i, format, args...) }

// room refuses to write n more bytes where that would be too many.
func (p *formatter) room(n int) error {
	if n > maxFormatted-len(p.out) {
		return p.err("the result would have more than %d bytes", maxFormatted)
	}
	return nil
}

// maxFormatted is the largest result of formatting: a few characters can ask for any size.
const maxFormatted = 1 << 26

// left says whether arguments remain.
func (p *formatter) left() bool {
	if p.count < 0 {
		return !p.used
	}
	return p.next < p.count
}

func (p *formatter) arg() (*object, error) {
	switch {
	case !p.left():
		return nil, p.err("not enough arguments for format string")
	case p.count < 0:
		p.used = true
		return &p.args, nil
	}
	p.next++
	return &p.args.items[p.next-1], nil
}

func (p *formatter) peek() byte {
	if p.i < len(p.f) {
		return p.f[p.i]
	}
	return 0
}

// conversion does one, from after its '%'.
func (p *formatter) conversion() error {
	if p.peek() == '(' {
		if err := p.key(); err != nil {
			return err
		}
	}
	s := spec{width: -1, prec: -1}
	for flag := true; flag && p.i < len(p.f); {
		switch p.f[p.i] {
		case '-':
			s.left = true
		case '+':
			s.sign = true
		case ' ':
			s.blank = true
		case '#':
			s.alt = true
		case '0':
			s.zero = true
		default:
			flag = false
			continue
		}
		p.i++
	}
	var err error
	if s.width, err = p.size("width", math.MaxInt64); err != nil {
		return err
	}
	if s.width < -1 {
		s.left, s.width = true, -(s.width + 1)
	}
	if p.peek() == '.' {
		p.i++
		if s.prec, err = p.size("prec", math.MaxInt32); err != nil {
			return err
		}
		s.prec = max(s.prec, 0)
	}
	if c := p.peek(); c == 'h' || c == 'l' || c == 'L' {
		p.i++
	}
	if p.i >= len(p.f) {
		return p.err("incomplete format")
	}
	s.letter, s.at = p.f[p.i], p.i
	v, err := p.arg()
	if err != nil {
		return err
	}
	err = p.convert(s, v)
	p.i++
	return err
}

// key takes the argument from the dict.
func (p *formatter) key() error {
	if p.dict == nil {
		return p.err("format requires a mapping")
	}
	start := p.i + 1
	depth := 1
	for p.i++; p.i < len(p.f); p.i++ {
		switch p.f[p.i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 {
			break
		}
	}
	if depth > 0 {
		return p.err("incomplete format key")
	}
	key := object{kind: kindBytes, b: p.f[start:p.i]}
	p.i++
	for k := range p.dict.keys {
		if p.dict.keys[k].equal(&key) {
			p.args, p.count, p.used = p.dict.items[k], -1, false
			return nil
		}
	}
	return p.err("%s is not in the dict", PyLiteral(key.b))
}

// size reads a width or precision: digits, or '*' for an argument. Absent is -1, and a negative width w is w-1.
func (p *formatter) size(what string, limit int64) (int, error) {
	if p.peek() == '*' {
		p.i++
		v, err := p.arg()
		if err != nil {
			return 0, err
		}
		if v.kind != kindInt && v.kind != kindBool {
			return 0, p.err("* wants int")
		}
		if !v.n.IsInt64() || v.n.Int64() > limit || v.n.Int64() < -limit {
			return 0, p.err("Python int too large to convert to C %s", map[string]string{"width": "ssize_t", "prec": "int"}[what])
		}
		if n := int(v.n.Int64()); n < 0 {
			return n - 1, nil
		}
		return int(v.n.Int64()), nil
	}
	if !isDigit(p.peek()) {
		return -1, nil
	}
	var n int64
	for ; isDigit(p.peek()); p.i++ {
		d := int64(p.f[p.i] - '0')
		if n > (limit-d)/10 {
			return 0, p.err("%s too big", what)
		}
		n = n*10 + d
	}
	return int(n), nil
}

// convert writes one value.
func (p *formatter) convert(s spec, v *object) error {
	var text []byte
	var err error
	numeric := false
	switch s.letter {
	case 'a', 'r':
		text = v.ascii()
		if p.spelt += len(text); p.spelt > maxFormatted {
			return p.err("the values would have more than %d bytes", maxFormatted)
		}
		if s.prec >= 0 {
			text = text[:min(s.prec, len(text))]
		}
	case 'b', 's':
		if v.kind != kindBytes {
			return p.err("%%b requires a bytes-like object, or an object that implements __bytes__, not '%s'", typeNames[v.kind])
		}
		text = v.b
		if s.prec >= 0 {
			text = text[:min(s.prec, len(text))]
		}
	case 'd', 'i', 'u', 'o', 'x', 'X':
		numeric = true
		text, err = p.formatInt(s, v)
	case 'e', 'E', 'f', 'F', 'g', 'G':
		numeric = true
		text, err = p.formatFloat(s, v)
	case 'c':
		text, err = p.char(v)
	default:
		return p.err("unsupported format character '%c' (0x%x) at index %d", s.letter, s.letter, s.at)
	}
	if err != nil {
		return err
	}
	return p.pad(s, text, numeric)
}

// pad writes text at the width of s. A sign and the prefix of '#' stand before zeros and after spaces.
func (p *formatter) pad(s spec, text []byte, numeric bool) error {
	var head []byte
	zero := false
	if numeric {
		zero = s.zero
		switch {
		case text[0] == '-' || text[0] == '+':
			head, text = text[:1:1], text[1:]
		case s.sign:
			head = []byte{'+'}
		case s.blank:
			head = []byte{' '}
		}
		if s.alt && strings.IndexByte("oxX", s.letter) >= 0 {
			head, text = append(head, text[:2]...), text[2:]
		}
	}
	fill := max(0, s.width-len(head)-len(text))
	if err := p.room(len(head) + len(text)); err != nil {
		return err
	}
	if err := p.room(fill); err != nil {
		return err
	}
	switch {
	case s.left:
		p.out = append(append(p.out, head...), text...)
		p.out = append(p.out, bytes.Repeat([]byte{' '}, fill)...)
	case zero:
		p.out = append(p.out, head...)
		p.out = append(append(p.out, bytes.Repeat([]byte{'0'}, fill)...), text...)
	default:
		p.out = append(p.out, bytes.Repeat([]byte{' '}, fill)...)
		p.out = append(append(p.out, head...), text...)
	}
	return nil
}

func (p *formatter) char(v *object) ([]byte, error) {
	switch {
	case v.kind == kindBytes && len(v.b) == 1:
		return v.b, nil
	case v.kind == kindInt || v.kind == kindBool:
		if !v.n.IsInt64() || v.n.Int64() < 0 || v.n.Int64() > 255 {
			return nil, p.err("%%c arg not in range(256)")
		}
		return []byte{byte(v.n.Int64())}, nil
	}
	return nil, p.err("%%c requires an integer in range(256) or a single byte")
}

// formatInt is the digits of an int with sign, the prefix of '#', and zeros up to the precision.
func (p *formatter) formatInt(s spec, v *object) ([]byte, error) {
	n := v.n
	switch {
	case v.kind == kindInt || v.kind == kindBool:
	case s.letter == 'o' || s.letter == 'x' || s.letter == 'X':
		return nil, p.err("%%%c format: an integer is required, not %s", s.letter, typeNames[v.kind])
	case v.kind != kindFloat && s.letter == 'u':
		return nil, p.err("%%u format: a real number is required, not %s", typeNames[v.kind])
	case v.kind != kindFloat:
		return nil, p.err("%%d format: a real number is required, not %s", typeNames[v.kind])
	case math.IsInf(v.x, 0):
		return nil, p.err("cannot convert float infinity to integer")
	case math.IsNaN(v.x):
		return nil, p.err("cannot convert float NaN to integer")
	default:
		n, _ = big.NewFloat(v.x).Int(nil)
	}
	base, prefix := 10, ""
	switch s.letter {
	case 'o':
		base, prefix = 8, "0o"
	case 'x':
		base, prefix = 16, "0x"
	case 'X':
		base, prefix = 16, "0X"
	}
	var out []byte
	if n.Sign() < 0 {
		out = append(out, '-')
	}
	if s.alt {
		out = append(out, prefix...)
	}
	digits := new(big.Int).Abs(n).Text(base)
	if base == 10 && len(digits) > maxDigits {
		return nil, p.err("Exceeds the limit (%d digits) for integer string conversion", maxDigits)
	}
	if s.letter == 'X' {
		digits = strings.ToUpper(digits)
	}
	if s.prec > math.MaxInt32-3 {
		return nil, p.err("precision too large")
	}
	if zeros := s.prec - len(digits); zeros > 0 {
		if err := p.room(zeros); err != nil {
			return nil, err
		}
		out = append(out, bytes.Repeat([]byte{'0'}, zeros)...)
	}
	return append(out, digits...), nil
}

// maxFloatDigits is more digits than any float has; what a larger precision asks for are zeros.
const maxFloatDigits = 1100

func (p *formatter) formatFloat(s spec, v *object) ([]byte, error) {
	x := v.x
	switch v.kind {
	case kindFloat:
	case kindInt, kindBool:
		x, _ = new(big.Float).SetInt(v.n).Float64()
		if math.IsInf(x, 0) {
			return nil, p.err("int too large to convert to float")
		}
	default:
		return nil, p.err("float argument required, not %s", typeNames[v.kind])
	}
	upper := s.letter < 'a'
	var text string
	switch {
	case math.IsInf(x, 1):
		text = "inf"
	case math.IsInf(x, -1):
		text = "-inf"
	case math.IsNaN(x):
		text = "nan"
	default:
		prec := s.prec
		if prec < 0 {
			prec = 6
		}
		if trimmed := s.letter|0x20 == 'g' && !s.alt; !trimmed { // %g drops its zeros
			if err := p.room(prec); err != nil {
				return nil, err
			}
		}
		text = formatC(x, s.letter|0x20, prec, s.alt)
	}
	if upper {
		text = strings.ToUpper(text)
	}
	return []byte(text), nil
}

// formatC is %e, %f and %g of C's printf; alt is its '#'.
func formatC(x float64, letter byte, prec int, alt bool) string {
	if letter != 'g' {
		text := strconv.FormatFloat(x, letter, min(prec, maxFloatDigits), 64)
		mantissa, exp := cutExponent(text)
		if prec > maxFloatDigits {
			mantissa += strings.Repeat("0", prec-maxFloatDigits)
		}
		if prec == 0 && alt {
			mantissa += "."
		}
		return mantissa + exp
	}
	prec = max(prec, 1)
	digits := min(prec, maxFloatDigits)
	text := strconv.FormatFloat(x, 'e', digits-1, 64)
	mantissa, exp := cutExponent(text)
	if e, _ := strconv.Atoi(exp[1:]); e >= -4 && e < prec {
		mantissa, exp = strconv.FormatFloat(x, 'f', max(0, digits-1-e), 64), ""
	}
	if alt {
		if !strings.Contains(mantissa, ".") {
			mantissa += "."
		}
		return mantissa + strings.Repeat("0", prec-digits) + exp
	}
	if strings.Contains(mantissa, ".") {
		mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
	}
	return mantissa + exp
}

func cutExponent(s string) (mantissa, exp string) {
	if i := strings.IndexByte(s, 'e'); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}
