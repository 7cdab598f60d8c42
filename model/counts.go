package model

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/stats"
)

// Counts are the bytes of a part of a document, counted. Holes count as zeros; what cannot be read is not counted.
type Counts struct {
	stats.Histogram
	Pairs      *stats.Digrams // nil: pairs are not counted
	Hole, Lost int64

	from   int64         // no pair begins before it
	budget *atomic.Int64 // how many bytes may still be read; nil: any number
}

// errTooMuch tells that there is more to count than there is a budget for.
var errTooMuch = errors.New("there is too much to count")

// countStep is what is counted between two looks at whether the work was cancelled; a save waits for as much.
const countStep = 4 << 20

// count adds the bytes of r, and the pairs that end in it; progress, which may be nil, goes up by their number.
func (c *Counts) count(ctx context.Context, s *mmapdoc.Snapshot, r mmapdoc.Range, progress *atomic.Int64) error {
	prev := -1 // the byte before
	if c.Pairs != nil && r.Start > c.from {
		prev = byteBefore(s, r.Start)
	}
	add := func(b []byte) {
		c.Histogram.Add(b)
		if c.Pairs != nil && len(b) > 0 {
			if prev >= 0 {
				c.Pairs[stats.Pair(byte(prev), b[0])]++
			}
			c.Pairs.Add(b)
			prev = int(b[len(b)-1])
		}
	}
	var way pause
	for at := r.Start; at < r.End; {
		if err := ctx.Err(); err != nil {
			return err
		}
		way.give()
		data := s.NextData(at)
		if data.Len() == 0 || data.Start > r.End {
			data = mmapdoc.Range{Start: r.End, End: r.End}
		}
		if n := data.Start - at; n > 0 {
			c.AddRun(0, n)
			c.Hole += n
			if c.Pairs != nil {
				if prev >= 0 {
					c.Pairs[stats.Pair(byte(prev), 0)]++
				}
				c.Pairs[0] += n - 1
				prev = 0
			}
		}
		seen := data.Start
		data.End = min(data.End, r.End, data.Start+countStep)
		if c.budget != nil && c.budget.Add(-data.Len()) < 0 {
			return errTooMuch
		}
		err := s.Look(data, func(off int64, b []byte) error {
			add(b)
			seen = off + int64(len(b))
			return nil
		})
		var lost *mmapdoc.LostError
		switch {
		case errors.As(err, &lost):
			c.salvage(s, mmapdoc.Range{Start: seen, End: data.End}, add)
			prev = -1
		case err != nil:
			return err
		}
		if progress != nil {
			progress.Add(data.End - at)
		}
		at = data.End
	}
	return nil
}

// byteBefore is the byte before off; −1 when it cannot be read. Where it is in a hole nothing is read.
func byteBefore(s *mmapdoc.Snapshot, off int64) int {
	if data := s.NextData(off - 1); data.Len() == 0 || data.Start >= off {
		return 0
	}
	var b [1]byte
	if n, lost := s.Read(b[:], off-1, nil); n != 1 || len(lost) > 0 {
		return -1
	}
	return int(b[0])
}

// salvage counts what can still be read of r.
func (c *Counts) salvage(s *mmapdoc.Snapshot, r mmapdoc.Range, add func([]byte)) {
	buf := make([]byte, 64<<10)
	for at := r.Start; at < r.End; {
		n, lost := s.Read(buf[:min(int64(len(buf)), r.End-at)], at, nil)
		if n == 0 {
			return
		}
		from := at
		end := at + int64(n)
		for _, l := range append(lost, mmapdoc.Range{Start: end, End: end}) {
			add(buf[from-at : l.Start-at])
			c.Lost += l.Len()
			from = l.End
		}
		at = end
	}
}

// sampleSize is what a sample reads at one place: a page.
const sampleSize = 4 << 10

// sample counts a page at the first data of r and one around its middle; whole tells that this was all of r. A part that is
// a hole is known without reading.
func (c *Counts) sample(s *mmapdoc.Snapshot, r mmapdoc.Range, buf []byte) (whole bool) {
	data := s.NextData(r.Start)
	if data.Len() == 0 || data.Start >= r.End {
		n := min(r.Len(), 2*sampleSize) // as much as of others
		c.AddRun(0, n)
		c.Hole += n
		if c.Pairs != nil {
			c.Pairs[0] += n
		}
		return true
	}
	page := func(at int64) {
		n, lost := s.Read(buf[:min(sampleSize, r.End-at)], at, nil)
		if len(lost) > 0 {
			c.Lost += lost[0].Len()
			return
		}
		c.Histogram.Add(buf[:n])
		if c.Pairs != nil {
			c.Pairs.Add(buf[:n])
		}
	}
	page(data.Start)
	if middle := r.Start + r.Len()/2; middle >= data.Start+sampleSize {
		if data = s.NextData(middle); data.Len() > 0 && data.Start < r.End {
			page(data.Start)
		} else {
			c.AddRun(0, sampleSize)
		}
	}
	return false
}

// spread runs fn for 0 … n−1 on all cores, in about this order, until ctx is done. It gives the first error.
func spread(ctx context.Context, what string, n int, fn func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var workers sync.WaitGroup
	share(&workers, what, min(cores, n), func() {
		for {
			i := int(next.Add(1)) - 1
			if i >= n || ctx.Err() != nil {
				return
			}
			if err := fn(ctx, i); err != nil {
				cancel(err)
			}
		}
	})
	workers.Wait()
	return context.Cause(ctx)
}

// CountBlocks counts each of n parts of r of nearly one length (stats.Blocks), on all cores. done goes up by the bytes that were
// counted.
func CountBlocks(ctx context.Context, s *mmapdoc.Snapshot, r mmapdoc.Range, n int, done *atomic.Int64) ([]stats.Histogram, error) {
	type task struct {
		block int
		r     mmapdoc.Range
	}
	// A part that is larger than others can help with is cut up.
	tasks := make(chan task)
	blocks := make([]stats.Histogram, n)
	var mu sync.Mutex
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var workers sync.WaitGroup
	share(&workers, "the statistics", cores, func() {
		for t := range tasks {
			var c Counts
			if err := c.count(ctx, s, t.r, done); err != nil {
				cancel(err)
			} else if c.Lost > 0 {
				cancel(&mmapdoc.LostError{Range: t.r, Err: errors.New("a part of them cannot be read")})
			}
			mu.Lock()
			blocks[t.block].Merge(&c.Histogram)
			mu.Unlock()
		}
	})
	for i := range n {
		at, end := r.Start+stats.Blocks(r.Len(), n, i), r.Start+stats.Blocks(r.Len(), n, i+1)
		for at < end && ctx.Err() == nil {
			data := s.NextData(at) // a hole, however long, is one task
			to := end
			if data.Len() > 0 && data.Start < end {
				to = min(end, data.Start+2*countStep)
			}
			select {
			case tasks <- task{i, mmapdoc.Range{Start: at, End: to}}:
			case <-ctx.Done():
			}
			at = to
		}
	}
	close(tasks)
	workers.Wait()
	return blocks, context.Cause(ctx)
}
