package model

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

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

// A key is answered by more than this process: the system brings it here and the frame to the terminal, which paints that. Where the
// system shares processors between groups of processes first, as it does between sessions, no precedence within ours helps them: they
// waited up to 80 ms beside a search on all cores. So work stands still for a moment when a key comes, and rests now and then for as long
// as more may come.

const (
	aside = 5 * time.Millisecond // until a frame is painted and brought to the terminal
	alert = 2 * time.Second      // more keys may come
	spell = 2 * time.Millisecond // of work between two rests
	rest  = 300 * time.Microsecond
)

// pressed is when the last key came, in nanoseconds since clockStart; 0: never.
var (
	clockStart = time.Now()
	pressed    atomic.Int64
)

// Attend makes way for the answer to a key.
func Attend() {
	if onScreen.Load() {
		pressed.Store(int64(time.Since(clockStart)))
	}
}

// A pause is a worker's, which calls give between two parts of what it does.
type pause struct{ last time.Duration }

func (p *pause) give() {
	key := time.Duration(pressed.Load())
	if key == 0 {
		return
	}
	switch now := time.Since(clockStart); {
	case now > key+alert:
	case now < key+aside:
		time.Sleep(key + aside - now)
		p.last = key + aside
	case now-p.last > spell:
		time.Sleep(rest)
		p.last = now + rest
	}
}
