// Command diff measures `hexlay diff` on files in the page cache: two equal ones beside cmp, at the same offsets and aware of
// insertions, and two between which much was inserted, deleted and changed. Run it from the module:
//
//	go run ./bench/diff [-size N] [-runs N] [-dir DIR]
//
// Every figure is the best of N runs, which take turns. Speeds are bytes of one of the two files a second; memory is the
// largest resident size.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"hexlay/bench/internal/report"
)

var (
	size = flag.Int64("size", 4<<30, "bytes of each file")
	runs = flag.Int("runs", 3, "runs of each side")
)

func main() {
	flag.Parse()
	report.Main("diff", measure)
}

func measure(t *report.Table, dir string) error {
	hexlay, err := report.Build(dir)
	if err != nil {
		return err
	}
	a, b, c := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "c")
	if err := write(a, func(w io.Writer, src *rand.ChaCha8) error {
		_, err := io.CopyN(w, src, *size)
		return err
	}); err != nil {
		return err
	}
	if err := copyFile(a, b); err != nil {
		return err
	}
	t.Section("two equal files of %s in the page cache", report.Bytes(float64(*size)))
	if t.Installed("cmp", "equal files beside cmp") {
		for _, args := range [][]string{{"diff", "--same-offset"}, {"diff"}} {
			var ours, theirs time.Duration
			var peak int64
			for range *runs {
				took, rss, _, err := run(hexlay, append(args, a, b)...)
				if err != nil {
					return err
				}
				ours, peak = report.Best(ours, took), max(peak, rss)
				if took, _, _, err = run("cmp", a, b); err != nil {
					return err
				}
				theirs = report.Best(theirs, took)
			}
			name := "equal, aware of insertions"
			if len(args) > 1 {
				name = "equal, same offsets"
			}
			t.Add(report.Line{Figure: name, Got: speed(*size, ours), Unit: report.BytesPerSecond, Peer: "cmp", PeerGot: speed(*size, theirs), LeastOf: 0.7})
			t.Add(report.Line{Figure: name + ", resident", Got: float64(peak), Unit: report.Bytes, Most: 300e6})
		}
	}
	os.Remove(b)
	for _, kind := range []struct {
		name  string
		edits int
		least float64
	}{{"10 edits", 10, 200e6}, {"1,000 edits", 1000, 200e6}, {"100,000 edits", 100_000, 200e6}} {
		if err := edited(a, c, kind.edits); err != nil {
			return err
		}
		var took time.Duration
		var peak int64
		var said int
		for range *runs {
			d, rss, out, err := run(hexlay, "diff", a, c)
			if err != nil {
				return err
			}
			took, peak, said = report.Best(took, d), max(peak, rss), bytes.Count(out, []byte("→"))
		}
		t.Section("a second file with %s: %d differences", kind.name, said)
		t.Add(report.Line{Figure: kind.name, Got: speed(*size, took), Unit: report.BytesPerSecond, Least: kind.least})
		t.Add(report.Line{Figure: kind.name + ", resident", Got: float64(peak), Unit: report.Bytes, Most: 300e6})
	}
	return nil
}

func speed(n int64, d time.Duration) float64 { return float64(n) / d.Seconds() }

func write(name string, fill func(w io.Writer, src *rand.ChaCha8) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := fill(f, rand.NewChaCha8([32]byte{5})); err != nil {
		return err
	}
	return f.Close()
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	return write(to, func(w io.Writer, _ *rand.ChaCha8) error {
		_, err := io.Copy(w, in)
		return err
	})
}

// edited writes a copy of a file with n places inserted, deleted or overwritten, of 1 byte to 64 KiB.
func edited(from, to string, n int) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	rnd := rand.New(rand.NewPCG(3, uint64(n)))
	return write(to, func(w io.Writer, src *rand.ChaCha8) error {
		step := *size / int64(n)
		for range n {
			k := int64(1) << rnd.IntN(17)
			k = min(k, step/4)
			if _, err := io.CopyN(w, in, step-k); err != nil {
				return err
			}
			kind := rnd.IntN(3)
			if kind != 0 { // inserted or overwritten
				if _, err := io.CopyN(w, src, k); err != nil {
					return err
				}
			}
			if kind == 1 { // inserted: what was there stays
				if _, err := io.CopyN(w, in, k); err != nil {
					return err
				}
			} else if _, err := in.Seek(k, io.SeekCurrent); err != nil {
				return err
			}
		}
		_, err := io.Copy(w, in)
		return err
	})
}

// run runs a program; exit status 1 says that the files differ.
func run(program string, args ...string) (took time.Duration, rss int64, out []byte, err error) {
	cmd := exec.Command(program, args...)
	start := time.Now()
	out, err = cmd.Output()
	took = time.Since(start)
	if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 1 {
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", program, err)
	}
	return took, report.Resident(cmd.ProcessState), out, err
}
