package pattern

import (
	"bytes"
	"regexp/syntax"
	"slices"
)

// Bytes is a pattern that matches b alone.
func Bytes(b []byte) (*Pattern, error) { return compile(litNode(b)) }

// Text is a pattern of characters. Each element of ways is one encoding of the whole text: for each of its characters the
// byte strings that it may be (one, or more where case is ignored). When there are several ways, each is a group of its
// own, so that a Replacement knows which it was.
func Text(ways [][][][]byte) (*Pattern, error) {
	var subs []*syntax.Regexp
	for i, way := range ways {
		var chars []*syntax.Regexp
		for _, char := range way {
			chars = append(chars, charNode(char))
		}
		if len(chars) == 0 {
			return nil, errAt(0, "there is no text to find")
		}
		sub := concatNode(chars...)
		if len(ways) > 1 {
			sub = groupNode(i+1, sub)
		}
		subs = append(subs, sub)
	}
	return compile(alternateNode(subs...))
}

// Aligned is a pattern of text as Text makes it, of encodings whose characters have a multiple of unit bytes. In UTF-16 the zeros
// between letters belong to the one before or to the one behind, so that text in one byte order nearly always looks like the
// same text in the other order a byte off, and whoever replaced that would tear characters apart. Of two such matches that begin less than
// unit bytes apart, the one at a multiple of unit counts.
func Aligned(ways [][][][]byte, unit int) (*Pattern, error) {
	p, err := Text(ways)
	if err == nil && unit > 1 {
		p.unit, p.ways = unit, ways
	}
	return p, err
}

// twins is how far from a match one may begin instead of which it counts.
func (p *Pattern) twins() int { return max(0, p.unit-1) }

// shadowed tells whether another match than the one at i counts, where hay begins at offset off.
func (p *Pattern) shadowed(hay []byte, i int, off int64) bool {
	back := int((off + int64(i)) % int64(p.unit))
	return back != 0 && (p.matchesAt(hay, i-back) || p.matchesAt(hay, i-back+p.unit))
}

func (p *Pattern) matchesAt(hay []byte, i int) bool {
	if i < 0 {
		return false
	}
	for _, way := range p.ways {
		at, ok := i, true
		for _, char := range way {
			k := slices.IndexFunc(char, func(c []byte) bool { return at <= len(hay) && bytes.HasPrefix(hay[at:], c) })
			if ok = k >= 0; !ok {
				break
			}
			at += len(char[k])
		}
		if ok {
			return true
		}
	}
	return false
}

// charNode is one character. Strings that differ in one byte only come to a set, which is faster than alternatives.
func charNode(ways [][]byte) *syntax.Regexp {
	first := ways[0]
	place, simple := -1, len(first) > 0
	var s set
	for _, w := range ways[1:] {
		if len(w) != len(first) {
			simple = false
			break
		}
		for i := range w {
			if w[i] != first[i] {
				simple = simple && (place < 0 || place == i)
				place = i
			}
		}
	}
	if !simple {
		var subs []*syntax.Regexp
		for _, w := range ways {
			subs = append(subs, litNode(w))
		}
		return alternateNode(subs...)
	}
	if place < 0 {
		return litNode(first)
	}
	for _, w := range ways {
		s.add(w[place])
	}
	return concatNode(litNode(first[:place]), setNode(s), litNode(first[place+1:]))
}

// Range is the bytes of unsigned numbers from Lo to Hi, both included, Size bytes each, 1 to 8.
type Range struct {
	Lo, Hi uint64
	Size   int
	Big    bool // the first byte counts most
}

// Numbers is a pattern that matches a number in any of the ranges.
func Numbers(ranges []Range) (*Pattern, error) {
	var subs []*syntax.Regexp
	for _, r := range ranges {
		if r.Lo <= r.Hi {
			subs = append(subs, r.nodes(nil, r.Lo, r.Hi, r.Size)...)
		}
	}
	if len(subs) == 0 {
		return nil, errAt(0, "no value is in the range")
	}
	return compile(alternateNode(subs...))
}

// nodes cuts the range into parts in which each byte has a range of its own. head are the bytes that are the same.
func (r Range) nodes(head []set, lo, hi uint64, size int) []*syntax.Regexp {
	if size == 0 {
		return []*syntax.Regexp{r.node(head)}
	}
	shift := uint(8 * (size - 1))
	low := uint64(1)<<shift - 1 // what the bytes behind the first one can hold
	a, b := byte(lo>>shift), byte(hi>>shift)
	all := func() []*syntax.Regexp {
		sets := append(append([]set(nil), head...), between(a, b))
		for range size - 1 {
			sets = append(sets, set{}.inverse())
		}
		return []*syntax.Regexp{r.node(sets)}
	}
	with := func(b byte) []set { return append(append([]set(nil), head...), single(b)) }
	switch {
	case lo&low == 0 && hi&low == low:
		return all()
	case a == b:
		return r.nodes(with(a), lo&low, hi&low, size-1)
	}
	var out []*syntax.Regexp
	last := b
	if lo&low != 0 {
		out = append(out, r.nodes(with(a), lo&low, low, size-1)...)
		a++
	}
	if hi&low != low {
		b--
	}
	if a <= b {
		out = append(out, all()...)
	}
	if hi&low != low {
		out = append(out, r.nodes(with(last), 0, hi&low, size-1)...)
	}
	return out
}

func between(a, b byte) (s set) {
	s.addRange(a, b)
	return s
}

// node is a sequence of sets, given with the byte that counts most in front.
func (r Range) node(sets []set) *syntax.Regexp {
	nodes := make([]*syntax.Regexp, len(sets))
	for i, s := range sets {
		k := i
		if !r.Big {
			k = len(sets) - 1 - i
		}
		nodes[k] = setNode(s)
	}
	return concatNode(nodes...)
}
