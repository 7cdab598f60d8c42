package model

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/pattern"
)

// seekPlace makes a command that looks for a place in the background and goes there. what names it, missing says that there
// is none.
func seekPlace(what, missing string, seek func(ctx context.Context, s *mmapdoc.Snapshot, from int64, progress *atomic.Int64) (int64, error)) func(*Editor, []string) (Effect, error) {
	return func(e *Editor, _ []string) (Effect, error) {
		s, from := e.Snapshot(), e.cursor
		var at int64
		return Start{&Job{
			Kind: "find", Title: "looking for " + what, Total: s.Size(),
			Run: func(ctx context.Context, progress *atomic.Int64) (err error) {
				at, err = seek(ctx, s, from, progress)
				return err
			},
			Done: func(e *Editor, err error) (Effect, error) {
				switch {
				case errors.Is(err, context.Canceled):
					return nil, nil
				case errors.Is(err, errNotFound):
					return nil, errors.New(missing)
				case err != nil:
					return nil, err
				case at > e.Size():
					return nil, errors.New("the document has changed since")
				}
				e.Jump(at)
				e.Notef("%s from %#x on", what, at)
				return nil, nil
			},
		}}, nil
	}
}

// seekData goes to where a hole, or data behind a hole, begin next in a direction.
func seekData(hole bool, dir int) func(*Editor, []string) (Effect, error) {
	what, ahead := "data", "data behind a hole"
	if hole {
		what, ahead = "hole", "hole"
	}
	if dir < 0 {
		return seekPlace(what, "no "+what+" begins before the cursor", func(ctx context.Context, s *mmapdoc.Snapshot, from int64, progress *atomic.Int64) (int64, error) {
			return previousData(ctx, s, from, hole, progress)
		})
	}
	return seekPlace(what, "no "+ahead+" from here to the end", func(ctx context.Context, s *mmapdoc.Snapshot, from int64, progress *atomic.Int64) (int64, error) {
		return nextData(ctx, s, from, hole, progress)
	})
}

// extents calls fn with the stretches of data and of holes from the start of the one that off is in, until that returns
// false.
func extents(ctx context.Context, s *mmapdoc.Snapshot, off int64, progress *atomic.Int64, fn func(r mmapdoc.Range, hole bool) bool) error {
	for size := s.Size(); off < size; {
		if err := ctx.Err(); err != nil {
			return err
		}
		progress.Store(off)
		data := s.NextData(off)
		if data.Start > off && !fn(mmapdoc.Range{Start: off, End: data.Start}, true) {
			return nil
		}
		// What is stored in another way next to it is data too.
		for data.End < size {
			more := s.NextData(data.End)
			if more.Start > data.End || more.Len() == 0 {
				break
			}
			data.End = more.End
			if err := ctx.Err(); err != nil {
				return err
			}
			progress.Store(data.End)
		}
		if data.Len() > 0 && !fn(data, false) {
			return nil
		}
		off = data.End
	}
	return nil
}

// nextData is where the next hole behind from begins, or the next data behind a hole.
func nextData(ctx context.Context, s *mmapdoc.Snapshot, from int64, hole bool, progress *atomic.Int64) (at int64, err error) {
	at = -1
	err = extents(ctx, s, from, progress, func(r mmapdoc.Range, isHole bool) bool {
		if isHole == hole && r.Start > from {
			at = r.Start
		}
		return at < 0
	})
	if err == nil && at < 0 {
		err = errNotFound
	}
	return at, err
}

// previousData is where the last hole, or data, that begin before from begin.
func previousData(ctx context.Context, s *mmapdoc.Snapshot, from int64, hole bool, progress *atomic.Int64) (at int64, err error) {
	at = -1
	err = extents(ctx, s, 0, progress, func(r mmapdoc.Range, isHole bool) bool {
		if r.Start >= from {
			return false
		}
		if isHole == hole {
			at = r.Start
		}
		return true
	})
	if err == nil && at < 0 {
		err = errNotFound
	}
	return at, err
}

// seekDifferent goes to the next byte in a direction that is not the one at the cursor.
func seekDifferent(dir int) func(*Editor, []string) (Effect, error) {
	to := "the end"
	if dir < 0 {
		to = "the start"
	}
	return seekPlace("another byte", "the bytes are the same from here to "+to, func(ctx context.Context, s *mmapdoc.Snapshot, from int64, progress *atomic.Int64) (int64, error) {
		var b [1]byte
		at := from
		if dir < 0 && from == s.Size() {
			at--
		}
		if at < 0 || at >= s.Size() {
			return 0, errNotFound
		}
		if _, err := s.ReadAt(b[:], at); err != nil {
			return 0, err
		}
		p, err := pattern.Hex(fmt.Sprintf("!%02x", b[0]))
		if err != nil {
			return 0, err
		}
		search := Search{Snapshot: s, Pattern: p, Range: mmapdoc.Range{Start: at, End: s.Size()}, Progress: progress}
		if dir < 0 {
			search.Range, search.Last = mmapdoc.Range{End: at}, true
		}
		hit := int64(-1)
		err = search.Run(ctx, func(hits []mmapdoc.Range) error {
			hit = hits[0].Start
			return ErrStop
		})
		if err == nil && hit < 0 {
			err = errNotFound
		}
		return hit, err
	})
}
