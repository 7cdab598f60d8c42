package mmapdoc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"

	"hexlay/lifeline"
)

// How a save writes
//
// In place, when the document goes back to its own file and the length is the same. The inode, and with it other names,
// owner and permissions, stays.
//
//  1. The target is opened for writing, and locked against other saves; it must be the file the plan was made for.
//  2. The old bytes of all ranges are set aside (generation.go). That is what undo reads later, and what is written
//     back when a step below fails.
//  3. The target is compared with the plan once more: another program's bytes are never overwritten unasked.
//     They, and up to 16 MiB of new ones, are made durable in the save journal.
//  4. Ranges that are holes get their room on the disk, so that a full disk shows now and not in the middle.
//  5. The ranges are written, through a writable shared map where there is one.
//  6. One fdatasync makes them durable. What the system took off because the file was written is given back (setuid,
//     setgid, capabilities).
//
// When 4 to 6 fail, or the save is cancelled, the old bytes are written back and made durable; the error says
// if that failed too. A failed sync is never just repeated: the next one would report success for pages that the
// system has given up. The bytes are written again instead, by the write-back here and by the next save, whose plan
// has all ranges again. A crash in between leaves the journal, by which the next Open undoes or finishes the save.
//
// As a new file, when the length differs or the document goes elsewhere.
//
//  1. Symbolic links are resolved, so that the link stays and what it points to is replaced.
//  2. A temporary file beside the target, without a name where that can be, takes all bytes. Holes stay holes. While one part is written, the one before is
//     read back and the disk writes it.
//  3. It gets the owner, permissions, access lists and extended attributes of the file it replaces; when one of
//     them cannot be kept, the save stops here.
//  4. fsync, a lock on the old file, a last look for another program's changes, rename, fsync of the folder. After a
//     crash the target is the whole old file or the whole new one.
//
// The old file lives on without a name while the document is open, for undo reads it. Replacing breaks hard links, so
// the bytes of a file with other names are moved within it, under the journal, when its length changes.

var writeChunk = 1 << 20 // between two looks at the context; a variable for tests

// runInPlace does the steps of a save in place.
func (p *Plan) runInPlace(ctx context.Context, progress *atomic.Int64) error {
	w, err := p.openTarget(ctx, p.base.Size())
	if err != nil {
		return err
	}
	defer w.close()
	torn := p.base.state.Load().next != nil // an earlier save could not put the old bytes back: the copies stay in force
	next, err := p.base.setAside(ctx, p.Ranges)
	if err != nil {
		return err
	}
	if err := p.asideReady(w); err != nil {
		if !torn {
			p.base.unset()
		}
		return err
	}
	j, err := p.openJournalFor(p.base.asideIn(p.Ranges), ranged(p.Ranges), nil)
	if err != nil {
		if !torn {
			p.base.unset()
		}
		p.touched(w)
		return fmt.Errorf("%w; nothing was written", plainError(err))
	}
	failpoint("sealed")
	written, err := p.writeRanges(ctx, w, progress)
	if err == nil {
		err = w.sync(p.seen)
	}
	if err == nil {
		err = p.rights.keep(w.f)
	}
	if err == nil {
		err = p.verify(w)
	}
	if err == nil {
		err = notCut(w.f, p.base.Size(), p.kind)
	}
	if err != nil {
		if torn { // the earlier save wrote into the others
			written = p.Ranges
		}
		return p.writeBack(w, j, written, err)
	}
	failpoint("synced")
	if p.kind == Process { // what is shown after its end is what it had at last
		for _, r := range p.Ranges {
			_ = next.view(r.Start, r.Len(), func([]byte) error { return nil })
		}
	}
	p.forget(j)
	p.touched(w)
	if p.next = next; !p.kind.disk() && !p.seesIt() {
		if err := p.copied(); err != nil {
			return fmt.Errorf("the file is saved, but cannot be opened again: %w", plainError(err))
		}
	}
	return nil
}

// copied opens the target again, so that what was saved is read there.
func (p *Plan) copied() error {
	fresh, err := p.sameInode(p.base.Size())
	if err != nil {
		return err
	}
	live := newGeneration(fresh)
	err = p.base.replaceState(context.Background(), &generationState{aside: p.base.state.Load().aside, next: live})
	if err != nil {
		return errors.Join(err, fresh.Close())
	}
	fresh.setStamp(p.base.file.stamp()) // what another program wrote since is to be noticed
	p.fresh, p.next = fresh, live
	return nil
}

// seesIt says whether the maps of the document's open file show what was written. On a filesystem of layers (overlayfs) they do
// not, if the target was copied since it was opened: they show the old file for ever, though plain reads show the new one.
func (p *Plan) seesIt() bool {
	live := p.base.file.mapped
	for _, r := range p.Ranges[:min(len(p.Ranges), 64)] {
		off, same := r.Start, true
		err := p.snap.Scan(Range{r.Start, min(r.End, r.Start+4<<10)}, func(_ int64, b []byte) error {
			return live.view(off, int64(len(b)), func(now []byte) error {
				same = same && bytes.HasPrefix(b, now)
				off, b = off+int64(len(now)), b[len(now):]
				return nil
			})
		})
		if err != nil || !same {
			return false
		}
	}
	return true
}

// openTarget opens and locks the target, of size bytes, for a save in place, and finds that it is the one the plan was made for.
func (p *Plan) openTarget(ctx context.Context, size int64) (*fileWriter, error) {
	before, err := stampOf(p.target)
	if err != nil {
		return nil, plainError(err)
	}
	if what := p.seen.differs(before); what != "" {
		return nil, &ConflictError{p.Path, what}
	}
	w, err := openWriter(p.target, size, p.kind.disk())
	if err != nil {
		return nil, plainError(err)
	}
	p.ours(w, before) // a filesystem of layers makes a copy when a file is opened for writing
	if err = lockSaving(ctx, w.f); err == nil {
		before, err = w.stamp()
	}
	if err == nil {
		if what := p.seen.differs(before); what != "" {
			err = &ConflictError{p.Path, what}
		}
	}
	if err == nil {
		if p.rights, err = privilegesOf(w.f); p.rights.tried() {
			p.ours(w, before)
		}
	}
	if err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// ours takes note that the time of the target's change, which was as before, moved by what this save did.
func (p *Plan) ours(w *fileWriter, before stamp) {
	now, err := w.stamp()
	if err != nil || !before.changedUnseen(now) {
		return
	}
	if f := p.base.file; f.stamp().same(p.seen) {
		f.setStamp(now)
	}
	p.seen = now
}

// cutError is a file that another program cut short while it was written. Writing on would make it long again, with zeros
// where its bytes were.
type cutError struct{ size int64 }

func (e *cutError) Error() string {
	return fmt.Sprintf("another program cut the file to %s while it was written", byteCount(e.size))
}

// notCut fails if f ends before end.
func notCut(f *os.File, end int64, kind Kind) error {
	if kind.disk() {
		return nil
	}
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	if fi.Size() < end {
		return &cutError{fi.Size()}
	}
	return nil
}

// verify reads the ranges back.
func (p *Plan) verify(w *fileWriter) error {
	for _, r := range p.Ranges {
		err := readsBack(w.f, r, func(r Range, fn func(b []byte) error) error {
			return p.snap.Scan(r, func(_ int64, b []byte) error { return fn(b) })
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// targetSync is a variable for tests with a disk that fails.
var targetSync = syncData

// failpoint is where tests end the process.
var failpoint = func(name string) {}

// openJournalFor makes the journal of a save and makes it durable.
func (p *Plan) openJournalFor(lost, fresh []journalRange, steps []moveStep) (*saveJournal, error) {
	j := &saveJournal{lost: lost, fresh: fresh, steps: steps}
	j.head = journalHead{Name: filepath.Base(p.target), Path: p.target, Device: p.seen.device(), OldSize: p.base.Size(), NewSize: p.NewSize}
	if abs, err := filepath.Abs(p.target); err == nil {
		j.head.Path = abs
	}
	if _, ino, ok := inodeOf(p.seen.info); ok {
		j.head.Inode, j.head.Born = ino, born(p.target)
	}
	var total int64
	for _, r := range fresh {
		total += r.Len()
	}
	j.head.Finish = total <= keepFresh
	kept := p.base.file.journal
	lostBytes := func(r Range, fn func(b []byte) error) error { return p.base.view(r.Start, r.Len(), fn) }
	freshBytes := func(r Range, fn func(b []byte) error) error {
		return p.snap.Scan(r, func(_ int64, b []byte) error { return fn(b) })
	}
	spare := p.base.file.takeSpare()
	place := func(spare *os.File) error {
		return placeJournal(p.target, p.seen, kept, spare, func(f *os.File) error { return writeJournal(f, j, lostBytes, freshBytes) })
	}
	err := place(spare)
	if errors.Is(err, fs.ErrExist) { // what a save left that could not clear up goes now
		if torn, ferr := FindTornSave(p.target); torn == nil && ferr == nil {
			err = place(nil)
		}
	}
	if spare != nil && j.f != spare {
		_ = spare.Close()
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, errors.New("another save of this file was interrupted, or is running; open the file again")
	case err != nil:
		return nil, fmt.Errorf("no place for the save journal: %w", plainError(err))
	}
	if kept != nil {
		j.doubt()
		if err = os.Rename(j.path, kept.path); err == nil {
			j.path = kept.path
			err = syncFolder(filepath.Dir(j.path))
		}
		if err != nil {
			j.remove()
			return nil, fmt.Errorf("the save journal: %w", plainError(err))
		}
		kept.close()
		p.base.file.journal = nil
	}
	if names(p.seen.info) > 1 && j.path == besideName(p.target) {
		p.pointTo(j)
	}
	return j, nil
}

// pointTo leaves a link to j in the state folder, where the file's other names lead too. It is a help and no promise.
func (p *Plan) pointTo(j *saveJournal) {
	dir, err := StateDir()
	if err != nil {
		return
	}
	if abs, err := filepath.Abs(j.path); err == nil {
		if os.Symlink(abs, stateName(p.target, p.seen.info)) == nil {
			_ = syncFolder(dir)
		}
	}
}

// forget removes the journal of a save that is complete, or was wholly taken back.
func (p *Plan) forget(j *saveJournal) { dropJournal(j, p.target, p.seen.info) }

// ranged makes rows of a journal's table.
func ranged(ranges []Range) []journalRange {
	rows := make([]journalRange, len(ranges))
	for i, r := range ranges {
		rows[i].Range = r
	}
	return rows
}

// asideReady is the moment when the old bytes are safe in this process and the target is still untouched: the last chance
// to find that the save must not, or cannot, be done.
func (p *Plan) asideReady(w *fileWriter) error {
	if err := p.checkConflict(); err != nil {
		return err
	}
	for _, r := range p.Ranges {
		if err := w.allocate(r); err != nil {
			p.touched(w)
			return fmt.Errorf("making room for the changed bytes: %w; nothing was written", err)
		}
	}
	return nil
}

// writeRanges writes all ranges and returns those it has begun.
func (p *Plan) writeRanges(ctx context.Context, w *fileWriter, progress *atomic.Int64) (begun []Range, err error) {
	for i, r := range p.Ranges {
		err := p.snap.Scan(r, func(off int64, b []byte) error {
			for len(b) > 0 {
				if err := ctx.Err(); err != nil {
					return err
				}
				n := min(len(b), writeChunk)
				if err := notCut(w.f, off+int64(n), p.kind); err != nil {
					return err
				}
				if err := w.writeAt(b[:n], off); err != nil {
					return err
				}
				failpoint("write")
				progress.Add(int64(n))
				off, b = off+int64(n), b[n:]
			}
			return nil
		})
		if err != nil {
			return p.Ranges[:i+1], err
		}
	}
	return p.Ranges, nil
}

// writeBack puts the old bytes of ranges back after the save failed with cause, and returns what to tell about both.
func (p *Plan) writeBack(w *fileWriter, j *saveJournal, ranges []Range, cause error) error {
	w.plain() // what failed may have been the map
	var err error
	var cut *cutError
	if errors.As(notCut(w.f, p.base.Size(), p.kind), &cut) {
		cause = cut // which may have come up as something else
	}
	for _, r := range ranges {
		if cut != nil {
			if r.End = min(r.End, cut.size); r.Start >= r.End {
				continue
			}
		}
		off := r.Start
		rerr := p.base.view(r.Start, r.Len(), func(b []byte) error {
			werr := putBack(w.f, b, off, j.unsure, w.writeAt)
			off += int64(len(b))
			return werr
		})
		if err == nil { // the others are put back all the same
			err = rerr
		}
	}
	if err == nil {
		err = w.sync(p.seen)
	}
	if err != nil {
		// The copies stay in force: the document reads right, and the next plan writes these ranges again.
		p.touched(w)
		j.doubt()
		p.base.file.journal = j // which can do it later
		return fmt.Errorf("%w; the old bytes could not be put back (%v), the file may hold old and new bytes: open it again to undo this save", plainError(cause), plainError(err))
	}
	p.base.unset()
	p.forget(j)
	if cut != nil {
		return fmt.Errorf("%w; it has its old bytes up to there", cause)
	}
	return p.asItWas(w, cause)
}

// asItWas tells that the old bytes are in the target after the save failed with cause.
func (p *Plan) asItWas(w *fileWriter, cause error) error {
	err := p.rights.keep(w.f)
	p.touched(w)
	if err != nil {
		return fmt.Errorf("%w; the file has its old bytes, but %w", plainError(cause), err)
	}
	return fmt.Errorf("%w; the file is as it was", plainError(cause))
}

// touched takes note of what our own writing did to the target's times, so that it does not look like another program's.
func (p *Plan) touched(w *fileWriter) {
	now, err := w.stamp()
	if err != nil { // by its name, then
		now, err = stampOf(p.target)
	}
	if err == nil {
		p.base.file.setStamp(now)
	}
}

// runNewFile does the steps of a save as a new file.
func (p *Plan) runNewFile(ctx context.Context, progress *atomic.Int64) (err error) {
	f, named, err := createBeside(p.target, p.seen.exists())
	if err != nil {
		return fmt.Errorf("a new file beside it: %w", plainError(err))
	}
	temp := f.Name()
	defer func() {
		_ = f.Close()
		if err == nil || !named {
			return
		}
		if rerr := removeFile(temp); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
			err = fmt.Errorf("%w; the new file could not be removed (%v), it is %s", err, plainError(rerr), filepath.Base(temp))
		}
	}()
	if err := f.Truncate(p.NewSize); err != nil { // a length that the filesystem does not take shows first
		return plainError(err)
	}
	if err := p.writeAll(ctx, f, progress); err != nil {
		return plainError(err)
	}
	if p.seen.exists() {
		if err := keepAttributes(f, p.target); err != nil {
			return err
		}
	}
	if err := f.Sync(); err != nil {
		return plainError(err)
	}
	failpoint("written")
	if !named {
		if err := giveName(f, temp); err != nil {
			return plainError(err)
		}
		named = true
		if err := f.Sync(); err != nil { // that it has a name is new
			return plainError(err)
		}
	}
	if p.fresh, err = reopen(f, p.Path); err != nil {
		return plainError(err)
	}
	unlock, err := lockReplaced(ctx, p.target)
	if err == nil {
		defer unlock()
		err = p.checkConflict()
	}
	if err != nil {
		_ = p.fresh.Close()
		return err
	}
	left, err := replaceFile(temp, p.target)
	if err != nil && !gotName(f, temp, p.target) {
		_ = p.fresh.Close()
		return plainError(err)
	}
	if left != "" && p.base != nil {
		p.base.file.removeOnClose(left)
	}
	p.fresh.renamed(p.target)
	if err := syncFolder(filepath.Dir(p.target)); err != nil {
		return p.unsure(err)
	}
	if p.base != nil && p.base.file.journal != nil && p.base.file.stamp().sameFile(p.seen) { // what was half written has gone
		p.forget(p.base.file.journal)
		p.base.file.journal = nil
	}
	return nil
}

// replaceFile and removeFile are variables for tests with a filesystem that fails.
var replaceFile, removeFile = replace, os.Remove

// gotName tells that f, which was temp, is target now: a filesystem that others serve may report that a rename failed which was done.
func gotName(f *os.File, temp, target string) bool {
	if _, err := os.Lstat(temp); !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	own, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(target)
	return err == nil && os.SameFile(own, there)
}

// unsure is for a new file that has the name already, but maybe not after a power cut. It remembers the new file as the
// document's own doing, so that the next plan is free of a conflict, and returns what to tell.
func (p *Plan) unsure(cause error) error {
	if p.base != nil && p.base.file.stamp().sameFile(p.seen) {
		p.base.file.setStamp(p.fresh.stamp())
	}
	_ = p.fresh.Close()
	return fmt.Errorf("the new file is in place, but its folder could not be synced (%w): a power cut may bring back the old one", plainError(cause))
}

// writeAll writes the whole snapshot to f, which is one hole, leaving out what are holes and blocks of zeros. What is
// written is handed to the disk at once, so that little is left for the sync at the end, and read back by another goroutine.
func (p *Plan) writeAll(ctx context.Context, f *os.File, progress *atomic.Int64) error {
	end := p.sourceEnd()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	written, checked := make(chan Range, 64), make(chan error, 1)
	lifeline.Go("reading back", func() {
		err := p.compareAll(ctx, f, written)
		if err != nil {
			cancel(err)
		}
		checked <- err
	})
	err := p.eachData(ctx, progress, func(data Range) error {
		return p.writeData(ctx, f, data, progress, func(r Range) error {
			if err := startWriting(f, r); err != nil {
				return err
			}
			select {
			case written <- r:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})
	})
	if err != nil {
		cancel(err)
	}
	close(written)
	if cerr := <-checked; err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if now := p.sourceEnd(); now < end {
		return fmt.Errorf("the file was cut short to %s while it was read", byteCount(now))
	}
	return nil
}

// eachData calls fn with the parts of the snapshot that are not known to be zeros. Those are counted in progress.
func (p *Plan) eachData(ctx context.Context, progress *atomic.Int64, fn func(data Range) error) error {
	for off := int64(0); off < p.NewSize; {
		if err := ctx.Err(); err != nil {
			return err
		}
		data := p.snap.NextData(off)
		progress.Add(data.Start - off)
		if data.Len() > 0 {
			if err := fn(data); err != nil {
				return err
			}
		}
		off = data.End
	}
	return nil
}

const (
	// kernelCopy is from how many bytes on a part of the own file is copied within the kernel, if it keeps its place within
	// the pages: else the kernel needs more than twice as long as a read and a write.
	kernelCopy = 256 << 10
	// writeAhead is how much is written before it is handed to the disk and to be read back.
	writeAhead = 8 << 20
)

// writeData writes one range of data to f and calls wrote with its parts.
func (p *Plan) writeData(ctx context.Context, f *os.File, data Range, progress *atomic.Int64, wrote func(r Range) error) error {
	var err error
	told := data.Start
	tell := func(end int64, last bool) {
		if err == nil && end > told && (last || end-told >= writeAhead) {
			err = wrote(Range{told, end})
			told = end
		}
	}
	rest := Range{data.Start, data.Start} // what stands before the next piece and is not written yet
	flush := func() {
		r := rest
		rest.Start = rest.End
		if err != nil || r.Len() == 0 {
			return
		}
		serr := p.snap.Scan(r, func(at int64, b []byte) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			progress.Add(int64(len(b)))
			if err := writeSparse(f, b, at); err != nil {
				return err
			}
			tell(at+int64(len(b)), false)
			return err
		})
		if err == nil {
			err = serr
		}
	}
	p.snap.tree.walk(data.Start, data.End, func(at int64, q piece) bool {
		g, ok := q.src.store.(*generation)
		if ok && q.n >= kernelCopy && (at-q.off)%pageSize == 0 {
			flush()
			for done := int64(0); done < q.n && err == nil; {
				if err = ctx.Err(); err != nil {
					break
				}
				k := g.copyTo(f, at+done, q.off+done, min(q.n-done, copyAtOnce))
				if k == 0 {
					break
				}
				progress.Add(k)
				done += k
				rest.Start = at + done
				tell(rest.Start, false)
			}
			rest.Start = max(rest.Start, at)
		}
		rest.End = at + q.n
		return err == nil
	})
	flush()
	tell(data.End, true)
	return err
}

// compareAll reads back what was written. What a mapping of the source hands out is compared without a copy.
func (p *Plan) compareAll(ctx context.Context, f *os.File, written <-chan Range) error {
	for data := range written {
		err := readsBack(f, data, func(r Range, fn func(b []byte) error) error {
			return p.snap.Scan(r, func(_ int64, b []byte) error {
				if err := ctx.Err(); err != nil {
					return err
				}
				return fn(b)
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sourceEnd is where the document's own file ends right now. Bytes that vanish while they are copied can read as zeros.
func (p *Plan) sourceEnd() int64 {
	if p.base == nil {
		return 0
	}
	return p.base.file.mapped.look()
}

// sparseBlock is the unit in which zeros become holes: smaller ones would only scatter the file.
const sparseBlock = 64 << 10

// writeAtMost is how much a new file is given in one write. Longer ones have the system look for runs of free pages of up to
// 2 MiB, which took it three times as long to find as to write.
const writeAtMost = 128 << 10

// writeSparse writes b at off, but no whole blocks of zeros.
func writeSparse(f *os.File, b []byte, off int64) error {
	for len(b) > 0 {
		zeros, n := false, 0
		for n < min(len(b), writeAtMost) { // as many blocks as are alike
			k := min(len(b)-n, int(sparseBlock-(off+int64(n))%sparseBlock))
			z := isZero(b[n : n+k])
			if n > 0 && z != zeros {
				break
			}
			zeros, n = z, n+k
		}
		if !zeros {
			if _, err := f.WriteAt(b[:n], off); err != nil {
				return err
			}
		}
		off, b = off+int64(n), b[n:]
	}
	return nil
}

// createBeside makes an empty file in target's folder, for its owner only when it is to take the place of another
// file, whose permissions it gets later. Where it can, it has no name yet (named is false): a kill while it is written leaves
// nothing then.
func createBeside(target string, secret bool) (f *os.File, named bool, err error) {
	dir, base := filepath.Split(target)
	if len(base) > 200 {
		base = base[:200] // names are at most 255 bytes long
	}
	mode := os.FileMode(0o666)
	if secret {
		mode = 0o600
	}
	for try := 0; ; try++ {
		name := fmt.Sprintf("%s.%s.%08x.hexlay", dir, base, rand.Uint32())
		if f := namelessFile(name, uint32(mode)); f != nil {
			return f, false, nil
		}
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		if err == nil || !os.IsExist(err) || try == 100 {
			return f, true, err
		}
	}
}

// reopen opens f again, for reading only: a file that is open for writing cannot be started as a program.
func reopen(f *os.File, name string) (*savedFile, error) {
	r, err := os.Open(f.Name())
	if err != nil {
		return nil, err
	}
	fi, err := r.Stat()
	if err == nil {
		var sf *savedFile
		if sf, err = newSavedFile(r, name, fi.Size(), stampOfOpen(r, fi), false); err == nil {
			return sf, nil
		}
	}
	_ = r.Close()
	return nil, err
}
