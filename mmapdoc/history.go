package mmapdoc

// An edit is noted as what takes it back: at off, del bytes are replaced by back. Undoing it gives the edit that does it
// again, so a step moves between the two stacks and its bytes are held once.
//
// A splice back costs O(log n) whatever its size, because back shares the pieces that were cut out. A group of
// many edits would still cost one splice for each, so from maxGroup edits on it is kept as the whole tree before it.
// Keeping whole trees always was the simpler way, but each pins the O(log n) nodes that its edit had to copy: a
// kilobyte and more for one byte typed.
type edit struct {
	off, del int64
	back     span
	// before is the state that the step leads to when all its edits are done, in the first edit of a step, which is
	// the last to be taken back; 0 in the others.
	before uint64
	whole  bool   // back is the whole document; off and del are where it differs
	grown  int64  // of a whole document: how much of its growth is in back
	era    uint32 // Document.era when the edit was made; 0: the journal cannot name the step
}

const maxGroup = 16

// history is what a Document remembers. States are numbered from 1 and a number is never used twice, so a saved state
// that was dropped can never be taken for another one.
type history struct {
	state, saved, lastState uint64
	undo, redo              stack
	group                   group
	typing                  typing
}

// group is what stands between Begin and End.
type group struct {
	depth  int
	before tree   // at Begin
	grown  int64  // of before
	state  uint64 // at Begin
	era    uint32 // at Begin
	edits  int    // how many are on the undo stack, or more than maxGroup
	hull   hull
}

// typing is the last edit when the next one may join it.
type typing struct {
	on       bool
	deleting bool
	off, end int64 // where it began, and where it left the cursor
}

// Change says what an undo or redo touched, so that the cursor can go there: at Off, Removed bytes went and Inserted
// bytes came. For a step of many edits it covers them all.
type Change struct{ Off, Removed, Inserted int64 }

// hull is a Change that covers several edits, one after the other.
type hull struct {
	Change
	any bool
}

func (h *hull) add(off, del, ins int64) {
	if !h.any {
		*h = hull{Change{off, del, ins}, true}
		return
	}
	lo, hi := min(h.Off, off), max(h.Off+h.Inserted, off+del)
	more := (h.Off - lo) + (hi - h.Off - h.Inserted)
	h.Off = lo
	h.Removed += more
	h.Inserted += more + ins - del
}

// Begin starts a group: all edits until the End that belongs to it are one undo step. Groups nest; the outermost counts.
func (d *Document) Begin() {
	d.seal()
	if d.group.depth++; d.group.depth == 1 {
		d.group = group{depth: 1, before: d.tree, grown: d.growth.size, state: d.state, era: d.era}
		d.freeze()
	}
}

// End ends the group of the last Begin. A group without an edit leaves no step. An End without Begin does nothing.
func (d *Document) End() {
	if d.group.depth == 0 {
		return
	}
	d.typing.on = false
	if d.group.depth--; d.group.depth > 0 {
		return
	}
	g := d.group
	if g.edits > maxGroup {
		d.undo.push(edit{off: g.hull.Off, del: g.hull.Inserted, back: g.before.span(), before: g.state, whole: true, grown: g.grown, era: d.era})
	}
	d.group = group{}
	if g.edits == 0 {
		return
	}
	if g.era != d.era { // a replay would see only the end of it
		d.undo.top().era = 0
	}
	d.note(recEnd, 0)
}

// record notes an edit that was done: e takes it back.
func (d *Document) record(e edit, j Join) {
	before := d.state
	e.era = d.era
	d.lastState++
	d.state = d.lastState
	d.redo.clear()
	d.touch()
	if g, ok := d.base.store.(*generation); ok {
		g.file.prepare(d.info.Path)
	}

	if d.group.depth > 0 {
		g := &d.group
		g.hull.add(e.off, e.back.n, e.del)
		if g.edits == 0 {
			e.before = before
		}
		if g.edits++; g.edits <= maxGroup {
			d.undo.push(e)
		} else if g.edits == maxGroup+1 {
			for range maxGroup {
				d.undo.pop()
			}
		}
		return
	}
	if j == Typed && d.typeOn(e) {
		return
	}
	e.before = before
	d.undo.push(e)
	if d.typing = (typing{}); j == Typed {
		d.typing = typing{on: true, deleting: e.del == 0, off: e.off, end: e.off + e.del}
	}
}

// typeOn joins e to the step before it if both were typed and e goes on where that one ended.
func (d *Document) typeOn(e edit) bool {
	t := &d.typing
	if !t.on || t.deleting != (e.del == 0) {
		return false
	}
	last := d.undo.top()
	switch {
	case !t.deleting && e.off == t.end:
		last.del += e.del
		last.back = last.back.join(d.epoch, e.back)
	case !t.deleting && e.off == t.off && e.off == t.end-1 && e.del == 1 && e.back.n == 1:
		// The byte that goes was typed in this very step.
	case t.deleting && e.off == t.off:
		last.back = last.back.join(d.epoch, e.back)
	case t.deleting && e.off+e.back.n == t.off:
		last.off = e.off
		last.back = e.back.join(d.epoch, last.back)
	default:
		return false
	}
	t.off, t.end = e.off, e.off+e.del
	return true
}

// seal ends a run of typing: the state before the next edit stays one that undo can come back to.
func (d *Document) seal() {
	if d.typing.on {
		d.typing.on = false
		d.note(recSeal, 0)
	}
}

// Undo takes the last step back. It reports false, and does nothing, when there is none or a group is open.
func (d *Document) Undo() (Change, bool) { return d.travelNoted(recUndo, &d.undo, &d.redo) }

// Redo does the last step again that was taken back and not followed by an edit. It reports false, and does nothing,
// when there is none or a group is open.
func (d *Document) Redo() (Change, bool) { return d.travelNoted(recRedo, &d.redo, &d.undo) }

// CanUndo reports whether Undo would do something.
func (d *Document) CanUndo() bool { return d.undo.n > 0 && d.group.depth == 0 }

// CanRedo reports whether Redo would do something.
func (d *Document) CanRedo() bool { return d.redo.n > 0 && d.group.depth == 0 }

// Modified reports whether the bytes may differ from the saved ones. It is false again when undo or redo come back to
// the state that was saved.
func (d *Document) Modified() bool { return d.state != d.saved }

// travelNoted is travel for the user, who wants it to be in the journal.
func (d *Document) travelNoted(kind byte, from, to *stack) (Change, bool) {
	var era uint32
	if from.n > 0 {
		era = from.top().era
	}
	c, ok := d.travel(from, to)
	if ok {
		d.noteTravel(kind, era, c)
	}
	return c, ok
}

// travel moves the top step of one stack to the other.
func (d *Document) travel(from, to *stack) (Change, bool) {
	if from.n == 0 || d.group.depth > 0 {
		return Change{}, false
	}
	d.typing.on = false
	var h hull
	for here := d.state; ; here = 0 {
		e := from.pop()
		again := d.apply(e)
		again.before, again.era = here, e.era
		to.push(again)
		h.add(e.off, e.del, again.del)
		if e.before > 0 {
			d.state = e.before
			break
		}
	}
	if d.state == d.saved && d.tree.size == d.base.Size() {
		d.tree = d.wholeBase()
	}
	d.touch()
	return h.Change, true
}

// apply does e and returns what takes it back.
func (d *Document) apply(e edit) (again edit) {
	if e.whole {
		now := d.tree
		d.tree = e.back.tree(d.epoch)
		d.freeze() // the two trees share nodes
		d.regrow(e.grown)
		return edit{off: e.off, del: d.tree.size - (now.size - e.del), back: now.span(), whole: true, grown: d.growth.size}
	}
	var removed span
	d.tree, removed = d.tree.splice(d.epoch, e.off, e.del, e.back)
	return edit{off: e.off, del: e.back.n, back: removed}
}

// stack is a stack of edits in chunks: an append to one slice of millions would now and then copy them all.
type stack struct {
	chunks [][]edit
	n      int
}

const stackChunk = 128

func (s *stack) push(e edit) {
	k := len(s.chunks) - 1
	if k < 0 || len(s.chunks[k]) == stackChunk {
		k++
		s.chunks = append(s.chunks, nil)
	}
	s.chunks[k] = append(s.chunks[k], e)
	s.n++
}

func (s *stack) pop() edit {
	k := len(s.chunks) - 1
	c := s.chunks[k]
	e := c[len(c)-1]
	c[len(c)-1] = edit{} // lets go of its pieces
	if s.chunks[k] = c[:len(c)-1]; len(c) == 1 {
		s.chunks[k] = nil
		s.chunks = s.chunks[:k]
	}
	s.n--
	return e
}

func (s *stack) top() *edit {
	c := s.chunks[len(s.chunks)-1]
	return &c[len(c)-1]
}

func (s *stack) clear() { *s = stack{} }

// steps is how many steps lead from the top to the state, or -1 if none of the first limit do.
func (s *stack) steps(state uint64, limit int) int {
	steps := 0
	for k := len(s.chunks) - 1; k >= 0; k-- {
		for i := len(s.chunks[k]) - 1; i >= 0; i-- {
			switch s.chunks[k][i].before {
			case 0:
				continue
			case state:
				return steps + 1
			}
			if steps++; steps == limit {
				return -1
			}
		}
	}
	return -1
}
