package model

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// nodeCommands move through the tree of fields, and open and close it.
func nodeCommands() []*Command {
	node := func(name, help string, run treeOp) *Command {
		return &Command{Name: name, Group: "Structure", Help: help, Enabled: (*Editor).someOverlay,
			Run: func(e *Editor, _ []string) (Effect, error) { return e.onTree("", run) }}
	}
	return []*Command{
		node("node-next", "Go to the next row of the tree of fields", func(o *outline, _ context.Context) error { return o.step(1) }),
		node("node-previous", "Go to the row of the tree above this one", func(o *outline, _ context.Context) error { return o.step(-1) }),
		node("node-open", "Open the field in the tree, or go to the first field in it", (*outline).openChosen),
		node("node-close", "Close the field in the tree, or go to the one around it", (*outline).closeChosen),
		node("node-toggle", "Open or close the field in the tree", (*outline).toggleChosen),
		node("node-open-all", "Open the field and all in it", (*outline).openAll),
		node("node-close-all", "Close all fields in the tree", (*outline).closeAll),
		node("node-parent", "Go to the field around this one", (*outline).toParent),
		node("node-here", "Show the byte under the cursor in the tree: opens all around it", (*outline).showChosen),
		node("field-next", "Go to the next field", func(o *outline, ctx context.Context) error { return o.leaf(ctx, 1) }),
		node("field-previous", "Go to the previous field", func(o *outline, ctx context.Context) error { return o.leaf(ctx, -1) }),
		{Name: "node-enter", Group: "Structure", Help: "Open or close the field in the tree; edit it where it is a value", Enabled: (*Editor).someOverlay,
			Run: runNodeEnter},
		{Name: "node-page", Group: "Structure", Help: "Go rows down or up in the tree: node-page -20", Enabled: (*Editor).someOverlay,
			Args: []Arg{{Kind: ArgNumber}}, Run: runNodePage},
		{Name: "node-row", Group: "Structure", Help: "Go to a row of the tree, counted from 0; -1 is the last one", Enabled: (*Editor).someOverlay,
			Args: []Arg{{Kind: ArgNumber}}, Run: runNodeRow},
		{Name: "node-goto", Group: "Structure", Help: "Go to a field by its path: node-goto header.rows[3].width", Enabled: (*Editor).someOverlay,
			Args: []Arg{{Kind: ArgString, Optional: true}}, Run: runNodeGoto},
	}
}

// treeOp changes what is open or chosen. It is a method expression mostly, hence the order.
type treeOp func(o *outline, ctx context.Context) error

// onTree runs a command on the outline and puts the document's cursor on what it chose. A title is shown while it runs.
func (e *Editor) onTree(title string, run treeOp) (Effect, error) {
	return Start{e.chooseJob(title, run)}, nil
}

func (e *Editor) chooseJob(title string, run treeOp) *Job {
	off := int64(-1)
	return e.treeJob(title, func(ctx context.Context, o *outline, sc *scene) error {
		o.follow(ctx, sc.cursor)
		was := o.cursor
		err := run(o, ctx)
		o.stamp++
		if n, ok := o.resolve(o.cursor); ok && !o.cursor.equal(was) {
			if r, placed := n.place(); placed && r.Start <= sc.snap.Size() {
				off = r.Start
			}
		}
		if off >= 0 {
			o.at = off
		}
		return err
	}, func(e *Editor, err error) (Effect, error) {
		if errors.Is(err, context.Canceled) {
			return nil, nil
		}
		if off >= 0 && off != e.cursor {
			e.selecting = false
			e.setCursor(off)
			e.revealFar()
		}
		return nil, err
	})
}

// choose makes the first field of an overlay the chosen one.
func (e *Editor) choose(ov *Overlay) *Job {
	id := ov.ID
	return e.chooseJob("", func(o *outline, ctx context.Context) error {
		o.cursor = path{overlay: id}
		if t := o.tree(id); t != nil {
			for _, n := range t.laid.find(ctx, t.Region.Start) {
				o.cursor = o.cursor.child(n.step())
			}
		}
		return nil
	})
}

// step goes n rows on from the row that shows what is chosen.
func (o *outline) step(n int64) error {
	row := o.find(o.cursor)
	to := max(0, row+n)
	l, ok := o.row(to)
	if !ok {
		if last := o.total() - 1; last != row && last >= 0 {
			l, ok = o.row(last)
		}
	}
	if !ok || to == row {
		return errors.New("no further field in the tree")
	}
	o.cursor = l.path
	return nil
}

// shown is the branch of the row that stands for what is chosen, made if need be.
func (o *outline) shown() (*branch, error) {
	l, ok := o.row(o.find(o.cursor))
	if !ok {
		return nil, errors.New("no field is chosen")
	}
	o.cursor = l.path
	if l.err != nil || l.node == nil {
		return nil, errNoChild
	}
	b := o.branchOf(l.path)
	if b == nil {
		return nil, errNoChild
	}
	return b, nil
}

func (b *branch) hasKids() bool {
	if b.node == nil {
		return false
	}
	n, final := b.node.kids()
	return n > 0 || !final
}

func (o *outline) openChosen(context.Context) error {
	b, err := o.shown()
	switch {
	case err != nil:
		return err
	case !b.hasKids():
		return errNoChild
	case !b.open:
		b.open = true
		return nil
	}
	return o.step(1)
}

func (o *outline) closeChosen(ctx context.Context) error {
	b, err := o.shown()
	if err == nil && b.open {
		b.open = false
		return nil
	}
	return o.toParent(ctx)
}

func (o *outline) toggleChosen(context.Context) error {
	b, err := o.shown()
	switch {
	case err != nil:
		return err
	case b.open:
		b.open = false
	case !b.hasKids():
		return errNoChild
	default:
		b.open = true
	}
	return nil
}

// maxOpened bounds what node-open-all opens: each opened branch is kept.
const maxOpened = 10_000

func (o *outline) openAll(ctx context.Context) error {
	b, err := o.shown()
	if err != nil {
		return err
	}
	left := maxOpened
	b.openBelow(ctx, &left)
	if left <= 0 {
		return fmt.Errorf("opened %s; there are more", count(maxOpened, "field"))
	}
	return ctx.Err()
}

func (b *branch) openBelow(ctx context.Context, left *int) {
	if !b.hasKids() || *left <= 0 {
		return
	}
	b.open = true
	*left--
	for i := int64(0); *left > 0 && ctx.Err() == nil; i++ {
		if n, final := b.node.kids(); i >= n && final {
			return
		}
		c, err := b.node.child(i)
		if err != nil {
			return
		}
		if n, final := c.kids(); n > 0 || !final {
			b.branch(c.step(), i, c).openBelow(ctx, left)
		} else if i >= maxOpened {
			return
		}
	}
}

func (o *outline) closeAll(context.Context) error {
	for _, t := range o.trees {
		t.top.kids = nil
	}
	o.cursor.steps = o.cursor.steps[:min(1, len(o.cursor.steps))]
	return nil
}

func (o *outline) toParent(context.Context) error {
	if len(o.cursor.steps) == 0 {
		return errors.New("no field lies around this one")
	}
	o.cursor = path{o.cursor.overlay, o.cursor.steps[:len(o.cursor.steps)-1]}
	return nil
}

// showChosen opens everything around what is chosen.
func (o *outline) showChosen(context.Context) error {
	if o.tree(o.cursor.overlay) == nil {
		return fmt.Errorf("no field lies at %#x", o.at)
	}
	return o.reveal(o.cursor)
}

func (o *outline) reveal(p path) error {
	for i := range len(p.steps) {
		b := o.branchOf(path{p.overlay, p.steps[:i]})
		if b == nil {
			return fmt.Errorf("there is no field %s", pathText(p.steps))
		}
		b.open = true
	}
	return nil
}

func runNodeEnter(e *Editor, _ []string) (Effect, error) {
	edit := false
	j := e.chooseJob("", func(o *outline, ctx context.Context) error {
		err := o.toggleChosen(ctx)
		edit = errors.Is(err, errNoChild)
		if edit {
			return nil
		}
		return err
	})
	done := j.Done
	j.Done = func(e *Editor, err error) (Effect, error) {
		if eff, err := done(e, err); err != nil || !edit {
			return eff, err
		}
		return runFieldSet(e, nil)
	}
	return Start{j}, nil
}

func runNodePage(e *Editor, args []string) (Effect, error) {
	n, err := wholeNumber(args[0])
	if err != nil {
		return nil, err
	}
	return e.onTree("", func(o *outline, _ context.Context) error {
		row := o.find(o.cursor)
		to := clamp(row+n, 0, max(0, o.total()-1))
		if l, ok := o.row(to); ok {
			o.cursor = l.path
		}
		return nil
	})
}

func runNodeRow(e *Editor, args []string) (Effect, error) {
	n, err := wholeNumber(args[0])
	if err != nil {
		return nil, err
	}
	title := ""
	if n < 0 {
		title = "reading fields"
	}
	return e.onTree(title, func(o *outline, ctx context.Context) error {
		if n < 0 {
			for _, t := range o.trees {
				t.top.finish()
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			n += o.total()
		}
		l, ok := o.row(max(0, n))
		if !ok || n < 0 {
			return fmt.Errorf("the tree has no row %s", args[0])
		}
		o.cursor = l.path
		return nil
	})
}

func runNodeGoto(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		return Prompt{Title: "Go to field", Command: "node-goto", Hint: "header.rows[3].width"}, nil
	}
	steps := pathSteps(args[0])
	return e.onTree("reading fields", func(o *outline, _ context.Context) error {
		ids := []int{o.cursor.overlay}
		for i := len(o.trees) - 1; i >= 0; i-- {
			ids = append(ids, o.trees[i].ID)
		}
		for _, id := range ids {
			if _, ok := o.resolve(path{id, steps}); ok {
				o.cursor = path{id, steps}
				return o.reveal(o.cursor)
			}
		}
		return fmt.Errorf("there is no field %s", args[0])
	})
}

// finish reads the open lists to their ends.
func (b *branch) finish() {
	if !b.open || b.node == nil {
		return
	}
	if _, final := b.node.kids(); !final {
		_, _ = b.node.child(math.MaxInt64) // there is none: all are read to find that
	}
	for _, k := range b.kids {
		k.finish()
	}
}

// leaf goes to the next field that has no fields in it, in the order of the template.
func (o *outline) leaf(ctx context.Context, dir int64) error {
	t := o.tree(o.cursor.overlay)
	if t == nil {
		if len(o.trees) == 0 {
			return errors.New("no field is here")
		}
		t = o.trees[len(o.trees)-1]
		o.cursor = path{overlay: t.ID}
	}
	p := o.cursor
	n, ok := o.resolve(p)
	if !ok {
		return errors.New("the field is not there any more")
	}
	if k, final := n.kids(); k > 0 || !final {
		if first, ok := o.edgeLeaf(ctx, p, n, 1); ok && dir > 0 {
			o.cursor = first
			return nil
		}
	}
	for len(p.steps) > 0 && ctx.Err() == nil {
		up := path{p.overlay, p.steps[:len(p.steps)-1]}
		parent, ok := o.resolve(up)
		if !ok {
			break
		}
		i, _, ok := parent.kid(p.steps[len(p.steps)-1])
		for i += dir; ok && i >= 0; i += dir {
			if have, final := parent.kids(); i >= have && final {
				break
			}
			c, err := parent.child(i)
			if err != nil {
				break
			}
			if q, found := o.edgeLeaf(ctx, up.child(c.step()), c, dir); found {
				o.cursor = q
				return nil
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		p = up
	}
	return errors.New("no further field in this overlay")
}

// edgeLeaf is the first field below n with bytes of its own, or with dir -1 the last.
func (o *outline) edgeLeaf(ctx context.Context, p path, n node, dir int64) (path, bool) {
	have, final := n.kids()
	if have == 0 && final {
		r, placed := n.place()
		return p, placed && r.Len() > 0
	}
	i := int64(0)
	if dir < 0 {
		i = have - 1
	}
	for ; i >= 0 && ctx.Err() == nil; i += dir {
		if have, final = n.kids(); i >= have && final {
			break
		}
		c, err := n.child(i)
		if err != nil {
			break
		}
		if q, ok := o.edgeLeaf(ctx, p.child(c.step()), c, dir); ok {
			return q, true
		}
	}
	return path{}, false
}
