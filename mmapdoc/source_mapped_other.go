//go:build !unix

package mmapdoc

import (
	"errors"
	"io"
	"os"

	"golang.org/x/exp/mmap"
)

const defaultWindowSize int64 = 1 << 28

// rawFile reads through golang.org/x/exp/mmap. The file itself is closed once it is mapped: an open file could not be
// renamed, which a save needs. Such a file cannot be cut short while it is mapped, so its end need not be looked up;
// what a failing disk or network does to a read still comes as a fault.
type rawFile struct {
	io.ReaderAt
	io.Closer
}

func newRawFile(f *os.File, size int64, device bool) (rawFile, error) {
	if device || size == 0 {
		return rawFile{f, f}, nil
	}
	m, err := mmap.Open(f.Name())
	if err != nil || int64(m.Len()) != size {
		if err == nil {
			err = m.Close()
		}
		return rawFile{f, f}, err // too large for one map: plain reads do
	}
	if err := f.Close(); err != nil {
		return rawFile{}, errors.Join(err, m.Close())
	}
	return rawFile{guardedReader{m}, m}, nil
}

// grow fails: the map has the length of the file when it was opened.
func (r rawFile) grow(size int64) (sparse, ok bool) { return false, false }

// Stat fails: the file may be closed.
func (r rawFile) Stat() (os.FileInfo, error) { return nil, errors.ErrUnsupported }

func (r rawFile) end() (int64, error) { return 0, errors.ErrUnsupported }

// guardedReader turns faults into errors.
type guardedReader struct{ m *mmap.ReaderAt }

func (g guardedReader) ReadAt(p []byte, off int64) (n int, err error) {
	if guardAny(func() { n, err = g.m.ReadAt(p, off) }) {
		return 0, errors.New("the mapped file cannot be read any more")
	}
	return n, err
}

func mapWindow(r rawFile, base, n int64) (data []byte, never bool) { return nil, true }

func unmapWindow(data []byte) {}

func forgetPages(data []byte) {}

// copyTo is done another way here.
func (m *mappedFile) copyTo(f *os.File, at, off, n int64) int64 { return 0 }
