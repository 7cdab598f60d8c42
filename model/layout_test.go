package model

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"hexlay/mmapdoc"
)

// TestFieldAtAgreesWithRange: a byte's field holds the byte, and the bytes of a field find it.
func TestFieldAtAgreesWithRange(t *testing.T) {
	for _, c := range []struct {
		format string
		region string
		count  int64
	}{
		{"<2sIHHI", "0:14", 1}, {">BHI", "3:70", 10}, {"<BxH", "1:40", 10}, {"@bhiq", "0:240", 15}, {"<3B", "5:9", 3}, {"<10s2x", "0:36", 3}, {"<B", "0:200", 200},
	} {
		e := over(pattern5000()[:300])
		if _, err := run(t, e, "struct "+c.format+" "+c.region); err != nil {
			t.Fatal(err)
		}
		l := e.Layouts()[0]
		if l.Count != c.count {
			t.Errorf("%s over %s: %d records, want %d", c.format, c.region, l.Count, c.count)
		}
		owner := make(map[int64][2]int64)
		for rec := range l.Count {
			for f := range l.Format.NumFields() {
				start, end := l.Range(rec, f)
				if start < l.Base+rec*l.Format.Size() || end > l.Base+(rec+1)*l.Format.Size() || end <= start {
					t.Errorf("%s: field %d of record %d is [%d, %d)", c.format, f, rec, start, end)
				}
				for off := start; off < end; off++ {
					if o, taken := owner[off]; taken {
						t.Errorf("%s: byte %d belongs to %v and %v", c.format, off, o, [2]int64{rec, f})
					}
					owner[off] = [2]int64{rec, f}
				}
			}
		}
		for off := range e.Size() {
			_, rec, f, ok := e.FieldAt(off)
			o, want := owner[off]
			if ok != want || ok && o != [2]int64{rec, f} {
				t.Errorf("%s: byte %d is in field %d of record %d (%v), want %v (%v)", c.format, off, f, rec, ok, o, want)
			}
		}
		// field-next visits every field once, field-previous goes back.
		must(t, e, fmt.Sprintf("goto %d", l.Base))
		n := 1
		for ; ; n++ {
			at := e.Cursor()
			if _, err := run(t, e, "field-next"); err != nil {
				break
			}
			if e.Cursor() <= at {
				t.Fatalf("%s: field-next goes from %d to %d", c.format, at, e.Cursor())
			}
		}
		if want := int(l.Count * l.Format.NumFields()); n != want {
			t.Errorf("%s: %d fields were visited, want %d", c.format, n, want)
		}
		for ; n > 1; n-- {
			must(t, e, "field-previous")
		}
		if first, _ := l.Range(0, 0); e.Cursor() != first {
			t.Errorf("%s: back at %d, want %d", c.format, e.Cursor(), first)
		}
	}
}

// TestFieldSetPatchesTheField: exactly the field's bytes change, in every record.
func TestFieldSetPatchesTheField(t *testing.T) {
	b := pattern5000()[:100]
	e := over(b)
	must(t, e, "goto 0")
	if _, err := run(t, e, "struct >B3sHf 10:60"); err != nil {
		t.Fatal(err)
	}
	l := e.Layouts()[0]
	want := bytes.Clone(b)
	for rec := range l.Count {
		for f, value := range []struct {
			text  string
			bytes []byte
		}{{"200", []byte{200}}, {"b'a\\x00'", []byte{'a', 0, 0}}, {"0x1234", []byte{0x12, 0x34}}, {"-2.5", []byte{0xc0, 0x20, 0, 0}}} {
			if (rec+int64(f))%2 == 0 {
				continue
			}
			start, end := l.Range(rec, int64(f))
			must(t, e, fmt.Sprintf("goto %d", end-1), "field-set "+value.text)
			copy(want[start:end], value.bytes)
			if got := contents(t, e); !bytes.Equal(got, want) {
				t.Fatalf("record %d, field %d = %s:\n% x, want\n% x", rec, f, value.text, got, want)
			}
			if e.Cursor() != end-1 {
				t.Errorf("the cursor went to %d", e.Cursor())
			}
		}
	}
	for _, bad := range []string{"256", "-1", "1.5", "x", "b'abcd'", "''"} {
		must(t, e, "goto 10")
		if _, err := run(t, e, "field-set "+bad); err == nil || !bytes.Equal(contents(t, e), want) {
			t.Errorf("a B takes %s (%v)", bad, err)
		}
	}
}

func TestLayoutsFollowEdits(t *testing.T) {
	e := over(pattern5000()[:100])
	run(t, e, "struct <HH 20:8")
	run(t, e, "struct <I 50")
	must(t, e, "goto 0", "insert 01 02 03")
	if l := e.Layouts(); l[0].Base != 23 || l[1].Base != 53 {
		t.Errorf("the layouts begin at %d and %d", l[0].Base, l[1].Base)
	}
	must(t, e, "undo")
	if l := e.Layouts(); l[0].Base != 20 || l[1].Base != 50 {
		t.Errorf("after undo at %d and %d", l[0].Base, l[1].Base)
	}
	run(t, e, "select 30:")
	run(t, e, "delete")
	for _, l := range e.Layouts() {
		if r := e.RegionOf(l); r.Start < 0 || r.Start > r.End || r.End > e.Size() {
			t.Errorf("%v is outside the document of %d bytes", r, e.Size())
		}
		for f := range l.Format.NumFields() {
			if _, err := e.FieldBytes(l, 0, f); l.Base >= e.Size() && (err == nil || !strings.HasPrefix(err.Error(), "needs ")) {
				t.Errorf("a field behind the end: %v", err)
			}
		}
	}
	must(t, e, "goto 20", "struct-clear")
	if len(e.Layouts()) != 1 {
		t.Errorf("%d layouts are left", len(e.Layouts()))
	}
}

func TestStructIsBounded(t *testing.T) {
	e := over(pattern5000()[:16])
	for _, f := range []string{"9223372036854775807s", "99999999999999999999s", "9223372036854775807q", "4611686018427387904s4611686018427387904s", "0s", "<", "zz", "1000000000I"} {
		_, err := run(t, e, "struct "+f)
		for _, l := range e.Layouts() {
			e.FieldAt(15)
			e.RegionOf(l)
			_, ferr := e.FieldBytes(l, 0, 0)
			if _, end := l.Range(0, 0); err == nil && ferr == nil && end > e.Size() {
				t.Errorf("%s: read from 16 bytes", f)
			}
		}
		if len(e.Layouts()) > 0 {
			run(t, e, "field-next")
			must(t, e, "goto 0", "struct-clear")
		}
	}
	for range maxLayouts + 10 {
		run(t, e, "struct <B 0:1")
		run(t, e, "struct <H 0:2")
	}
	if n := len(e.Layouts()); n != 2 {
		t.Errorf("%d layouts: laid again, one does not come twice", n)
	}
}

// TestJumps compares back and forward with a browser's history.
func TestJumps(t *testing.T) {
	rnd := seeded(t)
	e := over(make([]byte, 2000))
	places, at := []int64{0}, 0
	for i := range 3000 {
		switch rnd.IntN(3) {
		case 0:
			to := rnd.Int64N(2000)
			must(t, e, fmt.Sprintf("goto %d", to))
			places, at = append(places[:at+1], to), at+1
		case 1:
			_, err := run(t, e, "back")
			if (err != nil) != (at == 0) {
				t.Fatalf("step %d: back at place %d: %v", i, at, err)
			}
			at = max(0, at-1)
		case 2:
			_, err := run(t, e, "forward")
			if (err != nil) != (at == len(places)-1) {
				t.Fatalf("step %d: forward at place %d of %d: %v", i, at, len(places), err)
			}
			at = min(len(places)-1, at+1)
		}
		if e.Cursor() != places[at] {
			t.Fatalf("step %d: at %d, want %d", i, e.Cursor(), places[at])
		}
	}
	for range 3 * maxJumps {
		e.Jump(rnd.Int64N(2000))
	}
	if n := len(e.jumps.places); n > maxJumps {
		t.Errorf("%d places are kept", n)
	}
}

// TestView: every motion leaves the cursor on the screen, whatever the size.
func TestView(t *testing.T) {
	rnd := seeded(t)
	e := over(make([]byte, 3001))
	lines := []string{"up", "down", "left", "right", "page-up", "page-down", "row-start", "row-end", "group-left", "group-right", "document-end", "document-start",
		"select-page-down", "select-up", "goto 50%", "back", "forward", "select 2900:50"}
	for range 4000 {
		if rnd.IntN(4) == 0 {
			e.Resize(1+rnd.IntN(40), 1+rnd.IntN(40))
		}
		line := lines[rnd.IntN(len(lines))]
		if _, err := run(t, e, line); err == nil && !e.CursorVisible() {
			t.Fatalf("%s leaves the cursor %d off the screen at %d, %d×%d", line, e.Cursor(), e.View.Top(), e.View.Rows(), e.View.Cols())
		}
		win := e.Window()
		if win.Start != e.View.Top() || win.Start%int64(e.View.Cols()) != 0 || win.End > e.Size() || win.Len() > int64(e.View.Rows()*e.View.Cols()) {
			t.Fatalf("the window is %v at %d, %d×%d", win, e.View.Top(), e.View.Rows(), e.View.Cols())
		}
		cur := e.Cursor()
		e.Scroll(rnd.Int64N(100) - 50)
		if e.Cursor() != cur || e.View.Top() < 0 || e.View.Top() > e.Size() {
			t.Fatalf("scrolling moved the cursor to %d, the top to %d", e.Cursor(), e.View.Top())
		}
	}
}

// TestHugeDocument: nothing overflows where offsets are near 2^62.
func TestHugeDocument(t *testing.T) {
	e := over([]byte{1, 2, 3})
	must(t, e, fmt.Sprintf("insert-zeros %d", int64(1)<<62-8))
	for _, line := range []string{"goto end", "page-down", "page-up", "document-end", "row-end", "down", "select-document-start", "goto 99%", "goto end-1", "next-change",
		"group-right", "fill ff", "goto 0", "page-up", "select 1:", "copy", "select-none"} {
		run(t, e, line)
		if e.Cursor() < 0 || e.Cursor() > e.Size() || !e.CursorVisible() {
			t.Errorf("%s: the cursor is at %d of %d, the top at %d", line, e.Cursor(), e.Size(), e.View.Top())
		}
	}
	e.ScrollTo(e.Size())
	e.Scroll(1 << 62)
	e.Scroll(-1 << 62)
	if e.View.Top() != 0 {
		t.Errorf("scrolled to %d", e.View.Top())
	}
	if r := (mmapdoc.Range{Start: 1, End: e.Size()}); e.Selection() == r {
		t.Error("select-none did nothing")
	}
}

func TestComplete(t *testing.T) {
	e := over(nil)
	t.Chdir(t.TempDir())
	for _, c := range Commands() {
		for _, line := range []string{c.Name, c.Name + " ", c.Name + " x", c.Name + " x y ", " " + c.Name} {
			for _, got := range e.Complete(line) {
				if got.Line == "" || got.Word == "" {
					t.Errorf("%q completes to %+v", line, got)
				}
			}
		}
	}
	if got := e.Complete("save-a"); len(got) != 3 || got[0].Line != "save-as " {
		t.Errorf("save-a completes to %+v", got)
	}
	if got := e.Complete("panel te"); len(got) != 1 || got[0].Line != "panel text" {
		t.Errorf("panel te completes to %+v", got)
	}
	if got := e.Complete("set uint16 b"); len(got) != 1 || got[0].Line != "set uint16 big" {
		t.Errorf("set uint16 b completes to %+v", got)
	}
}

// TestStructWithoutFields: padding alone has bytes but nothing to list or to go to.
func TestStructWithoutFields(t *testing.T) {
	e := over([]byte("0123456789"))
	for _, line := range []string{"struct 4x", "struct <2x 1", "struct 0s"} {
		if _, err := run(t, e, line); err == nil || strings.Contains(err.Error(), "internal") {
			t.Errorf("%s: %v", line, err)
		}
	}
	for _, line := range []string{"field-next", "field-previous", "field-set 1"} {
		if _, err := run(t, e, line); err != nil && strings.Contains(err.Error(), "internal") {
			t.Errorf("%s: %v", line, err)
		}
	}
	if len(e.Layouts()) != 0 {
		t.Errorf("laid %d", len(e.Layouts()))
	}
}
