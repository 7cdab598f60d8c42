package expr

import "fmt"

// A Kind is the sort of a value or a type.
type Kind uint8

const (
	Null     Kind = iota // of a Value: null. Of a Type: not known, because of a mistake that was reported already
	Int                  // integer of any size
	Float                // IEEE 754 binary64
	Bool                 //
	Str                  // text
	Bytes                // byte array
	EnumOf               // an integer with an Enum
	ArrayOf              // array of Elem
	ClassOf              // an object of a Class; Class nil: any object, of which only _io, _parent and _root may be named
	StreamOf             // _io
	Any                  // no one type ("any", differing cases of a switch): has to be cast before it is used
)

var kindNames = [...]string{"null", "integer", "float", "boolean", "string", "byte array", "enum", "array", "object",
	"stream", "any"}

func (k Kind) String() string { return kindNames[k] }

// A Type is the static type of an expression. It is comparable by [Type.Equal] only.
type Type struct {
	Kind     Kind
	Bits     uint8 // of Int: 1…64 where it was read as u1…b64, 8 of a literal in 0…255, 0 where it was computed
	Unsigned bool  // of Int read as u or b
	// Literal is, of an Int that is written out in the template, true: 1 may stand for "b1" or "u1" where a plain
	// integer of the same value could not.
	Literal bool
	// Sized tells that every value takes Size bits of the stream, which is what _sizeof gives of a field.
	Sized bool
	Size  int64
	Enum  Enum  // of EnumOf
	Class Class // of ClassOf
	Elem  *Type // of ArrayOf
}

// ArrayType is an array of elements of one type.
func ArrayType(elem Type) Type { return Type{Kind: ArrayOf, Elem: &elem} }

// Equal tells whether the types are the same to the language: integers of any width are.
func (t Type) Equal(u Type) bool {
	if t.Kind != u.Kind {
		return false
	}
	switch t.Kind {
	case EnumOf:
		return t.Enum == u.Enum
	case ClassOf:
		return t.Class == u.Class
	case ArrayOf:
		return t.elem().Equal(u.elem())
	}
	return true
}

// elem is the type of an array's elements, of no known type if it has none.
func (t Type) elem() Type {
	if t.Elem == nil {
		return Type{}
	}
	return *t.Elem
}

// isByte tells of integers that make an array literal a byte array.
func (t Type) isByte() bool { return t.Kind == Int && t.Bits == 8 }

func (t Type) isNumber() bool { return t.Kind == Int || t.Kind == Float }

// String names the type for messages: "u2", "integer", "enum top::animal", "array of string".
func (t Type) String() string {
	switch {
	case t.Kind == Int && t.Bits != 0 && !t.Literal && !t.Unsigned && t.Bits%8 == 0:
		return fmt.Sprintf("integer (s%d)", t.Bits/8)
	case t.Kind == Int && t.Bits != 0 && !t.Literal && t.Unsigned && t.Bits%8 == 0:
		return fmt.Sprintf("integer (u%d)", t.Bits/8)
	case t.Kind == Int && t.Bits != 0 && !t.Literal:
		return fmt.Sprintf("integer (b%d)", t.Bits)
	case t.Kind == EnumOf && t.Enum != nil:
		return "enum " + t.Enum.Name()
	case t.Kind == ClassOf && t.Class != nil:
		return "type " + t.Class.Name()
	case t.Kind == ClassOf:
		return "object of no one type"
	case t.Kind == ArrayOf:
		return "array of " + t.elem().String()
	case t.Kind == Any:
		return "value of no one type"
	}
	return t.Kind.String()
}

// Combine gives the type of a value that is of one or the other, as the branches of "?:", the elements of an array and
// the cases of a switch are. Where they have nothing in common it is Any, or the one that is not if the other is Null.
func Combine(a, b Type) Type {
	switch {
	case a.Kind == Null:
		return b
	case b.Kind == Null:
		return a
	case a.Kind == Int && b.Kind == Int:
		switch {
		case a.Bits == b.Bits && a.Unsigned == b.Unsigned:
			a.Literal = a.Literal && b.Literal
			return a.resized(b)
		case a.isByte() && b.isByte():
			return Type{Kind: Int, Bits: 8, Unsigned: true}.resized(Type{})
		}
		return Type{Kind: Int}
	case a.isNumber() && b.isNumber():
		return Type{Kind: Float}
	case a.Kind != b.Kind:
		return Type{Kind: Any}
	}
	switch a.Kind {
	case EnumOf:
		if a.Enum != b.Enum {
			return Type{Kind: Any}
		}
	case ClassOf:
		if a.Class != b.Class {
			return Type{Kind: ClassOf}
		}
	case ArrayOf:
		elem := Combine(a.elem(), b.elem())
		if elem.Kind == Any && a.elem().Kind != Any && b.elem().Kind != Any {
			return Type{Kind: Any}
		}
		return ArrayType(elem)
	}
	return a.resized(b)
}

// resized keeps the size of a if b has the same.
func (t Type) resized(u Type) Type {
	if !u.Sized || u.Size != t.Size {
		t.Sized, t.Size = false, 0
	}
	return t
}
