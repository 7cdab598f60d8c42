package expr

import "strconv"

// BuiltinType gives the type of the values of a type that the language has: "u4le", "b3", "f8", "str", "bytes", "bool",
// "struct", "io", "any".
func BuiltinType(name string) (Type, bool) {
	switch name {
	case "bytes":
		return Type{Kind: Bytes}, true
	case "str", "strz":
		return Type{Kind: Str}, true
	case "bool":
		return Type{Kind: Bool}, true
	case "struct":
		return Type{Kind: ClassOf}, true
	case "io":
		return Type{Kind: StreamOf}, true
	case "any":
		return Type{Kind: Any}, true
	}
	if len(name) < 2 {
		return Type{}, false
	}
	digits, order := name[1:], ""
	for i := range len(digits) {
		if !isDigit(digits[i]) {
			digits, order = digits[:i], digits[i:]
			break
		}
	}
	n, err := strconv.Atoi(digits)
	if err != nil || digits[0] == '0' || order != "" && order != "le" && order != "be" {
		return Type{}, false
	}
	switch c := name[0]; {
	case (c == 'u' || c == 's') && (n == 1 && order == "" || n == 2 || n == 4 || n == 8):
		return Type{Kind: Int, Bits: uint8(8 * n), Unsigned: c == 'u', Sized: true, Size: int64(8 * n)}, true
	case c == 'f' && (n == 4 || n == 8):
		return Type{Kind: Float, Sized: true, Size: int64(8 * n)}, true
	case c == 'b' && n == 1:
		return Type{Kind: Bool, Sized: true, Size: 1}, true
	case c == 'b' && n <= 64:
		// A b8 is no byte to array literals.
		return Type{Kind: Int, Bits: uint8(n), Unsigned: true, Sized: true, Size: int64(n)}, true
	}
	return Type{}, false
}
