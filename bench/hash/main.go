// Command hash measures `hexlay hash` on a file in the page cache beside the same algorithms over memory, and beside
// sha256sum and md5sum in the same run. Run it from the module:
//
//	go run ./bench/hash [-size N] [-runs N] [-only ALGORITHMS]
//
// Every figure is bytes a second, the best of N runs, which take turns. Beside the library the verb's time is what it takes longer than
// for an empty file, which is the start of a program; the line below says what it is with that.
//
// The verb that stands beside the library is run by this program itself, so that both sides execute the very same machine code at the same
// address: some processors run that of SHA-3 a third slower in one program than in another (docs/PERFORMANCE.md). Beside other programs it is
// hexlay as `go build` makes it.
//
// Reading alone is what the kernel takes to copy the file into buffers that stay in a core's own cache, on all cores, with nothing done to
// it. No hash of a file that is read is faster, however fast its library is over memory; it differs by half between files, as the system
// keeps them in large or in small pieces.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hexlay/bench/internal/report"
	"hexlay/cli"
	"hexlay/overlay/checksum"
)

var (
	size = flag.Int64("size", 1<<30, "bytes of the file")
	runs = flag.Int("runs", 3, "runs of each side")
	only = flag.String("only", "", "of the checksums beside the library only these, with commas between them, and nothing else")
)

// asVerb is set in the environment of this program where it is to be hexlay.
const asVerb = "HEXLAY_BENCH_HASH_VERB"

func main() {
	if os.Getenv(asVerb) != "" {
		os.Unsetenv(asVerb)
		os.Exit(cli.Main(os.Args[1:]))
	}
	flag.Parse()
	report.Main("hash", measure)
}

func measure(t *report.Table, dir string) error {
	hexlay, err := report.Build(dir)
	if err != nil {
		return err
	}
	data := make([]byte, *size)
	rand.NewChaCha8([32]byte{7}).Read(data)
	file := filepath.Join(dir, "data")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return err
	}
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	t.Section("%s of random bytes in the page cache, bytes a second", report.Bytes(float64(*size)))
	algos := []string{"sha256", "sha1", "md5", "sha512", "sha3-256", "blake2b", "blake3", "xxh64", "xxh3", "crc-32", "crc-16/modbus", "adler-32", "sum8", "internet"}
	if *only != "" {
		algos = strings.Split(*only, ",")
	}
	for _, algo := range algos {
		if err := one(t, self, file, empty, algo, data); err != nil {
			return err
		}
	}
	if err := reading(t, file); err != nil || *only != "" {
		return err
	}
	for _, peer := range []struct {
		program, algo string
		least         float64
	}{{"sha256sum", "sha256", 3}, {"md5sum", "md5", 0}, {"b3sum", "blake3", 0}} {
		if t.Installed(peer.program, peer.algo+" beside "+peer.program) {
			if err := beside(t, hexlay, file, peer.program, peer.algo, peer.least); err != nil {
				return err
			}
		}
	}
	many := "md5,sha1,sha256,crc-32"
	took, _, err := command(hexlay, "hash", file, "--algo", many)
	if err != nil {
		return err
	}
	t.Add(report.Line{Figure: many + " in one pass", Got: float64(*size) / took.Seconds(), Unit: report.BytesPerSecond})
	return nil
}

// one measures the verb, run by the program self, beside the algorithm itself.
func one(t *report.Table, self, file, empty, algo string, data []byte) error {
	c, err := checksum.Lookup(algo)
	if err != nil {
		return err
	}
	var verb, began, library time.Duration
	for range *runs {
		took, _, err := command(self, "hash", empty, "--algo", algo)
		if err != nil {
			return err
		}
		began = report.Best(began, took)
		took, out, err := command(self, "hash", file, "--algo", algo)
		if err != nil {
			return err
		}
		verb = report.Best(verb, took)
		touch(data)
		for range 2 { // what lay idle is slow at first
			start := time.Now()
			h := c.New()
			h.Write(data)
			sum := fmt.Sprintf("%x", h.Sum(nil))
			library = report.Best(library, time.Since(start))
			if !strings.Contains(out, sum) {
				return fmt.Errorf("%s: the verb prints %q, the library gives %s", algo, out, sum)
			}
		}
	}
	n := float64(len(data))
	l := report.Line{Figure: algo, Got: n / (verb - began).Seconds(), Unit: report.BytesPerSecond, Peer: "the library over memory", PeerGot: n / library.Seconds(), LeastOf: 0.9}
	t.Add(l)
	l.Figure, l.Got, l.LeastOf = algo+", with the start", n/verb.Seconds(), 0
	t.Add(l)
	return nil
}

// touch brings back the pages of b that the system has taken, or wants to know whether anybody uses, while b lay idle.
func touch(b []byte) {
	n := 0
	for i := 0; i < len(b); i += 4096 {
		n += int(b[i])
	}
	runtime.KeepAlive(n)
}

// reading measures what reading the file takes, in blocks of half a MiB on all cores.
func reading(t *report.Table, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	buffers := make([][]byte, runtime.GOMAXPROCS(0))
	for i := range buffers {
		buffers[i] = make([]byte, 512<<10)
	}
	var best time.Duration
	for range *runs {
		var next atomic.Int64
		var failed atomic.Pointer[error]
		var work sync.WaitGroup
		start := time.Now()
		for _, b := range buffers {
			work.Go(func() {
				for {
					at := next.Add(int64(len(b))) - int64(len(b))
					if at >= *size {
						return
					}
					if _, err := f.ReadAt(b, at); err != nil && !errors.Is(err, io.EOF) {
						failed.Store(&err)
						return
					}
				}
			})
		}
		work.Wait()
		if err := failed.Load(); err != nil {
			return *err
		}
		best = report.Best(best, time.Since(start))
	}
	t.Add(report.Line{Figure: "reading alone", Got: float64(*size) / best.Seconds(), Unit: report.BytesPerSecond})
	return nil
}

// beside measures the verb beside another program.
func beside(t *report.Table, hexlay, file, program, algo string, least float64) error {
	var verb, peer time.Duration
	for range *runs {
		took, ours, err := command(hexlay, "hash", file, "--algo", algo)
		if err != nil {
			return err
		}
		verb = report.Best(verb, took)
		took, theirs, err := command(program, file)
		if err != nil {
			return err
		}
		peer = report.Best(peer, took)
		if sum, _, _ := strings.Cut(theirs, " "); !strings.Contains(ours, strings.TrimPrefix(sum, `\`)) {
			return fmt.Errorf("%s prints %q, hexlay %q", program, theirs, ours)
		}
	}
	n := float64(*size)
	t.Add(report.Line{Figure: algo + " beside " + program, Got: n / verb.Seconds(), Unit: report.BytesPerSecond, Peer: program, PeerGot: n / peer.Seconds(), LeastOf: least})
	return nil
}

func command(program string, args ...string) (time.Duration, string, error) {
	start := time.Now()
	c := exec.Command(program, args...)
	c.Env = append(os.Environ(), asVerb+"=1")
	out, err := c.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w", program, err)
	}
	return time.Since(start), string(out), err
}
