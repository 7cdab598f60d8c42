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
)

// XXD is the text that xxd prints: an offset, a colon, and the bytes that stand there now. It knows no old bytes, and cannot
// make a file shorter.
const XXD Format = "xxd"

// looksXxd tells whether the patch begins like such a text.
func looksXxd(head []byte) bool {
	digits, _, ok := bytes.Cut(head, []byte(":"))
	if !ok || len(digits) < 4 {
		return false
	}
	for _, b := range digits {
		if !hexDigit(b) {
			return false
		}
	}
	return true
}

func hexDigit(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F'
}

// applyXxd overwrites what each line names; lines come in ascending order. Bytes behind the end make the file longer.
func (p *Patch) applyXxd(ctx context.Context, old Input, each func(Change) error) error {
	sc := bufio.NewScanner(p.in.section(0, p.in.Size))
	sc.Buffer(nil, maxLine)
	at := int64(0)
	for n := 1; sc.Scan(); n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		line := bytes.TrimSpace(sc.Bytes())
		if len(line) == 0 {
			continue
		}
		bad := func(format string, args ...any) error {
			return fmt.Errorf("%w: line %d: %s", ErrFormat, n, fmt.Sprintf(format, args...))
		}
		digits, rest, ok := bytes.Cut(line, []byte(":"))
		off, err := strconv.ParseUint(string(digits), 16, 63)
		if !ok || err != nil {
			return bad("%.30q is no offset in hexadecimal and a colon", digits)
		}
		if words, _, ok := bytes.Cut(bytes.TrimPrefix(rest, []byte(" ")), []byte("  ")); ok {
			rest = words // behind two spaces stand the characters
		}
		b := make([]byte, 0, 16)
		for _, w := range bytes.Fields(rest) {
			k := len(b)
			b = append(b, make([]byte, len(w)/2)...)
			if _, err := hex.Decode(b[k:], w); err != nil {
				return bad("%.30q is not hexadecimal", w)
			}
		}
		start, end := int64(off), int64(off)+int64(len(b))
		switch {
		case end < start:
			return bad("0x%x and %d bytes do not fit in 63 bits", off, len(b))
		case start < at:
			return bad("0x%x comes behind 0x%x", start, at)
		case start > max(at, old.Size):
			return fmt.Errorf("%w: line %d is for 0x%x, this has %d bytes", ErrMismatch, n, start, old.Size)
		}
		if at = end; len(b) > 0 {
			if err := each(Change{min(start, old.Size), min(end, old.Size), b}); err != nil {
				return err
			}
		}
	}
	if errors.Is(sc.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("%w: a line has more than %d bytes", ErrFormat, maxLine)
	}
	return sc.Err()
}

func writeXxd(w io.Writer, fresh Input, hunks Hunks) error {
	out := bufio.NewWriter(w)
	err := hunks(func(h Hunk) error {
		if h.B.Len() < h.A.Len() {
			return fmt.Errorf("xxd's text cannot make a file shorter, and this one is %d bytes shorter", h.A.Len()-h.B.Len())
		}
		var row [16]byte
		for at := h.B.Start; at < h.B.End; at += int64(len(row)) {
			b := row[:min(int64(len(row)), h.B.End-at)]
			if err := readAt(fresh, b, at); err != nil {
				return err
			}
			if _, err := fmt.Fprintf(out, "%08x: % x\n", at, b); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return out.Flush()
}
