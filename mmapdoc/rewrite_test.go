package mmapdoc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// TestRewriteTogether: what many write at once is all there, and a reader never finds a part of it.
func TestRewriteTogether(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	path := filepath.Join(t.TempDir(), "new", "lines")
	const writers, each = 6, 15
	var all sync.WaitGroup
	done := make(chan struct{})
	read := make(chan error, 1)
	go func() {
		for {
			select {
			case <-done:
				read <- nil
				return
			default:
			}
			b, err := ReadSmall(path, 1<<20)
			if err != nil && !os.IsNotExist(err) || len(b) > 0 && b[len(b)-1] != '\n' {
				read <- fmt.Errorf("%q, %v", b, err)
				return
			}
		}
	}()
	for w := range writers {
		all.Add(1)
		go func() {
			defer all.Done()
			for i := range each {
				if err := Rewrite(path, 1<<20, func(old []byte) ([]byte, error) {
					return fmt.Appendf(old, "%d-%d\n", w, i), nil
				}); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	all.Wait()
	close(done)
	if err := <-read; err != nil {
		t.Error(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for w := range writers {
		for i := range each {
			if !bytes.Contains(b, fmt.Appendf(nil, "%d-%d\n", w, i)) {
				t.Errorf("what writer %d wrote as number %d is lost", w, i)
			}
		}
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("%v is left beside the file", left)
	}
}

func TestRewriteKeeps(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	dir := t.TempDir()
	path, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	add := func(old []byte) ([]byte, error) { return append(old, 'x'), nil }
	mode := func() os.FileMode {
		fi, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return fi.Mode().Perm()
	}
	if err := Rewrite(path, 10, add); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		if m := mode(); m != 0o600 {
			t.Errorf("a new file has mode %o", m)
		}
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("file", link); err != nil {
			t.Fatal(err)
		}
		if err := Rewrite(link, 10, add); err != nil {
			t.Fatal(err)
		}
		if to, err := os.Readlink(link); err != nil || to != "file" || mode() != 0o640 {
			t.Errorf("%q, %v, mode %o", to, err, mode())
		}
	}
	was, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := errors.New("no")
	if err := Rewrite(path, 10, func([]byte) ([]byte, error) { return nil, refused }); err != refused {
		t.Error(err)
	}
	if err := Rewrite(path, 0, add); err == nil || !strings.Contains(err.Error(), "at most 0 are read") {
		t.Error(err)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, was) {
		t.Errorf("%q, %v; it was %q", now, err, was)
	}
	if err := Rewrite(dir, 10, add); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Error(err)
	}
}
