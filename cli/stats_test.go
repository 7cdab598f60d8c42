package cli

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStats(t *testing.T) {
	type result struct {
		Size      int64
		Entropy   float64
		Histogram []int64
		Blocks    []float64
	}
	get := func(args ...string) (r result) {
		t.Helper()
		if err := json.Unmarshal(fine(t, nil, append([]string{"stats", "--json"}, args...)...), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := get(writeFile(t, "f", []byte(strings.Repeat("ab", 50)+strings.Repeat("c", 100))), "--blocks", "2")
	if r.Size != 200 || len(r.Histogram) != 256 || r.Histogram['a'] != 50 || r.Histogram['c'] != 100 || r.Entropy != 1.5 || len(r.Blocks) != 2 || r.Blocks[0] != 1 || r.Blocks[1] != 0 {
		t.Errorf("%+v", r)
	}
	// More than one chunk, and holes.
	data := randomBytes(3, 20<<20)
	path := filepath.Join(t.TempDir(), "sparse")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(data, 1<<30); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(3 << 30); err != nil {
		t.Fatal(err)
	}
	f.Close()
	var want [256]int64
	for _, b := range data {
		want[b]++
	}
	want[0] += 3<<30 - int64(len(data))
	r = get(path, "--blocks", "7")
	for i, n := range r.Histogram {
		if n != want[i] {
			t.Errorf("byte %02x: %d times, want %d", i, n, want[i])
		}
	}
	if r.Blocks[0] != 0 || r.Blocks[2] < 0.1 || r.Blocks[6] != 0 || math.IsNaN(r.Entropy) {
		t.Errorf("%v", r.Blocks)
	}
	if r := get(writeFile(t, "empty", nil)); r.Size != 0 || r.Entropy != 0 || len(r.Blocks) != 1 {
		t.Errorf("%+v", r)
	}
	if out := string(fine(t, nil, "stats", writeFile(t, "f", []byte("aab")))); !strings.Contains(out, "2 of 256 byte values occur; the commonest is 61, 2 times (66.67%)") {
		t.Errorf("%s", out)
	}
	fails(t, exitUsage, "--blocks 0", "stats", "f", "--blocks", "0")
}
