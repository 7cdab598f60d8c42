package text

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// TableError says what is wrong in a .tbl file.
type TableError struct {
	Name   string // the table's
	Line   int    // from 1; 0 when the file as a whole is meant
	Reason string
}

func (e *TableError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("table %s: %s", e.Name, e.Reason)
	}
	return fmt.Sprintf("table %s, line %d: %s", e.Name, e.Line, e.Reason)
}

const (
	maxTable = 1 << 20 // bytes of a .tbl file
	maxEntry = 32      // bytes of one entry's code
)

// LoadTable makes a codec of a .tbl file, as ROM hackers write them (the format of the editor Thingy). A line is
//
//	8140=ア     these bytes are this text; any number of bytes, any text, blanks included
//	*FE        these bytes are a line break; *FE=text is that text and a line break
//	/FF=<end>  these bytes end a string and show as this text; without text they show as <END>
//	@name  (1234h)name  [...]  {...}   a name, bookmarks and script blocks: they mean nothing here
//	; # //     a comment
//
// \n, \r and \t in a text are the control characters. The file is UTF-8, UTF-16 with a byte order mark, or else Shift JIS
// (cp932). Decoding and encoding take the longest entry that fits; of entries with the same text the first one encodes.
// Errors are *TableError, or what reading returned.
func LoadTable(name string, r io.Reader) (*Codec, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxTable+1))
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", name, err)
	}
	if len(raw) > maxTable {
		return nil, &TableError{name, 0, "longer than 1 MiB"}
	}
	lines, err := tableText(raw)
	if err != nil {
		return nil, &TableError{name, 1 + bytes.Count(raw[:min(len(raw), errorOffset(err))], []byte{'\n'}),
			"neither UTF-8 nor Shift JIS: " + err.Error()}
	}
	t := &table{bytes: map[string]tableEntry{}, next: map[trieEdge]int32{}, codes: []string{""}}
	for i, line := range strings.Split(lines, "\n") {
		if reason := t.line(strings.TrimSuffix(line, "\r"), i+1); reason != "" {
			return nil, &TableError{name, i + 1, reason}
		}
	}
	if len(t.bytes) == 0 {
		return nil, &TableError{name, 0, "no entries; expected lines like 41=A"}
	}
	return &Codec{name: name, errName: name, languages: fmt.Sprintf("table of %d entries", len(t.bytes)),
		load: func() engine { return t }}, nil
}

// tableText is the file's text as UTF-8.
func tableText(raw []byte) (string, error) {
	codec := "cp932"
	switch {
	case bytes.HasPrefix(raw, []byte("\xFF\xFE")), bytes.HasPrefix(raw, []byte("\xFE\xFF")):
		codec = "utf-16"
	case utf8.Valid(raw):
		return strings.TrimPrefix(string(raw), "\uFEFF"), nil
	}
	c, err := Lookup(codec)
	if err != nil {
		return "", err
	}
	out, err := c.Decode(nil, raw, Strict)
	return string(out), err
}

func errorOffset(err error) int {
	var e *DecodeError
	if errors.As(err, &e) {
		return e.Start
	}
	return 0
}

// table is the engine of a .tbl file.
type table struct {
	bytes map[string]tableEntry
	width int // the longest entry
	// The texts form a trie: an edge leads from a node over a character to a node, and codes has the bytes of the text
	// that ends there. Node 0 is the root.
	next  map[trieEdge]int32
	codes []string
}

type tableEntry struct {
	text string
	line int
}

type trieEdge struct {
	node int32
	r    rune
}

// line reads a line and returns what is wrong with it.
func (t *table) line(s string, number int) (reason string) {
	if strings.TrimSpace(s) == "" || strings.HasPrefix(s, "//") || strings.IndexByte(";#@([{", s[0]) >= 0 {
		return ""
	}
	kind := byte(0)
	switch s[0] {
	case '/', '*':
		kind = s[0]
		s = s[1:]
	case '$', '!':
		return "entries with " + s[:1] + " (parameters, other tables) are not supported"
	}
	code, text, found := strings.Cut(s, "=")
	code = strings.TrimSpace(code)
	b := make([]byte, 0, len(code)/2)
	for i := 0; i < len(code); i += 2 {
		if i+1 == len(code) {
			return fmt.Sprintf("%q has an odd number of hexadecimal digits", clip(code))
		}
		hi, lo := hexDigit(code[i]), hexDigit(code[i+1])
		if hi < 0 || lo < 0 {
			return fmt.Sprintf("expected bytes in hexadecimal before '=', found %q", clip(code))
		}
		b = append(b, byte(hi<<4|lo))
	}
	text = strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\t`, "\t").Replace(text)
	switch {
	case len(b) == 0:
		return "no bytes before '='"
	case len(b) > maxEntry:
		return fmt.Sprintf("%d bytes; an entry has at most %d", len(b), maxEntry)
	case kind == '*':
		text += "\n"
	case kind == '/' && text == "":
		text = "<END>"
	case !found:
		return "expected '=' and a text after the bytes"
	case text == "":
		return "no text after '='; a blank at the end of the line may have been lost"
	}
	if old, ok := t.bytes[string(b)]; ok {
		if old.text == text {
			return ""
		}
		return fmt.Sprintf("%X is already %q in line %d", b, clip(old.text), old.line)
	}
	t.bytes[string(b)] = tableEntry{text, number}
	t.width = max(t.width, len(b))
	node := int32(0)
	for _, r := range text {
		edge := trieEdge{node, r}
		to, ok := t.next[edge]
		if !ok {
			to = int32(len(t.codes))
			t.codes = append(t.codes, "")
			t.next[edge] = to
		}
		node = to
	}
	if t.codes[node] == "" {
		t.codes[node] = string(b)
	}
	return ""
}

func clip(s string) string {
	if r := []rune(s); len(r) > 24 {
		return string(r[:24]) + "…"
	}
	return s
}

func hexDigit(b byte) int {
	switch {
	case b >= '0' && b <= '9':
		return int(b - '0')
	case b|0x20 >= 'a' && b|0x20 <= 'f':
		return int(b|0x20-'a') + 10
	}
	return -1
}

const (
	notInTable = "no entry of the table begins so"
	cutEntry   = "incomplete entry of the table"
	noBytes    = "character is not in the table"
)

func (t *table) step(src []byte, at int, _ *state, final bool) unit {
	b := src[at:]
	if len(b) < t.width && !final {
		return needMore()
	}
	for n := min(len(b), t.width); n > 0; n-- {
		if e, ok := t.bytes[string(b[:n])]; ok {
			u := silent(n)
			u.text = e.text
			return u
		}
	}
	if len(b) < t.width {
		for code := range t.bytes {
			if strings.HasPrefix(code, string(b)) {
				return bad(len(b), cutEntry)
			}
		}
	}
	return bad(1, notInTable)
}

func (t *table) encode(dst []byte, in []rune, at int, _ *state) ([]byte, gap) {
	for i := at; i < len(in); {
		node, best, n := int32(0), "", 0
		for j := i; j < len(in); j++ {
			to, ok := t.next[trieEdge{node, in[j]}]
			if !ok {
				break
			}
			node = to
			if t.codes[node] != "" {
				best, n = t.codes[node], j+1-i
			}
		}
		if n == 0 {
			return dst, gap{i, i + 1, noBytes}
		}
		dst = append(dst, best...)
		i += n
	}
	return dst, gap{}
}

func (*table) reset(dst []byte, _ *state) []byte { return dst }
func (*table) family() family                    { return mapped }
