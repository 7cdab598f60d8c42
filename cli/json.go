package cli

import (
	"bufio"
	"encoding/hex"
	"io"
	"strconv"

	"hexlay/mmapdoc"
	"hexlay/overlay/text"
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

// item begins an element and gives the writer to put it into.
func (j *jsonArray) item() *bufio.Writer {
	if j.begun {
		j.w.WriteString(",\n ")
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
	dst = append(dst, `"range":[`...)
	dst = strconv.AppendInt(dst, start, 10)
	dst = append(dst, ',')
	dst = strconv.AppendInt(dst, end, 10)
	return append(dst, ']')
}

func appendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	dst = appendJSONText(dst, []byte(s))
	return append(dst, '"')
}

// appendJSONText appends the inside of a JSON string. s is WTF-8; lone surrogates and all that is not printable are
// escaped, and bytes that are no text stand as U+FFFD.
func appendJSONText(dst, s []byte) []byte {
	for len(s) > 0 {
		n := 0
		for n < len(s) && s[n] >= 0x20 && s[n] < 0x7f && s[n] != '"' && s[n] != '\\' {
			n++
		}
		dst = append(dst, s[:n]...)
		s = s[n:]
		if len(s) == 0 {
			break
		}
		r, size := text.DecodeRune(s)
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, '\\', 'n')
		case r == '\r':
			dst = append(dst, '\\', 'r')
		case r == '\t':
			dst = append(dst, '\\', 't')
		case strconv.IsPrint(r):
			dst = text.AppendRune(dst, r)
		case r > 0xffff:
			r -= 0x10000
			dst = appendJSONEscape(appendJSONEscape(dst, 0xd800+r>>10), 0xdc00+r&0x3ff)
		default:
			dst = appendJSONEscape(dst, r)
		}
		s = s[size:]
	}
	return dst
}

func appendJSONEscape(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

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
