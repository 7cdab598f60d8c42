package mmapdoc

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
)

// A spool keeps bytes that can be had only once: what a pipe gives, the old bytes a save is about to overwrite. The first
// memLimit bytes stay in memory, the rest goes to a temporary file that has no name any more (where the system allows
// that), so that nothing is left behind however the program ends.
type spool struct {
	mu       sync.Mutex
	memLimit int64
	chunks   [][]byte // each spoolChunk long when full
	memLen   int64
	fileLen  int64
	file     *os.File
	mapped   *mappedFile // over file, once sealed
	remove   string      // the temporary file's name where it could not be removed at once
	err      error       // the first failed write; the spool takes no more
	ahead    atomic.Pointer[aheadBlock]
	last     atomic.Int64 // where the last small read of the file ended
}

// aheadBlock is a part of the file that was read for small reads that follow each other: a save of very many changes makes
// them, and a call of the system for each would take most of its time.
type aheadBlock struct {
	at   int64
	data []byte
}

const (
	aheadSize = 64 << 10
	aheadNear = 4 << 10 // a read this close behind the last one follows it
)

const spoolChunk = 256 << 10

func newSpool(memLimit int64) *spool { return &spool{memLimit: memLimit} }

// Write appends p. Bytes once written never change and never move.
func (s *spool) Write(p []byte) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, s.err
	}
	for len(p) > 0 && s.memLen < s.memLimit && s.fileLen == 0 {
		at := int(s.memLen % spoolChunk)
		if at == 0 {
			s.chunks = append(s.chunks, make([]byte, spoolChunk))
		}
		k := copy(s.chunks[len(s.chunks)-1][at:], p[:min(int64(len(p)), s.memLimit-s.memLen)])
		s.memLen += int64(k)
		n, p = n+k, p[k:]
	}
	if len(p) == 0 {
		return n, nil
	}
	if s.file == nil {
		if err := s.openFile(); err != nil {
			s.err = fmt.Errorf("temporary file: %w", err)
			return n, s.err
		}
	}
	k, err := s.file.WriteAt(p, s.fileLen)
	if err != nil {
		s.err = fmt.Errorf("temporary file in %s: %w", spoolDir(), err)
		return n, s.err
	}
	s.fileLen += int64(k)
	return n + k, nil
}

// spoolDir is where large temporary files belong: what TMPDIR says, else /var/tmp, for /tmp is often memory itself.
func spoolDir() string {
	if os.Getenv("TMPDIR") == "" {
		if fi, err := os.Stat("/var/tmp"); err == nil && fi.IsDir() {
			return "/var/tmp"
		}
	}
	return os.TempDir()
}

func (s *spool) openFile() error {
	f, err := os.CreateTemp(spoolDir(), "hexlay-*")
	if err != nil {
		return err
	}
	s.file = f
	if os.Remove(f.Name()) != nil {
		s.remove = f.Name()
	}
	return nil
}

// seal ends the writing and maps what went to the file.
func (s *spool) seal() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil || s.mapped != nil {
		return nil
	}
	m, err := newMappedFile(s.file, "temporary file", s.fileLen, false)
	s.mapped = m
	return err
}

func (s *spool) Size() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.memLen + s.fileLen
}

// part returns the bytes in memory at off, up to n and the end of a chunk, or nil when off is in the file.
func (s *spool) part(off, n int64) (b []byte, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if off < 0 || n < 0 || off > s.memLen+s.fileLen-n {
		return nil, io.ErrUnexpectedEOF
	}
	if off >= s.memLen {
		return nil, nil
	}
	at := off % spoolChunk
	k := min(n, s.memLen-off, spoolChunk-at)
	return s.chunks[off/spoolChunk][at : at+k : at+k], nil
}

// view hands [off, off+n) to fn in consecutive windows.
func (s *spool) view(off, n int64, fn func(b []byte) error) error {
	for n > 0 {
		b, err := s.part(off, n)
		switch {
		case err != nil:
			return err
		case b == nil && s.mapped != nil:
			return s.mapped.view(off-s.memLen, n, fn)
		case b == nil:
			if b, err = s.fromFile(off-s.memLen, n); err != nil {
				return fmt.Errorf("temporary file: %w", err)
			}
		}
		if err := fn(b); err != nil {
			return err
		}
		off, n = off+int64(len(b)), n-int64(len(b))
	}
	return nil
}

// fromFile gives some of the n bytes at an offset of the file, which are there. They must not be changed.
func (s *spool) fromFile(at, n int64) ([]byte, error) {
	if n >= aheadSize {
		b := make([]byte, min(n, readBlock))
		_, err := s.file.ReadAt(b, at)
		return b, err
	}
	block := s.ahead.Load()
	if block == nil || at < block.at || at >= block.at+int64(len(block.data)) {
		size := n
		if gap := at - s.last.Load(); gap >= 0 && gap < aheadNear {
			s.mu.Lock()
			size = min(aheadSize, s.fileLen-at) // what is written stays as it is
			s.mu.Unlock()
		}
		block = &aheadBlock{at, make([]byte, size)}
		if _, err := s.file.ReadAt(block.data, at); err != nil {
			return nil, err
		}
		if size > n {
			s.ahead.Store(block)
		}
	}
	b := block.data[at-block.at:]
	b = b[:min(n, int64(len(b)))]
	s.last.Store(at + int64(len(b)))
	return b[:len(b):len(b)], nil
}

// ReadAt reads long pieces of the file right into p.
func (s *spool) ReadAt(p []byte, off int64) (n int, err error) {
	size := s.Size()
	if off < 0 || off >= size {
		return 0, io.EOF
	}
	want := p[:min(int64(len(p)), size-off)]
	for n < len(want) {
		at, left := off+int64(n), want[n:]
		b, err := s.part(at, int64(len(left)))
		switch {
		case err != nil:
			return n, err
		case b != nil:
			n += copy(left, b)
			continue
		}
		k := 0
		switch at -= s.memLen; {
		case s.mapped != nil:
			k, err = s.mapped.ReadAt(left, at)
		case len(left) >= aheadSize:
			k, err = s.file.ReadAt(left, at)
		default:
			if b, err = s.fromFile(at, int64(len(left))); err == nil {
				k = copy(left, b)
			}
		}
		if n += k; err != nil {
			return n, fmt.Errorf("temporary file: %w", err)
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// readAt is ReadAt of a store made from its view.
func readAt(s interface {
	Size() int64
	view(off, n int64, fn func(b []byte) error) error
}, p []byte, off int64) (n int, err error) {
	size := s.Size()
	if off < 0 || off >= size {
		return 0, io.EOF
	}
	want := min(int64(len(p)), size-off)
	err = s.view(off, want, func(b []byte) error {
		n += copy(p[n:], b)
		return nil
	})
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}

// Close gives the temporary file back.
func (s *spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = os.ErrClosed
	var err error
	if s.mapped != nil {
		err = s.mapped.Close()
	} else if s.file != nil {
		err = s.file.Close()
	}
	if s.remove != "" {
		err = os.Remove(s.remove)
		s.remove = ""
	}
	return err
}

// readFrom spools all of r, which is called name in errors, and fails when that is more than limit bytes.
func (s *spool) readFrom(r io.Reader, limit int64) error {
	buf := make([]byte, 256<<10)
	var total int64
	for {
		n, err := r.Read(buf)
		total += int64(n)
		if total > limit {
			return fmt.Errorf("more than %d bytes", limit)
		}
		if _, werr := s.Write(buf[:n]); werr != nil {
			return werr
		}
		if err == io.EOF {
			return s.seal()
		}
		if err != nil {
			return fmt.Errorf("after %d bytes: %w", total, err)
		}
	}
}

// isZero says whether b holds only zeros.
func isZero(b []byte) bool {
	for len(b) > 0 {
		n := min(len(b), 64<<10) // what is compared with stays in the cache
		if !bytes.Equal(b[:n], zeroBlock[:n]) {
			return false
		}
		b = b[n:]
	}
	return true
}

// zeroBlock is never written; it takes no memory of its own.
var zeroBlock [1 << 20]byte

// SpoolSpace is where streams too large for memory go, and how many bytes it has room for; ok is false where the system
// does not tell.
func SpoolSpace() (dir string, free int64, ok bool) {
	dir = spoolDir()
	free, ok = freeSpace(dir)
	return dir, free, ok
}
