// Package pattern finds bytes: sequences with wildcards, text in given encodings, values, regular expressions.
//
// A [Pattern] is compiled once, never changes and is safe for any goroutine. A [Matcher] searches windows of bytes for
// it, one goroutine at a time. It knows nothing of where the bytes come from: whoever has more than one window gives each
// the bytes that follow it, [Pattern.Reach] of them.
//
// All patterns are trees of regexp/syntax over bytes: a byte from 0x80 on stands there as a rune of the private use area,
// which keeps the order and has no other case. A tree that comes to a few sequences of byte sets is searched for by two or
// three places that are rare together (vector.go, probe.go), or on machines without vectors by its rarest byte, and checked
// (fixed.go, multi.go); all others run as automata built while they are used (dfa.go), from where a sequence stands that
// every match must have (filter.go).
//
// A match has at least one byte and at most [MaxMatch]. Where a pattern matches at several places the leftmost counts,
// and there the alternative that stands first, as in Perl, Python and Go.
//
// Time is linear in the bytes searched times the size of the pattern, and mostly independent of that; memory is bounded.
package pattern

import (
	"fmt"
	"regexp/syntax"
)

// MaxMatch is the length of the longest match, in bytes. A regular expression sees no more than that from the start of a
// match on.
const MaxMatch = 1 << 16

// SyntaxError refuses a pattern.
type SyntaxError struct {
	Pos    int // byte in the pattern
	Reason string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%s (at position %d)", e.Reason, e.Pos) }

func errAt(pos int, format string, args ...any) error {
	return &SyntaxError{pos, fmt.Sprintf(format, args...)}
}

// Pattern is what is looked for.
type Pattern struct {
	tree     *syntax.Regexp
	min, max int  // lengths of matches
	zeros    bool // it may match zeros alone

	seqs []*sequence // not empty: the pattern is one of these, the first in the list that matches
	both *sequence   // the union of seqs at each place, when looking for that one is better

	fwd, rev *program
	filter   *filter // nil: none

	unit int          // see Aligned; 0: matches begin anywhere
	ways [][][][]byte // of a pattern with a unit
}

// MinLen and MaxLen are the lengths of the shortest and the longest match, in bytes.
func (p *Pattern) MinLen() int { return p.min }

// MaxLen is at most MaxMatch.
func (p *Pattern) MaxLen() int { return p.max }

// Reach is how many bytes behind the last place where a match may begin a Matcher has to see.
func (p *Pattern) Reach() int {
	if p.fwd != nil && p.fwd.assertions {
		return p.max
	}
	return p.max - 1 + p.twins()
}

// Behind is how many bytes before the first place where a match may begin a Matcher has to see.
func (p *Pattern) Behind() int {
	if p.fwd != nil && p.fwd.assertions {
		return 1
	}
	return p.twins()
}

// MatchesZeros tells whether a match may consist of zero bytes alone. If not, nothing is found inside of a hole.
func (p *Pattern) MatchesZeros() bool { return p.zeros }

// Literal is what every match is, byte for byte; nil when they differ.
func (p *Pattern) Literal() []byte {
	if len(p.seqs) != 1 || !p.seqs[0].literal {
		return nil
	}
	return p.seqs[0].val
}

// Groups is the number of capturing groups.
func (p *Pattern) Groups() int { return p.tree.MaxCap() }

const (
	maxSequences = 16
	maxProgram   = 20_000 // instructions
	maxSets      = 4 << 20
)

// compile makes a pattern of a tree.
func compile(re *syntax.Regexp) (*Pattern, error) {
	p := &Pattern{tree: re}
	p.min, p.max = lengths(re)
	switch {
	case p.min == 0:
		return nil, errAt(0, "the pattern also matches nothing at all; a match has at least one byte, as with + in place of *")
	case p.min > MaxMatch:
		return nil, errAt(0, "the pattern is longer than %d bytes", MaxMatch)
	}
	p.max = min(p.max, MaxMatch)
	p.zeros = canBeZeros(re)
	if seqs, ok := expand(re); ok {
		for _, s := range seqs {
			p.seqs = append(p.seqs, newSequence(s))
		}
		p.both = union(p.seqs)
		return p, nil
	}
	if p.max < MaxMatch && p.max > MaxMatch/2 {
		p.max = MaxMatch // so that "unbounded" and "too long" are one case
	}
	return p, p.compilePrograms()
}

func (p *Pattern) compilePrograms() (err error) {
	if p.fwd, err = newProgram(p.tree); err != nil {
		return err
	}
	if p.rev, err = newProgram(reversed(p.tree)); err != nil {
		return err
	}
	p.filter = findFilter(p.tree)
	return nil
}
