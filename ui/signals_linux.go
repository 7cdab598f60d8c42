//go:build linux && !mips && !mipsle && !mips64 && !mips64le

package ui

import (
	"os"
	"syscall"
	"unsafe"
)

// systemHangups are the signals that only this system has and that end a program. Go's runtime has no wish to hand SIGSTKFLT
// on, but one that somebody sends arrives all the same; the kernel itself sends none.
var systemHangups = []os.Signal{syscall.SIGSTKFLT}

// reserved are the signals that C libraries use among their own threads. Go's runtime sets no handler for them and lets nobody
// else have them.
var reserved = []uintptr{32, 33, 34}

// ignoreReserved makes those of the reserved signals that would end the program do nothing, which is what Go makes of the
// other real-time signals. A library that needs one puts its own handler there, before or after.
func ignoreReserved() {
	for _, sig := range reserved {
		// The kernel's struct sigaction begins with the handler: 0 for the default, 1 for ignoring it. Its set of signals has 8 bytes.
		var action [8]uint64
		_, _, errno := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, sig, 0, uintptr(unsafe.Pointer(&action)), 8, 0, 0)
		handler := (*uintptr)(unsafe.Pointer(&action))
		if errno != 0 || *handler != 0 {
			continue
		}
		*handler = 1
		_, _, _ = syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, sig, uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0)
	}
}
