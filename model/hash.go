package model

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/checksum"
)

// A Hasher feeds blocks to checksums, each on a goroutine of its own, so that reading and all sums go on beside each other. A fast one alone
// is fed where the reading is: the block is in that core's cache, and to hand it to another one costs more than it gains; what can
// be summed in parts is shared out to all cores instead.
type Hasher struct {
	only  hash.Hash
	feeds []chan *hashBlock
	free  chan *hashBlock
	block *hashBlock // that is being filled
	wg    sync.WaitGroup
}

type hashBlock struct {
	b     []byte
	users atomic.Int32
}

const (
	// smallHashBlock stays in the cache of a core.
	smallHashBlock = 256 << 10
	// hashBlockAhead is what is read ahead at once for slower sums. With smaller ones the two cores wait for each other.
	hashBlockAhead = 1 << 20
)

// NewHasher begins to feed sums. Close must be called.
func NewHasher(sums []hash.Hash) *Hasher {
	if len(sums) == 1 && (cores == 1 || checksum.Fast(sums[0])) {
		return newLoneHasher(sums[0])
	}
	const ahead = 4
	w := &Hasher{free: make(chan *hashBlock, ahead)}
	for range ahead {
		w.free <- new(hashBlock)
	}
	for _, h := range sums {
		feed := make(chan *hashBlock, ahead)
		w.feeds = append(w.feeds, feed)
		share(&w.wg, "a hash", 1, func() {
			for block := range feed {
				h.Write(block.b)
				if block.users.Add(-1) == 0 {
					w.free <- block
				}
			}
		})
	}
	return w
}

// newLoneHasher feeds one sum where the reading is.
func newLoneHasher(sum hash.Hash) *Hasher {
	return &Hasher{only: sum, block: &hashBlock{b: make([]byte, smallHashBlock)}}
}

// Room is where the next bytes may be put, as many as it is long; they are what it held before, or others.
func (w *Hasher) Room() []byte {
	if w.block == nil {
		if w.block = <-w.free; w.block.b == nil {
			w.block.b = make([]byte, hashBlockAhead)
		}
		w.block.b = w.block.b[:cap(w.block.b)]
	}
	return w.block.b
}

// Feed gives the first n bytes of Room to all sums.
func (w *Hasher) Feed(n int) {
	block := w.block
	if w.only != nil {
		w.only.Write(block.b[:n])
		return
	}
	w.block = nil
	block.b = block.b[:n]
	block.users.Store(int32(len(w.feeds)))
	for _, feed := range w.feeds {
		feed <- block
	}
}

// ReadFrom feeds what r has until it ends, as io.ReaderFrom does; each block is tried to be filled. done counts bytes.
func (w *Hasher) ReadFrom(ctx context.Context, r io.Reader, done *atomic.Int64) error {
	for {
		n, err := io.ReadFull(r, w.Room())
		w.Feed(n)
		done.Add(int64(n))
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
	}
}

// Close waits until everything is summed.
func (w *Hasher) Close() {
	for _, feed := range w.feeds {
		close(feed)
	}
	w.wg.Wait()
}

// HashRange feeds r of a snapshot to sums, in one pass. progress counts bytes.
func HashRange(ctx context.Context, s *mmapdoc.Snapshot, r mmapdoc.Range, sums []hash.Hash, progress *atomic.Int64) error {
	w := NewHasher(sums)
	defer w.Close()
	return w.ReadRange(ctx, s, r, progress)
}

// ReadRange feeds r of a snapshot. done counts bytes. Holes are not read. A sum that can be summed in parts runs on all cores.
func (w *Hasher) ReadRange(ctx context.Context, s *mmapdoc.Snapshot, r mmapdoc.Range, done *atomic.Int64) error {
	if sum, ok := w.only.(checksum.Joiner); ok && r.Len() > hashPart && cores > 1 {
		p := hashParts{sum: sum, at: r.Start, end: r.End, turn: make(chan struct{})}
		close(p.turn)
		return p.run(ctx, s, done)
	}
	var data mmapdoc.Range
	for off := r.Start; off < r.End; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if off >= data.End {
			if data = s.NextData(off); data.Len() == 0 {
				data = mmapdoc.Range{Start: r.End, End: r.End}
			}
		}
		b := w.Room()
		b = b[:min(int64(len(b)), r.End-off)]
		if off < data.Start {
			b = b[:min(int64(len(b)), data.Start-off)]
			clear(b)
		} else {
			b = b[:min(int64(len(b)), data.End-off)]
			if n, err := s.ReadAt(b, off); n < len(b) {
				return err
			}
		}
		w.Feed(len(b))
		off += int64(len(b))
		done.Add(int64(len(b)))
	}
	return nil
}

// hashPart is long beside what it costs to join a part's sum, and short beside a file. It is whole words. A test sets a shorter one.
var hashPart = int64(4 << 20)

// hashParts sums a range in parts on all cores. Whoever has summed a part waits until the one before it is joined.
type hashParts struct {
	sum checksum.Joiner

	mu      sync.Mutex // guards what follows
	at, end int64
	turn    chan struct{} // closed when what is before at is joined
	failed  error
}

func (p *hashParts) run(ctx context.Context, s *mmapdoc.Snapshot, done *atomic.Int64) error {
	var all sync.WaitGroup
	share(&all, "a hash", cores, func() {
		w := newLoneHasher(nil)
		for r, before, after := p.next(); r.Len() > 0; r, before, after = p.next() {
			part := p.sum.Part()
			w.only = part
			err := w.ReadRange(ctx, s, r, done)
			<-before
			p.sum.Join(part, r.Len())
			if err != nil {
				p.fail(err)
			}
			close(after)
		}
	})
	all.Wait()
	return p.failed
}

// next is the following part, empty behind the last one, and what is closed when its turn to be joined comes and is over.
func (p *hashParts) next() (r mmapdoc.Range, before, after chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed != nil {
		return r, nil, nil
	}
	r = mmapdoc.Range{Start: p.at, End: min(p.at+hashPart, p.end)}
	before, after = p.turn, make(chan struct{})
	p.at, p.turn = r.End, after
	return r, before, after
}

func (p *hashParts) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed == nil {
		p.failed = err
	}
}

func hashCommands() []*Command {
	return []*Command{
		{Name: "hash", Group: "Find", Help: "Compute checksums of the selection or the document, in one pass: hash, hash sha256,crc-32 @0x10:4K",
			Args: []Arg{{Kind: ArgString, Optional: true}}, Run: runHash},
		{Name: "which", Group: "Find", Help: "Find out which checksum the selected bytes or a value are, and of which bytes: which, which e3069283 @0:4K",
			Args: []Arg{{Kind: ArgString, Optional: true}}, Run: runWhich},
	}
}

// DefaultHashes are the checksums that hash computes unless others are named.
const DefaultHashes = "md5,sha1,sha256,crc-32"

// hashRows are checksums that were computed of one state of the document.
type hashRows struct{ fixedRows }

func runHash(e *Editor, args []string) (Effect, error) {
	names := DefaultHashes
	r, hint := e.Scope(), ""
	if r.Len() == 0 {
		r = mmapdoc.Range{End: e.Size()}
	}
	if e.Found() {
		hint = "; @sel behind hash is the match"
	}
	if len(args) > 0 {
		text, at, err := e.cutRange(args[0])
		if err != nil {
			return nil, err
		}
		if at != nil {
			r, hint = *at, ""
		}
		names = or(text, names)
	}
	var algos []*checksum.Algorithm
	var sums []hash.Hash
	for _, name := range strings.FieldsFunc(names, func(r rune) bool { return r == ' ' || r == ',' }) {
		a, err := checksum.Lookup(name)
		if err != nil {
			return nil, err
		}
		algos, sums = append(algos, a), append(sums, a.New())
	}
	if len(algos) == 0 {
		return nil, errors.New("hash: which checksums? " + DefaultHashes)
	}
	s := e.Snapshot()
	rows := new(hashRows)
	if old := e.List("hashes"); old != nil && !e.Stale(old) && old.Ended() { // what is known goes on being shown
		rows.rows = slices.Clone(old.Rows.(*hashRows).rows)
	}
	l := &List{Name: "hashes", Rows: rows, snapshot: s, Again: fmt.Sprintf("hash %s @%#x:%d", names, r.Start, r.Len())}
	l.row = rows.Len()
	return e.listJob(l, "hashing", r.Len(),
		func(ctx context.Context, progress *atomic.Int64) error {
			if err := HashRange(ctx, s, r, sums, progress); err != nil {
				return err
			}
			for i, a := range algos {
				rows.put(ListRow{Range: r, Lead: a.Name, Text: hex.EncodeToString(sums[i].Sum(nil)), Note: rangeText(r)})
			}
			return nil
		},
		func(e *Editor) (Effect, error) {
			e.Notef("%s of %s%s", count(int64(len(algos)), "checksum"), count(r.Len(), "byte"), hint)
			return nil, nil
		}), nil
}

// put appends a row in place of one of the same checksum and range.
func (h *hashRows) put(row ListRow) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rows = slices.DeleteFunc(h.rows, func(old ListRow) bool { return old.Lead == row.Lead && old.Range == row.Range })
	h.rows = append(h.rows, row)
}

func rangeText(r mmapdoc.Range) string { return fmt.Sprintf("%#x..%#x", r.Start, r.End) }

// CompareAnswers puts the most plausible answer first.
func CompareAnswers(a, b checksum.Answer) int {
	return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End), cmp.Compare(len(a.Algorithm), len(b.Algorithm)), strings.Compare(a.Algorithm, b.Algorithm))
}
