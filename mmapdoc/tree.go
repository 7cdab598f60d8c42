package mmapdoc

import "slices"

// A tree is a sequence of pieces in a B+tree: pieces in the leaves, all leaves at the same depth. It is a value: the
// zero tree is empty, and an operation returns a new tree that shares the nodes it did not have to touch.
//
// Every node carries the epoch in which it was made. A document takes a new epoch with each snapshot, so a node of
// the current epoch can be seen by nobody else and tree.edit changes it where it stands. All other operations only
// make new nodes. A tree that is split or joined is used up: each node of the current epoch has one owner.
//
// Invariants, which checkTree in the tests holds: every node but the root has minFill to maxFill entries, an inner root
// has at least two; no piece is empty; no piece continues the one before it; totals are exact.
type tree struct {
	root   *node // nil when empty
	size   int64 // in bytes
	lo, hi uint32
	// lo and hi are the least and greatest origin.id of the pieces: lo == hi == id says that all pieces are of that
	// base, and an id outside of [lo, hi] that none is.
}

type node struct {
	epoch  uint64
	height int     // 0 for a leaf
	pieces []piece // leaf
	kids   []tree  // inner node
	packed *packed // of a leaf that a batch made, in place of pieces
}

const (
	maxFill   = 32
	minFill   = maxFill / 4
	maxHeight = 24 // minFill^22 leaves exceed 2^63 bytes
)

// leaf makes a tree of pieces, which it keeps; there are at most maxFill.
func leaf(epoch uint64, pieces []piece) tree {
	if len(pieces) == 0 {
		return tree{}
	}
	return (&node{epoch: epoch, pieces: pieces}).total()
}

// inner makes a tree of kids, which it keeps; there are at most maxFill, all of one height.
func inner(epoch uint64, kids []tree) tree {
	switch len(kids) {
	case 0:
		return tree{}
	case 1:
		return kids[0]
	}
	return (&node{epoch: epoch, height: kids[0].root.height + 1, kids: kids}).total()
}

// total is the tree under n.
func (n *node) total() tree {
	t := tree{root: n, lo: ^uint32(0)}
	pieces := n.list()
	for i := range pieces {
		p := &pieces[i]
		t.size += p.n
		t.lo, t.hi = min(t.lo, p.src.id), max(t.hi, p.src.id)
	}
	for i := range n.kids {
		k := &n.kids[i]
		t.size += k.size
		t.lo, t.hi = min(t.lo, k.lo), max(t.hi, k.hi)
	}
	return t
}

// build makes a tree of any number of pieces, of which none continues its neighbour.
func build(epoch uint64, pieces []piece) tree {
	var level []tree
	for chunk := range even(pieces) {
		level = append(level, leaf(epoch, slices.Clone(chunk)))
	}
	return stacked(epoch, level)
}

// stacked makes a tree of leaves.
func stacked(epoch uint64, level []tree) tree {
	for len(level) > 1 {
		var up []tree
		for chunk := range even(level) {
			up = append(up, inner(epoch, slices.Clone(chunk)))
		}
		level = up
	}
	if len(level) == 0 {
		return tree{}
	}
	return level[0]
}

// even yields s in parts of nearly equal length, of at most maxFill.
func even[T any](s []T) func(yield func([]T) bool) {
	return func(yield func([]T) bool) {
		for parts := (len(s) + maxFill - 1) / maxFill; parts > 0; parts-- {
			n := (len(s) + parts - 1) / parts
			if !yield(s[:n]) {
				return
			}
			s = s[n:]
		}
	}
}

// has reports whether pieces of the base id may be in t.
func (t tree) has(id uint32) bool { return t.root != nil && t.lo <= id && id <= t.hi }

// only reports whether all pieces of t are of the base id.
func (t tree) only(id uint32) bool { return t.root != nil && t.lo == id && t.hi == id }

// at returns the piece that holds the byte at off, which is inside t, and where the piece starts.
func (t tree) at(off int64) (p piece, start int64) {
	n, rest := t.root, off
	for n.height > 0 {
		i := 0
		for rest >= n.kids[i].size {
			rest -= n.kids[i].size
			i++
		}
		n = n.kids[i].root
	}
	if n.packed != nil {
		p, rest := n.packed.at(rest)
		return p, off - rest
	}
	i := 0
	for rest >= n.pieces[i].n {
		rest -= n.pieces[i].n
		i++
	}
	return n.pieces[i], off - rest
}

// walk calls fn with the pieces of [from, to), cut to it, and where they start, until fn returns false.
func (t tree) walk(from, to int64, fn func(at int64, p piece) bool) bool {
	if t.root == nil || from >= to {
		return true
	}
	return t.root.walk(0, from, to, fn)
}

// walk does the same for the node that starts at pos.
func (n *node) walk(pos, from, to int64, fn func(at int64, p piece) bool) bool {
	for i := range n.kids {
		k := &n.kids[i]
		if pos >= to {
			return true
		}
		if k.size > from-pos && !k.root.walk(pos, from, to, fn) {
			return false
		}
		pos += k.size
	}
	if n.packed != nil {
		return n.packed.walk(pos, from, to, fn)
	}
	return walkPieces(n.pieces, pos, from, to, fn)
}

func walkPieces(pieces []piece, pos, from, to int64, fn func(at int64, p piece) bool) bool {
	for _, p := range pieces {
		if pos >= to {
			return true
		}
		if p.n > from-pos {
			a, b := max(from-pos, 0), min(to-pos, p.n)
			if !fn(pos+a, p.cut(a, b)) {
				return false
			}
		}
		pos += p.n
	}
	return true
}
