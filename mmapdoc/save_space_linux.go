package mmapdoc

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// reserve gives [off, off+n) of f room on the disk, and f at least that length.
func reserve(f *os.File, off, n int64) error {
	if n <= 0 {
		return nil
	}
	err := again(func() error { return unix.Fallocate(int(f.Fd()), 0, off, n) })
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		return reserveByWriting(f, off, n)
	}
	return err
}

// fillHoles gives what is a hole in r room on the disk.
func fillHoles(f *os.File, r Range) error {
	start := r.Start - r.Start%pageSize
	if hole, err := unix.Seek(int(f.Fd()), start, unix.SEEK_HOLE); err == nil && hole >= r.End {
		return nil
	}
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	return reserve(f, start, min(r.End, fi.Size())-start)
}

// isHole says whether r has no room on the disk.
func isHole(f *os.File, r Range) bool {
	data, err := unix.Seek(int(f.Fd()), r.Start, unix.SEEK_DATA)
	return err == nil && data >= r.End || errors.Is(err, unix.ENXIO)
}

// syncData makes the content of f durable.
func syncData(f *os.File) error {
	if isMemory(f.Name()) {
		return nil
	}
	return again(func() error { return unix.Fdatasync(int(f.Fd())) })
}

// punchHole makes [off, off+n) zeros that take no room; it reports whether the filesystem can do that.
func punchHole(f *os.File, off, n int64) bool {
	return again(func() error {
		return unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, off, n)
	}) == nil
}

// copyRange copies n bytes of one file to another within the kernel, sharing them where the filesystem can. It returns
// how many it copied; 0 means that it must be done another way.
func copyRange(dst *os.File, dstOff int64, src *os.File, srcOff, n int64) int64 {
	var done int64
	conn, err := src.SyscallConn()
	if err != nil {
		return 0
	}
	// Control keeps the descriptor from being closed and given to another file in between.
	_ = conn.Control(func(fd uintptr) {
		for done < n {
			from, to := srcOff+done, dstOff+done
			k, err := unix.CopyFileRange(int(fd), &from, int(dst.Fd()), &to, int(min(n-done, 1<<30)), 0)
			if errors.Is(err, unix.EINTR) {
				continue
			}
			if err != nil || k <= 0 {
				return
			}
			done += int64(k)
		}
	})
	return done
}

// startWriting has the disk begin to write r of f, and does not wait. Where that cannot be asked for, the sync at the end
// does all of it.
func startWriting(f *os.File, r Range) error {
	if isMemory(f.Name()) {
		return nil
	}
	err := again(func() error {
		return unix.SyncFileRange(int(f.Fd()), r.Start, r.Len(), unix.SYNC_FILE_RANGE_WRITE)
	})
	if errors.Is(err, unix.EIO) || errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		return err
	}
	return nil
}

// born is when the file was made, in nanoseconds; 0 where the filesystem does not tell.
func born(path string) int64 {
	if isMemory(path) {
		return startOf(path)
	}
	var st unix.Statx_t
	if again(func() error { return unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_BTIME, &st) }) != nil || st.Mask&unix.STATX_BTIME == 0 {
		return 0
	}
	return st.Btime.Sec*1e9 + int64(st.Btime.Nsec)
}
