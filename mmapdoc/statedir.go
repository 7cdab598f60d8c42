package mmapdoc

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Beside the documents, hexlay keeps files of its own: journals of edits, journals of saves that could not stand beside
// their file, and locks. They live in one folder that only the user can enter, and their names are
//
//	KIND-KEY[-more]
//
// where KIND is "edits", "save", "lock" or "rewrite" and KEY is fileKey of the file that they belong to.

// StateDir is the folder for what must outlive the program: $XDG_STATE_HOME/hexlay, else ~/.local/state/hexlay
// (%LOCALAPPDATA%\hexlay on Windows). It is made when it is not there. A folder that other users can write is refused,
// for what stands there is believed later.
func StateDir() (string, error) {
	dir, err := stateHome()
	if err != nil {
		return "", fmt.Errorf("no folder to keep journals in: %w", err)
	}
	dir = filepath.Join(dir, "hexlay")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("the folder to keep journals in: %w", err)
	}
	fi, err := os.Stat(dir)
	switch {
	case err != nil:
		return "", fmt.Errorf("the folder to keep journals in: %w", err)
	case !fi.IsDir():
		return "", fmt.Errorf("%s is not a folder; journals are kept there", dir)
	case !private(fi):
		return "", fmt.Errorf("%s is not the user's alone; journals are kept only where no one else can write", dir)
	}
	return dir, nil
}

func stateHome() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) { // a relative one is to be ignored, says the specification
		return dir, nil
	}
	if runtime.GOOS == "windows" {
		return os.UserCacheDir() // %LOCALAPPDATA%
	}
	home, err := os.UserHomeDir()
	if err == nil && !filepath.IsAbs(home) {
		err = errors.New("$HOME is not an absolute path")
	}
	return filepath.Join(home, ".local", "state"), err
}

// fileKey is the part of a name in the state folder that tells files apart: device and inode, or, where the system does
// not tell them or there is no file yet (fi is nil), a hash of the absolute path.
func fileKey(fi os.FileInfo, path string) string {
	if fi != nil {
		if dev, ino, ok := inodeOf(fi); ok {
			return fmt.Sprintf("%x.%x", dev, ino)
		}
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return fmt.Sprintf("p%x", sha256.Sum256([]byte(path)))[:33]
}

// createPrivate makes a file that only the user can read; the name must be free.
func createPrivate(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL|noFollow, 0o600)
}

// openPrivate opens a file of the state folder. Whatever else has taken its place (a link, a pipe, a device, a file of
// somebody else's) is refused without touching it.
func openPrivate(path string) (*os.File, error) {
	fi, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	f, err := openIfPrivate(path, fi)
	if err != nil {
		return nil, err
	}
	now, err := f.Stat()
	if err == nil && !os.SameFile(fi, now) {
		err = &fs.PathError{Op: "open", Path: path, Err: errors.New("was replaced while it was opened")}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

func openIfPrivate(path string, fi os.FileInfo) (*os.File, error) {
	switch {
	case !fi.Mode().IsRegular():
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("is not a regular file")}
	case !private(fi):
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("is not the user's alone")}
	}
	return os.OpenFile(path, os.O_RDWR|noFollow|nonBlock, 0)
}
