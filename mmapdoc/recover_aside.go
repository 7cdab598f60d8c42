package mmapdoc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// KeepDiscarded is how long a journal that was set aside stays.
const KeepDiscarded = 7 * 24 * time.Hour

// discardedPrefix is followed by the time and the name that the journal had.
const (
	discardedPrefix = "discarded-"
	discardedTime   = "20060102.150405"
)

// SetAside is Discard that keeps a copy for KeepDiscarded: the journal is not offered any more, but Discarded lists it and
// FindRecovery finds it. That of a running program is refused.
func (r *Recovery) SetAside() error {
	f, err := r.lock()
	if err != nil {
		return err
	}
	defer f.Close()
	if err := r.Close(); err != nil {
		return err
	}
	dir, name := filepath.Split(r.path)
	name = discardedPrefix + time.Now().UTC().Format(discardedTime) + "-" + name
	if err := os.Rename(r.path, filepath.Join(dir, name)); err != nil {
		return fmt.Errorf("journal %s: %w", r.ID, plainError(err))
	}
	r.ID, r.path = name, filepath.Join(dir, name)
	return syncFolder(filepath.Dir(r.path))
}

// Discarded are the journals that were set aside. Those whose time is over are removed.
func Discarded() ([]*Recovery, error) {
	dir, err := StateDir()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var found []*Recovery
	for _, e := range entries {
		until, ok := discardedUntil(e.Name())
		if !ok {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if time.Now().After(until) {
			if f, rerr := openPrivate(path); rerr == nil {
				err = errors.Join(err, removeOpen(f, path))
			}
			continue
		}
		if r, err := readRecovery(path, nil); err == nil && r != nil {
			r.Until = until
			found = append(found, r)
		}
	}
	return found, err
}

// discardedUntil is when the time of a journal that was set aside is over.
func discardedUntil(name string) (time.Time, bool) {
	rest, ok := strings.CutPrefix(name, discardedPrefix)
	if !ok || len(rest) < len(discardedTime) {
		return time.Time{}, false
	}
	at, err := time.Parse(discardedTime, rest[:len(discardedTime)])
	return at.Add(KeepDiscarded), err == nil
}
