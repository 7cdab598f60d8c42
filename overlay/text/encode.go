package text

// Encode appends the bytes of s, which is WTF-8 (anything else in it counts as U+FFFD), to dst. The error is an
// *EncodeError; dst is then returned as it was.
func (c *Codec) Encode(dst []byte, s string, h Handler) ([]byte, error) {
	eng := c.engine()
	if f, ok := eng.(plainEncoder); ok && f.plain(s) {
		return append(dst, s...), nil
	}
	var st state
	out, err := c.encode(dst, eng, runesOf(s), h, &st)
	if err != nil {
		return dst, err
	}
	return eng.reset(out, &st), nil
}

// plainEncoder is an encoder that can tell that a string is its own encoding.
type plainEncoder interface{ plain(s string) bool }

func (c *Codec) encode(dst []byte, eng engine, in []rune, h Handler, st *state) ([]byte, error) {
	at := 0
	for {
		var g gap
		dst, g = eng.encode(dst, in, at, st)
		if g.reason == "" {
			return dst, nil
		}
		chars := in[g.start:g.end]
		var err error
		dst, err = c.fill(dst, eng, chars, g, h, st)
		if err != nil {
			return dst, err
		}
		at = g.end
	}
}

// fill appends what the handler puts in place of characters that have no bytes.
func (c *Codec) fill(dst []byte, eng engine, chars []rune, g gap, h Handler, st *state) ([]byte, error) {
	if h == Ignore {
		return dst, nil
	}
	fail := func(skip int) ([]byte, error) {
		return dst, &EncodeError{Encoding: c.errName, Start: g.start + skip, End: g.end, Reason: g.reason,
			Chars: append([]rune(nil), chars[skip:]...)}
	}
	switch h {
	case SurrogateEscape:
		b := escaped(chars)
		switch {
		case len(b) < len(chars) && eng.family() == direct:
			return fail(len(b))
		case len(b) < len(chars), eng.family() == wide:
			return fail(0)
		}
		return append(dst, b...), nil
	case SurrogatePass:
		if b := passed(c.errName, chars); b != nil {
			return append(dst, b...), nil
		}
		return fail(0)
	}
	text, ok := h.replacement(chars)
	if !ok {
		return fail(0)
	}
	if eng.family() == direct {
		return append(dst, text...), nil
	}
	out, inner := eng.encode(dst, []rune(string(text)), 0, st)
	if inner.reason != "" {
		return fail(0)
	}
	if eng.family() == multibyte && h != Replace {
		out = eng.reset(out, st) // CPython encodes these replacements as strings of their own
	}
	return out, nil
}
