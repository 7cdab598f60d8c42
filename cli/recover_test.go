//go:build unix

package cli

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
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

// tear leaves the file that TestRecoverTorn speaks of with half of a save in it: "23" was to become "ab".
func tear(t *testing.T, path, now string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(now), 0o644); err != nil {
		t.Fatal(err)
	}
	fi, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	head := fmt.Sprintf(`{"Version":1,"Name":"file","Path":%q,"Inode":%d,"OldSize":10,"NewSize":10,"Finish":true,"Lost":1,"Fresh":1}`, path, fi.Sys().(*syscall.Stat_t).Ino)
	j := append([]byte("hexlay save journal\n"), binary.LittleEndian.AppendUint32(nil, uint32(len(head)))...)
	j = append(j, head...)
	at := uint64(len(j) + 2*24)
	for _, n := range []uint64{2, 2, at, 2, 2, at + 2} {
		j = binary.LittleEndian.AppendUint64(j, n)
	}
	j = append(j, "23ab"...)
	fresh := sha256.Sum256([]byte("ab"))
	j = append(j, fresh[:]...)
	all := sha256.Sum256(j)
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), ".file.save.hexlay"), append(j, all[:]...), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestRecoverTorn mends a file that a save has left half written, and overwrites nothing of another program's unasked.
func TestRecoverTorn(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", filepath.Join(dir, "state"))
	path := filepath.Join(dir, "file")
	const half, foreign = "01a3456789", "01Zb456789"
	for _, c := range []struct{ now, flags, want string }{
		{half, "--undo", "0123456789"},
		{half, "--finish", "01ab456789"},
		{half, "--keep", half},
		{foreign, "--undo --force", "0123456789"},
		{foreign, "--finish --force", "01ab456789"},
		{foreign, "--keep", foreign},
	} {
		tear(t, path, c.now)
		fails(t, 3, "a save of this file was interrupted", "dump", path)
		if c.now == foreign {
			for _, flag := range []string{"--undo", "--finish"} {
				fails(t, 1, "at 0x2 it holds what is neither the old nor the new byte; --force", "recover", path, flag)
			}
		}
		fine(t, nil, append([]string{"recover", path}, strings.Fields(c.flags)...)...)
		if got := readFile(t, path); string(got) != c.want {
			t.Errorf("%s of %s gives %s", c.flags, c.now, got)
		}
		fails(t, 1, "no save of it was interrupted", "recover", path, "--undo")
		fine(t, nil, "dump", path)
	}
	fails(t, 3, "do not go together", "recover", path, "--undo", "--keep")
	tear(t, path, "01a") // another program has cut it
	fails(t, 3, "or have it kept so by hexlay recover --keep", "dump", path)
	for _, flags := range []string{"--undo", "--finish", "--undo --force"} {
		fails(t, 1, "another program has cut it to 3 bytes since, too few to mend it; --keep", append([]string{"recover", path}, strings.Fields(flags)...)...)
	}
	fine(t, nil, "recover", path, "--keep")
	fine(t, nil, "dump", path)
}
