//go:build unix && !solaris && !aix

package mmapdoc

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lockFile locks f for as long as it is open, and tells whether nobody else has. However a process ends, its locks go.
func lockFile(f *os.File) (held bool, err error) {
	err = again(func() error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

func unlockFile(f *os.File) { _ = unix.Flock(int(f.Fd()), unix.LOCK_UN) }
