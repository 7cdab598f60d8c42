//go:build linux

package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/creack/pty"
	"github.com/spf13/pflag"

	"hexlay/mmapdoc"
)

// hostile holds what must not act on a terminal: escape sequences, C0 and C1 controls as bytes and as UTF-8, bidi and
// format characters, surrogates.
const hostile = "\x1b[2J\x1b]0;owned\x07\x1bc\x1b]52;c;b3duZWQ=\x07\x08\x0e\x0f\x85\x9b31m\u009b31m\u0085" +
	"\u202eabc\u202c\u2066x\u2069\u200e\u061c\u200b\ufeff\xed\xa0\x80\u2028\u2029\U000e0001\xff\xfe"

// ownOutput are the sequences that verbs write: colours, and the line of progress.
var ownOutput = regexp.MustCompile("\x1b\\[[0-9;]*m|\r\x1b\\[K")

// acting finds the first character that may act on a terminal.
func acting(out []byte) int {
	out = ownOutput.ReplaceAll(out, nil)
	for i := 0; i < len(out); {
		r, n := utf8.DecodeRune(out[i:])
		switch {
		case r == '\n' || r == '\t' || r == '\r' && i+1 < len(out) && out[i+1] == '\n':
		case r == utf8.RuneError && n == 1, unicode.Is(unicode.C, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			return i
		}
		i += n
	}
	return -1
}

// onTerminal runs hexlay with its output on a terminal and gives what it wrote.
func onTerminal(t *testing.T, args ...string) []byte {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	defer master.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, hexlay, args...)
	cmd.Stdout, cmd.Stderr = tty, tty
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	var out bytes.Buffer
	_, _ = io.Copy(&out, master) // it ends with EIO when the program has
	_ = cmd.Wait()
	if ctx.Err() != nil {
		t.Fatalf("%q does not end", args)
	}
	return out.Bytes()
}

// TestOutputSafety (N8): whatever the bytes, the file's name and the arguments are, no verb writes a character to a
// terminal that acts on it.
func TestOutputSafety(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	if acting([]byte("a\x1b[1mb\r\n\tc漢")) >= 0 || acting([]byte("\x1b[2J")) < 0 || acting([]byte("\u202e")) < 0 || acting([]byte("\x85")) < 0 || acting([]byte("x\ry")) < 0 {
		t.Fatal("what acts on a terminal is not found")
	}
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("XDG_STATE_HOME", filepath.Join(dir, "state"))
	name := hostile + "\n.bin"
	content := []byte(strings.Repeat(hostile+"\x00plain text\x00", 20))
	for _, n := range []string{name, "b" + name, "template" + name + ".ksy"} {
		if err := os.WriteFile(n, content, 0o644); err != nil {
			t.Skip(err)
		}
	}
	template := "meta: {id: x}\nseq:\n- {id: a, size: 70}\n- {id: s, type: str, encoding: UTF-8, size: 60}\n- {id: z, contents: [1]}\n"
	if err := os.WriteFile("good.ksy", []byte(template), 0o644); err != nil {
		t.Fatal(err)
	}
	leaveEdits(t, name)

	runs := [][]string{
		{name, "more"}, {"-nosuch" + hostile}, {"help", hostile}, {"--at", hostile, name},
		{"dump", name, "--color"}, {"dump", name, "--format", hostile}, {"dump", name, "--at", hostile}, {"dump", "nosuch" + hostile},
		{"text", name, "--errors", "ignore"}, {"text", name, "--errors", "surrogateescape"}, {"text", name, "--errors", "backslashreplace"},
		{"text", name, "--encoding", "latin-1"}, {"text", name, "--encoding", hostile}, {"text", name, "--range", "0:20", "--range", "3:50", "--errors", "replace"},
		{"text", name, "--encoding", "utf-16-le", "--errors", "replace"},
		{"encode", hostile}, {"encode", "--format", "python", hostile},
		{"unpack", "80s20p:one,two", name}, {"unpack", "80s:" + hostile, name}, {"unpack", hostile, name},
		{"pack", "9s", name, hostile, "--at", "0", "--dry-run"},
		{"patch", name, "0=" + hostile}, {"patch", name, "--dry-run", "0=1b5d30"}, {"patch", "nosuch" + name, "0=00"},
		{"find", name, "--text", "owned"}, {"find", name, hostile}, {"find", name, "--regex", hostile + "("},
		{"hash", name}, {"hash", name, "--algo", hostile}, {"diff", name, "b" + name}, {"strings", name}, {"stats", name},
		{"recover"}, {"recover", "--json"}, {"recover", name}, {"recover", "edits-" + hostile}, {"recover", name, "--to", "out" + name}, {"recover", "b" + name},
		{"decode", name, "--template", "good.ksy"}, {"decode", name, "--template", "template" + name + ".ksy"}, {"decode", name, "--template", hostile},
		{"check", name, "--template", "good.ksy"}, {"set", name, "a=" + hostile, "--template", "good.ksy"},
	}
	// Every verb there is, also one that nobody thought of here.
	root := (&app{os.Stdin, os.Stdout, os.Stderr}).rootCommand()
	for _, c := range root.Commands() {
		verb := c.Name()
		if slices.Contains([]string{"listen", "connect", "proxy", "completion"}, verb) { // they wait for somebody, or print a script
			continue
		}
		runs = append(runs, []string{verb}, []string{verb, name}, []string{verb, hostile, name}, []string{verb, name, hostile}, []string{verb, "--" + hostile},
			[]string{verb, name, "--json"}, []string{verb, "--json"})
		c.Flags().VisitAll(func(f *pflag.Flag) {
			flag := "--" + f.Name
			if f.NoOptDefVal != "" {
				runs = append(runs, []string{verb, name, flag}, []string{verb, name, flag + "=" + hostile})
				return
			}
			runs = append(runs, []string{verb, name, flag, hostile}, []string{verb, name, "b" + name, flag, "1"})
		})
	}
	for _, args := range runs {
		for _, arg := range args {
			if strings.ContainsRune(arg, 0) {
				t.Fatalf("%q holds a zero byte", args)
			}
		}
		out := onTerminal(t, args...)
		if len(args) == 1 && args[0] == "recover" && !bytes.Contains(out, []byte("left behind")) {
			t.Errorf("the journal is not listed: the test shows less than it should:\n%q", out)
		}
		if i := acting(out); i >= 0 {
			clean := ownOutput.ReplaceAll(out, nil)
			t.Errorf("%q writes %q", args, clean[max(0, i-40):min(len(clean), i+20)])
		}
	}
}

// leaveEdits leaves a journal of edits behind for a file.
func leaveEdits(t *testing.T, path string) {
	t.Helper()
	d, err := mmapdoc.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.StartJournal(); err != nil {
		t.Fatal(err)
	}
	if err := d.Splice(0, 3, []byte(hostile), mmapdoc.Alone); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}
