//go:build linux

// Command tui measures how hexlay feels on a terminal, beside hexedit in the same run. Run it from the module:
//
//	go run ./bench/tui [-size BYTES] [-sparse BYTES] [-runs N] [-steps N] [-rows N] [-cols N]
//
// It starts the programs on a pseudo-terminal, answers their queries as xterm would, and plays keys. The first full screen
// is the moment the screen held 90 % of the cells it held when nothing had come for 300 ms; a key's time ends with the last
// byte before 50 ms of quiet. Processor time is that of all threads.
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"hexlay/bench/internal/report"
	"hexlay/bench/internal/terminal"
)

var (
	size   = flag.Int64("size", 1<<30, "bytes of the random file")
	sparse = flag.Int64("sparse", 100<<30, "bytes of the sparse file")
	runs   = flag.Int("runs", 11, "starts of each program")
	steps  = flag.Int("steps", 200, "keys that are sent one by one")
	rows   = flag.Int("rows", 60, "rows of the terminal")
	cols   = flag.Int("cols", 200, "columns of the terminal")
)

const (
	burst = 500 // keys sent at once
	hz    = 60  // of a key held down
	held  = 5 * hz
)

func main() {
	flag.Parse()
	runtime.LockOSThread()
	report.Main("tui", measure)
}

// start is how one program opens one file.
type start struct {
	name, program, file string
	full, anon, all     []float64
}

func measure(t *report.Table, dir string) error {
	hexlay, err := report.Build(dir)
	if err != nil {
		return err
	}
	random, hollow := filepath.Join(dir, "random.bin"), filepath.Join(dir, "sparse.bin")
	if err := writeRandom(random, *size); err != nil {
		return err
	}
	if err := os.WriteFile(hollow, []byte("\x7fELF"), 0o644); err != nil {
		return err
	}
	if err := os.Truncate(hollow, *sparse); err != nil {
		return err
	}
	env := []string{"HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "XDG_STATE_HOME=" + dir, "XDG_CACHE_HOME=" + dir}
	t.Section("%d×%d, %s", *cols, *rows, "start-up: medians of runs that take turns")
	starts := []*start{{name: "random", program: hexlay, file: random}, {name: "sparse", program: hexlay, file: hollow}}
	peer := t.Installed("hexedit", "hexedit's figures")
	if peer {
		starts = append(starts, &start{name: "hexedit, random", program: "hexedit", file: random},
			&start{name: "hexedit, sparse", program: "hexedit", file: hollow})
	}
	if err := startAll(starts, env); err != nil {
		return err
	}
	startLines(t, starts)

	t.Section("keys, %s of random bytes", report.Bytes(float64(*size)))
	ours, err := playOne(env, hexlay, random)
	if err != nil {
		return err
	}
	var theirs played
	if peer {
		if theirs, err = playOne(env, "hexedit", random); err != nil {
			return err
		}
	}
	keyLines(t, ours, theirs)
	t.Section("keys while a job runs, %s of hole", report.Bytes(float64(*sparse)))
	for _, j := range jobs {
		if err := jobLines(t, env, hexlay, hollow, j); err != nil {
			return err
		}
	}
	t.Section("templates: an archive of 200 MB with 2,000 entries")
	return templateLines(t, env, hexlay, dir)
}

func writeRandom(path string, n int64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	rng := rand.NewChaCha8([32]byte{1})
	b := make([]byte, 1<<20)
	for n > 0 {
		b = b[:min(n, int64(len(b)))]
		_, _ = rng.Read(b)
		if _, err := f.Write(b); err != nil {
			return err
		}
		n -= int64(len(b))
	}
	// What still has to go to the disk would slow what is measured.
	return f.Sync()
}

// startAll starts the programs in turns. The first turn warms up and does not count.
func startAll(starts []*start, env []string) error {
	for run := range *runs + 1 {
		for _, st := range starts {
			s, err := begin(env, st.program, st.file)
			if err != nil {
				return err
			}
			_, ok := s.Settle(300*time.Millisecond, 10*time.Second)
			anon, all := terminal.Memory(s.Cmd.Process.Pid)
			full, running := s.Full(), s.Alive
			s.End()
			if !ok || !running {
				return fmt.Errorf("%s %s painted nothing or ended at once", st.program, st.file)
			}
			if run > 0 {
				st.full, st.anon, st.all = append(st.full, float64(full)), append(st.anon, anon), append(st.all, all)
			}
		}
	}
	return nil
}

// same is how far apart two figures may be that should be the same.
const same = 1.2

func startLines(t *report.Table, starts []*start) {
	random, hollow := starts[0], starts[1]
	peer := make([]start, 2)
	if len(starts) == 4 {
		peer = []start{*starts[2], *starts[3]}
	}
	median := func(xs []float64) float64 {
		if len(xs) == 0 {
			return 0
		}
		return report.Median(xs)
	}
	spread := func(xs []float64) string {
		return fmt.Sprintf("(%s–%s)", report.Nanoseconds(report.Quantile(xs, 0)), report.Nanoseconds(report.Quantile(xs, 1)))
	}
	ms := float64(time.Millisecond)
	t.Add(report.Line{Figure: "first full screen, random file", Got: median(random.full), Unit: report.Nanoseconds, Most: 45 * ms,
		MeasuredSuffix: spread(random.full), Peer: "hexedit", PeerGot: median(peer[0].full), MostOf: 5})
	t.Add(report.Line{Figure: "first full screen, sparse file", Got: median(hollow.full), Unit: report.Nanoseconds, Most: 45 * ms,
		MeasuredSuffix: spread(hollow.full), Peer: "hexedit", PeerGot: median(peer[1].full), MostOf: 5})
	t.Add(report.Line{Figure: "the same for both: sparse beside random", Got: median(hollow.full), Unit: report.Nanoseconds,
		Peer: "random", PeerGot: median(random.full), MostOf: same})
	t.Add(report.Line{Figure: "own memory (RssAnon), random file", Got: median(random.anon), Unit: report.Bytes, Most: 25e6,
		Peer: "hexedit", PeerGot: median(peer[0].anon)})
	t.Add(report.Line{Figure: "own memory (RssAnon), sparse file", Got: median(hollow.anon), Unit: report.Bytes, Most: 25e6,
		Peer: "random", PeerGot: median(random.anon), MostOf: same})
	t.Add(report.Line{Figure: "resident memory, random file", Got: median(random.all), Unit: report.Bytes, Peer: "hexedit", PeerGot: median(peer[0].all)})
	t.Add(report.Line{Figure: "resident memory, sparse file", Got: median(hollow.all), Unit: report.Bytes, Peer: "hexedit", PeerGot: median(peer[1].all)})
}

func playOne(env []string, program, file string) (played, error) {
	s, err := begin(env, program, file)
	if err != nil {
		return played{}, err
	}
	defer s.End()
	if _, ok := s.Settle(300*time.Millisecond, 10*time.Second); !ok {
		return played{}, fmt.Errorf("%s %s painted nothing", program, file)
	}
	p, err := s.play(*steps, burst, held, hz)
	if err == nil && !s.Alive {
		err = fmt.Errorf("it ended while keys were played")
	}
	if err != nil {
		return p, fmt.Errorf("%s %s: %w", program, file, err)
	}
	return p, nil
}

func keyLines(t *report.Table, ours, theirs played) {
	ms := float64(time.Millisecond)
	add := func(figure string, f, g figures, got func(figures) float64, u report.Unit, most float64, note string) {
		t.Add(report.Line{Figure: figure, Got: got(f), Unit: u, Most: most, MeasuredSuffix: note, Peer: "hexedit", PeerGot: got(g), Failed: f.fault})
	}
	p50 := func(f figures) float64 { return f.p50 }
	p99 := func(f figures) float64 { return f.p99 }
	size := func(f figures) float64 { return f.bytes }
	work := func(f figures) float64 { return f.cpu }
	lag := func(f figures) float64 { return f.lag }
	add("PgDn: key to the frame's last byte, median", ours.page, theirs.page, p50, report.Nanoseconds, 13*ms, "(aim 8 ms)")
	add("PgDn: the same, 99th percentile", ours.page, theirs.page, p99, report.Nanoseconds, 20*ms, "")
	add("PgDn: bytes a frame", ours.page, theirs.page, size, report.Bytes, 22e3, "")
	add("PgDn: processor time a frame", ours.page, theirs.page, work, report.Nanoseconds, 5*ms, "(aim 3 ms)")
	add(fmt.Sprintf("%d PgDn at once: done after the last key", burst), ours.burst, theirs.burst, lag, report.Nanoseconds, 100*ms, "")
	add(fmt.Sprintf("PgDn %d times a second for %d s: done after the last", hz, held/hz), ours.held, theirs.held, lag, report.Nanoseconds, 50*ms, "")
	add("  processor time a key", ours.held, theirs.held, work, report.Nanoseconds, 0, "")
	t.Add(report.Line{Figure: "processor time in a second without a key", Got: ours.idle, Unit: report.Nanoseconds, Peer: "hexedit", PeerGot: theirs.idle})
	for _, v := range []struct {
		figure     string
		ours, peer figures
		most       float64
	}{{"Down, Up: ", ours.cursor, theirs.cursor, 400}, {"Down that scrolls: ", ours.scroll, theirs.scroll, 0}} {
		add(v.figure+"key to the frame's last byte, median", v.ours, v.peer, p50, report.Nanoseconds, 0, "")
		add(v.figure+"the same, 99th percentile", v.ours, v.peer, p99, report.Nanoseconds, 0, "")
		add(v.figure+"bytes a frame", v.ours, v.peer, size, report.Bytes, v.most, "")
		add(v.figure+"processor time a frame", v.ours, v.peer, work, report.Nanoseconds, 0, "")
	}
}
