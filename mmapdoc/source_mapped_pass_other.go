//go:build !linux

package mmapdoc

// populatePages fails: such systems map a page at the first look at it.
func populatePages(data []byte) (ok, never bool) { return false, true }
