package model

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"hexlay/lifeline"
	"hexlay/mmapdoc"
	"hexlay/overlay/checksum"
)

// A Hasher feeds blocks to several checksums at once, each on a goroutine of its own. One checksum alone takes the blocks
// where they are. Goroutines get copies, for a mapped window can only be read where it was handed out.
type Hasher struct {
	sums  []hash.Hash
	feeds []chan *hashBlock
	free  chan *hashBlock
	wg    sync.WaitGroup
}

type hashBlock struct {
	b     []byte
	users atomic.Int32
}

// HashBlock is a good size of the blocks that a Hasher is given.
const HashBlock = 256 << 10

// NewHasher begins to feed sums. Close must be called.
func NewHasher(sums []hash.Hash) *Hasher {
	w := &Hasher{sums: sums}
	if len(sums) == 1 {
		return w
	}
	const ahead = 4
	w.free = make(chan *hashBlock, ahead)
	for range ahead {
		w.free <- new(hashBlock)
	}
	for _, h := range sums {
		feed := make(chan *hashBlock, ahead)
		w.feeds = append(w.feeds, feed)
		lifeline.Join(&w.wg, "a hash", func() {
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

// Write gives b to all sums. It may be changed afterwards.
func (w *Hasher) Write(b []byte) {
	if w.feeds == nil {
		w.sums[0].Write(b)
		return
	}
	block := <-w.free
	block.b = append(block.b[:0], b...)
	block.users.Store(int32(len(w.feeds)))
	for _, feed := range w.feeds {
		feed <- block
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
	return s.Scan(r, func(_ int64, b []byte) error {
		for len(b) > 0 {
			n := min(len(b), HashBlock)
			w.Write(b[:n])
			b = b[n:]
			progress.Add(int64(n))
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		return nil
	})
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
	r := e.Selection()
	if r.Len() == 0 {
		r = mmapdoc.Range{End: e.Size()}
	}
	if len(args) > 0 {
		text, at, err := e.cutRange(args[0])
		if err != nil {
			return nil, err
		}
		if at != nil {
			r = *at
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
			e.Notef("%s of %s", count(int64(len(algos)), "checksum"), count(r.Len(), "byte"))
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
