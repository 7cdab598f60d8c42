package wire

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hexlay/lifeline"
)

// Gate decides about the frames that pass a proxy.
type Gate interface {
	// Frame says what happens to a frame; as is what goes on in its place for Change. It may wait for a person, and
	// holds up only its direction of its link meanwhile; it returns when ctx ends.
	Frame(ctx context.Context, l *Link, dir Direction, frame []byte) (as []byte, v Verdict)
}

// Verdict is what happens to a frame.
type Verdict int

// What can happen to a frame.
const (
	Pass Verdict = iota
	Change
	Drop
)

// Options are of a session.
type Options struct {
	Recorder *Recorder   // nil: nothing is recorded
	Observe  func(Event) // nil, or told everything, for each link in order; it holds the link up while it runs
	Gate     Gate        // of a proxy; nil: all passes as it comes
	// Cut says how many bytes the first frame of b has: 0 when more bytes are needed to tell, which end says will not
	// come. Nil: what is read at once is a frame.
	Cut func(dir Direction, b []byte, end bool) int
	// KeepHalf leaves a link open for sending after the other side has ended.
	KeepHalf bool
	MaxLinks int // links open at once; 0: DefaultLinks
}

// DefaultLinks is how many links a session holds open when nothing else is said.
const DefaultLinks = 10_000

// Session is links of one origin: a listening socket, one connection, a proxy.
type Session struct {
	Name      string // for the screen: "listening on 127.0.0.1:5555"
	Interface string // the network interface whose packets are captured; "": there are links
	opts      Options

	ctx      context.Context
	cancel   context.CancelFunc
	all      sync.WaitGroup
	listener io.Closer
	addr     net.Addr
	packets  *net.UDPConn // a listening UDP socket

	unrecorded atomic.Bool // it was told that the recording failed

	mu     sync.Mutex
	open   map[int]*Link
	count  int
	ended  chan struct{}
	closed bool
	err    error // why it ended by itself
}

func newSession(ctx context.Context, opts Options, link func(*Recorder) error) (*Session, error) {
	if opts.MaxLinks <= 0 {
		opts.MaxLinks = DefaultLinks
	}
	if opts.Recorder != nil {
		if err := link(opts.Recorder); err != nil {
			return nil, err
		}
	}
	s := &Session{opts: opts, open: make(map[int]*Link), ended: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(ctx)
	return s, nil
}

func rawHead(r *Recorder) error  { return r.start(linkRaw) }
func userHead(r *Recorder) error { return r.start(linkUser) }

// run closes Ended when all goroutines have ended, and the session when its context does.
func (s *Session) run() {
	lifeline.Go("a session's end", func() {
		<-s.ctx.Done()
		_ = s.Close()
	})
	lifeline.Go("a session", func() {
		s.all.Wait()
		s.cancel()
		close(s.ended)
	})
}

// Ended is closed when nothing can pass any more.
func (s *Session) Ended() <-chan struct{} { return s.ended }

// Err is why the session ended by itself; nil for a proper end.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Addr is where the session listens; "" when it does not.
func (s *Session) Addr() string {
	if s.addr == nil {
		return ""
	}
	return s.addr.String()
}

// Links are the links that are open, in the order in which they were opened.
func (s *Session) Links() []*Link {
	s.mu.Lock()
	defer s.mu.Unlock()
	links := make([]*Link, 0, len(s.open))
	for _, l := range s.open {
		links = append(links, l)
	}
	slices.SortFunc(links, func(a, b *Link) int { return cmp.Compare(a.ID, b.ID) })
	return links
}

// Count is how many links were opened, those that are closed included.
func (s *Session) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// Link finds an open link by its number; nil when there is none.
func (s *Session) Link(id int) *Link {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[id]
}

// Recut asks Options.Cut of a proxy again about bytes that wait for the rest of their frame: its answer may be another one now.
func (s *Session) Recut() {
	for _, l := range s.Links() {
		if l.other != nil {
			l.recut()
		}
	}
}

// Close ends the session and its links. It does not wait; Ended tells.
func (s *Session) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	var err error
	if s.listener != nil {
		err = s.listener.Close()
	}
	for _, l := range s.Links() {
		_ = l.Close()
	}
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// tell passes on what happened, and first, once, that it is not recorded.
func (s *Session) tell(e Event) {
	if s.opts.Observe == nil {
		return
	}
	if r := s.opts.Recorder; r != nil {
		if err := r.Err(); err != nil && s.unrecorded.CompareAndSwap(false, true) {
			s.opts.Observe(Event{Time: e.Time, Kind: Trouble, Err: err})
		}
	}
	s.opts.Observe(e)
}

func (s *Session) trouble(l *Link, err error) {
	s.tell(Event{Time: time.Now(), Link: l, Kind: Trouble, Err: err})
}

// adopt numbers a new link, records its beginning and tells of it. It reports false when the session is at its end.
func (s *Session) adopt(l *Link, a, b netip.AddrPort) bool {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return false
	}
	s.count++
	l.s, l.ID, l.Opened = s, s.count, time.Now()
	s.open[l.ID] = l
	s.mu.Unlock()
	l.last.Store(l.Opened.UnixNano())
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.A == "" {
		l.A, l.B = a.String(), b.String()
	}
	l.conv = newConversation(s.opts.Recorder, l.Net == "udp", a, b, l.mine)
	l.conv.raw = l.Net == "serial"
	l.conv.open(l.Opened)
	s.tell(Event{Time: l.Opened, Link: l, Kind: Opened})
	return true
}

func (s *Session) forget(l *Link) {
	s.mu.Lock()
	delete(s.open, l.ID)
	s.mu.Unlock()
}

// full tells whether no more links may be opened.
func (s *Session) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open) >= s.opts.MaxLinks
}

// ListenAddr completes an address to listen on: a port alone, or without a host, is on the loopback interface; "*" as the host
// stands for all interfaces.
func ListenAddr(addr string) (string, error) {
	if _, err := strconv.ParseUint(addr, 10, 16); err == nil {
		addr = ":" + addr
	}
	host, port, err := splitAddr(addr)
	if err != nil {
		return "", err
	}
	switch host {
	case "":
		host = "127.0.0.1"
	case "*":
		host = ""
	}
	return net.JoinHostPort(host, port), nil
}

// DialAddr completes an address to call: a port alone is one of this machine.
func DialAddr(addr string) (string, error) {
	if _, err := strconv.ParseUint(addr, 10, 16); err == nil {
		addr = ":" + addr
	}
	host, port, err := splitAddr(addr)
	if err != nil {
		return "", err
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

func splitAddr(addr string) (host, port string, err error) {
	host, port, err = net.SplitHostPort(addr)
	if err != nil {
		return "", "", fmt.Errorf("%q is no address; HOST:PORT or a PORT is expected, such as 127.0.0.1:5555 or [::1]:5555", addr)
	}
	if strings.ContainsAny(host, "/ ") || port == "" {
		return "", "", fmt.Errorf("%q is no address; HOST:PORT or a PORT is expected", addr)
	}
	return host, port, nil
}

// Listen accepts connections ("tcp") or datagrams ("udp") on addr; see ListenAddr. The session ends when it is closed or ctx
// ends.
func Listen(ctx context.Context, network, addr string, opts Options) (*Session, error) {
	addr, err := ListenAddr(addr)
	if err != nil {
		return nil, err
	}
	s, err := newSession(ctx, opts, rawHead)
	if err != nil {
		return nil, err
	}
	if network == "udp" {
		return s.listenUDP(addr)
	}
	return s.accept(addr, "listening on", func(c *net.TCPConn) {
		l := &Link{Net: "tcp", mine: BToA, conn: c}
		if s.adopt(l, ends(c.RemoteAddr()), ends(c.LocalAddr())) {
			l.receive()
		} else {
			_ = c.Close()
		}
	})
}

// accept listens and starts a goroutine for each connection.
func (s *Session) accept(addr, what string, serve func(c *net.TCPConn)) (*Session, error) {
	var config net.ListenConfig
	ln, err := config.Listen(s.ctx, "tcp", addr)
	if err != nil {
		s.cancel()
		return nil, fmt.Errorf("cannot listen on %s: %w", addr, plain(err))
	}
	s.listener, s.addr = ln, ln.Addr()
	s.Name = what + " " + s.Addr()
	lifeline.Join(&s.all, "accepting connections", func() {
		wait := time.Duration(0)
		for {
			c, err := ln.Accept()
			if err != nil {
				if s.ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
					return
				}
				// Too many open files, a connection that was gone already: it may go on later.
				s.trouble(nil, fmt.Errorf("a connection could not be accepted: %w", plain(err)))
				wait = min(max(2*wait, 5*time.Millisecond), time.Second)
				select {
				case <-time.After(wait):
				case <-s.ctx.Done():
				}
				continue
			}
			wait = 0
			if s.full() {
				s.trouble(nil, fmt.Errorf("a connection from %s was refused: %d are open already", c.RemoteAddr(), s.opts.MaxLinks))
				_ = c.Close()
				continue
			}
			lifeline.Join(&s.all, "a connection", func() { serve(c.(*net.TCPConn)) })
		}
	})
	s.run()
	return s, nil
}

func (s *Session) listenUDP(addr string) (*Session, error) {
	var config net.ListenConfig
	pc, err := config.ListenPacket(s.ctx, "udp", addr)
	if err != nil {
		s.cancel()
		return nil, fmt.Errorf("cannot listen on %s: %w", addr, plain(err))
	}
	s.packets = pc.(*net.UDPConn)
	s.listener, s.addr = pc, pc.LocalAddr()
	s.Name = "listening on udp " + s.Addr()
	lifeline.Join(&s.all, "receiving datagrams", func() {
		local := ends(pc.LocalAddr())
		peers := make(map[netip.AddrPort]*Link)
		buf := make([]byte, 1<<16)
		for {
			n, from, err := s.packets.ReadFromUDPAddrPort(buf)
			if err != nil {
				if s.ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
					return
				}
				s.trouble(nil, fmt.Errorf("a datagram could not be received: %w", plain(err)))
				continue
			}
			from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
			l := peers[from]
			if l == nil || !l.Open() {
				if s.full() {
					s.trouble(nil, fmt.Errorf("a datagram of %d bytes from %s was refused: there are %d peers already", n, from, s.opts.MaxLinks))
					continue
				}
				l = &Link{Net: "udp", mine: BToA, peer: from}
				if !s.adopt(l, from, local) {
					return
				}
				peers[from] = l
			}
			l.passed(AToB, buf[:n], "")
		}
	})
	s.run()
	return s, nil
}

// Connect calls addr by "tcp" or "udp". The session ends when the connection does.
func Connect(ctx context.Context, network, addr string, opts Options) (*Session, error) {
	addr, err := DialAddr(addr)
	if err != nil {
		return nil, err
	}
	s, err := newSession(ctx, opts, rawHead)
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	c, err := d.DialContext(s.ctx, network, addr)
	if err != nil {
		s.cancel()
		return nil, fmt.Errorf("cannot connect to %s: %w", addr, plain(err))
	}
	s.Name = "connected to " + c.RemoteAddr().String()
	l := &Link{Net: network, mine: AToB, conn: c}
	s.adopt(l, ends(c.LocalAddr()), ends(c.RemoteAddr()))
	lifeline.Join(&s.all, "a connection", l.receive)
	s.run()
	return s, nil
}

// Proxy accepts TCP connections on listen, connects each to target, and passes bytes on both ways.
func Proxy(ctx context.Context, listen, target string, opts Options) (*Session, error) {
	listen, err := ListenAddr(listen)
	if err != nil {
		return nil, err
	}
	if target, err = DialAddr(target); err != nil {
		return nil, err
	}
	s, err := newSession(ctx, opts, rawHead)
	if err != nil {
		return nil, err
	}
	return s.accept(listen, "proxy to "+target+" on", func(c *net.TCPConn) {
		var d net.Dialer
		t, err := d.DialContext(s.ctx, "tcp", target)
		if err != nil {
			s.trouble(nil, fmt.Errorf("%s was not served: cannot connect to %s: %w", c.RemoteAddr(), target, plain(err)))
			_ = c.SetLinger(0)
			_ = c.Close()
			return
		}
		l := &Link{Net: "tcp", mine: AToB, conn: c, other: t.(io.ReadWriteCloser)}
		if !s.adopt(l, ends(c.RemoteAddr()), ends(t.RemoteAddr())) {
			_ = c.Close()
			_ = t.Close()
			return
		}
		var both sync.WaitGroup
		lifeline.Join(&both, "a connection", func() { l.pass(s.ctx, BToA, t, c) })
		l.pass(s.ctx, AToB, c, t)
		both.Wait()
		_ = l.Close()
	})
}

// ends is the address of one end of a connection.
func ends(a net.Addr) netip.AddrPort {
	var p netip.AddrPort
	switch a := a.(type) {
	case *net.TCPAddr:
		p = a.AddrPort()
	case *net.UDPAddr:
		p = a.AddrPort()
	}
	return netip.AddrPortFrom(p.Addr().Unmap().WithZone(""), p.Port())
}
