//go:build unix && (!linux || mips || mipsle || mips64 || mips64le)

package ui

import "os"

// systemHangups: none that other systems do not have.
var systemHangups []os.Signal

// ignoreReserved: nothing is known to be reserved.
func ignoreReserved() {}
