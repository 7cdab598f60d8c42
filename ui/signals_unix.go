//go:build unix

package ui

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

var hangups = []os.Signal{syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGINT}

// canSuspend tells whether a shell could bring a stopped program back. The kernel does not stop the process group of a
// session's leader (a program that the terminal itself started), but Bubble Tea would wait to be continued for ever.
func canSuspend() bool {
	leader, err := unix.Getsid(0)
	if err != nil {
		return false
	}
	group, err := unix.Getpgid(leader)
	return err == nil && group != unix.Getpgrp()
}
