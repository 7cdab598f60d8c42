package expr

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
)

const (
	maxBits = 1 << 18 // of an integer
	maxText = 16 << 20
)

// integer arithmetic. Both operands are of kind Int; what fits 64 bits takes the first branch.

func bigResult(b *big.Int) (Value, error) {
	if b.BitLen() > maxBits {
		return Value{}, limitf("integer of more than %d bits", maxBits)
	}
	return BigValue(b), nil
}

func small(a, b Value) (x, y int64, ok bool) {
	return int64(a.n), int64(b.n), a.ref == nil && b.ref == nil && !a.high && !b.high
}

func addInt(a, b Value) (Value, error) {
	if x, y, ok := small(a, b); ok {
		if s := x + y; (s > x) == (y > 0) {
			return IntValue(s), nil
		}
	}
	return bigResult(new(big.Int).Add(a.Big(), b.Big()))
}

func subInt(a, b Value) (Value, error) {
	if x, y, ok := small(a, b); ok {
		if d := x - y; (d < x) == (y > 0) {
			return IntValue(d), nil
		}
	}
	return bigResult(new(big.Int).Sub(a.Big(), b.Big()))
}

func mulInt(a, b Value) (Value, error) {
	if x, y, ok := small(a, b); ok {
		hi, lo := bits.Mul64(abs(x), abs(y))
		neg := (x < 0) != (y < 0)
		if hi == 0 && lo <= math.MaxInt64 {
			if neg {
				return IntValue(-int64(lo)), nil
			}
			return IntValue(int64(lo)), nil
		}
	}
	x, y := a.Big(), b.Big()
	if x.BitLen()+y.BitLen() > maxBits+1 {
		return Value{}, limitf("integer of more than %d bits", maxBits)
	}
	return bigResult(new(big.Int).Mul(x, y))
}

func abs(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

// divInt rounds down, and modInt has the sign of the divisor: a == b*(a/b) + a%b.
func divInt(a, b Value) (Value, error) {
	if x, y, ok := small(a, b); ok && y != 0 && !(x == math.MinInt64 && y == -1) {
		q := x / y
		if x%y != 0 && (x < 0) != (y < 0) {
			q--
		}
		return IntValue(q), nil
	}
	q, _, err := divMod(a, b)
	return q, err
}

func modInt(a, b Value) (Value, error) {
	if x, y, ok := small(a, b); ok && y != 0 && y != -1 {
		m := x % y
		if m != 0 && (m < 0) != (y < 0) {
			m += y
		}
		return IntValue(m), nil
	}
	_, m, err := divMod(a, b)
	return m, err
}

func divMod(a, b Value) (q, m Value, err error) {
	x, y := a.Big(), b.Big()
	if y.Sign() == 0 {
		return q, m, &Error{"DivisionByZeroError", fmt.Sprintf("%s divided by zero", shorten(a))}
	}
	quo, rem := new(big.Int).QuoRem(x, y, new(big.Int))
	if rem.Sign() != 0 && rem.Sign() != y.Sign() {
		quo.Sub(quo, big.NewInt(1))
		rem.Add(rem, y)
	}
	return BigValue(quo), BigValue(rem), nil
}

func andInt(a, b Value) (Value, error) {
	if x, y, ok := small(a, b); ok {
		return IntValue(x & y), nil
	}
	return bigResult(new(big.Int).And(a.Big(), b.Big()))
}

func orInt(a, b Value) (Value, error) {
	if x, y, ok := small(a, b); ok {
		return IntValue(x | y), nil
	}
	return bigResult(new(big.Int).Or(a.Big(), b.Big()))
}

func xorInt(a, b Value) (Value, error) {
	if x, y, ok := small(a, b); ok {
		return IntValue(x ^ y), nil
	}
	return bigResult(new(big.Int).Xor(a.Big(), b.Big()))
}

func shift(a, b Value, left bool) (Value, error) {
	n, fits := b.Int64()
	negative := fits && n < 0
	if !fits {
		negative = b.Big().Sign() < 0
	}
	switch {
	case negative:
		return Value{}, failf("shift by %s bits", shorten(b))
	case left && a.n == 0 && a.ref == nil:
		return a, nil
	case left && (!fits || n > maxBits):
		return Value{}, limitf("shift to the left by %s bits", shorten(b))
	case left:
		if x, _, ok := small(a, a); ok && n < 63 && x<<n>>n == x {
			return IntValue(x << n), nil
		}
		return bigResult(new(big.Int).Lsh(a.Big(), uint(n)))
	case !fits || n > maxBits:
		n = maxBits
	}
	if a.ref == nil {
		if a.high {
			return UintValue(a.n >> n), nil
		}
		return IntValue(int64(a.n) >> n), nil
	}
	return BigValue(new(big.Int).Rsh(a.Big(), uint(n))), nil
}

func shlInt(a, b Value) (Value, error) { return shift(a, b, true) }

func shrInt(a, b Value) (Value, error) { return shift(a, b, false) }

func negInt(a Value) (Value, error) { return subInt(Value{kind: Int}, a) }

func notInt(a Value) (Value, error) {
	if x, _, ok := small(a, a); ok {
		return IntValue(^x), nil
	}
	return bigResult(new(big.Int).Not(a.Big()))
}

// compareInt orders integers and enums by their integers.
func compareInt(a, b Value) int {
	if x, xok := a.Int64(); xok {
		if y, yok := b.Int64(); yok {
			switch {
			case x < y:
				return -1
			case x > y:
				return 1
			}
			return 0
		}
	}
	return a.Big().Cmp(b.Big())
}

// shorten gives an integer for a message.
func shorten(v Value) string {
	b := v.Big()
	if b.BitLen() > 200 {
		return fmt.Sprintf("an integer of %d bits", b.BitLen())
	}
	return b.String()
}
