package model

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"hexlay/mmapdoc"
	"hexlay/overlay/pystruct"
)

// structLaid is a struct format laid over a region: one record, or an array of them. Records and fields are found by
// arithmetic and only those that are looked at are unpacked.
type structLaid struct {
	format *pystruct.Format
	snap   *mmapdoc.Snapshot
	region mmapdoc.Range
	count  int64
}

func (l *structLaid) root() node {
	if l.count == 1 {
		return structRecord{l, 0}
	}
	return structArray{l}
}

func (l *structLaid) table() pystruct.Table {
	return pystruct.Table{Format: l.format, Base: l.region.Start, Count: l.count}
}

func (l *structLaid) find(_ context.Context, off int64) []node {
	rec, field, ok := l.table().FieldAt(off)
	if !ok {
		return nil
	}
	if l.count == 1 {
		return []node{structField{l, rec, field}}
	}
	return []node{structRecord{l, rec}, structField{l, rec, field}}
}

// All is found by arithmetic: nothing takes long, nothing is left, and a fresh one costs nothing.
func (l *structLaid) during(context.Context, bool)                        {}
func (l *structLaid) behind() bool                                        { return false }
func (l *structLaid) advance() (int64, error)                             { return -1, nil }
func (l *structLaid) edited(*mmapdoc.Snapshot, mmapdoc.Range, int64) bool { return false }
func (l *structLaid) unsure() bool                                        { return false }
func (l *structLaid) ahead() int64                                        { return 0 }

func (l *structLaid) gaps(ctx context.Context, most int) (out []mmapdoc.Range, err error) {
	r := mmapdoc.Range{Start: l.region.Start, End: min(l.region.End, l.snap.Size())}
	last := int64(-1)
	for off := r.Start; off < r.End && len(out) < most; {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		if rec, field, ok := l.table().FieldAt(off); ok {
			_, off = l.table().Range(rec, field)
			last = -1
			continue
		}
		if last < 0 { // padding begins
			last = off
			out = append(out, mmapdoc.Range{Start: off, End: off})
		}
		off++
		out[len(out)-1].End = off
	}
	return out, nil
}

// structArray is the root of several records.
type structArray struct{ *structLaid }

func (a structArray) step() string                { return "" }
func (a structArray) kids() (int64, bool)         { return a.count, true }
func (a structArray) child(i int64) (node, error) { return structRecord{a.structLaid, i}, nil }
func (a structArray) kid(step string) (int64, node, bool) {
	i, ok := stepIndex(step)
	if !ok || i >= a.count {
		return 0, nil, false
	}
	return i, structRecord{a.structLaid, i}, true
}
func (a structArray) place() (mmapdoc.Range, bool) {
	return mmapdoc.Range{Start: a.region.Start, End: min(a.region.Start+a.count*a.format.Size(), a.snap.Size())}, true
}
func (a structArray) describe(r *Row) { r.Value = count(a.count, "record") }

// structRecord is one record, and the root where there is no other.
type structRecord struct {
	*structLaid
	rec int64
}

func (s structRecord) step() string {
	if s.count == 1 {
		return ""
	}
	return indexStep(s.rec)
}
func (s structRecord) kids() (int64, bool)         { return s.format.NumFields(), true }
func (s structRecord) child(i int64) (node, error) { return structField{s.structLaid, s.rec, i}, nil }
func (s structRecord) kid(step string) (int64, node, bool) {
	for i := range min(s.format.NumFields(), maxNamed) {
		if s.format.Name(i) == step {
			return i, structField{s.structLaid, s.rec, i}, true
		}
	}
	if i, err := strconv.ParseInt(strings.TrimPrefix(step, "field"), 10, 64); err == nil && i >= 0 && i < s.format.NumFields() && s.format.Name(i) == step {
		return i, structField{s.structLaid, s.rec, i}, true
	}
	return 0, nil, false
}
func (s structRecord) place() (mmapdoc.Range, bool) {
	start := min(s.region.Start+s.rec*s.format.Size(), s.snap.Size())
	return mmapdoc.Range{Start: start, End: start + min(s.format.Size(), s.snap.Size()-start)}, true
}

func (s structRecord) describe(r *Row) {
	if r.Open { // the fields stand below
		return
	}
	var b strings.Builder
	for i := int64(0); i < s.format.NumFields() && b.Len() < maxValue; i++ {
		var f Row
		structField{s.structLaid, s.rec, i}.describe(&f)
		if f.State != Plain {
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(f.Value)
	}
	r.Value = b.String()
}

// maxNamed is how many fields of a record have names of their own at the most: a format is a text that people type.
const maxNamed = 1 << 16

// structField is one value.
type structField struct {
	*structLaid
	rec, field int64
}

func (f structField) step() string                         { return f.format.Name(f.field) }
func (f structField) kids() (int64, bool)                  { return 0, true }
func (f structField) child(int64) (node, error)            { return nil, errNoChild }
func (f structField) kid(string) (i int64, n node, k bool) { return 0, nil, false }
func (f structField) place() (mmapdoc.Range, bool) {
	start, end := f.table().Range(f.rec, f.field)
	return mmapdoc.Range{Start: start, End: end}, true
}

// maxFieldBytes bounds what one field may cost in memory.
const maxFieldBytes = 1 << 20

// bytes reads what the field is decoded from.
func (f structField) bytes() ([]byte, error) {
	start, end := f.table().Range(f.rec, f.field)
	if end-start > maxFieldBytes {
		return nil, fmt.Errorf("a field of %s is too large to show or edit as one value", count(end-start, "byte"))
	}
	if size := f.snap.Size(); end > size {
		return nil, &missingError{end - max(start, size)}
	}
	b := make([]byte, end-start)
	_, err := f.snap.ReadAt(b, start)
	return b, err
}

// missingError tells how many bytes a field lacks.
type missingError struct{ n int64 }

func (m *missingError) Error() string { return fmt.Sprintf("needs %s more", count(m.n, "byte")) }

func (f structField) describe(r *Row) {
	r.Type = f.format.Field(f.field).Type
	b, err := f.bytes()
	var v pystruct.Value
	if err == nil {
		v, err = f.format.UnpackField(f.field, b)
	}
	switch err := err.(type) {
	case nil:
		if len(b) > maxValue {
			r.Value = count(int64(len(b)), "byte")
		} else {
			r.Value = v.String()
		}
	case *missingError:
		r.State, r.Note = Missing, err.Error()
	default:
		r.State, r.Note = Failed, err.Error()
	}
}

// value is the field's value as it is typed.
func (f structField) value() (string, error) {
	b, err := f.bytes()
	if err != nil {
		return "", err
	}
	v, err := f.format.UnpackField(f.field, b)
	return v.String(), err
}

// encode gives the bytes of a value as it is typed.
func (f structField) encode(s string) ([]patch, error) {
	if _, err := f.bytes(); err != nil {
		return nil, err
	}
	v, err := f.format.ParseValue(f.field, s)
	if err != nil {
		return nil, err
	}
	b, err := f.format.PackField(f.field, v)
	if err != nil {
		return nil, err
	}
	start, _ := f.table().Range(f.rec, f.field)
	return []patch{{start, int64(len(b)), b}}, nil
}
