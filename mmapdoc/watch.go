package mmapdoc

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// What another program does to the file of an open document is noticed by a watch of the system where there is one, and by
// looking at the file now and then, for not every filesystem tells. What was noticed is no permission: a save looks again.

// Deed is what another program did to a file.
type Deed int

// What can have happened to a file since it was opened or saved.
const (
	Unchanged Deed = iota
	Grew
	Shrank
	Rewritten // of the same size, with another time
	Replaced  // another file has its name
	Deleted
	Ended // the process whose memory it is
)

// Outside is what another program did to the document's file since it was opened or last saved.
type Outside struct {
	Deed     Deed
	Old, New int64 // sizes
	When     time.Time
	What     string // of Rewritten: words for it, to be followed by when, where its time says nothing
}

// Grouped is n with a comma between thousands. All sizes and counts that people read are written so; numbers that name something – a
// packet, a line, a port – are not, since they are typed as they stand.
func Grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// byteCount says "1 byte", "2 bytes", "12,345 bytes".
func byteCount(n int64) string {
	if n == 1 {
		return "1 byte"
	}
	return Grouped(n) + " bytes"
}

// String is one line for the screen; "" when nothing happened.
func (o Outside) String() string {
	when := o.When.Format("15:04:05")
	switch o.Deed {
	case Grew:
		return fmt.Sprintf("another program made the file longer: %s, were %s, at %s", byteCount(o.New), Grouped(o.Old), when)
	case Shrank:
		return fmt.Sprintf("another program cut the file: %s left of %s, at %s", byteCount(o.New), Grouped(o.Old), when)
	case Rewritten:
		if o.What != "" {
			return o.What + when
		}
		return fmt.Sprintf("another program wrote to the file at %s", when)
	case Replaced:
		return fmt.Sprintf("another program replaced the file: %s, were %s, of %s", byteCount(o.New), Grouped(o.Old), when)
	case Deleted:
		return "another program deleted or renamed the file"
	case Ended:
		return "the process has ended: what was seen of its memory stays"
	}
	return ""
}

// Outsider looks for changes by other programs. It may be used on any goroutine while the document is open.
type Outsider struct {
	path string
	file *savedFile
}

// Outsider returns what looks at the document's present file; nil when it has none that others could change. After a
// save ask again.
func (d *Document) Outsider() *Outsider {
	g, ok := d.base.store.(*generation)
	if !ok || d.info.Path == "" || d.info.Kind != File {
		return nil
	}
	return &Outsider{d.info.Path, g.file}
}

// Look compares the file with what it was when it was opened or last saved.
func (o *Outsider) Look() Outside {
	was := o.file.stamp()
	now, err := stampOf(o.path)
	if err != nil { // it may only be out of sight: a save tells
		return Outside{}
	}
	out := Outside{Old: was.size, New: now.size, When: now.mtime}
	what := o.file.outside(now)
	switch {
	case what == "":
	case !now.exists():
		out.Deed = Deleted
	case !was.sameFile(now):
		out.Deed = Replaced
	case now.size > was.size:
		out.Deed = Grew
	case now.size < was.size:
		out.Deed = Shrank
	case was.changedUnseen(now):
		out.Deed, out.When, out.What = Rewritten, now.ctime, wroteMaybe
		if strings.HasPrefix(what, wroteUnseen) {
			out.What = wroteUnseen
		}
	default:
		out.Deed = Rewritten
	}
	return out
}

// lookAgain is how often a file is looked at without being told to.
const lookAgain = 2 * time.Second

// Wait returns what happened to the file as soon as it is another thing than known, or false when stop is closed.
func (o *Outsider) Wait(stop <-chan struct{}, known Outside) (Outside, bool) {
	told, end := WatchFiles(o.path)
	defer end()
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	o.file.rememberBlurred()
	for {
		if now := o.Look(); now != known {
			return now, true
		}
		select {
		case <-stop:
			return Outside{}, false
		case <-told:
			// A program that writes in many small steps is reported once and not for each.
			time.Sleep(settle)
		case <-tick.C:
			o.file.remember() // not at once: it may grow, or be closed again, before that is of use
		}
	}
}

const settle = 50 * time.Millisecond

// OpenAgain opens the document's file as it is now, also after another program changed it.
func (o *Outsider) OpenAgain() (*Document, error) { return Open(o.path) }

// SameFile says whether the document still reads the very file that has its name now: then it shows what
// another program wrote into that, and the bytes that were there before are gone.
func (o *Outsider) SameFile() bool {
	fi, err := os.Stat(o.path)
	return err == nil && o.file.stamp().sameFile(newStamp(fi))
}

// Lost appends the ranges of the document whose bytes are gone because another program cut their file.
func (s *Snapshot) Lost(out []Range) []Range {
	s.tree.walk(0, s.tree.size, func(at int64, p piece) bool {
		g, ok := p.src.store.(*generation)
		if !ok {
			return true
		}
		for _, r := range g.lostIn(p.off, p.n) {
			out = appendRange(out, Range{at + r.Start - p.off, at + r.End - p.off})
		}
		return true
	})
	return out
}

// lostIn are the parts of [off, off+n) that are behind the end of their file.
func (g *generation) lostIn(off, n int64) (lost []Range) {
	end := g.file.mapped.look()
	if off+n <= end {
		return nil
	}
	for at := max(off, end); at < off+n; {
		s := g.enter()
		where, k := s.locate(at, off+n-at)
		s.leave()
		if where == nil {
			lost = appendRange(lost, Range{at, at + k})
		}
		at += k
	}
	return lost
}
