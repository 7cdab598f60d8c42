package mmapdoc

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
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
	content  digest   // of the bytes it had then
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

// setStamp takes note of what the file is after a write of ours, or one that was taken in. What its bytes were is no longer known.
func (f *savedFile) setStamp(s stamp) {
	f.mu.Lock()
	f.seen, f.content = s, digest{}
	f.mu.Unlock()
}
