package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/overlay/transform"
)

func (a *app) transformCommand() *cobra.Command {
	var rng, output string
	var dry, json bool
	var ops strings.Builder
	for _, info := range transform.List() {
		fmt.Fprintf(&ops, "\n  %-14s %s\n  %14s %s", info.Name, info.Args, "", info.Help)
	}
	cmd := &cobra.Command{
		Use:   "transform FILE OPERATION [ARGUMENT]…",
		Short: "turn bytes into others: fill, xor, shift, swap, encode, decode",
		Long: `Does one operation to a file or to a range of it, in place, or writes the whole result to --output ("-" for standard
output). The operations are:
` + ops.String() + `

BYTES are written in any notation: de ad, 0xdead, "text", base64:…. A UNIT is u1, u2le, u2be, u4le, u4be, u8le or u8be: a number of so
many bytes, least or most significant byte first. An EXPRESSION is in the language of templates; b is the unit's old value, i
its number from 0 on, off its offset in the file and n how many units there are. Exit status 1: the bytes are not of the format,
or more than LIMIT come of them (1G unless given).`,
		Example: `hexlay transform rom.bin xor 5a --range 0x100:0x200
hexlay transform rom.bin swap-bytes 2 --output swapped.bin
hexlay transform table.bin fill u2le = i*i --range 0:512 --dry-run
hexlay transform page.bin decode zlib 64M --range 0x40: --output -`,
		Args: wantArgs(2, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			op, err := transform.Parse(args[1], strings.Join(args[2:], " "))
			if err != nil {
				return refused(err)
			}
			return a.transform(cmd.Context(), args[0], op, rng, output, dry, json)
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
			if len(args) == 0 {
				return nil, cobra.ShellCompDirectiveDefault
			}
			for _, info := range transform.List() {
				if len(args) == 1 {
					names = append(names, info.Name)
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
	f := cmd.Flags()
	f.StringVar(&rng, "range", "0:", "only a RANGE")
	f.StringVarP(&output, "output", "o", "", "write the result to a FILE and leave the original as it is")
	f.BoolVarP(&dry, "dry-run", "n", false, "change nothing, print what would be changed")
	f.BoolVar(&json, "json", false, "print what was changed as JSON")
	return cmd
}

func (a *app) transform(ctx context.Context, name string, op *transform.Op, rng, output string, dry, json bool) error {
	if output == "-" && json {
		return errors.New("--json and --output - would both print to standard output")
	}
	open := openForChange
	if output != "" || dry {
		open = openToRead
	}
	d, err := open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	sp, err := parseRange(rng)
	if err != nil {
		return fmt.Errorf("--range: %w", err)
	}
	var r mmapdoc.Range
	if r.Start, r.End, err = sp.resolve(d.Size()); err != nil {
		return fmt.Errorf("--range: %w", err)
	}
	if r.Start > d.Size() || r.End > d.Size() {
		return dataError("range %d..%d reaches beyond the end: the data has %s", r.Start, r.End, plural(d.Size(), "byte"))
	}
	old := d.Snapshot()
	result, err := a.transformed(ctx, op, old, r)
	if err != nil {
		return err
	}
	defer result.Close()
	fresh := result.Snapshot()
	if err := d.SpliceFrom(r.Start, r.Len(), fresh, mmapdoc.Range{End: fresh.Size()}); err != nil {
		return err
	}
	switch {
	case dry:
	case output == "-":
		w := bufio.NewWriterSize(a.stdout, blockSize)
		err := scanPieces(d.Snapshot(), mmapdoc.Range{End: d.Size()}, func(_ int64, b []byte) error {
			_, err := w.Write(b)
			return err
		})
		return errors.Join(err, w.Flush())
	case output != "":
		plan, err := d.Plan(filepath.Clean(output))
		if err == nil && plan.Conflict != "" {
			err = fmt.Errorf("%s: %s, which --output does not overwrite", output, plan.Conflict)
		}
		if err == nil {
			err = a.carryOut(ctx, plan)
		}
		if err != nil {
			return err
		}
	default:
		if err := a.save(ctx, d); err != nil {
			return err
		}
	}
	if json {
		return a.printReplacedJSON(old, r, fresh)
	}
	return a.printReplaced(old, r, fresh, dry)
}

// transformed is what op makes of r. Ctrl-C ends it.
func (a *app) transformed(ctx context.Context, op *transform.Op, s *mmapdoc.Snapshot, r mmapdoc.Range) (*mmapdoc.Document, error) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	var done atomic.Int64
	defer a.progress(&done, r.Len())()
	result, err := model.Transform(ctx, op, s, r, &done)
	var bad *transform.DecodeError
	var limit *transform.LimitError
	switch {
	case errors.Is(err, context.Canceled):
		return nil, errInterrupted
	case errors.As(err, &bad), errors.As(err, &limit):
		return nil, &statusError{exitData, fmt.Errorf("%s: %w", op, err)}
	case err != nil && op.Fits(r.Len()) != nil:
		return nil, &statusError{exitData, err}
	}
	return result, err
}

// printReplacedJSON prints one change as `patch` does.
func (a *app) printReplacedJSON(old *mmapdoc.Snapshot, r mmapdoc.Range, fresh *mmapdoc.Snapshot) error {
	out := newJSONArray(a.stdout)
	w := out.item()
	w.Write(appendJSONRange([]byte{'{'}, r.Start, r.End))
	w.WriteString(`,"old":`)
	if err := writeJSONBytes(w, old, r); err != nil {
		return err
	}
	w.WriteString(`,"new":`)
	if err := writeJSONBytes(w, fresh, mmapdoc.Range{End: fresh.Size()}); err != nil {
		return err
	}
	w.WriteString("}")
	return out.end()
}

func (a *app) printReplaced(old *mmapdoc.Snapshot, r mmapdoc.Range, fresh *mmapdoc.Snapshot, dry bool) error {
	head := func(s *mmapdoc.Snapshot, r mmapdoc.Range) (string, error) {
		b := make([]byte, min(r.Len(), shownBytes))
		n, err := s.ReadAt(b, r.Start)
		if n < len(b) {
			return "", err
		}
		return shorten(b, r.Len()), nil
	}
	was, err := head(old, r)
	if err != nil {
		return err
	}
	is, err := head(fresh, mmapdoc.Range{End: fresh.Size()})
	if err != nil {
		return err
	}
	would := ""
	if dry {
		would = "would change "
	}
	_, err = fmt.Fprintf(a.stdout, "%s%#x: %s → %s\n", would, r.Start, was, is)
	return err
}
