//go:build !linux

package mmapdoc

// watchFile leaves it to looking now and then.
func watchFile(path string) (told <-chan struct{}, end func()) { return nil, func() {} }
