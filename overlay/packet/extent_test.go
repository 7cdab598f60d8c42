package packet

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestExtent: captures of both kinds end where they end, whatever follows; one that is cut short has no end.
func TestExtent(t *testing.T) {
	rnd := seeded(t)
	noise := make([]byte, 5000)
	for i := range noise {
		noise[i] = byte(rnd.Uint32())
	}
	always := func(int64) bool { return true }
	var captures [][]byte
	for _, pattern := range []string{"../../templates/pcap/*.pcap", "../../templates/pcapng/*.pcapng"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatal(names, err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			captures = append(captures, b)
		}
	}
	for i, b := range captures {
		for what, behind := range map[string][]byte{
			"nothing": nil, "zeros": make([]byte, 3000), "noise": noise, "text": bytes.Repeat([]byte("some text "), 300), "ff": bytes.Repeat([]byte{0xff}, 3000),
		} {
			data := slices.Concat(b, behind)
			if end, ok := Extent(t.Context(), bytes.NewReader(data), int64(len(data)), always); !ok || end != int64(len(b)) {
				t.Errorf("capture %d before %s: ends at %d, %v, want %d", i, what, end, ok, len(b))
			}
		}
		for _, other := range captures {
			data := slices.Concat(b, other)
			want := int64(len(b))
			if Detect(b) == Pcapng && Detect(other) == Pcapng { // the sections of one
				want = int64(len(data))
			}
			if end, ok := Extent(t.Context(), bytes.NewReader(data), int64(len(data)), always); !ok || end != want {
				t.Errorf("capture %d before another: ends at %d, %v, want %d", i, end, ok, want)
			}
		}
		if _, ok := Extent(t.Context(), bytes.NewReader(b), int64(len(b)-1), always); ok {
			t.Errorf("capture %d, cut short, has an end", i)
		}
		for n := range 500 { // none of these may fail or go on for ever
			data := slices.Concat(b, noise[:n%100])
			for range 1 + rnd.IntN(8) {
				data[rnd.IntN(len(data))] = byte(rnd.Uint32())
			}
			if end, ok := Extent(t.Context(), bytes.NewReader(data), int64(len(data)), always); ok && (end <= 0 || end > int64(len(data))) {
				t.Fatalf("capture %d with damage ends at %d of %d", i, end, len(data))
			}
		}
		if _, ok := Extent(t.Context(), bytes.NewReader(b), int64(len(b)), func(int64) bool { return false }); ok {
			t.Errorf("capture %d: what was given up has an end", i)
		}
	}
	// A long one is given up when it is cancelled.
	long := slices.Clone(captures[0])
	for len(long) < 4*windowLen {
		long = append(long, captures[0][fileHeaderLen:]...)
	}
	if end, ok := Extent(t.Context(), bytes.NewReader(long), int64(len(long)), always); !ok || end != int64(len(long)) {
		t.Errorf("a long one ends at %d of %d, %v", end, len(long), ok)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, ok := Extent(ctx, bytes.NewReader(long), int64(len(long)), always); ok {
		t.Error("it is not cancelled")
	}
}
