package mmapdoc

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestTail: what arrives is shown by Grow, beside edits, and stays in the spool however much it is.
func TestTail(t *testing.T) {
	d, tail := NewTail("wire")
	defer d.Close()
	if d.Size() != 0 || d.Modified() || d.Grow() != 0 {
		t.Fatalf("a new one: size %d, modified %v", d.Size(), d.Modified())
	}
	more := tail.More()
	if _, err := tail.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	<-more
	old := d.Snapshot()
	if old.Size() != 0 {
		t.Error("bytes are in the document before Grow")
	}
	if n := d.Grow(); n != 5 || d.Modified() {
		t.Errorf("Grow took %d, modified %v", n, d.Modified())
	}
	select {
	case <-tail.More():
		t.Error("there is more after everything was taken")
	default:
	}
	splice(t, d, 0, 1, "J")
	if _, err := tail.Write([]byte(", world")); err != nil {
		t.Fatal(err)
	}
	d.Grow()
	if got := content(t, d.Snapshot()); string(got) != "Jello, world" {
		t.Errorf("%q", got)
	}
	if got := d.Snapshot().Changed(Range{0, d.Size()}, nil); len(got) != 1 || got[0] != (Range{0, 1}) {
		t.Errorf("changed %v", got)
	}
	d.Undo()
	if got := content(t, d.Snapshot()); string(got) != "hello, world" || d.Modified() {
		t.Errorf("%q after undo, modified %v", got, d.Modified())
	}
	if len(content(t, old)) != 0 {
		t.Error("an old snapshot grew")
	}
}

// TestTailSaved: a save holds what was there when it was planned; what comes later is a change.
func TestTailSaved(t *testing.T) {
	d, tail := NewTail("wire")
	defer d.Close()
	put := func(s string) {
		t.Helper()
		if _, err := io.WriteString(tail, s); err != nil {
			t.Fatal(err)
		}
		d.Grow()
	}
	put("one")
	path := filepath.Join(t.TempDir(), "x")
	if err := d.Saved(saveTo(t, d, path)); err != nil {
		t.Fatal(err)
	}
	if d.Modified() {
		t.Error("modified after the save")
	}
	put("two")
	if got := d.Snapshot().Changed(Range{0, d.Size()}, nil); !d.Modified() || len(got) != 1 || got[0] != (Range{3, 6}) {
		t.Errorf("modified %v, changed %v", d.Modified(), got)
	}
	if err := d.Saved(saveTo(t, d, "")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); d.Modified() || err != nil || string(got) != "onetwo" {
		t.Errorf("modified %v, the file holds %q (%v)", d.Modified(), got, err)
	}
}

func TestTailEnds(t *testing.T) {
	d, tail := NewTail("pipe")
	n, err := tail.ReadFrom(io.MultiReader(strings.NewReader("abc"), brokenReader{errors.New("reset")}))
	if n != 3 || err == nil || err.Error() != "reset" {
		t.Errorf("read %d: %v", n, err)
	}
	<-tail.More()
	if ended, err := tail.Ended(); !ended || err == nil {
		t.Errorf("ended %v: %v", ended, err)
	}
	if d.Grow() != 3 {
		t.Error("the bytes before the error are not there")
	}
	<-tail.More() // stays closed: nothing more will come
	if _, err := tail.Write([]byte("x")); err == nil {
		t.Error("a write behind the end")
	}
	d.Close()
	d, tail = NewTail("pipe")
	d.Close()
	if _, err := tail.Write([]byte("x")); err == nil {
		t.Error("a write into a closed document")
	}
	if d.Grow() != 0 {
		t.Error("a closed document grew")
	}
}

type brokenReader struct{ err error }

func (r brokenReader) Read([]byte) (int, error) { return 0, r.err }

// TestTailWhileReading: snapshots are read while bytes arrive, in memory and in the temporary file.
func TestTailWhileReading(t *testing.T) {
	d, tail := NewTail("flood")
	defer d.Close()
	tail.store.memLimit = 1 << 20
	block := bytes.Repeat([]byte("0123456789abcdef"), 4096)
	const blocks = 64
	go func() {
		for range blocks {
			if _, err := tail.Write(block); err != nil {
				tail.End(err)
				return
			}
		}
		tail.End(nil)
	}()
	for ended := false; !ended; {
		<-tail.More()
		ended, _ = tail.Ended()
		d.Grow()
		s := d.Snapshot()
		var at int64
		err := s.Scan(Range{max(0, s.Size()-3<<20), s.Size()}, func(off int64, b []byte) error {
			if at = off + int64(len(b)); b[0] != block[off%16] || b[len(b)-1] != block[(at-1)%16] {
				t.Errorf("other bytes at %d", off)
			}
			return nil
		})
		if err != nil || at != s.Size() {
			t.Fatalf("read up to %d of %d: %v", at, s.Size(), err)
		}
	}
	if d.Size() != blocks*int64(len(block)) {
		t.Errorf("%d bytes", d.Size())
	}
	if _, err := tail.Ended(); err != nil {
		t.Error(err)
	}
}

// TestTailJournal: edits are kept for a crash once all bytes have come; before, there is no journal.
func TestTailJournal(t *testing.T) {
	dir := stateFolder(t)
	d, tail := NewTail("pipe")
	if _, err := io.WriteString(tail, "abc"); err != nil {
		t.Fatal(err)
	}
	d.Grow()
	if err := d.StartJournal(); err != nil || d.Journal() != nil {
		t.Fatalf("journal of a growing document: %v", err)
	}
	splice(t, d, 0, 1, "A")
	tail.End(nil)
	if err := d.StartJournal(); err != nil {
		t.Fatal(err)
	}
	splice(t, d, 1, 1, "B")
	syncJournalOf(t, d)
	crashed(t, dir, func(r *Recovery) {
		if got := content(t, recovered(t, r).Snapshot()); string(got) != "ABc" {
			t.Errorf("%q", got)
		}
	})
	d.Close()
}

// TestGrowWithFile: what another program appends is taken when asked for; not into a document with changes, and not from
// another file under the same name.
func TestGrowWithFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "capture")
	add := func(s string) {
		t.Helper()
		f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := io.WriteString(f, s); err != nil {
			t.Fatal(err)
		}
	}
	var want string
	for _, first := range []string{"", "x", strings.Repeat("page ", 2000)} {
		os.Remove(path)
		add(first)
		want = first
		d, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if d.GrowWithFile() != 0 {
			t.Error("grew without a reason")
		}
		for _, s := range []string{"one", strings.Repeat("more", 3000), "end"} {
			early := content(t, d.Snapshot()) // the window over the old end is open now
			add(s)
			want += s
			if n := d.GrowWithFile(); n == 0 && runtime.GOOS == "windows" {
				t.Skip("maps do not grow here")
			} else if n != int64(len(s)) || d.Modified() || d.Outsider().Look().Deed != Unchanged {
				t.Fatalf("grew by %d, expected %d; modified %v, %v", n, len(s), d.Modified(), d.Outsider().Look())
			}
			if got := content(t, d.Snapshot()); string(got) != want || !strings.HasPrefix(want, string(early)) {
				t.Fatalf("%d bytes read, expected %d", len(got), len(want))
			}
		}
		splice(t, d, 0, 1, "changed")
		add("later")
		if d.GrowWithFile() != 0 {
			t.Error("a document with changes grew")
		}
		d.Undo()
		if d.GrowWithFile() != 5 {
			t.Error("did not grow after the undo")
		}
		want += "later"
		d.Redo()
		if got := content(t, d.Snapshot()); string(got) != "changed"+want[1:] {
			t.Errorf("%q after redo", got[:min(20, len(got))])
		}
		d.Undo()
		if err := os.Rename(path, path+".old"); err != nil {
			t.Fatal(err)
		}
		add(want + "other")
		if d.GrowWithFile() != 0 {
			t.Error("grew by another file")
		}
		d.Close()
	}
}
