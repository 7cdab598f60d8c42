package mmapdoc

import "slices"

// edit replaces del bytes at off by the piece ins, of which n may be 0, if that touches a single leaf and leaves the
// tree in order; else it changes nothing and returns false. Nearly all edits that people make are of this kind, and
// one path from the root to a leaf is a third of the work of two splits and two joins.
func (t tree) edit(epoch uint64, off, del int64, ins piece) (_ tree, removed span, ok bool) {
	if t.root == nil {
		return t, removed, false
	}
	var path [maxHeight]struct {
		n *node
		i int
	}
	depth := 0
	n, at := t.root, off
	for ; n.height > 0; depth++ {
		// At a border between leaves the left one is taken: typed text continues the piece before it.
		i := 0
		for i < len(n.kids)-1 && at > n.kids[i].size {
			at -= n.kids[i].size
			i++
		}
		path[depth].n, path[depth].i = n, i
		n = n.kids[i].root
	}
	if n.packed != nil {
		n = &node{pieces: n.list()} // of no epoch, so that it stays as it is
	}

	var buf [maxFill + 2]piece
	pieces, i, j, tail, ok := n.edited(buf[:0], at, del, ins)
	if !ok || len(pieces) == 0 || depth > 0 && len(pieces) < minFill {
		return t, removed, false
	}
	if j == len(n.pieces) && off+del < t.size {
		if next, _ := t.at(off + del); pieces[len(pieces)-1].continues(next) {
			return t, removed, false
		}
	}
	removed = n.between(epoch, i, j, at, tail, del)

	a, b := n.withPieces(epoch, pieces)
	for depth--; depth >= 0; depth-- {
		a, b = path[depth].n.withKid(epoch, path[depth].i, a, b)
	}
	if b.root != nil {
		a = inner(epoch, []tree{a, b})
	}
	return a, removed, true
}

// edited appends to buf what n's pieces are after del bytes at offset at were replaced by ins. The bytes that are
// replaced begin in piece i, which is cut at the returned offset, and end in piece j, tail bytes behind its start.
func (n *node) edited(buf []piece, at, del int64, ins piece) (_ []piece, i, j int, tail int64, ok bool) {
	for i < len(n.pieces) && at >= n.pieces[i].n {
		at -= n.pieces[i].n
		i++
	}
	j, tail = i, at
	for rest := del; rest > 0; {
		if j == len(n.pieces) {
			return nil, 0, 0, 0, false
		}
		if rest < n.pieces[j].n-tail {
			tail += rest
			break
		}
		rest -= n.pieces[j].n - tail
		j, tail = j+1, 0
	}
	buf = append(buf, n.pieces[:i]...)
	if at > 0 {
		buf = append(buf, n.pieces[i].cut(0, at))
	}
	if ins.n > 0 {
		buf = appendPiece(buf, ins)
	}
	if j < len(n.pieces) {
		buf = appendPiece(buf, n.pieces[j].cut(tail, n.pieces[j].n))
		buf = append(buf, n.pieces[j+1:]...)
	}
	return buf, i, j, tail, true
}

// between is the span of the del bytes at offset at that edited takes away.
func (n *node) between(epoch uint64, i, j int, at, tail, del int64) span {
	if del == 0 {
		return span{}
	}
	for _, p := range n.pieces[:i] {
		at -= p.n
	}
	if i == j {
		return span{piece: n.pieces[i].cut(at, tail)}
	}
	out := make([]piece, 0, j-i+1)
	out = append(out, n.pieces[i].cut(at, n.pieces[i].n))
	out = append(out, n.pieces[i+1:j]...)
	if tail > 0 {
		out = append(out, n.pieces[j].cut(0, tail))
	}
	return leaf(epoch, out).span()
}

// appendPiece appends p to pieces and merges it with the last one if it continues that.
func appendPiece(pieces []piece, p piece) []piece {
	if k := len(pieces) - 1; k >= 0 && pieces[k].continues(p) {
		pieces[k].n += p.n
		return pieces
	}
	return append(pieces, p)
}

// withPieces is the leaf n, or two leaves, with pieces in place of its own. It copies pieces.
func (n *node) withPieces(epoch uint64, pieces []piece) (a, b tree) {
	if k := len(pieces); k > maxFill {
		b = leaf(epoch, slices.Clone(pieces[k/2:]))
		pieces = pieces[:k/2]
	}
	if n.epoch != epoch {
		// As long as needed and no longer: half-full leaves then cost no memory.
		return leaf(epoch, slices.Clone(pieces)), b
	}
	if len(pieces) > cap(n.pieces) {
		n.pieces = make([]piece, 0, min(len(pieces)+4, maxFill))
	} else {
		clear(n.pieces) // lets go of stores that are no longer used
	}
	n.pieces = append(n.pieces[:0], pieces...)
	return n.total(), b
}

// withKid is the inner node n, or two nodes, with kid i replaced by a and, if it is not empty, b.
func (n *node) withKid(epoch uint64, i int, a, b tree) (tree, tree) {
	if b.root == nil {
		if n.epoch != epoch {
			n = &node{epoch: epoch, height: n.height, kids: slices.Clone(n.kids)}
		}
		n.kids[i] = a
		return n.total(), tree{}
	}
	kids := make([]tree, 0, len(n.kids)+1)
	kids = append(kids, n.kids[:i]...)
	kids = append(kids, a, b)
	kids = append(kids, n.kids[i+1:]...)
	if k := len(kids); k > maxFill {
		return inner(epoch, slices.Clone(kids[:k/2])), inner(epoch, slices.Clone(kids[k/2:]))
	}
	return inner(epoch, kids), tree{}
}
