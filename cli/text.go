package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"

	"github.com/spf13/cobra"

	"hexlay/mmapdoc"
	"hexlay/overlay/text"
)

func (a *app) textCommand() *cobra.Command {
	var ranges []string
	var codec codecFlags
	var list, json bool
	cmd := &cobra.Command{
		Use:   "text FILE",
		Short: "decode bytes to text",
		Long: `Decodes every --range (default: the whole file) and prints the text as UTF-8. Encodings and handlers are Python's;
"hexlay codecs" lists the encodings; --table takes a character table of your own. Handlers: strict, ignore, replace, backslashreplace, surrogateescape, surrogatepass.

A lone surrogate, which UTF-8 cannot hold, is printed as \udcff. On a terminal all that is not printable is escaped; into
a pipe the text goes as it is. Several ranges are set apart by line ends.`,
		Example: `hexlay text readme.txt --encoding cp1252
hexlay text image.iso --range 0x8001:5 --range 0x8800..0x9000 --errors backslashreplace --json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if list {
				return noArgs(cmd, args)
			}
			return wantArgs(1, 1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if list {
				return a.listCodecs(json)
			}
			c, h, err := codec.lookup(false)
			if err != nil {
				return err
			}
			if len(ranges) == 0 {
				ranges = []string{"0:"}
			}
			return a.text(cmd.Context(), args[0], ranges, c, h, json)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&ranges, "range", nil, "decode a RANGE (repeatable)")
	codec.register(cmd)
	f.BoolVar(&list, "list", false, "list the encodings")
	f.BoolVar(&json, "json", false, "print JSON")
	return cmd
}

func (a *app) text(ctx context.Context, name string, ranges []string, c *text.Codec, h text.Handler, json bool) error {
	spans := make([]span, len(ranges))
	for i, s := range ranges {
		var err error
		if spans[i], err = parseRange(s); err != nil {
			return fmt.Errorf("--range: %w", err)
		}
	}
	d, err := openToRead(name)
	if err != nil {
		return err
	}
	defer d.Close()
	t := &texter{ctx: ctx, app: a, s: d.Snapshot(), c: c, h: h, terminal: isTerminal(a.stdout), several: len(ranges) > 1}
	var todo int64
	resolved := make([]mmapdoc.Range, len(spans))
	for i, sp := range spans {
		start, end, err := sp.resolve(d.Size())
		if err != nil {
			return fmt.Errorf("--range: %w", err)
		}
		resolved[i] = mmapdoc.Range{Start: start, End: end}
		todo += max(0, min(end, d.Size())-start)
	}
	defer a.progress(&t.done, todo)()
	if json {
		t.json = newJSONArray(a.stdout)
	} else {
		t.w = bufio.NewWriterSize(a.stdout, 256<<10)
	}
	for _, r := range resolved {
		if err := t.decode(r); err != nil {
			return err
		}
	}
	if json {
		err = t.json.end()
	} else {
		err = t.w.Flush()
	}
	if err == nil && t.failed {
		err = errSaid
	}
	return err
}

// texter decodes ranges and prints them, in constant memory.
type texter struct {
	ctx      context.Context
	app      *app
	s        *mmapdoc.Snapshot
	c        *text.Codec
	h        text.Handler
	json     *jsonArray
	w        *bufio.Writer
	terminal bool
	several  bool
	failed   bool
	done     atomic.Int64
}

// decode prints one range. What is beyond the end of the data is missing, which is said, and the rest is decoded.
func (t *texter) decode(r mmapdoc.Range) error {
	there := r
	there.End = max(r.Start, min(r.End, t.s.Size()))
	if r.Start > t.s.Size() {
		t.say(fmt.Sprintf("range %d..%d begins beyond the end: the data has %s", r.Start, r.End, plural(t.s.Size(), "byte")))
	} else if there.End < r.End {
		t.say(fmt.Sprintf("range %d..%d: %s missing, the data ends at %d", r.Start, r.End, areBytes(r.End-there.End), t.s.Size()))
	}
	var err error
	if t.json != nil {
		err = t.decodeJSON(there)
	} else {
		err = t.decodeText(there)
	}
	t.done.Add(there.Len())
	return err
}

// say prints a line on stderr, behind what has been printed so far.
func (t *texter) say(msg string) {
	t.failed = true
	if t.w != nil {
		t.w.Flush()
	}
	fmt.Fprintf(t.app.stderr, "hexlay text: %s\n", oneLine(msg))
}

// pieces decodes r piece by piece. A *text.DecodeError is one of the data; anything else is I/O.
func (t *texter) pieces(r mmapdoc.Range, fn func(piece []byte) error) error {
	d := t.c.NewDecoder(t.h)
	var buf []byte
	step := func(b []byte, final bool) error {
		var derr error
		buf, derr = d.Decode(buf[:0], b, final)
		if err := fn(buf); err != nil {
			return err
		}
		return derr
	}
	if r.Len() > 0 {
		err := scanPieces(t.s, r, func(_ int64, b []byte) error {
			if err := t.ctx.Err(); err != nil {
				return err
			}
			return step(b, false)
		})
		if err != nil {
			return err
		}
	}
	return step(nil, true)
}

func (t *texter) decodeText(r mmapdoc.Range) error {
	var out []byte
	last := byte('\n')
	err := t.pieces(r, func(piece []byte) error {
		out = appendPlainText(out[:0], piece, t.terminal)
		if len(out) > 0 {
			last = out[len(out)-1]
		}
		_, err := t.w.Write(out)
		return err
	})
	if last != '\n' && (t.several || t.terminal) {
		t.w.WriteByte('\n')
	}
	var bad *text.DecodeError
	if errors.As(err, &bad) {
		if t.several {
			t.say(fmt.Sprintf("range %d..%d: %v", r.Start, r.End, bad))
		} else {
			t.say(bad.Error())
		}
		return nil
	}
	return err
}

// decodeJSON gives positions as Python does: from the start of the range, of utf-8-sig from behind its byte order mark. It
// looks first whether the range decodes, for text that was begun cannot be taken back.
func (t *texter) decodeJSON(r mmapdoc.Range) error {
	err := t.pieces(r, func([]byte) error { return nil })
	var bad *text.DecodeError
	if err != nil && !errors.As(err, &bad) {
		return err
	}
	w := t.json.item()
	w.Write(appendJSONRange([]byte{'{'}, r.Start, r.End))
	if bad != nil {
		t.failed = true
		b := append(appendJSONString([]byte(`,"error":{"encoding":`), bad.Encoding), `,"start":`...)
		b = strconv.AppendInt(b, int64(bad.Start), 10)
		b = strconv.AppendInt(append(b, `,"end":`...), int64(bad.End), 10)
		b = appendJSONString(append(b, `,"reason":`...), bad.Reason)
		_, err := w.Write(append(b, '}', '}'))
		return err
	}
	w.WriteString(`,"text":"`)
	var out []byte
	err = t.pieces(r, func(piece []byte) error {
		out = appendJSONText(out[:0], piece)
		_, err := w.Write(out)
		return err
	})
	w.WriteString(`"}`)
	return err
}

// appendPlainText appends WTF-8 text as UTF-8. Lone surrogates are escaped; for a terminal so is all that is not printable
// but tab and line feed.
func appendPlainText(dst, s []byte, terminal bool) []byte {
	for len(s) > 0 {
		n := 0
		if terminal {
			for n < len(s) && (s[n] >= 0x20 && s[n] < 0x7f || s[n] == '\n' || s[n] == '\t') {
				n++
			}
		} else {
			n = beforeSurrogate(s)
		}
		dst = append(dst, s[:n]...)
		s = s[n:]
		if len(s) == 0 {
			break
		}
		r, size := text.DecodeRune(s)
		switch {
		case r >= 0xd800 && r < 0xe000:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		case terminal && !strconv.IsPrint(r):
			q := strconv.AppendQuoteRune(nil, r)
			dst = append(dst, q[1:len(q)-1]...)
		default:
			dst = append(dst, s[:size]...)
		}
		s = s[size:]
	}
	return dst
}

// beforeSurrogate is how many bytes of WTF-8 text stand before its first lone surrogate, which ED A0 and more begins.
func beforeSurrogate(s []byte) int {
	for n := 0; ; n++ {
		i := bytes.IndexByte(s[n:], 0xed)
		if i < 0 {
			return len(s)
		}
		if n += i; n+1 < len(s) && s[n+1] >= 0xa0 {
			return n
		}
	}
}
