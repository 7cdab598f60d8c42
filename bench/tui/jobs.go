//go:build linux

package main

import (
	"time"

	"hexlay/bench/internal/report"
	"hexlay/bench/internal/terminal"
)

// A job keeps all cores busy longer than keys are played.
type job struct{ name, line, doing string }

var jobs = []job{
	// A search that looks at every byte of a sparse file, holes too, and finds nothing: between two zeros is no border of a word.
	{"search", `:find /\x00\b\x00/` + "\r", "finding"},
	// F6 goes from its list back to the bytes.
	{"hash", ":hash sha256,xxh3\r\x1b[17~", "hashing"},
}

// jobLines measures keys while a job runs. The status line changes all the while, so a key's time ends
// with the output that shows the next page, not with quiet.
func jobLines(t *report.Table, env []string, hexlay, file string, j job) error {
	s, err := begin(env, hexlay, file)
	if err != nil {
		return err
	}
	defer s.End()
	s.Settle(300*time.Millisecond, 10*time.Second)
	s.Send([]byte(j.line))
	fault := ""
	if _, ok := s.Until(func() bool { return s.Shows(j.doing) }); !ok {
		fault = "the " + j.name + " did not begin"
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
	if fault == "" && !s.Shows(j.doing) {
		fault = "the " + j.name + " ended before the keys did"
	}
	anon, all := terminal.Memory(s.Cmd.Process.Pid)
	start := time.Now()
	s.Send([]byte("\x1b"))
	at, ok := s.Until(func() bool { return !s.Shows(j.doing) })
	if !ok && fault == "" {
		fault = "Esc did not end the " + j.name
	}
	if len(took) == 0 {
		took = []float64{0}
	}
	ms := float64(time.Millisecond)
	t.Add(report.Line{Figure: "PgDn while a " + j.name + " runs, median", Got: report.Median(took), Unit: report.Nanoseconds, Failed: fault})
	t.Add(report.Line{Figure: "PgDn while a " + j.name + " runs, 99th percentile", Got: report.Quantile(took, 0.99), Unit: report.Nanoseconds, Most: 20 * ms, Failed: fault})
	t.Add(report.Line{Figure: "Esc to the end of the " + j.name, Got: float64(at.Sub(start)), Unit: report.Nanoseconds, Failed: fault})
	t.Add(report.Line{Figure: "own memory (RssAnon), grown by the " + j.name, Got: anon - anonBefore, Unit: report.Bytes, Most: 20e6, Failed: fault})
	t.Add(report.Line{Figure: "resident memory during the " + j.name, Got: all, Unit: report.Bytes, Failed: fault})
	return nil
}
