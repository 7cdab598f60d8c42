package ksy

import (
	"math"

	"hexlay/overlay/expr"
	"hexlay/overlay/pystruct"
)

// begin reads seq field i, or begins it where its end is not needed yet.
func (o *object) begin(i int) error {
	a, sl := &o.c.slots[i], &o.slots[i]
	if i > o.c.params && a.d.op != opBits && o.c.slots[i-1].d.op == opBits {
		o.st.align() // whatever becomes of it: it may be absent, an empty array, an object or a switch of bits
	}
	sl.state = isRunning
	open, err := o.field(a, sl, o.st)
	o.open = open
	sl.state = isDone
	if err != nil {
		err = o.fault(a, -1, err)
		sl.flags |= failed
		if sl.v.IsNull() && sl.flags&lazy == 0 {
			sl.state = isNew
		}
		o.setErr(i, err)
	}
	return err
}

// field reads a field from a stream: a seq field or a parse instance. open tells that it goes on behind what was read.
func (o *object) field(a *cattr, sl *slot, st *stream) (open bool, err error) {
	if a.plain {
		return o.read(a, a.d, st, sl, 0)
	}
	if a.attr.If != nil {
		yes, err := o.evalBool(a.attr.If, expr.Value{}, 0, "if")
		if err != nil || !yes {
			return false, err
		}
	}
	if a.repeat != Once {
		return o.readArray(a, st, sl)
	}
	open, err = o.read(a, a.d, st, sl, 0)
	if err == nil && a.attr.Valid != nil {
		if open {
			// A condition sees the whole object.
			c := sl.v.Object().(*object)
			if err = c.finish(false); err == nil {
				st.cur = c.cur
				c.seal(sl)
			}
			open = false
		}
		if err == nil {
			err = o.validate(a, sl, 0)
		}
	}
	return open, err
}

// read reads one element from where the stream stands.
func (o *object) read(a *cattr, d *cdata, st *stream, sl *slot, index int64) (open bool, err error) {
	switch d.op {
	case opInt:
		little := d.little
		if d.comp {
			if little, err = o.order(); err != nil {
				return false, err
			}
			if !little {
				sl.flags |= swapped
			}
		}
		pos := st.cur.pos
		n, err := st.readUint(d.width, little)
		if err != nil {
			return false, err
		}
		sl.v = d.integer(n)
		sl.span(o, st, pos, st.cur.pos)
		return false, nil
	case opFloat:
		little := d.little
		if d.comp {
			if little, err = o.order(); err != nil {
				return false, err
			}
			if !little {
				sl.flags |= swapped
			}
		}
		pos := st.cur.pos
		n, err := st.readUint(d.width, little)
		if err != nil {
			return false, err
		}
		switch d.width {
		case 2: // of a struct format only
			sl.v = expr.FloatValue(pystruct.HalfToFloat(uint16(n)))
		case 4:
			sl.v = expr.FloatValue(float64(math.Float32frombits(uint32(n))))
		default:
			sl.v = expr.FloatValue(math.Float64frombits(n))
		}
		sl.span(o, st, pos, st.cur.pos)
		return false, nil
	case opBits:
		return false, o.readBits(d, st, sl)
	case opBytes, opStr:
		return false, o.readBytes(d, st, sl, index)
	case opUser:
		return o.readUser(a, d, st, sl, index)
	case opSwitch:
		d, which, err := o.choose(d, index)
		if err != nil || d == nil {
			return false, err
		}
		sl.which = which
		return o.read(a, d, st, sl, index)
	}
	return false, exprError("%s: a field cannot have this type", a.attr.Pos.Path)
}

// integer makes the value of the bits of an integer.
func (d *cdata) integer(n uint64) expr.Value {
	var v expr.Value
	if d.signed {
		shift := 64 - 8*d.width
		v = expr.IntValue(int64(n<<shift) >> shift)
	} else {
		v = expr.UintValue(n)
	}
	if d.enum != nil {
		v = expr.EnumValue(d.enum, v)
	}
	return v
}

func (o *object) readBits(d *cdata, st *stream, sl *slot) error {
	little := d.little
	if d.comp {
		var err error
		if little, err = o.order(); err != nil {
			return err
		}
		if !little {
			sl.flags |= swapped
		}
	}
	before := st.cur
	n, err := st.readBits(d.width, little)
	if err != nil {
		return err
	}
	pos := before.pos
	if before.left > 0 {
		pos--
		sl.sb = 8 - before.left
	}
	sl.span(o, st, pos, st.cur.pos)
	sl.eb = st.cur.left
	sl.flags |= isBits
	switch {
	case d.enum != nil:
		sl.v = expr.EnumValue(d.enum, expr.UintValue(n))
	case d.width == 1:
		sl.v = expr.BoolValue(n != 0)
	default:
		sl.v = expr.UintValue(n)
	}
	return nil
}

// span notes where a field lies, in positions of its stream.
func (sl *slot) span(o *object, st *stream, start, end int64) {
	sl.start, sl.end = st.off+start, st.off+end
	sl.flags |= hasRange
	if st.src == o.t.src {
		sl.flags |= inFile
	}
}

// choose picks the case of a switch. A nil type reads nothing.
func (o *object) choose(d *cdata, index int64) (*cdata, uint16, error) {
	v, err := o.eval(d.d.Switch.On, index)
	if err != nil {
		return nil, 0, err
	}
	for i := range d.cases {
		k := &d.cases[i]
		m := k.key
		if !k.isKey {
			if m, err = o.eval(k.match, index); err != nil {
				return nil, 0, err
			}
		}
		if same(v, m) {
			return k.d, uint16(i + 1), nil
		}
	}
	if d.other != nil {
		return d.other, defaultCase, nil
	}
	if d.raw != nil {
		return d.raw, rawCase, nil
	}
	return nil, 0, nil
}

const (
	defaultCase = 0xffff
	rawCase     = 0xfffe
)

// data is how a slot's value was read: of a switch, the case that was chosen; nil where it chose none.
func (d *cdata) data(which uint16) *cdata {
	for d != nil && d.op == opSwitch {
		switch which {
		case 0:
			return nil
		case defaultCase:
			d = d.other
		case rawCase:
			d = d.raw
		default:
			d = d.cases[which-1].d
		}
	}
	return d
}

// cutOut takes the bytes of an element out of the stream: size, padding and terminator. It gives where its contents lie
// and where the whole begins; the stream stands behind the whole.
func (o *object) cutOut(d *cdata, st *stream, index int64) (start, n int64, err error) {
	k := d.d
	switch {
	case d.size >= 0:
		n = d.size
	case k.Size != nil:
		if n, err = o.evalInt(k.Size, index, "size"); err != nil {
			return 0, 0, err
		}
		if n < 0 {
			return 0, 0, exprError("size: %s is %d", k.Size.Text, n)
		}
	case k.SizeEOS:
		n = st.rest()
	case k.Terminator != nil:
		return o.readTerm(k, st)
	}
	if start, err = st.take(n); err != nil {
		return 0, 0, err
	}
	if d.cut {
		n, err = st.trim(k, start, n)
	}
	return start, n, err
}

// readTerm reads up to a terminator.
func (o *object) readTerm(k *DataType, st *stream) (start, n int64, err error) {
	start = st.cur.pos
	at, err := st.findTerm(start, k.Terminator)
	if err != nil {
		return 0, 0, err
	}
	unit := int64(len(k.Terminator))
	if at < 0 {
		if k.EOSError {
			return 0, 0, &Error{Kind: "EndOfStreamError", Missing: 1,
				Msg: "end of stream reached, but no terminator " + termText(k.Terminator) + " found"}
		}
		st.cur = cursor{pos: max(st.size, start)}
		return start, st.cur.pos - start, nil
	}
	end := at
	n = at - start
	if k.Consume {
		end += unit
	}
	if k.Include {
		n += unit
	}
	st.cur = cursor{pos: end}
	return start, n, nil
}

// trim strips padding and cuts at the terminator within the size.
func (s *stream) trim(k *DataType, start, n int64) (int64, error) {
	// Padding by the terminator is cut off by the terminator, which may belong to the value.
	if k.PadRight >= 0 && !(len(k.Terminator) == 1 && int(k.Terminator[0]) == k.PadRight) {
		for n > 0 {
			piece := min(n, 4<<10)
			b, err := s.view(start+n-piece, piece)
			if err != nil {
				return 0, err
			}
			i := len(b)
			for i > 0 && int(b[i-1]) == k.PadRight {
				i--
			}
			n -= piece - int64(i)
			if i > 0 {
				break
			}
			if err := s.t.step(16); err != nil {
				return 0, err
			}
		}
	}
	if k.Terminator != nil {
		part := stream{t: s.t, src: s.src, off: s.off + start, size: n}
		at, err := part.findTerm(0, k.Terminator)
		if err != nil {
			return 0, err
		}
		if at >= 0 {
			if k.Include {
				at += int64(len(k.Terminator))
			}
			n = at
		}
	}
	return n, nil
}

// readBytes reads a byte array or a string. Bytes of the data are not read before they are wanted.
func (o *object) readBytes(d *cdata, st *stream, sl *slot, index int64) error {
	start, n, err := o.cutOut(d, st, index)
	if err != nil {
		return err
	}
	sl.span(o, st, start, st.cur.pos)
	switch {
	case d.d.Process != nil:
		b, err := o.process(d.d.Process, st, start, n, index)
		if err != nil {
			return err
		}
		sl.v = expr.BytesValue(b)
	case st.src.mem != nil:
		b, err := st.view(start, n)
		if err != nil {
			return err
		}
		sl.v = expr.BytesValue(b)
	default:
		sl.v = expr.IntValue(n)
		sl.flags |= lazy
	}
	if d.op == opStr && d.codec == nil {
		return &Error{Kind: "UnknownEncodingError", Msg: "there is no encoding " + quoted(d.d.Encoding)}
	}
	if d.d.Contents != nil {
		return o.contents(d, sl)
	}
	return nil
}

// readUser begins an object.
func (o *object) readUser(a *cattr, d *cdata, st *stream, sl *slot, index int64) (open bool, err error) {
	t := o.t
	sub := st
	if d.sized {
		start, n, err := o.cutOut(d, st, index)
		if err != nil {
			return false, err
		}
		sl.span(o, st, start, st.cur.pos)
		sub = &stream{t: t, src: st.src, off: st.off + start, size: n}
		if d.d.Process != nil {
			b, err := o.process(d.d.Process, st, start, n, index)
			if err != nil {
				return false, err
			}
			sub.src, sub.off, sub.size = &buffer{mem: b}, 0, int64(len(b))
		}
	}
	c := d.user
	child := t.newObject(c, o, sub)
	child.root = o.root
	child.holder, child.held, child.index = o, int32(a.attr.Slot), index
	if a.repeat == Once {
		child.index = -1
	}
	if c.typ.File != o.c.typ.File {
		// Imported types know nothing of who uses them.
		child.parent, child.root = nil, nil
		if c.typ.Outer == nil {
			child.root = child
		}
	} else if d.d.ParentNone {
		child.parent = nil
	} else if d.d.Parent != nil {
		v, err := o.eval(d.d.Parent, index)
		if err != nil {
			return false, err
		}
		child.parent, _ = v.Object().(*object)
	}
	for i, e := range d.d.Args {
		v, err := o.eval(e, index)
		if err != nil {
			return false, err
		}
		if i < c.params {
			child.slots[i] = slot{v: c.slots[i].argument(v), state: isDone}
		}
	}
	if !d.sized {
		sl.start, sl.end, sl.sb = child.start, child.start, child.sb
		sl.flags |= hasRange
		if child.file {
			sl.flags |= inFile
		}
	}
	sl.v = expr.ObjectValue(child)
	if sl.state == isRunning {
		sl.state = isRead // what lies in it may ask for what was read before
	}
	if c.computed {
		if err := child.decide(); err != nil {
			return false, err
		}
	}
	if !d.sized && c.fixed >= 0 && st.cur.left == 0 && (c.pure || !t.strict) && st.has(c.fixed) {
		// The stream moves over it as if it were read.
		st.cur.pos += c.fixed
		sl.end += c.fixed
		return false, nil
	}
	if !t.strict {
		return !d.sized, nil
	}
	if err := child.finish(true); err != nil {
		child.seal(sl)
		return false, err
	}
	if !d.sized {
		child.seal(sl)
	}
	return false, nil
}

// argument makes an integer given for a parameter of an enum one of the enum.
func (a *cattr) argument(v expr.Value) expr.Value {
	if v.Kind() == expr.Int && a.attr.Static.Kind == expr.EnumOf {
		return expr.EnumValue(a.attr.Static.Enum, v)
	}
	return v
}
