package mmapdoc

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"
)

// sparse is a base of any size without memory: all zero.
type sparse int64

func (s sparse) Size() int64 { return int64(s) }

func (s sparse) ReadAt(p []byte, off int64) (int, error) {
	n := min(int64(len(p)), int64(s)-off)
	clear(p[:n])
	return int(n), nil
}

func (s sparse) view(off, n int64, fn func(b []byte) error) error {
	var zero [64 << 10]byte
	for n > 0 {
		k := min(n, int64(len(zero)))
		if err := fn(zero[:k]); err != nil {
			return err
		}
		n -= k
	}
	return nil
}

// fragmented is a document of about the given number of pieces, made by random overwrites of one byte with a snapshot after each, as
// a screen takes them.
func fragmented(tb testing.TB, pieces int) (*Document, *rand.Rand) {
	rng := rand.New(rand.NewPCG(1, 2))
	d := newDocument(Info{Name: "bench"}, sparse(1<<40), nil)
	for range pieces / 2 {
		if err := d.Splice(rng.Int64N(d.Size()), 1, []byte{1}, Typed); err != nil {
			tb.Fatal(err)
		}
		d.Snapshot()
	}
	return d, rng
}

const million = 1_000_000

// TestMemory holds what a piece costs, with the history of the edit that made it.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("short: a million pieces, by one goroutine")
	}
	heap := func() float64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	empty := heap()
	d, _ := fragmented(t, million/4)
	pieces := countPieces(d.tree)
	each := (heap() - empty) / float64(pieces)
	t.Logf("%d pieces by %d edits, height %d: %.1f bytes for a piece", pieces, d.undo.n, d.tree.root.height, each)
	if each > 150 {
		t.Errorf("%.1f bytes of heap for a piece", each)
	}
	for d.CanUndo() {
		d.Undo()
	}
	if each = (heap() - empty) / float64(pieces); each > 150 {
		t.Errorf("%.1f bytes of heap for a piece of a document with everything undone", each)
	}
	runtime.KeepAlive(d)
}

// BenchmarkMillion measures a document of a million pieces. Medians are of single operations, so that the clock's own
// 50 ns or so are in them.
func BenchmarkMillion(b *testing.B) {
	d, rng := fragmented(b, million)
	measure := func(name string, op func()) {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				op()
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2]), "median-ns")
			b.ReportMetric(float64(took[len(took)*99/100]), "p99-ns")
			b.ReportMetric(float64(took[len(took)-1]), "max-ns")
		})
	}
	one := []byte{2}
	measure("overwrite", func() { d.Splice(rng.Int64N(d.Size()), 1, one, Alone); d.Snapshot() })
	measure("insert", func() { d.Splice(rng.Int64N(d.Size()), 0, one, Alone); d.Snapshot() })
	measure("delete", func() { d.Splice(rng.Int64N(d.Size()-1), 1, nil, Alone); d.Snapshot() })
	measure("undo", func() { d.Undo(); d.Snapshot() })
	measure("deleteQuarterAndUndo", func() { d.Splice(rng.Int64N(d.Size()/2), d.Size()/4, nil, Alone); d.Snapshot(); d.Undo() })
	d.Redo()
	measure("undoRedoDeleteQuarter", func() { d.Undo(); d.Snapshot(); d.Redo(); d.Snapshot() })
	d.Undo()
	measure("deleteAllAndUndo", func() { d.Splice(0, d.Size(), nil, Alone); d.Snapshot(); d.Undo() })
	d.Splice(0, d.Size(), nil, Alone)
	measure("undoRedoDeleteAll", func() { d.Undo(); d.Redo() })
	d.Undo()
	d.Begin()
	for range 1000 {
		d.Splice(rng.Int64N(d.Size()), 1, one, Alone)
	}
	d.End()
	measure("undoRedoGroup", func() { d.Undo(); d.Redo() })
	page := make([]byte, 4096)
	measure("read4K", func() { d.Snapshot().Read(page, rng.Int64N(d.Size()), nil) })
	var out []Range
	measure("changed", func() { at := rng.Int64N(d.Size()); out = d.Snapshot().Changed(Range{at, at + 64<<20}, out[:0]) })
	measure("nextChange", func() { d.Snapshot().NextChange(rng.Int64N(d.Size())) })
	measure("prevChange", func() { d.Snapshot().PrevChange(rng.Int64N(d.Size())) })
	runtime.KeepAlive(d)
}
