package model

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
		"find zz":             "find: \"z\" is no hexadecimal digit",
		"find 41 4":           `the last byte is 04, or 4? for any that begins with 4; text to find starts with a quote: "41 4`,
		"find [00-":           "position 4",
		"find [10-00]":        "from a byte to a larger one",
		"find where":          "a condition is missing",
		"replace => 00":       "missing in front of =>",
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
	if q.Title != "Replace 3 matches?" || !strings.Contains(q.Text, "0x0: \"one\" → \"three\"\n") || !strings.Contains(q.Text, "6 bytes longer") {
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
	if len(effs) == 0 {
		t.Fatal("no question")
	}
	run(t, e, "replace-one")
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

// TestReplaceEach answers the question about one match after the other.
func TestReplaceEach(t *testing.T) {
	const all = "a1 a2 a3 a4"
	for _, c := range []struct {
		at      string // where the cursor is
		answers string
		want    string
		says    string
		asked   string // about which matches
	}{
		{"0", "yyyy", "<1> <2> <3> <4>", "no more matches: replaced 4 matches", "0 4 8 12"},
		{"0", "ynny", "<1> a2 a3 <4>", "no more matches: replaced 2 matches, left 2", "0 4 7 10"},
		{"0", "na", "a1 <2> <3> <4>", "replaced 3 matches, left 1", "0 3"},
		{"0", "yq", "<1> a2 a3 a4", "replaced 1 match", "0 4"},
		{"0", "q", all, "replaced 0 matches", "0"},
		{"4", "yn", "a1 a2 <3> a4", "no more matches: replaced 1 match, left 1", "6 10"},
		{"11", "yyyy", "<1> <2> <3> <4>", "no more matches: replaced 4 matches", "0 4 8 12"},
	} {
		e := over([]byte(all))
		run(t, e, "goto "+c.at)
		effs, err := run(t, e, `replace /a(\d)/ => <$1>`)
		if err != nil {
			t.Fatal(err)
		}
		var asked []string
		for _, key := range "o" + c.answers {
			q, ok := effs[len(effs)-1].(Ask)
			if !ok {
				t.Fatalf("%s: no question in %v", c.answers, effs)
			}
			k := slices.IndexFunc(q.Choices, func(ch Choice) bool { return ch.Key == string(key) })
			if effs, err = run(t, e, q.Choices[k].Command); err != nil {
				t.Fatal(c.answers, err)
			}
			if len(effs) == 0 {
				break
			}
			asked = append(asked, fmt.Sprint(e.Selection().Start))
			if want := fmt.Sprintf("%#x: ", e.Selection().Start); !strings.Contains(effs[0].(Ask).Title, want) {
				t.Errorf("%q is asked about the match at %s", effs[0].(Ask).Title, want)
			}
		}
		if got := string(contents(t, e)); got != c.want || len(effs) > 0 || e.Notice().Text != c.says || strings.Join(asked, " ") != c.asked {
			t.Errorf("%s from %s: %q, says %q, asked about %s, effects %v", c.answers, c.at, got, e.Notice().Text, asked, effs)
		}
	}
	e := over([]byte("a1 a2"))
	run(t, e, "replace 61 => 62 62")
	run(t, e, "replace-each")
	run(t, e, "replace-each rest")
	run(t, e, "undo")
	if got := string(contents(t, e)); got != "a1 a2" {
		t.Errorf("%q after one undo", got)
	}
	run(t, e, "replace-each")
	run(t, e, "goto 0")
	run(t, e, "overwrite 7a")
	if effs, err := run(t, e, "replace-each yes"); err != nil || len(effs) != 1 || string(contents(t, e)) != "z1 a2" {
		t.Errorf("replaced what was not seen: %q, %v, %v", contents(t, e), effs, err)
	}
	run(t, e, "replace-each stop")
	if _, err := run(t, e, "replace-each yes"); err == nil {
		t.Error("answered a question that nobody asked")
	}
}

// TestPreviewWhileTyping: what becomes of the match at the cursor or behind it is told while the replacement is typed.
func TestPreviewWhileTyping(t *testing.T) {
	e := over([]byte("a1 a2 a3"))
	run(t, e, "goto 2")
	for line, want := range map[string]string{
		`replace "a => `:             "",
		`replace "a => b`:            `0x3: "a" → "b"`,
		`replace "a => ""`:           `0x3: "a" → nothing`,
		`replace /a(\d)/ => <$1>`:    `0x3: "a2" → "<2>"`,
		`replace /a(\d)/ => $2`:      "replace: the pattern has no group 2, it has 1 (at position 0)",
		`replace 61 ?? => 62 ??`:     "0x3: 61 32 → 62 32",
		`replace "zz => b`:           "",
		`replace "a1 => b`:           `0x0: "a1" → "b"`,
		"replace where x == 1 => 00": "",
		"replace-with b":             "",
	} {
		if got := e.Preview(line); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	run(t, e, `find /a(\d)/`)
	if got := e.Preview("replace-with $1"); got != `0x3: "a2" → "2"` {
		t.Errorf("%q", got)
	}
	run(t, e, "select 0:2") // is a match
	if got := e.Preview("replace-with $1"); got != `0x0: "a1" → "1"` {
		t.Errorf("%q", got)
	}
	if got := string(contents(t, e)); got != "a1 a2 a3" {
		t.Errorf("changed to %q", got)
	}
}

// TestForgottenReplacement: what was forgotten is not replaced by a key.
func TestForgottenReplacement(t *testing.T) {
	e := over([]byte("a1 a2"))
	run(t, e, "replace 61 => 62")
	run(t, e, "find-forget")
	if _, err := run(t, e, "replace-one"); err == nil || !strings.Contains(err.Error(), "no replacement was asked for") {
		t.Errorf("%v, %q", err, contents(t, e))
	}
}

// TestReplaceFarOnes asks about a match that takes longer to be found than the screen can wait.
func TestReplaceFarOnes(t *testing.T) {
	e := over(append(bytes.Repeat([]byte("ab"), 1000), 'x'))
	run(t, e, "replace 78 => 79")
	s := e.Snapshot()
	eff, err := e.askNextWithin(0, 0, true)
	if _, ok := eff.(Start); !ok || err != nil {
		t.Fatalf("no job: %v, %v", eff, err)
	}
	effs, err := finish(e, eff)
	if err != nil || len(effs) != 1 || e.Selection() != (mmapdoc.Range{Start: 2000, End: 2001}) || e.Snapshot() != s {
		t.Errorf("%v %v %v", effs, err, e.Selection())
	}
}

// TestCursorStaysBehindReplacements: whoever is behind the last match is not taken to it.
func TestCursorStaysBehindReplacements(t *testing.T) {
	e := over([]byte("one two one two three"))
	run(t, e, "goto 18")
	effs, err := run(t, e, `replace "one => 1`)
	if err != nil {
		t.Fatal(err)
	}
	answer(t, e, effs, "a")
	if got := string(contents(t, e)[e.Cursor():]); got != "ree" {
		t.Errorf("the cursor is before %q", got)
	}
}

// TestPreviewInItsCodec: what is found as text is shown as text.
func TestPreviewInItsCodec(t *testing.T) {
	for _, c := range []struct{ doc, line, want string }{
		{"x\x00h\x00\xfc\x00", `replace u"hü => ☃`, `0x2: "hü" → "☃"`},
		{"xh\x00\xfc\x00", `replace iu"HÜ => ""`, `0x1: "hü" → nothing`},
		{"Köln", `replace "ö => oe`, `0x1: "ö" → "oe"`},
		{"Köln", `replace /ö/ => \xff`, `0x1: c3 b6 → ff`},
		{"a\tb", `replace "	 => x`, `0x1: 09 → 78`},
	} {
		effs, err := run(t, over([]byte(c.doc)), c.line)
		if err != nil {
			t.Fatal(c.line, err)
		}
		if q := effs[0].(Ask); !strings.HasPrefix(q.Text, c.want) {
			t.Errorf("%s: %q, want %q", c.line, q.Text, c.want)
		}
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
	if e.LiveNote() != "found at 0x3, 6 being 6?" {
		t.Errorf("%q", e.LiveNote())
	}
	all := mmapdoc.Range{End: e.Size()}
	live(`"b`)
	if marks := e.FoundIn(all); len(marks) != 3 || marks[0].Len() != 1 {
		t.Errorf("marks of what is typed: %v", marks)
	}
	live(`/(`)
	if marks := e.FoundIn(all); len(marks) != 0 {
		t.Errorf("marks of what cannot be read: %v", marks)
	}
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
