package expr

import (
	"strings"
	"testing"
)

func TestComplete(t *testing.T) {
	// ‸ is the cursor.
	for _, c := range []struct{ text, want string }{
		{"fl‸", "0: flags flag"},
		{"1 + le‸ + 2", "4: len_body"},
		{"s.‸", "2: length reverse substring to_i to_b"},
		{"1 + s.le‸", "6: length"},
		{"sub.‸", "4: x _parent _root _io _sizeof"},
		{"not sub._parent.sub.‸ > 1", "20: x _parent _root _io _sizeof"},
		{"(1 + 2).‸", "8: to_s"},
		{"-(flag ? s : 'x').r‸", "18: reverse"},
		{"body.as<sub>.x‸", "13: x"},
		{"ints[0 + 1].‸", "12: to_s"},
		{"pet == animal::‸", "15: cat dog"},
		{"pet == animal::d‸", "15: dog"},
		{"'fl‸'", "3:"},
		{`"\"fl‸`, "5:"},
		{`f"{fl‸`, "3: flags flag"},
		{`f"{flags} fl‸`, "12:"},
		{"12‸", "2:"},
		{"nope.‸", "5:"},
		{"_i‸", "0: _io _index"},
		{"b.to_s('x').re‸", "12: reverse"},
	} {
		scope, _ := world()
		pos := strings.Index(c.text, "‸")
		start, list := Complete(strings.Replace(c.text, "‸", "", 1), pos, scope)
		got := intText(IntValue(int64(start))) + ":"
		for _, s := range list {
			got += " " + s.Text
		}
		if got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}
