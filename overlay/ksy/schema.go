package ksy

import (
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"hexlay/overlay/expr"
)

// A Schema is a template with all it imports: resolved, checked, ready to be laid over bytes. Python struct formats
// compile to one as well.
type Schema struct {
	Top *Type
	// Files are the loaded files, the template first.
	Files []*File
	// Warnings are problems that refuse nothing: style, names of encodings.
	Warnings []Problem
	compiled compiled
	within   *within // of a part
}

// A File is one .ksy file.
type File struct {
	Path           string // as it was opened; for an import that the loader found, with its folder
	ID             string // meta/id
	Top            *Type
	Text           []byte // what was read, for the editor's jump to an error
	Title, License string
	Extensions     []string
	Imports        []*File
	Extra          map[string]any // keys of the top and of meta that begin with "-", as YAML gave them
	Magic          []Magic        // -hexlay/magic: alternatives

	source  source
	stat    os.FileInfo // when it was read, nil for a text that is not on disk
	unsaved bool
	wants   []want
	ids     map[string]*File // all files of the schema by meta/id
	guest   bool             // it was imported
	loader  *loader          // while it is being loaded
}

// A want is an import as it is written.
type want struct {
	name string
	at   Pos
}

// A Magic is a pattern that a file of the format has at a place. See docs/TEMPLATES.md.
type Magic struct {
	At  int64  // from the end where it is negative
	Hex string // as the verb find takes it
}

// A Pos is a place in a .ksy file.
type Pos struct {
	File      *File
	Path      string // "/seq/0/type"
	Line, Col int    // from 1
}

// A Problem is one reason to refuse a template, or a warning.
type Problem struct {
	Pos
	Warning bool
	Unread  bool // the template itself could not be read at all
	Msg     string
}

// String is "PATH: error: message", after "file.ksy:" where the place is in an imported file.
func (p Problem) String() string {
	s, grade := p.Path, ": error: "
	if p.Warning {
		grade = ": warning: "
	}
	if p.File != nil && p.File.guest {
		s = filepath.Base(p.File.Path) + ":" + s
	}
	return printable(s + grade + p.Msg)
}

// printable writes out what would act on a terminal or begin a line.
func printable(s string) string {
	if !strings.ContainsFunc(s, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return s
	}
	var b strings.Builder
	for _, c := range s {
		if unicode.IsPrint(c) {
			b.WriteRune(c)
		} else {
			q := strconv.QuoteRune(c)
			b.WriteString(q[1 : len(q)-1])
		}
	}
	return b.String()
}

// Endian is the byte order of a field.
type Endian uint8

const (
	NoEndian Endian = iota // one byte, or not an integer
	Little
	Big
	Computed // decided by a type's Type.EndianOn, its own or an outer one's, when an object is read
)

// A Type is a user type: the top of a file or one of its types. It is the [expr.Class] of its objects.
type Type struct {
	ID       string
	File     *File
	Outer    *Type // the type it is written in, nil at the top
	Pos      Pos
	Doc      string
	DocRefs  []string
	Params   []*Attr
	Seq      []*Attr
	Insts    []*Attr // in the order of the file; ByName finds them in the order of names
	Types    []*Type
	Enums    []*Enum
	ToString *expr.Expr
	// EndianOn decides the byte order of the fields that are Computed, for this type and those inside it.
	EndianOn *Switch
	// Slots are Params, Seq and Insts in one row; an Attr's Slot is its index here.
	Slots []*Attr
	// Parent is the class of _parent where every use of the type agrees on one, else nil.
	Parent *Type
	// FixedBits is the size of every object, or -1.
	FixedBits int64
	Extra     map[string]any // keys that begin with "-", as YAML gave them
	code      *class         // made by Schema.Open

	defaults  defaults
	byName    map[string]int // Slots
	sizing    progress       // of FixedBits
	declared  int64          // what sizeof<> gives, or -1: FixedBits, or with an "if" the size that there is where all fields are
	declaring progress
	subs      map[string]*Type // Types, where they are many
	enums     map[string]*Enum
}

// An Enum is a named set of integers.
type Enum struct {
	ID      string
	Outer   *Type
	Pos     Pos
	Entries []EnumEntry // in the order of the file

	values map[string]int // index in Entries
	small  map[int64]int
	large  map[string]int
}

// An EnumEntry is one member. Values lie in -2^63 … 2^64-1.
type EnumEntry struct {
	Value   *big.Int
	ID      string
	Doc     string
	OrigID  string
	DocRefs []string
}

// A Place tells what sort of attribute an Attr is.
type Place uint8

const (
	SeqField Place = iota
	ParseInstance
	ValueInstance
	Parameter
)

// Repeat is how often a field is read.
type Repeat uint8

const (
	Once Repeat = iota
	RepeatEOS
	RepeatExpr
	RepeatUntil
)

// An Attr is a seq field, an instance or a parameter.
type Attr struct {
	ID      string // "_unnamed3" for a field without id
	Slot    int
	Place   Place
	Pos     Pos
	Of      *Type // the type that it belongs to
	Doc     string
	DocRefs []string
	OrigID  string

	Type   *DataType // what one element is; of a ValueInstance nil
	Static expr.Type // what expressions see: with Repeat, an array

	If          *expr.Expr
	Repeat      Repeat
	RepeatExpr  *expr.Expr
	RepeatUntil *expr.Expr
	At          *expr.Expr // pos:
	IO          *expr.Expr // io:
	Value       *expr.Expr // of a ValueInstance
	EnumOf      *Enum      // of a ValueInstance: its value is an integer that becomes a member
	Valid       *Valid
	Checks      []*Check // -check
	Show        string   // -show: how people see the value, or ""
	Extra       map[string]any

	enum   *enumRef // of a ValueInstance
	typing progress // of Static, of a ValueInstance
}

// Sort is the sort of a DataType.
type Sort uint8

const (
	IntType   Sort = iota // u1 … s8: Width, Signed, Endian
	FloatType             // f4, f8: Width, Endian
	BitsType              // b1 … b64: Width in bits, Endian is the order of bits; b1 without enum is boolean
	BytesType
	StrType // str and strz: Bytes, then Encoding
	UserType
	SwitchType
	// Of parameters and casts only:
	BoolParam
	AnyParam
	StructParam
	IOParam
	ArrayParam
)

// A DataType says how one element is read.
type DataType struct {
	Sort   Sort
	Width  int // bytes; of BitsType bits
	Signed bool
	Endian Endian
	Enum   *Enum // of integers and bits

	// How the bytes of BytesType, StrType and, where one of the keys is there, of UserType and SwitchType are cut out.
	// In this order: Size or SizeEOS, PadRight, Terminator, Process.
	Size       *expr.Expr
	SizeEOS    bool
	Terminator []byte // nil: none; as long as a code unit for strz in UTF-16 and UTF-32
	Include    bool   // the terminator belongs to the value
	Consume    bool   // the stream moves over the terminator
	EOSError   bool   // a missing terminator is an error
	PadRight   int    // the byte, or -1
	Process    *Process
	Contents   []byte // nil: none

	Encoding string // of StrType, as it is written; the loader warned where no codec has this name

	User *Type // of UserType
	Args []*expr.Expr
	// ParentNone is `parent: false`; Parent an expression, nil the usual one.
	ParentNone bool
	Parent     *expr.Expr

	Switch *Switch
	Elem   *DataType // of ArrayParam
	// Pos is where the type is written, which is not where the field is for the cases of a switch.
	Pos Pos

	ref  *expr.TypeRef // of UserType, until User is found
	enum *enumRef      // until Enum is found
}

// Sized tells whether the element's bytes are cut out of the stream first (a substream for a UserType).
func (d *DataType) Sized() bool { return d.Size != nil || d.SizeEOS || d.Terminator != nil }

// A Switch chooses by a value: of a type, or of a byte order. The keys that cut bytes out (size and the like) stand in
// the DataTypes of all cases that have bytes; where the field has a size and the switch no default, the default is
// raw bytes of that size. So an element is read by its case alone.
type Switch struct {
	On     *expr.Expr
	Cases  []Case    // the default is not among them
	Type   *DataType // the default's, or nil: null
	Endian Endian    // the default's, or NoEndian: UndecidedEndiannessError at the first use
	// Static is what all the cases have in common.
	Static expr.Type
}

// A Case is one of a Switch: of a type or of a byte order.
type Case struct {
	Match  *expr.Expr
	Type   *DataType
	Endian Endian
	Pos    Pos
}

// A Process turns raw bytes into others.
type Process struct {
	Name string // xor, rol, ror, zlib, or a custom one, which fails with ProcessError when it is needed
	Args []*expr.Expr
}

// A Valid is what a value must fulfil; each element's, where the field repeats.
type Valid struct {
	Eq, Min, Max *expr.Expr
	AnyOf        []*expr.Expr
	InEnum       bool
	Expr         *expr.Expr
	Pos          Pos
}

// A Check is one -check: what a field's value must be, computed from others. See docs/TEMPLATES.md.
type Check struct {
	// Exactly one of these says what the value is.
	Algorithm string              // of package checksum, over the bytes of Over
	Params    map[string]*big.Int // width, poly, init, … where the algorithm is given by parameters; true is 1
	Length    []CheckPart         // the number of bytes
	Count     *expr.Expr          // the number of elements of a field
	Value     *expr.Expr          // any value

	Over []CheckPart // of Algorithm and Params: the bytes, joined in order
	Zero bool        // the field itself, where it lies in Over, counts as zero
	Then *expr.Expr  // turns the computed integer, "_", into the value
	If   *expr.Expr
	Pos  Pos
}

// A CheckPart is bytes that a Check takes: of a field, from one field to another, or of a value.
type CheckPart struct {
	Field    *expr.Expr // a plain path; its bytes as they stand in the stream
	From, To *expr.Expr // plain paths; From alone: to the end of the stream, To alone: from its start
	Value    *expr.Expr // bytes, a string, or with Type an integer
	Type     *DataType
	Process  string // "", or how the bytes are inflated: deflate, zlib, gzip
}
