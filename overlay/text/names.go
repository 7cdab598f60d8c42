package text

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"fmt"
	"sort"
	"sync"
)

//go:embed data/names.bin
var namesBin []byte

// nameTable is names.bin unpacked, 1.3 MB; only NameReplace and Name need it. gen/names.py describes the file.
type nameTable struct {
	han, named []nameRun
	text       []byte
	ends       []int32 // where each name ends in text, the newline excluded
}

type nameRun struct{ start, end, index rune } // index counts the characters of the runs before

var nameTables = sync.OnceValue(func() *nameTable {
	b := inflate(namesBin)
	t := &nameTable{}
	t.han, b = readRuns(b)
	t.named, b = readRuns(b)
	t.text = b
	for i := 0; ; {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			return t
		}
		t.ends = append(t.ends, int32(i+n))
		i += n + 1
	}
})

func readRuns(b []byte) ([]nameRun, []byte) {
	next := func() rune {
		v, n := binary.Uvarint(b)
		b = b[n:]
		return rune(v)
	}
	runs := make([]nameRun, next())
	end, index := rune(0), rune(0)
	for i := range runs {
		start := end + next()
		end = start + next()
		runs[i] = nameRun{start, end, index}
		index += end - start
	}
	return runs, b
}

func findRun(runs []nameRun, r rune) (index rune, ok bool) {
	i := sort.Search(len(runs), func(i int) bool { return runs[i].end > r })
	if i == len(runs) || r < runs[i].start {
		return 0, false
	}
	return runs[i].index + r - runs[i].start, true
}

// Name is the character's name in Unicode 14, as CPython 3.11's namereplace gives it: it also names the code points from
// U+F0000 at which CPython keeps aliases and named sequences. ok is false for characters without a name.
func Name(r rune) (name string, ok bool) {
	if r >= 0xAC00 && r <= 0xD7A3 {
		return "HANGUL SYLLABLE " + hangulName(r-0xAC00), true
	}
	t := nameTables()
	if _, ok := findRun(t.han, r); ok {
		return fmt.Sprintf("CJK UNIFIED IDEOGRAPH-%X", r), true
	}
	i, ok := findRun(t.named, r)
	if !ok {
		return "", false
	}
	from := int32(0)
	if i > 0 {
		from = t.ends[i-1] + 1
	}
	return string(t.text[from:t.ends[i]]), true
}

// The short names of the jamo, Unicode 3.12.
var (
	jamoL = [...]string{"G", "GG", "N", "D", "DD", "R", "M", "B", "BB", "S", "SS", "", "J", "JJ", "C", "K", "T", "P", "H"}
	jamoV = [...]string{"A", "AE", "YA", "YAE", "EO", "E", "YEO", "YE", "O", "WA", "WAE", "OE", "YO", "U", "WEO", "WE",
		"WI", "YU", "EU", "YI", "I"}
	jamoT = [...]string{"", "G", "GG", "GS", "N", "NJ", "NH", "D", "L", "LG", "LM", "LB", "LS", "LT", "LP", "LH", "M",
		"B", "BS", "S", "SS", "NG", "J", "C", "K", "T", "P", "H"}
)

func hangulName(i rune) string {
	return jamoL[i/(21*28)] + jamoV[i/28%21] + jamoT[i%28]
}
