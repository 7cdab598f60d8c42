package mmapdoc

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// fileWriter writes into an existing file without changing its length: through a writable shared map of writeWindow
// bytes at a time; by pwrite where there is no map, and for few bytes: a store into a map makes the whole folio of the
// page cache dirty, up to 2 MiB, so that one byte took three times as long to become durable. fdatasync covers both
// here.
type fileWriter struct {
	f      *os.File
	size   int64
	mapped bool
	win    []byte // the current window
	base   int64
}

const (
	writeWindow = 64 << 20
	writeByMap  = 64 << 10 // from this length on
)

// openWriter opens target, which holds size bytes, for writing.
func openWriter(target string, size int64, device bool) (*fileWriter, error) {
	f, err := os.OpenFile(target, os.O_RDWR|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	return &fileWriter{f: f, size: size, mapped: !device}, nil
}

func (w *fileWriter) stamp() (stamp, error) {
	fi, err := w.f.Stat()
	if err != nil {
		return stamp{}, err
	}
	s := stampOfOpen(w.f, fi)
	s.memory = isMemory(w.f.Name())
	return s, nil
}

// allocate gives r its room on the disk where it is a hole. A filesystem that cannot do that in advance is written by
// pwrite, which can say that the disk is full; a store into a map cannot.
func (w *fileWriter) allocate(r Range) error {
	if !w.mapped || r.Len() < writeByMap {
		return nil // a plain write says itself when there is no room
	}
	start := r.Start - r.Start%pageSize // writing one byte of a page dirties all of it
	end := r.End + min(w.size-r.End, pageSize-1-(r.End-1)%pageSize)
	hole, err := unix.Seek(int(w.f.Fd()), start, unix.SEEK_HOLE)
	if err == nil && hole >= end {
		return nil
	}
	err = again(func() error { return unix.Fallocate(int(w.f.Fd()), 0, start, end-start) })
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		w.mapped = false
		return nil
	}
	return err
}

// plain stops the use of maps.
func (w *fileWriter) plain() {
	w.unmap()
	w.mapped = false
}

// writeAt writes b at off.
func (w *fileWriter) writeAt(b []byte, off int64) error {
	if off < 0 || off+int64(len(b)) > w.size {
		return io.ErrShortWrite
	}
	for len(b) >= writeByMap && w.mapped {
		if !w.mapAt(off) {
			w.plain()
			break
		}
		dst := w.win[off-w.base:]
		n := min(len(b), len(dst))
		// b may itself be a window of a mapped file that is being cut short: its fault goes on to whoever guards it.
		if guardCopy(dst[:n], b[:n], dst[:n]) >= 0 {
			return errors.New("the disk has no room, it failed, or the file was cut short")
		}
		off, b = off+int64(n), b[n:]
	}
	if len(b) == 0 {
		return nil
	}
	_, err := w.f.WriteAt(b, off)
	return err
}

// mapAt makes win hold off.
func (w *fileWriter) mapAt(off int64) bool {
	if w.win != nil && off >= w.base && off-w.base < int64(len(w.win)) {
		return true
	}
	w.unmap()
	base := off - off%writeWindow
	win, err := unix.Mmap(int(w.f.Fd()), base, int(min(writeWindow, w.size-base)), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return false
	}
	w.win, w.base = win, base
	return true
}

func (w *fileWriter) unmap() {
	if w.win != nil {
		_ = unix.Munmap(w.win)
		w.win = nil
	}
}

// sync makes durable what was written. Stores into a map do not set the file's time on every filesystem, so it is set
// here when it did not move.
func (w *fileWriter) sync(before stamp) error {
	w.unmap()
	if err := targetSync(w.f); err != nil {
		return fmt.Errorf("making it durable: %w", err)
	}
	if now, err := w.stamp(); err == nil && now.mtime.Equal(before.mtime) && !now.device() {
		var tv [2]unix.Timespec
		tv[0].Nsec, tv[1].Nsec = unix.UTIME_OMIT, unix.UTIME_NOW
		_ = again(func() error { return unix.UtimesNanoAt(unix.AT_FDCWD, w.f.Name(), tv[:], 0) })
	}
	return nil
}

func (w *fileWriter) close() {
	w.unmap()
	_ = w.f.Close()
}
