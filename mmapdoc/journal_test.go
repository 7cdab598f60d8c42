package mmapdoc

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// testSeed is HEXLAY_SEED, else another one each time; a test that fails prints it.
func testSeed(t testing.TB) uint64 {
	if s, err := strconv.ParseUint(os.Getenv("HEXLAY_SEED"), 10, 64); err == nil {
		return s
	}
	return uint64(time.Now().UnixNano())
}

// stateFolder gives the test a state folder of its own.
func stateFolder(t testing.TB) string {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	dir, err := StateDir()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// journals are the paths of the journals in dir.
func journals(t testing.TB, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, journalPrefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// crashed copies the only journal in dir, as the end of its program would leave it, to another folder, which becomes the
// state folder of the function that is called.
func crashed(t testing.TB, dir string, fn func(r *Recovery)) {
	t.Helper()
	paths := journals(t, dir)
	if len(paths) != 1 {
		t.Fatalf("journals %v, expected one", paths)
	}
	b, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	crashedWith(t, b, fn)
}

func crashedWith(t testing.TB, b []byte, fn func(r *Recovery)) {
	t.Helper()
	was := os.Getenv("XDG_STATE_HOME")
	defer os.Setenv("XDG_STATE_HOME", was)
	os.Setenv("XDG_STATE_HOME", memoryFolder(t))
	dir, err := StateDir()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, journalPrefix+"crashed")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := FindRecovery(filepath.Base(path))
	if err != nil {
		fn(nil)
		return
	}
	defer r.Close()
	fn(r)
}

// recovered opens what r belongs to and brings its edits back.
func recovered(t testing.TB, r *Recovery) *Document {
	t.Helper()
	if r == nil {
		t.Fatal("nothing to recover")
	}
	d, err := r.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.DropJournal(); d.Close() })
	left, err := d.Recover(r)
	if err != nil || left != nil {
		t.Fatalf("Recover: %v, left %v", err, left)
	}
	return d
}

func syncJournalOf(t testing.TB, d *Document) {
	t.Helper()
	if err := d.Journal().Sync(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// TestJournalRandom (N3): at any moment the journal gives the document as it is, with a history that leads to where the
// journal began; edits that are made after a recovery are in the journal too.
func TestJournalRandom(t *testing.T) {
	seed := testSeed(t)
	rounds := 12
	if os.Getenv("HEXLAY_SLOW") == "1" {
		rounds = 80
	}
	for round := range rounds {
		rng := rand.New(rand.NewPCG(seed, uint64(round)))
		ok := t.Run("", func(t *testing.T) {
			t.Setenv("XDG_STATE_HOME", memoryFolder(t))
			dir, err := StateDir()
			if err != nil {
				t.Fatal(err)
			}
			r := newRunner(t, false, rng.IntN)
			r.must(r.d.StartJournal())
			if round%3 == 0 {
				r.fragment()
			}
			for step := range 300 {
				r.step()
				if step%23 > 0 || r.o.depth > 0 {
					continue
				}
				syncJournalOf(t, r.d)
				if len(journals(t, dir)) == 0 {
					if r.d.Modified() && step > 0 && !bytes.Equal(r.o.now.b, r.o.base) {
						t.Fatal("no journal")
					}
					continue
				}
				crashed(t, dir, func(rec *Recovery) { r.again(rec) })
			}
			r.must(r.d.Close())
		})
		if !ok {
			t.Fatalf("seed %d, round %d", seed, round)
		}
	}
}

// again recovers the runner's document and goes on with the copy.
func (r *runner) again(rec *Recovery) {
	r.t.Helper()
	if rec == nil {
		if !bytes.Equal(r.o.now.b, r.o.base) {
			r.t.Fatal("the journal is lost")
		}
		return
	}
	d := recovered(r.t, rec)
	if !bytes.Equal(content(r.t, d.Snapshot()), r.o.now.b) {
		r.t.Fatal("other bytes are recovered")
	}
	dir, err := StateDir()
	r.must(err)
	for range r.next(6) {
		if r.next(3) == 0 {
			d.Undo()
		} else {
			off, del := r.part(int(d.Size()))
			r.must(d.Splice(int64(off), int64(del), r.bytes(r.next(5)), Alone))
		}
	}
	now := content(r.t, d.Snapshot())
	syncJournalOf(r.t, d)
	crashed(r.t, dir, func(rec *Recovery) {
		if rec != nil && !bytes.Equal(content(r.t, recovered(r.t, rec).Snapshot()), now) {
			r.t.Fatal("other bytes are recovered the second time")
		}
	})
	for d.CanUndo() {
		d.Undo()
	}
	if !bytes.Equal(content(r.t, d.Snapshot()), r.o.base) {
		r.t.Fatal("undoing all does not lead to the saved bytes")
	}
}

// fileDoc is a document over a file of n bytes, with a journal.
func fileDoc(t testing.TB, n int) (d *Document, path string, b []byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "file")
	b = make([]byte, n)
	for i := range b {
		b[i] = byte(i * 7)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return openJournaled(t, path), path, b
}

func openJournaled(t testing.TB, path string) *Document {
	t.Helper()
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if err := d.StartJournal(); err != nil {
		t.Fatal(err)
	}
	return d
}

func saveTo(t testing.TB, d *Document, path string) *Plan {
	t.Helper()
	p, err := d.Plan(path)
	if err != nil {
		t.Fatal(err)
	}
	p.Force = true
	if err := p.Run(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestJournalOfFile: the edits of a file are found by its path and by its inode, not those of another content, and are
// gone after a save or a clean end.
func TestJournalOfFile(t *testing.T) {
	dir := stateFolder(t)
	d, path, b := fileDoc(t, 3<<20)
	if n := journals(t, dir); len(n) > 0 {
		t.Errorf("a journal before the first edit: %v", n)
	}
	splice(t, d, 10, 2, "abc")
	splice(t, d, 2<<20, 0, strings.Repeat("x", 2<<20))
	want := content(t, d.Snapshot())
	syncJournalOf(t, d)
	paths := journals(t, dir)
	if len(paths) != 1 {
		t.Fatalf("journals %v", paths)
	}
	if fi, err := os.Stat(paths[0]); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("journal is %v, %v", fi.Mode(), err)
	}
	other, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if rs, err := other.Recoveries(); err != nil || len(rs) != 0 {
		t.Errorf("the journal of a running program is offered: %v, %v", rs, err)
	}
	if rs, err := Recoveries(); err != nil || len(rs) != 1 || !rs[0].Live || rs[0].PID != os.Getpid() || rs[0].Edits != 2 {
		t.Errorf("listed: %+v, %v", rs, err)
	} else if err := rs[0].Discard(); err == nil {
		t.Error("the journal of a running program was discarded")
	}
	crashed(t, dir, func(r *Recovery) {
		link := path + ".link"
		if err := os.Link(path, link); err != nil {
			t.Skip(err)
		}
		d, err := Open(link)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		rs, err := d.Recoveries()
		if err != nil || len(rs) != 1 || rs[0].Misfit != "" || rs[0].Touched {
			t.Fatalf("by another name: %+v, %v", rs, err)
		}
		os.Remove(link)
	})
	crashed(t, dir, func(r *Recovery) {
		if got := content(t, recovered(t, r).Snapshot()); !bytes.Equal(got, want) {
			t.Error("other bytes are recovered")
		}
	})
	crashed(t, dir, func(r *Recovery) { // a byte that is not compared
		if r.Doubt() != "" {
			t.Errorf("before: %s", r.Doubt())
		}
		rewriteUnseen(t, path, b[:1])
		d, err := r.Open()
		if err != nil || runtime.GOOS != "windows" && (!r.Changed || r.Doubt() == "") {
			t.Fatalf("changed %v, %v", r.Changed, err)
		}
		d.Close()
	})
	crashed(t, dir, func(r *Recovery) {
		later := time.Now().Add(time.Hour)
		if err := os.Chtimes(path, later, later); err != nil {
			t.Fatal(err)
		}
		d, err := r.Open()
		if err != nil || !r.Touched {
			t.Fatalf("touched %v, %v", r.Touched, err)
		}
		d.Close()
		b[0] ^= 1
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Open(); err == nil || !strings.Contains(err.Error(), "other content of the same size") {
			t.Errorf("another content: %v", err)
		}
		if err := os.WriteFile(path, b[1:], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Open(); err == nil || !strings.Contains(err.Error(), "3,145,728 bytes, and this one has 3,145,727") {
			t.Errorf("another size: %v", err)
		}
		if err := r.Discard(); err != nil {
			t.Error(err)
		}
		if rs, err := Recoveries(); err != nil || len(rs) > 0 {
			t.Errorf("after Discard: %v, %v", rs, err)
		}
	})
	if err := d.DropJournal(); err != nil {
		t.Fatal(err)
	}
	if n := journals(t, dir); len(n) > 0 {
		t.Errorf("left after the end: %v", n)
	}
}

// TestJournalAndSave: wherever a program ends between a plan and what follows a save, its edits come back or are in the
// file.
func TestJournalAndSave(t *testing.T) {
	for name, grow := range map[string]string{"in place": "", "new file": "grow"} {
		t.Run(name, func(t *testing.T) {
			dir := stateFolder(t)
			d, path, b := fileDoc(t, 2<<20)
			splice(t, d, 100, 3, "old"+grow)
			want := content(t, d.Snapshot())
			p, err := d.Plan("")
			if err != nil {
				t.Fatal(err)
			}
			splice(t, d, 5000, 1, "later")
			later := content(t, d.Snapshot())
			syncJournalOf(t, d)
			crashed(t, dir, func(r *Recovery) {
				if got := content(t, recovered(t, r).Snapshot()); !bytes.Equal(got, later) {
					t.Error("before the save: other bytes")
				}
			})
			if err := p.Run(context.Background(), nil); err != nil {
				t.Fatal(err)
			}
			if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, want) {
				t.Fatalf("the save wrote something else, %v", err)
			}
			syncJournalOf(t, d)
			crashed(t, dir, func(r *Recovery) { // the file is saved, and the document does not know
				if got := content(t, recovered(t, r).Snapshot()); !bytes.Equal(got, later) {
					t.Error("after the save: other bytes")
				}
			})
			if err := d.Saved(p); err != nil {
				t.Fatal(err)
			}
			syncJournalOf(t, d)
			crashed(t, dir, func(r *Recovery) {
				if got := content(t, recovered(t, r).Snapshot()); !bytes.Equal(got, later) {
					t.Error("after Saved: other bytes")
				}
			})
			for range 2 { // beyond the save: the old bytes are no longer in the file
				if _, ok := d.Undo(); !ok {
					t.Fatal("nothing to undo")
				}
			}
			if !bytes.Equal(content(t, d.Snapshot()), b) {
				t.Fatal("undo is wrong")
			}
			syncJournalOf(t, d)
			crashed(t, dir, func(r *Recovery) {
				if got := content(t, recovered(t, r).Snapshot()); !bytes.Equal(got, b) {
					t.Error("after an undo beyond the save: other bytes")
				}
			})
			d.Redo()
			if d.Modified() {
				t.Fatal("not back at the saved state")
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			if n := journals(t, dir); len(n) > 0 {
				t.Errorf("left after a close without changes: %v", n)
			}
		})
	}
}

// TestJournalWithoutFile: what no file holds comes back from the journal alone, and a new file from its path.
func TestJournalWithoutFile(t *testing.T) {
	dir := stateFolder(t)
	b := bytes.Repeat([]byte("spooled "), 200_000)
	d, err := OpenStream("standard input", bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.StartJournal(); err != nil {
		t.Fatal(err)
	}
	splice(t, d, 1000, 1, "was")
	want := content(t, d.Snapshot())
	if err := d.Close(); err != nil { // with changes: the journal stays
		t.Fatal(err)
	}
	crashed(t, dir, func(r *Recovery) {
		if got := content(t, recovered(t, r).Snapshot()); r.Path != "" || !bytes.Equal(got, want) {
			t.Errorf("path %q, %d bytes", r.Path, len(got))
		}
	})
	dir = stateFolder(t)
	path := filepath.Join(t.TempDir(), "new\n\xff")
	d = Create(path)
	if err := d.StartJournal(); err != nil {
		t.Fatal(err)
	}
	splice(t, d, 0, 0, "born")
	syncJournalOf(t, d)
	crashed(t, dir, func(r *Recovery) {
		d := recovered(t, r)
		if got := content(t, d.Snapshot()); string(got) != "born" || r.Path != path || d.Info().Path != path {
			t.Errorf("%q for %q", got, r.Path)
		}
	})
	p := saveTo(t, d, "")
	syncJournalOf(t, d)
	crashed(t, dir, func(r *Recovery) {
		if got := content(t, recovered(t, r).Snapshot()); string(got) != "born" {
			t.Errorf("after the first save: %q", got)
		}
	})
	if err := d.Saved(p); err != nil {
		t.Fatal(err)
	}
	d.Close()
}

// TestN3EditTooLarge: an edit that the journal cannot take loses none of those that were noted along with it.
func TestN3EditTooLarge(t *testing.T) {
	defer func(was int64) { literalLimit = was }(literalLimit)
	literalLimit = 1000
	dir := stateFolder(t)
	path := fileOf(t, 100)
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	j := &Journal{wake: make(chan struct{}, 1), ended: make(chan struct{})}
	w := &journalWriter{dir: dir, base: d.journalBase(), j: j}
	d.journal = j
	splice(t, d, 10, 2, "kept")
	want := content(t, d.Snapshot())
	splice(t, d, 20, 0, strings.Repeat("x", 1001))
	splice(t, d, 30, 0, "behind")
	w.timer = time.NewTimer(time.Hour)
	if w.work(j.take(nil)); j.Err() == nil || !strings.Contains(j.Err().Error(), "too large") {
		t.Fatal(j.Err())
	}
	d.journal = nil
	crashed(t, dir, func(r *Recovery) {
		if got := content(t, recovered(t, r).Snapshot()); !bytes.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

// TestJournalHuge: what is large by arithmetic, or stands in a file, costs the journal nothing.
func TestJournalHuge(t *testing.T) {
	dir := stateFolder(t)
	d, _, _ := fileDoc(t, 4<<20)
	from, err := Open(fileOf(t, 3<<20))
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(d.SpliceFill(7, 0, 1<<60, []byte("pattern")))
	must(d.SpliceFrom(0, 0, d.Snapshot(), Range{100, 1 << 50}))
	must(d.SpliceFrom(50, 0, from.Snapshot(), Range{1, 3 << 20}))
	must(from.Close())
	for range 40 {
		d.Undo()
		d.Redo()
	}
	syncJournalOf(t, d)
	if fi, err := os.Stat(journals(t, dir)[0]); err != nil || fi.Size() > 4<<10 {
		t.Errorf("a journal of %d bytes, %v", fi.Size(), err)
	}
	crashed(t, dir, func(r *Recovery) {
		d2 := recovered(t, r)
		if d2.Size() != d.Size() {
			t.Fatalf("%d bytes, expected %d", d2.Size(), d.Size())
		}
		for _, off := range []int64{0, 40, 60, 1 << 20, 1 << 49, d.Size() - 4096} {
			a, b := make([]byte, 4096), make([]byte, 4096)
			d.Snapshot().ReadAt(a, off)
			d2.Snapshot().ReadAt(b, off)
			if !bytes.Equal(a, b) {
				t.Errorf("other bytes at %d", off)
			}
		}
	})
}

func fileOf(t testing.TB, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "other")
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{}).Read(b)
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestJournalTyping: what was recovered has the same steps of undo and redo as what was lost.
func TestJournalTyping(t *testing.T) {
	seed := testSeed(t)
	rng := rand.New(rand.NewPCG(seed, 1))
	dir := stateFolder(t)
	d, _, _ := fileDoc(t, 300)
	at := int64(0)
	for range 600 {
		switch size := d.Size(); rng.IntN(12) {
		case 0:
			d.Undo()
		case 1:
			d.Redo()
		case 2:
			at = rng.Int64N(size + 1)
		case 3, 4:
			if at > 0 && at <= size {
				at--
				if err := d.Splice(at, 1, nil, Typed); err != nil {
					t.Fatal(err)
				}
			}
		case 5:
			d.seal()
		case 6:
			d.Begin()
			for range rng.IntN(2 * maxGroup) {
				splice(t, d, rng.Int64N(d.Size()+1), 0, "g")
			}
			d.End()
		default:
			at = min(at, size)
			if err := d.Splice(at, min(int64(rng.IntN(2)), size-at), []byte{byte(rng.Uint32())}, Typed); err != nil {
				t.Fatal(err)
			}
			at++
		}
	}
	syncJournalOf(t, d)
	crashed(t, dir, func(r *Recovery) {
		d2 := recovered(t, r)
		for range 3 {
			for _, step := range []func(*Document) (Change, bool){(*Document).Undo, (*Document).Redo} {
				for {
					c, ok := step(d)
					c2, ok2 := step(d2)
					if c != c2 || ok != ok2 || !bytes.Equal(content(t, d.Snapshot()), content(t, d2.Snapshot())) {
						t.Fatalf("seed %d: %v %v, in the recovered one %v %v", seed, c, ok, c2, ok2)
					}
					if !ok {
						break
					}
				}
			}
		}
	})
}
