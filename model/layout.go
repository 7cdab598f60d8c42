package model

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"hexlay/mmapdoc"
	"hexlay/overlay/pystruct"
)

// Layout is a struct format laid over a region: Count records from Base on. Nothing is unpacked before someone looks.
type Layout struct {
	pystruct.Table
	ID int
}

// maxLayouts bounds what a script may pile up; each frame asks every layout.
const maxLayouts = 256

// Layouts are the formats laid over the document, the newest last.
func (e *Editor) Layouts() []Layout { return e.layouts }

// FieldAt finds the field under off; the newest layout wins where several overlap.
func (e *Editor) FieldAt(off int64) (l Layout, record, field int64, ok bool) {
	for i := len(e.layouts) - 1; i >= 0; i-- {
		l = e.layouts[i]
		if record, field, ok = l.FieldAt(off); ok {
			return l, record, field, true
		}
	}
	return Layout{}, 0, 0, false
}

// maxFieldBytes bounds what one field may cost in memory.
const maxFieldBytes = 1 << 20

// FieldBytes reads what a field is decoded from.
func (e *Editor) FieldBytes(l Layout, record, field int64) ([]byte, error) {
	start, end := l.Range(record, field)
	if end-start > maxFieldBytes {
		return nil, fmt.Errorf("a field of %s is too large to show or edit as one value", count(end-start, "byte"))
	}
	if end > e.Size() {
		return nil, fmt.Errorf("needs %s more", count(end-max(start, e.Size()), "byte"))
	}
	b := make([]byte, end-start)
	if _, err := e.Snapshot().ReadAt(b, start); err != nil {
		return nil, err
	}
	return b, nil
}

func structCommands() []*Command {
	some := func(e *Editor) error {
		if len(e.layouts) == 0 {
			return errors.New("no struct is laid over the document; struct does")
		}
		return nil
	}
	return []*Command{
		{Name: "struct", Group: "Structure", Help: "Lay a struct format over the selection or the cursor: struct <2sIHHI:magic,size,a,b,data 0x0",
			Args: []Arg{{Kind: ArgFormat, Optional: true}}, Run: runStruct},
		{Name: "struct-clear", Group: "Structure", Help: "Take away the layout under the cursor, or all of them", Enabled: some, Run: runStructClear},
		{Name: "field-next", Group: "Structure", Help: "Go to the next field", Enabled: some, Run: fieldStep(1)},
		{Name: "field-previous", Group: "Structure", Help: "Go to the previous field", Enabled: some, Run: fieldStep(-1)},
		{Name: "field-set", Group: "Structure", Help: "Give the field under the cursor a new value",
			Args: []Arg{{Kind: ArgString, Optional: true}}, Enabled: some, Run: runFieldSet},
	}
}

func runStruct(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		return Prompt{Title: "Lay struct format", Command: "struct", Complete: ArgFormat,
			Hint: "<2sIHHI:magic,size,r1,r2,data   >BHI:version,type,length 0x36"}, nil
	}
	f, where, err := e.cutFormat(args[0])
	if err != nil {
		return nil, err
	}
	if f.Size() == 0 || f.NumFields() == 0 {
		return nil, fmt.Errorf("struct %q: has no values to lay over the bytes", f)
	}
	r := e.Selection()
	if where != "" {
		if r, err = e.AddressRange(where); err != nil {
			return nil, err
		}
	}
	n := max(1, r.Len()/f.Size())
	switch {
	case r.Start < 0 || r.Start > e.Size():
		return nil, fmt.Errorf("struct at %#x: not within the document's [0, %#x]", r.Start, e.Size())
	case len(e.layouts) >= maxLayouts:
		return nil, fmt.Errorf("struct: at most %d layouts; struct-clear takes some away", maxLayouts)
	case n > maxRecords || f.Size() > 1<<62/n || f.Size() > 1<<62-r.Start:
		return nil, fmt.Errorf("struct: %s of %s are too many to list", count(n, "record"), count(f.Size(), "byte"))
	}
	e.layouts = slices.DeleteFunc(e.layouts, func(l Layout) bool { // laid anew, it comes to the top
		return l.Base == r.Start && l.Count == n && l.Format.String() == f.String()
	})
	id := 1
	if k := len(e.layouts); k > 0 {
		id = e.layouts[k-1].ID + 1
	}
	e.layouts = append(e.layouts, Layout{pystruct.Table{Format: f, Base: r.Start, Count: n}, id})
	e.moveTo(r.Start)
	e.Notef("%s of %s at %#x", count(n, "record"), count(f.Size(), "byte"), r.Start)
	if rest := r.Len() - n*f.Size(); rest > 0 {
		e.notice.Text += fmt.Sprintf(", %s left over", count(rest, "byte"))
	} else if rest < 0 && r.Start+f.Size() > e.Size() {
		e.notice.Text += fmt.Sprintf(", needs %s more", count(r.Start+f.Size()-e.Size(), "byte"))
	}
	return Panel{"structure", Show}, nil
}

// maxRecords keeps the arithmetic of a list with a row for every field within 64 bits.
const maxRecords = 1 << 40

// cutFormat parts "FORMAT [OFF:LEN]". A format may have spaces in it, and names of fields too, unless what follows the
// space is a place.
func (e *Editor) cutFormat(s string) (f *pystruct.Format, where string, err error) {
	s = strings.TrimSpace(s)
	if s != "" && (s[0] == '\'' || s[0] == '"') {
		if i := strings.IndexByte(s[1:], s[0]); i >= 0 {
			f, err = pystruct.Compile(s[1 : i+1])
			return f, strings.TrimSpace(s[i+2:]), err
		}
	}
	whole, err := pystruct.Compile(s)
	for at := strings.LastIndexByte(s, ' '); at > 0; at = strings.LastIndexByte(s[:at], ' ') {
		head, tail := strings.TrimSpace(s[:at]), strings.TrimSpace(s[at:])
		if err == nil && !strings.Contains(head, ":") {
			break
		}
		if _, rerr := e.AddressRange(tail); rerr != nil && !strings.ContainsAny(tail, "0123456789") {
			continue
		}
		if f, ferr := pystruct.Compile(head); ferr == nil {
			return f, tail, nil
		}
	}
	return whole, "", err
}

func runStructClear(e *Editor, _ []string) (Effect, error) {
	if l, _, _, ok := e.FieldAt(e.cursor); ok {
		for i := range e.layouts {
			if e.layouts[i].ID == l.ID {
				e.layouts = append(e.layouts[:i:i], e.layouts[i+1:]...)
				e.Notef("layout %q is gone", l.Format.String())
				return nil, nil
			}
		}
	}
	e.Notef("%s gone", count(int64(len(e.layouts)), "layout"))
	e.layouts = nil
	return nil, nil
}

func fieldStep(dir int64) func(*Editor, []string) (Effect, error) {
	return func(e *Editor, _ []string) (Effect, error) {
		l, rec, field, ok := e.FieldAt(e.cursor)
		if !ok {
			l = e.layouts[len(e.layouts)-1]
			e.GotoField(l, 0, 0)
			return nil, nil
		}
		n := l.Format.NumFields()
		field += dir
		if field < 0 {
			rec, field = rec-1, n-1
		} else if field >= n {
			rec, field = rec+1, 0
		}
		if rec < 0 || rec >= l.Count {
			return nil, errors.New("no further field in this layout")
		}
		e.GotoField(l, rec, field)
		return nil, nil
	}
}

// GotoField puts the cursor on the first byte of a field.
func (e *Editor) GotoField(l Layout, record, field int64) {
	start, _ := l.Range(record, field)
	e.selecting = false
	e.setCursor(start)
	e.revealFar()
}

func runFieldSet(e *Editor, args []string) (Effect, error) {
	l, rec, i, ok := e.FieldAt(e.cursor)
	if !ok {
		return nil, fmt.Errorf("no field lies at %#x", e.cursor)
	}
	field := l.Format.Field(i)
	b, err := e.FieldBytes(l, rec, i)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", field.Name, err)
	}
	if len(args) == 0 {
		now, err := l.Format.UnpackField(i, b)
		if err != nil {
			return nil, err
		}
		return Prompt{Title: field.Name + " (" + field.Type + ")", Command: "field-set", Initial: now.String()}, nil
	}
	v, err := l.Format.ParseValue(i, args[0])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", field.Name, err)
	}
	if b, err = l.Format.PackField(i, v); err != nil {
		return nil, fmt.Errorf("%s: %w", field.Name, err)
	}
	start, _ := l.Range(rec, i)
	if err := e.Patch(start, b); err != nil {
		return nil, err
	}
	if v, err = l.Format.UnpackField(i, b); err != nil {
		return nil, err
	}
	e.Notef("%s = %s", field.Name, v)
	return nil, nil
}

// RegionOf is what a layout covers, as far as the document goes.
func (e *Editor) RegionOf(l Layout) mmapdoc.Range {
	end := e.Size()
	if n := l.Format.Size() * l.Count; n < end-l.Base {
		end = l.Base + n
	}
	return mmapdoc.Range{Start: min(l.Base, end), End: end}
}
