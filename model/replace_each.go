package model

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"hexlay/mmapdoc"
)

// oneByOne is where a replacement stands that asks about every match.
type oneByOne struct {
	at         mmapdoc.Range     // the match asked about; empty: none
	snapshot   *mmapdoc.Snapshot // in which it was found
	done, left int64
}

// quickly is how long the next match is looked for while the user waits for the question about it; then a job goes on.
const quickly = 15 * time.Millisecond

// runReplaceEach asks about the first match from the cursor on, or does what was answered and asks about the next.
func runReplaceEach(e *Editor, args []string) (Effect, error) {
	plan := e.finding.plan
	o := &plan.each
	if len(args) == 0 {
		*o = oneByOne{}
		e.jumps.leave(e.cursor)
		return e.askNext(e.Target().Start, true)
	}
	if o.at.Len() == 0 {
		return nil, errors.New("replace-each: no match was asked about")
	}
	at, same := o.at, o.snapshot == e.Snapshot()
	o.at = mmapdoc.Range{}
	switch {
	case args[0] == "stop":
		e.tellEach("")
		return nil, nil
	case args[0] == "no":
		o.left++
		return e.askNext(at.End, false)
	case !same:
		return e.askNext(min(at.Start, e.Size()), false) // other bytes than those that were seen
	case args[0] == "rest":
		return e.replaceRest(at.Start), nil
	}
	search := e.planSearch(plan, mmapdoc.Range{Start: at.Start, End: at.Start + 1})
	batch, err := Replacements(context.Background(), search, plan.with, 1)
	if err != nil {
		return nil, err
	}
	if err := e.applyBatch(batch); err != nil {
		return nil, err
	}
	plan.batch = nil
	plan.scope.End += batch.Grown()
	o.done += int64(batch.Len())
	return e.askNext(at.End+batch.Grown(), false)
}

// planSearch looks for the matches of a plan that begin in begin.
func (e *Editor) planSearch(plan *replacing, begin mmapdoc.Range) *Search {
	return &Search{Snapshot: e.Snapshot(), Pattern: plan.of.pattern, Range: e.scopeOf(plan), Begin: begin}
}

// scopeOf is where a plan replaces, in the document as it is.
func (e *Editor) scopeOf(plan *replacing) mmapdoc.Range {
	if plan.whole {
		plan.scope = mmapdoc.Range{End: e.Size()}
	}
	plan.scope.End = min(plan.scope.End, e.Size())
	plan.scope.Start = min(plan.scope.Start, plan.scope.End)
	return plan.scope
}

// askNext goes to the first match from an offset on and asks about it. The first time, when there is none, it is the first one
// of all.
func (e *Editor) askNext(from int64, first bool) (Effect, error) {
	return e.askNextWithin(quickly, from, first)
}

func (e *Editor) askNextWithin(wait time.Duration, from int64, first bool) (Effect, error) {
	plan := e.finding.plan
	scope := e.scopeOf(plan)
	from = max(from, scope.Start)
	parts := []mmapdoc.Range{{Start: min(from, scope.End), End: scope.End}}
	if first {
		parts = append(parts, mmapdoc.Range{Start: scope.Start, End: min(from, scope.End)})
	}
	var searches []*Search
	for _, p := range parts {
		if p.Len() > 0 {
			searches = append(searches, e.planSearch(plan, p))
		}
	}
	s := e.Snapshot()
	var hit mmapdoc.Range
	look := func(ctx context.Context, progress *atomic.Int64) error {
		hit = mmapdoc.Range{}
		for _, search := range searches {
			search.Progress = progress
			err := search.Run(ctx, func(hits []mmapdoc.Range) error {
				hit = hits[0]
				return ErrStop
			})
			if err != nil || hit.Len() > 0 {
				return err
			}
		}
		return nil
	}
	found := func(e *Editor, err error) (Effect, error) {
		if ended, err := e.eachEnded(s, err); ended {
			return nil, err
		}
		switch {
		case hit.Len() == 0 && plan.each.done+plan.each.left == 0:
			return nil, fmt.Errorf("not found: %s", shorten(plan.of.shown, 60))
		case hit.Len() == 0:
			e.selecting = false
			e.setCursor(e.cursor)
			e.tellEach("no more matches: ")
			return nil, nil
		}
		return e.askEach(plan, hit)
	}
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	if err := look(ctx, new(atomic.Int64)); !errors.Is(err, context.DeadlineExceeded) {
		return found(e, err)
	}
	return Start{&Job{Kind: "find", Title: "finding " + shorten(plan.of.shown, 30), Total: scope.End - from, Run: look, Done: found}}, nil
}

// askEach selects a match and asks what to do with it.
func (e *Editor) askEach(plan *replacing, hit mmapdoc.Range) (Effect, error) {
	line, err := e.previewOf(plan, hit)
	if err != nil {
		return nil, err
	}
	e.selectFound(hit)
	plan.each.at, plan.each.snapshot = hit, e.Snapshot()
	return Ask{Title: "Replace this one? " + line, Below: true, Choices: []Choice{
		{"y", "yes", "replace-each yes"},
		{"n", "no", "replace-each no"},
		{"a", "all from here on", "replace-each rest"},
		{"q", "stop", "replace-each stop"},
	}}, nil
}

// replaceRest replaces the matches that begin at from or behind it, as one undo step.
func (e *Editor) replaceRest(from int64) Effect {
	plan, s := e.finding.plan, e.Snapshot()
	search := e.planSearch(plan, mmapdoc.Range{Start: from, End: e.scopeOf(plan).End})
	var batch *mmapdoc.Batch
	return Start{&Job{
		Kind: "find", Title: "finding " + shorten(plan.of.shown, 30), Total: search.Begin.Len(),
		Run: func(ctx context.Context, progress *atomic.Int64) (err error) {
			search.Progress = progress
			batch, err = Replacements(ctx, search, plan.with, 0)
			return err
		},
		Done: func(e *Editor, err error) (Effect, error) {
			if ended, err := e.eachEnded(s, err); ended {
				return nil, err
			}
			if err := e.applyPlan(plan, batch); err != nil {
				return nil, err
			}
			plan.each.done += int64(batch.Len())
			e.tellEach("")
			return nil, nil
		},
	}}
}

// eachEnded tells whether looking for matches in s came to nothing: it was cancelled, went wrong, or is of other bytes than there are now.
func (e *Editor) eachEnded(s *mmapdoc.Snapshot, err error) (bool, error) {
	switch {
	case errors.Is(err, context.Canceled):
		e.tellEach("")
		return true, nil
	case err == nil && e.Snapshot() != s:
		err = errors.New("the document has changed meanwhile; replace again")
	}
	return err != nil, err
}

// tellEach says what was replaced and what was not.
func (e *Editor) tellEach(why string) {
	o := &e.finding.plan.each
	left := ""
	if o.left > 0 {
		left = ", left " + Grouped(o.left)
	}
	e.Notef("%sreplaced %s%s", why, count(o.done, "match"), left)
}
