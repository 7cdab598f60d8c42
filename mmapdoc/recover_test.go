//go:build unix

package mmapdoc

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// smallJournal is a journal with every kind of record over the file at path, and what the document was after each edit.
func smallJournal(t testing.TB) (journal []byte, path string, states [][]byte) {
	t.Helper()
	dir := stateFolder(t)
	d, path, _ := fileDoc(t, 200)
	state := func() {
		states = append(states, content(t, d.Snapshot()))
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		state()
	}
	state()
	must(d.Splice(10, 0, []byte("ab"), Typed))
	must(d.Splice(12, 0, []byte("c"), Typed))
	must(d.Splice(50, 5, nil, Alone))
	must(d.SpliceFill(20, 3, 5000, []byte("fill")))
	d.Begin()
	must(d.SpliceFrom(0, 1, d.Snapshot(), Range{30, 60}))
	must(d.Revert(Range{3, 5}))
	d.End()
	d.Undo()
	state()
	d.Redo()
	state()
	d.Undo()
	state()
	p, err := d.Plan("")
	if err != nil {
		t.Fatal(err)
	}
	p.journalSave(t.Context())
	must(d.Splice(0, 7, []byte("end"), Alone))
	d.Undo()
	state()
	d.Undo()
	state()
	syncJournalOf(t, d)
	b, err := os.ReadFile(journals(t, dir)[0])
	if err != nil {
		t.Fatal(err)
	}
	return b, path, states
}

// tryRecover brings back what can be, which must be one of states, and tells which; -1 when the journal is refused.
func tryRecover(t testing.TB, journal []byte, states [][]byte) (state int) {
	t.Helper()
	state = -1
	crashedWith(t, journal, func(r *Recovery) {
		if r == nil {
			return
		}
		d, err := r.Open()
		if err != nil {
			return
		}
		defer d.Close()
		if _, err := d.Recover(r); err != nil {
			return
		}
		now := content(t, d.Snapshot())
		for i := len(states) - 1; i >= 0 && state < 0; i-- {
			if bytes.Equal(states[i], now) {
				state = i
			}
		}
		if state < 0 {
			t.Fatal("what is recovered was never there")
		}
		if err := d.DropJournal(); err != nil {
			t.Fatal(err)
		}
	})
	return state
}

// TestJournalDamaged: a journal that is cut anywhere, or has any bit changed, gives a prefix of the edits or is refused.
func TestJournalDamaged(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	journal, _, states := smallJournal(t)
	if got := tryRecover(t, journal, states); got < len(states)-2 {
		t.Fatalf("the whole journal gives state %d of %d", got, len(states))
	}
	refused := 0
	for n := range journal {
		if tryRecover(t, journal[:n], states) < 0 {
			refused++
		}
	}
	if refused == len(journal) {
		t.Error("every journal that was cut is refused")
	}
	refused = 0
	for bit := range 8 * len(journal) {
		b := bytes.Clone(journal)
		b[bit/8] ^= 1 << (bit % 8)
		if tryRecover(t, b, states) < 0 {
			refused++
		}
	}
	if refused == 8*len(journal) {
		t.Error("every journal with a changed bit is refused")
	}
}

// TestJournalHostile: records with right checks and absurd content cost little and are refused.
func TestJournalHostile(t *testing.T) {
	_, path, _ := smallJournal(t)
	fi, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	header := marshal(journalHeader{Path: []byte(path), Name: []byte("x"), File: &fileIdentity{Key: fileKey(fi, path), Size: fi.Size(), Time: fi.ModTime()}})
	ints := func(ns ...uint64) (b []byte) {
		for _, n := range ns {
			b = binary.AppendUvarint(b, n)
		}
		return b
	}
	const huge = 1<<64 - 1
	for name, record := range map[string][]byte{
		"length":      ints(0, 0, 0, 1<<62, 1<<40),
		"parts":       append(ints(0, 0, 0, 1, 1), partLiteral, 0xff, 0xff, 0xff, 0xff, 0x7f),
		"overflow":    append(append(ints(0, 0, 0, 1, 1), partFill), ints(huge, huge, 1)...),
		"fill":        append(append(append(ints(0, 0, 0, 1<<63-1, 1), partFill), ints(1<<62, 1<<63-1, 1)...), 'x'),
		"too large":   append(append(append(ints(0, 0, 0, 1<<63-1, 1), partFill), ints(0, 1<<63-1, 1)...), 'x'),
		"behind":      append(append(ints(0, 0, 0, 100, 1), partBase), ints(150, 100)...),
		"nothing":     append(append(ints(0, 0, 0, 0, 1), partBase), ints(1, 0)...),
		"outside":     ints(1000, 1, 0, 0, 0),
		"join":        ints(0, 1, 9, 0, 0),
		"bytes over":  append(ints(0, 1, 0, 0, 0), "left"...),
		"empty":       nil,
		"other file":  append(append(append(ints(0, 0, 0, 5, 1), partFile), ints(5, 20, 0)...), `{"Path":"L2Rldi9zZGE"}`[:20]...),
		"other names": append(append(append(ints(0, 0, 0, 5, 1), partFile), ints(5, 23, 0)...), `{"Path":"L2Rldi96ZXJv"}`...),
	} {
		b, check := appendFrame([]byte(journalMagic), 0, recHeader, header)
		b, check = appendFrame(b, check, recSplice, ints(0, 0, 0, 1, 1), []byte{partLiteral, 1}, []byte("!"))
		b, _ = appendFrame(b, check, recSplice, record)
		crashedWith(t, b, func(r *Recovery) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			d, err := r.Open()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			defer d.Close()
			left, err := d.Recover(r)
			if err != nil || left == nil || d.Size() != 201 {
				t.Errorf("%s: %d bytes, left %v, %v", name, d.Size(), left, err)
			}
			if strings.ContainsAny(left.Error(), "\n\x1b") {
				t.Errorf("%s: says %q", name, left)
			}
			runtime.ReadMemStats(&after)
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 16<<20 {
				t.Errorf("%s: %d bytes of memory", name, grown)
			}
			d.DropJournal()
		})
	}
	for name, b := range map[string][]byte{
		"frame of 4 GB": append([]byte(journalMagic), 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0),
		"empty frame":   append([]byte(journalMagic), make([]byte, 100)...),
		"no magic":      []byte("GIF89a"),
		"nothing":       nil,
	} {
		crashedWith(t, b, func(r *Recovery) {
			if r != nil {
				t.Errorf("%s is a journal", name)
			}
		})
	}
}

// TestJournalReplaced: what is not a file of the user's own is not opened.
func TestJournalReplaced(t *testing.T) {
	journal, path, _ := smallJournal(t)
	dir := stateFolder(t)
	at := filepath.Join(dir, journalPrefix+"x")
	elsewhere := filepath.Join(t.TempDir(), "journal")
	if err := os.WriteFile(elsewhere, journal, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, put := range map[string]func() error{
		"link":   func() error { return os.Symlink(elsewhere, at) },
		"pipe":   func() error { return unix.Mkfifo(at, 0o600) },
		"folder": func() error { return os.Mkdir(at, 0o700) },
		"open to all": func() error {
			if err := os.WriteFile(at, journal, 0o600); err != nil {
				return err
			}
			return os.Chmod(at, 0o666)
		},
	} {
		if err := put(); err != nil {
			t.Fatal(err)
		}
		if r, err := FindRecovery(filepath.Base(at)); err == nil {
			t.Errorf("%s: %v", name, r)
		}
		d, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if rs, err := d.Recoveries(); err != nil || len(rs) > 0 {
			t.Errorf("%s: %v, %v", name, rs, err)
		}
		d.Close()
		os.Remove(at)
	}
	if _, err := FindRecovery("../" + journalPrefix + "x"); err == nil {
		t.Error("a name that leads out of the folder")
	}
}

// FuzzJournal reads anything as a journal: the input is frames, whose checks are made right here.
func FuzzJournal(f *testing.F) {
	journal, path, _ := smallJournal(f)
	in, err := newFrameReader(bytes.NewReader(journal))
	if err != nil {
		f.Fatal(err)
	}
	var all []byte
	for {
		kind, record, err := in.next()
		if err != nil {
			break
		}
		if kind == recHeader {
			continue
		}
		one := append([]byte{byte(len(record)), kind}, record...)
		all = append(all, one...)
		f.Add(one)
	}
	f.Add(all)
	f.Fuzz(func(t *testing.T, script []byte) {
		d, err := Open(path)
		if err != nil {
			t.Skip(err)
		}
		defer d.Close()
		b, check := appendFrame([]byte(journalMagic), 0, recHeader, []byte("{}"))
		for len(script) > 1 {
			n := min(int(script[0]), len(script)-2)
			b, check = appendFrame(b, check, script[1], script[2:2+n])
			script = script[2+n:]
		}
		p := &replayer{d: d}
		if _, err := p.run(bytes.NewReader(b), 0); err != nil {
			t.Fatal(err)
		}
		if err := checkTree(d.tree); err != nil {
			t.Fatal(err)
		}
		var r Recovery
		name := filepath.Join(t.TempDir(), "j")
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if err := r.read(file, nil); err != nil {
			t.Fatal(err)
		}
		r.fit(d, d.identity())
	})
}
