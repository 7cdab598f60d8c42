package mmapdoc

// Since tells what was done to a document between two of its snapshots: the range was of old became the range now of s,
// and the bytes around them are the same. It looks at pieces, not at bytes, so equal bytes may be among those, and after
// a save all are. Parts of the tree that both share are passed in one step.
func (s *Snapshot) Since(old *Snapshot) (was, now Range) {
	a, b := old.tree, s.tree
	if a.root == b.root && a.size == b.size {
		return Range{}, Range{}
	}
	n := common(newSteps(a, false), newSteps(b, false), min(a.size, b.size))
	m := common(newSteps(a, true), newSteps(b, true), min(a.size, b.size)-n)
	return Range{n, a.size - m}, Range{n, b.size - m}
}

// SameBytes tells that s and old, two snapshots of one document, have the same bytes: nothing was done between them but a save,
// or what was done was taken back. As Since it looks at edits, not at bytes.
func (s *Snapshot) SameBytes(old *Snapshot) bool {
	return s == old || s.state == old.state && s.grown == old.grown && s.tree.size == old.tree.size
}

// steps goes through a tree, from its start or from its end, by subtrees or by pieces.
type steps struct {
	back  bool
	stack []tree // what is still to come, the next on top
	rest  []piece
}

func newSteps(t tree, back bool) *steps {
	s := &steps{back: back}
	if t.root != nil {
		s.stack = append(s.stack, t)
	}
	return s
}

// node is the subtree that comes next; false when a piece does, or nothing.
func (s *steps) node() (tree, bool) {
	if len(s.rest) > 0 || len(s.stack) == 0 {
		return tree{}, false
	}
	return s.stack[len(s.stack)-1], true
}

func (s *steps) skip() { s.stack = s.stack[:len(s.stack)-1] }

// open goes into the subtree that comes next.
func (s *steps) open() {
	n := s.stack[len(s.stack)-1].root
	s.skip()
	if n.height == 0 {
		s.rest = append(s.rest[:0], n.list()...)
		return
	}
	for i := range n.kids {
		k := len(n.kids) - 1 - i
		if s.back {
			k = i
		}
		s.stack = append(s.stack, n.kids[k])
	}
}

// piece is the piece that comes next.
func (s *steps) piece() *piece {
	if s.back {
		return &s.rest[len(s.rest)-1]
	}
	return &s.rest[0]
}

// take goes on by n bytes of the piece that comes next.
func (s *steps) take(n int64) {
	p := s.piece()
	switch {
	case n == p.n && s.back:
		s.rest = s.rest[:len(s.rest)-1]
	case n == p.n:
		s.rest = s.rest[1:]
	case s.back:
		*p = p.cut(0, p.n-n)
	default:
		*p = p.cut(n, p.n)
	}
}

// common is for how many bytes, at most most, both go through the same pieces.
func common(a, b *steps, most int64) (n int64) {
	for n < most {
		x, nodeA := a.node()
		y, nodeB := b.node()
		switch {
		case nodeA && nodeB && x.root == y.root:
			a.skip()
			b.skip()
			n += x.size
		case nodeA && (!nodeB || x.root.height >= y.root.height):
			a.open()
		case nodeB:
			b.open()
		case len(a.rest) == 0 || len(b.rest) == 0:
			return min(n, most)
		default:
			p, q := a.piece(), b.piece()
			k := min(p.n, q.n)
			if p.src != q.src || !a.back && p.off != q.off || a.back && p.off+p.n != q.off+q.n {
				return min(n, most)
			}
			a.take(k)
			b.take(k)
			n += k
		}
	}
	return min(n, most)
}
