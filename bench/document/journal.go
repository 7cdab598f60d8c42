package main

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"hexlay/bench/internal/report"
	"hexlay/mmapdoc"
)

// journal times the same random edits with a journal and without, in turns, each on a document of its own: as fast as they
// come, and one after the other with a pause, as somebody types them. What the journal adds is the difference.
func journal(t *report.Table, dir string) error {
	if err := os.Setenv("XDG_STATE_HOME", dir); err != nil { // the journals of the benchmark are not the user's
		return err
	}
	path := filepath.Join(dir, "journaled")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		return err
	}
	if err := os.Truncate(path, fileSize); err != nil {
		return err
	}
	var docs [2]*mmapdoc.Document
	for i := range docs {
		d, err := mmapdoc.Open(path)
		if err != nil {
			return err
		}
		defer d.Close()
		docs[i] = d
	}
	if err := docs[1].StartJournal(); err != nil {
		return err
	}
	t.Section("the journal of edits")
	for _, run := range []struct {
		name  string
		edits int
		pause time.Duration
	}{{"edits as fast as they come", *edits, 0}, {"typing, 2 ms apart", min(*edits, 1500), 2 * time.Millisecond}} {
		var took [2][]time.Duration
		rng := rand.New(rand.NewPCG(3, 4))
		for n := range run.edits {
			at := rng.Int64N(fileSize)
			for k := range docs {
				i := (n + k) % len(docs) // the second of two finds the caches warm
				one, err := timed(1, func() error { return docs[i].Splice(at, 1, []byte{7}, mmapdoc.Alone) })
				if err != nil {
					return err
				}
				took[i] = append(took[i], one...)
			}
			time.Sleep(run.pause)
		}
		plain, kept := report.Median(took[0]), report.Median(took[1])
		t.Add(report.Line{Figure: "with a journal: " + run.name, Got: kept, Unit: report.Nanoseconds, MeasuredSuffix: spread(took[1]),
			Peer: "without one", PeerGot: plain})
		t.Add(report.Line{Figure: "added by the journal", Got: max(0, kept-plain), Unit: report.Nanoseconds, Most: 5 * µs})
		t.Add(report.Line{Figure: "added at p99", Got: max(0, report.Quantile(took[1], 0.99)-report.Quantile(took[0], 0.99)), Unit: report.Nanoseconds})
	}
	start := time.Now()
	if err := docs[1].Journal().Sync(context.Background()); err != nil {
		return err
	}
	t.Add(report.Line{Figure: "waiting for the journal to be durable", Got: float64(time.Since(start)), Unit: report.Nanoseconds})
	return docs[1].DropJournal()
}
