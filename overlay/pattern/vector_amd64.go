package pattern

import "golang.org/x/sys/cpu"

// vector tells that the machine can look at many starts at once. Tests switch it off.
var vector = cpu.X86.HasAVX2

// lanes is how many starts are looked at at once, and the fewest that vectorPair and vectorTriple take.
const lanes = 32

// vectorPair is the first i in [0, n) with a[i]&test[1] == test[0] and b[i]&test[3] == test[2], or -1. n is at least
// lanes; a and b have n bytes.
//
//go:noescape
func vectorPair(a, b *byte, n int, test [4]byte) int

// vectorTriple is the first i in [0, n) at which a[i], b[i] and c[i] pass t, or -1. n is at least lanes; a, b and c have n bytes.
//
//go:noescape
func vectorTriple(a, b, c *byte, n int, t *tripleTables) int
