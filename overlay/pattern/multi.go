package pattern

import (
	"math"
	"math/bits"
)

// multi looks for several sequences at once, by a probe or, where that is no good, one by one: then each remembers where it
// stands next, and the leftmost of them counts.
type multi struct {
	seqs    []*sequence
	probe   *probe // nil: none, or not in this window
	best    *probe
	spare   int
	learns  int
	finders []*finder
	next    []int // where each stands next; -1: not known
	to      int   // up to where next was looked for
}

const nowhere = math.MaxInt / 2

func newMulti(seqs []*sequence) *multi {
	m := &multi{seqs: seqs, next: make([]int, len(seqs))}
	if len(seqs) > 1 {
		m.best = newProbe(seqs)
	}
	for _, s := range seqs {
		m.finders = append(m.finders, newFinder(s))
	}
	return m
}

func (m *multi) reset() {
	m.probe, m.spare, m.learns = m.best, firstSpare, mostLearns
	for i, f := range m.finders {
		f.reset()
		m.next[i] = -1
	}
}

func (m *multi) find(hay []byte, from, to int) (start, end int) {
	if len(m.finders) == 1 {
		at := m.finders[0].find(hay, from, to)
		return at, at + len(m.finders[0].s.sets)
	}
	if m.probe != nil {
		at, which := m.findProbe(hay, from, to)
		switch {
		case which >= 0:
			return at, at + len(m.seqs[which].sets)
		case at < 0:
			return -1, 0
		}
		from = at
	}
	best, which := nowhere, 0
	for i, f := range m.finders {
		if m.next[i] < from {
			if m.next[i] = f.find(hay, from, to); m.next[i] < 0 {
				m.next[i] = nowhere
			}
		}
		if m.next[i] < best {
			best, which = m.next[i], i
		}
	}
	if best >= to {
		return -1, 0
	}
	return best, best + len(m.finders[which].s.sets)
}

// findProbe gives the first match and which sequence it is. With -1 for that it has given up the probe, at a place before which
// there is none; with -1 for both there is none at all.
func (m *multi) findProbe(hay []byte, from, to int) (at, which int) {
	to = min(to, len(hay)-m.probe.n+1)
	for i := from; i < to; {
		k := m.probe.find(hay, i, to)
		if k < 0 {
			break
		}
		fit := m.probe.fitting(hay, k)
		bad := 0
		for ; fit != 0; fit &= fit - 1 {
			which := bits.TrailingZeros64(fit)
			s := m.seqs[which]
			if n := len(s.sets); k+n <= len(hay) {
				if bad = s.mismatch(hay[k : k+n]); bad < 0 {
					return k, which
				}
			}
		}
		m.spare = min(m.spare+(k-i)/tooClose, 4*firstSpare) - 1
		i = k + 1
		if m.spare < 0 {
			if m.spare = firstSpare; m.learns > 0 && to-i >= leastToLearn {
				m.learns--
				if m.probe.learn(hay, i, bad) {
					continue
				}
			}
			m.probe = nil
			return i, -1
		}
	}
	return -1, -1
}

// oneOf looks for what all sequences have in common, and then which of them it is.
type oneOf struct {
	all  *finder
	seqs []*sequence
}

func (o *oneOf) find(hay []byte, from, to int) (start, end int) {
	n := len(o.all.s.sets)
	for from < to {
		at := o.all.find(hay, from, to)
		if at < 0 {
			return -1, 0
		}
		for _, s := range o.seqs {
			if s.mismatch(hay[at:at+n]) < 0 {
				return at, at + n
			}
		}
		from = at + 1
	}
	return -1, 0
}
