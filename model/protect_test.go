package model

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

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
	if !slices.Equal(commands, []string{"recover", "recover-compare", "recover-discard", ""}) || !strings.Contains(q.Text, "2 edits of file") {
		t.Fatalf("asks %+v", q)
	}
	if err := e.Close(); err != nil { // decided later
		t.Fatal(err)
	}
	e, _ = protectedOn(t, path)
	if _, err := run(t, e, "recover-compare"); err != nil {
		t.Fatal(err)
	}
	if got := bytesIn(t, e); !bytes.Equal(got, want) || e.Selection() != (mmapdoc.Range{Start: 2, End: 4}) || !strings.Contains(e.Notice().Text, "2 changed ranges") {
		t.Errorf("restored %q, selected %v, says %q", got, e.Selection(), e.Notice().Text)
	}
	must(t, e, "undo")
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
