package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// This file turns dumps back into bytes. Input is read line by line with constant memory; what is not the format is an error
// that names the line, never a guess.

const (
	// maxDumpLine holds the longest line the formats print (256 bytes in each column) with room to spare.
	maxDumpLine = 64 << 10
	// maxGap bounds what a few characters of a dump ("*", or an offset far away) can make a pipe receive.
	maxGap = 1 << 40
)

// byteSink receives the bytes of a reversed dump. Write appends.
type byteSink interface {
	io.Writer
	// seek moves to an absolute position, counted from where the sink began. Bytes skipped forward are zeros.
	seek(pos int64) error
	// repeat appends unit n times.
	repeat(unit []byte, n int64) error
}

type lineReader struct {
	lines *bufio.Scanner
	n     int // number of the line that was read last
}

func newLineReader(r io.Reader) *lineReader {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, maxDumpLine), maxDumpLine)
	lines.Split(splitLine)
	return &lineReader{lines: lines}
}

// splitLine is a bufio.SplitFunc for lines that end in LF, CR LF, or CR alone, which a terminal makes of them.
func splitLine(data []byte, atEOF bool) (advance int, line []byte, err error) {
	near := data[:min(len(data), 512)] // most lines are short, and looking for CR must not run through all data for each
	i := bytes.IndexByte(near, '\n')
	if i < 0 {
		i = len(near)
	}
	if k := bytes.IndexByte(near[:i], '\r'); k >= 0 {
		i = k
	} else if i == len(near) {
		if i = bytes.IndexAny(data, "\r\n"); i < 0 {
			if atEOF && len(data) > 0 {
				return len(data), data, nil
			}
			return 0, nil, nil
		}
	}
	switch {
	case data[i] == '\n':
		return i + 1, data[:i], nil
	case i+1 < len(data) && data[i+1] == '\n':
		return i + 2, data[:i], nil
	case i+1 == len(data) && !atEOF:
		return 0, nil, nil // LF may follow
	}
	return i + 1, data[:i], nil
}

// next gives a line without its end; io.EOF at the end. The slice lives until the following call.
func (lr *lineReader) next() ([]byte, error) {
	lr.n++
	if lr.lines.Scan() {
		return lr.lines.Bytes(), nil
	}
	switch err := lr.lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, lr.errorf("longer than %d bytes: not a dump", maxDumpLine)
	case err != nil:
		return nil, err
	}
	return nil, io.EOF
}

func (lr *lineReader) errorf(format string, args ...any) error {
	return &statusError{exitData, &dumpError{lr.n, fmt.Sprintf(format, args...)}}
}

// dumpError is a line that is not as the format has it.
type dumpError struct {
	line int
	what string
}

func (e *dumpError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.what) }

// at says which line made an error.
func (lr *lineReader) at(err error) error { return fmt.Errorf("line %d: %w", lr.n, err) }

func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// cutAddress reads the hexadecimal address a line begins with.
func (lr *lineReader) cutAddress(line []byte) (addr int64, rest []byte, err error) {
	i := 0
	for i < len(line) && hexValue(line[i]) >= 0 {
		if addr>>59 != 0 {
			return 0, nil, lr.errorf("offset %s does not fit in 63 bits", quote(string(line[:i+1])))
		}
		addr = addr<<4 | int64(hexValue(line[i]))
		i++
	}
	if i == 0 {
		return 0, nil, lr.errorf("expected a hexadecimal offset, found %s", quote(string(line)))
	}
	return addr, line[i:], nil
}

// reverseCanonical reads what `hexdump -C` prints and writes the bytes. The first offset is where the dump began; the bytes
// are written from there on. Every later offset, the last line's too, must be where the bytes so far end.
func reverseCanonical(r io.Reader, w byteSink) error {
	lr := newLineReader(r)
	var (
		last         []byte // the bytes of the line before
		pos          int64  // the offset that is due
		started      bool
		starred      bool
		end          bool // the final offset was read
		buf          []byte
		starLine     int
		errStarFirst = "\"*\" repeats the line before, and there is none"
	)
	for {
		line, err := lr.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if end {
			return lr.errorf("the dump ended with the offset before this line")
		}
		if line[0] == '*' && len(bytes.TrimSpace(line)) == 1 {
			if len(last) == 0 {
				return lr.errorf("%s", errStarFirst)
			}
			starred, starLine = true, lr.n
			continue
		}
		addr, rest, err := lr.cutAddress(line)
		if err != nil {
			return err
		}
		if !started {
			started, pos = true, addr
		}
		if starred {
			if addr < pos || (addr-pos)%int64(len(last)) != 0 {
				return lr.errorf("offset %#x does not follow a whole number of lines after %#x", addr, pos)
			}
			if err := w.repeat(last, (addr-pos)/int64(len(last))); err != nil {
				return lr.at(err)
			}
			pos, starred = addr, false
		}
		if addr != pos {
			return lr.errorf("offset %#x, expected %#x", addr, pos)
		}
		if buf, err = lr.canonicalBytes(buf[:0], rest); err != nil {
			return err
		}
		if len(buf) == 0 {
			end = true
			continue
		}
		if addr > 1<<63-1-int64(len(buf)) {
			return lr.errorf("offset %#x and %d bytes do not fit in 63 bits", addr, len(buf))
		}
		pos = addr + int64(len(buf))
		if _, err := w.Write(buf); err != nil {
			return err
		}
		last, buf = buf, last
	}
	if starred {
		return dataError("line %d: \"*\" needs the offset of the next line to say how often it repeats", starLine)
	}
	return nil
}

// canonicalBytes reads the hexadecimal column: bytes of two digits, set apart by spaces, up to the text column. That one
// cannot be longer than the bytes: more would be another line whose end was lost.
func (lr *lineReader) canonicalBytes(dst, rest []byte) ([]byte, error) {
	for {
		spaces := 0
		for spaces < len(rest) && (rest[spaces] == ' ' || rest[spaces] == '\t') {
			spaces++
		}
		rest = rest[spaces:]
		if len(rest) == 0 {
			return dst, nil
		}
		if rest[0] == '|' {
			column := bytes.TrimSuffix(bytes.TrimRight(rest[1:], " \t"), []byte{'|'})
			if n := utf8.RuneCount(column); n > len(dst) {
				return nil, lr.errorf("the text column has %d characters for %d bytes", n, len(dst))
			}
			return dst, nil
		}
		if spaces == 0 || len(rest) < 2 || hexValue(rest[0]) < 0 || hexValue(rest[1]) < 0 {
			return nil, lr.errorf("expected a byte of two hexadecimal digits, found %s", quote(string(rest)))
		}
		dst = append(dst, byte(hexValue(rest[0])<<4|hexValue(rest[1])))
		rest = rest[2:]
	}
}

// reverseXxd reads what xxd prints and writes the bytes as `xxd -r` does: every line's bytes at its offset, zeros in what is
// skipped forward; backward only where the output can seek. Two spaces end a line's bytes, whatever their number; "*" (as
// `xxd -a` prints) stands for skipped zeros.
func reverseXxd(r io.Reader, w byteSink) error {
	lr := newLineReader(r)
	var pos int64
	var buf []byte
	for {
		line, err := lr.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		trimmed := bytes.TrimSpace(line)
		if len(trimmed) == 0 || len(trimmed) == 1 && trimmed[0] == '*' {
			continue
		}
		addr, rest, err := lr.cutAddress(line)
		if err != nil {
			return err
		}
		if len(rest) == 0 || rest[0] != ':' {
			return lr.errorf("expected \":\" after the offset, found %s", quote(string(rest)))
		}
		if buf, err = lr.xxdBytes(buf[:0], rest[1:]); err != nil {
			return err
		}
		if len(buf) == 0 {
			continue
		}
		if addr > 1<<63-1-int64(len(buf)) {
			return lr.errorf("offset %#x and %d bytes do not fit in 63 bits", addr, len(buf))
		}
		if addr != pos {
			if err := w.seek(addr); err != nil {
				return lr.at(err)
			}
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
		pos = addr + int64(len(buf))
	}
}

// xxdBytes reads groups of hexadecimal bytes, set apart by single spaces; two spaces end them.
func (lr *lineReader) xxdBytes(dst, rest []byte) ([]byte, error) {
	if len(rest) > 0 && rest[0] == ' ' {
		rest = rest[1:]
	}
	for len(rest) > 0 {
		if rest[0] == ' ' || rest[0] == '\t' {
			if len(rest) == 1 || rest[1] == ' ' || rest[0] == '\t' {
				break
			}
			rest = rest[1:]
		}
		if len(rest) < 2 || hexValue(rest[0]) < 0 || hexValue(rest[1]) < 0 {
			return nil, lr.errorf("expected a byte of two hexadecimal digits, found %s", quote(string(rest)))
		}
		dst = append(dst, byte(hexValue(rest[0])<<4|hexValue(rest[1])))
		rest = rest[2:]
	}
	return dst, nil
}

// reversePlain reads hexadecimal digits and skips white space, wherever it stands.
func reversePlain(r io.Reader, w io.Writer) error {
	in := make([]byte, 64<<10)
	out := make([]byte, 0, len(in)/2+1)
	line, high := 1, -1
	last := byte(0)
	for {
		n, err := r.Read(in)
		out = out[:0]
		for _, c := range in[:n] {
			v := hexValue(c)
			switch {
			case v >= 0 && high < 0:
				high = v
			case v >= 0:
				out = append(out, byte(high<<4|v))
				high = -1
			case c == '\r' || c == '\n' && last != '\r':
				line++
			case c == ' ' || c == '\t' || c == '\n' || c == '\v' || c == '\f':
			default:
				if _, err := w.Write(out); err != nil {
					return err
				}
				return dataError("line %d: expected a hexadecimal digit, found %s", line, quote(string([]byte{c})))
			}
			last = c
		}
		if _, err := w.Write(out); err != nil {
			return err
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if high >= 0 {
		return dataError("line %d: an odd number of hexadecimal digits", line)
	}
	return nil
}
