//go:build !unix

package mmapdoc

import (
	"context"
	"errors"
	"os"
)

// canReplace is nil: what stands in the way, the save itself will find.
func canReplace(target string, seen stamp) error { return nil }

// keepAttributes gives f the mode of the file target. Access lists are those of the folder.
func keepAttributes(f *os.File, target string) error {
	fi, err := os.Stat(target)
	if err != nil {
		return err
	}
	return f.Chmod(fi.Mode())
}

// lockReplaced does nothing: a file that is open here cannot be replaced.
func lockReplaced(ctx context.Context, target string) (unlock func(), err error) {
	return func() {}, nil
}

// replace gives temp the name target. A file that is mapped can be renamed but not removed or replaced, so the old one
// steps aside under the name left, to be removed when it is unmapped.
func replace(temp, target string) (left string, err error) {
	err = os.Rename(temp, target)
	if err == nil || !errors.Is(err, os.ErrPermission) {
		return "", err
	}
	left = temp + ".old"
	if err := os.Rename(target, left); err != nil {
		return "", err
	}
	if err := os.Rename(temp, target); err != nil {
		return "", errors.Join(err, os.Rename(left, target))
	}
	return left, nil
}

// syncFolder does nothing: the journal of the filesystem orders renames.
func syncFolder(dir string) error { return nil }
