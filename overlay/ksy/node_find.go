package ksy

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"hexlay/overlay/expr"
)

// Lookup finds a node by its path: "a.b[2].c", "" for the top.
func (t *Tree) Lookup(path string) (*Node, error) {
	return t.Root().lookup(path, path)
}

// lookup goes on from a node by what is left of a path, s.
func (n *Node) lookup(path, s string) (*Node, error) {
	for s != "" {
		if s[0] == '[' {
			end := strings.IndexByte(s, ']')
			if end < 0 {
				return nil, fmt.Errorf("%s: no ] behind [", quoted(path))
			}
			i, err := strconv.ParseInt(strings.TrimSpace(s[1:end]), 0, 64)
			if err != nil {
				return nil, fmt.Errorf("%s: %s is no index", quoted(path), quoted(s[1:end]))
			}
			if n.array() == nil {
				return nil, lookupError(n, "is no array")
			}
			next, err := n.Child(i)
			if err != nil {
				return nil, err
			}
			n, s = next, s[end+1:]
			continue
		}
		s = strings.TrimPrefix(s, ".")
		end := strings.IndexAny(s, ".[")
		if end < 0 {
			end = len(s)
		}
		if n.object() == nil {
			return nil, lookupError(n, "has no fields")
		}
		next := n.Field(s[:end])
		if next == nil {
			return nil, lookupError(n, "has no field "+quoted(s[:end]))
		}
		n, s = next, s[end:]
	}
	return n, nil
}

// A pathway gives the nodes of the objects that a walk comes through, each of which is mostly the last one or in it.
type pathway struct {
	t    *Tree
	last []objectNode // from the top inward
	// unit is an element that its list does not hold, and its slot.
	unit     *object
	unitSlot slot
}

type objectNode struct {
	o *object
	n *Node
}

// object gives the node of an object; nil where it is not one that the tree holds.
func (p *pathway) object(o *object) *Node {
	for i := len(p.last) - 1; i >= 0; i-- {
		if p.last[i].o == o {
			p.last = p.last[:i+1]
			return p.last[i].n
		}
	}
	var n *Node
	switch {
	case o == p.t.top:
		p.last, n = p.last[:0], p.t.Root()
	case o.holder == nil:
		return nil
	default:
		h := p.object(o.holder)
		if h == nil {
			return nil
		}
		n = h.field(o.holder, int(o.held))
		if n.attr.repeat != Once {
			r, ok := o.holder.slotAt(int(o.held)).v.Array().(*array)
			if !ok {
				return nil
			}
			n = n.element(r, o.index)
			if n.tmp.v = expr.ObjectValue(o); o == p.unit {
				n.tmp, n.kept = p.unitSlot, true
			}
		}
	}
	p.last = append(p.last, objectNode{o, n})
	return n
}

// field gives the node of a field or an element that is visited.
func (p *pathway) field(v *Visit) *Node {
	h := p.object(v.o)
	if h == nil {
		return nil
	}
	n := h.field(v.o, v.a.attr.Slot)
	if v.a.repeat == Once || v.IsArray {
		return n
	}
	r, ok := v.o.slotAt(v.a.attr.Slot).v.Array().(*array)
	if !ok {
		return nil
	}
	i, err := strconv.ParseInt(string(v.Path[bytes.LastIndexByte(v.Path, '[')+1:len(v.Path)-1]), 10, 64)
	if err != nil {
		return nil
	}
	return n.element(r, i)
}

func lookupError(n *Node, what string) error {
	p := n.Path()
	if p == "" {
		p = n.Name()
	}
	if err := n.Err(); err != nil && n.Kind() == NullNode {
		return err
	}
	return fmt.Errorf("%s %s", p, what)
}

// Find gives the innermost fields at a byte of the data, all that overlap there; Parent leads outward. Instances count
// that were looked at before, and all of the top object.
func (t *Tree) Find(off int64) []*Node {
	f := finder{off: off, next: t.base + t.size}
	t.cut, t.ahead = false, off+1
	if off < t.base || off >= t.base+t.size {
		return nil
	}
	f.object(t.Root())
	if len(f.found) == 0 && !t.cut {
		t.ahead = max(off+1, f.next)
	}
	return f.found
}

// Ahead is where the next field begins at the earliest, after a Find that found none.
func (t *Tree) Ahead() int64 { return t.ahead }

type finder struct {
	off   int64
	found []*Node
	next  int64 // no field begins between off and next
}

// from notes that a field may begin there.
func (f *finder) from(start int64) { f.next = min(f.next, max(start, f.off+1)) }

// node looks at a node; it tells whether the byte is in it.
func (f *finder) node(n *Node) bool {
	sl, err := n.read()
	if soon(err) {
		n.t.cut = true
	}
	if sl == nil || n.computed() {
		return false
	}
	if sl.flags&hasRange == 0 {
		_, r, ok := n.Partial(0)
		if ok && f.off < r.Start {
			f.from(r.Start)
		}
		if ok = ok && f.off >= r.Start && f.off < r.End; ok {
			f.found = append(f.found, n)
		}
		return ok
	}
	if f.beyond(sl) {
		return false
	}
	if _, end, final := n.extent(sl); f.off >= end && final && !sl.short() {
		return false
	}
	f.from(f.off + 1)
	before := len(f.found)
	switch sl.v.Kind() {
	case expr.ArrayOf:
		if _, ok := sl.v.Array().(*array); ok {
			f.array(n)
			return f.inside(n, before)
		}
	case expr.ClassOf:
		if o, ok := sl.v.Object().(*object); ok {
			if o.file {
				f.object(n)
			}
			return f.inside(n, before)
		}
	}
	f.found = append(f.found, n)
	return true
}

// short tells whether the data is too short for what is in an array or object.
func (sl *slot) short() bool {
	switch sl.v.Kind() {
	case expr.ArrayOf:
		r, ok := sl.v.Array().(*array)
		return ok && missing(r.err) > 0
	case expr.ClassOf:
		o, ok := sl.v.Object().(*object)
		return ok && missing(o.err) > 0
	}
	return false
}

// inside adds a node itself where none of its children has the byte.
func (f *finder) inside(n *Node, before int) bool {
	if len(f.found) > before {
		return true
	}
	if r, ok := n.Range(); ok && f.off < r.End && f.off >= r.Start {
		f.found = append(f.found, n)
		return true
	}
	return false
}

func (f *finder) object(n *Node) {
	o := n.object()
	if o == nil {
		return
	}
	for k := range o.c.seq {
		i := o.c.params + k
		if k >= int(o.next) && o.file && o.reached() > f.off+1 {
			f.from(o.reached() - 1)
			break // what follows begins behind it
		}
		if err := o.reach(k); err != nil && int(o.next) <= k {
			n.t.cut = n.t.cut || soon(err)
			break
		}
		if sl := &o.slots[i]; sl.flags&hasRange != 0 && sl.flags&inFile != 0 && sl.start > f.off+1 { // bits may begin in the byte before
			f.from(sl.start - 1)
			break
		}
		if !f.beyond(&o.slots[i]) {
			f.node(n.field(o, i))
		}
	}
	for i := o.c.params + o.c.seq; i < len(o.c.slots); i++ {
		if o.c.slots[i].attr.Place != ParseInstance {
			continue
		}
		if in := o.insts; in != nil && in[i-len(o.slots)].state == isDone {
			if !f.beyond(&in[i-len(o.slots)]) {
				f.node(n.field(o, i))
			}
		} else if n.parent == nil {
			f.node(n.field(o, i))
		}
	}
}

// beyond tells of a field that it begins behind the byte, or is none of the data: node need not look at it.
func (f *finder) beyond(sl *slot) bool {
	if sl.flags&hasRange == 0 {
		return false
	}
	if sl.flags&inFile != 0 && f.off < sl.start {
		f.from(sl.start)
		return true
	}
	return sl.flags&inFile == 0
}

func (f *finder) array(n *Node) {
	r := n.array()
	if r == nil {
		return
	}
	pos, before := f.off-r.st.off, len(f.found)
	if r.fixed > 0 {
		i := (f.off - r.start) / r.fixed
		if i >= 0 && i < r.count {
			f.node(n.element(r, i))
		}
		f.cut(n, r, before)
		return
	}
	for !r.done && r.err == nil && r.cur.pos <= pos {
		if err := r.reach(r.count); err != nil {
			n.t.cut = n.t.cut || soon(err)
			break
		}
	}
	if r.count == 0 {
		f.cut(n, r, before)
		return
	}
	page := sort.Search(len(r.dense), func(i int) bool { return r.dense[i].cur.pos > pos }) - 1
	if page < 0 {
		page = 0
	}
	for i := int64(page) * r.per; i < r.count; i++ {
		e := n.element(r, i)
		sl, _ := e.read()
		if sl == nil || sl.start > f.off+1 {
			break
		}
		f.node(e)
	}
	f.cut(n, r, before)
}

// cut adds an array where the byte belongs to its next element, which the data is too short for.
func (f *finder) cut(n *Node, r *array, before int) {
	if len(f.found) == before && missing(r.err) > 0 && r.st.src == n.t.src && f.off >= r.st.off+r.cur.pos && f.off < r.st.off+r.st.size {
		f.found = append(f.found, n)
	}
}

// Gaps lists the parts of the data that no field reads, at most some of them. It reads the whole tree, instances as well.
func (t *Tree) Gaps(ctx context.Context, most int) ([]Range, error) {
	saved := t.o.Context
	if ctx != nil {
		t.o.Context = ctx
	}
	defer func() { t.o.Context = saved }()
	var c coverage
	err := t.WalkCut(func(v *Visit) error {
		if !v.HasRange || !v.InData {
			return nil
		}
		if o, ok := v.s.v.Object().(*object); ok && o.file {
			return nil // its fields tell; those of what a process makes lie elsewhere
		}
		if v.IsArray {
			r := v.s.v.Array().(*array)
			if r.a.cutBy(r.err) {
				c.add(Range{r.st.off + r.cur.pos, r.st.off + r.st.size})
			}
			if v.Skip = r.fixed >= 0 && r.a.d.op.scalar(); !v.Skip {
				return nil
			}
		}
		c.add(v.Range)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c.gaps(t.Range(), most), nil
}

// coverage collects ranges. They come mostly in order, so they are joined as they come.
type coverage struct{ parts []Range }

func (c *coverage) add(r Range) {
	if r.Start >= r.End {
		return
	}
	if n := len(c.parts); n > 0 && r.Start <= c.parts[n-1].End && r.Start >= c.parts[n-1].Start {
		c.parts[n-1].End = max(c.parts[n-1].End, r.End)
		return
	}
	c.parts = append(c.parts, r)
}

func (c *coverage) gaps(whole Range, most int) []Range {
	slices.SortFunc(c.parts, func(a, b Range) int {
		switch {
		case a.Start < b.Start:
			return -1
		case a.Start > b.Start:
			return 1
		}
		return 0
	})
	var out []Range
	at := whole.Start
	for _, r := range append(c.parts, Range{whole.End, whole.End}) {
		if r.Start > at && len(out) < most {
			out = append(out, Range{at, min(r.Start, whole.End)})
		}
		at = max(at, r.End)
	}
	return out
}
