package model

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// This file changes one value in the text of a settings file and leaves all else as the user wrote it: comments, order, keys that
// nobody here knows. A library that writes TOML would write the whole file anew.

// tomlEntry is one "key = value" of a file.
type tomlEntry struct {
	path       []string // with the table that it stands in
	table      int      // how many of path are the table's
	start, end int      // of all of it, in bytes
	value      int      // where its value begins
	line       int      // from 1
	kind       unstable.Kind
}

// tomlText is a settings file that could be read.
type tomlText struct {
	text    []byte
	entries []tomlEntry
	headers []tomlEntry // of tables, path alone
	values  map[string]any
}

// parseTOML reads a file. The error names a line: "3:7: …".
func parseTOML(text []byte) (*tomlText, error) {
	t := &tomlText{text: text}
	if err := toml.Unmarshal(text, &t.values); err != nil {
		var de *toml.DecodeError
		if errors.As(err, &de) {
			row, col := de.Position()
			return nil, fmt.Errorf("%d:%d: %s", row, col, strings.TrimPrefix(de.Error(), "toml: "))
		}
		return nil, fmt.Errorf("1: %s", strings.TrimPrefix(err.Error(), "toml: "))
	}
	var p unstable.Parser
	p.Reset(text)
	var table []string
	line, counted := 1, 0
	for p.NextExpression() {
		x := p.Expression()
		e := tomlEntry{path: slices.Clone(table), table: len(table), kind: x.Kind}
		if x.Kind != unstable.KeyValue {
			e.path, e.table = nil, 0
		}
		last := 0
		for it := x.Key(); it.Next(); {
			n := it.Node()
			if last == 0 {
				e.start = int(n.Raw.Offset)
			}
			last = int(n.Raw.Offset + n.Raw.Length)
			e.path = append(e.path, string(n.Data))
		}
		line += bytes.Count(text[counted:e.start], []byte("\n"))
		counted, e.line = e.start, line
		if x.Kind != unstable.KeyValue {
			table = e.path
			e.end = last + max(0, bytes.IndexByte(text[last:], '\n'))
			if !bytes.Contains(text[last:], []byte("\n")) {
				e.end = len(text)
			}
			t.headers = append(t.headers, e)
			continue
		}
		e.end = int(x.Raw.Offset + x.Raw.Length)
		e.value = last + bytes.IndexByte(text[last:], '=') + 1
		for e.value < e.end && (text[e.value] == ' ' || text[e.value] == '\t') {
			e.value++
		}
		t.entries = append(t.entries, e)
	}
	return t, p.Error()
}

// at is the value at a path; nil where there is none.
func (t *tomlText) at(path []string) any {
	var v any = t.values
	for _, k := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[k]
	}
	return v
}

// set gives the text with the value at a path (a name, or a table and a name in it) changed, put in, or for nil taken out.
func (t *tomlText) set(path []string, value any) ([]byte, error) {
	out, err := t.edit(path, value)
	if err != nil {
		return nil, err
	}
	// Whoever writes TOML in an unusual way must not find something else changed.
	after, err := parseTOML(out)
	if err == nil {
		want, err := parseTOML(t.text)
		if err != nil {
			return nil, err
		}
		putAt(want.values, path, normalTOML(value))
		if !reflect.DeepEqual(dropEmpty(want.values), dropEmpty(after.values)) {
			return nil, fmt.Errorf("%s is written in a way that is not changed here", strings.Join(path, "."))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s is written in a way that is not changed here (%w)", strings.Join(path, "."), err)
	}
	return out, nil
}

func (t *tomlText) edit(path []string, value any) ([]byte, error) {
	i := slices.IndexFunc(t.entries, func(e tomlEntry) bool { return slices.Equal(e.path, path) })
	if i >= 0 && value == nil {
		e := t.entries[i]
		from, to := bytes.LastIndexByte(t.text[:e.start], '\n')+1, len(t.text)
		if n := bytes.IndexByte(t.text[e.end:], '\n'); n >= 0 {
			to = e.end + n + 1
		}
		return slices.Concat(t.text[:from], t.text[to:]), nil
	}
	if value == nil {
		return t.text, nil
	}
	v, err := tomlValue(value)
	if err != nil {
		return nil, err
	}
	if i >= 0 {
		e := t.entries[i]
		return slices.Concat(t.text[:e.value], v, t.text[e.end:]), nil
	}
	line := func(key []string) []byte {
		for i, k := range key {
			key[i] = tomlKey(k)
		}
		return slices.Concat([]byte(strings.Join(key, ".")), []byte(" = "), v, []byte("\n"))
	}
	table := path[:len(path)-1]
	// Behind its neighbours, and written as they are.
	for i, e := range slices.Backward(t.entries) {
		if len(e.path) == len(path) && slices.Equal(e.path[:len(table)], table) {
			return t.insert(t.lineEnd(t.entries[i].end), line(slices.Clone(path[e.table:]))), nil
		}
	}
	for _, h := range t.headers {
		if h.kind == unstable.Table && len(table) > 0 && slices.Equal(h.path, table) {
			return t.insert(t.lineEnd(h.end), line(slices.Clone(path[len(table):]))), nil
		}
	}
	if len(table) > 0 {
		head := make([]string, len(table))
		for i, k := range table {
			head[i] = tomlKey(k)
		}
		b := []byte("[" + strings.Join(head, ".") + "]\n")
		if len(bytes.TrimSpace(t.text)) > 0 {
			b = append([]byte("\n"), b...)
		}
		return t.insert(len(t.text), append(b, line(slices.Clone(path[len(table):]))...)), nil
	}
	// The first name outside of all tables: before the first of these, and the comment that stands right above it.
	at := len(t.text)
	b := line(slices.Clone(path))
	if len(t.headers) > 0 {
		at = bytes.LastIndexByte(t.text[:t.headers[0].start], '\n') + 1
		for at > 0 {
			before := bytes.LastIndexByte(t.text[:at-1], '\n') + 1
			if !bytes.HasPrefix(bytes.TrimSpace(t.text[before:at]), []byte("#")) {
				break
			}
			at = before
		}
		b = append(b, '\n')
	}
	return t.insert(at, b), nil
}

// lineEnd is where the line after the one with off begins.
func (t *tomlText) lineEnd(off int) int {
	if n := bytes.IndexByte(t.text[off:], '\n'); n >= 0 {
		return off + n + 1
	}
	return len(t.text)
}

func (t *tomlText) insert(at int, b []byte) []byte {
	head := t.text[:at:at]
	if at > 0 && head[at-1] != '\n' {
		head = append(head, '\n')
	}
	return slices.Concat(head, b, t.text[at:])
}

// tomlKey writes a key, quoted where it must be.
func tomlKey(k string) string {
	bare := k != "" && strings.IndexFunc(k, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-')
	}) < 0
	if bare {
		return k
	}
	return QuoteTOML(k)
}

// tomlValue writes a value as it stands behind "=".
func tomlValue(v any) ([]byte, error) {
	switch v := v.(type) {
	case string:
		return []byte(QuoteTOML(v)), nil
	case []string:
		b := []byte{'['}
		for i, s := range v {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = append(b, QuoteTOML(s)...)
		}
		return append(b, ']'), nil
	case bool, int, int64:
		return fmt.Append(nil, v), nil
	}
	return nil, fmt.Errorf("%T is no value of a setting", v)
}

// QuoteTOML writes a string as TOML has it. All that is not printable is escaped; bytes that are no text stand as U+FFFD.
func QuoteTOML(s string) string {
	b := []byte{'"'}
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case strconv.IsPrint(r):
			b = utf8.AppendRune(b, r)
		case r > 0xffff:
			b = fmt.Appendf(b, `\U%08x`, r)
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
	}
	return string(append(b, '"'))
}

// normalTOML is a value as it comes out of a file.
func normalTOML(v any) any {
	switch v := v.(type) {
	case int:
		return int64(v)
	case []string:
		out := make([]any, len(v))
		for i, s := range v {
			out[i] = s
		}
		return out
	}
	return v
}

// putAt puts a value into tables, or for nil takes it out.
func putAt(m map[string]any, path []string, v any) {
	for _, k := range path[:len(path)-1] {
		sub, ok := m[k].(map[string]any)
		if !ok {
			if v == nil {
				return
			}
			sub = map[string]any{}
			m[k] = sub
		}
		m = sub
	}
	if last := path[len(path)-1]; v == nil {
		delete(m, last)
	} else {
		m[last] = v
	}
}

// dropEmpty leaves out tables without anything in them: they say nothing.
func dropEmpty(m map[string]any) map[string]any {
	for k, v := range m {
		if sub, ok := v.(map[string]any); ok && len(dropEmpty(sub)) == 0 {
			delete(m, k)
		}
	}
	return m
}
