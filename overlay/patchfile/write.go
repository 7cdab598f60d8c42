package patchfile

import (
	"bufio"
	"context"
	"fmt"
	"io"
)

// A Range is the bytes [Start,End).
type Range struct{ Start, End int64 }

// Len is the number of bytes.
func (r Range) Len() int64 { return r.End - r.Start }

// A Hunk says that the bytes A of the old file became the bytes B of the new one.
type Hunk struct{ A, B Range }

// Hunks hands all hunks to each, in order, and ends with its error.
type Hunks func(each func(Hunk) error) error

// Write writes the patch that makes fresh of old. Where f.SameOffset(), the hunks must be those of a comparison at the same
// offsets.
func Write(ctx context.Context, w io.Writer, f Format, old, fresh Input, hunks Hunks) error {
	switch f {
	case IPS, IPS32:
		out := bufio.NewWriter(w)
		if err := writeIPS(out, f, old, fresh, hunks); err != nil {
			return err
		}
		return out.Flush()
	case UPS:
		return writeUPS(ctx, w, old, fresh, hunks)
	case BPS:
		return writeBPS(ctx, w, old, fresh, hunks)
	case XXD:
		return writeXxd(w, fresh, hunks)
	case Script:
		return writeScript(ctx, w, old, fresh, hunks)
	}
	return fmt.Errorf("there is no patch format %q", f)
}
