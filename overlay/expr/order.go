package expr

import (
	"bytes"
	"math"
	"math/big"
	"reflect"
	"strings"
)

// Equal tells whether two values are the same: numbers by what they count, enums by enum and integer, strings by code
// points, arrays by elements (those in memory only), objects and streams by identity.
func Equal(a, b Value) bool {
	if a.kind == ArrayOf && b.kind == ArrayOf {
		return equalArrays(a.ref, b.ref)
	}
	switch {
	case a.kind == Null || b.kind == Null:
		return a.kind == b.kind
	case a.kind == EnumOf && b.kind == EnumOf:
		return a.Enum() == b.Enum() && compareInt(a, b) == 0
	case a.kind == b.kind && (a.kind == ClassOf || a.kind == StreamOf):
		return a.ref == b.ref
	}
	n, ordered, err := order(a, b)
	return err == nil && ordered && n == 0
}

// equalArrays compares arrays in memory by elements, others by identity.
func equalArrays(a, b any) bool {
	if !inMemory(a) || !inMemory(b) {
		return !inMemory(a) && !inMemory(b) && reflect.TypeOf(a).Comparable() && a == b
	}
	x, y := a.(Array), b.(Array)
	n, _ := x.Len()
	if m, _ := y.Len(); m != n {
		return false
	}
	for i := range n {
		v, _ := x.At(i)
		if w, _ := y.At(i); !Equal(v, w) {
			return false
		}
	}
	return true
}

func inMemory(a any) bool {
	switch a.(type) {
	case Values, byteArray:
		return true
	}
	return false
}

// Compare gives -1, 0 or 1 of two numbers, booleans, strings or byte arrays. It fails for all else, for values of
// differing kinds, and for a float that is no number.
func Compare(a, b Value) (int, error) {
	n, ordered, err := order(a, b)
	if err == nil && !ordered {
		err = failf("NaN is in no order")
	}
	return n, err
}

// order is Compare, but tells of NaN by ordered.
func order(a, b Value) (n int, ordered bool, err error) {
	switch {
	case a.kind == Int && b.kind == Int:
		return compareInt(a, b), true, nil
	case a.kind == Float && b.kind == Float:
		return compareFloat(a.Float(), b.Float())
	case a.kind == Int && b.kind == Float:
		n, ordered = compareMixed(a, b.Float())
		return n, ordered, nil
	case a.kind == Float && b.kind == Int:
		n, ordered = compareMixed(b, a.Float())
		return -n, ordered, nil
	case a.kind != b.kind:
	case a.kind == Bool:
		return int(a.n) - int(b.n), true, nil
	case a.kind == Str:
		// The order of UTF-8 is that of the code points.
		return strings.Compare(a.Str(), b.Str()), true, nil
	case a.kind == Bytes:
		return bytes.Compare(a.Bytes(), b.Bytes()), true, nil
	}
	return 0, false, failf("can't compare %s and %s", a.kind, b.kind)
}

func compareFloat(x, y float64) (int, bool, error) {
	switch {
	case x < y:
		return -1, true, nil
	case x > y:
		return 1, true, nil
	}
	return 0, x == y, nil
}

// compareMixed compares exactly: no integer becomes the float next to it.
func compareMixed(a Value, f float64) (n int, ordered bool) {
	switch {
	case math.IsNaN(f):
		return 0, false
	case math.IsInf(f, 1):
		return -1, true
	case math.IsInf(f, -1):
		return 1, true
	}
	if x, ok := a.Int64(); ok && -1<<53 <= x && x <= 1<<53 {
		n, ordered, _ = compareFloat(float64(x), f)
		return n, ordered
	}
	return new(big.Float).SetInt(a.Big()).Cmp(big.NewFloat(f)), true
}
