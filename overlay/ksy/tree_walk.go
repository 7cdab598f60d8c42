package ksy

import (
	"errors"
	"strconv"

	"hexlay/overlay/expr"
)

// A Visit is one node of Walk. It lives during the call only.
type Visit struct {
	Path     []byte // "a.b[2].c"
	Attr     *Attr
	HasRange bool
	InData   bool // Range is one of the data; else it lies below a process
	Range    Range
	HasBits  bool
	Bits     [2]int64
	IsArray  bool
	Count    int64 // of an array
	Object   *Type // of an object
	Cycle    bool  // an object that is one of its own ancestors and is not entered
	Err      error // of an instance that failed, or of the field that ended the parse
	Depth    int
	Last     bool // of its siblings, as far as is known
	Cut      bool // a field that the data is too short for; Range is what is there of it
	// Skip may be set by the visitor: the node is not entered.
	Skip bool

	o *object
	a *cattr
	s *slot
}

// Value reads the node's value.
func (v *Visit) Value() (expr.Value, error) { return v.o.value(v.s, v.a) }

// Data is how the node's bytes are read, of a switch the case that was chosen; nil where there is none.
func (v *Visit) Data() *DataType {
	if v.a.d == nil {
		return nil
	}
	if d := v.a.d.data(v.s.which); d != nil {
		return d.d
	}
	return nil
}

// Preview gives the first bytes of a byte array without reading it whole, and its length. Strings have none.
func (v *Visit) Preview(most int) (b []byte, total int64, ok bool, err error) {
	if d := v.a.d; d == nil || d.data(v.s.which) == nil || d.data(v.s.which).op != opBytes {
		return nil, 0, false, nil
	}
	return v.o.preview(v.a, v.s, most)
}

// IsEmpty tells of a node that has no value: only an error.
func (v *Visit) IsEmpty() bool { return v.s.v.IsNull() && v.s.flags&lazy == 0 }

// Partial gives the first bytes of a field that is cut short.
func (v *Visit) Partial(most int) ([]byte, error) {
	return v.o.st.src.view(v.Range.Start, min(int64(most), v.Range.Len()))
}

// ErrStop ends a Walk without an error of its own.
var ErrStop = errors.New("stop")

// Walk visits every node, parents first: of an object its seq fields in order, then its parse instances in the order of
// their names. Nulls are left out, as value instances are, and so is the top object itself. An instance that fails is
// visited with its error, and the walk goes on; other errors end it. What was visited is dropped again where it is long.
func (t *Tree) Walk(visit func(*Visit) error) error { return t.walk(&walker{t: t, visit: visit}) }

// WalkCut is Walk that visits a field which the data is too short for, too, where some of its bytes are there.
func (t *Tree) WalkCut(visit func(*Visit) error) error {
	return t.walk(&walker{t: t, visit: visit, cut: true})
}

func (t *Tree) walk(w *walker) error {
	o, err := t.object()
	if err != nil {
		return err
	}
	err = w.object(o, nil, 0)
	if err == ErrStop {
		return nil
	}
	return err
}

type walker struct {
	t     *Tree
	visit func(*Visit) error
	cut   bool
	v     Visit
	path  []byte
	way   []ancestor
	// spare gives for an array a test that tells of elements which are left out, or nil.
	spare func(path string, r *array) func(i int64, sl *slot) bool
	// units, where it is set, goes through the elements of an array in a way of its own, or reports that it leaves them to the walker.
	units func(r *array, through *cattr, depth int) (ok bool, err error)
	// unread is why fields of the first object that could not be read to its end are missing.
	unread error
}

// An ancestor is an object that was entered through a parse instance.
type ancestor struct {
	attr  *cattr
	c     *class
	src   *buffer
	start int64
}

func (w *walker) object(o *object, through *cattr, depth int) error {
	if depth > 2*w.t.o.Limits.depthOr() {
		return limitError("%s: nodes in nodes more than %d deep", w.path, 2*w.t.o.Limits.depthOr())
	}
	if through != nil {
		w.way = append(w.way, ancestor{through, o.c, o.st.src, o.start})
		defer func() { w.way = w.way[:len(w.way)-1] }()
	}
	c := o.c
	base := len(w.path)
	for k := range c.seq {
		i := c.params + k
		if err := o.reach(k); err != nil && int(o.next) <= k {
			if !lasting(err) {
				return o.fault(&c.slots[i], -1, err)
			}
			break
		}
		sl := &o.slots[i]
		a := &c.slots[i]
		if r, ok := o.partial(i); ok && w.cut {
			w.name(base, a.attr.ID)
			w.v = Visit{Path: w.path, Attr: a.attr, HasRange: true, InData: true, Range: r, Err: o.errs[i], Depth: depth, Cut: true, o: o, a: a, s: &slot{}}
			if err := w.visit(&w.v); err != nil {
				return err
			}
			w.path = w.path[:base]
		}
		if sl.state != isDone {
			continue
		}
		w.name(base, a.attr.ID)
		// Its end is wanted.
		if k == int(o.next)-1 && o.open {
			if err := o.finishField(); err != nil && !lasting(err) {
				return err
			}
		}
		if err := w.node(o, a, sl, o.errs[i], nil, depth); err != nil {
			return err
		}
		w.path = w.path[:base]
	}
	if w.unread == nil {
		w.unread = o.err
	}
	for _, i := range c.byName {
		a := &c.slots[i]
		sl, err := o.instance(i)
		if err != nil && w.fatal(err) {
			return err
		}
		w.name(base, a.attr.ID)
		if err != nil {
			w.v = Visit{Path: w.path, Attr: a.attr, Err: err, Depth: depth, o: o, a: a, s: &slot{}}
			if r, ok := o.partial(i); ok && w.cut {
				w.v.HasRange, w.v.InData, w.v.Range, w.v.Cut = true, true, r, true
			}
			err = w.visit(&w.v)
		} else {
			err = w.node(o, a, sl, nil, a, depth)
		}
		if err != nil {
			return err
		}
		w.path = w.path[:base]
	}
	return nil
}

// fatal tells of errors that would come again at every node.
func (w *walker) fatal(err error) bool {
	k := ErrorKind(err)
	return k == "Cancelled" || k == "IOError" || k == "LimitError" && w.t.steps >= w.t.o.Limits.steps(w.t.size)
}

// finishField reads the field that was begun last to its end.
func (o *object) finishField() error {
	if !o.open || o.active {
		return nil
	}
	saved := o.st.cur
	o.st.cur = o.cur
	err := o.close()
	if err != nil && lasting(err) {
		o.err = err
	}
	o.cur = o.st.cur
	o.st.cur = saved
	return err
}

func (w *walker) name(base int, id string) {
	w.path = w.path[:base]
	if base > 0 {
		w.path = append(w.path, '.')
	}
	w.path = append(w.path, id...)
}

func (w *walker) element(base int, i int64) {
	w.path = append(w.path[:base], '[')
	w.path = strconv.AppendInt(w.path, i, 10)
	w.path = append(w.path, ']')
}

// node visits a field or an element and enters it.
func (w *walker) node(o *object, a *cattr, sl *slot, err error, through *cattr, depth int) error {
	t := w.t
	if err := t.step(1); err != nil {
		return err
	}
	if sl.v.IsNull() && sl.flags&lazy == 0 && err == nil {
		return nil
	}
	v := &w.v
	*v = Visit{Path: w.path, Attr: a.attr, Err: err, Depth: depth, o: o, a: a, s: sl}
	v.place(sl)
	switch sl.v.Kind() {
	case expr.ArrayOf:
		r, ok := sl.v.Array().(*array)
		if !ok {
			break
		}
		if err := r.finish(); err != nil && !r.failed() {
			return err
		}
		v.IsArray, v.Count = true, r.count
		if err := w.visit(v); err != nil || v.Skip {
			return err
		}
		return w.array(r, through, depth+1)
	case expr.ClassOf:
		c, ok := sl.v.Object().(*object)
		if !ok {
			break
		}
		v.Object = c.c.typ
		if through != nil {
			for _, k := range w.way {
				if k.attr == through && k.c == c.c && k.src == c.st.src && k.start == c.start {
					v.Cycle = true
				}
			}
		}
		if err := w.visit(v); err != nil || v.Skip || v.Cycle {
			return err
		}
		return w.object(c, through, depth+1)
	}
	return w.visit(v)
}

func (w *walker) array(r *array, through *cattr, depth int) error {
	base := len(w.path)
	if w.units != nil {
		if ok, err := w.units(r, through, depth); ok || err != nil {
			return err
		}
	}
	var spare func(int64, *slot) bool
	if w.spare != nil {
		spare = w.spare(string(w.path), r)
	}
	var sl slot
	for i := int64(0); i < r.count; i++ {
		sl = slot{}
		p, err := r.at(i, &sl)
		if err != nil {
			if r.failed() && i == r.count-1 {
				break
			}
			return err
		}
		if p != &sl {
			sl = *p
		}
		if spare != nil && spare(i, &sl) {
			continue
		}
		w.element(base, i)
		var failure error
		if sl.flags&failed != 0 {
			failure = r.err
		}
		if c, ok := sl.v.Object().(*object); ok && !c.done && c.err == nil {
			// The end of an element that was begun only.
			if err := c.finish(false); err != nil && !lasting(err) {
				return err
			}
			if r.a.d.data(sl.which) != nil && !r.a.d.data(sl.which).sized {
				c.seal(&sl)
			}
		}
		if err := w.node(r.o, r.a, &sl, failure, through, depth); err != nil {
			return err
		}
	}
	w.path = w.path[:base]
	return nil
}

// place copies where a slot lies.
func (v *Visit) place(sl *slot) {
	if sl.flags&hasRange == 0 {
		return
	}
	v.HasRange = true
	v.InData = sl.flags&inFile != 0
	v.Range = Range{sl.start, sl.end}
	if sl.flags&isBits != 0 {
		v.HasBits = true
		v.Bits = [2]int64{8*sl.start + int64(sl.sb), 8*sl.end - int64(sl.eb)}
	}
}

// preview gives the first bytes of a byte array or of a string's bytes.
func (o *object) preview(a *cattr, sl *slot, most int) (b []byte, total int64, ok bool, err error) {
	if sl.flags&lazy == 0 {
		if sl.v.Kind() != expr.Bytes {
			return nil, 0, false, nil
		}
		b = sl.v.Bytes()
		return b[:min(len(b), most)], int64(len(b)), true, nil
	}
	total, _ = sl.v.Int64()
	b, err = o.t.src.view(sl.start, min(total, int64(most)))
	return b, total, true, err
}
