package pattern

import (
	"strings"
	"testing"
)

// TestFiltersAgree compares with automata that look at every byte.
func TestFiltersAgree(t *testing.T) {
	rnd := seeded(t)
	words := []string{"needle", "the", "at", "key=", "17", "a", "\x00\x00", "nee", "dle"}
	seps := []string{" ", " ", "\n", "", "-", "\xff"}
	parts := []string{`\w+`, `\w*`, `[0-9]+`, "needle", "key=", "(?:key=|the )", `(?:\w+ at|needle-)`, " ", "(?i:needle)", `\b`, "(?m:^)", ".*", `(?s:.){0,40}`,
		`[^ ]*`, "(?:at|17)?", `\x00`, "[a-e]{2}", `(?:[0-9]+ key|the\n)`}
	filtered := 0
	for range 700 {
		var src strings.Builder
		for range 1 + rnd.IntN(4) {
			src.WriteString(parts[rnd.IntN(len(parts))])
		}
		p, err := Regexp(src.String(), rnd.IntN(6) == 0)
		if err != nil {
			continue
		}
		var hay []byte
		for range rnd.IntN(700) {
			hay = append(hay, words[rnd.IntN(len(words))]...)
			hay = append(hay, seps[rnd.IntN(len(seps))]...)
		}
		got := all(p, hay, 0, false)
		if p.filter == nil {
			continue
		}
		filtered++
		plain := *p
		plain.filter = nil
		if want := all(&plain, hay, 0, false); !same(got, want) {
			t.Fatalf("%s in %q: %v, want %v", src.String(), hay, got, want)
		}
	}
	if filtered < 200 {
		t.Errorf("only %d patterns had a filter", filtered)
	}
}

// TestFilters: what is chosen.
func TestFilters(t *testing.T) {
	for src, want := range map[string]string{
		`\w+ needle`:          " needle",
		`(?:foo|bars)\d+`:     "foo|bars",
		`foo\d+|\w+bar`:       "foo?|bar",
		`[a-z]+`:              "",
		`x.*needle`:           "needle",
		`(?:(?:a|b)c)*needle`: "needle",
		`(?:foo|)\d+`:         "",
	} {
		p, err := Regexp(src, false)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		if p.filter != nil {
			for _, s := range p.filter.seqs {
				var b strings.Builder
				for _, x := range s.sets {
					if x.len() == 1 {
						b.WriteByte(x.bytes()[0])
					} else {
						b.WriteByte('?')
					}
				}
				got = append(got, b.String())
			}
		}
		if g := strings.Join(got, "|"); g != want {
			t.Errorf("%s: %q, want %q", src, g, want)
		}
	}
}
