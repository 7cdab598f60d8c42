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

// working is how many goroutines work on screen, and how many threads may run.
var working struct {
	sync.Mutex
	n, threads int
}

// KeepLive prepares for a screen. Goroutines that work keep all cores busy for as long as they are given: what reads keys and
// paints gets threads beside theirs, so that it waits for none of them, and the system gives it precedence.
func KeepLive() {
	if !onScreen.Swap(true) {
		beside(0)
	}
}

// beside tells that n more goroutines work, or fewer, and sees to it that threads are left for what reads keys and paints.
func beside(n int) {
	working.Lock()
	defer working.Unlock()
	if working.n += n; working.n+screenThreads > working.threads {
		// All goroutines halt for this, which takes long while many work: it is done once, and again for an uncommon number of jobs.
		working.threads = working.n + 2*cores + 2*screenThreads
		runtime.GOMAXPROCS(working.threads)
	}
}

// screenThreads are for what reads keys, paints and collects garbage.
const screenThreads = 2

// share runs fn on n goroutines that all waits for. They are to be many; what they are is told when one panics.
func share(all *sync.WaitGroup, what string, n int, fn func()) {
	live := onScreen.Load()
	if live {
		beside(n)
	}
	for range n {
		lifeline.Join(all, what, func() {
			if live {
				defer beside(-1)
				stepBack()
			}
			fn()
		})
	}
}
