//go:build !amd64

package pattern

// Without vectors sequences are looked for in other ways; see finder.
var vector = false

const lanes = 32

func vectorPair(_, _ *byte, _ int, _ [4]byte) int            { return -1 }
func vectorTriple(_, _, _ *byte, _ int, _ *tripleTables) int { return -1 }
