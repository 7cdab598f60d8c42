package mmapdoc

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// Document is bytes that can be edited, undone and saved. It belongs to one goroutine; others read its snapshots.
type Document struct {
	info    Info
	base    *origin
	tree    tree
	epoch   uint64 // see tree
	version uint64
	adder   adder
	fill    *origin // the store of the last long fill, which the next fill with the same pattern takes again

	history
	shown  *Snapshot // the current snapshot, when there is one
	leases []*lease  // what keeps the stores open, our own first; a new slice whenever it grows
	closed bool

	tail   *Tail // nil when nothing can arrive
	growth tree  // all that the document has grown by

	lock    *fileLock // nil when the file is not locked
	journal *Journal  // nil when no journal is kept
	era     uint32    // grows whenever a replay of the journal would have another history than the document
}

// lastEpoch makes epochs unique among all documents, because they share nodes.
var lastEpoch atomic.Uint64

// FromBytes makes a document of b, which must not be changed afterwards. It has no place to save to.
func FromBytes(name string, b []byte) *Document {
	return newDocument(Info{Name: name, Kind: Memory}, bytesStore(b), nil)
}

// newDocument makes a document that shows the whole of base. Close closes closer, unless that is nil, as soon as no
// other document holds pieces of this one.
func newDocument(info Info, base store, closer io.Closer) *Document {
	d := &Document{info: info, base: newBase(base), epoch: lastEpoch.Add(1), version: 1}
	d.tree = d.wholeBase()
	d.history = history{state: 1, saved: 1, lastState: 1}
	d.leases = []*lease{{holders: 1, closer: closer}}
	return d
}

func (d *Document) wholeBase() tree {
	if n := d.base.Size(); n > 0 {
		return leaf(d.epoch, []piece{{d.base, 0, n}})
	}
	return tree{}
}

// Info says what the document was opened from, or saved to since.
func (d *Document) Info() Info { return d.info }

// Size is the number of bytes.
func (d *Document) Size() int64 { return d.tree.size }

// Version is another number after every edit, undo, redo and save.
func (d *Document) Version() uint64 { return d.version }

// Snapshot is the document as it is now, in O(1). It is the same one until the document changes.
func (d *Document) Snapshot() *Snapshot {
	if d.shown == nil {
		d.shown = &Snapshot{tree: d.tree, base: d.base, version: d.version, state: d.state, grown: d.growth.size, leases: d.leases}
		d.freeze()
	}
	return d.shown
}

// freeze makes all nodes that exist immutable.
func (d *Document) freeze() { d.epoch = lastEpoch.Add(1) }

// touch is called after every change of what can be seen.
func (d *Document) touch() {
	d.version++
	d.shown = nil
}

func (d *Document) baseStore() store { return d.base.store }

// Close releases the source. Snapshots of the document can no longer read what came from it, but documents into which
// pieces of this one were pasted can. A second Close does nothing.
func (d *Document) Close() error {
	if d.closed {
		return nil
	}
	d.closed = true
	errs := []error{d.closeJournal()}
	d.Unlock()
	for _, l := range d.leases {
		errs = append(errs, l.release())
	}
	return errors.Join(errs...)
}

// lease keeps a source open for all documents that hold pieces of it.
type lease struct {
	mu      sync.Mutex
	holders int
	closer  io.Closer // nil when there is nothing to close
}

// hold reports false when the source was closed already.
func (l *lease) hold() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holders == 0 && l.closer != nil {
		return false
	}
	l.holders++
	return true
}

func (l *lease) release() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.holders--
	if l.holders > 0 || l.closer == nil {
		return nil
	}
	return l.closer.Close()
}
