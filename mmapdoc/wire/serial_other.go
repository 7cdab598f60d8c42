//go:build !linux

package wire

import (
	"context"
	"errors"
)

// Serial opens a serial line, on Linux.
func Serial(ctx context.Context, path string, baud int, opts Options) (*Session, error) {
	return nil, errors.New("serial lines are read on Linux only")
}
