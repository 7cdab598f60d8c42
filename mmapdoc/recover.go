package mmapdoc

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Recovery is a journal of edits that were not saved.
type Recovery struct {
	ID    string    // its name in the state folder
	Name  string    // of the document
	Path  string    // of the document's file, absolute; "" when it had none
	PID   int       // of the program that wrote it
	Began time.Time // when the first edit was made
	Last  time.Time // when the last one was written
	Bytes int64     // size of the journal
	Edits int       // edits, undos and redos, as the journal has them
	// Changes are the edits as their user counts them: the steps that undo would take back; Amount is how many bytes they
	// replaced, inserted or deleted. Of the recoveries of a document, what its file has already counts in none of the three.
	Changes int
	Amount  int64
	Until   time.Time // when a journal that was set aside is removed; zero for the others
	Live    bool      // the program still runs
	Torn    bool      // the journal ends within a record, or is damaged there: what is before can be recovered
	// Misfit says, of the recoveries of a document, why this one is refused: its edits belong to other content. "" when
	// they belong to it. It may still be that the file was touched since, which Touched tells: its time is another one,
	// and the parts of it that are compared are the same.
	Misfit  string
	Touched bool
	// Changed tells the same of a file whose time is as it was: it can have been put back, or the attributes were changed.
	Changed bool

	path   string
	header *journalHeader
	whole  tallied // of the whole journal
	saves  []journalPlanned
	held   *spool // the content that the edits start from, when the journal has it
	start  int64  // the end of the last frame that the document's file has in it; 0 when it has none
}

// journalPlanned is a save that was begun, and where in the journal its plan was made.
type journalPlanned struct {
	journalSaving
	at     int64
	before tallied
}

// Recoveries are the journals in the state folder, the newest first. Those of programs that run are Live. What cannot be
// read as a journal is left out; a journal without an edit is removed.
func Recoveries() ([]*Recovery, error) { return recoveries(nil) }

// recoveries are those that want, unless it is nil, takes by their header.
func recoveries(want func(r *Recovery) bool) ([]*Recovery, error) {
	dir, err := StateDir()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var found []*Recovery
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), journalPrefix) {
			continue
		}
		if r, err := readRecovery(filepath.Join(dir, e.Name()), want); err == nil && r != nil {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b *Recovery) int { return b.Last.Compare(a.Last) })
	return found, nil
}

// FindRecovery finds a journal by its ID.
func FindRecovery(id string) (*Recovery, error) {
	dir, err := StateDir()
	if err != nil {
		return nil, err
	}
	until, discarded := discardedUntil(id)
	if id != filepath.Base(id) || !discarded && !strings.HasPrefix(id, journalPrefix) {
		return nil, fmt.Errorf("%q is not the name of a journal", id)
	}
	r, err := readRecovery(filepath.Join(dir, id), nil)
	if err == nil && r == nil {
		err = errors.New("has no edits")
	}
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", id, plainError(err))
	}
	r.Until = until
	return r, nil
}

// readRecovery reads the journal at path; nil when it holds nothing or is not wanted.
func readRecovery(path string, want func(r *Recovery) bool) (*Recovery, error) {
	f, err := openPrivate(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	held := holdsLock(f)
	r := &Recovery{ID: filepath.Base(path), path: path, Live: !held}
	if err := r.read(f, want); err != nil {
		return nil, err
	}
	if want != nil && !want(r) {
		return nil, nil
	}
	if r.Edits == 0 {
		if held {
			return nil, os.Remove(path)
		}
		return nil, nil
	}
	return r, nil
}

// holdsLock locks f. Somebody who looks at the same file just now does not count.
func holdsLock(f *os.File) bool {
	for range 5 {
		if held, err := lockFile(f); held || err != nil {
			return true // where there are no locks, nobody can be told to run
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

// read reads what a journal is about and how far it is whole.
func (r *Recovery) read(f *os.File, want func(r *Recovery) bool) error {
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	r.Last, r.Bytes = fi.ModTime(), fi.Size()
	in, err := newFrameReader(bufio.NewReaderSize(f, 256<<10))
	if err != nil {
		return err
	}
	type mark struct {
		at     int64
		before tallied
	}
	marks := make(map[uint64]mark)
	var t tally
	for {
		kind, record, err := in.next()
		switch {
		case err == io.EOF || err == errTorn && r.header != nil:
			r.Torn = err == errTorn
			r.whole = t.now()
			r.count(tallied{})
			return nil
		case err != nil:
			return err
		case r.header == nil:
			if err := r.readHeader(kind, record); err != nil || want != nil && !want(r) {
				return err
			}
			continue
		}
		t.record(kind, record)
		switch kind {
		case recMark:
			f := fields{b: record}
			if n := f.uint(); len(marks) < 1<<16 {
				marks[n] = mark{in.at, t.now()}
			}
		case recSaving:
			var s journalSaving
			if err := unmarshal("a save", record, &s); err != nil || s.Result == nil {
				continue // its frame is whole, so it is from a version that knows more
			}
			if m, ok := marks[s.Mark]; ok {
				r.saves = append(r.saves, journalPlanned{s, m.at, m.before})
			}
		}
	}
}

func (r *Recovery) readHeader(kind byte, record []byte) error {
	if kind != recHeader {
		return errTorn
	}
	var h journalHeader
	if err := unmarshal("the journal's header", record, &h); err != nil {
		return err
	}
	r.header = &h
	r.Name, r.Path, r.PID, r.Began = string(h.Name), string(h.Path), h.PID, h.Began
	if r.Name == "" {
		r.Name = "unnamed"
	}
	return nil
}

// Doubt says in a sentence why the edits may be for other bytes than the document's; "" when nothing speaks for that.
func (r *Recovery) Doubt() string {
	switch {
	case r.Touched:
		return "The file's time has changed since. Its bytes look the same, but only parts of it were compared."
	case r.Changed:
		return "The file or its attributes have changed since. Its time and size are the same, but only parts of its bytes were compared."
	}
	return ""
}

// Recoveries are the journals of programs that have ended with edits of this document's file, by any of its names, that
// were not saved, the newest first. Journals for another content of the same file are among them, with a Misfit.
func (d *Document) Recoveries() ([]*Recovery, error) {
	key := d.journalKey()
	mine, err := recoveries(func(r *Recovery) bool { return !r.Live && r.of(d, key) })
	if err != nil || len(mine) == 0 {
		return nil, err
	}
	now := d.identity()
	for _, r := range mine {
		r.fit(d, now)
	}
	// A program that was killed when its save was done, and before it could say so, has left nothing that is not saved.
	mine = slices.DeleteFunc(mine, func(r *Recovery) bool { return r.start > 0 && r.Edits == 0 && r.Discard() == nil })
	// An inode's number is given to another file when the first is gone: by the number alone, only the same file will do.
	return slices.DeleteFunc(mine, func(r *Recovery) bool {
		return d.info.Path != "" && r.Path != absolute(d.info.Path) && (r.Misfit != "" || r.Touched)
	}), nil
}

// of tells whether r is about the document's file, whatever it holds.
func (r *Recovery) of(d *Document, key string) bool {
	h := r.header
	switch {
	case d.info.Path != "" && r.Path == absolute(d.info.Path):
		return true
	case h.File != nil && h.File.Key != "" && h.File.Key == key:
		return true
	}
	return d.info.Path == "" && r.Path == "" && d.info.Kind == Memory && h.Kind == Memory && r.Name == d.info.Name
}

func (d *Document) journalKey() string {
	if s := d.journalBase().stamp; s.exists() {
		return fileKey(s.info, d.info.Path)
	}
	return ""
}

// identity is that of the content that the document was opened with or saved as.
func (d *Document) identity() *fileIdentity {
	b := d.journalBase()
	return identityOf(b.stamp, b.info.Path, d.base, d.base.Size())
}

// fit finds out what the document's file has in it of the edits: none, or those before a save that the journal did not see
// the end of.
func (r *Recovery) fit(d *Document, now *fileIdentity) {
	r.Misfit, r.Touched, r.Changed, r.start = "", false, false, 0
	r.count(tallied{})
	h := r.header
	if h.Held {
		if err := r.readHeld(); err != nil {
			r.Misfit = err.Error()
		} else if r.held.Size() != now.Size || !bytes.Equal(sampleHash(r.held, r.held.Size()), now.Sample) {
			r.Misfit = "it is for other content"
		}
		return
	}
	first := h.File
	if first == nil {
		first = &fileIdentity{Sample: sampleHash(bytesStore(nil), 0)}
	}
	like := first.compare(now)
	if h.File == nil && now.Key == "" && now.Size == 0 {
		like = sameFile // both are files that nobody has made yet
	}
	for _, s := range slices.Backward(r.saves) {
		if s.Result.Size != now.Size {
			continue
		}
		var saved bool
		if p := s.Probe; p != nil {
			saved = p.is(p.New, d.base) && (like != sameFile || !p.is(p.Old, d.base))
		} else {
			saved = like != sameFile && s.Result.compare(now) != otherFile
		}
		if saved {
			r.start = s.at
			r.count(s.before)
			return
		}
	}
	switch {
	case like == otherFile && first.Size != now.Size:
		r.Misfit = fmt.Sprintf("it is for a file of %s, and this one has %s", byteCount(first.Size), Grouped(now.Size))
	case like == otherFile:
		r.Misfit = "it is for other content of the same size"
	case like == sameBytes:
		// An interrupted save in place that was undone gives the file another time; its ranges were compared.
		n := len(r.saves)
		undone := n > 0 && r.saves[n-1].Probe != nil && r.saves[n-1].Probe.is(r.saves[n-1].Probe.Old, d.base)
		r.Touched = !undone
	case like == sameFile:
		r.Changed = first.partlyCompared(now)
	}
}

// count counts what comes after some place of the journal.
func (r *Recovery) count(before tallied) {
	r.Edits = r.whole.edits - before.edits
	r.Changes = max(0, r.whole.steps-before.steps)
	r.Amount = max(0, r.whole.bytes-before.bytes)
}

// readHeld reads the content that the journal holds.
func (r *Recovery) readHeld() error {
	if r.held != nil {
		return nil
	}
	f, err := openPrivate(r.path)
	if err != nil {
		return err
	}
	defer f.Close()
	in, err := newFrameReader(bufio.NewReaderSize(f, 256<<10))
	if err != nil {
		return err
	}
	s := newSpool(spoolInMemory)
	for {
		kind, record, err := in.next()
		if err == nil && kind == recHeader {
			continue
		}
		if err == nil && kind == recBase {
			if _, err = s.Write(record); err == nil {
				continue
			}
		}
		if err == nil || err == io.EOF || err == errTorn {
			r.held = s
			return s.seal()
		}
		return errors.Join(err, s.Close())
	}
}

// Close lets go of what r has read; r itself stays in the state folder.
func (r *Recovery) Close() error {
	if r.held == nil {
		return nil
	}
	err := r.held.Close()
	r.held = nil
	return err
}

// Discard removes the journal. That of a running program is refused.
func (r *Recovery) Discard() error {
	f, err := r.lock()
	if err != nil {
		return err
	}
	return errors.Join(r.Close(), removeOpen(f, r.path))
}

// lock opens the journal for one that is alone with it.
func (r *Recovery) lock() (*os.File, error) {
	f, err := openPrivate(r.path)
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", r.ID, plainError(err))
	}
	if !holdsLock(f) {
		_ = f.Close()
		return nil, fmt.Errorf("journal %s: another program writes it", r.ID)
	}
	return f, nil
}

// Open opens the content that the edits belong to, without the edits: Document.Recover brings them. It fails when that
// content is not there any more.
func (r *Recovery) Open() (*Document, error) {
	d, err := r.open()
	if err != nil {
		return nil, err
	}
	if r.fit(d, d.identity()); r.Misfit != "" {
		_ = d.Close()
		return nil, fmt.Errorf("journal %s does not belong to %s: %s", r.ID, r.Name, r.Misfit)
	}
	return d, nil
}

func (r *Recovery) open() (*Document, error) {
	switch {
	case r.header.Held:
		if err := r.readHeld(); err != nil {
			return nil, err
		}
		s := r.held
		r.held = nil // the document's
		d := newDocument(Info{Name: r.Name, Path: r.Path, Kind: r.header.Kind}, s, s)
		if d.info.Kind == Virtual {
			d.info.ReadOnly = "its content was made while it was read; it can be saved elsewhere"
		}
		return d, nil
	case r.Path == "":
		return FromBytes(r.Name, nil), nil
	}
	d, err := Open(r.Path)
	if errors.Is(err, os.ErrNotExist) && r.header.File == nil {
		return Create(r.Path), nil
	}
	return d, err
}
