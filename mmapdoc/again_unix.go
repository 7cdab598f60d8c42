//go:build unix

package mmapdoc

import (
	"errors"

	"golang.org/x/sys/unix"
)

// again calls fn until no signal interrupts it. Package os does that for its own calls.
func again(fn func() error) error {
	for {
		if err := fn(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
