//go:build unix

package mmapdoc

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// 64 GiB of address space where there is plenty, 256 MiB on 32-bit systems.
const defaultWindowSize int64 = 1 << 28 << (8 * (^uint(0) >> 63))

// rawFile is the open file below the mappings.
type rawFile struct{ *os.File }

func newRawFile(f *os.File, size int64, device bool) (rawFile, error) { return rawFile{f}, nil }

// grow makes the file readable up to size, to which it has grown, and tells whether it has holes.
func (r rawFile) grow(size int64) (sparse, ok bool) { return hasHoles(r.File, size), true }

// end returns the file's size now.
func (r rawFile) end() (int64, error) {
	fi, err := r.Stat()
	if err != nil {
		return 0, err
	}
	return fi.Size(), nil
}

// mapWindow maps n bytes at base, or returns nil; never says that no other try can succeed.
func mapWindow(r rawFile, base, n int64) (data []byte, never bool) {
	if isMemory(r.Name()) {
		return nil, true
	}
	conn, err := r.SyscallConn()
	if err != nil {
		return nil, false
	}
	// Control keeps the descriptor from being closed and given to another file in between.
	cerr := conn.Control(func(fd uintptr) {
		data, err = unix.Mmap(int(fd), base, int(n), unix.PROT_READ, unix.MAP_SHARED)
	})
	if cerr != nil || err != nil {
		return nil, errors.Is(err, unix.ENODEV) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EINVAL)
	}
	return data, false
}

func unmapWindow(data []byte) { _ = unix.Munmap(data) }

// forgetPages lets go of the pages of a part of a window, which begins with a page. It is advice: failing is no error.
func forgetPages(data []byte) { _ = unix.Madvise(data, unix.MADV_DONTNEED) }

// copyTo copies [off, off+n) to f at the offset at within the kernel, as far as it can.
func (m *mappedFile) copyTo(f *os.File, at, off, n int64) int64 {
	return copyRange(f, at, m.raw.File, off, n)
}
