package model

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"hexlay/mmapdoc"
)

// protected is an editor on a file that looks out for other programs.
func protected(t *testing.T, b []byte) (*Editor, string) {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	e, path := onFile(t, b)
	e.protection.on = true
	return e, path
}

// notice waits until the editor was told what happened to its file.
func notice(t *testing.T, e *Editor, eff Effect) {
	t.Helper()
	for deadline := time.After(30 * time.Second); e.Outside().Deed == mmapdoc.Unchanged; {
		w, ok := eff.(Watch)
		if !ok {
			t.Fatalf("no watch but %#v", eff)
		}
		select {
		case <-w.C:
			var err error
			if eff, err = w.Then(e); err != nil {
				t.Fatal(err)
			}
		case <-deadline:
			t.Fatal("another program's change was not noticed")
		}
	}
}

// TestN4Banner: another program's change is told, and each answer does what it says.
func TestN4Banner(t *testing.T) {
	old := pattern5000()
	rewritten := bytes.Clone(old)
	rewritten[300] ^= 0xff
	rewritten[4000] ^= 0xff
	for name, change := range map[string]func(path string) error{
		"rewritten": func(path string) error {
			return errors.Join(os.WriteFile(path, rewritten, 0o640), os.Chtimes(path, time.Time{}, time.Unix(1_000_000_000, 0)))
		},
		"replaced": func(path string) error {
			return errors.Join(os.WriteFile(path+"~", rewritten, 0o640), os.Rename(path+"~", path))
		},
	} {
		e, path := protected(t, old)
		eff := e.watchOutside()
		e.Saw(0, old[:1000]) // what the screen shows
		if err := change(path); err != nil {
			t.Fatal(err)
		}
		notice(t, e, eff)
		if ask := question(t, e, "outside"); len(ask.Choices) != 5 || ask.Text == "" {
			t.Errorf("%s: %+v", name, ask)
		}
		must(t, e, "compare-file")
		if d := e.Differences(mmapdoc.Range{End: 5000}, nil); len(d) == 0 || d[0] != (mmapdoc.Range{Start: 300, End: 301}) {
			t.Errorf("%s: differences %v", name, d)
		}
		must(t, e, "goto 0", "next-difference")
		if e.Cursor() != 300 {
			t.Errorf("%s: the cursor is at %d", name, e.Cursor())
		}
		must(t, e, "mark x", "keep-mine")
		if e.Outside().Deed != mmapdoc.Unchanged {
			t.Errorf("%s: the banner stays", name)
		}
		must(t, e, "overwrite 01")
		if ask := question(t, e, "save"); !strings.Contains(ask.Text, "another program") {
			t.Errorf("%s: %+v", name, ask)
		}
		fileIs(t, path, rewritten)
		if ask := question(t, e, "reload"); ask.Choices[0].Command != "reload!" {
			t.Errorf("%s: %+v", name, ask)
		}
		if _, err := run(t, e, "reload!"); err != nil {
			t.Fatal(err)
		}
		if got := contents(t, e); !bytes.Equal(got, rewritten) || e.Document().Modified() || e.Marks()['x'] != 300 {
			t.Errorf("%s: after reload: modified %v, marks %v", name, e.Document().Modified(), e.Marks())
		}
		if d := e.Differences(mmapdoc.Range{End: 5000}, nil); len(d) == 0 {
			t.Errorf("%s: nothing is highlighted after a reload", name)
		}
	}
}

// TestLostBytesAreAskedAbout: a document whose file was cut can be saved without the lost bytes, or with zeros for them.
func TestLostBytesAreAskedAbout(t *testing.T) {
	old := pattern5000()
	for _, how := range []string{"drop-lost", "zero-lost"} {
		e, path := onFile(t, old)
		must(t, e, "goto 4000", "overwrite aa bb")
		if err := os.Truncate(path, 100); err != nil {
			t.Fatal(err)
		}
		ask := question(t, e, "save")
		if !strings.Contains(ask.Text, "4,898 bytes") && !strings.Contains(ask.Text, "4898 bytes") {
			t.Errorf("%+v", ask)
		}
		elsewhere := path + "-elsewhere"
		question(t, e, "save-as "+elsewhere)
		must(t, e, how, "save-as "+elsewhere)
		want := append(bytes.Clone(old[:100]), 0xaa, 0xbb)
		if how == "zero-lost" {
			want = make([]byte, 5000)
			copy(want, old[:100])
			want[4000], want[4001] = 0xaa, 0xbb
		}
		fileIs(t, elsewhere, want)
		fileIs(t, path, old[:100])
	}
}

// TestN4SeenInPart: what another program rewrote is highlighted wherever it was on the screen, which shows parts of blocks.
func TestN4SeenInPart(t *testing.T) {
	old := pattern5000()
	e, path := protected(t, old)
	eff := e.watchOutside()
	e.Saw(0, old[:40])
	e.Saw(300, old[300:350])
	e.Saw(340, old[340:700])
	e.Saw(4900, old[4900:])
	rewritten := bytes.Clone(old)
	for _, off := range []int{39, 299, 320, 345, 699, 701, 4999} {
		rewritten[off] ^= 0xff
	}
	if err := errors.Join(os.WriteFile(path, rewritten, 0o640), os.Chtimes(path, time.Time{}, time.Unix(1_000_000_000, 0))); err != nil {
		t.Fatal(err)
	}
	notice(t, e, eff)
	e.Saw(0, rewritten)
	must(t, e, "compare-file")
	var offs []int64
	for _, r := range e.Differences(mmapdoc.Range{End: 5000}, nil) {
		offs = append(offs, r.Start)
	}
	if want := []int64{39, 320, 345, 699, 4999}; !slices.Equal(offs, want) {
		t.Errorf("differences at %v, want %v", offs, want)
	}
}
