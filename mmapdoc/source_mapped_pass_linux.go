package mmapdoc

import (
	"errors"

	"golang.org/x/sys/unix"
)

// populatePages maps all pages of a part of a window, which begins with a page, and reads what is not in memory. Not ok: some of them
// cannot be had so; never: none ever can.
func populatePages(data []byte) (ok, never bool) {
	err := again(func() error { return unix.Madvise(data, unix.MADV_POPULATE_READ) })
	return err == nil, errors.Is(err, unix.EINVAL) // Linux before 5.14
}
