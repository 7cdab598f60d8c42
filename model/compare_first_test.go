package model

import (
	"bytes"
	"slices"
	"testing"
)

// TestCompareBegins: the first difference is on the screen when the comparison is shown, whatever lies behind it.
func TestCompareBegins(t *testing.T) {
	a := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	for i := range a {
		a[i] += byte(i >> 8 * 7)
	}
	b := bytes.Clone(a)
	b[0x1000] ^= 0xff
	b = slices.Insert(b, 0x2000, []byte("INSERTED BYTES HERE!")...)
	f := compareFace(t, a, b)
	f.c.Resize(31, 16)
	f.refresh()
	// It may become known while the rows are held in place.
	f.must("goto 0")
	keep := f.c.hold()
	f.c.arrive(0)
	keep()
	if !f.c.visible() || f.ed.Cursor() != 0x1000 {
		t.Errorf("the cursor is at %#x, the screen begins at %#x", f.ed.Cursor(), f.c.top)
	}
}
