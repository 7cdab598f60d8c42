package model

import (
	"strings"
	"testing"

	"hexlay/overlay/text"
)

// FuzzQuery (N9): no query, and no replacement for it, does more than fail, or gives a pattern that finds what it says.
func FuzzQuery(f *testing.F) {
	for _, s := range []struct{ text, format, with string }{
		{"89 50 ?? (ff|00)", "", "00 $1"}, {`"a\x00b"`, "", "0x41, 0x42"}, {"Straße", "", "x"}, {`key=(\d+)`, "", "$1$0"},
		{"3.14~0.01", "<>d", "2"}, {"-1", "<h", "7"}, {"1..100", ">I", "0"}, {"1,2", "<HH", "3,4"}, {"abc", "4s", "d"}, {"", "", ""},
	} {
		for kind := QueryHex; kind <= QueryValue; kind++ {
			f.Add(int(kind), s.text, s.format, s.with, kind%2 == 0)
		}
	}
	codecs := []string{"utf-8", "utf-16", "shift_jis", "utf-7"}
	hay := []byte("\x89PNG\x00\xff key=42 Stra\xc3\x9fe abcd\x00\x00\x00\x01\xff\xff")
	f.Fuzz(func(t *testing.T, kind int, s, format, with string, fold bool) {
		if len(s) > 300 || len(format) > 100 || len(with) > 300 {
			return
		}
		c, err := text.Lookup(codecs[len(s)%len(codecs)])
		if err != nil {
			t.Fatal(err)
		}
		q := &Query{Kind: QueryKind(((kind % 5) + 5) % 5), Text: s, Format: format, IgnoreCase: fold, Codecs: TextCodecs(c)}
		p, err := q.Compile()
		if err != nil {
			if strings.ContainsAny(err.Error(), "\x1b\x07") {
				t.Fatalf("%q: says %q", s, err)
			}
			return
		}
		r, err := q.Replacement(p, with)
		m := p.NewMatcher()
		m.Window(hay, len(hay))
		for off := 0; off <= len(hay); {
			start, end, ok := m.Next(off)
			if !ok {
				break
			}
			if start < off || end < start || end > len(hay) {
				t.Fatalf("%q finds [%d,%d) from %d on", s, start, end, off)
			}
			if err == nil {
				r.Append(nil, hay, start, end)
			}
			off = max(end, start+1)
		}
	})
}
