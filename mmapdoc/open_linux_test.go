package mmapdoc

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func fifo(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOpenFIFOWithoutWriter(t *testing.T) { wantErr(t, fifo(t), "gave nothing") }

func TestOpenFIFOWithSilentWriter(t *testing.T) {
	path := fifo(t)
	w, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	wantErr(t, path, "gave nothing")
}

func TestOpenFIFO(t *testing.T) {
	path := fifo(t)
	want := sample(300_000)
	go func() {
		time.Sleep(30 * time.Millisecond) // the writer comes late
		w, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return
		}
		defer w.Close()
		_, _ = w.Write(want[:10])
		time.Sleep(30 * time.Millisecond)
		_, _ = w.Write(want[10:])
	}()
	d := mustOpen(t, path)
	if !bytes.Equal(readAll(t, d), want) {
		t.Error("the content differs")
	}
	if d.Info().Kind != Stream || d.Info().Path != "" {
		t.Errorf("info is %+v", d.Info())
	}
}

func TestOpenSocket(t *testing.T) {
	dir, err := os.MkdirTemp("", "s") // the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	wantErr(t, filepath.Join(dir, "s"), "is a socket")
}

func TestOpenCharacterDevice(t *testing.T) {
	for _, path := range []string{"/dev/zero", "/dev/mem", "/dev/tty", "/dev/null"} {
		if _, err := os.Stat(path); err == nil {
			wantErr(t, path, "character device")
		}
	}
}

func TestOpenProc(t *testing.T) {
	d := mustOpen(t, "/proc/version")
	want, err := os.ReadFile("/proc/version")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(readAll(t, d), want) {
		t.Error("the content differs")
	}
	if d.Info().Kind != Virtual || d.Info().ReadOnly == "" {
		t.Errorf("info is %+v", d.Info())
	}
	if _, err := d.Plan(""); err == nil {
		t.Error("a save to /proc/version was planned")
	}
	wantErr(t, "/proc/self/mem", "input/output error")
}

func TestOpenSys(t *testing.T) {
	const path = "/sys/kernel/mm/transparent_hugepage/enabled"
	want, err := os.ReadFile(path)
	if err != nil {
		t.Skip(err)
	}
	d := mustOpen(t, path)
	if !bytes.Equal(readAll(t, d), want) || d.Info().Kind != Virtual {
		t.Errorf("%d bytes instead of %d, info %+v", d.Size(), len(want), d.Info())
	}
}

func TestOpenUnreadable(t *testing.T) {
	if os.Geteuid() != 0 {
		path := writeFile(t, []byte("secret"))
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
		wantErr(t, path, "permission denied")
		return
	}
	asNobody(t, "TestOpenUnreadable|TestReadOnly")
}

// asNobody runs tests, named by a pattern, in another process as somebody else: root may read and write everything.
func asNobody(t *testing.T, tests string) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs another process")
	}
	exe, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("/tmp", "hexlay-test")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	bin := filepath.Join(dir, "test")
	if err := errors.Join(os.Chmod(dir, 0o777), os.WriteFile(bin, exe, 0o755)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "-test.run=^("+tests+")$", "-test.v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+dir, "XDG_STATE_HOME="+filepath.Join(dir, "state"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 1234, Gid: 1234}}
	if out, err := cmd.CombinedOutput(); err != nil || bytes.Contains(out, []byte("SKIP")) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestReadOnly(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everything; TestOpenUnreadable runs this as somebody else")
	}
	path := writeFile(t, []byte("x"))
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	d := mustOpen(t, path)
	if d.Info().ReadOnly != "no permission to write" {
		t.Errorf("read-only for %q", d.Info().ReadOnly)
	}
	if err := d.Splice(0, 1, []byte("y"), Alone); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Plan(""); err == nil || !strings.Contains(err.Error(), "no permission") {
		t.Errorf("planned a save to a read-only file: %v", err)
	}
}

func TestReadOnlyFilesystem(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("mounting needs root")
	}
	dir := smallTmpfs(t, "1m")
	path := filepath.Join(dir, "f")
	if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("none", dir, "tmpfs", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Skip(err)
	}
	if d := mustOpen(t, path); d.Info().ReadOnly != "its filesystem is read-only" {
		t.Errorf("read-only for %q", d.Info().ReadOnly)
	}
}

// smallTmpfs mounts a filesystem of the given size, or skips.
func smallTmpfs(t *testing.T, size string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting needs root")
	}
	dir := t.TempDir()
	if err := unix.Mount("none", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skip("mounting a tmpfs: ", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestOpenStdin(t *testing.T) {
	want := sample(5000)
	f, err := os.Open(writeFile(t, want))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		_, _ = w.Write(want)
		_ = w.Close()
	}()
	for _, in := range []*os.File{f, r} {
		d, err := openStdin(in)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(readAll(t, d), want) || d.Info() != (Info{Name: "standard input", Kind: Stream}) {
			t.Errorf("%d bytes, info %+v", d.Size(), d.Info())
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenHuge(t *testing.T) {
	for _, dir := range []string{"/dev/shm", t.TempDir()} {
		f, err := os.CreateTemp(dir, "hexlay-huge")
		if err != nil {
			t.Log(err)
			continue
		}
		defer f.Close()
		defer os.Remove(f.Name())
		size := int64(1<<63 - 1)
		for f.Truncate(size) != nil {
			size /= 2
		}
		t.Logf("%s holds files of %d bytes", dir, size)
		mark := []byte("the end")
		if _, err := f.WriteAt(mark, size-4096); err != nil { // the system writes no further than a page before the limit
			t.Fatal(err)
		}
		d := mustOpen(t, f.Name())
		if d.Size() != size {
			t.Errorf("size %d instead of %d", d.Size(), size)
		}
		got := make([]byte, len(mark))
		if n, err := d.Snapshot().ReadAt(got, size-4096); n != len(got) || err != nil || !bytes.Equal(got, mark) {
			t.Errorf("read %q: %v", got[:n], err)
		}
	}
}

// losetup gives a block device over a file of n bytes, or skips.
func losetup(t *testing.T, n int64) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("loop devices need root")
	}
	path := writeFile(t, nil)
	if err := os.Truncate(path, n); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("losetup", "--find", "--show", path).CombinedOutput()
	if err != nil {
		t.Skipf("losetup: %v: %s", err, out)
	}
	dev := strings.TrimSpace(string(out))
	t.Cleanup(func() {
		if out, err := exec.Command("losetup", "--detach", dev).CombinedOutput(); err != nil {
			t.Errorf("losetup: %v: %s", err, out)
		}
	})
	return dev
}

func TestOpenDevice(t *testing.T) {
	const size = 1<<20 + 512
	dev := losetup(t, size)
	want := sample(size)
	if err := os.WriteFile(dev, want, 0); err != nil {
		t.Fatal(err)
	}
	d := mustOpen(t, dev)
	if d.Info().Kind != Device || !bytes.Equal(readAll(t, d), want) {
		t.Errorf("%d bytes, info %+v", d.Size(), d.Info())
	}
}

// TestReadOnlyForms: what keeps a file from being written is known when it is opened; it can be edited, and saved elsewhere.
func TestReadOnlyForms(t *testing.T) {
	const fsGetFlags, fsSetFlags, fsImmutable, fsAppend = 0x80086601, 0x40086602, 0x10, 0x20
	flagged := func(flag int) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			was, err := unix.IoctlGetInt(int(f.Fd()), fsGetFlags)
			if err == nil {
				err = unix.IoctlSetPointerInt(int(f.Fd()), fsSetFlags, was|flag)
			}
			if err != nil {
				t.Skip("flags of a file: ", err)
			}
			t.Cleanup(func() {
				if f, err := os.Open(path); err == nil {
					unix.IoctlSetPointerInt(int(f.Fd()), fsSetFlags, was)
					f.Close()
				}
			})
		}
	}
	for name, c := range map[string]struct {
		put  func(t *testing.T, path string)
		want string
	}{
		"immutable":   {flagged(fsImmutable), "it is marked immutable"},
		"append-only": {flagged(fsAppend), "it is marked append-only"},
		"running": {func(t *testing.T, path string) {
			b, err := os.ReadFile(os.Args[0])
			if err == nil {
				err = errors.Join(os.WriteFile(path, b, 0o755), os.Chmod(path, 0o755))
			}
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(path, "-test.run=^TestSleeper$")
			cmd.Env = append(os.Environ(), "HEXLAY_SLEEP=1")
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				in.Close()
				cmd.Wait()
			})
		}, "it is a program that is running"},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, []byte("old bytes"))
			c.put(t, path)
			old, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			d := mustOpen(t, path)
			if d.Info().ReadOnly != c.want {
				t.Fatalf("read-only for %q", d.Info().ReadOnly)
			}
			splice(t, d, 0, 3, "new")
			if _, err := d.Plan(""); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "root") {
				t.Errorf("planned a save: %v", err)
			}
			elsewhere := filepath.Join(t.TempDir(), "elsewhere")
			want := readAll(t, d)
			save(t, d, elsewhere, NewFile)
			onDisk(t, elsewhere, want)
			onDisk(t, path, old)
		})
	}
}

// TestSleeper is a program that runs until its input ends.
func TestSleeper(t *testing.T) {
	if os.Getenv("HEXLAY_SLEEP") == "" {
		t.Skip("runs as a child only")
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}
