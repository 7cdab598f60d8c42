package model

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hexlay/mmapdoc"
)

// oracle tells without any of the searching code whether a query matches at the start of b, and how long.
type oracle func(b []byte) int

func oneOf(ways ...string) oracle {
	return func(b []byte) int {
		for _, w := range ways {
			if strings.HasPrefix(string(b[:min(len(b), len(w))]), w) {
				return len(w)
			}
		}
		return 0
	}
}

func value(size int, is func(b []byte) bool) oracle {
	return func(b []byte) int {
		if len(b) >= size && is(b) {
			return size
		}
		return 0
	}
}

func utf16(s string, order binary.AppendByteOrder) string {
	var b []byte
	for _, r := range s {
		b = order.AppendUint16(b, uint16(r))
	}
	return string(b)
}

// asRegexp matches ASCII with the standard library.
func asRegexp(src string) oracle {
	re := regexp.MustCompile(`\A(?:` + src + `)`)
	return func(b []byte) int {
		if i := bytes.IndexFunc(b, func(r rune) bool { return r >= 0x80 }); i >= 0 {
			b = b[:i]
		}
		return len(re.Find(b))
	}
}

// queries are all kinds of queries as they are typed, with what they find.
var queries = []struct {
	line string
	find oracle
}{
	{"61 62", oneOf("ab")},
	{"0x61, 0x62, 0x63", oneOf("abc")},
	{"61 ?? 63", func(b []byte) int {
		if len(b) > 2 && b[0] == 'a' && b[2] == 'c' {
			return 3
		}
		return 0
	}},
	{"6? 00", value(2, func(b []byte) bool { return b[0]>>4 == 6 && b[1] == 0 })},
	{"(61 62|63|00 00 01) 00", oneOf("ab\x00", "c\x00", "\x00\x00\x01\x00")},
	{"!00", value(1, func(b []byte) bool { return b[0] != 0 })},
	{"![00 ff 61-63]", value(1, func(b []byte) bool { return b[0] != 0 && b[0] != 0xff && (b[0] < 'a' || b[0] > 'c') })},
	{`"abc`, oneOf("abc")},
	{`i"aBc`, oneOf("abc", "abC", "aBc", "aBC", "Abc", "AbC", "ABc", "ABC")},
	{`u"ab`, oneOf(utf16("ab", binary.LittleEndian), utf16("ab", binary.BigEndian))},
	{`iu"é`, oneOf("\xe9\x00", "\xc9\x00", "\x00\xe9", "\x00\xc9")},
	{`"é`, oneOf("é")},
	{"/ab+c/", asRegexp("ab+c")},
	{"/[a-c]+A/", asRegexp("[a-c]+A")},
	{"/(?:ab|C)a*b/i", asRegexp("(?i:(?:ab|C)a*b)")},
	{`/\xff\x00+\x01/`, func(b []byte) int {
		if len(b) < 3 || b[0] != 0xff {
			return 0
		}
		i := 1
		for i < len(b) && b[i] == 0 {
			i++
		}
		if i > 1 && i < len(b) && b[i] == 1 {
			return i + 1
		}
		return 0
	}},
	{"<I 1", oneOf("\x01\x00\x00\x00")},
	{"<>H 97", oneOf("\x61\x00", "\x00\x61")},
	{">h 256~3", value(2, func(b []byte) bool { v := int16(binary.BigEndian.Uint16(b)); return v >= 253 && v <= 259 })},
	{"<>f 0~1e-39", value(4, func(b []byte) bool {
		near := func(u uint32) bool { return math.Abs(float64(math.Float32frombits(u))) <= 1e-39 }
		return near(binary.LittleEndian.Uint32(b)) || near(binary.BigEndian.Uint32(b))
	})},
}

// TestQueriesInEditedDocuments looks for queries of all kinds in a document whose pieces many edits have made, forwards,
// backwards and as a list, and compares with a slice of bytes that had the same edits.
func TestQueriesInEditedDocuments(t *testing.T) {
	rnd := seeded(t)
	units := []string{"ab", "abc", "c", "\x00", "\x00\x00\x00\x00", "\x01", "\xff", "é", "ABC", "aA", "a\x00b\x00", "\x00a\x00b", "bbbb", "\xe9\x00", "\x00\xc9", "\x01\x00"}
	content := func(most int) []byte {
		var b []byte
		for range rnd.IntN(most) {
			b = append(b, units[rnd.IntN(len(units))]...)
		}
		return b
	}
	withBlocks(t, 16, 64)
	for round := range 12 {
		firstBlock = 1 + rnd.Int64N(60)
		maxBlock = firstBlock + rnd.Int64N(300)
		want := append(content(300), 'x')
		path := filepath.Join(t.TempDir(), fmt.Sprint(round))
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		d, err := mmapdoc.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		e := New(d)
		for range rnd.IntN(40) {
			at := rnd.IntN(len(want) + 1)
			del := min(rnd.IntN(6), len(want)-at)
			ins := content(4)
			if del == 0 && len(ins) == 0 {
				continue
			}
			if err := d.Splice(int64(at), int64(del), ins, mmapdoc.Alone); err != nil {
				t.Fatal(err)
			}
			before := want
			want = slices.Concat(want[:at], ins, want[at+del:])
			if rnd.IntN(6) == 0 {
				if _, ok := d.Undo(); ok {
					want = before
				}
			}
		}
		size := int64(len(want))
		if d.Size() != size {
			t.Fatalf("the document has %d bytes, not %d", d.Size(), size)
		}
		for _, q := range queries {
			var all, apart []mmapdoc.Range // every place, and those that do not overlap
			end := int64(0)
			found := func(at int64) bool { return at >= 0 && at < size && q.find(want[at:]) > 0 }
			twoOrders := strings.Contains(q.line[:2], "u") // of UTF-16
			for at := range size {
				if n := q.find(want[at:]); n > 0 {
					if twoOrders && at%2 == 1 && (found(at-1) || found(at+1)) {
						continue // the same text a byte off
					}
					h := mmapdoc.Range{Start: at, End: at + int64(n)}
					if all = append(all, h); at >= end {
						apart = append(apart, h)
						end = h.End
					}
				}
			}
			_, err := run(t, e, "hits "+q.line)
			if (err == nil) != (len(apart) > 0) {
				t.Fatalf("%s in %q: %v, want %d matches", q.line, want, err, len(apart))
			}
			var got []mmapdoc.Range
			for i := range e.Hits().Len() {
				got = append(got, e.Hits().At(i))
			}
			if !slices.Equal(got, apart) {
				t.Fatalf("hits %s in %q: %v, want %v", q.line, want, got, apart)
			}
			if len(all) == 0 {
				continue
			}
			from := rnd.Int64N(size)
			next, previous := all[0], all[len(all)-1]
			for _, h := range slices.Backward(all) {
				if h.Start > from {
					next = h
				}
			}
			for _, h := range all {
				if h.Start < from {
					previous = h
				}
			}
			lines(t, e, fmt.Sprintf("goto %d", from), "find-next")
			if e.Selection() != next && next.Len() > 1 || e.Cursor() < next.Start || e.Cursor() >= next.End {
				t.Fatalf("%s from %d in %q: %v, want %v", q.line, from, want, e.Selection(), next)
			}
			lines(t, e, fmt.Sprintf("goto %d", from), "find-previous")
			if e.Selection() != previous && previous.Len() > 1 || e.Cursor() < previous.Start || e.Cursor() >= previous.End {
				t.Fatalf("%s back from %d in %q: %v, want %v", q.line, from, want, e.Selection(), previous)
			}
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
