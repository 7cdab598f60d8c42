package model

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"hexlay/lifeline"
	"hexlay/mmapdoc"
	"hexlay/overlay/pattern"
)

// Search looks for a pattern in a range of a snapshot, on all cores, and hands out the matches in order.
//
// The range is cut into blocks, small ones first, so that a match nearby comes at once. Workers look at them where they lie
// in memory; a block that lies across pieces is copied. Each block's matches go through a channel of its own, so the
// consumer gets them in order and holds back workers that are too far ahead.
//
// Matches do not overlap: each is searched for behind the end of the one before. A worker does not know where the last
// match of the block before ended; when that was behind the start of its own first one, the consumer looks itself until both
// find the same.
type Search struct {
	Snapshot *mmapdoc.Snapshot
	Pattern  *pattern.Pattern
	Range    mmapdoc.Range // the matches lie in it, and nothing is around it
	Begin    mmapdoc.Range // where matches begin; if empty, anywhere in Range
	Overlap  bool          // every place where the pattern matches counts
	Last     bool          // only the match that begins last is looked for, from the end
	Progress *atomic.Int64 // bytes looked at; may be nil
}

// ErrStop ends a search from within its callback, without an error.
var ErrStop = errors.New("stop")

// Blocks, variables for tests.
var (
	firstBlock int64 = 64 << 10
	maxBlock   int64 = 1 << 20
)

const batchHits = 4096

// block is a part of the range in which matches begin.
type block struct {
	mmapdoc.Range
	hits chan []mmapdoc.Range
	drop atomic.Bool // nobody wants its hits any more
}

// Run calls fn with the matches, in order, in batches that live only during the call.
func (s *Search) Run(ctx context.Context, fn func(hits []mmapdoc.Range) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait() // nobody reads the snapshot after the return
	defer cancel()
	queue, work := make(chan *block, 2*cores), make(chan *block)
	lifeline.Join(&all, "a search", func() {
		defer close(queue)
		defer close(work)
		for b := range s.blocks() {
			b.hits = make(chan []mmapdoc.Range, 2)
			select {
			case queue <- b:
			case <-ctx.Done():
				return
			}
			select {
			case work <- b:
			case <-ctx.Done():
				return
			}
		}
	})
	share(&all, "a search", cores, func() {
		w := s.worker()
		var way pause
		for b := range work {
			way.give()
			w.run(ctx, b)
			close(b.hits)
		}
	})
	m := merger{s: s, fn: fn}
	seen := s.begin().Start
	if s.Last {
		seen = s.begin().End
	}
	for b := range queue {
		if err := m.take(ctx, b); err != nil {
			if errors.Is(err, ErrStop) {
				return nil
			}
			return err
		}
		if s.Progress != nil {
			if at := b.End; !s.Last {
				s.Progress.Add(at - seen)
				seen = at
			} else {
				s.Progress.Add(seen - b.Start)
				seen = b.Start
			}
		}
	}
	return ctx.Err()
}

// begin is where matches may begin.
func (s *Search) begin() mmapdoc.Range {
	if s.Begin.Len() > 0 {
		return s.Begin
	}
	return s.Range
}

// blocks yields the parts of the range in which a match may begin, leaving out the holes.
func (s *Search) blocks() func(yield func(*block) bool) {
	p, r := s.Pattern, s.begin()
	last := min(s.Range.End-int64(p.MinLen()), r.End-1) // the last place where a match may begin
	reach := int64(p.MaxLen() - 1)                      // how far before other bytes than zeros it may
	data := func(at int64) int64 {
		if p.MatchesZeros() || at >= s.Snapshot.Size() {
			return at
		}
		return max(at, s.Snapshot.NextData(at).Start-reach)
	}
	return func(yield func(*block) bool) {
		size := firstBlock
		if s.Last {
			for end := last + 1; end > r.Start; {
				start := max(r.Start, end-size)
				from := data(start)
				switch {
				case from >= end: // a hole, of which there may be more
					end, size = start, min(2*size, 1<<62)
					continue
				case size > maxBlock: // something in front of it
					size /= 2
					continue
				}
				if !yield(&block{Range: mmapdoc.Range{Start: from, End: end}}) {
					return
				}
				end, size = start, min(2*size, maxBlock)
			}
			return
		}
		for at := data(r.Start); at <= last; size = min(2*size, maxBlock) {
			end := at + min(size, last+1-at)
			if !yield(&block{Range: mmapdoc.Range{Start: at, End: end}}) {
				return
			}
			at = end
			if at <= last {
				at = data(at)
			}
		}
	}
}

// worker looks at one block after the other.
type worker struct {
	s     *Search
	m     *pattern.Matcher
	buf   []byte
	zeros []byte // nothing else
	lost  []mmapdoc.Range
}

func (s *Search) worker() *worker { return &worker{s: s, m: s.Pattern.NewMatcher()} }

// run sends the matches that begin in b.
func (w *worker) run(ctx context.Context, b *block) {
	var batch []mmapdoc.Range
	send := func() bool {
		if len(batch) == 0 {
			return true
		}
		select {
		case b.hits <- batch:
			batch = nil
			return !b.drop.Load()
		case <-ctx.Done():
			return false
		}
	}
	if ctx.Err() != nil {
		return
	}
	w.each(b.Range, func(h mmapdoc.Range) bool {
		if w.s.Last {
			batch = append(batch[:0], h)
			return true
		}
		batch = append(batch, h)
		return len(batch) < batchHits || send()
	})
	send()
}

// each calls fn with the matches that begin in r, until it returns false.
func (w *worker) each(r mmapdoc.Range, fn func(mmapdoc.Range) bool) {
	s := w.s
	whole := mmapdoc.Range{
		Start: max(s.Range.Start, r.Start-int64(s.Pattern.Behind())),
		End:   r.End + min(s.Range.End-r.End, int64(s.Pattern.Reach())),
	}
	from, more := r.Start, true
	look := func(hay []byte, at int64) { // hay begins at offset at
		w.m.WindowAt(hay, int(min(r.End-at, int64(len(hay)))), at)
		for i := int(max(0, from-at)); more; {
			start, end, ok := w.m.Next(i)
			if !ok {
				return
			}
			if i = end; s.Overlap || s.Last {
				i = start + 1
			}
			from = at + int64(i) // so that a fault begins no match anew
			more = fn(mmapdoc.Range{Start: at + int64(start), End: at + int64(end)})
		}
	}
	// A hole is not read, even where it has to be looked at: the system would keep as much memory for zeros as the hole is long.
	if s.Pattern.MatchesZeros() && s.Snapshot.NextData(whole.Start).Start >= whole.End {
		if int64(len(w.zeros)) < whole.Len() {
			w.zeros = make([]byte, max(whole.Len(), maxBlock+pattern.MaxMatch+1))
		}
		look(w.zeros[:whole.Len()], whole.Start)
		return
	}
	ok, err := s.Snapshot.View(whole, func(hay []byte) error {
		look(hay, whole.Start)
		return nil
	})
	if ok && err == nil {
		return
	}
	// Pieces, holes, lost bytes. What cannot be read matches nothing.
	if int64(cap(w.buf)) < whole.Len() {
		w.buf = make([]byte, max(whole.Len(), min(maxBlock+pattern.MaxMatch+1, 2*whole.Len())))
	}
	var n int
	n, w.lost = s.Snapshot.Read(w.buf[:whole.Len()], whole.Start, w.lost[:0])
	at := whole.Start
	end := whole.Start + int64(n)
	for _, l := range append(w.lost, mmapdoc.Range{Start: end, End: end}) {
		if at < l.Start && at < r.End && more {
			look(w.buf[at-whole.Start:l.Start-whole.Start], at)
		}
		at = l.End
	}
}

// merger puts the matches of blocks together.
type merger struct {
	s    *Search
	fn   func([]mmapdoc.Range) error
	own  *worker
	end  int64 // of the last match
	some bool
}

// maxTries is how many matches the merger finds itself before it gives up the worker's.
const maxTries = 32

func (m *merger) take(ctx context.Context, b *block) error {
	synced := m.s.Overlap || m.s.Last || !m.some || m.end <= b.Start
	passed := b.Start // the end of the last of the worker's matches that were not taken
	for {
		var hits []mmapdoc.Range
		var ok bool
		select {
		case hits, ok = <-b.hits:
		case <-ctx.Done():
			return ctx.Err()
		}
		if !ok {
			if !synced {
				return m.rest(b)
			}
			return nil
		}
		if !synced {
			last := hits[len(hits)-1].End
			if hits[0].Start >= m.end && passed <= m.end { // it is the first from there on, too
				synced = true
			} else {
				var err error
				if hits, synced, err = m.sync(b, hits); err != nil {
					return err
				}
				if !synced && b.drop.Load() {
					for range b.hits { //nolint:revive // the worker is about to end
					}
					return nil
				}
			}
			passed = last
		}
		if len(hits) == 0 {
			continue
		}
		m.end, m.some = hits[len(hits)-1].End, true
		if err := m.fn(hits); err != nil {
			return err
		}
	}
}

// sync looks from the end of the last match on, until a match is found that is among hits too; it returns those from there.
func (m *merger) sync(b *block, hits []mmapdoc.Range) (_ []mmapdoc.Range, synced bool, err error) {
	if m.end >= b.End {
		return nil, false, nil
	}
	if m.own == nil {
		m.own = m.s.worker()
	}
	var out []mmapdoc.Range
	tries := 0
	giveUp := false
	m.own.each(mmapdoc.Range{Start: m.end, End: b.End}, func(h mmapdoc.Range) bool {
		if !giveUp {
			k, found := slices.BinarySearchFunc(hits, h.Start, func(a mmapdoc.Range, at int64) int {
				switch {
				case a.Start < at:
					return -1
				case a.Start > at:
					return 1
				}
				return 0
			})
			if found {
				hits, synced = hits[k:], true
				return false
			}
			if k == len(hits) { // the next batch may have it; what rest gives is behind all
				hits = nil
				return false
			}
			if tries++; tries > maxTries { // from here on nobody needs the worker
				giveUp = true
				b.drop.Store(true)
			}
		}
		out = append(out, h)
		m.end = h.End
		if len(out) == batchHits {
			err = m.fn(out)
			out = out[:0]
		}
		return err == nil
	})
	if err == nil && len(out) > 0 {
		err = m.fn(out)
	}
	if giveUp {
		return nil, false, err
	}
	if !synced {
		hits = nil
	}
	return hits, synced, err
}

// rest takes the matches of b that its worker did not meet.
func (m *merger) rest(b *block) error {
	if m.end >= b.End {
		return nil
	}
	_, _, err := m.sync(b, []mmapdoc.Range{{Start: b.End, End: b.End}})
	return err
}
