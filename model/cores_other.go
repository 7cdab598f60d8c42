//go:build !linux

package model

// stepBack does nothing where threads have no priorities of their own.
func stepBack() {}
