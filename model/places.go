package model

import (
	"slices"

	"hexlay/mmapdoc"
)

// removal remembers where places stood in bytes that were deleted or replaced by fewer or more. Behind the edit they all
// stand at one offset; undoing it puts them back.
type removal struct {
	off, del, ins int64
	marks         map[rune]int64
	overlays      map[int]mmapdoc.Range // by Overlay.ID
}

// maxRemovals bounds what is remembered; older places stay where undo leaves them.
const maxRemovals = 1000

// shift moves what is bound to places after del bytes at off became ins bytes.
func (e *Editor) shift(off, del, ins int64) {
	e.mapTouched(off, del, ins)
	if del == ins {
		return
	}
	e.rememberRemoval(off, del, ins)
	e.movePlaces(off, del, func(p int64) int64 {
		switch {
		case p >= off+del:
			return p - del + ins
		case p > off+ins:
			return off + ins
		}
		return p
	})
}

// shiftBatch is shift for many replacements at once. An undo takes them back as one.
func (e *Editor) shiftBatch(b *mmapdoc.Batch) {
	r := b.Range()
	e.mapTouched(r.Start, r.Len(), r.Len()+b.Grown())
	if b.Moves() {
		e.rememberRemoval(r.Start, r.Len(), r.Len()+b.Grown())
		e.movePlaces(r.Start, r.Len(), b.Moved)
	}
}

// movePlaces gives all places their new offsets, after del bytes at off were replaced.
func (e *Editor) movePlaces(off, del int64, move func(int64) int64) {
	for name, p := range e.marks {
		e.marks[name] = move(p)
	}
	for i := range e.jumps.places {
		e.jumps.places[i] = move(e.jumps.places[i])
	}
	e.finding.last = e.finding.last.moved(move)
	for _, o := range e.overlays {
		if o.template.notes != nil {
			e.moveAnnotations(o, move)
			continue
		}
		o.moveRegion(off, del, move)
	}
}

// unshift is shift for an undo or a redo: places that the edit it takes back had swallowed stand again where they stood.
func (e *Editor) unshift(off, del, ins int64) {
	back := e.takeRemoval(off, del, ins)
	e.shift(off, del, ins)
	if back == nil {
		return
	}
	for name, p := range back.marks {
		if _, ok := e.marks[name]; ok {
			e.marks[name] = p
		}
	}
	for _, o := range e.overlays {
		if r, ok := back.overlays[o.ID]; ok {
			o.Region = r
		}
	}
}

// rememberRemoval keeps the places within the bytes that go.
func (e *Editor) rememberRemoval(off, del, ins int64) {
	if del == 0 {
		return
	}
	r := removal{off: off, del: del, ins: ins, marks: make(map[rune]int64), overlays: make(map[int]mmapdoc.Range)}
	for name, p := range e.marks {
		if p >= off && p < off+del {
			r.marks[name] = p
		}
	}
	for _, o := range e.overlays {
		in := func(p int64) bool { return p >= off && p < off+del }
		if in(o.Region.Start) || in(o.Region.End) {
			r.overlays[o.ID] = o.Region
		}
	}
	if len(r.marks)+len(r.overlays) == 0 {
		return
	}
	e.removed = append(e.removed, r)
	if len(e.removed) > maxRemovals {
		e.removed = slices.Delete(e.removed, 0, 1)
	}
}

// takeRemoval finds the removal that replacing del bytes at off by ins undoes.
func (e *Editor) takeRemoval(off, del, ins int64) *removal {
	for i := len(e.removed) - 1; i >= 0; i-- {
		if r := e.removed[i]; r.off == off && r.del == ins && r.ins == del {
			e.removed = slices.Delete(e.removed, i, i+1)
			return &r
		}
	}
	return nil
}
