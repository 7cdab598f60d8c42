package pattern

import (
	"math"
	"regexp/syntax"
	"slices"
)

// filter is a choice of sequences of which every match has one, from lo to hi bytes behind its start. Where they are far
// away no automaton needs to look.
type filter struct {
	seqs   []*sequence
	lo, hi int
	before set     // what may stand between the start and the sequence
	score  float64 // how rare it is thought to be: bits
}

// item is a part of a tree in the order of the bytes: one byte of a set, or a gap.
type item struct {
	set    set // of a gap: the bytes that may be in it
	gap    bool
	lo, hi int
	choice *filter // of a gap: what every match has in it; lo and hi count from its start
}

const (
	maxItems  = 4096
	leastBits = 6 // what is more frequent is no filter
)

// findFilter takes what promises to be rarest: a run of sets, or a choice of such runs.
func findFilter(re *syntax.Regexp) *filter {
	items := linear(re, nil)
	var best *filter
	lo, hi := 0, 0
	var before set
	offer := func(f *filter) {
		f.lo, f.hi, f.before = lo+f.lo, min(hi+f.hi, MaxMatch), f.before.or(before)
		// A long way back is looked at for nothing, as far as any bytes may stand there.
		if f.hi >= MaxMatch {
			f.score -= float64(f.before.len()) / 32
		}
		if f.score > leastBits && (best == nil || f.score > best.score) {
			best = f
		}
	}
	for i := 0; i < len(items); {
		if items[i].gap {
			if f := items[i].choice; f != nil {
				offer(f)
			}
			before = before.or(items[i].set)
			lo, hi = min(far, lo+items[i].lo), min(far, hi+items[i].hi)
			i++
			continue
		}
		var sets []set
		j := i
		for ; j < len(items) && !items[j].gap && len(sets) < 64; j++ {
			sets = append(sets, items[j].set)
		}
		if f := newFilter([][]set{sets}); f != nil {
			offer(f)
		}
		for _, s := range sets {
			before = before.or(s)
		}
		lo, hi = min(far, lo+j-i), min(far, hi+j-i)
		i = j
	}
	return best
}

// newFilter is nil when the sequences cannot be found fast, or are found everywhere.
func newFilter(seqs [][]set) *filter {
	f := &filter{}
	all := 0.0
	for _, sets := range seqs {
		s := newSequence(sets)
		f.seqs = append(f.seqs, s)
		share := 1.0
		for _, x := range s.share {
			share *= x
		}
		all += max(share, 1./(1<<32))
		if !vector && len(s.values) == 0 {
			return nil
		}
		if len(sets) == 1 && len(s.values) > 0 && usual(s.values[0]) >= 50 { // one byte that is found everywhere
			return nil
		}
	}
	f.score = -math.Log2(all)
	return f
}

// choiceOf is a filter for a node of several ways, if each of them has one.
func choiceOf(re *syntax.Regexp) *filter {
	if seqs, ok := expand(re); ok && len(seqs) > 1 && !slices.ContainsFunc(seqs, func(s []set) bool { return len(s) == 0 }) {
		return newFilter(seqs)
	}
	if re.Op != syntax.OpAlternate {
		return nil
	}
	var all *filter
	share := 0.0
	for _, sub := range re.Sub {
		f := findFilter(sub)
		switch {
		case f == nil:
			return nil
		case all == nil:
			all = f
		default:
			all.seqs = append(all.seqs, f.seqs...)
			all.lo, all.hi, all.before = min(all.lo, f.lo), max(all.hi, f.hi), all.before.or(f.before)
		}
		share += math.Exp2(-f.score)
	}
	if len(all.seqs) > maxSequences {
		return nil
	}
	all.score = -math.Log2(share)
	return all
}

// bytesOf is the bytes that a match of re may have.
func bytesOf(re *syntax.Regexp) (all set) {
	switch re.Op {
	case syntax.OpLiteral:
		for i := range re.Rune {
			all = all.or(oneSet(re, i))
		}
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return oneSet(re, 0)
	}
	for _, s := range re.Sub {
		all = all.or(bytesOf(s))
	}
	return all
}

// linear appends what every match of re has.
func linear(re *syntax.Regexp, out []item) []item {
	if len(out) > maxItems {
		lo, hi := lengths(re)
		return append(out, item{gap: true, lo: lo, hi: hi, set: bytesOf(re)})
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
		out = append(out, item{gap: true, lo: min(far, lo*(least-k)), hi: hi, set: bytesOf(re.Sub[0])})
	default:
		lo, hi := lengths(re)
		out = append(out, item{gap: true, lo: lo, hi: hi, set: bytesOf(re), choice: choiceOf(re)})
	}
	return out
}
