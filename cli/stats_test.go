package cli

import (
	"encoding/json"
	"image"
	"image/png"
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

// decodePNG reads a picture that the verb wrote.
func decodePNG(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestStatsPictures(t *testing.T) {
	// Pixels are exactly the bytes.
	const w, h, stride = 13, 7, 41
	data := randomBytes(5, 10+stride*h)
	name := writeFile(t, "raw", data)
	out := filepath.Join(t.TempDir(), "out.png")
	for _, flip := range []bool{false, true} {
		args := []string{"stats", name, "--picture", "pixels", "--depth", "24", "--order", "bgr", "--stride", "41", "--range", "10:", "-o", out}
		if flip {
			args = append(args, "--bottom-up")
		}
		fine(t, nil, args...)
		m := decodePNG(t, out)
		if m.Bounds() != image.Rect(0, 0, w, h) {
			t.Fatalf("the picture is %v", m.Bounds())
		}
		for y := range h {
			for x := range w {
				k := y
				if flip {
					k = h - 1 - y
				}
				p := data[10+k*stride+3*x:]
				if r, g, b, _ := m.At(x, y).RGBA(); byte(r>>8) != p[2] || byte(g>>8) != p[1] || byte(b>>8) != p[0] {
					t.Fatalf("flipped %v: pixel %d, %d is %v, the bytes are % x", flip, x, y, m.At(x, y), p[:3])
				}
			}
		}
	}
	// A pair that occurs is brighter than one that does not.
	name = writeFile(t, "pairs", []byte(strings.Repeat("\x20\x80", 1000)))
	fine(t, nil, "stats", name, "--picture", "digram", "--width", "256", "--height", "256", "-o", out)
	m := decodePNG(t, out)
	bright := func(x, y int) uint32 { r, g, b, _ := m.At(x, y).RGBA(); return r + g + b }
	if bright(0x20, 0x80) < 3*bright(0x21, 0x80) || bright(0x80, 0x20) < 3*bright(0x20, 0x20) {
		t.Errorf("20 80 has %d, 80 20 %d, 21 80 %d", bright(0x20, 0x80), bright(0x80, 0x20), bright(0x21, 0x80))
	}
	for _, locale := range []string{"C.UTF-8", "C"} {
		t.Setenv("LC_ALL", locale)
		for kind, lines := range map[string]int{"entropy": 3, "histogram": 3, "digram": 5, "pixels": 5} { // braille has four dots, half-blocks two
			if locale == "C" {
				lines = 5
			}
			out := string(fine(t, nil, "stats", name, "--picture", kind, "--width", "20", "--height", "10", "--stride", "20"))
			if strings.Count(out, "\n") != lines || strings.Contains(out, "\x1b") || strings.ContainsFunc(out, isBraille) != (lines == 3) {
				t.Errorf("%s in a pipe, %s, gives %q", kind, locale, out)
			}
		}
	}
	fails(t, exitUsage, "--picture", "stats", name, "--picture", "oil")
	fails(t, exitUsage, "64 bits", "stats", name, "--picture", "pixels", "--depth", "64")
	fails(t, exitUsage, "channels", "stats", name, "--picture", "pixels", "--depth", "24", "--order", "bgra")
	fails(t, exitData, "nothing to draw", "stats", writeFile(t, "empty", nil), "--picture", "entropy")
	fails(t, exitUsage, "no such", "stats", name, "--picture", "entropy", "-o", filepath.Join(t.TempDir(), "no", "x.png"))
}

func isBraille(r rune) bool { return r >= 0x2800 && r < 0x2900 }
