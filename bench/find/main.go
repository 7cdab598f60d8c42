// Command find measures `hexlay find` and `hexlay replace` beside ripgrep and grep in the same run, on data of its own making
// that are in the page cache. Run it from the module:
//
//	go run ./bench/find [-size BYTES] [-runs N] [-only random|like|text|holes|many]
//
// Every figure is the best of N runs of both sides, which take turns; all print their matches into a pipe that is read. Behind a
// rate stands the processor time of both sides' best runs: it tells more than the rate when other work runs. On one core a program
// is kept by taskset. Keys during a search are measured by bench/tui.
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
	only = flag.String("only", "", "the only part to run: random, like, text, holes, many")
)

func main() {
	flag.Parse()
	report.Main("find", measure)
}

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
	for _, part := range []struct {
		name string
		run  func() error
	}{{"random", b.random}, {"like", b.slowPaths}, {"text", b.text}, {"holes", b.holes}, {"many", b.many}} {
		if *only != "" && *only != part.name {
			continue
		}
		if err := part.run(); err != nil {
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
	b.t.Section("random data, %d bytes", *size)
	for _, n := range []int{2, 4, 16} {
		needle := bytes.ReplaceAll(first[1<<20:][:n], []byte{'\n'}, []byte{'x'})
		b.figures(fmt.Sprintf("%d bytes", n), path, spaced(needle, -1), escaped(needle, -1))
		if n > 2 {
			b.figures(fmt.Sprintf("%d bytes, one of them any", n), path, spaced(needle, 1), escaped(needle, 1))
		}
	}
	b.against("regexp with a literal", path, []string{"--regex", `key=[0-9]+\x00`}, `key=[0-9]+\x00`, 0.9)
	b.against("regexp without a literal", path, []string{"--regex", `[a-f][0-9]{3}[x-z]`}, `[a-f][0-9]{3}[x-z]`, 0.5)
	return b.memory(path)
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
func (b *bench) figures(what, path, hex, regexp string) {
	b.against(what+", all cores, rg --mmap", path, []string{hex}, regexp, 0.9)
	if b.one {
		l := report.Line{Figure: what + ", one core", LeastOf: 0.8}
		b.pair(l, *size, []string{"taskset", "-c", "0", b.hexlay, "find", path, hex}, b.rg, "rg --no-mmap",
			[]string{"taskset", "-c", "0", "rg", "-obUa", "--no-mmap", regexp, path})
	}
	if b.grep {
		b.pair(report.Line{Figure: what + ", grep", LeastOf: 3}, *size, []string{b.hexlay, "find", path, hex}, true, "grep -obUaP",
			[]string{"grep", "-obUaP", strings.Replace(regexp, "(?s-u)", "(?s)", 1), path})
	}
}

func (b *bench) against(what, path string, pattern []string, regexp string, leastOf float64) {
	if !strings.HasPrefix(regexp, "(?") {
		regexp = "(?-u)" + regexp
	}
	b.pair(report.Line{Figure: what, LeastOf: leastOf}, *size, append([]string{b.hexlay, "find", path}, pattern...), b.rg, "rg -obUa --mmap",
		[]string{"rg", "-obUa", "--mmap", regexp, path})
}

// pair adds a line: how many of n bytes a second our command and the peer's go through, in turns.
func (b *bench) pair(l report.Line, n int64, ours []string, beside bool, peer string, theirs []string) {
	var us, them best
	for range *runs {
		us.run(n, ours)
		if beside {
			them.run(n, theirs)
		}
	}
	l.Got, l.Unit = us.rate, report.BytesPerSecond
	if beside {
		l.Peer, l.PeerGot = peer, them.rate
		l.MeasuredSuffix = fmt.Sprintf("(cpu %s, %s)", report.Nanoseconds(us.cpu), report.Nanoseconds(them.cpu))
	} else {
		l.LeastOf = 0
	}
	b.t.Add(l)
}

// best is the best of some runs: bytes a second, and the least processor time.
type best struct{ rate, cpu float64 }

func (x *best) run(n int64, args []string) {
	took, u, err := timed(args...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	x.rate = max(x.rate, float64(n)/took.Seconds())
	if cpu := float64(u.cpu); x.cpu == 0 || cpu < x.cpu {
		x.cpu = cpu
	}
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
		b.pair(report.Line{Figure: c.name, Least: c.least, LeastOf: c.overRg}, *size, []string{b.hexlay, "find", path, spaced(c.needle, -1)}, b.rg,
			"rg --no-mmap", []string{"rg", "-obUa", "--no-mmap", escaped(c.needle, -1), path})
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
	b.against("regexp with a choice of literals", path, []string{"--regex", `(needle|haystack|pin)[0-9]+`}, `(needle|haystack|pin)[0-9]+`, 0.9)
	b.against("regexp with a frequent literal", path, []string{"--regex", `that \w+ they`, "--count"}, `that \w+ they`, 0.9)
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
	b.pair(report.Line{Figure: "4 TiB of hole", Least: 100e9}, n, []string{b.hexlay, "find", path, "--text", "needle"}, false, "", nil)
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
	_, u, err := timed(b.hexlay, "find", path, "61 62", "--json")
	if err != nil {
		return err
	}
	if u.resident > 0 {
		b.t.Add(report.Line{Figure: "memory, 10 million matches as JSON", Got: float64(u.resident), Unit: report.Bytes, Most: 200e6})
	}
	if err := b.replace(path, hits, 1, 0); err != nil {
		return err
	}
	if err := os.Truncate(path, 4_000_000); err != nil {
		return err
	}
	return b.replace(path, 1_000_000, *runs, 2e9)
}

// replace measures how long it takes to replace so many matches by as many bytes and by more, and to save that.
func (b *bench) replace(path string, matches, runs int, most float64) error {
	for _, with := range []string{"78 79", "78 79 7a"} {
		best := time.Duration(1 << 62)
		for range runs {
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
		b.t.Add(report.Line{Figure: fmt.Sprintf("%d million replacements of 2 bytes by %d, saved", matches/1_000_000, (len(with)+1)/3), Got: float64(best),
			Unit: report.Nanoseconds, Most: most})
	}
	return nil
}

// used is what a process used.
type used struct {
	cpu      time.Duration
	resident int64 // the most, files it maps included
}

// timed runs a command whose output is read and thrown away. Status 1 says that nothing was found.
func timed(args ...string) (took time.Duration, u used, err error) {
	cmd := exec.Command(args[0], args[1:]...)
	var errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = struct{ io.Writer }{io.Discard}, &errs
	start := time.Now()
	if err = cmd.Start(); err == nil {
		err = cmd.Wait()
	}
	took = time.Since(start)
	if s := cmd.ProcessState; s != nil {
		u = used{cpu: s.UserTime() + s.SystemTime(), resident: report.Resident(s)}
		if s.ExitCode() == 1 {
			err = nil
		}
	}
	if err != nil {
		return 0, u, fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, errs.Bytes())
	}
	return took, u, nil
}

// memory adds lines of what a search for a needle that is not there takes.
func (b *bench) memory(path string) error {
	cmd := exec.Command(b.hexlay, "find", path, "--regex", `[a-f][0-9]{5}[x-z]\x00+\xff`)
	if err := cmd.Start(); err != nil {
		return err
	}
	gone := make(chan error, 1)
	go func() { gone <- cmd.Wait() }()
	own := int64(0)
	for running := true; running; {
		select {
		case <-gone:
			running = false
		case <-time.After(2 * time.Millisecond):
			own = max(own, ownMemory(cmd.Process.Pid))
		}
	}
	if own > 0 {
		b.t.Add(report.Line{Figure: "own memory (RssAnon), most seen", Got: float64(own), Unit: report.Bytes, Most: 20e6})
	}
	if n := report.Resident(cmd.ProcessState); n > 0 {
		b.t.Add(report.Line{Figure: "resident memory, most, mapped file included", Got: float64(n), Unit: report.Bytes})
	}
	return nil
}
