//go:build unix

package mmapdoc

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary be another program that holds a lock.
func TestMain(m *testing.M) {
	path := os.Getenv("HEXLAY_TEST_LOCK")
	if path == "" {
		os.Exit(m.Run())
	}
	d, err := Open(path)
	if err != nil {
		panic(err)
	}
	holder, err := d.Lock()
	fmt.Println("locked", holder == nil, err)
	<-d.LockLost()
	fmt.Println("lost to", d.TakenOver().PID)
	time.Sleep(time.Minute)
}

// otherHolder is another process that has locked path.
func otherHolder(t *testing.T, path string) (cmd *exec.Cmd, says func(string)) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "HEXLAY_TEST_LOCK="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd, func(want string) {
		t.Helper()
		var line []byte
		for b := make([]byte, 1); ; {
			if _, err := out.Read(b); err != nil || b[0] == '\n' {
				break
			}
			line = append(line, b[0])
		}
		if string(line) != want {
			t.Fatalf("the other says %q, expected %q", line, want)
		}
	}
}

func takeOver(t *testing.T, d *Document) {
	t.Helper()
	c := d.Claim()
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	d.Claimed(c)
}

// TestLock: a second program on the same file notices the first one, by whatever name; it can take over; the lock of one
// that was killed blocks nobody.
func TestLock(t *testing.T) {
	dir := stateFolder(t)
	_, path, _ := fileDoc(t, 100)
	link := path + ".link"
	if err := os.Link(path, link); err != nil {
		t.Skip(err)
	}
	other, says := otherHolder(t, link)
	says("locked true <nil>")
	open := func() *Document {
		d, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		return d
	}
	d := open()
	holder, err := d.Lock()
	if err != nil || holder == nil || holder.PID != other.Process.Pid {
		t.Fatalf("Lock: %+v, %v; the holder is %d", holder, err, other.Process.Pid)
	}
	takeOver(t, d)
	says(fmt.Sprintf("lost to %d", os.Getpid()))
	if d.TakenOver() != nil {
		t.Error("what was taken over is taken over")
	}
	if holder, err := d.Lock(); holder != nil || err != nil {
		t.Errorf("locking what is locked: %v, %v", holder, err)
	}
	second := open()
	if holder, _ := second.Lock(); holder == nil || holder.PID != os.Getpid() {
		t.Errorf("within the process: %+v", holder)
	}
	d.Unlock()
	if left, _ := filepath.Glob(filepath.Join(dir, "lock-*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}

	killed, says := otherHolder(t, path)
	says("locked true <nil>")
	killed.Process.Kill()
	killed.Wait()
	if left, _ := filepath.Glob(filepath.Join(dir, "lock-*")); len(left) != 1 {
		t.Fatalf("a killed program left %v: the test would show nothing", left)
	}
	if holder, err := second.Lock(); holder != nil || err != nil {
		t.Errorf("the lock of a dead program: %+v, %v", holder, err)
	}
	second.Unlock()

	stopped, says := otherHolder(t, path)
	says("locked true <nil>")
	stopped.Process.Signal(syscall.SIGSTOP)
	takeOver(t, second)
	stopped.Process.Signal(syscall.SIGCONT)
	says(fmt.Sprintf("lost to %d", os.Getpid()))
}

// TestLockFollowsSave: after a save as a new file the lock is that of the new inode.
func TestLockFollowsSave(t *testing.T) {
	stateFolder(t)
	d, path, _ := fileDoc(t, 100)
	if holder, err := d.Lock(); holder != nil || err != nil {
		t.Fatal(holder, err)
	}
	splice(t, d, 0, 0, "longer")
	if err := d.Saved(saveTo(t, d, "")); err != nil {
		t.Fatal(err)
	}
	if holder, err := d.Lock(); holder != nil || err != nil {
		t.Fatal(holder, err)
	}
	other, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if holder, err := other.Lock(); holder == nil || err != nil {
		t.Errorf("nobody has the new file: %v", err)
	}
	fresh := Create(filepath.Join(t.TempDir(), "new"))
	defer fresh.Close()
	again := Create(fresh.Info().Path)
	defer again.Close()
	if holder, err := fresh.Lock(); holder != nil || err != nil {
		t.Fatal(holder, err)
	}
	if holder, err := again.Lock(); holder == nil || err != nil {
		t.Errorf("a new file: %v, %v", holder, err)
	}
	if holder, err := FromBytes("tour", nil).Lock(); holder != nil || err != nil {
		t.Errorf("without a file: %v, %v", holder, err)
	}
}

// TestLockHolderQuitsWhileTakenOver: who takes a lock over from a holder that quits just then has it all the same.
func TestLockHolderQuitsWhileTakenOver(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	path := writeFile(t, []byte("content"))
	first, second, third := mustOpen(t, path), mustOpen(t, path), mustOpen(t, path)
	if h, err := first.Lock(); h != nil || err != nil {
		t.Fatalf("%+v, %v", h, err)
	}
	before, claim, ran := first.lock.size, second.Claim(), make(chan error, 1)
	go func() { ran <- claim.Run() }()
	for {
		if fi, err := os.Stat(first.lock.path); err != nil {
			t.Fatal(err)
		} else if fi.Size() > before { // it is told, and waits
			break
		}
	}
	first.Unlock()
	if err := <-ran; err != nil {
		t.Fatal(err)
	}
	second.Claimed(claim)
	if h, err := third.Lock(); h == nil || err != nil {
		t.Errorf("two have the lock: %+v, %v", h, err)
	}
}

// TestN4SavesAtOnce: of two saves of one file at the same moment, by two names, the second one finds what the first wrote.
func TestN4SavesAtOnce(t *testing.T) {
	defer func() { failpoint = func(string) {} }()
	for _, c := range []struct {
		name  string
		a, b  func(d *Document) error
		links bool
	}{
		{"in place", func(d *Document) error { return d.Splice(10, 1, []byte("A"), Alone) }, func(d *Document) error { return d.Splice(20, 1, []byte("B"), Alone) }, true},
		{"moves", func(d *Document) error { return d.Splice(10, 0, []byte("AAA"), Alone) }, func(d *Document) error { return d.Splice(500, 7, nil, Alone) }, true},
		{"a move and in place", func(d *Document) error { return d.Splice(10, 0, []byte("AAA"), Alone) }, func(d *Document) error { return d.Splice(20, 1, []byte("B"), Alone) }, true},
		{"in place and a new file", func(d *Document) error { return d.Splice(10, 1, []byte("A"), Alone) }, func(d *Document) error { return d.Splice(20, 0, []byte("B"), Alone) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := writeFile(t, sample(20_000))
			other := path
			if c.links {
				other = path + "2"
				if err := os.Link(path, other); err != nil {
					t.Skip(err)
				}
			}
			a, b := mustOpen(t, path), mustOpen(t, other)
			if err := errors.Join(c.a(a), c.b(b)); err != nil {
				t.Fatal(err)
			}
			want := readAll(t, a)
			pa, err1 := a.Plan("")
			pb, err2 := b.Plan("")
			if err := errors.Join(err1, err2); err != nil {
				t.Fatal(err)
			}
			second := make(chan error, 1)
			var once sync.Once
			failpoint = func(name string) {
				once.Do(func() { // the first save is about to write
					go func() { second <- pb.Run(t.Context(), nil) }()
					time.Sleep(100 * time.Millisecond)
				})
			}
			if err := pa.Run(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			var conflict *ConflictError
			if err := <-second; !errors.As(err, &conflict) {
				t.Errorf("the second save: %v", err)
			}
			onDisk(t, path, want)
			if torn, err := FindTornSave(other); torn != nil || err != nil {
				t.Errorf("afterwards: %+v, %v", torn, err)
			}
			if err := a.Saved(pa); err != nil {
				t.Fatal(err)
			}
		})
	}
}
