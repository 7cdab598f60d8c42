package text

import "encoding/binary"

// utf16Codec decodes utf-16-le (order -1), utf-16-be (1), and utf-16 (0), where a byte order mark decides and without one
// the order is little-endian, the native one of the machines CPython's reference runs on.
type utf16Codec struct{ order int8 }

func (c utf16Codec) step(src []byte, at int, st *state, final bool) unit {
	b := src[at:]
	if !st.begun {
		if c.order == 0 && len(b) < 2 && !final {
			return needMore()
		}
		st.begun = true
		mark := c.order == 0 && len(b) >= 2
		switch {
		case mark && b[0] == 0xFF && b[1] == 0xFE:
			st.setOrder(-1, "utf-16-le", "utf-16-be")
			return silent(2)
		case mark && b[0] == 0xFE && b[1] == 0xFF:
			st.setOrder(1, "utf-16-le", "utf-16-be")
			return silent(2)
		}
		st.setOrder(c.order, "utf-16-le", "utf-16-be")
	}
	if len(b) < 2 {
		return wait(final, bad(1, "truncated data"))
	}
	r := st.unit16(b)
	switch {
	case !isSurrogate(r):
		return char(r, 2)
	case isLow(r):
		return bad(2, "illegal encoding")
	case len(b) < 4:
		return wait(final, bad(len(b), "unexpected end of data"))
	}
	if lo := st.unit16(b[2:]); isLow(lo) {
		return char(joinSurrogates(r, lo), 4)
	}
	return bad(2, "illegal UTF-16 surrogate")
}

func (st *state) setOrder(order int8, little, big string) {
	st.order, st.enc = -1, little
	if order > 0 {
		st.order, st.enc = 1, big
	}
}

func (st *state) unit16(b []byte) rune {
	if st.order > 0 {
		return rune(binary.BigEndian.Uint16(b))
	}
	return rune(binary.LittleEndian.Uint16(b))
}

func (c utf16Codec) run(dst, src []byte, at int, st *state) ([]byte, int) {
	if !st.begun {
		return dst, at
	}
	for at+2 <= len(src) {
		r := st.unit16(src[at:])
		switch {
		case r < 0x80:
			dst = append(dst, byte(r))
			at += 2
			continue
		case isSurrogate(r):
			if isLow(r) || at+4 > len(src) {
				return dst, at
			}
			lo := st.unit16(src[at+2:])
			if !isLow(lo) {
				return dst, at
			}
			r = joinSurrogates(r, lo)
			at += 2
		}
		dst = AppendRune(dst, r)
		at += 2
	}
	return dst, at
}

func (c utf16Codec) encode(dst []byte, in []rune, at int, st *state) ([]byte, gap) {
	if c.order == 0 && !st.begun {
		st.begun = true
		dst = append(dst, 0xFF, 0xFE)
	}
	put := func(u rune) {
		if c.order > 0 {
			dst = append(dst, byte(u>>8), byte(u))
		} else {
			dst = append(dst, byte(u), byte(u>>8))
		}
	}
	for i := at; i < len(in); i++ {
		switch r := in[i]; {
		case isSurrogate(r):
			return dst, gap{i, i + 1, "surrogates not allowed"}
		case r > 0xFFFF:
			put(0xD800 + (r-0x10000)>>10)
			put(0xDC00 + r&0x3FF)
		default:
			put(r)
		}
	}
	return dst, gap{}
}

func (utf16Codec) reset(dst []byte, _ *state) []byte { return dst }
func (utf16Codec) family() family                    { return wide }
