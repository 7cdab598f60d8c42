package mmapdoc

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// ReadSmall reads a regular file of at most most bytes. Anything else is refused before it is opened: reading a pipe would wait for
// ever.
func ReadSmall(path string, most int64) ([]byte, error) {
	fi, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !fi.Mode().IsRegular():
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("is not a regular file")}
	case fi.Size() > most:
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("has %d bytes, at most %d are read", fi.Size(), most)}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, most+1)) // it may have grown
	return b, errors.Join(err, f.Close())
}

// rewriteWait is how long Rewrite waits for another program that rewrites the same file.
const rewriteWait = 3 * time.Second

// Rewrite replaces a small file, which need not exist, by what change makes of its bytes (nil where there is none). Of programs that
// do so at once each sees what the one before wrote, and whoever reads the file finds it whole: as it was, or as it is now. Its mode
// stays; a new one only the user can read. A link stays one. When change gives an error nothing is written.
func Rewrite(path string, most int64, change func(old []byte) ([]byte, error)) error {
	if to, err := filepath.EvalSymlinks(path); err == nil {
		path = to
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	unlock, err := exclusive("rewrite-"+fileKey(nil, path), rewriteWait)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer unlock()
	mode := os.FileMode(0o600)
	old, err := ReadSmall(path, most)
	if errors.Is(err, fs.ErrNotExist) {
		old, err = nil, nil
	}
	if err != nil {
		return err
	}
	if fi, err := os.Stat(path); err == nil {
		mode = fi.Mode().Perm()
	}
	b, err := change(old)
	if err != nil {
		return err
	}
	return replaceSmall(path, b, mode)
}

// replaceSmall writes b beside path and renames it there, both durably.
func replaceSmall(path string, b []byte, mode os.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".hexlay-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(b); err != nil {
		return err
	}
	if err = f.Chmod(mode); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	left, err := replace(f.Name(), path)
	if err != nil {
		return err
	}
	if left != "" {
		_ = os.Remove(left)
	}
	return syncFolder(filepath.Dir(path))
}

// exclusive takes a lock of the state folder that is held for moments only. The file stays: removing it would let two hold it.
func exclusive(name string, wait time.Duration) (unlock func(), err error) {
	dir, err := StateDir()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, name)
	f, err := createPrivate(path)
	if errors.Is(err, fs.ErrExist) {
		f, err = openPrivate(path)
	}
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(wait); ; time.Sleep(5 * time.Millisecond) {
		held, err := lockFile(f)
		if errors.Is(err, errors.ErrUnsupported) {
			held, err = true, nil
		}
		if err == nil && !held && time.Now().Before(end) {
			continue
		}
		if err == nil && !held {
			err = errors.New("another program holds its lock; it was not changed")
		}
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return func() { unlockFile(f); _ = f.Close() }, nil
	}
}
