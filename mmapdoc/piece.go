package mmapdoc

// piece is n bytes of a store from off on; n is never 0 in a tree.
type piece struct {
	src *origin
	off int64
	n   int64
}

// continues reports whether q's bytes directly follow p's in the same store, so that the two are one piece.
func (p piece) continues(q piece) bool { return p.src == q.src && p.off+p.n == q.off }

// cut is the part [from, to) of p.
func (p piece) cut(from, to int64) piece { return piece{p.src, p.off + from, to - from} }
