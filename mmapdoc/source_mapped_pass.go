package mmapdoc

import (
	"runtime"
	"sync/atomic"
)

// A pass over a file looks at each byte once, in long windows. It either copies a window into a buffer that stays in the processor's
// cache, or maps its pages, all at once, and looks at the bytes where they are. Which is cheaper depends on the machine, and on how
// the file lies in the page cache: a page of 4 KiB took 0.16 µs to map and 0.6 µs to copy on one machine, 2.4 and 0.3 µs on another,
// whose hypervisor keeps page tables of its own; where a file lies in pieces of 2 MiB at such offsets, mapping costs next to nothing
// and copying as much as ever. So both are timed while a pass goes on, and the dearer is tried again now and then.

const (
	// Mapping must cost this much less than copying, as the bytes are not in the cache then.
	mapsCheaper = 2
	// The other way is tried after firstTry bytes, and if it still is the dearer after ever more, up to lastTry.
	firstTry = 4 << 20
	lastTry  = 256 << 20
)

// passage is what passes over a file have learnt. It may be used on any goroutine.
type passage struct {
	copied, mapped pace
	left           atomic.Int64 // bytes until the other way is tried
	wait           atomic.Int64 // so many it was the last time
	onlyCopies     atomic.Bool  // there is no other way
}

// copies tells whether the next n bytes are better copied than mapped.
func (p *passage) copies(n int64) bool {
	copied, mapped := p.copied.Load(), p.mapped.Load()
	if copied == 0 || p.onlyCopies.Load() {
		return true
	} else if mapped == 0 {
		return false
	}
	dear := mapped > copied/mapsCheaper
	if p.left.Add(-n) < 0 {
		wait := min(max(2*p.wait.Load(), firstTry), lastTry)
		p.wait.Store(wait)
		p.left.Store(wait)
		return !dear
	}
	return dear
}

// pace is how many nanoseconds 1 MiB takes; 0: not known.
type pace struct{ atomic.Int64 }

// took notes that n bytes took so long. One slow time is no more than a hint: another program may have had the processor.
func (p *pace) took(n, nanoseconds int64) {
	now := max(1, nanoseconds<<20/n)
	if was := p.Load(); was > 0 {
		now = min(now, was+was/4+1)
	}
	p.Store(now)
}

// windowFor returns a window with the n bytes from off on, mapped all; nil: they are better copied, or cannot be had so.
func (m *mappedFile) windowFor(off, n int64) (*window, error) {
	if m.long(n) && m.pass.copies(n) {
		return nil, nil
	}
	w, err := m.window(off)
	if w == nil {
		return nil, err
	}
	if w.base+int64(len(w.data)) < off+n {
		w.release()
		return nil, nil
	}
	if !m.long(n) {
		return w, nil
	}
	start, page := clock(), (off-w.base)%pageSize
	ok, never := populatePages(w.data[off-w.base-page:][:page+n])
	m.pass.mapped.took(n, clock()-start)
	if !ok {
		m.pass.onlyCopies.CompareAndSwap(false, never)
		w.release()
		return nil, nil
	}
	return w, nil
}

// Fetch brings b, which lies in memory, into the core's cache: at once, which is faster than one place after the other. Bytes that were
// copied are there already.
func Fetch(b []byte) {
	var n byte
	for i := 0; i < len(b); i += 64 {
		n += b[i]
	}
	runtime.KeepAlive(n)
}
