// Command dump measures `hexlay dump` against xxd, hexdump -C and cat in one run, on data it makes itself, and prints the
// ratios with their limits. Run it from the module:
//
//	go run ./bench/dump [-size BYTES] [-runs N]
//
// Every figure is the best of N runs that take turns, so that a busy machine slows both sides. What is not installed is
// left out by name. The program ends with status 1 when a limit is missed.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

func main() {
	size := flag.Int64("size", 64<<20, "bytes of test data of each kind")
	runs := flag.Int("runs", 5, "runs of each command")
	flag.Parse()
	if err := measure(*size, *runs); err != nil {
		fmt.Fprintln(os.Stderr, "bench/dump:", err)
		os.Exit(2)
	}
	if missed {
		os.Exit(1)
	}
}

func measure(size int64, runs int) error {
	dir, err := os.MkdirTemp("", "hexlay-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	hexlay := filepath.Join(dir, "hexlay")
	build := exec.Command("go", "build", "-o", hexlay, "hexlay")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	data, err := makeData(dir, hexlay, size)
	if err != nil {
		return err
	}
	b := &bench{hexlay: hexlay, runs: runs}
	fmt.Printf("%d bytes of each kind, best of %d runs, %d CPUs, %s\n\n", size, runs, runtime.NumCPU(), runtime.Version())

	fmt.Println("to /dev/null, bytes of input")
	for _, d := range data {
		limitXxd, limitHexdump := 0.0, 0.0
		if d.name == "random" || d.name == "executable" {
			limitXxd, limitHexdump = 8, 80
		}
		b.compare(d.name+": dump / xxd", limitXxd, d.size, []string{hexlay, "dump", d.path}, d.size, []string{"xxd", d.path})
		b.compare(d.name+": dump -f xxd / xxd", limitXxd, d.size, []string{hexlay, "dump", "-f", "xxd", d.path}, d.size, []string{"xxd", d.path})
		b.compare(d.name+": dump / hexdump -C", limitHexdump, d.size, []string{hexlay, "dump", d.path}, d.few, []string{"hexdump", "-C", "-n", fmt.Sprint(d.few), d.path})
	}
	random := data[0]
	b.compare("random: dump -f plain / xxd -p", 0, random.size, []string{hexlay, "dump", "-f", "plain", random.path}, random.size, []string{"xxd", "-p", random.path})

	fmt.Println("\ninto a pipe, bytes of output")
	made := filepath.Join(dir, "made.dump")
	n, err := save(made, hexlay, "dump", random.path)
	if err != nil {
		return err
	}
	b.compare("random: dump | cat / cat | cat", 0.8,
		n, []string{"sh", "-c", `"$0" dump "$1" | cat >/dev/null`, hexlay, random.path},
		n, []string{"sh", "-c", `cat "$0" | cat >/dev/null`, made})

	fmt.Println("\nback into bytes, bytes of output")
	xxd := filepath.Join(dir, "made.xxd")
	if _, err := save(xxd, hexlay, "dump", "-f", "xxd", random.path); err != nil {
		return err
	}
	b.compare("random: dump -r -f xxd / xxd -r", 0, random.size, []string{hexlay, "dump", "-r", "-f", "xxd", xxd}, random.size, []string{"xxd", "-r", xxd})

	fmt.Println("\nstarting up, runs per second")
	small := filepath.Join(dir, "small")
	if err := os.WriteFile(small, []byte("0123456789abcdef"), 0o644); err != nil {
		return err
	}
	b.compare("16 bytes: dump / hexdump -C", 0, 1, []string{hexlay, "dump", small}, 1, []string{"hexdump", "-C", small})
	return nil
}

type file struct {
	name, path string
	size       int64
	few        int64 // what slow tools are given
}

func makeData(dir, hexlay string, size int64) ([]file, error) {
	program, err := os.ReadFile(hexlay)
	if err != nil {
		return nil, err
	}
	random := make([]byte, size)
	rand.NewChaCha8([32]byte{1}).Read(random)
	var files []file
	for _, f := range []struct {
		name string
		data []byte
	}{
		{"random", random},
		{"executable", bytes.Repeat(program, int(size)/len(program)+1)[:size]},
		{"zeros", make([]byte, size)},
	} {
		path := filepath.Join(dir, f.name)
		if err := os.WriteFile(path, f.data, 0o644); err != nil {
			return nil, err
		}
		files = append(files, file{f.name, path, size, min(size, 4<<20)})
	}
	sparse := file{"sparse", filepath.Join(dir, "sparse"), 4 * size, 4 * size}
	if err := os.WriteFile(sparse.path, []byte("start"), 0o644); err != nil {
		return nil, err
	}
	return append(files, sparse), os.Truncate(sparse.path, sparse.size)
}

// save writes what a command prints to a file and gives its length.
func save(path string, args ...string) (int64, error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout = f
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%q: %w", args, err)
	}
	st, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return st.Size(), nil
}

type bench struct {
	hexlay string
	runs   int
}

var missed bool

// compare prints the rates of two commands, which take turns, and their ratio; limit 0 is none.
func (b *bench) compare(name string, limit float64, ours int64, us []string, theirs int64, them []string) {
	for _, tool := range []string{us[0], them[0]} {
		if _, err := exec.LookPath(tool); err != nil {
			fmt.Printf("%-36s skipped: %s is not installed\n", name, tool)
			return
		}
	}
	var u, t time.Duration
	for range b.runs {
		for _, side := range []struct {
			best *time.Duration
			args []string
		}{{&u, us}, {&t, them}} {
			d, err := timed(side.args)
			if err != nil {
				fmt.Printf("%-36s failed: %q: %v\n", name, side.args, err)
				missed = true
				return
			}
			if *side.best == 0 || d < *side.best {
				*side.best = d
			}
		}
	}
	a, c := float64(ours)/u.Seconds(), float64(theirs)/t.Seconds()
	verdict := ""
	switch ratio := a / c; {
	case limit > 0 && ratio >= limit:
		verdict = fmt.Sprintf("PASS (limit %g×)", limit)
	case limit > 0:
		verdict = fmt.Sprintf("short (limit %g×)", limit)
		missed = true
	}
	fmt.Printf("%-36s %10s against %10s  %8.2f×  %s\n", name, rate(a), rate(c), a/c, verdict)
}

func rate(perSecond float64) string {
	switch {
	case perSecond >= 1e9:
		return fmt.Sprintf("%.2f G/s", perSecond/1e9)
	case perSecond >= 1e6:
		return fmt.Sprintf("%.1f M/s", perSecond/1e6)
	}
	return fmt.Sprintf("%.0f /s", perSecond)
}

// timed runs a command with its output thrown away.
func timed(args []string) (time.Duration, error) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout = null
	begin := time.Now()
	err = cmd.Run()
	return time.Since(begin), err
}
