// Command document measures edits, undo and memory of a document of a million pieces, beside the same edits on a plain
// slice of bytes in the same run, and what the journal of edits adds to an edit. Run it from the module:
//
//	go run ./bench/document [-pieces N] [-edits N] [-slice BYTES]
//
// The document is a sparse file of 64 GiB in which every other piece is one overwritten byte. A snapshot is taken after
// each edit, as the screen does. Times are of single operations, so the clock's own 50 ns are in them.
package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"hexlay/bench/internal/report"
	"hexlay/mmapdoc"
)

var (
	pieces = flag.Int("pieces", 1_000_000, "pieces of the document")
	edits  = flag.Int("edits", 20_000, "edits of each kind that are timed")
	slice  = flag.Int("slice", 64<<20, "bytes of the plain slice")
)

const (
	fileSize = 64 << 30
	group    = 1000 // edits in one undo step
	µs       = 1000.0
)

func main() {
	flag.Parse()
	report.Main("document", measure)
}

func measure(t *report.Table, dir string) error {
	path := filepath.Join(dir, "sparse")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		return err
	}
	if err := os.Truncate(path, fileSize); err != nil {
		return err
	}
	before := heap()
	d, err := mmapdoc.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	b := &bench{t: t, d: d, rng: rand.New(rand.NewPCG(1, 2))}
	if err := b.fragment(*pieces / 2); err != nil {
		return err
	}
	t.Section("a document of %d pieces, made by %d edits", *pieces, *pieces/2)
	t.Add(report.Line{Figure: "heap for a piece, history included", Got: (heap() - before) / float64(*pieces), Unit: report.Bytes, Most: 150})
	if err := b.edits(); err != nil {
		return err
	}
	if err := b.undos(); err != nil {
		return err
	}
	runtime.KeepAlive(d)
	return journal(t, dir)
}

func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

type bench struct {
	t   *report.Table
	d   *mmapdoc.Document
	rng *rand.Rand
}

// fragment overwrites n different bytes, which lie apart, in random order, so that every one adds two pieces.
func (b *bench) fragment(n int) error {
	places := b.rng.Perm(n)
	for _, p := range places {
		off := int64(p)*(fileSize/int64(n)) + 1 + b.rng.Int64N(fileSize/int64(n)-2)
		if err := b.d.Splice(off, 1, []byte{1}, mmapdoc.Typed); err != nil {
			return err
		}
		b.d.Snapshot()
	}
	return nil
}

// spread says how the times of single operations lay around their median.
func spread(took []time.Duration) string {
	return fmt.Sprintf("(p99 %s)", report.Nanoseconds(report.Quantile(took, 0.99)))
}

// timed times each call of op, which says whether it did what it should.
func timed(n int, op func() error) (took []time.Duration, err error) {
	took = make([]time.Duration, n)
	for i := range took {
		start := time.Now()
		err := op()
		took[i] = time.Since(start)
		if err != nil {
			return nil, err
		}
	}
	return took, nil
}

// edit is one kind of random edit: del bytes go and ins come.
type edit struct {
	name string
	del  int64
	ins  []byte
}

func (b *bench) edits() error {
	kinds := []edit{{"overwrite of a byte", 1, []byte{2}}, {"insert of a byte", 0, []byte{2}}, {"delete of a byte", 1, nil}}
	plain := make([]byte, *slice, *slice+*edits)
	var ours, theirs []time.Duration
	for _, k := range kinds {
		took, err := timed(*edits, func() error {
			err := b.d.Splice(b.rng.Int64N(b.d.Size()), k.del, k.ins, mmapdoc.Alone)
			b.d.Snapshot()
			return err
		})
		if err != nil {
			return err
		}
		// A slice's edits take milliseconds: a hundredth of them tells as much.
		peer, err := timed(max(1, *edits/100), func() error {
			at := b.rng.IntN(len(plain))
			plain = slices.Replace(plain, at, at+int(k.del), k.ins...)
			return nil
		})
		if err != nil {
			return err
		}
		b.t.Add(report.Line{Figure: "random " + k.name, Got: report.Median(took), Unit: report.Nanoseconds, Most: 5 * µs,
			MeasuredSuffix: spread(took), Peer: "slice of " + report.Bytes(float64(*slice)), PeerGot: report.Median(peer)})
		ours, theirs = append(ours, took...), append(theirs, peer...)
	}
	b.t.Add(report.Line{Figure: "random edit of any kind", Got: report.Median(ours), Unit: report.Nanoseconds, Most: 5 * µs,
		MeasuredSuffix: spread(ours), Peer: "slice of " + report.Bytes(float64(*slice)), PeerGot: report.Median(theirs)})
	return nil
}

var errUndo = errors.New("there was nothing to undo")

func (b *bench) undo() error {
	_, ok := b.d.Undo()
	b.d.Snapshot()
	if !ok {
		return errUndo
	}
	return nil
}

func (b *bench) undos() error {
	add := func(figure string, took []time.Duration, err error) error {
		if err == nil {
			b.t.Add(report.Line{Figure: figure, Got: report.Median(took), Unit: report.Nanoseconds, Most: 100 * µs, MeasuredSuffix: spread(took)})
		}
		return err
	}
	small, err := timed(*edits, b.undo)
	if err := add("undo of a small edit", small, err); err != nil {
		return err
	}
	// Large edits are made anew for each undo: the first undo is the one people wait for.
	const rounds = 25
	large := func(figure string, do func() error) error {
		var took []time.Duration
		for range rounds {
			size := b.d.Size()
			if err := do(); err != nil {
				return err
			}
			b.d.Snapshot()
			one, err := timed(1, b.undo)
			if err != nil {
				return err
			}
			if b.d.Size() != size {
				return fmt.Errorf("%s: %d bytes came back as %d", figure, size, b.d.Size())
			}
			took = append(took, one...)
		}
		return add(figure, took, nil)
	}
	if err := large("undo of deleting a quarter", func() error {
		return b.d.Splice(b.rng.Int64N(b.d.Size()/2), b.d.Size()/4, nil, mmapdoc.Alone)
	}); err != nil {
		return err
	}
	if err := large("undo of deleting everything", func() error {
		return b.d.Splice(0, b.d.Size(), nil, mmapdoc.Alone)
	}); err != nil {
		return err
	}
	return large(fmt.Sprintf("undo of a group of %d random edits", group), func() error {
		b.d.Begin()
		defer b.d.End()
		for range group {
			if err := b.d.Splice(b.rng.Int64N(b.d.Size()), 0, []byte{3}, mmapdoc.Alone); err != nil {
				return err
			}
		}
		return nil
	})
}
