package model

import (
	"sort"
	"sync"

	"hexlay/mmapdoc"
)

// rangeList is many ranges, about in the order of their starts, each with a small number. A range takes six bytes, and one more
// where the numbers are not all 0. Any goroutine may read it while another one appends.
type rangeList struct {
	mu     sync.Mutex
	chunks []rangeChunk
	n      int64
	long   map[int64]int64 // the lengths that a chunk has no room for
}

// rangeChunk is some ranges that begin close to each other.
type rangeChunk struct {
	first  int64 // index of its first range
	base   int64 // no range begins before
	starts []uint32
	lens   []uint16
	tags   []uint8 // nil while all are 0
}

const (
	chunkHits = 8192
	maxHits   = 30_000_000
)

// Len is how many ranges there are so far.
func (l *rangeList) Len() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.n
}

// at is range i of Len and its number.
func (l *rangeList) at(i int64) (mmapdoc.Range, uint8) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i < 0 || i >= l.n {
		return mmapdoc.Range{}, 0
	}
	k := sort.Search(len(l.chunks), func(k int) bool { return l.chunks[k].first > i }) - 1
	c := &l.chunks[k]
	j := i - c.first
	start, n, tag := c.base+int64(c.starts[j]), int64(c.lens[j]), uint8(0)
	if n == 1<<16-1 {
		if m, ok := l.long[i]; ok {
			n = m
		}
	}
	if c.tags != nil {
		tag = c.tags[j]
	}
	return mmapdoc.Range{Start: start, End: start + n}, tag
}

// Index is the first range that begins at off or behind it; Len when there is none.
func (l *rangeList) Index(off int64) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := sort.Search(len(l.chunks), func(k int) bool { return l.chunks[k].base > off }) - 1
	if k < 0 {
		return 0
	}
	c := &l.chunks[k]
	i := sort.Search(len(c.starts), func(i int) bool { return c.base+int64(c.starts[i]) >= off })
	return c.first + int64(i)
}

// add appends a range; false: the list is full.
func (l *rangeList) add(r mmapdoc.Range, tag uint8) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.n == maxHits {
		return false
	}
	k := len(l.chunks) - 1
	if k < 0 || len(l.chunks[k].starts) == chunkHits || r.Start < l.chunks[k].base || r.Start-l.chunks[k].base > 1<<32-1 {
		l.chunks = append(l.chunks, rangeChunk{first: l.n, base: r.Start})
		k++
	}
	c := &l.chunks[k]
	c.starts = append(c.starts, uint32(r.Start-c.base))
	c.lens = append(c.lens, uint16(min(r.Len(), 1<<16-1)))
	if r.Len() >= 1<<16-1 {
		if l.long == nil {
			l.long = make(map[int64]int64)
		}
		l.long[l.n] = r.Len()
	}
	if tag != 0 && c.tags == nil {
		c.tags = make([]uint8, len(c.starts)-1, chunkHits)
	}
	if c.tags != nil {
		c.tags = append(c.tags, tag)
	}
	l.n++
	return true
}
