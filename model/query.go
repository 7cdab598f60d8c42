package model

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"hexlay/overlay/literal"
	"hexlay/overlay/pattern"
	"hexlay/overlay/pystruct"
	"hexlay/overlay/text"
)

// QueryKind says how a query is written.
type QueryKind int

// The kinds of queries.
const (
	QueryHex    QueryKind = iota // see pattern.Hex
	QueryBytes                   // any notation of overlay/literal
	QueryText                    // text, encoded
	QueryRegexp                  // see pattern.Regexp
	QueryValue                   // a value in a struct format
	QueryField                   // a condition on the fields of templates, see ksy.Condition; it has no pattern
)

// Query is what somebody wants found.
type Query struct {
	Kind QueryKind
	Text string
	// Codecs are the encodings of text that are looked for, all at once.
	Codecs     []*text.Codec
	IgnoreCase bool
	// Format is the struct format of a value. "<>" in front stands for both byte orders. A value may have a tolerance
	// behind a tilde: 3.14~0.01.
	Format string
}

// TextCodecs are the encodings that are looked for under a name: UTF-16 and UTF-32 without a byte order are both orders.
func TextCodecs(c *text.Codec) []*text.Codec {
	switch name := c.Name(); name {
	case "utf-16", "utf-32":
		le, errLE := text.Lookup(name + "-le")
		be, errBE := text.Lookup(name + "-be")
		if errLE == nil && errBE == nil {
			return []*text.Codec{le, be}
		}
	case "utf-8-sig":
		if plain, err := text.Lookup("utf-8"); err == nil {
			return []*text.Codec{plain}
		}
	}
	return []*text.Codec{c}
}

// Compile makes the query's pattern.
func (q *Query) Compile() (*pattern.Pattern, error) {
	switch q.Kind {
	case QueryHex:
		return pattern.Hex(q.Text)
	case QueryRegexp:
		return pattern.Regexp(q.Text, q.IgnoreCase)
	case QueryText:
		return q.compileText()
	case QueryValue:
		return q.compileValue()
	case QueryField:
		return nil, errors.New("a condition on fields is no pattern")
	}
	b, _, err := literal.ParseLine(q.Text)
	if err != nil {
		return nil, err
	}
	return pattern.Bytes(b)
}

func (q *Query) compileText() (*pattern.Pattern, error) {
	if q.Text == "" {
		return nil, errors.New("there is no text to find")
	}
	var ways [][][][]byte
	for _, c := range q.Codecs {
		way, err := encodings(c, q.Text, q.IgnoreCase)
		if err != nil {
			return nil, err
		}
		ways = append(ways, way)
	}
	return pattern.Aligned(ways, q.unit())
}

// unit is how many bytes the offsets of text are a multiple of, if the query's codecs differ in their byte order alone: text that
// could be in one or the other is taken for what begins at such an offset.
func (q *Query) unit() int {
	for i, prefix := range []string{"utf-16-", "utf-32-"} {
		if len(q.Codecs) > 1 && !slices.ContainsFunc(q.Codecs, func(c *text.Codec) bool { return !strings.HasPrefix(c.Name(), prefix) }) {
			return 2 << i
		}
	}
	return 0
}

// encodings gives for each character of s the byte strings that it may be. In a codec with shifts the bytes of a character
// depend on those before, so there the whole text counts as one.
func encodings(c *text.Codec, s string, fold bool) ([][][]byte, error) {
	whole, err := c.Encode(nil, s, text.Strict)
	if err != nil {
		return nil, err
	}
	var chars [][][]byte
	var joined []byte
	for _, r := range s {
		b, err := c.Encode(nil, string(r), text.Strict)
		if err != nil {
			break
		}
		joined = append(joined, b...)
		char := [][]byte{b}
		for other := unicode.SimpleFold(r); fold && other != r; other = unicode.SimpleFold(other) {
			if o, err := c.Encode(nil, string(other), text.Strict); err == nil {
				char = append(char, o)
			}
		}
		chars = append(chars, char)
	}
	if string(joined) == string(whole) {
		return chars, nil
	}
	ways := [][]byte{whole}
	if fold {
		for _, t := range []string{strings.ToLower(s), strings.ToUpper(s)} {
			if b, err := c.Encode(nil, t, text.Strict); err == nil {
				ways = append(ways, b)
			}
		}
	}
	return [][][]byte{ways}, nil
}

// formats are the query's format, twice if both byte orders are wanted.
func (q *Query) formats() ([]*pystruct.Format, error) {
	texts := []string{q.Format}
	if rest, ok := strings.CutPrefix(q.Format, "<>"); ok {
		texts = []string{"<" + rest, ">" + rest}
	}
	var out []*pystruct.Format
	for _, t := range texts {
		f, err := pystruct.Compile(t)
		if err != nil {
			return nil, err
		}
		if f.NumFields() == 0 || f.Size() > pattern.MaxMatch {
			return nil, fmt.Errorf("format %q: a value to find has at least one field and at most %s", t, count(pattern.MaxMatch, "byte"))
		}
		out = append(out, f)
	}
	return out, nil
}

func (q *Query) compileValue() (*pattern.Pattern, error) {
	formats, err := q.formats()
	if err != nil {
		return nil, err
	}
	value, tolerance, near := strings.Cut(strings.ReplaceAll(q.Text, "±", "~"), "~")
	if near {
		return nearValue(formats, strings.TrimSpace(value), strings.TrimSpace(tolerance))
	}
	packed, err := packAll(formats, q.Text)
	if err != nil {
		return nil, err
	}
	ways := make([][][][]byte, len(packed))
	for i, b := range packed {
		ways[i] = [][][]byte{{b}}
	}
	return pattern.Text(ways)
}

func packAll(formats []*pystruct.Format, s string) ([][]byte, error) {
	texts := strings.Fields(s)
	if formats[0].NumFields() == 1 {
		texts = []string{strings.TrimSpace(s)}
	}
	var out [][]byte
	for _, f := range formats {
		values, err := f.ParseValues(texts)
		if err != nil {
			return nil, err
		}
		b, err := f.Pack(values)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// nearValue is a pattern of all values of a number's type that are within a tolerance.
func nearValue(formats []*pystruct.Format, value, tolerance string) (*pattern.Pattern, error) {
	var ranges []pattern.Range
	for _, f := range formats {
		field := f.Field(0)
		if f.NumFields() != 1 || field.Size != f.Size() || strings.IndexByte("bBhHiIlLqQnNefd", field.Code) < 0 {
			return nil, fmt.Errorf("format %q: a tolerance needs a format of one number", f)
		}
		order := f.String()[0]
		part := pattern.Range{Size: int(field.Size), Big: order == '>' || order == '!'}
		if strings.IndexByte("efd", field.Code) >= 0 {
			v, err := f.ParseValue(0, value)
			if err != nil {
				return nil, err
			}
			x, _ := v.Float64()
			tol, err := strconv.ParseFloat(tolerance, 64)
			if err != nil || !(tol >= 0) || math.IsInf(tol, 0) || math.IsNaN(x) || math.IsInf(x, 0) {
				return nil, fmt.Errorf("%s~%s: want a number and a tolerance of 0 or more", value, tolerance)
			}
			ranges = append(ranges, floatRanges(part, x-tol, x+tol)...)
			continue
		}
		v, err := f.ParseValue(0, value)
		if err != nil {
			return nil, err
		}
		mid, ok := new(big.Int).SetString(v.String(), 10)
		tol, ok2 := new(big.Int).SetString(tolerance, 0)
		if !ok || !ok2 || tol.Sign() < 0 {
			return nil, fmt.Errorf("%s~%s: want an integer and a tolerance of 0 or more", value, tolerance)
		}
		signed := field.Code >= 'a'
		ranges = append(ranges, intRanges(part, signed, new(big.Int).Sub(mid, tol), new(big.Int).Add(mid, tol))...)
	}
	return pattern.Numbers(ranges)
}

// intRanges cuts [lo, hi] to what the type holds and gives it as unsigned numbers.
func intRanges(part pattern.Range, signed bool, lo, hi *big.Int) (out []pattern.Range) {
	one := big.NewInt(1)
	whole := new(big.Int).Lsh(one, uint(8*part.Size))
	least, most := new(big.Int), new(big.Int).Sub(whole, one)
	if signed {
		half := new(big.Int).Rsh(whole, 1)
		least, most = new(big.Int).Neg(half), new(big.Int).Sub(half, one)
	}
	if lo.Cmp(least) < 0 {
		lo = least
	}
	if hi.Cmp(most) > 0 {
		hi = most
	}
	add := func(lo, hi *big.Int) {
		if lo.Cmp(hi) <= 0 {
			part.Lo, part.Hi = lo.Uint64(), hi.Uint64()
			out = append(out, part)
		}
	}
	zero := new(big.Int)
	if lo.Sign() < 0 {
		top := hi
		if hi.Sign() >= 0 {
			top = big.NewInt(-1)
		}
		add(new(big.Int).Add(whole, lo), new(big.Int).Add(whole, top))
		lo = zero
	}
	add(lo, hi)
	return out
}

// floatRanges gives the bit patterns of the floats in [lo, hi]: those of one sign are in the order of their values.
func floatRanges(part pattern.Range, lo, hi float64) (out []pattern.Range) {
	bits := uint(8 * part.Size)
	value := func(u uint64) float64 {
		switch bits {
		case 16:
			exp, frac := int(u>>10&31), float64(u&1023)
			if exp == 31 {
				return math.Inf(1)
			}
			if exp == 0 {
				return math.Ldexp(frac, -24)
			}
			return math.Ldexp(1024+frac, exp-25)
		case 32:
			return float64(math.Float32frombits(uint32(u)))
		}
		return math.Float64frombits(u)
	}
	var infinity uint64
	switch bits {
	case 16:
		infinity = 0x7c00
	case 32:
		infinity = 0x7f800000
	default:
		infinity = 0x7ff0000000000000
	}
	// first is the least bit pattern whose value is at least x ≥ 0.
	first := func(x float64) uint64 {
		a, b := uint64(0), infinity
		for a < b {
			if m := a + (b-a)/2; value(m) >= x {
				b = m
			} else {
				a = m + 1
			}
		}
		return a
	}
	add := func(lo, hi float64, sign uint64) { // 0 ≤ lo ≤ hi
		a, b := first(lo), first(hi)
		if b == infinity || value(b) > hi {
			if b == 0 {
				return
			}
			b--
		}
		if a <= b {
			part.Lo, part.Hi = a|sign, b|sign
			out = append(out, part)
		}
	}
	if hi >= 0 {
		add(max(lo, 0), hi, 0)
	}
	if lo <= 0 {
		add(max(0, -hi), -lo, 1<<(bits-1))
	}
	return out
}

// Replacement reads what is to take the place of the matches of p, which Compile made. It is written as the query is, with
// what pattern.ReplaceHex and pattern.ReplaceRegexp know beyond that.
func (q *Query) Replacement(p *pattern.Pattern, with string) (*pattern.Replacement, error) {
	switch q.Kind {
	case QueryRegexp:
		return p.ReplaceRegexp(with)
	case QueryText:
		var ways [][]byte
		for _, c := range q.Codecs {
			b, err := c.Encode(nil, with, text.Strict)
			if err != nil {
				return nil, err
			}
			ways = append(ways, b)
		}
		return p.ReplaceText(ways)
	case QueryValue:
		if strings.TrimSpace(with) == "" {
			return p.ReplaceText([][]byte{nil})
		}
		formats, err := q.formats()
		if err != nil {
			return nil, err
		}
		if len(formats) > 1 && strings.ContainsAny(q.Text, "~±") {
			return nil, errors.New("a value in both byte orders with a tolerance can be found, but not replaced")
		}
		packed, err := packAll(formats, with)
		if err != nil {
			return nil, err
		}
		return p.ReplaceText(packed)
	}
	r, err := p.ReplaceHex(with)
	if err != nil && !strings.ContainsAny(with, "?$") {
		b, _, lerr := literal.ParseLine(with)
		if lerr == nil {
			return p.ReplaceText([][]byte{b})
		}
		if strings.ContainsAny(with, "\"'`") { // what is wrong with it as hex digits says nothing
			return nil, lerr
		}
	}
	return r, err
}
