package ksy

import (
	"math"

	"hexlay/overlay/expr"
)

// An array is a repeated field. Where all its elements have one fixed size, its length is known at once and any
// element is reached by arithmetic; else it is walked, as far as someone looks, and every page of elements remembers
// where it begins, so that its elements can be dropped and read again.
type array struct {
	o      *object
	a      *cattr
	st     *stream
	start  int64  // in the source
	cur    cursor // where the next element begins
	count  int64  // elements begun
	want   int64  // repeat-expr, or -1
	fixed  int64  // bytes of an element, or -1: the array is walked
	dense  []head // the pages of a walked array
	per    int64  // elements on each of them
	again  int    // pages that are being read again just now
	sparse map[int64]*page
	err    error // of the element that ended it
	absent int64 // how often a switch chose nothing, which makes no element
	empty  int64 // how many elements without bytes came last
	open   bool  // the element begun last is not finished
	asked  bool  // it is read, and being asked whether it is valid and the last
	active bool
	done   bool
	file   bool
}

// pageLen is how many elements a page has. Of a walked array that became very long a page has more of them.
const pageLen = 64

// maxHeads is how many pages of a walked array are remembered; then every other one is forgotten.
var maxHeads int64 = 1 << 17

// A page is some elements of an array.
type page struct {
	a          *array
	no         int64
	elems      []slot
	cost       int // fields kept because of it
	busy       bool
	dropped    bool
	prev, next *page
}

// A head is where a page begins, and the page while it is kept.
type head struct {
	cur    cursor
	seen   int64 // buffer.seen then
	page   *page
	absent int64 // array.absent then
}

func (o *object) readArray(a *cattr, st *stream, sl *slot) (open bool, err error) {
	want := int64(-1)
	if a.repeat == RepeatExpr {
		if want = a.times; want < 0 {
			if want, err = o.evalInt(a.attr.RepeatExpr, 0, "repeat-expr"); err != nil {
				return false, err
			}
		}
		want = max(want, 0)
	}
	r := &array{o: o, a: a, st: st, start: st.off + st.cur.pos, cur: st.cur, want: want, fixed: -1, per: pageLen, file: st.src == o.t.src}
	if st.cur.left > 0 && a.d.op == opBits {
		r.start--
		sl.sb = 8 - st.cur.left
	}
	sl.v = expr.ArrayValue(r)
	sl.state = isDone // its elements see those before them
	sl.start, sl.end = r.start, r.start
	sl.flags |= hasRange
	if r.file {
		sl.flags |= inFile
	}
	fixed, pure := a.d.fixed()
	if fixed == 0 && want > maxEmpty && o.t.strict {
		r.err = limitError("%d elements without bytes", want)
		return false, r.err
	}
	if fixed >= 0 && !a.inward && a.repeat != RepeatUntil && (fixed > 0 || a.repeat == RepeatExpr) && (st.cur.left == 0 || a.d.op.whole()) {
		if r.measure(fixed) && r.err != nil {
			if !o.t.strict {
				return true, nil // whoever looks for its end gets the error
			}
			st.cur = r.cur
			r.seal(sl)
			return false, r.err
		}
		if r.done && (pure && a.attr.Valid == nil || !o.t.strict) {
			st.cur = r.cur
			r.seal(sl)
			return false, nil
		}
		if r.fixed >= 0 && o.t.strict {
			err = r.verify()
			st.cur = r.cur
			r.seal(sl)
			return false, err
		}
	}
	if o.t.strict {
		err = r.finish()
		st.cur = r.cur
		r.seal(sl)
		return false, err
	}
	r.resume()
	return true, nil
}

// measure finds the length of an array of elements of a fixed size. It is false where the data does not have them all,
// or a part of one: then the last is read to see what is missing, or, of an object, what is there.
func (r *array) measure(size int64) bool {
	n := r.want
	whole := true
	if size > 0 && (n < 0 || n > math.MaxInt64/size || !r.st.has(n*size)) {
		rest := r.st.rest()
		fit := rest / size
		if n < 0 {
			n = fit
			whole = rest%size == 0
		} else if n > fit {
			n, whole = fit, false
		}
	}
	if !whole && n > 1<<20 {
		whole = true // seen when the last is looked at
		r.fixed = size
		r.count = n
		r.cur = cursor{pos: r.cur.pos + n*size}
		r.err = r.a.at(r.st.shortAt(r.cur.pos, size))
		r.done = false
		return true
	}
	if !whole {
		return false
	}
	r.fixed, r.count, r.done = size, n, true
	if n > 0 {
		r.cur = cursor{pos: r.cur.pos + n*size}
	}
	return true
}

// shortAt is the error of a read at a position.
func (s *stream) shortAt(pos, n int64) error {
	c := s.cur
	s.cur.pos = pos
	err := s.short(n)
	s.cur = c
	return err
}

// verify reads every element of a fixed size once, as a strict parse must.
func (r *array) verify() error {
	n := r.count
	for i := int64(0); i < n; i++ {
		if err := r.o.t.step(1); err != nil {
			return err
		}
		var sl slot
		p := r.element(i)
		if p == nil {
			p = &sl
		}
		saved := r.st.cur
		r.st.cur = cursor{pos: r.start - r.st.off + i*r.fixed}
		_, err := r.o.read(r.a, r.a.d, r.st, p, i)
		if err == nil && r.a.attr.Valid != nil {
			err = r.o.validate(r.a, p, i)
		}
		p.state = isDone
		r.st.cur = saved
		if err != nil {
			// As it would be if the array had been walked.
			r.count, r.err, r.done = i+1, err, false
			return err
		}
	}
	return r.err
}

// element gives the kept slot of an element of a fixed-size array of objects, or nil where nothing is kept.
func (r *array) element(i int64) *slot {
	if r.a.d.op != opUser && r.a.d.op != opSwitch {
		return nil
	}
	p := r.sparse[i/pageLen]
	if p == nil {
		if r.sparse == nil {
			r.sparse = map[int64]*page{}
		}
		no := i / pageLen
		p = &page{a: r, no: no, elems: make([]slot, min(pageLen, r.count-no*pageLen))}
		r.sparse[no] = p
		r.o.t.pages.add(r.o.t, p)
		p.keep(len(p.elems))
	} else {
		r.o.t.pages.touch(p)
	}
	return &p.elems[i%pageLen]
}

func (p *page) keep(n int) {
	if p.dropped {
		return
	}
	t := p.a.o.t
	p.cost += n
	t.kept += int64(n)
}

// seal writes the array's end into its slot.
func (r *array) seal(sl *slot) {
	sl.end = r.st.off + r.cur.pos
	sl.eb = r.cur.left
}

// Len is how many elements there are, all read for it. An array that is just being read has those that came before, and
// the last one while that is checked.
func (r *array) Len() (int64, error) {
	if r.active {
		return r.seen(), nil
	}
	if err := r.finish(); err != nil && (!lasting(err) || !r.failed()) {
		return 0, err
	}
	return r.count, nil
}

// seen is how many elements an array has while it is being read.
func (r *array) seen() int64 {
	if r.open && !r.asked {
		return r.count - 1
	}
	return r.count
}

// failed tells that an error ended the array; what is there can be seen nevertheless.
func (r *array) failed() bool { return r.err != nil }

// At gives an element.
func (r *array) At(i int64) (expr.Value, error) {
	var sl slot
	p, err := r.at(i, &sl)
	if err != nil {
		return expr.Value{}, err
	}
	return r.o.value(p, r.a)
}

// at gives the slot of an element, which may be tmp: nothing is kept of numbers in a fixed-size array.
func (r *array) at(i int64, tmp *slot) (*slot, error) {
	if i >= 0 && i >= r.count && !r.done && !r.active {
		if err := r.reach(i); err != nil && i >= r.count {
			return nil, err
		}
	}
	n := r.count
	if r.active {
		n = r.seen()
	}
	if i < 0 || i >= n {
		return nil, &expr.Error{Kind: "IndexError", Msg: indexText(i, n)}
	}
	if r.fixed >= 0 {
		return r.direct(i, tmp)
	}
	h := &r.dense[i/r.per]
	if h.page == nil {
		if err := r.reread(i / r.per); err != nil {
			if soon(err) {
				r.o.t.later(behind{array: r, page: i/r.per + 1})
			}
			return nil, err
		}
		h = &r.dense[i/r.per]
	}
	r.o.t.pages.touch(h.page)
	return &h.page.elems[i%r.per], nil
}

// direct reads an element of a fixed-size array.
func (r *array) direct(i int64, tmp *slot) (*slot, error) {
	sl := r.element(i)
	if sl != nil && sl.state == isDone {
		return sl, nil
	}
	if sl == nil {
		sl = tmp
	}
	t := r.o.t
	if err := r.o.deeper(); err != nil {
		return nil, err
	}
	var p *page
	if r.sparse != nil {
		p = r.sparse[i/pageLen]
	}
	savedPage := r.o.page
	if p != nil {
		r.o.page, p.busy = p, true
	}
	saved, strict := r.st.cur, t.strict
	t.strict = false
	r.st.cur = cursor{pos: r.start - r.st.off + i*r.fixed}
	_, err := r.o.read(r.a, r.a.d, r.st, sl, i)
	t.strict = strict
	r.st.cur = saved
	if p != nil {
		r.o.page, p.busy = savedPage, false
	}
	t.higher()
	if err != nil {
		err = r.o.fault(r.a, i, err)
		if sl.v.IsNull() {
			return nil, err
		}
	}
	if err == nil && r.a.attr.Valid != nil && !strict {
		if err := r.o.validate(r.a, sl, i); err != nil {
			sl.flags |= failed
		}
	}
	sl.state = isDone
	return sl, nil
}

// reach walks until element i is begun.
func (r *array) reach(i int64) error { return r.walk(i, false) }

// finish walks to the end.
func (r *array) finish() error {
	if r.done || r.err != nil {
		return r.err
	}
	if r.active {
		return busy(r.a.attr.ID)
	}
	return r.walk(math.MaxInt64, true)
}

func (r *array) walk(i int64, whole bool) (err error) {
	if r.err != nil {
		return r.err
	}
	if r.active {
		return busy(r.a.attr.ID)
	}
	o, t := r.o, r.o.t
	if err := o.deeper(); err != nil {
		return err
	}
	saved, savedPage := r.st.cur, o.page
	r.st.cur = r.cur
	r.active = true
	for !r.done && r.count <= i {
		if err = t.step(1); err != nil {
			break
		}
		if r.open {
			if err = r.close(); err != nil || r.done {
				break
			}
		}
		if r.ended() {
			r.done = true
			break
		}
		if err = r.more(); err != nil {
			break
		}
	}
	if err == nil && whole && r.open {
		err = r.close()
	}
	if err != nil && t.final(err) {
		r.err = err
	}
	if err != nil && soon(err) {
		t.later(behind{array: r})
	}
	r.active = false
	if n := len(r.dense); n > 0 && r.dense[n-1].page != nil {
		r.dense[n-1].page.busy = false
	}
	r.cur = r.st.cur
	r.st.cur = saved
	o.page = savedPage
	t.higher()
	return err
}

// ended tells whether no element follows. Of repeat-until the last element knew it.
func (r *array) ended() bool {
	switch r.a.repeat {
	case RepeatExpr:
		return r.count+r.absent >= r.want
	case RepeatEOS:
		r.st.src.saw(r.st.off + min(r.st.cur.pos, r.st.size) + 1)
		return r.st.cur.left == 0 && r.st.cur.pos >= r.st.size
	}
	return false
}

// more begins the next element.
func (r *array) more() error {
	o, t := r.o, r.o.t
	i := r.count
	no := i / r.per
	if i%r.per == 0 && no == int64(len(r.dense)) {
		if no > 0 && r.dense[no-1].page != nil {
			r.dense[no-1].page.busy = false
		}
		if no >= maxHeads && no%2 == 0 && r.again == 0 {
			r.thin()
			no = i / r.per
		}
		if no == keepFrom {
			t.remember(r)
		}
		p := &page{a: r, no: no}
		if no == 0 && r.want >= 0 && r.want < pageLen {
			p.elems = make([]slot, 0, r.want)
		}
		r.dense = append(r.dense, head{r.st.cur, r.st.src.seen, p, r.absent})
		t.pages.add(t, p)
	}
	p := r.dense[no].page
	if p == nil {
		if err := r.reread(no); err != nil {
			return err
		}
		p = r.dense[no].page
	}
	p.busy = true
	p.elems = append(p.elems, slot{})
	sl := &p.elems[len(p.elems)-1]
	r.count++
	r.open = true
	saved := o.page
	o.page = p
	p.keep(1)
	before := r.st.cur
	open, err := r.read(sl, i, r.absent)
	o.page = saved
	sl.state = isDone
	if err == nil && r.skips(sl) {
		p.elems = p.elems[:len(p.elems)-1]
		r.count--
		r.absent++
		r.open = false
		if r.empty++; r.empties() {
			return limitError("%d times no type is chosen: this never ends", r.empty)
		}
		return nil
	}
	if err != nil {
		err = r.o.fault(r.a, i, err)
		sl.flags |= failed
		r.open = false
		if sl.v.Kind() != expr.ClassOf || !t.final(err) {
			// What was not read is no element.
			p.elems = p.elems[:len(p.elems)-1]
			r.count--
		}
		if !t.final(err) {
			r.st.cur = before
			if len(p.elems) == 0 {
				r.dense = r.dense[:no]
				t.pages.remove(t, p)
			}
		}
		return err
	}
	if r.st.cur != before {
		r.empty = 0
	} else if r.empty++; !open && r.empties() {
		return limitError("%d elements without bytes: this never ends", r.empty)
	}
	if open && r.a.repeat != RepeatUntil && r.a.attr.Valid == nil {
		return nil
	}
	if open {
		return r.close()
	}
	return r.check(sl, i)
}

// read reads element i, before which a switch chose nothing so often.
func (r *array) read(sl *slot, i, absent int64) (open bool, err error) {
	open, err = r.o.read(r.a, r.a.d, r.st, sl, i+absent)
	if c, ok := sl.v.Object().(*object); ok {
		c.index = i
	}
	return open, err
}

// skips tells that a switch chose nothing, so that there is no element. Of repeat-until it is one, as its condition asks
// about it.
func (r *array) skips(sl *slot) bool {
	return r.a.d.op == opSwitch && r.a.repeat != RepeatUntil && r.a.d.data(sl.which) == nil
}

// empties tells that too many elements without bytes followed each other. As many as a number says are read as far as that makes
// sense: types of computed values only are used like that.
func (r *array) empties() bool {
	if r.a.repeat == RepeatExpr {
		return r.empty > maxEmpty || r.empty > 1<<16 && r.want > 1<<32
	}
	return r.empty > 1<<16
}

const maxEmpty = 1 << 20

// close finishes the element begun last.
func (r *array) close() error {
	i := r.count - 1
	p := r.dense[i/r.per].page
	if p == nil {
		if err := r.reread(i / r.per); err != nil {
			return err
		}
		p = r.dense[i/r.per].page
	}
	sl := &p.elems[i%r.per]
	c, ok := sl.v.Object().(*object)
	if ok {
		if err := c.finish(false); err != nil {
			if r.o.t.final(err) {
				sl.flags |= failed
				r.open = false
				r.st.cur = c.cur
			}
			return err
		}
		r.st.cur = c.cur
		c.seal(sl)
		if c.cur.pos+c.st.off != c.start {
			r.empty = 0
		} else if r.empty++; r.empties() {
			return limitError("%d elements without bytes: this never ends", r.empty)
		}
	}
	return r.check(sl, i)
}

// check looks at a finished element: whether it is valid, and whether it is the last.
func (r *array) check(sl *slot, i int64) error {
	o := r.o
	r.asked = true
	defer func() { r.asked = false }()
	if r.a.attr.Valid != nil {
		if err := o.validate(r.a, sl, i); err != nil {
			if o.t.final(err) {
				sl.flags |= failed
				r.open = false
			}
			return o.fault(r.a, i, err)
		}
	}
	if r.a.repeat == RepeatUntil {
		v, err := o.value(sl, r.a)
		if err == nil {
			r.done, err = o.evalBool(r.a.attr.RepeatUntil, v, i, "repeat-until")
		}
		if err != nil {
			r.done = false
			r.open = !o.t.final(err) // asked again, it may be told
			return o.fault(r.a, i, err)
		}
	}
	r.open = false
	return nil
}

// reread reads a page that was dropped.
func (r *array) reread(no int64) error {
	o, t := r.o, r.o.t
	if err := o.deeper(); err != nil {
		return err
	}
	defer t.higher()
	r.again++
	defer func() { r.again-- }()
	n := min(r.per, r.count-no*r.per)
	p := &page{a: r, no: no, elems: make([]slot, 0, n), busy: true}
	saved, savedPage, strict := r.st.cur, o.page, t.strict
	t.strict = false
	r.st.cur = r.dense[no].cur
	r.dense[no].page = p
	t.pages.add(t, p)
	o.page = p
	var err error
	absent := r.dense[no].absent
	for k := int64(0); k < n && err == nil; k++ {
		if err = t.step(1); err != nil {
			break
		}
		p.elems = append(p.elems, slot{})
		sl := &p.elems[k]
		p.keep(1)
		var open bool
		open, err = r.read(sl, no*r.per+k, absent)
		if err == nil && r.skips(sl) {
			p.elems = p.elems[:k]
			absent++
			k--
			continue
		}
		if open && err == nil && !(r.open && no*r.per+k == r.count-1) {
			c := sl.v.Object().(*object)
			if err = c.finish(false); err == nil {
				r.st.cur = c.cur
				c.seal(sl)
			}
		}
		sl.state = isDone
		if err != nil {
			sl.flags |= failed
		}
		if r.err != nil && no*r.per+k == r.count-1 {
			err = nil
		}
	}
	o.page, t.strict = savedPage, strict
	r.st.cur = saved
	p.busy = r.active && no == (r.count-1)/r.per
	if err != nil {
		r.dense[no].page = nil
		t.pages.remove(t, p)
	}
	return err
}

// A pageList has all kept pages, the one used last in front.
type pageList struct{ first, last *page }

// add puts a page in front, and drops others if too much is kept.
func (l *pageList) add(t *Tree, p *page) {
	p.next = l.first
	if l.first != nil {
		l.first.prev = p
	} else {
		l.last = p
	}
	l.first = p
	if t.kept <= t.o.Limits.nodes() {
		return
	}
	for q := l.last; q != nil && t.kept > t.o.Limits.nodes()*7/8; {
		prev := q.prev
		if !q.busy && q != p {
			q.drop()
			l.remove(t, q)
		}
		q = prev
	}
}

// drop takes a page from its array.
func (p *page) drop() {
	if p.a.fixed >= 0 {
		delete(p.a.sparse, p.no)
	} else {
		p.a.dense[p.no].page = nil
	}
}

func (l *pageList) remove(t *Tree, p *page) {
	t.kept -= int64(p.cost)
	p.cost, p.dropped = 0, true
	if p.prev != nil {
		p.prev.next = p.next
	} else if l.first == p {
		l.first = p.next
	}
	if p.next != nil {
		p.next.prev = p.prev
	} else if l.last == p {
		l.last = p.prev
	}
	p.prev, p.next = nil, nil
}

func (l *pageList) touch(p *page) {
	if l.first == p || p.prev == nil {
		return
	}
	p.prev.next = p.next
	if p.next != nil {
		p.next.prev = p.prev
	} else {
		l.last = p.prev
	}
	p.prev, p.next = nil, l.first
	l.first.prev = p
	l.first = p
}
