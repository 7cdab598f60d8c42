package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTransform(t *testing.T) {
	f := writeFile(t, "f", []byte("0123456789"))
	out := filepath.Join(t.TempDir(), "out")
	sameJSON(t, fine(t, nil, "transform", f, "xor", "01", "02", "--range", "2:3", "--json"),
		`[{"range":[2,5],"old":{"bytes":"323334"},"new":{"bytes":"333135"}}]`)
	if got := readFile(t, f); string(got) != "0131556789" {
		t.Errorf("in place: %q", got)
	}
	if got := string(fine(t, nil, "transform", f, "fill", "=", "i * 2", "--range", "0:3", "-n")); got != "would change 0x0: 30 31 33 → 00 02 04\n" {
		t.Errorf("--dry-run prints %q", got)
	}
	before := readFile(t, f)
	fine(t, nil, "transform", f, "encode", "gzip", "--output", out)
	if !bytes.Equal(readFile(t, f), before) {
		t.Error("--output changed the original")
	}
	if got := fine(t, nil, "transform", out, "decode", "gzip", "--output", "-"); !bytes.Equal(got, before) {
		t.Errorf("there and back: %q", got)
	}
	if got := run(t, nil, hexlay, "transform", f, "invert", "-o", out); got.status != exitUsage || !strings.Contains(string(got.err), out+": a file of ") {
		t.Errorf("over a file that is there: %d, %s", got.status, got.err)
	}
	fine(t, nil, "transform", out, "decode", "gzip")
	if !bytes.Equal(readFile(t, out), before) {
		t.Error("decode in place")
	}
	if got := string(run(t, []byte("abcd"), hexlay, "transform", "-", "swap-bytes", "2", "--output", "-").out); got != "badc" {
		t.Errorf("from standard input: %q", got)
	}
	if got := string(run(t, []byte("-=abcd"), hexlay, "transform", "-", "encode", "hex", "--range", "2:2", "--output", "-").out); got != "-=6162cd" {
		t.Errorf("a range of standard input: %q", got)
	}
	fails(t, exitRefused, "no operation", "transform", f, "frob")
	fails(t, exitRefused, "argument is missing", "transform", f, "xor")
	fails(t, exitData, "gzip", "transform", f, "decode", "gzip")
	fails(t, exitData, "units of 4", "transform", f, "swap-bytes", "4")
	fails(t, exitData, "beyond the end", "transform", f, "invert", "--range", "9:2")
	fails(t, exitUsage, "cannot be changed", "transform", "-", "invert")
	fails(t, exitUsage, "too few", "transform", f)
	if !bytes.Equal(readFile(t, f), before) {
		t.Error("refusals changed the file")
	}
	// A bomb is given up at its limit, and leaves the file as it is.
	zeros := filepath.Join(t.TempDir(), "zeros")
	if err := os.WriteFile(zeros, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(zeros, 32<<20); err != nil {
		t.Fatal(err)
	}
	fine(t, nil, "transform", zeros, "encode", "zstd")
	bomb := readFile(t, zeros)
	r := fails(t, exitData, "more than 1048576 bytes", "transform", zeros, "decode", "zstd", "1M")
	if strings.Count(r.err, "\n") != 1 || !bytes.Equal(readFile(t, zeros), bomb) {
		t.Errorf("after the limit: %v", r)
	}
	fine(t, nil, "transform", zeros, "decode", "zstd", "32M")
	if len(readFile(t, zeros)) != 32<<20 {
		t.Error("a limit of just the size is too small")
	}
}
