package mmapdoc

// Of very many ranges those are joined that lie close together: a write costs more than the bytes between them. Of still more
// those are joined that touch the same pages, which are written as a whole anyway: all that a save holds in memory and in its
// journal grows with the number of ranges.
var (
	veryMany = 10_000
	tooMany  = 1 << 20
	// mostRanges is how many a save in place takes: what its journal can tell of, with some to spare for the holes among them.
	mostRanges = journalRows / 2
)

const (
	nearby     = 64
	joinedMost = 1 << 20 // bytes of a range that others are joined to
)

// nearRanges takes ranges in order and apart, and joins them.
type nearRanges struct {
	out []Range
	gap int64 // what lies no further apart is joined; 0: nothing is, yet
}

// add takes the next range. It returns false when they are too many.
func (n *nearRanges) add(r Range) bool {
	if k := len(n.out) - 1; n.gap > 0 && k >= 0 && r.Start-n.out[k].End <= n.gap && n.out[k].Len() < joinedMost {
		n.out[k].End = r.End
		return true
	}
	n.out = append(n.out, r)
	switch {
	case n.gap == 0 && len(n.out) == veryMany:
		n.join(nearby)
	case n.gap == nearby && len(n.out) >= tooMany:
		n.join(pageSize)
	}
	return len(n.out) <= mostRanges
}

// join joins from now on what lies no further apart than gap, and what is there already.
func (n *nearRanges) join(gap int64) {
	all := n.out
	n.out, n.gap = n.out[:0], gap
	for _, r := range all {
		n.add(r)
	}
}
