package mmapdoc

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// readAll reads the whole document.
func readAll(t *testing.T, d *Document) []byte {
	t.Helper()
	b := make([]byte, d.Size())
	if n, err := d.Snapshot().ReadAt(b, 0); n != len(b) || err != nil && err != io.EOF {
		t.Fatalf("%s: read %d of %d bytes: %v", d.Info().Name, n, len(b), err)
	}
	return b
}

func mustOpen(t *testing.T, path string) *Document {
	t.Helper()
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func writeFile(t *testing.T, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.bin")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// memoryFolder is a folder for the time of a test, in memory if there is a filesystem there.
func memoryFolder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "hexlay-test")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// sample is n bytes that differ from place to place.
func sample(n int) []byte {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// wantErr opens path, which must fail with one line that names it and has what.
func wantErr(t *testing.T, path, what string) error {
	t.Helper()
	d, err := Open(path)
	if err == nil {
		_ = d.Close()
		t.Fatalf("%s was opened", path)
	}
	if s := err.Error(); !strings.HasPrefix(s, path+": ") || strings.Contains(s, "\n") || !strings.Contains(s, what) {
		t.Errorf("got error %q; want one line about %s with %q", s, path, what)
	}
	return err
}

func TestOpenFile(t *testing.T) {
	want := sample(100_001)
	path := writeFile(t, want)
	d := mustOpen(t, path)
	if got := readAll(t, d); !bytes.Equal(got, want) {
		t.Error("the content differs")
	}
	info := d.Info()
	if info != (Info{Name: "file.bin", Path: path, Kind: File}) {
		t.Errorf("info is %+v", info)
	}
}

func TestOpenEmptyFile(t *testing.T) {
	d := mustOpen(t, writeFile(t, nil))
	if d.Size() != 0 || d.Info().Kind != File || d.Info().ReadOnly != "" {
		t.Errorf("size %d, info %+v", d.Size(), d.Info())
	}
}

func TestOpenNothing(t *testing.T) {
	if err := wantErr(t, filepath.Join(t.TempDir(), "none"), "no such file"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
}

func TestOpenDirectory(t *testing.T) { wantErr(t, t.TempDir(), "is a directory") }

// dribble gives its bytes in small parts of changing size.
type dribble struct {
	b []byte
	n int
}

func (d *dribble) Read(p []byte) (int, error) {
	if len(d.b) == 0 {
		return 0, io.EOF
	}
	d.n = d.n%70_001 + 997
	n := copy(p, d.b[:min(len(d.b), d.n)])
	d.b = d.b[n:]
	return n, nil
}

func TestOpenStream(t *testing.T) {
	sizes := []int{0, 1, spoolChunk, spoolInMemory - 1, spoolInMemory, spoolInMemory + 3*readBlock + 17}
	if testing.Short() {
		sizes = sizes[:3]
	}
	for _, n := range sizes {
		want := sample(n)
		d, err := OpenStream("stream", &dribble{b: want})
		if err != nil {
			t.Fatal(err)
		}
		if d.Info() != (Info{Name: "stream", Kind: Stream}) {
			t.Errorf("info is %+v", d.Info())
		}
		if !bytes.Equal(readAll(t, d), want) {
			t.Errorf("%d bytes: the content differs", n)
		}
		var got []byte
		if err := d.Snapshot().Scan(Range{0, d.Size()}, func(off int64, b []byte) error {
			got = append(got, b...)
			return nil
		}); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: Scan differs: %v", n, err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenStreamError(t *testing.T) {
	_, err := OpenStream("stream", io.MultiReader(strings.NewReader("abc"), errReader{}))
	if err == nil || err.Error() != "stream: after 3 bytes: broken" {
		t.Errorf("got %v", err)
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("broken") }

func TestSpoolLeavesNoFile(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s := newSpool(10)
	want := sample(1000)
	if _, err := s.Write(want); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(io.NewSectionReader(s, 0, s.Size())); err != nil || !bytes.Equal(got, want) {
		t.Errorf("read back before seal: %v", err)
	}
	if err := s.seal(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(io.NewSectionReader(s, 0, s.Size())); err != nil || !bytes.Equal(got, want) {
		t.Errorf("read back: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%s was left behind", left[0].Name())
	}
}
