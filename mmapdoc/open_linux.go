package mmapdoc

import (
	"io"
	"os"
	"path/filepath"

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
	if again(func() error { return unix.Statx(unix.AT_FDCWD, path, 0, 0, &st) }) != nil {
		return ""
	}
	switch {
	case st.Attributes&unix.STATX_ATTR_IMMUTABLE != 0:
		return "it is marked immutable"
	case st.Attributes&unix.STATX_ATTR_APPEND != 0:
		return "it is marked append-only"
	case st.Mode&unix.S_IFMT == unix.S_IFREG && st.Mode&0o111 != 0 && runs(path):
		return "it is a program that is running"
	}
	return ""
}

// runs says whether path is a program that runs as this user, or as anybody for a user who may know. The system would tell
// only one who opens it for writing, and then for a moment it could not be started.
func runs(path string) bool {
	fi, err := os.Stat(path)
	if err != nil {
		return false
	}
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		return false
	}
	for _, exe := range links {
		if at, err := os.Stat(exe); err == nil && os.SameFile(fi, at) {
			return true
		}
	}
	return false
}
