package model

import (
	"strings"
	"testing"
)

// TestMendUnread: where the template stops reading, mend does not say that all is well.
func TestMendUnread(t *testing.T) {
	for _, c := range []struct{ name, fields, data, want string }{
		{"contents at the beginning", "- {id: magic, contents: AB}\n  - {id: len, type: u1, -check: {length: body}}\n  - {id: body, size: len}", "XX\x03abc", "nothing is wrong in what can be read; ValidationNotEqualError: /seq/0"},
		{"the last field", "- {id: len, type: u1, -check: {length: body}}\n  - {id: body, size: len}\n  - {id: end, contents: E}", "\x03abcX", "/seq/2"},
		{"too short", "- {id: len, type: u1, -check: {length: body}}\n  - {id: body, size: len}\n  - {id: end, type: u4}", "\x03abcX", "requested 4 bytes"},
		{"all is well", "- {id: len, type: u1, -check: {length: body}}\n  - {id: body, size: len}", "\x03abcX", "every check holds"},
		{"no checks", "- {id: len, type: u1}", "\x03abcX", "there are no checks in it"},
	} {
		e := over([]byte(c.data))
		t.Cleanup(func() { e.Close() })
		lines(t, e, "overlay "+template(t, "part", "meta: {id: part, endian: le}\nseq:\n  "+c.fields+"\n")+" @0")
		if _, err := run(t, e, "mend"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %q expected", c.name, err, c.want)
		}
	}
}
