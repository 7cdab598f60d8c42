package text

// utf7 is RFC 2152. As in CPython a shift sequence may hold lone surrogates, which come out as they are, and its errors
// span the sequence from its '+' even when characters of it have already come out.
type utf7 struct{}

func base64Value(b byte) int {
	switch {
	case b >= 'A' && b <= 'Z':
		return int(b - 'A')
	case b >= 'a' && b <= 'z':
		return int(b-'a') + 26
	case b >= '0' && b <= '9':
		return int(b-'0') + 52
	case b == '+':
		return 62
	case b == '/':
		return 63
	}
	return -1
}

func (c utf7) step(src []byte, at int, st *state, final bool) unit {
	if st.base64 {
		return c.shifted(src, at, at, st)
	}
	b := src[at:]
	switch {
	case b[0] == '+':
		if len(b) < 2 && !final {
			return needMore()
		}
		if len(b) >= 2 && b[1] == '-' {
			return char('+', 2)
		}
		if len(b) >= 2 && base64Value(b[1]) < 0 {
			return bad(2, "ill-formed sequence")
		}
		st.base64, st.bits, st.nbits, st.surrogate, st.since = true, 0, 0, 0, 1
		return c.shifted(src, at, at+1, st)
	case b[0] < 0x80:
		return char(rune(b[0]), 1)
	}
	return bad(1, "unexpected special character")
}

// shifted reads a shift sequence from src[i] up to its next character or its end. The unit starts at src[at].
func (utf7) shifted(src []byte, at, i int, st *state) unit {
	for ; i < len(src); i++ {
		v := base64Value(src[i])
		if v < 0 {
			return st.leave(src[i], at, i)
		}
		st.since++
		st.bits = st.bits<<6 | uint32(v)
		st.nbits += 6
		if st.nbits < 16 {
			continue
		}
		st.nbits -= 16
		r := rune(st.bits >> st.nbits)
		st.bits &= 1<<st.nbits - 1
		first := st.surrogate
		st.surrogate = 0
		n := i + 1 - at
		switch {
		case first != 0 && isLow(r):
			return char(joinSurrogates(first, r), n)
		case isHigh(r):
			st.surrogate = r
			if first != 0 {
				return char(first, n)
			}
		case first != 0:
			return pair(first, r, n)
		default:
			return char(r, n)
		}
	}
	return silent(i - at)
}

// leave ends a shift sequence at src[i], which is b and no base64.
func (st *state) leave(b byte, at, i int) unit {
	st.base64 = false
	start := i - st.since - at
	switch {
	case st.nbits >= 6:
		u := bad(i+1-at, "partial character in shift sequence")
		u.start = start
		return u
	case st.bits != 0:
		u := bad(i+1-at, "non-zero padding bits in shift sequence")
		u.start = start
		return u
	}
	u := silent(i - at)
	if st.surrogate != 0 && b < 0x80 && b != '+' {
		u.r = st.surrogate
	}
	st.surrogate = 0
	if b == '-' {
		u.n++
	}
	return u
}

func (utf7) end(src []byte, st *state) unit {
	if !st.base64 {
		return silent(0)
	}
	st.base64 = false
	if st.surrogate != 0 || st.nbits >= 6 || st.bits != 0 {
		u := bad(0, "unterminated shift sequence")
		u.start = -st.since
		return u
	}
	return silent(0)
}

// direct says which characters the encoder writes as they are: RFC 2152's sets D and O and white space.
func utf7Direct(r rune) bool {
	switch r {
	case '+', '\\', '~', 0x7F:
		return false
	case '\t', '\n', '\r', ' ':
		return true
	}
	return r > ' ' && r < 0x80
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

func (utf7) encode(dst []byte, in []rune, at int, st *state) ([]byte, gap) {
	flush := func() {
		for ; st.nbits >= 6; st.nbits -= 6 {
			dst = append(dst, base64Digits[st.bits>>(st.nbits-6)&63])
		}
	}
	put := func(u rune) {
		st.bits = st.bits<<16 | uint32(u)
		st.nbits += 16
		flush()
	}
	for _, r := range in[at:] {
		switch {
		case st.base64 && utf7Direct(r):
			dst = endShift(dst, st)
			// The sequence has to end visibly before what could belong to it.
			if base64Value(byte(r)) >= 0 || r == '-' {
				dst = append(dst, '-')
			}
			dst = append(dst, byte(r))
			continue
		case !st.base64 && r == '+':
			dst = append(dst, "+-"...)
			continue
		case !st.base64 && utf7Direct(r):
			dst = append(dst, byte(r))
			continue
		case !st.base64:
			dst = append(dst, '+')
			st.base64 = true
		}
		if r > 0xFFFF {
			put(0xD800 + (r-0x10000)>>10)
			r = 0xDC00 + r&0x3FF
		}
		put(r)
	}
	return dst, gap{}
}

func endShift(dst []byte, st *state) []byte {
	if st.nbits > 0 {
		dst = append(dst, base64Digits[st.bits<<(6-st.nbits)&63])
	}
	st.base64, st.bits, st.nbits = false, 0, 0
	return dst
}

func (utf7) reset(dst []byte, st *state) []byte {
	if !st.base64 {
		return dst
	}
	return append(endShift(dst, st), '-')
}

func (utf7) family() family { return direct }
