package model

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMessages: files that cannot be read or written are told by their name, once, with the reason, and what else was said badly.
func TestMessages(t *testing.T) {
	e := over(make([]byte, 100))
	defer e.Close()
	dir := t.TempDir()
	e.file = filepath.Join(dir, "settings.toml")
	gone := filepath.Join(dir, "gone", "x.ips")
	must(t, e, "select 0:1")
	for _, c := range [][2]string{
		{"codec-table " + gone, gone + ": no such file or directory"},
		{"annotate many u4", "annotate u4: a size of 1 byte is not a whole number of u4"},
		{"annotate one u1", ""},
		{"annotations-export " + gone, gone + ": no such file or directory"},
		{"overlay " + filepath.Join(dir, "gone.ksy"), "gone.ksy: no such file or directory"},
		{"next-data", "no data behind a hole from here to the end"},
		{"next-hole", "no hole from here to the end"},
		{"setting codec default", "codec is utf-8, as it is by default; kept in " + shortPath(e.file)},
		{"setting columns default", "columns is auto, as it is by default; kept in " + shortPath(e.file)},
	} {
		_, err := run(t, e, c[0])
		got := e.Notice().Text
		if err != nil {
			got = err.Error()
		}
		if c[1] != "" && got != c[1] {
			t.Errorf("%s: %q, want %q", c[0], got, c[1])
		}
	}
	for _, err := range []error{writeBeside(gone, nil), writeNew(gone, false, nil)} {
		if err == nil || err.Error() != gone+": no such file or directory" {
			t.Error(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := writeBeside(filepath.Join(dir, "folder"), func(io.Writer) error { return nil }); err == nil || strings.Contains(err.Error(), ".hexlay-") {
		t.Errorf("over a folder: %v", err)
	}
}
