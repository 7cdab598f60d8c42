package mmapdoc

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// The byte that is locked lies behind all content: a lock keeps others from reading what it covers.
var lockAt = windows.Overlapped{OffsetHigh: 1 << 30}

// lockFile locks f for as long as it is open, and tells whether nobody else has. However a process ends, its locks go.
func lockFile(f *os.File) (held bool, err error) {
	at := lockAt
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}

func unlockFile(f *os.File) {
	at := lockAt
	_ = windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, &at)
}
