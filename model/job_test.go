package model

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
)

func TestStaleResultIsDropped(t *testing.T) {
	e := over([]byte{1})
	var done []string
	job := func(name string, keep bool) *Job {
		return &Job{Kind: "find", Title: name, Keep: keep,
			Run: func(ctx context.Context, _ *atomic.Int64) error { <-ctx.Done(); return ctx.Err() },
			Done: func(_ *Editor, err error) (Effect, error) {
				done = append(done, name)
				return nil, err
			}}
	}
	first := e.StartJob(job("first", false))
	kept := e.StartJob(job("kept", true)) // cancels the first
	first.Wait()
	last := e.StartJob(job("last", false))
	kept.Wait()
	if e.Running() != last {
		t.Errorf("running: %v", e.Running())
	}
	if eff, err := e.Finish(first); eff != nil || err != nil {
		t.Errorf("the result of a replaced job: %v, %v", eff, err)
	}
	if _, err := e.Finish(kept); !errors.Is(err, context.Canceled) {
		t.Errorf("the kept job ended with %v", err)
	}
	if e.Running() != last {
		t.Error("finishing an old job took the new one away")
	}
	if _, err := run(t, e, "escape"); err != nil || e.Notice().Text != "cancelled" {
		t.Errorf("escape: %v, %+v", err, e.Notice())
	}
	last.Wait()
	if _, err := e.Finish(last); !errors.Is(err, context.Canceled) {
		t.Errorf("the cancelled job ended with %v", err)
	}
	if e.Running() != nil || strings.Join(done, " ") != "kept last" {
		t.Errorf("done: %v, running: %v", done, e.Running())
	}
}

func TestJobPanics(t *testing.T) {
	e := over(nil)
	j := e.StartJob(&Job{Kind: "x", Run: func(context.Context, *atomic.Int64) error { panic("boom") },
		Done: func(_ *Editor, err error) (Effect, error) { return nil, err }})
	j.Wait()
	if _, err := e.Finish(j); err == nil || !strings.Contains(err.Error(), "boom") {
		t.Error(err)
	}
	lastPanic = ""
}

// TestCloseWaits: nothing reads the document when Close returns.
func TestCloseWaits(t *testing.T) {
	e := over([]byte{1})
	var ended atomic.Bool
	e.StartJob(&Job{Kind: "x", Run: func(ctx context.Context, _ *atomic.Int64) error {
		<-ctx.Done()
		ended.Store(true)
		return nil
	}})
	if err := e.Close(); err != nil || !ended.Load() {
		t.Errorf("Close: %v, the job had ended: %v", err, ended.Load())
	}
}
