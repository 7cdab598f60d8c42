package model

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// filtered is the tree narrowed to the fields whose names hold a text. Paths are kept, not nodes: the fields are looked up
// again when they are shown. It is filled in slices, between which the screen and all others have the outline.
type filtered struct {
	text  string
	paths []path
	ended bool  // all fields were looked at, or too many
	over  error // there were too many

	version  uint64 // of the document, and the overlays: what is looked through
	overlays []Overlay
	seen     int
	next     int       // of the overlays, the one to be looked through next
	stack    []descent // where the search stands
}

// descent is a node whose children are looked at, from i on.
type descent struct {
	path path
	node node
	i    int64
}

// The bounds of a filter: what it looks at and what it finds.
const (
	maxFilterSeen  = 2_000_000
	maxFilterFound = 10_000
)

const filterKind = "tree filter"

// narrow makes the outline's filter the one for text. What another filter found already is used where it can be.
func (o *outline) narrow(sc *scene, text string) *filtered {
	f := &filtered{text: text, version: sc.version, overlays: sc.overlays}
	if old := o.filter; old != nil && old.version == f.version && slices.Equal(old.overlays, f.overlays) {
		switch {
		case old.text == text:
			f = old
		case old.ended && old.over == nil && strings.Contains(strings.ToLower(text), strings.ToLower(old.text)):
			f.ended = true // what holds the longer text holds the shorter one
			for _, p := range old.paths {
				if f.fits(p.steps[len(p.steps)-1]) {
					f.paths = append(f.paths, p)
				}
			}
		}
	}
	o.filter = f
	return f
}

func (f *filtered) fits(step string) bool {
	return strings.Contains(strings.ToLower(step), strings.ToLower(f.text))
}

// filterSlice is how long others wait for the outline.
const filterSlice = 4 * time.Millisecond

// search looks for more fields for a moment.
func (f *filtered) search(ctx context.Context, o *outline) error {
	for _, t := range o.trees {
		t.laid.during(ctx, false)
	}
	for began := time.Now(); !f.ended && time.Since(began) < filterSlice; {
		for range 64 {
			if !f.step(o) {
				f.ended, f.stack = true, nil
				break
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// step looks at one field, and tells whether there may be more.
func (f *filtered) step(o *outline) bool {
	if len(f.stack) == 0 {
		if f.next >= len(o.trees) {
			return false
		}
		t := o.trees[f.next]
		f.next++
		f.stack = append(f.stack, descent{path{overlay: t.ID}, t.top.node, 0})
		return true
	}
	d := &f.stack[len(f.stack)-1]
	up := func() bool {
		f.stack = f.stack[:len(f.stack)-1]
		return true
	}
	if have, final := d.node.kids(); d.i >= have && final {
		return up()
	}
	c, err := d.node.child(d.i)
	if err != nil {
		return up()
	}
	d.i++
	if f.seen++; f.seen > maxFilterSeen || len(f.paths) >= maxFilterFound {
		f.over = fmt.Errorf("the list ends after %s among %s; there may be more", count(int64(len(f.paths)), "field"), Grouped(int64(f.seen)))
		return false
	}
	step := c.step()
	q := d.path.child(step)
	_, element := stepIndex(step)
	if !element && f.fits(step) {
		f.paths = append(f.paths, q)
	}
	if have, final := c.kids(); have > 0 || !final {
		if len(f.stack) <= maxDepth {
			f.stack = append(f.stack, descent{q, c, 0})
		}
	} else if element { // the elements of a list of values have no names
		return up()
	}
	return true
}

// filterJob narrows the tree in the background, and then runs last on the outline.
func (e *Editor) filterJob(text string, last treeOp, done func(e *Editor, f *filtered, err error) (Effect, error)) *Job {
	var f *filtered
	var o *outline
	j := e.treeJob("looking for fields with "+shorten(text, 30), func(ctx context.Context, tree *outline, sc *scene) error {
		o = tree
		o.follow(ctx, sc.cursor)
		o.stamp++
		f = o.narrow(sc, text)
		return nil
	}, func(e *Editor, err error) (Effect, error) { return done(e, f, err) })
	j.Kind = filterKind // a newer one takes its place
	first := j.Run
	j.Run = func(ctx context.Context, progress *atomic.Int64) error {
		if err := first(ctx, progress); err != nil {
			return err
		}
		for ended := false; !ended; {
			err := o.turn(func() (err error) {
				if err = f.search(ctx, o); err == nil && f.ended && last != nil {
					err = last(o, ctx)
				}
				ended = f.ended
				return err
			})
			if err != nil {
				return err
			}
			progress.Store(int64(f.seen))
		}
		return nil
	}
	return j
}

// typedFilter narrows the tree while the text is typed; "" shows all.
func typedFilter(e *Editor, text string) (Effect, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		e.cancelJob(filterKind)
		return e.do("tree-unfilter")
	}
	return Start{e.filterJob(text, nil, func(_ *Editor, _ *filtered, err error) (Effect, error) { return nil, notCancelled(err) })}, nil
}

func runTreeFilter(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		if e.sight != nil && e.sight.Filter != "" {
			return e.do("tree-unfilter")
		}
		return Effects{Panel{"structure", Show}, Prompt{Title: "Fields with", Command: "tree-filter", Hint: "a part of a name; tree-unfilter shows all again",
			Typing: typedFilter}}, nil
	}
	text := strings.TrimSpace(args[0])
	off := int64(-1)
	j := e.filterJob(text, func(o *outline, _ context.Context) error {
		f := o.filter
		o.stamp++
		if len(f.paths) == 0 {
			o.filter = nil
			if f.over != nil {
				return f.over
			}
			return fmt.Errorf("no field has %q in its name", text)
		}
		if o.find(o.cursor) < 0 {
			o.cursor = f.paths[0]
		}
		if n, ok := o.resolve(o.cursor); ok {
			if r, placed := n.place(); placed {
				off, o.at = r.Start, r.Start
			}
		}
		return nil
	}, func(e *Editor, f *filtered, err error) (Effect, error) {
		if errors.Is(err, context.Canceled) {
			return nil, nil
		}
		e.outlineStamp++
		if off >= 0 && off != e.cursor && off <= e.Size() {
			e.selecting = false
			e.setCursor(off)
			e.revealFar()
		}
		switch {
		case err == nil && f.over != nil:
			e.Notef("%v; tree-unfilter shows all again", f.over)
		case err == nil:
			e.Notef("%s; tree-unfilter shows all again", count(int64(len(f.paths)), "field"))
		}
		return nil, err
	})
	return Effects{Start{j}, Panel{"structure", Show}}, nil
}

// line is row i of a filtered tree.
func (f *filtered) line(o *outline, i int64) line {
	p := f.paths[i]
	l := line{tree: o.tree(p.overlay), path: p, whole: true, depth: 1}
	if n, ok := o.resolve(p); ok {
		l.node = n
		return l
	}
	l.err = fmt.Errorf("is not there any more")
	return l
}
