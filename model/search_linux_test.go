package model

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"hexlay/mmapdoc"
	"hexlay/overlay/pattern"
)

// TestSearchStaysSmall: whoever looks at the matches maps what is around them; it does not stay.
func TestSearchStaysSmall(t *testing.T) {
	mapped := func() (kB int) {
		b, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Skip(err)
		}
		for line := range strings.Lines(string(b)) {
			if w := strings.Fields(line); len(w) > 1 && (w[0] == "RssFile:" || w[0] == "RssShmem:") {
				n, err := strconv.Atoi(w[1])
				if err != nil {
					t.Fatal(err)
				}
				kB += n
			}
		}
		return kB
	}
	path := filepath.Join(t.TempDir(), "f")
	block := make([]byte, 16<<10)
	copy(block[5000:], "needle")
	if err := os.WriteFile(path, bytes.Repeat(block, 8<<10), 0o644); err != nil {
		t.Fatal(err)
	}
	d, err := mmapdoc.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	p, err := pattern.Bytes([]byte("needle"))
	if err != nil {
		t.Fatal(err)
	}
	before := mapped()
	s := Search{Snapshot: d.Snapshot(), Pattern: p, Range: mmapdoc.Range{End: d.Size()}}
	n := 0
	var at [1]byte
	err = s.Run(t.Context(), func(hits []mmapdoc.Range) error {
		n += len(hits)
		for _, h := range hits {
			if _, err := s.Snapshot.ReadAt(at[:], h.Start); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || n != 8<<10 {
		t.Fatal(n, err)
	}
	if grown := mapped() - before; grown > 32<<10 {
		t.Errorf("%d kB of the 128 MiB stay mapped", grown)
	}
}
