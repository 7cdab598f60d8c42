package mmapdoc

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Join says whether an edit may become part of the undo step before it.
type Join int

const (
	// Alone is an undo step of its own.
	Alone Join = iota
	// Typed joins the Typed edit before it when it goes on where that one ended: text or overwritten bytes that
	// follow each other, the last byte overwritten once more (the second digit of a byte), or deletions that eat
	// their way backwards or forwards. Undo, Redo, Begin, End and a save come between.
	Typed
)

// Splice replaces del bytes at off by ins; it is insert, delete and overwrite at once. It copies ins. The error says
// which bytes are not inside the document, or that it would become larger than 1<<63-1 bytes; nothing changes then.
func (d *Document) Splice(off, del int64, ins []byte, j Join) error {
	if err := d.check(off, del, int64(len(ins))); err != nil {
		return err
	}
	if del == 0 && len(ins) == 0 {
		return nil
	}
	var p piece
	if len(ins) > 0 {
		p = d.adder.add(ins)
	}
	d.replace(off, del, span{piece: p}, j)
	return nil
}

// SpliceFrom replaces del bytes at off by the bytes r of a snapshot of any document, this one included. It shares
// their pieces: however many bytes they are, none is copied. It fails as Splice does, when r is not inside of from, and
// when the document of from was closed.
func (d *Document) SpliceFrom(off, del int64, from *Snapshot, r Range) error {
	if err := from.check(r); err != nil {
		return err
	}
	if err := d.check(off, del, r.Len()); err != nil {
		return err
	}
	if del == 0 && r.Len() == 0 {
		return nil
	}
	if err := d.hold(from.leases); err != nil {
		return err
	}
	_, t := from.tree.split(d.epoch, r.Start)
	t, _ = t.split(d.epoch, r.Len())
	d.replace(off, del, d.pasted(t).span(), Alone)
	return nil
}

// pasted is t with the pieces of the current base under their pasted identity: at the place where they go they are not
// the saved bytes. Mostly t has none, or is one piece.
func (d *Document) pasted(t tree) tree {
	if !t.has(d.base.id) {
		return t
	}
	pieces := builder{epoch: d.epoch}
	t.walk(0, t.size, func(_ int64, p piece) bool {
		if p.src == d.base {
			p.src = d.base.pasted
		}
		pieces.add(p)
		return true
	})
	return pieces.tree()
}

// hold keeps the sources of leases open until d is closed.
func (d *Document) hold(leases []*lease) error {
	held := slices.Clip(d.leases)
	for _, l := range leases {
		if slices.Contains(held, l) {
			continue
		}
		if !l.hold() {
			for _, l := range held[len(d.leases):] {
				l.release() // they have other holders or had; nothing was read, so nothing can be lost here
			}
			return errors.New("the document that these bytes come from was closed")
		}
		held = append(held, l)
	}
	d.leases = held
	return nil
}

// longFill is from how many bytes on a fill is a pattern in a store of its own rather than plain bytes.
const longFill = 4 << 10

// Fill overwrites [off, off+n) with pattern, repeated, in O(log n) for any n and without memory for it. It fails when
// the range is not inside the document or pattern is empty.
func (d *Document) Fill(off, n int64, pattern []byte) error {
	return d.SpliceFill(off, n, n, pattern)
}

// SpliceFill replaces del bytes at off by n bytes of pattern, repeated, at the cost of Fill.
func (d *Document) SpliceFill(off, del, n int64, pattern []byte) error {
	if err := d.check(off, del, n); err != nil {
		return err
	}
	if len(pattern) == 0 {
		return errors.New("a fill needs a pattern of at least one byte")
	}
	if n == 0 {
		return d.Splice(off, del, nil, Alone)
	}
	if n < longFill || n <= int64(len(pattern)) {
		b := make([]byte, n)
		for k := 0; k < len(b); k += copy(b[k:], pattern) {
		}
		return d.Splice(off, del, b, Alone)
	}
	if d.fill == nil || !bytes.Equal(d.fill.store.(*patternStore).pattern, pattern) {
		d.fill = &origin{store: &patternStore{bytes.Clone(pattern)}}
	}
	d.replace(off, del, span{piece: piece{d.fill, 0, n}}, Alone)
	return nil
}

// Revert brings back what is saved at r, as one undo step. Where r reaches past the end of the saved bytes there is
// nothing to bring back and the document stays as it is, unless r reaches the end of the document too: then the
// end comes back as well, so that what was appended goes and what was cut off returns. Reverting everything from 0 to
// the larger of the two sizes makes the document as saved. It fails when r begins behind the end of the document or
// ends behind both ends.
func (d *Document) Revert(r Range) error {
	size, saved := d.Size(), d.base.Size()
	if r.Start < 0 || r.Start > r.End || r.Start > size || r.End > max(size, saved) {
		return fmt.Errorf("%v is not inside the document of %d bytes (%d saved)", r, size, saved)
	}
	from := Range{min(r.Start, saved), min(r.End, saved)}
	to := Range{r.Start, min(r.End, size)}
	if r.End < size { // an inner part: the bytes behind it keep their places
		to.End = max(from.End, to.Start)
	}
	if to.Len() == 0 && from.Len() == 0 {
		return nil
	}
	var p piece
	if from.Len() > 0 {
		p = piece{d.base, from.Start, from.Len()}
	}
	if to.Len() > 0 && to.Len() == from.Len() {
		have, start := d.tree.at(to.Start)
		if have.src == d.base && have.off == start && start+have.n >= to.End {
			return nil // it is there already
		}
	}
	d.replace(to.Start, to.Len(), span{piece: p}, Alone)
	return nil
}

// check says what is wrong with replacing del bytes at off by ins bytes.
func (d *Document) check(off, del, ins int64) error {
	size := d.Size()
	if off < 0 || del < 0 || off > size || del > size-off {
		return fmt.Errorf("%d bytes at offset %d are not inside the document of %d bytes", del, off, size)
	}
	if ins > math.MaxInt64-(size-del) {
		return fmt.Errorf("inserting %d bytes at offset %d would make the document of %d bytes larger than %d", ins, off, size, int64(math.MaxInt64))
	}
	return nil
}

// replace does a checked edit and notes it in the history.
func (d *Document) replace(off, del int64, ins span, j Join) {
	if d.journal != nil && ins.root != nil {
		d.freeze() // the journal reads its pieces later
	}
	var removed span
	d.tree, removed = d.tree.splice(d.epoch, off, del, ins)
	begins := d.group.depth > 0 && d.group.edits == 0
	d.record(edit{off: off, del: ins.n, back: removed}, j)
	if begins {
		d.note(recBegin, 0)
	}
	d.noteSplice(off, del, ins, j)
}
