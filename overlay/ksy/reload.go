package ksy

import "os"

// Paths are the files that the schema was read from, the template first. Built-in ones are not among them.
func (s *Schema) Paths() []string { return paths(s.Files) }

func paths(files []*File) []string {
	var names []string
	for _, f := range files {
		if f.source.fs == nil && f.Path != "" {
			names = append(names, f.Path)
		}
	}
	return names
}

// Stale tells whether a file on disk is no longer the one that was read: changed, replaced or gone. It costs one stat
// for each file. The text of [LoadText] is never stale, its imports are.
func (s *Schema) Stale() bool {
	for _, f := range s.Files {
		if f.stat == nil {
			continue
		}
		now, err := os.Stat(f.source.path())
		if err != nil || now.Size() != f.stat.Size() || !now.ModTime().Equal(f.stat.ModTime()) || !os.SameFile(now, f.stat) {
			return true
		}
	}
	return false
}
