package model

import (
	"fmt"
	"math"
	"os"
	"testing"

	"hexlay/mmapdoc"
)

// overHollow is an editor over a sparse file of size bytes, where there is a filesystem that takes it.
func overHollow(t *testing.T, size int64) *Editor {
	t.Helper()
	for _, dir := range []string{"/dev/shm", t.TempDir()} {
		f, err := os.CreateTemp(dir, "hexlay-hollow")
		if err != nil {
			continue
		}
		t.Cleanup(func() { os.Remove(f.Name()) })
		defer f.Close()
		if f.Truncate(size) != nil {
			continue
		}
		d, err := mmapdoc.Open(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		e := New(d)
		t.Cleanup(func() { e.Close() })
		return e
	}
	t.Skipf("no file system here takes a file of %d bytes", size)
	return nil
}

// TestLargestOffsets: in a file of 8 EiB the cursor goes to every offset, bytes are edited and found there, and nothing overflows.
func TestLargestOffsets(t *testing.T) {
	e := overHollow(t, math.MaxInt64)
	for i, at := range []int64{1<<32 - 1, 1 << 32, 1<<32 + 1, 1<<53 - 1, 1 << 53, 1<<53 + 1, math.MaxInt64 - 8, math.MaxInt64 - 1} {
		run(t, e, fmt.Sprintf("goto %#x", at))
		if e.Cursor() != at || !e.CursorVisible() {
			t.Fatalf("goto %#x leads to %#x", at, e.Cursor())
		}
		for _, digit := range []byte{0xa, byte(1 + i)} {
			if err := e.TypeHex(digit); err != nil {
				t.Fatal(err)
			}
		}
		var b [1]byte
		if n, _ := e.Snapshot().ReadAt(b[:], at); n != 1 || b[0] != 0xa1+byte(i) {
			t.Errorf("at %#x is %#x", at, b[0])
		}
		run(t, e, "goto 0")
		run(t, e, fmt.Sprintf("find %02x", 0xa1+i))
		if e.Cursor() != at {
			t.Errorf("found at %#x instead of %#x", e.Cursor(), at)
		}
		run(t, e, "goto 0")
		run(t, e, fmt.Sprintf("select %#x:1", at))
		if want := (mmapdoc.Range{Start: at, End: at + 1}); e.Selection() != want {
			t.Errorf("selected is %v", e.Selection())
		}
		run(t, e, "select-none")
	}
	for _, at := range []string{"end", "end-1", "end-9", "99.9999%"} {
		for _, line := range []string{"page-down", "down", "row-end", "right", "select-document-start", "select-none", "struct <IHB", "struct >Qd", "overlay-remove",
			"field-next", "next-change", "previous-change", "find-next", "find-previous", "sidecar", "set u8 7", "undo", "group-right", "panel text", "insert 00", "paste-insert"} {
			run(t, e, "goto "+at)
			run(t, e, line)
			if r := e.Selection(); e.Cursor() < 0 || e.Cursor() > e.Size() || !e.CursorVisible() || r.Start < 0 || r.End < r.Start || r.End > e.Size() {
				t.Errorf("%s, %s: the cursor is at %d of %d, selected %v, the top at %d", at, line, e.Cursor(), e.Size(), r, e.View.Top())
			}
		}
	}
	for e.Document().CanUndo() {
		run(t, e, "undo")
	}
	if e.Size() != math.MaxInt64 || e.Document().Modified() {
		t.Errorf("undoing all leaves %d bytes, modified %v", e.Size(), e.Document().Modified())
	}
}
