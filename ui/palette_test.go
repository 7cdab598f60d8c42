package ui

import (
	"slices"
	"testing"

	"hexlay/model"
)

// TestPaletteNarrows: what is typed is found as it stands, as words in any order, and as letters of a name; nothing else is shown.
func TestPaletteNarrows(t *testing.T) {
	d := &palette{input: newInput(""), all: model.Commands()}
	for _, c := range []struct {
		typed     string
		want, not []string
	}{
		{"entropy", []string{"picture", "picture-block"}, []string{"next-region", "escape", "copy-hex"}},
		{"plot entropy", []string{"picture-block"}, []string{"picture-next", "quit"}},
		{"nxtrgn", []string{"next-region"}, []string{"previous-region"}},
		{"quit", []string{"quit"}, nil},
		{"qqqq", nil, []string{"quit"}},
	} {
		d.field.SetValue(c.typed)
		d.narrow()
		var names []string
		for _, s := range d.shown {
			names = append(names, s.Name)
		}
		for _, n := range c.want {
			if !slices.Contains(names, n) {
				t.Errorf("%q does not show %s: %q", c.typed, n, names)
			}
		}
		for _, n := range c.not {
			if slices.Contains(names, n) {
				t.Errorf("%q shows %s", c.typed, n)
			}
		}
	}
}
