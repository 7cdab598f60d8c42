package text

import "encoding/binary"

// utf32Codec decodes utf-32-le (order -1), utf-32-be (1), and utf-32 (0), where a byte order mark decides and without
// one the order is little-endian.
type utf32Codec struct{ order int8 }

func (c utf32Codec) step(src []byte, at int, st *state, final bool) unit {
	b := src[at:]
	if !st.begun {
		if c.order == 0 && len(b) < 4 && !final {
			return needMore()
		}
		st.begun = true
		mark := c.order == 0 && len(b) >= 4
		switch {
		case mark && string(b[:4]) == "\xFF\xFE\x00\x00":
			st.setOrder(-1, "utf-32-le", "utf-32-be")
			return silent(4)
		case mark && string(b[:4]) == "\x00\x00\xFE\xFF":
			st.setOrder(1, "utf-32-le", "utf-32-be")
			return silent(4)
		}
		st.setOrder(c.order, "utf-32-le", "utf-32-be")
	}
	if len(b) < 4 {
		return wait(final, bad(len(b), "truncated data"))
	}
	r := st.unit32(b)
	switch {
	case r > 0x10FFFF:
		return bad(4, "code point not in range(0x110000)")
	case r&^0x7FF == 0xD800:
		return bad(4, "code point in surrogate code point range(0xd800, 0xe000)")
	}
	return char(rune(r), 4)
}

func (st *state) unit32(b []byte) uint32 {
	if st.order > 0 {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

func (c utf32Codec) run(dst, src []byte, at int, st *state) ([]byte, int) {
	if !st.begun {
		return dst, at
	}
	for at+4 <= len(src) {
		r := st.unit32(src[at:])
		if r > 0x10FFFF || r&^0x7FF == 0xD800 {
			return dst, at
		}
		dst = AppendRune(dst, rune(r))
		at += 4
	}
	return dst, at
}

func (c utf32Codec) encode(dst []byte, in []rune, at int, st *state) ([]byte, gap) {
	if c.order == 0 && !st.begun {
		st.begun = true
		dst = append(dst, 0xFF, 0xFE, 0, 0)
	}
	for i := at; i < len(in); i++ {
		r := in[i]
		if isSurrogate(r) {
			return dst, gap{i, i + 1, "surrogates not allowed"}
		}
		if c.order > 0 {
			dst = binary.BigEndian.AppendUint32(dst, uint32(r))
		} else {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(r))
		}
	}
	return dst, gap{}
}

func (utf32Codec) reset(dst []byte, _ *state) []byte { return dst }
func (utf32Codec) family() family                    { return wide }
