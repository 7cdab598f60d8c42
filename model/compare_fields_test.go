package model

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestCompareFields compares two pictures by the names of their fields, also where a template lies over the bytes already.
func TestCompareFields(t *testing.T) {
	a, err := os.ReadFile("../templates/bmp/core.bmp")
	if err != nil {
		t.Fatal(err)
	}
	b := slices.Clone(a)
	b[0x12], b[0x1c] = 8, 0xff // the width, and a red
	f := compareFace(t, a, b)
	rows := func() []string {
		var out []string
		l := f.ed.List("fields")
		if l == nil {
			t.Fatalf("no list; says %q", f.ed.Notice().Text)
		}
		for i := range l.Len() {
			r := l.Row(i)
			out = append(out, strings.TrimSpace(r.Lead+" "+r.Text+" "+r.Note))
		}
		return out
	}
	want := []string{"header.width 5 → 8", "palette[0].red 0 → 255 (0xff)", "rows[0].pixels[5] – → 0 only on the right"}
	for _, line := range []string{"compare-fields", "compare-fields bmp"} {
		f.must(line)
		if got := rows(); len(got) != 10 || !slices.Equal(got[:3], want) {
			t.Errorf("%s: %q, says %q", line, got, f.ed.Notice().Text)
		}
	}
	f.must("compare-switch")
	f.ed.ChooseRow("fields", 1)
	if f.ed.Cursor() != 0x1c {
		t.Errorf("choosing a field goes to %#x", f.ed.Cursor())
	}
	f.must("goto 0")
	f.must("overlay bmp")
	f.must("compare-fields")
	if got := rows(); len(got) != 10 || !slices.Equal(got[:3], want) {
		t.Errorf("with a template over the bytes: %q, says %q", got, f.ed.Notice().Text)
	}
	f.do("compare-fields nothing-of-that-name")
	if !f.ed.Notice().Error {
		t.Error("a template that is not there is taken")
	}
}
