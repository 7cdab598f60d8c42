//go:build unix

package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hexlay/mmapdoc"
)

// TestRecover lists, shows, writes and discards what was left behind, and never writes the file that was edited.
func TestRecover(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", filepath.Join(dir, "state"))
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("0123456789"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out := string(fine(t, nil, "recover")); out != "no edits were left behind\n" {
		t.Errorf("with no journal: %q", out)
	}
	fails(t, 1, "no edits were left behind", "recover", path)
	d, err := mmapdoc.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.StartJournal(); err != nil {
		t.Fatal(err)
	}
	if err := d.Splice(2, 1, []byte("abc"), mmapdoc.Alone); err != nil {
		t.Fatal(err)
	}
	if err := d.Journal().Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out := string(fine(t, nil, "recover")); !strings.Contains(out, "being edited by process") {
		t.Errorf("while it is edited: %q", out)
	}
	fails(t, 1, "no edits were left behind", "recover", path)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	var list []struct {
		ID, Path    string
		Edits       int
		Live        bool
		Began, Last string
	}
	if err := json.Unmarshal(fine(t, nil, "recover", "--json"), &list); err != nil || len(list) != 1 || list[0].Path != path || list[0].Edits != 1 || list[0].Live {
		t.Fatalf("%+v, %v", list, err)
	}
	for _, name := range []string{path, list[0].ID} {
		if out := string(fine(t, nil, "recover", name)); !strings.Contains(out, "12 bytes") || !strings.Contains(out, "range 0x2..0x5: 61 62 63") {
			t.Errorf("shows %q", out)
		}
	}
	fails(t, 3, "is the file that was edited", "recover", path, "--to", path, "--force")
	to := filepath.Join(dir, "out")
	fine(t, nil, "recover", path, "--to", to)
	if got := readFile(t, to); string(got) != "01abc3456789" {
		t.Errorf("writes %q", got)
	}
	fails(t, 3, "is there already", "recover", path, "--to", to)
	if got := readFile(t, path); string(got) != "0123456789" {
		t.Errorf("the file holds %q", got)
	}
	fails(t, 3, "journal edits-x: no such file", "recover", "edits-x")
	r, err := mmapdoc.FindRecovery(list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.SetAside(); err != nil { // as the editor discards
		t.Fatal(err)
	}
	if out := string(fine(t, nil, "recover")); !strings.Contains(out, r.ID) || !strings.Contains(out, "discarded, kept until") {
		t.Errorf("after discarding in the editor: %q", out)
	}
	fails(t, 1, "no edits were left behind", "recover", path)
	fine(t, nil, "recover", r.ID, "--to", to, "--force")
	if got := readFile(t, to); string(got) != "01abc3456789" {
		t.Errorf("writes %q", got)
	}
	fine(t, nil, "recover", r.ID, "--discard")
	if out := string(fine(t, nil, "recover")); out != "no edits were left behind\n" {
		t.Errorf("after --discard: %q", out)
	}
}
