//go:build !unix

package mmapdoc

import "runtime/debug"

// guardAny runs fn and says whether it touched memory that cannot be read. It is for mappings whose address is not known.
func guardAny(fn func()) (faulted bool) {
	old := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(old)
		if r := recover(); r != nil {
			if _, ok := r.(interface{ Addr() uintptr }); !ok {
				panic(r)
			}
			faulted = true
		}
	}()
	fn()
	return false
}
