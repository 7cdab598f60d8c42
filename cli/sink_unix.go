//go:build unix

package cli

import (
	"os"

	"golang.org/x/sys/unix"
)

// appendsOnly tells whether every write goes to the end of f, wherever it was sought to (`>>` in a shell).
func appendsOnly(f *os.File) bool {
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	return err != nil || flags&unix.O_APPEND != 0
}
