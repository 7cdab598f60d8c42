package cli

import (
	"bytes"
	"io"
	"os"
	"strconv"
)

// fileSink is the byteSink over standard output. A regular file that is not appended to can seek, so gaps become holes and
// xxd lines may go backward; everywhere else a gap is written out.
type fileSink struct {
	f     *os.File
	buf   []byte
	pos   int64 // of the byte after buf, from where the sink began
	begin int64 // where the sink began in f
	seeks bool
	size  int64 // of f; bytes at and after it read as zeros when a later write leaves them out
}

func newFileSink(f *os.File) *fileSink {
	s := &fileSink{f: f, buf: make([]byte, 0, 256<<10)}
	if st, err := f.Stat(); err == nil && st.Mode().IsRegular() && !appendsOnly(f) {
		if begin, err := f.Seek(0, io.SeekCurrent); err == nil {
			s.seeks, s.begin, s.size = true, begin, st.Size()
		}
	}
	return s
}

func (s *fileSink) Write(p []byte) (int, error) {
	if len(s.buf)+len(p) > cap(s.buf) {
		if err := s.flush(); err != nil {
			return 0, err
		}
	}
	if len(p) > cap(s.buf) {
		n, err := s.f.Write(p)
		s.pos += int64(n)
		return n, err
	}
	s.buf = append(s.buf, p...)
	s.pos += int64(len(p))
	return len(p), nil
}

func (s *fileSink) flush() error {
	_, err := s.f.Write(s.buf)
	s.buf = s.buf[:0]
	return err
}

func (s *fileSink) seek(pos int64) error {
	switch {
	case pos == s.pos:
		return nil
	case !s.seeks && pos < s.pos:
		return dataError("offset %#x lies before %#x, and this output cannot seek backward", pos, s.pos)
	case !s.seeks:
		return s.repeat([]byte{0}, pos-s.pos)
	case pos > 1<<63-1-s.begin:
		return dataError("offset %#x does not fit in 63 bits", pos)
	}
	if err := s.flush(); err != nil {
		return err
	}
	if _, err := s.f.Seek(s.begin+pos, io.SeekStart); err != nil { // file systems have a limit
		return fileError("offset "+strconv.FormatInt(pos, 10)+" of the output", err)
	}
	s.pos = pos
	return nil
}

func (s *fileSink) repeat(unit []byte, n int64) error {
	zeros := len(bytes.Trim(unit, "\x00")) == 0
	if total := n * int64(len(unit)); zeros && s.seeks && total > int64(cap(s.buf)) && s.begin+s.pos >= s.size {
		// The last byte is written, so that the file gets its length.
		if err := s.seek(s.pos + total - 1); err != nil {
			return err
		}
		_, err := s.Write([]byte{0})
		return err
	}
	if n > maxGap/int64(len(unit)) {
		return dataError("%d bytes that the dump leaves out are too many (the limit is 1 TiB)", n*int64(len(unit)))
	}
	block := bytes.Repeat(unit, int(min(n, int64(max(1, cap(s.buf)/len(unit))))))
	for left := n * int64(len(unit)); left > 0; {
		k := min(left, int64(len(block)))
		if _, err := s.Write(block[:k]); err != nil {
			return err
		}
		left -= k
	}
	return nil
}
