package ksy

import (
	"cmp"
	"context"
	"errors"
	"io"
	"math"
	"slices"
)

// A settler mends the elements of long lists one by one, in one walk, where a list is closed: nothing in an element depends on other elements, or on
// nothing that is mended.
// Checks outside of such lists it leaves to rounds over the whole tree, which leave out what is settled. Where an element needs more, or has to become
// longer or shorter, which moves all others, everything is left to them.
//
// Of an element most checksums can be mended without looking at it again: where nobody asks for the value of the field, and nobody reads its bytes but the
// field itself, all other results stand. Else the element is read again with its new bytes, until all its checks hold.
type settler struct {
	t     *Tree // laid over what is being mended
	src   *laidOver
	skip  func(*Node, *Check) bool
	spare func(string, *array) func(int64, *slot) bool
	was   func(*CheckResult) bool
	w     walker
	way   pathway
	log   readLog
	page  *page
	// asked are the words of all expressions that may ask for a field's value.
	asked map[string]bool
	lists map[*Attr]unitList // see unitLists
	all   bool               // nothing is settled where there are checks outside

	inside  bool // an element is being looked at
	loose   bool // of a loose list
	first   bool // for the first time
	skipped bool // a check of it was left out
	failing []CheckResult

	keep        bool // told is wanted
	told        []toldUnit
	units       int
	level, step int // of what is mended just now, see begin

	find  bool // what fails at first is wanted
	found []CheckResult
	total int // all checks

	patches []Patch             // what the elements need; each stays as long as it was
	gone    map[string]unitList // the paths of the lists that were gone through
	outside bool                // there are checks outside of them
}

// toldUnit is a field that was mended in a unit, with what its place in the order depends on.
type toldUnit struct {
	Mended
	level, step, unit int
}

// A readLog notes what is read of the data while an element is looked at.
type readLog struct {
	reads []Range
	fed   []fedBytes
}

// fedBytes are bytes that a checksum is over, with those that it takes for zeros.
type fedBytes struct{ at, zero Range }

// maxLog is among how many reads it pays to look for those of a field; more are not noted.
const maxLog = 1 << 14

func (l *readLog) read(off, n int64) {
	if len(l.reads) <= maxLog {
		l.reads = append(l.reads, Range{off, off + n})
	}
}

func (l *readLog) feed(at, zero Range) {
	if len(l.fed) <= maxLog {
		l.fed = append(l.fed, fedBytes{at, zero})
	}
}

func (l *readLog) reset() { l.reads, l.fed = l.reads[:0], l.fed[:0] }

// look tells of the bytes of r: unread, that nothing but checksums and the one field that was read there depends on the bytes of r; quiet, that no checksum does either but those
// that take them for zeros.
func (l *readLog) look(r Range) (unread, quiet bool) {
	if len(l.reads)+len(l.fed) > maxLog {
		return false, false
	}
	own := 0
	for _, k := range l.reads {
		if k.Start < r.End && r.Start < k.End {
			if own++; k != r || own > 1 {
				return false, false
			}
		}
	}
	for _, k := range l.fed {
		if k.at.Start < r.End && r.Start < k.at.End && k.zero != r {
			return true, false
		}
	}
	return true, true
}

// laidOver is data with some patches that change no length.
type laidOver struct {
	r    io.ReaderAt
	list []Patch
}

func (l *laidOver) ReadAt(b []byte, off int64) (int, error) {
	n, err := l.r.ReadAt(b, off)
	l.over(b[:n], off)
	return n, err
}

func (l *laidOver) over(b []byte, off int64) {
	for _, p := range l.list {
		if from, to := max(p.Range.Start, off), min(p.Range.End, off+int64(len(b))); from < to {
			copy(b[from-off:to-off], p.New[from-p.Range.Start:])
		}
	}
}

// errUneven says that elements cannot be settled one by one, or are read otherwise than in their list.
var errUneven = errors.New("the elements cannot be looked at one by one")

// settle mends the elements of all such lists of the data that p is, in one walk. An error that is none of the context's says that it cannot.
func (t *Tree) settle(ctx context.Context, p *patched, s *settler) error {
	o := t.o
	o.Context = ctx
	s.src = &laidOver{r: p}
	s.t = t.schema.Open(s.src, t.base, p.size-t.base, o)
	s.gone, s.asked = map[string]unitList{}, t.schema.asked()
	if s.lists = t.schema.unitLists(); len(s.lists) == 0 {
		return errUneven
	}
	s.way = pathway{t: s.t}
	skip := s.skip
	if skip != nil {
		skip = func(n *Node, c *Check) bool {
			yes := s.skip(n, c)
			s.skipped = s.skipped || yes
			return yes
		}
	}
	visit := checkVisit(&s.w, func(v *Visit) error {
		if !s.inside {
			if s.outside = true; s.all {
				return errUneven
			}
			return nil
		}
		if n := s.way.field(v); n != nil {
			n.checks(skip, true, func(r *CheckResult) {
				if s.first {
					s.total++
				}
				if r.OK {
					return
				}
				r.Path = string(v.Path)
				if r.Err == nil {
					s.failing = append(s.failing, *r)
				}
				if s.first && s.find {
					s.found = append(s.found, *r)
					s.found[len(s.found)-1].node = nil
				}
			})
		}
		return nil
	})
	s.w = walker{t: s.t, units: s.array, visit: func(v *Visit) error {
		err := visit(v)
		if s.inside && s.loose { // others may ask for every value in it
			v.Skip = false
			if v.HasRange && v.InData && v.s.flags&lazy != 0 {
				s.log.read(v.Range.Start, v.Range.Len())
			}
		}
		return err
	}}
	return s.t.walk(&s.w)
}

// maxUnit is how many bytes an element has at most, on the average; in longer ones the lists in them are gone through.
const maxUnit = 1 << 17

// divides tells whether the elements of a list can be looked at one by one.
func (s *settler) divides(r *array) bool {
	if !r.file || !r.done || r.err != nil || r.count == 0 || r.absent > 0 || r.a.inward || !r.o.inSequence() || r.cur.left > 0 ||
		(r.st.off+r.cur.pos-r.start)/r.count > maxUnit {
		return false
	}
	return s.lists[r.a.attr] != 0
}

// A unitList is a list whose elements may be looked at one by one.
type unitList uint8

const (
	closedList unitList = 1 + iota // nothing in an element depends on others
	looseList                      // an element may ask for values in others: only what nobody asks for is mended one by one
)

// unitLists are the fields whose elements have checks and may be looked at one by one, if they are read without an error.
func (s *Schema) unitLists() map[*Attr]unitList {
	lists := map[*Attr]unitList{}
	s.eachType(func(t *Type) {
		for _, a := range t.Slots {
			if a.Place == SeqField && (a.Repeat == RepeatEOS || a.Repeat == RepeatExpr) && a.Valid == nil && len(a.Checks) == 0 && a.Type.declaresChecks() {
				if closed, loose := s.closed(a); closed {
					lists[a] = closedList
				} else if loose {
					lists[a] = looseList
				}
			}
		}
	})
	return lists
}

func (s *Schema) eachType(fn func(t *Type)) {
	var each func(t *Type)
	each = func(t *Type) {
		fn(t)
		for _, sub := range t.Types {
			each(sub)
		}
	}
	for _, f := range s.Files {
		if f.Top != nil {
			each(f.Top)
		}
	}
}

// array goes through a list whose elements can be looked at one by one.
func (s *settler) array(r *array, through *cattr, depth int) (bool, error) {
	if s.inside || !s.divides(r) {
		return false, nil
	}
	path := string(s.w.path)
	s.gone[path] = s.lists[r.a.attr]
	s.loose = s.gone[path] == looseList
	var spare func(int64, *slot) bool
	if s.spare != nil {
		spare = s.spare(path, r)
	}
	s.page = &page{a: r, dropped: true} // nothing of it is kept
	s.t.src.log = &s.log
	defer func() { s.t.src.log = nil }()
	at := cursor{pos: r.start - r.st.off}
	for i := int64(0); i < r.count; i++ {
		if err := s.t.step(1); err != nil {
			return true, err
		}
		s.log.reset()
		sl, next, err := s.element(r, i, at)
		if err != nil {
			return true, err
		}
		if spare == nil || !spare(i, &sl) {
			if err := s.unit(r, i, at, next, sl, through, depth, len(path)); err != nil {
				return true, err
			}
		}
		at = next
	}
	s.w.path = s.w.path[:len(path)]
	if at != r.cur {
		return true, errUneven
	}
	return true, nil
}

// element reads an element anew.
func (s *settler) element(r *array, i int64, at cursor) (sl slot, next cursor, err error) {
	if err := r.o.deeper(); err != nil {
		return sl, next, err
	}
	defer s.t.higher()
	saved, page := r.st.cur, r.o.page
	r.st.cur, r.o.page = at, s.page
	open, err := r.read(&sl, i, 0)
	if c, ok := sl.v.Object().(*object); ok && err == nil && open {
		if err = c.finish(false); err == nil {
			r.st.cur = c.cur
			c.seal(&sl)
		}
	}
	sl.state = isDone
	next = r.st.cur
	r.st.cur, r.o.page = saved, page
	if err == nil && next.left > 0 {
		err = errUneven
	}
	return sl, next, err
}

// unit settles an element, which was just read.
func (s *settler) unit(r *array, i int64, at, end cursor, sl slot, through *cattr, depth, base int) (err error) {
	whole := Range{sl.start, r.st.off + end.pos}
	s.units++
	s.step = 0
	for step := 0; step < mendRounds; step++ {
		if step > 0 {
			s.log.reset()
			var next cursor
			if sl, next, err = s.element(r, i, at); err == nil && next != end {
				err = errUneven // what follows begins elsewhere
			}
			if err != nil {
				return err
			}
		}
		s.failing, s.skipped = s.failing[:0], false
		s.way.unit, _ = sl.v.Object().(*object)
		s.way.unitSlot = sl
		s.w.element(base, i)
		s.inside, s.first = true, step == 0
		err := s.w.node(r.o, r.a, &sl, nil, through, depth)
		s.inside = false
		if err != nil {
			return err
		}
		again, err := s.resolve(whole)
		if err != nil {
			return err
		}
		if !again {
			return s.take()
		}
	}
	return errUneven
}

// resolve mends what failed in the element that was just looked at. again tells that it has to be looked at once more.
func (s *settler) resolve(whole Range) (again bool, err error) {
	for len(s.failing) > 0 {
		todo := wrong(s.failing, s.was)
		if len(todo) == 0 {
			break
		}
		if s.skipped {
			return false, errUneven
		}
		s.begin(&todo[0])
		quiet := true
		var list patchRow
		for i := range todo {
			r := &todo[i]
			more, err := r.node.Encode(r.Expected)
			if err != nil || len(more) != 1 || int64(len(more[0].New)) != more[0].Range.Len() || more[0].Range.Start < whole.Start || more[0].Range.End > whole.End {
				return false, errUneven
			}
			taken, err := list.add(more)
			if err != nil {
				return false, err
			}
			unread, alone := s.quiet(r, more[0].Range)
			if s.loose && !unread {
				return false, errUneven
			}
			quiet = quiet && taken && alone
			s.tell(r)
		}
		s.src.list = append(s.src.list, list...)
		s.t.src.lay(list)
		if !quiet {
			return true, nil
		}
		s.failing = slices.DeleteFunc(s.failing, func(r CheckResult) bool {
			return slices.ContainsFunc(todo, func(d CheckResult) bool { return r.node == d.node && r.Check == d.Check })
		})
	}
	return false, nil
}

// quiet tells that with its new value in r a checksum is right, and that all other results stand; unread, that they stand but for those of other checksums.
func (s *settler) quiet(c *CheckResult, r Range) (unread, quiet bool) {
	n := c.node
	a := n.attr.attr
	sl, err := n.read()
	if err != nil || !c.Sum() || a.Valid != nil || len(a.Checks) > 1 || n.attr.repeat != Once || n.attr.d.op != opInt || s.asked[a.ID] ||
		sl.flags&(inFile|hasRange|lazy|failed) != inFile|hasRange || r != (Range{sl.start, sl.end}) {
		return false, false
	}
	return s.log.look(r)
}

// take makes patches of what was laid over an element.
func (s *settler) take() error {
	list := s.src.list
	if len(list) > 1 {
		list = slices.Clone(list)
		slices.SortFunc(list, func(a, b Patch) int { return cmp.Compare(a.Range.Start, b.Range.Start) })
	}
	for i := 0; i < len(list); {
		p := list[i]
		k := i + 1
		for ; k < len(list) && list[k].Range.Start < p.Range.End; k++ {
			p.Range.End = max(p.Range.End, list[k].Range.End)
		}
		if k > i+1 { // of several, what they left
			b, err := s.t.src.view(p.Range.Start, p.Range.Len())
			if err != nil {
				return err
			}
			p.New = slices.Clone(b)
		}
		s.patches = append(s.patches, p)
		i = k
	}
	s.src.list = s.src.list[:0]
	return nil
}

// begin notes what is mended next. Rounds over the whole tree mend all that is no checksum first, then the checksums that lie deepest.
func (s *settler) begin(r *CheckResult) {
	level := -r.depth
	if !r.Sum() {
		level = math.MinInt
	}
	if s.step++; s.step == 1 || level > s.level {
		s.level, s.step = level, 1
	}
}

func (s *settler) tell(r *CheckResult) {
	if s.keep {
		s.told = append(s.told, toldUnit{Mended{r.Path, r.Actual, r.Expected}, s.level, s.step, s.units})
	}
}

// inOrder gives what was told in the order in which rounds over the whole tree would tell it.
func (s *settler) inOrder() []toldUnit {
	slices.SortStableFunc(s.told, func(a, b toldUnit) int {
		return cmp.Or(cmp.Compare(a.level, b.level), cmp.Compare(a.step, b.step), cmp.Compare(a.unit, b.unit))
	})
	return s.told
}

// others gives the test for what rounds after settle leave out: elements that it settled, as long as they are as they were then, in before.
func (s *settler) others(before, now *patched) func(string, *array) func(int64, *slot) bool {
	settled := &sparer{t: s.t.schema.Open(before, s.t.base, s.t.size, s.t.o), p: now, known: map[*cattr]bool{}}
	return func(path string, r *array) func(int64, *slot) bool {
		switch kind := s.gone[path]; {
		case kind != 0 && len(now.pieces) == 1 && now.pieces[0].old == 0: // nothing has changed
			return func(int64, *slot) bool { return true }
		case kind == closedList:
			return settled.array(path, r)
		}
		return nil
	}
}

// asked collects the words of the expressions by which a field's value may be asked for: all but its own name in the condition of its only check, which
// holds or does not stand once it was mended.
func (s *Schema) asked() map[string]bool {
	words := map[string]bool{}
	s.eachType(func(t *Type) { t.collect(words, true) })
	return words
}

// lay lays patches over the pieces that were read last, as reading them again would.
func (s *buffer) lay(list []Patch) {
	for i := range s.wins {
		(&laidOver{list: list}).over(s.wins[i].b, s.wins[i].off)
	}
}
