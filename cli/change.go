package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"

	"hexlay/mmapdoc"
)

// change replaces the bytes of at, a range of the file as it was, by new.
type change struct {
	at  mmapdoc.Range
	new []byte
}

// openForChange opens a file that a verb is going to save.
func openForChange(name string) (*mmapdoc.Document, error) {
	d, err := mmapdoc.Open(name)
	if err != nil {
		return nil, err
	}
	if info := d.Info(); info.Path == "" || info.ReadOnly != "" {
		d.Close()
		if info.Path == "" {
			return nil, fmt.Errorf("%s cannot be changed", fileLabel(name))
		}
		return nil, fmt.Errorf("%s cannot be changed: %s", fileLabel(name), info.ReadOnly)
	}
	return d, nil
}

// order sorts changes by place and refuses those that are outside the data or touch the same bytes. Insertions at one
// place keep the order they were given in and come before what replaces or deletes the bytes there.
func order(changes []change, size int64) error {
	for _, c := range changes {
		if c.at.End > size {
			return dataError("%s is beyond the end: the data has %s", describeRange(c.at), plural(size, "byte"))
		}
	}
	slices.SortStableFunc(changes, func(a, b change) int {
		switch {
		case a.at.Start != b.at.Start:
			return cmp.Compare(a.at.Start, b.at.Start)
		case a.at.Len() == 0 || b.at.Len() == 0:
			return cmp.Compare(a.at.Len(), b.at.Len())
		}
		return 0
	})
	for i := 1; i < len(changes); i++ {
		if a, b := changes[i-1].at, changes[i].at; a.End > b.Start {
			return fmt.Errorf("%s and %s overlap", describeRange(a), describeRange(b))
		}
	}
	return nil
}

func describeRange(r mmapdoc.Range) string {
	if r.Len() == 0 {
		return fmt.Sprintf("offset %#x", r.Start)
	}
	return fmt.Sprintf("range %#x..%#x", r.Start, r.End)
}

// apply does all changes or none: it edits the document and, unless dry, saves it as the editor would. Then it prints what
// was changed.
func (a *app) apply(ctx context.Context, d *mmapdoc.Document, changes []change, dry, json bool) error {
	old := d.Snapshot()
	if err := order(changes, old.Size()); err != nil {
		return err
	}
	d.Begin()
	// From the end on, so that the offsets of those before stay right.
	for _, c := range slices.Backward(changes) {
		if err := d.Splice(c.at.Start, c.at.Len(), c.new, mmapdoc.Alone); err != nil {
			return err
		}
	}
	d.End()
	if !dry {
		if err := a.save(ctx, d); err != nil {
			return err
		}
	}
	if json {
		return a.printChangesJSON(old, changes)
	}
	return a.printChanges(old, changes, dry)
}

// save writes the document to its file.
func (a *app) save(ctx context.Context, d *mmapdoc.Document) error {
	plan, err := d.Plan("")
	if err != nil {
		return err
	}
	if err := a.carryOut(ctx, plan); err != nil {
		return err
	}
	return d.Saved(plan)
}

// carryOut runs a plan. Ctrl-C cancels it, which leaves the file as it was.
func (a *app) carryOut(ctx context.Context, plan *mmapdoc.Plan) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	var done atomic.Int64
	defer a.progress(&done, plan.Bytes)()
	if err := plan.Run(ctx, &done); err != nil {
		if errors.Is(err, context.Canceled) {
			return errInterrupted
		}
		return err
	}
	return nil
}

func (a *app) printChangesJSON(old *mmapdoc.Snapshot, changes []change) error {
	out := newJSONArray(a.stdout)
	for _, c := range changes {
		w := out.item()
		w.Write(appendJSONRange([]byte{'{'}, c.at.Start, c.at.End))
		w.WriteString(`,"old":`)
		if err := writeJSONBytes(w, old, c.at); err != nil {
			return err
		}
		fresh := mmapdoc.FromBytes("", c.new).Snapshot()
		w.WriteString(`,"new":`)
		if err := writeJSONBytes(w, fresh, mmapdoc.Range{End: fresh.Size()}); err != nil {
			return err
		}
		w.WriteString("}")
	}
	return out.end()
}

// printChanges prints a line for each change: `0x10: 89 50 → 41 42`.
func (a *app) printChanges(old *mmapdoc.Snapshot, changes []change, dry bool) error {
	w := bufio.NewWriter(a.stdout)
	for _, c := range changes {
		head := make([]byte, min(c.at.Len(), shownBytes))
		if _, err := old.ReadAt(head, c.at.Start); err != nil {
			return err
		}
		if dry {
			w.WriteString("would change ")
		}
		fmt.Fprintf(w, "%#x: ", c.at.Start)
		switch {
		case c.at.Len() == 0:
			fmt.Fprintf(w, "insert %s\n", shorten(c.new, int64(len(c.new))))
		case len(c.new) == 0:
			fmt.Fprintf(w, "delete %s\n", shorten(head, c.at.Len()))
		default:
			fmt.Fprintf(w, "%s → %s\n", shorten(head, c.at.Len()), shorten(c.new, int64(len(c.new))))
		}
	}
	return w.Flush()
}

const shownBytes = 16

// shorten shows the first bytes of n.
func shorten(b []byte, n int64) string { return string(appendShort(nil, b, n)) }

func appendShort(dst, b []byte, n int64) []byte {
	for i, c := range b[:min(len(b), shownBytes)] {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	if n > shownBytes {
		dst = append(strconv.AppendInt(append(dst, " … ("...), n, 10), " bytes)"...)
	}
	return dst
}

// heads reads the first bytes of places in ascending order, a block at a time: a read costs more than some bytes that are not shown, and
// places near each other are one read.
type heads struct {
	s   *mmapdoc.Snapshot
	at  int64
	buf []byte
}

// of gives the bytes of r that are shown; they hold until the next call.
func (h *heads) of(r mmapdoc.Range) ([]byte, error) {
	const block = 4 << 10
	n := min(r.Len(), shownBytes)
	if r.Start < h.at || r.Start+n > h.at+int64(len(h.buf)) {
		if h.buf == nil {
			h.buf = make([]byte, block)
		}
		k, err := h.s.ReadAt(h.buf[:block], r.Start)
		h.at, h.buf = r.Start, h.buf[:k]
		if int64(k) < n {
			return nil, err
		}
	}
	return h.buf[r.Start-h.at:][:n], nil
}
