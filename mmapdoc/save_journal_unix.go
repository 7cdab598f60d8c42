//go:build unix

package mmapdoc

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// lockJournal takes a lock that ends with the descriptor. It does not wait; errLocked says that another process holds it.
func lockJournal(f *os.File) error {
	err := again(func() error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) })
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		return errLocked
	case errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.ENOSYS), errors.Is(err, unix.ENOLCK), errors.Is(err, unix.EINVAL):
		return nil // some network filesystems have no locks
	}
	return err
}

// likeTarget gives the journal the owner and permissions of the file whose bytes it holds. Where the owner cannot be
// given, it stays its writer's alone.
func likeTarget(f *os.File, fi os.FileInfo) {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return
	}
	if int(st.Uid) != os.Geteuid() || int(st.Gid) != os.Getegid() {
		if again(func() error { return unix.Fchown(int(f.Fd()), int(st.Uid), int(st.Gid)) }) != nil {
			return
		}
	}
	if mode := fi.Mode().Perm() & 0o666; mode != 0o600 {
		_ = again(func() error { return unix.Fchmod(int(f.Fd()), uint32(mode)) })
	}
}

// ownerOf is the user a file belongs to.
func ownerOf(fi os.FileInfo) int {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		return int(st.Uid)
	}
	return -1
}

// trusted says whether a journal at fi may be believed for a target that belongs to owner: it is its owner's, the
// user's own, or root's.
func trusted(fi os.FileInfo, owner int) bool {
	uid := ownerOf(fi)
	return uid == owner || uid == os.Geteuid() || uid == 0
}

func names(fi os.FileInfo) int {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		return int(st.Nlink)
	}
	return 1
}

// placeless says that another place may do where err came up.
func placeless(err error) bool {
	for _, e := range []error{unix.EACCES, unix.EPERM, unix.EROFS, unix.ENOSPC, unix.EDQUOT, unix.ENAMETOOLONG, unix.EFBIG} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
