package model

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hexlay/mmapdoc"
)

// TestQueries reads patterns as people type them.
func TestQueries(t *testing.T) {
	b := []byte("abc\x00\xffABC\x2a\x00\x00\x00k\x00\xe9\x00\x00\x00\x00\x2a3.14")
	for _, c := range []struct{ line, want string }{
		{"find 61 ?? 63", "[0,3)"},
		{"find 4? 42", "[5,7)"},
		{"find (62|42) (63|43)", "[1,3)"},
		{`find "ABC`, "[5,8)"},
		{`find i"BC`, "[1,3)"},
		{`find u"ké`, "[12,16)"},
		{`find iu"KÉ`, "[12,16)"},
		{`find /\xff[A-Z]+/`, "[4,8)"},
		{`find /B\w/i`, "[1,3)"},
		{"find <I 42", "[8,12)"},
		{"find >I 42", "[16,20)"},
		{"find <I 40~2", "[8,12)"},
		{"find ![61 62 63]", "[3,4)"},
		{"find b'\\xff'", "[4,5)"},
		{"find 00 ff", "[3,5)"},
	} {
		e := over(b)
		e.Jump(e.Size())
		if _, err := run(t, e, c.line); err != nil {
			t.Errorf("%s: %v", c.line, err)
			continue
		}
		if got := fmt.Sprintf("[%d,%d)", e.Selection().Start, e.Selection().End); got != c.want {
			t.Errorf("%s: %s, want %s", c.line, got, c.want)
		}
	}
	for line, want := range map[string]string{
		"find 4":              "odd number",
		"find ?":              "position 1",
		"find zz":             "starts with a quote",
		`find "`:              "no text",
		"find /":              "no regular expression",
		"find /a(/":           "position 0",
		"find <I":             "a value is missing",
		"find <I x":           "integer",
		"find /a*/":           "matches nothing at all",
		"replace-all":         "no replacement was asked for",
		"replace 4? =>":       "not found",
		"replace 61 => ?? ??": "only 1",
	} {
		e := over([]byte("abc"))
		if _, err := run(t, e, line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", line, err, want)
		}
	}
}

// answer runs the command of a choice of the question among effs.
func answer(t *testing.T, e *Editor, effs []Effect, key string) {
	t.Helper()
	for _, eff := range effs {
		if q, ok := eff.(Ask); ok {
			for _, c := range q.Choices {
				if c.Key == key {
					if _, err := run(t, e, c.Command); err != nil {
						t.Fatal(err)
					}
					return
				}
			}
		}
	}
	t.Fatalf("no choice %q in %v", key, effs)
}

func TestReplaceAll(t *testing.T) {
	e := over([]byte("one two one two one"))
	effs, err := run(t, e, `replace "one => three`)
	if err != nil {
		t.Fatal(err)
	}
	q := effs[0].(Ask)
	if q.Title != "Replace 3 matches?" || !strings.Contains(q.Text, `0x0: "one" → "three"; `) || !strings.Contains(q.Text, "6 bytes longer") {
		t.Errorf("asks %q %q", q.Title, q.Text)
	}
	run(t, e, "goto 4")
	run(t, e, "mark a")
	answer(t, e, effs, "a")
	if got := string(contents(t, e)); got != "three two three two three" {
		t.Errorf("%q", got)
	}
	if at := e.Marks()['a']; at != 6 {
		t.Errorf("the mark before the second word is at %d, want 6", at)
	}
	run(t, e, "undo")
	if got := string(contents(t, e)); got != "one two one two one" || e.Document().CanUndo() {
		t.Errorf("undone: %q", got)
	}
	if at := e.Marks()['a']; at != 4 {
		t.Errorf("the mark is back at %d, want 4", at)
	}
	run(t, e, "select 4:11")
	effs, err = run(t, e, `replace "one => 1`)
	if err != nil || effs[0].(Ask).Title != "Replace 1 match in the selection?" {
		t.Fatal(effs, err)
	}
	answer(t, e, effs, "a")
	if got := string(contents(t, e)); got != "one two 1 two one" {
		t.Errorf("in the selection: %q", got)
	}
}

// TestReplaceAfterAnEdit: the question was asked about other bytes.
func TestReplaceAfterAnEdit(t *testing.T) {
	e := over([]byte("aXaXa"))
	effs, err := run(t, e, "replace 61 => 62")
	if err != nil {
		t.Fatal(err)
	}
	run(t, e, "goto 1")
	run(t, e, "overwrite 61")
	answer(t, e, effs, "a")
	if got := string(contents(t, e)); got != "bbbXb" {
		t.Errorf("%q", got)
	}
}

func TestReplaceOne(t *testing.T) {
	e := over([]byte("a1a2a3"))
	effs, err := run(t, e, `replace /a(\d)/ => <$1>`)
	if err != nil {
		t.Fatal(err)
	}
	answer(t, e, effs, "o")
	if got := string(contents(t, e)); got != "<1>a2a3" || e.Selection() != (mmapdoc.Range{Start: 3, End: 5}) {
		t.Fatalf("%q, selected %v", got, e.Selection())
	}
	run(t, e, "find-next") // this one stays
	run(t, e, "replace-one")
	if got := string(contents(t, e)); got != "<1>a2<3>" {
		t.Errorf("%q", got)
	}
	if _, err := run(t, e, "replace-one"); err == nil {
		t.Error("replaced where nothing is")
	}
}

func TestReplaceByNothing(t *testing.T) {
	e := over([]byte("a-b-c"))
	effs, err := run(t, e, `replace 2d => ""`)
	if err != nil {
		t.Fatal(err)
	}
	answer(t, e, effs, "a")
	if got := string(contents(t, e)); got != "abc" {
		t.Errorf("%q", got)
	}
}

// TestReplaceMillion: very many replacements are one undo step.
func TestReplaceMillion(t *testing.T) {
	n := 100_000
	if os.Getenv("HEXLAY_SLOW") == "1" {
		n = 1_000_000
	}
	e := over(bytes.Repeat([]byte("ab--"), n))
	effs, err := run(t, e, "replace 61 62 => 78 79 7a")
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	answer(t, e, effs, "a")
	t.Logf("%d replacements were applied in %v", n, time.Since(begin))
	if got := contents(t, e); !bytes.Equal(got, bytes.Repeat([]byte("xyz--"), n)) {
		t.Error("other bytes")
	}
	run(t, e, "undo")
	if got := contents(t, e); !bytes.Equal(got, bytes.Repeat([]byte("ab--"), n)) || e.Document().CanUndo() {
		t.Error("undone: other bytes, or more than one step")
	}
}

// TestHitList compares the list with a search.
func TestHitList(t *testing.T) {
	rnd := seeded(t)
	b := small(rnd, 100_000, 3)
	e := over(b)
	if _, err := run(t, e, "hits /a+b/"); err != nil {
		t.Fatal(err)
	}
	l := e.Hits()
	w, err := e.parseWanted("/a+b/")
	if err != nil {
		t.Fatal(err)
	}
	want := naiveSearch(w.pattern, b, mmapdoc.Range{End: e.Size()}, false)
	if l.Len() != int64(len(want)) {
		t.Fatalf("%d matches, want %d", l.Len(), len(want))
	}
	for range 1000 {
		i := rnd.Int64N(l.Len())
		if got := l.At(i); got != want[i] {
			t.Fatalf("match %d: %v, want %v", i, got, want[i])
		}
		if k := l.Index(want[i].Start); k != i {
			t.Fatalf("Index of match %d: %d", i, k)
		}
	}
	if l.Index(e.Size()) != l.Len() || l.Index(0) != 0 {
		t.Error("Index at the ends")
	}
	e.ChooseRow("hits", 5)
	if e.Selection() != want[5] {
		t.Error(e.Selection())
	}
	if e.Stale(e.List("hits")) {
		t.Error("stale before a change")
	}
	run(t, e, "overwrite 00")
	if !e.Stale(e.List("hits")) {
		t.Error("not stale after a change")
	}
	all := naiveSearch(w.pattern, contents(t, e), mmapdoc.Range{End: e.Size()}, false)
	for range 200 {
		lo := rnd.Int64N(e.Size())
		win := mmapdoc.Range{Start: lo, End: min(e.Size(), lo+rnd.Int64N(300))}
		marked := make([]byte, e.Size())
		for _, h := range e.FoundIn(win) {
			for i := h.Start; i < h.End; i++ {
				marked[i] = 1
			}
		}
		for _, h := range all {
			for i := max(h.Start, win.Start); i < min(h.End, win.End); i++ {
				if marked[i] != 1 {
					t.Fatalf("byte %d of match %v is not marked in %v", i, h, win)
				}
			}
		}
	}
}

// TestLiveFind: what is typed is shown at once; giving up goes back.
func TestLiveFind(t *testing.T) {
	e := over([]byte("abcabdabe"))
	e.Jump(1)
	live := func(s string) {
		t.Helper()
		eff, err := e.LiveFind(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := finish(e, eff); err != nil {
			t.Fatal(err)
		}
	}
	live(`"ab`)
	if e.Selection() != (mmapdoc.Range{Start: 3, End: 5}) || e.LiveNote() != "found at 0x3" {
		t.Errorf("%v %q", e.Selection(), e.LiveNote())
	}
	live(`"abe`)
	if e.Selection() != (mmapdoc.Range{Start: 6, End: 9}) {
		t.Error(e.Selection())
	}
	live(`"abex`)
	if e.Cursor() != 1 || e.LiveNote() != "not found" {
		t.Errorf("%d %q", e.Cursor(), e.LiveNote())
	}
	live(`61 6`) // a byte of which one digit is typed
	if e.Selection() != (mmapdoc.Range{Start: 3, End: 5}) {
		t.Errorf("%v %q", e.Selection(), e.LiveNote())
	}
	live(`/(`)
	if e.Cursor() != 1 || !strings.Contains(e.LiveNote(), "position") {
		t.Errorf("%d %q", e.Cursor(), e.LiveNote())
	}
	live(`"abd`)
	e.EndLive(nil)
	if e.Cursor() != 1 || e.Selection().Len() != 0 || e.LiveNote() != "" {
		t.Errorf("given up: %d %v", e.Cursor(), e.Selection())
	}
	live(`"abd`)
	e.EndLive(func() { run(t, e, `find "abd`) })
	if e.Selection() != (mmapdoc.Range{Start: 3, End: 6}) {
		t.Error(e.Selection())
	}
	run(t, e, "back")
	if e.Cursor() != 1 {
		t.Errorf("back leads to %d", e.Cursor())
	}
}

func TestNextHole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sparse")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	const mb = 1 << 20
	for _, at := range []int64{0, 64 * mb} {
		if _, err := f.WriteAt(bytes.Repeat([]byte{1}, mb), at); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Truncate(100 * mb); err != nil {
		t.Fatal(err)
	}
	f.Close()
	d, err := mmapdoc.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	e := New(d)
	defer e.Close()
	if r := e.Snapshot().NextData(2 * mb); r.Start == 2*mb {
		t.Skip("this file system has no holes")
	}
	for _, c := range []struct {
		line string
		at   int64
	}{{"next-hole", mb}, {"next-data", 64 * mb}, {"next-hole", 65 * mb}, {"previous-hole", mb}, {"previous-data", 0}, {"goto 99M", 99 * mb}, {"previous-hole", 65 * mb},
		{"previous-data", 64 * mb}, {"goto end", 100 * mb}, {"previous-different", 65*mb - 1}, {"previous-different", 64*mb - 1}, {"goto 0", 0}, {"next-different", mb}, {"next-different", 64 * mb}} {
		if _, err := run(t, e, c.line); err != nil || e.Cursor() != c.at {
			t.Fatalf("%s: at %#x, %v; want %#x", c.line, e.Cursor(), err, c.at)
		}
	}
	for _, line := range []string{"goto 65M", "next-data", "goto 0", "previous-data", "previous-hole", "previous-different", "goto end", "next-different"} {
		if _, err := run(t, e, line); (err == nil) != strings.HasPrefix(line, "goto") {
			t.Errorf("%s at %#x: %v", line, e.Cursor(), err)
		}
	}
}
