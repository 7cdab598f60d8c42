package expr

// A Kind is the sort of a value or a type.
type Kind uint8

const (
	Null     Kind = iota // of a Value: null. Of a Type: not known, nothing can be done with it
	Int                  // integer of any size
	Float                // IEEE 754 binary64
	Bool                 //
	Str                  // text
	Bytes                // byte array
	EnumOf               // an integer with an Enum
	ArrayOf              // array of Elem
	ClassOf              // an object of a Class; Class nil: any object, of which only _io, _parent and _root may be named
	StreamOf             // _io
	Any                  // parameter type "any": checked at run time only
)

// A Type is the static type of an expression. It is comparable by [Type.Equal] only.
type Type struct {
	Kind     Kind
	Bits     uint8 // of Int: 1…64 where it was read as u1…b64, 0 where it was computed
	Unsigned bool  // of Int read as u or b
	Enum     Enum  // of EnumOf
	Class    Class // of ClassOf
	Elem     *Type // of ArrayOf
	// Literal is, of an Int that is written out in the template, true: 1 may stand for "b1" or "u1" where a plain
	// integer of the same value could not.
	Literal bool
}
