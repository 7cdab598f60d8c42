//go:build linux

package main

import (
	"strings"
	"time"

	"hexlay/bench/internal/report"
)

// endless is a search that looks at every byte of a sparse file, holes too, and finds nothing: between two zeros is no
// border of a word.
const endless = `:find /\x00\b\x00/` + "\r"

// searching tells whether the status line speaks of a search that runs.
func (s *session) searching() bool {
	for _, line := range s.screen().lines() {
		if strings.Contains(line, "finding") {
			return true
		}
	}
	return false
}

// until reads until the screen is as wanted, for at most 2 s, and gives the time of the output that made it so.
func (s *session) until(is func() bool) (at time.Time, ok bool) {
	for due := time.Now().Add(2 * time.Second); s.alive && time.Now().Before(due); {
		if s.pump(time.Until(due)) && is() {
			return s.chunks[len(s.chunks)-1].at, true
		}
	}
	return at, false
}

// searchLines measures keys while a search keeps all cores busy. The status line changes all the while, so a key's time ends
// with the output that shows the next page, not with quiet.
func searchLines(t *report.Table, env []string, hexlay, file string) error {
	s, err := begin(*rows, *cols, env, hexlay, file)
	if err != nil {
		return err
	}
	defer s.end()
	s.settle(300*time.Millisecond, 10*time.Second)
	s.send([]byte(endless))
	fault := ""
	if _, ok := s.until(s.searching); !ok {
		fault = "the search did not begin"
	}
	anonBefore, _ := memory(s.cmd.Process.Pid)
	s.pumpUntil(time.Now().Add(time.Second))
	var took []float64
	for range *steps {
		from, err := s.top()
		if err != nil {
			return err
		}
		start := time.Now()
		s.send(s.key("PgDn"))
		at, ok := s.until(func() bool { to, err := s.top(); return err == nil && to != from })
		if !ok {
			fault = "a key painted no other page"
			break
		}
		took = append(took, float64(at.Sub(start)))
		s.pumpUntil(time.Now().Add(20 * time.Millisecond))
	}
	if fault == "" && !s.searching() {
		fault = "the search ended before the keys did"
	}
	anon, all := memory(s.cmd.Process.Pid)
	start := time.Now()
	s.send([]byte("\x1b"))
	at, ok := s.until(func() bool { return !s.searching() })
	if !ok && fault == "" {
		fault = "Esc did not end the search"
	}
	if len(took) == 0 {
		took = []float64{0}
	}
	ms := float64(time.Millisecond)
	t.Add(report.Line{Figure: "PgDn while a search runs, median", Got: report.Median(took), Unit: report.Nanoseconds, Failed: fault})
	t.Add(report.Line{Figure: "PgDn while a search runs, 99th percentile", Got: report.Quantile(took, 0.99), Unit: report.Nanoseconds, Most: 20 * ms, Failed: fault})
	t.Add(report.Line{Figure: "Esc to the end of the search", Got: float64(at.Sub(start)), Unit: report.Nanoseconds, Failed: fault})
	t.Add(report.Line{Figure: "own memory (RssAnon), grown by the search", Got: anon - anonBefore, Unit: report.Bytes, Most: 20e6, Failed: fault})
	t.Add(report.Line{Figure: "resident memory during the search", Got: all, Unit: report.Bytes, Failed: fault})
	return nil
}
