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
