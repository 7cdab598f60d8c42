package pystruct

import (
	"fmt"
	"math"
)

// CheckUnpackFrom says where a record at off begins in a buffer of size bytes, or why struct.unpack_from refuses. A
// negative off counts from the end. It needs no bytes, so that a file can be asked before it is read.
func (f *Format) CheckUnpackFrom(size, off int64) (start int64, err error) {
	return f.place(size, off, "not enough data to unpack %d bytes at offset %d", "unpack_from requires a buffer of at least %d bytes for unpacking %d bytes at offset %d (actual buffer size is %d)")
}

// CheckPackInto is [Format.CheckUnpackFrom] for struct.pack_into.
func (f *Format) CheckPackInto(size, off int64) (start int64, err error) {
	return f.place(size, off, "no space to pack %d bytes at offset %d", "pack_into requires a buffer of at least %d bytes for packing %d bytes at offset %d (actual buffer size is %d)")
}

func (f *Format) place(size, off int64, atEnd, tooShort string) (int64, error) {
	if off < 0 {
		// off+f.size cannot overflow: the signs differ.
		if off+f.size > 0 {
			return 0, fmt.Errorf(atEnd, f.size, off)
		}
		if off+size < 0 {
			return 0, fmt.Errorf("offset %d out of range for %d-byte buffer", off, size)
		}
		off += size
	}
	if size-off < f.size {
		return 0, fmt.Errorf(tooShort, uint64(off)+uint64(f.size), f.size, off, size)
	}
	return off, nil
}

// CheckIter is the number of records in size bytes, or why struct.iter_unpack refuses.
func (f *Format) CheckIter(size int64) (count int64, err error) {
	if f.size == 0 {
		return 0, fmt.Errorf("cannot iteratively unpack with a struct of length 0")
	}
	if size%f.size != 0 {
		return 0, fmt.Errorf("iterative unpacking requires a buffer of a multiple of %d bytes", f.size)
	}
	return size / f.size, nil
}

// Table is a format laid over a region: Count records, one after the other from Base on. Nothing is unpacked.
type Table struct {
	Format      *Format
	Base, Count int64
}

// NewTable lays f over [start, end): one record, or, repeated, as many whole ones as fit.
func NewTable(f *Format, start, end int64, repeat bool) (Table, error) {
	t := Table{Format: f, Base: start, Count: 1}
	room := end - start
	switch {
	case start < 0 || room < 0:
		return Table{}, fmt.Errorf("no region: [%d, %d)", start, end)
	case room < f.size:
		return Table{}, fmt.Errorf("%q takes %d bytes; the region at %d has %d", f.text, f.size, start, room)
	case repeat && f.size == 0:
		return Table{}, fmt.Errorf("cannot iteratively unpack with a struct of length 0")
	case repeat:
		t.Count = room / f.size
	}
	return t, nil
}

// End is the offset after the last record.
func (t Table) End() int64 { return t.Base + t.Count*t.Format.size }

// Len is the number of values in all records, at most the largest int64.
func (t Table) Len() int64 {
	if n := t.Format.values; n > 0 && t.Count > math.MaxInt64/n {
		return math.MaxInt64
	}
	return t.Count * t.Format.values
}

// Record is the range of record rec.
func (t Table) Record(rec int64) (start, end int64) {
	start = t.Base + rec*t.Format.size
	return start, start + t.Format.size
}

// Range is the range of a value of record rec.
func (t Table) Range(rec, field int64) (start, end int64) {
	r := t.Format.runOf(field)
	start = t.Base + rec*t.Format.size + r.off + (field-r.first)*r.size
	return start, start + r.size
}

// RecordAt finds the record that the byte at off belongs to.
func (t Table) RecordAt(off int64) (rec int64, ok bool) {
	if off < t.Base || t.Format.size == 0 || (off-t.Base)/t.Format.size >= t.Count {
		return 0, false
	}
	return (off - t.Base) / t.Format.size, true
}

// FieldAt finds the record and the value that the byte at off belongs to; ok is false in padding and outside.
func (t Table) FieldAt(off int64) (rec, field int64, ok bool) {
	rec, ok = t.RecordAt(off)
	if !ok {
		return 0, 0, false
	}
	field, ok = t.Format.FieldAt(off - t.Base - rec*t.Format.size)
	return rec, field, ok
}
