//go:build linux

// Command save measures saving beside what the system needs for the same bytes, on the same file, in turns: one pwrite and
// one fdatasync for a range, stores into a map and one msync for many, cp and fsync for another length. A save in place
// also makes its journal durable, before it, and reads back what it wrote. Run it from the module:
//
//	go run ./bench/save [-size BYTES] [-runs N] [-kinds sparse,fallocated,written] [-copy BYTES]
//
// A written file takes its whole size on the disk; it is left out unless asked for.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"hexlay/bench/internal/report"
	"hexlay/mmapdoc"
)

var (
	size  = flag.Int64("size", 10_000_000_000, "bytes of the file")
	whole = flag.Int64("copy", 1<<30, "bytes of the file that is saved with another length")
	runs  = flag.Int("runs", 101, "saves of one byte; of many ranges and of the whole program it is a fifth")
	kinds = flag.String("kinds", "sparse,fallocated", "kinds of files: sparse, fallocated, written")
)

const scattered = 10_000

func main() {
	flag.Parse()
	report.Main("save", measure)
}

func measure(t *report.Table, dir string) error {
	hexlay, err := report.Build(dir)
	if err != nil {
		return err
	}
	for kind := range strings.SplitSeq(*kinds, ",") {
		path := filepath.Join(dir, kind)
		if err := makeFile(path, kind); err != nil {
			if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSPC) {
				t.Skip(kind+" file", err.Error())
				os.Remove(path)
				continue
			}
			return err
		}
		t.Section("%s file of %s", kind, report.Bytes(float64(*size)))
		b, err := open(path)
		if err != nil {
			return err
		}
		err = errors.Join(b.compare(t, "one changed byte: plan, run, saved", 1, *runs, 5, "pwrite+fdatasync", b.write),
			b.compare(t, fmt.Sprintf("%d scattered bytes: plan, run, saved", scattered), scattered, max(3, *runs/20), 2, "map+msync", b.store),
			b.close(), program(t, hexlay, path))
		if err != nil {
			return err
		}
		os.Remove(path)
	}
	return anotherLength(t, dir)
}

func makeFile(path, kind string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	switch kind {
	case "sparse":
		err = f.Truncate(*size)
	case "fallocated":
		err = unix.Fallocate(int(f.Fd()), 0, 0, *size)
	case "written":
		block := make([]byte, 1<<20)
		rand.NewChaCha8([32]byte{1}).Read(block)
		for n := *size; n > 0 && err == nil; n -= int64(len(block)) {
			_, err = f.Write(block[:min(n, int64(len(block)))])
		}
	default:
		err = fmt.Errorf("no such kind of file: %q", kind)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return f.Sync()
}

// bench is a document and a plain descriptor on the same file.
type bench struct {
	d   *mmapdoc.Document
	f   *os.File
	rng *rand.Rand
}

func open(path string) (*bench, error) {
	d, err := mmapdoc.Open(path)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return &bench{d, f, rand.New(rand.NewPCG(1, 2))}, nil
}

func (b *bench) close() error { return errors.Join(b.d.Close(), b.f.Close()) }

// places are n random offsets, the same number for both sides, never the same ones: a place that was written is cheaper.
func (b *bench) places(n int) []int64 {
	p := make([]int64, n)
	for i := range p {
		p[i] = b.rng.Int64N(*size)
	}
	return p
}

// compare saves n changed bytes both ways in turns and prints the medians.
func (b *bench) compare(t *report.Table, figure string, n, runs int, most float64, peer string, write func(n int, v byte) (time.Duration, error)) error {
	var ours, theirs []time.Duration
	for i := range runs + 1 {
		took, err := b.save(n, byte(i)+1, plainly)
		if err != nil {
			return err
		}
		plain, err := write(n, byte(i)+1)
		if err != nil {
			return err
		}
		if i > 0 { // the first turn warms up
			ours, theirs = append(ours, took), append(theirs, plain)
		}
	}
	t.Add(report.Line{Figure: figure, Got: report.Median(ours), Unit: report.Nanoseconds,
		MeasuredSuffix: fmt.Sprintf("(p90 %s)", report.Nanoseconds(report.Quantile(ours, 0.9))),
		Peer:           peer, PeerGot: report.Median(theirs), MostOf: most})
	return nil
}

func (b *bench) save(n int, v byte, how func(save func() error) error) (time.Duration, error) {
	for _, off := range b.places(n) {
		if err := b.d.Splice(off, 1, []byte{v}, mmapdoc.Alone); err != nil {
			return 0, err
		}
	}
	start := time.Now()
	p, err := b.d.Plan("")
	if err != nil {
		return 0, err
	}
	// The other side of the comparison writes the same file, which is just what a conflict is.
	p.Force = true
	if p.Method != mmapdoc.InPlace {
		return 0, fmt.Errorf("the plan is %q, not in place", p.Method)
	}
	if err := how(func() error { return p.Run(context.Background(), nil) }); err != nil {
		return 0, err
	}
	err = b.d.Saved(p)
	return time.Since(start), err
}

func (b *bench) write(n int, v byte) (time.Duration, error) {
	places := b.places(n)
	start := time.Now()
	for _, off := range places {
		if _, err := b.f.WriteAt([]byte{v}, off); err != nil {
			return 0, err
		}
	}
	err := unix.Fdatasync(int(b.f.Fd()))
	return time.Since(start), err
}

// store writes by a map of the whole file.
func (b *bench) store(n int, v byte) (time.Duration, error) {
	m, err := unix.Mmap(int(b.f.Fd()), 0, int(*size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return 0, err
	}
	defer unix.Munmap(m)
	places := b.places(n)
	start := time.Now()
	for _, off := range places {
		m[off] = v
	}
	err = unix.Msync(m, unix.MS_SYNC)
	return time.Since(start), err
}

// anotherLength compares a save that inserts a byte near the start with cp and fsync of the file, and takes the memory
// of the save.
func anotherLength(t *report.Table, dir string) error {
	t.Section("another length: written file of %s", report.Bytes(float64(*whole)))
	path := filepath.Join(dir, "whole")
	*size = *whole
	if err := makeFile(path, "written"); err != nil {
		return err
	}
	var ours, theirs []float64
	for i := range 4 {
		took, err := insert(path, plainly)
		if err != nil {
			return err
		}
		plain, err := copyAndSync(path, path+".copy")
		if err != nil {
			return err
		}
		if i > 0 {
			ours, theirs = append(ours, float64(*whole)/took.Seconds()), append(theirs, float64(*whole)/plain.Seconds())
		}
	}
	t.Add(report.Line{Figure: "insert a byte: plan, run, saved", Got: report.Median(ours), Unit: report.BytesPerSecond, Peer: "cp + fsync",
		PeerGot: report.Median(theirs), LeastOf: 0.7})
	// Once more of each kind, watched: looking costs time.
	_, err := insert(path, watched)
	if err == nil {
		var b *bench
		if b, err = open(path); err == nil {
			_, err = b.save(scattered, 1, watched)
			err = errors.Join(err, b.close())
		}
	}
	if err != nil {
		return err
	}
	t.Add(report.Line{Figure: "memory of its own while it saves, most (RssAnon)", Got: ownMemory, Unit: report.Bytes, Most: 60e6})
	return nil
}

func insert(path string, how func(save func() error) error) (time.Duration, error) {
	d, err := mmapdoc.Open(path)
	if err != nil {
		return 0, err
	}
	defer d.Close()
	if err := d.Splice(1000, 0, []byte("x"), mmapdoc.Alone); err != nil {
		return 0, err
	}
	start := time.Now()
	p, err := d.Plan("")
	if err != nil {
		return 0, err
	}
	if p.Method != mmapdoc.NewFile {
		return 0, fmt.Errorf("the plan is %q, not a new file", p.Method)
	}
	if err := how(func() error { return p.Run(context.Background(), nil) }); err != nil {
		return 0, err
	}
	err = d.Saved(p)
	return time.Since(start), err
}

func copyAndSync(from, to string) (time.Duration, error) {
	defer os.Remove(to)
	start := time.Now()
	if out, err := exec.Command("cp", from, to).CombinedOutput(); err != nil {
		return 0, fmt.Errorf("cp: %w\n%s", err, out)
	}
	f, err := os.Open(to)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	err = f.Sync()
	return time.Since(start), err
}

func plainly(save func() error) error { return save() }

// ownMemory is the most anonymous memory that the process had while it saved. What is mapped from files, by either side,
// is not in it.
var ownMemory float64

// watched runs a save and looks at the memory meanwhile.
func watched(save func() error) error {
	done, seen := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(seen)
		for {
			if b, err := os.ReadFile("/proc/self/status"); err == nil {
				for line := range strings.SplitSeq(string(b), "\n") {
					var kb float64
					if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
						if _, err := fmt.Sscanf(rest, "%f kB", &kb); err == nil {
							ownMemory = max(ownMemory, kb*1024)
						}
					}
				}
			}
			select {
			case <-done:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	err := save()
	close(done)
	<-seen
	return err
}

// program compares the whole program with dd, each of which changes one byte and waits for the disk.
func program(t *report.Table, hexlay, path string) error {
	const figure = "whole program: hexlay patch FILE OFF=HEX"
	if !t.Installed("dd", figure) {
		return nil
	}
	rng := rand.New(rand.NewPCG(3, 4))
	run := func(input string, args ...string) (time.Duration, error) {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Stdin = strings.NewReader(input)
		start := time.Now()
		out, err := cmd.CombinedOutput()
		if err != nil {
			return 0, fmt.Errorf("%q: %w\n%s", args, err, out)
		}
		return time.Since(start), nil
	}
	var ours, theirs []time.Duration
	for i := range max(5, *runs/5) + 1 {
		v := byte(i) + 1
		took, err := run("", hexlay, "patch", path, fmt.Sprintf("%d=%02x", rng.Int64N(*size), v))
		if err != nil {
			return err
		}
		dd, err := run(string(v), "dd", "of="+path, "bs=1", "count=1", "conv=notrunc,fdatasync", fmt.Sprintf("seek=%d", rng.Int64N(*size)))
		if err != nil {
			return err
		}
		if i > 0 {
			ours, theirs = append(ours, took), append(theirs, dd)
		}
	}
	t.Add(report.Line{Figure: figure, Got: report.Median(ours), Unit: report.Nanoseconds, Peer: "dd fdatasync", PeerGot: report.Median(theirs)})
	return nil
}
