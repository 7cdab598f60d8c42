package model

import (
	"context"
	"fmt"
	"strings"
)

// filtered is the tree narrowed to the fields whose names hold a text. Paths are kept, not nodes: the fields are looked up
// again when they are shown.
type filtered struct {
	text  string
	paths []path
}

// The bounds of a filter: what it looks at and what it finds.
const (
	maxFilterSeen  = 2_000_000
	maxFilterFound = 10_000
)

// narrow finds the fields with text in their path. It gives what it found also when it was ended early.
func (o *outline) narrow(ctx context.Context, text string) (*filtered, error) {
	f := &filtered{text: text}
	low := strings.ToLower(text)
	seen := 0
	var err error
	var walk func(p path, n node, depth int) bool
	walk = func(p path, n node, depth int) bool {
		for i := int64(0); ; i++ {
			if have, final := n.kids(); i >= have && final {
				return true
			}
			c, cerr := n.child(i)
			if cerr != nil {
				return ctx.Err() == nil
			}
			step := c.step()
			q := p.child(step)
			if seen++; seen > maxFilterSeen || len(f.paths) >= maxFilterFound {
				err = fmt.Errorf("the list ends after %s among %s; there may be more", count(int64(len(f.paths)), "field"), Grouped(int64(seen)))
				return false
			}
			if ctx.Err() != nil {
				err = ctx.Err()
				return false
			}
			_, element := stepIndex(step)
			if !element && strings.Contains(strings.ToLower(step), low) {
				f.paths = append(f.paths, q)
			}
			if have, final := c.kids(); have > 0 || !final {
				if depth < maxDepth && !walk(q, c, depth+1) {
					return false
				}
			} else if element { // the elements of a list of values have no names
				return true
			}
		}
	}
	for _, t := range o.trees {
		if !walk(path{overlay: t.ID}, t.top.node, 0) {
			break
		}
	}
	return f, err
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
