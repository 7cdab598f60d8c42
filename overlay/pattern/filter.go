package pattern

import (
	"math/bits"
	"regexp/syntax"
)

// filter is a sequence that every match has, from lo to hi bytes behind its start. Where it is far away no automaton
// needs to look.
type filter struct {
	seq    *sequence
	lo, hi int
}

// item is a part of a tree in the order of the bytes: one byte of a set, or a gap.
type item struct {
	set    set
	gap    bool
	lo, hi int
}

const maxItems = 4096

// findFilter takes the run of sets that promises to be rarest.
func findFilter(re *syntax.Regexp) *filter {
	items := linear(re, nil)
	var best *filter
	bestScore := 6
	lo, hi := 0, 0
	for i := 0; i < len(items); {
		if items[i].gap {
			lo, hi = min(far, lo+items[i].lo), min(far, hi+items[i].hi)
			i++
			continue
		}
		var sets []set
		score := 0
		j := i
		for ; j < len(items) && !items[j].gap && len(sets) < 64; j++ {
			n := items[j].set.len()
			sets = append(sets, items[j].set)
			score += 8 - bits.Len(uint(max(1, n)-1))
		}
		// One byte that is found everywhere is no help.
		if s := newSequence(sets); s.anchor >= 0 && len(s.values) > 0 {
			score = min(score, 32)
			if hi >= MaxMatch {
				score -= 8
			}
			if len(sets) == 1 && usual(s.values[0]) >= 50 {
				score = 0
			}
			if score > bestScore {
				best, bestScore = &filter{s, lo, min(hi, MaxMatch)}, score
			}
		}
		lo, hi = min(far, lo+j-i), min(far, hi+j-i)
		i = j
	}
	return best
}

// linear appends what every match of re has.
func linear(re *syntax.Regexp, out []item) []item {
	if len(out) > maxItems {
		lo, hi := lengths(re)
		return append(out, item{gap: true, lo: lo, hi: hi})
	}
	switch re.Op {
	case syntax.OpLiteral:
		for i := range re.Rune {
			out = append(out, item{set: oneSet(re, i)})
		}
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		out = append(out, item{set: oneSet(re, 0)})
	case syntax.OpCapture:
		out = linear(re.Sub[0], out)
	case syntax.OpConcat:
		for _, s := range re.Sub {
			out = linear(s, out)
		}
	case syntax.OpPlus, syntax.OpRepeat:
		least, most := bounds(re)
		k := min(least, 8)
		for range k {
			out = linear(re.Sub[0], out)
		}
		lo, hi := lengths(re.Sub[0])
		if most < 0 {
			hi = far
		} else {
			hi = min(far, hi*(most-k))
		}
		out = append(out, item{gap: true, lo: min(far, lo*(least-k)), hi: hi})
	default:
		lo, hi := lengths(re)
		out = append(out, item{gap: true, lo: lo, hi: hi})
	}
	return out
}
