//go:build unix

package mmapdoc

import (
	"hash/maphash"
	"os"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// owned is what chown and ln change.
type owned struct{ uid, gid, names uint64 }

func ownership(fi os.FileInfo) owned {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return owned{}
	}
	return owned{uint64(st.Uid), uint64(st.Gid), uint64(st.Nlink)}
}

// attributesOf is a hash of the extended attributes of the file at path; 0 for none.
func attributesOf(path string) uint64 {
	return hashXattrs(
		func(b []byte) (int, error) { return unix.Listxattr(path, b) },
		func(name string, b []byte) (int, error) { return unix.Getxattr(path, name, b) })
}

func attributesOfOpen(f *os.File) uint64 {
	fd := int(f.Fd())
	return hashXattrs(
		func(b []byte) (int, error) { return unix.Flistxattr(fd, b) },
		func(name string, b []byte) (int, error) { return unix.Fgetxattr(fd, name, b) })
}

// hashXattrs leaves out those of the system, which takes some off, and puts others right, when the file is written.
func hashXattrs(list func(b []byte) (int, error), get func(name string, b []byte) (int, error)) uint64 {
	names, err := xattrNames(list)
	if err != nil {
		return 0
	}
	names = slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, "security.") })
	if len(names) == 0 {
		return 0
	}
	slices.Sort(names)
	var h maphash.Hash
	h.SetSeed(sumSeed)
	for _, name := range names {
		value, _ := readGrowing(func(b []byte) (int, error) { return get(name, b) })
		_, _ = h.WriteString(name + "\x00")
		_, _ = h.Write(value)
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}
