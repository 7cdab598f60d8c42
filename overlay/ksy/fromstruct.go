package ksy

import (
	"math/big"
	"strconv"
	"strings"

	"hexlay/overlay/expr"
	"hexlay/overlay/pystruct"
)

// maxSingles is how many values of one code of a struct format become fields of their own where they have no names.
const maxSingles = 16

// FromStruct makes a template of a Python struct format, optionally with names: "<2sIHHI:magic,size,a,b,offset". Its
// seq has a field for each value, or an array where a count makes many without names. Padding becomes fields of bytes
// that no expression can name. The error is a *[pystruct.FormatError].
func FromStruct(format string) (*Schema, error) {
	f, err := pystruct.Compile(format)
	if err != nil {
		return nil, err
	}
	l := newLoader(LoadOptions{})
	file := &File{Path: format, ID: "struct", ids: l.byID}
	top := &Type{ID: "struct", File: file, FixedBits: -1, declared: -1, byName: map[string]int{}}
	top.Pos = Pos{File: file, Path: "/", Line: 1, Col: 1}
	file.Top = top
	l.files, l.types = []*File{file}, []*Type{top}
	s := structReader{l: l, top: top}
	end := int64(0)
	for i := int64(0); i < f.NumFields(); {
		count := int64(1)
		if _, n := f.Run(i); f.Names() == nil && n > maxSingles {
			count = n
		}
		field := f.Field(i)
		s.padding(end, field.Off)
		s.field(field, count)
		end = field.Off + field.Size*count
		i += count
	}
	s.padding(end, f.Size())
	l.resolve()
	return &Schema{Top: top, Files: l.files}, nil
}

type structReader struct {
	l     *loader
	top   *Type
	truth *Enum
}

func (s *structReader) add(a *Attr) {
	a.Slot, a.Of, a.Pos = len(s.top.Slots), s.top, s.top.Pos
	a.Type.PadRight, a.Type.Pos = -1, s.top.Pos
	for s.taken(a.ID) { // names that differ in punctuation only
		a.ID += "_"
	}
	s.top.byName[a.ID] = a.Slot
	s.top.Seq, s.top.Slots = append(s.top.Seq, a), append(s.top.Slots, a)
}

func (s *structReader) taken(id string) bool {
	_, ok := s.top.byName[id]
	return ok
}

// constant is an expression of a number.
func (s *structReader) constant(n int64) *expr.Expr {
	e, err := expr.Parse(strconv.FormatInt(n, 10))
	if err != nil {
		panic(err) // a number is an expression
	}
	s.l.exprs[e] = s.top.Pos
	return e
}

// padding makes the field of the bytes [from, to), which hold no value.
func (s *structReader) padding(from, to int64) {
	if from < to {
		s.add(&Attr{ID: "_unnamed" + strconv.Itoa(len(s.top.Seq)), Doc: "padding", Type: &DataType{Sort: BytesType, Size: s.constant(to - from)}})
	}
}

func (s *structReader) field(f pystruct.Field, count int64) {
	d := &DataType{Width: int(f.Size)}
	switch f.Code {
	case 'c', 's', 'p':
		d = &DataType{Sort: BytesType, Size: s.constant(f.Size)}
	case 'e', 'f', 'd':
		d.Sort = FloatType
	case '?':
		d.Enum = s.bool()
	case 'b', 'h', 'i', 'l', 'q', 'n':
		d.Signed = true
	}
	if f.Size > 1 && d.Sort != BytesType {
		d.Endian = Little
		if strings.HasSuffix(f.Type, " BE") {
			d.Endian = Big
		}
	}
	a := &Attr{ID: structID(f.Name), OrigID: f.Name, Doc: f.Type, Type: d}
	if a.ID == a.OrigID {
		a.OrigID = ""
	}
	if count > 1 {
		a.Repeat, a.RepeatExpr = RepeatExpr, s.constant(count)
	}
	s.add(a)
}

// bool is the enum of '?': every byte but 0 is true to Python, and 1 is what it writes.
func (s *structReader) bool() *Enum {
	if s.truth == nil {
		e := &Enum{ID: "bool", Outer: s.top, Pos: s.top.Pos, values: map[string]int{}, small: map[int64]int{}}
		e.add(EnumEntry{Value: big.NewInt(0), ID: "false"})
		e.add(EnumEntry{Value: big.NewInt(1), ID: "true"})
		s.truth, s.top.Enums = e, []*Enum{e}
	}
	return s.truth
}

// structID makes a name that paths can hold of one that a format may give.
func structID(name string) string {
	id := strings.Map(func(c rune) rune {
		if c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return c
		}
		return '_'
	}, name)
	if id[0] >= '0' && id[0] <= '9' || strings.HasPrefix(id, "_") {
		id = "f" + id
	}
	return id
}
