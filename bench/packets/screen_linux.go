package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"hexlay/bench/internal/report"
	"hexlay/bench/internal/terminal"
	"hexlay/model"
)

const rows, cols = 40, 120

// stateIn keeps what the program writes beside the capture in a folder.
func stateIn(dir string) []string {
	return []string{"HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "XDG_STATE_HOME=" + dir, "XDG_CACHE_HOME=" + dir}
}

// noCapture copies a file, and takes away what tells that it is a capture.
func noCapture(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	clear(b[:4])
	return os.WriteFile(to, b, 0o600)
}

// onScreen measures the editor with the capture on a terminal: how soon there is something to see, how soon every packet is known, and
// how long the list, the bytes and the tree take to show another packet.
func onScreen(t *report.Table, dir, hexlay, file string, n int) error {
	plain := filepath.Join(dir, "plain.bin")
	if err := noCapture(file, plain); err != nil {
		return err
	}
	var first, all, beside []float64
	for i := range *runs + 1 {
		s, err := terminal.Begin(rows, cols, stateIn(dir), hexlay, plain)
		if err != nil {
			return err
		}
		s.Settle(300*time.Millisecond, time.Second)
		other := s.Full()
		s.End()
		if s, err = terminal.Begin(rows, cols, stateIn(dir), hexlay, file); err != nil {
			return err
		}
		whole := "packets: " + model.Grouped(int64(n)) + " ─"
		at, ok := s.Until(func() bool { return s.Shows(whole) })
		s.Settle(300*time.Millisecond, time.Second)
		full, alive := s.Full(), s.Alive
		s.End()
		if !ok || !alive {
			return fmt.Errorf("the editor did not show %q", whole)
		}
		if i > 0 { // the first one warms up
			first, all, beside = append(first, float64(full)), append(all, float64(at.Sub(s.Began))), append(beside, float64(other))
		}
	}
	t.Add(report.Line{Figure: "first full screen, 120×40", Got: report.Median(first), Unit: report.Nanoseconds, Most: 100e6,
		Peer: "the same bytes as no capture", PeerGot: report.Median(beside)})
	t.Add(report.Line{Figure: "every packet is in the list on the screen", Got: report.Median(all), Unit: report.Nanoseconds, Most: 1e9})

	s, err := terminal.Begin(rows, cols, stateIn(dir), hexlay, file)
	if err != nil {
		return err
	}
	defer s.End()
	s.Settle(300*time.Millisecond, 10*time.Second)
	rnd := rand.New(rand.NewPCG(3, 4))
	var took []float64
	for range 100 {
		s.Send([]byte(fmt.Sprintf(":packet %d", 1+rnd.IntN(n-1))))
		s.Settle(50*time.Millisecond, time.Second)
		start := time.Now()
		s.Send([]byte("\r"))
		last, ok := s.Settle(50*time.Millisecond, time.Second)
		if !ok {
			return errors.New("going to a packet painted nothing")
		}
		took = append(took, float64(last.Sub(start)))
	}
	t.Add(report.Line{Figure: "going to any packet: list, bytes and tree painted, median", Got: report.Median(took), Unit: report.Nanoseconds,
		MeasuredSuffix: fmt.Sprintf("(99th percentile %s)", report.Nanoseconds(report.Quantile(took, 0.99)))})
	return nil
}
