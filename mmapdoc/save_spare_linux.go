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
	f := namelessFile(besideName(target), 0o600)
	if f == nil {
		return nil
	}
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
	return giveName(f, path)
}

// namelessFile makes a file that giveName can give the name path; nil when it cannot. It is gone when it is closed before that.
func namelessFile(path string, mode uint32) *os.File {
	var fd int
	err := again(func() (err error) {
		fd, err = unix.Open(filepath.Dir(path), unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, mode)
		return err
	})
	if err != nil {
		return nil
	}
	f := os.NewFile(uintptr(fd), path)
	if _, err := os.Stat(procName(f)); err != nil { // there would be no way to name it
		_ = f.Close()
		return nil
	}
	return f
}

func procName(f *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", f.Fd()) }

// giveName gives the nameless file f the name path, which must be free.
func giveName(f *os.File, path string) error {
	return again(func() error {
		return unix.Linkat(unix.AT_FDCWD, procName(f), unix.AT_FDCWD, path, unix.AT_SYMLINK_FOLLOW)
	})
}
