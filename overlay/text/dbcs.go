package text

import "strings"

const (
	illegal    = "illegal multibyte sequence"
	incomplete = "incomplete multibyte sequence"
)

// dbcs is a codec of one- and two-byte characters: Shift JIS, Big5, GBK and their like. With a third table (EUC), 8F
// and two bytes are three-byte characters.
type dbcs struct {
	*grid
	hangul bool // the eight-byte Hangul syllables of euc_kr
}

func newDBCS(name string) *dbcs { return &dbcs{grid: gridOf(name)} }

func newEUC(name string) *dbcs {
	return &dbcs{grid: newGrid(name, name+"_3")}
}

func (c *dbcs) step(src []byte, at int, _ *state, final bool) unit {
	b := src[at:]
	switch v := c.single[b[0]]; v {
	case gridLead:
	case gridError:
		return bad(1, illegal)
	default:
		return char(v, 1)
	}
	if len(b) < 2 {
		return wait(final, bad(1, incomplete))
	}
	if b[0] == 0x8F && c.third != nil {
		if len(b) < 3 {
			return wait(final, bad(2, incomplete))
		}
		if u, ok := c.unit(c.third.at(b[1], b[2]), 3); ok {
			return u
		}
		return bad(1, illegal)
	}
	if c.hangul && b[0] == hangulLead && b[1] == hangulFill {
		return composedHangul(b, final)
	}
	v := c.at(b[0], b[1])
	if u, ok := c.unit(v, 2); ok {
		return u
	}
	if v == gridBoth {
		return bad(2, illegal)
	}
	return bad(1, illegal)
}

func (c *dbcs) run(dst, src []byte, at int, _ *state) ([]byte, int) {
	for at < len(src) {
		v, n := c.single[src[at]], 1
		if v == gridLead && at+1 < len(src) {
			v, n = c.at(src[at], src[at+1]), 2
			if v == 0 {
				return dst, at
			}
		}
		if v >= gridPair {
			return dst, at
		}
		if v < 0x80 {
			dst = append(dst, byte(v))
		} else {
			dst = AppendRune(dst, v)
		}
		at += n
	}
	return dst, at
}

func (c *dbcs) encode(dst []byte, in []rune, at int, _ *state) ([]byte, gap) {
	for i := at; i < len(in); {
		code, n, ok := c.find(in, i)
		switch {
		case !ok && c.hangul && in[i] >= 0xAC00 && in[i] <= 0xD7A3:
			dst = appendComposed(dst, in[i])
		case !ok:
			return dst, gap{i, i + 1, illegal}
		case code < 0x100:
			dst = append(dst, byte(code))
		case c.third != nil && code&0x80 == 0:
			dst = append(dst, 0x8F, byte(code>>8), byte(code)|0x80)
		default:
			dst = append(dst, byte(code>>8), byte(code))
		}
		i += n
	}
	return dst, gap{}
}

func (*dbcs) reset(dst []byte, _ *state) []byte { return dst }
func (*dbcs) family() family                    { return multibyte }

// KS X 1001:1998 annex 3 composes the Hangul syllables that have no code of their own from compatibility jamo:
// A4 D4 and then A4 with the initial, A4 with the vowel and A4 with the final, which is D4 for none.
const (
	hangulLead = 0xA4
	hangulFill = 0xD4
)

// The compatibility jamo (A4 A1 onwards) of the initials and finals, by their place in a Unicode syllable.
const (
	initials = "\xA1\xA2\xA4\xA7\xA8\xA9\xB1\xB2\xB3\xB5\xB6\xB7\xB8\xB9\xBA\xBB\xBC\xBD\xBE"
	finals   = "\xD4\xA1\xA2\xA3\xA4\xA5\xA6\xA7\xA9\xAA\xAB\xAC\xAD\xAE\xAF\xB0\xB1\xB2\xB4\xB5\xB6\xB7\xB8\xBA\xBB\xBC\xBD\xBE"
)

func composedHangul(b []byte, final bool) unit {
	if len(b) < 8 {
		return wait(final, bad(len(b), incomplete))
	}
	if b[2] != hangulLead || b[4] != hangulLead || b[6] != hangulLead {
		return bad(1, illegal)
	}
	l, v, t := strings.IndexByte(initials, b[3]), int(b[5])-0xBF, strings.IndexByte(finals, b[7])
	if l < 0 || v < 0 || v > 20 || t < 0 {
		return bad(1, illegal)
	}
	return char(rune(0xAC00+l*588+v*28+t), 8)
}

func appendComposed(dst []byte, r rune) []byte {
	r -= 0xAC00
	return append(dst, hangulLead, hangulFill, hangulLead, initials[r/588], hangulLead, 0xBF+byte(r/28%21),
		hangulLead, finals[r%28])
}
