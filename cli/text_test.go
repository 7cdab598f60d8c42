package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"
)

func TestText(t *testing.T) {
	// Errors are those of CPython 3.11.
	for _, c := range []struct {
		data   string
		args   []string
		status int
		json   string
	}{
		{"", nil, 0, `[{"range":[0,0],"text":""}]`},
		{"abc", nil, 0, `[{"range":[0,3],"text":"abc"}]`},
		{"q\"\\\n\x00\x1b\x7f\u0085\u202e\U0001f600\u00a0", nil, 0, `[{"range":[0,18],"text":"q\"\\\n\u0000\u001b\u007f\u0085\u202e\ud83d\ude00\u00a0"}]`},
		{"abc\xff", nil, 1, `[{"range":[0,4],"error":{"encoding":"utf-8","start":3,"end":4,"reason":"invalid start byte"}}]`},
		{"..\xe2\x82", []string{"--range", "2:"}, 1, `[{"range":[2,4],"error":{"encoding":"utf-8","start":0,"end":2,"reason":"unexpected end of data"}}]`},
		{"a\x81", []string{"--encoding", "windows-1252"}, 1, `[{"range":[0,2],"error":{"encoding":"charmap","start":1,"end":2,"reason":"character maps to <undefined>"}}]`},
		{"\xef\xbb\xbf\xff", []string{"--encoding", "utf-8-sig"}, 1, `[{"range":[0,4],"error":{"encoding":"utf-8","start":0,"end":1,"reason":"invalid start byte"}}]`},
		{"\x00\xd8", []string{"--encoding", "UTF16"}, 1, `[{"range":[0,2],"error":{"encoding":"utf-16-le","start":0,"end":2,"reason":"unexpected end of data"}}]`},
		{"x\xffy", []string{"--errors", "surrogateescape"}, 0, `[{"range":[0,3],"text":"x\udcffy"}]`},
		{"x\xffy", []string{"--errors", "backslashreplace"}, 0, `[{"range":[0,3],"text":"x\\xffy"}]`},
		{"x\xffy", []string{"--errors", "replace"}, 0, `[{"range":[0,3],"text":"x\ufffdy"}]`},
		{"x\xffy", []string{"--errors", "ignore"}, 0, `[{"range":[0,3],"text":"xy"}]`},
		{"\xed\xa0\x80", []string{"--errors", "surrogatepass"}, 0, `[{"range":[0,3],"text":"\ud800"}]`},
		{"hello\xff", []string{"--range", "0:2", "--range", "-1:", "--range", "0x1..3"}, 1,
			`[{"range":[0,2],"text":"he"},{"range":[5,6],"error":{"encoding":"utf-8","start":0,"end":1,"reason":"invalid start byte"}},{"range":[1,3],"text":"el"}]`},
	} {
		path := writeFile(t, "f", []byte(c.data))
		r := runHere(t, nil, append([]string{"text", path, "--json"}, c.args...)...)
		if r.status != c.status || r.err != "" {
			t.Errorf("%q %q: status %d, stderr %q", c.data, c.args, r.status, r.err)
		}
		sameJSON(t, r.out, c.json)
		// A parser of JSON turns lone surrogates into U+FFFD: look at the text too.
		if strings.Contains(c.json, `\ud`) && !bytes.Contains(r.out, []byte(c.json[strings.Index(c.json, `\ud`):][:6])) && !utf8.ValidString(c.data) {
			t.Errorf("%q: no lone surrogate in %s", c.data, r.out)
		}
	}

	path := writeFile(t, "f", []byte("ab\xffcd\n"))
	r := fails(t, 1, "hexlay text: 'utf-8' codec can't decode byte 0xff in position 2: invalid start byte", "text", path)
	if string(r.out) != "ab" {
		t.Errorf("before the error: %q", r.out)
	}
	if out := fine(t, nil, "text", path, "--errors", "surrogateescape"); string(out) != "ab\\udcffcd\n" {
		t.Errorf("a lone surrogate: %q", out)
	}
	if out := fine(t, nil, "text", path, "--range", "0:2", "--range", "3:"); string(out) != "ab\ncd\n" {
		t.Errorf("two ranges: %q", out)
	}
	r = fails(t, 1, "range 4..14: 8 bytes are missing, the data ends at 6", "text", path, "--range", "4:10", "--json")
	sameJSON(t, r.out, `[{"range":[4,6],"text":"d\n"}]`)
	r = fails(t, 1, "range 9..10 begins beyond the end: the data has 6 bytes", "text", path, "--range", "9:1", "--json")
	sameJSON(t, r.out, `[{"range":[9,9],"text":""}]`)
	fails(t, 2, "did you mean cp1252", "text", path, "--encoding", "cp125x2")
	fails(t, 2, "unknown codec", "text", path, "--encoding", "\x1b[31mqqqqqqqqqqqqqqqqqqqqqqq")
	fails(t, 2, "surrogateescape", "text", path, "--errors", "surrogate-escape")
	fails(t, 2, "xmlcharrefreplace", "text", path, "--errors", "xmlcharrefreplace")
	fails(t, 3, "not a range", "text", path, "--range", "5")
	fails(t, 1, "before the start", "text", path, "--range", "-9:1")
	if r := run(t, []byte("caf\xe9"), hexlay, "text", "-", "--encoding", "latin-1"); string(r.out) != "café" || r.status != 0 {
		t.Errorf("from standard input: %+v", r)
	}
	for _, args := range [][]string{{"text", "--list"}, {"codecs"}} {
		if out := fine(t, nil, args...); !bytes.Contains(out, []byte("\ncp1252 ")) {
			t.Errorf("%q prints %.100q", args, out)
		}
		if list := parsed(t, fine(t, nil, append(args, "--json")...)).([]any); len(list) < 90 || list[0].(map[string]any)["name"] != "ascii" {
			t.Errorf("%q --json: %d entries", args, len(list))
		}
	}
}

// TestTextLong decodes what is longer than any buffer, with characters across every border.
func TestTextLong(t *testing.T) {
	want := strings.Repeat("aé€😀", 100000)
	path := writeFile(t, "f", []byte("x"+want))
	if out := fine(t, nil, "text", path, "--range", "1:"); string(out) != want {
		t.Error("the text changed")
	}
	list := parsed(t, fine(t, nil, "text", path, "--range", "1:", "--json")).([]any)
	if list[0].(map[string]any)["text"] != want {
		t.Error("the text in JSON changed")
	}
	bad := writeFile(t, "bad", []byte(want+"\xff"))
	r := runHere(t, nil, "text", bad, "--json")
	sameJSON(t, r.out, fmt.Sprintf(`[{"range":[0,%d],"error":{"encoding":"utf-8","start":%d,"end":%d,"reason":"invalid start byte"}}]`, len(want)+1, len(want), len(want)+1))
}

func TestEncode(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"Grüße€", "--encoding", "cp437", "--errors", "xmlcharrefreplace"}, "477281e1652623383336343b"},
		{[]string{"aé", "--encoding", "utf-16"}, "fffe6100e900"},
		{[]string{"é", "--encoding", "ascii", "--errors", "backslashreplace"}, "5c786539"},
		{[]string{""}, ""},
	} {
		if out := fine(t, nil, append([]string{"encode", "--format", "hex"}, c.args...)...); string(out) != c.want+"\n" {
			t.Errorf("%q: %s, want %s", c.args, out, c.want)
		}
	}
	if out := fine(t, []byte("é\n"), "encode", "-", "--encoding", "latin1"); string(out) != "\xe9\n" {
		t.Errorf("from standard input: %q", out)
	}
	fails(t, 1, "'charmap' codec can't encode character '\\u20ac' in position 2", "encode", "Gr€", "--encoding", "cp437")
	fails(t, 1, "byte 1 of the text is not UTF-8", "encode", "a\xff")
	fails(t, 2, "did you mean", "encode", "a", "--encoding", "utf-88")
	fails(t, 3, "unknown format", "encode", "a", "--format", "x")
}

// TestTerminal holds that no byte of the data, of a file's name or of an argument acts on a terminal.
func TestTerminal(t *testing.T) {
	hostile := "\x1b]0;title\x07\x1b[2J\u009b31m\u202eevil\r\x00"
	path := writeFile(t, "evil\x1b[31m\u202e", []byte(hostile+"\xff"))
	for _, args := range [][]string{
		{"text", path}, {"text", path, "--errors", "replace"}, {"text", path, "--errors", "replace", "--json"},
		{"text", path, "--encoding", "latin-1"}, {"text", path, "--encoding", hostile[:10]},
		{"encode", hostile[1:8]}, {"unpack", "<4s:a\x1bb", path}, {"unpack", "4s", path}, {"calcsize", hostile[:5]},
		{"dump", path}, {"dump", "-f", "xxd", path}, {"dump", "-f", "python", path}, {"dump", "-f", "c", path},
		{"dump", path + "x"}, {"dump", "-f", hostile[:10], path}, {"patch", path, hostile[:10]},
		{"patch", path, "0=" + hostile[:10]}, {"patch", path, "0=00", "--dry-run"}, {"text", path, "--range", hostile[:10]},
		{"dump", "--reverse", path}, {"--at", hostile[:10], path},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		cmd := exec.CommandContext(ctx, hexlay, args...)
		f, err := pty.Start(cmd)
		if err != nil {
			t.Skipf("no pseudo-terminal: %v", err)
		}
		out, err := io.ReadAll(f)
		if err != nil && !strings.Contains(err.Error(), "input/output error") { // how Linux says that the other side closed
			t.Fatal(err)
		}
		if cmd.Wait(); ctx.Err() != nil {
			t.Errorf("%q does not end", args)
		}
		cancel()
		f.Close()
		for _, r := range strings.ReplaceAll(string(out), "\r\n", "\n") {
			if r < 0x20 && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == 0x202e || r == utf8.RuneError {
				if r == utf8.RuneError && strings.Contains(strings.Join(args, " "), "replace") {
					continue
				}
				t.Errorf("%q prints %q", args, out)
				break
			}
		}
	}
	_ = os.Remove(path)
}

func TestAppendPlainText(t *testing.T) {
	for _, c := range []struct{ in, pipe, terminal string }{
		{"", "", ""},
		{"a\x1bb\n\té", "a\x1bb\n\té", "a\\x1bb\n\té"},
		// U+D000 to U+D7FF begin with the same byte as surrogates.
		{"힣한\xed\xa0\x80한\xed\xbf\xbf", "힣한\\ud800한\\udfff", "힣한\\ud800한\\udfff"},
		{"\u202e한", "\u202e한", "\\u202e한"},
	} {
		if got := string(appendPlainText(nil, []byte(c.in), false)); got != c.pipe {
			t.Errorf("%q into a pipe: %q, want %q", c.in, got, c.pipe)
		}
		if got := string(appendPlainText(nil, []byte(c.in), true)); got != c.terminal {
			t.Errorf("%q on a terminal: %q, want %q", c.in, got, c.terminal)
		}
	}
}

func TestCharacterTable(t *testing.T) {
	tbl := writeFile(t, "game.tbl", []byte("41=あ\n8140=the \n*FE\n/FF=<end>\n"))
	data := writeFile(t, "f", []byte("\x41\x81\x40\xfe\xff"))
	if out := fine(t, nil, "text", data, "--table", tbl); string(out) != "あthe \n<end>" {
		t.Errorf("text --table: %q", out)
	}
	sameJSON(t, fine(t, nil, "text", data, "--table", tbl, "--json"), `[{"range":[0,5],"text":"あthe \n<end>"}]`)
	if out := fine(t, nil, "encode", "あthe \n<end>", "--table", tbl, "--format", "hex"); string(out) != "418140feff\n" {
		t.Errorf("encode --table: %q", out)
	}
	r := fails(t, 1, "codec can't decode byte 0x81 in position 0", "text", writeFile(t, "g", []byte("\x81\x41")), "--table", tbl, "--errors", "strict")
	if len(r.out) != 0 {
		t.Errorf("prints %q", r.out)
	}
	fails(t, 1, "character is not in the table", "encode", "x", "--table", tbl)
	bad := writeFile(t, "bad.tbl", []byte("41=A\n\nnonsense\n"))
	for _, args := range [][]string{{"text", data}, {"encode", "x"}} {
		fails(t, 2, "table bad.tbl, line 3: ", append(args, "--table", bad)...)
		fails(t, 3, "no such file", append(args, "--table", bad+"x")...)
		fails(t, 3, "[encoding table]", append(args, "--table", tbl, "--encoding", "cp437")...)
	}
	fails(t, 2, "no entries", "text", data, "--table", writeFile(t, "empty.tbl", nil))
}
