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
	"hexlay/overlay/text"
)

func (a *app) stringsCommand() *cobra.Command {
	var least int
	var encodings []string
	var within string
	var json bool
	cmd := &cobra.Command{
		Use:   "strings FILE",
		Short: "find printable text, in any encoding",
		Long: `Prints every run of at least --min printable characters with its offset. --encoding takes several: the runs of each are
looked for on their own, UTF-16 and UTF-32 at every alignment. Beyond ASCII, half of a run's characters must be common in text.
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
			return a.strings(cmd.Context(), args[0], within, codecs, least, json)
		},
	}
	f := cmd.Flags()
	f.IntVar(&least, "min", 4, "the least number of characters")
	f.StringSliceVar(&encodings, "encoding", []string{"ascii"}, "look for text in these ENCODINGs")
	f.StringVar(&within, "range", "0:", "look in a RANGE only")
	f.BoolVar(&json, "json", false, "print JSON")
	return cmd
}

// found is a run and the codec that reads it.
type found struct {
	text.Run
	codec *text.Codec
}

func (a *app) strings(ctx context.Context, name, within string, codecs []*text.Codec, least int, json bool) error {
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
		return dataError("--range %s goes beyond the end: the data has %d bytes", quote(within), d.Size())
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	var done atomic.Int64
	defer a.progress(&done, end-start)()

	var show func(found) error
	var finish func() error
	if json {
		out := newJSONArray(a.stdout)
		show = func(r found) error {
			b := appendJSONString(append(appendJSONRange([]byte{'{'}, r.Start, r.End), `,"encoding":`...), r.codec.Name())
			out.add(append(appendJSONString(append(b, `,"text":`...), r.Text), '}'))
			return nil
		}
		finish = out.end
	} else {
		w := bufio.NewWriterSize(a.stdout, 64<<10)
		digits := len(strconv.FormatInt(d.Size(), 16))
		var line []byte
		show = func(r found) error {
			line = fmt.Appendf(line[:0], "%0*x  ", digits, r.Start)
			if len(codecs) > 1 {
				line = fmt.Appendf(line, "%-10s ", r.codec.Name())
			}
			line = appendPlainText(line, []byte(r.Text), true) // printable always: what is shown here comes from anywhere
			_, err := w.Write(append(line, '\n'))
			return err
		}
		finish = w.Flush
	}
	any, err := findStrings(ctx, d.Snapshot(), mmapdoc.Range{Start: start, End: end}, codecs, least, &done, show)
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

// findStrings hands the runs of all codecs to show, in the order of their ends. Holes are not read.
func findStrings(ctx context.Context, s *mmapdoc.Snapshot, r mmapdoc.Range, codecs []*text.Codec, least int, done *atomic.Int64, show func(found) error) (any bool, err error) {
	finders := make([]*text.Finder, len(codecs))
	var queue []found
	feed := func(b []byte, off int64, final bool) error {
		queue = queue[:0]
		for i, f := range finders {
			f.Find(b, off, final, func(r text.Run) bool {
				queue = append(queue, found{r, codecs[i]})
				return true
			})
		}
		if len(finders) > 1 {
			slices.SortStableFunc(queue, func(a, b found) int { return int(min(max(a.End-b.End, -1), 1)) })
		}
		for _, f := range queue {
			any = true
			if err := show(f); err != nil {
				return err
			}
		}
		done.Store(off + int64(len(b)) - r.Start)
		return ctx.Err()
	}
	for at := r.Start; at < r.End; {
		data := s.NextData(at)
		data.Start, data.End = min(data.Start, r.End), min(data.End, r.End)
		if at == r.Start || data.Start > at { // a hole is zeros, which are text in no codec: begin anew behind it
			if at > r.Start {
				if err := feed(nil, at, true); err != nil {
					return any, err
				}
			}
			for i, c := range codecs {
				finders[i] = c.NewFinder(least)
			}
		}
		if data.Start >= data.End {
			break
		}
		if err := scanPieces(s, data, func(off int64, b []byte) error { return feed(b, off, false) }); err != nil {
			return any, err
		}
		at = data.End
	}
	return any, feed(nil, r.End, true)
}
