package text

import "sync"

// iso2022 is a codec of ISO 2022 (ECMA-35): escape sequences designate character sets to G0, G1 and G2; SO and SI shift
// between G0 and G1; ESC N takes one character from G2.
type iso2022 struct {
	sets      []*charset94 // those the codec knows, in the order the encoder tries them
	shifts    bool         // SO and SI are shifts, else they are characters
	g2        bool         // ESC . designates to G2 and ESC N uses it
	jisPrefix bool         // ESC & @ before a designation of JIS X 0208
}

// charset94 is a designated character set, by the final byte of its escape sequence and whether it has double bytes.
type charset94 struct {
	final  byte
	double bool
	g      uint8 // where it is designated to: 0, 1, or 2, which only decodes
	load   func() *grid
	pairs  bool                                 // encode only the pairs of characters with one code
	decode func(b byte) rune                    // of a single-byte set; -1 for none
	encode func(in []rune, i int) (uint16, int) // of a single-byte set; the count is 0 for none
}

const (
	esc        = 0x1B
	doubleMark = 0x80 // in state.g, with the final byte; 0 and 'B' are ASCII
)

func (s *charset94) mark() uint8 {
	if s.double {
		return s.final | doubleMark
	}
	return s.final
}

func double(final byte, g uint8, name string) *charset94 {
	return &charset94{final: final, double: true, g: g, load: sync.OnceValue(func() *grid { return gridOf(name) })}
}

func pairsOnly(final byte, name string) *charset94 {
	s := double(final, 0, name)
	s.pairs = true
	return s
}

// jisRoman is ASCII with the yen sign for the backslash and the overline for the tilde.
var jisRoman = &charset94{final: 'J',
	decode: func(b byte) rune {
		switch b {
		case '\\':
			return 0xA5
		case '~':
			return 0x203E
		}
		return rune(b)
	},
	encode: func(in []rune, i int) (uint16, int) {
		switch in[i] {
		case 0xA5:
			return '\\', 1
		case 0x203E:
			return '~', 1
		}
		return 0, 0
	},
}

var jisKatakana = &charset94{final: 'I',
	decode: func(b byte) rune {
		if b >= 0x21 && b <= 0x5F {
			return rune(b) - 0x21 + 0xFF61
		}
		return -1
	},
	encode: func(in []rune, i int) (uint16, int) {
		if r := in[i]; r >= 0xFF61 && r <= 0xFF9F {
			return uint16(r-0xFF61) + 0x21, 1
		}
		return 0, 0
	},
}

// The right halves of ISO 8859, used in G2 only.
func rightHalf(final byte, decode func(b byte) rune) *charset94 {
	return &charset94{final: final, g: 2, decode: decode}
}

var latin1Half = rightHalf('A', func(b byte) rune {
	if b >= 0x80 {
		return -1
	}
	return rune(b) | 0x80
})

// greekHalf is ISO 8859-7:1987, which has neither the euro and drachma signs nor the ypogegrammeni. CPython lets a byte
// with its high bit through as the one without.
func greekHalf() *charset94 {
	greek := charmapOf("iso8859_7")
	return rightHalf('F', func(b byte) rune {
		if r := greek.runes[b^0x80]; r != undefined && b != 0x24 && b != 0x25 && b != 0x2A {
			return r
		}
		return -1
	})
}

func newISO2022(module string) *iso2022 {
	jisx0208, oldJIS := double('B', 0, "jisx0208"), double('@', 0, "jisx0208")
	jisx0212, ksx1001 := double('D', 0, "jisx0212"), double('C', 0, "ksx1001")
	switch module {
	case "iso2022_kr":
		ksx1001.g = 1
		return &iso2022{sets: []*charset94{ksx1001}, shifts: true}
	case "iso2022_jp":
		return &iso2022{sets: []*charset94{jisx0208, jisRoman, oldJIS}, jisPrefix: true}
	case "iso2022_jp_1":
		return &iso2022{sets: []*charset94{jisx0208, jisx0212, jisRoman, oldJIS}, jisPrefix: true}
	case "iso2022_jp_2":
		return &iso2022{sets: []*charset94{jisx0208, jisx0212, ksx1001, double('A', 0, "gb2312"), jisRoman, oldJIS,
			latin1Half, greekHalf()}, jisPrefix: true, g2: true}
	case "iso2022_jp_3":
		return &iso2022{sets: []*charset94{pairsOnly('O', "jisx0213_2000_1"), jisx0208, double('O', 0, "jisx0213_2000_1"),
			double('P', 0, "jisx0213_2000_2")}, jisPrefix: true}
	case "iso2022_jp_2004":
		return &iso2022{sets: []*charset94{pairsOnly('Q', "jisx0213_1"), jisx0208, double('Q', 0, "jisx0213_1"),
			double('P', 0, "jisx0213_2")}, jisPrefix: true}
	}
	return &iso2022{sets: []*charset94{jisx0208, jisx0212, jisRoman, jisKatakana, oldJIS}, jisPrefix: true} // iso2022_jp_ext
}

func (c *iso2022) find(mark uint8) *charset94 {
	for _, s := range c.sets {
		if s.mark() == mark && !s.pairs {
			return s
		}
	}
	return nil
}

// isFinal says that b ends an escape sequence. CPython takes '@' and the capitals only.
func isFinal(b byte) bool { return b >= '@' && b <= 'Z' }

func (c *iso2022) step(src []byte, at int, st *state, final bool) unit {
	b := src[at:]
	if st.foreign {
		// An escape sequence of another standard passes as it is.
		st.foreign = !isFinal(b[0])
		return char(rune(b[0]), 1)
	}
	switch ch := b[0]; {
	case ch == esc:
		return c.escape(b, st, final)
	case ch == 0x0E && c.shifts, ch == 0x0F && c.shifts:
		st.shifted = ch == 0x0E
		return silent(1)
	case ch == '\n':
		st.shifted = false
		return char('\n', 1)
	case ch < 0x20:
		return char(rune(ch), 1)
	case ch >= 0x80:
		return bad(1, illegal)
	}
	mark := st.g[0]
	if st.shifted {
		mark = st.g[1]
	}
	s := c.find(mark)
	switch {
	case s == nil:
		return char(rune(b[0]), 1)
	case s.g == 2:
		return bad(1, illegal)
	case !s.double:
		if r := s.decode(b[0]); r >= 0 {
			return char(r, 1)
		}
		return bad(1, illegal)
	case len(b) < 2:
		return wait(final, bad(1, incomplete))
	}
	g := s.load()
	if b[1] < 0x80 {
		if u, ok := g.unit(g.at(b[0]|0x80, b[1]|0x80), 2); ok {
			return u
		}
	}
	return bad(2, illegal)
}

// maxEscape is where CPython gives up looking for the end of an escape sequence.
const maxEscape = 16

func (c *iso2022) escape(b []byte, st *state, final bool) unit {
	if len(b) < 2 {
		return wait(final, bad(1, incomplete))
	}
	switch b[1] {
	case '(', ')', '$', '.', '&':
	case 'N':
		if c.g2 {
			return c.single(b, st, final)
		}
		fallthrough
	default:
		st.foreign = true
		return char(esc, 1)
	}
	n := 0
	for i := 1; i < maxEscape && n == 0; i++ {
		if i >= len(b) {
			return wait(final, bad(len(b), incomplete))
		}
		if isFinal(b[i]) {
			n = i + 1
		} else if c.jisPrefix && i+1 < len(b) && b[i] == '&' && b[i+1] == '@' {
			i += 2
		} else if c.jisPrefix && i+1 == len(b) && b[i] == '&' && !final {
			return needMore()
		}
	}
	if n == 0 {
		return bad(1, illegal)
	}
	last := b[n-1]
	to, mark := -1, last
	switch n {
	case 3:
		switch b[1] {
		case '$':
			to, mark = 0, last|doubleMark
		case '(':
			to = 0
		case ')':
			to = 1
		case '.':
			if c.g2 {
				to = 2
			}
		}
	case 4:
		mark |= doubleMark
		if b[1] == '$' && b[2] == '(' {
			to = 0
		} else if b[1] == '$' && b[2] == ')' {
			to = 1
		}
	case 6:
		mark |= doubleMark
		if c.jisPrefix && string(b[3:6]) == "\x1b$B" {
			to = 0
		}
	}
	if to < 0 || mark != 'B' && c.find(mark) == nil {
		return bad(n, illegal)
	}
	st.g[to] = mark
	return silent(n)
}

// single is ESC N and a character of G2.
func (c *iso2022) single(b []byte, st *state, final bool) unit {
	if len(b) < 3 {
		return wait(final, bad(len(b), incomplete))
	}
	r := rune(b[2])
	if s := c.find(st.g[2]); s != nil {
		if s.g != 2 {
			return bad(0, internalReason)
		}
		r = s.decode(b[2])
	} else if r >= 0x80 {
		r = -1
	}
	if r < 0 {
		return bad(3, illegal)
	}
	return char(r, 3)
}

func (c *iso2022) encode(dst []byte, in []rune, at int, st *state) ([]byte, gap) {
	for i := at; i < len(in); {
		if in[i] < 0x80 {
			dst = append(c.reset(dst, st), byte(in[i]))
			i++
			continue
		}
		s, code, n := c.choose(in, i)
		if s == nil {
			return dst, gap{i, i + 1, illegal}
		}
		if s.g == 0 {
			dst = c.unshift(dst, st)
		}
		if st.g[s.g] != s.mark() {
			dst = append(dst, esc)
			if s.double {
				dst = append(dst, '$')
			}
			if !s.double || s.g == 1 || s.final != 'B' {
				dst = append(dst, "()"[s.g])
			}
			dst = append(dst, s.final)
			st.g[s.g] = s.mark()
		}
		if s.g == 1 && !st.shifted {
			dst = append(dst, 0x0E)
			st.shifted = true
		}
		if s.double {
			dst = append(dst, byte(code>>8)&0x7F)
		}
		dst = append(dst, byte(code)&0x7F)
		i += n
	}
	return dst, gap{}
}

// choose finds the first character set that has in[i], alone or with in[i+1].
func (c *iso2022) choose(in []rune, i int) (s *charset94, code uint16, n int) {
	for _, s := range c.sets {
		switch {
		case s.g == 2:
		case s.double:
			g := s.load()
			code, n, ok := g.find(in, i)
			if ok && (!s.pairs || n == 2) {
				return s, code, n
			}
		default:
			if code, n := s.encode(in, i); n > 0 {
				return s, code, n
			}
		}
	}
	return nil, 0, 0
}

func (c *iso2022) unshift(dst []byte, st *state) []byte {
	if st.shifted {
		dst = append(dst, 0x0F)
		st.shifted = false
	}
	return dst
}

// reset returns to ASCII in G0.
func (c *iso2022) reset(dst []byte, st *state) []byte {
	if st.g[0] != 0 && st.g[0] != 'B' {
		dst = append(dst, esc, '(', 'B')
		st.g[0] = 0
	}
	return c.unshift(dst, st)
}

func (*iso2022) family() family { return multibyte }
