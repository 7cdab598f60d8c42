package model

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"hexlay/mmapdoc"
	"hexlay/overlay/ksy"
)

// fromEnd tells that files of the format are read from their end: at their start nothing stands by the template.
func (f *carveFormat) fromEnd() bool { return len(f.schema.Top.Seq) == 0 }

// fromEnds are the places of magics of formats that are read from their end. Such a file begins with one of its magics and ends a little
// behind another one, so each start is tried with the ends that follow it.
type fromEnds struct {
	mu   sync.Mutex
	list []candidate
}

// maxFromEnds bounds how many places are kept. Where there are more, the list ends with an ErrStop.
const maxFromEnds = 1_000_000

func (e *fromEnds) add(c candidate) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.list) < maxFromEnds {
		e.list = append(e.list, c)
	}
	return true
}

// endTries is how many ends are tried with a start, and endWindows what may stand behind the last magic: a record without and with a comment.
const endTries = 2

var endWindows = []int64{18, 64, 1 << 10, 1<<16 - 1 + 18}

// look tries the places in order. What lies within a file that was found is a part of it.
func (e *fromEnds) look(ctx context.Context, s *mmapdoc.Snapshot, end int64, found func(Carved) error) error {
	slices.SortFunc(e.list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.f.name, b.f.name))
	})
	covered := make(map[*carveFormat]int64)
	for i, c := range e.list {
		if err := ctx.Err(); err != nil {
			return err
		}
		if c.start < covered[c.f] {
			continue
		}
		got := Carved{Template: c.f.name, Title: c.f.title, Extension: c.f.extension, Range: mmapdoc.Range{Start: c.start, End: c.magic}, Sound: true}
		if last, ok := e.endOf(ctx, s, i, end); ok {
			got.Range.End, got.Ends = last, true
			covered[c.f] = last
		}
		if err := found(got); err != nil {
			return err
		}
	}
	if len(e.list) == maxFromEnds {
		return ErrStop
	}
	return nil
}

// endOf finds where the file that begins at place i ends.
func (e *fromEnds) endOf(ctx context.Context, s *mmapdoc.Snapshot, i int, end int64) (int64, bool) {
	c := &e.list[i]
	if last, ok := c.endsBehind(ctx, s, c.magic, endWindows[:1], end); ok {
		return last, true // one magic is all it has
	}
	tries := 0
	for k := i + 1; k < len(e.list); k++ {
		d := &e.list[k]
		if d.f != c.f || d.by == c.by {
			continue
		}
		stop := end // what is behind the last magic ends where the next one stands
		for _, next := range e.list[k+1:] {
			if next.f == c.f {
				stop = min(end, next.start)
				break
			}
		}
		if last, ok := c.endsBehind(ctx, s, d.magic, endWindows, stop); ok {
			return last, true
		}
		if tries++; tries == endTries {
			break
		}
	}
	return 0, false
}

// endsBehind lays the template over what begins at c and ends a window behind magic. Where all can be read, it is laid over the largest
// window too, in which a comment may be longer, and once more over as much as its top fields reach, which must do as well.
func (c *candidate) endsBehind(ctx context.Context, s *mmapdoc.Snapshot, magic int64, windows []int64, end int64) (int64, bool) {
	for _, w := range windows {
		last, ok := c.reads(ctx, s, min(magic+w, end))
		if !ok || last < magic {
			continue
		}
		if longer, ok := c.reads(ctx, s, min(magic+endWindows[len(endWindows)-1], end)); ok && longer > last {
			if again, ok := c.reads(ctx, s, longer); ok && again == longer {
				return longer, true
			}
		}
		if again, ok := c.reads(ctx, s, last); ok && again == last {
			return last, true
		}
	}
	return 0, false
}

// reads tells whether the template can be read over the bytes up to end, and how far its top objects reach.
func (c *candidate) reads(ctx context.Context, s *mmapdoc.Snapshot, end int64) (last int64, ok bool) {
	limits := ksy.Limits{Steps: 40 * carveSteps, Nodes: 500_000, Inflated: 1 << 20}
	t := c.f.schema.Open(s, c.start, end-c.start, ksy.Options{Limits: limits, Context: ctx})
	var broken error
	err := t.Walk(func(v *ksy.Visit) error {
		switch {
		case v.Err != nil:
			broken = v.Err
			return ksy.ErrStop
		case v.Depth == 0: // where an object ends is known when its fields are
			v.Skip = v.IsArray
		case v.InData && v.HasRange:
			last = max(last, v.Range.End)
			v.Skip = true
		}
		return nil
	})
	return last, cmp.Or(err, broken) == nil && last > 0
}
