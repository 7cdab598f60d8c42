package cli

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// memorySink is a byteSink that cannot seek backward and refuses to grow without bounds.
type memorySink struct{ bytes.Buffer }

var errTooBig = errors.New("too big for this test")

func (m *memorySink) seek(pos int64) error {
	if pos < int64(m.Len()) {
		return errors.New("backward")
	}
	return m.repeat([]byte{0}, pos-int64(m.Len()))
}

func (m *memorySink) repeat(unit []byte, n int64) error {
	if n > 1<<20/int64(len(unit)) {
		return errTooBig
	}
	for range n {
		m.Write(unit)
	}
	return nil
}

// runs makes data of random bytes and of runs that dumps squeeze.
func runs(r *rand.Rand, n int) []byte {
	var b []byte
	for len(b) < n {
		if r.IntN(2) == 0 {
			b = append(b, randomBytes(r.Uint64(), 1+r.IntN(60))...)
		} else {
			b = append(b, bytes.Repeat([]byte{byte(r.IntN(3))}, r.IntN(200))...)
		}
	}
	return b[:n]
}

func TestReverseRoundTrip(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 1000 {
		data := runs(r, r.IntN(1000))
		addr := []int64{0, 5, 0x400, 1<<32 - 100}[r.IntN(4)]
		width := []int{1, 2, 8, 15, 16, 17, 32, 256}[r.IntN(8)]

		dump := appendCanonical(nil, addr, data, width, newSqueezer(nil, width, false))
		dump = append(appendAddress(dump, addr+int64(len(data))), '\n')
		var got memorySink
		if err := reverseCanonical(bytes.NewReader(dump), &got); err != nil || !bytes.Equal(got.Bytes(), data) {
			t.Fatalf("canonical, width %d: %v\n%s", width, err, dump)
		}
		dump = appendXxd(nil, 0, data, width)
		got.Reset()
		if err := reverseXxd(bytes.NewReader(dump), &got); err != nil || !bytes.Equal(got.Bytes(), data) {
			t.Fatalf("xxd, width %d: %v\n%s", width, err, dump)
		}
		dump = appendPlain(nil, data, width)
		got.Reset()
		if err := reversePlain(bytes.NewReader(dump), &got); err != nil || !bytes.Equal(got.Bytes(), data) {
			t.Fatalf("plain, width %d: %v\n%s", width, err, dump)
		}
	}
}

var reverseTable = []struct{ format, in, want, err string }{
	{"canonical", "", "", ""},
	{"canonical", "\n\n", "", ""},
	{"canonical", "00000000  61 62                                             |ab|\n00000002\n", "ab", ""},
	{"canonical", "00000000  61 62\r\n00000002\r\n", "ab", ""},
	{"canonical", "00000010  61 62  |ab|\n00000012  7C 41  ||A|\n", "ab|A", ""},
	{"canonical", "0 61 62\n*\n00000008\n", "abababab", ""},
	{"canonical", "00000000  61  |a|\n*\n00000004  62  |b|\n", "aaaab", ""},
	{"canonical", "00000000  61  |a|\n00000002\n", "a", "line 2: offset 0x2, expected 0x1"},
	{"canonical", "00000000  61  |a|\n00000002  62\n", "a", "line 2: offset 0x2, expected 0x1"},
	{"canonical", "*\n", "", "line 1"},
	{"canonical", "00000000  61  |a|\n*\n", "a", "line 2: \"*\" needs"},
	{"canonical", "00000000  61 62  |a|\n*\n00000005\n", "ab", "line 3: offset 0x5 does not follow a whole number of lines"},
	{"canonical", "00000000  6 62\n", "", "line 1: expected a byte"},
	{"canonical", "00000000  zz\n", "", "line 1: expected a byte"},
	{"canonical", "hello\n", "", "line 1: expected a hexadecimal offset"},
	{"canonical", "00000000  61\n00000001\n00000001  62\n", "a", "line 3: the dump ended"},
	{"canonical", "ffffffffffffffffff 61\n", "", "63 bits"},
	{"canonical", "7fffffffffffffff 61\n", "", "63 bits"},
	{"canonical", "0 00\n*\n7fffffffffffffff\n", "\x00", errTooBig.Error()},
	{"xxd", "", "", ""},
	{"xxd", "00000000: 6162 63   abc\n", "abc", ""},
	{"xxd", "00000000: 6162 63", "abc", ""},
	{"xxd", "00000000: 616263  abc\n", "abc", ""},
	{"xxd", "0: 61\n4: 62\n", "a\x00\x00\x00b", ""},
	{"xxd", "00000002: 61  a\n", "\x00\x00a", ""},
	{"xxd", "00000000: 0000  ..\n*\n00000006: 61  a\n", "\x00\x00\x00\x00\x00\x00a", ""},
	{"xxd", "00000000:\n", "", ""},
	{"xxd", "00000000: 616  a\n", "", "line 1: expected a byte"},
	{"xxd", "00000000: 61 zz\n", "", "line 1: expected a byte"},
	{"xxd", "0: 61\n00000000 61\n", "a", "line 2: expected \":\""},
	{"xxd", "4: 61\n0: 62\n", "\x00\x00\x00\x00a", "backward"},
	{"xxd", "7fffffffffffffff: 61\n", "", "63 bits"},
	{"xxd", "7ffffffffffffffe: 61\n", "", errTooBig.Error()},
	{"plain", "", "", ""},
	{"plain", "61 62\n6\n3\t64", "abcd", ""},
	{"plain", "41\n4x\n", "A", "line 2: expected a hexadecimal digit"},
	{"plain", "41\n414\n", "AA", "line 3: an odd number"},
	{"plain", "\x1b", "", "line 1"},
}

func reverse(format string, in string, w byteSink) error {
	switch format {
	case "canonical":
		return reverseCanonical(strings.NewReader(in), w)
	case "xxd":
		return reverseXxd(strings.NewReader(in), w)
	}
	return reversePlain(strings.NewReader(in), w)
}

func TestReverse(t *testing.T) {
	for _, c := range reverseTable {
		var got memorySink
		err := reverse(c.format, c.in, &got)
		if got.String() != c.want {
			t.Errorf("%s of %q: %q, want %q", c.format, c.in, got.String(), c.want)
		}
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s of %q: error %v, want %q", c.format, c.in, err, c.err)
		}
	}
	var got memorySink
	if err := reverseCanonical(strings.NewReader("0  "+strings.Repeat("61 ", 40000)), &got); err == nil {
		t.Error("a line without end is read")
	}
}

func FuzzReverse(f *testing.F) {
	for _, c := range reverseTable {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		for _, format := range []string{"canonical", "xxd", "plain"} {
			var got, again memorySink
			if err := reverse(format, in, &got); err != nil {
				if strings.ContainsAny(oneLine(err.Error()), "\n\r\x1b\x00") {
					t.Fatalf("%s: the error is not one clean line: %q", format, err)
				}
				continue
			}
			// What was understood survives a round trip.
			var dump []byte
			switch format {
			case "canonical":
				dump = appendCanonical(nil, 0, got.Bytes(), 16, newSqueezer(nil, 16, false))
				dump = append(appendAddress(dump, int64(got.Len())), '\n')
			case "xxd":
				dump = appendXxd(nil, 0, got.Bytes(), 16)
			case "plain":
				dump = appendPlain(nil, got.Bytes(), 30)
			}
			if err := reverse(format, string(dump), &again); err != nil || !bytes.Equal(got.Bytes(), again.Bytes()) {
				t.Fatalf("%s: %v after a round trip", format, err)
			}
		}
	})
}

// TestReverseToFile runs the program with its output in a file and in a pipe: gaps, holes, lines that go backward.
func TestReverseToFile(t *testing.T) {
	tool(t, "sh")
	sh := func(in, script string) result {
		return run(t, []byte(in), "sh", "-c", script, hexlay, writeFile(t, "out", []byte("0123456789")))
	}
	back := "4: 4242\n0: 4141\n9: 43\n"
	if r := sh(back, `"$0" dump --reverse -f xxd > "$1" && cat "$1"`); r.status != 0 || string(r.out) != "AA\x00\x00BB\x00\x00\x00C" {
		t.Errorf("to a file: %+v", r)
	}
	if r := sh(back, `"$0" dump --reverse -f xxd 1<> "$1" && cat "$1"`); r.status != 0 || string(r.out) != "AA23BB678C" {
		t.Errorf("over a file: %+v", r)
	}
	if r := sh(back, `"$0" dump --reverse -f xxd | cat; "$0" dump --reverse -f xxd >/dev/null </dev/null`); !strings.Contains(r.err, "line 2") {
		t.Errorf("to a pipe: %+v", r)
	}
	if r := sh("4: 4242\n", `"$0" dump --reverse -f xxd >> "$1" && cat "$1"`); r.status != 0 || string(r.out) != "0123456789\x00\x00\x00\x00BB" {
		t.Errorf("behind a file: %+v", r)
	}
	zeros := "00000000  00 00  |..|\n*\n00000008  41  |A|\n00000009\n"
	if r := sh(zeros, `"$0" dump --reverse 1<> "$1" && cat "$1"`); r.status != 0 || string(r.out) != "\x00\x00\x00\x00\x00\x00\x00\x00A9" {
		t.Errorf("zeros over a file: %+v", r)
	}
	// A sparse file of 3 TiB goes through and stays sparse.
	big := "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n*\n30000000000  41  |A|\n30000000001\n"
	r := sh(big, `"$0" dump --reverse > "$1" && "$0" dump --at 0x2fffffffff0 "$1"`)
	if r.status == 0 && !strings.Contains(string(r.out), "30000000000  41 ") {
		t.Errorf("a sparse file: %+v", r)
	} else if r.status != 0 && !strings.Contains(r.err, "too large") {
		t.Errorf("a sparse file: %+v", r)
	}
	if r := sh(big, `"$0" dump --reverse | head -c 1`); !strings.Contains(r.err, "1 TiB") && r.err != "" {
		t.Errorf("a huge gap into a pipe: %+v", r)
	}
}

func TestReverseLikeXxd(t *testing.T) {
	tool(t, "xxd")
	data := randomBytes(7, 5000)
	copy(data[100:], make([]byte, 500))
	dir := t.TempDir()
	for _, flags := range [][]string{{}, {"-a"}, {"-u"}, {"-g1"}, {"-g8"}, {"-c", "16", "-s", "64"}} {
		cmd := exec.Command("xxd", flags...)
		cmd.Stdin = bytes.NewReader(data)
		dump, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		want := run(t, dump, "xxd", "-r").out
		if got := fine(t, dump, "dump", "--reverse", "-f", "xxd"); !bytes.Equal(got, want) {
			t.Errorf("xxd %q: %d bytes, want %d", flags, len(got), len(want))
		}
	}
	os.RemoveAll(dir)
}

// TestReverseLineEnds turns back dumps whose line ends are those of other systems and of terminals, also across the
// blocks that are read, and refuses lines that were joined.
func TestReverseLineEnds(t *testing.T) {
	data := randomBytes(21, 50001)
	path := writeFile(t, "f", data)
	for _, format := range []string{"canonical", "xxd", "plain"} {
		dump := fine(t, nil, "dump", "-f", format, path)
		for _, end := range []string{"\r", "\r\n"} {
			text := bytes.ReplaceAll(dump, []byte("\n"), []byte(end))
			if got := fine(t, text, "dump", "-r", "-f", format); !bytes.Equal(got, data) {
				t.Errorf("%s with %q: %d bytes come back of %d", format, end, len(got), len(data))
			}
		}
	}
	for _, text := range []string{"00000000  41 42  |AB|  00000002  43  |C|\n", "00000000  41 42  |AB| 43\n"} {
		fails(t, 1, "line 1: the text column has", "dump", "-r", writeFile(t, "joined", []byte(text)))
	}
	for format, text := range map[string]string{"canonical": "00000000  41\r\n00000001  4x\r\n", "xxd": "0: 41\r1: 4x\r", "plain": "41\r4x"} {
		fails(t, 1, "line 2: ", "dump", "-r", "-f", format, writeFile(t, "f", []byte(text)))
	}
	if got := fine(t, []byte("00000000  7c 7c  ||||\n"), "dump", "-r"); string(got) != "||" {
		t.Errorf("bars come back as %q", got)
	}
}
