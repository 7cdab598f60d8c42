package model

import (
	"context"
	"errors"
	"sync/atomic"
)

// A look reads for a moment only. What it left (the end of a long array, what lies behind it, a checksum over much) is read on
// by one walk in the background, in slices between which all other jobs on the outline have their turn. As it comes on, the screen
// looks again.

// queue gives a place among those that wait for the outline: before is closed when it is this one's turn, ended is to be closed
// after it.
func (o *outline) queue() (before, ended chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	before, ended = o.last, make(chan struct{})
	o.last = ended
	return before, ended
}

// walkOn gives the job that reads on; nil when it runs already, or when the user cancelled it and nothing changed since.
func (e *Editor) walkOn() Effect {
	if e.jobs.running[walkKind] != nil || e.sight == nil || e.sight.key.stopped() == e.walkStopped {
		return nil
	}
	o, key := e.outline, e.sight.key.stopped()
	return Start{&Job{
		Kind: walkKind, Title: "reading fields", Total: max(1, e.Size()),
		Run: func(ctx context.Context, progress *atomic.Int64) error {
			for {
				at, more, err := o.readOn(ctx)
				if at > progress.Load() {
					progress.Store(at)
				}
				if err != nil || !more {
					return err
				}
			}
		},
		Done: func(e *Editor, err error) (Effect, error) {
			e.walks++
			if errors.Is(err, context.Canceled) {
				e.walkStopped = key
			}
			return nil, nil
		},
	}}
}

const walkKind = "tree walk"

// stopped is what has to change before a walk that the user ended begins again.
func (k sightKey) stopped() sightKey {
	return sightKey{version: k.version, laid: k.laid, stamp: k.stamp}
}

// progressOf is how far the job of a kind is, -1 when none runs.
func (e *Editor) progressOf(kind string) int64 {
	if j := e.jobs.running[kind]; j != nil {
		return j.Progress()
	}
	return -1
}

// readOn reads a slice of what was left.
func (o *outline) readOn(ctx context.Context) (at int64, more bool, err error) {
	at = -1
	err = o.turn(func() error {
		for _, t := range o.trees {
			if !t.laid.behind() {
				continue
			}
			t.laid.during(ctx, false)
			to, err := t.laid.advance()
			if at = max(at, to); err != nil {
				more = false
				return err
			}
			more = more || t.laid.behind()
		}
		return ctx.Err()
	})
	return at, more, err
}

// turn runs f when it is its turn.
func (o *outline) turn(f func() error) error {
	before, ended := o.queue()
	defer close(ended)
	if before != nil {
		<-before
	}
	return f()
}
