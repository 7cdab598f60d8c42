package mmapdoc

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// spareFile makes a durable file without a name in the folder of path, for its owner alone; nil when it cannot.
func spareFile(path string) *os.File {
	target, err := resolve(path)
	if err != nil {
		return nil
	}
	fi, err := os.Stat(target)
	if err != nil || !fi.Mode().IsRegular() {
		return nil
	}
	fd, err := unix.Open(filepath.Dir(target), unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil
	}
	f := os.NewFile(uintptr(fd), besideName(target))
	likeTarget(f, fi)
	if _, err := f.WriteAt(zeroBlock[:spareSize], 0); err == nil && f.Sync() == nil {
		return f
	}
	_ = f.Close()
	return nil
}

// nameSpare locks the spare file f and gives it the name path, which must be free.
func nameSpare(f *os.File, path string) error {
	if err := lockJournal(f); err != nil {
		return err
	}
	return again(func() error {
		return unix.Linkat(unix.AT_FDCWD, fmt.Sprintf("/proc/self/fd/%d", f.Fd()), unix.AT_FDCWD, path, unix.AT_SYMLINK_FOLLOW)
	})
}
