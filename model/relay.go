package model

import (
	"errors"
	"hash"
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hexlay/overlay/checksum"
)

// relayBlock is what a core reads at once: it stays in the cache that no other core shares until it is summed. It is whole words. A test
// sets a shorter one.
var relayBlock = 512 << 10

const (
	// relayTime is how long a block of slow sums takes at least, up to relayMost bytes: memory is no matter to them, a change of cores is.
	relayTime = 450 * time.Microsecond
	relayMost = 4 << 20
)

// A relay sums bytes on several cores. Each core reads a block of its own, so that it lies in that core's cache, and waits for its turn
// at every sum: the sums are what goes from core to core, not the bytes. So a sum alone goes on at its own speed while others read, and
// several go on beside each other. Of what can be summed in parts each core sums its own and joins it in its turn.
//
// A block is named by where it begins.
type relay struct {
	sums   []hash.Hash
	batons []*baton      // of each sum
	done   *atomic.Int64 // bytes that went into the sums

	mu    sync.Mutex
	next  int64 // what nobody has taken
	most  int64 // bytes there are
	ended bool  // there is nothing more
	err   error
}

// A blockReader calls use once with size bytes from at on, or with those that could be read, and returns io.EOF when nothing comes
// behind them; a block that is not full is the last. They live only during the call. far allows that they do not lie in the core's cache.
type blockReader func(at int64, size int, far bool, use func(b []byte)) error

func newRelay(sums []hash.Hash, done *atomic.Int64) *relay {
	r := &relay{sums: sums, done: done}
	for range sums {
		r.batons = append(r.batons, newBaton())
	}
	return r
}

// run sums at most n bytes. Each worker gets a read of its own from reader.
func (r *relay) run(n int64, reader func() blockReader) error {
	workers := cores
	if !slices.ContainsFunc(r.sums, func(h hash.Hash) bool { _, ok := h.(checksum.Joiner); return ok }) {
		workers = min(workers, 2*len(r.sums)+2) // more would only wait
	}
	if blocks := n/int64(relayBlock) + 1; int64(workers) > blocks {
		workers = int(blocks)
	}
	r.most = n
	var all sync.WaitGroup
	share(&all, "a hash", workers, func() { r.work(reader()) })
	all.Wait()
	return r.err
}

// work takes blocks until there are no more.
func (r *relay) work(read blockReader) {
	parts := make([]checksum.Joiner, len(r.sums))
	var way pause
	for {
		way.give()
		at, size, ok := r.take()
		if !ok {
			return
		}
		err := read(at, size, r.fast(), func(b []byte) { r.sum(at, at+int64(size), b, parts) })
		if err != nil {
			r.end(err)
		}
	}
}

// sum puts the block b, which begins at at, into all sums in its turn; next is the one behind it. parts is memory for it.
func (r *relay) sum(at, next int64, b []byte, parts []checksum.Joiner) {
	k := 0
	defer func() { // a fault in b: batons are passed on whatever happens, so that nobody waits for ever
		for ; k < len(r.batons); k++ {
			r.batons[k].wait(at)
			r.batons[k].pass(next)
		}
	}()
	for i, sum := range r.sums {
		if whole, ok := sum.(checksum.Joiner); ok {
			parts[i] = whole.Part()
			parts[i].Write(b)
		}
	}
	for ; k < len(r.sums); k++ {
		t := r.batons[k]
		t.wait(at)
		switch part := parts[k]; {
		case len(b) == 0:
		case part != nil:
			r.sums[k].(checksum.Joiner).Join(part, int64(len(b)))
		default:
			t.write(next, r.sums[k], b)
		}
		t.pass(next)
	}
	r.done.Add(int64(len(b)))
}

// fast tells whether all sums are. Who waits for one does not sleep, and still has in its cache what it only looked at. Of slow sums
// blocks change the core, and another core gets what was written into this one's cache sooner than what was read.
func (r *relay) fast() bool {
	return !slices.ContainsFunc(r.batons, func(t *baton) bool { return t.takes(relayBlock) > lookout/2 })
}

// take gives the next block; ok is false when there is none.
func (r *relay) take() (at int64, size int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return 0, 0, false
	}
	size = relayBlock
	for _, t := range r.batons {
		for t.takes(relayBlock) > lookout/2 && t.takes(size) < relayTime && size < relayMost {
			size *= 2
		}
	}
	at = r.next
	size = int(min(int64(size), max(r.most-at, 1))) // memory of which nothing is needed is not touched
	r.next += int64(size)
	return at, size, true
}

func (r *relay) end(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	if r.err == nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
}

// A baton goes from block to block: whose it is may go on with the sum. To be woken takes longer than to sum a block with the fastest
// sums, a tenth of a millisecond in some virtual machines; so whoever waits looks out for the baton for a while before it sleeps, and is
// woken as long before its turn comes.
type baton struct {
	at   atomic.Int64 // the block whose turn it is
	pace atomic.Int64 // nanoseconds for 1 MiB
	mu   sync.Mutex
	wake sync.Cond
	soon int64 // the block whose turn it is, or will be soon
}

const lookout = 200 * time.Microsecond

func newBaton() *baton {
	t := new(baton)
	t.wake.L = &t.mu
	return t
}

// wait returns when it is the turn of the block at.
func (t *baton) wait(at int64) {
	if t.takes(relayBlock) <= lookout && t.lookOut(at) {
		return
	}
	t.mu.Lock()
	for t.soon < at {
		t.wake.Wait()
	}
	t.mu.Unlock()
	for !t.lookOut(at) { // the one before does not get on
		time.Sleep(lookout)
	}
}

func (t *baton) lookOut(at int64) bool {
	if t.at.Load() == at {
		return true
	}
	for start := time.Now(); time.Since(start) < lookout; {
		runtime.Gosched()
		if t.at.Load() == at {
			return true
		}
	}
	return false
}

// takes is how long n bytes take to sum, 0 as long as that is not known.
func (t *baton) takes(n int) time.Duration { return time.Duration(t.pace.Load() * int64(n) >> 20) }

// announce wakes whoever has the block next.
func (t *baton) announce(next int64) {
	t.mu.Lock()
	t.soon = max(t.soon, next)
	t.mu.Unlock()
	t.wake.Broadcast()
}

// pass gives the baton to the block next.
func (t *baton) pass(next int64) {
	t.at.Store(next)
	t.announce(next)
}

// write sums the block b, and announces next when there is left what takes about as long as the lookout.
func (t *baton) write(next int64, sum hash.Hash, b []byte) {
	const step = 16 << 10 // some sums take that much at once
	first := 0
	if pace := t.pace.Load(); pace > 0 {
		first = max(0, len(b)-int(int64(lookout)<<20/pace)) / step * step
	}
	start := time.Now()
	sum.Write(b[:first])
	t.announce(next)
	sum.Write(b[first:])
	if pace := int64(time.Since(start)) << 20 / int64(len(b)); pace < t.pace.Load() || t.pace.Load() == 0 { // what comes first meets memory that is new
		t.pace.Store(pace)
	}
}
