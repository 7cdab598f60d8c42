package cli

import (
	"errors"
	"fmt"
	"io"
)

// recordWriter turns a stream of bytes into records of a loader format. Both formats have 32-bit addresses, which begin at
// the offset of the dump in its file. Close writes the end and leaves the writer below open.
type recordWriter struct {
	w     io.Writer
	form  func(rw *recordWriter) // appends the record of line to out
	tail  string
	width int    // data bytes per record
	addr  int64  // of line
	upper int64  // Intel HEX: the upper half of the address that records have now
	line  []byte // data of the record that is being filled
	out   []byte
}

var errRecordSpace = errors.New("addresses of this format end at 4 GiB")

// newIntelHex writes Intel HEX: data records (type 00), extended linear address records (type 04) wherever the upper half
// of the address changes, and the end record.
func newIntelHex(w io.Writer, addr int64, width int) *recordWriter {
	return &recordWriter{w: w, addr: addr, width: width, form: appendIntelHex, tail: ":00000001FF\n"}
}

// newSRecord writes Motorola S-records with 32-bit addresses: an empty header (S0), data (S3), the end (S7). S3 is used at
// every address because the size of a stream is not known when its first record is written.
func newSRecord(w io.Writer, addr int64, width int) *recordWriter {
	return &recordWriter{w: w, addr: addr, width: width, form: appendSRecord, tail: "S70500000000FA\n", out: []byte("S0030000FC\n")}
}

func (rw *recordWriter) Write(p []byte) (int, error) {
	for data := p; len(data) > 0; {
		// No record crosses a 64 KiB boundary: an Intel HEX address wraps there.
		end := rw.addr + int64(len(rw.line))
		room := min(rw.width-len(rw.line), int(0x10000-end&0xffff))
		n := min(room, len(data))
		if end+int64(n) > 1<<32 {
			return 0, errRecordSpace
		}
		rw.line = append(rw.line, data[:n]...)
		data = data[n:]
		if n == room {
			rw.record()
		}
	}
	_, err := rw.w.Write(rw.out)
	rw.out = rw.out[:0]
	return len(p), err
}

func (rw *recordWriter) Close() error {
	if len(rw.line) > 0 {
		rw.record()
	}
	_, err := rw.w.Write(append(rw.out, rw.tail...))
	return err
}

func (rw *recordWriter) record() {
	rw.form(rw)
	rw.addr += int64(len(rw.line))
	rw.line = rw.line[:0]
}

const upperDigits = "0123456789ABCDEF"

// appendRecordBytes appends head and data in upper-case hexadecimal, then the checksum made of the sum of all bytes.
func appendRecordBytes(dst, head, data []byte, check func(sum byte) byte) []byte {
	var sum byte
	for _, part := range [2][]byte{head, data} {
		for _, c := range part {
			dst = append(dst, upperDigits[c>>4], upperDigits[c&15])
			sum += c
		}
	}
	c := check(sum)
	return append(dst, upperDigits[c>>4], upperDigits[c&15], '\n')
}

func appendIntelHex(rw *recordWriter) {
	negative := func(sum byte) byte { return -sum }
	if upper := rw.addr >> 16; upper != rw.upper {
		rw.upper = upper
		rw.out = appendRecordBytes(append(rw.out, ':'), []byte{2, 0, 0, 4, byte(upper >> 8), byte(upper)}, nil, negative)
	}
	head := []byte{byte(len(rw.line)), byte(rw.addr >> 8), byte(rw.addr), 0}
	rw.out = appendRecordBytes(append(rw.out, ':'), head, rw.line, negative)
}

func appendSRecord(rw *recordWriter) {
	inverse := func(sum byte) byte { return ^sum }
	head := []byte{byte(len(rw.line) + 5), byte(rw.addr >> 24), byte(rw.addr >> 16), byte(rw.addr >> 8), byte(rw.addr)}
	rw.out = appendRecordBytes(append(rw.out, 'S', '3'), head, rw.line, inverse)
}

// recordLimit is how many data bytes a record can hold: its length is one byte, which in an S-record counts the address and
// the checksum too.
func recordLimit(format string) int {
	if format == "srec" {
		return 255 - 5
	}
	return 255
}

func checkWidth(format string, width, limit int) error {
	if width < 1 || width > limit {
		return fmt.Errorf("--width %d: %s takes 1 to %d", width, format, limit)
	}
	return nil
}
