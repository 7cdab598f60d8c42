package mmapdoc

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// Tail takes the bytes of a growing document. Its methods may be called from any goroutine.
type Tail struct {
	store  *tailStore
	origin *origin // the identity of store: the document's base, until it is saved

	mu    sync.Mutex
	more  chan struct{} // closed when there is something to grow by, or no more will come
	ended bool
	err   error // why the bytes ended; nil for their proper end
}

// tailStore is the store of a growing document: as much of the spool as the document has taken.
type tailStore struct {
	*spool
	taken atomic.Int64
}

func (s *tailStore) Size() int64 { return s.taken.Load() }

// NewTail makes an empty document, called name, that grows by what is written to the Tail. The bytes are kept in memory
// and then in a temporary file, so their number is bounded by the disk alone. Close the document to give that back.
func NewTail(name string) (*Document, *Tail) {
	t := &Tail{store: &tailStore{spool: newSpool(spoolInMemory)}, more: make(chan struct{})}
	d := newDocument(Info{Name: name, Kind: Stream}, t.store, t.store.spool)
	d.tail, t.origin = t, d.base
	return d, t
}

// Write appends p to what has arrived. It fails when the temporary file does (a full disk), when the document was
// closed, and after End.
func (t *Tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	ended := t.ended
	t.mu.Unlock()
	if ended {
		return 0, errors.New("write behind the end of a stream")
	}
	n, err := t.store.Write(p)
	t.mu.Lock()
	defer t.mu.Unlock()
	if n > 0 {
		t.tell()
	}
	return n, err
}

// tell wakes whoever waits. The lock is held.
func (t *Tail) tell() {
	select {
	case <-t.more:
	default:
		close(t.more)
	}
}

// End says that nothing more will come; err, unless nil, why. A second call does nothing.
func (t *Tail) End(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.ended {
		t.ended, t.err = true, err
		t.tell()
	}
}

// ReadFrom writes all that r gives, as it comes, and then ends the tail with the error of r, which it returns too.
func (t *Tail) ReadFrom(r io.Reader) (total int64, err error) {
	buf := make([]byte, 256<<10)
	for {
		n, err := r.Read(buf)
		k, werr := t.Write(buf[:n])
		total += int64(k)
		if werr != nil {
			err = werr
		}
		if err == io.EOF {
			err = nil
		} else if err == nil {
			continue
		}
		err = plainError(err)
		t.End(err)
		return total, err
	}
}

// More is closed as soon as Grow has something to take, or no more will come. After a Grow ask again.
func (t *Tail) More() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.more
}

// Ended tells whether nothing more will come, and why: nil for the proper end of the bytes.
func (t *Tail) Ended() (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ended, t.err
}

// Arrived is how many bytes were written.
func (t *Tail) Arrived() int64 { return t.store.spool.Size() }

// ReadAt reads what has arrived, also what the document has not taken yet.
func (t *Tail) ReadAt(p []byte, off int64) (int, error) { return t.store.spool.ReadAt(p, off) }

// Tail is where the bytes of a growing document arrive, also after it was saved; nil for every other document.
func (d *Document) Tail() *Tail { return d.tail }

// rest makes More wait for what comes from now on.
func (t *Tail) rest() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return
	}
	select {
	case <-t.more:
		t.more = make(chan struct{})
	default:
	}
}
