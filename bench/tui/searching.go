//go:build linux

package main

import (
	"time"

	"hexlay/bench/internal/report"
	"hexlay/bench/internal/terminal"
)

// endless is a search that looks at every byte of a sparse file, holes too, and finds nothing: between two zeros is no
// border of a word.
const endless = `:find /\x00\b\x00/` + "\r"

// searchLines measures keys while a search keeps all cores busy. The status line changes all the while, so a key's time ends
// with the output that shows the next page, not with quiet.
func searchLines(t *report.Table, env []string, hexlay, file string) error {
	s, err := begin(env, hexlay, file)
	if err != nil {
		return err
	}
	defer s.End()
	s.Settle(300*time.Millisecond, 10*time.Second)
	s.Send([]byte(endless))
	fault := ""
	if _, ok := s.Until(func() bool { return s.Shows("finding") }); !ok {
		fault = "the search did not begin"
	}
	anonBefore, _ := terminal.Memory(s.Cmd.Process.Pid)
	s.PumpUntil(time.Now().Add(time.Second))
	var took []float64
	for range *steps {
		from, err := s.Top()
		if err != nil {
			return err
		}
		start := time.Now()
		s.Send(s.key("PgDn"))
		at, ok := s.Until(func() bool { to, err := s.Top(); return err == nil && to != from })
		if !ok {
			fault = "a key painted no other page"
			break
		}
		took = append(took, float64(at.Sub(start)))
		s.PumpUntil(time.Now().Add(20 * time.Millisecond))
	}
	if fault == "" && !s.Shows("finding") {
		fault = "the search ended before the keys did"
	}
	anon, all := terminal.Memory(s.Cmd.Process.Pid)
	start := time.Now()
	s.Send([]byte("\x1b"))
	at, ok := s.Until(func() bool { return !s.Shows("finding") })
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
