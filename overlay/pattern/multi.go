package pattern

// multi looks for several sequences at once: each remembers where it stands next, and the leftmost of them counts.
type multi struct {
	finders []*finder
	next    []int // where each stands next; -1: not known
	to      int   // up to where next was looked for
}

const nowhere = 1 << 62

func newMulti(seqs []*sequence) *multi {
	m := &multi{next: make([]int, len(seqs))}
	for _, s := range seqs {
		m.finders = append(m.finders, newFinder(s))
	}
	return m
}

func (m *multi) reset() {
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
