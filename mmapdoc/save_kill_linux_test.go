package mmapdoc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The rig of N1: a child process saves a file and is killed at every system call, and between every two pages that it
// writes. Whatever it leaves must be exactly OLD, exactly NEW, or be made so by Undo and by Finish.

// saveRole is one kind of save.
type saveRole struct {
	name   string
	method Method
	size   int64
	link   bool
	edit   func(d *Document) error
}

var saveRoles = []saveRole{
	{"in place", InPlace, 60_000, false, func(d *Document) error {
		return errors.Join(d.Splice(10, 3, []byte("abc"), Alone), d.Fill(20_000, 12_000, []byte("fill")), d.Splice(59_990, 10, []byte("0123456789"), Alone))
	}},
	{"new file", NewFile, 60_000, false, func(d *Document) error {
		return errors.Join(d.Splice(10, 3, []byte("longer"), Alone), d.Fill(20_000, 12_000, []byte("fill")))
	}},
	{"move up", InPlaceMove, 30_000, true, func(d *Document) error {
		return errors.Join(d.Splice(10, 3, []byte("longer"), Alone), d.Splice(20_000, 500, []byte("shorter by far, then longer"), Alone),
			d.SpliceFill(25_000, 0, 1000, []byte("more")))
	}},
	{"move down", InPlaceMove, 30_000, true, func(d *Document) error {
		return errors.Join(d.Splice(10, 3000, []byte("shorter"), Alone), d.Splice(20_000, 0, []byte("a little"), Alone))
	}},
}

func (r saveRole) old() []byte { return sample(int(r.size)) }

// make writes the old file and returns what a save makes of it.
func (r saveRole) make(t *testing.T, path string) (want []byte) {
	t.Helper()
	os.RemoveAll(filepath.Dir(path))
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, r.old(), 0o644)); err != nil {
		t.Fatal(err)
	}
	if r.link {
		if err := os.Link(path, path+"2"); err != nil {
			t.Skip(err)
		}
	}
	d := FromBytes("", r.old())
	defer d.Close()
	if err := r.edit(d); err != nil {
		t.Fatal(err)
	}
	return readAll(t, d)
}

// TestSaveChild is the child: it saves, with pages and chunks small enough to be killed between.
func TestSaveChild(t *testing.T) {
	name, path := os.Getenv("HEXLAY_ROLE"), os.Getenv("HEXLAY_FILE")
	if name == "" {
		t.Skip("runs as a child only")
	}
	runtime.LockOSThread()
	writeChunk, moveChunk = 4096, 4096
	at, n := os.Getenv("HEXLAY_FAILPOINT"), 0
	failpoint = func(string) {
		if n++; strconv.Itoa(n) == at {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	}
	for _, r := range saveRoles {
		if r.name != name {
			continue
		}
		d, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if err := r.edit(d); err != nil {
			t.Fatal(err)
		}
		if r.method == InPlace { // with the file that stands by for the journal
			waitForSpare(d)
		}
		p, err := d.Plan("")
		if err != nil || p.Method != r.method {
			t.Fatalf("planned %v: %v", p, err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		if k, _ := strconv.Atoi(os.Getenv("HEXLAY_CANCEL")); k > 0 {
			inner, c := failpoint, 0
			failpoint = func(name string) {
				if c++; c == k {
					cancel()
				}
				inner(name)
			}
		}
		if err := p.Run(ctx, nil); err != nil {
			fmt.Println("RUN:", err)
			return
		}
		if err := d.Saved(p); err != nil {
			t.Fatal(err)
		}
		fmt.Println("SAVED")
	}
}

// waitForSpare waits until the file for the next journal is there, if the filesystem can make one.
func waitForSpare(d *Document) {
	f := d.baseStore().(*generation).file
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		f.mu.Lock()
		ready := f.spare != nil
		f.mu.Unlock()
		if ready {
			return
		}
	}
}

// child runs the child, under strace when inject is given, and returns what it printed and whether it was killed.
func child(t *testing.T, r saveRole, path string, inject []string, env ...string) (out string, killed bool) {
	t.Helper()
	args := []string{os.Args[0], "-test.run=^TestSaveChild$"}
	if len(inject) > 0 {
		bin, err := exec.LookPath("strace")
		if err != nil {
			t.Skip("strace is not installed")
		}
		args = append(append([]string{bin, "-f"}, inject...), args...)
	}
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Env = append(os.Environ(), append(env, "HEXLAY_ROLE="+r.name, "HEXLAY_FILE="+path, "GOMAXPROCS=1", "GOGC=off")...)
	b, err := cmd.CombinedOutput()
	out = string(b)
	if strings.Contains(out, "PTRACE_TRACEME") || strings.Contains(out, "ptrace(") {
		t.Skipf("strace may not trace: %s", out)
	}
	var ee *exec.ExitError
	if errors.As(err, &ee) {
		ws := ee.Sys().(syscall.WaitStatus)
		killed = ws.Signaled() && ws.Signal() == syscall.SIGKILL
	}
	if err != nil && !killed {
		t.Fatalf("%s: %v\n%s", r.name, err, out)
	}
	return out, killed
}

// whole checks what a killed save left: old or new, at once or after Undo and after Finish. It returns which it was.
func whole(t *testing.T, path string, old, want []byte) string {
	t.Helper()
	torn, err := FindTornSave(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case torn == nil && bytes.Equal(got, old):
		return "old"
	case torn == nil && bytes.Equal(got, want):
		return "new"
	case torn == nil:
		t.Fatalf("the file of %d bytes is neither the old (%d) nor the new one (%d), and no torn save is found", len(got), len(old), len(want))
	}
	if torn.Foreign != "" || !torn.CanFinish {
		t.Fatalf("found %+v", torn)
	}
	var te *TornSaveError
	if _, err := Open(path); !errors.As(err, &te) {
		t.Fatalf("a torn file opens with %v", err)
	}
	// Both ways must lead to a whole file: try the second on a copy of everything.
	dir := filepath.Dir(path)
	other := filepath.Join(filepath.Dir(dir), "copy")
	os.RemoveAll(other)
	if out, err := exec.Command("cp", "-a", dir, other).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := torn.Undo(); err != nil {
		t.Fatal(err)
	}
	onDisk(t, path, old)
	twin, err := FindTornSave(filepath.Join(other, filepath.Base(path)))
	if err != nil || twin == nil {
		t.Fatalf("the copy: %+v, %v", twin, err)
	}
	if twin.Foreign == "" {
		t.Error("a copied file is taken for the one that was saved")
	}
	if err := twin.Finish(); err != nil {
		t.Fatal(err)
	}
	onDisk(t, twin.Path, want)
	return "torn"
}

// TestN1KillBetweenPages kills the save at every failpoint: between pages, before and after.
func TestN1KillBetweenPages(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	for _, r := range saveRoles {
		path := filepath.Join(t.TempDir(), "d", "file")
		seen := map[string]int{}
		for n := 1; ; n++ {
			want := r.make(t, path)
			_, killed := child(t, r, path, nil, "HEXLAY_FAILPOINT="+strconv.Itoa(n))
			if !killed {
				onDisk(t, path, want)
				break
			}
			seen[whole(t, path, r.old(), want)]++
		}
		t.Logf("%s: %v", r.name, seen)
		if r.method != NewFile && seen["torn"] == 0 {
			t.Errorf("%s: no kill tore the save", r.name)
		}
	}
}

// TestN1KillOnTheWayBack cancels moves and kills them while they go back.
func TestN1KillOnTheWayBack(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	for _, r := range saveRoles[2:] {
		path := filepath.Join(t.TempDir(), "d", "file")
		for cancel := 2; cancel <= 8; cancel += 3 {
			for n := cancel + 1; ; n++ {
				want := r.make(t, path)
				_, killed := child(t, r, path, nil, "HEXLAY_FAILPOINT="+strconv.Itoa(n), "HEXLAY_CANCEL="+strconv.Itoa(cancel))
				if !killed {
					onDisk(t, path, r.old())
					break
				}
				whole(t, path, r.old(), want)
			}
		}
	}
}

// fileCalls are the system calls that can change what is on a disk.
const fileCalls = "openat,pwrite64,write,ftruncate,fallocate,fsync,fdatasync,msync,rename,renameat,renameat2,unlink,unlinkat," +
	"fchmod,fchown,fsetxattr,fremovexattr,linkat,symlinkat,copy_file_range,flock,utimensat,munmap"

var callLine = regexp.MustCompile(`^\d+ +(\w+)\(`)

// countCalls runs the save once and counts, from its first look at the file on, the calls of each name in the thread that
// saves.
func countCalls(t *testing.T, r saveRole, path string) map[string]int {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	r.make(t, path)
	child(t, r, path, []string{"-o", trace, "-e", "trace=" + fileCalls})
	b, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	thread := ""
	lines := strings.Split(string(b), "\n")
	for _, l := range lines { // the thread that removes the journal, or renames the new file
		if strings.Contains(l, "unlinkat(") && strings.Contains(l, journalSuffix) || strings.Contains(l, "rename") && strings.Contains(l, ".hexlay") {
			thread = strings.Fields(l)[0]
			break
		}
	}
	for _, l := range lines {
		if m := callLine.FindStringSubmatch(l); m != nil && strings.HasPrefix(l, thread+" ") {
			counts[m[1]]++
		}
	}
	return counts
}

// TestN1KillAtEverySystemCall kills the save on entry to each call, so that the call is not done.
func TestN1KillAtEverySystemCall(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	for _, r := range saveRoles {
		path := filepath.Join(t.TempDir(), "d", "file")
		counts := countCalls(t, r, path)
		seen := map[string]int{}
		for call, n := range counts {
			if call == "write" || call == "munmap" || call == "openat" && os.Getenv("HEXLAY_SLOW") == "" {
				continue
			}
			step := 1
			if os.Getenv("HEXLAY_SLOW") == "" {
				step = max(1, n/4)
			}
			for at := 1; at <= n; at += step {
				want := r.make(t, path)
				child(t, r, path, []string{"-o", "/dev/null", "-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, at)})
				seen[whole(t, path, r.old(), want)]++
			}
		}
		t.Logf("%s: %v, calls %v", r.name, seen, counts)
		if seen["old"] == 0 || r.method != NewFile && seen["torn"] == 0 {
			t.Errorf("%s: the kills left %v", r.name, seen)
		}
	}
}

// TestN6NoPermissions: where a filesystem lets nobody set permissions, as FAT and mounts of phones and shares, a new file that has the
// old one's all the same takes its place, and one that has others does not.
func TestN6NoPermissions(t *testing.T) {
	r := saveRoles[1]
	path := filepath.Join(t.TempDir(), "d", "file")
	for mode, kept := range map[os.FileMode]bool{0o600: true, 0o640: false} { // new files are made with 0600
		want := r.make(t, path)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		out, _ := child(t, r, path, []string{"-o", "/dev/null", "-e", "inject=fchmod:error=EPERM"})
		if kept != strings.Contains(out, "SAVED") || kept == strings.Contains(out, "its permissions cannot be kept") {
			t.Errorf("%o: %s", mode, out)
		}
		if !kept {
			want = r.old()
		}
		onDisk(t, path, want)
	}
}
