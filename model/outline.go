package model

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"

	"hexlay/mmapdoc"
)

// outline is the tree of fields that the user opens and closes: which nodes are open, and which one is chosen. Only the
// opened branches are kept; every other row is found by arithmetic, so that an array of a billion elements costs nothing.
//
// Reading fields may take long, so the outline belongs to the jobs that run on it, one after another in the order in
// which they were started. The editor gets finished rows (Sight).
type outline struct {
	mu   sync.Mutex
	last chan struct{} // closed when the job that was started last has ended

	trees  []*tree
	cursor path
	// at is the document's cursor for which cursor was chosen. While the document's cursor is elsewhere it says what is
	// chosen.
	at     int64
	filter *filtered
	unsure bool // the field at the cursor could not be found in a hurry
	// stamp changes with everything that changes the rows.
	stamp int64
}

// tree is one overlay's part of the outline.
type tree struct {
	Overlay
	version uint64 // of the document that was read
	snap    *mmapdoc.Snapshot
	laid    laid
	lost    bool // some branches were not found in a hurry
	top     *branch
}

// branch is a node that is open, was open before an edit took it away, or lies above such a one.
type branch struct {
	step string
	open bool
	node node  // nil: not there now
	at   int64 // its index in its parent
	kids []*branch
}

// path names a field: the overlay, and a step for each level below it.
type path struct {
	overlay int
	steps   []string
}

func (p path) child(step string) path {
	return path{p.overlay, append(slices.Clip(p.steps), step)}
}

// pathText writes steps as people do: header.rows[3].width.
func pathText(steps []string) string {
	var b strings.Builder
	for _, s := range steps {
		if b.Len() > 0 && !strings.HasPrefix(s, "[") {
			b.WriteByte('.')
		}
		b.WriteString(s)
	}
	return b.String()
}

// pathSteps reads what pathText writes.
func pathSteps(s string) []string {
	var steps []string
	for _, part := range strings.Split(s, ".") {
		for part != "" {
			i := strings.IndexByte(part[1:], '[') + 1
			if i == 0 {
				i = len(part)
			}
			steps = append(steps, part[:i])
			part = part[i:]
		}
	}
	return steps
}

func indexStep(i int64) string { return "[" + strconv.FormatInt(i, 10) + "]" }

func stepIndex(step string) (int64, bool) {
	if !strings.HasPrefix(step, "[") || !strings.HasSuffix(step, "]") {
		return 0, false
	}
	i, err := strconv.ParseInt(step[1:len(step)-1], 10, 64)
	return i, err == nil && i >= 0
}

var errNoChild = errors.New("the field has no fields in it")

// scene is what a job on the outline reads: the document and the overlays as they were when it was started.
type scene struct {
	snap     *mmapdoc.Snapshot
	version  uint64
	cursor   int64
	overlays []Overlay
	steady   bool // the document's bytes change with its version only
}

// sync makes the trees those of the scene. What was open stays open, by name.
func (o *outline) sync(ctx context.Context, sc *scene) error {
	old := make(map[int]*tree, len(o.trees))
	for _, t := range o.trees {
		old[t.ID] = t
	}
	changed, renamed := len(o.trees) != len(sc.overlays), false
	trees := make([]*tree, 0, len(sc.overlays))
	for _, ov := range sc.overlays {
		t := old[ov.ID]
		if t == nil {
			t = &tree{top: &branch{}}
		}
		if t.laid == nil || t.version != sc.version || t.Overlay != ov {
			fresh := t.laid == nil
			renamed = renamed || !fresh && t.template != ov.template && ov.ID == o.cursor.overlay
			if !t.follows(sc, ov) {
				t.laid = ov.template.open(sc.snap, ov.Region)
			}
			t.Overlay, t.version, t.snap = ov, sc.version, sc.snap
			t.laid.during(ctx, true)
			t.top.node = t.laid.root()
			t.lost = !t.top.again()
			if fresh {
				t.top.openFirst()
			}
			changed = true
		}
		t.laid.during(ctx, false)
		trees = append(trees, t)
	}
	o.trees = trees
	if renamed {
		if _, ok := o.resolve(o.cursor); !ok {
			o.at = -1 // the field at the cursor has another name now
		}
	}
	if changed {
		o.stamp++
	}
	return ctx.Err()
}

// follows tells whether the tree can go on with the bytes of the scene, as only they changed and not what lies over them.
func (t *tree) follows(sc *scene, ov Overlay) bool {
	if t.laid == nil || !sc.steady || t.ID != ov.ID || t.template != ov.template || t.stamp != ov.stamp || t.Region.Start != ov.Region.Start {
		return false
	}
	return t.laid.edited(sc.snap, ov.Region, sc.snap.SamePrefix(t.snap))
}

// again finds the branches below b in the tree that was read anew, and tells whether all are there. What is not there now is kept
// for when it comes back.
func (b *branch) again() (all bool) {
	all = true
	for _, k := range b.kids {
		k.node = nil
		if b.node != nil {
			if i, n, ok := b.node.kid(k.step); ok {
				k.at, k.node = i, n
			}
		}
		below := k.again()
		all = all && below && k.node != nil
	}
	defer func() { b.sortKids() }()
	return all
}

func (b *branch) sortKids() {
	slices.SortStableFunc(b.kids, func(x, y *branch) int { return int(clamp(x.at-y.at, -1, 1)) })
}

// openFirst opens what is shown of a tree when it is new: the root, and the structures right below it.
func (b *branch) openFirst() {
	b.open = true
	n, final := b.node.kids()
	if _, isIndex := b.first(); isIndex || !final || n > 32 {
		return
	}
	for i := range n {
		c, err := b.node.child(i)
		if err != nil {
			continue
		}
		if _, placed := c.place(); !placed {
			continue
		}
		if some, all := c.kids(); all && some > 0 && some <= 24 {
			if g, err := c.child(0); err == nil {
				if _, isIndex := stepIndex(g.step()); !isIndex {
					b.branch(c.step(), i, c).open = true
				}
			}
		}
	}
}

// first is the first child, and whether it is an array's element.
func (b *branch) first() (node, bool) {
	c, err := b.node.child(0)
	if err != nil {
		return nil, false
	}
	_, isIndex := stepIndex(c.step())
	return c, isIndex
}

// branch gives the branch of child i, making it if there is none.
func (b *branch) branch(step string, i int64, n node) *branch {
	for _, k := range b.kids {
		if k.step == step {
			if k.node == nil {
				k.node, k.at = n, i
				b.sortKids()
			}
			return k
		}
	}
	k := &branch{step: step, node: n, at: i}
	at, _ := slices.BinarySearchFunc(b.kids, k, func(x, y *branch) int { return int(clamp(x.at-y.at, -1, 1)) })
	b.kids = slices.Insert(b.kids, at, k)
	return k
}

// rows is how many rows are shown below b.
func (b *branch) rows() int64 {
	if !b.open || b.node == nil {
		return 0
	}
	n, _ := b.node.kids()
	total := n
	for _, k := range b.kids {
		if k.node != nil && k.at < n {
			total += k.rows()
		}
	}
	return total
}

// line is one row on its way to be drawn.
type line struct {
	tree   *tree
	node   node
	err    error
	branch *branch // nil: not open
	depth  int
	path   path
	at     int64 // index in its parent
	whole  bool  // the row shows the whole path
}

// list hands the rows below b to emit, without the first skip ones, until it returns false.
func (b *branch) list(t *tree, p path, skip int64, depth int, emit func(line) bool) (more bool) {
	if !b.open || b.node == nil {
		return true
	}
	i := int64(0)
	single := func(at int64, k *branch) bool {
		l := line{tree: t, branch: k, depth: depth, at: at}
		if k != nil {
			l.node = k.node
		} else {
			l.node, l.err = b.node.child(at)
		}
		if l.err != nil {
			l.path = p.child(indexStep(at))
		} else {
			l.path = p.child(l.node.step())
		}
		return emit(l)
	}
	upTo := func(end int64) bool {
		if n := end - i; skip >= n {
			skip, i = skip-n, end
			return true
		}
		for i, skip = i+skip, 0; i < end; i++ {
			if !single(i, nil) {
				return false
			}
		}
		return true
	}
	n, _ := b.node.kids()
	for _, k := range b.kids {
		if k.node == nil || k.at >= n {
			continue
		}
		if !upTo(k.at) {
			return false
		}
		if skip > 0 {
			skip--
		} else if !single(k.at, k) {
			return false
		}
		if below := k.rows(); skip > below || skip == below && !k.growing() {
			skip -= below
		} else {
			if !k.list(t, p.child(k.step), skip, depth+1, emit) {
				return false
			}
			skip = 0
		}
		i = k.at + 1
	}
	if !upTo(n) {
		return false
	}
	for { // elements that nobody has asked for yet
		m, final := b.node.kids()
		if final || skip > 0 {
			if m > i {
				return upTo(m)
			}
			return true
		}
		if m <= i {
			if _, err := b.node.child(i); err != nil {
				return true
			}
			if m, _ = b.node.kids(); m <= i {
				return true
			}
		}
		if !single(i, nil) {
			return false
		}
		i++
	}
}

// total is the number of rows known now; final tells that no opened array may still grow.
func (o *outline) total() (n int64) {
	if o.filter != nil {
		return int64(len(o.filter.paths))
	}
	for _, t := range o.trees {
		n += 1 + t.top.rows()
	}
	return n
}

// list hands the rows from skip on to emit until it returns false.
func (o *outline) list(skip int64, emit func(line) bool) {
	if o.filter != nil {
		for ; skip < int64(len(o.filter.paths)); skip++ {
			if l := o.filter.line(o, skip); l.tree == nil || !emit(l) {
				return
			}
		}
		return
	}
	for _, t := range o.trees {
		p := path{overlay: t.ID}
		if skip > 0 {
			skip--
		} else if !emit(line{tree: t, node: t.top.node, branch: t.top, path: p}) {
			return
		}
		if below := t.top.rows(); skip > below || skip == below && !t.top.growing() {
			skip -= below
			continue
		}
		if !t.top.list(t, p, skip, 1, emit) {
			return
		}
		skip = 0
	}
}

// row finds row r.
func (o *outline) row(r int64) (l line, ok bool) {
	o.list(r, func(found line) bool { l, ok = found, true; return false })
	return l, ok
}

// find gives the row that shows p, or the nearest row above it that is shown; -1 for none.
func (o *outline) find(p path) int64 {
	if o.filter != nil {
		return int64(slices.IndexFunc(o.filter.paths, p.equal))
	}
	row := int64(0)
	for _, t := range o.trees {
		if t.ID != p.overlay {
			row += 1 + t.top.rows()
			continue
		}
		b := t.top
		for _, step := range p.steps {
			if b == nil || !b.open || b.node == nil {
				break
			}
			i, _, ok := b.node.kid(step)
			if !ok {
				break
			}
			row += 1 + i
			var next *branch
			for _, k := range b.kids {
				switch {
				case k.node == nil:
				case k.at < i:
					row += k.rows()
				case k.at == i:
					next = k
				}
			}
			b = next
		}
		return row
	}
	return -1
}

func (p path) equal(q path) bool { return p.overlay == q.overlay && slices.Equal(p.steps, q.steps) }

// tree is the tree of an overlay, or nil.
func (o *outline) tree(id int) *tree {
	for _, t := range o.trees {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// resolve finds the node of p.
func (o *outline) resolve(p path) (n node, ok bool) {
	t := o.tree(p.overlay)
	if t == nil {
		return nil, false
	}
	n = t.top.node
	for _, step := range p.steps {
		if _, n, ok = n.kid(step); !ok {
			return nil, false
		}
	}
	return n, true
}

// branchOf gives the branch of p, making those above it; nil when the field is not there.
func (o *outline) branchOf(p path) *branch {
	t := o.tree(p.overlay)
	if t == nil {
		return nil
	}
	b := t.top
	for _, step := range p.steps {
		if b.node == nil {
			return nil
		}
		i, n, ok := b.node.kid(step)
		if !ok {
			return nil
		}
		b = b.branch(step, i, n)
	}
	return b
}

// under is the innermost field at off, of the newest overlay that has one there.
func (o *outline) under(ctx context.Context, off int64) (p path, chain []node, ok bool) {
	for _, t := range slices.Backward(o.trees) {
		if off < t.Region.Start || off >= t.Region.End {
			continue
		}
		chain = t.laid.find(ctx, off)
		o.unsure = o.unsure || t.laid.unsure()
		if len(chain) > 0 {
			p = path{overlay: t.ID}
			for _, n := range chain {
				p = p.child(n.step())
			}
			return p, chain, true
		}
	}
	return path{}, nil, false
}

// follow chooses the field under the document's cursor, unless the chosen field put it there.
func (o *outline) follow(ctx context.Context, off int64) {
	if off == o.at && o.tree(o.cursor.overlay) != nil {
		return
	}
	o.at, o.unsure = off, false
	defer func() {
		if o.unsure {
			o.at = -1 // when more was read it is looked for again
		}
	}()
	if p, _, ok := o.under(ctx, off); ok {
		o.cursor = p
		return
	}
	for _, t := range slices.Backward(o.trees) {
		if off >= t.Region.Start && off < t.Region.End {
			o.cursor = path{overlay: t.ID}
			return
		}
	}
	o.cursor = path{}
}
