//go:build unix

package mmapdoc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// privileges are what the system takes off a file when somebody writes into it: setuid and setgid unless root writes, and
// on Linux capabilities whoever does. A save in place gives them back.
type privileges struct {
	mode uint32
	caps []byte
}

const (
	setIDs   = unix.S_ISUID | unix.S_ISGID
	capXattr = "security.capability"
)

// privilegesOf says what f has, and fails if that could not be given back.
func privilegesOf(f *os.File) (p privileges, err error) {
	var st unix.Stat_t
	fd := int(f.Fd())
	if err := again(func() error { return unix.Fstat(fd, &st) }); err != nil {
		return p, err
	}
	if uint32(st.Mode)&unix.S_IFMT != unix.S_IFREG {
		return p, nil
	}
	p.mode = uint32(st.Mode) & 0o7777
	if me := os.Geteuid(); p.mode&setIDs != 0 && me != 0 && (int(st.Uid) != me || p.mode&unix.S_ISGID != 0 && !inGroup(int(st.Gid))) {
		return p, fmt.Errorf("its permissions %04o cannot be kept; save it elsewhere", p.mode)
	}
	p.caps = capsOf(fd)
	if p.caps != nil {
		if err := again(func() error { return unix.Fsetxattr(fd, capXattr, p.caps, 0) }); err != nil {
			return p, fmt.Errorf("its capabilities cannot be kept: %w; save it elsewhere", err)
		}
	}
	return p, nil
}

// tried says whether looking has set something, as it was.
func (p privileges) tried() bool { return p.caps != nil }

func inGroup(gid int) bool {
	groups, err := os.Getgroups()
	return gid == os.Getegid() || err == nil && slices.Contains(groups, gid)
}

// capsOf are the capabilities of a file; nil when it has none.
func capsOf(fd int) []byte {
	b, err := readGrowing(func(b []byte) (int, error) { return unix.Fgetxattr(fd, capXattr, b) })
	if err != nil {
		return nil
	}
	return b
}

// keep gives f what writing took from it, durably.
func (p privileges) keep(f *os.File) error {
	if p.mode&setIDs == 0 && p.caps == nil {
		return nil
	}
	var st unix.Stat_t
	fd := int(f.Fd())
	err := again(func() error { return unix.Fstat(fd, &st) })
	if err == nil && uint32(st.Mode)&0o7777 != p.mode {
		err = again(func() error { return unix.Fchmod(fd, p.mode) })
	}
	if err == nil && !bytes.Equal(capsOf(fd), p.caps) {
		err = again(func() error { return unix.Fsetxattr(fd, capXattr, p.caps, 0) })
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return fmt.Errorf("giving it back its permissions: %w", plainError(err))
	}
	if err := again(func() error { return unix.Fstat(fd, &st) }); err == nil && uint32(st.Mode)&0o7777 != p.mode {
		return errors.New("its permissions could not be given back")
	}
	return nil
}
