package model

import (
	"errors"
	"fmt"
	"strings"

	"hexlay/mmapdoc"
)

// splice is the one way by which the editor changes bytes: it keeps marks, layouts and selection in step.
func (e *Editor) splice(off, del int64, ins []byte, j mmapdoc.Join) error {
	if err := e.doc.Splice(off, del, ins, j); err != nil {
		return err
	}
	e.shift(off, del, int64(len(ins)))
	return nil
}

// collapse gives up the selection for typing: insert mode replaces it, overwrite mode types from its start.
func (e *Editor) collapse() error {
	r := e.Selection()
	if !e.selecting {
		return nil
	}
	e.selecting = false
	e.setCursor(r.Start)
	if e.Insert && r.Len() > 0 {
		return e.splice(r.Start, r.Len(), nil, mmapdoc.Alone)
	}
	return nil
}

// together makes one undo step of replacing a selection by what is typed; the caller runs what it returns at the end.
func (e *Editor) together() (end func()) {
	if !e.Insert || e.Selection().Len() == 0 {
		return func() {}
	}
	e.doc.Begin()
	return e.doc.End
}

// TypeHex types one hex digit at the cursor.
func (e *Editor) TypeHex(digit byte) error {
	defer e.together()()
	if err := e.collapse(); err != nil {
		return err
	}
	off := e.cursor
	if e.low {
		b, err := e.byteAt(off)
		if err != nil {
			return err
		}
		if err := e.splice(off, 1, []byte{b&0xf0 | digit}, mmapdoc.Typed); err != nil {
			return err
		}
		e.setCursor(off + 1)
		e.Reveal()
		return nil
	}
	del, high := int64(0), digit<<4
	if !e.Insert && off < e.Size() {
		b, err := e.byteAt(off)
		if err != nil {
			return err
		}
		del, high = 1, high|b&0x0f
	}
	if err := e.splice(off, del, []byte{high}, mmapdoc.Typed); err != nil {
		return err
	}
	e.low = true
	e.Reveal()
	return nil
}

// TypeText types s at the cursor, encoded with the chosen codec. What the codec cannot encode is refused whole.
func (e *Editor) TypeText(s string) error {
	b, err := e.encode(s)
	if err != nil {
		return err
	}
	defer e.together()()
	if err := e.collapse(); err != nil {
		return err
	}
	return e.write(b, mmapdoc.Typed)
}

func (e *Editor) encode(s string) ([]byte, error) {
	return e.Codec.Encode(nil, s, e.encodeHandler())
}

// write puts b at the cursor, over what is there or in front of it as the mode says, and goes behind it.
func (e *Editor) write(b []byte, j mmapdoc.Join) error {
	del := int64(0)
	if !e.Insert {
		del = min(int64(len(b)), e.Size()-e.cursor)
	}
	if err := e.splice(e.cursor, del, b, j); err != nil {
		return err
	}
	e.setCursor(e.cursor + int64(len(b)))
	e.Reveal()
	return nil
}

// Backspace deletes the byte before the cursor, or the selection. In overwrite mode it only steps back.
func (e *Editor) Backspace() error {
	if e.selecting {
		return e.deleteSelection()
	}
	if e.low { // half a byte was typed: go back to its first half
		e.low = false
		return nil
	}
	if e.cursor == 0 {
		return nil
	}
	off := e.cursor - 1
	if e.Insert {
		if err := e.splice(off, 1, nil, mmapdoc.Typed); err != nil {
			return err
		}
	}
	e.setCursor(off)
	e.Reveal()
	return nil
}

// Delete deletes the selection, else the byte under the cursor.
func (e *Editor) Delete() error {
	if e.selecting {
		return e.deleteSelection()
	}
	if e.cursor >= e.Size() {
		return errors.New("nothing to delete behind the last byte")
	}
	e.low = false
	return e.splice(e.cursor, 1, nil, mmapdoc.Typed)
}

func (e *Editor) deleteSelection() error {
	r := e.Selection()
	if r.Len() > 0 {
		if err := e.splice(r.Start, r.Len(), nil, mmapdoc.Alone); err != nil {
			return err
		}
		e.Notef("deleted %s", count(r.Len(), "byte"))
	}
	e.moveTo(r.Start)
	return nil
}

// Patch overwrites the bytes at off by b as one undo step; the cursor stays.
func (e *Editor) Patch(off int64, b []byte) error {
	if off < 0 || off > e.Size()-int64(len(b)) {
		return fmt.Errorf("%s at %#x do not fit: the document ends at %#x", count(int64(len(b)), "byte"), off, e.Size())
	}
	e.low = false
	return e.splice(off, int64(len(b)), b, mmapdoc.Alone)
}

func (e *Editor) undo() error { return e.walk(e.doc.Undo, "undone", "nothing to undo") }
func (e *Editor) redo() error { return e.walk(e.doc.Redo, "redone", "nothing to redo") }

func (e *Editor) walk(step func() (mmapdoc.Change, bool), done, none string) error {
	c, ok := step()
	if !ok {
		return errors.New(none)
	}
	e.unshift(c.Off, c.Removed, c.Inserted)
	e.selecting = false
	e.setCursor(c.Off)
	e.revealFar()
	switch {
	case c.Removed == c.Inserted:
		e.Notef("%s: %s at %#x", done, count(c.Inserted, "byte"), c.Off)
	default:
		e.Notef("%s at %#x: %s back to %s", done, c.Off, count(c.Removed, "byte"), count(c.Inserted, "byte"))
	}
	return nil
}

func (e *Editor) byteAt(off int64) (byte, error) {
	var b [1]byte
	if _, err := e.doc.Snapshot().ReadAt(b[:], off); err != nil {
		return 0, err
	}
	return b[0], nil
}

// bytesOf reads r for a command that needs it in memory at once. limit bounds what a slip of a key may cost.
func (e *Editor) bytesOf(r mmapdoc.Range, limit int64, what string) ([]byte, error) {
	if r.Len() > limit {
		return nil, fmt.Errorf("%s takes at most %s, the selection has %s", what, count(limit, "byte"), count(r.Len(), "byte"))
	}
	b := make([]byte, r.Len())
	if _, err := e.doc.Snapshot().ReadAt(b, r.Start); err != nil {
		return nil, err
	}
	return b, nil
}

// Grouped is n with a comma between thousands, as mmapdoc.Grouped says.
func Grouped(n int64) string { return mmapdoc.Grouped(n) }

// count says "1 byte", "2 bytes", "12,345 bytes".
func count(n int64, unit string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(unit, "ch"):
		unit += "es"
	default:
		unit += "s"
	}
	return Grouped(n) + " " + unit
}
