package mmapdoc

import (
	"bytes"
	"errors"
	"fmt"
	"math"
)

// Batch is any number of replacements in a snapshot, made ready on any goroutine and done at once: a million of them are one
// edit and one step for undo. Their pieces become one tree between the first and the last of them, so that making it takes
// the time of a walk and applying it O(log n). One of them takes about 16 bytes, and what is inserted unless it is the same
// as before; 4 more where it changes the length.
type Batch struct {
	s      *Snapshot
	start  int64 // of the first replacement
	at     int64 // the end of the last one
	n      int
	pieces builder
	adder  adder
	last   []byte // what was inserted last,
	where  piece  // and where it is kept
	tree   tree
	built  bool
	moves  moves
}

// mostReplacements bounds the memory of a batch, to about 2 GB.
var mostReplacements = 100_000_000

// NewBatch begins a batch of replacements in s.
func (s *Snapshot) NewBatch() *Batch {
	return &Batch{s: s, pieces: builder{epoch: lastEpoch.Add(1)}}
}

// Len is how many replacements there are.
func (b *Batch) Len() int { return b.n }

// Grown is by how many bytes they make the document longer, below 0 for shorter.
func (b *Batch) Grown() int64 { return b.pieces.size - (b.at - b.start) }

// Replace replaces r by with, which is copied. Ranges come in ascending order and do not overlap.
func (b *Batch) Replace(r Range, with []byte) error {
	if err := b.s.check(r); err != nil {
		return err
	}
	if b.n == mostReplacements {
		return fmt.Errorf("%d replacements are the most that can be one step, and there are more from %d on: replace them part by part", b.n, r.Start)
	}
	if b.n == 0 {
		b.start, b.at = r.Start, r.Start
	}
	if r.Start < b.at {
		return fmt.Errorf("%v begins before the end of the replacement in front of it, at %d", r, b.at)
	}
	if int64(len(with)) > math.MaxInt64-b.s.Size()-max(0, b.Grown()) {
		return fmt.Errorf("replacing %v would make the document larger than %d bytes", r, int64(math.MaxInt64))
	}
	b.keep(r.Start)
	if len(with) > 0 {
		if b.last == nil || !bytes.Equal(with, b.last) {
			b.where = b.adder.add(with)
			b.last = append(b.last[:0], with...)
		}
		b.pieces.add(b.where)
	}
	b.at = r.End
	b.n++
	if int64(len(with)) != r.Len() {
		b.moves.add(r, int64(len(with)))
	}
	return nil
}

// keep appends the pieces of the snapshot up to end.
func (b *Batch) keep(end int64) {
	b.s.tree.walk(b.at, end, func(_ int64, p piece) bool {
		b.pieces.add(p)
		return true
	})
	b.at = end
}

// Moves tells whether a replacement has another length than what it replaces.
func (b *Batch) Moves() bool { return len(b.moves.blocks) > 0 }

// Moved is where the byte at off is after the batch; of one that was replaced by fewer, where those begin.
func (b *Batch) Moved(off int64) int64 { return b.moves.moved(off) }

// Build makes the batch ready. No replacement can be added any more.
func (b *Batch) Build() {
	if !b.built {
		b.tree, b.built = b.pieces.tree(), true
	}
}

// Range is what the batch replaces, from the start of its first replacement to the end of its last.
func (b *Batch) Range() Range { return Range{b.start, b.at} }

// ErrStale refuses a batch that was made for a document as it is no more.
var ErrStale = errors.New("the document has changed since")

// Apply does the replacements of b as one undo step. It fails with ErrStale, and does nothing, unless the document is as it
// was in the batch's snapshot.
func (d *Document) Apply(b *Batch) error {
	if d.base != b.s.base || d.version != b.s.version {
		return ErrStale
	}
	if b.n == 0 {
		return nil
	}
	b.Build()
	d.replace(b.start, b.at-b.start, b.tree.span(), Alone)
	return nil
}
