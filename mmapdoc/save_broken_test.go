package mmapdoc

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// brokenSave saves changes in three places to a disk that makes nothing durable any more, so that the old bytes cannot be
// put back either, and then lets the file hold what such a disk may: old and new bytes.
func brokenSave(t *testing.T) (d *Document, path string, old, want []byte) {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	old = sample(100_000)
	path = writeFile(t, old)
	d = mustOpen(t, path)
	for _, off := range []int64{10, 40_000, 90_000} {
		splice(t, d, off, 5, "fresh")
	}
	want = readAll(t, d)
	targetSync = func(*os.File) error { return errors.New("the disk is broken") }
	defer func() { targetSync = syncData }()
	p, err := d.Plan("")
	if err != nil {
		t.Fatal(err)
	}
	if err = p.Run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "open it again to undo this save") {
		t.Fatal(err)
	}
	fi, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	mixed := bytes.Clone(old)
	copy(mixed[40_000:], "fresh")
	if err := errors.Join(os.WriteFile(path, mixed, 0o644), os.Chtimes(path, time.Time{}, fi.ModTime())); err != nil {
		t.Fatal(err)
	}
	now, err := stampOf(path)
	if err != nil {
		t.Fatal(err)
	}
	d.base.store.(*generation).file.setStamp(now) // the test's writing is the save's
	return d, path, old, want
}

// whatIs checks what the document reads, back to before its edits.
func whatIs(t *testing.T, d *Document, old, want []byte) {
	t.Helper()
	if !bytes.Equal(readAll(t, d), want) {
		t.Error("the document reads other bytes")
	}
	n := 0
	for ; d.CanUndo(); n++ {
		d.Undo()
	}
	if !bytes.Equal(readAll(t, d), old) {
		t.Error("undo reads other bytes")
	}
	for range n {
		d.Redo()
	}
}

// TestN1BrokenSaveIsNotForgotten: after a failed sync the system shows bytes that may not be on the disk. A file whose old
// bytes could not be made durable counts as torn, even if it reads right, until they are written once more.
func TestN1BrokenSaveIsNotForgotten(t *testing.T) {
	d, path, old, _ := brokenSave(t)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	long := time.Unix(1_000_000_000, 0)
	if err := errors.Join(os.WriteFile(path, old, 0o644), os.Chtimes(path, time.Time{}, long)); err != nil {
		t.Fatal(err)
	}
	torn, err := FindTornSave(path)
	if torn == nil || err != nil {
		t.Fatalf("found %+v, %v", torn, err)
	}
	if err := torn.Undo(); err != nil {
		t.Fatal(err)
	}
	onDisk(t, path, old)
	if fi, err := os.Stat(path); err != nil || fi.ModTime().Equal(long) {
		t.Errorf("nothing was written: %v, %v", fi.ModTime(), err)
	}
	if torn, err := FindTornSave(path); torn != nil || err != nil {
		t.Errorf("afterwards: %+v, %v", torn, err)
	}
}

// TestN1AfterABrokenSave: what is done with a document after a save that could not put the old bytes back.
func TestN1AfterABrokenSave(t *testing.T) {
	t.Run("saved", func(t *testing.T) {
		d, path, old, want := brokenSave(t)
		saveAgain(t, d, path)
		onDisk(t, path, want)
		whatIs(t, d, old, want)
	})
	t.Run("cancelled", func(t *testing.T) { // also what the first save wrote is put back
		d, path, old, want := brokenSave(t)
		p, err := d.Plan("")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		failpoint = func(string) { cancel() }
		defer func() { failpoint = func(string) {} }()
		if err := p.Run(ctx, nil); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		onDisk(t, path, old)
		whatIs(t, d, old, want)
	})
	t.Run("no journal", func(t *testing.T) { // what is aside stays there
		d, path, old, want := brokenSave(t)
		if err := os.Mkdir(besideName(path)+"~", 0o755); err != nil {
			t.Fatal(err)
		}
		p, err := d.Plan("")
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(t.Context(), nil); err == nil {
			t.Fatal("saved without a journal")
		}
		whatIs(t, d, old, want)
		if err := os.Remove(besideName(path) + "~"); err != nil {
			t.Fatal(err)
		}
		saveAgain(t, d, path)
		onDisk(t, path, want)
	})
	t.Run("undone", func(t *testing.T) { // the file has to get its old bytes back, though the document is unmodified
		d, path, old, _ := brokenSave(t)
		for d.CanUndo() {
			d.Undo()
		}
		saveAgain(t, d, path)
		onDisk(t, path, old)
	})
	t.Run("as a new file", func(t *testing.T) {
		d, path, _, want := brokenSave(t)
		splice(t, d, 0, 0, "more")
		saveAgain(t, d, path)
		onDisk(t, path, append([]byte("more"), want...))
	})
}

// saveAgain saves d and checks that nothing of a torn save is left.
func saveAgain(t *testing.T, d *Document, path string) {
	t.Helper()
	p, err := d.Plan("")
	if err != nil {
		t.Fatal(err)
	}
	finish(t, d, p)
	if torn, err := FindTornSave(path); torn != nil || err != nil {
		t.Errorf("afterwards: %+v, %v", torn, err)
	}
	if _, err := os.Lstat(besideName(path)); err == nil {
		t.Error("a journal is left")
	}
}
