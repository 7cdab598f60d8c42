package pattern

import "regexp/syntax"

// Hex reads bytes with wildcards:
//
//	89 50 4e 47   bytes; spaces and commas between them as you like, 0x before them too
//	??  4?  ?f    any byte, any low or high nibble
//	(ff|00 01)    one or the other; also a group for Replacement
//	[00-1f 7f]    one byte of these
//	!00 ![00 ff]  a byte that is not that one, or none of these
//
// Errors are *SyntaxError.
func Hex(s string) (*Pattern, error) {
	h := hexParser{s: s}
	re, err := h.alternatives(0)
	if err != nil {
		return nil, err
	}
	if h.i < len(s) {
		return nil, errAt(h.i, "there is no ( for this )")
	}
	return compile(re)
}

type hexParser struct {
	s      string
	i      int
	groups int
}

const maxNesting = 100

func (h *hexParser) space() {
	for h.i < len(h.s) && (h.s[h.i] == ' ' || h.s[h.i] == ',' || h.s[h.i] >= '\t' && h.s[h.i] <= '\r') {
		h.i++
	}
}

func (h *hexParser) alternatives(depth int) (*syntax.Regexp, error) {
	if depth > maxNesting {
		return nil, errAt(h.i, "more than %d parentheses within each other", maxNesting)
	}
	var ways []*syntax.Regexp
	for {
		one, err := h.sequence(depth)
		if err != nil {
			return nil, err
		}
		ways = append(ways, one)
		if h.i == len(h.s) || h.s[h.i] == ')' {
			return alternateNode(ways...), nil
		}
		h.i++ // the bar
	}
}

func (h *hexParser) sequence(depth int) (*syntax.Regexp, error) {
	var parts []*syntax.Regexp
	var run []byte
	flush := func() {
		if len(run) > 0 {
			parts = append(parts, litNode(run))
			run = nil
		}
	}
	start := h.i
	for h.space(); h.i < len(h.s) && h.s[h.i] != '|' && h.s[h.i] != ')'; h.space() {
		if h.s[h.i] == '(' {
			open := h.i
			h.i++
			h.groups++
			n := h.groups
			sub, err := h.alternatives(depth + 1)
			if err != nil {
				return nil, err
			}
			if h.i == len(h.s) {
				return nil, errAt(open, "there is no ) for this (")
			}
			h.i++
			flush()
			parts = append(parts, groupNode(n, sub))
			continue
		}
		s, err := h.place()
		if err != nil {
			return nil, err
		}
		if m := s.len(); m == 1 {
			run = append(run, s.bytes()[0])
			continue
		}
		flush()
		parts = append(parts, setNode(s))
	}
	flush()
	if len(parts) == 0 {
		return nil, errAt(start, "there are no bytes here")
	}
	return concatNode(parts...), nil
}

// place reads one byte, a choice of bytes, or the inverse of either.
func (h *hexParser) place() (set, error) {
	start := h.i
	inverse := h.s[h.i] == '!'
	if inverse {
		h.i++
		h.space()
	}
	var s set
	var err error
	if h.i < len(h.s) && h.s[h.i] == '[' {
		s, err = h.choice()
	} else {
		s, err = h.byte()
	}
	if err != nil {
		return set{}, err
	}
	if inverse {
		s = s.inverse()
	}
	if s.len() == 0 {
		return set{}, errAt(start, "no byte matches this")
	}
	return s, nil
}

// choice reads [00-1f 7f].
func (h *hexParser) choice() (s set, err error) {
	open := h.i
	h.i++
	for h.space(); h.i < len(h.s) && h.s[h.i] != ']'; h.space() {
		at := h.i
		one, err := h.byte()
		if err != nil {
			return set{}, err
		}
		h.space()
		if h.i < len(h.s) && h.s[h.i] == '-' {
			h.i++
			h.space()
			last, err := h.byte()
			if err != nil {
				return set{}, err
			}
			a, b := one.bytes(), last.bytes()
			if len(a) != 1 || len(b) != 1 || a[0] > b[0] {
				return set{}, errAt(at, "a range goes from a byte to a larger one")
			}
			one.addRange(a[0], b[0])
		}
		s = s.or(one)
	}
	if h.i == len(h.s) {
		return set{}, errAt(open, "there is no ] for this [")
	}
	h.i++
	return s, nil
}

// byte reads two digits, of which each may be a question mark.
func (h *hexParser) byte() (s set, err error) {
	if rest := h.s[h.i:]; len(rest) > 2 && (rest[:2] == "0x" || rest[:2] == "0X" || rest[:2] == `\x`) {
		h.i += 2
	}
	var nibble [2]byte
	for k := range nibble {
		if h.i == len(h.s) {
			if k == 0 {
				return s, errAt(h.i, "a byte is missing")
			}
			return s, errAt(h.i, "a byte has two hexadecimal digits, here is one")
		}
		c := h.s[h.i]
		switch nibble[k] = hexValue(c); {
		case c == '?':
			nibble[k] = 0xff
		case nibble[k] > 15 && k == 1:
			return s, errAt(h.i-1, "a byte has two hexadecimal digits, here is one")
		case nibble[k] > 15:
			return s, errAt(h.i, "%q is no hexadecimal digit", firstRune(h.s[h.i:]))
		}
		h.i++
	}
	for c := range 256 {
		if (nibble[0] == 0xff || byte(c)>>4 == nibble[0]) && (nibble[1] == 0xff || byte(c)&15 == nibble[1]) {
			s.add(byte(c))
		}
	}
	return s, nil
}

func firstRune(s string) string {
	for i := range s {
		if i > 0 {
			return s[:i]
		}
	}
	return s
}
