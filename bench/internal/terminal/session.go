//go:build linux

// Package terminal runs programs on a pseudo-terminal, as people see them: it answers their queries as xterm would, and keeps
// what they wrote with the time of each piece.
package terminal

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

// A Session is a full-screen program on a pseudo-terminal, and everything it wrote. One goroutine does it all: it polls the
// terminal while it waits, so that the time of a read is not that of another goroutine's turn.
type Session struct {
	rows, cols int
	Cmd        *exec.Cmd
	tty        *os.File
	fd         int
	Began      time.Time
	Chunks     []Chunk
	rest       []byte // an unfinished control sequence
	AppKeys    bool   // the program asked for application cursor keys
	Alive      bool
	seen       *Screen
	fed        int // chunks that seen has taken
}

// A Chunk is what one read gave.
type Chunk struct {
	At time.Time
	B  []byte
}

// Begin starts a program; Began is the moment before the fork.
func Begin(rows, cols int, env []string, args ...string) (*Session, error) {
	s := &Session{rows: rows, cols: cols, Alive: true, seen: newScreen(rows, cols)}
	s.Cmd = exec.Command(args[0], args[1:]...)
	s.Cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "LC_ALL=C.UTF-8")
	s.Cmd.Env = append(s.Cmd.Env, env...)
	s.Began = time.Now()
	var err error
	s.tty, err = pty.StartWithSize(s.Cmd, &pty.Winsize{Rows: uint16(rows), Cols: uint16(cols), X: uint16(cols * 8), Y: uint16(rows * 16)})
	if err != nil {
		s.seen.close()
		return nil, fmt.Errorf("%s on a pseudo-terminal: %w", args[0], err)
	}
	s.fd = int(s.tty.Fd())
	return s, unix.SetNonblock(s.fd, true)
}

// Pump reads what the program wrote, waiting for at most wait. It answers queries, and returns false when nothing came.
func (s *Session) Pump(wait time.Duration) bool {
	if !s.Alive {
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
		s.Alive = false
		return false
	}
	s.Chunks = append(s.Chunks, Chunk{at, b[:n:n]})
	var found []sequence
	found, s.rest = sequences(append(s.rest, b[:n]...))
	for _, q := range found {
		switch q.body {
		case "?1h":
			s.AppKeys = true
		case "?1l":
			s.AppKeys = false
		}
		if a := s.answer(q); a != "" {
			s.Send([]byte(a))
		}
	}
	return true
}

// Send writes to the program, and reads while it does not take it.
func (s *Session) Send(b []byte) {
	for len(b) > 0 && s.Alive {
		n, err := unix.Write(s.fd, b)
		switch {
		case err == nil:
			b = b[n:]
		case errors.Is(err, unix.EAGAIN):
			s.Pump(time.Millisecond)
		case !errors.Is(err, unix.EINTR):
			s.Alive = false
		}
	}
}

// Settle reads until nothing came for quiet, having waited up to first for anything, and for at most 20 s. It returns the
// time of the last output, or false when there was none.
func (s *Session) Settle(quiet, first time.Duration) (last time.Time, ok bool) {
	start := time.Now()
	due := start.Add(first)
	for s.Alive && time.Since(start) < 20*time.Second {
		wait := time.Until(due)
		if wait <= 0 {
			break
		}
		if s.Pump(wait) {
			last, ok = s.Chunks[len(s.Chunks)-1].At, true
			due = last.Add(quiet)
		}
	}
	return last, ok
}

// PumpUntil reads until t.
func (s *Session) PumpUntil(t time.Time) {
	for s.Alive && time.Now().Before(t) {
		s.Pump(time.Until(t))
	}
}

// oneGo is how close behind each other pieces of one output come.
const oneGo = 500 * time.Microsecond

// Until reads until the screen is as wanted, for at most 2 s, and gives the time of the output that made it so. A frame comes in pieces
// of 4 KiB, and the program waits with the next one until somebody reads: so what comes in one go is read before it is looked at,
// as a terminal does, and not the looking is measured.
func (s *Session) Until(is func() bool) (at time.Time, ok bool) {
	for due := time.Now().Add(2 * time.Second); s.Alive && time.Now().Before(due); {
		if !s.Pump(time.Until(due)) {
			continue
		}
		for time.Now().Before(due) && s.Pump(oneGo) {
		}
		if is() {
			return s.Chunks[len(s.Chunks)-1].At, true
		}
	}
	return at, false
}

// Shows tells whether a text stands on the screen.
func (s *Session) Shows(text string) bool {
	for _, line := range s.Screen().Lines() {
		if strings.Contains(line, text) {
			return true
		}
	}
	return false
}

// Screen is what the terminal shows by now.
func (s *Session) Screen() *Screen {
	for ; s.fed < len(s.Chunks); s.fed++ {
		s.seen.write(s.Chunks[s.fed].B)
	}
	return s.seen
}

func (s *Session) cursor() (x, y int) {
	p := s.Screen().em.CursorPosition()
	return p.X, p.Y
}

// Full is the time from the start to the moment the screen first held 90 % of the cells that are not blank now.
func (s *Session) Full() time.Duration {
	want := float64(s.Screen().filled()) * 0.9
	again := newScreen(s.rows, s.cols)
	defer again.close()
	for _, c := range s.Chunks {
		again.write(c.B)
		if float64(again.filled()) >= want {
			return c.At.Sub(s.Began)
		}
	}
	return 0
}

var address = regexp.MustCompile(`^[\s│|]*([0-9A-Fa-f_']{6,16})[\s:│|]`)

// Top is the address in the first row that begins with one.
func (s *Session) Top() (int64, error) {
	for _, line := range s.Screen().Lines() {
		if m := address.FindStringSubmatch(line); m != nil {
			return strconv.ParseInt(strings.NewReplacer("_", "", "'", "").Replace(m[1]), 16, 64)
		}
	}
	return 0, errors.New("no row begins with an address")
}

// End stops the program: politely, then not.
func (s *Session) End() {
	gone := make(chan struct{})
	go func() {
		_ = s.Cmd.Wait()
		close(gone)
	}()
	for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGKILL} {
		_ = s.Cmd.Process.Signal(sig)
		for limit := time.Now().Add(time.Second); time.Now().Before(limit); {
			select {
			case <-gone:
				s.tty.Close()
				s.seen.close()
				return
			default:
			}
			if !s.Pump(5 * time.Millisecond) {
				time.Sleep(time.Millisecond)
			}
		}
	}
}
