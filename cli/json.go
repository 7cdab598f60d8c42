package cli

import (
	"bufio"
	"encoding/hex"
	"io"

	"hexlay/mmapdoc"
	"hexlay/model"
)

// This file writes the JSON that verbs print with --json: one document, an array with one record per line, written as it
// is made so that long lists take no memory. Numbers are exact, byte strings are {"bytes":"hex"}, and text is escaped so that
// nothing in it acts on a terminal.

// jsonArray writes the elements of one array.
type jsonArray struct {
	w     *bufio.Writer
	begun bool
}

func newJSONArray(w io.Writer) *jsonArray {
	return &jsonArray{w: bufio.NewWriterSize(w, 64<<10)}
}

// betweenItems stands between two elements.
const betweenItems = ",\n "

// item begins an element and gives the writer to put it into.
func (j *jsonArray) item() *bufio.Writer {
	if j.begun {
		j.w.WriteString(betweenItems)
	} else {
		j.w.WriteString("[")
	}
	j.begun = true
	return j.w
}

// add writes a whole element, which b holds.
func (j *jsonArray) add(b []byte) {
	j.item().Write(b)
}

// end closes the array. Errors of all writes come out here.
func (j *jsonArray) end() error {
	if !j.begun {
		j.w.WriteString("[")
	}
	j.w.WriteString("]\n")
	return j.w.Flush()
}

func appendJSONRange(dst []byte, start, end int64) []byte {
	return model.AppendJSONRange(dst, start, end)
}
func appendJSONString(dst []byte, s string) []byte { return model.AppendJSONString(dst, s) }
func appendJSONText(dst, s []byte) []byte          { return model.AppendJSONText(dst, s) }

// writeJSONBytes writes {"bytes":"…"} of the bytes of r, read as they are written.
func writeJSONBytes(w *bufio.Writer, s *mmapdoc.Snapshot, r mmapdoc.Range) error {
	w.WriteString(`{"bytes":"`)
	var buf []byte
	err := scanPieces(s, r, func(_ int64, b []byte) error {
		buf = hex.AppendEncode(buf[:0], b)
		_, err := w.Write(buf)
		return err
	})
	w.WriteString(`"}`)
	return err
}

// scanPieces is Scan with windows of at most blockSize bytes.
func scanPieces(s *mmapdoc.Snapshot, r mmapdoc.Range, fn func(off int64, b []byte) error) error {
	return s.Scan(r, func(off int64, b []byte) error {
		for len(b) > 0 {
			n := min(len(b), blockSize)
			if err := fn(off, b[:n]); err != nil {
				return err
			}
			off, b = off+int64(n), b[n:]
		}
		return nil
	})
}
