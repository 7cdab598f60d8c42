//go:build linux

package main

import (
	"fmt"
	"time"

	"hexlay/bench/internal/report"
	"hexlay/bench/internal/terminal"
)

// A key is sent; its frame has ended when nothing was written for this long.
const frameQuiet = 50 * time.Millisecond

// figures is what playing one key many times gave; times are in nanoseconds.
type figures struct {
	p50, p99 float64 // from the write of a key to the last byte of its frame
	bytes    float64 // the median of a frame
	cpu      float64 // a key
	lag      float64 // of keys sent without waiting: from the write of the last one to the last byte
	fault    string  // why the figures are worthless
}

// session is a program on a terminal that keys are played to.
type session struct{ *terminal.Session }

func begin(env []string, args ...string) (session, error) {
	s, err := terminal.Begin(*rows, *cols, env, args...)
	return session{s}, err
}

func (s session) key(name string) []byte {
	switch name {
	case "PgDn":
		return []byte("\x1b[6~")
	case "PgUp":
		return []byte("\x1b[5~")
	case "Up", "Down":
		final := map[string]string{"Up": "A", "Down": "B"}[name]
		if s.AppKeys {
			return []byte("\x1bO" + final)
		}
		return []byte("\x1b[" + final)
	}
	panic("no such key: " + name)
}

// step sends n keys, the named ones again and again; it waits for the end of each one's frame before it sends the next.
func (s session) step(n int, names ...string) (f figures) {
	var took, size []float64
	before := terminal.CPU(s.Cmd.Process.Pid)
	for i := range n {
		first := len(s.Chunks)
		key := s.key(names[i%len(names)])
		start := time.Now()
		s.Send(key)
		last, ok := s.Settle(frameQuiet, time.Second)
		if !ok {
			f.fault = "a key painted nothing"
			continue
		}
		took = append(took, float64(last.Sub(start)))
		sum := 0
		for _, c := range s.Chunks[first:] {
			sum += len(c.B)
		}
		size = append(size, float64(sum))
	}
	f.cpu = float64(terminal.CPU(s.Cmd.Process.Pid)-before) / float64(n)
	f.p50, f.p99, f.bytes = report.Median(took), report.Quantile(took, 0.99), report.Median(size)
	return f
}

// burst sends a key n times at once.
func (s session) burst(name string, n int) (f figures) {
	var keys []byte
	for range n {
		keys = append(keys, s.key(name)...)
	}
	before, first := terminal.CPU(s.Cmd.Process.Pid), len(s.Chunks)
	s.Send(keys)
	f.finish(s, time.Now(), n, first, before)
	return f
}

// rate sends a key n times, hz a second, whether or not the program keeps up.
func (s session) rate(name string, n, hz int) (f figures) {
	before, first := terminal.CPU(s.Cmd.Process.Pid), len(s.Chunks)
	start := time.Now()
	for i := range n {
		s.PumpUntil(start.Add(time.Duration(i) * time.Second / time.Duration(hz)))
		s.Send(s.key(name))
	}
	f.finish(s, time.Now(), n, first, before)
	return f
}

func (f *figures) finish(s session, sent time.Time, n, first int, before time.Duration) {
	if last, ok := s.Settle(300*time.Millisecond, time.Second); ok {
		f.lag = float64(last.Sub(sent))
	} else if len(s.Chunks) == first {
		f.fault = "the keys painted nothing"
	}
	f.cpu = float64(terminal.CPU(s.Cmd.Process.Pid)-before) / float64(n)
	sum := 0
	for _, c := range s.Chunks[first:] {
		sum += len(c.B)
	}
	f.bytes = float64(sum) / float64(n)
}

// played is a program's figures for all that is measured with keys.
type played struct {
	idle              float64 // processor time in a second without a key
	page, burst, held figures
	cursor            figures // moving the cursor by a row
	scroll            figures // moving it below the last row, so that all rows move up
}

// play measures one running program. Every page must have been turned: the addresses say so.
func (s session) play(steps, burst, held, hz int) (p played, err error) {
	turn := func(n int, f *figures, send func() figures) error {
		from, err := s.Top()
		if err != nil {
			return err
		}
		s.step(1, "PgDn")
		one, err := s.Top()
		if err != nil {
			return err
		}
		*f = send()
		to, err := s.Top()
		if err != nil {
			return err
		}
		if want := one + int64(n)*(one-from); to != want && f.fault == "" {
			f.fault = fmt.Sprintf("the top row is %#x, not %#x", to, want)
		}
		return nil
	}
	const rest = 2 // seconds
	before := terminal.CPU(s.Cmd.Process.Pid)
	s.PumpUntil(time.Now().Add(rest * time.Second))
	p.idle = float64(terminal.CPU(s.Cmd.Process.Pid)-before) / rest
	s.step(5, "PgDn") // warm up; the first page may be another distance
	if err := turn(steps, &p.page, func() figures { return s.step(steps, "PgDn") }); err != nil {
		return p, err
	}
	if err := turn(burst, &p.burst, func() figures { return s.burst("PgDn", burst) }); err != nil {
		return p, err
	}
	if err := turn(held, &p.held, func() figures { return s.rate("PgDn", held, hz) }); err != nil {
		return p, err
	}
	// Turning pages leaves the cursor in the row where it began, the first one.
	p.cursor = s.step(steps, "Down", "Up")
	s.step(*rows, "Down")
	p.scroll = s.step(steps, "Down")
	return p, nil
}
