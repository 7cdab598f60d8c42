package mmapdoc

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"time"
)

// TornSave is a save in place that was ended before it was complete: by a crash, a kill, a power cut. The file holds old
// and new bytes until Undo or Finish was called.
type TornSave struct {
	Path             string // the file
	Journal          string // the file that knows how to go on
	When             time.Time
	OldSize, NewSize int64
	Changed          int64  // how many bytes the save was about to write
	CanUndo          bool   // all that is needed for the old bytes is there
	CanFinish        bool   // and the new bytes are known
	Foreign          string // "" or what another program did to the file since: undoing would overwrite that
	Elsewhere        bool   // the file that the journal belongs to could not be found
}

// TornSaveError is returned by Open for a file that holds a part of a save.
type TornSaveError struct{ Torn *TornSave }

func (e *TornSaveError) Error() string {
	how := "mend it by hexlay recover --undo"
	switch {
	case !e.Torn.CanUndo:
		how = "have it kept so by hexlay recover --keep"
	case e.Torn.CanFinish:
		how += " or --finish"
	}
	return fmt.Sprintf("%s: a save of this file was interrupted at %s, so it holds old and new bytes; open it in the editor, or %s",
		e.Torn.Path, e.Torn.When.Format("2006-01-02 15:04:05"), how)
}

var errLocked = errors.New("another program is saving this file right now")

const savePatience = 2 * time.Second // what another program's save may take until it is reported

// FindTornSave looks for an interrupted save of the file path; nil when there is none. What was left by a save that was
// complete, or had not begun, is cleared away.
func FindTornSave(path string) (*TornSave, error) {
	torn, j, _, err := findTorn(path)
	if j != nil {
		j.close()
	}
	return torn, err
}

// TornSaves are the interrupted saves whose journals stand in the state folder. Those beside their files are found by
// FindTornSave.
func TornSaves() ([]*TornSave, error) {
	home, err := stateHome()
	if err != nil {
		return nil, nil
	}
	entries, err := os.ReadDir(filepath.Join(home, "hexlay"))
	if err != nil {
		return nil, nil // no folder, no journals
	}
	var all []*TornSave
	var errs []error
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "save-") {
			continue
		}
		j, err := openJournal(filepath.Join(home, "hexlay", e.Name()), nil)
		if err != nil || j == nil {
			errs = append(errs, err)
			continue
		}
		path := j.head.Path
		j.close()
		torn, err := FindTornSave(path)
		errs = append(errs, err)
		if torn != nil {
			all = append(all, torn)
		}
	}
	return all, errors.Join(errs...)
}

// journalsOf are the names under which a journal of target may stand.
func journalsOf(target string, fi os.FileInfo) []string {
	var list []string
	if fi.Mode()&os.ModeDevice == 0 && !isMemory(target) {
		list = append(list, besideName(target))
	}
	if name := stateName(target, fi); name != "" {
		list = append(list, name)
	}
	return list
}

// findTorn is FindTornSave; with an interrupted save it returns its journal, locked, and the file's name without links.
func findTorn(path string) (*TornSave, *saveJournal, string, error) {
	target, err := resolve(path)
	if err != nil {
		return nil, nil, "", err
	}
	fi, err := os.Stat(target)
	if err != nil {
		return nil, nil, "", err
	}
	for _, name := range journalsOf(target, fi) {
		if link, err := os.Readlink(name); err == nil { // of a file with several names
			if _, err := os.Lstat(link); errors.Is(err, fs.ErrNotExist) && name == stateName(target, fi) {
				_ = os.Remove(name) // its save is over
			}
			name = link
		}
		j, err := openJournal(name, fi)
		if err != nil {
			return nil, nil, "", fmt.Errorf("%s: %w", path, plainError(err))
		}
		if j == nil {
			continue
		}
		torn, err := j.judge(target)
		if err != nil {
			j.close()
			return nil, nil, "", fmt.Errorf("%s: the save journal %s: %w", path, name, plainError(err))
		}
		if torn == nil || torn.Foreign != "" && j.ofAnother(target) { // all old, all new, or nothing of this file's
			dropJournal(j, target, fi)
			continue
		}
		torn.Path = path
		return torn, j, target, nil
	}
	return nil, nil, "", nil
}

// openJournal opens and locks the journal name; nil when there is none, or when it was not complete, which clears it
// away. target is the file it is for, nil when unknown.
func openJournal(name string, target os.FileInfo) (*saveJournal, error) {
	fi, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("looking for the journal of an interrupted save: %w", plainError(err))
	}
	owner := os.Geteuid()
	if target != nil {
		owner = ownerOf(target)
	}
	if !fi.Mode().IsRegular() || !trusted(fi, owner) {
		return nil, nil // not one of ours: whoever can write the folder could have put it there
	}
	f, err := os.OpenFile(name, os.O_RDWR|noFollow|nonBlock, 0)
	if errors.Is(err, fs.ErrPermission) {
		f, err = os.OpenFile(name, os.O_RDONLY|noFollow|nonBlock, 0)
	}
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, fmt.Errorf("a save of it was interrupted, but the journal %s cannot be read: %w", name, plainError(err))
	}
	for end := time.Now().Add(savePatience); ; time.Sleep(20 * time.Millisecond) {
		if err = lockJournal(f); !errors.Is(err, errLocked) || time.Now().After(end) {
			break
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	now, err := os.Lstat(name)
	if mine, merr := f.Stat(); merr != nil || err != nil && !errors.Is(err, fs.ErrNotExist) {
		_ = f.Close()
		return nil, fmt.Errorf("looking for the journal of an interrupted save: %w", plainError(cmp.Or(merr, err)))
	} else if err != nil || !os.SameFile(now, mine) {
		_ = f.Close() // the save that held the lock is done
		return nil, nil
	}
	j, err := readJournal(f, name, func(h *journalHead) bool { return target == nil || h.names(target) })
	if errors.Is(err, errUnsealed) {
		_ = os.Remove(name)
		_ = f.Close()
		return nil, nil
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return j, nil
}

// dropJournal removes j and what points to it.
func dropJournal(j *saveJournal, target string, fi os.FileInfo) {
	if name := stateName(target, fi); name != "" {
		if link, err := os.Readlink(name); err == nil && link == j.path {
			_ = os.Remove(name)
		}
	}
	j.remove()
}

// judge compares target with its journal; nil when it is wholly old or wholly new.
func (j *saveJournal) judge(target string) (*TornSave, error) {
	f, err := openNonblock(target)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return nil, err
	}
	h := &j.head
	torn := &TornSave{Path: target, Journal: j.path, OldSize: h.OldSize, NewSize: h.NewSize, CanUndo: true, CanFinish: h.Finish}
	if jfi, err := j.f.Stat(); err == nil {
		torn.When = jfi.ModTime()
	}
	for _, r := range j.fresh {
		torn.Changed += r.Len()
	}
	for _, s := range j.steps {
		torn.Changed += s.n
	}
	size := fi.Size()
	if h.Device {
		size = h.OldSize
	}
	_, ino, ok := inodeOf(fi)
	switch {
	case isMemory(target) && h.Born != born(target):
		torn.Foreign = "it is another process"
	case ok && !h.Device && h.Inode != 0 && ino != h.Inode, !h.Device && h.Born != 0 && born(target) != 0 && born(target) != h.Born:
		torn.Foreign = "it was replaced by another file since, or copied"
	}
	if torn.Foreign != "" && max(j.bytes(), size) > believed {
		return torn, nil // to compare that much for somebody else's journal could take for ever
	}
	last, err := newMover(f, j).last()
	if err != nil {
		return nil, err
	}
	whole := false
	if !j.unsure && last.doneAfter() == len(j.steps) && size == h.NewSize {
		if whole, err = j.freshIn(f); err != nil {
			return nil, err
		}
	}
	if !j.unsure && !whole && size == h.OldSize && j.backAt(f, last) {
		if whole, err = j.lostIn(f); err != nil {
			return nil, err
		}
	}
	if whole { // to the system; its journal goes when it is so on the disk too
		return nil, syncData(f)
	}
	switch {
	case size < min(h.OldSize, h.NewSize):
		torn.Foreign = fmt.Sprintf("another program has cut it to %s since, too few to mend it", byteCount(size))
		torn.CanUndo, torn.CanFinish = false, false
	case size > max(h.OldSize, h.NewSize):
		torn.Foreign = fmt.Sprintf("it has %s now, which another program must have done", byteCount(size))
	case torn.Foreign != "":
	case len(j.steps) == 0 && h.Finish && h.OldSize == h.NewSize:
		if off, err := j.neither(f); err != nil {
			return nil, err
		} else if off >= 0 {
			torn.Foreign = fmt.Sprintf("at %#x it holds what is neither the old nor the new byte", off)
		}
	}
	return torn, nil
}

// bytes is how many bytes the journal speaks of.
func (j *saveJournal) bytes() (n int64) {
	for _, table := range [][]journalRange{j.lost, j.fresh} {
		for _, r := range table {
			if n += r.Len(); n < 0 {
				return math.MaxInt64
			}
		}
	}
	return n
}

// backAt says whether no step of j is in f, because none was begun or the last one of the way back is there.
func (j *saveJournal) backAt(f *os.File, last *slot) bool {
	if last == nil {
		return true
	}
	if last.kind != stepBack || last.step != 0 {
		return false
	}
	have := make([]byte, len(last.b))
	_, err := f.ReadAt(have, j.steps[0].dst)
	return err == nil && bytes.Equal(have, last.b)
}

// ofAnother says whether j, which stands in the state folder under target's inode number, belongs to a file that had that
// number before.
func (j *saveJournal) ofAnother(target string) bool {
	if j.path == besideName(target) || j.head.Device && !isMemory(target) {
		return false
	}
	if b := born(target); b != 0 && j.head.Born != 0 {
		return b != j.head.Born
	}
	return !sameNamed(target, j.head.Path)
}

func sameNamed(a, b string) bool {
	fa, err := os.Stat(a)
	if err != nil {
		return false
	}
	fb, err := os.Stat(b)
	return err == nil && os.SameFile(fa, fb)
}

// freshIn says whether f holds all the new bytes.
func (j *saveJournal) freshIn(f *os.File) (bool, error) {
	sum := sha256.New()
	for _, r := range j.fresh {
		if _, err := io.Copy(sum, io.NewSectionReader(f, r.Start, r.Len())); err != nil {
			return false, err
		}
	}
	return bytes.Equal(sum.Sum(nil), j.freshSum[:]), nil
}

// lostIn says whether f holds all the old bytes.
func (j *saveJournal) lostIn(f *os.File) (bool, error) {
	same := true
	for _, r := range j.lost {
		off := r.Start
		var buf []byte
		err := j.bytesOf(r, r.Range, func(b []byte) error {
			buf = append(buf[:0], b...)
			if _, err := f.ReadAt(buf, off); err != nil {
				return err
			}
			same = same && bytes.Equal(buf, b)
			off += int64(len(b))
			return nil
		})
		if err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

// neither is the first offset of f, within the ranges of a save that moved nothing, whose byte is neither old nor new; -1
// when there is none.
func (j *saveJournal) neither(f *os.File) (int64, error) {
	m := newMover(f, j)
	for _, r := range j.fresh {
		for off := r.Start; off < r.End; {
			n := min(r.End-off, readBlock)
			have, fresh, old := make([]byte, n), make([]byte, 0, n), make([]byte, 0, n)
			if _, err := f.ReadAt(have, off); err != nil {
				return 0, err
			}
			part := Range{off, off + n}
			if err := j.bytesOf(r, part, func(b []byte) error { fresh = append(fresh, b...); return nil }); err != nil {
				return 0, err
			}
			if err := m.old(part, func(b []byte) error { old = append(old, b...); return nil }); err != nil {
				return 0, err
			}
			for i, b := range have {
				if b != fresh[i] && b != old[i] {
					return off + int64(i), nil
				}
			}
			off += n
		}
	}
	return -1, nil
}

// Undo makes the file exactly what it was before the interrupted save.
func (t *TornSave) Undo() error { return t.mend(false) }

// Finish makes the file exactly what the interrupted save was to make of it. It fails unless CanFinish.
func (t *TornSave) Finish() error { return t.mend(true) }

// Forget leaves the file as it is now and gives up what could mend it.
func (t *TornSave) Forget() error {
	_, j, target, err := findTorn(t.Path)
	if err != nil || j == nil {
		return err
	}
	fi, err := os.Stat(target)
	if err != nil {
		j.close()
		return err
	}
	dropJournal(j, target, fi)
	return nil
}

func (t *TornSave) mend(finish bool) error {
	now, j, target, err := findTorn(t.Path)
	if err != nil {
		return err
	}
	if j == nil {
		return nil // somebody else did
	}
	defer j.close()
	if now.Journal != t.Journal || !now.When.Equal(t.When) && len(j.steps) == 0 {
		return fmt.Errorf("%s: this is another interrupted save than the one that was looked at", t.Path)
	}
	if !now.CanUndo {
		return fmt.Errorf("%s: %s", t.Path, now.Foreign)
	}
	if finish && !now.CanFinish {
		return fmt.Errorf("%s: the interrupted save cannot be finished, its new bytes were too many to keep; it can be undone", t.Path)
	}
	if err := j.mend(target, finish); err != nil {
		return fmt.Errorf("%s: the interrupted save is still there: %w", t.Path, plainError(err))
	}
	fi, err := os.Stat(target)
	if err != nil {
		return err
	}
	dropJournal(j, target, fi)
	return nil
}

func (j *saveJournal) mend(target string, finish bool) error {
	f, err := os.OpenFile(target, os.O_RDWR|nonBlock, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := lockSaving(context.Background(), f); err != nil {
		return err
	}
	if rights, err := privilegesOf(f); err == nil { // what cannot be kept is no reason to leave it torn
		defer rights.keep(f)
	}
	m := newMover(f, j)
	if err := m.resume(); err != nil {
		return err
	}
	if !finish {
		if err := m.back(); err != nil {
			return err
		}
		for _, r := range j.lost {
			if err := readsBack(f, r.Range, func(_ Range, fn func([]byte) error) error { return j.bytesOf(r, r.Range, fn) }); err != nil {
				return err
			}
		}
		return nil
	}
	if err := m.there(context.Background(), j.freshBytes); err != nil {
		return err
	}
	if j.head.Device {
		return nil
	}
	return m.cut(j.head.NewSize)
}

// freshBytes hands the new bytes of r, which is one of the fresh ranges, to fn.
func (j *saveJournal) freshBytes(r Range, fn func(b []byte) error) error {
	i := sort.Search(len(j.fresh), func(i int) bool { return j.fresh[i].End > r.Start })
	if i < len(j.fresh) && j.fresh[i].Start <= r.Start && r.End <= j.fresh[i].End && j.fresh[i].at >= 0 {
		return j.bytesOf(j.fresh[i], r, fn)
	}
	return errors.New("the new bytes were not kept")
}
