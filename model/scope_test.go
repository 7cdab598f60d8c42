package model

import (
	"bytes"
	"fmt"
	"testing"

	"hexlay/mmapdoc"
)

// foundDocument is a document in which "needle" stands twice, with text and zeros around it.
func foundDocument() []byte {
	return append(bytes.Repeat(append(make([]byte, 4000), "needle in the hay"...), 2), 0, 0)
}

// TestMatchIsNoScope: what takes the selection if there is one takes the document when a search or a list has made it, and the
// match again once the user has made it longer.
func TestMatchIsNoScope(t *testing.T) {
	b := foundDocument()
	all := mmapdoc.Range{End: int64(len(b))}
	for _, way := range [][]string{
		{`find "needle`},
		{`find "needle`, "find-next"},
		{`hits "needle`, "list-next"},
		{"strings 4 ascii", "list-next"},
		{"goto 10", "overwrite 01 02 03", "goto 0", "next-change"},
		{`replace "needle => NEEDLE`, "replace-one"},
	} {
		t.Run(fmt.Sprint(way), func(t *testing.T) {
			e := over(bytes.Clone(b))
			defer e.Close()
			for _, line := range way {
				if _, err := run(t, e, line); err != nil {
					t.Fatal(line, err)
				}
			}
			match := e.Selection()
			if match.Len() < 2 || match.Len() > 20 {
				t.Fatalf("%v is selected", match)
			}
			if r := e.SurveyRange(); r != all {
				t.Errorf("pictures are of %v", r)
			}
			if _, err := run(t, e, "hash crc-32"); err != nil {
				t.Fatal(err)
			}
			if r := e.List("hashes").Row(0).Range; r != all {
				t.Errorf("hash is of %v", r)
			}
			if r, open, err := e.layAt(""); err != nil || !open || r != (mmapdoc.Range{Start: match.Start, End: all.End}) {
				t.Errorf("an overlay goes over %v, %v, %v", r, open, err)
			}
			if _, err := run(t, e, "picture-of"); err != nil || e.SurveyRange() != match {
				t.Errorf("pictures are then of %v, %v", e.SurveyRange(), err)
			}
			if _, err := run(t, e, "picture-of document"); err != nil || e.SurveyRange() != all {
				t.Errorf("pictures are in the end of %v, %v", e.SurveyRange(), err)
			}
			if _, err := run(t, e, "select-right"); err != nil {
				t.Fatal(err)
			}
			longer := mmapdoc.Range{Start: match.Start, End: match.End + 1}
			if r := e.SurveyRange(); r != longer || e.Scope() != longer {
				t.Errorf("after Shift+Right pictures are of %v, the scope is %v", r, e.Scope())
			}
			if _, err := run(t, e, "picture-of"); err != nil || e.SurveyRange() != all {
				t.Errorf("the user's selection left out: pictures are of %v, %v", e.SurveyRange(), err)
			}
		})
	}
}

// TestStructOverMatch: a format that is longer than the match, and one that is shorter, are laid once from its start on.
func TestStructOverMatch(t *testing.T) {
	for format, size := range map[string]int64{"<6sI": 10, "<H": 2} {
		e := over(foundDocument())
		if _, err := run(t, e, `find "needle`); err != nil {
			t.Fatal(err)
		}
		if _, err := run(t, e, "struct "+format); err != nil {
			t.Fatal(err)
		}
		want := mmapdoc.Range{Start: 4000, End: 4000 + size}
		if o := e.overlays; len(o) != 1 || o[0].Region != want {
			t.Errorf("%s lies over %v, want %v", format, o[0].Region, want)
		}
		e.Close()
	}
}

// TestReplaceAfterFind: a match that another search has left selected does not bound what is replaced.
func TestReplaceAfterFind(t *testing.T) {
	e := over(foundDocument())
	defer e.Close()
	for _, line := range []string{`find "needle`, `replace "h => X`, "replace-all"} {
		if _, err := run(t, e, line); err != nil {
			t.Fatal(line, err)
		}
	}
	if n := bytes.Count(contents(t, e), []byte("X")); n != 4 {
		t.Errorf("%d replaced, want 4", n)
	}
}

// TestListsThatSelectRanges: what a carved file's row selects is a range to work on.
func TestListsThatSelectRanges(t *testing.T) {
	e := over(foundDocument())
	defer e.Close()
	for _, line := range []string{"hash crc-32 @0x10:100", "list-use"} {
		if _, err := run(t, e, line); err != nil {
			t.Fatal(line, err)
		}
	}
	if want := (mmapdoc.Range{Start: 16, End: 116}); e.Scope() != want || e.SurveyRange() != want {
		t.Errorf("the scope is %v, pictures are of %v", e.Scope(), e.SurveyRange())
	}
}
