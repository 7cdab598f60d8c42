//go:build unix

package mmapdoc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// canReplace says why a new file may not take the place of target, which is seen, or nil.
func canReplace(target string, seen stamp) error {
	const elsewhere = "; save it elsewhere"
	if seen.exists() {
		if st, ok := seen.info.Sys().(*syscall.Stat_t); ok && st.Nlink > 1 {
			return fmt.Errorf("cannot be saved as a new file: it has %d names (hard links), which would come apart%s", st.Nlink, elsewhere)
		}
	}
	dir := filepath.Dir(target)
	if seen.exists() {
		if st, ok := seen.info.Sys().(*syscall.Stat_t); ok && os.Geteuid() != 0 && int(st.Uid) != os.Geteuid() {
			return fmt.Errorf("cannot be saved as a new file: it would not belong to user %d any more%s", st.Uid, elsewhere)
		}
	}
	if err := again(func() error { return unix.Faccessat(unix.AT_FDCWD, dir, unix.W_OK|unix.X_OK, unix.AT_EACCESS) }); err != nil {
		return fmt.Errorf("cannot be saved: no new file can be made in %s: %w%s", dir, err, elsewhere)
	}
	return nil
}

// keepAttributes gives f the owner, mode, access lists and extended attributes of the file target.
func keepAttributes(f *os.File, target string) error {
	var want, have unix.Stat_t
	if err := again(func() error { return unix.Stat(target, &want) }); err != nil {
		return err
	}
	fd := int(f.Fd())
	if err := again(func() error { return unix.Fstat(fd, &have) }); err != nil {
		return err
	}
	if want.Uid != have.Uid || want.Gid != have.Gid {
		if err := again(func() error { return unix.Fchown(fd, int(want.Uid), int(want.Gid)) }); err != nil {
			return fmt.Errorf("its owner %d:%d cannot be kept: %w; save it elsewhere", want.Uid, want.Gid, err)
		}
	}
	err := again(func() error { return unix.Fchmod(fd, uint32(want.Mode)&0o7777) })
	if err != nil && have.Mode&0o7777 != want.Mode&0o7777 { // where all files have the same, nobody can set them
		return fmt.Errorf("its permissions cannot be kept: %w; save it elsewhere", err)
	}
	if err := keepXattrs(fd, target); err != nil {
		return err
	}
	if err := again(func() error { return unix.Fstat(fd, &have) }); err != nil {
		return err
	}
	if have.Mode&0o7777 != want.Mode&0o7777 { // the system may drop setuid and setgid without a word
		return fmt.Errorf("its permissions %04o cannot be kept, only %04o; save it elsewhere", want.Mode&0o7777, have.Mode&0o7777)
	}
	return nil
}

const aclXattr = "system.posix_acl_access"

// keepXattrs copies the extended attributes; access lists are among them.
func keepXattrs(fd int, target string) error {
	names, err := xattrNames(func(b []byte) (int, error) { return unix.Listxattr(target, b) })
	if err != nil {
		return fmt.Errorf("its extended attributes cannot be read: %w", err)
	}
	hadACL := false
	for _, name := range names {
		hadACL = hadACL || name == aclXattr
		value, err := readGrowing(func(b []byte) (int, error) { return unix.Getxattr(target, name, b) })
		if err != nil {
			return fmt.Errorf("its extended attribute %q cannot be read: %w", name, err)
		}
		if err := again(func() error { return unix.Fsetxattr(fd, name, value, 0) }); err != nil {
			same, gerr := readGrowing(func(b []byte) (int, error) { return unix.Fgetxattr(fd, name, b) })
			if gerr != nil || string(same) != string(value) { // a label that the system sets itself is as good
				return fmt.Errorf("its extended attribute %q cannot be kept: %w; save it elsewhere", name, err)
			}
		}
	}
	if !hadACL { // the folder may have given the new file one
		if err := again(func() error { return unix.Fremovexattr(fd, aclXattr) }); err != nil && !noXattr(err) {
			return fmt.Errorf("the folder's default access list cannot be taken off: %w; save it elsewhere", err)
		}
	}
	return nil
}

func xattrNames(list func(b []byte) (int, error)) ([]string, error) {
	b, err := readGrowing(list)
	if noXattr(err) || len(b) == 0 {
		return nil, nil
	}
	return strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00"), err
}

// noXattr says that err means: there are none here.
func noXattr(err error) bool {
	return errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) || errors.Is(err, missingXattr)
}

// readGrowing calls read with a buffer that is large enough for what it returns.
func readGrowing(read func(b []byte) (int, error)) ([]byte, error) {
	for {
		var n int
		get := func(b []byte) error {
			return again(func() (err error) { n, err = read(b); return err })
		}
		if err := get(nil); err != nil || n == 0 {
			return nil, err
		}
		b := make([]byte, n)
		err := get(b)
		if err == nil {
			return b[:n], nil
		}
		if !errors.Is(err, unix.ERANGE) { // it grew in between
			return nil, err
		}
	}
}

// lockReplaced keeps other saves away from the file that a new one is to replace.
func lockReplaced(ctx context.Context, target string) (unlock func(), err error) {
	f, err := openNonblock(target)
	if err != nil { // nobody can save into what is not there
		return func() {}, nil
	}
	if err := lockSaving(ctx, f); err != nil {
		_ = f.Close()
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}

// replace gives temp the name target. Nothing is left of the old file's name.
func replace(temp, target string) (left string, err error) { return "", os.Rename(temp, target) }

// syncFolder makes a rename in dir durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) { // filesystems whose folders need none
		err = nil
	}
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	return err
}
