package model

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"hexlay/mmapdoc"
)

const chunkTemplate = `
meta: {id: chunks}
seq:
  - {id: rows, type: row, repeat: eos}
types:
  row:
    seq:
      - {id: type, type: u1}
      - {id: ok, type: b1}
      - {id: len, type: b7}
      - {id: body, size: len}
`

// chunkRows is n rows of 4 bytes; row i has the type i%10 and is ok if i is divisible by 3.
func chunkRows(n int) []byte {
	var b []byte
	for i := range n {
		ok := byte(0)
		if i%3 == 0 {
			ok = 0x80
		}
		b = append(b, byte(i%10), ok|2, byte(i>>8), byte(i))
	}
	return b
}

func TestFindFields(t *testing.T) {
	e := over(chunkRows(100))
	if _, err := run(t, e, "find where type == 7"); err == nil || !strings.Contains(err.Error(), "no template is laid over") {
		t.Error(err)
	}
	lines(t, e, fmt.Sprintf("overlay %s @0", template(t, "chunks", chunkTemplate)))
	if _, err := run(t, e, "find where typ == 7"); err == nil || !strings.Contains(err.Error(), "no type of chunks has such fields") {
		t.Error(err)
	}
	// Rows 7, 17, 37, 47, 67, 77, 97 have the type and are not divisible by 3.
	for _, step := range []struct {
		line string
		row  int64
	}{
		{"find where type == 7 and not ok", 7}, {"find-next", 17}, {"find-next", 37}, {"find-previous", 17}, {"find-previous", 7},
		{"find-previous", 97}, {"find-next", 7},
	} {
		lines(t, e, step.line)
		if sel := e.Selection(); sel.Start != 4*step.row || sel.Len() != 4 {
			t.Fatalf("%s: %v, want row %d", step.line, sel, step.row)
		}
	}
	if got := e.FoundIn(e.Selection()); len(got) != 1 || got[0] != e.Selection() {
		t.Errorf("marks %v", got)
	}
	lines(t, e, "hits")
	l := e.List("hits")
	if l.Len() != 7 || l.Row(1).Text != "rows[17]" || l.Row(1).Range.Start != 4*17 || l.Chosen() != 0 {
		t.Errorf("%d matches, %+v, chosen %d", l.Len(), l.Row(1), l.Chosen())
	}
	// In the unsaved document: row 5 becomes one more.
	keys(t, e, []string{"goto 20", "h:0702", "goto 0", "find-next"})
	if sel := e.Selection(); sel.Start != 20 {
		t.Errorf("after an edit: %v", sel)
	}
	if !e.Stale(l) || len(e.FoundIn(e.Selection())) != 1 {
		t.Errorf("the list is %v, marks %v", e.Stale(l), e.FoundIn(e.Selection()))
	}
	if _, err := run(t, e, "replace where type == 7 => 00"); err == nil {
		t.Error("a condition was replaced")
	}
	if _, err := run(t, e, "find where type == 77"); err == nil || err.Error() != "not found: where type == 77" {
		t.Error(err)
	}
	// While it is typed.
	eff, err := e.LiveFind("where type == 3")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := finish(e, eff); err != nil || !strings.HasPrefix(e.LiveNote(), "found at 0x") {
		t.Errorf("%q, %v", e.LiveNote(), err)
	}
	if _, err := e.LiveFind("where type =="); err != nil || e.LiveNote() == "" {
		t.Errorf("%q, %v", e.LiveNote(), err)
	}
	e.EndLive(nil)
}

// TestFindFieldsOfRecords: a struct format's values have names too.
func TestFindFieldsOfRecords(t *testing.T) {
	e := over(chunkRows(30))
	lines(t, e, "select 0:120", "overlay <BBH:kind,flags,n", "goto 0")
	for _, row := range []int64{3, 13, 23, 3} {
		lines(t, e, "find where kind == 3")
		if sel := e.Selection(); sel.Start != 4*row || sel.Len() != 4 {
			t.Fatalf("%v, want row %d", sel, row)
		}
		if which := fmt.Sprintf(", %d of 3", row/10+1); !strings.HasSuffix(e.Notice().Text, which) {
			t.Errorf("%q, want%s", e.Notice().Text, which)
		}
	}
	lines(t, e, "hits where kind == 3")
	if l := e.List("hits"); l.Len() != 3 || l.Row(2).Text != "[23]" {
		t.Errorf("%d matches, %+v", l.Len(), l.Row(2))
	}
}

func TestFindFieldsCancelled(t *testing.T) {
	e := over(bytes.Repeat(chunkRows(100), 50))
	lines(t, e, fmt.Sprintf("overlay %s @0", template(t, "chunks", chunkTemplate)))
	f, err := e.fieldsOf("type == 3", mmapdoc.Range{End: e.Size()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l := &fieldHits{of: f}
	var progress atomic.Int64
	if err := l.fill(ctx, &progress); err != context.Canceled {
		t.Error(err)
	}
	if l.whole() {
		t.Error("a list that was cancelled counts as whole")
	}
	l = &fieldHits{of: f}
	if err := l.fill(t.Context(), &progress); err != nil || l.Len() != 500 || progress.Load() != f.total() {
		t.Errorf("%d matches, %v, progress %d of %d", l.Len(), err, progress.Load(), f.total())
	}
}
