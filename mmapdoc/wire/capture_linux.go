package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/gopacket/gopacket/layers"
	"golang.org/x/sys/unix"

	"hexlay/lifeline"
)

// Capture records what passes a network interface, both ways; "any" is refused, for its packets would have no common header.
// It needs the right to open raw sockets (CAP_NET_RAW).
func Capture(ctx context.Context, name string, opts Options) (*Session, error) {
	iface, err := net.InterfaceByName(name)
	if err != nil {
		return nil, fmt.Errorf("there is no network interface %q; there are %s", name, interfaceNames())
	}
	// No protocol yet: until it is bound it would get the packets of all interfaces.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be captured: %w; a program that may can be piped in, as in tcpdump -U -w - | hexlay -", name, err)
	}
	fail := func(err error) (*Session, error) {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("%s cannot be captured: %w", name, err)
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: htons(unix.ETH_P_ALL), Ifindex: iface.Index}); err != nil {
		return fail(err)
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 16<<20)
	look := unix.NsecToTimeval(int64(200 * time.Millisecond))
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &look); err != nil {
		return fail(err)
	}
	link := layers.LinkTypeEthernet
	if len(iface.HardwareAddr) == 0 && iface.Flags&net.FlagLoopback == 0 {
		link = linkRaw // a tunnel: packets without a link layer
	}
	s, err := newSession(ctx, opts, func(r *Recorder) error { return r.start(link) })
	if err != nil {
		return fail(err)
	}
	s.Name, s.Interface = "capturing on "+name, name
	lifeline.Join(&s.all, "capturing packets", func() {
		defer unix.Close(fd)
		buf := make([]byte, 1<<18)
		var asked time.Time
		for s.ctx.Err() == nil {
			if now := time.Now(); now.Sub(asked) > time.Second {
				asked = now
				if st, err := unix.GetsockoptTpacketStats(fd, unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil && st.Drops > 0 {
					s.trouble(nil, fmt.Errorf("%d packets came faster than they could be recorded and are lost", st.Drops))
				}
			}
			n, from, err := unix.Recvfrom(fd, buf, unix.MSG_TRUNC)
			switch {
			case err == unix.EAGAIN || err == unix.EINTR:
				continue
			case err != nil:
				s.mu.Lock()
				s.err = fmt.Errorf("%s: %w", name, err)
				s.mu.Unlock()
				if errors.Is(err, unix.ENETDOWN) {
					continue
				}
				return
			}
			out := false
			if ll, ok := from.(*unix.SockaddrLinklayer); ok {
				if out = ll.Pkttype == unix.PACKET_OUTGOING; out && iface.Flags&net.FlagLoopback != 0 {
					continue // it comes in again
				}
			}
			now, at := time.Now(), int64(-1)
			if s.opts.Recorder != nil {
				at = s.opts.Recorder.packet(link, now, out, buf[:min(n, len(buf))], n, "")
			}
			s.tell(Event{Time: now, Kind: Data, Bytes: buf[:min(n, len(buf))], At: at})
		}
	})
	s.run()
	return s, nil
}

func htons(v uint16) uint16 {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], v)
	return binary.NativeEndian.Uint16(b[:])
}

func interfaceNames() string {
	all, err := net.Interfaces()
	if err != nil || len(all) == 0 {
		return "none"
	}
	names := all[0].Name
	for _, i := range all[1:] {
		names += ", " + i.Name
	}
	return names
}
