package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"hexlay/bench/internal/report"
)

// verb measures `hexlay text` on a small and a large file: its memory must not depend on the size.
func (b *bench) verb() error {
	hexlay, err := report.Build(b.dir)
	if err != nil {
		return err
	}
	small, large := filepath.Join(b.dir, "small.txt"), filepath.Join(b.dir, "large.txt")
	block := mixedText(b.rng, 1<<20)
	for _, f := range []struct {
		path string
		size int64
	}{{small, *file / 16}, {large, *file}} {
		if err := repeat(f.path, block, f.size); err != nil {
			return err
		}
	}
	few, err := medians(hexlay, "text", small)
	if err != nil {
		return err
	}
	many, err := medians(hexlay, "text", large)
	if err != nil {
		return err
	}
	b.t.Section("hexlay text FILE > /dev/null, %s of mixed UTF-8", report.Bytes(float64(*file)))
	line := report.Line{Figure: "rate", Got: float64(*file) / many.took.Seconds(), Unit: report.BytesPerSecond}
	if b.t.Installed("iconv", "iconv's figures") {
		peer, err := medians("iconv", "-f", "utf-8", "-t", "utf-8", large)
		if err != nil {
			return err
		}
		line.Peer, line.PeerGot = "iconv", float64(*file)/peer.took.Seconds()
	}
	b.t.Add(line)
	beside := "a 16th of the size"
	b.t.Add(report.Line{Figure: "peak of its own memory (RssAnon)", Got: many.anon, Unit: report.Bytes, Peer: beside, PeerGot: few.anon, MostOf: 2})
	b.t.Add(report.Line{Figure: "peak of resident memory, the mapped file included", Got: many.all, Unit: report.Bytes, Peer: beside, PeerGot: few.all, MostOf: 1.5})
	return nil
}

// repeat writes whole blocks, up to about n bytes.
func repeat(path string, block []byte, n int64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for ; n > 0; n -= int64(len(block)) {
		if _, err := f.Write(block); err != nil {
			return err
		}
	}
	return f.Sync()
}

type usage struct {
	took      time.Duration
	anon, all float64 // peaks in bytes
}

// medians runs a command three times.
func medians(args ...string) (u usage, err error) {
	var took []time.Duration
	var anon, all []float64
	for range 3 {
		one, err := run(args...)
		if err != nil {
			return u, err
		}
		took, anon, all = append(took, one.took), append(anon, one.anon), append(all, one.all)
	}
	return usage{time.Duration(report.Median(took)), report.Median(anon), report.Median(all)}, nil
}

// run runs a command with its output thrown away and looks at its memory every 2 ms. What wait4 reports as the peak is no
// use: it counts what the parent had when it forked.
func run(args ...string) (u usage, err error) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return u, err
	}
	defer null.Close()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout = null
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return u, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			u.took = time.Since(start)
			if err != nil {
				err = fmt.Errorf("%q: %w", args, err)
			}
			return u, err
		case <-time.After(2 * time.Millisecond):
			u.look(cmd.Process.Pid)
		}
	}
}

func (u *usage) look(pid int) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		w := strings.Fields(s.Text())
		if len(w) < 2 {
			continue
		}
		kib, _ := strconv.ParseFloat(w[1], 64)
		switch w[0] {
		case "RssAnon:":
			u.anon = max(u.anon, kib*1024)
		case "VmHWM:":
			u.all = max(u.all, kib*1024)
		}
	}
}
