package mmapdoc

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// fullDisk is a folder on a filesystem in memory without any room, and in it a file of 4 MiB that is a hole but for its
// first bytes.
func fullDisk(t *testing.T) (path string) {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("no filesystem of one's own here: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	path = filepath.Join(dir, "holes")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("HEAD"); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(4 << 20); err != nil {
		t.Fatal(err)
	}
	fill, err := os.Create(filepath.Join(dir, "fill"))
	if err != nil {
		t.Fatal(err)
	}
	defer fill.Close()
	for err == nil {
		_, err = fill.Write(make([]byte, 4096))
	}
	return path
}

// TestHolesOfFullDisk: a page of a hole on a full filesystem in memory faults when it is read by a map. It holds zeros all
// the same, and not what stood in the caller's buffer.
func TestHolesOfFullDisk(t *testing.T) {
	d, err := Open(fullDisk(t))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, off := range []int64{0, 3, 100, 4090, 0x1fffa0, 0x200000, 4<<20 - 5000} {
		for _, n := range []int{1, 300, 5000} {
			b := bytes.Repeat([]byte{0xee}, n)
			got, lost := d.Snapshot().Read(b, off, nil)
			want := make([]byte, got)
			if off < 4 {
				copy(want, "HEAD"[off:])
			}
			if got != n || len(lost) > 0 || !bytes.Equal(b, want) {
				t.Errorf("%d bytes at %#x: %d, lost %v, first % x", n, off, got, lost, b[:min(8, n)])
			}
		}
	}
}

// TestEditInHoleOfFullDisk (N5): a save that has no room says so and that the file is as it was; other edits can be saved, the
// document reads right, and nothing is left behind.
func TestEditInHoleOfFullDisk(t *testing.T) {
	stateFolder(t)
	path := fullDisk(t)
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	save := func() error {
		p, err := d.Plan("")
		if err != nil {
			return err
		}
		if err := p.Run(t.Context(), nil); err != nil {
			return err
		}
		return d.Saved(p)
	}
	if err := d.Splice(0x200000, 2, []byte("no"), Alone); err != nil {
		t.Fatal(err)
	}
	if err := d.Splice(1, 1, []byte("e"), Alone); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := save(); err == nil || !strings.Contains(err.Error(), "the file is as it was") {
			t.Fatalf("the save says %v", err)
		}
	}
	want := make([]byte, 4<<20)
	copy(want, "HeAD")
	copy(want[0x200000:], "no")
	if !d.Modified() || !bytes.Equal(content(t, d.Snapshot()), want) {
		t.Error("the document reads wrong after the failed save")
	}
	b, err := os.ReadFile(path)
	if err != nil || !bytes.HasPrefix(b, []byte("HEAD")) {
		t.Errorf("the file begins with %q, %v", b[:4], err)
	}
	if left, err := TornSaves(); err != nil || len(left) > 0 {
		t.Errorf("torn saves: %v, %v", left, err)
	}
	d.Undo()
	d.Undo()
	if err := d.Splice(1, 1, []byte("e"), Alone); err != nil {
		t.Fatal(err)
	}
	if err := save(); err != nil {
		t.Errorf("an edit that has its room is not saved: %v", err)
	}
}
