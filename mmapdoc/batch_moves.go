package mmapdoc

import (
	"encoding/binary"
	"slices"
	"sort"
)

// moves are the replacements of a batch that change the length, in a few bytes each: for how many bytes nothing changed before
// it, how many it replaces, and by how many.
type moves struct {
	blocks []moveBlock // each of moveBlockLen but the last
	n      int         // in the last one
	end    int64       // of the last one's range
	grown  int64       // by all of them
	data   []byte      // of the last block
}

type moveBlock struct {
	at    int64 // the end of the range of the one before its first
	grown int64 // by all before
	data  []byte
}

const moveBlockLen = 64

// add appends a replacement of r, which lies behind all others, by n bytes.
func (m *moves) add(r Range, n int64) {
	if len(m.blocks) == 0 || m.n == moveBlockLen {
		m.close()
		m.blocks = append(m.blocks, moveBlock{at: m.end, grown: m.grown})
		m.data, m.n = m.data[:0], 0
	}
	for _, v := range [...]int64{r.Start - m.end, r.Len(), n} {
		m.data = binary.AppendUvarint(m.data, uint64(v))
	}
	m.n++
	m.end = r.End
	m.grown += n - r.Len()
}

// close puts the last block's data where moved finds it.
func (m *moves) close() {
	if k := len(m.blocks) - 1; k >= 0 {
		m.blocks[k].data = slices.Clone(m.data)
	}
}

// moved is where the byte at off goes; of one that was replaced by fewer, where those begin.
func (m *moves) moved(off int64) int64 {
	k := sort.Search(len(m.blocks), func(k int) bool { return k+1 == len(m.blocks) || m.blocks[k+1].at > off })
	if k == len(m.blocks) {
		return off
	}
	b := m.blocks[k]
	if k+1 == len(m.blocks) {
		b.data = m.data
	}
	for len(b.data) > 0 {
		var v [3]int64 // before, replaced, by
		for i := range v {
			u, n := binary.Uvarint(b.data)
			v[i], b.data = int64(u), b.data[n:]
		}
		start := b.at + v[0]
		if end := start + v[1]; end > off {
			if start < off {
				return start + b.grown + min(off-start, v[2])
			}
			break
		}
		b.at = start + v[1]
		b.grown += v[2] - v[1]
	}
	return off + b.grown
}
