package cli

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestParseNumber(t *testing.T) {
	good := map[string]int64{
		"0": 0, "7": 7, "010": 10, "1_000": 1000, "0x10": 16, "0XfF": 255, "0x_ff": 255, "0xdead_beef": 0xdeadbeef,
		"0o17": 15, "0b1010": 10, "0b1111_0000": 240, "1K": 1024, "2M": 2 << 20, "3G": 3 << 30, "4T": 4 << 40, "0x10K": 16 << 10,
		"64k": 64 << 10, "0b1": 1, "9223372036854775807": math.MaxInt64, "0x7fffffffffffffff": math.MaxInt64, "8388607T": 8388607 << 40,
	}
	for s, want := range good {
		if got, err := parseNumber(s); err != nil || got != want {
			t.Errorf("parseNumber(%q) = %d, %v, want %d", s, got, err, want)
		}
	}
	bad := []string{"", "x", "0x", "0b", "0b2", "0o8", "K", "_1", "1_", "1__0", "0x_", "-1", "+1", " 1", "1 ", "1.5", "0x1_K_", "1KK", "ff", "0_x1", "1e3", "٣"}
	for _, s := range bad {
		if got, err := parseNumber(s); err == nil {
			t.Errorf("parseNumber(%q) = %d, want an error", s, got)
		}
	}
	for _, s := range []string{"9223372036854775808", "0x8000000000000000", "8388608T", "99999999999999999999999999", "0xffffffffffffffffffff"} {
		if _, err := parseNumber(s); err == nil || !strings.Contains(err.Error(), "63 bits") {
			t.Errorf("parseNumber(%q): %v, want an overflow", s, err)
		}
	}
}

func TestRange(t *testing.T) {
	for _, c := range []struct {
		in         string
		size       int64
		start, end int64
		err        string
	}{
		{"0:4", 10, 0, 4, ""},
		{"0x2:0x3", 10, 2, 5, ""},
		{"8:4", 10, 8, 12, ""},
		{"20:4", 10, 20, 24, ""},
		{"3:", 10, 3, 10, ""},
		{"12:", 10, 12, 12, ""},
		{"-4:", 10, 6, 10, ""},
		{"-4:2", 10, 6, 8, ""},
		{"2..5", 10, 2, 5, ""},
		{"2..-1", 10, 2, 9, ""},
		{"-4..-0", 10, 6, 10, ""},
		{"1K..2K", 10, 1024, 2048, ""},
		{"3..3", 10, 3, 3, ""},
		{"5..2", 10, 0, 0, "ends before it starts"},
		{"-11:", 10, 0, 0, "before the start"},
		{"0..-11", 10, 0, 0, "before the start"},
		{"0x7fffffffffffffff:1", 10, 0, 0, "63 bits"},
		{"", 10, 0, 0, "not a range"},
		{"5", 10, 0, 0, "not a range"},
		{":5", 10, 0, 0, "offset missing"},
		{"..5", 10, 0, 0, "offset missing"},
		{"5..", 10, 0, 0, "offset missing"},
		{"1:-2", 10, 0, 0, "length"},
		{"1:2:3", 10, 0, 0, "length"},
		{"1...3", 10, 0, 0, "not an offset"},
	} {
		r, err := parseRange(c.in)
		var start, end int64
		if err == nil {
			start, end, err = r.resolve(c.size)
		}
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%q: error %v, want one with %q", c.in, err, c.err)
			}
			continue
		}
		if err != nil || start != c.start || end != c.end {
			t.Errorf("%q = [%d, %d), %v, want [%d, %d)", c.in, start, end, err, c.start, c.end)
		}
	}
}

// FuzzRange holds that whatever is written resolves to an ordered range or to a one-line error.
func FuzzRange(f *testing.F) {
	for _, s := range []string{"0:4", "-4:", "2..5", "0x_f..-0", "1K:0b1", "9223372036854775807:1", "..", ":", "-:-", "\n:\x00"} {
		f.Add(s, int64(100))
	}
	f.Fuzz(func(t *testing.T, s string, size int64) {
		if size < 0 {
			return
		}
		r, err := parseRange(s)
		var start, end int64
		if err == nil {
			start, end, err = r.resolve(size)
		}
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r\x00\x1b") {
				t.Fatalf("error for %q is not one clean line: %q", s, err)
			}
			return
		}
		if start < 0 || end < start {
			t.Fatalf("%q resolves to [%d, %d)", s, start, end)
		}
	})
}

// TestRangesAlike: all verbs that take a range refuse one that is empty, that goes beyond the end, and that ends before it starts, with the same
// status.
func TestRangesAlike(t *testing.T) {
	f := writeFile(t, "f", []byte("hello world"))
	for _, verb := range [][]string{{"find", f, "6f"}, {"replace", f, "6f", "70", "--dry-run"}, {"hash", f}, {"strings", f}, {"carve", f}, {"transform", f, "invert", "--dry-run"}} {
		for r, status := range map[string]int{"": exitUsage, "8:100": exitData, "20:": exitData, "5..2": exitUsage, "-99:": exitData} {
			fails(t, status, "", append(slices.Clone(verb), "--range", r)...)
		}
	}
	fails(t, exitUsage, "no checksum is named", "hash", f, "--algo", "")
	if r := fails(t, exitUsage, "out of range", "find", f, "6f", "--limit", "99999999999999999999"); strings.Contains(r.err, "strconv") {
		t.Errorf("the error names the program's library: %s", r.err)
	}
}
