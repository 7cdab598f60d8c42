//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// session is a full-screen program on a pseudo-terminal, and everything it wrote. One goroutine does it all: it polls the
// terminal while it waits, so that the time of a read is not that of another goroutine's turn.
type session struct {
	rows, cols int
	cmd        *exec.Cmd
	tty        *os.File
	fd         int
	began      time.Time
	chunks     []chunk
	rest       []byte // an unfinished control sequence
	appKeys    bool   // the program asked for application cursor keys
	alive      bool
	seen       *screen
	fed        int // chunks that seen has taken
}

// chunk is what one read gave.
type chunk struct {
	at time.Time
	b  []byte
}

// begin starts a program; began is the moment before the fork.
func begin(rows, cols int, env []string, args ...string) (*session, error) {
	s := &session{rows: rows, cols: cols, alive: true, seen: newScreen(rows, cols)}
	s.cmd = exec.Command(args[0], args[1:]...)
	s.cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "LC_ALL=C.UTF-8")
	s.cmd.Env = append(s.cmd.Env, env...)
	s.began = time.Now()
	var err error
	s.tty, err = pty.StartWithSize(s.cmd, &pty.Winsize{Rows: uint16(rows), Cols: uint16(cols), X: uint16(cols * 8), Y: uint16(rows * 16)})
	if err != nil {
		s.seen.close()
		return nil, fmt.Errorf("%s on a pseudo-terminal: %w", args[0], err)
	}
	s.fd = int(s.tty.Fd())
	return s, unix.SetNonblock(s.fd, true)
}

// pump reads what the program wrote, waiting for at most wait. It answers queries, and returns false when nothing came.
func (s *session) pump(wait time.Duration) bool {
	if !s.alive {
		return false
	}
	ts := unix.NsecToTimespec(int64(max(wait, 0)))
	n, err := unix.Ppoll([]unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLIN}}, &ts, nil)
	if err != nil || n == 0 {
		return false
	}
	b := make([]byte, 64<<10)
	n, err = unix.Read(s.fd, b)
	at := time.Now()
	switch {
	case errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR):
		return false
	case err != nil || n <= 0: // EIO: nobody has the terminal open any more
		s.alive = false
		return false
	}
	s.chunks = append(s.chunks, chunk{at, b[:n:n]})
	var found []sequence
	found, s.rest = sequences(append(s.rest, b[:n]...))
	for _, q := range found {
		switch q.body {
		case "?1h":
			s.appKeys = true
		case "?1l":
			s.appKeys = false
		}
		if a := s.answer(q); a != "" {
			s.send([]byte(a))
		}
	}
	return true
}

// send writes to the program, and reads while it does not take it.
func (s *session) send(b []byte) {
	for len(b) > 0 && s.alive {
		n, err := unix.Write(s.fd, b)
		switch {
		case err == nil:
			b = b[n:]
		case errors.Is(err, unix.EAGAIN):
			s.pump(time.Millisecond)
		case !errors.Is(err, unix.EINTR):
			s.alive = false
		}
	}
}

// settle reads until nothing came for quiet, having waited up to first for anything, and for at most 20 s. It returns the
// time of the last output, or false when there was none.
func (s *session) settle(quiet, first time.Duration) (last time.Time, ok bool) {
	start := time.Now()
	due := start.Add(first)
	for s.alive && time.Since(start) < 20*time.Second {
		wait := time.Until(due)
		if wait <= 0 {
			break
		}
		if s.pump(wait) {
			last, ok = s.chunks[len(s.chunks)-1].at, true
			due = last.Add(quiet)
		}
	}
	return last, ok
}

// pumpUntil reads until t.
func (s *session) pumpUntil(t time.Time) {
	for s.alive && time.Now().Before(t) {
		s.pump(time.Until(t))
	}
}

// screen is what the terminal shows by now.
func (s *session) screen() *screen {
	for ; s.fed < len(s.chunks); s.fed++ {
		s.seen.write(s.chunks[s.fed].b)
	}
	return s.seen
}

func (s *session) cursor() (x, y int) {
	p := s.screen().em.CursorPosition()
	return p.X, p.Y
}

// full is the time from the start to the moment the screen first held 90 % of the cells that are not blank now.
func (s *session) full() time.Duration {
	want := float64(s.screen().filled()) * 0.9
	again := newScreen(s.rows, s.cols)
	defer again.close()
	for _, c := range s.chunks {
		again.write(c.b)
		if float64(again.filled()) >= want {
			return c.at.Sub(s.began)
		}
	}
	return 0
}

var address = regexp.MustCompile(`^[\s│|]*([0-9A-Fa-f_']{6,16})[\s:│|]`)

// top is the address in the first row that begins with one.
func (s *session) top() (int64, error) {
	for _, line := range s.screen().lines() {
		if m := address.FindStringSubmatch(line); m != nil {
			return strconv.ParseInt(strings.NewReplacer("_", "", "'", "").Replace(m[1]), 16, 64)
		}
	}
	return 0, errors.New("no row begins with an address")
}

// end stops the program: politely, then not.
func (s *session) end() {
	gone := make(chan struct{})
	go func() {
		_ = s.cmd.Wait()
		close(gone)
	}()
	for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGKILL} {
		_ = s.cmd.Process.Signal(sig)
		for limit := time.Now().Add(time.Second); time.Now().Before(limit); {
			select {
			case <-gone:
				s.tty.Close()
				s.seen.close()
				return
			default:
			}
			if !s.pump(5 * time.Millisecond) {
				time.Sleep(time.Millisecond)
			}
		}
	}
}
