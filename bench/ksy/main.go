// Command ksy measures templates over large files: a sparse one of 100 GB, an archive of 2,000 entries and a capture of 175,000
// packets. Run it from the module:
//
//	go run ./bench/ksy [-runs N]
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"hexlay/bench/internal/ksydata"
	"hexlay/bench/internal/report"
	"hexlay/overlay/ksy"
	"hexlay/templates"
)

var runs = flag.Int("runs", 5, "runs of each figure, of which the median counts")

func main() {
	flag.Parse()
	report.Main("ksy", measure)
}

func measure(t *report.Table, dir string) error {
	hexlay, err := report.Build(dir)
	if err != nil {
		return err
	}
	archive, capture := filepath.Join(dir, "a.zip"), filepath.Join(dir, "a.pcap")
	if err := write(archive, func(w io.Writer) error { return ksydata.Zip(w, 2000, 200<<20) }); err != nil {
		return err
	}
	if err := write(capture, func(w io.Writer) error { return ksydata.Pcap(w, 175_000, 100e6) }); err != nil {
		return err
	}
	t.Section("lazily, in this process")
	for _, f := range []func(*report.Table, string) error{sparse, func(t *report.Table, _ string) error { return screen(t, archive) },
		func(t *report.Table, _ string) error { return editing(t, capture) }, sequential, loading} {
		if err := f(t, dir); err != nil {
			return err
		}
	}
	t.Section("the verb decode, the whole tree with --dump --json")
	for _, c := range []struct {
		name, file string
		seconds    float64
		kilobytes  float64
	}{{"a zip of 200 MB with 2,000 entries", archive, 0.5, 0}, {"a pcap of 100 MB with 175,000 packets", capture, 8, 300e6}} {
		if err := verb(t, hexlay, c.name, c.file, c.seconds, c.kilobytes); err != nil {
			return err
		}
	}
	return nil
}

func write(name string, fn func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := fn(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// open lays a template over a file, as any user of the package does.
func open(s *ksy.Schema, name string) (*ksy.Tree, *os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	st, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	return s.Open(f, 0, st.Size(), ksy.Options{}), f, nil
}

func builtIn(name string) (*ksy.Schema, error) {
	f, _ := templates.Lookup(name)
	s, problems := ksy.LoadBuiltIn(f.Path(), ksy.LoadOptions{BuiltIn: templates.FS()})
	if s == nil {
		return nil, fmt.Errorf("%s: %v", name, problems)
	}
	return s, nil
}

func parsed(text string) (*ksy.Schema, error) {
	s, problems := ksy.LoadText("bench.ksy", []byte(text), ksy.LoadOptions{})
	if s == nil {
		return nil, fmt.Errorf("%v", problems)
	}
	return s, nil
}

// sparse reaches far into an array of elements of one size.
func sparse(t *report.Table, dir string) error {
	name := filepath.Join(dir, "sparse")
	if err := write(name, func(io.Writer) error { return nil }); err != nil {
		return err
	}
	if err := os.Truncate(name, 100e9); err != nil {
		t.Skip("element 1,000,000,000 of an array", err.Error())
		return nil
	}
	s, err := parsed("meta: {id: bench, endian: le}\nseq: [{id: items, type: item, repeat: eos}]\ntypes: {item: {seq: [{id: a, type: u4}, {id: b, type: f4}]}}\n")
	if err != nil {
		return err
	}
	var took []time.Duration
	for range *runs {
		tree, f, err := open(s, name)
		if err != nil {
			return err
		}
		start := time.Now()
		n, err := tree.Root().Field("items").Child(1e9)
		if err == nil {
			_, err = n.Field("b").Value()
		}
		took = append(took, time.Since(start))
		f.Close()
		if err != nil {
			return err
		}
	}
	t.Add(report.Line{Figure: "element 1,000,000,000 of an array in 100 GB", Got: float64(report.Median(took)), Unit: report.Nanoseconds, Most: 1e6})
	return nil
}

// screen opens the archive as the tree panel does: forty rows, then one more node.
func screen(t *report.Table, archive string) error {
	s, err := builtIn("zip")
	if err != nil {
		return err
	}
	var first, node []time.Duration
	for range *runs {
		tree, f, err := open(s, archive)
		if err != nil {
			return err
		}
		start := time.Now()
		entries := tree.Root().Field("directory").Field("entries")
		for i := range int64(40) {
			e, err := entries.Child(i)
			if err != nil {
				return err
			}
			if _, err := e.Field("name").Value(); err != nil {
				return err
			}
		}
		first = append(first, time.Since(start))
		start = time.Now()
		e, err := entries.Child(30)
		if err != nil {
			return err
		}
		local := e.Field("local")
		n, _ := local.Len()
		for i := range n {
			if c, err := local.Child(i); err == nil {
				_, _, _ = c.Preview(16)
			}
		}
		node = append(node, time.Since(start))
		f.Close()
		if n == 0 {
			return fmt.Errorf("the entry has no local header: %v", local.Err())
		}
	}
	t.Add(report.Line{Figure: "first 40 entries of a zip of 2,000", Got: float64(report.Median(first)), Unit: report.Nanoseconds, Most: 20e6})
	t.Add(report.Line{Figure: "one entry's local header with its fields", Got: float64(report.Median(node)), Unit: report.Nanoseconds, Most: 2e6})
	return nil
}

// editing changes a byte near the end of the capture with the tree open there.
func editing(t *report.Table, capture string) error {
	s, err := builtIn("pcap")
	if err != nil {
		return err
	}
	tree, f, err := open(s, capture)
	if err != nil {
		return err
	}
	defer f.Close()
	const last = 174_990
	look := func() (time.Duration, error) {
		start := time.Now()
		n, err := tree.Root().Field("capture").Field("packets").Child(last)
		if err == nil {
			_, err = n.Field("seconds").Value()
		}
		return time.Since(start), err
	}
	var fresh, again []time.Duration
	for range *runs {
		tree.Reset(f, tree.Range().Len(), 0)
		took, err := look()
		if err != nil {
			return err
		}
		fresh = append(fresh, took)
		n, err := tree.Root().Field("capture").Field("packets").Child(last - 10)
		if err != nil {
			return err
		}
		at, _ := n.Range()
		tree.Reset(f, tree.Range().Len(), at.Start)
		if took, err = look(); err != nil {
			return err
		}
		again = append(again, took)
	}
	t.Add(report.Line{Figure: "packet 174,990 of a capture, in a fresh tree", Got: float64(report.Median(fresh)), Unit: report.Nanoseconds})
	t.Add(report.Line{Figure: "the same after an edit of packet 174,980", Got: float64(report.Median(again)), Unit: report.Nanoseconds, Most: 5e6})
	return nil
}

// sequential reads records of different sizes one behind the other, and keeps what a tree keeps.
func sequential(t *report.Table, dir string) error {
	s, err := parsed(`
meta: {id: bench, endian: be}
seq: [{id: records, type: record, repeat: eos}]
types:
  record:
    seq:
      - {id: kind, type: u1}
      - {id: len_body, type: u2}
      - {id: body, size: len_body}
      - {id: sum, type: u4}
`)
	if err != nil {
		return err
	}
	const records, fields = 250_000, 5 * 250_000 // each record and its four fields
	name := filepath.Join(dir, "records")
	err = write(name, func(w io.Writer) error {
		var b []byte
		for i := range records {
			b = append(b, byte(i), 0, byte(i%5))
			b = append(b, make([]byte, i%5+4)...)
		}
		_, err := w.Write(b)
		return err
	})
	if err != nil {
		return err
	}
	var rates, kept []float64
	for range *runs {
		tree, f, err := open(s, name)
		if err != nil {
			return err
		}
		before := heap()
		start := time.Now()
		if err := tree.Parse(); err != nil {
			return err
		}
		rates = append(rates, fields/time.Since(start).Seconds())
		kept = append(kept, float64(heap()-before)/fields)
		runtime.KeepAlive(tree)
		f.Close()
	}
	t.Add(report.Line{Figure: "fields read in order", Got: report.Median(rates), Unit: report.PerSecond, Least: 2e6})
	t.Add(report.Line{Figure: "kept for a field", Got: report.Median(kept), Unit: report.Bytes, Most: 100})
	return nil
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// loading is what `check` does, for the slowest of the built-in templates.
func loading(t *report.Table, _ string) error {
	var slowest time.Duration
	name := ""
	for _, f := range templates.Formats() {
		var took []time.Duration
		for range *runs {
			start := time.Now()
			if _, err := builtIn(f.Name); err != nil {
				return err
			}
			took = append(took, time.Since(start))
		}
		if m := time.Duration(report.Median(took)); m > slowest {
			slowest, name = m, f.Name
		}
	}
	t.Add(report.Line{Figure: "loading a built-in template, the slowest: " + name, Got: float64(slowest), Unit: report.Nanoseconds, Most: 20e6})
	return nil
}

func verb(t *report.Table, hexlay, name, file string, seconds, memory float64) error {
	var took []time.Duration
	var most float64
	for range min(*runs, 3) {
		cmd := exec.Command(hexlay, "decode", file, "--dump", "--json")
		start := time.Now()
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("decode: %w", err)
		}
		took = append(took, time.Since(start))
		most = max(most, float64(report.Resident(cmd.ProcessState)))
	}
	t.Add(report.Line{Figure: name, Got: float64(report.Median(took)), Unit: report.Nanoseconds, Most: seconds * 1e9})
	if most > 0 && memory > 0 {
		t.Add(report.Line{Figure: name + ": memory", Got: most, Unit: report.Bytes, Most: memory})
	}
	return nil
}
