package mmapdoc

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// hasHoles says whether the file takes less room than it is long.
func hasHoles(f *os.File, size int64) bool {
	fi, err := f.Stat()
	if err != nil {
		return false
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	return ok && st.Blocks < size/512
}

// nextData is nextData of holeStore.
func (m *mappedFile) nextData(off, end int64) Range {
	all := Range{off, end}
	if m.memory != nil {
		return m.memory.next(off, end)
	}
	if !m.sparse.Load() || end-off < pageSize { // small pieces, of which there may be millions
		return all
	}
	conn, err := m.raw.SyscallConn()
	if err != nil || m.device {
		return all
	}
	data := Range{off, end}
	cerr := conn.Control(func(fd uintptr) {
		if data.Start, err = unix.Seek(int(fd), off, unix.SEEK_DATA); err == nil && data.Start < end {
			data.End, err = unix.Seek(int(fd), data.Start, unix.SEEK_HOLE)
		}
	})
	switch {
	case cerr == nil && errors.Is(err, unix.ENXIO) && m.look() >= end: // no data behind off
		return Range{end, end}
	case cerr != nil || err != nil || data.Start < off:
		return all
	case data.Start >= end:
		return Range{end, end}
	case data.End <= data.Start:
		return all
	}
	if now := m.currentEnd(); now < end { // what is cut off is lost and not a hole
		return all
	}
	return Range{data.Start, min(data.End, end)}
}
