//go:build linux || darwin || freebsd

package mmapdoc

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// freeSpace is how many bytes the user may still write in dir; ok is false where the system does not tell.
func freeSpace(dir string) (n int64, ok bool) {
	var st unix.Statfs_t
	if again(func() error { return unix.Statfs(dir, &st) }) != nil || st.Blocks == 0 {
		return 0, false
	}
	free := int64(st.Bavail)
	if size := int64(st.Bsize); free > (1<<63-1)/size {
		return 1<<63 - 1, true
	} else {
		return free * size, true
	}
}

// allocated is how much room the file takes on its disk.
func (m *mappedFile) allocated() int64 {
	fi, err := m.raw.Stat()
	if err != nil {
		return m.Size()
	}
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		return st.Blocks * 512
	}
	return m.Size()
}
