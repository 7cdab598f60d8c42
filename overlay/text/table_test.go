package text

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

const sampleTable = "\uFEFF; a table\r\n41=A\r\n42=B\r\n20= \r\n8140=ア\r\n814041=アの\r\n8141=イ\r\nF0=the \r\n*FE\r\n/FF=<end>\r\n/FD\r\n" +
	"3D==\r\n5C=\\\r\n0A=\\n\r\n(1234h)start\r\n@main\r\n# x\r\n// y\r\n90=A\r\n"

func loadSample(t testing.TB) *Codec {
	c, err := LoadTable("sample", strings.NewReader(sampleTable))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTable(t *testing.T) {
	c := loadSample(t)
	for _, v := range []struct{ in, want string }{
		{"AB ", "AB "},
		{"\x81\x40\x81\x41", "アイ"},
		{"\x81\x40\x41A", "アのA"},
		{"\xF0\xFE\xFF\xFD", "the \n<end><END>"},
		{"=\\\x0A\x90", "=\\\nA"},
	} {
		out, err := c.Decode(nil, []byte(v.in), Strict)
		if err != nil || string(out) != v.want {
			t.Errorf("decode %x: %q, %v, want %q", v.in, out, err, v.want)
		}
	}
	for _, v := range []struct{ in, want string }{
		{"AB the ", "AB \xF0"},
		{"アのア", "\x81\x40\x41\x81\x40"},
		{"\n<end>", "\xFE\xFF"}, // *FE is above 0A=\n in the file
	} {
		out, err := c.Encode(nil, v.in, Strict)
		if err != nil || string(out) != v.want {
			t.Errorf("encode %q: %x, %v, want %x", v.in, out, err, v.want)
		}
	}
	for in, want := range map[string]string{
		"A\x00":    "'sample' codec can't decode byte 0x00 in position 1: no entry of the table begins so",
		"A\x81":    "'sample' codec can't decode byte 0x81 in position 1: incomplete entry of the table",
		"\x81\x42": "'sample' codec can't decode byte 0x81 in position 0: no entry of the table begins so",
	} {
		if _, err := c.Decode(nil, []byte(in), Strict); fmt.Sprint(err) != want {
			t.Errorf("decode %x: %v, want %s", in, err, want)
		}
	}
	if _, err := c.Encode(nil, "Aウ", Strict); fmt.Sprint(err) != `'sample' codec can't encode character '\u30a6' in position 1: character is not in the table` {
		t.Error(err)
	}
	out, err := c.Encode(nil, "A\xed\xb3\xbf", SurrogateEscape)
	if err != nil || !bytes.Equal(out, []byte("A\xff")) {
		t.Errorf("%x %v", out, err)
	}
	var spans []string
	if err := c.Chars([]byte("A\x81\x40\x41\x00\xF0"), Replace, func(ch Char) bool {
		spans = append(spans, fmt.Sprintf("%d-%d %s", ch.Start, ch.End, ch.Text))
		return true
	}); err != nil || fmt.Sprint(spans) != "[0-1 A 1-4 アの 4-5 \uFFFD 5-6 the ]" {
		t.Errorf("%q %v", spans, err)
	}
}

func TestTableShiftJIS(t *testing.T) {
	c, err := LoadTable("old", strings.NewReader("01=\x83\x41\n02=\x83\x43\n"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := c.Decode(nil, []byte{1, 2}, Strict); err != nil || string(out) != "アイ" {
		t.Errorf("%q %v", out, err)
	}
}

func TestTableErrors(t *testing.T) {
	for _, v := range []struct {
		in, reason string
		line       int
	}{
		{"41=A\n4=B\n", `"4" has an odd number of hexadecimal digits`, 2},
		{"41=A\n\nxy=B\n", `expected bytes in hexadecimal before '=', found "xy"`, 3},
		{"41\n", "expected '=' and a text after the bytes", 1},
		{"41=\n", "no text after '='; a blank at the end of the line may have been lost", 1},
		{"=A\n", "no bytes before '='", 1},
		{"41=A\n42=C\n41=B\n", `41 is already "A" in line 1`, 3},
		{"$F5=x,1\n", "entries with $ (parameters, other tables) are not supported", 1},
		{"; nothing\n", "no entries; expected lines like 41=A", 0},
		{"41=A\n42=\x81", "neither UTF-8 nor Shift JIS: 'cp932' codec can't decode byte 0x81 in position 8: incomplete multibyte sequence", 2},
		{strings.Repeat("00", 33) + "=A", "33 bytes; an entry has at most 32", 1},
		{strings.Repeat(" ", 1<<20+1), "longer than 1 MiB", 0},
	} {
		_, err := LoadTable("t", strings.NewReader(v.in))
		var te *TableError
		if !errors.As(err, &te) || te.Line != v.line || te.Reason != v.reason {
			t.Errorf("%.40q: got %v, want line %d: %s", v.in, err, v.line, v.reason)
		}
	}
}
