package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Link is one connection, one peer of a UDP socket, or a serial line.
type Link struct {
	ID     int    // from 1 on
	Net    string // "tcp", "udp", "serial"
	A, B   string // who opened it, and who was called
	Opened time.Time

	s     *Session
	mine  Direction // the way of what Send sends
	conn  io.ReadWriteCloser
	other io.ReadWriteCloser // of a proxy: conn is to A, other to B
	peer  netip.AddrPort     // of a listening UDP socket

	mu   sync.Mutex // held while something is recorded and told of, so that this is in the order of the bytes
	conv *conversation

	state sync.Mutex // of what follows; an observer may ask
	ended [2]bool
	gone  bool
	err   error

	bytes [2]atomic.Int64
	last  atomic.Int64 // when something passed, in ns since 1970
}

// Bytes is how many bytes went in each direction.
func (l *Link) Bytes() [2]int64 { return [2]int64{l.bytes[0].Load(), l.bytes[1].Load()} }

// Theirs is the direction of what arrives here. Of a proxy it is that of the requests.
func (l *Link) Theirs() Direction {
	if l.other != nil {
		return AToB
	}
	return l.mine.back()
}

// Last is when bytes passed last.
func (l *Link) Last() time.Time { return time.Unix(0, l.last.Load()) }

// State is "open", "half-closed", "closed", or what broke the link.
func (l *Link) State() string {
	l.state.Lock()
	defer l.state.Unlock()
	switch {
	case l.err != nil:
		return l.err.Error()
	case l.gone:
		return "closed"
	case l.ended[AToB] || l.ended[BToA]:
		return "half-closed"
	}
	return "open"
}

// Open tells whether bytes may still pass.
func (l *Link) Open() bool {
	l.state.Lock()
	defer l.state.Unlock()
	return !l.gone
}

// Ended tells whether nothing more comes in a direction.
func (l *Link) Ended(dir Direction) bool {
	l.state.Lock()
	defer l.state.Unlock()
	return l.ended[dir] || l.gone
}

// endHalf tells whether dir had not ended before.
func (l *Link) endHalf(dir Direction) bool {
	l.state.Lock()
	defer l.state.Unlock()
	was := l.ended[dir] || l.gone
	l.ended[dir] = true
	return !was
}

// Kind says what an Event tells.
type Kind int

// What happens on a link.
const (
	Opened   Kind = iota
	Data          // Bytes went in the direction Dir
	HalfEnd       // the side that sends in Dir will send no more
	Closed        // both sides have ended, or Err broke the link
	Trouble       // Err: something was lost or refused that is not the end of a link; Link may be nil
	Withheld      // Bytes did not go on: they were dropped on purpose
)

// Event is what happened on a link. Bytes live only during the call.
type Event struct {
	Time  time.Time
	Link  *Link
	Kind  Kind
	Dir   Direction
	Bytes []byte
	// At is where in the recording the Bytes are; -1 when they are not recorded.
	At  int64
	Err error
}

// passed records and tells of bytes.
func (l *Link) passed(dir Direction, b []byte, comment string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note(dir, b, comment)
}

// note is passed with the lock held.
func (l *Link) note(dir Direction, b []byte, comment string) {
	now := time.Now()
	l.last.Store(now.UnixNano())
	l.bytes[dir].Add(int64(len(b)))
	for first := true; first || len(b) > 0; first = false {
		part := b
		if l.Net == "tcp" {
			part = b[:min(len(b), maxSegment)]
		}
		at := l.conv.data(now, dir, part, comment)
		l.s.tell(Event{Time: now, Link: l, Kind: Data, Dir: dir, Bytes: part, At: at})
		b, comment = b[len(part):], ""
	}
}

func (l *Link) withheld(dir Direction, b []byte, comment string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.conv.data(now, dir, nil, comment)
	l.s.tell(Event{Time: now, Link: l, Kind: Withheld, Dir: dir, Bytes: b, At: -1})
}

// half notes that nothing more comes in a direction.
func (l *Link) half(dir Direction) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.endHalf(dir) {
		return
	}
	now := time.Now()
	l.conv.end(now, dir)
	l.s.tell(Event{Time: now, Link: l, Kind: HalfEnd, Dir: dir})
}

// finish notes the end of the link; err, unless nil, broke it off from the side that sends in dir.
func (l *Link) finish(dir Direction, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.Open() {
		return
	}
	now := time.Now()
	if err != nil {
		l.conv.reset(now, dir)
	} else {
		for _, d := range []Direction{AToB, BToA} {
			if l.endHalf(d) {
				l.conv.end(now, d)
			}
		}
	}
	l.state.Lock()
	l.gone, l.err = true, err
	l.state.Unlock()
	l.s.tell(Event{Time: now, Link: l, Kind: Closed, Dir: dir, Err: err})
	l.s.forget(l)
}

// Send sends b to the other side, whole or not at all as far as can be known, and records it. It waits as long as the
// other side does not read.
func (l *Link) Send(b []byte) error {
	if !l.Open() {
		return fmt.Errorf("link %d is closed", l.ID)
	}
	if l.other != nil {
		return errors.New("a proxy only passes on; its frames are edited when they are held")
	}
	if l.Ended(l.mine) {
		return fmt.Errorf("link %d: this side has ended already", l.ID)
	}
	var n int
	var err error
	if l.Net == "udp" {
		n, err = l.datagram(b)
	} else {
		// Recorded before it goes out: the reply may be quicker than this goroutine.
		l.passed(l.mine, b, "")
		n, err = l.conn.Write(b)
	}
	if err != nil {
		err = fmt.Errorf("link %d: %d of %d bytes were sent: %w", l.ID, n, len(b), plain(err))
		l.s.trouble(l, err)
	}
	return err
}

// datagram sends b and records it if it went out, before its reply.
func (l *Link) datagram(b []byte) (n int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil {
		n, err = l.s.packets.WriteToUDPAddrPort(b, l.peer)
	} else {
		n, err = l.conn.Write(b)
	}
	if err == nil {
		l.note(l.mine, b, "")
	}
	return n, err
}

// End says that this side will send no more; what the other one sends is still received.
func (l *Link) End() error {
	if c, ok := l.conn.(interface{ CloseWrite() error }); ok && l.other == nil {
		l.half(l.mine)
		return plain(c.CloseWrite())
	}
	return l.Close()
}

// Close ends the link.
func (l *Link) Close() error {
	l.finish(l.mine, nil)
	var errs []error
	for _, c := range []io.Closer{l.conn, l.other} {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	return plain(errors.Join(errs...))
}

// receive reads the link until its end.
func (l *Link) receive() {
	theirs := l.mine.back()
	buf := make([]byte, readAtOnce)
	for {
		n, err := l.conn.Read(buf)
		if n > 0 || err == nil && l.Net == "udp" {
			l.passed(theirs, buf[:n], "")
		}
		switch {
		case err == nil:
			continue
		case errors.Is(err, io.EOF):
			l.half(theirs)
			if l.Ended(l.mine) || !l.s.opts.KeepHalf {
				_ = l.Close()
			}
		case l.Open():
			l.broken(theirs, err)
		}
		return
	}
}

// broken ends the link for an error of the side that sends in dir.
func (l *Link) broken(dir Direction, err error) {
	l.finish(dir, plain(err))
	for _, c := range []io.ReadWriteCloser{l.conn, l.other} {
		if t, ok := c.(*net.TCPConn); ok {
			_ = t.SetLinger(0) // the other side is to see that it was no proper end
		}
	}
	_ = l.Close()
}

const (
	readAtOnce = 60 << 10 // at most maxSegment
	maxFrame   = 16 << 20 // a longer one goes on as it comes
)

// recut has pass look again at what waits for the rest of its frame.
func (l *Link) recut() {
	for _, c := range []io.ReadWriteCloser{l.conn, l.other} {
		if c, ok := c.(net.Conn); ok {
			_ = c.SetReadDeadline(time.Unix(1, 0))
		}
	}
}

// pass hands what comes from src on to dst, until src ends.
func (l *Link) pass(ctx context.Context, dir Direction, src, dst io.ReadWriteCloser) {
	buf := make([]byte, readAtOnce)
	var held []byte
	for {
		n, err := src.Read(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) { // recut
			err = src.(net.Conn).SetReadDeadline(time.Time{})
		}
		rest := buf[:n]
		if l.s.opts.Gate != nil {
			held = append(held, rest...)
			if rest, held = held, nil; err == nil {
				var whole int
				if whole, err = l.frames(ctx, dir, dst, rest, false); err == nil {
					held = append(held, rest[whole:]...)
					continue
				}
			} else if _, ferr := l.frames(ctx, dir, dst, rest, true); ferr != nil {
				err = ferr
			}
		} else if n > 0 {
			if werr := l.forward(dir, dst, rest, ""); werr != nil {
				err = werr
			}
		}
		var lost *lostError
		switch {
		case err == nil:
			continue
		case errors.Is(err, io.EOF):
			l.half(dir)
			if c, ok := dst.(interface{ CloseWrite() error }); ok {
				_ = c.CloseWrite()
			}
			if l.Ended(dir.back()) {
				_ = l.Close()
			}
		case errors.As(err, &lost):
			if l.Open() {
				l.s.trouble(l, err)
				l.broken(dir.back(), lost.err)
			}
		case l.Open():
			l.broken(dir, err)
		}
		return
	}
}

// lostError is bytes that came and could not be passed on.
type lostError struct {
	n   int
	err error
}

// byteCount says "1 byte", "2 bytes".
func byteCount(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}

func (e *lostError) Error() string {
	return fmt.Sprintf("%s could not be passed on: %v", byteCount(e.n), plain(e.err))
}

// forward records b and writes it to dst.
func (l *Link) forward(dir Direction, dst io.Writer, b []byte, comment string) error {
	l.passed(dir, b, comment)
	if n, err := dst.Write(b); err != nil {
		return &lostError{len(b) - n, err}
	}
	return nil
}

// frames passes the whole frames of b on, as the gate wants them, and returns how many bytes of b they are.
func (l *Link) frames(ctx context.Context, dir Direction, dst io.Writer, b []byte, end bool) (done int, err error) {
	for done < len(b) {
		n := len(b) - done
		if cut := l.s.opts.Cut; cut != nil {
			k := cut(dir, b[done:], end)
			if k <= 0 && !end && n < maxFrame {
				return done, nil
			}
			if k > 0 {
				n = min(n, k)
			}
		}
		frame := b[done : done+n]
		done += n
		as, verdict := l.s.opts.Gate.Frame(ctx, l, dir, frame)
		switch verdict {
		case Pass:
			err = l.forward(dir, dst, frame, "")
		case Change:
			err = l.forward(dir, dst, as, "changed on its way; it was "+hexOf(frame))
		case Drop:
			l.withheld(dir, frame, "dropped: "+hexOf(frame))
		}
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// hexOf is b for a comment in a capture, whose length has an end.
func hexOf(b []byte) string {
	const most = 16 << 10
	if len(b) > most {
		return fmt.Sprintf("%x… (%d bytes)", b[:most], len(b))
	}
	return fmt.Sprintf("%x", b)
}

// plain takes the operation and the addresses out of an error of package net.
func plain(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	var sys *os.SyscallError
	if errors.As(err, &sys) {
		err = sys.Err
	}
	return err
}
