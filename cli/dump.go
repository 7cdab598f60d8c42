package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"
)

// blockSize is how much of the input is formatted at a time: input and output of a block fit into a core's cache.
const blockSize = 64 << 10

type dumpOptions struct {
	at       string
	len      string
	format   string
	width    int
	widthSet bool
	color    bool
	reverse  bool
}

// dumpFormats names the formats in the order help lists them; the first is the default.
var dumpFormats = []string{"canonical", "xxd", "plain", "c", "go", "python", "rust", "base64", "ihex", "srec"}

func (a *app) dumpCommand() *cobra.Command {
	var o dumpOptions
	cmd := &cobra.Command{
		Use:   "dump FILE…",
		Short: "print bytes as hexadecimal, source code, base64 or loader records",
		Long: `Prints the bytes of the files, one after the other.

canonical is what "hexdump -C" prints, xxd what "xxd" prints, plain what "xxd -p" prints. --reverse turns
these three back into bytes; what is not such a dump is an error that names the line.
Several files are dumped as if they were one (xxd takes one). Pipes are read as they come.`,
		Example: `hexlay dump firmware.bin | less
hexlay dump firmware.bin --at 0x400 --len 1K --format c
hexlay dump --reverse notes.xxd --format xxd > file.bin`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"-"}
			}
			o.widthSet = cmd.Flags().Changed("width")
			return a.dump(cmd.Context(), o, args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.at, "at", "0", "first byte (OFF; negative from the end)")
	f.StringVar(&o.len, "len", "", "how many bytes at most (LEN)")
	f.StringVarP(&o.format, "format", "f", dumpFormats[0], "one of "+strings.Join(dumpFormats, ", "))
	f.IntVarP(&o.width, "width", "w", 0, "bytes per line (default 16, plain 30; 0 with plain: one line)")
	f.BoolVar(&o.color, "color", false, "colour bytes by kind (canonical and xxd)")
	f.BoolVarP(&o.reverse, "reverse", "r", false, "turn a dump (canonical, xxd, plain) back into bytes")
	return cmd
}

func (a *app) dump(ctx context.Context, o dumpOptions, names []string) error {
	if !slices.Contains(dumpFormats, o.format) {
		return fmt.Errorf("unknown format %s (%s)", quote(o.format), strings.Join(dumpFormats, ", "))
	}
	if o.color && o.format != "canonical" && o.format != "xxd" {
		return fmt.Errorf("--color goes with canonical and xxd, not with %s", o.format)
	}
	if o.format == "xxd" && len(names) > 1 {
		return errors.New("xxd dumps one file")
	}
	if o.reverse {
		return a.dumpReverse(o, names)
	}
	at, err := parseOffset(o.at)
	if err != nil {
		return fmt.Errorf("--at: %w", err)
	}
	limit := int64(-1)
	if o.len != "" {
		if limit, err = parseNumber(o.len); err != nil {
			return fmt.Errorf("--len: %w", err)
		}
	}
	if err := o.setWidth(); err != nil {
		return err
	}

	in, err := openInputs(a.stdin, names)
	if err != nil {
		return err
	}
	defer in.Close()
	if limit == 0 && (o.format == "canonical" || o.format == "xxd") {
		return nil
	}
	start, err := in.at(at)
	if err != nil {
		return fmt.Errorf("--at: %w", err)
	}
	in.limit = limit

	todo, _ := in.size()
	if limit >= 0 {
		todo = min(todo, limit)
	}
	widenPipe(a.stdout)
	var done atomic.Int64
	defer a.progress(&done, todo)()
	switch o.format {
	case "canonical", "xxd", "plain":
		err = o.lines(ctx, in, a.stdout, start, &done)
	default:
		err = o.encode(ctx, in, a.stdout, start, names[0], &done)
	}
	if err == nil && !at.fromEnd && start < at.n {
		err = dataError("--at: offset %#x is beyond the end: the data has %s", at.n, plural(start, "byte"))
	}
	return err
}

// setWidth checks --width, or fills in what the format uses.
func (o *dumpOptions) setWidth() error {
	switch o.format {
	case "plain":
		if !o.widthSet {
			o.width = plainWidth
		}
		if o.width < 0 || o.width > blockSize/2 {
			return fmt.Errorf("--width %d: plain takes 0 (one line) to %d", o.width, blockSize/2)
		}
		return nil
	case "canonical", "xxd", "ihex", "srec":
		if !o.widthSet {
			o.width = lineWidth
		}
		limit := 256
		if o.format == "ihex" || o.format == "srec" {
			limit = recordLimit(o.format)
		}
		return checkWidth(o.format, o.width, limit)
	}
	if o.widthSet {
		return checkWidth(o.format, o.width, 4096)
	}
	return nil
}

// lines prints the formats whose lines can be made by several goroutines.
func (o dumpOptions) lines(ctx context.Context, r io.Reader, w io.Writer, start int64, done *atomic.Int64) error {
	width := max(1, o.width)
	p := &pipeline{r: r, w: w, width: width, block: blockSize / width * width, addr: start, done: done}
	switch {
	case o.format == "canonical":
		p.format = func(dst []byte, addr int64, data, before []byte) []byte {
			return appendCanonical(dst, addr, data, width, newSqueezer(before, width, o.color))
		}
	case o.format == "xxd" && !o.color:
		p.format = func(dst []byte, addr int64, data, _ []byte) []byte { return appendXxd(dst, addr, data, width) }
	case o.format == "xxd":
		p.format = func(dst []byte, addr int64, data, _ []byte) []byte {
			for line := range slices.Chunk(data, width) {
				dst = appendColorLine(dst, addr, line, width, true)
				addr += int64(len(line))
			}
			return dst
		}
	case o.width == 0:
		p.format = func(dst []byte, _ int64, data, _ []byte) []byte {
			dst = appendPlain(dst, data, len(data))
			return dst[:len(dst)-1]
		}
	default:
		p.format = func(dst []byte, _ int64, data, _ []byte) []byte { return appendPlain(dst, data, width) }
	}
	end, err := p.run(ctx)
	if err != nil {
		return err
	}
	var tail []byte
	switch {
	case o.format == "canonical" && end > 0:
		tail = append(appendAddress(nil, end), '\n')
	case o.format == "plain" && o.width == 0 && end > start:
		tail = []byte{'\n'}
	}
	if len(tail) > 0 {
		_, err = w.Write(tail)
	}
	return err
}

func (a *app) dumpReverse(o dumpOptions, names []string) error {
	if o.at != "0" || o.len != "" || o.color || o.widthSet {
		return errors.New("--reverse goes with --format only")
	}
	if !slices.Contains([]string{"canonical", "xxd", "plain"}, o.format) {
		return fmt.Errorf("--reverse reads canonical, xxd and plain, not %s", o.format)
	}
	in, err := openInputs(a.stdin, names)
	if err != nil {
		return err
	}
	defer in.Close()
	out := newFileSink(a.stdout)
	switch o.format {
	case "canonical":
		err = reverseCanonical(in, out)
	case "xxd":
		err = reverseXxd(in, out)
	case "plain":
		err = reversePlain(in, out)
	}
	// What was read before an error is right, and is written.
	if e := out.flush(); err == nil {
		err = e
	}
	return err
}
