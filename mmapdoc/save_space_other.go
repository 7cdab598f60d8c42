//go:build !linux

package mmapdoc

import "os"

// reserve gives [off, off+n) of f room on the disk, and f at least that length.
func reserve(f *os.File, off, n int64) error { return reserveByWriting(f, off, n) }

// fillHoles gives what is a hole in r room on the disk, where the system can.
func fillHoles(f *os.File, r Range) error { return nil }

// isHole says whether r has no room on the disk.
func isHole(f *os.File, r Range) bool { return false }

// syncData makes the content of f durable.
func syncData(f *os.File) error { return f.Sync() }

// punchHole makes [off, off+n) zeros that take no room; it reports whether the filesystem can do that.
func punchHole(f *os.File, off, n int64) bool { return false }

// copyRange copies within the kernel. It returns how many bytes it copied; 0 means that it must be done another way.
func copyRange(dst *os.File, dstOff int64, src *os.File, srcOff, n int64) int64 { return 0 }

// startWriting leaves all of the writing to the sync at the end.
func startWriting(f *os.File, r Range) error { return nil }

// born is when the file was made, in nanoseconds; 0 where that is not known.
func born(path string) int64 { return 0 }
