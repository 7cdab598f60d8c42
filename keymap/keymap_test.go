package keymap

import (
	"slices"
	"testing"
)

func TestPretty(t *testing.T) {
	for key, want := range map[string]string{
		"ctrl+s": "Ctrl+S", "shift+left": "Shift+Left", "f3": "F3", "pgdown": "PgDn", "ctrl+pgup": "Ctrl+PgUp", "a": "a", "N": "N", "+": "+", "ctrl++": "Ctrl++",
		"alt+.": "Alt+.", "ctrl+shift+home": "Ctrl+Shift+Home", "esc": "Esc", "?": "?", ":": ":", "ctrl+space": "Ctrl+Space", "漢": "漢",
	} {
		if got := Pretty(key); got != want {
			t.Errorf("Pretty(%q) = %q, want %q", key, got, want)
		}
	}
	for _, b := range Default {
		if Pretty(b.Key) == "" {
			t.Errorf("%q has no pretty name", b.Key)
		}
	}
}

func TestLookup(t *testing.T) {
	m := New(
		[]Binding{{"ctrl+s", Global, "save"}, {"x", Hex, "cut"}, {"ctrl+shift+z", Global, "redo"}, {"n", Hex, "next"}},
		[]Binding{{"ctrl+s", Hex, "here"}, {"n", Hex, ""}, {"f2", Global, "save"}},
	)
	for _, c := range []struct {
		c         Context
		key, want string
	}{
		{Global, "ctrl+s", "save"}, {Hex, "ctrl+s", "here"}, {Hex, "x", "cut"}, {Global, "x", ""}, {Hex, "ctrl+Z", "redo"}, {Global, "ctrl+shift+z", "redo"},
		{Hex, "n", ""}, {Hex, "f2", "save"}, {Hex, "nothing", ""}, {"nowhere", "f2", "save"},
	} {
		if got := m.Command(c.c, c.key); got != c.want {
			t.Errorf("%s in the %s is %q, want %q", c.key, c.c, got, c.want)
		}
	}
	if got := m.Keys("save"); !slices.Equal(got, []string{"ctrl+s", "f2"}) {
		t.Errorf("save has the keys %q", got)
	}
	if got := m.Keys("next"); len(got) != 0 {
		t.Errorf("a key that was taken away is still there: %q", got)
	}
	for _, b := range m.Bindings() {
		if b.Command == "" || m.Command(b.Context, b.Key) != b.Command {
			t.Errorf("%+v is not in force", b)
		}
	}
	for from, to := range aliases {
		if Normalize(from) != to || Normalize(to) != to {
			t.Errorf("%s becomes %s, and that %s", from, Normalize(from), Normalize(to))
		}
	}
}
