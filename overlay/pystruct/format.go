// Package pystruct lays Python's struct format strings over bytes: sizes, offsets, unpacking and packing as CPython
// 3.11 does them, value for value and refusal for refusal.
//
// A format may end in names: "<2sIHHI:magic,file_size,reserved1,reserved2,data_offset". The names belong to the
// values, so that padding has none and "4I" takes four.
//
// Native mode ('@' or no prefix) means 64-bit Linux: little-endian, LP64 sizes, natural alignment, whatever machine
// this program runs on.
//
// Nothing here is proportional to a repeat count: the fields of "1000000000I" are found by arithmetic, and a [Table]
// of a million records unpacks none of them. Only [Format.Unpack] and [Format.Pack] hold all values of a record, and
// they refuse sizes that would fill the memory.
//
// A [Format] is immutable and safe for any goroutine.
package pystruct

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// FormatError refuses a format string.
type FormatError struct {
	Pos    int    // byte in the format string
	Reason string // CPython's message where CPython has one
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("%s (at position %d of the format)", e.Reason, e.Pos)
}

// Format is a compiled format string.
type Format struct {
	text   string
	order  byteOrder
	runs   []run
	size   int64
	values int64
	names  []string
}

// run is one code with its count: n values of the same type, one after the other. For 's' and 'p' the count is the
// size of the one value. Padding is no run.
type run struct {
	op    op
	code  byte
	off   int64 // of the first value
	size  int64 // of one value
	n     int64
	first int64 // index of the first value
}

// Field is the place of one value in a record.
type Field struct {
	Index     int64
	Name      string // given after ':' in the format, else "field0", "field1", …
	Code      byte   // the format character
	Type      string // for people: "uint32 LE", "char[2]"
	Off, Size int64  // in bytes, from the start of the record
}

// Compile reads a format string, optionally followed by ':' and comma-separated names. The error is a *[FormatError].
func Compile(s string) (*Format, error) {
	text, names, named := strings.Cut(s, ":")
	f := &Format{text: s}
	if err := f.compile(text); err != nil {
		return nil, err
	}
	if named {
		if err := f.nameValues(names, len(text)+1); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *Format) compile(s string) error {
	if err := asciiOnly(s); err != nil {
		return err
	}
	if i := strings.IndexByte(s, 0); i >= 0 {
		return &FormatError{i, "embedded null character"}
	}
	i := 0
	f.order = byteOrder{native: true}
	if s != "" {
		i = 1
		switch s[0] {
		case '@':
		case '<', '=':
			f.order = byteOrder{}
		case '>', '!':
			f.order = byteOrder{big: true}
		default:
			i = 0
		}
	}
	for i < len(s) {
		if isSpace(s[i]) {
			i++
			continue
		}
		start := i
		num := int64(1)
		if isDigit(s[i]) {
			num = 0
			for ; i < len(s) && isDigit(s[i]); i++ {
				d := int64(s[i] - '0')
				if num > (math.MaxInt64-d)/10 {
					return &FormatError{start, "total struct size too long"}
				}
				num = num*10 + d
			}
			if i == len(s) {
				return &FormatError{start, "repeat count given without format specifier"}
			}
		}
		code := s[i]
		size, align, how, ok := f.order.lookup(code)
		if !ok {
			return &FormatError{i, "bad char in struct format"}
		}
		i++
		if pad := -f.size & (align - 1); f.size > math.MaxInt64-pad {
			return &FormatError{start, "total struct size too long"}
		} else {
			f.size += pad
		}
		if num > (math.MaxInt64-f.size)/size {
			return &FormatError{start, "total struct size too long"}
		}
		f.add(code, how, size, num)
	}
	return nil
}

// add appends num times code at the end of the record, which is aligned for it already.
func (f *Format) add(code byte, how op, size, num int64) {
	r := run{op: how, code: code, off: f.size, size: size, n: num, first: f.values}
	f.size += num * size
	switch how {
	case opPad:
		return
	case opString, opPascal:
		r.n, r.size = 1, num
	}
	if r.n == 0 {
		return // "0i" aligns and is no value
	}
	f.values += r.n
	f.runs = append(f.runs, r)
}

// nameValues takes the names after ':'; pos is where they start in the format string.
func (f *Format) nameValues(s string, pos int) error {
	parts := strings.Split(s, ",")
	if int64(len(parts)) != f.values {
		return &FormatError{pos, fmt.Sprintf("%s for %s", count(int64(len(parts)), "name"), count(f.values, "value"))}
	}
	seen := make(map[string]bool, len(parts))
	for i, p := range parts {
		name := strings.TrimSpace(p)
		switch {
		case name == "":
			return &FormatError{pos, fmt.Sprintf("name %d is empty", i+1)}
		case seen[name]:
			return &FormatError{pos, fmt.Sprintf("name %q is given twice", name)}
		case !printable(name):
			return &FormatError{pos, fmt.Sprintf("name %q is not printable text", name)}
		}
		seen[name] = true
		f.names = append(f.names, name)
		pos += len(p) + 1
	}
	return nil
}

func printable(s string) bool {
	for i, r := range s {
		if !strconv.IsPrint(r) {
			return false
		}
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return false
			}
		}
	}
	return true
}

func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// asciiOnly refuses what Python cannot encode to ASCII before it looks at a format, in the words of its
// UnicodeEncodeError. Bytes that are no UTF-8 appear as the surrogates Python makes of them in arguments.
func asciiOnly(s string) error {
	start := -1
	n := 0
	var first string
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			if start >= 0 {
				break
			}
			i++
			continue
		}
		r, w := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && w == 1 {
			r = 0xdc00 + rune(s[i])
		}
		if start < 0 {
			start = i
			switch {
			case r < 0x100:
				first = fmt.Sprintf(`\x%02x`, r)
			case r < 0x10000:
				first = fmt.Sprintf(`\u%04x`, r)
			default:
				first = fmt.Sprintf(`\U%08x`, r)
			}
		}
		n++
		i += w
	}
	switch {
	case n == 0:
		return nil
	case n == 1:
		return &FormatError{start, fmt.Sprintf("'ascii' codec can't encode character '%s' in position %d: ordinal not in range(128)", first, start)}
	}
	return &FormatError{start, fmt.Sprintf("'ascii' codec can't encode characters in position %d-%d: ordinal not in range(128)", start, start+n-1)}
}

// isSpace is C's isspace in the C locale.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// String is the format as it was given, names included.
func (f *Format) String() string { return f.text }

// Size is struct.calcsize: bytes of one record.
func (f *Format) Size() int64 { return f.size }

// Names are the names given after ':', one per value, or nil. The caller must not change them.
func (f *Format) Names() []string { return f.names }

// NumFields is the number of values in a record.
func (f *Format) NumFields() int64 { return f.values }

// Field describes value i, 0 ≤ i < [Format.NumFields].
func (f *Format) Field(i int64) Field {
	r := f.runOf(i)
	return Field{
		Index: i,
		Name:  f.Name(i),
		Code:  r.code,
		Type:  typeName(r.code, r.op, r.size),
		Off:   r.off + (i-r.first)*r.size,
		Size:  r.size,
	}
}

// Run finds the values [first, first+n) around value i that come from one code with its count, as in "4I".
func (f *Format) Run(i int64) (first, n int64) {
	r := f.runOf(i)
	return r.first, r.n
}

// Name is the name of value i: the given one, else "field" and its number.
func (f *Format) Name(i int64) string {
	if f.names != nil {
		return f.names[i]
	}
	return "field" + strconv.FormatInt(i, 10)
}

// FieldAt finds the value that byte off of a record belongs to; ok is false in padding and outside the record.
func (f *Format) FieldAt(off int64) (i int64, ok bool) {
	k := sort.Search(len(f.runs), func(k int) bool { return f.runs[k].off > off }) - 1
	// Empty strings share their offset with what follows them, so the last run that starts here is the one.
	if k < 0 {
		return 0, false
	}
	r := &f.runs[k]
	if r.size == 0 || (off-r.off)/r.size >= r.n {
		return 0, false
	}
	return r.first + (off-r.off)/r.size, true
}

// runOf is the run that value i belongs to.
func (f *Format) runOf(i int64) *run {
	if i < 0 || i >= f.values {
		panic(fmt.Sprintf("pystruct: value %d of %d", i, f.values))
	}
	return &f.runs[sort.Search(len(f.runs), func(k int) bool { return f.runs[k].first > i })-1]
}
