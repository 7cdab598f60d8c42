package ksy

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// TestCheckedLengths lets fields grow whose sizes are expressions, where -check says which fields count them.
func TestCheckedLengths(t *testing.T) {
	const text = `
meta: {id: counted, endian: be}
seq:
  - {id: words, type: u1, -check: {length: {from: words, to: options}, then: _ / 4}}
  - {id: total, type: u2, -check: {length: {from: words, to: body}, if: total != 0}}
  - {id: kind, type: u1}
  - {id: options, size: words * 4 - 4}
  - {id: body, size: 'total != 0 ? total - words * 4 : _io.size - _io.pos'}
`
	s, problems := LoadText("counted.ksy", []byte(text), LoadOptions{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	data := []byte{2, 0, 11, 9, 1, 2, 3, 4, 'a', 'b', 'c'}
	for _, c := range []struct {
		path, value string
		want        []byte
		err         string
	}{
		{"body", "61 62 63 64 65", []byte{2, 0, 13, 9, 1, 2, 3, 4, 'a', 'b', 'c', 'd', 'e'}, ""},
		{"body", "", []byte{2, 0, 8, 9, 1, 2, 3, 4}, ""},
		{"options", "1 2 3 4 5 6 7 8", []byte{3, 0, 15, 9, 1, 2, 3, 4, 5, 6, 7, 8, 'a', 'b', 'c'}, ""},
		{"options", "", []byte{1, 0, 7, 9, 'a', 'b', 'c'}, ""},
		{"options", "1 2 3 4 5 6", nil, "no whole number of its units"},
	} {
		tree := s.Open(bytes.NewReader(data), 0, int64(len(data)), Options{})
		if c.path == "options" && c.value != "" {
			c.value = "0x" + strings.Join(strings.Fields(strings.ReplaceAll(" "+c.value, " ", " 0")), "")
		}
		n, err := tree.Lookup(c.path)
		if err != nil {
			t.Fatal(err)
		}
		patches, err := n.Encode(c.value)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s = %s: %v", c.path, c.value, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s = %q: %v", c.path, c.value, err)
			continue
		}
		slices.SortFunc(patches, func(a, b Patch) int { return int(b.Range.Start - a.Range.Start) })
		got := slices.Clone(data)
		for _, p := range patches {
			got = slices.Replace(got, int(p.Range.Start), int(p.Range.End), p.New...)
		}
		if !bytes.Equal(got, c.want) {
			t.Errorf("%s = %q gives % x, want % x", c.path, c.value, got, c.want)
		}
	}
}
