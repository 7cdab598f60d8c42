package mmapdoc

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

const diocGMediaSize = 0x40086481 // from <sys/disk.h>

// diskSize returns the size of a disk, which is a character device here.
func diskSize(f *os.File) (int64, error) {
	var size int64
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), diocGMediaSize, uintptr(unsafe.Pointer(&size)))
	if errno != 0 {
		return 0, errno
	}
	return size, nil
}

// charDisk says whether the character device path is a disk.
func charDisk(path string) bool { return isDisk(path) }

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TIOCGETA)
	return err == nil
}

// unasked is empty: access reports the flags of chflags here.
func unasked(path string) string { return "" }
