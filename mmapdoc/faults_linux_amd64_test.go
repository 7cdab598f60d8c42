package mmapdoc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The rig of N1 and N5: every single system call of every kind of save fails, is interrupted, or does the half of what it
// was asked for. See tracer_linux_amd64_test.go for how.

// labSave is one kind of save. The file is at path, and is saved to the same place, or to another one in its folder.
type labSave struct {
	name   string
	method Method
	old    []byte
	hole   int64 // so many bytes without room on the disk follow old
	link   bool  // it has another name
	dress  bool  // it has an owner, permissions, attributes
	spare  bool  // the journal's file stands by
	to     string
	edit   func(d *Document) error
}

func labSaves() []labSave {
	const hole = 256 << 10
	var all []labSave
	for _, r := range saveRoles {
		all = append(all, labSave{name: r.name, method: r.method, old: r.old(), link: r.link, dress: r.method == NewFile, edit: r.edit})
	}
	all[0].spare = true
	tail := func(d *Document) error {
		return errors.Join(d.Splice(10, 0, []byte("longer"), Alone), d.Splice(200_000, 3, []byte("abc"), Alone))
	}
	return append(all,
		labSave{name: "by map", method: InPlace, old: sample(300_000), edit: func(d *Document) error {
			return errors.Join(d.Fill(50_000, 100_000, []byte("fill")), d.Splice(5, 1, []byte("x"), Alone))
		}},
		labSave{name: "in a hole", method: InPlace, old: sample(5000), hole: hole, edit: func(d *Document) error {
			return errors.Join(d.Fill(100_000, 100_000, []byte("fill")), d.Splice(hole-1, 1, []byte("x"), Alone))
		}},
		labSave{name: "long new file", method: NewFile, old: sample(400_000), edit: tail},
		labSave{name: "elsewhere", method: NewFile, old: sample(50_000), to: "other", edit: roleEdit},
		labSave{name: "over another", method: NewFile, old: sample(50_000), to: "target", edit: roleEdit},
	)
}

func roleEdit(d *Document) error { return saveRoles[1].edit(d) }

// lab is a folder of its own for each fault.
type lab struct {
	*testing.T
	labSave
	dir, path, target string
	old, want         []byte // what the target holds before and after
	full              []byte // what the document holds before
	n                 int
	wrong             []string // with this fault
	torn              int      // the first call at which a broken disk interrupts the save
}

// Errorf and Error gather what is wrong with one fault.
func (l *lab) Errorf(format string, args ...any) {
	l.wrong = append(l.wrong, fmt.Sprintf(format, args...))
}
func (l *lab) Error(args ...any) { l.wrong = append(l.wrong, fmt.Sprint(args...)) }

// ready makes the files anew and returns the document with its edits.
func (l *lab) ready() *Document {
	l.Helper()
	root := os.Getenv("HEXLAY_LAB")
	l.must(os.RemoveAll(l.dir))
	for _, name := range l.journals() {
		l.must(os.Remove(name))
	}
	l.n++
	l.dir = filepath.Join(root, fmt.Sprintf("d%d", l.n))
	l.path = filepath.Join(l.dir, "file")
	l.target = l.path
	l.must(os.MkdirAll(l.dir, 0o755))
	l.must(os.WriteFile(l.path, l.labSave.old, 0o644))
	l.must(os.Truncate(l.path, int64(len(l.labSave.old))+l.hole))
	if l.link {
		l.must(os.Link(l.path, l.path+"2"))
	}
	l.full = append(bytes.Clone(l.labSave.old), make([]byte, l.hole)...)
	l.old = l.full
	switch l.to {
	case "other":
		l.target, l.old = filepath.Join(l.dir, "other"), nil
	case "target":
		l.target, l.old = filepath.Join(l.dir, "other"), sample(7000)
		l.must(os.WriteFile(l.target, l.old, 0o644))
	}
	if l.dress {
		_ = os.Chown(l.path, 1234, 1235) // as far as the user may
		_ = unix.Setxattr(l.path, "user.hexlay", []byte("value"), 0)
		l.must(os.Chmod(l.path, 0o750))
	}
	d, err := Open(l.path)
	l.must(err)
	l.must(l.edit(d))
	if d.Modified() {
		waitForSpare(d) // so that it is not made while calls are counted
	}
	if !l.spare {
		if f := d.baseStore().(*generation).file.takeSpare(); f != nil {
			l.must(f.Close())
		}
	}
	l.want = content(l.T, d.Snapshot())
	return d
}

func (l *lab) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// save is the whole of a save.
func (l *lab) save(d *Document, path string) error {
	p, err := d.Plan(path)
	if err != nil {
		return err
	}
	p.Force = l.to != ""
	if err := p.Run(context.Background(), nil); err != nil {
		return err
	}
	return d.Saved(p)
}

// disk is what the target holds; nil when there is none.
func (l *lab) disk() []byte {
	b, err := os.ReadFile(l.target)
	if err != nil && !os.IsNotExist(err) {
		l.Fatal(err)
	}
	return b
}

// left are the files in the folder that do not belong there.
func (l *lab) left() (names []string) {
	entries, err := os.ReadDir(l.dir)
	l.must(err)
	for _, e := range entries {
		if n := e.Name(); n != "file" && n != "file2" && n != "other" && n != "elsewhere" {
			names = append(names, n)
		}
	}
	return append(names, l.journals()...)
}

// journals are the save journals in the state folder.
func (l *lab) journals() []string {
	names, err := filepath.Glob(filepath.Join(os.Getenv("XDG_STATE_HOME"), "hexlay", "save-*"))
	l.must(err)
	return names
}

// plainLine fails unless err is what may be shown: one line, without an advice to be root.
func (l *lab) plainLine(err error) {
	l.Helper()
	s := err.Error()
	if strings.ContainsAny(s, "\n\r\t\x1b") || strings.Contains(s, "root") || strings.Contains(s, "sudo") || s == "" || len(s) > 500+len(l.dir)*3 {
		l.Errorf("the error is %q", s)
	}
}

// undoAll checks that undo leads to the old bytes, and redo back.
func (l *lab) undoAll(d *Document) {
	l.Helper()
	n := 0
	for ; d.CanUndo(); n++ {
		d.Undo()
	}
	if !bytes.Equal(content(l.T, d.Snapshot()), l.full) {
		l.Error("undo reads other bytes")
	}
	for range n {
		d.Redo()
	}
	if !bytes.Equal(content(l.T, d.Snapshot()), l.want) {
		l.Error("redo reads other bytes")
	}
}

// saveOnce does one save with one fault and checks what is left. It returns the call that the fault has hit.
func (l *lab) saveOnce(f fault, n int) (hit string, err error) {
	d := l.ready()
	defer d.Close()
	path := ""
	if l.to != "" {
		path = l.target
	}
	arm(f, n)
	err = l.save(d, path)
	if hit = disarm(); hit == "" {
		l.must(err)
	}
	got := l.disk()
	if err == nil {
		if !bytes.Equal(got, l.want) || d.Modified() {
			l.Errorf("saved, but the target has %d bytes that are not the new ones, modified: %v", len(got), d.Modified())
		}
		l.undoAll(d)
		if torn, err := FindTornSave(l.target); torn != nil || err != nil {
			l.Errorf("a complete save is torn: %+v, %v", torn, err)
		}
		if left := l.left(); len(left) > 0 && f < faultBroken && !strings.HasPrefix(hit, "unlink") {
			l.Errorf("%v is left", left)
		}
		return hit, err
	}
	if f == faultEINTR || f == faultShort {
		l.Error("the save failed")
	}
	l.plainLine(err)
	inPlace := strings.Contains(err.Error(), "the new file is in place")
	torn := strings.Contains(err.Error(), "open it again to undo this save")
	switch {
	case torn && f < faultBroken:
		l.Error("a single fault has torn the save")
	case torn:
	case inPlace && !bytes.Equal(got, l.want), !inPlace && !bytes.Equal(got, l.old):
		l.Errorf("the target has %d bytes that it should not have", len(got))
	}
	if !d.Modified() || !bytes.Equal(content(l.T, d.Snapshot()), l.want) {
		l.Errorf("the document has changed, modified: %v", d.Modified())
	}
	if left := l.left(); len(left) > 0 && !torn && f != faultBroken {
		l.Errorf("%v is left", left)
	}
	l.undoAll(d)
	if torn && n%2 == 0 {
		l.must(d.Close())
		whole(l.T, l.target, l.old, l.want)
		return hit, err
	}
	if n%2 == 0 { // once more to the same place
		if err := l.save(d, path); err != nil {
			l.Errorf("the next try: %v", err)
		} else if !bytes.Equal(l.disk(), l.want) {
			l.Error("the next try gives other bytes")
		}
	}
	elsewhere := filepath.Join(l.dir, "elsewhere")
	if err := l.save(d, elsewhere); err != nil {
		l.Errorf("saving elsewhere: %v", err)
	}
	if b, err := os.ReadFile(elsewhere); err != nil || !bytes.Equal(b, l.want) {
		l.Errorf("elsewhere are other bytes: %v", err)
	}
	l.undoAll(d)
	if torn {
		l.must(d.Close())
		whole(l.T, l.target, l.old, l.want)
	}
	return hit, err
}

// tear leaves the target with an interrupted save, about k calls after the first that can interrupt it.
func (l *lab) tear(k int) {
	for n := max(1, l.torn) + k; ; n++ {
		d := l.ready()
		arm(faultBroken, n)
		err := l.save(d, "")
		disarm()
		l.must(d.Close())
		torn, ferr := FindTornSave(l.target)
		l.must(ferr)
		if torn != nil {
			if l.torn == 0 {
				l.torn = n
			}
			return
		}
		if err == nil {
			n = 0
		}
	}
}

// mendOnce undoes or finishes an interrupted save, with one fault.
func (l *lab) mendOnce(f fault, n int, finish bool) (hit string, err error) {
	l.tear(n % 3)
	arm(f, n)
	torn, err := FindTornSave(l.target)
	switch {
	case err != nil || torn == nil:
	case finish:
		err = torn.Finish()
	default:
		err = torn.Undo()
	}
	hit = disarm()
	want := map[bool][]byte{false: l.old, true: l.want}[finish]
	if err != nil {
		if f == faultEINTR || f == faultShort {
			l.Error("mending failed")
		}
		l.plainLine(err)
		again, err := FindTornSave(l.target)
		switch {
		case err != nil:
			l.Errorf("it is not found again: %v", err)
		case again == nil: // it is whole, and only the rest failed
		case finish:
			err = again.Finish()
		default:
			err = again.Undo()
		}
		if err != nil {
			l.Errorf("the second try: %v", err)
		}
	} else if torn == nil {
		l.Error("it was not found")
	}
	if !bytes.Equal(l.disk(), want) {
		l.Error("other bytes than wanted")
	}
	if _, err := FindTornSave(l.target); err != nil {
		l.Errorf("afterwards: %v", err)
	}
	if left := l.left(); len(left) > 0 {
		l.Errorf("%v is left", left)
	}
	return hit, err
}

// editSome edits d and returns what it was after each step.
func (l *lab) editSome(d *Document) (states [][]byte) {
	note := func() { states = append(states, content(l.T, d.Snapshot())) }
	l.must(d.Splice(10, 0, []byte("typed"), Alone))
	note()
	l.must(d.SpliceFill(100, 50, 300, []byte("fill")))
	note()
	d.Undo()
	note()
	l.must(d.Splice(3, 4, bytes.Repeat([]byte("much"), 100), Alone))
	note()
	return states
}

// journalOnce edits with a journal, of whose calls one fails.
func (l *lab) journalOnce(f fault, n int) (hit string, err error) {
	d := l.ready()
	defer d.Close()
	defer func() { l.must(d.DropJournal()) }()
	states := [][]byte{content(l.T, d.Snapshot())}
	arm(f, n)
	err = d.StartJournal()
	states = append(states, l.editSome(d)...)
	if err == nil {
		_ = d.Journal().Sync(l.Context())
		err = d.Journal().Err()
	}
	hit = disarm()
	last := len(states) - 1
	got := l.recoverable(states)
	switch {
	case err == nil && got != last && f != faultLie: // nobody reads a journal back
		l.Errorf("all is kept, it says, and state %d of %d is recovered", got, last)
	case err != nil && (f == faultEINTR || f == faultShort):
		l.Error("the journal failed")
	case err != nil:
		l.plainLine(err)
	}
	if d.Journal() == nil {
		l.must(d.StartJournal())
	} else if err != nil {
		d.journal.mu.Lock()
		d.journal.failedAt = time.Time{}.Add(1)
		d.journal.mu.Unlock()
	}
	if f == faultLie {
		return hit, err
	}
	states = append(states, l.editSome(d)...)
	if err := d.Journal().Sync(l.Context()); err != nil {
		l.Errorf("later: %v", err)
	} else if got := l.recoverable(states); got != len(states)-1 {
		l.Errorf("later, state %d of %d is recovered", got, len(states)-1)
	}
	return hit, err
}

// recoverable is which of states the newest journal that can be used gives; 0 when there is none, for the first state is
// that without edits.
func (l *lab) recoverable(states [][]byte) (state int) {
	dir, err := StateDir()
	l.must(err)
	best := 0
	for _, path := range journals(l.T, dir) {
		b, err := os.ReadFile(path)
		l.must(err)
		if got := tryRecover(l.T, b, states); got > best {
			best = got
		}
	}
	return best
}

// recoverOnce brings back what a crash has left, with one fault.
func (l *lab) recoverOnce(f fault, n int) (hit string, err error) {
	d := l.ready()
	l.must(d.StartJournal())
	l.must(d.Splice(20, 0, sample(600_000), Alone)) // a journal that is not read at once
	states := l.editSome(d)
	want := states[len(states)-1]
	l.must(d.Close())
	second := func() (*Document, error) {
		d, err := Open(l.path)
		if err != nil {
			return nil, err
		}
		rs, err := d.Recoveries()
		if err != nil || len(rs) == 0 {
			return d, errors.Join(err, fmt.Errorf("%d journals", len(rs)))
		}
		left, err := d.Recover(rs[0])
		return d, errors.Join(left, err)
	}
	arm(f, n)
	d, err = second()
	if err == nil {
		_ = d.Journal().Sync(l.Context())
		err = d.Journal().Err()
	}
	hit = disarm()
	if err == nil && !bytes.Equal(content(l.T, d.Snapshot()), want) {
		l.Error("other bytes were recovered")
	}
	if err != nil && (f == faultEINTR || f == faultShort) {
		l.Error("the recovery failed")
	}
	if d != nil {
		_ = d.Close() // its journal may have failed
	}
	d, err2 := second()
	if err2 != nil {
		l.Errorf("the second try: %v", err2)
	} else if !bytes.Equal(content(l.T, d.Snapshot()), want) {
		l.Error("the second try recovers other bytes")
	}
	if d != nil {
		l.must(d.DropJournal())
		l.must(d.Close())
	}
	dir, err3 := StateDir()
	l.must(err3)
	for _, path := range journals(l.T, dir) {
		l.Errorf("%s is left", filepath.Base(path))
		l.must(os.Remove(path))
	}
	return hit, err
}

// every calls one with each kind of fault at each call, until there is no such call any more. It
// leaves some out, others each time; fewer where HEXLAY_SLOW is set.
func (l *lab) every(one func(f fault, n int) (hit string, err error)) {
	seed := testSeed(l)
	rng := rand.New(rand.NewPCG(seed, 0))
	skip := 6
	if os.Getenv("HEXLAY_SLOW") == "1" {
		skip = 4
	}
	for f := faultEIO; f <= faultFull; f++ {
		calls, faults := map[string]int{}, 0
		for n := 1; ; n++ {
			if n > 1 {
				n += rng.IntN(skip)
			}
			hit, err := one(f, n)
			if len(l.wrong) > 0 {
				l.T.Errorf("%v at call %d (%s): %v\n\t%s", f, n, hit, err, strings.Join(l.wrong, "\n\t"))
				l.wrong = nil
			}
			if hit == "" {
				break
			}
			calls[hit]++
			faults++
		}
		l.Logf("%v: %d, %v", f, faults, calls)
	}
	l.must(os.RemoveAll(l.dir))
}

// TestFaultLab is the child.
func TestFaultLab(t *testing.T) {
	root, role := os.Getenv("HEXLAY_LAB"), os.Getenv("HEXLAY_ROLE")
	if root == "" {
		t.Skip("runs as a child only")
	}
	if err := stopAtCalls(); err != nil {
		t.Skip("a filter for system calls: ", err)
	}
	t.Setenv("XDG_STATE_HOME", filepath.Join(root, "state"))
	if _, err := StateDir(); err != nil {
		t.Fatal(err)
	}
	l := &lab{T: t}
	what, name, _ := strings.Cut(role, ": ")
	l.labSave = labSave{name: "small", old: sample(3000), edit: func(*Document) error { return nil }}
	for _, s := range labSaves() {
		if s.name == name {
			l.labSave = s
		}
	}
	switch what {
	case "save":
		l.every(l.saveOnce)
	case "mend":
		l.every(func(f fault, n int) (string, error) { return l.mendOnce(f, n, n%2 == 0) })
	case "journal":
		l.every(l.journalOnce)
	case "recover":
		l.every(l.recoverOnce)
	default:
		t.Fatalf("no role %q", role)
	}
}

// TestN5EveryCallFails: whatever call of a save fails, the target is old or new, the error is one line, the document
// is modified, undo works, the next try and saving elsewhere give the new bytes, and nothing is left. What is interrupted
// or short goes on.
func TestN5EveryCallFails(t *testing.T) {
	for _, s := range labSaves() {
		t.Run(s.name, func(t *testing.T) { lab1(t, "save: "+s.name) })
	}
}

// TestN1MendingFails: whatever call fails while an interrupted save is looked for, undone or finished, that can be done later.
func TestN1MendingFails(t *testing.T) {
	for _, s := range labSaves() {
		if s.method == InPlace || s.method == InPlaceMove {
			t.Run(s.name, func(t *testing.T) { lab1(t, "mend: "+s.name) })
		}
	}
}

// TestN3JournalFails: whatever call of the journal of edits fails, the document says so, and what can be recovered is a
// prefix of the edits; some time later all is kept again.
func TestN3JournalFails(t *testing.T) { lab1(t, "journal: small") }

// TestN3RecoveryFails: whatever call of a recovery fails, it can be done later.
func TestN3RecoveryFails(t *testing.T) { lab1(t, "recover: small") }

// lab1 runs the child in memory, if there is a filesystem there: it makes thousands of files durable.
func lab1(t *testing.T, role string) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	root, err := os.MkdirTemp("/dev/shm", "hexlay-faults")
	if err != nil {
		root = t.TempDir()
	}
	defer os.RemoveAll(root)
	traced(t, "TestFaultLab", root, "HEXLAY_ROLE="+role)
}
