package mmapdoc

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"hexlay/lifeline"
)

// WatchFiles says on the channel that something happened to one of the files or in its folder. end stops it. Where the system cannot
// watch them, told is nil.
func WatchFiles(paths ...string) (told <-chan struct{}, end func()) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, func() {}
	}
	unwatched := false
	for _, path := range paths {
		if target, err := resolve(path); err == nil {
			path = target
		}
		_, err1 := unix.InotifyAddWatch(fd, path, unix.IN_MODIFY|unix.IN_ATTRIB|unix.IN_DELETE_SELF|unix.IN_MOVE_SELF|unix.IN_CLOSE_WRITE)
		_, err2 := unix.InotifyAddWatch(fd, filepath.Dir(path), unix.IN_MOVED_TO|unix.IN_MOVED_FROM|unix.IN_CREATE|unix.IN_DELETE)
		unwatched = unwatched || err1 != nil && err2 != nil
	}
	f := os.NewFile(uintptr(fd), "inotify") // read by the runtime's poller, so that Close ends a read
	if unwatched {
		_ = f.Close()
		return nil, func() {}
	}
	ch := make(chan struct{}, 1)
	lifeline.Go("watching a file", func() {
		buf := make([]byte, 64<<10)
		for {
			if _, err := f.Read(buf); err != nil {
				return
			}
			select {
			case ch <- struct{}{}:
			default:
			}
		}
	})
	return ch, func() { _ = f.Close() }
}
