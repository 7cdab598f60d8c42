package ksy

import (
	"strings"
	"unicode"

	"hexlay/overlay/expr"
)

// A sparer tells which elements of long lists need not be looked at after an edit, since nothing in them and nothing that they
// depend on has changed: each check in them comes out as it did in the tree before. A capture of 175,000 packets of which one
// was changed costs little more than going over the packets' headers. Where it is not sure, an element is looked at.
//
// An element is spared where its bytes are what they were, it is what it was in the tree before (of the same type, with the same
// arguments and byte order), and closed tells that its types look at nothing outside that the edit could have changed.
type sparer struct {
	t     *Tree    // as it was
	p     *patched // what it is now
	known map[*cattr]bool
}

// array gives the test for the elements of an array of the patched data, nil where all have to be looked at.
func (s *sparer) array(path string, r *array) func(i int64, sl *slot) bool {
	if !r.file || !r.done || r.err != nil || r.count == 0 || !r.o.inSequence() || r.a.attr.Place != SeqField || len(r.a.attr.Checks) > 0 || !s.closed(r.a) {
		return nil
	}
	n, err := s.t.Lookup(path)
	if err != nil {
		return nil
	}
	was := n.array()
	if was == nil || was.a.attr != r.a.attr || !was.file || was.finish() != nil || !was.done || was.count != r.count {
		return nil
	}
	// All that changed lies within the array.
	if !s.p.within(Range{r.start, r.st.off + r.cur.pos}, Range{was.start, was.st.off + was.cur.pos}, s.t.base+s.t.size) {
		return nil
	}
	return func(i int64, sl *slot) bool {
		var tmp slot
		old, err := was.at(i, &tmp)
		if err != nil || old.which != sl.which {
			return false
		}
		o, ok := sl.v.Object().(*object)
		x, had := old.v.Object().(*object)
		if !ok || !had || o.c != x.c || o.endian != x.endian {
			return false
		}
		end := old.end
		if d := r.a.d.data(sl.which); d == nil {
			return false
		} else if !d.sized {
			if o.finish(false) != nil || x.finish(false) != nil {
				return false
			}
			end = x.st.off + x.cur.pos
			if o.cur.left != 0 || x.cur.left != 0 {
				return false
			}
		}
		if sl.flags&(failed|hasRange|inFile) != hasRange|inFile || old.flags&(failed|hasRange|inFile) != hasRange|inFile || sl.sb|old.sb != 0 {
			return false
		}
		for k := range o.c.params {
			if !same(o.slots[k].v, x.slots[k].v) {
				return false
			}
		}
		return s.p.kept(Range{sl.start, sl.end}, Range{old.start, end})
	}
}

// inSequence tells of an object that is reached through seq fields alone, so that no other field reads its bytes.
func (o *object) inSequence() bool {
	for ; o.holder != nil; o = o.holder {
		if o.holder.c.slots[o.held].attr.Place != SeqField {
			return false
		}
	}
	return true
}

// within tells whether a range of the patched data and one of the data as it was have the same bytes before them and the same
// bytes behind them.
func (p *patched) within(now, was Range, size int64) bool {
	if len(p.pieces) == 0 || now.Start != was.Start || p.size-now.End != size-was.End {
		return false
	}
	if first := p.pieces[0]; now.Start > 0 && (first.old != 0 || first.n < now.Start) {
		return false
	}
	last := p.pieces[len(p.pieces)-1]
	return now.End == p.size || last.old >= 0 && last.old+last.n == size && last.at <= now.End
}

// A reach is a type as it is used below an array's elements: own tells that its stream is the element's or one within it, fileOwn
// the same of the object that is _root there, where that is not the array's own.
type reach struct {
	typ          *Type
	own, fileOwn bool
}

// closed tells whether what is read below the elements of an array depends on nothing but their bytes, arguments and byte order, and
// on fields outside of the array that do not depend on it either.
func (s *sparer) closed(a *cattr) bool {
	yes, ok := s.known[a]
	if !ok {
		yes, _ = s.t.schema.closed(a.attr)
		s.known[a] = yes
	}
	return yes
}

// closed tells that of the elements of an array; loose tells that they may ask for values of each other and for places, but look at no bytes that are
// not their own.
func (s *Schema) closed(a *Attr) (closed, loose bool) {
	closed = true
	home := a.Of.File
	var todo []reach
	seen := map[reach]bool{}
	use := func(d *DataType, from *File, own, fileOwn bool) {
		d.users(func(t *Type, sized bool) {
			k := reach{t, own || sized, fileOwn}
			if t.File != from {
				k.fileOwn = k.own
			}
			if !seen[k] {
				seen[k] = true
				todo = append(todo, k)
			}
		})
	}
	use(a.Type, home, false, false)
	if a.Type.processed() {
		return false, false // by a key of elsewhere, perhaps
	}
	words := map[string]bool{} // of the types of this file: _root and _parent lead outside
	for i := 0; i < len(todo); i++ {
		k := todo[i]
		for _, at := range k.typ.Slots {
			switch at.Place {
			case Parameter:
				switch at.Static.Kind {
				case expr.Int, expr.Float, expr.Str, expr.Bytes, expr.Bool, expr.EnumOf:
				default:
					return false, false // an object of elsewhere, perhaps
				}
			case ParseInstance:
				if at.IO != nil && (k.typ.File == home || !k.fileOwn) || !k.own {
					return false, false
				}
			}
			for _, c := range at.Checks {
				for _, p := range append(c.Over, c.Length...) {
					if (p.From == nil) != (p.To == nil) && !k.own {
						return false, false // up to an end of the stream
					}
					for _, e := range []*expr.Expr{p.Field, p.From, p.To} {
						if e != nil && (strings.Contains(e.Text, "_root") || strings.Contains(e.Text, "_parent")) {
							return false, false // perhaps what lies around the array, and with it all elements
						}
					}
				}
			}
			use(at.Type, k.typ.File, k.own, k.fileOwn)
		}
		mine := map[string]bool{}
		k.typ.words(mine)
		if mine["_io"] && (!k.own || k.typ.File != home && !k.fileOwn && (mine["_root"] || mine["_parent"])) {
			closed = false
		}
		if k.typ.File == home {
			k.typ.words(words)
		}
	}
	if !words["_root"] && !words["_parent"] {
		return closed, true
	}
	// What lies around the array: all that is not below it.
	outside := map[*Type]bool{s.Top: true}
	around := []*Type{s.Top}
	for i := 0; i < len(around); i++ {
		around[i].words(words)
		for _, at := range around[i].Slots {
			if at == a {
				continue
			}
			at.Type.users(func(t *Type, _ bool) {
				if !outside[t] {
					outside[t] = true
					around = append(around, t)
				}
			})
		}
	}
	if words["_io"] || words["_sizeof"] || words[a.ID] {
		closed = false
	}
	for _, t := range around {
		for _, at := range t.Insts {
			if at.Place == ParseInstance && words[at.ID] {
				return false, false // it may read the array's bytes
			}
		}
	}
	return closed, true
}

// users calls fn with the user types that something may be read as, those of all cases.
func (d *DataType) users(fn func(t *Type, sized bool)) {
	if d == nil {
		return
	}
	if d.User != nil {
		fn(d.User, d.Sized())
	}
	if d.Switch != nil {
		for i := range d.Switch.Cases {
			d.Switch.Cases[i].Type.users(fn)
		}
		d.Switch.Type.users(fn)
	}
}

// processed tells whether the bytes of something may be others than those of the stream.
func (d *DataType) processed() bool {
	if d == nil {
		return false
	}
	if d.Switch != nil {
		for i := range d.Switch.Cases {
			if d.Switch.Cases[i].Type.processed() {
				return true
			}
		}
		if d.Switch.Type.processed() {
			return true
		}
	}
	return d.Process != nil
}

// words collects the words of all expressions of a type.
func (t *Type) words(into map[string]bool) { t.collect(into, false) }

// collect leaves out, if that is wanted, a field's own name in the condition of a check.
func (t *Type) collect(into map[string]bool, others bool) {
	add := func(es ...*expr.Expr) {
		for _, e := range es {
			if e == nil {
				continue
			}
			for _, w := range strings.FieldsFunc(e.Text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
				into[w] = true
			}
		}
	}
	choice := func(s *Switch) {
		if s != nil {
			add(s.On)
			for _, c := range s.Cases {
				add(c.Match)
			}
		}
	}
	var data func(d *DataType)
	data = func(d *DataType) {
		if d == nil {
			return
		}
		add(d.Size, d.Parent)
		add(d.Args...)
		if d.Process != nil {
			add(d.Process.Args...)
		}
		if choice(d.Switch); d.Switch != nil {
			for _, c := range d.Switch.Cases {
				data(c.Type)
			}
			data(d.Switch.Type)
		}
	}
	add(t.ToString)
	choice(t.EndianOn)
	for outer := t.Outer; outer != nil; outer = outer.Outer {
		choice(outer.EndianOn)
	}
	for _, a := range t.Slots {
		add(a.If, a.RepeatExpr, a.RepeatUntil, a.At, a.IO, a.Value)
		data(a.Type)
		if v := a.Valid; v != nil {
			add(v.Eq, v.Min, v.Max, v.Expr)
			add(v.AnyOf...)
		}
		for _, c := range a.Checks {
			es := c.exprs()
			if others && c.If != nil && !into[a.ID] && !strings.Contains(c.If.Text, "."+a.ID) {
				add(c.If)
				delete(into, a.ID)
				es = es[1:] // the first is the condition
			}
			add(es...)
			add(c.Then)
		}
	}
}
