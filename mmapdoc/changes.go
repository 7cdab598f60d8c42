package mmapdoc

// A byte is unchanged iff its piece is of the base that was current when the snapshot was taken, and it was not set
// aside by an in-place save. So a byte overwritten by its own value is changed, and a deletion leaves no changed byte.
//
// Seeking uses the ids in the tree (see tree): a subtree that has only base pieces, or none, is passed in one step.
// Two cases visit pieces one by one: a base with ranges set aside, which is so while an in-place save runs and after it
// failed, and pieces of a document that was opened after our last save, pasted among our own.

// Changed appends the parts of r whose bytes are not the saved ones (edited or inserted), ascending and apart. Parts of
// r outside of the document are passed over.
func (s *Snapshot) Changed(r Range, out []Range) []Range {
	k := s.seeker()
	r.Start, r.End = max(r.Start, 0), min(r.End, s.tree.size)
	for at := r.Start; at < r.End; {
		start, ok := k.seek(at, r.End, true)
		if !ok {
			break
		}
		end, ok := k.seek(start, r.End, false)
		if !ok {
			end = r.End
		}
		out = append(out, Range{start, end})
		at = end
	}
	return out
}

// NextChange is the first changed range that ends after off, in its full length.
func (s *Snapshot) NextChange(off int64) (Range, bool) {
	k := s.seeker()
	off = max(off, 0)
	start, ok := k.seek(off, s.tree.size, true)
	if !ok {
		return Range{}, false
	}
	if start == off {
		start = k.startOf(off)
	}
	return Range{start, k.endOf(start)}, true
}

// PrevChange is the last changed range that starts before off, in its full length.
func (s *Snapshot) PrevChange(off int64) (Range, bool) {
	k := s.seeker()
	last, ok := k.seekBack(min(off, s.tree.size), true)
	if !ok {
		return Range{}, false
	}
	return Range{k.startOf(last), k.endOf(last)}, true
}

// seeker looks for changed or unchanged bytes of a snapshot.
type seeker struct {
	tree    tree
	base    *origin
	aside   asideStore // nil when nothing is set aside
	changed bool       // what is looked for
}

func (s *Snapshot) seeker() seeker {
	k := seeker{tree: s.tree, base: s.base}
	if a, ok := s.base.store.(asideStore); ok && len(a.asideRanges(0, a.Size(), nil)) > 0 {
		k.aside = a
	}
	return k
}

// startOf is the start of the changed range that the byte at off is in.
func (k seeker) startOf(off int64) int64 {
	if before, ok := k.seekBack(off, false); ok {
		return before + 1
	}
	return 0
}

// endOf is the end of the changed range that the byte at off is in.
func (k seeker) endOf(off int64) int64 {
	if end, ok := k.seek(off, k.tree.size, false); ok {
		return end
	}
	return k.tree.size
}

// seek is the offset of the first byte of [from, to) that is changed, or that is not.
func (k seeker) seek(from, to int64, changed bool) (int64, bool) {
	if from >= to {
		return 0, false
	}
	k.changed = changed
	return k.forward(k.tree, 0, from, to)
}

// seekBack is the offset of the last byte before to that is changed, or that is not.
func (k seeker) seekBack(to int64, changed bool) (int64, bool) {
	if to <= 0 {
		return 0, false
	}
	k.changed = changed
	return k.backward(k.tree, 0, to)
}

// pass reports whether t can hold nothing that is looked for.
func (k seeker) pass(t tree) bool {
	if k.changed {
		return k.aside == nil && t.only(k.base.id)
	}
	return !t.has(k.base.id)
}

// forward looks through the part of t, which starts at pos, that is in [from, to).
func (k seeker) forward(t tree, pos, from, to int64) (int64, bool) {
	if pos >= to || t.size <= from-pos || k.pass(t) {
		return 0, false
	}
	for _, kid := range t.root.kids {
		if at, ok := k.forward(kid, pos, from, to); ok {
			return at, true
		}
		pos += kid.size
	}
	for _, p := range t.root.list() {
		if pos < to && p.n > from-pos {
			a, b := max(from-pos, 0), min(to-pos, p.n)
			if i, ok := k.first(p.cut(a, b)); ok {
				return pos + a + i, true
			}
		}
		pos += p.n
	}
	return 0, false
}

// backward looks through the part of t, which starts at pos, that is before to.
func (k seeker) backward(t tree, pos, to int64) (int64, bool) {
	if pos >= to || k.pass(t) {
		return 0, false
	}
	end := pos + t.size
	for i := len(t.root.kids) - 1; i >= 0; i-- {
		kid := t.root.kids[i]
		end -= kid.size
		if at, ok := k.backward(kid, end, to); ok {
			return at, true
		}
	}
	pieces := t.root.list()
	for i := len(pieces) - 1; i >= 0; i-- {
		p := pieces[i]
		end -= p.n
		if end < to {
			if at, ok := k.last(p.cut(0, min(p.n, to-end))); ok {
				return end + at, true
			}
		}
	}
	return 0, false
}

// first is the offset in p of the first byte that is looked for.
func (k seeker) first(p piece) (int64, bool) {
	if p.src != k.base {
		return 0, k.changed
	}
	if k.aside == nil {
		return 0, !k.changed
	}
	var at int64
	for _, r := range k.aside.asideRanges(p.off, p.n, nil) {
		if k.changed {
			return r.Start - p.off, true
		}
		if r.Start-p.off > at {
			break
		}
		at = r.End - p.off
	}
	return at, !k.changed && at < p.n
}

// last is the offset in p of the last byte that is looked for.
func (k seeker) last(p piece) (int64, bool) {
	if p.src != k.base {
		return p.n - 1, k.changed
	}
	if k.aside == nil {
		return p.n - 1, !k.changed
	}
	aside := k.aside.asideRanges(p.off, p.n, nil)
	end := p.n
	for i := len(aside) - 1; i >= 0; i-- {
		if k.changed {
			return aside[i].End - p.off - 1, true
		}
		if aside[i].End-p.off < end {
			break
		}
		end = aside[i].Start - p.off
	}
	return end - 1, !k.changed && end > 0
}
