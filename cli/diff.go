package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"hexlay/lifeline"
	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/overlay/diff"
)

func (a *app) diffCommand() *cobra.Command {
	var same, json bool
	var o decodeFlags
	fields := false
	cmd := &cobra.Command{
		Use:   "diff A B",
		Short: "what differs between two files, aware of insertions",
		Long: `Prints a hunk for every place where the files differ: what was inserted, deleted or changed, with the first
bytes of both. With --same-offset a byte is compared with the byte at the same offset only.
With --fields, or --template T, the fields of a template are compared by their names: name, old and new value of those that
differ or that only one file has.
Exit status 0: the files are the same; 1: they differ.`,
		Example: `hexlay diff old.bin new.bin
hexlay diff rom.bin patched.bin --same-offset --json
hexlay diff a.png b.png --template png`,
		Args: wantArgs(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if fields || o.template != "" {
				if same {
					return errors.New("--same-offset compares bytes, not fields")
				}
				return a.diffFields(cmd.Context(), &o, args[0], args[1], json)
			}
			return a.diff(cmd.Context(), args[0], args[1], same, json)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&same, "same-offset", false, "compare bytes at the same offsets only")
	o.register(cmd)
	f.BoolVar(&fields, "fields", false, "compare the fields of the template that the first file's magic names")
	f.BoolVar(&json, "json", false, "print JSON")
	return cmd
}

func (a *app) diff(ctx context.Context, nameA, nameB string, same, json bool) error {
	if nameA == "-" && nameB == "-" {
		return fmt.Errorf("only one of the two can be standard input")
	}
	var in [2]diff.Input
	var snap [2]*mmapdoc.Snapshot
	for i, name := range []string{nameA, nameB} {
		d, err := openToRead(name)
		if err != nil {
			return err
		}
		defer d.Close()
		snap[i] = d.Snapshot()
		in[i] = model.DiffInput(snap[i])
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	var done atomic.Int64
	defer a.progress(&done, in[0].Size+in[1].Size)()
	o := diff.Options{SameOffset: same, Progress: func(n, _ int64) { done.Store(n) }, Go: onCores}

	differ := false
	var failed error // of the output, or of reading what is shown
	hunk := func(h diff.Hunk) error { return nil }
	end := func() error { return nil }
	if json {
		out := newJSONArray(a.stdout)
		hunk = func(h diff.Hunk) error {
			b := appendPair([]byte(`{"a":[`), h.A)
			b = appendPair(append(b, `],"b":[`...), h.B)
			out.add(append(append(append(b, `],"kind":"`...), h.Kind()...), `"}`...))
			return nil
		}
		end = out.end
	} else {
		w := bufio.NewWriter(a.stdout)
		hunk = func(h diff.Hunk) error { return printHunk(w, h, snap) }
		end = w.Flush
	}
	err := diff.Compare(ctx, in[0], in[1], o, func(h diff.Hunk) bool {
		differ = true
		failed = hunk(h)
		return failed == nil
	})
	if e := end(); failed == nil {
		failed = e
	}
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case err != nil:
		return err
	case failed != nil:
		return failed
	case differ:
		return errSaid
	}
	return nil
}

// onCores starts a part of a comparison.
func onCores(f func()) { lifeline.Go("a part of a comparison", f) }

func appendPair(b []byte, r diff.Range) []byte {
	return strconv.AppendInt(append(strconv.AppendInt(b, r.Start, 10), ','), r.End, 10)
}

// printHunk prints the ranges and the first bytes of both sides.
func printHunk(w *bufio.Writer, h diff.Hunk, snap [2]*mmapdoc.Snapshot) error {
	fmt.Fprintf(w, "%s %#x..%#x → %#x..%#x", h.Kind(), h.A.Start, h.A.End, h.B.Start, h.B.End)
	if n, m := h.A.Len(), h.B.Len(); n == m {
		fmt.Fprintf(w, "  (%s)\n", byteCount(n))
	} else {
		fmt.Fprintf(w, "  (%s → %s)\n", byteCount(n), byteCount(m))
	}
	for i, r := range []diff.Range{h.A, h.B} {
		if r.Len() == 0 {
			continue
		}
		head := make([]byte, min(r.Len(), shownBytes))
		if _, err := snap[i].ReadAt(head, r.Start); err != nil {
			return err
		}
		fmt.Fprintf(w, "%c %s\n", "-+"[i], shorten(head, r.Len()))
	}
	return nil
}
