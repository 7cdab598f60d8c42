package patchfile

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A script is text, a line for each change: the offset in the file as it was, the old bytes and the new ones in hexadecimal,
// "-" for none. Lines that begin with # are for people; the first one is the format's mark. Where that promises an end, a script
// without one was cut short; one that was written by hand need not promise it.

const (
	scriptHead = "# hexlay patch: offset, old bytes, new bytes; offsets are those of the file as it was; " + scriptEnds + "\n"
	scriptEnds = `the last line is "# end"`
	scriptEnd  = "# end"
)

// maxLine bounds a line; longer changes are written as several.
const maxLine = 1 << 20

func (p *Patch) applyScript(ctx context.Context, old Input, each func(Change) error) error {
	sc := bufio.NewScanner(p.in.section(0, p.in.Size))
	sc.Buffer(nil, 2*maxLine)
	at := int64(0)
	promised, ended := false, false
	for n := 1; sc.Scan(); n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		line := strings.TrimSpace(sc.Text())
		if n == 1 {
			cut := int64(len(sc.Bytes())) == p.in.Size && strings.HasPrefix(scriptHead, sc.Text()) // within this line
			promised = cut || strings.HasSuffix(line, scriptEnds)
		}
		if line == "" || line[0] == '#' {
			ended = ended || line == scriptEnd
			continue
		}
		ended = false
		bad := func(format string, args ...any) error {
			return fmt.Errorf("%w: line %d: %s", ErrFormat, n, fmt.Sprintf(format, args...))
		}
		words := strings.Fields(line)
		if len(words) != 3 {
			return bad("%d words, want offset, old bytes and new bytes", len(words))
		}
		off, err := strconv.ParseInt(words[0], 0, 64)
		if err != nil || off < 0 {
			return bad("%.30q is no offset", words[0])
		}
		var b [2][]byte
		for i, w := range words[1:] {
			if w == "-" {
				continue
			}
			if b[i], err = hex.DecodeString(w); err != nil {
				return bad("%.30q is not hexadecimal", w)
			}
		}
		if off < at {
			return bad("0x%x comes behind 0x%x", off, at)
		}
		if off > old.Size-int64(len(b[0])) {
			return fmt.Errorf("%w: line %d needs %d bytes at 0x%x, this has %d bytes", ErrMismatch, n, len(b[0]), off, old.Size)
		}
		was := make([]byte, len(b[0]))
		if err := readAt(old, was, off); err != nil {
			return err
		}
		if !bytes.Equal(was, b[0]) {
			return fmt.Errorf("%w: line %d: at 0x%x stands %.32x, not %.32x", ErrMismatch, n, off, was, b[0])
		}
		at = off + int64(len(was))
		if err := each(Change{off, at, b[1]}); err != nil {
			return err
		}
	}
	if errors.Is(sc.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("%w: a line has more than %d bytes", ErrFormat, 2*maxLine)
	}
	if err := sc.Err(); err != nil {
		return err
	}
	if promised && !ended {
		return fmt.Errorf("%w: it was cut short: its last line is not %q", ErrFormat, scriptEnd)
	}
	return nil
}

func writeScript(ctx context.Context, w io.Writer, old, fresh Input, hunks Hunks) error {
	out := bufio.NewWriter(w)
	out.WriteString(scriptHead)
	write := func(in Input, r Range) error {
		if r.Len() == 0 {
			return out.WriteByte('-')
		}
		return copyTo(ctx, hex.NewEncoder(out), in.section(r.Start, r.End))
	}
	err := hunks(func(h Hunk) error {
		for {
			const most = maxLine / 4
			a := Range{h.A.Start, min(h.A.End, h.A.Start+most)}
			b := Range{h.B.Start, min(h.B.End, h.B.Start+most)}
			fmt.Fprintf(out, "0x%08x ", a.Start)
			if err := write(old, a); err != nil {
				return err
			}
			out.WriteByte(' ')
			if err := write(fresh, b); err != nil {
				return err
			}
			if err := out.WriteByte('\n'); err != nil {
				return err
			}
			if h.A.Start, h.B.Start = a.End, b.End; h.A.Len() == 0 && h.B.Len() == 0 {
				return nil
			}
		}
	})
	if err != nil {
		return err
	}
	out.WriteString(scriptEnd + "\n")
	return out.Flush()
}
