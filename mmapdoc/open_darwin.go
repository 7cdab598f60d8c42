package mmapdoc

import (
	"os"

	"golang.org/x/sys/unix"
)

// From <sys/disk.h>.
const (
	dkiocGetBlockSize  = 0x40046418
	dkiocGetBlockCount = 0x40086419
)

// diskSize returns the size of a block device or of its raw twin.
func diskSize(f *os.File) (int64, error) {
	size, err := unix.IoctlGetInt(int(f.Fd()), dkiocGetBlockSize)
	if err != nil {
		return 0, err
	}
	count, err := unix.IoctlGetInt(int(f.Fd()), dkiocGetBlockCount)
	if err != nil {
		return 0, err
	}
	return int64(size) * int64(count), nil
}

// charDisk says whether the character device path is a disk: /dev/rdisk0 is the raw twin of /dev/disk0.
func charDisk(path string) bool { return isDisk(path) }

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TIOCGETA)
	return err == nil
}

// unasked is empty: access reports the flags of chflags here.
func unasked(path string) string { return "" }
