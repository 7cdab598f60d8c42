package main

import (
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/creack/pty"

	"hexlay/bench/internal/report"
)

// keys measures how long a key waits for its frame while the pairs of a file are counted for a plot, on a terminal of 120 × 40.
func keys(t *report.Table, dir, file string) error {
	hexlay, err := report.Build(dir)
	if err != nil {
		return err
	}
	t.Section("keys while a map and a plot of pairs are made")
	cmd := exec.Command(hexlay, file)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "LC_ALL=C.UTF-8", "XDG_STATE_HOME="+dir)
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		return err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		tty.Close()
	}()
	out := make(chan time.Time, 1<<16)
	go func() {
		buf := make([]byte, 1<<16)
		for {
			if _, err := tty.Read(buf); err != nil {
				close(out)
				return
			}
			out <- time.Now()
		}
	}()
	quiet := func(d time.Duration) {
		for {
			select {
			case _, ok := <-out:
				if !ok {
					return
				}
			case <-time.After(d):
				return
			}
		}
	}
	quiet(500 * time.Millisecond)
	if _, err := tty.WriteString("\x1bm\x1b[21~picture digram\r"); err != nil {
		return err
	}
	time.Sleep(100 * time.Millisecond)
	for len(out) > 0 {
		<-out
	}
	// What the plot's progress paints comes every 50 ms; a key's frame is the first output behind the key.
	var took []time.Duration
	for range 100 {
		for len(out) > 0 {
			<-out
		}
		start := time.Now()
		if _, err := tty.WriteString("\x1b[C"); err != nil { // always onward: two frames that cancel each other out are none
			return err
		}
		select {
		case at, ok := <-out:
			if !ok {
				return fmt.Errorf("hexlay ended")
			}
			took = append(took, at.Sub(start))
		case <-time.After(2 * time.Second):
			took = append(took, 2*time.Second)
		}
		time.Sleep(7 * time.Millisecond)
	}
	t.Add(report.Line{Figure: "to the first byte of the frame, 99th percentile", Got: report.Quantile(took, 0.99), Unit: report.Nanoseconds, Most: 20e6,
		MeasuredSuffix: fmt.Sprintf("(median %s)", report.Nanoseconds(report.Median(took)))})
	return nil
}
