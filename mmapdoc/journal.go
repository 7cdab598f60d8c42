package mmapdoc

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"hexlay/lifeline"
)

// How edits are journaled
//
// A journal holds the calls that changed a document, so that making them again on the same content gives the same
// document, with its history. What it starts from is the file as it was opened or last saved, or, where no file holds
// that, the content itself.
//
//  1. The document notes each edit in a queue, together with the pieces that it inserted. That costs a fraction of a
//     microsecond: pieces never change, so nothing is copied and nothing waits.
//  2. A goroutine of the journal takes what is queued, describes the pieces and appends it to the file with one write.
//     From then on the edits survive the end of the program. Bytes of the file, fills and large parts of other files are
//     described by where they are; only other bytes are copied.
//  3. syncAfter later at most an fsync, on a goroutine of its own, makes them survive the end of the machine.
//
// The file is made with the first edit. After a save there is nothing to recover, so it goes; when the document was
// edited while it was saved, a new file that begins with these edits takes its name.
//
// Undo and redo are noted as such as long as the steps were made since the content that the journal starts from. Older
// ones, which a replay cannot know, are noted as the edits that they amount to. Document.era tells them apart.
//
// When the journal cannot be written, Err says so, and some seconds later an edit makes a fresh file: after a failed
// write or fsync nobody knows what the old one holds.

const (
	syncAfter    = 700 * time.Millisecond
	journalRetry = 5 * time.Second
)

// literalLimit is how many bytes without a place in a file a single edit, or the content to start from, may copy into the
// journal. A variable for a test.
var literalLimit int64 = 256 << 20

// Journal keeps the edits of a document safe while they are made. Its methods may be called from any goroutine.
type Journal struct {
	mu       sync.Mutex
	queue    []journalOp
	failedAt time.Time // zero while all is well
	err      error

	wake   chan struct{}
	ended  chan struct{}
	failed atomic.Bool
	remove func()
}

// journalOp is something that the journal's goroutine has to do: note an edit, mostly.
type journalOp struct {
	kind     byte // a kind of record, or one of the op constants
	off, del int64
	join     Join
	n        uint64 // of undo and redo: the size after it; of a mark: its number
	ins      span
	record   []byte
	base     *journalBase
	done     chan<- error
}

const (
	opRebase = 'B' // start again from base, which ins (all of the document) replaces, unless it is the base
	opSync   = 'S'
	opEnd    = 'E' // n != 0: remove the file
)

// journalBase is what a journal's edits start from.
type journalBase struct {
	origin *origin
	info   Info
	stamp  stamp
	whole  bool // the document is its base: there is nothing to note
}

// StartJournal keeps the document's edits in a journal in the state folder from now on. It does nothing when there is
// one. The file is made with the first edit.
func (d *Document) StartJournal() error {
	if d.journal != nil {
		return nil
	}
	if d.tail != nil {
		if ended, _ := d.tail.Ended(); !ended {
			return nil
		}
		d.Grow()
	}
	dir, err := StateDir()
	if err != nil {
		return err
	}
	d.runJournal(&journalWriter{dir: dir, base: d.journalBase()})
	if d.Modified() {
		d.rebaseJournal()
	}
	return nil
}

func (d *Document) runJournal(w *journalWriter) {
	j := &Journal{wake: make(chan struct{}, 1), ended: make(chan struct{})}
	w.j = j
	j.remove = lifeline.AtEnd(func() { // not more than what is queued: an fsync may take longer than there is time
		j.sync(context.Background(), lifeline.Patience/2)
	})
	d.journal, d.era = j, d.era+1
	lifeline.Go("the journal of edits", w.run)
}

// Journal is the document's journal; nil when it has none.
func (d *Document) Journal() *Journal { return d.journal }

// Err says why the last edits are not kept, or nil.
func (j *Journal) Err() error {
	if j == nil || !j.failed.Load() {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.err
}

func (j *Journal) fail(err error) {
	j.mu.Lock()
	j.err, j.failedAt = err, time.Now()
	j.mu.Unlock()
	j.failed.Store(err != nil)
}

func (j *Journal) put(op journalOp) {
	j.mu.Lock()
	j.queue = append(j.queue, op)
	first := len(j.queue) == 1
	j.mu.Unlock()
	if first { // else it was woken already
		select {
		case j.wake <- struct{}{}:
		default:
		}
	}
}

// take is the queue so far; spare becomes the next one's memory.
func (j *Journal) take(spare []journalOp) []journalOp {
	clear(spare)
	j.mu.Lock()
	defer j.mu.Unlock()
	ops := j.queue
	j.queue = spare[:0]
	return ops
}

// Sync returns when everything noted so far would survive the end of the machine.
func (j *Journal) Sync(ctx context.Context) error {
	if j == nil {
		return nil
	}
	return j.sync(ctx, time.Minute)
}

func (j *Journal) sync(ctx context.Context, patience time.Duration) error {
	return j.ask(ctx, journalOp{kind: opSync}, patience)
}

func (j *Journal) ask(ctx context.Context, op journalOp, patience time.Duration) error {
	done := make(chan error, 1)
	op.done = done
	j.put(op)
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-j.ended:
		select {
		case err := <-done: // it ended with this very request
			return err
		default:
		}
		return errors.New("the journal has ended")
	case <-limit.C:
		return errors.New("the journal's disk does not answer")
	}
}

// DropJournal ends the journal and removes its file: the user has given up what it holds, or it is saved.
func (d *Document) DropJournal() error { return d.endJournal(1) }

// closeJournal ends the journal. Its file stays as long as there is something to recover.
func (d *Document) closeJournal() error {
	if d.Modified() {
		return d.endJournal(0)
	}
	return d.endJournal(1)
}

func (d *Document) endJournal(drop uint64) error {
	j := d.journal
	if j == nil {
		return nil
	}
	d.journal = nil
	defer j.remove()
	return j.ask(context.Background(), journalOp{kind: opEnd, n: drop}, time.Minute)
}

// What a Document notes.

func (d *Document) journalBase() *journalBase {
	b := &journalBase{origin: d.base, info: d.info, whole: d.state == d.saved}
	if g, ok := d.base.store.(*generation); ok {
		b.stamp = g.file.stamp()
	}
	return b
}

func (d *Document) noteSplice(off, del int64, ins span, j Join) {
	if d.journal == nil || d.restartJournal() {
		return
	}
	d.journal.put(journalOp{kind: recSplice, off: off, del: del, ins: ins, join: j})
}

func (d *Document) note(kind byte, n uint64) {
	if d.journal != nil && !d.restartJournal() {
		d.journal.put(journalOp{kind: kind, n: n})
	}
}

// noteTravel notes an undo (or redo) of a step of the given era, which had the effect c.
func (d *Document) noteTravel(kind byte, era uint32, c Change) {
	if d.journal == nil || d.restartJournal() {
		return
	}
	if era == d.era {
		d.journal.put(journalOp{kind: kind, n: uint64(d.tree.size)})
		return
	}
	d.freeze() // the pieces of what came are read later
	_, t := d.tree.split(d.epoch, c.Off)
	t, _ = t.split(d.epoch, c.Inserted)
	d.freeze()
	d.journal.put(journalOp{kind: recSplice, off: c.Off, del: c.Removed, ins: t.span()})
	d.era++ // a replay has another history from here on
}

// restartJournal begins a fresh file some time after the last one could not be written. It tells whether it did: the
// edit is part of what the new one starts with.
func (d *Document) restartJournal() bool {
	j := d.journal
	if !j.failed.Load() || d.group.depth > 0 {
		return false
	}
	j.mu.Lock()
	wait := time.Since(j.failedAt) < journalRetry
	j.mu.Unlock()
	if wait {
		return false
	}
	d.rebaseJournal()
	return true
}

// rebaseJournal starts the journal again from the document's base.
func (d *Document) rebaseJournal() {
	if d.journal == nil {
		return
	}
	d.era++
	d.freeze()
	d.journal.put(journalOp{kind: opRebase, base: d.journalBase(), ins: d.tree.span()})
}

// markJournal notes that a plan is made of the document as it is, and numbers it.
func (d *Document) markJournal() (mark uint64) {
	if d.journal == nil {
		return 0
	}
	d.era++
	d.note(recMark, uint64(d.era))
	return uint64(d.era)
}

// journalSave notes what the plan is about to do, and returns when all edits are safe. A journal that cannot be written
// is no reason not to save.
func (p *Plan) journalSave(ctx context.Context) {
	j := p.journal
	if j == nil || p.Method == Nothing {
		return
	}
	w := journalSaving{Mark: p.mark, Result: &fileIdentity{Size: p.NewSize, Sample: sampleHash(p.snap, p.NewSize)}}
	if p.Method == InPlace {
		w.Probe = newProbe(p.Ranges, p.base, p.snap)
	}
	j.put(journalOp{kind: recSaving, record: marshal(w)})
	_ = j.sync(ctx, time.Minute)
}
