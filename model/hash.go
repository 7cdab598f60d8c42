package model

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"slices"
	"strings"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/checksum"
)

// HashRange feeds r of a snapshot to sums, in one pass. done counts bytes. Holes are not read.
func HashRange(ctx context.Context, s *mmapdoc.Snapshot, r mmapdoc.Range, sums []hash.Hash, done *atomic.Int64) error {
	streams := !slices.ContainsFunc(sums, func(h hash.Hash) bool { return !checksum.Streams(h) })
	return newRelay(sums, done).run(r.Len(), func() blockReader {
		f := hashFiller{ctx: ctx, s: s, r: r, fetch: !streams}
		return f.read
	})
}

// HashReader feeds what r has until it ends. done counts bytes.
func HashReader(ctx context.Context, r io.Reader, sums []hash.Hash, done *atomic.Int64) error {
	turn, ended := newBaton(), false
	return newRelay(sums, done).run(math.MaxInt64, func() blockReader {
		var room []byte
		fill := func(at int64, b []byte) (int, error) {
			turn.wait(at)
			defer turn.pass(at + int64(len(b)))
			if ended {
				return 0, io.EOF
			}
			n, err := io.ReadFull(r, b)
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = io.EOF
			} else if err == nil {
				err = ctx.Err()
			}
			ended = err != nil
			return n, err
		}
		return func(at int64, size int, _ bool, use func(b []byte)) error {
			room = slices.Grow(room[:0], size)[:size]
			n, err := fill(at, room)
			use(room[:n])
			return err
		}
	})
}

// A hashFiller reads blocks of a range of a snapshot, each later than the one before.
type hashFiller struct {
	ctx   context.Context
	s     *mmapdoc.Snapshot
	r     mmapdoc.Range
	fetch bool          // bytes are wanted in the core's cache
	data  mmapdoc.Range // the next bytes that are in no hole
	room  []byte
	zero  int // so many bytes of room are zeros
}

// read is a blockReader: of the bytes where they lie, or else of copies.
func (f *hashFiller) read(at int64, size int, far bool, use func(b []byte)) error {
	block := mmapdoc.Range{Start: min(f.r.Start+at, f.r.End), End: min(f.r.Start+at+int64(size), f.r.End)}
	used := false
	err := f.ctx.Err()
	if err == nil && far {
		_, err = f.s.View(block, func(b []byte) error {
			used = true
			if f.fetch {
				mmapdoc.Fetch(b)
			}
			use(b)
			return nil
		})
	}
	if !used {
		n := 0
		if err == nil {
			n, err = f.fill(block)
		}
		use(f.room[:n])
	}
	if err == nil && block.End == f.r.End {
		err = io.EOF
	}
	return err
}

// fill copies the bytes of block, as far as they can be read, into the room.
func (f *hashFiller) fill(block mmapdoc.Range) (int, error) {
	size := int(block.Len())
	if len(f.room) < size {
		f.room, f.zero = make([]byte, size), size
	}
	for n := 0; n < size; {
		off := block.Start + int64(n)
		if off >= f.data.End {
			if f.data = f.s.NextData(off); f.data.Len() == 0 {
				f.data = mmapdoc.Range{Start: f.r.End, End: f.r.End}
			}
		}
		if off < f.data.Start {
			k := int(min(int64(size-n), f.data.Start-off))
			if clear(f.room[max(n, min(f.zero, n+k)) : n+k]); f.zero >= n {
				f.zero = max(f.zero, n+k)
			}
			n += k
			continue
		}
		part := f.room[n:min(int64(size), int64(n)+f.data.End-off)]
		f.zero = min(f.zero, n)
		if k, err := f.s.ReadAt(part, off); k < len(part) {
			return n + k, err
		}
		n += len(part)
	}
	return size, nil
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
	l.before, l.row = rows.Len(), rows.Len()
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
