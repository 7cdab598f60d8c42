package model

import (
	"runtime"
	"sync"
	"sync/atomic"

	"hexlay/lifeline"
)

// cores is how many goroutines share long work.
var cores = runtime.GOMAXPROCS(0)

// onScreen tells that a screen has to be answered for while work runs.
var onScreen atomic.Bool

// KeepLive prepares for a screen. Goroutines that work keep all cores busy for as long as they are given: what reads keys and
// paints gets threads beside theirs, so that it waits for none of them, and the system gives it precedence.
func KeepLive() {
	if !onScreen.Swap(true) {
		runtime.GOMAXPROCS(cores + 2)
	}
}

// share runs fn on n goroutines that all waits for. They are to be many; what they are is told when one panics.
func share(all *sync.WaitGroup, what string, n int, fn func()) {
	for range n {
		lifeline.Join(all, what, func() {
			if onScreen.Load() {
				stepBack()
			}
			fn()
		})
	}
}
