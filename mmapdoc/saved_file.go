package mmapdoc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// savedFile is a file or device that a document was opened from or saved to.
type savedFile struct {
	mapped *mappedFile
	spool  *spool // the old bytes that saves in place have overwritten
	device bool

	draining []*generationState // replaced states that may still have readers of the live file; used by saves only

	// journal is that of a save whose old bytes could not be put back; used by saves only.
	journal *saveJournal

	preparing atomic.Bool // the spare file was asked for

	mu       sync.Mutex
	seen     stamp    // the file as it was when it was opened or last saved
	spare    *os.File // for the next save's journal, without a name
	closed   bool
	leftover string // the file's own last name, where it could not be removed while mapped
}

// asideInMemory is how many overwritten bytes stay in memory, per file, before a temporary file takes them.
const asideInMemory = 16 << 20

// newSavedFile takes over f, which holds size bytes and is now as seen.
func newSavedFile(f *os.File, name string, size int64, seen stamp, device bool) (*savedFile, error) {
	m, err := newMappedFile(f, name, size, device)
	if err != nil {
		return nil, err
	}
	return &savedFile{mapped: m, spool: newSpool(asideInMemory), device: device, seen: seen}, nil
}

func (f *savedFile) Close() error {
	err := errors.Join(f.mapped.Close(), f.spool.Close())
	if f.journal != nil { // it stays on the disk for whoever opens the file next
		f.journal.close()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	if f.spare != nil {
		_ = f.spare.Close()
		f.spare = nil
	}
	if f.leftover != "" {
		err = errors.Join(err, os.Remove(f.leftover))
		f.leftover = ""
	}
	return err
}

func (f *savedFile) removeOnClose(path string) {
	f.mu.Lock()
	f.leftover = path
	f.mu.Unlock()
}

func (f *savedFile) stamp() stamp {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen
}

func (f *savedFile) setStamp(s stamp) {
	f.mu.Lock()
	f.seen = s
	f.mu.Unlock()
}

// stamp is how a change by another program is recognised: another inode, size or time of the last change. The zero stamp
// is a file that does not exist. The time of an inode's change (ctime) is left out: chmod and ln change it too.
type stamp struct {
	info   os.FileInfo
	size   int64
	mtime  time.Time
	memory bool // of a process: no size, no time
}

func newStamp(fi os.FileInfo) stamp { return stamp{info: fi, size: fi.Size(), mtime: fi.ModTime()} }

// stampOf looks at path and follows symbolic links.
func stampOf(path string) (stamp, error) {
	fi, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return stamp{}, nil
	}
	if err != nil {
		return stamp{}, err
	}
	s := newStamp(fi)
	s.memory = isMemory(path)
	return s, nil
}

func (s stamp) exists() bool { return s.info != nil }

func (s stamp) sameFile(t stamp) bool { return s.exists() && t.exists() && os.SameFile(s.info, t.info) }

// device says that s is a disk, whose size and times say nothing.
func (s stamp) device() bool { return s.memory || s.exists() && s.info.Mode()&os.ModeDevice != 0 }

// differs says in one line what happened to a file that was s and is now t, or "".
func (s stamp) differs(t stamp) string {
	switch {
	case !s.exists() && !t.exists():
		return ""
	case !s.exists():
		return fmt.Sprintf("a file of %s is there now", byteCount(t.size))
	case !t.exists():
		return "the file was removed or renamed by another program"
	case s.memory && t.memory: // the node of a process comes and goes as the kernel likes
		return ""
	case !s.sameFile(t):
		return "the file was replaced by another program"
	case s.device():
		return ""
	case t.size != s.size:
		return fmt.Sprintf("another program changed the file's size from %d to %s", s.size, byteCount(t.size))
	case !t.mtime.Equal(s.mtime):
		return "another program wrote to the file at " + t.mtime.Format("2006-01-02 15:04:05")
	}
	return ""
}
