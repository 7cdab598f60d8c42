package mmapdoc

import (
	"errors"
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

// unasked looks for what keeps path from being written and is not reported by access: the flags that chattr sets, a program
// that runs, a disk set read-only, a kernel that is locked down.
func unasked(path string) string {
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
	case st.Mode&unix.S_IFMT == unix.S_IFBLK:
		return diskReason(path)
	}
	return lockdownReason(path)
}

// diskReason says why the disk path cannot be written, or "". One that is set read-only can be opened for writing all the same,
// so its flag is asked for. What else refuses it shows only when it is opened: rules for the devices of a container, and
// kernels that let nobody write a disk that is mounted. Nothing is kept from working meanwhile, other than with a program.
func diskReason(path string) string {
	f, err := os.OpenFile(path, os.O_WRONLY|unix.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, unix.EBUSY):
		return "it is mounted, and the kernel lets nobody write a mounted disk"
	case errors.Is(err, unix.EROFS):
		return "the disk is set read-only"
	case errors.Is(err, unix.EPERM):
		return "the kernel lets nobody here write it"
	case err != nil:
		return "it cannot be written: " + plainError(err).Error()
	}
	defer f.Close()
	if ro, err := unix.IoctlGetInt(int(f.Fd()), unix.BLKROGET); err == nil && ro != 0 {
		return "the disk is set read-only"
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
