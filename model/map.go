package model

import (
	"context"
	"errors"
	"math/bits"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/stats"
)

// Map is the whole document as a few thousand parts, each with its entropy and its classes of bytes. It is made in the
// background, first from samples and then exactly, in coarse steps first, so that there is something to see at once. Any
// goroutine may read it.
//
// The parts are bound to the bytes, not to offsets: an insertion makes the part longer in which it happens and moves those
// behind it. So an edit costs the counting of one part or two, however large the document is. Only when the parts have become
// too unequal is the document cut anew.
type Map struct {
	mu    sync.Mutex
	at    []int64 // where the parts begin, and the document's end
	parts []MapPart
	stamp []uint32 // of each part, changed with its bytes: what was counted before is not taken
	todo  int      // parts that are not exact
	limit bool     // there is more than will be read: the samples stay

	// These belong to the editor's goroutine.
	doc     *mmapdoc.Document
	cutAt   int64  // the document's size when it was cut
	version uint64 // of the document
	stale   bool   // it must be cut anew
	job     *Job   // nil unless one runs
}

// MapPart is what is known of a part of the document.
type MapPart struct {
	Known   bool // else nothing is
	Exact   bool // else it is from samples
	Hole    bool // no byte of it is stored
	Lost    bool // a part of it cannot be read
	Entropy float32
	Shares  [stats.Classes]uint8 // of the classes of bytes, 255 the whole
}

const (
	mapParts  = 4096    // at most
	leastPart = 32      // bytes
	sampleMap = 4 << 20 // from how many bytes on samples come first
)

// mostMapped is how many bytes that are stored, or filled with a pattern, a map reads; of more it keeps the samples.
var mostMapped int64 = 256 << 30

// newMap cuts a document of size bytes.
func newMap(size int64, version uint64) *Map {
	part := int64(leastPart)
	if need := uint64(size / mapParts); need >= leastPart {
		part = 1 << bits.Len64(need) // above size/mapParts
	}
	n := 0
	if size > 0 {
		n = int((size-1)/part) + 1
	}
	m := &Map{at: make([]int64, n+1), parts: make([]MapPart, n), stamp: make([]uint32, n), todo: n, cutAt: size, version: version}
	for i := range n {
		m.at[i] = int64(i) * part
	}
	m.at[n] = size
	return m
}

// Len is the number of parts.
func (m *Map) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.parts)
}

// PartLen is about how many bytes a part has.
func (m *Map) PartLen() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at[len(m.parts)] / int64(max(1, len(m.parts)))
}

// Exact tells that all parts are counted.
func (m *Map) Exact() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.todo == 0
}

// Whole tells that something is known of every part.
func (m *Map) Whole() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.parts {
		if !p.Known {
			return false
		}
	}
	return true
}

// Sampled tells that the map will stay as the samples show it, since there is too much to count.
func (m *Map) Sampled() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.limit
}

// Progress is how far the counting is, in percent.
func (m *Map) Progress() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return 100 - 100*m.todo/max(1, len(m.parts))
}

// Over sums up the parts that lie in r, or that r lies in: means by their lengths. Where nothing is known it takes what is
// known before, marked as a sample.
func (m *Map) Over(r mmapdoc.Range) MapPart {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.parts) == 0 {
		return MapPart{}
	}
	first := max(0, sort.Search(len(m.at), func(i int) bool { return m.at[i] > r.Start })-1)
	first = min(first, len(m.parts)-1)
	sum := MapPart{Exact: true, Hole: true}
	var weight, entropy float64
	var shares [stats.Classes]float64
	for i := first; i < len(m.parts) && (i == first || m.at[i] < r.End); i++ {
		p := m.parts[i]
		n := float64(min(r.End, m.at[i+1]) - max(r.Start, m.at[i]))
		if !p.Known || n <= 0 {
			sum.Exact = sum.Exact && n <= 0
			continue
		}
		sum.Known = true
		sum.Exact = sum.Exact && p.Exact
		sum.Hole = sum.Hole && p.Hole
		sum.Lost = sum.Lost || p.Lost
		weight += n
		entropy += float64(p.Entropy) * n
		for c, s := range p.Shares {
			shares[c] += float64(s) * n
		}
	}
	if !sum.Known {
		for i := first; i >= 0; i-- { // the samples come in coarse steps
			if p := m.parts[i]; p.Known {
				p.Exact = false
				return p
			}
		}
		return MapPart{}
	}
	sum.Entropy = float32(entropy / weight)
	for c := range shares {
		sum.Shares[c] = uint8(shares[c]/weight + 0.5)
	}
	return sum
}

// part makes what the map keeps of counts.
func (c *Counts) part(exact bool) MapPart {
	p := MapPart{Known: true, Exact: exact, Lost: c.Lost > 0}
	total := c.Total()
	p.Hole = exact && c.Hole == total && total > 0
	if total == 0 {
		return p
	}
	p.Entropy = float32(c.Entropy())
	for k, n := range c.ByClass() {
		p.Shares[k] = uint8(float64(n)/float64(total)*255 + 0.5)
	}
	return p
}

// touched moves the parts after del bytes at off became ins, and notes which ones have other bytes now. The document's
// version tells whether it was told of every change.
func (m *Map) touched(version uint64, off, del, ins int64) {
	if version != m.version+1 {
		m.stale = true
	}
	m.version = version
	if m.stale {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := 1; i < len(m.at); i++ {
		switch p := m.at[i]; {
		case p >= off+del:
			m.at[i] = p - del + ins
		case p > off+ins:
			m.at[i] = off + ins
		}
	}
	for i := max(0, sort.Search(len(m.at), func(i int) bool { return m.at[i] >= off })-1); i < len(m.parts) && m.at[i] <= off+ins; i++ {
		m.stamp[i]++
		if m.parts[i].Exact {
			m.parts[i].Exact = false
			m.todo++
		}
	}
}

// put notes what was found out about part i when it had the given stamp.
func (m *Map) put(i int, stamp uint32, p MapPart) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stamp[i] != stamp || m.parts[i].Exact {
		return
	}
	m.parts[i] = p
	if p.Exact {
		m.todo--
	}
}

// unequal tells that the parts no longer give a good picture.
func (m *Map) unequal(size int64) bool {
	if size > m.cutAt+m.cutAt/4 || size < m.cutAt-m.cutAt/4 {
		return true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	most := max(4*leastPart, 8*(m.cutAt/int64(max(1, len(m.parts)))))
	for i := range m.parts {
		if m.at[i+1]-m.at[i] > most {
			return true
		}
	}
	return false
}

// FileMap is the map of the document; nil before the first MapJob.
func (e *Editor) FileMap() *Map { return e.fileMap }

// noMap says why there can be no map.
func (e *Editor) noMap() error {
	if e.doc.Regions() != nil {
		return errors.New("the memory of a process is mostly gaps: there is no map of it; pictures show the region at the cursor")
	}
	return nil
}

// Mapping tells that the map is being made.
func (e *Editor) Mapping() bool { return e.fileMap != nil && e.fileMap.job != nil }

// mapTouched tells the map that del bytes at off became ins.
func (e *Editor) mapTouched(off, del, ins int64) {
	if e.fileMap != nil && e.fileMap.doc == e.doc {
		e.fileMap.touched(e.doc.Version(), off, del, ins)
	}
}

// mapSaved tells the map that the document was saved: its version is another one, its bytes are not.
func (e *Editor) mapSaved() {
	if m := e.fileMap; m != nil && m.doc == e.doc && e.doc.Version() == m.version+1 {
		m.version++
	}
}

// MapJob is the job that brings the map up to date; nil when it is, or when one runs. A face that shows the map asks for it
// before each frame.
func (e *Editor) MapJob() *Job {
	if e.noMap() != nil {
		return nil
	}
	m := e.fileMap
	s := e.Snapshot()
	if m == nil || m.doc != e.doc || m.version != s.Version() || m.stale || m.unequal(s.Size()) {
		m = newMap(s.Size(), s.Version())
		m.doc = e.doc
		e.fileMap = m
	}
	if m.job != nil || m.limit || m.Exact() {
		return nil
	}
	m.job = m.work(s)
	return m.job
}

// mapTask is a part that is to be counted.
type mapTask struct {
	i     int
	stamp uint32
	r     mmapdoc.Range
	known bool
}

// work is the job that counts all that is not exact.
func (m *Map) work(s *mmapdoc.Snapshot) *Job {
	var tasks []mapTask
	var total int64
	for i, p := range m.parts {
		if !p.Exact {
			r := mmapdoc.Range{Start: m.at[i], End: m.at[i+1]}
			tasks = append(tasks, mapTask{i, m.stamp[i], r, p.Known})
			total += r.Len()
		}
	}
	return &Job{
		Kind: "map", Title: "the map", Total: total, Quiet: true,
		Run: func(ctx context.Context, progress *atomic.Int64) error {
			if total >= sampleMap {
				if err := m.samples(ctx, s, tasks); err != nil {
					return err
				}
			}
			return m.exact(ctx, s, tasks, progress)
		},
		Done: func(e *Editor, err error) (Effect, error) {
			m.job = nil
			switch {
			case errors.Is(err, context.Canceled):
			case errors.Is(err, errTooMuch):
				m.mu.Lock()
				m.limit = true
				m.mu.Unlock()
			case err != nil:
				m.limit = true // not again and again
				return nil, err
			}
			return nil, nil
		},
	}
}

// samples gives each part that nothing is known of a first value, in coarse steps first. Holes are known exactly.
func (m *Map) samples(ctx context.Context, s *mmapdoc.Snapshot, tasks []mapTask) error {
	coarse := slices.DeleteFunc(slices.Clone(tasks), func(t mapTask) bool { return t.known })
	width := bits.Len(uint(mapParts - 1))
	rank := func(i int) uint { return bits.Reverse(uint(i)) >> (bits.UintSize - width) }
	slices.SortFunc(coarse, func(a, b mapTask) int { return int(rank(a.i)) - int(rank(b.i)) })
	const batch = 32
	return spread(ctx, "the map", (len(coarse)+batch-1)/batch, func(ctx context.Context, k int) error {
		var buf [sampleSize]byte
		for _, t := range coarse[k*batch : min(len(coarse), (k+1)*batch)] {
			if ctx.Err() != nil {
				return nil
			}
			var c Counts
			whole := c.sample(s, t.r, buf[:])
			m.put(t.i, t.stamp, c.part(whole))
		}
		return nil
	})
}

// exact counts the parts. What one worker takes at once are neighbours, of a step's length together where they are short.
func (m *Map) exact(ctx context.Context, s *mmapdoc.Snapshot, tasks []mapTask, progress *atomic.Int64) error {
	var groups [][]mapTask
	for len(tasks) > 0 {
		n := 1
		for sum := tasks[0].r.Len(); n < len(tasks) && sum < countStep/4; n++ {
			sum += tasks[n].r.Len()
		}
		groups, tasks = append(groups, tasks[:n]), tasks[n:]
	}
	var budget atomic.Int64
	budget.Store(mostMapped)
	return spread(ctx, "the map", len(groups), func(ctx context.Context, k int) error {
		for _, t := range groups[k] {
			if m.done(t) {
				progress.Add(t.r.Len())
				continue
			}
			c := Counts{budget: &budget}
			if err := c.count(ctx, s, t.r, progress); err != nil {
				return err
			}
			m.put(t.i, t.stamp, c.part(true))
		}
		return nil
	})
}

// done tells that the part of a task is exact already, or has other bytes by now.
func (m *Map) done(t mapTask) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.parts[t.i].Exact || m.stamp[t.i] != t.stamp
}
