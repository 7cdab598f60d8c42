package model

import (
	"bytes"
	"fmt"
	"maps"
	"strings"
	"testing"

	"hexlay/mmapdoc"
)

// sight looks at the whole window and rows of the tree until nothing changes any more.
func sight(t testing.TB, e *Editor, top int64, rows int, reveal bool) *Sight {
	t.Helper()
	for range 20 {
		j := e.Look(Look{Window: e.Window(), Cursor: e.Cursor(), Top: top, Rows: rows, Reveal: reveal})
		if j == nil {
			return e.Sight()
		}
		if _, err := finish(e, Start{j}); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("looking does not come to an end")
	return nil
}

// over opens everything and gives all rows.
func allRows(t testing.TB, e *Editor) []Row {
	t.Helper()
	for _, line := range []string{"node-row 0", "node-open-all"} {
		if _, err := run(t, e, line); err != nil {
			t.Fatal(err)
		}
	}
	return sight(t, e, 0, 1<<20, false).Rows
}

// TestFieldsOfAStruct: every byte's span belongs to the field that the rows say, and field-next visits each once.
func TestFieldsOfAStruct(t *testing.T) {
	for _, c := range []struct {
		format string
		region string
		count  int
	}{
		{"<2sIHHI", "0:14", 1}, {">BHI", "3:70", 10}, {"<BxH", "1:40", 10}, {"@bhiq", "0:240", 15}, {"<3B", "5:9", 3}, {"<10s2x", "0:36", 3}, {"<B", "0:200", 200},
	} {
		e := over(pattern5000()[:300])
		e.Resize(40, 16)
		if _, err := run(t, e, "struct "+c.format+" "+c.region); err != nil {
			t.Fatal(err)
		}
		base := e.Overlays()[0].Region.Start
		rows := allRows(t, e)
		var fields []Row
		records := 0
		for _, r := range rows[1:] {
			if r.Kids {
				records++
			} else {
				fields = append(fields, r)
			}
		}
		if max(records, 1) != c.count {
			t.Errorf("%s over %s: %d records, want %d", c.format, c.region, records, c.count)
		}
		want := make(map[int64]int64) // byte: where its field begins
		for _, f := range fields {
			if f.Region.Len() <= 0 || !f.Placed || f.State != Plain || f.Value == "" {
				t.Errorf("%s: %+v", c.format, f)
			}
			for off := f.Region.Start; off < f.Region.End; off++ {
				if o, taken := want[off]; taken {
					t.Errorf("%s: byte %d belongs to %v and %v", c.format, off, o, f)
				}
				want[off] = f.Region.Start
			}
		}
		got := make(map[int64]int64)
		for _, s := range sight(t, e, 0, 1, false).Spans {
			for off := s.Start; off < s.End; off++ {
				got[off] = s.Start
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s over %s: the spans say %v, the rows %v", c.format, c.region, got, want)
		}
		must(t, e, "goto end")
		sight(t, e, 0, 1, false)
		must(t, e, fmt.Sprintf("goto %d", base)) // from elsewhere: the innermost field is chosen
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
		if n != len(fields) {
			t.Errorf("%s: %d fields were visited, want %d", c.format, n, len(fields))
		}
		for ; n > 1; n-- {
			must(t, e, "field-previous")
		}
		if e.Cursor() != fields[0].Region.Start {
			t.Errorf("%s: back at %d, want %d", c.format, e.Cursor(), fields[0].Region.Start)
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
	want := bytes.Clone(b)
	sizes := []int64{1, 3, 2, 4}
	for rec := range int64(6) {
		end := 10 + rec*10
		for f, value := range []struct {
			text  string
			bytes []byte
		}{{"200", []byte{200}}, {"b'a\\x00'", []byte{'a', 0, 0}}, {"0x1234", []byte{0x12, 0x34}}, {"-2.5", []byte{0xc0, 0x20, 0, 0}}} {
			start := end
			end += sizes[f]
			if (rec+int64(f))%2 == 0 {
				continue
			}
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

func TestOverlaysFollowEdits(t *testing.T) {
	e := over(pattern5000()[:100])
	run(t, e, "struct <HH 20:8")
	run(t, e, "struct <I 50")
	at := func(starts ...int64) {
		t.Helper()
		for i, want := range starts {
			if r := e.Overlays()[i].Region; r.Start != want || r.Len() != []int64{8, 4}[i] {
				t.Errorf("overlay %d is over %v, want it at %d", i, r, want)
			}
		}
	}
	must(t, e, "goto 0", "insert 01 02 03")
	at(23, 53)
	must(t, e, "undo")
	at(20, 50)
	must(t, e, "goto 22", "insert-mode", "insert 01 02 03")
	if r := e.Overlays()[0].Region; r != (mmapdoc.Range{Start: 20, End: 31}) {
		t.Errorf("an insertion within stretches to %v", r)
	}
	must(t, e, "undo")
	at(20, 50)
	run(t, e, "select 10:60")
	run(t, e, "delete")
	must(t, e, "undo")
	at(20, 50)
	run(t, e, "select 30:")
	run(t, e, "delete")
	for _, r := range allRows(t, e) {
		if r.Overlay == 2 && !r.Kids && (r.State != Missing || !strings.HasPrefix(r.Note, "needs ")) {
			t.Errorf("a field behind the end: %+v", r)
		}
	}
	must(t, e, "goto 20", "overlay-remove")
	if len(e.Overlays()) != 1 {
		t.Errorf("%d overlays are left", len(e.Overlays()))
	}
}

func TestStructIsBounded(t *testing.T) {
	e := over(pattern5000()[:16])
	for _, f := range []string{"9223372036854775807s", "99999999999999999999s", "9223372036854775807q", "4611686018427387904s4611686018427387904s", "0s", "<", "zz", "1000000000I"} {
		_, err := run(t, e, "struct "+f)
		for _, r := range sight2(t, e) {
			if err == nil && !r.Kids && r.State == Plain && r.Region.End > e.Size() {
				t.Errorf("%s: read from 16 bytes", f)
			}
		}
		if len(e.Overlays()) > 0 {
			run(t, e, "field-next")
			must(t, e, "overlay-remove all")
		}
	}
	for range maxOverlays + 10 {
		run(t, e, "struct <B 0:1")
		run(t, e, "struct <H 0:2")
	}
	if n := len(e.Overlays()); n != 2 {
		t.Errorf("%d overlays: laid again, one does not come twice", n)
	}
}

func sight2(t *testing.T, e *Editor) []Row {
	if s := sight(t, e, 0, 50, false); s != nil {
		return s.Rows
	}
	return nil
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
		visible := e.CursorVisible()
		if line == "next-change" { // it is longer than the screen, which shows where it begins
			visible = e.View.Top() == e.Selection().Start
		}
		if e.Cursor() < 0 || e.Cursor() > e.Size() || !visible {
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
	if len(e.Overlays()) != 0 {
		t.Errorf("laid %d", len(e.Overlays()))
	}
}
