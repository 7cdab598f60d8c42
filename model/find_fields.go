package model

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/ksy"
)

// fieldSearch looks for the objects of the overlays of which a condition holds. It reads trees of its own, since the
// outline's belong to other jobs. An object has no order in the bytes: to know the next one, all have to be looked at, so
// the list is kept until the document or the overlays change.
type fieldSearch struct {
	snapshot *mmapdoc.Snapshot
	overlays []Overlay
	text     string
	within   mmapdoc.Range
}

// fieldPrefix is how a condition begins where a pattern is asked for.
const fieldPrefix = "where "

// fieldHits is what a fieldSearch finds, in the order of the tree. It is filled once; any goroutine may read it meanwhile.
type fieldHits struct {
	of *fieldSearch

	mu    sync.Mutex
	hits  []fieldHit
	full  bool
	ended bool
	none  error // why there are no hits
}

// fieldHit is an object of a template.
type fieldHit struct {
	mmapdoc.Range
	path string
}

const maxFieldHits = 1_000_000

// errFull ends a search that has found as many objects as a list takes.
var errFull = errors.New("too many matches for a list")

func (l *fieldHits) add(h fieldHit) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.hits) == maxFieldHits {
		l.full = true
		return errFull
	}
	l.hits = append(l.hits, h)
	return nil
}

// Len is how many objects there are so far.
func (l *fieldHits) Len() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(len(l.hits))
}

// Row is an object as a row of a list.
func (l *fieldHits) Row(i int64) ListRow {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i < 0 || i >= int64(len(l.hits)) {
		return ListRow{}
	}
	h := l.hits[i]
	return ListRow{Range: h.Range, Text: h.path, Note: count(h.Len(), "byte")}
}

// rank is how many objects begin before off, and how many there are; not whole when none begins there or not all are found.
func (l *fieldHits) rank(off int64) (i, n int64, whole bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, h := range l.hits { // they stand in the order of the tree
		switch {
		case h.Start < off:
			i++
		case h.Start == off:
			whole = l.ended && !l.full
		}
	}
	return i, int64(len(l.hits)), whole
}

func (l *fieldHits) whole() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ended
}

// fieldsOf is a search in the overlays as they are now. The error tells why the condition fits none of them.
func (e *Editor) fieldsOf(text string, within mmapdoc.Range) (*fieldSearch, error) {
	if err := e.someOverlay(); err != nil {
		return nil, err
	}
	f := &fieldSearch{snapshot: e.Snapshot(), text: text, within: within}
	var first error
	fits := false
	for _, o := range e.overlays {
		c := *o
		c.Region = e.regionOf(o)
		f.overlays = append(f.overlays, c)
		if _, _, err := c.condition(text); err == nil {
			fits = true
		} else if first == nil {
			first = err
		}
	}
	if !fits {
		return nil, first
	}
	return f, nil
}

// condition compiles text for the overlay's template.
func (o *Overlay) condition(text string) (*ksy.Schema, *ksy.Condition, error) {
	schema := o.template.schema
	if f := o.template.format; f != nil {
		var err error
		if schema, err = ksy.FromStruct(f.String()); err != nil {
			return nil, nil, err
		}
	}
	if schema == nil {
		return nil, nil, errors.New("the turns of a stream have no fields to look for")
	}
	c, err := schema.Condition(text)
	return schema, c, err
}

// same tells whether the search would find what g finds.
func (f *fieldSearch) same(g *fieldSearch) bool {
	return f.snapshot == g.snapshot && f.text == g.text && f.within == g.within && slices.Equal(f.overlays, g.overlays)
}

// total is what the progress counts up to.
func (f *fieldSearch) total() (n int64) {
	for _, o := range f.overlays {
		n += o.Region.Len()
	}
	return n
}

// run puts what it finds into l. The error is errNotFound, which may tell of objects of which the condition could not be told.
func (f *fieldSearch) run(ctx context.Context, l *fieldHits, progress *atomic.Int64) error {
	done := int64(0)
	var why error
	failed := int64(0)
	for i := range f.overlays {
		o := &f.overlays[i]
		schema, c, err := o.condition(f.text)
		if err != nil {
			continue // it fits another one
		}
		name := ""
		if len(f.overlays) > 1 {
			name = o.Name()
		}
		at := func(off int64) {
			if n := done + max(0, min(off, o.Region.End)-o.Region.Start); n > progress.Load() {
				progress.Store(n)
			}
		}
		add := func(path string, m ksy.Match) error {
			if !m.InData || m.Range.Start < f.within.Start || m.Range.End > f.within.End {
				return nil
			}
			return l.add(fieldHit{mmapdoc.Range(m.Range), strings.Trim(name+" "+path+m.Path, " ")})
		}
		var n int64
		var first error
		options := ksy.Options{Context: ctx}
		if format := o.template.format; format != nil {
			records := min(o.template.count, (f.snapshot.Size()-o.Region.Start)/format.Size())
			n, first, err = schema.RecordMatches(f.snapshot, o.Region.Start, format.Size(), records, c, options, at, func(i int64, m ksy.Match) error {
				return add(indexStep(i), m)
			})
		} else {
			t := schema.Open(f.snapshot, o.Region.Start, o.Region.Len(), options)
			n, first, err = t.Matches(c, at, func(m ksy.Match) error { return add("", m) })
		}
		if failed += n; why == nil {
			why = first
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, errFull) {
			return nil
		}
		if why == nil { // a template that does not go through finds what it finds
			why = err
		}
		done += o.Region.Len()
		progress.Store(done)
	}
	if l.Len() > 0 {
		return nil
	}
	if why != nil {
		return fmt.Errorf("%w; %s could not be told, first %w", errNotFound, count(max(1, failed), "object"), why)
	}
	return errNotFound
}

// around finds the hit that begins next behind from, or last before it, going round.
func (l *fieldHits) around(from int64, dir int) (hit mmapdoc.Range, wrapped bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.hits) == 0 {
		return hit, false, l.none
	}
	ok := false
	better := func(a, b int64) bool { return dir > 0 && a < b || dir < 0 && a > b } // a comes before b in the direction
	for _, h := range l.hits {
		beyond := better(from, h.Start)
		if !ok || beyond && wrapped || beyond == !wrapped && better(h.Start, hit.Start) {
			hit, wrapped, ok = h.Range, !beyond, true
		}
	}
	return hit, wrapped, nil
}

// seeker makes what finds a match of w around a place in the document as it is now; it may run on any goroutine, and keep is
// to be called on the editor's when it has.
func (e *Editor) seeker(w *wanted) (seek func(ctx context.Context, from int64, dir int, progress *atomic.Int64) (mmapdoc.Range, bool, error), total int64, keep func(e *Editor), err error) {
	s := e.Snapshot()
	in := w.where(s.Size())
	if w.pattern != nil {
		return func(ctx context.Context, from int64, dir int, progress *atomic.Int64) (mmapdoc.Range, bool, error) {
			return findAround(ctx, s, w.pattern, in, from, dir, progress)
		}, in.Len(), func(*Editor) {}, nil
	}
	f, err := e.fieldsOf(w.query.Text, in)
	if err != nil {
		return nil, 0, nil, err
	}
	list := e.finding.fields
	if list == nil || !list.of.same(f) {
		list = &fieldHits{of: f}
	}
	return func(ctx context.Context, from int64, dir int, progress *atomic.Int64) (mmapdoc.Range, bool, error) {
		if !list.whole() {
			if err := list.fill(ctx, progress); err != nil {
				return mmapdoc.Range{}, false, err
			}
		}
		return list.around(from, dir)
	}, f.total(), func(e *Editor) { e.keepFields(list) }, nil
}

// keepFields keeps a list that is whole.
func (e *Editor) keepFields(l *fieldHits) {
	if l.whole() {
		e.finding.fields = l
	}
}

// fill runs the list's search.
func (l *fieldHits) fill(ctx context.Context, progress *atomic.Int64) error {
	err := l.of.run(ctx, l, progress)
	if err == nil || errors.Is(err, errNotFound) {
		l.mu.Lock()
		l.ended, l.none = true, err
		l.mu.Unlock()
	}
	return err
}

// listFields lists the objects of which a condition holds.
func (e *Editor) listFields(w *wanted) (Effect, error) {
	f, err := e.fieldsOf(w.query.Text, w.where(e.Size()))
	if err != nil {
		return nil, fmt.Errorf("hits: %w", err)
	}
	hits := &fieldHits{of: f}
	list := &List{Name: "hits", Title: w.shown, Again: "hits", Rows: hits, snapshot: f.snapshot}
	return e.listJob(list, "listing "+shorten(w.shown, 30), f.total(),
		func(ctx context.Context, progress *atomic.Int64) error {
			if err := hits.fill(ctx, progress); !errors.Is(err, errNotFound) {
				return err
			}
			return nil
		},
		func(e *Editor) (Effect, error) {
			e.keepFields(hits)
			switch n := hits.Len(); {
			case n == 0:
				return nil, w.notFound(hits.none)
			case hits.full:
				list.note = "and more"
				e.Notef("more than %s of %s; the list ends there", count(n, "match"), shorten(w.shown, 40))
			default:
				e.Notef("%s of %s", count(n, "match"), shorten(w.shown, 40))
			}
			for i, h := range hits.hits { // whole: nobody adds to it
				if h.Start >= e.Target().Start {
					list.row = int64(i)
					break
				}
			}
			return nil, nil
		}), nil
}

// fieldsIn are the hits of the last condition in the window r.
func (e *Editor) fieldsIn(r mmapdoc.Range, w *wanted) (out []mmapdoc.Range) {
	l := e.finding.fields
	if l == nil || l.of.snapshot != e.Snapshot() || l.of.text != w.query.Text || l.of.within != w.where(e.Size()) {
		return nil
	}
	for _, h := range l.hits { // whole: nobody adds to it
		if h.Start < r.End && h.End > r.Start {
			out = append(out, h.Range)
		}
	}
	return out
}
