package main

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// most is how long any one connection may take.
const most = 5 * time.Minute

// stream is n bytes that follow from a seed.
func stream(seed uint64, n int64) io.Reader {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	return io.LimitReader(rand.NewChaCha8(key), n)
}

// sum is the digest of r, and how long r is.
type sum struct {
	digest [sha256.Size]byte
	n      int64
}

func sumOf(r io.Reader) (s sum, err error) {
	h := sha256.New()
	s.n, err = io.CopyBuffer(struct{ io.Writer }{h}, r, make([]byte, 256<<10))
	h.Sum(s.digest[:0])
	return s, err
}

// onlyConn hides what io.Copy would shorten the way with.
type onlyConn struct {
	io.Reader
	io.Writer
}

// exchange sends what out gives, says that nothing more comes, and digests what arrives.
func exchange(c *net.TCPConn, out io.Reader) (sum, error) {
	_ = c.SetDeadline(time.Now().Add(most))
	sent := make(chan error, 1)
	go func() {
		_, err := io.CopyBuffer(onlyConn{Writer: c}, out, make([]byte, 256<<10))
		sent <- errors.Join(err, c.CloseWrite())
	}()
	got, err := sumOf(onlyConn{Reader: c})
	return got, errors.Join(err, <-sent)
}

// serve listens and hands each connection to serve, in a goroutine of its own.
func serve(each func(*net.TCPConn)) (*net.TCPListener, error) {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			c, err := l.AcceptTCP()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				each(c)
			}()
		}
	}()
	return l, nil
}

func dial(addr string) (*net.TCPConn, error) {
	c, err := net.DialTimeout("tcp", addr, 30*time.Second)
	if err != nil {
		return nil, err
	}
	_ = c.SetDeadline(time.Now().Add(most))
	return c.(*net.TCPConn), nil
}

// plainProxy passes connections on with io.Copy through a buffer and does nothing else. What the kernel could do alone (splice) is left
// out, as a proxy that looks at the bytes cannot have it.
func plainProxy(target string) (*net.TCPListener, error) {
	return serve(func(c *net.TCPConn) {
		t, err := dial(target)
		if err != nil {
			return
		}
		defer t.Close()
		var both sync.WaitGroup
		for _, way := range [][2]*net.TCPConn{{c, t}, {t, c}} {
			both.Go(func() {
				_, _ = io.CopyBuffer(onlyConn{Writer: way[1]}, onlyConn{Reader: way[0]}, make([]byte, 60<<10))
				_ = way[1].CloseWrite()
			})
		}
		both.Wait()
	})
}

// Seeds of what the client and the server of the flood send.
const clientSeed, serverSeed = 1, 2

// flood sends n bytes each way at once through the proxy that via starts for a target, and returns how long that took. The bytes are
// right when err is nil.
type flood struct {
	n              int64
	fromClient     sum
	fromServer     sum
	server         *net.TCPListener
	serverReceived chan error
}

func newFlood(n int64) (f *flood, err error) {
	f = &flood{n: n, serverReceived: make(chan error, 1)}
	if f.fromClient, err = sumOf(stream(clientSeed, n)); err != nil {
		return nil, err
	}
	if f.fromServer, err = sumOf(stream(serverSeed, n)); err != nil {
		return nil, err
	}
	f.server, err = serve(func(c *net.TCPConn) {
		got, err := exchange(c, stream(serverSeed, n))
		f.serverReceived <- same("the server", got, f.fromClient, err)
	})
	return f, err
}

func same(who string, got, want sum, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("%s got %d of %d bytes: %w", who, got.n, want.n, err)
	case got.n != want.n:
		return fmt.Errorf("%s got %d bytes instead of %d", who, got.n, want.n)
	case got != want:
		return fmt.Errorf("%s got other bytes than were sent", who)
	}
	return nil
}

func (f *flood) run(addr string) (time.Duration, error) {
	c, err := dial(addr)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	start := time.Now()
	got, err := exchange(c, stream(clientSeed, f.n))
	err = same("the client", got, f.fromServer, err)
	select {
	case serr := <-f.serverReceived:
		err = errors.Join(err, serr)
	case <-time.After(most):
		err = errors.Join(err, errors.New("the server did not finish"))
	}
	return time.Since(start), err
}
