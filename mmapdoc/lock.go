package mmapdoc

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"hexlay/lifeline"
)

// A lock tells two editors of one file of each other, whatever name each opened it by. It is a file in the state folder,
// named after the device and inode, that its holder has locked at the system: however a holder ends, its lock is gone,
// and a file that was left behind means nothing.
//
// The file's lines say who came, one JSON object each; the last one is, or is about to be, the holder. One who takes the
// lock over appends a line. The holder looks twice a second whether there is one, and before each save; it then gives the
// lock up and its document is only read from there on. A holder that does not answer, because it is stopped, is not waited
// for.

// Holder is somebody who has a file open.
type Holder struct {
	PID   int
	Since time.Time
}

// fileLock is a Document's hold on its file.
type fileLock struct {
	key, path string
	lost      chan struct{} // closed when the lock has ended
	done      chan struct{}

	mu   sync.Mutex
	file *os.File // nil when it was given up
	size int64    // of the file when the last line was ours
	by   *Holder  // who took it over
}

const (
	lockPoll  = 500 * time.Millisecond
	lockGrace = 3 * lockPoll
)

// Lock makes the document's file its own among all programs of this user that ask. When somebody else has it, holder says
// who. It does nothing for a document without a file, and when it has the lock already; after a save as another file it
// locks that one. An error means that the system cannot lock: nothing is known of others then.
func (d *Document) Lock() (holder *Holder, err error) {
	key := d.lockKey()
	if l := d.lock; l != nil {
		if l.key == key && !l.check() {
			return nil, nil
		}
		d.Unlock()
	}
	if key == "" {
		return nil, nil
	}
	l := newLock(key)
	if holder, err := l.acquire(false); holder != nil || err != nil {
		return holder, err
	}
	d.setLock(l)
	return nil, nil
}

// Claim is a lock that is being taken over.
type Claim struct{ lock *fileLock }

// Claim begins to take the lock of the document's file over from whoever has it. Run it anywhere, then tell the document
// by Claimed.
func (d *Document) Claim() *Claim { return &Claim{newLock(d.lockKey())} }

// Run tells the holder, and waits some time for it to give the lock up.
func (c *Claim) Run() error {
	_, err := c.lock.acquire(true)
	return err
}

// Claimed gives the document the lock that a Run without error has taken over.
func (d *Document) Claimed(c *Claim) {
	d.Unlock()
	d.setLock(c.lock)
}

func newLock(key string) *fileLock {
	return &fileLock{key: key, lost: make(chan struct{}), done: make(chan struct{})}
}

func (d *Document) setLock(l *fileLock) {
	d.lock = l
	lifeline.Go("the lock of a file", l.watch)
}

// lockKey names the document's file; "" when it has none.
func (d *Document) lockKey() string {
	if d.info.Path == "" || d.info.Kind == Virtual {
		return ""
	}
	s := d.journalBase().stamp
	if !s.exists() {
		return fileKey(nil, d.info.Path)
	}
	return fileKey(s.info, d.info.Path)
}

// LockLost is closed when the document's lock ends: somebody took it over, as TakenOver tells, or it was given up. It is nil
// when the document has none.
func (d *Document) LockLost() <-chan struct{} {
	if d.lock == nil {
		return nil
	}
	return d.lock.lost
}

// TakenOver says who has taken over the lock that the document had, or nil. It looks right now.
func (d *Document) TakenOver() *Holder {
	if d.lock == nil || !d.lock.check() {
		return nil
	}
	d.lock.mu.Lock()
	defer d.lock.mu.Unlock()
	return d.lock.by
}

// Unlock gives the lock up.
func (d *Document) Unlock() {
	if d.lock != nil {
		d.lock.release(true)
		d.lock = nil
	}
}

func (l *fileLock) acquire(take bool) (*Holder, error) {
	dir, err := StateDir()
	if err != nil {
		return nil, err
	}
	l.path = filepath.Join(dir, "lock-"+l.key)
	for range 100 {
		f, err := l.open()
		if err != nil {
			return nil, err
		}
		held, err := lockFile(f)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if !held && take {
			if err := appendHolder(f); err != nil {
				return nil, errors.Join(err, f.Close())
			}
			waitLock(f) // who does not answer in time finds the line when it goes on
			if at, err := os.Stat(l.path); err != nil || !sameOpen(f, at) {
				_ = f.Close() // the holder has quit, and the name with it
				continue
			}
			l.start(f)
			return nil, nil
		}
		if !held {
			h := lastHolder(f)
			_ = f.Close()
			return h, nil
		}
		// The holder before may have removed the file between our opening and our locking it.
		if at, err := os.Stat(l.path); err != nil || !sameOpen(f, at) {
			_ = f.Close()
			continue
		}
		err = f.Truncate(0)
		if err == nil {
			err = appendHolder(f)
		}
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		l.start(f)
		return nil, nil
	}
	return nil, errors.New("the lock of this file changes hands all the time")
}

func (l *fileLock) start(f *os.File) {
	l.file = f
	if fi, err := f.Stat(); err == nil {
		l.size = fi.Size()
	}
}

func (l *fileLock) open() (*os.File, error) {
	f, err := createPrivate(l.path)
	if errors.Is(err, fs.ErrExist) {
		f, err = openPrivate(l.path)
	}
	if errors.Is(err, fs.ErrNotExist) { // its holder has just gone
		f, err = createPrivate(l.path)
	}
	return f, err
}

func sameOpen(f *os.File, at os.FileInfo) bool {
	fi, err := f.Stat()
	return err == nil && os.SameFile(fi, at)
}

// waitLock waits some time until f can be locked.
func waitLock(f *os.File) {
	for end := time.Now().Add(lockGrace); ; time.Sleep(20 * time.Millisecond) {
		held, err := lockFile(f)
		if held || err != nil || time.Now().After(end) {
			return
		}
	}
}

func appendHolder(f *os.File) error {
	b, err := json.Marshal(Holder{os.Getpid(), time.Now()})
	if err != nil {
		return err
	}
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(append(b, '\n'), end)
	return err
}

// lastHolder reads who wrote the last line of f.
func lastHolder(f *os.File) *Holder {
	h := new(Holder)
	lines := bufio.NewScanner(io.NewSectionReader(f, 0, 1<<20))
	for lines.Scan() {
		var next Holder
		if json.Unmarshal(lines.Bytes(), &next) == nil {
			*h = next
		}
	}
	return h
}

func (l *fileLock) watch() {
	tick := time.NewTicker(lockPoll)
	defer tick.Stop()
	for {
		select {
		case <-l.done:
			return
		case <-tick.C:
			if l.check() {
				return
			}
		}
	}
}

// check tells whether somebody has taken the lock over, and gives it up then.
func (l *fileLock) check() (lost bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.by != nil {
		return true
	}
	if l.file == nil {
		return false
	}
	if fi, err := l.file.Stat(); err != nil || fi.Size() <= l.size {
		return false
	}
	l.by = lastHolder(l.file)
	l.close()
	close(l.lost)
	return true
}

// release ends the lock; remove tells that nobody waits for it.
func (l *fileLock) release(remove bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.done)
	if l.by == nil {
		close(l.lost)
	}
	if l.file == nil {
		return
	}
	if held, err := lockFile(l.file); held && err == nil && remove {
		_ = os.Remove(l.path) // still locked: whoever has it open sees that the name is gone
	}
	l.close()
}

func (l *fileLock) close() {
	unlockFile(l.file)
	_ = l.file.Close()
	l.file = nil
}

var errBusy = errors.New("another program is saving this file right now, or has locked it; nothing was written")

// lockSaving keeps other saves away from f, by whatever name of the file they come, for as long as f is open. The journal
// does that for saves by the same name only. Where the system has no locks, nothing is known of others.
func lockSaving(ctx context.Context, f *os.File) error {
	if isMemory(f.Name()) {
		return nil
	}
	for end := time.Now().Add(savePatience); ; time.Sleep(20 * time.Millisecond) {
		switch held, err := lockFile(f); {
		case held || err != nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case time.Now().After(end):
			return errBusy
		}
	}
}
