// Command picture measures the map of a whole document and the counting behind all pictures: how soon there is something to
// see, how fast it becomes exact, on one core and on all, beside a plain loop over the bytes in the same run, and how long keys
// wait meanwhile. Run it from the module:
//
//	go run ./bench/picture [-size BYTES] [-data BYTES] [-runs N]
//
// The data are in the page cache: they were written just before.
package main

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"hexlay/bench/internal/report"
	"hexlay/mmapdoc"
	"hexlay/model"
)

var (
	size = flag.Int64("size", 10<<30, "bytes of the sparse file, a twentieth of it random data")
	data = flag.Int64("data", 2<<30, "bytes of the file of random data")
	runs = flag.Int("runs", 3, "runs; the best counts")
)

func main() {
	flag.Parse()
	report.Main("picture", measure)
}

func measure(t *report.Table, dir string) error {
	hollow, full := filepath.Join(dir, "sparse"), filepath.Join(dir, "random")
	if err := write(hollow, *size, 32<<20, 640<<20); err != nil {
		return err
	}
	if err := write(full, *data, 32<<20, 32<<20); err != nil {
		return err
	}
	t.Section("the map of a sparse file of %d bytes", *size)
	first, exact, _, err := best(hollow, 0)
	if err != nil {
		return err
	}
	t.Add(report.Line{Figure: "every part known, from samples", Got: first, Unit: report.Nanoseconds, Most: 200e6})
	t.Add(report.Line{Figure: "exact", Got: exact, Unit: report.Nanoseconds})

	t.Section("the map of %d bytes of random data", *data)
	first, exact, memory, err := best(full, 0)
	if err != nil {
		return err
	}
	naive, err := naiveRate(full)
	if err != nil {
		return err
	}
	n := float64(*data)
	cores := float64(runtime.GOMAXPROCS(0))
	t.Add(report.Line{Figure: "every part known, from samples", Got: first, Unit: report.Nanoseconds, Most: 200e6})
	t.Add(report.Line{Figure: "exact, all cores, for each of them", Got: n / exact * 1e9 / cores, Unit: report.BytesPerSecond, Least: 2e9,
		Peer: "a plain loop over the bytes, one core", PeerGot: naive})
	t.Add(report.Line{Figure: "private memory more than before", Got: memory, Unit: report.Bytes, Most: 20e6})
	_, exact, _, err = best(full, 1)
	if err != nil {
		return err
	}
	t.Add(report.Line{Figure: "exact, one core", Got: n / exact * 1e9, Unit: report.BytesPerSecond, Least: 2e9,
		Peer: "a plain loop over the bytes", PeerGot: naive})
	pairs, err := pairRate(full)
	if err != nil {
		return err
	}
	t.Add(report.Line{Figure: "pairs of bytes, all cores", Got: pairs, Unit: report.BytesPerSecond, Peer: "a plain loop over the bytes", PeerGot: naive})
	return keys(t, dir, full)
}

// write makes a file with part random bytes at every step.
func write(path string, n, part, step int64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	rnd := rand.NewChaCha8([32]byte{7})
	buf := make([]byte, min(part, n))
	rnd.Read(buf)
	for at := int64(0); at < n; at += step {
		buf[0]++ // no two are the same
		if _, err := f.WriteAt(buf[:min(int64(len(buf)), n-at)], at); err != nil {
			return err
		}
	}
	return f.Truncate(n)
}

// best is the least time, in nanoseconds, until every part of the map is known and until it is exact; cores 0 are all. memory
// is what the heap of the last run holds more than before.
func best(path string, cores int) (first, exact, memory float64, err error) {
	if cores > 0 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	}
	for range *runs {
		f, e, m, err := once(path)
		if err != nil {
			return 0, 0, 0, err
		}
		if first == 0 || f < first {
			first = f
		}
		if exact == 0 || e < exact {
			exact = e
		}
		memory = m
	}
	return first, exact, memory, nil
}

func once(path string) (first, exact, memory float64, err error) {
	doc, err := mmapdoc.Open(path)
	if err != nil {
		return 0, 0, 0, err
	}
	ed := model.New(doc)
	defer ed.Close()
	debug.FreeOSMemory()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	j := ed.MapJob()
	if j == nil {
		return 0, 0, 0, errors.New("there is nothing to map")
	}
	m := ed.FileMap()
	ed.StartJob(j)
	for first == 0 {
		if j.WaitFor(time.Millisecond/2) || m.Whole() {
			first = float64(time.Since(start))
		}
	}
	j.Wait()
	exact = float64(time.Since(start))
	runtime.ReadMemStats(&after)
	if _, err := ed.Finish(j); err != nil {
		return 0, 0, 0, err
	}
	if !m.Exact() {
		return 0, 0, 0, errors.New("the map is not exact")
	}
	return first, exact, float64(after.Sys) - float64(before.Sys), nil
}

// naiveRate is how fast a plain loop counts bytes, in bytes a second.
func naiveRate(path string) (float64, error) {
	rate := 0.0
	for range *runs {
		doc, err := mmapdoc.Open(path) // anew: a map whose pages were touched before is faster
		if err != nil {
			return 0, err
		}
		s := doc.Snapshot()
		n := min(s.Size(), 256<<20)
		var h [256]int64
		start := time.Now()
		err = s.Scan(mmapdoc.Range{End: n}, func(_ int64, b []byte) error {
			for _, c := range b {
				h[c]++
			}
			return nil
		})
		took := time.Since(start)
		if err = errors.Join(err, doc.Close()); err != nil {
			return 0, err
		}
		rate = max(rate, float64(n)/took.Seconds())
	}
	return rate, nil
}

// pairRate is how fast pairs are counted.
func pairRate(path string) (float64, error) {
	doc, err := mmapdoc.Open(path)
	if err != nil {
		return 0, err
	}
	defer doc.Close()
	rate := 0.0
	for range *runs {
		var done atomic.Int64
		start := time.Now()
		if _, err := model.SurveyOf(context.Background(), doc.Snapshot(), mmapdoc.Range{End: doc.Size()}, true, &done); err != nil {
			return 0, err
		}
		rate = max(rate, float64(doc.Size())/time.Since(start).Seconds())
	}
	return rate, nil
}
