package model

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/transform"
)

// Transform makes what op makes of r of a snapshot, as a document of its own: in memory, and in a temporary file where it is
// large. Its bytes can be put in place with SpliceFrom, which copies nothing. progress counts up to r.Len().
func Transform(ctx context.Context, op *transform.Op, s *mmapdoc.Snapshot, r mmapdoc.Range, progress *atomic.Int64) (*mmapdoc.Document, error) {
	if dir, free, ok := mmapdoc.SpoolSpace(); ok && op.SameSize() && r.Len() > free {
		return nil, fmt.Errorf("%s: %s need as much room in %s, which has %s left", op, count(r.Len(), "byte"), dir, count(free, "byte"))
	}
	data := io.NewSectionReader(s, r.Start, r.Len())
	out := &counted{ctx: ctx}
	if op.SameSize() {
		if err := op.Fits(r.Len()); err != nil {
			return nil, err
		}
		blocks := makeBlocks(ctx, op, data, r)
		defer blocks.close()
		out.r, out.n = blocks, progress
	} else {
		result, err := op.Open(&counted{ctx: ctx, r: data, n: progress}, r.Len(), r.Start)
		if err != nil {
			return nil, err
		}
		out.r = result
	}
	doc, err := mmapdoc.OpenStream(op.String(), out)
	if out.err != nil { // it says it best
		return nil, out.err
	}
	return doc, err
}

// counted reads and counts, until a context is cancelled.
type counted struct {
	ctx context.Context
	r   io.Reader
	n   *atomic.Int64 // may be nil
	err error         // other than the end
}

func (c *counted) note(n int, err error) (int, error) {
	if c.n != nil {
		c.n.Add(int64(n))
	}
	if cerr := c.ctx.Err(); cerr != nil {
		err = cerr
	}
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

func (c *counted) Read(p []byte) (int, error) { return c.note(c.r.Read(p)) }

func (c *counted) ReadAt(p []byte, off int64) (int, error) {
	return c.note(c.r.(io.ReaderAt).ReadAt(p, off))
}

// smallResult is how large a result may be to be kept with typed bytes rather than as a document of its own.
const smallResult = 1 << 20

// transform does op to r as one undo step, in the background.
func (e *Editor) transform(op *transform.Op, r mmapdoc.Range) (Effect, error) {
	if err := op.Fits(r.Len()); err != nil {
		return nil, err
	}
	if p := op.Pattern(); p != nil {
		if err := e.doc.Fill(r.Start, r.Len(), p); err != nil {
			return nil, err
		}
		e.mapTouched(r.Start, r.Len(), r.Len())
		e.Notef("filled %s at %#x with %s", count(r.Len(), "byte"), r.Start, previewBytes(p))
		return nil, nil
	}
	doc, s := e.doc, e.Snapshot()
	var result *mmapdoc.Document
	return Start{&Job{
		Kind: "transform", Title: shorten(op.String(), 30), Total: r.Len(), Quick: true, Keep: true,
		Run: func(ctx context.Context, progress *atomic.Int64) (err error) {
			result, err = Transform(ctx, op, s, r, progress)
			return err
		},
		Done: func(e *Editor, err error) (Effect, error) {
			if err != nil {
				return nil, notCancelled(err)
			}
			defer result.Close()
			if e.doc != doc || e.Snapshot() != s {
				return nil, fmt.Errorf("%s: the document has changed meanwhile; nothing was done", op)
			}
			return nil, e.putResult(op, r, result)
		},
	}}, nil
}

// putResult replaces r by the bytes of result.
func (e *Editor) putResult(op *transform.Op, r mmapdoc.Range, result *mmapdoc.Document) error {
	from, n := result.Snapshot(), result.Size()
	if n <= smallResult {
		b := make([]byte, n)
		if _, err := from.ReadAt(b, 0); err != nil && err != io.EOF {
			return err
		}
		if err := e.doc.Splice(r.Start, r.Len(), b, mmapdoc.Alone); err != nil {
			return err
		}
	} else if err := e.doc.SpliceFrom(r.Start, r.Len(), from, mmapdoc.Range{End: n}); err != nil {
		return err
	}
	e.shift(r.Start, r.Len(), n)
	e.low = false
	switch {
	case n == 0:
		e.moveTo(r.Start)
	case e.selecting: // what came of it, for the next operation
		e.anchor, e.cursor = r.Start, r.Start+n-1
		e.Reveal()
	default:
		e.setCursor(e.cursor)
	}
	if op.SameSize() {
		e.Notef("%s: %s at %#x", shorten(op.String(), 40), count(n, "byte"), r.Start)
	} else {
		e.Notef("%s: %s became %s at %#x", shorten(op.String(), 40), count(r.Len(), "byte"), Grouped(n), r.Start)
	}
	return nil
}

// previewTransform says what op would make of the first bytes.
func (e *Editor) previewTransform(op *transform.Op) string {
	r := e.Target()
	const most = 8
	old := make([]byte, min(most, r.Len()))
	s := e.Snapshot()
	k, lost := s.Read(old, r.Start, nil)
	if len(lost) > 0 {
		return "the bytes there cannot be read"
	}
	fresh, err := op.Head(io.NewSectionReader(s, r.Start, r.Len()), r.Len(), r.Start, most+1)
	if err != nil {
		return err.Error()
	}
	more := ""
	if r.Len() > most {
		more = "…"
	}
	return fmt.Sprintf("%s at %#x: %s%s → %s", count(r.Len(), "byte"), r.Start, previewBytes(old[:k]), more, previewBytes(fresh))
}
