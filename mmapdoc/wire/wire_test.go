package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// seen is what an observer was told, by link.
type seen struct {
	mu     sync.Mutex
	bytes  map[int]*[2][]byte
	places []place
	events []string
	wake   chan struct{}
}

// place is bytes and where they are to be in the recording.
type place struct {
	at int64
	b  []byte
}

func newSeen() *seen { return &seen{bytes: make(map[int]*[2][]byte), wake: make(chan struct{}, 1)} }

func (s *seen) observe(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := 0
	if e.Link != nil {
		id = e.Link.ID
		_ = e.Link.State() // an observer may ask
	}
	switch e.Kind {
	case Data:
		if s.bytes[id] == nil {
			s.bytes[id] = new([2][]byte)
		}
		s.bytes[id][e.Dir] = append(s.bytes[id][e.Dir], e.Bytes...)
		s.places = append(s.places, place{e.At, bytes.Clone(e.Bytes)})
	case Opened:
		s.events = append(s.events, fmt.Sprintf("%d opened", id))
	case HalfEnd:
		s.events = append(s.events, fmt.Sprintf("%d end %s", id, e.Dir))
	case Closed:
		s.events = append(s.events, fmt.Sprintf("%d closed %v", id, e.Err))
	case Trouble:
		s.events = append(s.events, fmt.Sprintf("%d trouble %v", id, e.Err))
	case Withheld:
		s.events = append(s.events, fmt.Sprintf("%d withheld %d", id, len(e.Bytes)))
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// until waits until ok holds.
func (s *seen) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		s.mu.Lock()
		done := ok()
		s.mu.Unlock()
		if done {
			return
		}
		select {
		case <-s.wake:
		case <-deadline:
			s.mu.Lock()
			defer s.mu.Unlock()
			t.Fatalf("waited in vain for %s; told of %d links, last events %q", what, len(s.bytes), s.events[max(0, len(s.events)-5):])
		}
	}
}

// lockedBuffer is a capture in memory.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.b.Bytes())
}

// recorded reads a capture with another reader and gives the payload of each direction, by "src>dst", put together by
// sequence numbers; it fails on a wrong checksum.
func recorded(t *testing.T, capture []byte) (streams map[string][]byte, flags map[string]string, comments []string) {
	t.Helper()
	r, err := pcapgo.NewNgReader(bytes.NewReader(capture), pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	streams, flags = make(map[string][]byte), make(map[string]string)
	next := make(map[string]uint32)
	for {
		data, ci, opts, err := r.ReadPacketDataWithOptions()
		if err == io.EOF {
			return streams, flags, comments
		}
		if err != nil {
			t.Fatal(err)
		}
		comments = append(comments, opts.Comments...)
		iface, _ := r.Interface(ci.InterfaceIndex)
		if iface.LinkType != layers.LinkTypeRaw {
			streams["raw"] = append(streams["raw"], data...)
			continue
		}
		p := gopacket.NewPacket(data, iface.LinkType, gopacket.Default)
		if p.ErrorLayer() != nil {
			t.Fatal(p.ErrorLayer().Error())
		}
		for _, l := range p.Layers() {
			if l, ok := l.(interface {
				SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
			}); ok {
				_ = l.SetNetworkLayerForChecksum(p.NetworkLayer())
			}
		}
		if err, bad := p.VerifyChecksums(); err != nil || len(bad) > 0 {
			t.Fatalf("checksums: %v %v", err, bad)
		}
		from, to := p.NetworkLayer().NetworkFlow().Endpoints()
		if udp, ok := p.TransportLayer().(*layers.UDP); ok {
			streams["udp"] = append(streams["udp"], udp.Payload...)
			continue
		}
		tcp := p.TransportLayer().(*layers.TCP)
		key := fmt.Sprintf("%s:%d>%s:%d", from, tcp.SrcPort, to, tcp.DstPort)
		if want, ok := next[key]; ok && tcp.Seq != want {
			t.Fatalf("%s: sequence number %d, expected %d", key, tcp.Seq, want)
		}
		next[key] = tcp.Seq + uint32(len(tcp.Payload))
		for f, set := range map[string]bool{"S": tcp.SYN, "F": tcp.FIN, "R": tcp.RST} {
			if set {
				flags[key] += f
				if f != "R" {
					next[key]++
				}
			}
		}
		streams[key] = append(streams[key], tcp.Payload...)
	}
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rng := rand.NewChaCha8([32]byte{byte(n)})
	_, _ = rng.Read(b)
	return b
}

// server accepts connections and serves each.
func server(t *testing.T, serve func(c *net.TCPConn)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() { ln.Close(); all.Wait() })
	all.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				serve(c.(*net.TCPConn))
			})
		}
	})
	return ln.Addr().String()
}

// reverser reads everything and answers with it reversed, once the other side has ended.
func reverser(c *net.TCPConn) {
	b, err := io.ReadAll(c)
	if err == nil {
		slices.Reverse(b)
		_, _ = c.Write(b)
	}
}

func dial(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

func proxy(t *testing.T, target string, opts Options) (*Session, string) {
	t.Helper()
	s, err := Proxy(t.Context(), "0", target, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(); <-s.Ended() })
	return s, s.Addr()
}

// TestProxy: bytes pass unchanged, however they come, with half-closed connections; what was recorded is what passed.
func TestProxy(t *testing.T) {
	target := server(t, reverser)
	for name, send := range map[string]func(c *net.TCPConn, b []byte) error{
		"at once": func(c *net.TCPConn, b []byte) error { _, err := c.Write(b); return err },
		"drip": func(c *net.TCPConn, b []byte) error {
			for i := range b[:300] {
				if _, err := c.Write(b[i : i+1]); err != nil {
					return err
				}
			}
			_, err := c.Write(b[300:])
			return err
		},
	} {
		for _, size := range []int{300, 3 << 20} {
			t.Run(fmt.Sprintf("%s %d", name, size), func(t *testing.T) {
				var capture lockedBuffer
				saw := newSeen()
				_, addr := proxy(t, target, Options{Recorder: NewRecorder(&capture, "test"), Observe: saw.observe})
				want := randomBytes(size)
				c := dial(t, addr)
				if err := send(c, want); err != nil {
					t.Fatal(err)
				}
				if err := c.CloseWrite(); err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(c)
				if err != nil {
					t.Fatal(err)
				}
				back := slices.Clone(want)
				slices.Reverse(back)
				if !bytes.Equal(got, back) {
					t.Fatalf("%d bytes came back, %d expected, or others", len(got), len(back))
				}
				saw.until(t, "the end", func() bool { return slices.Contains(saw.events, "1 closed <nil>") })
				if b := saw.bytes[1]; !bytes.Equal(b[AToB], want) || !bytes.Equal(b[BToA], back) {
					t.Error("the observer saw other bytes")
				}
				for _, p := range saw.places {
					if !bytes.HasPrefix(capture.bytes()[p.at:], p.b) {
						t.Fatalf("%d bytes are not at %d of the recording", len(p.b), p.at)
					}
				}
				streams, flags, _ := recorded(t, capture.bytes())
				there, here := c.LocalAddr().String()+">"+target, target+">"+c.LocalAddr().String()
				if !bytes.Equal(streams[there], want) || !bytes.Equal(streams[here], back) {
					t.Error("other bytes were recorded")
				}
				if flags[there] != "SF" || flags[here] != "SF" {
					t.Errorf("recorded flags %v", flags)
				}
			})
		}
	}
}

// TestProxyReset: a connection that one side breaks off is broken off on the other.
func TestProxyReset(t *testing.T) {
	target := server(t, func(c *net.TCPConn) {
		_, _ = io.ReadFull(c, make([]byte, 4))
		_ = c.SetLinger(0)
	})
	var capture lockedBuffer
	saw := newSeen()
	_, addr := proxy(t, target, Options{Recorder: NewRecorder(&capture, "test"), Observe: saw.observe})
	c := dial(t, addr)
	if _, err := c.Write([]byte("ping")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("the reset came as %v", err)
	}
	saw.until(t, "the reset", func() bool {
		return slices.ContainsFunc(saw.events, func(e string) bool { return strings.HasPrefix(e, "1 closed") })
	})
	if e := saw.events[len(saw.events)-1]; e == "1 closed <nil>" {
		t.Error("told as a proper end")
	}
	_, flags, _ := recorded(t, capture.bytes())
	if got := flags[target+">"+c.LocalAddr().String()]; got != "SR" {
		t.Errorf("recorded flags %v", flags)
	}
}

// TestProxyTarget: a target that cannot be reached is told of, to both.
func TestProxyTarget(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target := ln.Addr().String()
	ln.Close()
	saw := newSeen()
	_, addr := proxy(t, target, Options{Observe: saw.observe})
	c, err := net.Dial("tcp", addr) // the reset may be there before Dial has returned
	if err == nil {
		defer c.Close()
		_, err = c.Read(make([]byte, 1))
	}
	if err == nil {
		t.Error("the client was told nothing")
	}
	saw.until(t, "the trouble", func() bool { return len(saw.events) > 0 })
	if e := saw.events[0]; !strings.Contains(e, "cannot connect to "+target) {
		t.Error(e)
	}
}

// byLength cuts frames that begin with their length.
func byLength(_ Direction, b []byte, _ bool) int {
	if len(b) == 0 || len(b) < 1+int(b[0]) {
		return 0
	}
	return 1 + int(b[0])
}

type gateFunc func(dir Direction, frame []byte) ([]byte, Verdict)

func (f gateFunc) Frame(_ context.Context, _ *Link, dir Direction, frame []byte) ([]byte, Verdict) {
	return f(dir, frame)
}

// TestGate: frames are cut, changed and dropped; what is not a whole frame goes on at the end.
func TestGate(t *testing.T) {
	target := server(t, reverser)
	var capture lockedBuffer
	saw := newSeen()
	var frames []string
	gate := gateFunc(func(dir Direction, frame []byte) ([]byte, Verdict) {
		if dir == BToA {
			return nil, Pass
		}
		frames = append(frames, string(frame[1:]))
		switch string(frame[1:]) {
		case "change":
			return []byte("\x03new"), Change
		case "drop":
			return nil, Drop
		}
		return nil, Pass
	})
	_, addr := proxy(t, target, Options{Recorder: NewRecorder(&capture, "test"), Observe: saw.observe, Gate: gate, Cut: byLength})
	c := dial(t, addr)
	for _, b := range []byte("\x02ok\x06change\x04drop\x00\x09par") { // a byte at a time
		if _, err := c.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	_ = c.CloseWrite()
	got, err := io.ReadAll(c)
	slices.Reverse(got)
	if want := "\x02ok\x03new\x00\x09par"; string(got) != want || err != nil {
		t.Errorf("%q arrived: %v", got, err)
	}
	if !slices.Equal(frames, []string{"ok", "change", "drop", "", "par"}) {
		t.Errorf("frames %q", frames)
	}
	saw.until(t, "the end", func() bool { return slices.Contains(saw.events, "1 closed <nil>") })
	if !slices.Contains(saw.events, "1 withheld 5") {
		t.Errorf("%q", saw.events)
	}
	streams, _, comments := recorded(t, capture.bytes())
	if string(streams[c.LocalAddr().String()+">"+target]) != "\x02ok\x03new\x00\x09par" {
		t.Error("recorded is not what was passed on")
	}
	if len(comments) != 2 || !strings.Contains(comments[0], "066368616e6765") || !strings.Contains(comments[1], "dropped: 0464726f70") {
		t.Errorf("comments %q", comments)
	}
}

// TestManyLinks: many connections at once, of which some read slowly, lose nothing.
func TestManyLinks(t *testing.T) {
	n := 200
	if os.Getenv("HEXLAY_SLOW") == "1" {
		n = 2000
	}
	target := server(t, reverser)
	saw := newSeen()
	s, addr := proxy(t, target, Options{Recorder: NewRecorder(io.Discard, "test"), Observe: saw.observe})
	var all sync.WaitGroup
	errs := make(chan error, n)
	gate := make(chan struct{}, 500) // open files have a limit
	for i := range n {
		gate <- struct{}{}
		all.Go(func() {
			defer func() { <-gate }()
			errs <- func() error {
				c, err := net.Dial("tcp", addr)
				if err != nil {
					return err
				}
				defer c.Close()
				want := randomBytes(i%5000 + 1)
				if _, err := c.Write(want); err != nil {
					return err
				}
				if err := c.(*net.TCPConn).CloseWrite(); err != nil {
					return err
				}
				if i%50 == 0 {
					time.Sleep(20 * time.Millisecond)
				}
				got, err := io.ReadAll(c)
				slices.Reverse(got)
				if err == nil && !bytes.Equal(got, want) {
					err = fmt.Errorf("link %d: %d bytes of %d", i, len(got), len(want))
				}
				return err
			}()
		})
	}
	all.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	if s.Count() != n {
		t.Errorf("%d links", s.Count())
	}
	saw.until(t, "all ends", func() bool {
		closed := 0
		for _, e := range saw.events {
			if strings.HasSuffix(e, "closed <nil>") {
				closed++
			}
		}
		return closed == n
	})
	if len(s.Links()) != 0 {
		t.Errorf("%d links are open", len(s.Links()))
	}
}

// TestListenAndConnect: two sessions talk to each other.
func TestListenAndConnect(t *testing.T) {
	for _, network := range []string{"tcp", "udp"} {
		t.Run(network, func(t *testing.T) {
			var capA, capB lockedBuffer
			sawA, sawB := newSeen(), newSeen()
			b, err := Listen(t.Context(), network, "0", Options{Recorder: NewRecorder(&capB, "b"), Observe: sawB.observe, KeepHalf: true})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(b.Addr(), "127.0.0.1:") {
				t.Errorf("listens on %s", b.Addr())
			}
			a, err := Connect(t.Context(), network, b.Addr(), Options{Recorder: NewRecorder(&capA, "a"), Observe: sawA.observe})
			if err != nil {
				t.Fatal(err)
			}
			if err := a.Link(1).Send([]byte("hello")); err != nil {
				t.Fatal(err)
			}
			sawB.until(t, "hello", func() bool { return sawB.bytes[1] != nil && string(sawB.bytes[1][AToB]) == "hello" })
			big := randomBytes(20_000)
			if err := b.Link(1).Send(big); err != nil {
				t.Fatal(err)
			}
			sawA.until(t, "the answer", func() bool { return sawA.bytes[1] != nil && bytes.Equal(sawA.bytes[1][BToA], big) })
			if network == "tcp" {
				if err := a.Link(1).End(); err != nil {
					t.Fatal(err)
				}
				sawB.until(t, "the half", func() bool { return slices.Contains(sawB.events, "1 end →") })
				if err := a.Link(1).Send([]byte("x")); err == nil {
					t.Error("sent after the end")
				}
				if err := b.Link(1).Send([]byte("bye")); err != nil {
					t.Fatal(err)
				}
				if err := b.Link(1).Close(); err != nil {
					t.Fatal(err)
				}
				<-a.Ended()
				if got := sawA.bytes[1][BToA]; !bytes.HasSuffix(got, []byte("bye")) {
					t.Error("what came after the half's end is lost")
				}
			}
			a.Close()
			b.Close()
			<-a.Ended()
			<-b.Ended()
			for _, c := range []*lockedBuffer{&capA, &capB} {
				streams, _, _ := recorded(t, c.bytes())
				total := 0
				for _, s := range streams {
					total += len(s)
				}
				if total < len(big)+len("hello") {
					t.Errorf("%d bytes recorded", total)
				}
			}
		})
	}
}

// TestAddresses: a listener is on the loopback interface unless told otherwise.
func TestAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"5555": "127.0.0.1:5555", ":5555": "127.0.0.1:5555", "*:5555": ":5555", "0.0.0.0:1": "0.0.0.0:1", "[::]:2": "[::]:2", "host:3": "host:3",
	} {
		if got, err := ListenAddr(in); got != want || err != nil {
			t.Errorf("%s: %s, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "host", "a/b:1", "1:2:3", "host:"} {
		if got, err := ListenAddr(in); err == nil {
			t.Errorf("%q gave %s", in, got)
		}
	}
}

type fullDisk struct{ room int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.room -= len(p); d.room < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(p), nil
}

// TestRecorderFails: bytes still pass when the recording cannot, and that is told.
func TestRecorderFails(t *testing.T) {
	target := server(t, reverser)
	r := NewRecorder(&fullDisk{room: 2000}, "test")
	saw := newSeen()
	_, addr := proxy(t, target, Options{Recorder: r, Observe: saw.observe})
	want := randomBytes(100_000)
	c := dial(t, addr)
	if _, err := c.Write(want); err != nil {
		t.Fatal(err)
	}
	_ = c.CloseWrite()
	got, err := io.ReadAll(c)
	slices.Reverse(got)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes: %v", len(got), err)
	}
	if err := r.Err(); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("%v", err)
	}
	saw.until(t, "the end", func() bool { return slices.Contains(saw.events, "1 closed <nil>") })
	told := func(e string) bool { return strings.Contains(e, "nothing more is recorded") }
	if i := slices.IndexFunc(saw.events, told); i < 0 || i > 2 || slices.ContainsFunc(saw.events[i+1:], told) {
		t.Errorf("it is to be told at once, and once: %q", saw.events)
	}
}

// TestLongDatagram: a datagram that cannot be sent is not recorded as one that was.
func TestLongDatagram(t *testing.T) {
	saw := newSeen()
	b, err := Listen(t.Context(), "udp", "0", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	r := NewRecorder(io.Discard, "test")
	a, err := Connect(t.Context(), "udp", b.Addr(), Options{Recorder: r, Observe: saw.observe})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.Link(1).Send(make([]byte, 65_508)); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("%v", err)
	}
	if r.Packets() != 0 {
		t.Error("it was recorded")
	}
	if err := a.Link(1).Send(make([]byte, 65_507)); err != nil || r.Packets() != 1 || r.Err() != nil {
		t.Errorf("the longest: %v, %d packets, %v", err, r.Packets(), r.Err())
	}
}

// TestMaxLinks: what is over the limit is refused and told of.
func TestMaxLinks(t *testing.T) {
	saw := newSeen()
	s, err := Listen(t.Context(), "tcp", "0", Options{MaxLinks: 1, Observe: saw.observe})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	dial(t, s.Addr())
	saw.until(t, "the first", func() bool { return slices.Contains(saw.events, "1 opened") })
	c := dial(t, s.Addr())
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the second one was taken")
	}
	saw.until(t, "the refusal", func() bool {
		return slices.ContainsFunc(saw.events, func(e string) bool { return strings.Contains(e, "was refused: 1 are open already") })
	})
}
