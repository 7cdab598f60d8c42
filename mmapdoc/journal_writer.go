package mmapdoc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"hexlay/lifeline"
)

// journalWriter is the goroutine of a Journal and what only it knows.
type journalWriter struct {
	j    *Journal
	dir  string
	base *journalBase
	now  func() time.Time // nil: the clock

	file  *os.File // nil until the first edit
	path  string   // of file
	size  int64    // that was written and is whole
	check uint32   // of the last frame

	buf    []byte // frames to be written
	parts  []byte // of the splice being described
	data   []byte
	count  int
	dirty  bool // since the last fsync began
	timer  *time.Timer
	synced chan error // of the fsync that is running; nil when none is
	folder bool       // the folder was synced since the file was made
}

func (w *journalWriter) run() {
	defer close(w.j.ended)
	w.timer = time.NewTimer(time.Hour)
	w.timer.Stop()
	var ops []journalOp
	for {
		select {
		case <-w.j.wake:
			ops = w.j.take(ops)
			if w.work(ops) {
				return
			}
		case <-w.timer.C:
			w.syncLater()
		case err := <-w.synced:
			w.synced = nil
			if err != nil {
				w.fail(err)
			} else if w.dirty {
				w.timer.Reset(syncAfter)
			}
		}
	}
}

// work does ops and tells whether the journal has ended.
func (w *journalWriter) work(ops []journalOp) (ended bool) {
	for i := range ops {
		op := &ops[i]
		switch op.kind {
		case opSync:
			op.done <- w.syncNow()
		case opEnd:
			op.done <- w.end(op.n != 0)
			return true
		case opRebase:
			w.waitSync()
			if err := w.rebase(op); err != nil {
				w.fail(err)
			} else {
				w.j.fail(nil)
			}
		default:
			if w.j.failed.Load() {
				continue // the file is no longer in step; a rebase makes a fresh one
			}
			before, size := len(w.buf), w.size
			if err := w.describe(op); err != nil {
				if w.file != nil && w.size == size && before <= len(w.buf) { // it is the edit that could not be described, not those before it
					w.buf = w.buf[:before]
					_ = w.flush() // err is told either way
				}
				w.fail(err)
			}
		}
	}
	if len(w.buf) > 0 && !w.j.failed.Load() {
		if err := w.flush(); err != nil {
			w.fail(err)
		}
	}
	return false
}

// fail gives up the file: what it holds stays a journal that ends here.
func (w *journalWriter) fail(err error) {
	w.buf, w.parts, w.data, w.count = w.buf[:0], w.parts[:0], w.data[:0], 0
	w.j.fail(fmt.Errorf("the journal of edits cannot be written: %w", plainError(err)))
}

// describe appends the frames of an edit to buf. The first makes the file.
func (w *journalWriter) describe(op *journalOp) error {
	if w.file == nil {
		if op.kind == recSeal || op.kind == recMark || op.kind == recSaving {
			return nil // nothing was edited
		}
		if err := w.create(); err != nil {
			return err
		}
	}
	switch op.kind {
	case recSplice:
		return w.splice(op.off, op.del, op.ins, op.join)
	case recUndo, recRedo, recMark:
		w.frame(op.kind, binary.AppendUvarint(nil, op.n))
	default:
		w.frame(op.kind, op.record)
	}
	return w.spill()
}

func (w *journalWriter) frame(kind byte, record ...[]byte) {
	w.buf, w.check = appendFrame(w.buf, w.check, kind, record...)
}

// spill writes what is described so far when that is much.
func (w *journalWriter) spill() error {
	if len(w.buf) < maxFrame {
		return nil
	}
	return w.flush()
}

// flush appends buf to the file.
func (w *journalWriter) flush() error {
	n, err := w.file.WriteAt(w.buf, w.size)
	w.size += int64(n)
	w.buf = w.buf[:0]
	if err != nil {
		return err
	}
	if !w.dirty {
		w.dirty = true
		if w.synced == nil {
			w.timer.Reset(syncAfter)
		}
	}
	return nil
}

// syncLater begins an fsync that nothing waits for.
func (w *journalWriter) syncLater() {
	if w.synced != nil || w.file == nil || !w.dirty {
		return
	}
	done := make(chan error, 1)
	w.synced, w.dirty = done, false
	file, folder := w.file, !w.folder
	w.folder = true
	lifeline.Go("the fsync of a journal", func() { done <- syncJournal(file, w.dir, folder) })
}

// journalSync is a variable for a test with a slow disk.
var journalSync = (*os.File).Sync

func syncJournal(file *os.File, dir string, folder bool) error {
	if err := journalSync(file); err != nil {
		return err
	}
	if folder {
		return syncFolder(dir)
	}
	return nil
}

func (w *journalWriter) waitSync() {
	if w.synced == nil {
		return
	}
	err := <-w.synced
	w.synced = nil
	if err != nil {
		w.fail(err)
	}
}

// syncNow makes all that was described durable.
func (w *journalWriter) syncNow() error {
	w.waitSync()
	if err := w.j.Err(); err != nil || w.file == nil {
		return err
	}
	err := w.flush()
	if err == nil {
		w.dirty = false
		err = syncJournal(w.file, w.dir, !w.folder)
		w.folder = true
	}
	if err != nil {
		w.fail(err)
	}
	return w.j.Err()
}

// end closes the file, and removes it if its content is of no use any more.
func (w *journalWriter) end(drop bool) error {
	if w.file == nil {
		return nil
	}
	if drop {
		w.waitSync()
		return w.discard()
	}
	err := w.syncNow()
	return errors.Join(err, w.file.Close())
}

// discard removes the file. The name goes before the lock, so that nobody finds it and takes it for a dead one's.
func (w *journalWriter) discard() error {
	if w.file == nil {
		return nil
	}
	err := removeOpen(w.file, w.path)
	w.file, w.size, w.check, w.dirty, w.buf = nil, 0, 0, false, w.buf[:0]
	return err
}

// removeOpen removes the file at path and closes f, which is it.
func removeOpen(f *os.File, path string) error {
	err := os.Remove(path)
	if err != nil { // where an open file cannot be removed
		_ = f.Truncate(0)
	}
	cerr := f.Close()
	if err != nil {
		err = os.Remove(path)
	}
	return errors.Join(err, cerr)
}

// rebase makes op.base what the edits start from.
func (w *journalWriter) rebase(op *journalOp) error {
	w.base, w.buf = op.base, w.buf[:0]
	if op.base.whole {
		return w.discard()
	}
	old, oldPath := w.file, w.path
	w.file = nil
	err := w.create()
	if err == nil {
		err = w.splice(0, op.base.origin.Size(), op.ins, Alone)
	}
	if err == nil {
		err = w.flush()
	}
	if err == nil {
		err = syncJournal(w.file, w.dir, true)
		w.dirty, w.folder = false, true
	}
	if err != nil {
		if old != nil { // it is still good for what it holds
			if w.file != nil {
				_ = w.discard()
			}
			w.file, w.path = old, oldPath
		}
		return err
	}
	if old != nil { // the new one stands beside it by now: both are good for the moment in between
		return removeOpen(old, oldPath)
	}
	return nil
}

const journalPrefix = "edits-"

// create makes the file, locks it for as long as it is open, and describes what its edits start from.
func (w *journalWriter) create() error {
	h, err := w.header()
	if err != nil {
		return err
	}
	key := "memory"
	if h.File != nil && h.File.Key != "" {
		key = h.File.Key
	} else if len(h.Path) > 0 {
		key = fileKey(nil, string(h.Path))
	}
	// It gets its name when it is locked: one that is not is taken for that of a program that has ended. On a
	// filesystem without locks all of them are.
	name := fmt.Sprintf("%s-%s-%08x", key, h.Began.Format("20060102.150405"), rand.Uint32())
	fresh := filepath.Join(w.dir, "new-"+name)
	f, err := createPrivate(fresh)
	if err != nil {
		return err
	}
	_, _ = lockFile(f)
	w.path = filepath.Join(w.dir, journalPrefix+name)
	if err := os.Rename(fresh, w.path); err != nil {
		_ = removeOpen(f, fresh)
		return err
	}
	w.file, w.folder, w.dirty, w.size, w.check = f, false, false, 0, 0
	w.buf = append(w.buf[:0], journalMagic...)
	w.frame(recHeader, marshal(h))
	if !h.Held {
		return nil
	}
	store := w.base.origin.store
	return store.view(0, store.Size(), func(b []byte) error {
		for len(b) > 0 {
			n := min(len(b), maxFrame/2)
			w.frame(recBase, b[:n])
			if err := w.spill(); err != nil {
				return err
			}
			b = b[n:]
		}
		return nil
	})
}

func (w *journalWriter) header() (*journalHeader, error) {
	base := w.base
	h := &journalHeader{Name: []byte(base.info.Name), Path: []byte(absolute(base.info.Path)), Kind: base.info.Kind, PID: os.Getpid(), Began: time.Now()}
	size := base.origin.Size()
	if base.info.Path != "" && base.info.Kind != Virtual {
		if base.stamp.exists() {
			h.File = identityOf(base.stamp, base.info.Path, base.origin, size)
		}
		return h, nil
	}
	if h.Held = size > 0; size > literalLimit {
		return nil, fmt.Errorf("%s is %d bytes that no file holds, too many to be copied", base.info.Name, size)
	}
	return h, nil
}

// Splices.

// splice describes an edit. Literal bytes are copied into frames of their own when they are many.
func (w *journalWriter) splice(off, del int64, ins span, j Join) error {
	w.parts, w.data, w.count = w.parts[:0], w.data[:0], 0
	limit := literalLimit
	var err error
	if ins.root != nil {
		ins.root.total().walk(0, ins.n, func(_ int64, p piece) bool {
			err = w.part(p, &limit)
			return err == nil
		})
	} else if ins.n > 0 {
		err = w.part(ins.piece, &limit)
	}
	if err != nil {
		return err
	}
	record := make([]byte, 0, 64)
	for _, n := range []uint64{uint64(off), uint64(del), uint64(j), uint64(ins.n), uint64(w.count)} {
		record = binary.AppendUvarint(record, n)
	}
	w.frame(recSplice, record, w.parts, w.data)
	w.parts, w.data, w.count = w.parts[:0], w.data[:0], 0
	return w.spill()
}

// part describes a piece.
func (w *journalWriter) part(p piece, limit *int64) error {
	switch s := p.src.store.(type) {
	case *patternStore:
		if p.n <= int64(len(s.pattern)) {
			return w.literal(p, limit)
		}
		w.addPart(partFill, p.off%int64(len(s.pattern)), p.n, int64(len(s.pattern)))
		return w.addData(s.pattern)
	case *generation:
		return w.filePart(p, s, limit)
	}
	switch p.src {
	case w.base.origin:
		w.addPart(partBase, p.off, p.n)
	case w.base.origin.pasted:
		w.addPart(partPasted, p.off, p.n)
	default:
		return w.literal(p, limit)
	}
	return w.full()
}

// filePart describes a piece of a file. Bytes that saves have overwritten since are literal, all others stand where they
// stood.
func (w *journalWriter) filePart(p piece, g *generation, limit *int64) error {
	for p.n > 0 {
		if g == w.base.origin.store {
			kind := byte(partPasted)
			if p.src == w.base.origin {
				kind = partBase
			}
			w.addPart(kind, p.off, p.n)
			return w.full()
		}
		s := g.enter()
		at, k := s.locate(p.off, p.n)
		next := s.next
		s.leave()
		part := p.cut(0, k)
		p = p.cut(k, p.n)
		var err error
		switch {
		case at == nil && next != nil:
			err = w.filePart(part, next, limit)
		case at == nil && k > filePartFrom && g.file.mapped.name != "":
			err = w.foreign(part, g)
		case at != nil && at.copy < 0 && k > longFill:
			w.addPart(partFill, 0, k, 1)
			err = w.addData([]byte{0})
		default:
			err = w.literal(part, limit)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// filePartFrom is from how many bytes on a part of another file is described by its place.
const filePartFrom = 1 << 20

func (w *journalWriter) foreign(p piece, g *generation) error {
	seen := g.file.stamp()
	path := absolute(g.file.mapped.name)
	named := marshal(journalFile{Path: []byte(path), fileIdentity: *identityOf(seen, path, g, g.Size())})
	w.addPart(partFile, p.n, int64(len(named)))
	if err := w.addData(named); err != nil {
		return err
	}
	w.parts = binary.AppendUvarint(w.parts, uint64(p.off))
	return w.full()
}

func (w *journalWriter) literal(p piece, limit *int64) error {
	if *limit -= p.n; *limit < 0 {
		return fmt.Errorf("an edit of more than %d bytes that no file holds is too large for it", literalLimit)
	}
	w.addPart(partLiteral, p.n)
	return p.src.view(p.off, p.n, w.addData)
}

func (w *journalWriter) addPart(kind byte, ints ...int64) {
	w.parts = append(w.parts, kind)
	for _, n := range ints {
		w.parts = binary.AppendUvarint(w.parts, uint64(n))
	}
	w.count++
}

// full gives the parts so far a frame of their own when they are many.
func (w *journalWriter) full() error {
	if len(w.parts) < maxFrame/4 {
		return nil
	}
	w.frame(recParts, w.parts)
	w.parts = w.parts[:0]
	return w.spill()
}

func (w *journalWriter) addData(b []byte) error {
	for len(b) > 0 {
		n := min(len(b), maxFrame/2-len(w.data))
		w.data = append(w.data, b[:n]...)
		if b = b[n:]; len(w.data) == maxFrame/2 {
			w.frame(recData, w.data)
			w.data = w.data[:0]
			if err := w.spill(); err != nil {
				return err
			}
		}
	}
	return w.full()
}
