package ui

import (
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// clusters tells whether s is as many grapheme clusters as it has characters.
func clusters(s string) bool {
	for s != "" {
		_, n := utf8.DecodeRuneInString(s)
		c, _ := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
		if len(c) != n {
			return false
		}
		s = s[n:]
	}
	return true
}

// TestPrintable goes through all code points: what may stand in a cell is no control, format or bidi character, has the
// width that is said, and makes no cluster with whatever stands beside it.
func TestPrintable(t *testing.T) {
	if testing.Short() {
		t.Skip("short: all runes, on one goroutine")
	}
	beside := []rune{'a', '0', ' ', '·', '漢', 0x1100, 0xac00, 0xac01, 0x11a8, 0x0e01, 0x0915, 0x1f468, 0x1f1e9, 0xff76, 0x0600, '©', '⌚', 0xa960}
	var kept []rune
	for _, r := range beside {
		if p, _ := printable(r); p == r {
			kept = append(kept, r)
		}
	}
	bad := 0
	for r := rune(-1); r <= unicode.MaxRune+1; r++ {
		p, w := printable(r)
		if p != r {
			if p != '·' || w != 1 {
				t.Fatalf("%U becomes %U, %d columns wide", r, p, w)
			}
			continue
		}
		fail := func(why string) {
			if bad++; bad < 40 {
				t.Errorf("%U %s", r, why)
			}
		}
		switch {
		case unicode.In(r, unicode.C, unicode.M, unicode.Zl, unicode.Zp) || !utf8.ValidRune(r) || unicode.Is(unicode.Bidi_Control, r):
			fail("must not reach the terminal")
		case ansi.StringWidth(string(r)) != w || w < 1 || w > 2:
			fail("has another width")
		case !clusters(string(r) + string(r)):
			fail("joins with itself")
		default:
			for _, o := range kept {
				if !clusters(string(r)+string(o)) || !clusters(string(o)+string(r)) {
					fail("joins with " + string(o))
					break
				}
			}
		}
	}
	if bad > 0 {
		t.Errorf("%d characters in all", bad)
	}
	for r := rune(0x20); r < 0x7f; r++ {
		if p, w := printable(r); p != r || w != 1 {
			t.Errorf("%U becomes %U", r, p)
		}
	}
	for _, r := range "é漢あ한Яא…─▯" {
		if p, _ := printable(r); p != r {
			t.Errorf("%c is not shown", r)
		}
	}
}
