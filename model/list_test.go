package model

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hexlay/mmapdoc"
)

// TestRangeList compares the compact list with a plain one.
func TestRangeList(t *testing.T) {
	r := seeded(t)
	var l rangeList
	type entry struct {
		r   mmapdoc.Range
		tag uint8
	}
	var plain []entry
	at := int64(0)
	for range 50_000 {
		switch r.IntN(1000) {
		case 0:
			at += 1 << 33
		case 1:
			at = max(0, at-100) // strings come in the order of their ends
		default:
			at += r.Int64N(100)
		}
		n := []int64{1, 5, 1<<16 - 2, 1<<16 - 1, 1 << 16, 1 << 20}[r.IntN(6)]
		e := entry{mmapdoc.Range{Start: at, End: at + n}, 0}
		if len(plain) > 20_000 {
			e.tag = uint8(r.IntN(256))
		}
		plain = append(plain, e)
		if !l.add(e.r, e.tag) {
			t.Fatal("full")
		}
	}
	for i, e := range plain {
		if got, tag := l.at(int64(i)); got != e.r || tag != e.tag {
			t.Fatalf("range %d: %v %d, want %v %d", i, got, tag, e.r, e.tag)
		}
	}
	if got, _ := l.at(-1); got.Len() != 0 || l.Len() != int64(len(plain)) {
		t.Error("outside")
	}
}

// TestStringsList: the strings of a document are listed, narrowed by a text, chosen and copied.
func TestStringsList(t *testing.T) {
	var b bytes.Buffer
	var want []string
	for i := range 3000 {
		s := fmt.Sprintf("string-%d", i)
		want = append(want, s)
		b.WriteString(s + "\x00\x01\x02")
	}
	e := over(b.Bytes())
	defer e.Close()
	if _, err := run(t, e, "strings 4 ascii"); err != nil {
		t.Fatal(err)
	}
	l := e.List("strings")
	texts := func() (out []string) {
		for i := range l.Len() {
			out = append(out, l.Row(i).Text)
		}
		return out
	}
	if got := texts(); !slices.Equal(got, want) || !l.Ended() {
		t.Fatalf("%d strings: %.100q", len(got), got)
	}
	holding := func(part string) (out []string) {
		for _, s := range want {
			if strings.Contains(s, part) {
				out = append(out, s)
			}
		}
		return out
	}
	e.ChooseRow("strings", 99)
	for _, text := range []string{"9", "99", "G-99", "-9", "nothing has this", "12", ""} {
		if _, err := run(t, e, "list-filter "+text+"x"); err != nil { // what is typed grows from another text
			t.Fatal(err)
		}
		line := "list-filter " + text
		if text == "" {
			line = "list-all"
		}
		if _, err := run(t, e, line); err != nil {
			t.Fatal(err)
		}
		if got := texts(); !slices.Equal(got, holding(strings.ToLower(text))) {
			t.Errorf("with %q: %d rows, %.100q", text, len(got), got)
		}
	}
	run(t, e, "list-filter string-29")
	if text := e.Heading(l); !strings.HasPrefix(text, `strings: 111 with "string-29" of 3,000`) {
		t.Errorf("heading %q", text)
	}
	e.ChooseRow("strings", 1)
	if r := e.Selection(); string(b.Bytes()[r.Start:r.End]) != "string-290" {
		t.Errorf("chosen: %v", r)
	}
	effs, err := run(t, e, "list-copy")
	if err != nil || !slices.Contains(effs, Effect(Clipboard{"string-290"})) {
		t.Errorf("copied: %v, %v", effs, err)
	}
	run(t, e, "list-next")
	if r := e.Selection(); string(b.Bytes()[r.Start:r.End]) != "string-291" {
		t.Errorf("next: %v", r)
	}
	if _, err := run(t, e, "overwrite 00"); err != nil || !strings.Contains(e.Heading(l), "outdated") {
		t.Errorf("after an edit: %q, %v", e.Heading(l), err)
	}
	if _, err := run(t, e, "list-again"); err != nil {
		t.Fatal(err)
	}
	if l = e.List("strings"); e.Stale(l) || l.Filter() != "" || l.Row(291).Text != "tring-291" {
		t.Errorf("made anew: %q, %q", e.Heading(l), l.Row(291).Text)
	}
	for line, want := range map[string]string{"strings 0": "1 to 65,536", "strings nocodec": "nocodec", "strings 4000": "no printable text", "strings @sel": "nothing is selected", "strings @0:9999999": "0x"} {
		e.Do("select-none")
		if _, err := run(t, e, line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", line, err)
		}
	}
	if _, err := run(t, e, "strings 3 ascii utf-16-le @0x0:20"); err != nil || e.List("strings").Len() == 0 || e.List("strings").Row(0).Lead == "" {
		t.Errorf("in a range: %v", err)
	}
}

// TestFilterWhileFilling: a filter takes the rows that come while it is there.
func TestFilterWhileFilling(t *testing.T) {
	e := over([]byte("one two"))
	defer e.Close()
	rows := &fixedRows{}
	l := &List{Name: "strings", Rows: rows}
	e.setList(l)
	rows.add(ListRow{Text: "ab"})
	eff, err := e.filterList("b")
	if err != nil {
		t.Fatal(err)
	}
	j := e.StartJob(eff.(Start).Job)
	for range 1000 {
		rows.add(ListRow{Text: "ba"})
		rows.add(ListRow{Text: "cc"})
	}
	l.ended.Store(true)
	j.Wait()
	if _, err := e.Finish(j); err != nil || l.Len() != 1001 {
		t.Errorf("%d rows, %v", l.Len(), err)
	}
}

// TestUnlikelyStrings: the list leaves out what in UTF-16 is probably no text, unless it is asked for; made anew it asks the same.
func TestUnlikelyStrings(t *testing.T) {
	b := make([]byte, 0, 1000)
	for _, r := range "\x00Name\x00\u4e00\u7684\u4eba\u5927\uac00\u0401\x00" {
		b = append(b, byte(r), byte(r>>8))
	}
	e := over(b)
	defer e.Close()
	for _, c := range []struct {
		line string
		want int64
	}{{"strings 4 utf-16-le", 1}, {"strings 4 utf-16-le unlikely", 2}, {"list-again", 2}, {"strings", 1}} {
		if _, err := run(t, e, c.line); err != nil {
			t.Fatal(c.line, err)
		}
		if n := e.List("strings").Len(); n != c.want {
			t.Errorf("%s: %d strings, want %d", c.line, n, c.want)
		}
	}
}

// TestChosenRowShowsItsBeginning: of a row that is longer than what fits below the beginning, the beginning is on the screen.
func TestChosenRowShowsItsBeginning(t *testing.T) {
	e := over(append(append(make([]byte, 20_000), bytes.Repeat([]byte("A"), 3000)...), make([]byte, 20_000)...))
	defer e.Close()
	e.Resize(20, 16)
	shown := func(what string, start int64) {
		t.Helper()
		if w := e.Window(); start < w.Start || start >= w.End || e.Selection().Start != start {
			t.Errorf("%s: the screen shows %v, selected is %v, which begins at %d", what, w, e.Selection(), start)
		}
	}
	for _, at := range []string{"10000:200", "10000:5000", "30000:13000"} {
		run(t, e, "goto 0")
		if _, err := run(t, e, "hash sum8 @"+at); err != nil {
			t.Fatal(err)
		}
		l := e.List("hashes")
		e.ChooseRow("hashes", l.Len()-1)
		shown("hash of "+at, l.Row(l.Len()-1).Range.Start)
	}
	run(t, e, "goto 0")
	if _, err := run(t, e, "find /A+/"); err != nil {
		t.Fatal(err)
	}
	shown("find", 20_000)
	run(t, e, "goto 0")
	if _, err := run(t, e, "strings"); err != nil {
		t.Fatal(err)
	}
	e.ChooseRow("strings", 0)
	shown("strings", 20_000)
}
