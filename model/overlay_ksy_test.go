package model

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hexlay/mmapdoc"
	"hexlay/templates"
)

// messageTemplate is the tour's protocol, with a wrong CRC found and a length that follows its payload.
const messageTemplate = `
meta:
  id: msg
  endian: be
seq:
  - id: messages
    type: message
    repeat: eos
types:
  message:
    seq:
      - id: version
        type: u1
      - id: type
        type: u2
        enum: kinds
      - id: len_payload
        type: u4
        -check:
          length: payload
      - id: payload
        size: len_payload
        type:
          switch-on: type
          cases:
            'kinds::climate': climate
      - id: crc
        type: u2
        doc: The sum over everything before it.
        -check:
          algorithm: crc-16/modbus
          over:
            from: version
            to: payload
  climate:
    seq:
      - id: temperature
        type: f4
      - id: humidity
        type: f4
enums:
  kinds:
    1: hello
    16: climate
    32: text
    255: bye
`

// template writes a template into a file and gives its path.
func template(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name+".ksy")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// lines runs command lines, which may ask for panels but must not fail.
func lines(t testing.TB, e *Editor, all ...string) {
	t.Helper()
	for _, l := range all {
		if _, err := run(t, e, l); err != nil {
			t.Fatalf("%q: %v", l, err)
		}
	}
}

// rowNamed finds a row of the tree by its name, the last of that name.
func rowNamed(t testing.TB, rows []Row, name string) Row {
	t.Helper()
	for _, r := range slices.Backward(rows) {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("there is no row %q in %v", name, rowNames(rows))
	return Row{}
}

func rowNames(rows []Row) (names []string) {
	for _, r := range rows {
		names = append(names, fmt.Sprintf("%*s%s", r.Depth, "", r.Name))
	}
	return names
}

// overTour lays the message template over the tour's messages.
func overTour(t testing.TB) (*Editor, []int) {
	t.Helper()
	doc, at := templates.Tour()
	e := over(doc)
	e.Resize(40, 16)
	lines(t, e, fmt.Sprintf("overlay %s @%#x", template(t, "msg", messageTemplate), at[0]))
	t.Cleanup(func() { e.Close() })
	return e, at
}

func TestOverlayOfATemplate(t *testing.T) {
	e, at := overTour(t)
	if o := e.Overlays(); len(o) != 1 || o[0].Name() != "msg" || o[0].Region.Start != int64(at[0]) || !o[0].Open {
		t.Fatalf("laid %+v", o)
	}
	lines(t, e, "node-goto messages[5].crc")
	if want := int64(at[6] - 2); e.Cursor() != want {
		t.Errorf("the cursor is at %#x, want %#x", e.Cursor(), want)
	}
	s := sight(t, e, 0, 60, true)
	crc := rowNamed(t, s.Rows, "crc")
	if crc.State != Bad || !strings.HasPrefix(crc.Note, "expected ") || !crc.Cursor || crc.Doc == "" {
		t.Errorf("the wrong CRC is %+v", crc)
	}
	if s.Path != "msg messages[5].crc" {
		t.Errorf("the path is %q", s.Path)
	}
	if r := rowNamed(t, s.Rows, "len_payload"); r.State != Good {
		t.Errorf("the length is %+v", r)
	}
	if r := rowNamed(t, s.Rows, "type"); !strings.HasPrefix(r.Value, "climate") {
		t.Errorf("the type is %+v", r)
	}

	// Mending is shown first, and is one step to undo.
	before := contents(t, e)
	if ask := question(t, e, "mend"); !strings.Contains(ask.Text, "messages[5].crc") {
		t.Errorf("mend asks %+v", ask)
	}
	lines(t, e, "mend!")
	after := contents(t, e)
	if n := countDiffering(before, after); n != 1 {
		t.Errorf("mending changed %d bytes, one bit was flipped", n)
	}
	if r := rowNamed(t, sight(t, e, 0, 60, false).Rows, "crc"); r.State != Good {
		t.Errorf("after mending the CRC is %+v", r)
	}
	if _, err := run(t, e, "mend"); err == nil {
		t.Error("there is still something to mend")
	}
	lines(t, e, "undo")
	if !bytes.Equal(contents(t, e), before) {
		t.Error("undo does not take the mending back")
	}
	if r := rowNamed(t, sight(t, e, 0, 60, false).Rows, "crc"); r.State != Bad {
		t.Errorf("after undo the CRC is %+v: opened paths or checks are lost", r)
	}
}

func countDiffering(a, b []byte) (n int) {
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			n++
		}
	}
	return n + max(0, len(b)-len(a))
}

// TestCutShort: the last message says how many bytes it lacks, and what is there is shown.
func TestCutShort(t *testing.T) {
	e, _ := overTour(t)
	lines(t, e, "node-goto messages[9].len_payload")
	rows := sight(t, e, 0, 60, true).Rows
	if r := rowNamed(t, rows, "len_payload"); !strings.HasPrefix(r.Value, "10") {
		t.Errorf("the length of the last message is %+v", r)
	}
	missing := false
	for _, r := range rows {
		missing = missing || r.State == Missing && strings.HasPrefix(r.Note, "needs ") && strings.HasSuffix(r.Note, " more")
	}
	if !missing {
		t.Errorf("nothing is missing: %+v", rows)
	}
}

// TestListBroken: a closed list says that its last element is not right, or how many bytes that lacks.
func TestListBroken(t *testing.T) {
	e := over([]byte("\x01\x02\x01\x07\x01\x02"))
	defer e.Close()
	lines(t, e, fmt.Sprintf("overlay %s @0", template(t, "broken", "meta: {id: broken, endian: le}\nseq: [{id: few, type: u1, repeat: expr, repeat-expr: 2}]\n"+
		"instances: {ones: {pos: 0, type: one, repeat: eos}, cut: {pos: 1, type: u4, repeat: eos}}\ntypes: {one: {seq: [{id: x, type: u1, valid: {max: 2}}, {id: none, size: x - x}]}}\n")),
		"node-goto ones", "node-goto cut")
	rows := sight(t, e, 0, 20, true).Rows
	for name, want := range map[string]Row{"few": {Value: "2 elements"}, "ones": {Value: "4 elements", State: Failed}, "cut": {Value: "1 element", State: Missing, Note: "needs 3 bytes more"}} {
		r := rowNamed(t, rows, name)
		if r.Value != want.Value || r.State != want.State || want.Note != "" && r.Note != want.Note || want.State == Failed && !strings.Contains(r.Note, "max 2, but got 7") {
			t.Errorf("%s is %+v, want %+v", name, r, want)
		}
	}
}

// TestCutShortInTheGrid: what is there of a field that the data is too short for is coloured as that field's, and chosen there.
func TestCutShortInTheGrid(t *testing.T) {
	e := over([]byte("\x01\x02abcdefg"))
	defer e.Close()
	lines(t, e, fmt.Sprintf("overlay %s @0", template(t, "short", "meta:\n  id: short\nseq:\n  - id: a\n    type: u1\n  - id: body\n    type: o\ntypes:\n  o:\n    seq:\n      - id: x\n        type: u1\n      - id: y\n        size: 40\n")),
		"goto 5")
	s := sight(t, e, 0, 20, true)
	if s.Path != "short body.y" || s.Chosen < 0 || !s.Rows[s.Chosen-s.Top].Cursor || s.Rows[s.Chosen-s.Top].Name != "y" {
		t.Errorf("the path is %q, row %d is chosen", s.Path, s.Chosen)
	}
	last := s.Spans[len(s.Spans)-1]
	if last.Range != (mmapdoc.Range{Start: 2, End: 9}) || last.Near != 0 || last.State != Missing || last.Colour != 1 {
		t.Errorf("the spans are %+v", s.Spans)
	}
}

func TestEditFields(t *testing.T) {
	e, at := overTour(t)
	lines(t, e, "node-goto messages[1].payload.temperature", "field-set -2.5")
	if b := contents(t, e)[at[1]+7:]; !bytes.Equal(b[:4], []byte{0xc0, 0x20, 0, 0}) {
		t.Errorf("the temperature is % x", b[:4])
	}
	if r := rowNamed(t, sight(t, e, 0, 60, true).Rows, "crc"); r.Name != "crc" || r.State != Bad {
		t.Errorf("the CRC of an edited message is %+v", r)
	}
	lines(t, e, "undo")
	// With mending on edit the CRC comes along, in one step.
	before := contents(t, e)
	lines(t, e, "mend-on-edit on", "field-set -2.5")
	if r := rowNamed(t, sight(t, e, 0, 60, true).Rows, "crc"); r.State != Good {
		t.Errorf("the CRC did not come along: %+v", r)
	}
	if r := rowNamed(t, sight(t, e, 0, 60, true).Rows, "temperature"); r.Value != "-2.5" || !r.Cursor {
		t.Errorf("the edited field is %+v", r)
	}
	lines(t, e, "undo")
	if !bytes.Equal(contents(t, e), before) {
		t.Error("one undo does not take field and CRC back")
	}

	// An enum by name, with its list; an unknown name changes nothing.
	lines(t, e, "mend-on-edit off", "node-goto messages[0].type")
	effs, err := run(t, e, "field-set")
	if err != nil || len(effs) != 1 {
		t.Fatal(effs, err)
	}
	p := effs[0].(Prompt)
	if p.Initial != "hello" || len(p.Choices) != 4 || p.Choices[3].Word != "bye" {
		t.Errorf("the prompt is %+v", p)
	}
	lines(t, e, "field-set text")
	if b := contents(t, e)[at[0]+1:]; b[0] != 0 || b[1] != 0x20 {
		t.Errorf("the type is % x", b[:2])
	}
	if _, err := run(t, e, "field-set nothing"); err == nil || !strings.HasPrefix(err.Error(), "messages[0].type ") {
		t.Errorf("an enum takes a name that it does not have: %v", err)
	}
	// A longer payload is offered as an insert, and takes its length along.
	lines(t, e, "node-goto messages[0].payload")
	ask := question(t, e, `field-set "a longer name"`)
	if ask.Choices[0].Label != "insert 4 bytes" {
		t.Fatalf("asks %+v", ask)
	}
	size := e.Size()
	lines(t, e, ask.Choices[0].Command)
	b := contents(t, e)[at[0]:]
	if e.Size() != size+4 || b[6] != 13 || string(b[7:20]) != "a longer name" {
		t.Errorf("the message is %q, the document %d bytes longer", b[:20], e.Size()-size)
	}
	lines(t, e, "undo")
	if e.Size() != size || e.Overlays()[0].Region.Start != int64(at[0]) {
		t.Error("undo does not take the insertion back")
	}
}

// TestTemplateErrorsPointAtThePlace: a template that is refused is listed, and its error opens the file at the byte.
func TestTemplateErrorsPointAtThePlace(t *testing.T) {
	e := over(pattern5000())
	defer e.Close()
	text := "meta:\n  id: bad\nseq:\n  - id: x\n    type: nosuch\n"
	path := template(t, "bad", text)
	if _, err := run(t, e, "overlay "+path); err == nil || !strings.Contains(err.Error(), "bad.ksy:5:") {
		t.Errorf("laying a bad template says %v", err)
	}
	ask := question(t, e, "template-errors")
	if len(ask.Choices) != 1 || !strings.Contains(ask.Choices[0].Label, "nosuch") {
		t.Errorf("the errors are %+v", ask)
	}
	lines(t, e, "goto 77", ask.Choices[0].Command)
	if want := int64(strings.Index(text, "nosuch")); !e.Inner() || e.Size() != int64(len(text)) || e.Cursor() != want && e.Cursor() != want-6 {
		t.Errorf("the template is open: %v, at %d, the name stands at %d", e.Inner(), e.Cursor(), want)
	}
	lines(t, e, "quit")
	if e.Inner() || e.Cursor() != 77 || e.Size() != 5000 {
		t.Errorf("back at %d of %d bytes", e.Cursor(), e.Size())
	}
}

// saveTemplate writes a template's file anew, as another program does, and waits until the editor has seen it.
func saveTemplate(t *testing.T, e *Editor, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	awaitTemplate(t, e)
}

// awaitTemplate waits until the editor has seen that a template's file is another one.
func awaitTemplate(t *testing.T, e *Editor) {
	t.Helper()
	watch := e.jobs.running["template watch"]
	if watch == nil {
		t.Fatal("nobody watches the template")
	}
	watch.Wait()
	eff, err := e.Finish(watch)
	if err == nil {
		_, err = finish(e, eff)
	}
	if err != nil {
		e.Fail(err)
	}
}

// TestReload: a template that is saved is read again; cursor and opened paths stay, and one that is refused leaves the old.
func TestReload(t *testing.T) {
	doc, at := templates.Tour()
	e := over(doc)
	defer e.Close()
	e.Resize(40, 16)
	path := template(t, "msg", messageTemplate)
	lines(t, e, fmt.Sprintf("overlay %s @%#x", path, at[0]), "node-goto messages[5].crc")
	rewrite := func(text string) { t.Helper(); saveTemplate(t, e, path, text) }
	rewrite(strings.ReplaceAll(messageTemplate, "id: version", "id: the_version"))
	rows := sight(t, e, 0, 60, true).Rows
	if r := rowNamed(t, rows, "crc"); !r.Cursor {
		t.Errorf("the cursor went elsewhere: %v", rowNames(rows))
	}
	rowNamed(t, rows, "the_version")
	rewrite("meta: [")
	if !e.Notice().Error || len(e.problems.Problems) == 0 {
		t.Errorf("a refused template says %+v", e.Notice())
	}
	rowNamed(t, sight(t, e, 0, 60, true).Rows, "the_version")
	rewrite(messageTemplate)
	if e.problems != nil {
		t.Error("the problems are still listed")
	}
	rowNamed(t, sight(t, e, 0, 60, true).Rows, "version")
}

// TestReloadRenames: what the cursor is told to be in is a field of the template as it is now.
func TestReloadRenames(t *testing.T) {
	text := "meta:\n  id: rec\nseq:\n  - id: mark\n    size: 1\n  - id: n\n    type: u1\n"
	e := over([]byte{1, 2, 3})
	defer e.Close()
	e.Templates.Watch = mmapdoc.WatchFiles
	path := template(t, "rec", text)
	lines(t, e, fmt.Sprintf("overlay %s @0", path), "goto 0")
	for _, name := range []string{"mark", "sign", "mark"} {
		saveTemplate(t, e, path, strings.ReplaceAll(text, "mark", name))
		s := sight(t, e, 0, 60, true)
		rowNamed(t, s.Rows, name)
		if !strings.HasSuffix(s.Path, name) {
			t.Errorf("at %s the path is %q", name, s.Path)
		}
	}
}

func TestRepeatedBackToBack(t *testing.T) {
	text := "meta:\n  id: pair\n  endian: le\nseq:\n  - id: a\n    type: u1\n  - id: b\n    type: u2\ninstances:\n  sum:\n    value: _root.a + b\n"
	e := over([]byte{1, 2, 0, 3, 4, 0, 5, 6, 0})
	defer e.Close()
	lines(t, e, fmt.Sprintf("overlay %s @0 repeat", template(t, "pair", text)))
	rows := allRows(t, e)
	var sums []string
	for _, r := range rows {
		if r.Name == "sum" {
			sums = append(sums, r.Value)
		}
	}
	if !slices.Equal(sums, []string{"3", "7", "11"}) {
		t.Errorf("the sums are %q in %v", sums, rowNames(rows))
	}
}

func TestOverlayAtHits(t *testing.T) {
	text := "meta:\n  id: rec\nseq:\n  - id: mark\n    size: 1\n  - id: n\n    type: u1\n"
	e := over([]byte("..#1....#2.#3"))
	defer e.Close()
	path := template(t, "rec", text)
	if _, err := run(t, e, "overlay "+path+" hits"); err == nil {
		t.Error("laid at hits that are not there")
	}
	for _, before := range []string{`hits "#"`, `find "#"`} { // a search alone will do: its matches are listed first
		lines(t, e, before, "overlay "+path+" hits")
		var at []int64
		for _, o := range e.Overlays() {
			at = append(at, o.Region.Start)
		}
		if !slices.Equal(at, []int64{2, 8, 11}) {
			t.Errorf("after %s laid at %v", before, at)
		}
		if before != `find "#"` {
			lines(t, e, "overlay-remove all", "find-forget")
		}
	}
	if r := rowNamed(t, sight(t, e, 0, 40, false).Rows, "n"); r.Region.Start != 12 || !strings.HasPrefix(r.Value, "51") {
		t.Errorf("the last one is %+v", r)
	}
}

// TestBillionElements: rows far down are found by arithmetic.
func TestBillionElements(t *testing.T) {
	text := "meta:\n  id: much\n  endian: le\nseq:\n  - id: all\n    type: cell\n    repeat: eos\ntypes:\n  cell:\n    seq:\n      - id: n\n        type: u4\n"
	e := over(nil)
	defer e.Close()
	lines(t, e, fmt.Sprintf("insert-zeros %d", int64(4)<<30), fmt.Sprintf("overlay %s @0", template(t, "much", text)), "node-goto all[5]")
	lines(t, e, "node-row -1")
	s := sight(t, e, 0, 10, true)
	if want := int64(1<<30) + 2; s.Total != want {
		t.Errorf("%d rows, want %d", s.Total, want)
	}
	if last := s.Rows[len(s.Rows)-1]; last.Name != fmt.Sprintf("[%d]", 1<<30-1) || !last.Cursor || e.Cursor() != 4<<30-4 {
		t.Errorf("the last row is %+v, the cursor at %#x", last, e.Cursor())
	}
	lines(t, e, "node-open", "node-row 1000000000")
	if e.Cursor() != 4*(1000000000-2) {
		t.Errorf("row 1,000,000,000 is at %d", e.Cursor())
	}
}

func TestFilterGapsFollowCopyExport(t *testing.T) {
	text := "meta:\n  id: ptr\n  endian: le\nseq:\n  - id: magic\n    contents: AB\n  - id: ofs_body\n    type: u2\ninstances:\n  body:\n    pos: ofs_body\n    type: body\ntypes:\n  body:\n    seq:\n" +
		"      - id: width\n        type: u2\n      - id: title\n        type: str\n        size: 4\n        encoding: ASCII\n"
	b := make([]byte, 64)
	copy(b, "AB\x20\x00")
	copy(b[32:], "\x07\x00name")
	e := over(b)
	defer e.Close()
	e.Resize(10, 16)
	lines(t, e, fmt.Sprintf("overlay %s @0", template(t, "ptr", text)), "node-goto ofs_body", "node-follow")
	if e.Cursor() != 32 {
		t.Errorf("followed to %d", e.Cursor())
	}
	lines(t, e, "back")
	if e.Cursor() != 2 {
		t.Errorf("back at %d", e.Cursor())
	}
	lines(t, e, "tree-filter TITL")
	s := sight(t, e, 0, 10, true)
	if len(s.Rows) != 1 || s.Rows[0].Name != "body.title" || s.Rows[0].Value != `"name"` || e.Cursor() != 34 || s.Filter != "TITL" {
		t.Errorf("the filter shows %+v, the cursor is at %d", s.Rows, e.Cursor())
	}
	for what, want := range map[string]string{"value": "name", "path": "body.title"} {
		effs, err := run(t, e, "node-copy "+what)
		if err != nil || len(effs) != 1 || effs[0] != (Clipboard{want}) {
			t.Errorf("copying the %s gives %v, %v", what, effs, err)
		}
	}
	lines(t, e, "tree-unfilter")
	if _, err := run(t, e, "tree-filter nosuchname"); err == nil {
		t.Error("a filter finds what is not there")
	}
	rowNamed(t, sight(t, e, 0, 30, true).Rows, "width")

	var gaps []mmapdoc.Range
	for range 3 {
		lines(t, e, "gap-next")
		gaps = append(gaps, e.Selection())
	}
	if want := []mmapdoc.Range{{Start: 38, End: 64}, {Start: 4, End: 32}, {Start: 38, End: 64}}; !slices.Equal(gaps, want) {
		t.Errorf("the gaps are %v, want %v", gaps, want)
	}

	file := filepath.Join(t.TempDir(), "out.json")
	lines(t, e, "node-row 0", "tree-export "+file)
	if _, err := run(t, e, "tree-export "+file); err == nil {
		t.Error("a file was written over")
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var tree struct {
		Name   string
		Range  [2]int64
		Fields []struct {
			Name   string
			Value  any
			Fields []struct {
				Name  string
				Value any
				Range [2]int64
			}
		}
	}
	if err := json.Unmarshal(got, &tree); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	if tree.Name != "ptr" || tree.Range != [2]int64{0, 64} || len(tree.Fields) != 3 || tree.Fields[1].Value != 32.0 ||
		tree.Fields[2].Fields[1].Value != "name" || tree.Fields[2].Fields[1].Range != [2]int64{34, 38} {
		t.Errorf("exported %s", got)
	}
}

// TestFilterWhileTyping: the tree narrows with each letter and leaves the cursor; giving up shows all again, Enter chooses.
func TestFilterWhileTyping(t *testing.T) {
	text := "meta:\n  id: many\nseq:\n  - id: head\n    type: u1\n  - id: list\n    type: entry\n    repeat: eos\ntypes:\n  entry:\n    seq:\n      - id: width\n        type: u1\n      - id: wide\n        type: u1\n"
	e := over(make([]byte, 6001))
	defer e.Close()
	lines(t, e, fmt.Sprintf("overlay %s @0", template(t, "many", text)))
	effs, err := run(t, e, "tree-filter")
	if err != nil {
		t.Fatal(err)
	}
	prompt, _ := effs[len(effs)-1].(Prompt)
	if prompt.Typing == nil {
		t.Fatalf("tree-filter asks %+v", effs)
	}
	typed := func(text string, total int64, first string) {
		t.Helper()
		eff, err := prompt.Typing(e, text)
		if _, jerr := finish(e, eff); err != nil || jerr != nil {
			t.Fatal(text, err, jerr)
		}
		s := sight(t, e, 0, 5, true)
		if s.Total != total || s.Filter != text || s.Reading || e.Cursor() != 0 || total > 0 && s.Rows[0].Name != first {
			t.Errorf("%q: %d rows of %q, cursor at %d, reading %v: %v", text, s.Total, s.Filter, e.Cursor(), s.Reading, rowNames(s.Rows))
		}
	}
	typed("w", 6000, "list[0].width")
	typed("wid", 6000, "list[0].width")
	typed("widt", 3000, "list[0].width")
	typed("widtx", 0, "")
	typed("wi", 6000, "list[0].width")
	typed("hea", 1, "head")
	if eff, err := prompt.Typing(e, ""); err != nil {
		t.Fatal(err)
	} else if _, err := finish(e, eff); err != nil {
		t.Fatal(err)
	}
	if s := sight(t, e, 0, 5, true); s.Filter != "" || s.Rows[0].Name != "many" {
		t.Errorf("after giving up the rows are %v", rowNames(s.Rows))
	}
	lines(t, e, "tree-filter wide")
	if s := sight(t, e, 0, 5, true); s.Total != 3000 || s.Chosen != 0 || e.Cursor() != 2 {
		t.Errorf("%d rows, chosen %d, cursor %d", s.Total, s.Chosen, e.Cursor())
	}
}

// TestSubstream: a processed buffer opens as a document; what is changed there comes back through the process.
func TestSubstream(t *testing.T) {
	text := "meta:\n  id: hidden\nseq:\n  - id: key\n    type: u1\n  - id: secret\n    size: 4\n    process: xor(key)\n  - id: plain\n    size: 3\n    type: part\n  - id: packed\n    size-eos: true\n    process: zlib\n    type: part\n" +
		"types:\n  part:\n    seq:\n      - id: first\n        type: u1\n"
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	w.Write([]byte("packed"))
	w.Close()
	start := append([]byte("\x20ABCDxyz"), z.Bytes()...)
	e := over(start)
	defer e.Close()
	lines(t, e, fmt.Sprintf("overlay %s @0", template(t, "hidden", text)), "node-goto secret", "substream")
	if got := contents(t, e); string(got) != "abcd" || !e.Inner() {
		t.Fatalf("the substream is %q", got)
	}
	lines(t, e, "substream-close", "substream", "goto 0", "fill 7a")
	if e.Inner() && e.doc.Modified() {
		ask := question(t, e, "quit")
		if len(ask.Choices) != 3 {
			t.Errorf("quit asks %+v", ask)
		}
	} else {
		t.Error("the inner document is not changed")
	}
	lines(t, e, "save")
	if got := contents(t, e); e.Inner() || string(got[:8]) != "\x20ZBCDxyz" {
		t.Errorf("written back: %q", got)
	}
	lines(t, e, "node-goto plain.first", "substream", "select 1:2", "fill 2e")
	lines(t, e, "substream-write")
	if got := contents(t, e); string(got[:8]) != "\x20ZBCDx.." {
		t.Errorf("written back: %q", got)
	}
	lines(t, e, "undo", "undo")
	if !bytes.Equal(contents(t, e), start) {
		t.Error("undo does not take it back")
	}
	lines(t, e, "node-goto packed.first", "substream")
	if got := contents(t, e); string(got) != "packed" {
		t.Fatalf("the substream is %q", got)
	}
	lines(t, e, "goto 0", "fill 7a", "save")
	if now := contents(t, e); e.Inner() || bytes.Equal(now, start) {
		t.Error("nothing was written back")
	}
	lines(t, e, "node-goto packed.first", "substream")
	if got := contents(t, e); string(got) != "zacked" {
		t.Errorf("written back: %q", got)
	}
	lines(t, e, "substream-close", "undo")
	if !bytes.Equal(contents(t, e), start) {
		t.Error("undo does not take it back")
	}
	// A size that is fixed cannot hold what compresses to another length.
	fixed := over(z.Bytes())
	defer fixed.Close()
	lines(t, fixed, fmt.Sprintf("overlay %s @0", template(t, "fixed", fmt.Sprintf("meta:\n  id: fixed\nseq:\n  - id: packed\n    size: %d\n    process: zlib\n", z.Len()))),
		"node-goto packed", "substream", "goto 0", "fill 7a", "goto 6")
	if err := fixed.splice(6, 0, []byte("more and more"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, fixed, "save"); err == nil || !strings.Contains(err.Error(), "fixed") {
		t.Errorf("what cannot be written back says %v", err)
	}
	if got := contents(t, fixed); !fixed.Inner() || !fixed.doc.Modified() || string(got) != "zackedmore and more" {
		t.Errorf("the work is lost: %q", got)
	}
}

// TestSubstreamWithItsType: the bytes of an object open with its type over them. What it needs from around it is there, its fields are edited,
// and it is written back as all are, also out of a substream of a substream.
func TestSubstreamWithItsType(t *testing.T) {
	text := "meta:\n  id: wrapped\n  endian: be\nseq:\n  - id: key\n    type: u1\n  - id: n\n    type: u1\n  - id: box\n    size: 6\n    process: xor(key)\n    type: box(n)\n" +
		"types:\n  box:\n    params:\n      - id: count\n        type: u1\n    seq:\n      - id: a\n        type: u2\n      - id: inner\n        size-eos: true\n        process: xor(_root.key)\n        type: list\n" +
		"  list:\n    seq:\n      - id: items\n        type: u1\n        repeat: expr\n        repeat-expr: _parent.count\n"
	start := []byte("\x20\x03" + "\x21\x22" + "ABCD")
	e := over(start)
	defer e.Close()
	lines(t, e, fmt.Sprintf("overlay %s @0", template(t, "wrapped", text)), "node-goto box.a", "node-goto box", "substream")
	if got := contents(t, e); string(got) != "\x01\x02abcd" || len(e.Overlays()) != 1 {
		t.Fatalf("the substream is %q, under %d overlays", got, len(e.Overlays()))
	}
	rows := sight(t, e, 0, 20, false).Rows
	if r := rowNamed(t, rows, "a"); r.Value != "258 (0x102)" || !r.Placed || r.Region.Start != 0 {
		t.Errorf("a is %+v", r)
	}
	lines(t, e, "node-goto inner.items[2]")
	if s := sight(t, e, 0, 20, true); s.Path != "box inner.items[2]" {
		t.Errorf("the path is %q", s.Path)
	}
	lines(t, e, "node-goto a", "field-set 513", "goto 0", "find where count+1 == 4", "node-goto inner", "substream")
	if got := contents(t, e); string(got) != "ABCD" {
		t.Fatalf("the substream of the substream is %q", got)
	}
	lines(t, e, "node-goto items[2]")
	if r := rowNamed(t, sight(t, e, 0, 20, false).Rows, "[2]"); r.Value != "67 (0x43)" {
		t.Errorf("the third item is %+v", r)
	}
	lines(t, e, "field-set 0x58", "save")
	if got := contents(t, e); string(got) != "\x02\x01abxd" {
		t.Errorf("written back: %q", got)
	}
	lines(t, e, "save")
	if got := contents(t, e); e.Inner() || string(got) != "\x20\x03\x22\x21ABXD" {
		t.Errorf("written back: %q", got)
	}
	lines(t, e, "undo")
	if !bytes.Equal(contents(t, e), start) {
		t.Error("undo does not take it back")
	}
}

// TestReloadInSubstream: over a substream, and over one of it, a template that is saved is read again, too, with what lies around it.
func TestReloadInSubstream(t *testing.T) {
	text := "meta:\n  id: wrapped\n  endian: be\nseq:\n  - id: key\n    type: u1\n  - id: n\n    type: u1\n  - id: box\n    size: 8\n    process: xor(key)\n    type: box(n)\n" +
		"types:\n  box:\n    params:\n      - id: count\n        type: u1\n    seq:\n      - id: a\n        type: u2\n      - id: inner\n        size-eos: true\n        process: xor(_root.key)\n        type: list\n" +
		"  list:\n    seq:\n      - id: items\n        type: item\n        repeat: expr\n        repeat-expr: _parent.count\n" +
		"  item:\n    seq:\n      - id: x\n        type: u1\n      - id: y\n        type: u1\n"
	e := over([]byte("\x20\x03" + "\x21\x22" + "ABCDEF"))
	defer e.Close()
	e.Resize(60, 40)
	path := template(t, "wrapped", text)
	lines(t, e, fmt.Sprintf("overlay %s @0", path), "node-goto box", "substream", "node-goto inner.items[1].y")
	at := e.Cursor()
	saveTemplate(t, e, path, strings.ReplaceAll(text, "id: x\n", "id: the_x\n"))
	s := sight(t, e, 0, 60, true)
	if r := rowNamed(t, s.Rows, "y"); !r.Cursor || e.Cursor() != at || s.Path != "box inner.items[1].y" || !e.Inner() {
		t.Errorf("the cursor is at %d, %q; was at %d", e.Cursor(), s.Path, at)
	}
	rowNamed(t, s.Rows, "the_x")

	lines(t, e, "node-goto inner", "substream", "node-goto items[2].the_x")
	// What lies around it changes: there are only two items now.
	saveTemplate(t, e, path, strings.ReplaceAll(text, "type: box(n)", "type: box(n - 1)"))
	s = sight(t, e, 0, 60, true)
	if r := rowNamed(t, s.Rows, "items"); r.Value != "2 elements" || len(e.outers) != 2 {
		t.Errorf("items is %+v", r)
	}
	// A template that is refused, or has no such part, leaves the old one; the next one is read again.
	for _, bad := range []string{"meta: [", "meta:\n  id: wrapped\nseq:\n  - id: other\n    type: u1\n", strings.ReplaceAll(text, "type: list\n", "type: str\n        encoding: ASCII\n")} {
		saveTemplate(t, e, path, bad)
		if !e.Notice().Error {
			t.Errorf("%q says %+v", bad, e.Notice())
		}
		if r := rowNamed(t, sight(t, e, 0, 60, true).Rows, "items"); r.Value != "2 elements" {
			t.Errorf("items is %+v", r)
		}
	}
	saveTemplate(t, e, path, strings.ReplaceAll(text, "id: x\n", "id: z\n"))
	if r := rowNamed(t, sight(t, e, 0, 60, true).Rows, "items"); r.Value != "3 elements" || e.Notice().Error {
		t.Errorf("items is %+v, %+v", r, e.Notice())
	}
	// Back in the documents around, theirs are read again as well.
	lines(t, e, "substream-close")
	awaitTemplate(t, e)
	lines(t, e, "node-goto inner.items[0].z", "substream-close")
	awaitTemplate(t, e)
	lines(t, e, "node-goto box.inner.items[0].z")
}

func TestAnnotations(t *testing.T) {
	e := over([]byte("\x01\x02\x03\x04name\xff\xff"))
	defer e.Close()
	lines(t, e, "select 0:2", "annotate width u2le", "select 4:4", "annotate title str", "select 8:2", "annotate rest bytes")
	rows := sight(t, e, 0, 20, false).Rows
	for name, want := range map[string]string{"width": "513 (0x201)", "title": `"name"`, "rest": "ff ff"} {
		if r := rowNamed(t, rows, name); r.Value != want {
			t.Errorf("%s is %+v, want %s", name, r, want)
		}
	}
	for _, bad := range []string{"Width", "x y z", "9a", "w u3", "w u4"} {
		if _, err := run(t, e, "annotate "+bad); err == nil {
			t.Errorf("annotate %s is taken", bad)
		}
	}
	lines(t, e, "insert-mode", "goto 0", "insert 00 00")
	if r := rowNamed(t, sight(t, e, 0, 20, false).Rows, "title"); r.Region.Start != 6 || r.Value != `"name"` {
		t.Errorf("after an insertion the title is %+v", r)
	}
	lines(t, e, "undo", "annotation-remove rest")
	file := filepath.Join(t.TempDir(), "grown.ksy")
	lines(t, e, "annotations-export "+file, "overlay-remove all", "overlay "+file+" @0")
	rows = sight(t, e, 0, 20, false).Rows
	if r := rowNamed(t, rows, "width"); r.Value != "513 (0x201)" {
		t.Errorf("the exported template says %+v", r)
	}
	if len(rows) != 3 {
		t.Errorf("the rows are %v", rowNames(rows))
	}
}

// TestRowsAgreeWithTheOpenTree: whatever is open, every window of rows is that part of the whole list, and every row
// finds itself.
func TestRowsAgreeWithTheOpenTree(t *testing.T) {
	rnd := seeded(t)
	e, _ := overTour(t)
	lines(t, e, "struct >BHI:version,type,length 0x3b6:70", "overlay-goto 1")
	naive := func(o *outline) (names []string) {
		var walk func(p path, b *branch)
		walk = func(p path, b *branch) {
			if b == nil || !b.open {
				return
			}
			for i := int64(0); ; i++ {
				if n, final := b.node.kids(); i >= n && final {
					return
				}
				c, err := b.node.child(i)
				if err != nil {
					return
				}
				q := p.child(c.step())
				names = append(names, pathText(q.steps))
				for _, k := range b.kids {
					if k.step == c.step() {
						walk(q, k)
					}
				}
			}
		}
		for _, tr := range o.trees {
			names = append(names, "")
			walk(path{overlay: tr.ID}, tr.top)
		}
		return names
	}
	ops := []string{"node-next", "node-previous", "node-open", "node-close", "node-toggle", "node-page 7", "node-page -5", "node-parent", "node-here",
		"field-next", "field-previous", "node-open-all", "node-close-all", "node-row 3", "node-row -1", "goto 50%", "goto 0x3d0", "goto 0x420", "fill 01", "undo", "redo", "delete", "undo"}
	for step := range 400 {
		op := ops[rnd.IntN(len(ops))]
		run(t, e, op)
		var want, got []string
		skip, n := int64(rnd.IntN(60)), 1+rnd.IntN(30)
		if _, err := finish(e, Start{e.treeJob("", func(_ context.Context, o *outline, _ *scene) error {
			want = naive(o)
			if int64(len(want)) != o.total() {
				return fmt.Errorf("%d rows are counted, %d are there", o.total(), len(want))
			}
			o.list(skip, func(l line) bool {
				got = append(got, pathText(l.path.steps))
				if at := o.find(l.path); at != skip+int64(len(got))-1 {
					t.Errorf("step %d, %s: row %d (%s) is found at %d", step, op, skip+int64(len(got))-1, got[len(got)-1], at)
				}
				return len(got) < n
			})
			return nil
		}, nil)}); err != nil {
			t.Fatalf("step %d, %s: %v", step, op, err)
		}
		if part := want[min(skip, int64(len(want))):min(skip+int64(n), int64(len(want)))]; !slices.Equal(got, part) {
			t.Fatalf("step %d, %s: rows from %d are %q, want %q", step, op, skip, got, part)
		}
	}
}

// TestShown: the tree shows and takes values as the template's -show says.
func TestShown(t *testing.T) {
	text := "meta:\n  id: shown\n  endian: be\nseq:\n  - id: ip\n    size: 4\n    -show: ip\n  - id: mac\n    size: 6\n    -show: mac\n  - id: at\n    type: u4\n    -show: time\n"
	e := over([]byte{10, 0, 0, 1, 1, 2, 3, 4, 5, 6, 0, 0, 0, 60})
	defer e.Close()
	lines(t, e, fmt.Sprintf("overlay %s @0", template(t, "shown", text)))
	rows := sight(t, e, 0, 20, false).Rows
	for name, want := range map[string]string{"ip": "10.0.0.1", "mac": "01:02:03:04:05:06", "at": "1970-01-01 00:01:00 UTC"} {
		if r := rowNamed(t, rows, name); r.Value != want {
			t.Errorf("%s is shown as %q, want %q", name, r.Value, want)
		}
	}
	lines(t, e, "node-goto ip", "field-set 10.0.0.2", "node-goto at", "field-set 1970-01-01 00:00:05 UTC")
	if got := contents(t, e); !bytes.Equal(got, []byte{10, 0, 0, 2, 1, 2, 3, 4, 5, 6, 0, 0, 0, 5}) {
		t.Errorf("% x", got)
	}
}

// TestFieldsInOneByte: fields that share a byte are told apart on the status line and in the JSON; floats are as short as
// their size allows; what comes after a field that is cut short was not read.
func TestFieldsInOneByte(t *testing.T) {
	text := "meta: {id: bits, endian: le}\nseq: [{id: a, type: b3}, {id: b, type: b5}, {id: f, type: f4}, {id: g, type: f8}, " +
		"{id: crc, type: u4, -check: {algorithm: crc-32, over: a}}, {id: none, size: 0}, {id: cut, type: u4}, {id: after, type: u1}]\n"
	e := over(append(make([]byte, 17), 1))
	defer e.Close()
	lines(t, e, fmt.Sprintf("overlay %s @0", template(t, "bits", text)), "node-goto f", "field-set 0.1", "node-goto g", "field-set nan", "node-goto a")
	if b := contents(t, e)[5:13]; !bytes.Equal(b, []byte{0, 0, 0, 0, 0, 0, 0xf8, 0x7f}) {
		t.Errorf("NaN is % x", b)
	}
	s := sight(t, e, 0, 40, true)
	if s.Path != "bits a" {
		t.Errorf("the chosen field is called %q", s.Path)
	}
	for name, want := range map[string]string{"f": "0.1", "none": "(empty)", "after": "", "crc": "0", "cut": "01"} {
		if r := rowNamed(t, s.Rows, name); r.Value != want {
			t.Errorf("%s is %q", name, r.Value)
		}
	}
	for name, want := range map[string]string{"after": "not read", "crc": "expected 0xd202ef8d", "cut": "needs 3 bytes more"} {
		if r := rowNamed(t, s.Rows, name); r.Note != want {
			t.Errorf("of %s it is said %q, want %q", name, r.Note, want)
		}
	}
	effs, err := run(t, e, "tree-export")
	if err != nil || len(effs) != 1 || effs[0].(Clipboard).Text != `{"name":"a","type":"b3","range":[0,1],"bits":[0,3],"value":0}`+"\n" {
		t.Errorf("exported %v, %v", effs, err)
	}
}
