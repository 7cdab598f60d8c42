package mmapdoc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// tornFile is a file in the middle of a save in place.
type tornFile struct {
	path, journal string
	old, want     []byte
	half, sealed  []byte // what the file and its journal hold
}

// tearFile makes a file of n bytes, saves it in place, and catches the moment between two of its writes.
func tearFile(t testing.TB, n int) *tornFile {
	t.Helper()
	f := &tornFile{path: filepath.Join(t.TempDir(), "file"), old: sample(n)}
	f.journal = besideName(f.path)
	if err := os.WriteFile(f.path, f.old, 0o644); err != nil {
		t.Fatal(err)
	}
	d, err := Open(f.path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := errors.Join(d.Splice(3, 4, []byte("torn"), Alone), d.Fill(int64(n)/2, 40, []byte("xyz"))); err != nil {
		t.Fatal(err)
	}
	f.want = content(t, d.Snapshot())
	was, writes := failpoint, 0
	defer func() { failpoint = was }()
	failpoint = func(name string) {
		if name != "write" {
			return
		}
		if writes++; writes == 1 {
			var err1, err2 error
			f.half, err1 = os.ReadFile(f.path)
			f.sealed, err2 = os.ReadFile(f.journal)
			if err := errors.Join(err1, err2); err != nil {
				t.Fatal(err)
			}
		}
	}
	p, err := d.Plan("")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(f.half, f.old) || bytes.Equal(f.half, f.want) {
		t.Fatal("the save was not torn")
	}
	return f
}

// with puts the torn file and a journal in their places.
func (f *tornFile) with(t testing.TB, journal []byte) {
	t.Helper()
	if err := errors.Join(os.WriteFile(f.path, f.half, 0o644), os.WriteFile(f.journal, journal, 0o644)); err != nil {
		t.Fatal(err)
	}
}

func (f *tornFile) now(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestN1SaveJournalDamaged: by a save journal that is cut anywhere, or has any bit changed, a file becomes exactly what it
// was, or it is left alone.
func TestN1SaveJournalDamaged(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	f := tearFile(t, 300)
	try := func(what string, i int, journal []byte, whole bool) {
		t.Helper()
		for _, finish := range []bool{false, true} {
			f.with(t, journal)
			torn, err := FindTornSave(f.path)
			if got := f.now(t); !bytes.Equal(got, f.half) {
				t.Fatalf("%s %d: looking for the save has changed the file", what, i)
			}
			want := f.half
			switch {
			case err != nil || torn == nil:
				if whole {
					t.Fatalf("the whole journal gives %+v, %v", torn, err)
				}
			case finish:
				want = f.want
				err = torn.Finish()
			default:
				want = f.old
				err = torn.Undo()
			}
			if err != nil && !bytes.Equal(f.now(t), f.half) || err == nil && !bytes.Equal(f.now(t), want) {
				t.Fatalf("%s %d, finish: %v: other bytes: %v", what, i, finish, err)
			}
		}
	}
	try("whole", 0, f.sealed, true)
	for n := range f.sealed {
		try("cut at", n, f.sealed[:n], false)
	}
	end := len(f.sealed)
	step := 5
	if os.Getenv("HEXLAY_SLOW") != "1" {
		step = 11
	}
	for bit := int(testSeed(t) % uint64(step)); bit < 8*end; bit += step {
		b := bytes.Clone(f.sealed)
		b[bit/8] ^= 1 << (bit % 8)
		try("bit", bit, b, false)
	}
	os.Remove(f.journal)
}

// sealedAs is a journal with the given head, whose sums are right.
func sealedAs(t testing.TB, j *saveJournal) []byte {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "journal"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	zeros := func(r Range, fn func(b []byte) error) error {
		for n := min(max(r.Len(), 0), 1<<16); n > 0; { // absurd lengths are claimed only
			b := zeroBlock[:min(n, int64(len(zeroBlock)))]
			if err := fn(b); err != nil {
				return err
			}
			n -= int64(len(b))
		}
		return nil
	}
	if err := writeJournal(out, j, zeros, zeros); err != nil {
		t.Fatal(err)
	}
	fi, err := out.Stat()
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, min(fi.Size(), j.slots)) // the slots of a move are 16 MiB of nothing
	if _, err := out.ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestN9SaveJournalHostile: a journal that somebody made by hand costs little, and is refused by one line that names it, or
// asks before it changes anything.
func TestN9SaveJournalHostile(t *testing.T) {
	f := tearFile(t, 300)
	const huge = 1 << 62
	rows := func(rs ...Range) (t []journalRange) {
		for _, r := range rs {
			t = append(t, journalRange{Range: r, at: -1})
		}
		return t
	}
	for name, j := range map[string]*saveJournal{
		"huge":          {head: journalHead{OldSize: huge, NewSize: huge}, lost: rows(Range{0, huge}), fresh: rows(Range{0, huge})},
		"huge and move": {head: journalHead{OldSize: huge, NewSize: 300}, lost: rows(Range{0, huge}), steps: []moveStep{{0, 1, huge, false}}},
		"negative":      {head: journalHead{OldSize: -1, NewSize: 300}, lost: rows(Range{0, 10})},
		"out of order":  {head: journalHead{OldSize: 300, NewSize: 300}, fresh: rows(Range{10, 20}, Range{0, 5})},
		"outside":       {head: journalHead{OldSize: 300, NewSize: 300}, fresh: rows(Range{290, 310})},
		"backward":      {head: journalHead{OldSize: 300, NewSize: 300}, fresh: rows(Range{20, 10})},
		"step outside":  {head: journalHead{OldSize: 300, NewSize: 300}, steps: []moveStep{{0, 299, 10, false}}},
		"step of 9 MB":  {head: journalHead{OldSize: 1 << 30, NewSize: 1 << 30}, steps: []moveStep{{0, 100, 9 << 20, false}}},
		"nothing":       {head: journalHead{OldSize: 300, NewSize: 300}},
		"another size":  {head: journalHead{OldSize: 5, NewSize: 7}},
	} {
		f.with(t, sealedAs(t, j))
		f.bounded(t, name)
	}
	head := func(n uint32, rest string) []byte {
		return append(binary.LittleEndian.AppendUint32([]byte(saveMagic), n), rest...)
	}
	for name, b := range map[string][]byte{
		"head of 4 GB":  head(1<<32-1, "{}"),
		"not JSON":      head(2, "}{"),
		"2^31 rows":     head(18, `{"Lost":2147483647`),
		"many rows":     append(head(18, `{"Fresh": 4000000}`), make([]byte, 1<<20)...),
		"negative rows": head(12, `{"Steps":-1}`),
		"other magic":   []byte("GIF89a"),
		"magic only":    []byte(saveMagic),
	} {
		f.with(t, b)
		f.bounded(t, name)
		if _, err := os.Stat(f.journal); err == nil {
			t.Errorf("%s: stays", name)
		}
	}
	os.Remove(f.journal)
}

// bounded looks for a torn save and undoes what may be undone; neither may cost much, or make the file anything but its half.
func (f *tornFile) bounded(t *testing.T, name string) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	torn, err := FindTornSave(f.path)
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 16<<20 {
		t.Errorf("%s: %d bytes of memory", name, grown)
	}
	if err != nil && (strings.ContainsAny(err.Error(), "\n\x1b") || !strings.Contains(err.Error(), f.journal)) {
		t.Errorf("%s: says %q", name, err)
	}
	if torn != nil && torn.Foreign == "" {
		t.Errorf("%s: is taken for a save of this file: %+v", name, torn)
	}
	if !bytes.Equal(f.now(t), f.half) {
		t.Errorf("%s: changed the file", name)
	}
}

// TestN9SaveJournalSparse: a file and a journal from elsewhere, both of them huge and hollow, are not read through.
func TestN9SaveJournalSparse(t *testing.T) {
	f := tearFile(t, 300)
	const huge = 1 << 40
	j := &saveJournal{head: journalHead{OldSize: huge, NewSize: huge, Inode: 1, Born: 1}, lost: []journalRange{{Range{0, huge}, -1}}, fresh: []journalRange{{Range{0, huge}, -1}}}
	f.with(t, sealedAs(t, j))
	if err := os.Truncate(f.path, huge); err != nil {
		t.Skip("this filesystem has no files of 1 TiB: ", err)
	}
	torn, err := FindTornSave(f.path)
	if err != nil || torn == nil || torn.Foreign == "" {
		t.Errorf("a foreign journal over 1 TiB: %+v, %v", torn, err)
	}

	// The journal itself has 1 TiB.
	f.with(t, sealedAs(t, j))
	if err := errors.Join(os.Truncate(f.path, huge), os.Truncate(f.journal, huge+1<<20)); err != nil {
		t.Skip(err)
	}
	torn, err = FindTornSave(f.path)
	if err == nil || torn != nil || !strings.Contains(err.Error(), f.journal) {
		t.Errorf("a journal of 1 TiB: %+v, %v", torn, err)
	}
	os.Remove(f.journal)
}

// FuzzSaveJournal lets anything be a save journal: the tables are taken from the input and sealed, or the input is the
// journal itself.
func FuzzSaveJournal(f *testing.F) {
	file := tearFile(f, 300)
	f.Add([]byte{}, file.sealed, uint16(300), uint16(300), byte(0))
	f.Add([]byte{0, 3, 4, 1, 3, 4, 1, 150, 40}, []byte{}, uint16(300), uint16(300), byte(1))
	f.Add([]byte{2, 10, 20, 30, 0, 5, 3, 1, 40, 3}, []byte{}, uint16(300), uint16(310), byte(3))
	f.Add([]byte{2, 20, 10, 30, 0, 10, 10}, []byte{}, uint16(300), uint16(290), byte(0))
	f.Fuzz(func(t *testing.T, tables, raw []byte, oldSize, newSize uint16, flags byte) {
		journal := raw
		if len(tables) > 0 {
			j := &saveJournal{head: journalHead{OldSize: int64(oldSize % 400), NewSize: int64(newSize % 400), Finish: flags&1 != 0, Device: flags&2 != 0}}
			for len(tables) >= 3 {
				r := journalRange{Range: Range{int64(tables[1]), int64(tables[1]) + int64(tables[2])}}
				switch tables[0] % 3 {
				case 0:
					j.lost = append(j.lost, r)
				case 1:
					j.fresh = append(j.fresh, r)
				case 2:
					if len(tables) < 4 {
						break
					}
					j.steps = append(j.steps, moveStep{int64(tables[1]), int64(tables[2]), int64(tables[3]), flags&4 != 0})
					tables = tables[1:]
				}
				tables = tables[3:]
			}
			journal = sealedAs(t, j)
			if len(raw) > 0 { // slots
				journal = append(journal, make([]byte, int(slotsAfter(int64(len(journal))))-len(journal))...)
				journal = append(journal, raw...)
			}
		}
		file.with(t, journal)
		torn, err := FindTornSave(file.path)
		if err != nil || torn == nil {
			if !bytes.Equal(file.now(t), file.half) {
				t.Fatal("looking has changed the file")
			}
			os.Remove(file.journal)
			return
		}
		if flags&8 != 0 {
			err = torn.Finish()
		} else {
			err = torn.Undo()
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Fatalf("says %q", err)
		}
		sizes := []int{len(file.half), int(torn.OldSize), int(torn.NewSize)}
		if n := len(file.now(t)); !slices.Contains(sizes, n) && (n < slices.Min(sizes) || n > slices.Max(sizes)) {
			t.Fatalf("the file has %d bytes, the journal spoke of %v", n, sizes)
		}
		os.Remove(file.journal)
	})
}
