package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/overlay/pattern"
	"hexlay/overlay/text"
)

// findFlags say what is looked for and where.
type findFlags struct {
	hex, text, regex, ignoreCase bool
	format, rng                  string
	encodings                    []string
	limit                        int64
}

func (o *findFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&o.hex, "hex", false, "PATTERN is hex: 89 50, ?? for any byte, 4? for a nibble, (ff|00 01), [00-1f], !00 (default)")
	f.BoolVar(&o.text, "text", false, "PATTERN is text")
	f.BoolVar(&o.regex, "regex", false, `PATTERN is a regular expression over bytes: \xff, [\x80-\xff]`)
	f.StringVar(&o.format, "value", "", "PATTERN is a value of a struct FORMAT: --value '<I' 42; <>I for both byte orders; 3.14~0.01")
	f.StringSliceVar(&o.encodings, "encoding", []string{"utf-8"}, "encodings of the text, separated by commas; utf-16 is both byte orders")
	f.BoolVarP(&o.ignoreCase, "ignore-case", "i", false, "ignore case in text and regular expressions")
	f.StringVar(&o.rng, "range", "0:", "only in a RANGE")
	f.Int64Var(&o.limit, "limit", 0, "stop after N matches (0 for all)")
	cmd.MarkFlagsMutuallyExclusive("hex", "text", "regex", "value")
	_ = cmd.RegisterFlagCompletionFunc("encoding", func(*cobra.Command, []string, string) (names []string, _ cobra.ShellCompDirective) {
		for _, c := range text.Codecs() {
			names = append(names, c.Name())
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	})
}

// compile reads the pattern. What it refuses ends with exitRefused.
func (o *findFlags) compile(cmd *cobra.Command, src string) (*model.Query, *pattern.Pattern, error) {
	q := &model.Query{Text: src, IgnoreCase: o.ignoreCase, Format: o.format}
	switch {
	case o.text:
		q.Kind = model.QueryText
		for _, name := range o.encodings {
			c, err := text.Lookup(strings.TrimSpace(name))
			if err != nil {
				return nil, nil, unknown(err, "hexlay codecs lists them")
			}
			q.Codecs = append(q.Codecs, model.TextCodecs(c)...)
		}
	case o.regex:
		q.Kind = model.QueryRegexp
	case cmd.Flags().Changed("value"):
		q.Kind = model.QueryValue
	}
	if o.limit < 0 {
		return nil, nil, fmt.Errorf("--limit %d: want 0 or more", o.limit)
	}
	if o.ignoreCase && q.Kind != model.QueryText && q.Kind != model.QueryRegexp {
		return nil, nil, errors.New("--ignore-case goes with --text and --regex")
	}
	p, err := q.Compile()
	if err != nil {
		if q.Kind == model.QueryHex {
			err = fmt.Errorf("%w; --text finds text", err)
		}
		return nil, nil, refused(fmt.Errorf("pattern %s: %w", quote(src), err))
	}
	return q, p, nil
}

// search is a search of d in the range wanted.
func (o *findFlags) search(d *mmapdoc.Document, p *pattern.Pattern) (*model.Search, error) {
	r, err := o.where(d)
	if err != nil {
		return nil, err
	}
	return &model.Search{Snapshot: d.Snapshot(), Pattern: p, Range: r, Progress: new(atomic.Int64)}, nil
}

// where is the range wanted.
func (o *findFlags) where(d *mmapdoc.Document) (mmapdoc.Range, error) {
	r, err := rangeIn(o.rng, d.Size())
	if err != nil {
		return r, fmt.Errorf("--range: %w", err)
	}
	return r, nil
}

func (a *app) findCommand() *cobra.Command {
	var o findFlags
	var fields fieldFind
	var count, overlap, json bool
	cmd := &cobra.Command{
		Use:   "find FILE PATTERN",
		Short: "find bytes, text, values, regular expressions and fields",
		Long: `Prints where the pattern matches, in order. Matches do not overlap unless --overlap is given, and have at most 65536
bytes. The exit status is 1 when nothing is found and 2 when the pattern is refused.

With --field EXPR in place of PATTERN a template is laid over the file, or over --range, and the objects are printed of which
the expression is true; their fields are named in it as they are in the template. A struct format is laid over all records.`,
		Example: `hexlay find rom.bin '89 50 ?? 4?'
hexlay find disk.img --text --encoding utf-16 -i password
hexlay find data.bin --value '<f' 3.14~0.01 --limit 10
hexlay find log.bin --regex 'id=\d+\x00' --count
hexlay find a.zip --field 'len_packed > 1000' --template zip`,
		Args: wantArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("field") {
				if len(args) > 1 || overlap {
					return errFieldAlone
				}
				if o.limit < 0 {
					return fmt.Errorf("--limit %d: want 0 or more", o.limit)
				}
				fields.limit, fields.count, fields.json = o.limit, count, json
				return a.findFields(cmd.Context(), &fields, args[0], o.where)
			}
			if len(args) < 2 {
				return errors.New("too few arguments; usage: hexlay " + cmd.Use)
			}
			_, p, err := o.compile(cmd, args[1])
			if err != nil {
				return err
			}
			d, err := openToRead(args[0])
			if err != nil {
				return err
			}
			defer d.Close()
			s, err := o.search(d, p)
			if err != nil {
				return err
			}
			s.Overlap = overlap
			return a.find(cmd.Context(), s, o.limit, count, json)
		},
	}
	o.register(cmd)
	fields.register(cmd)
	f := cmd.Flags()
	f.StringVar(&fields.condition, "field", "", "find the objects of --template of which EXPR is true: --field 'type == 7 and not ok'")
	for _, other := range []string{"hex", "text", "regex", "value"} {
		cmd.MarkFlagsMutuallyExclusive("field", other)
	}
	f.BoolVar(&count, "count", false, "print only how many matches there are")
	f.BoolVar(&overlap, "overlap", false, "print overlapping matches too")
	f.BoolVar(&json, "json", false, "print JSON")
	return cmd
}

// find prints the matches as they are found.
func (a *app) find(ctx context.Context, s *model.Search, limit int64, count, json bool) error {
	stop := a.progress(s.Progress, s.Range.Len())
	defer func() { stop() }()
	n := int64(0)
	w := bufio.NewWriterSize(a.stdout, 64<<10)
	array := newJSONArray(a.stdout)
	var line []byte
	shown := heads{s: s.Snapshot}
	same := s.Pattern.Literal() // what is known is not read
	same = same[:min(len(same), shownBytes)]
	err := s.Run(ctx, func(hits []mmapdoc.Range) error {
		if limit > 0 && int64(len(hits)) > limit-n {
			hits = hits[:limit-n]
		}
		n += int64(len(hits))
		for _, h := range hits {
			if count {
				break
			}
			if json {
				line = append(appendJSONRange(append(line[:0], '{'), h.Start, h.End), '}')
				if _, err := array.item().Write(line); err != nil {
					return err
				}
				continue
			}
			head := same
			if head == nil {
				var err error
				if head, err = shown.of(h); err != nil {
					return err
				}
			}
			line = strconv.AppendInt(append(line[:0], "0x"...), h.Start, 16)
			line = append(line, ": "...)
			line = appendShort(line, head, h.Len())
			line = append(line, "  "...)
			for _, c := range head {
				if c < 0x20 || c >= 0x7f {
					c = '.'
				}
				line = append(line, c)
			}
			if _, err := w.Write(append(line, '\n')); err != nil {
				return err
			}
		}
		if n == limit {
			return model.ErrStop
		}
		return nil
	})
	stop()
	stop = func() {}
	if err != nil {
		return err
	}
	switch {
	case count && json:
		fmt.Fprintf(w, "{\"count\":%d}\n", n)
	case count:
		fmt.Fprintln(w, n)
	case json:
		err = array.end()
	}
	if err == nil {
		err = w.Flush()
	}
	if err == nil && n == 0 {
		if count || json {
			return errSaid
		}
		return dataError("not found")
	}
	return err
}
