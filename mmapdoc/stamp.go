package mmapdoc

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"time"
)

// stamp is how a change by another program is recognised: another inode, size or time of the last write. The zero stamp
// is a file that does not exist.
//
// A program can put the time of the last write back where it was (touch -r, rsync --times, tar -x), so the time of the inode's
// change (ctime) is looked at too, which no program can set. It also moves for what is no rewrite: chmod, chown, another
// name, an extended attribute. Where one of those explains it nothing is said. Where nothing explains it, the bytes decide,
// where they are known (digest); else it is told as what it may be.
//
// Filesystems that keep whole seconds (FAT two of them, old ext3, HFS+) show the same times for two writes in one tick. There the bytes
// decide, too, until a tick has passed.
type stamp struct {
	info   os.FileInfo
	size   int64
	mtime  time.Time
	ctime  time.Time // zero: the system has none
	named  uint64    // a hash of the extended attributes that writing leaves alone
	memory bool      // of a process: no size, no time
}

// newStamp is without extended attributes, for what has none or is not compared.
func newStamp(fi os.FileInfo) stamp {
	s := stamp{info: fi, size: fi.Size()}
	s.mtime, s.ctime = fileTimes(fi)
	return s
}

// fileTimes is a variable for a test on a filesystem with times of whole seconds.
var fileTimes = func(fi os.FileInfo) (mtime, ctime time.Time) { return fi.ModTime(), changeTime(fi) }

// stampOfOpen is that of f, which is fi.
func stampOfOpen(f *os.File, fi os.FileInfo) stamp {
	s := newStamp(fi)
	if fi.Mode().IsRegular() {
		s.named = attributesOfOpen(f)
	}
	return s
}

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
	if fi.Mode().IsRegular() {
		s.named = attributesOf(path)
	}
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
		return fmt.Sprintf("another program changed the file's size from %s to %s", Grouped(s.size), byteCount(t.size))
	case !t.mtime.Equal(s.mtime):
		return "another program wrote to the file at " + t.mtime.Format(stampTime)
	case s.changedUnseen(t) && !s.explains(t):
		return wroteMaybe + t.ctime.Format(stampTime)
	}
	return ""
}

const (
	stampTime   = "2006-01-02 15:04:05"
	wroteUnseen = "another program wrote to the file, whose time was put back, at "
	wroteMaybe  = "another program wrote to the file, or changed its attributes, at "
)

// changedUnseen says that t is s but for the time of its change.
func (s stamp) changedUnseen(t stamp) bool {
	return s.sameFile(t) && !s.device() && t.size == s.size && t.mtime.Equal(s.mtime) && !t.ctime.Equal(s.ctime)
}

// explains says whether something that is no write has moved the time of the change. The bits that a write takes off are none.
func (s stamp) explains(t stamp) bool {
	const kept = ^(os.ModeSetuid | os.ModeSetgid)
	return s.info.Mode()&kept != t.info.Mode()&kept || ownership(s.info) != ownership(t.info) || s.named != t.named
}

// coarsest is the longest tick of a filesystem's times, and what its clock and ours may differ by.
const coarsest = 2*time.Second + time.Second/2

// blurred says that a write at the time given, or soon after, may leave s as it is.
func (s stamp) blurred(at time.Time) bool {
	whole := func(t time.Time) bool { return t.IsZero() || t.Nanosecond() == 0 }
	return s.exists() && !s.device() && s.info.Mode().IsRegular() && whole(s.mtime) && whole(s.ctime) && at.Sub(s.mtime).Abs() <= coarsest
}

// digest is the bytes of a file that was as its stamp says, in short.
type digest struct {
	of  stamp
	sum uint64
	at  time.Time // when they were looked at
	// other is how the file was when its bytes were found to be others.
	other stamp
}

// digestMost is the longest file whose bytes are looked at to tell a rewrite from a change of attributes.
const digestMost = 16 << 20

func (d *digest) is(s stamp) bool { return d.of.exists() && d.of.same(s) }

// same is without exceptions.
func (s stamp) same(t stamp) bool {
	return s.sameFile(t) && s.size == t.size && s.mtime.Equal(t.mtime) && s.ctime.Equal(t.ctime)
}

// remember keeps what the file's bytes are, for files where that is soon found out.
func (f *savedFile) remember() {
	f.mu.Lock()
	was := f.seen
	known := f.content.is(was)
	f.mu.Unlock()
	at := time.Now()
	if known || !was.exists() || was.device() || was.ctime.IsZero() && !was.blurred(at) || was.size > digestMost {
		return
	}
	sum, err := f.sum(was.size)
	fi, serr := f.mapped.raw.Stat()
	if err != nil || serr != nil || !newStamp(fi).same(was) {
		return
	}
	f.mu.Lock()
	if f.seen.same(was) {
		f.content = digest{of: was, sum: sum, at: at}
	}
	f.mu.Unlock()
}

var sumSeed = maphash.MakeSeed()

func (f *savedFile) sum(size int64) (uint64, error) {
	var h maphash.Hash
	h.SetSeed(sumSeed)
	_, err := io.Copy(&h, io.NewSectionReader(f.mapped, 0, size))
	return h.Sum64(), err
}

// outside says what happened to the file, which now is what its name leads to, since it was opened or last saved: in one
// line, or "". What turns out to be no rewrite is taken note of, so that it does not explain a later one.
func (f *savedFile) outside(now stamp) string {
	f.mu.Lock()
	was, content := f.seen, f.content
	f.mu.Unlock()
	if was.same(now) && content.is(was) && content.of.blurred(content.at) {
		return f.outsideBlurred(now, content)
	}
	if !was.changedUnseen(now) {
		return was.differs(now)
	}
	put := wroteUnseen + now.ctime.Format(stampTime)
	if content.is(was) {
		if content.other.exists() && content.other.same(now) {
			return put
		}
		sum, err := f.sum(now.size)
		fi, serr := f.mapped.raw.Stat()
		if err != nil || serr != nil || !newStamp(fi).same(now) { // it goes on: the next look will tell
			return was.differs(now)
		}
		if sum != content.sum {
			f.mu.Lock()
			if f.content.is(was) {
				f.content.other = now
			}
			f.mu.Unlock()
			return put
		}
	} else if what := was.differs(now); what != "" {
		return what
	}
	f.mu.Lock()
	if f.seen.same(was) {
		if f.content.is(was) {
			f.content.of, f.content.other = now, stamp{}
		}
		f.seen = now
	}
	f.mu.Unlock()
	return ""
}

// outsideBlurred is outside for a file that another program may have written without a trace since its bytes, which are content,
// were looked at.
func (f *savedFile) outsideBlurred(now stamp, content digest) string {
	wrote := "another program wrote to the file at " + now.mtime.Format(stampTime)
	if content.other.exists() {
		return wrote
	}
	at := time.Now()
	sum, err := f.sum(now.size)
	if err != nil {
		return ""
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.content.is(now) {
		return ""
	}
	if sum == content.sum {
		f.content.at = at
		return ""
	}
	f.content.other = now
	return wrote
}

// rememberBlurred is remember for a file whose times may not tell of the next write, at once.
func (f *savedFile) rememberBlurred() {
	if f.stamp().blurred(time.Now()) {
		f.remember()
	}
}

// renamed takes note of what its new name, path, did to the time of the file's change.
func (f *savedFile) renamed(path string) {
	if now, err := stampOf(path); err == nil && f.stamp().changedUnseen(now) {
		f.setStamp(now)
	}
}
