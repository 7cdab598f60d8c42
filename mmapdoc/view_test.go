package mmapdoc

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestView: one piece of a mapped file, and none across pieces, changes, and the end of a file that was cut short.
func TestView(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	b := patterned(100_000)
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	d.Splice(50_000, 0, []byte("inserted"), Alone)
	s := d.Snapshot()
	want := content(t, s)
	view := func(r Range) (ok bool, err error) {
		t.Helper()
		ok, err = s.View(r, func(b []byte) error {
			if !bytes.Equal(b, want[r.Start:r.End]) {
				t.Errorf("%v: other bytes", r)
			}
			return nil
		})
		return ok, err
	}
	for _, c := range []struct {
		r  Range
		ok bool
	}{{Range{0, 50_000}, true}, {Range{7, 49_999}, true}, {Range{50_000, 50_008}, true}, {Range{50_010, 100_008}, true}, {Range{49_999, 50_001}, false}, {Range{5, 5}, false}} {
		if ok, err := view(c.r); ok != c.ok || err != nil {
			t.Errorf("%v: %v %v, want %v", c.r, ok, err, c.ok)
		}
	}
	if _, err := s.View(Range{0, 200_000}, nil); err == nil {
		t.Error("a range outside of the document was taken")
	}
	stop := errors.New("stop")
	if ok, err := s.View(Range{0, 10}, func([]byte) error { return stop }); !ok || err != stop {
		t.Error(ok, err)
	}
	if err := os.Truncate(path, 10_000); err != nil {
		t.Fatal(err)
	}
	for ok := true; ok; time.Sleep(time.Millisecond) { // until the file's end was looked up again
		if ok, err = s.View(Range{20_000, 30_000}, func(b []byte) error { _ = b[0]; return nil }); err != nil {
			var lost *LostError
			if !errors.As(err, &lost) {
				t.Fatal(err)
			}
		}
	}
}
