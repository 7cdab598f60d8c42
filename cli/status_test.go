package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOutside holds that a place outside the data is status 1 for every verb, and one that is malformed status 3.
func TestOutside(t *testing.T) {
	path := writeFile(t, "f", []byte("0123456789"))
	for _, at := range []struct {
		off, text string
		status    int
	}{
		{"11", "", 1}, {"0x7fffffffffffffff", "", 1}, {"-11", "", 1}, {"x", "not an offset", 3}, {"1__0", "not an offset", 3}, {"0x8000000000000000", "63 bits", 3},
	} {
		for _, args := range [][]string{
			{"dump", path, "--at", at.off},
			{"dump", path, "--at", at.off, "--format", "xxd"},
			{"dump", path, "--at", at.off, "--format", "c", "--len", "3"},
			{"text", path, "--range", at.off + ":"},
			{"text", path, "--range", at.off + ".." + at.off},
			{"unpack", "B", path, "--at", at.off},
			{"unpack", "B", path, "--at", at.off, "--iter"},
			{"pack", "B", path, "1", "--at", at.off},
			{"patch", path, at.off + "=00"},
			{"patch", path, "--insert", at.off + "=00"},
			{"patch", path, "--delete", at.off + ":"},
		} {
			fails(t, at.status, at.text, args...)
		}
	}
	for _, args := range [][]string{{"dump", path, "--at", "10"}, {"text", path, "--range", "10:"}, {"unpack", "", path, "--at", "10"}, {"patch", path, "--delete", "10:"}} {
		fine(t, nil, args...)
	}
	fails(t, 1, "range 8..3 ends before it starts", "text", path, "--range", "-2..3")
	fails(t, 3, "range 5..3 ends before it starts", "text", path, "--range", "5..3")
	fails(t, 1, "beyond the end", "patch", path, "9=0000")
	if got := readFile(t, path); string(got) != "0123456789" {
		t.Errorf("refusals leave %q", got)
	}
}

func TestNoSuchVerb(t *testing.T) {
	t.Chdir(t.TempDir())
	fails(t, 3, `there is no verb "nosuch"`, "help", "nosuch")
	fails(t, 3, `hexlay dump has no verb "twice"`, "help", "dump", "twice")
	fails(t, 3, `unknown command "zzz"`, "completion", "zzz")
}

func TestRefusedTogether(t *testing.T) {
	path := writeFile(t, "f", []byte("00: 41\n"))
	fails(t, 3, "one --at", "unpack", "B", path, "--iter", "--at", "1", "--at", "2")
	fails(t, 3, "--reverse goes with --format only", "dump", "-r", "--width", "4", path)
	for _, args := range [][]string{{"dump", os.DevNull}, {"text", os.DevNull}} {
		if out := fine(t, nil, args...); len(out) != 0 {
			t.Errorf("%q prints %q", args, out)
		}
	}
}

// TestEndOfOffsets reads and changes the last bytes of the largest file there can be, which few file systems take.
func TestEndOfOffsets(t *testing.T) {
	path := ""
	for _, dir := range []string{t.TempDir(), "/dev/shm"} {
		f, err := os.CreateTemp(dir, "huge")
		if err != nil {
			continue
		}
		defer os.Remove(f.Name())
		defer f.Close()
		if f.Truncate(1<<63-1) == nil {
			path = f.Name()
		}
	}
	if path == "" {
		t.Skip("no file system here takes a file of 2^63-1 bytes")
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"dump", path, "--at", "-1"}, "7ffffffffffffffe  00                                                |.|\n7fffffffffffffff\n"},
		{[]string{"dump", path, "--at", "0x7fffffffffffffff"}, "7fffffffffffffff\n"},
		{[]string{"dump", path, "--at", "-3", "--format", "plain"}, "000000\n"},
		{[]string{"unpack", "B", path, "--at", "-1"}, "0x7ffffffffffffffe: (0,)\n"},
		{[]string{"patch", path, "-1=41", "-n"}, "would change 0x7ffffffffffffffe: 00 → 41\n"},
	} {
		if out := fine(t, nil, c.args...); string(out) != c.want {
			t.Errorf("%q prints %q, want %q", c.args, out, c.want)
		}
	}
	fails(t, 1, "beyond the end", "patch", path, "0x7fffffffffffffff=00", "-n")
	fails(t, 1, "beyond the end", "patch", path, "-1=0000", "-n")
	fails(t, 3, "would make the document", "patch", path, "--insert", "0=00", "-n")
}

// TestReverseFarGap turns back dumps whose offsets no file system, or only a few, can hold.
func TestReverseFarGap(t *testing.T) {
	for format, text := range map[string]string{"xxd": "0: 41\n7ffffffffffffff0: 42\n", "canonical": "00000000  01 00\n*\n7ffffffffffffff0  41\n7ffffffffffffff1\n"} {
		path := filepath.Join(t.TempDir(), "dump")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		r := runHere(t, nil, "dump", "--reverse", "--format", format, path)
		if r.status == 0 {
			continue // this file system holds it
		}
		fails(t, r.status, ": line ", "dump", "--reverse", "--format", format, path)
	}
}

// TestCompletion asks what the completion scripts of the shells ask.
func TestCompletion(t *testing.T) {
	for _, c := range []struct {
		words []string
		want  string
	}{
		{[]string{"du"}, "dump\t"},
		{[]string{"help", "du"}, "dump\t"},
		{[]string{"dump", "--rev"}, "--reverse\t"},
		{[]string{"text", "f", "--encoding", "cp43"}, "cp437\n"},
		{[]string{"text", "--errors", "surr"}, "surrogateescape\n"},
	} {
		r := runHere(t, nil, append([]string{"__complete"}, c.words...)...)
		if r.status != 0 || !strings.HasPrefix(string(r.out), c.want) && !strings.Contains(string(r.out), "\n"+c.want) {
			t.Errorf("completing %q: status %d, %q %q; want a line %q", c.words, r.status, r.out, r.err, c.want)
		}
	}
}
