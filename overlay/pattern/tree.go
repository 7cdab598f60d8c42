package pattern

import (
	"regexp/syntax"
	"slices"
)

// This file looks at trees: what they match, how long it is, and which sequences they come to.

func litNode(b []byte) *syntax.Regexp {
	if len(b) == 0 {
		return &syntax.Regexp{Op: syntax.OpEmptyMatch}
	}
	re := &syntax.Regexp{Op: syntax.OpLiteral, Rune: make([]rune, len(b))}
	for i, c := range b {
		re.Rune[i] = toRune(c)
	}
	return re
}

func setNode(s set) *syntax.Regexp {
	re := &syntax.Regexp{Op: syntax.OpCharClass}
	for _, c := range s.bytes() {
		re.Rune = append(re.Rune, toRune(c), toRune(c))
	}
	return re
}

func concatNode(subs ...*syntax.Regexp) *syntax.Regexp {
	if len(subs) == 1 {
		return subs[0]
	}
	return &syntax.Regexp{Op: syntax.OpConcat, Sub: subs}
}

func alternateNode(subs ...*syntax.Regexp) *syntax.Regexp {
	if len(subs) == 1 {
		return subs[0]
	}
	return &syntax.Regexp{Op: syntax.OpAlternate, Sub: subs}
}

func groupNode(n int, sub *syntax.Regexp) *syntax.Regexp {
	return &syntax.Regexp{Op: syntax.OpCapture, Cap: n, Sub: []*syntax.Regexp{sub}}
}

// far is a length that stands for all longer ones.
const far = 1 << 24

// lengths are the lengths of the shortest and the longest match of re, at most far.
func lengths(re *syntax.Regexp) (lo, hi int) {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune), len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1, 1
	case syntax.OpCapture:
		return lengths(re.Sub[0])
	case syntax.OpConcat:
		for _, s := range re.Sub {
			a, b := lengths(s)
			lo, hi = min(far, lo+a), min(far, hi+b)
		}
		return lo, hi
	case syntax.OpAlternate:
		lo = far
		for _, s := range re.Sub {
			a, b := lengths(s)
			lo, hi = min(lo, a), max(hi, b)
		}
		return lo, hi
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		a, b := lengths(re.Sub[0])
		least, most := bounds(re)
		if most < 0 && b > 0 {
			hi = far
		} else {
			hi = min(far, b*most)
		}
		return min(far, a*least), hi
	}
	return 0, 0
}

// bounds are how often a repetition repeats; most < 0 is any number.
func bounds(re *syntax.Regexp) (least, most int) {
	switch re.Op {
	case syntax.OpStar:
		return 0, -1
	case syntax.OpPlus:
		return 1, -1
	case syntax.OpQuest:
		return 0, 1
	}
	return re.Min, re.Max
}

// canBeZeros tells whether a match of re may have no byte but zeros.
func canBeZeros(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral:
		return !slices.ContainsFunc(re.Rune, func(r rune) bool { return r != 0 })
	case syntax.OpCharClass:
		s := ofRanges(re.Rune)
		return s.has(0)
	case syntax.OpCapture:
		return canBeZeros(re.Sub[0])
	case syntax.OpConcat:
		return !slices.ContainsFunc(re.Sub, func(s *syntax.Regexp) bool { return !canBeZeros(s) })
	case syntax.OpAlternate:
		return slices.ContainsFunc(re.Sub, canBeZeros)
	case syntax.OpPlus, syntax.OpRepeat:
		least, _ := bounds(re)
		return least == 0 || canBeZeros(re.Sub[0])
	case syntax.OpNoMatch:
		return false
	}
	return true
}

// oneSet is the set of bytes that a node of one byte matches. i is the place in a literal.
func oneSet(re *syntax.Regexp, i int) set {
	switch re.Op {
	case syntax.OpAnyChar:
		return set{}.inverse()
	case syntax.OpAnyCharNotNL:
		return single('\n').inverse()
	case syntax.OpCharClass:
		return ofRanges(re.Rune)
	}
	s := set{}
	r := re.Rune[i]
	if r >= 0x80 {
		if b := r - highRunes; b >= 0x80 && b < 0x100 {
			s.add(byte(b))
		}
		return s
	}
	s.add(byte(r))
	if c := byte(r) | 0x20; re.Flags&syntax.FoldCase != 0 && c >= 'a' && c <= 'z' {
		s.add(c)
		s.add(c - 0x20)
	}
	return s
}

// expand gives the sequences that re comes to, those that count first in front, if they are few.
func expand(re *syntax.Regexp) ([][]set, bool) {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return [][]set{nil}, true
	case syntax.OpLiteral:
		seq := make([]set, len(re.Rune))
		for i := range seq {
			seq[i] = oneSet(re, i)
		}
		return [][]set{seq}, true
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return [][]set{{oneSet(re, 0)}}, true
	case syntax.OpCapture:
		return expand(re.Sub[0])
	case syntax.OpAlternate:
		var out [][]set
		for _, sub := range re.Sub {
			more, ok := expand(sub)
			if out = append(out, more...); !ok || len(out) > maxSequences {
				return nil, false
			}
		}
		return out, true
	case syntax.OpConcat:
		return product(re.Sub)
	case syntax.OpQuest:
		sub, ok := expand(re.Sub[0])
		if !ok || len(sub) >= maxSequences {
			return nil, false
		}
		if re.Flags&syntax.NonGreedy != 0 {
			return append([][]set{nil}, sub...), true
		}
		return append(sub, nil), true
	case syntax.OpRepeat:
		if re.Min != re.Max || re.Min > MaxMatch {
			return nil, false
		}
		return product(slices.Repeat(re.Sub, re.Min))
	}
	return nil, false
}

func product(subs []*syntax.Regexp) ([][]set, bool) {
	out := [][]set{nil}
	for _, sub := range subs {
		more, ok := expand(sub)
		if !ok || len(out)*len(more) > maxSequences {
			return nil, false
		}
		if len(out) == 1 && len(more) == 1 { // mostly
			if out[0] = append(out[0], more[0]...); len(out[0]) > MaxMatch {
				return nil, false
			}
			continue
		}
		next := make([][]set, 0, len(out)*len(more))
		for _, head := range out {
			for _, tail := range more {
				next = append(next, slices.Concat(head, tail))
			}
		}
		out = next
	}
	return out, true
}

// reversed is a tree that matches the same bytes from their end on.
func reversed(re *syntax.Regexp) *syntax.Regexp {
	out := *re
	out.Sub = make([]*syntax.Regexp, len(re.Sub))
	for i, s := range re.Sub {
		out.Sub[i] = reversed(s)
	}
	switch re.Op {
	case syntax.OpLiteral:
		out.Rune = slices.Clone(re.Rune)
		slices.Reverse(out.Rune)
	case syntax.OpConcat:
		slices.Reverse(out.Sub)
	case syntax.OpBeginLine:
		out.Op = syntax.OpEndLine
	case syntax.OpEndLine:
		out.Op = syntax.OpBeginLine
	case syntax.OpBeginText:
		out.Op = syntax.OpEndText
	case syntax.OpEndText:
		out.Op = syntax.OpBeginText
	}
	return &out
}
