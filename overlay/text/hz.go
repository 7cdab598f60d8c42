package text

// hz is RFC 1843: ~{ and ~} enter and leave GB 2312 in seven bits. state.shifted is inside.
type hz struct{ gb *grid }

func (c hz) step(src []byte, at int, st *state, final bool) unit {
	b := src[at:]
	switch {
	case b[0] == '~':
		if len(b) < 2 {
			return wait(final, bad(1, incomplete))
		}
		switch {
		case b[1] == '~' && !st.shifted:
			return char('~', 2)
		case b[1] == '{' && !st.shifted, b[1] == '}' && st.shifted:
			st.shifted = !st.shifted
			return silent(2)
		case b[1] == '\n' && !st.shifted: // a line goes on
			return silent(2)
		}
		return bad(1, illegal)
	case b[0] >= 0x80:
		return bad(1, illegal)
	case !st.shifted:
		return char(rune(b[0]), 1)
	case len(b) < 2:
		return wait(final, bad(1, incomplete))
	case b[1] >= 0x80:
		return bad(1, illegal)
	}
	if v := c.gb.at(b[0]|0x80, b[1]|0x80); v != 0 {
		return char(v, 2)
	}
	return bad(1, illegal)
}

func (c hz) encode(dst []byte, in []rune, at int, st *state) ([]byte, gap) {
	codes := &c.gb.inverse().codes
	for i := at; i < len(in); i++ {
		r := in[i]
		if r < 0x80 {
			dst = c.reset(dst, st)
			if r == '~' {
				dst = append(dst, '~')
			}
			dst = append(dst, byte(r))
			continue
		}
		code := codes.get(r)
		if code == 0 {
			return dst, gap{i, i + 1, illegal}
		}
		if !st.shifted {
			dst = append(dst, "~{"...)
			st.shifted = true
		}
		dst = append(dst, byte(code>>8)&0x7F, byte(code)&0x7F)
	}
	return dst, gap{}
}

func (hz) reset(dst []byte, st *state) []byte {
	if st.shifted {
		dst = append(dst, "~}"...)
		st.shifted = false
	}
	return dst
}

func (hz) family() family { return multibyte }
