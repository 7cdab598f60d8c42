package model

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"hexlay/lifeline"
)

// Job is work that the screen does not wait for. Run gets what it needs in its closure (a snapshot, a plan), never the
// Editor; Done runs on the editor's goroutine with Run's error, and only if no newer job of the kind was started.
type Job struct {
	Kind, Title string
	Total       int64 // what Progress counts up to; 0: unknown
	Run         func(ctx context.Context, progress *atomic.Int64) error
	Done        func(e *Editor, err error) (Effect, error)
	// Keep tells that Done must run even if the job was cancelled or a newer one came: a save has changed the world.
	Keep bool
	// Detached tells that Run may not end when it is cancelled, so that nobody waits for it.
	Detached bool
	// Quick tells that Run is mostly done within a moment, so that a face may wait that long for it before it draws.
	Quick bool
	// Quiet keeps the job out of the status line, and going when the user cancels what runs.
	Quiet bool

	started  func() // called when the job is started, on the editor's goroutine
	id       int64
	began    time.Time
	progress atomic.Int64
	cancel   context.CancelFunc
	ended    chan struct{}
	err      error
}

// Progress is how far the job is, in the unit of Total; any goroutine may ask.
func (j *Job) Progress() int64 { return j.progress.Load() }

// Speed is how much of Total the job does in a second, and how many seconds the rest will take; 0 and 0 while nobody can tell.
func (j *Job) Speed() (rate, left float64) {
	since := time.Since(j.began).Seconds()
	done := float64(j.Progress())
	if since < 0.5 || done <= 0 || j.Total <= 0 {
		return 0, 0
	}
	rate = done / since
	return rate, max(0, float64(j.Total)-done) / rate
}

// Wait blocks until the job's Run has returned.
func (j *Job) Wait() { <-j.ended }

// jobs is what runs now, one of a kind.
type jobs struct {
	last    int64
	running map[string]*Job
	all     sync.WaitGroup
}

// StartJob runs j in the background, cancelling one of the same kind, and returns it; the caller waits for it with
// Wait on a goroutine of its own and then calls Finish on the editor's.
func (e *Editor) StartJob(j *Job) *Job {
	if old := e.jobs.running[j.Kind]; old != nil {
		old.cancel()
	}
	if e.jobs.running == nil {
		e.jobs.running = make(map[string]*Job)
	}
	e.jobs.last++
	ctx, cancel := context.WithCancel(context.Background())
	j.id, j.cancel, j.ended = e.jobs.last, cancel, make(chan struct{})
	j.began = time.Now()
	e.jobs.running[j.Kind] = j
	if j.started != nil {
		j.started()
	}
	if !j.Detached {
		e.jobs.all.Add(1)
	}
	live := onScreen.Load()
	if live {
		beside(1)
	}
	lifeline.Go(j.Title, func() {
		if live {
			defer beside(-1)
		}
		if !j.Detached {
			defer e.jobs.all.Done()
		}
		defer close(j.ended)
		j.err = guarded(func() error { return j.Run(ctx, &j.progress) })
	})
	return j
}

// Started tells whether the job was started.
func (j *Job) Started() bool { return j.ended != nil }

// WaitFor waits at most d for the job's Run to return, and tells whether it did.
func (j *Job) WaitFor(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-j.ended:
		return true
	case <-t.C:
		return false
	}
}

// Finish takes the result of a job that has ended. The result of a job that was replaced is dropped.
func (e *Editor) Finish(j *Job) (Effect, error) {
	j.cancel()
	current := e.jobs.running[j.Kind] == j
	if current {
		delete(e.jobs.running, j.Kind)
	}
	if !current && !j.Keep || j.Done == nil {
		return nil, nil
	}
	return j.Done(e, j.err)
}

// CancelJobs cancels what runs; it tells whether anything did.
func (e *Editor) CancelJobs() bool {
	any := false
	for _, e := range e.inView() {
		for _, j := range e.jobs.running {
			if !j.Quiet {
				j.cancel()
				any = true
			}
		}
	}
	return any
}

// inView is the editors whose documents are on the screen with this one's.
func (e *Editor) inView() []*Editor {
	if c := e.Comparison(); c != nil {
		return []*Editor{c.sides[0].ed, c.sides[1].ed}
	}
	return []*Editor{e}
}

// Running is a job that runs now, for the status line; nil when none does.
func (e *Editor) Running() *Job {
	var newest *Job
	for _, e := range e.inView() {
		for _, j := range e.jobs.running {
			if !j.Quiet && (newest == nil || j.began.After(newest.began)) {
				newest = j
			}
		}
	}
	return newest
}

func (j *jobs) stopAll() {
	for _, job := range j.running {
		job.cancel()
	}
	j.all.Wait()
	j.running = nil
}
