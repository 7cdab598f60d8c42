package mmapdoc

import (
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// A mapped file is read through windows: read-only shared mappings of windowSize bytes, made when first touched and
// dropped when too many are open. One map over everything was tried and is not enough: a map covers at most about
// 2^46 bytes, and sparse files of 8 EiB exist. golang.org/x/exp/mmap maps a file as a whole and only copies out of it,
// so it serves where windows cannot be had (see source_mapped_other.go).
//
// Where a window cannot be mapped at all (some devices, FUSE and 9p, a limit on address space), the same bytes come by
// pread into a buffer. So do long reads, in blocks that stay in the processor's cache: the first touch of a page through a map takes
// longer than copying it, and what goes into a file or a journal has to be the same bytes when it is written as when its checksum was
// made, whatever another program does. Who only looks at long stretches may look at them where they lie, if that is cheaper
// (source_mapped_pass.go). What is looked at again and again, as by the screen and by templates, is better off mapped.
//
// After another program cut the file short, pages beyond its end fault, but the rest of the last page reads zeros
// without a fault. So the end of the file is looked up too, at most every lookEvery, and bytes behind it are lost.

const (
	lookEvery = 10 * time.Millisecond
	maxView   = 4 << 20   // the longest window handed out: a save waits for the windows in use
	readBlock = 256 << 10 // the buffer of plain reads
	longRead  = 64 << 10  // a window as long belongs to a pass over the file
	// Shorter copies come out of the map. For longer ones a plain read costs less than the page faults of a place that was not looked
	// at before: a microsecond and a half for 16 KiB, where a fault takes one at best and sixty in some virtual machines.
	copyMapped = 2 << 10
	askHoles   = 64 << 10 // shorter reads of a sparse file do not ask for holes first
)

// Variables, so that tests can make many windows of a small file.
var (
	windowSize int64 = defaultWindowSize
	maxWindows       = 16
)

// clock is monotonic nanoseconds.
var clockStart = time.Now()

func clock() int64 { return int64(time.Since(clockStart)) }

// mappedFile is a Source and a store over an open regular file or device. Its size is the one at opening; growth of
// the file is not seen before grow. Reads may run from any goroutine, also during Close: they then fail with os.ErrClosed.
type mappedFile struct {
	name   string
	size   atomic.Int64
	device bool        // a device's end is not looked up
	memory *memory     // of a process; nil for everything else
	sparse atomic.Bool // it had holes when it was opened
	raw    rawFile

	pass passage

	end    atomic.Int64 // where the file ended when last looked, at most size
	looked atomic.Int64 // when that was

	last   atomic.Pointer[window] // most reads fall into the window of the read before
	noMap  atomic.Bool            // this file cannot be mapped at all
	mu     sync.Mutex
	open   []*window // most recently used last
	closed bool
}

// window is one mapping. It is unmapped when the cache and every reader have let go of it.
type window struct {
	base int64
	data []byte
	refs atomic.Int64
	some atomic.Int64 // about how much shorter reads have left mapped
	near atomic.Int64 // where the last read of a few bytes was, in units of around
}

func (w *window) holds(off int64) bool { return off >= w.base && off-w.base < int64(len(w.data)) }

// take adds a reference unless the window is already going away.
func (w *window) take() bool {
	for {
		n := w.refs.Load()
		if n == 0 {
			return false
		}
		if w.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (w *window) release() {
	if w.refs.Add(-1) == 0 {
		unmapWindow(w.data)
	}
}

// forget takes what was read out of the mapping, once it has come to forgetSome. Without that a pass over a large file ends with all
// of it counted as this process's memory. The pages stay in the page cache, so whoever reads them next only takes a page fault. To
// take out each window of a pass at once costs more: every core that runs this program is told each time.
func (w *window) forget(off, n int64) {
	if n < pageSize { // reads of a few bytes here and there map as much around them; those near the last one nothing new
		if at := off / around; w.near.Swap(at) == at {
			return
		}
	}
	if w.some.Add(n+2*around) > forgetSome { // many of them add up to a whole file too
		w.some.Store(0)
		forgetPages(w.data)
	}
}

// forgetSome bounds what reads leave mapped of a file.
const forgetSome = 24 << 20

// around is how far about its page a fault maps others too.
const around = 64 << 10

// newMappedFile takes over f, which holds size bytes. Nothing is read and nothing mapped yet.
func newMappedFile(f *os.File, name string, size int64, device bool) (*mappedFile, error) {
	sparse := !device && hasHoles(f, size)
	raw, err := newRawFile(f, size, device)
	if err != nil {
		return nil, err
	}
	m := &mappedFile{name: name, device: device, raw: raw}
	m.sparse.Store(sparse)
	m.size.Store(size)
	m.end.Store(size)
	m.looked.Store(clock())
	return m, nil
}

func (m *mappedFile) Size() int64 { return m.size.Load() }

// grow makes m as long as its file is now, which is size bytes; false: that cannot be.
func (m *mappedFile) grow(size int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	sparse, ok := m.raw.grow(size)
	if !ok || m.closed || m.device || m.memory != nil || size < m.Size() {
		return false
	}
	kept := m.open[:0]
	for _, w := range m.open {
		if int64(len(w.data)) == windowSize {
			kept = append(kept, w)
			continue
		}
		m.last.CompareAndSwap(w, nil) // it ends where the file ended
		w.release()
	}
	clear(m.open[len(kept):])
	m.open = kept
	m.sparse.Store(sparse)
	m.size.Store(size)
	m.end.Store(size)
	m.looked.Store(clock())
	return true
}

// Close lets go of the file. A window in use stays mapped until its reader is done.
func (m *mappedFile) Close() error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return nil
	}
	m.closed = true
	windows := m.open
	m.open = nil
	m.last.Store(nil)
	m.mu.Unlock()
	for _, w := range windows {
		w.release()
	}
	return m.raw.Close()
}

// look returns where the file ends now, but no further than its size at opening.
func (m *mappedFile) look() int64 {
	end := m.Size()
	if !m.device {
		if n, err := m.raw.end(); err == nil {
			end = min(end, n)
		}
	}
	m.end.Store(end)
	m.looked.Store(clock())
	return end
}

// currentEnd is look, at most lookEvery old.
func (m *mappedFile) currentEnd() int64 {
	if clock()-m.looked.Load() > int64(lookEvery) {
		return m.look()
	}
	return m.end.Load()
}

// window returns the window that holds off, with a reference for the caller, or nil when it cannot be mapped.
func (m *mappedFile) window(off int64) (*window, error) {
	if w := m.last.Load(); w != nil && w.holds(off) && w.take() {
		return w, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, os.ErrClosed
	}
	for i, w := range m.open {
		if w.holds(off) {
			copy(m.open[i:], m.open[i+1:])
			m.open[len(m.open)-1] = w
			m.last.Store(w)
			w.refs.Add(1)
			return w, nil
		}
	}
	if m.noMap.Load() {
		return nil, nil
	}
	for len(m.open) >= maxWindows {
		old := m.open[0]
		m.open = append(m.open[:0], m.open[1:]...)
		m.last.CompareAndSwap(old, nil)
		old.release()
	}
	base := off - off%windowSize
	data, never := mapWindow(m.raw, base, min(windowSize, m.Size()-base))
	if data == nil {
		if never {
			m.noMap.Store(true)
		}
		return nil, nil
	}
	w := &window{base: base, data: data}
	w.refs.Store(2)
	m.open = append(m.open, w)
	m.last.Store(w)
	return w, nil
}

// view hands [off, off+n) to fn in consecutive windows of at most maxView bytes, which live only during the call.
func (m *mappedFile) view(off, n int64, fn func(b []byte) error) error {
	if off < 0 || n < 0 || off > m.Size()-n {
		return io.ErrUnexpectedEOF
	}
	for n > 0 {
		k := min(n, maxView)
		if end := m.currentEnd(); off >= end {
			return m.lost(off, off+n, nil)
		} else {
			k = min(k, end-off)
		}
		if m.sparse.Load() && k >= askHoles {
			data := m.nextData(off, off+k)
			for off < data.Start {
				zeros := min(data.Start-off, int64(len(zeroBlock)))
				if err := fn(zeroBlock[:zeros:zeros]); err != nil {
					return err
				}
				off, n = off+zeros, n-zeros
			}
			if k = data.Len(); k == 0 {
				continue
			}
		}
		var w *window
		if !m.long(k) {
			var err error
			if w, err = m.window(off); err != nil {
				return err
			}
		}
		if w == nil {
			if err := m.viewRead(off, k, fn); err != nil {
				return err
			}
		} else {
			b := w.data[off-w.base:]
			k = min(k, int64(len(b)))
			if err := m.viewWindow(w, b[:k:k], off, fn); err != nil {
				return err
			}
		}
		off, n = off+k, n-k
	}
	return nil
}

// viewOnce is view for bytes that nobody will look at again soon. A page fault of a map reads the pages around it too,
// which takes ten times as long as the plain read of a few bytes.
func (m *mappedFile) viewOnce(off, n int64, fn func(b []byte) error) error {
	if n >= askHoles {
		return m.view(off, n, fn)
	}
	b := make([]byte, n)
	for done := 0; done < len(b); {
		k, err := m.read(b[done:], off+int64(done))
		if k == 0 {
			return m.lost(off+int64(done), off+n, err)
		}
		done += k
	}
	return fn(b)
}

func (m *mappedFile) viewWindow(w *window, b []byte, off int64, fn func(b []byte) error) error {
	defer w.release()
	fault, err := guard(b, fn)
	if fault >= 0 {
		// fn may have begun anywhere, so bytes before the fault may be lost too.
		return m.lost(max(off, min(off+int64(fault), m.look())), off+int64(len(b)), nil)
	}
	w.forget(off, int64(len(b)))
	return err
}

// long tells whether n bytes are a part of a pass over the file: those are not mapped page by page.
func (m *mappedFile) long(n int64) bool { return n >= longRead && !m.device && m.memory == nil }

var readBlocks = sync.Pool{New: func() any { b := make([]byte, readBlock); return &b }}

// viewRead is view through a buffer.
func (m *mappedFile) viewRead(off, n int64, fn func(b []byte) error) error {
	buf := readBlocks.Get().(*[]byte)
	defer readBlocks.Put(buf)
	for end := off + n; off < end; {
		k, err := m.read((*buf)[:min(end-off, readBlock)], off)
		if k == 0 {
			return m.lost(off, end, err)
		}
		if err := fn((*buf)[:k:k]); err != nil {
			return err
		}
		off += int64(k)
	}
	return nil
}

// ReadAt fills p from off. Bytes that cannot be read any more give a *LostError; n then says how many before it could.
func (m *mappedFile) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errors.New("read at a negative offset")
	}
	if off >= m.Size() {
		return 0, io.EOF
	}
	var atEnd error
	if int64(len(p)) > m.Size()-off {
		p, atEnd = p[:m.Size()-off], io.EOF
	}
	for n < len(p) {
		at := off + int64(n)
		end := m.currentEnd()
		if at >= end {
			return n, m.lost(at, off+int64(len(p)), nil)
		}
		dst := p[n:min(int64(len(p)), end-off)]
		var w *window
		if m.device || len(dst) < copyMapped {
			if w, err = m.window(at); err != nil {
				return n, err
			}
		}
		if w == nil {
			k, err := m.read(dst, at)
			if k == 0 {
				return n, m.lost(at, off+int64(len(p)), err)
			}
			n += k
			continue
		}
		src := w.data[at-w.base:]
		dst = dst[:min(len(dst), len(src))]
		src = src[:len(dst)]
		fault := guardCopy(dst, src, src)
		if fault >= 0 { // a copy runs in any order: which pages before the fault came through is unknown
			fault = guardCopyPages(dst, src)
		} else {
			w.forget(at, int64(len(src)))
		}
		w.release()
		if fault >= 0 {
			n, at = n+fault, at+int64(fault)
			// A page of a hole faults for want of memory; a plain read gets it, or the reason why it is lost.
			k, err := 0, error(nil)
			if m.look() > at {
				k, err = m.read(p[n:min(len(p), n+int(pageSize-at%pageSize))], at)
			}
			if k == 0 {
				return n, m.lost(at, off+int64(len(p)), err)
			}
			n += k
			continue
		}
		n += len(dst)
	}
	return n, atEnd
}

// read is pread of whole blocks: raw disks of some systems take nothing else. It returns 0 and the reason when not
// even the first byte could be read.
func (m *mappedFile) read(p []byte, off int64) (int, error) {
	if !m.device {
		if len(p) < longRead {
			return m.raw.ReadAt(p, off)
		}
		start := clock()
		n, err := m.raw.ReadAt(p, off)
		if n >= longRead {
			m.pass.copied.took(int64(n), clock()-start)
		}
		return n, err
	}
	if off%rawAlign == 0 && len(p)%rawAlign == 0 {
		return m.readBlocks(p, off)
	}
	skip := off % rawAlign
	want := (skip + int64(len(p)) + rawAlign - 1) / rawAlign * rawAlign
	buf := make([]byte, min(want, m.Size()-(off-skip)))
	n, err := m.readBlocks(buf, off-skip)
	if int64(n) <= skip {
		return 0, err
	}
	return copy(p, buf[skip:n]), err
}

// readBlocks is pread of whole blocks; of a process that has ended it gives what was seen.
func (m *mappedFile) readBlocks(p []byte, off int64) (int, error) {
	n, err := m.raw.ReadAt(p, off)
	if m.memory != nil {
		if n > 0 {
			m.memory.saw(p[:n], off)
		} else if n = m.memory.remember(p, off); n > 0 {
			err = nil
		}
	}
	return n, err
}

// rawAlign fits the sectors of all disks in use.
const rawAlign = 4096

// lost makes the error for a failed read of [off, end): all of it when the file ends before off, else off's page.
func (m *mappedFile) lost(off, end int64, cause error) error {
	m.mu.Lock()
	closed := m.closed
	m.mu.Unlock()
	if closed {
		return os.ErrClosed
	}
	now := m.look()
	switch {
	case now <= off:
		return lostError(off, end, now, nil)
	default:
		return lostError(off, min(end, off-off%pageSize+pageSize), now, cause)
	}
}
