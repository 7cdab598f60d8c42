package model

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hexlay/mmapdoc"
)

func onFile(t *testing.T, b []byte) (*Editor, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.bin")
	if err := os.WriteFile(path, b, 0o640); err != nil {
		t.Fatal(err)
	}
	doc, err := mmapdoc.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	e := New(doc)
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e, path
}

func fileIs(t *testing.T, path string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Helper()
		t.Fatalf("%s has %d bytes, want %d (%v)", path, len(got), len(want), err)
	}
}

func must(t *testing.T, e *Editor, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if effs, err := run(t, e, l); err != nil || len(effs) > 0 {
			t.Fatalf("%q: %v, %v", l, effs, err)
		}
	}
}

// question runs a line that must end in a question, and gives it.
func question(t *testing.T, e *Editor, line string) Ask {
	t.Helper()
	effs, err := run(t, e, line)
	if err != nil || len(effs) != 1 {
		t.Fatalf("%q: %v, %v", line, effs, err)
	}
	ask, ok := effs[0].(Ask)
	if !ok {
		t.Fatalf("%q: %#v", line, effs[0])
	}
	return ask
}

func pattern5000() []byte {
	b := make([]byte, 5000)
	for i := range b {
		b[i] = byte(i * 13)
	}
	return b
}

func TestSaveInPlace(t *testing.T) {
	b := pattern5000()
	e, path := onFile(t, b)
	was, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	must(t, e, "goto 100", "overwrite 01 02 03", "goto 4999", "overwrite ff")
	fileIs(t, path, b)
	must(t, e, "plan", "save")
	if !strings.HasPrefix(e.Notice().Text, "saved 4 bytes in 2 ranges, in place") || e.Document().Modified() {
		t.Errorf("%+v", e.Notice())
	}
	want := bytes.Clone(b)
	copy(want[100:], []byte{1, 2, 3})
	want[4999] = 0xff
	fileIs(t, path, want)
	if now, err := os.Stat(path); err != nil || !os.SameFile(was, now) {
		t.Errorf("another file (%v)", err)
	}
	must(t, e, "save")
	if e.Notice().Text != "nothing to save: no byte differs from the file" {
		t.Errorf("%+v", e.Notice())
	}
	must(t, e, "undo", "undo")
	if !e.Document().Modified() {
		t.Error("undone behind a save, and not called changed")
	}
	if effs, err := run(t, e, "save-quit"); err != nil || len(effs) != 1 || effs[0] != (Quit{}) {
		t.Errorf("save-quit: %v, %v", effs, err)
	}
	fileIs(t, path, b)
}

func TestSaveAnotherLength(t *testing.T) {
	b := pattern5000()
	e, path := onFile(t, b)
	must(t, e, "goto 10", "insert aa bb", "plan")
	if got := e.Notice().Text; got != "a save would make a new file of 5,002 bytes; the old file has 5,000" {
		t.Errorf("plan: %s", got)
	}
	must(t, e, "save")
	if !strings.Contains(e.Notice().Text, "as a new file") {
		t.Errorf("%+v", e.Notice())
	}
	fileIs(t, path, append(append(bytes.Clone(b[:10]), 0xaa, 0xbb), b[10:]...))
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o640 {
		t.Errorf("mode %v (%v)", fi.Mode(), err)
	}
	must(t, e, "undo", "save")
	fileIs(t, path, b)
}

func TestSaveAsksAboutConflicts(t *testing.T) {
	b := pattern5000()
	e, path := onFile(t, b)
	must(t, e, "overwrite 01")
	theirs := bytes.Clone(b)
	theirs[2000] ^= 0xff
	theirs = append(theirs, 1, 2, 3)
	if err := os.WriteFile(path, theirs, 0o640); err != nil {
		t.Fatal(err)
	}
	ask := question(t, e, "save")
	if ask.Text == "" || len(ask.Choices) < 2 {
		t.Errorf("%+v", ask)
	}
	fileIs(t, path, theirs)
	if !e.Document().Modified() {
		t.Error("called saved")
	}
	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	ask = question(t, e, "save-as "+other)
	fileIs(t, other, []byte("mine"))
	// The answer is to what was asked: when the file changes once more, it is not overwritten.
	if err := os.WriteFile(other, []byte("theirs again"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, e, ask.Choices[0].Command); err == nil {
		t.Error("overwrote what nobody was asked about")
	}
	fileIs(t, other, []byte("theirs again"))
	ask = question(t, e, "save-as "+other)
	must(t, e, ask.Choices[0].Command)
	b[0] = 1
	b[2000] ^= 0xff // what another program wrote into the file shows through the map
	fileIs(t, other, b)
}

// TestSaveOfAFileThatIsGone: nothing is overwritten there, and the question says so.
func TestSaveOfAFileThatIsGone(t *testing.T) {
	b := pattern5000()
	e, path := onFile(t, b)
	must(t, e, "overwrite 01")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	first := question(t, e, "save").Choices[0]
	if first.Label != "write it again in that place" {
		t.Errorf("%+v", first)
	}
	must(t, e, first.Command)
	b[0] = 1
	fileIs(t, path, b)
}

func TestQuestionsBeforeLosing(t *testing.T) {
	b := pattern5000()
	e, path := onFile(t, b)
	if effs, err := run(t, e, "quit"); err != nil || len(effs) != 1 || effs[0] != (Quit{}) {
		t.Errorf("quit without changes: %v, %v", effs, err)
	}
	must(t, e, "overwrite 01")
	ask := question(t, e, "quit")
	var commands []string
	for _, c := range ask.Choices {
		commands = append(commands, c.Command)
	}
	if strings.Join(commands, ",") != "save-quit,save-as-quit,quit!," {
		t.Errorf("%q", commands)
	}
	question(t, e, "open "+path)
	if !e.Document().Modified() || contents(t, e)[0] != 1 {
		t.Error("the question lost the change")
	}
	if _, err := run(t, e, "open! "+path); err != nil || e.Document().Modified() || !bytes.Equal(contents(t, e), b) {
		t.Errorf("open!: %v", err)
	}
	if _, err := run(t, e, "open "+filepath.Dir(path)); err == nil || !bytes.Equal(contents(t, e), b) {
		t.Errorf("opening a folder: %v", err)
	}
}

func TestReadOnlyAsksForAName(t *testing.T) {
	b := pattern5000()
	e, path := onFile(t, b)
	e.KeepFiles()
	must(t, e, "overwrite 01")
	for _, line := range []string{"save", "save!", "save-quit"} {
		effs, err := run(t, e, line)
		p, ok := Prompt{}, false
		if len(effs) == 1 {
			p, ok = effs[0].(Prompt)
		}
		if err != nil || !ok || !strings.HasPrefix(p.Command, "save-as") || p.Hint == "" {
			t.Errorf("%s: %v, %v", line, effs, err)
		}
	}
	if _, err := run(t, e, "save-as "+path); err == nil {
		t.Error("save-as wrote the file that was opened read-only")
	}
	fileIs(t, path, b)
	to := filepath.Join(t.TempDir(), "copy with spaces")
	must(t, e, "save-as "+to)
	b[0] = 1
	fileIs(t, to, b)
	if e.Document().Info().Path != to || e.ReadOnlyReason() != "" {
		t.Errorf("goes on with %s, %q", e.Document().Info().Path, e.ReadOnlyReason())
	}
	original := bytes.Clone(b)
	original[0] = pattern5000()[0]
	for _, line := range []string{"save-as " + path, "save-as! " + path} { // nor from the copy
		if _, err := run(t, e, line); err == nil {
			t.Errorf("%s wrote the file that was opened read-only", line)
		}
	}
	fileIs(t, path, original)
}

// TestCutSurvivesOpen: what was cut from one file can be pasted into the next.
func TestCutSurvivesOpen(t *testing.T) {
	e, path := onFile(t, pattern5000())
	other := path + "2"
	if err := os.WriteFile(other, []byte("xyz"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, e, "select 100:50"); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, e, "copy"); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, e, "open "+other); err != nil {
		t.Fatal(err)
	}
	must(t, e, "goto 1", "paste-insert", "save")
	fileIs(t, other, append(append([]byte("x"), pattern5000()[100:150]...), "yz"...))
}

// TestSaveOfAReplacedDocument: the end of a save whose document was replaced says nothing about the new one.
func TestSaveOfAReplacedDocument(t *testing.T) {
	e, path := onFile(t, pattern5000())
	must(t, e, "overwrite 01")
	eff, err := e.Do("save")
	start, ok := eff.(Start)
	if err != nil || !ok {
		t.Fatalf("%v, %v", eff, err)
	}
	j := e.StartJob(start.Job)
	j.Wait()
	if _, err := run(t, e, "open! "+path); err == nil {
		t.Error("opened another document while a save ran")
	}
	e.Replace(mmapdoc.FromBytes("other", []byte{0}))
	must(t, e, "overwrite 77")
	if _, err := e.Finish(j); err != nil {
		t.Error(err)
	}
	if !e.Document().Modified() {
		t.Error("the new document is called saved")
	}
}

// TestSaveQuitKeepsWhatCameMeanwhile: what is typed while a save runs is neither saved nor lost by quitting.
func TestSaveQuitKeepsWhatCameMeanwhile(t *testing.T) {
	e, path := onFile(t, pattern5000())
	must(t, e, "overwrite 01")
	eff, err := e.Do("save-quit")
	start, ok := eff.(Start)
	if err != nil || !ok {
		t.Fatalf("%v, %v", eff, err)
	}
	j := e.StartJob(start.Job)
	j.Wait()
	must(t, e, "overwrite 02")
	if eff, err := e.Finish(j); err != nil || eff != nil {
		t.Errorf("quits with a change that is not saved: %v, %v", eff, err)
	}
	if !e.Document().Modified() {
		t.Error("the change made meanwhile counts as saved")
	}
	want := pattern5000()
	want[0] = 1
	fileIs(t, path, want)
}

// TestUndoBringsPlacesBack: marks and overlays within deleted bytes stand again where they stood.
func TestUndoBringsPlacesBack(t *testing.T) {
	e, _ := onFile(t, pattern5000())
	must(t, e, "goto 0x10", "mark a", "goto 0x20", "mark b", "goto 0x50", "mark c")
	if _, err := run(t, e, "struct <H 0x18"); err != nil {
		t.Fatal(err)
	}
	must(t, e, "select 0x10:0x20", "delete")
	if m := e.Marks(); m['a'] != 0x10 || m['b'] != 0x10 || m['c'] != 0x30 || e.Overlays()[0].Region.Start != 0x10 {
		t.Errorf("after the deletion %v, %#x", m, e.Overlays()[0].Region.Start)
	}
	for range 3 {
		must(t, e, "undo")
		if m := e.Marks(); m['a'] != 0x10 || m['b'] != 0x20 || m['c'] != 0x50 || e.Overlays()[0].Region.Start != 0x18 {
			t.Errorf("after undo %v, %#x", m, e.Overlays()[0].Region.Start)
		}
		must(t, e, "redo")
	}
}

func TestPathsThatALineCannotHold(t *testing.T) {
	for path, want := range map[string]bool{"/a b/c": true, "/a\x1bb": false, "/a\xe9b": false, " a": false, "": true, "/ä\u202e": false} {
		if typeable(path) != want {
			t.Errorf("typeable(%q) = %v", path, !want)
		}
	}
}

// TestSaveOfLinkedFileSaysWhatItDid: a file with another name is not replaced; its bytes move within it.
func TestSaveOfLinkedFileSaysWhatItDid(t *testing.T) {
	e, path := onFile(t, []byte("0123456789"))
	other := filepath.Join(filepath.Dir(path), "other")
	if err := os.Link(path, other); err != nil {
		t.Skip("no hard links here:", err)
	}
	if _, err := run(t, e, `insert "ab"`); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, e, "plan"); err != nil || !strings.Contains(e.Notice().Text, "bytes moved within the file") {
		t.Errorf("plan: %v, %q", err, e.Notice().Text)
	}
	if _, err := run(t, e, "save"); err != nil || !strings.Contains(e.Notice().Text, "bytes moved within the file") || strings.Contains(e.Notice().Text, "nothing") {
		t.Errorf("save: %v, %q", err, e.Notice().Text)
	}
	fileIs(t, other, []byte("ab0123456789"))
}
