package mmapdoc

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestN6Attributes: owner, permissions, access list, extended attributes, symbolic and hard links stay, however the file is
// saved.
func TestN6Attributes(t *testing.T) {
	for _, m := range []Method{InPlace, NewFile, InPlaceMove} {
		t.Run(m.String(), func(t *testing.T) { keepsAttributes(t, m) })
	}
}

// TestN6AttributesOfAUser: a user's own files keep setuid and setgid too, which the system takes off what a user writes.
func TestN6AttributesOfAUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("TestN6Attributes is this test for who is not root")
	}
	asNobody(t, "TestN6Attributes")
}

func keepsAttributes(t *testing.T, method Method) {
	path := writeFile(t, sample(10_000))
	root := os.Geteuid() == 0
	if root {
		if err := os.Chown(path, 1234, 5678); err != nil {
			t.Fatal(err)
		}
	}
	xattrs := map[string]string{"user.hexlay": "value", "user.empty": ""}
	// An access list: version 2, then tag, permissions and id of owner, user 42, group, mask and others.
	xattrs[aclXattr] = "\x02\x00\x00\x00" + "\x01\x00\x07\x00\xff\xff\xff\xff" + "\x02\x00\x04\x00\x2a\x00\x00\x00" +
		"\x04\x00\x05\x00\xff\xff\xff\xff" + "\x10\x00\x05\x00\xff\xff\xff\xff" + "\x20\x00\x00\x00\xff\xff\xff\xff"
	if root { // what a program may do that anybody starts: here, to bind low ports
		xattrs["security.capability"] = "\x01\x00\x00\x02\x00\x04\x00\x00" + strings.Repeat("\x00", 12)
	}
	for name, value := range xattrs {
		if err := unix.Setxattr(path, name, []byte(value), 0); err != nil {
			t.Logf("%s: %v", name, err)
			delete(xattrs, name)
		}
	}
	if err := os.Chmod(path, 0o750|os.ModeSetuid|os.ModeSetgid); err != nil {
		t.Fatal(err)
	}
	var before, after unix.Stat_t
	if err := unix.Stat(path, &before); err != nil {
		t.Fatal(err)
	}
	if before.Mode&0o7777 != 0o6750 {
		t.Fatalf("the mode is %o", before.Mode)
	}
	if method == InPlaceMove {
		if err := os.Link(path, path+"2"); err != nil {
			t.Skip(err)
		}
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	d := mustOpen(t, link)
	if method == InPlace {
		if err := d.Fill(100, 9000, []byte("fill")); err != nil {
			t.Fatal(err)
		}
	} else {
		splice(t, d, 10, 0, "longer")
	}
	want := readAll(t, d)
	keeps := func() {
		t.Helper()
		if to, err := os.Readlink(link); err != nil || to != path {
			t.Errorf("the symbolic link leads to %q, %v", to, err)
		}
		if err := unix.Stat(path, &after); err != nil {
			t.Fatal(err)
		}
		if before.Mode != after.Mode || before.Uid != after.Uid || before.Gid != after.Gid {
			t.Errorf("mode %o %d:%d became %o %d:%d", before.Mode, before.Uid, before.Gid, after.Mode, after.Uid, after.Gid)
		}
		if (before.Ino == after.Ino) != (method != NewFile) {
			t.Errorf("the inode was %d and is %d", before.Ino, after.Ino)
		}
		for name, value := range xattrs {
			got := make([]byte, 1000)
			n, err := unix.Getxattr(path, name, got)
			if err != nil || string(got[:n]) != value {
				t.Errorf("%s is %q: %v", name, got[:max(n, 0)], err)
			}
		}
	}
	save(t, d, "", method)
	onDisk(t, path, want)
	keeps()
	if method == InPlaceMove {
		onDisk(t, path+"2", want)
	}
	d.Undo()
	save(t, d, link, method)
	onDisk(t, path, sample(10_000))
	keeps()
}

// The folder's default access list must not open a file to users that could not read it.
func TestSaveDropsInheritedACL(t *testing.T) {
	path := writeFile(t, []byte("secret"))
	acl := "\x02\x00\x00\x00" + "\x01\x00\x07\x00\xff\xff\xff\xff" + "\x02\x00\x07\x00\x2a\x00\x00\x00" +
		"\x04\x00\x05\x00\xff\xff\xff\xff" + "\x10\x00\x07\x00\xff\xff\xff\xff" + "\x20\x00\x00\x00\xff\xff\xff\xff"
	if err := unix.Setxattr(filepath.Dir(path), "system.posix_acl_default", []byte(acl), 0); err != nil {
		t.Skip(err)
	}
	d := mustOpen(t, path)
	splice(t, d, 0, 0, "more ")
	save(t, d, "", NewFile)
	if n, err := unix.Getxattr(path, aclXattr, nil); err == nil {
		t.Errorf("the new file has an access list of %d bytes", n)
	}
}

func TestSaveRefusals(t *testing.T) {
	refused := func(d *Document, path, what string) {
		t.Helper()
		if p, err := d.Plan(path); err == nil || !strings.Contains(err.Error(), what) || strings.Contains(err.Error(), "\n") {
			t.Errorf("planned %+v, error %v; want one about %q", p, err, what)
		}
	}
	path := writeFile(t, []byte("x"))
	d := mustOpen(t, path)
	splice(t, d, 0, 0, "y")
	refused(d, t.TempDir(), "regular file")
	refused(d, "/dev/null", "regular file")
	refused(d, "/proc/sys/kernel/hostname/x", "not a directory")
	refused(d, filepath.Join(t.TempDir(), "none", "x"), "no such file")
	refused(d, fifo(t), "regular file")

	dev := losetup(t, 1<<20)
	disk := mustOpen(t, dev)
	splice(t, disk, 0, 0, "y")
	refused(disk, "", "a disk cannot change its size")
}

func TestSaveDevice(t *testing.T) {
	const size = 1<<20 + 512
	dev := losetup(t, size)
	d := mustOpen(t, dev)
	splice(t, d, 700, 5, "hello")
	splice(t, d, size-3, 3, "end")
	want := readAll(t, d)
	p := save(t, d, "", InPlace)
	if p.Bytes != 8 || d.Info().Kind != Device {
		t.Errorf("wrote %d bytes, info %+v", p.Bytes, d.Info())
	}
	got, err := os.ReadFile(dev)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("the disk holds other bytes: %v", err)
	}
	d.Undo()
	save(t, d, "", InPlace)
	save(t, d, "", Nothing)
	copyOut := filepath.Join(t.TempDir(), "copy")
	save(t, d, copyOut, NewFile)
	want = readAll(t, d)
	onDisk(t, copyOut, want)
}

// A sparse file stays sparse, whatever its size, and zeros take no room.
func TestSaveSparse(t *testing.T) {
	for _, dir := range []string{t.TempDir(), "/dev/shm"} {
		f, err := os.CreateTemp(dir, "hexlay-sparse")
		if err != nil {
			t.Log(err)
			continue
		}
		path := f.Name()
		defer os.Remove(path)
		const size = 100 << 30
		if err := f.Truncate(size); err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte("middle"), size/2); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		d := mustOpen(t, path)
		splice(t, d, 1000, 0, "x")
		if err := d.Fill(1<<30, 20<<30, []byte{0, 0}); err != nil {
			t.Fatal(err)
		}
		save(t, d, "", NewFile)
		var st unix.Stat_t
		if err := unix.Stat(path, &st); err != nil {
			t.Fatal(err)
		}
		if st.Size != size+1 || st.Blocks*512 > 1<<20 {
			t.Errorf("%d bytes take %d on the disk", st.Size, st.Blocks*512)
		}
		got := make([]byte, 7)
		if _, err := d.Snapshot().ReadAt(got, size/2); err != nil || string(got) != "\x00middle" {
			t.Errorf("read %q: %v", got, err)
		}
	}
}

// On a full disk both ways to save fail, the file is as before, and saving elsewhere works.
func TestSaveDiskFull(t *testing.T) {
	dir := smallTmpfs(t, "256k")
	path := filepath.Join(dir, "f")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 200<<10); err != nil { // all hole
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "rest"), sample(240<<10), 0o644); err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, ins := range []string{"", "longer"} {
		d := mustOpen(t, path)
		if err := d.Fill(1000, 150<<10, []byte("full")); err != nil {
			t.Fatal(err)
		}
		splice(t, d, 10, 0, ins)
		p, err := d.Plan("")
		if err != nil {
			t.Fatal(err)
		}
		err = p.Run(context.Background(), nil)
		if !errors.Is(err, unix.ENOSPC) || strings.Contains(err.Error(), "\n") {
			t.Fatalf("Run %v: %v", p.Method, err)
		}
		onDisk(t, path, old)
		if !d.Modified() || len(d.Snapshot().Changed(Range{0, d.Size()}, nil)) == 0 {
			t.Error("not modified after a failed save")
		}
		want := readAll(t, d)
		save(t, d, filepath.Join(t.TempDir(), "elsewhere"), NewFile)
		onDisk(t, d.Info().Path, want)
		for d.CanUndo() {
			d.Undo()
		}
		if !bytes.Equal(readAll(t, d), old) {
			t.Error("undo reads other bytes")
		}
	}
}

// The map itself runs out of room: what allocate could not promise is caught by the guard and taken back.
func TestSaveFaultWhileWriting(t *testing.T) {
	dir := smallTmpfs(t, "256k")
	path := filepath.Join(dir, "f")
	if err := errors.Join(os.WriteFile(path, nil, 0o644), os.Truncate(path, 1<<20)); err != nil {
		t.Fatal(err)
	}
	w, err := openWriter(path, 1<<20, false)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	if err := w.writeAt(sample(1<<20), 0); err == nil {
		t.Fatal("1 MiB went into 256 KiB")
	}
	if len(w.win) == 0 {
		t.Error("the write was not through a map")
	}
}

// oneByte measures n saves of one changed byte in a file of size bytes, and as many plain pwrite and fdatasync.
func oneByte(t testing.TB, path string, n int) (saves, plain time.Duration) {
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	at := func(i int) int64 { return (int64(i)*104_729 + 7) * 4096 % d.Size() }
	saves, plain = math.MaxInt64, math.MaxInt64
	for i := range n {
		start := time.Now()
		if _, err := f.WriteAt([]byte{byte(i)}, at(2*i)); err != nil {
			t.Fatal(err)
		}
		if err := unix.Fdatasync(int(f.Fd())); err != nil {
			t.Fatal(err)
		}
		plain = min(plain, time.Since(start))

		if err := d.Splice(at(2*i+1), 1, []byte{byte(i)}, Alone); err != nil {
			t.Fatal(err)
		}
		start = time.Now()
		p, err := d.Plan("")
		if err != nil {
			t.Fatal(err)
		}
		p.Force = true // the plain writes are another program's
		if err := p.Run(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		if err := d.Saved(p); err != nil {
			t.Fatal(err)
		}
		saves = min(saves, time.Since(start))
	}
	return saves, plain
}

func BenchmarkSaveOneByte(b *testing.B) {
	for _, kind := range []string{"hole", "data"} {
		b.Run(kind, func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "f")
			size := int64(4 << 30)
			if err := os.WriteFile(path, nil, 0o644); err != nil {
				b.Fatal(err)
			}
			if kind == "data" {
				size = 64 << 20
				if err := os.WriteFile(path, sample(int(size)), 0o644); err != nil {
					b.Fatal(err)
				}
				unix.Sync()
			}
			if err := os.Truncate(path, size); err != nil {
				b.Fatal(err)
			}
			saves, plain := oneByte(b, path, max(b.N, 50))
			b.ReportMetric(float64(saves.Microseconds()), "µs/save")
			b.ReportMetric(float64(plain.Microseconds()), "µs/pwrite+fdatasync")
			b.ReportMetric(float64(saves)/float64(plain), "ratio")
		})
	}
}

// TestNewFileHasNoNameBefore: a kill while a new file is written leaves nothing beside the old one.
func TestNewFileHasNoNameBefore(t *testing.T) {
	path := writeFile(t, sample(50_000))
	if f := namelessFile(path, 0o600); f == nil {
		t.Skip("this filesystem has no files without a name")
	} else {
		f.Close()
	}
	d := mustOpen(t, path)
	splice(t, d, 10, 0, "longer")
	want := readAll(t, d)
	p, err := d.Plan("")
	if err != nil || p.Method != NewFile {
		t.Fatalf("%v, %v", p, err)
	}
	written := false
	failpoint = func(name string) {
		if name != "written" {
			return
		}
		written = true
		entries, err := os.ReadDir(filepath.Dir(path))
		if err != nil || len(entries) != 1 {
			t.Errorf("beside the file: %v, %v", entries, err)
		}
	}
	defer func() { failpoint = func(string) {} }()
	finish(t, d, p)
	if !written {
		t.Error("no new file was written")
	}
	onDisk(t, path, want)
}
