//go:build unix

package mmapdoc

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStateDir(t *testing.T) {
	top := t.TempDir()
	t.Setenv("XDG_STATE_HOME", top)
	dir, err := StateDir()
	if err != nil || dir != filepath.Join(top, "hexlay") {
		t.Fatalf("%q, %v", dir, err)
	}
	if fi, err := os.Stat(dir); err != nil || fi.Mode().Perm() != 0o700 {
		t.Errorf("made as %v, %v", fi.Mode(), err)
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_STATE_HOME", "relative")
	if dir, err := StateDir(); err != nil || dir != filepath.Join(home, ".local/state/hexlay") {
		t.Errorf("with a relative XDG_STATE_HOME: %q, %v", dir, err)
	}
	t.Setenv("XDG_STATE_HOME", top)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := StateDir(); err == nil || !strings.Contains(err.Error(), "user's alone") {
		t.Errorf("a folder that all can write: %v", err)
	}
	t.Setenv("XDG_STATE_HOME", "")
	t.Setenv("HOME", "")
	if _, err := StateDir(); err == nil {
		t.Error("without a home there is a folder")
	}
}
