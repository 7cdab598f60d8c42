package mmapdoc

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// mappedResident is how much of files this process has mapped in right now, in bytes.
func mappedResident(t *testing.T) (total int64) {
	t.Helper()
	f, err := os.Open("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if w := strings.Fields(s.Text()); len(w) > 1 && (w[0] == "RssFile:" || w[0] == "RssShmem:") {
			n, err := strconv.ParseInt(w[1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			total += n << 10 // files of tmpfs count as the one, others as the other
		}
	}
	if total == 0 {
		t.Skip("this system does not tell RssFile")
	}
	return total
}

// TestPassStaysSmall reads a large file once, by windows and by copies: its pages do not stay in memory, and what is
// read beside and afterwards is right.
func TestPassStaysSmall(t *testing.T) {
	const size = 96<<20 + 777
	data := make([]byte, size)
	for i := 0; i < size; i += 512 {
		data[i], data[i+1] = byte(i>>9), byte(i>>17)
	}
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	s := d.Snapshot()
	before := mappedResident(t)
	limit := before + 32<<20
	pos := int64(13)
	err = s.Scan(Range{pos, size}, func(off int64, b []byte) error {
		if off != pos || !bytes.Equal(b, data[off:][:len(b)]) {
			t.Fatalf("the window at %d is not the file's bytes", off)
		}
		pos += int64(len(b))
		return nil
	})
	if err != nil || pos != size {
		t.Fatalf("Scan came to %d: %v", pos, err)
	}
	if got := mappedResident(t); got > limit {
		t.Errorf("after Scan %d MiB of files are mapped in, before it %d", got>>20, before>>20)
	}
	buf := make([]byte, 3<<20)
	for off := int64(1); off < size; off += int64(len(buf)) {
		n, _ := s.ReadAt(buf, off)
		if !bytes.Equal(buf[:n], data[off:][:n]) {
			t.Fatalf("the bytes at %d are not the file's", off)
		}
	}
	if got := mappedResident(t); got > limit {
		t.Errorf("after ReadAt %d MiB of files are mapped in, before it %d", got>>20, before>>20)
	}
}
