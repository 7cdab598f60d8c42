package mmapdoc

import (
	"errors"
	"os"
	"testing"
	"time"
)

// TestN4OutsideIsNoticed: what another program does to the file is told, by kind.
func TestN4OutsideIsNoticed(t *testing.T) {
	for deed, change := range map[Deed]func(path string) error{
		Grew:   func(path string) error { return os.Truncate(path, 20_000) },
		Shrank: func(path string) error { return os.Truncate(path, 100) },
		Rewritten: func(path string) error {
			return errors.Join(os.WriteFile(path, make([]byte, 10_000), 0o644), os.Chtimes(path, time.Time{}, time.Unix(1_000_000_000, 0)))
		},
		Replaced: func(path string) error {
			return errors.Join(os.WriteFile(path+"~", []byte("other"), 0o644), os.Rename(path+"~", path))
		},
		Deleted: os.Remove,
	} {
		path := writeFile(t, sample(10_000))
		d := mustOpen(t, path)
		o := d.Outsider()
		if now := o.Look(); now.Deed != Unchanged || now.String() != "" {
			t.Errorf("before anything: %+v", now)
		}
		quiet := o.Look()
		got := make(chan Outside, 1)
		go func() {
			known := quiet
			for {
				now, ok := o.Wait(nil, known)
				if !ok || now.Deed == deed {
					got <- now
					return
				}
				known = now
			}
		}()
		if err := change(path); err != nil {
			t.Fatal(err)
		}
		select {
		case now := <-got:
			if now.String() == "" {
				t.Errorf("%+v has no words", now)
			}
		case <-time.After(30 * time.Second):
			t.Errorf("deed %d was not noticed: %+v", deed, o.Look())
		}
	}
}

// TestOutsideAfterOwnSave: what the document's own saves do is nobody else's deed.
func TestOutsideAfterOwnSave(t *testing.T) {
	d := mustOpen(t, writeFile(t, sample(10_000)))
	for _, ins := range []string{"x", "longer"} {
		splice(t, d, 5, 1, ins)
		p, err := d.Plan("")
		if err != nil {
			t.Fatal(err)
		}
		finish(t, d, p)
		if now := d.Outsider().Look(); now.Deed != Unchanged {
			t.Errorf("after a save %v: %+v", p.Method, now)
		}
	}
}

// TestLostRanges: what a cut took is known exactly, and what is left can be saved.
func TestLostRanges(t *testing.T) {
	old := sample(50_000)
	path := writeFile(t, old)
	d := mustOpen(t, path)
	splice(t, d, 20_000, 0, "inserted")
	splice(t, d, 40_000, 5, "typed")
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	lost := d.Snapshot().Lost(nil)
	want := []Range{{100, 20_000}, {20_008, 40_000}, {40_005, 50_008}}
	if len(lost) != 3 || lost[0] != want[0] || lost[1] != want[1] || lost[2] != want[2] {
		t.Fatalf("lost are %v, want %v", lost, want)
	}
	d.Begin()
	for i := len(lost) - 1; i >= 0; i-- {
		splice(t, d, lost[i].Start, lost[i].Len(), "")
	}
	d.End()
	left := append(append([]byte(nil), old[:100]...), "insertedtyped"...)
	p, err := d.Plan("")
	if err != nil || p.Conflict == "" {
		t.Fatalf("conflict %q, %v", p.Conflict, err)
	}
	p.Force = true
	finish(t, d, p)
	onDisk(t, path, left)
}

// rewriteUnseen writes b into the file at path and puts the time of the last write back.
func rewriteUnseen(t *testing.T, path string, b []byte) {
	t.Helper()
	fi, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond) // older kernels count time in ticks
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(b, 0)
	if err := errors.Join(err, f.Close(), os.Chtimes(path, time.Time{}, fi.ModTime())); err != nil {
		t.Fatal(err)
	}
	now, err := os.Stat(path)
	if err != nil || !now.ModTime().Equal(fi.ModTime()) || now.Size() != fi.Size() {
		t.Skipf("the time cannot be put back here: %v, %v", now, err)
	}
}
