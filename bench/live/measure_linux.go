package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"hexlay/bench/internal/report"
)

// mostMemory is how much of its own the proxy may have, whatever passes.
const mostMemory = 150e6

func measure(t *report.Table, dir string) error {
	hexlay, err := report.Build(dir)
	if err != nil {
		return err
	}
	t.Section("a flood of %s each way at once, recorded", report.Bytes(float64(*size)))
	f, err := newFlood(*size)
	if err != nil {
		return err
	}
	defer f.server.Close()
	plain, err := plainProxy(f.server.Addr().String())
	if err != nil {
		return err
	}
	took, err := f.run(plain.Addr().String())
	plain.Close()
	if err != nil {
		return fmt.Errorf("the plain proxy: %w", err)
	}
	peer := 2 * float64(*size) / took.Seconds()
	for _, screen := range []bool{false, true} {
		if err := flooded(t, dir, hexlay, f, screen, peer); err != nil {
			return err
		}
	}
	t.Section("single connections, without a screen")
	return behaviour(t, dir, hexlay)
}

func why(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// flooded passes the flood through hexlay.
func flooded(t *report.Table, dir, hexlay string, f *flood, screen bool, peer float64) error {
	p, err := start(dir, hexlay, f.server.Addr().String(), screen)
	if err != nil {
		return err
	}
	defer p.remove()
	with := map[bool]string{false: "without a screen", true: "with the screen"}[screen]
	var took time.Duration
	passed := make(chan error, 1)
	go func() {
		var err error
		took, err = f.run(p.addr)
		passed <- err
	}()
	var keys keyTimes
	if screen {
		keys, err = p.press(passed)
	} else {
		err = <-passed
	}
	p.stop()
	t.Add(report.Line{Figure: with + ": bytes both ways, identical", Got: 2 * float64(f.n) / took.Seconds(), Unit: report.BytesPerSecond,
		Peer: "io.Copy, which records nothing", PeerGot: peer, Least: 1, Failed: why(err)})
	t.Add(report.Line{Figure: with + ": most memory of its own", Got: float64(p.peak.Load()), Unit: report.Bytes, Most: mostMemory})
	var n int64
	a, err := p.recorded(0, "a")
	err = same("the recording of a", a, f.fromClient, err)
	n += a.n
	if err == nil {
		var b sum
		b, err = p.recorded(0, "b")
		err = same("the recording of b", b, f.fromServer, err)
		n += b.n
	}
	t.Add(report.Line{Figure: with + ": recorded bytes, identical", Got: float64(n), Unit: report.Bytes, Least: 2 * float64(f.n), Failed: why(err)})
	if screen {
		for _, k := range []struct {
			name  string
			times []time.Duration
		}{{"a typed letter", keys.typed}, {"PgDn", keys.page}} {
			l := report.Line{Figure: "key to paint during the flood, " + k.name + ", p99", Got: report.Quantile(k.times, 0.99), Unit: report.Nanoseconds, Most: 200e6,
				MeasuredSuffix: fmt.Sprintf("(median %s of %d)", report.Nanoseconds(report.Median(k.times)), len(k.times)), Failed: keys.failed}
			if len(k.times) == 0 && l.Failed == "" {
				l.Failed = "the flood was over before a key was pressed"
			}
			t.Add(l)
		}
	}
	return nil
}

// keyTimes are the times from a key to its effect on the screen.
type keyTimes struct {
	typed, page []time.Duration
	failed      string
}

// press presses keys until the flood has passed: letters of a command that is given up, and PgDn after going to the beginning.
func (p *proxy) press(passed <-chan error) (k keyTimes, err error) {
	s := p.screen
	key := func(b string, is func() bool) time.Duration {
		begun := time.Now()
		s.Send([]byte(b))
		at, ok := s.Until(is)
		if !ok {
			k.failed = fmt.Sprintf("the key %q did nothing within 2 s", b)
			return 2 * time.Second
		}
		return at.Sub(begun)
	}
	for {
		select {
		case err = <-passed:
			return k, err
		default:
		}
		if !s.Alive {
			k.failed = "the editor has ended"
			return k, <-passed
		}
		typed := ":"
		key(":", func() bool { return s.Shows(typed) })
		for _, c := range "goto" {
			typed += string(c)
			k.typed = append(k.typed, key(string(c), func() bool { return s.Shows(typed) }))
		}
		key(" 0\r", func() bool { return p.top() == 0 })
		for range 5 {
			before := p.top()
			k.page = append(k.page, key("\x1b[6~", func() bool { return p.top() > before }))
		}
	}
}

// behaviour measures what is not about a flood, each with a proxy of its own.
func behaviour(t *report.Table, dir, hexlay string) error {
	for _, b := range []struct {
		figure  string
		measure func(dir, hexlay string) (report.Line, error)
	}{
		{fmt.Sprintf("%d connections at once, echoed and recorded", *links), manyLinks},
		{"a fast connection beside a reader of 64 KiB/s", slowReader},
		{"100,000 bytes one at a time, identical and recorded", drip},
		{"half-close: what comes after it arrives", halfClose},
		{"reset: the other side gets one, after all bytes", broken},
	} {
		l, err := b.measure(dir, hexlay)
		l.Figure, l.Failed = b.figure, why(err)
		if l.Unit == nil {
			l.Unit = report.Bytes
		}
		t.Add(l)
	}
	return nil
}

// through serves, starts hexlay before the server, runs client, stops hexlay and then looks at what was recorded.
func through(dir, hexlay string, server func(*net.TCPConn), client func(p *proxy) error, after func(p *proxy) error) error {
	l, err := serve(server)
	if err != nil {
		return err
	}
	defer l.Close()
	p, err := start(dir, hexlay, l.Addr().String(), false)
	if err != nil {
		return err
	}
	defer p.remove()
	err = client(p)
	p.stop()
	if err == nil && p.peak.Load() > mostMemory {
		err = fmt.Errorf("it had %s of its own", report.Bytes(float64(p.peak.Load())))
	}
	if err == nil {
		err = after(p)
	}
	return err
}

func echo(c *net.TCPConn) {
	_ = c.SetDeadline(time.Now().Add(most))
	_, _ = io.Copy(onlyConn{Writer: c}, onlyConn{Reader: c})
	_ = c.CloseWrite()
}

func manyLinks(dir, hexlay string) (l report.Line, err error) {
	const each = 4096
	var recorded int
	l.Least, l.Unit = float64(*links), func(x float64) string { return fmt.Sprintf("%.0f", x) }
	err = through(dir, hexlay, echo, func(p *proxy) error {
		errs := make([]error, *links)
		var open, all sync.WaitGroup
		open.Add(*links)
		for i := range *links {
			all.Go(func() {
				c, err := dial(p.addr)
				open.Done()
				open.Wait() // all are open before any sends
				if err == nil {
					defer c.Close()
					var want sum
					if want, err = sumOf(stream(uint64(i), each)); err == nil {
						var got sum
						got, err = exchange(c, stream(uint64(i), each))
						err = same(fmt.Sprintf("connection %d", i), got, want, err)
					}
				}
				errs[i] = err
			})
		}
		all.Wait()
		l.MeasuredSuffix = fmt.Sprintf("(memory %s)", report.Bytes(float64(p.peak.Load())))
		return errors.Join(errs...)
	}, func(p *proxy) (err error) {
		recorded, err = p.streams()
		return err
	})
	l.Got = float64(recorded)
	return l, err
}

// slowReader has one client that reads 64 KiB each second while another one gets what the server sends as fast as it can; the peer is
// the fast one alone.
func slowReader(dir, hexlay string) (l report.Line, err error) {
	const n = 128 << 20
	l.Unit, l.LeastOf, l.Peer = report.BytesPerSecond, 0.5, "alone"
	want, err := sumOf(stream(serverSeed, n))
	if err != nil {
		return l, err
	}
	err = through(dir, hexlay, func(c *net.TCPConn) {
		_ = c.SetDeadline(time.Now().Add(most))
		_, _ = io.CopyBuffer(onlyConn{Writer: c}, stream(serverSeed, n), make([]byte, 256<<10))
		_ = c.CloseWrite()
	}, func(p *proxy) error {
		fast := func() (float64, error) {
			c, err := dial(p.addr)
			if err != nil {
				return 0, err
			}
			defer c.Close()
			begun := time.Now()
			got, err := sumOf(onlyConn{Reader: c})
			return n / time.Since(begun).Seconds(), same("the fast one", got, want, err)
		}
		var err error
		if l.PeerGot, err = fast(); err != nil {
			return err
		}
		slow, err := dial(p.addr)
		if err != nil {
			return err
		}
		defer slow.Close()
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			b := make([]byte, 64<<10)
			for {
				if _, err := io.ReadFull(slow, b); err != nil {
					return
				}
				select {
				case <-stop:
					return
				case <-time.After(time.Second):
				}
			}
		}()
		time.Sleep(2 * time.Second) // its buffers fill
		l.Got, err = fast()
		l.MeasuredSuffix = fmt.Sprintf("(memory %s)", report.Bytes(float64(p.peak.Load())))
		close(stop)
		<-stopped
		return err
	}, func(p *proxy) error {
		s, err := p.recorded(0, "b")
		return same("the recording", s, want, err)
	})
	return l, err
}

func drip(dir, hexlay string) (l report.Line, err error) {
	const n = 100_000
	want, err := sumOf(stream(clientSeed, n))
	if err != nil {
		return l, err
	}
	l.Least = n
	err = through(dir, hexlay, echo, func(p *proxy) error {
		c, err := dial(p.addr)
		if err != nil {
			return err
		}
		defer c.Close()
		_ = c.SetNoDelay(true)
		got, err := exchange(c, oneByte{stream(clientSeed, n)})
		l.Got = float64(got.n)
		return same("the client", got, want, err)
	}, func(p *proxy) error {
		for _, side := range []string{"a", "b"} {
			s, err := p.recorded(0, side)
			if err := same("the recording of "+side, s, want, err); err != nil {
				return err
			}
		}
		return nil
	})
	return l, err
}

// oneByte reads one byte at a time.
type oneByte struct{ r io.Reader }

func (o oneByte) Read(b []byte) (int, error) { return o.r.Read(b[:min(1, len(b))]) }

// halfClose sends, ends its side, and only then the server answers.
func halfClose(dir, hexlay string) (l report.Line, err error) {
	const n = 1 << 20
	want, err := sumOf(stream(clientSeed, n))
	if err != nil {
		return l, err
	}
	answer, err := sumOf(stream(serverSeed, n))
	if err != nil {
		return l, err
	}
	l.Least = 2 * n
	received := make(chan error, 1)
	err = through(dir, hexlay, func(c *net.TCPConn) {
		_ = c.SetDeadline(time.Now().Add(most))
		got, err := sumOf(onlyConn{Reader: c})
		received <- same("the server", got, want, err)
		_, _ = io.Copy(onlyConn{Writer: c}, stream(serverSeed, n))
	}, func(p *proxy) error {
		c, err := dial(p.addr)
		if err != nil {
			return err
		}
		defer c.Close()
		got, err := exchange(c, stream(clientSeed, n))
		if err = same("the client", got, answer, err); err == nil {
			err = <-received
		}
		l.Got = float64(n + got.n)
		return err
	}, func(p *proxy) error {
		s, err := p.recorded(0, "b")
		return same("the recording", s, answer, err)
	})
	return l, err
}

// broken sends, waits until the server has it all, and breaks the connection off.
func broken(dir, hexlay string) (l report.Line, err error) {
	const n = 1 << 20
	var want bytes.Buffer
	if _, err := io.Copy(&want, stream(clientSeed, n)); err != nil {
		return l, err
	}
	l.Least = n
	all, ended := make(chan error, 1), make(chan error, 1)
	err = through(dir, hexlay, func(c *net.TCPConn) {
		_ = c.SetDeadline(time.Now().Add(most))
		b := make([]byte, n)
		_, err := io.ReadFull(c, b)
		if err == nil && !bytes.Equal(b, want.Bytes()) {
			err = errors.New("the server got other bytes")
		}
		all <- err
		_, err = c.Read(b[:1])
		ended <- err
	}, func(p *proxy) error {
		c, err := dial(p.addr)
		if err != nil {
			return err
		}
		defer c.Close()
		if _, err := c.Write(want.Bytes()); err != nil {
			return err
		}
		if err := <-all; err != nil {
			return err
		}
		l.Got = n
		reset(c)
		if err := <-ended; !isReset(err) {
			return fmt.Errorf("the server saw %v instead of a reset", err)
		}
		return nil
	}, func(p *proxy) error {
		s, err := p.recorded(0, "a")
		if err == nil && s.n != n {
			err = fmt.Errorf("%d bytes of %d are recorded", s.n, n)
		}
		return err
	})
	return l, err
}
