package model

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/ksy"
)

// Look says what of the overlays is on the screen.
type Look struct {
	Window mmapdoc.Range // of the grid
	Cursor int64         // the document's
	Top    int64         // the first row of the tree
	Rows   int           // how many rows of the tree
	// Reveal asks for a Top at which the chosen row is on the screen.
	Reveal bool
}

// Sight is what the overlays say about a Look. It does not change any more.
type Sight struct {
	Look
	Rows   []Row // from Top on
	Top    int64
	Total  int64  // rows known so far
	Chosen int64  // the row chosen; -1 for none
	Spans  []Span // the fields in the window, in order
	// Path is that of the chosen field, which is the innermost one under the cursor unless another was chosen there, with
	// its overlay's name; "" for none.
	Path    string
	Chain   []mmapdoc.Range // the ranges of the innermost field under the cursor and of those around it, innermost first
	Reading bool            // an opened array is longer than is known
	Filter  string          // what the rows are narrowed to

	key    sightKey
	behind bool // a walk would tell more
}

// Span is a field in the window.
type Span struct {
	mmapdoc.Range
	Colour int
	// Near is how close the field is to the one under the cursor: 0 the same, 1 in the same structure, 2 in the next one
	// around, 3 anything else.
	Near  int
	State State
}

type sightKey struct {
	look    Look
	version uint64
	laid    int64
	stamp   int64
	walks   int64
	walked  int64 // by the walk that runs; 0 where none does, and by one that has just begun
	sifted  int64 // fields that a filter has looked at
}

// Sight is the last answer to a Look; nil before the first and without overlays. It may be older than the document.
func (e *Editor) Sight() *Sight { return e.sight }

// Look gives the job that looks at what is on the screen; nil when the last answer still holds or the same question is
// on its way.
func (e *Editor) Look(l Look) *Job {
	if len(e.overlays) == 0 {
		e.sight, e.looking = nil, sightKey{}
		return nil
	}
	key := sightKey{l, e.doc.Version(), e.stamps, e.outlineStamp, e.walks, max(0, e.progressOf(walkKind)), e.progressOf(filterKind)}
	if key == e.looking {
		return nil
	}
	e.looking = key
	var s *Sight
	j := e.treeJob("", func(ctx context.Context, o *outline, _ *scene) (err error) {
		s, err = o.sight(ctx, l)
		return err
	}, func(e *Editor, err error) (Effect, error) {
		if err == nil && s != nil {
			s.key = key
			e.sight = s
			if s.behind {
				return e.walkOn(), nil
			}
		}
		return nil, nil // what fails is asked again with the next change; a cancelled look has a successor
	})
	j.Kind = "tree look" // a newer one takes its place
	return j
}

// sight looks.
func (o *outline) sight(ctx context.Context, l Look) (*Sight, error) {
	for _, t := range o.trees {
		t.laid.during(ctx, true)
		if t.lost {
			t.lost = !t.top.again() && t.laid.behind()
		}
	}
	o.follow(ctx, l.Cursor)
	s := &Sight{Look: l, Chosen: o.find(o.cursor), Top: l.Top}
	if o.filter != nil {
		s.Filter, s.Reading = o.filter.text, !o.filter.ended
	}
	total := o.total()
	if l.Reveal && s.Chosen >= 0 {
		if s.Chosen < s.Top || s.Chosen >= s.Top+int64(l.Rows) {
			s.Top = s.Chosen - int64(l.Rows)/3
		}
	}
	s.Top = clamp(s.Top, 0, max(0, total-int64(l.Rows)))
	if l.Rows > 0 {
		row := s.Top
		o.list(s.Top, func(ln line) bool {
			s.Rows = append(s.Rows, ln.row())
			s.Rows[len(s.Rows)-1].Cursor = row == s.Chosen
			row++
			return len(s.Rows) < l.Rows && ctx.Err() == nil
		})
	}
	s.Total = max(o.total(), s.Top+int64(len(s.Rows)))
	for _, t := range o.trees {
		s.Reading = s.Reading || t.top.growing()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o.colour(ctx, s)
	for _, t := range o.trees {
		s.behind = s.behind || t.laid.behind()
	}
	s.Reading = s.Reading || s.behind
	return s, ctx.Err()
}

// growing tells whether an opened array below b is longer than is known.
func (b *branch) growing() bool {
	if !b.open || b.node == nil {
		return false
	}
	if _, final := b.node.kids(); !final {
		return true
	}
	return slices.ContainsFunc(b.kids, (*branch).growing)
}

// row is the line as the screen needs it.
func (l line) row() Row {
	r := Row{Overlay: l.tree.ID, Depth: l.depth, Open: l.branch != nil && l.branch.open, Colour: int(l.at)}
	if l.whole {
		r.Name = pathText(l.path.steps)
	}
	if l.err != nil {
		if r.Name == "" {
			r.Name = indexStep(l.at)
		}
		if r.State, r.Note = Failed, l.err.Error(); ksy.NotYet(l.err) {
			r.State, r.Note = Plain, notYet
		}
		return r
	}
	r.Region, r.Placed = l.node.place()
	if n, final := l.node.kids(); n > 0 || !final {
		r.Kids = true
	}
	l.node.describe(&r)
	if r.Name == "" {
		r.Name = l.node.step()
	}
	if l.depth == 0 {
		r.Name = l.tree.Name()
	}
	return r
}

// colour finds the fields in the window and the path of the one under the cursor.
func (o *outline) colour(ctx context.Context, s *Sight) {
	p, chain, ok := o.under(ctx, s.Cursor)
	var steps []string
	if ok {
		t := o.tree(p.overlay)
		steps = p.steps
		s.Path = t.title(steps)
		for _, n := range slices.Backward(chain) {
			if r, ok := n.place(); ok {
				s.Chain = append(s.Chain, r)
			}
		}
		s.Chain = append(s.Chain, t.Region)
	}
	if t := o.tree(o.cursor.overlay); t != nil && len(o.cursor.steps) > 0 {
		s.Path = t.title(o.cursor.steps)
	}
	for _, t := range o.trees { // the newer ones lie over the older
		from, end := max(s.Window.Start, t.Region.Start), min(s.Window.End, t.Region.End)
		for off := from; off < end && ctx.Err() == nil; {
			chain := t.laid.find(ctx, off)
			if len(chain) == 0 {
				off = max(off+1, t.laid.ahead())
				continue
			}
			leaf := chain[len(chain)-1]
			r, _ := leaf.place()
			span := Span{Range: mmapdoc.Range{Start: max(r.Start, off), End: min(max(r.End, off+1), end)}, Near: 3}
			parent := t.top.node
			if len(chain) > 1 {
				parent = chain[len(chain)-2]
			}
			if i, _, ok := parent.kid(leaf.step()); ok {
				span.Colour = int(i % 1024)
			}
			if c, ok := leaf.(interface{ colour() int }); ok {
				span.Colour = c.colour()
			}
			if ok && p.overlay == t.ID {
				span.Near = nearness(steps, chain)
			}
			var row Row
			leaf.describe(&row)
			span.State = row.State
			s.Spans = append(s.Spans, span)
			off = span.End
		}
	}
}

// title is a path with the overlay's name in front.
func (t *tree) title(steps []string) string {
	if t.template.format != nil {
		return pathText(steps)
	}
	return strings.TrimSpace(shorten(t.Name(), 16) + " " + pathText(steps))
}

// nearness compares the path under the cursor with another field's.
func nearness(steps []string, chain []node) int {
	same := 0
	for same < len(steps) && same < len(chain) && chain[same].step() == steps[same] {
		same++
	}
	switch {
	case same == len(chain) && same == len(steps):
		return 0
	case same >= len(steps)-1:
		return 1
	case same >= len(steps)-2:
		return 2
	}
	return 3
}

// treeJob makes a job that runs on the outline when those started before it have ended.
func (e *Editor) treeJob(title string, run func(ctx context.Context, o *outline, sc *scene) error, done func(e *Editor, err error) (Effect, error)) *Job {
	if e.outline == nil {
		e.outline = &outline{at: -1}
	}
	o := e.outline
	sc := &scene{snap: e.Snapshot(), version: e.doc.Version(), cursor: e.cursor}
	switch e.doc.Info().Kind {
	case mmapdoc.File, mmapdoc.Memory, mmapdoc.Stream:
		sc.steady = true
	}
	for _, ov := range e.overlays {
		c := *ov
		c.Region = e.regionOf(ov)
		sc.overlays = append(sc.overlays, c)
	}
	e.treeJobs++
	var before, ended chan struct{}
	var stamp int64
	return &Job{
		Kind: "tree " + Grouped(e.treeJobs), Title: title, Quick: true, Quiet: title == "",
		started: func() {
			before, ended = o.queue()
		},
		Run: func(ctx context.Context, _ *atomic.Int64) error {
			defer close(ended)
			if before != nil {
				<-before
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			defer func() { stamp = o.stamp }()
			if err := o.sync(ctx, sc); err != nil {
				return err
			}
			return run(ctx, o, sc)
		},
		Done: func(e *Editor, err error) (Effect, error) {
			e.outlineStamp = max(e.outlineStamp, stamp)
			if done == nil {
				return nil, notCancelled(err)
			}
			return done(e, err)
		},
	}
}
