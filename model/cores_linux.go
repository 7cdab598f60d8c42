package model

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// stepBack gives the goroutine a thread that other threads go before. The thread ends with the goroutine.
func stepBack() {
	runtime.LockOSThread()
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), behind)
}

// behind is the nice value of work: a tenth of the share of what paints, where both want to run.
const behind = 10
