package pystruct

import "fmt"

// op is how the bytes of one value are read and written: the code, its size and the byte order resolved to one thing
// to switch on, so that the loops over records decide nothing twice.
type op uint8

const (
	opI8 op = iota
	opU8
	opI16LE
	opI16BE
	opU16LE
	opU16BE
	opI32LE
	opI32BE
	opU32LE
	opU32BE
	opI64LE
	opI64BE
	opU64LE
	opU64BE
	opF16LE
	opF16BE
	opF32LE
	opF32BE
	opF64LE
	opF64BE
	opBool
	opChar
	opString
	opPascal
	opPad
)

// codeInfo is one line of struct's table: what a code is in native ('@') and in standard mode. A zero std means the
// code exists only in native mode.
type codeInfo struct {
	native int64 // size on 64-bit Linux (LP64); also the alignment
	std    int64
	op     op // of the standard size, little-endian; the big-endian op is the next one
	wide   op // of the native size where that differs
}

// codes is indexed by the code's character. Sizes are those of the struct documentation's table.
var codes = [128]codeInfo{
	'x': {1, 1, opPad, 0},
	'c': {1, 1, opChar, 0},
	'b': {1, 1, opI8, 0},
	'B': {1, 1, opU8, 0},
	'?': {1, 1, opBool, 0},
	'h': {2, 2, opI16LE, 0},
	'H': {2, 2, opU16LE, 0},
	'i': {4, 4, opI32LE, 0},
	'I': {4, 4, opU32LE, 0},
	'l': {8, 4, opI32LE, opI64LE},
	'L': {8, 4, opU32LE, opU64LE},
	'q': {8, 8, opI64LE, 0},
	'Q': {8, 8, opU64LE, 0},
	'n': {8, 0, 0, opI64LE},
	'N': {8, 0, 0, opU64LE},
	'P': {8, 0, 0, opU64LE},
	'e': {2, 2, opF16LE, 0},
	'f': {4, 4, opF32LE, 0},
	'd': {8, 8, opF64LE, 0},
	's': {1, 1, opString, 0},
	'p': {1, 1, opPascal, 0},
}

// byteOrder is the first character of a format.
type byteOrder struct {
	big    bool
	native bool // native sizes and alignment, and the codes n N P
}

// lookup says how code is handled under o: its size, its alignment (1 outside native mode) and its op.
func (o byteOrder) lookup(code byte) (size, align int64, how op, ok bool) {
	if code >= 128 {
		return 0, 0, 0, false
	}
	c := codes[code]
	switch {
	case c.native == 0:
		return 0, 0, 0, false
	case o.native && c.wide != 0:
		return c.native, c.native, c.wide, true
	case o.native:
		return c.native, c.native, c.op, true
	case c.std == 0:
		return 0, 0, 0, false
	case o.big && c.op >= opI16LE && c.op <= opF64BE:
		return c.std, 1, c.op + 1, true
	}
	return c.std, 1, c.op, true
}

var opNames = [...]string{
	opI8: "int8", opU8: "uint8",
	opI16LE: "int16 LE", opI16BE: "int16 BE", opU16LE: "uint16 LE", opU16BE: "uint16 BE",
	opI32LE: "int32 LE", opI32BE: "int32 BE", opU32LE: "uint32 LE", opU32BE: "uint32 BE",
	opI64LE: "int64 LE", opI64BE: "int64 BE", opU64LE: "uint64 LE", opU64BE: "uint64 BE",
	opF16LE: "float16 LE", opF16BE: "float16 BE", opF32LE: "float32 LE", opF32BE: "float32 BE",
	opF64LE: "float64 LE", opF64BE: "float64 BE",
	opBool: "bool", opChar: "char",
}

// typeName is the human name of a field's type, "uint32 LE" or "char[2]".
func typeName(code byte, how op, size int64) string {
	switch code {
	case 's':
		return fmt.Sprintf("char[%d]", size)
	case 'p':
		return fmt.Sprintf("pascal[%d]", size)
	case 'P':
		return "pointer LE"
	}
	return opNames[how]
}
