//go:build !linux

package main

// ownMemory is 0 where nobody asks for it.
func ownMemory(int) int64 { return 0 }
