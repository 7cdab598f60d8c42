//go:build linux

package terminal

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// CPU is the processor time of all threads of a process so far, to the nanosecond; /proc/PID/stat counts in hundredths of a
// second only. The time of threads that ended is missing; Go's do not end.
func CPU(pid int) (sum time.Duration) {
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return 0
	}
	for _, t := range tasks {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/schedstat", pid, t.Name()))
		if err != nil {
			continue
		}
		if f := strings.Fields(string(b)); len(f) > 0 {
			n, _ := strconv.ParseInt(f[0], 10, 64)
			sum += time.Duration(n)
		}
	}
	return sum
}

// Memory is a process's resident memory in bytes: what is its own, and all, files it maps included.
func Memory(pid int) (anon, all float64) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		switch n, _ := strconv.ParseFloat(f[1], 64); f[0] {
		case "RssAnon:":
			anon = n * 1024
		case "VmRSS:":
			all = n * 1024
		}
	}
	return anon, all
}
