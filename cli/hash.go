package cli

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/overlay/checksum"
)

func (a *app) hashCommand() *cobra.Command {
	var algos []string
	var rng, which string
	var list, json bool
	var o decodeFlags
	cmd := &cobra.Command{
		Use:   "hash FILE",
		Short: "compute checksums",
		Long: `Computes hashes, CRCs and sums of a file or of a range, all that --algo names in one pass. "hexlay hash --list" shows what there is;
case, "-", "_" and "/" in names do not matter. "cksum", "sum-bsd" and "sum-sysv" are what the programs cksum and sum compute, in hex;
"crc-32/cksum" is the CRC of the data alone, without their length behind it. A CRC that has no name is written with its parameters, as in the example.

--which turns the question round: which checksum is VALUE, and of which bytes? VALUE is hex, or @RANGE for bytes of FILE. All algorithms
whose results are as long are tried, over the file or --range, over what is before and after the value (also of the bytes beside it alone, up to
4,096 of them), with a few bytes less at either end, and with the value's own bytes as zeros. With --template T also over the fields of a
template, which is laid over the file or --range: the one that the value stands in, those around it and beside it, also without what they
begin with. The most plausible answers come first. Exit status 1: there are none.`,
		Example: `hexlay hash disk.img --algo sha256,blake3
hexlay hash message.bin --range 0:-2 --algo crc-16/modbus
hexlay hash message.bin --which @-2:2
hexlay hash photo.png --which @0x8025:4 --template png
hexlay hash message.bin --algo crc:width=16:poly=0x8005:init=0xffff:refin=true:refout=true:xorout=0`,
		Args: func(cmd *cobra.Command, args []string) error {
			if list {
				return noArgs(cmd, args)
			}
			return wantArgs(1, 1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if list {
				return a.listChecksums(json)
			}
			if cmd.Flags().Changed("which") {
				if cmd.Flags().Changed("algo") {
					return errors.New("--which tries all algorithms: give no --algo")
				}
				return a.which(cmd.Context(), args[0], which, rng, &o, json)
			}
			if o.template != "" {
				return errors.New("--template goes with --which")
			}
			return a.hash(cmd.Context(), args[0], algos, rng, json)
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&algos, "algo", []string{"sha256"}, "ALGORITHM,… (repeatable)")
	f.StringVar(&rng, "range", "0:", "only a RANGE")
	f.StringVar(&which, "which", "", "find out which checksum a VALUE is (hex, or @RANGE)")
	o.register(cmd)
	f.BoolVar(&list, "list", false, "list the algorithms")
	f.BoolVar(&json, "json", false, "print JSON")
	_ = cmd.RegisterFlagCompletionFunc("algo", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var names []string
		for _, c := range checksum.List() {
			names = append(names, c.Name)
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

func (a *app) hash(ctx context.Context, name string, algos []string, rng string, json bool) error {
	sp, err := parseRange(rng)
	if err != nil {
		return fmt.Errorf("--range: %w", err)
	}
	var sums []hash.Hash
	var names []string
	for _, algo := range algos {
		algo = strings.TrimSpace(algo)
		c, err := checksum.Lookup(algo)
		if err != nil {
			var u *checksum.UnknownError
			if errors.As(err, &u) && len(u.Near) == 0 {
				err = fmt.Errorf("%w (hexlay hash --list lists them)", err)
			}
			return refused(err)
		}
		names, sums = append(names, algo), append(sums, c.New())
	}
	if len(sums) == 0 {
		return errors.New("--algo: no checksum is named (hexlay hash --list lists them)")
	}
	if err := a.hashInput(ctx, name, sp, sums); err != nil {
		return err
	}
	out := bufio.NewWriter(a.stdout)
	if json {
		out.WriteByte('{')
		done := map[string]bool{}
		for i, h := range sums {
			if done[names[i]] {
				continue // a JSON object has a key once
			}
			if len(done) > 0 {
				out.WriteByte(',')
			}
			done[names[i]] = true
			out.Write(appendJSONString(append(appendJSONString(nil, names[i]), ':'), hex.EncodeToString(h.Sum(nil))))
		}
		out.WriteString("}\n")
	} else {
		width := 0
		for _, n := range names {
			width = max(width, len(n))
		}
		for i, h := range sums {
			fmt.Fprintf(out, "%-*s  %x\n", width, names[i], h.Sum(nil))
		}
	}
	return out.Flush()
}

// hashInput feeds the range of the file to sums: a pipe as a stream, in constant memory, unless the range counts from its end.
func (a *app) hashInput(ctx context.Context, name string, sp span, sums []hash.Hash) error {
	var d *mmapdoc.Document
	var err error
	in := &inputs{parts: []inputPart{{name, a.stdin}}, limit: -1}
	if _, sized := in.size(); name != "-" || sized {
		d, err = openToRead(name)
	} else if sp.needsSize() {
		d, err = mmapdoc.OpenStream(name, in)
	} else {
		return a.hashStream(ctx, in, sp, sums)
	}
	if err != nil {
		return err
	}
	defer d.Close()
	start, end, err := sp.resolve(d.Size())
	if err != nil {
		return fmt.Errorf("--range: %w", err)
	}
	if start > d.Size() || end > d.Size() {
		return dataError("range %d..%d reaches beyond the end: the data has %s", start, end, plural(d.Size(), "byte"))
	}
	var done atomic.Int64
	defer a.progress(&done, end-start)()
	return model.HashRange(ctx, d.Snapshot(), mmapdoc.Range{Start: start, End: end}, sums, &done)
}

func (a *app) hashStream(ctx context.Context, in *inputs, sp span, sums []hash.Hash) error {
	start, end, err := sp.resolve(0)
	if err != nil {
		return err
	}
	toEnd := !sp.sized && sp.end.fromEnd
	if n, err := in.skip(start); err != nil {
		return err
	} else if n < start {
		return dataError("range %d.. begins beyond the end: the data has %s", start, plural(n, "byte"))
	}
	if !toEnd {
		in.limit = end - start
	}
	var done atomic.Int64
	defer a.progress(&done, in.limit)()
	if err := model.HashReader(ctx, in, sums, &done); err != nil {
		return err
	}
	if !toEnd && done.Load() < end-start {
		return dataError("range %d..%d reaches beyond the end: the data has %s", start, end, plural(start+done.Load(), "byte"))
	}
	return nil
}

func (a *app) listChecksums(json bool) error {
	if json {
		out := newJSONArray(a.stdout)
		for _, c := range checksum.List() {
			b := appendJSONString([]byte(`{"name":`), c.Name)
			b = append(b, `,"aliases":[`...)
			for i, alias := range c.Aliases {
				if i > 0 {
					b = append(b, ',')
				}
				b = appendJSONString(b, alias)
			}
			out.add(fmt.Appendf(b, `],"bits":%d}`, c.Bits))
		}
		return out.end()
	}
	w := bufio.NewWriter(a.stdout)
	for _, c := range checksum.List() {
		line := fmt.Sprintf("%-26s %3d bits", c.Name, c.Bits)
		if len(c.Aliases) > 0 {
			line += "  (" + strings.Join(c.Aliases, ", ") + ")"
		}
		fmt.Fprintln(w, line)
	}
	return w.Flush()
}
