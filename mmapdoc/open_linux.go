package mmapdoc

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// diskSize returns the size of a block device.
func diskSize(f *os.File) (int64, error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	_, err = f.Seek(0, io.SeekStart)
	return size, err
}

// charDisk is false: disks are block devices here.
func charDisk(path string) bool { return false }

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// immutableReason looks for the flags that chattr sets, which access does not report.
func immutableReason(path string) string {
	var st unix.Statx_t
	if unix.Statx(unix.AT_FDCWD, path, 0, 0, &st) != nil {
		return ""
	}
	switch {
	case st.Attributes&unix.STATX_ATTR_IMMUTABLE != 0:
		return "it is marked immutable"
	case st.Attributes&unix.STATX_ATTR_APPEND != 0:
		return "it is marked append-only"
	}
	return ""
}
