// Package report prints the tables of the benchmarks: one line for each figure, with its limit, what was measured, and the
// ratio to a peer that was measured in the same run. It also makes and removes the folder for their test data.
package report

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Main runs one benchmark in a folder of its own, which is removed afterwards, also after an interrupt. The program ends
// with status 0 whatever was measured, and with 2 when it could not measure.
func Main(name string, run func(t *Table, dir string) error) {
	dir, err := os.MkdirTemp("", "hexlay-bench-"+name)
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench/%s: %v\n", name, err)
		os.Exit(2)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-stop
		os.RemoveAll(dir)
		os.Exit(2)
	}()
	fmt.Printf("bench/%s, %s, %s/%s, %d CPUs%s, %s\n", name, time.Now().Format(time.DateOnly), runtime.GOOS, runtime.GOARCH,
		runtime.NumCPU(), load(), runtime.Version())
	err = run(&Table{}, dir)
	os.RemoveAll(dir)
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench/%s: %v\n", name, err)
		os.Exit(2)
	}
}

// load says how busy the machine is, where it can tell.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	return ", load " + strings.Fields(string(b))[0]
}

// Unit writes a figure for people.
type Unit func(float64) string

// Line is one figure. Zero means that there is no such limit, and no peer.
type Line struct {
	Figure          string
	Got             float64
	Unit            Unit
	Least, Most     float64 // limits of Got
	Peer            string  // the name of what was measured beside it
	PeerGot         float64
	LeastOf, MostOf float64 // limits of Got/PeerGot
	MeasuredSuffix  string  // said behind the figure: its spread, what it counts
	Failed          string  // why the figure is worthless, whatever it is
}

// Table prints lines as they come, so that a long run shows where it is.
type Table struct{ headed bool }

const row = "%-56s %-18s %-30s %-46s %s\n"

// Section prints a heading.
func (t *Table) Section(format string, args ...any) {
	fmt.Printf("\n"+format+"\n", args...)
	t.headed = false
}

func (t *Table) print(cells ...any) {
	if !t.headed {
		fmt.Printf(row, "figure", "limit", "measured", "ratio to peer", "")
		t.headed = true
	}
	fmt.Printf(row, cells...)
}

// Add prints a line.
func (t *Table) Add(l Line) {
	var limits []string
	ok := true
	limit := func(set float64, sign string, text string, holds bool) {
		if set != 0 {
			limits = append(limits, sign+" "+text)
			ok = ok && holds
		}
	}
	ratio := l.Got / l.PeerGot
	limit(l.Least, "≥", l.Unit(l.Least), l.Got >= l.Least)
	limit(l.Most, "≤", l.Unit(l.Most), l.Got <= l.Most)
	if l.PeerGot != 0 {
		limit(l.LeastOf, "≥", Times(l.LeastOf), ratio >= l.LeastOf)
		limit(l.MostOf, "≤", Times(l.MostOf), ratio <= l.MostOf)
	}
	verdict := ""
	switch {
	case l.Failed != "":
		verdict = "short: " + l.Failed
	case len(limits) > 0 && ok:
		verdict = "ok"
	case len(limits) > 0:
		verdict = "short"
	}
	beside := "–"
	if l.PeerGot != 0 {
		beside = fmt.Sprintf("%s %s (%s)", Times(ratio), l.Peer, l.Unit(l.PeerGot))
	}
	measured := l.Unit(l.Got)
	if l.MeasuredSuffix != "" {
		measured += " " + l.MeasuredSuffix
	}
	if len(limits) == 0 {
		limits = []string{"–"}
	}
	t.print(l.Figure, strings.Join(limits, ", "), measured, beside, verdict)
}

// Skip prints that a figure was left out.
func (t *Table) Skip(figure, why string) {
	t.print(figure, "–", "skipped: "+why, "–", "")
}

// Times writes a ratio.
func Times(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f×", x)
	case x >= 10:
		return fmt.Sprintf("%.1f×", x)
	case x < 0.01:
		return fmt.Sprintf("%.2g×", x)
	}
	return trim(fmt.Sprintf("%.2f", x)) + "×"
}

func trim(s string) string { return strings.TrimRight(strings.TrimRight(s, "0"), ".") }

func scaled(x float64, base float64, names ...string) string {
	i := 0
	for math.Abs(x) >= base && i < len(names)-1 {
		x, i = x/base, i+1
	}
	digits := 2
	switch a := math.Abs(x); {
	case a >= 100:
		digits = 0
	case a >= 10:
		digits = 1
	}
	s := fmt.Sprintf("%.*f", digits, x)
	if digits > 0 {
		s = trim(s)
	}
	return s + " " + names[i]
}

// Nanoseconds writes a time that is counted in nanoseconds.
func Nanoseconds(x float64) string { return scaled(x, 1000, "ns", "µs", "ms", "s") }

// Bytes writes a number of bytes, in powers of 1000.
func Bytes(x float64) string { return scaled(x, 1000, "B", "KB", "MB", "GB") }

// BytesPerSecond writes a rate.
func BytesPerSecond(x float64) string { return Bytes(x) + "/s" }

// PerSecond writes a rate of things.
func PerSecond(x float64) string {
	return strings.TrimSuffix(scaled(x, 1000, "", "thousand", "million", "billion"), " ") + "/s"
}

// Quantile sorts xs and gives its q-quantile, 0 ≤ q ≤ 1; NaN for none.
func Quantile[T ~int64 | ~float64](xs []T, q float64) float64 {
	if len(xs) == 0 {
		return math.NaN()
	}
	slices.Sort(xs)
	return float64(xs[min(len(xs)-1, int(float64(len(xs))*q))])
}

// Median is the 0.5-quantile.
func Median[T ~int64 | ~float64](xs []T) float64 { return Quantile(xs, 0.5) }

// Best is the shorter of two times, of which a is 0 before the first one.
func Best(a, b time.Duration) time.Duration {
	if a == 0 || b < a {
		return b
	}
	return a
}

// Build builds hexlay as it is shipped, without cgo, and gives its path.
func Build(dir string) (string, error) {
	path := filepath.Join(dir, "hexlay")
	cmd := exec.Command("go", "build", "-o", path, "hexlay")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
}

// Installed reports whether a program can be run, and prints that the figures which need it are left out when it cannot.
func (t *Table) Installed(program, figures string) bool {
	if _, err := exec.LookPath(program); err != nil {
		t.Skip(figures, program+" is not installed")
		return false
	}
	return true
}
