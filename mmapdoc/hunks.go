package mmapdoc

// Hunk is a place where a document differs from its saved bytes: the saved bytes of Old stand as those of New now. One of
// the two may be empty.
type Hunk struct{ Old, New Range }

// Hunks are where s differs from the saved bytes, in order, most of them at the most. They follow from the edits alone: no
// byte is read, and what was overwritten by its own value is in them too.
func (s *Snapshot) Hunks(most int) []Hunk {
	var found []Hunk
	var old, now int64 // behind the last part that stayed
	until := func(oldEnd, nowEnd int64) {
		if oldEnd > old || nowEnd > now {
			found = append(found, Hunk{Range{old, oldEnd}, Range{now, nowEnd}})
		}
	}
	s.tree.walk(0, s.tree.size, func(at int64, p piece) bool {
		if p.src == s.base && p.off >= old {
			until(p.off, at)
			old, now = p.off+p.n, at+p.n
		}
		return len(found) < most
	})
	if len(found) < most {
		until(s.base.Size(), s.tree.size)
	}
	return found
}

// HunksSince are where s differs from an older snapshot of its document, in order, Old being ranges of that one. As Hunks it looks at edits, not at
// bytes. What both have of the saved bytes tells which parts belong to each other, so ok is false where a save came between them.
func (s *Snapshot) HunksSince(old *Snapshot, most int) (found []Hunk, ok bool) {
	if s.base != old.base {
		return nil, false
	}
	var kept []piece // saved bytes that are in old, with where they are there
	var at []int64
	old.tree.walk(0, old.tree.size, func(pos int64, p piece) bool {
		if p.src == s.base {
			kept, at = append(kept, p), append(at, pos)
		}
		return true
	})
	var was, now int64 // behind the last part that both have
	until := func(wasEnd, nowEnd int64) {
		a, b := old.between(Range{was, wasEnd}), s.between(Range{now, nowEnd})
		from, to := int64(0), int64(0)
		for len(a) > 0 && len(b) > 0 && a[0].src == b[0].src && a[0].off == b[0].off {
			n := min(a[0].n, b[0].n)
			a, b, from = ahead(a, n), ahead(b, n), from+n
		}
		for len(a) > 0 && len(b) > 0 {
			p, q := &a[len(a)-1], &b[len(b)-1]
			if p.src != q.src || p.off+p.n != q.off+q.n {
				break
			}
			n := min(p.n, q.n)
			a, b, to = behind(a, n), behind(b, n), to+n
		}
		if len(a) > 0 || len(b) > 0 {
			found = append(found, Hunk{Range{was + from, wasEnd - to}, Range{now + from, nowEnd - to}})
		}
	}
	k := 0
	s.tree.walk(0, s.tree.size, func(pos int64, p piece) bool {
		for p.src == s.base && p.n > 0 && len(found) < most {
			for k < len(kept) && kept[k].off+kept[k].n <= p.off {
				k++
			}
			if k == len(kept) || kept[k].off >= p.off+p.n {
				break
			}
			from, to := max(p.off, kept[k].off), min(p.off+p.n, kept[k].off+kept[k].n)
			a, b := at[k]+from-kept[k].off, pos+from-p.off
			until(a, b)
			was, now = a+to-from, b+to-from
			pos, p = pos+to-p.off, p.cut(to-p.off, p.n)
		}
		return len(found) < most
	})
	if len(found) < most {
		until(old.tree.size, s.tree.size)
	}
	return found, true
}

// between are the pieces of r.
func (s *Snapshot) between(r Range) (list []piece) {
	s.tree.walk(r.Start, r.End, func(_ int64, p piece) bool {
		list = append(list, p)
		return true
	})
	return list
}

// ahead is a list of pieces without its first n bytes, which are of its first piece; behind is it without its last.
func ahead(list []piece, n int64) []piece {
	if n == list[0].n {
		return list[1:]
	}
	list[0] = list[0].cut(n, list[0].n)
	return list
}

func behind(list []piece, n int64) []piece {
	last := len(list) - 1
	if n == list[last].n {
		return list[:last]
	}
	list[last] = list[last].cut(0, list[last].n-n)
	return list
}
