//go:build !linux

package mmapdoc

func lockdownReason(path string) string { return "" }

func lockedError(err error) error { return err }
