package main

import (
	"os"
	"syscall"
)

// peak is the largest resident size that a process had, 0 where the system does not tell.
func peak(p *os.ProcessState) float64 {
	u, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return float64(u.Maxrss) * 1024
}
