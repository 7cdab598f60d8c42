package mmapdoc

import "golang.org/x/sys/windows"

// freeSpace is how many bytes the user may still write in dir; ok is false where the system does not tell.
func freeSpace(dir string) (n int64, ok bool) {
	p, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, false
	}
	var free uint64
	if windows.GetDiskFreeSpaceEx(p, &free, nil, nil) != nil {
		return 0, false
	}
	return int64(min(free, 1<<63-1)), true
}

// allocated is how much room the file takes on its disk.
func (m *mappedFile) allocated() int64 { return m.Size() }
