package mmapdoc

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// save plans, checks the method, runs, and tells the document.
func save(t testing.TB, d *Document, path string, want Method) *Plan {
	t.Helper()
	p, err := d.Plan(path)
	if err != nil {
		t.Fatal(err)
	}
	if p.Method != want || p.Conflict != "" {
		t.Fatalf("planned to save %v, conflict %q; want %v", p.Method, p.Conflict, want)
	}
	finish(t, d, p)
	return p
}

func finish(t testing.TB, d *Document, p *Plan) {
	t.Helper()
	var progress atomic.Int64
	if err := p.Run(context.Background(), &progress); err != nil {
		t.Fatal(err)
	}
	if progress.Load() != p.Bytes {
		t.Errorf("progress ended at %d of %d bytes", progress.Load(), p.Bytes)
	}
	if err := d.Saved(p); err != nil {
		t.Fatal(err)
	}
	if d.Modified() {
		t.Error("modified after a save")
	}
}

// splice edits or fails.
func splice(t testing.TB, d *Document, off, del int64, ins string) {
	t.Helper()
	if err := d.Splice(off, del, []byte(ins), Alone); err != nil {
		t.Fatal(err)
	}
}

// onDisk fails unless path holds want and its folder nothing else than others.
func onDisk(t testing.TB, path string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("the file holds %d bytes that are not the %d expected ones", len(got), len(want))
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".hexlay") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

func TestSaveInPlace(t *testing.T) {
	want := sample(1 << 20)
	path := writeFile(t, want)
	link := filepath.Join(filepath.Dir(path), "link")
	if err := os.Link(path, link); err != nil {
		t.Skip(err)
	}
	before, _ := os.Stat(path)
	d := mustOpen(t, path)
	old := bytes.Clone(want)
	for _, off := range []int64{0, 4095, 4096, 700_000, 1<<20 - 3} {
		splice(t, d, off, 3, "abc")
		copy(want[off:], "abc")
	}
	p := save(t, d, "", InPlace)
	if p.Bytes != 13 || p.Ranges[1] != (Range{4095, 4099}) { // two of the edits overlap
		t.Errorf("wrote %d bytes: %v", p.Bytes, p.Ranges)
	}
	onDisk(t, path, want)
	onDisk(t, link, want)
	after, _ := os.Stat(path)
	if !os.SameFile(before, after) {
		t.Error("another inode")
	}
	if !after.ModTime().After(before.ModTime()) {
		t.Error("the time of the last change stayed")
	}
	if !bytes.Equal(readAll(t, d), want) {
		t.Error("the document reads other bytes after the save")
	}
	if len(d.Snapshot().Changed(Range{0, d.Size()}, nil)) != 0 {
		t.Error("changed bytes after the save")
	}
	for d.CanUndo() {
		d.Undo()
	}
	if !bytes.Equal(readAll(t, d), old) {
		t.Error("undo across the save reads other bytes")
	}
	save(t, d, "", InPlace)
	onDisk(t, path, old)
	save(t, d, "", Nothing)
}

func TestSaveNewFile(t *testing.T) {
	old := sample(300_000)
	path := writeFile(t, old)
	d := mustOpen(t, path)
	splice(t, d, 1000, 0, "inserted")
	want := append(append(bytes.Clone(old[:1000]), "inserted"...), old[1000:]...)
	save(t, d, "", NewFile)
	onDisk(t, path, want)
	splice(t, d, 0, 1, "x")
	want[0] = 'x'
	save(t, d, "", InPlace)
	onDisk(t, path, want)
	for d.CanUndo() {
		d.Undo()
	}
	if !bytes.Equal(readAll(t, d), old) {
		t.Error("undo across both saves reads other bytes")
	}
	save(t, d, "", NewFile)
	onDisk(t, path, old)
}

func TestSaveEmptyAndBack(t *testing.T) {
	path := writeFile(t, nil)
	d := mustOpen(t, path)
	splice(t, d, 0, 0, "hello")
	save(t, d, "", NewFile)
	onDisk(t, path, []byte("hello"))
	splice(t, d, 0, 5, "")
	save(t, d, "", NewFile)
	onDisk(t, path, nil)
}

func TestCreate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new")
	d := Create(path)
	defer d.Close()
	splice(t, d, 0, 0, "hello")
	save(t, d, "", NewFile)
	onDisk(t, path, []byte("hello"))
	if d.Info() != (Info{Name: "new", Path: path, Kind: File}) {
		t.Errorf("info is %+v", d.Info())
	}
	other := Create(path)
	defer other.Close()
	p, err := other.Plan("")
	if err != nil {
		t.Fatal(err)
	}
	var conflict *ConflictError
	if err := p.Run(context.Background(), nil); !errors.As(err, &conflict) || p.Conflict == "" {
		t.Errorf("a file that appeared: conflict %q, Run: %v", p.Conflict, err)
	}
	onDisk(t, path, []byte("hello"))
}

func TestSaveAs(t *testing.T) {
	want := sample(10_000)
	d, err := OpenStream("stream", bytes.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Plan(""); err == nil {
		t.Error("a stream has a place to save to")
	}
	path := filepath.Join(t.TempDir(), "out")
	save(t, d, path, NewFile)
	onDisk(t, path, want)
	if d.Info() != (Info{Name: "out", Path: path, Kind: File}) {
		t.Errorf("info is %+v", d.Info())
	}
	splice(t, d, 5, 1, "x")
	want[5] = 'x'
	if err := os.Mkdir(filepath.Join(filepath.Dir(path), "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	p := save(t, d, filepath.Dir(path)+"/sub/../out", InPlace) // the same file by a longer name
	if p.Path != path {
		t.Errorf("saved to %s", p.Path)
	}
	onDisk(t, path, want)

	over := writeFile(t, []byte("another file"))
	if p, err = d.Plan(over); err != nil || p.Method != NewFile || p.Conflict == "" {
		t.Fatalf("plan over another file: %+v, %v", p, err)
	}
	if err := p.Run(context.Background(), nil); err == nil {
		t.Fatal("another file was overwritten without Force")
	}
	p.Force = true
	finish(t, d, p)
	onDisk(t, over, want)
	onDisk(t, path, want)
}

// TestN6HardLink: another length keeps a file's other names.
func TestN6HardLink(t *testing.T) {
	path := writeFile(t, []byte("hello"))
	if err := os.Link(path, path+"2"); err != nil {
		t.Skip(err)
	}
	d := mustOpen(t, path)
	splice(t, d, 5, 0, " world")
	p := save(t, d, "", InPlaceMove)
	if p.NewSize != 11 || p.Bytes != 6 {
		t.Errorf("planned %+v", p)
	}
	onDisk(t, path+"2", []byte("hello world"))
	splice(t, d, 0, 0, "oh, ")
	save(t, d, "", InPlaceMove)
	onDisk(t, path, []byte("oh, hello world"))
	splice(t, d, 2, 5, "")
	save(t, d, "", InPlaceMove)
	onDisk(t, path+"2", []byte("ohlo world"))
	for d.CanUndo() {
		d.Undo()
	}
	if got := readAll(t, d); string(got) != "hello" {
		t.Errorf("undo across the moves reads %q", got)
	}
	save(t, d, "", InPlaceMove)
	onDisk(t, path+"2", []byte("hello"))
	save(t, d, path+"3", NewFile)
	onDisk(t, path+"3", []byte("hello"))
}

// TestRandomMoves is TestRandomSaves on a file with two names, in chunks of a few bytes.
func TestRandomMoves(t *testing.T) {
	defer func(n int64) { moveChunk = n }(moveChunk)
	seed := randomSeed()
	rounds := 6
	if os.Getenv("HEXLAY_SLOW") == "1" {
		rounds = 60
	}
	for round := range rounds {
		rng := rand.New(rand.NewPCG(seed, uint64(round)))
		moveChunk = int64(1 + rng.IntN(3000))
		if !t.Run("", func(t *testing.T) { randomSaves(t, rng, true) }) {
			t.Fatalf("seed %d, round %d", seed, round)
		}
	}
}

// TestMoveCancel ends moves at random moments: the file is as it was, and every snapshot reads right all the time.
func TestMoveCancel(t *testing.T) {
	defer func(n int64) { moveChunk = n }(moveChunk)
	moveChunk = 1000
	seed := randomSeed()
	rng := rand.New(rand.NewPCG(seed, 7))
	cancelled := 0
	for range 40 {
		old := sample(20_000)
		path := writeFile(t, old)
		if err := os.Link(path, path+"2"); err != nil {
			t.Skip(err)
		}
		d := mustOpen(t, path)
		before := d.Snapshot()
		for range 5 {
			off := rng.Int64N(d.Size() - 2000)
			splice(t, d, off, rng.Int64N(2000), string(sample(rng.IntN(2000))))
		}
		want := readAll(t, d)
		p, err := d.Plan("")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		stop := rng.IntN(40)
		calls := 0
		failpoint = func(name string) {
			if calls++; calls == stop {
				cancel()
			}
			if calls%5 == 0 && !bytes.Equal(content(t, before), old) {
				t.Errorf("seed %d: a snapshot reads other bytes during %s", seed, name)
			}
		}
		err = p.Run(ctx, nil)
		failpoint = func(string) {}
		cancel()
		if !bytes.Equal(content(t, before), old) {
			t.Fatalf("seed %d: a snapshot reads other bytes after the save", seed)
		}
		if err == nil {
			if err := d.Saved(p); err != nil {
				t.Fatal(err)
			}
			onDisk(t, path+"2", want)
			continue
		}
		cancelled++
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), ": cancelled") || strings.Contains(err.Error(), "context") {
			t.Fatalf("seed %d: %v", seed, err)
		}
		onDisk(t, path, old)
		if !bytes.Equal(readAll(t, d), want) {
			t.Fatalf("seed %d: the document changed", seed)
		}
		if p, err = d.Plan(""); err != nil || p.Conflict != "" {
			t.Fatalf("after a cancelled save: conflict %q, %v", p.Conflict, err)
		}
		finish(t, d, p)
		onDisk(t, path, want)
	}
	if cancelled == 0 {
		t.Error("no save was cancelled")
	}
}

func TestSaveConflict(t *testing.T) {
	grow := func(path string) error {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return err
		}
		_, err = f.WriteString("more")
		return errors.Join(err, f.Close())
	}
	for name, change := range map[string]func(path string) error{
		"written": func(path string) error { return os.Chtimes(path, time.Time{}, time.Unix(1_000_000_000, 0)) },
		"grown":   grow,
		"cut":     func(path string) error { return os.Truncate(path, 5000) },
		"removed": os.Remove,
		"replaced": func(path string) error {
			return errors.Join(os.Rename(path, path+"~"), os.WriteFile(path, []byte("other"), 0o644))
		},
	} {
		for _, ins := range []string{"x", "longer"} {
			for _, late := range []bool{false, true} {
				path := writeFile(t, sample(10_000))
				d := mustOpen(t, path)
				splice(t, d, 10, 1, ins)
				p, err := d.Plan("")
				if err != nil {
					t.Fatal(err)
				}
				if err := change(path); err != nil {
					t.Fatal(err)
				}
				now, _ := os.ReadFile(path)
				if !late {
					if p, err = d.Plan(""); err != nil || p.Conflict == "" {
						t.Fatalf("%s, %s: conflict %q, %v", name, ins, p.Conflict, err)
					}
				}
				var conflict *ConflictError
				if err := p.Run(context.Background(), nil); !errors.As(err, &conflict) {
					t.Fatalf("%s, %s, late %v: Run: %v", name, ins, late, err)
				}
				if got, err := os.ReadFile(path); name != "removed" && !bytes.Equal(got, now) || name == "removed" && !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s, %s, late %v: the file changed", name, ins, late)
				}
				if !d.Modified() {
					t.Error("not modified after a refused save")
				}
				if name == "cut" { // the bytes that are lost cannot be saved by force either
					if p, err = d.Plan(""); err != nil {
						t.Fatal(err)
					}
					p.Force = true
					unlook(d)
					var lost *LostError
					if err := p.Run(context.Background(), nil); !errors.As(err, &lost) {
						t.Errorf("saved lost bytes: %v", err)
					}
					onDisk(t, path, now)
					continue
				}
				want := readAll(t, d)
				if p, err = d.Plan(""); err != nil {
					t.Fatal(err)
				}
				p.Force = true
				finish(t, d, p)
				onDisk(t, path, want)
			}
		}
	}
}

func TestSaveCancel(t *testing.T) {
	old := sample(6 << 20)
	for _, ins := range []string{"", "x"} {
		path := writeFile(t, old)
		d := mustOpen(t, path)
		if err := d.Fill(100, 5<<20, []byte("pattern")); err != nil {
			t.Fatal(err)
		}
		splice(t, d, 50, 0, ins)
		p, err := d.Plan("")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		var progress atomic.Int64
		done := make(chan error)
		go func() { done <- p.Run(ctx, &progress) }()
		for progress.Load() == 0 {
			time.Sleep(10 * time.Microsecond)
		}
		cancel()
		err = <-done
		if err == nil { // the save was faster
			if err := d.Saved(p); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		onDisk(t, path, old)
		want := readAll(t, d)
		if p, err = d.Plan(""); err != nil || p.Conflict != "" {
			t.Fatalf("after a cancelled save: conflict %q, %v", p.Conflict, err)
		}
		finish(t, d, p)
		onDisk(t, path, want)
	}
}

// TestRandomSaves drives a document over a file and the oracle by random operations and saves.
func TestRandomSaves(t *testing.T) {
	seed := randomSeed()
	rounds := 6
	if os.Getenv("HEXLAY_SLOW") == "1" {
		rounds = 200
	}
	defer func(size int64, n int) { windowSize, maxWindows = size, n }(windowSize, maxWindows)
	for round := range rounds {
		rng := rand.New(rand.NewPCG(seed, uint64(round)))
		windowSize, maxWindows = pageSize<<(round%4), 2 // a map for each page is most of the time
		ok := t.Run("", func(t *testing.T) { randomSaves(t, rng, false) })
		if !ok {
			t.Fatalf("seed %d, round %d", seed, round)
		}
	}
}

func randomSaves(t *testing.T, rng *rand.Rand, linked bool) {
	r := newRunner(t, false, func(n int) int {
		v := rng.IntN(n)
		if n == 24 && v == 11 { // the runner's own saves
			v = 0
		}
		return v
	})
	b := r.bytes(rng.IntN(20_000))
	path := filepath.Join(memoryFolder(t), "file.bin")
	if rng.IntN(4) == 0 { // on a disk, which takes its time to make things durable
		path = filepath.Join(t.TempDir(), "file.bin")
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	if linked {
		if err := os.Link(path, path+"2"); err != nil {
			t.Skip(err)
		}
	}
	r.d, r.o = mustOpen(t, path), newOracle(bytes.Clone(b))
	for range 200 {
		r.step()
		if rng.IntN(6) > 0 {
			continue
		}
		p, err := r.d.Plan("")
		if err != nil {
			t.Fatal(err)
		}
		if p.Conflict != "" {
			t.Fatalf("conflict %q", p.Conflict)
		}
		want, id := bytes.Clone(r.o.now.b), r.o.now.id
		for range rng.IntN(3) {
			r.step() // edits while the save is under way
		}
		if err := p.Run(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		onDisk(t, path, want)
		if linked && p.Method == NewFile {
			t.Fatal("saved as a new file")
		}
		if err := r.d.Saved(p); err != nil {
			t.Fatal(err)
		}
		if p.Method != Nothing {
			r.o.base, r.o.saved = want, id
			r.saves++
		}
		r.kept = append(r.kept, kept{p.snap, want})
		r.check()
	}
}

func TestReadDuringSaves(t *testing.T) {
	const size = 1 << 20
	old := make([]byte, size)
	d := mustOpen(t, writeFile(t, old))
	type version struct {
		s *Snapshot
		b byte
	}
	var current atomic.Pointer[version]
	current.Store(&version{d.Snapshot(), 0})
	stop := make(chan struct{})
	failed := make(chan error, 4)
	for i := range 4 {
		go func() {
			buf := make([]byte, 64<<10)
			for n := 0; ; n++ {
				select {
				case <-stop:
					failed <- nil
					return
				default:
				}
				v := current.Load()
				want := bytes.Repeat([]byte{v.b}, size)
				check := func(off int64, b []byte) error {
					if !bytes.Equal(b, want[:len(b)]) {
						return errors.New("a reader saw bytes of another version")
					}
					return nil
				}
				var err error
				if (n+i)%2 == 0 {
					err = v.s.Scan(Range{0, size}, check)
				} else {
					off := int64(n%16) * int64(len(buf))
					if _, err = v.s.ReadAt(buf, off); err == nil {
						err = check(off, buf)
					}
				}
				if err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	for i := range 20 {
		if err := d.Fill(0, size, []byte{byte(i + 1)}); err != nil {
			t.Fatal(err)
		}
		if i%3 == 0 {
			current.Store(&version{d.Snapshot(), byte(i + 1)})
		}
		save(t, d, "", InPlace)
		if i%3 == 1 {
			current.Store(&version{d.Snapshot(), byte(i + 1)})
		}
	}
	close(stop)
	for range 4 {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
}

// unlook makes the next read look where the file ends, as time passing would.
func unlook(d *Document) { d.baseStore().(*generation).file.mapped.looked.Store(-int64(time.Hour)) }

// TestSavedOfAnotherDocument hands a plan that ran to a document that did not make it.
func TestSavedOfAnotherDocument(t *testing.T) {
	dir := t.TempDir()
	for _, size := range []string{"abc", "abcd"} { // in place, as a new file
		path := filepath.Join(dir, "of-"+size)
		if err := os.WriteFile(path, []byte("012"), 0o644); err != nil {
			t.Fatal(err)
		}
		d, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		other := FromBytes("other", []byte("others"))
		defer other.Close()
		if err := other.Splice(0, 1, []byte("O"), Alone); err != nil {
			t.Fatal(err)
		}
		if err := d.Splice(0, 3, []byte(size), Alone); err != nil {
			t.Fatal(err)
		}
		p, err := d.Plan("")
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		info, version := other.Info(), other.Version()
		if err := other.Saved(p); err == nil || !strings.Contains(err.Error(), "another document") {
			t.Errorf("the plan of another document: %v", err)
		}
		if other.Info() != info || other.Version() != version || !other.Modified() || len(other.leases) != 1 {
			t.Errorf("the other document changed: %+v, version %d, modified %v", other.Info(), other.Version(), other.Modified())
		}
		if got := string(content(t, other.Snapshot())); got != "Others" {
			t.Errorf("the other document holds %q", got)
		}
		if err := d.Saved(p); err != nil || d.Modified() {
			t.Errorf("its own document: %v, modified %v", err, d.Modified())
		}
		if got := string(content(t, d.Snapshot())); got != size {
			t.Errorf("its own document holds %q", got)
		}
	}
}
