//go:build !linux

package mmapdoc

import "os"

// hasHoles is false: holes are not looked for.
func hasHoles(f *os.File, size int64) bool { return false }

func (m *mappedFile) nextData(off, end int64) Range { return Range{off, end} }
