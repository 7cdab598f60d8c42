package ksy

import (
	"hexlay/overlay/expr"
)

// instance gives the slot of an instance, computed or read once.
func (o *object) instance(i int) (*slot, error) {
	sl := o.slotAt(i)
	a := &o.c.slots[i]
	switch sl.state {
	case isDone:
		if sl.flags&failed != 0 {
			return sl, o.errs[i]
		}
		return sl, nil
	case isRead:
		return sl, nil
	case isRunning:
		return nil, limitError("%s: %s needs itself", a.attr.Pos.Path, a.attr.ID)
	}
	t := o.t
	if err := o.deeper(); err != nil {
		return nil, err
	}
	defer t.higher()
	if err := t.step(1); err != nil {
		return nil, err
	}
	sl.state = isRunning
	if t.parsed && !t.strict {
		// What Parse did in order, instances do too.
		t.strict = true
		defer func() { t.strict = false }()
	}
	var err error
	if a.attr.Place == ValueInstance {
		err = o.compute(a, sl)
	} else {
		err = o.readInstance(a, sl)
	}
	sl.state = isDone
	if err == nil {
		return sl, nil
	}
	err = o.fault(a, -1, err)
	if ErrorKind(err) == "NotParsed" || !lasting(err) {
		*sl = slot{} // asked again, it may be there
		if soon(err) {
			t.later(behind{object: o, slot: i})
		}
		return nil, err
	}
	sl.flags |= failed
	o.setErr(i, err)
	return sl, err
}

// compute runs a value instance.
func (o *object) compute(a *cattr, sl *slot) error {
	if a.strange {
		if err := o.settle(); err != nil {
			return err
		}
	}
	if a.attr.If != nil {
		yes, err := o.evalBool(a.attr.If, expr.Value{}, 0, "if")
		if err != nil || !yes {
			return err
		}
	}
	v, err := o.eval(a.attr.Value, 0)
	if err != nil {
		return err
	}
	if v.Kind() == expr.Int && a.attr.EnumOf != nil {
		v = expr.EnumValue(a.attr.EnumOf, v)
	}
	sl.v = v
	if a.attr.Valid != nil {
		return o.validate(a, sl, 0)
	}
	return nil
}

// readInstance reads a parse instance and puts the stream back.
func (o *object) readInstance(a *cattr, sl *slot) error {
	if a.strange {
		if err := o.settle(); err != nil {
			return err
		}
	}
	st := o.st
	if a.attr.If != nil {
		yes, err := o.evalBool(a.attr.If, expr.Value{}, 0, "if")
		if err != nil || !yes {
			return err
		}
	}
	if a.attr.IO != nil {
		v, err := o.eval(a.attr.IO, 0)
		if err != nil {
			return err
		}
		other, ok := v.Stream().(*stream)
		if !ok {
			return exprError("io: %s gives %s, not a stream", a.attr.IO.Text, kindOf(v))
		}
		st = other
	}
	saved := st.cur
	st.align()
	if a.attr.At != nil {
		pos, err := o.evalInt(a.attr.At, 0, "pos")
		if err != nil {
			return err
		}
		if pos < 0 {
			return exprError("pos: %s is %d", a.attr.At.Text, pos)
		}
		st.seek(pos)
	}
	var err error
	if a.plain {
		_, err = o.read(a, a.d, st, sl, 0)
	} else {
		// The condition was asked already.
		err = o.readInstanceField(a, sl, st)
	}
	if e, ok := err.(*Error); ok && e.Missing > 0 && e.Attr == nil && sl.flags&hasRange == 0 && st.src == o.t.src {
		sl.start, sl.end = st.off+st.cur.pos, st.off+st.size // what is there of it
	}
	// Whoever seeks loses the bits left of a byte.
	st.cur = cursor{pos: saved.pos}
	return err
}

func (o *object) readInstanceField(a *cattr, sl *slot, st *stream) error {
	if a.repeat != Once {
		_, err := o.readArray(a, st, sl)
		return err
	}
	_, err := o.read(a, a.d, st, sl, 0)
	if err == nil && a.attr.Valid != nil {
		err = o.validate(a, sl, 0)
	}
	return err
}

// settle puts an object's stream where it stands when all was read, for an instance that looks at the position. The error
// is that it was not read so far yet.
func (o *object) settle() error {
	if o.t.parsed || o.t.strict || o.active {
		return nil
	}
	owner := o
	for owner.parent != nil && owner.parent.st == o.st {
		owner = owner.parent
	}
	if owner.active {
		return nil
	}
	err := owner.finish(false)
	if err == nil {
		o.st.cur = owner.cur
	} else if soon(err) || ErrorKind(err) == "Cancelled" {
		return err
	}
	return nil
}
