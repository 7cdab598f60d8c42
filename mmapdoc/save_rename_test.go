package mmapdoc

import (
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// TestRenameFails: a new file that does not get its name is removed, or told by its name if that fails too; one that has the name, though the
// rename was reported to have failed, is saved.
func TestRenameFails(t *testing.T) {
	defer func() { replaceFile, removeFile = replace, os.Remove }()
	fails := func(string, string) (string, error) { return "", syscall.EIO }
	stays := func(string) error { return syscall.EIO }
	for _, c := range []struct {
		name    string
		replace func(temp, target string) (string, error)
		remove  func(path string) error
		said    string // "": it is saved
		left    int
	}{
		{"the rename fails", fails, os.Remove, "input/output error", 0},
		{"the removal too", fails, stays, "could not be removed (input/output error), it is .", 1},
		{"it was done", func(temp, target string) (string, error) {
			if err := os.Rename(temp, target); err != nil {
				t.Fatal(err)
			}
			return "", syscall.EIO
		}, stays, "", 0},
	} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte("old bytes"), 0o644); err != nil {
			t.Fatal(err)
		}
		d, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Splice(0, 0, []byte("new and "), Alone); err != nil {
			t.Fatal(err)
		}
		p, err := d.Plan("")
		if err != nil || p.Method != NewFile {
			t.Fatal(p, err)
		}
		replaceFile, removeFile = c.replace, c.remove
		err = p.Run(t.Context(), new(atomic.Int64))
		replaceFile, removeFile = replace, os.Remove
		want := "old bytes"
		if c.said == "" {
			want = "new and old bytes"
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			} else if err = d.Saved(p); err != nil || d.Modified() {
				t.Errorf("%s: modified %v, %v", c.name, d.Modified(), err)
			}
		} else if err == nil || !strings.Contains(err.Error(), c.said) || strings.Contains(err.Error(), "could not be removed") != (c.left > 0) {
			t.Errorf("%s: %v", c.name, err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s: the file holds %q, %v", c.name, got, err)
		}
		beside, gerr := filepath.Glob(filepath.Join(filepath.Dir(path), ".*.hexlay"))
		if gerr != nil || len(beside) != c.left || c.left > 0 && !strings.HasSuffix(err.Error(), filepath.Base(beside[0])) {
			t.Errorf("%s: beside the file: %q, said %v, %v", c.name, beside, err, gerr)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}
