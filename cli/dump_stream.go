package cli

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"sync/atomic"

	"hexlay/overlay/literal"
)

// encoder begins a format that is made in one go, because its text depends on all that came before.
func (o dumpOptions) encoder(w io.Writer, start int64, name string) io.WriteCloser {
	switch o.format {
	case "ihex":
		return newIntelHex(w, start, o.width)
	case "srec":
		return newSRecord(w, start, o.width)
	}
	n, ok := literal.NotationByName(o.format)
	if !ok {
		panic("cli: format without an encoder: " + o.format)
	}
	return literal.NewEncoder(w, n, literal.Options{Width: o.width, Name: identifier(name)})
}

// encode prints such a format.
func (o dumpOptions) encode(ctx context.Context, r io.Reader, w io.Writer, start int64, name string, done *atomic.Int64) error {
	enc := o.encoder(w, start, name)
	buf := make([]byte, blockSize)
	for {
		n, rerr := io.ReadFull(r, buf)
		if _, err := enc.Write(buf[:n]); err != nil {
			return err
		}
		done.Add(int64(n))
		if errors.Is(rerr, io.EOF) || errors.Is(rerr, io.ErrUnexpectedEOF) {
			return enc.Close()
		}
		if err := errors.Join(rerr, ctx.Err()); err != nil {
			return err
		}
	}
}

// identifier makes a variable's name of a file's, as `xxd -i` does: what is no letter or digit of ASCII becomes "_".
func identifier(file string) string {
	if file == "-" {
		return "data"
	}
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, filepath.Base(file))
	if name[0] >= '0' && name[0] <= '9' {
		return "_" + name
	}
	return name
}
