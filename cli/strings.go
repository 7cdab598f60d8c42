package cli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/overlay/text"
)

func (a *app) stringsCommand() *cobra.Command {
	var least int
	var encodings []string
	var within string
	var unlikely, json bool
	cmd := &cobra.Command{
		Use:   "strings FILE",
		Short: "find printable text, in any encoding",
		Long: `Prints every run of at least --min printable characters with its offset. --encoding takes several: the runs of each are
looked for on their own, UTF-16 and UTF-32 at every alignment. Beyond ASCII, half of a run's characters must be common in text.
Of UTF-16 and UTF-32, in which nearly all bytes are some characters, only what is ASCII or looks like text of one script is
printed, unless --unlikely is given.
Exit status 1: there are none.`,
		Example: `hexlay strings firmware.bin --min 8
hexlay strings game.rom --encoding shift_jis,utf-16-le --json`,
		Args: wantArgs(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if least < 1 || least > 1<<16 {
				return fmt.Errorf("--min %d: 1 to 65536", least)
			}
			var codecs []*text.Codec
			for _, name := range encodings {
				c, err := text.Lookup(strings.TrimSpace(name))
				if err != nil {
					return refused(err)
				}
				if !slices.Contains(codecs, c) {
					codecs = append(codecs, c)
				}
			}
			return a.strings(cmd.Context(), args[0], within, codecs, least, unlikely, json)
		},
	}
	f := cmd.Flags()
	f.IntVar(&least, "min", 4, "the least number of characters")
	f.StringSliceVar(&encodings, "encoding", []string{"ascii"}, "look for text in these ENCODINGs")
	f.BoolVar(&unlikely, "unlikely", false, "of UTF-16 and UTF-32 also what is probably no text")
	f.StringVar(&within, "range", "0:", "look in a RANGE only")
	f.BoolVar(&json, "json", false, "print JSON")
	return cmd
}

func (a *app) strings(ctx context.Context, name, within string, codecs []*text.Codec, least int, unlikely, json bool) error {
	sp, err := parseRange(within)
	if err != nil {
		return fmt.Errorf("--range: %w", err)
	}
	d, err := openToRead(name)
	if err != nil {
		return err
	}
	defer d.Close()
	start, end, err := sp.resolve(d.Size())
	if err != nil {
		return fmt.Errorf("--range: %w", err)
	}
	if start > d.Size() || end > d.Size() {
		return dataError("--range %s goes beyond the end: the data has %s", quote(within), plural(d.Size(), "byte"))
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	var done atomic.Int64
	defer a.progress(&done, end-start)()

	var show func(model.FoundString) error
	var finish func() error
	if json {
		out := newJSONArray(a.stdout)
		show = func(r model.FoundString) error {
			b := appendJSONString(append(appendJSONRange([]byte{'{'}, r.Start, r.End), `,"encoding":`...), codecs[r.Codec].Name())
			out.add(append(appendJSONString(append(b, `,"text":`...), r.Text), '}'))
			return nil
		}
		finish = out.end
	} else {
		w := bufio.NewWriterSize(a.stdout, 64<<10)
		digits := len(strconv.FormatInt(d.Size(), 16))
		var line []byte
		show = func(r model.FoundString) error {
			line = fmt.Appendf(line[:0], "%0*x  ", digits, r.Start)
			if len(codecs) > 1 {
				line = fmt.Appendf(line, "%-10s ", codecs[r.Codec].Name())
			}
			line = appendPlainText(line, []byte(r.Text), true) // printable always: what is shown here comes from anywhere
			_, err := w.Write(append(line, '\n'))
			return err
		}
		finish = w.Flush
	}
	any := false
	err = model.Strings(ctx, d.Snapshot(), mmapdoc.Range{Start: start, End: end}, codecs, least, unlikely, &done, func(r model.FoundString) error {
		any = true
		return show(r)
	})
	if ferr := finish(); err == nil {
		err = ferr
	}
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case err != nil:
		return err
	case !any:
		return errSaid
	}
	return nil
}
