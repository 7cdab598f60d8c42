package model

import (
	"context"

	"hexlay/mmapdoc"
	"hexlay/overlay/pattern"
)

// Replacements makes a batch that replaces the matches of s by with, limit of them at most (0: all).
func Replacements(ctx context.Context, s *Search, with *pattern.Replacement, limit int64) (*mmapdoc.Batch, error) {
	batch := s.Snapshot.NewBatch()
	constant, same := with.Constant()
	var buf, out []byte
	err := s.Run(ctx, func(hits []mmapdoc.Range) error {
		for _, h := range hits {
			out = constant
			if !same {
				// What assertions look at stands around the match.
				around := mmapdoc.Range{Start: max(s.Range.Start, h.Start-1), End: min(s.Range.End, h.End+1)}
				if int64(cap(buf)) < around.Len() {
					buf = make([]byte, 2*around.Len())
				}
				buf = buf[:around.Len()]
				if _, err := s.Snapshot.ReadAt(buf, around.Start); err != nil {
					return err
				}
				out = with.Append(out[:0:0], buf, int(h.Start-around.Start), int(h.End-around.Start))
			}
			if err := batch.Replace(h, out); err != nil {
				return err
			}
			if limit--; limit == 0 {
				return ErrStop
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	batch.Build()
	return batch, nil
}
