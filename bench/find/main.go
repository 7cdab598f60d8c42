// Command find measures `hexlay find` and `hexlay replace` beside ripgrep and grep in the same run, on data of its own making
// that are in the page cache. Run it from the module:
//
//	go run ./bench/find [-size BYTES] [-runs N]
//
// Every figure is the best of N runs that take turns; all print their matches into a pipe that is read. On one core a
// program is kept by taskset. grep gets a part of the data only, since it is so slow.
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
	"strings"
	"time"

	"hexlay/bench/internal/report"
)

var (
	size = flag.Int64("size", 4<<30, "bytes of each kind of data")
	runs = flag.Int("runs", 3, "runs of each side")
)

func main() {
	flag.Parse()
	report.Main("find", measure)
}

// grepSize is how much of the data grep gets.
const grepSize = 256 << 20

type bench struct {
	t      *report.Table
	dir    string
	hexlay string
	rg     bool
	grep   bool
	one    bool // a program can be kept on one core
}

func measure(t *report.Table, dir string) error {
	hexlay, err := report.Build(dir)
	if err != nil {
		return err
	}
	b := &bench{t: t, dir: dir, hexlay: hexlay}
	b.rg = t.Installed("rg", "ratios to ripgrep")
	b.grep = t.Installed("grep", "ratios to grep")
	b.one = t.Installed("taskset", "figures on one core")
	for _, part := range []func() error{b.random, b.slowPaths, b.text, b.holes, b.many} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// make writes a file of n bytes, block after block, and sees to it that it is in the page cache.
func (b *bench) make(name string, n int64, block func() []byte) (string, error) {
	path := filepath.Join(b.dir, name)
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	for left := n; left > 0; {
		p := block()
		p = p[:min(int64(len(p)), left)]
		if _, err := f.Write(p); err != nil {
			return "", err
		}
		left -= int64(len(p))
	}
	return path, nil
}

func (b *bench) random() error {
	rnd := rand.NewChaCha8([32]byte{1})
	buf := make([]byte, 4<<20)
	var first []byte
	path, err := b.make("random", *size, func() []byte {
		rnd.Read(buf)
		if first == nil {
			first = bytes.Clone(buf)
		}
		return buf
	})
	if err != nil {
		return err
	}
	defer os.Remove(path)
	part, err := b.make("random part", min(*size, grepSize), func() []byte { rnd.Read(buf); return buf })
	if err != nil {
		return err
	}
	defer os.Remove(part)
	b.t.Section("random data, %d bytes", *size)
	for _, n := range []int{2, 4, 16} {
		needle := bytes.ReplaceAll(first[1<<20:][:n], []byte{'\n'}, []byte{'x'})
		b.figures(fmt.Sprintf("%d bytes", n), path, part, spaced(needle, -1), escaped(needle, -1))
		if n > 2 {
			b.figures(fmt.Sprintf("%d bytes, one of them any", n), path, part, spaced(needle, 1), escaped(needle, 1))
		}
	}
	b.against("regexp with a literal", path, []string{"--regex", `key=[0-9]+\x00`}, `key=[0-9]+\x00`, 0.9)
	b.against("regexp without a literal", path, []string{"--regex", `[a-f][0-9]{3}[x-z]`}, `[a-f][0-9]{3}[x-z]`, 0.5)
	return nil
}

// spaced and escaped write a needle for hexlay and for the others, with any byte at the place wild.
func spaced(b []byte, wild int) string {
	var s []string
	for i, c := range b {
		if i == wild {
			s = append(s, "??")
		} else {
			s = append(s, fmt.Sprintf("%02x", c))
		}
	}
	return strings.Join(s, " ")
}

func escaped(b []byte, wild int) string {
	var s strings.Builder
	s.WriteString("(?s-u)")
	for i, c := range b {
		if i == wild {
			s.WriteString(".")
		} else {
			fmt.Fprintf(&s, `\x%02x`, c)
		}
	}
	return s.String()
}

// figures compares a search for bytes on all cores and on one.
func (b *bench) figures(what, path, part, hex, regexp string) {
	b.against(what+", all cores, rg --mmap", path, []string{hex}, regexp, 0.9)
	if b.one {
		ours := b.best(*size, "taskset", "-c", "0", b.hexlay, "find", path, hex)
		l := report.Line{Figure: what + ", one core", Got: ours, Unit: report.BytesPerSecond}
		if b.rg {
			l.Peer, l.PeerGot, l.LeastOf = "rg --no-mmap", b.best(*size, "taskset", "-c", "0", "rg", "-obUa", "--no-mmap", regexp, path), 0.8
		}
		b.t.Add(l)
	}
	if b.grep {
		n := min(*size, grepSize)
		ours := b.best(n, b.hexlay, "find", part, hex)
		b.t.Add(report.Line{Figure: what + ", a part", Got: ours, Unit: report.BytesPerSecond,
			Peer: "grep -obUaP", PeerGot: b.best(n, "grep", "-obUaP", strings.Replace(regexp, "(?s-u)", "(?s)", 1), part), LeastOf: 3})
	}
}

func (b *bench) against(what, path string, pattern []string, regexp string, leastOf float64) {
	l := report.Line{Figure: what, Got: b.best(*size, append([]string{b.hexlay, "find", path}, pattern...)...), Unit: report.BytesPerSecond}
	if b.rg {
		if !strings.HasPrefix(regexp, "(?") {
			regexp = "(?-u)" + regexp
		}
		l.Peer, l.PeerGot, l.LeastOf = "rg -obUa --mmap", b.best(*size, "rg", "-obUa", "--mmap", regexp, path), leastOf
	}
	b.t.Add(l)
}

// slowPaths are searches that a simple algorithm is slow at.
func (b *bench) slowPaths() error {
	b.t.Section("data that look like the needle, %d bytes", *size)
	for _, c := range []struct {
		name          string
		unit, needle  []byte
		least, overRg float64
	}{
		{"00…01 in zeros", make([]byte, 2), append(make([]byte, 15), 1), 0.9e9, 3},
		{"abab…bb in abab…", []byte("ab"), []byte("abababababababbb"), 0.9e9, 3},
		{"abab…bb of 1000 bytes in abab…", []byte("ab"), append(bytes.Repeat([]byte("ab"), 499), "bb"...), 0.9e9, 3},
	} {
		block := bytes.Repeat(c.unit, 2<<20)
		path, err := b.make("same", *size, func() []byte { return block })
		if err != nil {
			return err
		}
		l := report.Line{Figure: c.name, Got: b.best(*size, b.hexlay, "find", path, spaced(c.needle, -1)), Unit: report.BytesPerSecond, Least: c.least}
		if b.rg {
			l.Peer, l.PeerGot, l.LeastOf = "rg --no-mmap", b.best(*size, "rg", "-obUa", "--no-mmap", escaped(c.needle, -1), path), c.overRg
		}
		b.t.Add(l)
		os.Remove(path)
	}
	return nil
}

func (b *bench) text() error {
	words := strings.Fields("the of and a to in is that it was for on are as with his they at be this from have or by one had not but what all were when")
	rnd := rand.New(rand.NewPCG(1, 2))
	buf := make([]byte, 0, 4<<20)
	path, err := b.make("text", *size, func() []byte {
		buf = buf[:0]
		for len(buf) < 4<<20-100 {
			buf = append(buf, words[rnd.IntN(len(words))]...)
			buf = append(buf, " \n"[rnd.IntN(12)/11])
		}
		return buf
	})
	if err != nil {
		return err
	}
	defer os.Remove(path)
	b.t.Section("text, %d bytes", *size)
	b.against("text ignoring case", path, []string{"--text", "-i", "Needle in it"}, "(?i)Needle in it", 0.9)
	b.against("regexp with a literal", path, []string{"--regex", `needle \w+ it`}, `needle \w+ it`, 0.9)
	b.against("regexp with a literal inside", path, []string{"--regex", `\w+ needle`}, `\w+ needle`, 0.9)
	b.against("regexp without a literal", path, []string{"--regex", `[0-9]{3}-[a-z]+`}, `[0-9]{3}-[a-z]+`, 0.5)
	return nil
}

// holes searches a sparse file.
func (b *bench) holes() error {
	const n = 1 << 42
	path := filepath.Join(b.dir, "sparse")
	if err := os.WriteFile(path, []byte("needle"), 0o644); err != nil {
		return err
	}
	defer os.Remove(path)
	b.t.Section("sparse file")
	if err := os.Truncate(path, n); err != nil {
		b.t.Skip("holes", err.Error())
		return nil
	}
	b.t.Add(report.Line{Figure: "4 TiB of hole", Got: b.best(n, b.hexlay, "find", path, "--text", "needle"), Unit: report.BytesPerSecond, Least: 100e9})
	return nil
}

// many has very many matches.
func (b *bench) many() error {
	b.t.Section("many matches")
	const hits = 10_000_000
	block := bytes.Repeat([]byte("ab--"), 1<<20)
	path, err := b.make("hits", 4*hits, func() []byte { return block })
	if err != nil {
		return err
	}
	defer os.Remove(path)
	_, rss, err := timed(b.hexlay, "find", path, "61 62", "--json")
	if err != nil {
		return err
	}
	if rss > 0 {
		b.t.Add(report.Line{Figure: "memory, 10 million matches as JSON", Got: float64(rss), Unit: report.Bytes, Most: 200e6})
	}
	if err := os.Truncate(path, 4_000_000); err != nil {
		return err
	}
	for _, with := range []string{"78 79", "78 79 7a"} {
		best := time.Duration(1 << 62)
		for range *runs {
			copied := filepath.Join(b.dir, "copy")
			p, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(copied, p, 0o644)
			}
			if err != nil {
				return err
			}
			took, _, err := timed(b.hexlay, "replace", copied, "61 62", with)
			if err != nil {
				return err
			}
			best = min(best, took)
		}
		b.t.Add(report.Line{Figure: fmt.Sprintf("a million replacements of 2 bytes by %d, saved", (len(with)+1)/3), Got: float64(best), Unit: report.Nanoseconds, Most: 2e9})
	}
	return nil
}

// best is the most bytes in a second that a command went through; 0 when it fails.
func (b *bench) best(n int64, args ...string) float64 {
	best := 0.0
	for range *runs {
		took, _, err := timed(args...)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 0
		}
		best = max(best, float64(n)/took.Seconds())
	}
	return best
}

// timed runs a command whose output is read and thrown away. Status 1 says that nothing was found.
func timed(args ...string) (took time.Duration, rss int64, err error) {
	cmd := exec.Command(args[0], args[1:]...)
	var errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = struct{ io.Writer }{io.Discard}, &errs
	start := time.Now()
	err = cmd.Run()
	took = time.Since(start)
	if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 1 {
		err = nil
	}
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, errs.Bytes())
	}
	return took, residentMost(cmd.ProcessState), nil
}
