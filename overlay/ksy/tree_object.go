package ksy

import (
	"hexlay/overlay/expr"
)

// An object is a laid-out user type. Its seq fields are begun in order, as far as someone looks; the field that was
// begun last may be unfinished (an array, an object without a size), so that looking at the beginning of a long array does
// not read it all. Where a field is needed that stands behind it, it is finished first.
type object struct {
	t      *Tree
	c      *class
	parent *object
	root   *object
	st     *stream
	start  int64  // in the source
	cur    cursor // where the next field begins
	slots  []slot // parameters and seq fields
	insts  []slot // made when the first instance is asked for
	page   *page  // of the array that it is an element of, or its parent is
	err    error
	errs   map[int]error // of fields
	holder *object       // whose field it is, or an element of whose field
	depth  int32
	held   int32 // the slot there
	index  int64 // of an element, else -1
	next   int32 // how many seq fields were begun
	sb     uint8 // bits of the first byte that were used already
	endian Endian
	open   bool // the field begun last is not finished
	active bool // a field is being read just now
	done   bool
	file   bool // its stream is a part of the data
}

// A slot is what is known of a field.
type slot struct {
	start, end int64 // in the source; what the stream moved over
	v          expr.Value
	state      state
	flags      flags
	sb, eb     uint8  // bits used of the first byte, bits left of the last
	which      uint16 // of a switch: the case + 1, 0 none
}

type state uint8

const (
	isNew state = iota
	isRunning
	isRead // its value may be asked for, but it was not tested yet
	isDone
)

type flags uint8

const (
	inFile   flags = 1 << iota // start and end are places of the data
	lazy                       // v is the length of the value, which begins at start; it was not read
	failed                     // there is an error, and perhaps a value
	isBits                     // sb and eb count
	hasRange                   // start and end are set
	swapped                    // big-endian, of a computed byte order
)

func (t *Tree) newObject(c *class, parent *object, st *stream) *object {
	o := &object{t: t, c: c, parent: parent, st: st, cur: st.cur, file: st.src == t.src,
		slots: make([]slot, c.params+c.seq)}
	o.start = st.off + st.cur.pos
	if st.cur.left > 0 && c.seq > 0 && c.slots[c.params].d.op == opBits {
		o.start--
		o.sb = 8 - st.cur.left
	}
	if parent != nil {
		o.page, o.depth, o.endian = parent.page, parent.depth+1, parent.endian
	}
	o.keep(len(o.slots) + objectCost)
	return o
}

// objectCost is what an object takes beside its slots, in slots.
const objectCost = 4

// keep counts slots that are kept.
func (o *object) keep(n int) {
	if o.page != nil {
		if o.page.dropped {
			return // it lives as long as someone looks at it
		}
		o.page.cost += n
	}
	o.t.kept += int64(n)
}

// Class is the object's type.
func (o *object) Class() expr.Class { return o.c.typ }

// Parent is _parent.
func (o *object) Parent() expr.Value {
	if o.parent == nil {
		return expr.Value{}
	}
	return expr.ObjectValue(o.parent)
}

// Root is _root.
func (o *object) Root() expr.Value {
	if o.root == nil {
		return expr.Value{}
	}
	return expr.ObjectValue(o.root)
}

// Stream is _io.
func (o *object) Stream() expr.Stream { return o.st }

// SizeBits is _sizeof.
func (o *object) SizeBits() (int64, error) {
	if err := o.finish(false); err != nil {
		return 0, err
	}
	return 8*(o.st.off+o.cur.pos-o.start) - int64(o.cur.left) - int64(o.sb), nil
}

// Text is what to-string gives.
func (o *object) Text() (string, bool, error) {
	e := o.c.typ.ToString
	if e == nil {
		return "", false, nil
	}
	if err := o.deeper(); err != nil {
		return "", true, err
	}
	defer o.t.higher()
	v, err := o.eval(e, 0)
	return v.Str(), true, err
}

// Member gives the value in a slot.
func (o *object) Member(i int) (expr.Value, error) {
	if i < len(o.slots) {
		if i >= o.c.params+int(o.next) {
			if err := o.reach(i - o.c.params); err != nil {
				return expr.Value{}, err
			}
		}
		sl := &o.slots[i]
		if sl.state < isRead {
			return expr.Value{}, notParsed(o.c.slots[i].attr.ID)
		}
		return o.value(sl, &o.c.slots[i])
	}
	sl, err := o.instance(i)
	if err != nil {
		return expr.Value{}, err
	}
	return o.value(sl, &o.c.slots[i])
}

// slotAt gives a slot that was begun, without reading more.
func (o *object) slotAt(i int) *slot {
	if i < len(o.slots) {
		return &o.slots[i]
	}
	if o.insts == nil {
		o.insts = make([]slot, len(o.c.slots)-len(o.slots))
		o.keep(len(o.insts))
	}
	return &o.insts[i-len(o.slots)]
}

func (o *object) setErr(i int, err error) {
	if o.errs == nil {
		o.errs = map[int]error{}
	}
	o.errs[i] = err
}

// reach begins seq field k, and with it finishes all before.
func (o *object) reach(k int) error {
	if int(o.next) > k {
		return nil
	}
	if o.active {
		return notParsed(o.c.slots[o.c.params+k].attr.ID)
	}
	if o.err != nil {
		return notParsed(o.c.slots[o.c.params+k].attr.ID)
	}
	return o.run(k, false, false)
}

// finish reads all that is left of the object. inline tells that its stream stands where it goes on, and then stays where
// it ends.
func (o *object) finish(inline bool) error {
	if o.done || o.err != nil {
		if inline {
			o.st.cur = o.cur
		}
		return o.err
	}
	if o.active {
		return busy(o.c.typ.ID)
	}
	return o.run(o.c.seq-1, true, inline)
}

func (o *object) run(k int, whole, inline bool) (err error) {
	t := o.t
	if err := o.deeper(); err != nil {
		return err
	}
	saved := o.st.cur
	o.st.cur = o.cur
	o.active = true
	for int(o.next) <= k {
		if o.open {
			if err = o.close(); err != nil {
				break
			}
		}
		i := o.c.params + int(o.next)
		if err = t.step(1); err != nil {
			break
		}
		o.next++
		if err = o.begin(i); err != nil {
			if !t.final(err) {
				o.next-- // asked again, it may be there
				o.slots[i] = slot{}
				delete(o.errs, i)
			}
			break
		}
	}
	if err == nil && whole {
		if o.open {
			err = o.close()
		}
		if err == nil {
			o.done = true
		}
	}
	if err != nil && t.final(err) {
		o.err = err
	}
	if err != nil && soon(err) {
		t.later(behind{object: o, slot: -1})
	}
	o.active = false
	o.cur = o.st.cur
	if !inline {
		o.st.cur = saved
	}
	t.higher()
	return err
}

// close finishes the field that was begun last, and puts the stream behind it.
func (o *object) close() error {
	i := o.c.params + int(o.next) - 1
	sl := &o.slots[i]
	var err error
	switch x := sl.v.Kind(); x {
	case expr.ArrayOf:
		a := sl.v.Array().(*array)
		if err = a.finish(); err == nil || o.t.final(err) {
			o.st.cur = a.cur
			a.seal(sl)
		}
	case expr.ClassOf:
		c := sl.v.Object().(*object)
		if err = c.finish(false); err == nil || o.t.final(err) {
			o.st.cur = c.cur
			c.seal(sl)
		}
	}
	if err != nil {
		if o.t.final(err) {
			sl.flags |= failed
			o.setErr(i, err)
		}
		return err
	}
	o.open = false
	return nil
}

// seal writes an object's end into the slot that holds it.
func (o *object) seal(sl *slot) {
	if o.st.off+o.cur.pos > sl.start || o.cur.left == 0 {
		sl.end = o.st.off + o.cur.pos
	}
	sl.eb = o.cur.left
}

// deeper counts how deep calls are nested.
func (o *object) deeper() error {
	t := o.t
	if t.depth >= 4*t.o.Limits.depthOr() || int(o.depth) >= t.o.Limits.depthOr() {
		return limitError("objects in objects more than %d deep", t.o.Limits.depthOr())
	}
	t.depth++
	return nil
}

func (t *Tree) higher() { t.depth-- }

// order gives the byte order of a field whose type computes it.
func (o *object) order() (little bool, err error) {
	if o.endian == NoEndian {
		return false, &Error{Kind: "UndecidedEndiannessError", Msg: "unable to decide on endianness for " + o.c.typ.Name()}
	}
	return o.endian == Little, nil
}

// decide runs the switch that computes an object's byte order.
func (o *object) decide() error {
	s := o.c.typ.EndianOn
	o.endian = NoEndian
	v, err := o.eval(s.On, 0)
	if err != nil {
		return err
	}
	for i := range s.Cases {
		m, err := o.eval(s.Cases[i].Match, 0)
		if err != nil {
			return err
		}
		if same(v, m) {
			o.endian = s.Cases[i].Endian
			return nil
		}
	}
	o.endian = s.Endian
	return nil
}
