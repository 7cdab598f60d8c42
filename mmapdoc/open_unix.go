//go:build unix

package mmapdoc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// openNonblock opens path for reading. Nothing hangs in it: a FIFO without a writer opens at once.
func openNonblock(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
}

func wouldBlock(err error) bool { return errors.Is(err, unix.EAGAIN) }

// openFIFO spools what a FIFO gives. Its first byte must come within fifoPatience; from then on it is read until its
// last writer has closed it.
func openFIFO(f *os.File, path string) (*Document, error) {
	nothing := fmt.Errorf("is a pipe that gave nothing within a second; to wait for it use: cat %s | hexlay -", path)
	deadline := time.Now().Add(fifoPatience)
	if err := f.SetReadDeadline(deadline); err != nil {
		return nil, err
	}
	first := make([]byte, 64<<10)
	for {
		n, err := f.Read(first)
		if n > 0 {
			first = first[:n]
			break
		}
		// Without a writer a read returns at once; one may still be on its way.
		if errors.Is(err, os.ErrDeadlineExceeded) || err == io.EOF && time.Now().After(deadline) {
			return nil, nothing
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err := f.SetReadDeadline(time.Time{}); err != nil {
		return nil, err
	}
	d, err := openStream(path, io.MultiReader(bytes.NewReader(first), f))
	if err == nil {
		_ = f.Close()
	}
	return d, err
}

// mappable says whether f can be mapped, by mapping one page that is never touched.
func mappable(f *os.File, size int64) bool {
	data, _ := mapWindow(rawFile{f}, 0, min(size, pageSize))
	if data == nil {
		return false
	}
	unmapWindow(data)
	return true
}

// duplicate returns another descriptor of f, whose closing leaves f open.
func duplicate(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// readOnlyReason says why path cannot be written, or "". It asks the system instead of opening for writing, which
// would keep a program of that name from being started meanwhile.
func readOnlyReason(path string) string {
	switch err := again(func() error { return unix.Faccessat(unix.AT_FDCWD, path, unix.W_OK, unix.AT_EACCESS) }); err {
	case nil:
		return unasked(path)
	case unix.EROFS:
		return "its filesystem is read-only"
	case unix.EACCES, unix.EPERM:
		return "no permission to write"
	case unix.ETXTBSY:
		return "it is a program that is running"
	default:
		return "it cannot be written: " + err.Error()
	}
}
