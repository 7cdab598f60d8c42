package ksy

import "testing"

// TestProblemPositions: a problem in an expression points at the part of it that is wrong.
func TestProblemPositions(t *testing.T) {
	for _, c := range []struct {
		value     string
		line, col int
	}{
		{`1 + foo`, 5, 16},
		{`"1 + foo"`, 5, 17},
		{`f"é" + foo`, 5, 19},
		{`'1 *'`, 5, 16},
		{"|\n      1 + foo", 5, 12}, // folded: the place of the scalar
	} {
		text := "meta:\n  id: t\ninstances:\n  i:\n    value: " + c.value + "\n"
		_, problems := LoadText("t.ksy", []byte(text), LoadOptions{})
		if len(problems) == 0 {
			t.Errorf("%s: accepted", c.value)
			continue
		}
		if p := problems[0]; p.Line != c.line || p.Col != c.col {
			t.Errorf("%s: %d:%d %s, want %d:%d", c.value, p.Line, p.Col, p.Msg, c.line, c.col)
		}
	}
}
