package mmapdoc

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestN2Layers: on a filesystem of layers, which copies a file when it is first opened for writing, the document reads what it
// has saved, and later saves of both kinds keep it.
func TestN2Layers(t *testing.T) {
	root := t.TempDir()
	if err := unix.Mount("none", root, "tmpfs", 0, "size=64m"); err != nil {
		t.Skip("a mount: ", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(root, unix.MNT_DETACH) })
	for _, name := range []string{"lower", "upper", "work", "both"} {
		if err := os.Mkdir(filepath.Join(root, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	old := sample(200_000)
	if err := os.WriteFile(filepath.Join(root, "lower", "file.bin"), old, 0o644); err != nil {
		t.Fatal(err)
	}
	both := filepath.Join(root, "both")
	options := "lowerdir=" + filepath.Join(root, "lower") + ",upperdir=" + filepath.Join(root, "upper") + ",workdir=" + filepath.Join(root, "work")
	if err := unix.Mount("overlay", both, "overlay", 0, options); err != nil {
		t.Skip("overlayfs: ", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(both, unix.MNT_DETACH) })
	path := filepath.Join(both, "file.bin")
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	want := bytes.Clone(old)
	short := func(at int64) string { // as the screen reads, out of the map
		b := make([]byte, 16)
		if _, err := d.Snapshot().ReadAt(b, at); err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, at := range []int64{100, 100_000} {
		_ = short(at)
		splice(t, d, at, 5, "saved")
		copy(want[at:], "saved")
		p, err := d.Plan("")
		if err != nil || p.Method != InPlace || p.Conflict != "" {
			t.Fatalf("%v, conflict %q, %v", p.Method, p.Conflict, err)
		}
		finish(t, d, p)
		onDisk(t, path, want)
		if !bytes.Equal(content(t, d.Snapshot()), want) || short(at) != string(want[at:at+16]) {
			t.Errorf("after the save at %d the document reads other bytes", at)
		}
		if now := d.Outsider().Look(); now.Deed != Unchanged {
			t.Errorf("after the save at %d: %+v", at, now)
		}
	}
	splice(t, d, 0, 0, "longer")
	p, err := d.Plan("")
	if err != nil || p.Method != NewFile {
		t.Fatalf("%v, %v", p.Method, err)
	}
	finish(t, d, p)
	onDisk(t, path, append([]byte("longer"), want...))
	whatIs(t, d, old, append([]byte("longer"), want...))
}
