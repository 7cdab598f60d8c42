package mmapdoc

// Sparse files can be far larger than the disk. What is known to be a hole is never read: reading it through a map
// takes memory for every page on some filesystems (on a full tmpfs it faults), and makes the page look like data
// afterwards. So whoever reads much asks first where the data are.

// holeStore is a store that knows where it holds nothing but zeros.
type holeStore interface {
	// nextData returns the first part of [off, end), off < end, that may hold another byte than zero; it is empty, at
	// end, when there is none. What is before it is zeros.
	nextData(off, end int64) Range
}

const dataChunk = 8 << 20 // the longest range that Snapshot.NextData returns

// NextData returns the first range from off on, which is inside the document, that may hold another byte than zero; it
// is empty, at the end of the document, when there is none.
func (s *Snapshot) NextData(off int64) Range {
	data := Range{s.Size(), s.Size()}
	s.tree.walk(off, s.Size(), func(at int64, p piece) bool {
		r := Range{p.off, p.off + p.n}
		if h, ok := p.src.store.(holeStore); ok {
			r = h.nextData(r.Start, r.End)
		}
		part := Range{at + r.Start - p.off, at + r.End - p.off}
		if data.Len() > 0 { // a range was begun: small pieces in a row make one
			if part.Start > data.End || part.Len() == 0 {
				return false
			}
			data.End = part.End
		} else if part.Len() > 0 {
			data = part
		}
		return data.Len() == 0 || data.End == at+p.n && data.Len() < dataChunk
	})
	if data.Len() > dataChunk {
		data.End = data.Start + dataChunk - data.Start%sparseBlock
	}
	return data
}

func (g *generation) nextData(off, end int64) Range {
	for off < end {
		s := g.enter()
		at, k := s.locate(off, end-off)
		data := Range{off, off + k}
		switch {
		case at == nil && s.next != nil:
			data = s.next.nextData(off, off+k)
		case at == nil:
			data = g.file.mapped.nextData(off, off+k)
		case at.mem != nil:
		case at.moved:
			shift := at.copy - at.Start
			data = s.next.nextData(off+shift, off+k+shift)
			data = Range{data.Start - shift, data.End - shift}
		case at.copy < 0:
			data = Range{off + k, off + k}
		}
		s.leave()
		if data.Len() > 0 {
			return data
		}
		off += k
	}
	return Range{end, end}
}

func (s *patternStore) nextData(off, end int64) Range {
	if isZero(s.pattern) {
		return Range{end, end}
	}
	return Range{off, end}
}
