package mmapdoc

import "fmt"

// Range is the half-open byte range [Start, End).
type Range struct{ Start, End int64 }

// Len is the number of bytes in r.
func (r Range) Len() int64 { return r.End - r.Start }

// String is "[start,end)" in decimal.
func (r Range) String() string { return fmt.Sprintf("[%d,%d)", r.Start, r.End) }

// LostError says that bytes of a document cannot be read any more: the file was cut short, its device failed, or its
// source was closed. Range is in offsets of the document and names the first bytes that are lost; there may be more.
type LostError struct {
	Range Range
	Err   error
}

func (e *LostError) Error() string {
	return fmt.Sprintf("bytes %d to %d cannot be read: %v", e.Range.Start, e.Range.End-1, e.Err)
}

func (e *LostError) Unwrap() error { return e.Err }

// appendRange appends r to sorted ranges and joins it to the last one when they touch.
func appendRange(out []Range, r Range) []Range {
	if r.End <= r.Start {
		return out
	}
	if k := len(out) - 1; k >= 0 && out[k].End == r.Start {
		out[k].End = r.End
		return out
	}
	return append(out, r)
}
