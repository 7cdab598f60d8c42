package pattern

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Replacement is what takes the place of a match: bytes, groups of the match, and bytes or nibbles of it that are kept. It
// belongs to one Pattern, never changes and is safe for any goroutine.
type Replacement struct {
	p    *Pattern
	ways [][]part // more than one: the way whose group took part in the match
	size int      // the length, when all matches get the same bytes; else -1
	prog *program // when the groups of a match have to be found
}

// part is literal bytes, or a group, or kept bits of the byte at a place of the match.
type part struct {
	lit   []byte
	group int // -1: none
	at    int
	keep  byte // the bits that are kept, 0: none
	value byte // the others
}

// Constant gives the bytes of a replacement that is the same for all matches.
func (r *Replacement) Constant() ([]byte, bool) {
	if r.size < 0 {
		return nil, false
	}
	return r.Append(nil, nil, 0, 0), true
}

// Append appends what replaces hay[start:end], a match that was found there. Where the pattern has assertions, hay holds
// the bytes around the match, as for Matcher.Window.
func (r *Replacement) Append(dst, hay []byte, start, end int) []byte {
	var caps []int
	if r.prog != nil {
		caps = r.prog.captures(r.p.Groups(), hay, start, end)
	}
	way := r.ways[0]
	for i := range r.ways {
		if len(r.ways) > 1 && 2*i+3 < len(caps) && caps[2*i+2] >= 0 {
			way = r.ways[i]
			break
		}
	}
	for _, p := range way {
		switch {
		case p.keep != 0:
			if start+p.at < end {
				dst = append(dst, hay[start+p.at]&p.keep|p.value)
			}
		case p.group == 0:
			dst = append(dst, hay[start:end]...)
		case p.group > 0:
			if k := 2 * p.group; k+1 < len(caps) && caps[k] >= 0 && caps[k+1] >= 0 {
				dst = append(dst, hay[caps[k]:caps[k+1]]...)
			}
		default:
			dst = append(dst, p.lit...)
		}
	}
	return dst
}

func (p *Pattern) replacement(ways [][]part) (*Replacement, error) {
	r := &Replacement{p: p, ways: ways, size: -1}
	caps := len(ways) > 1
	constant := len(ways) == 1
	size := 0
	for _, way := range ways {
		for _, part := range way {
			caps = caps || part.group > 0
			constant = constant && part.group < 0 && part.keep == 0
			size += len(part.lit)
		}
	}
	if constant {
		r.size = size
	}
	if caps {
		var err error
		if r.prog, err = newProgram(p.tree); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// ReplaceText replaces by text that is already encoded, once for each way of the pattern (see Text) or once for all.
func (p *Pattern) ReplaceText(ways [][]byte) (*Replacement, error) {
	out := make([][]part, len(ways))
	for i, b := range ways {
		out[i] = []part{{lit: b, group: -1}}
	}
	return p.replacement(out)
}

// ReplaceHex reads a replacement written like Hex: bytes, $1 for a group, $0 for the match. A question mark keeps the
// nibble that stands at the same place of the match. An empty text replaces by nothing. Errors are *SyntaxError.
func (p *Pattern) ReplaceHex(s string) (*Replacement, error) {
	h := hexParser{s: s}
	var out []part
	n := 0
	fixed := true // so far the length is known
	for h.space(); h.i < len(s); h.space() {
		if s[h.i] == '$' {
			g, k, err := p.group(s, h.i)
			if err != nil {
				return nil, err
			}
			h.i += k
			out = append(out, part{group: g})
			fixed = false
			continue
		}
		at := h.i
		one, err := h.byte()
		if err != nil {
			return nil, err
		}
		members := one.bytes()
		mask, val, _ := masked(&one)
		switch {
		case len(members) == 1:
			if k := len(out) - 1; k >= 0 && out[k].group < 0 && out[k].keep == 0 {
				out[k].lit = append(out[k].lit, members[0])
			} else {
				out = append(out, part{lit: members, group: -1})
			}
		case !fixed:
			return nil, errAt(at, "what a ? keeps cannot be told behind a $")
		case n >= p.min:
			return nil, errAt(at, "this ? would keep byte %d of a match, which may have only %d", n+1, p.min)
		default:
			out = append(out, part{group: -1, at: n, keep: ^mask, value: val})
		}
		n++
	}
	return p.replacement([][]part{out})
}

// ReplaceRegexp reads a replacement for Regexp: text as it stands, in UTF-8, with the escapes \xff \n \r \t \0 \\ \$, and $1,
// ${1}, $name or ${name} for a group; $0 is the match and $$ a dollar. Errors are *SyntaxError.
func (p *Pattern) ReplaceRegexp(s string) (*Replacement, error) {
	var out []part
	lit := func(b ...byte) {
		if k := len(out) - 1; k >= 0 && out[k].group < 0 {
			out[k].lit = append(out[k].lit, b...)
		} else {
			out = append(out, part{lit: b, group: -1})
		}
	}
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '$' && strings.HasPrefix(s[i:], "$$"):
			lit('$')
			i += 2
		case c == '$':
			g, k, err := p.group(s, i)
			if err != nil {
				return nil, err
			}
			out = append(out, part{group: g})
			i += k
		case c == '\\':
			b, k, err := escaped(s, i)
			if err != nil {
				return nil, err
			}
			lit(b)
			i += k
		default:
			_, n := utf8.DecodeRuneInString(s[i:])
			lit([]byte(s[i : i+n])...)
			i += n
		}
	}
	return p.replacement([][]part{out})
}

func escaped(s string, i int) (b byte, n int, err error) {
	if i+1 == len(s) {
		return 0, 0, errAt(i, "the backslash at the end stands alone")
	}
	switch c := s[i+1]; c {
	case 'n':
		return '\n', 2, nil
	case 'r':
		return '\r', 2, nil
	case 't':
		return '\t', 2, nil
	case '0':
		return 0, 2, nil
	case 'x':
		if len(s)-i < 4 || hexValue(s[i+2]) > 15 || hexValue(s[i+3]) > 15 {
			return 0, 0, errAt(i, `\x takes two hexadecimal digits`)
		}
		return hexValue(s[i+2])<<4 | hexValue(s[i+3]), 4, nil
	default:
		if isWord(c) || c >= 0x80 {
			return 0, 0, errAt(i, `there is no escape \%s`, firstRune(s[i+1:]))
		}
		return c, 2, nil
	}
}

// group reads $1, ${1}, $name or ${name} at s[i] and gives the group and the length of what was read.
func (p *Pattern) group(s string, i int) (g, n int, err error) {
	name, n := s[i+1:], 1
	if strings.HasPrefix(name, "{") {
		k := strings.IndexByte(name, '}')
		if k < 0 {
			return 0, 0, errAt(i, "there is no } for this ${")
		}
		name, n = name[1:k], k+2
	} else {
		k := 0
		for k < len(name) && name[k] >= '0' && name[k] <= '9' {
			k++
		}
		if k == 0 {
			for k < len(name) && isWord(name[k]) {
				k++
			}
		}
		name, n = name[:k], k+1
	}
	if g, err := strconv.Atoi(name); err == nil {
		if g < 0 || g > p.Groups() {
			return 0, 0, errAt(i, "the pattern has no group %d, it has %d", g, p.Groups())
		}
		return g, n, nil
	}
	if name != "" {
		for g, known := range p.tree.CapNames() {
			if known == name {
				return g, n, nil
			}
		}
	}
	if name == "" {
		return 0, 0, errAt(i, "$ needs a group; a dollar is written $$")
	}
	return 0, 0, errAt(i, "the pattern has no group %q", name)
}
