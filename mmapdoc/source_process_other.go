//go:build !linux

package mmapdoc

import "fmt"

// OpenProcess opens the memory of a running process, where the system shows it as a file.
func OpenProcess(pid int) (*Document, error) {
	return nil, fmt.Errorf("process %d: this system does not show the memory of processes as files", pid)
}

func isMemory(path string) bool { return false }
