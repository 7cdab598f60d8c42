package wire

import (
	"context"
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"

	"hexlay/lifeline"
)

// Serial opens a serial line: 8 data bits, no parity, 1 stop bit, no flow control, at any rate that the device can.
func Serial(ctx context.Context, path string, baud int, opts Options) (*Session, error) {
	if baud <= 0 || int64(baud) > 1<<32-1 {
		return nil, fmt.Errorf("%d is no rate of a serial line", baud)
	}
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS2)
	if err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("%s is no serial line: %w", path, err)
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag = unix.CS8 | unix.CREAD | unix.CLOCAL | unix.BOTHER
	t.Ispeed, t.Ospeed = uint32(baud), uint32(baud)
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETS2, t); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("%s cannot be set to %d baud: %w", path, baud, err)
	}
	s, err := newSession(ctx, opts, userHead)
	if err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	s.Name = fmt.Sprintf("%s at %d baud", path, baud)
	l := &Link{Net: "serial", A: "hexlay", B: path, mine: AToB, conn: os.NewFile(uintptr(fd), path)}
	s.adopt(l, netip.AddrPort{}, netip.AddrPort{})
	lifeline.Join(&s.all, "a serial line", l.receive)
	s.run()
	return s, nil
}
