package ksy

import (
	"fmt"
	"strings"
	"testing"
)

// Templates made to take long or much memory. Loading them ends with a schema or with problems, and soon: the test
// would not come to its end otherwise.
func TestBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	lines := func(head, line string, n int) string {
		var b strings.Builder
		b.WriteString(head)
		for i := range n {
			b.WriteString(strings.ReplaceAll(strings.ReplaceAll(line, "NEXT", fmt.Sprint(i+1)), "N", fmt.Sprint(i)))
		}
		return b.String()
	}
	long := "1" + strings.Repeat("+1", 100_000)
	for name, c := range map[string]struct {
		text string
		ok   bool
	}{
		"unknown types":     {lines("meta: {id: t}\nseq:\n", "  - {id: aN, type: bN}\n", 20_000) + lines("types:\n", "  cN: {}\n", 20_000), false},
		"known types":       {lines("meta: {id: t}\nseq:\n", "  - {id: aN, type: cN}\n", 20_000) + lines("types:\n", "  cN: {}\n", 20_000), true},
		"unknown keys":      {lines("meta: {id: t}\nseq:\n", "  - {id: aN, type: u1, sizeN: 1}\n", 20_000), false},
		"lengths":           {lines("meta: {id: t}\nseq:\n", "  - {id: nN, type: u1}\n  - {id: aN, size: nN}\n", 20_000), true},
		"a chain of values": {lines("meta: {id: t}\ninstances:\n", "  aN: {value: aNEXT}\n", 50_000) + "  a50000: {value: 1}\n", false},
		"a chain of types":  {lines("meta: {id: t}\ntypes:\n", "  cN: {seq: [{id: x, type: cNEXT}]}\n", 50_000) + "  c50000: {}\n", true},
		"a shared parent":   {"meta: {id: t}\nseq:\n  - id: a\n    parent: '[_root, " + strings.Repeat("_root, ", 5000) + "_root][0]'\n    type:\n      switch-on: 1\n      cases:\n" + lines("", "        N: c\n", 5000) + "types: {c: {}}\n", true},
		"aliases of text":   {"meta: {id: t}\n-x: &x '" + long + "'\nseq:\n" + lines("", "  - {id: aN, size: *x}\n", 5000), false},
		"merged maps":       {"meta: {id: t}\n-x: &x\n" + lines("", "  -kN: 1\n", 5000) + "seq:\n" + lines("", "  - {<<: *x, id: aN, type: u1}\n", 5000), false},
		"a long enum":       {lines("meta: {id: t}\nenums:\n  e:\n", "    N: mN\n", 50_000), true},
		"many attributes":   {lines("meta: {id: t}\nseq:\n", "  - {id: aN, type: u1, if: aN == 1}\n", 20_000), true},
		"deep parentheses":  {"meta: {id: t}\nseq: [{id: a, size: '" + strings.Repeat("(", 100_000) + "'}]", false},
		"large numbers":     {"meta: {id: t}\nenums: {e: {" + strings.Repeat("9", 1_000_000) + ": a}}", false},
	} {
		s, problems := LoadText("t.ksy", []byte(c.text), LoadOptions{})
		if (s != nil) != c.ok {
			t.Errorf("%s: accepted %v, problems %.300v", name, s != nil, problems)
		}
		if len(problems) > maxErrors+maxWarnings+1 {
			t.Errorf("%s: %d problems", name, len(problems))
		}
	}
}
