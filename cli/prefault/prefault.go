//go:build !linux || (!amd64 && !arm64)

// Package prefault is for Linux: elsewhere nothing is asked for.
package prefault
