package mmapdoc

import "slices"

// split cuts t at off into what is before and what is from there on, in O(log n).
func (t tree) split(epoch uint64, off int64) (l, r tree) {
	if off <= 0 {
		return tree{}, t
	}
	if off >= t.size {
		return t, tree{}
	}
	n, i := t.root, 0
	if n.height == 0 {
		pieces := n.list()
		for off >= pieces[i].n {
			off -= pieces[i].n
			i++
		}
		right := slices.Clone(pieces[i:])
		if off == 0 {
			return leaf(epoch, slices.Clone(pieces[:i])), leaf(epoch, right)
		}
		left := slices.Clone(pieces[:i+1])
		left[i], right[0] = left[i].cut(0, off), right[0].cut(off, right[0].n)
		return leaf(epoch, left), leaf(epoch, right)
	}
	for off >= n.kids[i].size {
		off -= n.kids[i].size
		i++
	}
	before := inner(epoch, slices.Clone(n.kids[:i]))
	if off == 0 {
		return before, inner(epoch, slices.Clone(n.kids[i:]))
	}
	l, r = n.kids[i].split(epoch, off)
	return before.link(epoch, l), r.link(epoch, inner(epoch, slices.Clone(n.kids[i+1:])))
}

// join is t followed by r, in O(log n).
func (t tree) join(epoch uint64, r tree) tree {
	if t.root == nil || r.root == nil {
		return t.link(epoch, r)
	}
	last, start := t.at(t.size - 1)
	first, _ := r.at(0)
	if !last.continues(first) {
		return t.link(epoch, r)
	}
	t, _ = t.split(epoch, start)
	_, r = r.split(epoch, first.n)
	seam := leaf(epoch, []piece{{last.src, last.off, last.n + first.n}})
	return t.link(epoch, seam).link(epoch, r)
}

// link is join for trees that are known not to continue each other.
func (t tree) link(epoch uint64, r tree) tree {
	if t.root == nil {
		return r
	}
	if r.root == nil {
		return t
	}
	a, b := t.concat(epoch, r)
	if b.root == nil {
		return a
	}
	return inner(epoch, []tree{a, b})
}

// concat is t followed by r as one or two trees of the height of the higher one. A root with few entries is filled up
// from its new neighbour, so both results are as full as an inner node's kids must be unless there is only one.
func (t tree) concat(epoch uint64, r tree) (a, b tree) {
	x, y := t.root, r.root
	switch {
	case x.height == 0 && y.height == 0:
		all := slices.Concat(x.list(), y.list())
		if k := len(all); k > maxFill {
			return leaf(epoch, slices.Clone(all[:k/2])), leaf(epoch, slices.Clone(all[k/2:]))
		}
		return leaf(epoch, all), tree{}
	case x.height == y.height:
		return spread(epoch, slices.Concat(x.kids, y.kids))
	case x.height > y.height:
		k := len(x.kids) - 1
		a, b = x.kids[k].concat(epoch, r)
		return spread(epoch, slices.Concat(x.kids[:k], pair(a, b)))
	default:
		a, b = t.concat(epoch, y.kids[0])
		return spread(epoch, slices.Concat(pair(a, b), y.kids[1:]))
	}
}

// spread makes one or two inner nodes of kids.
func spread(epoch uint64, kids []tree) (a, b tree) {
	if k := len(kids); k > maxFill {
		return inner(epoch, slices.Clone(kids[:k/2])), inner(epoch, slices.Clone(kids[k/2:]))
	}
	return inner(epoch, kids), tree{}
}

func pair(a, b tree) []tree {
	if b.root == nil {
		return []tree{a}
	}
	return []tree{a, b}
}

// span is a run of pieces in the least memory: the piece itself when there is one, which is so for most edits, or else
// the root of a tree, with n its size.
type span struct {
	piece
	root *node
}

func (t tree) span() span {
	if t.root == nil {
		return span{}
	}
	if t.root.height == 0 && len(t.root.pieces) == 1 {
		return span{piece: t.root.pieces[0]}
	}
	return span{piece: piece{n: t.size}, root: t.root}
}

func (s span) tree(epoch uint64) tree {
	switch {
	case s.root != nil:
		return s.root.total()
	case s.n == 0:
		return tree{}
	}
	return leaf(epoch, []piece{s.piece})
}

// join is s followed by r.
func (s span) join(epoch uint64, r span) span {
	switch {
	case s.n == 0:
		return r
	case r.n == 0:
		return s
	case s.root == nil && r.root == nil && s.continues(r.piece):
		s.n += r.n
		return s
	}
	return s.tree(epoch).join(epoch, r.tree(epoch)).span()
}

// splice replaces del bytes at off by ins and returns what they were.
func (t tree) splice(epoch uint64, off, del int64, ins span) (_ tree, removed span) {
	if ins.root == nil {
		if t, removed, ok := t.edit(epoch, off, del, ins.piece); ok {
			return t, removed
		}
	}
	l, r := t.split(epoch, off)
	cut, r := r.split(epoch, del)
	return l.join(epoch, ins.tree(epoch)).join(epoch, r), cut.span()
}
