//go:build !linux

package mmapdoc

import (
	"io"
	"os"
)

// fileWriter writes into an existing file without changing its length. It does not map: elsewhere than on Linux, syncing
// the file need not cover stores into a map.
type fileWriter struct {
	f      *os.File
	size   int64
	device bool
}

// openWriter opens target, which holds size bytes, for writing.
func openWriter(target string, size int64, device bool) (*fileWriter, error) {
	f, err := os.OpenFile(target, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return &fileWriter{f, size, device}, nil
}

func (w *fileWriter) stamp() (stamp, error) {
	fi, err := w.f.Stat()
	if err != nil {
		return stamp{}, err
	}
	return stampOfOpen(w.f, fi), nil
}

// allocate does nothing: a write says itself when the disk is full.
func (w *fileWriter) allocate(r Range) error { return nil }

func (w *fileWriter) plain() {}

// writeAt writes b at off; to a disk in whole blocks, for some take nothing else.
func (w *fileWriter) writeAt(b []byte, off int64) error {
	if off < 0 || off+int64(len(b)) > w.size {
		return io.ErrShortWrite
	}
	if w.device {
		start := off - off%rawAlign
		end := min(w.size, (off+int64(len(b))+rawAlign-1)/rawAlign*rawAlign)
		block := make([]byte, end-start)
		if _, err := w.f.ReadAt(block, start); err != nil && err != io.EOF {
			return err
		}
		copy(block[off-start:], b)
		b, off = block, start
	}
	_, err := w.f.WriteAt(b, off)
	return err
}

// sync makes durable what was written.
func (w *fileWriter) sync(before stamp) error { return targetSync(w.f) }

func (w *fileWriter) close() { _ = w.f.Close() }
