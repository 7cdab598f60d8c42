package report

import (
	"os"
	"syscall"
)

// Resident is the most memory that a process had resident, in bytes; 0 where the system does not tell.
func Resident(p *os.ProcessState) int64 {
	if u, ok := p.SysUsage().(*syscall.Rusage); ok {
		return int64(u.Maxrss) << 10
	}
	return 0
}
