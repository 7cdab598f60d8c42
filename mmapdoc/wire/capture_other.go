//go:build !linux

package wire

import (
	"context"
	"errors"
)

// Capture records what passes a network interface, on Linux.
func Capture(ctx context.Context, name string, opts Options) (*Session, error) {
	return nil, errors.New("interfaces are captured on Linux only; elsewhere pipe a program that can: tcpdump -U -w - | hexlay -")
}
