package mmapdoc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
)

// Method is how a save writes.
type Method int

const (
	Nothing     Method = iota // the file holds these bytes already
	InPlace                   // the changed ranges are written into the file
	NewFile                   // a new file is written beside the old one and takes its name
	InPlaceMove               // bytes move within the file: another length without another inode
)

// String is a phrase for the screen.
func (m Method) String() string {
	switch m {
	case Nothing:
		return "nothing to write"
	case InPlace:
		return "in place"
	case NewFile:
		return "as a new file"
	case InPlaceMove:
		return "in place, moving bytes"
	}
	return "unknown"
}

// Plan is what a save will do; save.go tells how. It holds a snapshot: edits made after Plan are not part of it. A plan
// that ran without error is handed to Document.Saved; after an error, make a new one.
type Plan struct {
	Path             string // the file that will hold the document
	Method           Method
	Ranges           []Range // in place: what will be written
	Bytes            int64   // how many bytes will be written; of a new file, at most
	OldSize, NewSize int64   // of the file; OldSize is 0 when there is none
	Conflict         string  // "" or one line: what would be overwritten that the document does not know
	Force            bool    // set by the caller to overwrite in spite of Conflict

	doc    *Document // that made the plan
	name   string    // Path as it shows: its base name
	kind   Kind
	target string // Path without symbolic links in its last part
	seen   stamp  // target when the plan was made
	snap   *Snapshot
	// journal is that of doc, and mark the number of this plan in it.
	journal *Journal
	mark    uint64
	base    *generation // the document's file, nil when it has none

	rights privileges  // in place: of the target
	lost   []Range     // InPlaceMove: old bytes that go
	steps  []moveStep  // InPlaceMove
	next   *generation // in place, after Run: the base from now on
	fresh  *savedFile  // NewFile and InPlaceMove, after Run
	ran    bool
}

// Missing says that there was no file at Path when the plan was made.
func (p *Plan) Missing() bool { return !p.seen.exists() }

// ConflictError is returned by Run when another program changed the target and Force does not allow to overwrite that.
type ConflictError struct {
	Path string
	What string // one line
}

func (e *ConflictError) Error() string { return e.Path + ": " + e.What }

// Plan says how the document would be saved to path; "" is Info().Path. It fails when the save cannot be done at all
// and keep what belongs to the file: owner, permissions, other names.
func (d *Document) Plan(path string) (*Plan, error) {
	info := d.Info()
	if path == "" {
		if path = info.Path; path == "" {
			return nil, fmt.Errorf("%s: there is no file to save to; name one", info.Name)
		}
	}
	d.seal() // what is typed from now on is another undo step, so that the saved state can be found in the history
	p := &Plan{Path: path, doc: d, kind: File, snap: d.Snapshot(), journal: d.journal}
	p.NewSize = p.snap.Size()
	p.base, _ = d.baseStore().(*generation)
	if err := p.locate(info, d.Modified()); err != nil {
		return nil, fmt.Errorf("%s: %w", p.Path, plainError(err))
	}
	p.mark = d.markJournal()
	return p, nil
}

// locate finds the target and decides the method.
func (p *Plan) locate(info Info, modified bool) (err error) {
	var known stamp // what the document knows of its own file
	if p.base != nil {
		known = p.base.file.stamp()
	}
	if p.seen, err = stampOf(p.Path); err != nil {
		return err
	}
	// A file that a failed save has left half written is written again, whatever it is to hold.
	modified = modified || p.base != nil && p.base.state.Load().next != nil
	own := p.Path == info.Path
	if !own && known.sameFile(p.seen) {
		own = true
		if s, err := stampOf(info.Path); err == nil && s.sameFile(known) {
			p.Path = info.Path // another name of the own file
		}
	}
	if p.name = filepath.Base(p.Path); p.Path == info.Path {
		p.name = info.Name // that of a process is not its path's
	}
	if p.target, err = resolve(p.Path); err != nil {
		return err
	}
	p.OldSize = p.seen.size
	if own && info.Kind == Virtual {
		return errors.New("cannot be saved: " + info.ReadOnly)
	}
	if p.seen.exists() {
		if reason := readOnlyReason(p.target); reason != "" {
			return errors.New("cannot be saved: " + reason)
		}
		if mode := p.seen.info.Mode(); !mode.IsRegular() && !(own && info.Kind.disk()) {
			return errors.New("cannot be saved: only a regular file can be overwritten")
		}
	}
	if own {
		if p.Conflict = known.differs(p.seen); p.base != nil {
			p.Conflict = p.base.file.outside(p.seen)
		}
	} else if p.seen.exists() {
		p.Conflict = fmt.Sprintf("a file of %s is there already", byteCount(p.seen.size))
	}
	if own && info.Kind.disk() {
		p.kind = info.Kind
		return p.onDevice(modified)
	}
	switch {
	case own && !modified && p.Conflict == "" && known.exists():
		p.Method = Nothing
	case own && known.sameFile(p.seen) && p.NewSize == p.base.Size() && p.NewSize == p.seen.size && !p.base.halfMoved() && p.inPlace():
	default:
		return p.newFile(own && known.sameFile(p.seen) && p.seen.size == p.base.Size())
	}
	return nil
}

// newFile plans a save as a new file, or where that is not possible one that moves the bytes within the own file.
func (p *Plan) newFile(own bool) error {
	p.Method = NewFile
	p.Bytes = p.NewSize
	err := canReplace(p.target, p.seen)
	if err == nil {
		err = p.fits()
	}
	if err == nil || !own {
		return err
	}
	p.Bytes = 0
	if merr := p.planMove(); merr != nil {
		return fmt.Errorf("%w; nor can its bytes be moved within it: %w", err, merr)
	}
	return nil
}

// fits says whether there is room for a new file beside the old one.
func (p *Plan) fits() error {
	dir := filepath.Dir(p.target)
	free, ok := freeSpace(dir)
	if !ok || p.NewSize <= free {
		return nil
	}
	var need, base int64
	p.snap.tree.walk(0, p.NewSize, func(_ int64, q piece) bool {
		if q.src == p.snap.base {
			base += q.n
		} else if s, ok := q.src.store.(*patternStore); !ok || !isZero(s.pattern) {
			need += q.n
		}
		return true
	})
	if p.base != nil {
		base = min(base, p.base.file.mapped.allocated())
	}
	if need += base; need > free {
		return fmt.Errorf("cannot be saved as a new file: it takes up to %d bytes and %s has room for %d", need, dir, free)
	}
	return nil
}

// onDevice plans a save to the disk that the document was opened from.
func (p *Plan) onDevice(modified bool) error {
	p.OldSize = p.base.Size()
	what := "disk"
	if p.kind == Process {
		what = "process"
	}
	switch {
	case !p.seen.exists() || !p.seen.device():
		return fmt.Errorf("cannot be saved: the %s is gone", what)
	case p.NewSize != p.OldSize:
		return fmt.Errorf("cannot be saved: a %s cannot change its size from %s to %s", what, Grouped(p.OldSize), byteCount(p.NewSize))
	case modified && !p.inPlace():
		return fmt.Errorf("cannot be saved: the changes are in more than %s places far from each other", Grouped(int64(mostRanges)))
	}
	return nil
}

// inPlace plans a save in place; false: the changes are in too many places for its journal.
func (p *Plan) inPlace() bool {
	var near nearRanges
	p.snap.moved(near.add)
	if len(near.out) > mostRanges {
		return false
	}
	p.Method, p.Ranges = InPlace, near.out
	for _, r := range p.Ranges {
		p.Bytes += r.Len()
	}
	return true
}

// Lost are the ranges of the document that cannot be saved because another program cut the file they come from.
func (p *Plan) Lost() []Range { return p.snap.Lost(nil) }

// resolve follows the symbolic links that path itself is, also when the last one points nowhere yet.
func resolve(path string) (string, error) {
	for range 40 {
		fi, err := os.Lstat(path)
		if err != nil || fi.Mode()&os.ModeSymlink == 0 {
			return path, nil // what is wrong with it, opening it will tell
		}
		link, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(link) {
			link = filepath.Join(filepath.Dir(path), link)
		}
		path = link
	}
	return "", errors.New("too many symbolic links")
}

// Run saves. It may run on any goroutine, but only one Run of a document at a time, and the document must stay open.
// progress, which may be nil, counts the bytes written. When Run fails or ctx ends, the target is as it was, unless the
// error says otherwise; Plan again before another try.
func (p *Plan) Run(ctx context.Context, progress *atomic.Int64) error {
	if progress == nil {
		progress = new(atomic.Int64)
	}
	if p.ran {
		return fmt.Errorf("%s: this save has run already", p.Path)
	}
	err := ctx.Err()
	if err == nil && p.Method != Nothing {
		err = p.checkConflict()
	}
	if err == nil {
		p.journalSave(ctx)
		switch p.Method {
		case InPlace:
			err = p.runInPlace(ctx, progress)
		case NewFile:
			err = p.runNewFile(ctx, progress)
		case InPlaceMove:
			err = p.runMove(ctx, progress)
		}
	}
	p.ran = err == nil
	if _, ok := err.(*ConflictError); ok || err == nil {
		return err
	}
	return fmt.Errorf("%s: not saved: %w", p.Path, plainError(err))
}

// checkConflict compares the target with what the plan was made for. Force covers what the plan said, not what happened
// since.
func (p *Plan) checkConflict() error {
	now, err := stampOf(p.target)
	if err != nil {
		return plainError(err)
	}
	if what := p.seen.differs(now); what != "" {
		return &ConflictError{p.Path, what}
	}
	if p.Conflict != "" && !p.Force {
		return &ConflictError{p.Path, p.Conflict}
	}
	return nil
}

// Saved tells the document that p, a plan of its own, has run without error: the file that p wrote is now what the
// document was opened from, and what p saved counts as unmodified. Edits made since Plan stay. The plan of another
// document is refused and changes nothing.
func (d *Document) Saved(p *Plan) error {
	if p.doc != d {
		return fmt.Errorf("%s: this save is that of another document", p.Path)
	}
	if !p.ran {
		return fmt.Errorf("%s: the save has not run", p.Path)
	}
	if p.Method == Nothing {
		return nil
	}
	info := Info{Name: p.name, Path: p.Path, Kind: p.kind}
	base := p.next
	if p.fresh != nil {
		if base == nil {
			base = newGeneration(p.fresh)
		}
		if err := d.own(p.fresh); err != nil {
			return err
		}
	}
	d.rebase(p.snap, base, info)
	return nil
}

// own makes the document keep c open as long as pieces over it are in use.
func (d *Document) own(c io.Closer) error {
	if d.closed {
		_ = c.Close()
		return os.ErrClosed
	}
	leases := append([]*lease(nil), d.leases...) // snapshots hold the old slice
	d.leases = append(leases, &lease{holders: 1, closer: c})
	return nil
}
