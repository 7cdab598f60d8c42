package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	f := writeFile(t, "f", []byte("abc\x00\xffABC\x2a\x00\x00\x00aaaa\x00\x00\x00\x2aA\x00b\x00\x00A\x00b\xc3\xa9"))
	for _, c := range []struct {
		want string
		args []string
	}{
		{`[{"range":[0,2]}]`, []string{"61 62"}},
		{`[{"range":[0,2]},{"range":[5,7]}]`, []string{"(61|41) (62|42)"}},
		{`[{"range":[12,14]},{"range":[14,16]}]`, []string{"6161"}},
		{`[{"range":[12,14]},{"range":[13,15]},{"range":[14,16]}]`, []string{"61 61", "--overlap"}},
		{`[{"range":[12,14]}]`, []string{"61 61", "--limit", "1"}},
		{`[{"range":[0,3]},{"range":[5,8]}]`, []string{"--text", "Abc", "--ignore-case"}},
		{`[{"range":[20,24]},{"range":[24,28]}]`, []string{"--text", "Ab", "--encoding", "utf-16"}},
		{`[{"range":[28,30]}]`, []string{"--text", "é"}},
		{`[{"range":[28,30]}]`, []string{"--text", "É", "-i"}},
		{`[{"range":[8,12]}]`, []string{"--value", "<I", "42"}},
		{`[{"range":[8,12]},{"range":[16,20]}]`, []string{"--value", "<>I", "42"}},
		{`[{"range":[8,12]}]`, []string{"--value", "<I", "40~2"}},
		{`[{"range":[3,5]}]`, []string{"--regex", `\x00\xff`}},
		{`[{"range":[5,8]}]`, []string{"--regex", `(?i)abc`, "--range", "1:"}},
		{`{"count":3}`, []string{"--regex", `(?i:ab|c)`, "--count", "--range", "0..7"}},
	} {
		args := append(append([]string{"find", f}, c.args...), "--json")
		got := strings.ReplaceAll(strings.TrimSpace(string(fine(t, nil, args...))), "\n ", "")
		if got != c.want {
			t.Errorf("%q: %s, want %s", c.args, got, c.want)
		}
	}
	if r := run(t, []byte("xxPNGxx"), hexlay, "find", "-", "--text", "PNG"); string(r.out) != "0x2: 50 4e 47  PNG\n" || r.status != 0 {
		t.Errorf("from standard input: %v", r)
	}
	fails(t, 1, "not found", "find", f, "99 99")
	if r := runHere(t, nil, "find", f, "99 99", "--json"); r.status != 1 || string(r.out) != "[]\n" || r.err != "" {
		t.Errorf("nothing found as JSON: %v", r)
	}
	fails(t, 2, "at position 3", "find", f, "41 zz")
	fails(t, 2, "position 0", "find", f, "--regex", "a(")
	fails(t, 2, "matches nothing at all", "find", f, "--regex", "a*")
	fails(t, 2, "bogus", "find", f, "--text", "a", "--encoding", "bogus")
	fails(t, 2, "position", "find", f, "--value", "<Z", "1")
	fails(t, 2, "255", "find", f, "--value", "B", "256")
	fails(t, 3, "ignore-case", "find", f, "41", "-i")
	fails(t, 3, "no such file", "find", f+"x", "41")
	fails(t, 3, "hex", "find", f, "--hex", "--text", "41")
	fails(t, 1, "beyond", "find", f, "41", "--range", "1000:")
}

func TestFindFields(t *testing.T) {
	f := writeFile(t, "f", []byte("\x07\x00ab\x01\x01cd\x07\x01ef"))
	ksy := writeFile(t, "row.ksy", []byte(`
meta: {id: row}
seq:
  - {id: rows, type: one, repeat: eos}
types:
  one:
    seq: [{id: type, type: u1}, {id: ok, type: u1}, {id: text, size: 2}]
`))
	for _, c := range []struct {
		want string
		args []string
	}{
		{`[{"range":[0,4],"path":"rows[0]"},{"range":[8,12],"path":"rows[2]"}]`, []string{"type == 7", "-t", ksy}},
		{`[{"range":[0,4],"path":"rows[0]"}]`, []string{"type == 7 and ok == 0", "-t", ksy}},
		{`[{"range":[8,12],"path":"rows[1]"}]`, []string{"type == 7", "-t", ksy, "--range", "4:"}},
		{`{"count":2}`, []string{"type == 7", "-t", ksy, "--count"}},
		{`[{"range":[0,4],"path":"rows[0]"}]`, []string{"type == 7", "-t", ksy, "--limit", "1"}},
		{`[{"range":[4,8],"path":"[1]"},{"range":[8,12],"path":"[2]"}]`, []string{"ok == 1", "-t", "<BB2s:type,ok,text"}},
	} {
		args := append(append([]string{"find", f, "--field"}, c.args...), "--json")
		got := strings.ReplaceAll(strings.TrimSpace(string(fine(t, nil, args...))), "\n ", "")
		if got != c.want {
			t.Errorf("%q: %s, want %s", c.args, got, c.want)
		}
	}
	if got := string(fine(t, nil, "find", f, "--field", "type == 1", "-t", ksy)); got != "0x4: 01 01 63 64  rows[1]\n" {
		t.Errorf("%q", got)
	}
	fails(t, 1, "not found", "find", f, "--field", "type == 9", "-t", ksy)
	fails(t, 2, "no type of row has such fields", "find", f, "--field", "typ == 9", "-t", ksy)
	fails(t, 3, "takes the place", "find", f, "00", "--field", "type == 9", "-t", ksy)
	fails(t, 3, "too few", "find", f)
}

func TestFindFloats(t *testing.T) {
	f := writeFile(t, "f", make([]byte, 64))
	fine(t, nil, "pack", "<f", f, "3.1415927", "--at", "3")
	fine(t, nil, "pack", ">d", f, "-2.5", "--at", "21")
	fine(t, nil, "pack", "<e", f, "0.1", "--at", "41")
	for want, args := range map[string][]string{
		"[3,7]":   {"--value", "<f", "3.14~0.01"},
		"[21,29]": {"--value", ">d", "-2.4~0.1001"},
		"[41,43]": {"--value", "<>e", "0.1~0.001"},
	} {
		out := fine(t, nil, append(append([]string{"find", f}, args...), "--json")...)
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("%q: %s, want %s", args, out, want)
		}
	}
}

func TestReplace(t *testing.T) {
	for _, c := range []struct {
		before, after string
		n             int
		args          []string
	}{
		{"abcabc", "xbcxbc", 2, []string{"61", "78"}},
		{"abcabc", "xbcabc", 1, []string{"61", "78", "--limit", "1"}},
		{"abcabc", "bcbc", 2, []string{"61", ""}},
		{"a\x01ca\x02c", "A\x01CA\x02C", 2, []string{"61 ?? 63", "41 ?? 43"}},
		{"id=12;id=7", "<12>;<7>", 2, []string{"--regex", `id=(\d+)`, "<$1>"}},
		{"A\x00x\x00A", "B\x00x\x00A", 1, []string{"--text", "A", "B", "--encoding", "utf-16-le"}},
		{"\x2a\x00\x00\x2a", "\x2b\x00\x00\x2b", 2, []string{"--value", "<>H", "42", "43"}},
		{"grün", "gruen", 1, []string{"--text", "ü", "ue"}},
	} {
		f := writeFile(t, "f", []byte(c.before))
		args := append([]string{"replace", f}, c.args...)
		fine(t, nil, append(args, "--dry-run")...)
		if got := readFile(t, f); string(got) != c.before {
			t.Errorf("%q: --dry-run changed the file to %q", c.args, got)
		}
		var answer struct{ Replaced int }
		out := fine(t, nil, append(args, "--json")...)
		if err := json.Unmarshal(out, &answer); err != nil || answer.Replaced != c.n {
			t.Errorf("%q prints %s, want %d", c.args, out, c.n)
		}
		if got := readFile(t, f); string(got) != c.after {
			t.Errorf("%q makes %q of %q, want %q", c.args, got, c.before, c.after)
		}
	}
	f := writeFile(t, "f", []byte("abc"))
	if r := runHere(t, nil, "replace", f, "99", "98", "--json"); r.status != 1 || string(r.out) != "{\"replaced\":0}\n" {
		t.Errorf("nothing to replace: %v", r)
	}
	fails(t, 2, "replacement", "replace", f, "61", "zz")
	fails(t, 2, "no group 1", "replace", f, "--regex", "a", "$1")
}

// TestReplaceMany: very many replacements of another length.
func TestReplaceMany(t *testing.T) {
	f := writeFile(t, "f", bytes.Repeat([]byte("ab\n"), 200_000))
	if out := fine(t, nil, "replace", f, "61", "41 42"); string(out) != "replaced 200000, +200000 bytes\n" {
		t.Errorf("%q", out)
	}
	if got := readFile(t, f); !bytes.Equal(got, bytes.Repeat([]byte("ABb\n"), 200_000)) {
		t.Error("other bytes")
	}
	out := fine(t, nil, "find", f, "41", "--json")
	var hits []struct{ Range [2]int }
	if err := json.Unmarshal(out, &hits); err != nil || len(hits) != 200_000 || hits[199_999].Range != [2]int{799_996, 799_997} {
		t.Errorf("%d hits, %v", len(hits), err)
	}
	if fmt.Sprint(hits[1]) != "{[4 5]}" {
		t.Error(hits[1])
	}
}
