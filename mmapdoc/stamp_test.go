//go:build unix

package mmapdoc

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func filed(d *Document) *savedFile { return d.base.store.(*generation).file }

// TestN4TimePutBack: a rewrite of the same size whose time was put back is noticed, while the file is open and by a save, whether
// the bytes that were there are known or not.
func TestN4TimePutBack(t *testing.T) {
	for _, known := range []bool{false, true} {
		for _, ins := range []string{"z", "longer"} {
			path := writeFile(t, sample(10_000))
			d := mustOpen(t, path)
			if known {
				filed(d).remember()
			}
			splice(t, d, 5, 1, ins)
			early, err := d.Plan("")
			if err != nil || early.Conflict != "" {
				t.Fatalf("before: %q, %v", early.Conflict, err)
			}
			theirs := slices.Concat([]byte("theirs"), sample(10_000)[6:])
			rewriteUnseen(t, path, theirs)
			for range 2 {
				now := d.Outsider().Look()
				if now.Deed != Rewritten || known != strings.Contains(now.String(), "was put back") || known == strings.Contains(now.String(), "attributes") {
					t.Errorf("known %v, %q: noticed is %+v: %s", known, ins, now, now)
				}
			}
			var conflict *ConflictError
			if err := early.Run(t.Context(), nil); !errors.As(err, &conflict) {
				t.Errorf("known %v, %q: the plan from before: %v", known, ins, err)
			}
			onDisk(t, path, theirs)
			p, err := d.Plan("")
			if err != nil || p.Conflict == "" {
				t.Fatalf("known %v, %q: conflict %q, %v", known, ins, p.Conflict, err)
			}
			if err := p.Run(t.Context(), nil); !errors.As(err, &conflict) {
				t.Errorf("known %v, %q: saved: %v", known, ins, err)
			}
			onDisk(t, path, theirs)
			p.Force = true
			finish(t, d, p)
			if now := d.Outsider().Look(); now.Deed != Unchanged {
				t.Errorf("known %v, %q: after the save: %+v", known, ins, now)
			}
		}
	}
}

// TestN4NoRewrite: what moves the time of a file's change and is no write is not taken for one, and does not hide one.
func TestN4NoRewrite(t *testing.T) {
	for name, change := range map[string]func(path string) error{
		"chmod": func(path string) error { return os.Chmod(path, 0o600) },
		"link":  func(path string) error { return os.Link(path, path+".other") },
		"xattr": func(path string) error { return unix.Setxattr(path, "user.note", []byte("x"), 0) },
	} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, sample(10_000))
			d := mustOpen(t, path)
			splice(t, d, 5, 1, "z")
			early, err := d.Plan("")
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Millisecond)
			if err := change(path); errors.Is(err, unix.ENOTSUP) {
				t.Skip("no extended attributes here")
			} else if err != nil {
				t.Fatal(err)
			}
			if err := early.checkConflict(); err != nil {
				t.Errorf("the plan from before: %v", err)
			}
			if now := d.Outsider().Look(); now.Deed != Unchanged {
				t.Errorf("%+v: %s", now, now)
			}
			rewriteUnseen(t, path, []byte("theirs"))
			if now := d.Outsider().Look(); now.Deed != Rewritten {
				t.Errorf("the rewrite after it: %+v", now)
			}
		})
	}
}

// TestN4SameBytes: where the bytes are known, what nothing explains is no rewrite if they are the same, and what something
// explains is one if they are not.
func TestN4SameBytes(t *testing.T) {
	path := writeFile(t, sample(10_000))
	d := mustOpen(t, path)
	filed(d).remember()
	time.Sleep(20 * time.Millisecond)
	if err := errors.Join(os.Rename(path, path+"~"), os.Rename(path+"~", path)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		rewriteUnseen(t, path, sample(10_000))
		splice(t, d, 5, 1, "z")
		p, err := d.Plan("")
		if err != nil || p.Conflict != "" {
			t.Errorf("conflict %q, %v", p.Conflict, err)
		}
		if now := d.Outsider().Look(); now.Deed != Unchanged {
			t.Errorf("%+v: %s", now, now)
		}
	}
	rewriteUnseen(t, path, []byte("theirs"))
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if now := d.Outsider().Look(); now.Deed != Rewritten {
		t.Errorf("a rewrite and a chmod: %+v", now)
	}
	rewriteUnseen(t, path, sample(10_000))
	if now := d.Outsider().Look(); now.Deed != Unchanged {
		t.Errorf("the old bytes are back: %+v", now)
	}
}

// TestN4OwnSaves: saves of every kind, of a file with everything that they give back, are not taken for another program's writes.
func TestN4OwnSaves(t *testing.T) {
	for _, linked := range []bool{false, true} {
		path := writeFile(t, sample(200_000))
		if linked {
			if err := os.Link(path, path+".other"); err != nil {
				t.Fatal(err)
			}
		}
		capability := []byte{1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} // cap_net_raw=ep
		_ = unix.Setxattr(path, "security.capability", capability, 0)                       // where it may be
		_ = unix.Setxattr(path, "user.note", []byte("x"), 0)
		if err := os.Chmod(path, 0o755|os.ModeSetuid); err != nil {
			t.Fatal(err)
		}
		d := mustOpen(t, path)
		for i, ins := range []string{"x", "longer", "y", "shorter again"} {
			time.Sleep(20 * time.Millisecond)
			splice(t, d, 5, min(int64(i), 1)*int64(len(ins))/2+1, ins)
			p, err := d.Plan("")
			if err != nil || p.Conflict != "" {
				t.Fatalf("linked %v, %q: conflict %q, %v", linked, ins, p.Conflict, err)
			}
			finish(t, d, p)
			if now := d.Outsider().Look(); now.Deed != Unchanged {
				t.Errorf("linked %v, after a save %v: %+v", linked, p.Method, now)
			}
			if seen, now := filed(d).stamp(), must(stampOf(path)); !seen.same(now) { // and nothing had to explain it
				t.Errorf("linked %v, after a save %v: known are %v, %v, now are %v, %v", linked, p.Method, seen.mtime, seen.ctime, now.mtime, now.ctime)
			}
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestN4SameTick: where the filesystem's times are whole seconds, a rewrite in the tick of the one before is noticed, while the file is
// open and by a save, also after a save of our own, which is not taken for one.
func TestN4SameTick(t *testing.T) {
	tick, was := time.Now().Truncate(2*time.Second), fileTimes
	fileTimes = func(os.FileInfo) (mtime, ctime time.Time) { return tick, tick }
	defer func() { fileTimes = was }()

	path := writeFile(t, sample(10_000))
	d := mustOpen(t, path)
	write := func(text string) {
		t.Helper()
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteAt([]byte(text), 1000)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	for round, ins := range []string{"z", "y", "longer"} {
		stop, noticed := make(chan struct{}), make(chan Outside, 1)
		look := d.Outsider()
		before := look.Look()
		go func() {
			now, _ := look.Wait(stop, before)
			noticed <- now
		}()
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			f := filed(d)
			f.mu.Lock()
			known := f.content.of.exists()
			f.mu.Unlock()
			if known {
				break
			}
			if time.Now().After(end) {
				t.Fatal("the bytes are not looked at")
			}
		}
		splice(t, d, 5, 1, ins)
		if p, err := d.Plan(""); err != nil || p.Conflict != "" {
			t.Fatalf("round %d, before: %q, %v", round, p.Conflict, err)
		}
		write("theirs" + string(rune('0'+round)))
		select {
		case now := <-noticed:
			if now.Deed != Rewritten {
				t.Errorf("round %d: noticed is %+v", round, now)
			}
		case <-time.After(10 * time.Second):
			t.Errorf("round %d: nothing is noticed", round)
			close(stop)
			<-noticed
		}
		p, err := d.Plan("")
		if err != nil || p.Conflict == "" {
			t.Fatalf("round %d: conflict %q, %v", round, p.Conflict, err)
		}
		var conflict *ConflictError
		if err := p.Run(t.Context(), nil); !errors.As(err, &conflict) {
			t.Errorf("round %d: saved: %v", round, err)
		}
		p.Force = true
		finish(t, d, p)
		if now := d.Outsider().Look(); now.Deed != Unchanged {
			t.Errorf("round %d, after the save: %+v", round, now)
		}
	}
}
