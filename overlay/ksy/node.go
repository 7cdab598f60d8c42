package ksy

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"hexlay/overlay/expr"
)

// A Node is one laid-out field: the top object, a seq field, an instance, or an element of an array. Making one reads
// nothing; asking it does. After Tree.Reset it finds itself again by its path.
type Node struct {
	t      *Tree
	parent *Node
	attr   *cattr  // nil at the top
	owner  *object // whose field it is
	slot   int     // of a field
	arr    *array  // of an element
	index  int64
	epoch  int
	gone   error // it could not be found again
	kept   bool  // tmp is its slot, whatever the array has
	tmp    slot
}

// NodeKind is what a node turned out to be.
type NodeKind uint8

const (
	NullNode   NodeKind = iota // its condition is false, or nothing could be read
	ObjectNode                 // has fields
	ArrayNode                  // has elements
	LeafNode                   // read from bytes
	ValueNode                  // a value instance: computed
)

// Root is the top object.
func (t *Tree) Root() *Node {
	if t.root == nil {
		t.root = &Node{t: t, epoch: t.epoch}
	}
	return t.root
}

// Tree is what the node belongs to.
func (n *Node) Tree() *Tree { return n.t }

// Parent is the object or array that holds the node, nil at the top.
func (n *Node) Parent() *Node { return n.parent }

// Attr is the field's attribute, of an element that of the array; nil at the top.
func (n *Node) Attr() *Attr {
	if n.attr == nil {
		return nil
	}
	return n.attr.attr
}

// Index is the place of an element in its array.
func (n *Node) Index() (int64, bool) { return n.index, n.isElement() }

func (n *Node) isElement() bool { return n.parent != nil && n.slot < 0 }

// Name is the field's id, "[3]" of an element, the type's id at the top.
func (n *Node) Name() string {
	switch {
	case n.parent == nil:
		return n.t.schema.Top.ID
	case n.isElement():
		return "[" + strconv.FormatInt(n.index, 10) + "]"
	}
	return n.attr.attr.ID
}

// Path is how Lookup finds the node: "a.b[2].c", "" at the top.
func (n *Node) Path() string {
	var b strings.Builder
	n.writePath(&b)
	return b.String()
}

func (n *Node) writePath(b *strings.Builder) {
	if n.parent == nil {
		return
	}
	n.parent.writePath(b)
	if b.Len() > 0 && !n.isElement() {
		b.WriteByte('.')
	}
	b.WriteString(n.Name())
}

// refresh finds the node again after a Reset.
func (n *Node) refresh() error {
	if n.epoch == n.t.epoch {
		return n.gone
	}
	n.epoch, n.gone, n.tmp, n.kept = n.t.epoch, nil, slot{}, false
	if n.parent == nil {
		return nil
	}
	sl, err := n.parent.read()
	if n.isElement() {
		var r *array
		if sl != nil {
			r, _ = sl.v.Array().(*array)
		}
		if r == nil || r.a != n.attr {
			n.gone = notThere(n, err)
			return n.gone
		}
		n.arr, n.owner = r, r.o
		return nil
	}
	o := n.parent.object()
	if o == nil || n.slot >= len(o.c.slots) || &o.c.slots[n.slot] != n.attr {
		n.gone = notThere(n, err)
		return n.gone
	}
	n.owner = o
	return nil
}

func notThere(n *Node, err error) error {
	if err != nil {
		return err
	}
	return &Error{Kind: "NotParsed", Msg: n.Path() + " is not there any more"}
}

// read gives the node's slot, reading it if need be. The slot may be there beside an error.
func (n *Node) read() (*slot, error) {
	if err := n.refresh(); err != nil {
		return nil, err
	}
	if n.parent == nil {
		o, err := n.t.object()
		if o == nil {
			return nil, err
		}
		n.tmp = slot{start: n.t.base, end: n.t.base + n.t.size, v: expr.ObjectValue(o), state: isDone, flags: inFile | hasRange}
		return &n.tmp, o.err
	}
	if n.isElement() {
		if n.kept {
			return &n.tmp, nil
		}
		if n.tmp.state == isDone && n.tmp.flags&failed == 0 {
			if c, ok := n.tmp.v.Object().(*object); ok && c == n.owner {
				return &n.tmp, nil
			}
		}
		p, err := n.arr.at(n.index, &n.tmp)
		if p == nil {
			return nil, err
		}
		if p != &n.tmp {
			// The page may be dropped; the object stays the one that was seen.
			old, had := n.tmp.v.Object().(*object)
			n.tmp = *p
			if had {
				n.tmp.v = expr.ObjectValue(old)
			}
		}
		if n.tmp.flags&failed != 0 && err == nil {
			if c, ok := n.tmp.v.Object().(*object); ok && c.err != nil {
				err = c.err
			} else if err = n.arr.err; err == nil && n.attr.attr.Valid != nil {
				err = n.arr.o.validate(n.attr, &n.tmp, n.index)
			}
		}
		return &n.tmp, err
	}
	o := n.owner
	if n.slot >= len(o.slots) {
		sl, err := o.instance(n.slot)
		return sl, err
	}
	if k := n.slot - o.c.params; k >= int(o.next) {
		if err := o.reach(k); err != nil && int(o.next) <= k {
			if o.err != nil {
				err = notParsed(n.attr.attr.ID)
			}
			return nil, err
		}
	}
	sl := &o.slots[n.slot]
	return sl, o.errs[n.slot]
}

// object is the object that the node is, or nil.
func (n *Node) object() *object {
	sl, _ := n.read()
	if sl == nil || n.computed() {
		return nil
	}
	o, _ := sl.v.Object().(*object)
	return o
}

// computed tells of value instances.
func (n *Node) computed() bool { return n.attr != nil && n.attr.attr.Place == ValueInstance }

// array is the array that the node is, or nil.
func (n *Node) array() *array {
	sl, _ := n.read()
	if sl == nil || n.computed() {
		return nil
	}
	r, _ := sl.v.Array().(*array)
	return r
}

// Kind tells what the node is.
func (n *Node) Kind() NodeKind {
	sl, _ := n.read()
	switch {
	case sl == nil || sl.state != isDone:
		return NullNode
	case n.computed():
		return ValueNode
	case sl.flags&lazy != 0:
		return LeafNode
	}
	switch sl.v.Kind() {
	case expr.Null:
		return NullNode
	case expr.ClassOf:
		return ObjectNode
	case expr.ArrayOf:
		return ArrayNode
	}
	return LeafNode
}

// Type is the type of an object, else nil.
func (n *Node) Type() *Type {
	if o := n.object(); o != nil {
		return o.c.typ
	}
	return nil
}

// Data is how the node's bytes are read: of a switch the case that was chosen. It is nil where it chose none, and of the
// top, of arrays and of value instances.
func (n *Node) Data() *DataType {
	if d := n.data(); d != nil {
		return d.d
	}
	return nil
}

func (n *Node) data() *cdata {
	sl, _ := n.read()
	if sl == nil || n.attr == nil || n.attr.d == nil || n.attr.repeat != Once && !n.isElement() {
		return nil
	}
	return n.attr.d.data(sl.which)
}

// TypeName names the type as a template writes it: "u4le", "b3", "str", "top::sub"; of an array with "[]".
func (n *Node) TypeName() string {
	switch {
	case n.attr == nil:
		return n.t.schema.Top.Name()
	case n.attr.d == nil:
		return ""
	}
	sl, _ := n.read()
	array := ""
	d := n.attr.d
	if n.attr.repeat != Once && !n.isElement() {
		array = "[]"
	} else if sl != nil {
		d = d.data(sl.which)
	}
	if d == nil {
		return array
	}
	return d.name() + array
}

func (d *cdata) name() string {
	order := map[Endian]string{Little: "le", Big: "be"}[d.d.Endian]
	switch d.op {
	case opInt:
		if d.width == 1 {
			order = ""
		}
		if d.signed {
			return fmt.Sprintf("s%d%s", d.width, order)
		}
		return fmt.Sprintf("u%d%s", d.width, order)
	case opFloat:
		return fmt.Sprintf("f%d%s", d.width, order)
	case opBits:
		return fmt.Sprintf("b%d", d.width)
	case opBytes:
		return "bytes"
	case opStr:
		return "str"
	case opUser:
		return d.user.typ.Name()
	}
	return "switch"
}

// quick is how many steps a question about a node may take to find an end; a hasty one has other questions too.
func (t *Tree) quick() int64 {
	if t.soft > 0 {
		return brief
	}
	return 20000
}

// Range gives the node's bytes in the data; false: nothing was read, or it lies below a process or is computed. The end
// of an array or object that is long and not read yet is as far as it was read.
func (n *Node) Range() (Range, bool) {
	sl, _ := n.read()
	if sl == nil || sl.flags&hasRange == 0 || sl.flags&inFile == 0 {
		return Range{}, false
	}
	start, end, _ := n.extent(sl)
	return Range{start, end}, true
}

// extent gives where a slot lies, and whether its end is known. What is short is read to the end.
func (n *Node) extent(sl *slot) (start, end int64, final bool) {
	start, end = sl.start, sl.end
	if n.parent == nil || n.computed() {
		return start, end, true
	}
	switch x := sl.v.Kind(); x {
	case expr.ArrayOf:
		if r, ok := sl.v.Array().(*array); ok {
			if !r.done && r.err == nil && !r.active {
				n.t.limited(n.t.quick(), r.finish)
			}
			return start, max(start, r.st.off+r.cur.pos), r.done || r.err != nil
		}
	case expr.ClassOf:
		d := n.attr.d.data(sl.which)
		c, ok := sl.v.Object().(*object)
		if ok && d != nil && !d.sized {
			if !c.done && c.err == nil && !c.active {
				n.t.limited(n.t.quick(), func() error { return c.finish(false) })
			}
			end = max(end, c.st.off+c.cur.pos)
			if c.open {
				end = max(end, c.reached())
			}
			return start, end, c.done || c.err != nil
		}
	}
	return start, end, true
}

// reached is how far an object that is not finished was read.
func (o *object) reached() int64 {
	end := o.st.off + o.cur.pos
	if o.open {
		switch x := o.slots[o.c.params+int(o.next)-1].v; x.Kind() {
		case expr.ArrayOf:
			r := x.Array().(*array)
			end = max(end, r.st.off+r.cur.pos)
		case expr.ClassOf:
			c := x.Object().(*object)
			if c.st == o.st {
				end = max(end, c.reached())
			}
		}
	}
	return end
}

// Bits gives the first bit and the end of a bit-sized field: 8 times the offset and the bits used in reading direction.
func (n *Node) Bits() (first, end int64, ok bool) {
	sl, _ := n.read()
	if sl == nil || sl.flags&(hasRange|inFile|isBits) != hasRange|inFile|isBits {
		return 0, 0, false
	}
	return 8*sl.start + int64(sl.sb), 8*sl.end - int64(sl.eb), true
}

// Value reads the node's value.
func (n *Node) Value() (expr.Value, error) {
	sl, err := n.read()
	if sl == nil {
		return expr.Value{}, err
	}
	if n.attr == nil {
		return sl.v, nil
	}
	if sl.state != isDone || sl.v.IsNull() && sl.flags&lazy == 0 {
		return expr.Value{}, err
	}
	o := n.owner
	if n.isElement() {
		o = n.arr.o
	}
	return o.value(sl, n.attr)
}

// Preview gives the first bytes of a byte array or of a string, without reading it whole, and how long it is.
func (n *Node) Preview(most int) (b []byte, total int64, ok bool) {
	sl, _ := n.read()
	if sl == nil || n.attr == nil {
		return nil, 0, false
	}
	o := n.owner
	if n.isElement() {
		o = n.arr.o
	}
	b, total, ok, err := o.preview(n.attr, sl, most)
	if err != nil {
		return nil, total, false
	}
	return append([]byte(nil), b...), total, ok
}

// Err is why the node could not be read, or why its value is not valid: of an array, the error of the element that ended it before
// its time, once that one was reached. What was read is there nevertheless.
func (n *Node) Err() error {
	sl, err := n.read()
	if err != nil || sl == nil {
		return err
	}
	if o, ok := sl.v.Object().(*object); ok && !n.computed() {
		return o.err
	}
	if r, ok := sl.v.Array().(*array); ok && !n.computed() {
		return r.err
	}
	return nil
}

// Missing is how many more bytes the field needs, at least; 0 where it lacks none.
func (n *Node) Missing() int64 { return missing(n.Err()) }

// Partial gives what is there of a field that the data is too short for: its first bytes, at most so many, and where
// all of them lie.
func (n *Node) Partial(most int) (b []byte, r Range, ok bool) {
	if sl, _ := n.read(); sl == nil || n.owner == nil || n.isElement() {
		return nil, Range{}, false
	}
	if r, ok = n.owner.partial(n.slot); !ok {
		return nil, Range{}, false
	}
	b, err := n.t.src.view(r.Start, min(int64(most), r.Len()))
	return append([]byte(nil), b...), r, err == nil
}

// partial is where the bytes lie that are there of a field which the data is too short for.
func (o *object) partial(i int) (r Range, ok bool) {
	if !o.c.slots[i].cutBy(o.errs[i]) {
		return Range{}, false
	}
	if i >= len(o.slots) {
		sl := o.slotAt(i)
		r = Range{sl.start, sl.end} // readInstance left them
		return r, sl.flags&hasRange == 0 && r.Start < r.End
	}
	if i != o.c.params+int(o.next)-1 || o.slots[i].flags&hasRange != 0 || o.st.src != o.t.src {
		return Range{}, false
	}
	r = Range{o.st.off + o.cur.pos, o.st.off + o.st.size}
	return r, r.Start < r.End
}

// cutBy tells whether an error is that the data is too short for the field itself, and not for another one that it needs.
func (a *cattr) cutBy(err error) bool {
	e, ok := err.(*Error)
	return ok && e.Missing > 0 && e.Attr == a.attr
}

// missing is how many bytes an error says are missing, at least.
func missing(err error) int64 {
	if e, ok := err.(*Error); ok {
		return e.Missing
	}
	return 0
}

// Len is how many children are known. An object's are its seq fields and then its instances; those of an array that is
// walked grow as Child is asked for more, until final.
func (n *Node) Len() (count int64, final bool) {
	sl, _ := n.read()
	if sl == nil || n.computed() {
		return 0, true
	}
	if o, ok := sl.v.Object().(*object); ok {
		return int64(len(o.c.slots) - o.c.params), true
	}
	if r, ok := sl.v.Array().(*array); ok {
		return r.count, r.done || r.err != nil
	}
	return 0, true
}

// Child gives a child. Of an array that is walked it reads as far as the element; the error is IndexError behind its end.
func (n *Node) Child(i int64) (*Node, error) {
	sl, err := n.read()
	if sl == nil {
		return nil, err
	}
	if n.computed() {
		return nil, indexError(i, 0)
	}
	if o, ok := sl.v.Object().(*object); ok {
		if i < 0 || i >= int64(len(o.c.slots)-o.c.params) {
			return nil, indexError(i, int64(len(o.c.slots)-o.c.params))
		}
		return n.field(o, o.c.params+int(i)), nil
	}
	r, ok := sl.v.Array().(*array)
	if !ok {
		return nil, indexError(i, 0)
	}
	if i >= r.count && !r.done && r.err == nil {
		if err := r.reach(i); err != nil && i >= r.count {
			return nil, err
		}
	}
	if i < 0 || i >= r.count {
		return nil, indexError(i, r.count)
	}
	return n.element(r, i), nil
}

func (n *Node) field(o *object, slot int) *Node {
	return &Node{t: n.t, parent: n, attr: &o.c.slots[slot], owner: o, slot: slot, epoch: n.t.epoch}
}

func (n *Node) element(r *array, i int64) *Node {
	return &Node{t: n.t, parent: n, attr: r.a, owner: r.o, slot: -1, arr: r, index: i, epoch: n.t.epoch}
}

func indexError(i, n int64) error { return &Error{Kind: "IndexError", Msg: indexText(i, n)} }

// Field gives the child of an object by its name, nil where there is none.
func (n *Node) Field(name string) *Node {
	o := n.object()
	if o == nil {
		return nil
	}
	if i := o.c.find(name); i >= o.c.params {
		return n.field(o, i)
	}
	return nil
}

// Target is where an instance with pos lies in the data: what the screen follows.
func (n *Node) Target() (off int64, ok bool) {
	if n.attr == nil || n.isElement() || n.attr.attr.Place != ParseInstance || n.attr.attr.At == nil {
		return 0, false
	}
	r, ok := n.Range()
	return r.Start, ok
}

// Substream gives the bytes that an object was laid over: a part of the data, or what a process made. Range is the part
// of the data; writable tells that the two are the same bytes.
func (n *Node) Substream() (b *io.SectionReader, raw Range, writable, ok bool) {
	sl, _ := n.read()
	if sl == nil || n.attr == nil {
		return nil, Range{}, false, false
	}
	if o := n.object(); o != nil {
		if d := n.attr.d.data(sl.which); d == nil || !d.sized {
			return nil, Range{}, false, false
		}
		if sl.flags&inFile != 0 {
			raw = Range{sl.start, sl.end}
		}
		if o.st.src.mem != nil {
			return io.NewSectionReader(byteReader(o.st.src.mem), o.st.off, o.st.size), raw, false, true
		}
		return io.NewSectionReader(o.st.src.r, o.st.off, o.st.size), raw, o.st.src == n.t.src, true
	}
	d := n.data()
	if d == nil || d.op != opBytes {
		return nil, Range{}, false, false
	}
	if sl.flags&inFile != 0 {
		raw = Range{sl.start, sl.end}
	}
	if sl.flags&lazy != 0 {
		size, _ := sl.v.Int64()
		return io.NewSectionReader(n.t.src.r, sl.start, size), raw, true, true
	}
	if sl.v.Kind() != expr.Bytes {
		return nil, Range{}, false, false
	}
	m := sl.v.Bytes()
	return io.NewSectionReader(byteReader(m), 0, int64(len(m))), raw, false, true
}

// byteReader reads bytes in memory.
type byteReader []byte

func (b byteReader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= int64(len(b)) {
		return 0, io.EOF
	}
	n := copy(p, b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
