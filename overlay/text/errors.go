package text

import (
	"fmt"
	"strings"
)

// DecodeError is Python's UnicodeDecodeError.
type DecodeError struct {
	Encoding string // the name CPython puts into the error, which need not be the codec's: "charmap", "utf-16-le", ...
	Start    int    // the erroneous bytes are [Start, End), counted from Base
	End      int
	Base     int    // where positions count from: 3 after the byte order mark of utf-8-sig, else 0
	Reason   string // CPython's words
	Bytes    []byte // the erroneous bytes
}

// Error is str() of the UnicodeDecodeError.
func (e *DecodeError) Error() string {
	if e.End == e.Start+1 && len(e.Bytes) == 1 {
		return fmt.Sprintf("'%s' codec can't decode byte 0x%02x in position %d: %s", e.Encoding, e.Bytes[0], e.Start, e.Reason)
	}
	return fmt.Sprintf("'%s' codec can't decode bytes in position %d-%d: %s", e.Encoding, e.Start, e.End-1, e.Reason)
}

// EncodeError is Python's UnicodeEncodeError.
type EncodeError struct {
	Encoding string
	Start    int // the characters that cannot be encoded are [Start, End); the unit is the character, not the byte
	End      int
	Reason   string
	Chars    []rune // those characters
}

// Error is str() of the UnicodeEncodeError.
func (e *EncodeError) Error() string {
	if e.End == e.Start+1 && len(e.Chars) == 1 {
		return fmt.Sprintf("'%s' codec can't encode character '%s' in position %d: %s",
			e.Encoding, appendBackslash(nil, e.Chars[0]), e.Start, e.Reason)
	}
	return fmt.Sprintf("'%s' codec can't encode characters in position %d-%d: %s", e.Encoding, e.Start, e.End-1, e.Reason)
}

// UnknownError says that there is no codec or error handler of that name.
type UnknownError struct {
	Kind string // "codec", "error handler"
	Name string
	Near []string // names that are spelt alike, nearest first; may be empty
	Hint string   // why a name that exists cannot be used here; may be empty
}

func (e *UnknownError) Error() string {
	s := fmt.Sprintf("unknown %s %q", e.Kind, e.Name)
	if e.Hint != "" {
		return s + ": " + e.Hint
	}
	if len(e.Near) > 0 {
		s += ": did you mean " + strings.Join(e.Near, ", ") + "?"
	}
	return s
}

// internalReason stands for CPython's RuntimeError("internal codec error"), which ISO 2022 raises for a single shift to
// a set that was never designated. No handler sees it.
const internalReason = "internal codec error"
