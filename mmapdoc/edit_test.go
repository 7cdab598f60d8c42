package mmapdoc

import (
	"bytes"
	"io"
	"math"
	"strings"
	"testing"
)

func TestRefusedEdits(t *testing.T) {
	const size = math.MaxInt64 - 10
	small := FromBytes("small", make([]byte, 20)).Snapshot()
	for _, c := range []struct {
		name string
		do   func(d *Document) error
		want string
	}{
		{"before the start", func(d *Document) error { return d.Splice(-1, 1, nil, Alone) }, "offset -1"},
		{"negative length", func(d *Document) error { return d.Splice(1, -1, nil, Alone) }, "-1 bytes"},
		{"behind the end", func(d *Document) error { return d.Splice(size+1, 0, []byte("a"), Alone) }, "document of 9223372036854775797 bytes"},
		{"over the end", func(d *Document) error { return d.Splice(size-3, 4, nil, Alone) }, "4 bytes at offset"},
		{"overflow of the range", func(d *Document) error { return d.Splice(5, math.MaxInt64, nil, Alone) }, "offset 5"},
		{"overflow of the size", func(d *Document) error { return d.Splice(5, 0, make([]byte, 11), Alone) }, "inserting 11 bytes"},
		{"overflow by a paste", func(d *Document) error { return d.SpliceFrom(5, 0, small, Range{0, 11}) }, "inserting 11 bytes"},
		{"paste of nothing", func(d *Document) error { return d.SpliceFrom(5, 0, small, Range{10, 21}) }, "[10,21)"},
		{"paste backwards", func(d *Document) error { return d.SpliceFrom(5, 0, small, Range{10, 9}) }, "[10,9)"},
		{"fill over the end", func(d *Document) error { return d.Fill(size-3, 4, []byte("a")) }, "4 bytes at offset"},
		{"fill of nothing", func(d *Document) error { return d.Fill(0, 4, nil) }, "pattern"},
		{"revert behind the end", func(d *Document) error { return d.Revert(Range{0, size + 1}) }, "[0,9223372036854775798)"},
		{"revert backwards", func(d *Document) error { return d.Revert(Range{4, 3}) }, "[4,3)"},
	} {
		d := newDocument(Info{Name: "x"}, sparse(size), nil)
		version := d.Version()
		if err := c.do(d); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, expected one that contains %q", c.name, err, c.want)
		}
		if d.Version() != version || d.CanUndo() || d.Size() != size {
			t.Errorf("%s: the document changed", c.name)
		}
	}
}

// TestLargest edits a document of the largest size there is.
func TestLargest(t *testing.T) {
	const size = math.MaxInt64
	d := newDocument(Info{Name: "x"}, sparse(size), nil)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if err := checkTree(d.tree); err != nil {
			t.Fatal(err)
		}
	}
	must(d.Splice(size-3, 3, []byte("end"), Alone))
	must(d.Fill(1<<62, size-1<<62, []byte("0123456")))
	must(d.Splice(0, 1<<62, nil, Alone))
	must(d.SpliceFrom(0, 0, d.Snapshot(), Range{1 << 61, 1<<61 + 1<<60}))
	p := make([]byte, 20)
	at := int64(1<<61) % 7
	if _, err := d.Snapshot().ReadAt(p, 0); err != nil || string(p) != strings.Repeat("0123456", 4)[at:at+20] {
		t.Fatalf("%q, %v", p, err)
	}
	if c, ok := d.Snapshot().PrevChange(math.MaxInt64); !ok || c != (Range{0, d.Size()}) {
		t.Fatalf("the last change is %v", c)
	}
	for range 4 {
		d.Undo()
		must(nil)
	}
	if d.Size() != size || d.Modified() || d.tree.root.height != 0 || len(d.tree.root.pieces) != 1 {
		t.Fatal("undo did not bring the document back")
	}
	if n, err := d.Snapshot().ReadAt(p, size-5); n != 5 || err != io.EOF {
		t.Fatalf("the last 5 bytes: %d, %v", n, err)
	}
}

// TestPatternWindows reads fills by windows of every phase, and patterns longer than a window.
func TestPatternWindows(t *testing.T) {
	for _, size := range []int{1, 2, 7, 1000, patternWindow - 1, patternWindow, patternWindow + 1, 3*patternWindow + 5} {
		pattern := patterned(size)
		d := FromBytes("x", make([]byte, 300_000))
		if err := d.Fill(3, 299_990, pattern); err != nil {
			t.Fatal(err)
		}
		want := make([]byte, 300_000)
		for i := range 299_990 {
			want[3+i] = pattern[i%size]
		}
		s := d.Snapshot()
		if !bytes.Equal(content(t, s), want) {
			t.Fatalf("pattern of %d bytes: other bytes", size)
		}
		s.Scan(Range{70_001, 200_000}, func(off int64, b []byte) error {
			if !bytes.Equal(b, want[off:off+int64(len(b))]) {
				t.Fatalf("pattern of %d bytes: other bytes at %d", size, off)
			}
			return nil
		})
	}
}

type closeCounter int

func (c *closeCounter) Close() error { *c++; return nil }

// TestPasteKeepsSourceOpen: the source of pasted bytes stays open until both documents are closed.
func TestPasteKeepsSourceOpen(t *testing.T) {
	var closed closeCounter
	a := newDocument(Info{Name: "a"}, bytesStore("abcdef"), &closed)
	b, c := FromBytes("b", []byte("0123")), FromBytes("c", nil)
	s := a.Snapshot()
	for _, err := range []error{b.SpliceFrom(2, 0, s, Range{1, 4}), c.SpliceFrom(0, 0, b.Snapshot(), Range{1, 4}), a.Close(), a.Close(), b.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := content(t, c.Snapshot()); closed != 0 || string(got) != "1bc" {
		t.Fatalf("closed %d times while pieces were in use, read %q", closed, got)
	}
	c.Close()
	if closed != 1 {
		t.Fatalf("closed %d times", closed)
	}
	if err := FromBytes("d", nil).SpliceFrom(0, 0, s, Range{1, 4}); err == nil {
		t.Fatal("pasted from a document that was closed")
	}
}

func TestRevert(t *testing.T) {
	for _, c := range []struct {
		name, doc string
		r         Range
		want      string
	}{
		{"inner part", "abcdefghij", Range{2, 4}, "ab23efghij"},
		{"everything", "abcdefghijklmn", Range{0, 14}, "0123456789"},
		{"everything of a shorter one", "abc", Range{0, 10}, "0123456789"},
		{"end that was cut off", "0123", Range{4, 10}, "0123456789"},
		{"part of the end that was cut off", "0123", Range{4, 6}, "012345"},
		{"end that was appended", "0123456789abc", Range{10, 13}, "0123456789"},
		{"inner part behind the saved end", "0123456789abc", Range{10, 12}, "0123456789abc"},
		{"inner part across the saved end", "abcdefghijklm", Range{8, 12}, "abcdefgh89klm"},
		{"nothing", "abcdefghij", Range{3, 3}, "abcdefghij"},
		{"what is there already", "0123", Range{1, 3}, "0123"},
	} {
		d := FromBytes("x", []byte("0123456789"))
		if len(c.doc) == 4 { // by deletion, so that the bytes left are the saved ones
			d.Splice(4, 6, nil, Alone)
		} else {
			d.Splice(0, 10, []byte(c.doc), Alone)
		}
		if err := d.Revert(c.r); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := string(content(t, d.Snapshot())); got != c.want {
			t.Errorf("%s: %q, expected %q", c.name, got, c.want)
		}
		d.Undo()
		if edits := c.want != c.doc; d.CanUndo() != edits {
			t.Errorf("%s: a step was noted: %v", c.name, !edits)
		}
	}
}
