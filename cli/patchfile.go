package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/overlay/diff"
	"hexlay/overlay/patchfile"
)

// maxPatched is how many new bytes `patch --apply` holds.
const maxPatched = 1 << 30

// changesOf reads a patch file for the data of d: one of the formats of package patchfile, or what xxd prints.
func changesOf(ctx context.Context, name string, d *mmapdoc.Document) ([]change, error) {
	p, err := openToRead(name)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	old := d.Snapshot()
	c := &collected{size: old.Size(), reach: old.Size()}
	if strings.HasSuffix(strings.ToLower(name), ".xxd") {
		err = reverseXxd(io.NewSectionReader(p.Snapshot(), 0, p.Size()), c)
	} else {
		var patch *patchfile.Patch
		if patch, err = patchfile.Open(p.Snapshot(), p.Size()); err == nil {
			err = patch.Apply(ctx, patchfile.Input{R: old, Size: old.Size()}, func(h patchfile.Change) error {
				return c.add(mmapdoc.Range{Start: h.Start, End: h.End}, h.New)
			})
		}
	}
	var text *dumpError
	if errors.As(err, &text) { // a dump is data elsewhere, and here it is the patch
		err = fmt.Errorf("%w: %w", patchfile.ErrFormat, text)
	}
	switch {
	case errors.Is(err, patchfile.ErrMismatch):
		err = dataError("%s: %w", fileLabel(name), err)
	case errors.Is(err, patchfile.ErrFormat):
		err = refused(fmt.Errorf("%s: %w", fileLabel(name), err))
	case err != nil:
		err = fmt.Errorf("%s: %w", fileLabel(name), err)
	}
	return c.changes, err
}

// collected gathers changes; those that touch become one. As a byteSink it overwrites from where it was moved to.
type collected struct {
	changes []change
	size    int64 // of the data
	reach   int64 // where the data ends with what was written behind its end
	pos     int64
	held    int64 // new bytes
}

func (c *collected) add(at mmapdoc.Range, b []byte) error {
	if c.held += int64(len(b)); c.held > maxPatched {
		return fmt.Errorf("it makes more than %s", byteCount(maxPatched))
	}
	if n := len(c.changes); n > 0 && c.changes[n-1].at.End == at.Start {
		last := &c.changes[n-1]
		last.at.End, last.new = at.End, append(last.new, b...)
		return nil
	}
	c.changes = append(c.changes, change{at, bytes.Clone(b)})
	return nil
}

func (c *collected) Write(b []byte) (int, error) {
	if c.pos > c.reach {
		return 0, dataError("0x%x lies beyond the end: the data has %s", c.pos, plural(c.reach, "byte"))
	}
	end := c.pos + int64(len(b))
	err := c.add(mmapdoc.Range{Start: min(c.pos, c.size), End: min(end, c.size)}, b)
	c.pos, c.reach = end, max(c.reach, end)
	return len(b), err
}

func (c *collected) seek(pos int64) error {
	c.pos = pos
	return nil
}

func (c *collected) repeat(unit []byte, n int64) error {
	if n > maxPatched/int64(max(1, len(unit))) {
		return fmt.Errorf("it makes more than %s", byteCount(maxPatched))
	}
	_, err := c.Write(bytes.Repeat(unit, int(n)))
	return err
}

// export writes the patch that makes the file name of the file base.
func (a *app) export(ctx context.Context, name, base, out string) (err error) {
	f, ok := patchfile.ByName(out)
	if !ok {
		return fmt.Errorf("--export %s: the file's ending says which format: .ips, .ips32, .bps, .ups, .xxd or .hexpatch", quote(out))
	}
	var snap [2]*mmapdoc.Snapshot
	for i, n := range []string{base, name} {
		d, err := openToRead(n)
		if err != nil {
			return err
		}
		defer d.Close()
		snap[i] = d.Snapshot()
	}
	if there, err := os.Stat(out); err == nil {
		for _, n := range []string{base, name} {
			if in, err := os.Stat(n); err == nil && os.SameFile(there, in) {
				return fmt.Errorf("--export %s: that is the file %s itself", quote(out), quote(n))
			}
		}
	}
	hunks := func(each func(patchfile.Hunk) error) error {
		var failed error
		err := diff.Compare(ctx, model.DiffInput(snap[0]), model.DiffInput(snap[1]),
			diff.Options{SameOffset: f.SameOffset(), Go: onCores}, func(h diff.Hunk) bool {
				failed = each(patchfile.Hunk{A: patchfile.Range(h.A), B: patchfile.Range(h.B)})
				return failed == nil
			})
		return errors.Join(err, failed)
	}
	// Beside the file first: a patch that is not whole must not look like one.
	tmp, err := os.CreateTemp(filepath.Dir(out), ".hexlay-*")
	if err != nil {
		return fileError(out, err)
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
	err = patchfile.Write(ctx, tmp, f, patchfile.Input{R: snap[0], Size: snap[0].Size()}, patchfile.Input{R: snap[1], Size: snap[1].Size()}, hunks)
	if err == nil {
		err = tmp.Chmod(0o644)
	}
	if err == nil {
		err = tmp.Close()
	}
	if err == nil {
		err = os.Rename(tmp.Name(), out)
	}
	if err != nil {
		return fmt.Errorf("--export %s: %w", quote(out), err)
	}
	return nil
}
