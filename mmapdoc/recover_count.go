package mmapdoc

// tally counts what a journal's edits amount to as their user counts: steps that an undo would take back, and the bytes
// that they replaced, inserted or deleted. Only the steps that stand count, not those that were undone.
type tally struct {
	steps, undone []int64 // the bytes of each step
	bytes         int64   // of steps
	edits         int     // splices, undos and redos
	depth         int     // of groups
	group         int64   // bytes of the open group
	typing        typing
	parts         replayer // reads parts
	kept          int64    // bytes of waiting parts that are the file's own
}

// tallied is how far a tally was at some place of the journal.
type tallied struct {
	steps int
	bytes int64
	edits int
}

func (t *tally) now() tallied { return tallied{len(t.steps), t.bytes, t.edits} }

// record takes note of a record; one that cannot be read counts nothing.
func (t *tally) record(kind byte, record []byte) {
	f := fields{b: record}
	switch kind {
	case recSplice, recUndo, recRedo:
		t.edits++
	}
	switch kind {
	case recBegin:
		t.typing.on = false
		t.depth++
	case recEnd:
		if t.depth--; t.depth <= 0 {
			t.depth = 0
			if t.group > 0 {
				t.push(t.group)
			}
			t.group = 0
		}
	case recSeal, recMark:
		t.typing.on = false
	case recUndo:
		if n := len(t.steps) - 1; n >= 0 {
			t.undone = append(t.undone, t.steps[n])
			t.bytes -= t.steps[n]
			t.steps = t.steps[:n]
		}
		t.typing.on = false
	case recRedo:
		if n := len(t.undone) - 1; n >= 0 {
			t.steps = append(t.steps, t.undone[n])
			t.bytes += t.undone[n]
			t.undone = t.undone[:n]
		}
	case recParts:
		for len(f.b) > 0 && t.part(&f) {
		}
	case recSplice:
		off, del, join, ins, count := f.int(), f.int(), Join(f.int()), f.int(), f.int()
		for ; count > 0 && t.part(&f); count-- {
		}
		if !f.bad {
			t.splice(off, del, ins, join)
		}
		t.kept = 0
	}
}

// part reads one part.
func (t *tally) part(f *fields) bool {
	t.parts.want = t.parts.want[:0]
	if t.parts.readPart(f) != nil {
		return false
	}
	if p := t.parts.want[0]; p.kind == partBase {
		t.kept += p.n
	}
	return true
}

func (t *tally) push(bytes int64) {
	t.steps, t.undone = append(t.steps, bytes), t.undone[:0]
	t.bytes += bytes
}

// splice joins edits to steps by the rules of Document.typeOn.
func (t *tally) splice(off, del, ins int64, join Join) {
	bytes := max(max(del, ins)-t.kept, 0)
	if t.depth > 0 {
		t.group += bytes
		return
	}
	last := &t.typing
	if join == Typed && last.on && last.deleting == (ins == 0) && len(t.steps) > 0 {
		joins := true
		switch {
		case !last.deleting && off == last.end:
		case !last.deleting && off == last.off && off == last.end-1 && del == 1 && ins == 1:
			bytes = 0 // the second digit of a byte
		case last.deleting && (off == last.off || off+del == last.off):
		default:
			joins = false
		}
		if joins {
			t.steps[len(t.steps)-1] += bytes
			t.bytes += bytes
			last.off, last.end = off, off+ins
			return
		}
	}
	t.push(bytes)
	*last = typing{on: join == Typed, deleting: ins == 0, off: off, end: off + ins}
}
