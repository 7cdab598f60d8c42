// Package keymap says which key means which command. It is data: tables of bindings, looked up by context.
//
// A key is named as terminals' libraries do: "ctrl+s", "shift+left", "f3", "pgdown", "a". A command is a command line
// as typed behind ":". The package knows neither terminals nor commands; a test elsewhere checks that every binding
// names a real command.
package keymap

import (
	"strings"
	"unicode/utf8"
)

// Context says where a key was pressed. A key that a context does not bind is looked up in Global.
type Context string

// The contexts. The text column takes every printable key as text, so it has no bindings of its own.
const (
	Global Context = "everywhere"
	Hex    Context = "hex column"
	Tree   Context = "structure panel"
	// Compare is on top of the others while two documents are compared.
	Compare Context = "comparison"
	List    Context = "lists"
	// Packets is the list of packets of a capture.
	Packets Context = "packets panel"
	Chart   Context = "map"
	Image   Context = "picture panel"
	Pixels  Context = "picture of pixels"
)

// Binding is one line of a table.
type Binding struct {
	Key     string
	Context Context
	Command string
}

// Map is a table made ready for lookup.
type Map struct {
	table []Binding
	index map[Context]map[string]string
}

// New makes a Map of the tables, later ones over earlier ones. A binding with an empty command takes its key away.
func New(tables ...[]Binding) *Map {
	m := &Map{index: make(map[Context]map[string]string)}
	for _, t := range tables {
		for _, b := range t {
			b.Key = Normalize(b.Key)
			if m.index[b.Context] == nil {
				m.index[b.Context] = make(map[string]string)
			}
			m.index[b.Context][b.Key] = b.Command
			m.table = append(m.table, b)
		}
	}
	return m
}

// Command is the command line that key means in context c; "" when it means nothing.
func (m *Map) Command(c Context, key string) string {
	key = Normalize(key)
	if cmd, ok := m.index[c][key]; ok {
		return cmd
	}
	return m.index[Global][key]
}

// Own is the command line that key means in context c and nowhere else; "" when c does not bind it.
func (m *Map) Own(c Context, key string) string { return m.index[c][Normalize(key)] }

// Keys are the keys that run command, in the order of the tables.
func (m *Map) Keys(command string) []string {
	var keys []string
	for _, b := range m.table {
		if b.Command == command && m.index[b.Context][b.Key] == command {
			keys = append(keys, b.Key)
		}
	}
	return keys
}

// Uses are the bindings in force that run command, alone or with arguments.
func (m *Map) Uses(command string) []Binding {
	var out []Binding
	for _, b := range m.Bindings() {
		if name, _, _ := strings.Cut(b.Command, " "); name == command {
			out = append(out, b)
		}
	}
	return out
}

// Label is a binding's key as people write it, with the arguments that it gives.
func (b Binding) Label() string {
	if _, args, ok := strings.Cut(b.Command, " "); ok {
		return Pretty(b.Key) + " " + args
	}
	return Pretty(b.Key)
}

// Bindings are the bindings in force, in the order of the tables.
func (m *Map) Bindings() []Binding {
	var out []Binding
	for _, b := range m.table {
		if b.Command != "" && m.index[b.Context][b.Key] == b.Command {
			out = append(out, b)
		}
	}
	return out
}

// aliases are names under which terminals and protocols report one and the same key.
var aliases = map[string]string{
	"ctrl+_":      "ctrl+/",
	"ctrl+@":      "ctrl+space",
	"ctrl+Z":      "ctrl+shift+z",
	"alt+shift+/": "alt+?",
	"f15":         "shift+f3", // xterm's numbering of shifted function keys
	"alt+esc":     "esc",      // two presses that came at once
	"return":      "enter",
	"ins":         "insert",
	"del":         "delete",
	"page_up":     "pgup",
	"page_down":   "pgdown",
}

// Normalize gives the one name of a key.
func Normalize(key string) string {
	if a, ok := aliases[key]; ok {
		return a
	}
	return key
}

// Pretty is the key as people write it: Ctrl+S, Shift+Left, PgDn.
func Pretty(key string) string {
	parts := strings.Split(key, "+")
	switch { // the plus key itself
	case key == "+":
		parts = []string{"+"}
	case strings.HasSuffix(key, "++"):
		parts = append(strings.Split(strings.TrimSuffix(key, "++"), "+"), "+")
	}
	for i, p := range parts {
		switch p {
		case "pgup":
			p = "PgUp"
		case "pgdown":
			p = "PgDn"
		default:
			if _, n := utf8.DecodeRuneInString(p); n < len(p) || i > 0 {
				p = strings.ToUpper(p[:n]) + p[n:]
			}
		}
		parts[i] = p
	}
	return strings.Join(parts, "+")
}
