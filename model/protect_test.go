package model

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hexlay/mmapdoc"
)

// asks gives the question among effects; its choices by their commands.
func asks(t *testing.T, effs []Effect) (q Ask, commands []string) {
	t.Helper()
	for _, eff := range effs {
		if ask, ok := eff.(Ask); ok {
			q = ask
		}
	}
	for _, c := range q.Choices {
		commands = append(commands, c.Command)
	}
	return q, commands
}

func protectedOn(t *testing.T, path string) (e *Editor, effs []Effect) {
	t.Helper()
	doc, _, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	e = New(doc)
	effs, err = finish(e, e.Protect())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e, effs
}

func bytesIn(t *testing.T, e *Editor) []byte {
	t.Helper()
	b := make([]byte, e.Size())
	if _, err := e.Snapshot().ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRestore: edits that were left behind are offered; restored, gone through, discarded or left for later.
func TestRestore(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("0123456789"), 0o644); err != nil {
		t.Fatal(err)
	}
	leave := func(lines ...string) {
		t.Helper()
		e, effs := protectedOn(t, path)
		if q, _ := asks(t, effs); q.Title != "" {
			t.Fatalf("asks %q", q.Title)
		}
		for _, l := range lines {
			if _, err := run(t, e, l); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.Close(); err != nil { // as from outside: nobody gave the changes up
			t.Fatal(err)
		}
	}
	leave("goto 2", `overwrite "ab"`, "goto 8", `insert "xyz"`)
	want := []byte("01ab4567xyz89")

	e, effs := protectedOn(t, path)
	q, commands := asks(t, effs)
	if !slices.Equal(commands, []string{"recover 1", "recover-compare 1", "recover-discard 1", ""}) || !strings.Contains(q.Text, "2 changes to 5 bytes in file, the last ") {
		t.Fatalf("asks %+v", q)
	}
	if err := e.Close(); err != nil { // decided later
		t.Fatal(err)
	}
	e, _ = protectedOn(t, path)
	effs, err := run(t, e, "recover-compare")
	if err != nil {
		t.Fatal(err)
	}
	q, commands = asks(t, effs)
	if !slices.Equal(commands, []string{"recover 1", "recover-discard 1", ""}) ||
		!slices.Equal(q.Details, []string{"0x00000002  32 33 → 61 62", "0x00000008  78 79 7a inserted"}) {
		t.Errorf("compares %+v", q)
	}
	if got := bytesIn(t, e); string(got) != "0123456789" || e.Cursor() != 2 || e.doc.Modified() {
		t.Errorf("comparing gives %q, the cursor at %d", got, e.Cursor())
	}
	eff, err := e.Do("recover")
	if err != nil {
		t.Fatal(err)
	}
	j := e.StartJob(eff.(Start).Job)
	j.Wait()
	if err := e.Patch(9, []byte("!")); err != nil { // typed while it runs
		t.Fatal(err)
	}
	if _, err := e.Finish(j); err == nil || !strings.Contains(err.Error(), "are kept") {
		t.Errorf("restored over what was typed: %v", err)
	}
	if got := bytesIn(t, e); string(got) != "012345678!" {
		t.Errorf("after a restore that came too late: %q", got)
	}
	does(t, e, "undo")
	does(t, e, "recover")
	if got := bytesIn(t, e); !bytes.Equal(got, want) || !strings.Contains(e.Notice().Text, "restored 2 changes to 5 bytes") {
		t.Errorf("restored %q, says %q", got, e.Notice().Text)
	}
	does(t, e, "undo")
	if got := bytesIn(t, e); string(got) != "01ab456789" {
		t.Errorf("undone: %q", got)
	}
	must(t, e, "redo")
	if err := e.Unprotected(); err != nil || e.Lossy() {
		t.Error(err)
	}
	if err := e.Close(); err != nil { // once more from outside
		t.Fatal(err)
	}
	e, effs = protectedOn(t, path)
	if _, commands = asks(t, effs); len(commands) == 0 {
		t.Fatal("the second crash leaves nothing")
	}
	if _, err := run(t, e, "recover"); err != nil {
		t.Fatal(err)
	}
	if got := bytesIn(t, e); !bytes.Equal(got, want) {
		t.Errorf("restored the second time: %q", got)
	}
	if _, err := run(t, e, "save"); err != nil {
		t.Fatal(err)
	}
	fileIs(t, path, want)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	leave("goto 0", "overwrite ff")
	e, effs = protectedOn(t, path)
	if _, commands = asks(t, effs); len(commands) == 0 {
		t.Fatal("nothing to discard")
	}
	effs, err = run(t, e, "recover-discard")
	if q, _ := asks(t, effs); err != nil || !q.Grave || q.Choices[0].Command != "recover-which 1" {
		t.Errorf("discarding asks %+v, %v", q, err)
	}
	if _, err := run(t, e, "recover-discard!"); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, e, "recover"); err == nil {
		t.Error("what was discarded can be restored")
	}
	if _, err := run(t, e, "overwrite 00"); err != nil {
		t.Fatal(err)
	}
	if err := e.GiveUp(); err != nil { // a quit that was decided
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	_, effs = protectedOn(t, path)
	if q, _ := asks(t, effs); q.Title != "" {
		t.Errorf("after all asks %q", q.Title)
	}
}

// does runs a command that works, whatever its effects.
func does(t *testing.T, e *Editor, line string) {
	t.Helper()
	if _, err := run(t, e, line); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
}

// TestRestoreOfSeveral: all journals that fit are offered; the one that is chosen is restored, the others stay.
func TestRestoreOfSeveral(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("0123456789"), 0o644); err != nil {
		t.Fatal(err)
	}
	for i, line := range []string{`overwrite "a"`, `overwrite "bb"`, `overwrite "ccc"`} {
		doc, _, err := OpenFile(path)
		if err != nil {
			t.Fatal(err)
		}
		e := New(doc)
		if _, err := finish(e, e.Protect()); err != nil {
			t.Fatal(err)
		}
		does(t, e, line)
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		js, err := filepath.Glob(filepath.Join(os.Getenv("XDG_STATE_HOME"), "hexlay", "edits-*"))
		if err != nil || len(js) != i+1 {
			t.Fatal(js, err)
		}
		old := time.Now().Add(time.Duration(i-10) * time.Hour) // a clock that tells them apart
		for _, j := range js {
			if fi, err := os.Stat(j); err != nil {
				t.Fatal(err)
			} else if time.Since(fi.ModTime()) < time.Hour {
				if err := os.Chtimes(j, old, old); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	e, effs := protectedOn(t, path)
	q, commands := asks(t, effs)
	if !slices.Equal(commands, []string{"recover-which 1", "recover-which 2", "recover-which 3", ""}) {
		t.Fatalf("asks %+v", q)
	}
	for i, want := range []string{"1 change to 3 bytes, 8 hours ago", "1 change to 2 bytes, 9 hours ago", "1 change to 1 byte, 10 hours ago"} {
		if c := q.Choices[i]; c.Key != "" || !strings.HasPrefix(c.Label, want) {
			t.Errorf("choice %d is %+v", i, c)
		}
	}
	effs, err := run(t, e, "recover-which 2")
	if _, commands := asks(t, effs); err != nil || !slices.Equal(commands, []string{"recover 2", "recover-compare 2", "recover-discard 2", "recover-which", ""}) {
		t.Errorf("then asks %v, %v", commands, err)
	}
	if _, err := run(t, e, "recover 4"); err == nil {
		t.Error("one that is not there is restored")
	}
	effs, err = run(t, e, "recover-discard! 1")
	if _, commands := asks(t, effs); err != nil || len(commands) != 3 {
		t.Errorf("after one is discarded asks %v, %v", commands, err)
	}
	does(t, e, "recover")
	if got := bytesIn(t, e); string(got) != "bb23456789" {
		t.Errorf("restored %q", got)
	}
	does(t, e, "undo")
	does(t, e, "recover")
	if got := bytesIn(t, e); string(got) != "a123456789" {
		t.Errorf("restored %q", got)
	}
}

// TestAmount: what a journal holds stands in the middle of sentences and at the end of them.
func TestAmount(t *testing.T) {
	if got := amount(&mmapdoc.Recovery{Edits: 9}); got != "9 edits (all undone again)" {
		t.Error(got)
	}
}

// TestRestoreKeepsPlaces: what was laid and marked before the answer stays, at the bytes that it belongs to.
func TestRestoreKeepsPlaces(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("0123456789"), 0o644); err != nil {
		t.Fatal(err)
	}
	e, _ := protectedOn(t, path)
	does(t, e, "goto 2")
	does(t, e, `insert "xyz"`)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e, _ = protectedOn(t, path)
	does(t, e, "struct '<I' @4:4")
	does(t, e, "goto 8")
	does(t, e, "mark m")
	does(t, e, "recover")
	if n := len(e.Overlays()); n != 1 {
		t.Fatalf("%d overlays are left", n)
	}
	if r := e.Overlays()[0].Region; r != (mmapdoc.Range{Start: 7, End: 11}) {
		t.Errorf("the overlay is at %v", r)
	}
	if e.Cursor() != 8 || e.Marks()['m'] != 11 {
		t.Errorf("the cursor is at %d, the mark at %d", e.Cursor(), e.Marks()['m'])
	}
	does(t, e, "undo")
	does(t, e, "reload")
	if n := len(e.Overlays()); n != 1 || e.Overlays()[0].Region != (mmapdoc.Range{Start: 4, End: 8}) {
		t.Errorf("%d overlays after a reload", n)
	}
}

// TestSecondEditor: the second on a file may not save it; after taking over the first may not.
func TestSecondEditor(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("0123456789"), 0o644); err != nil {
		t.Fatal(err)
	}
	first, effs := protectedOn(t, path)
	if q, _ := asks(t, effs); q.Title != "" {
		t.Fatalf("the first is asked %q", q.Title)
	}
	var watch *Watch
	for _, eff := range effs {
		if w, ok := eff.(Watch); ok && watch == nil { // the lock's is the first
			watch = &w
		}
	}
	second, effs := protectedOn(t, path)
	if _, commands := asks(t, effs); !slices.Contains(commands, "take-over") || !strings.Contains(second.ReadOnlyReason(), "another hexlay") {
		t.Fatalf("the second may %v, read-only: %q", commands, second.ReadOnlyReason())
	}
	if _, err := run(t, second, "overwrite 58"); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"save!", "save-as! " + path} {
		if _, err := run(t, second, line); err == nil && line != "save!" {
			t.Errorf("%s is carried out", line)
		}
		fileIs(t, path, []byte("0123456789"))
	}
	if _, err := run(t, second, "take-over"); err != nil {
		t.Fatal(err)
	}
	if why := second.ReadOnlyReason(); why != "" {
		t.Errorf("after taking over: %q", why)
	}
	<-watch.C
	if _, err := watch.Then(first); err == nil || !strings.Contains(err.Error(), "taken file over") {
		t.Errorf("the first is told %v", err)
	}
	if _, err := run(t, second, "save"); err != nil {
		t.Fatal(err)
	}
	fileIs(t, path, []byte("X123456789"))
	if _, err := run(t, first, "overwrite 59"); err != nil {
		t.Fatal(err)
	}
	if effs, err := run(t, first, "save"); err == nil && len(effs) == 0 {
		t.Error("the first saves on")
	}
	fileIs(t, path, []byte("X123456789"))
}

// TestRecoveryOfOtherContent: edits that cannot be put into the file as it is now are told of, and kept.
func TestRecoveryOfOtherContent(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	e, _ := protectedOn(t, path)
	if _, err := run(t, e, `overwrite "ab"`); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil { // as from outside
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("01234567QQ"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // and told again the next time
		e, effs := protectedOn(t, path)
		q, commands := asks(t, effs)
		if !strings.Contains(q.Title, "do not fit this file any more") || !slices.Equal(commands, []string{""}) {
			t.Errorf("asks %+v", q)
		}
		if err := e.GiveUp(); err != nil {
			t.Fatal(err)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTornSaveAsks offers what can be done with a file that an interrupted save has left.
func TestTornSaveAsks(t *testing.T) {
	e, _ := protected(t, pattern5000())
	for _, c := range []struct {
		torn mmapdoc.TornSave
		keys string
		text string
	}{
		{mmapdoc.TornSave{CanUndo: true, CanFinish: true}, "u n k esc", "It was to write 0 bytes."},
		{mmapdoc.TornSave{CanUndo: true, Foreign: "it was copied"}, "u k esc", "But it was copied; mending would overwrite that."},
		{mmapdoc.TornSave{Foreign: "it was cut"}, "k esc", "But it was cut."},
	} {
		ask := e.TornSave(&c.torn).(Ask)
		var keys []string
		for _, choice := range ask.Choices {
			keys = append(keys, choice.Key)
		}
		if got := strings.Join(keys, " "); got != c.keys || !ask.Grave {
			t.Errorf("%+v: the choices are %s", c.torn, got)
		}
		if !strings.HasSuffix(ask.Text, c.text) {
			t.Errorf("%+v: %s", c.torn, ask.Text)
		}
	}
}
