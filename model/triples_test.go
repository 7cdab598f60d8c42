package model

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

// keys presses keys on e as a face does: "h:" types hex digits, "t:" types text, anything else is a command line.
func keys(t testing.TB, e *Editor, steps []string) {
	t.Helper()
	for _, s := range steps {
		var err error
		switch {
		case strings.HasPrefix(s, "h:"):
			for _, c := range s[2:] {
				if derr := e.TypeHex(byte(strings.IndexRune("0123456789abcdef", c))); derr != nil {
					err = derr
				}
			}
		case strings.HasPrefix(s, "t:"):
			err = e.TypeText(s[2:])
		case strings.HasPrefix(s, "p:"):
			_, err = e.PasteText(s[2:])
		default:
			_, err = run(t, e, s)
		}
		if err != nil {
			e.Fail(err)
		}
	}
}

// TestTriples: start, what is done, what comes of it. want is hex with the cursor before the byte that it stands on as |
// and the selection in [ ].
func TestTriples(t *testing.T) {
	const abc = "00 11 22 33 44 55 66 77"
	for _, c := range []struct {
		start  string
		steps  string // separated by ;
		want   string
		notice string // a part of it; "!" in front when it is an error
	}{
		{abc, "h:a", "|a0 11 22 33 44 55 66 77", ""},
		{abc, "h:abc", "ab |c1 22 33 44 55 66 77", ""},
		{abc, "goto 3;h:ff;h:1", "00 11 22 ff |14 55 66 77", ""},
		{abc, "goto end;h:ab", "00 11 22 33 44 55 66 77 ab |", ""},
		{abc, "goto end;h:a", "00 11 22 33 44 55 66 77 |a0", ""},
		{abc, "insert-mode;h:ab", "ab |00 11 22 33 44 55 66 77", ""},
		{abc, "insert-mode;h:a;left;h:b", "|b0 a0 00 11 22 33 44 55 66 77", ""},
		{abc, "h:a;escape;h:b", "|b0 11 22 33 44 55 66 77", ""},
		{abc, "h:a;left;h:b", "|b0 11 22 33 44 55 66 77", ""},
		{abc, "insert-mode;h:a;insert-zeros 2;h:b", "|b0 00 00 a0 00 11 22 33 44 55 66 77", ""},
		{abc, "h:12;backspace", "|12 11 22 33 44 55 66 77", ""},
		{abc, "insert-mode;h:12;backspace", "|00 11 22 33 44 55 66 77", ""},
		{abc, "goto 2;delete", "00 11 |33 44 55 66 77", ""},
		{abc, "goto end;delete", abc + " |", "!nothing to delete behind the last byte"},
		{abc, "select 2:3;delete", "00 11 |55 66 77", "deleted 3 bytes"},
		{abc, "select 2:3;h:f", "00 11 |f2 33 44 55 66 77", ""},
		{abc, "select 2:3;insert-mode;h:f", "00 11 |f0 55 66 77", ""},
		{abc, "select 2:3;xor ff", "00 11 [dd cc |bb] 55 66 77", "xor ff: 3 bytes at 0x2"},
		{abc, "select 2:3;xor ff;undo", "00 11 |22 33 44 55 66 77", ""},
		{abc, "select 2:3;xor ff;undo;redo", "00 11 |dd cc bb 55 66 77", ""},
		{abc, "invert", "|ff 11 22 33 44 55 66 77", "invert: 1 byte at 0x0"},
		{abc, "select 1:4;swap-bytes 4", "00 [44 33 22 |11] 55 66 77", "swap-bytes 4: 4 bytes"},
		{abc, "select 1:3;swap-bytes 2", "00 [11 22 |33] 44 55 66 77", "!not a whole number"},
		{abc, "select 1:3;fill = off * 16", "00 [10 20 |30] 44 55 66 77", ""},
		{abc, "select 1:3;fill u2be", "00 [11 22 |33] 44 55 66 77", "!position"},
		{abc, "select 1:2;rotate-bits left 4", "00 [12 |21] 33 44 55 66 77", ""},
		{abc, "mark a;goto 4;mark b;select 1:2;encode hex;goto 'b", "00 31 31 32 32 33 |44 55 66 77", ""},
		{abc, "select 1:2;encode hex", "00 [31 31 32 |32] 33 44 55 66 77", "2 bytes became 4 at 0x1"},
		{abc, "select 1:2;encode hex;decode hex", "00 [11 |22] 33 44 55 66 77", "4 bytes became 2 at 0x1"},
		{abc, "select 1:2;encode hex;undo", "00 |11 22 33 44 55 66 77", ""},
		{abc, "select 1:2;decode gzip", "00 [11 |22] 33 44 55 66 77", "!gzip: the header begins with 11, not with 1f (at offset 0x1)"},
		{abc, "select 0:8;delete;invert", "|", "!invert: the document is empty"},
		{abc, "goto end;invert", abc + " |", "!no byte behind the end"},
		{abc, "insert b\"\\x1f\\x8b\";select 0:2;decode gzip", "[1f |8b] " + abc, "!end in the middle of the gzip data"},
		{abc, "select 2:3;undo", "00 11 [22 33 |44] 55 66 77", "!nothing to undo"},
		{abc, "select 5..2", "|" + abc, "!not within"},
		{abc, "select 2:", "00 11 [22 33 44 55 66 |77]", "selected 6 bytes: 0x2..0x8"},
		{abc, "select 2:99", "|" + abc, "!ends behind the document's end at 0x8"},
		{abc, "goto 4;select-left;select-left", "00 11 [|22 33 44] 55 66 77", ""},
		{abc, "goto 4;select-left;select-swap", "00 11 22 [33 |44] 55 66 77", ""},
		{abc, "goto 1;select-start;right;right;fill ab cd", "00 [ab cd |ab] 44 55 66 77", "filled 3 bytes at 0x1 with ab cd"},
		{abc, "goto 1;fill", "00 |11 22 33 44 55 66 77", ""},
		{abc, "goto end;fill 00", abc + " |", "!no byte behind the end"},
		{abc, "select 1:2;copy;goto end;paste", "00 11 22 33 44 55 66 77 11 22 |", "pasted 2 bytes at 0x8"},
		{abc, "select 1:2;copy;goto 6;paste", "00 11 22 33 44 55 11 22 |", "pasted 2 bytes at 0x6"},
		{abc, "select 1:2;copy;goto 6;paste-insert", "00 11 22 33 44 55 11 22 |66 77", "pasted 2 bytes at 0x6"},
		{abc, "select 1:2;cut", "00 |33 44 55 66 77", "cut 2 bytes"},
		{abc, "select 1:2;cut;paste-insert", "00 11 22 |33 44 55 66 77", ""},
		{abc, "select 1:2;cut;paste-insert;undo;undo", "00 |11 22 33 44 55 66 77", "undone"},
		{abc, "select 1:2;copy;select 4:3;paste-insert", "00 11 22 33 11 22 |77", ""},
		{abc, "cut", "|" + abc, "!nothing is selected to cut"},
		{abc, `insert b"PK\x03"`, "50 4b 03 |" + abc, "inserted 3 bytes at 0x0"},
		{abc, "goto 6;overwrite {1, 2, 3}", "00 11 22 33 44 55 01 02 03 |", "overwrote 3 bytes at 0x6"},
		{abc, "insert what", "|" + abc, "!"},
		{abc, "type hé", "68 c3 a9 |33 44 55 66 77", "overwrote 3 bytes at 0x0"},
		{abc, "codec utf-16-be;t:é", "00 e9 |22 33 44 55 66 77", ""},
		{abc, "codec ascii;t:é", "|" + abc, "!"},
		{abc, "goto 2;insert-zeros 3", "00 11 |00 00 00 22 33 44 55 66 77", "inserted 3 zero bytes at 0x2"},
		{abc, "insert-zeros 0", "|" + abc, "!the count must be above 0"},
		{abc, "goto 2;h:ff;goto 2;revert", "00 11 |22 33 44 55 66 77", "1 byte at 0x2 is as saved"},
		{"", "find-selection", "|", "!find-selection: nothing is selected, and no byte is at the cursor"},
		{abc, "goto 2;h:ffff;select 2:2;revert", "00 11 [22 |33] 44 55 66 77", "2 bytes at 0x2 are as saved"},
		{abc, "set uint16 big 258", "|01 02 22 33 44 55 66 77", "uint16 = 258"},
		{abc, "set uint16 little 258", "|02 01 22 33 44 55 66 77", "uint16 = 258"},
		{abc, "set int8 little 128", "|" + abc, "!outside -128..127"},
		{abc, "goto 6;set uint32 little 1", "00 11 22 33 44 55 |66 77", "!do not fit"},
		{abc, "struct <BH:a,b 1;field-next;field-set 65535", "00 11 |ff ff 44 55 66 77", "b = 65535"},
		{abc, "struct <BH:a,b 1;field-next;field-set 65536", "00 11 |22 33 44 55 66 77", "!b (uint16 LE): "},
		{abc, "struct <2s 1;field-set b'zz'", "00 |7a 7a 33 44 55 66 77", ""},
		{abc, "field-next", "|" + abc, "!no template is laid"},
		{abc, "goto 9", "|" + abc, "!is not within the document's [0, 0x8]"},
		{abc, "0x5", "00 11 22 33 44 |55 66 77", ""},
		{abc, "2:2", "00 11 [22 |33] 44 55 66 77", ""},
		{abc, "-1", "|" + abc, "!"},
		{abc, "goto 5;-2", "00 11 22 |33 44 55 66 77", ""},
		{abc, "goto 4;mark a;goto 0;insert 99;goto 'a", "99 00 11 22 33 |44 55 66 77", ""},
		{abc, "mark ab", "|" + abc, "!a mark is one letter or digit"},
		{abc, "find 44 55", "00 11 22 33 [44 |55] 66 77", "found at 0x4, 1 of 1"},
		{abc, "goto 6;find 44 55", "00 11 22 33 [44 |55] 66 77", "found at 0x4 (went round), 1 of 1"},
		{abc, `find "3D`, "00 11 22 [33 |44] 55 66 77", "found at 0x3, 1 of 1"},
		{"61 61 62 61 61 61 61 62", `find "aa`, "[61 |61] 62 61 61 61 61 62", "found at 0x0, 1 of 3"},
		{"61 61 62 61 61 61 61 62", `find "aa;find "aa`, "61 61 62 [61 |61] 61 61 62", "found at 0x3, 2 of 3"},
		{"61 61 62 61 61 61 61 62", `find "aa;find "aab`, "[61 61 |62] 61 61 61 61 62", "found at 0x0, 1 of 2"},
		{"61 61 62 61 61 61 61 62", `find "aab;find "aa`, "[61 |61] 62 61 61 61 61 62", "found at 0x0, 1 of 3"},
		{"61 61 62 61 61 61 61 62", `goto 1;find "aa`, "61 61 62 [61 |61] 61 61 62", "found at 0x3, 2 of 3"},
		{"61 61 62 61 61 61 61 62", `find "aa;goto 0;find "aa`, "[61 |61] 62 61 61 61 61 62", "found at 0x0, 1 of 3"},
		{"61 61 62 61 61 61 61 62", `goto 3;find "aa;find-next`, "61 61 62 61 [61 |61] 61 62", "found at 0x4"},
		{"61 61 62 61 61 61 61 62", `goto 3;find "aa;find-next;find-next`, "61 61 62 61 61 [61 |61] 62", "found at 0x5, 3 of 3"},
		{"61 61 62 61 61 61 61 62", `goto 3;find "aa;find-previous`, "[61 |61] 62 61 61 61 61 62", "found at 0x0, 1 of 3"},
		{"61 61 62 61 61 61 61 62", `find "aa;goto 0;insert 61;goto 3;find-next`, "61 61 61 62 [61 |61] 61 61 62", "found at 0x4, 2 of 3"},
		{abc, "find 99", "|" + abc, "!not found: 99"},
		{abc, "h:ff;goto 4;h:ff;goto 7;next-change", "[|ff] 11 22 33 ff 55 66 77", "changed: 1 byte at 0x0 (went round)"},
		{abc, "h:ff;goto 4;h:ff;goto 7;previous-change", "ff 11 22 33 [|ff] 55 66 77", "changed: 1 byte at 0x4"},
		{abc, "next-change", "|" + abc, "!no byte differs"},
		{abc, "document-end", "00 11 22 33 44 55 66 |77", ""},
		{abc, "end", abc + " |", ""},
		{abc, "p:de ad", "de ad |22 33 44 55 66 77", "overwrote 2 bytes at 0x0, read as"},
		{abc, "p:hello you", "|" + abc, "!pasted text is not bytes"},
		{abc, "column;p:de", "64 65 |22 33 44 55 66 77", ""},
		{abc, "goto 1;select-start;goto 5;select-none;goto 0", "|" + abc, ""},
		{abc, "goto 1;select-start;goto 5", "00 [11 22 33 44 |55] 66 77", ""},
		{abc, "goto 1;select-start;select-right;left;left", "[|00 11] 22 33 44 55 66 77", ""},
		{abc, "goto 1;select-right;right", "00 11 22 |33 44 55 66 77", ""},
		{abc, "columns 0", "|" + abc, "!want auto or a number"},
		{abc, "back", "|" + abc, "!no earlier place"},
		{abc, "goto 3;goto 6;back;back;forward", "00 11 22 |33 44 55 66 77", ""},
		{abc, "undo now", "|" + abc, "!too many arguments"},
		{abc, "panel nowhere", "|" + abc, "!not one of"},
		{"", "h:ab", "ab |", ""},
		{"", "delete", "|", "!nothing to delete"},
		{"", "backspace", "|", ""},
		{"", "select-all", "|", "!the document is empty"},
		{"", "document-end;down;right;page-down", "|", ""},
		{"", "copy", "|", "!nothing to copy"},
	} {
		e := over(unhex(t, c.start))
		e.Resize(8, 8)
		keys(t, e, strings.Split(c.steps, ";"))
		if got := sketch(t, e); got != strings.TrimSpace(c.want) {
			t.Errorf("%s\n  gives %s\n  want  %s", c.steps, got, c.want)
		}
		n := e.Notice()
		if part, isErr := strings.CutPrefix(c.notice, "!"); n.Error != isErr || !strings.Contains(n.Text, part) {
			t.Errorf("%s\n  says %+v\n  want %q", c.steps, n, c.notice)
		}
		// Undoing all gives the start, redoing all the end.
		end := contents(t, e)
		n1 := 0
		for e.Document().CanUndo() {
			run(t, e, "undo")
			n1++
		}
		if !bytes.Equal(contents(t, e), unhex(t, c.start)) {
			t.Errorf("%s: undoing all gives % x", c.steps, contents(t, e))
		}
		for e.Document().CanRedo() && n1 > 0 {
			run(t, e, "redo")
		}
		if !strings.Contains(c.steps, "undo") && !bytes.Equal(contents(t, e), end) {
			t.Errorf("%s: redoing all gives % x", c.steps, contents(t, e))
		}
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func sketch(t testing.TB, e *Editor) string {
	var b strings.Builder
	sel := e.Selection()
	for i, c := range append(contents(t, e), 0) {
		off := int64(i)
		if sel.Len() > 0 && off == sel.End {
			b.WriteByte(']')
		}
		if off > 0 {
			b.WriteByte(' ')
		}
		if sel.Len() > 0 && off == sel.Start {
			b.WriteByte('[')
		}
		if off == e.Cursor() {
			b.WriteByte('|')
		}
		if off < e.Size() {
			b.WriteString(hex.EncodeToString([]byte{c}))
		}
	}
	return strings.TrimSpace(b.String())
}
