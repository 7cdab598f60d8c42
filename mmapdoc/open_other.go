//go:build !unix

package mmapdoc

import (
	"errors"
	"os"
	"syscall"
)

func openNonblock(path string) (*os.File, error) { return os.Open(path) }

func wouldBlock(err error) bool { return false }

func openFIFO(f *os.File, path string) (*Document, error) {
	return nil, errors.New("is a pipe; pipe it into standard input instead")
}

func diskSize(f *os.File) (int64, error) {
	return 0, errors.New("disks cannot be opened on this system")
}

func charDisk(path string) bool { return false }

func isTerminal(f *os.File) bool {
	fi, err := f.Stat()
	return err == nil && fi.Mode()&os.ModeCharDevice != 0
}

// mappable is true: what cannot be mapped is read.
func mappable(f *os.File, size int64) bool { return true }

func duplicate(f *os.File) (*os.File, error) { return nil, errors.ErrUnsupported }

func readOnlyReason(path string) string {
	fi, err := os.Stat(path)
	if err == nil && fi.Mode()&0o200 == 0 {
		return "it is marked read-only"
	}
	if errors.Is(err, syscall.EACCES) {
		return "no permission to write"
	}
	return ""
}
