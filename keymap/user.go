package keymap

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Contexts are the places where keys are pressed, in the order of the tables.
var Contexts = []Context{Global, Hex, Tree, Compare, List, Packets, Chart, Image, Pixels}

var keyNames = map[string]bool{"enter": true, "esc": true, "tab": true, "backspace": true, "delete": true, "insert": true, "space": true, "up": true, "down": true,
	"left": true, "right": true, "home": true, "end": true, "pgup": true, "pgdown": true}

// User checks a binding of the user's own: whether there is such a place and such a key. The error says what was expected.
func User(context, key, command string) (Binding, error) {
	b := Binding{Normalize(strings.TrimSpace(key)), Context(context), command}
	known := false
	var names []string
	for _, c := range Contexts {
		known = known || c == b.Context
		names = append(names, string(c))
	}
	if !known {
		return b, fmt.Errorf("there is no place %q; want one of %s", context, strings.Join(names, ", "))
	}
	rest := b.Key
	for _, m := range []string{"ctrl+", "alt+", "shift+"} { // in the order in which terminals' libraries write them
		if r, ok := strings.CutPrefix(rest, m); ok && r != "" {
			rest = r
		}
	}
	var n int
	switch {
	case utf8.RuneCountInString(rest) == 1, keyNames[rest]:
	case strings.HasPrefix(rest, "f"):
		if _, err := fmt.Sscanf(rest, "f%d", &n); err != nil || n < 1 || n > 63 || rest != fmt.Sprintf("f%d", n) {
			n = 0
		}
		fallthrough
	default:
		if n == 0 {
			return b, fmt.Errorf("there is no key %q; want a character, f1 … or a name like pgdown, with ctrl+, alt+ and shift+ in front in this order", key)
		}
	}
	if b.Key == "space" {
		b.Key = " "
	}
	return b, nil
}
