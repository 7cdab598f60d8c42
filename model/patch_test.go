package model

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hexlay/mmapdoc"
)

// patchFace is an editor over a file of its own.
func patchFace(t *testing.T, path string, data []byte) *face {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	doc, err := mmapdoc.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	f := &face{t: t, ed: New(doc)}
	t.Cleanup(func() { f.ed.Close() })
	return f
}

// TestPatchRoundTrip edits at random, exports the edits in every format, and applies the patch to what was there before.
func TestPatchRoundTrip(t *testing.T) {
	rnd := seeded(t)
	for _, ext := range []string{"ips", "ips32", "bps", "ups", "xxd", "script", "hexpatch"} {
		for range 6 {
			dir := t.TempDir()
			old, fresh := randomPair(rnd, 1+rnd.IntN(20_000))
			if ext == "xxd" && len(fresh) < len(old) {
				fresh = append(fresh, old[len(fresh):]...)
			}
			f := patchFace(t, filepath.Join(dir, "file"), old)
			if err := f.ed.splice(0, f.ed.Size(), fresh, mmapdoc.Alone); err != nil {
				t.Fatal(err)
			}
			patch := filepath.Join(dir, "p."+ext)
			f.must("patch export " + patch)
			if n := f.ed.Notice(); n.Error {
				t.Fatalf("%s: %s", ext, n.Text)
			}
			f.must("patch export " + patch)
			if len(f.asks) != 1 || f.asks[0].Choices[0].Command != "patch export! "+patch {
				t.Fatalf("%s: the file is there, asks %+v", ext, f.asks)
			}
			f.must("undo")
			f.asks = nil
			f.must("patch apply " + patch)
			if bytes.Equal(old, fresh) {
				continue
			}
			if len(f.asks) != 1 {
				t.Fatalf("%s: asks %+v, says %q", ext, f.asks, f.ed.Notice().Text)
			}
			f.must("patch-apply")
			if got := bytesIn(t, f.ed); !bytes.Equal(got, fresh) {
				t.Fatalf("%s: applied, the document has %d other bytes than the %d wanted", ext, len(got), len(fresh))
			}
			f.must("undo")
			if got := bytesIn(t, f.ed); !bytes.Equal(got, old) {
				t.Fatalf("%s: one undo does not take the patch back", ext)
			}
		}
	}
}

// TestPatchRefused: what a format cannot carry, and what is for another file, is refused in one clear line.
func TestPatchRefused(t *testing.T) {
	dir := t.TempDir()
	big := make([]byte, 17<<20)
	f := patchFace(t, filepath.Join(dir, "big"), big)
	f.must("goto 0x1000000")
	f.must("overwrite 01")
	for name, want := range map[string]string{
		"p.ips": "offsets below 0x1000000 only, and 0x1000000 differs",
		"p.zip": "the ending tells the format",
		"big":   "the ending tells the format",
	} {
		f.do("patch export " + filepath.Join(dir, name))
		if n := f.ed.Notice(); !n.Error || !strings.Contains(n.Text, want) || strings.Contains(n.Text, "\n") {
			t.Errorf("%s: says %q, want %q", name, n.Text, want)
		}
		if _, err := os.Stat(filepath.Join(dir, name)); name != "big" && err == nil {
			t.Errorf("%s was written", name)
		}
	}
	f.must("patch export " + filepath.Join(dir, "p.ips32"))
	f.must("goto 3")
	f.must("overwrite 02")
	f.must("patch export " + filepath.Join(dir, "p.bps"))
	f.must("overwrite 03") // of the new side: the patch is for what is on disk
	f.must("patch apply " + filepath.Join(dir, "p.bps"))
	if n := f.ed.Notice(); !n.Error || !strings.Contains(n.Text, "for another file") {
		t.Errorf("a patch for another file: says %q", n.Text)
	}
	f.must("patch apply " + filepath.Join(dir, "p.ips32"))
	f.must("overwrite 04")
	if err := f.do("patch-apply"); err == nil || !strings.Contains(err.Error(), "changed since") {
		t.Errorf("a patch that was looked at before an edit: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bad.ips"), []byte("PATCH\x00\x00"), 0o644); err != nil {
		t.Fatal(err)
	}
	f.must("patch apply " + filepath.Join(dir, "bad.ips"))
	if n := f.ed.Notice(); !n.Error || !strings.Contains(n.Text, "not a sound patch") {
		t.Errorf("half a patch: says %q", n.Text)
	}
	f.must("patch apply " + filepath.Join(dir, "missing.ips"))
	if n := f.ed.Notice(); !n.Error || strings.Count(n.Text, "missing.ips") != 1 || !strings.Contains(n.Text, "no such file") {
		t.Errorf("no patch: says %q", n.Text)
	}
}

// TestPatchOfComparison exports what makes the right side of the left one, also as a list to read.
func TestPatchOfComparison(t *testing.T) {
	rnd := seeded(t)
	a, b := randomPair(rnd, 5000)
	b = slices.Insert(b, 100, 1, 2, 3)
	f := compareFace(t, a, b)
	dir := t.TempDir()
	f.must("patch export " + filepath.Join(dir, "p.bps"))
	f.must("patch export " + filepath.Join(dir, "p.txt"))
	if text, err := os.ReadFile(filepath.Join(dir, "p.txt")); err != nil || !strings.Contains(string(text), " → 0x") {
		t.Errorf("the list is %.200q, %v", text, err)
	}
	f.must("compare-end")
	f.must("patch apply " + filepath.Join(dir, "p.bps"))
	f.must("patch-apply")
	if !bytes.Equal(bytesIn(t, f.ed), b) {
		t.Error("applied, it is not the right side")
	}
}
