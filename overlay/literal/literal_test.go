package literal

import (
	"bytes"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"
)

const png = "89504e470d0a1a0a"

// parseTable are texts and the bytes they stand for; "" is a refusal. They also seed the fuzzers.
var parseTable = []struct {
	text, want string
	notation   Notation
}{
	// Hexadecimal.
	{"89 50 4e 47", "89504e47", AsHex},
	{" 89504E47\n0d0a 1a0a ", png, AsPlain},
	{"4e", "4e", AsPlain},
	{"89:50:4e:47", "89504e47", AsHex},
	{"89-50-4E-47", "89504e47", AsHex},
	{"0011.2233.4455", "001122334455", AsHex},
	{"0x89 0x50", "8950", AsHex},
	{"0x89, 0x50, 0x4E,", "89504e", AsHex},
	{"0X89504E47", "89504e47", AsHex},
	{"0x890x50", "8950", AsHex},
	{"0x5 0xA", "050a", AsHex},
	{"$89,$50", "8950", AsHex},
	{"89h 50h, 0Ah", "89500a", AsHex},
	{"%89%50", "8950", AsHex},
	{"&H89 &H50", "8950", AsHex},
	{"x'8950'", "8950", AsHex},
	{"hex:8950", "8950", AsPlain},
	{"10 20 30", "102030", AsHex}, // hexadecimal first
	{"b0 b1", "b0b1", AsHex},
	{"895", "", 0}, {"8 9", "", 0}, {"0x123", "", 0}, {"89 5g", "", 0}, {"0x", "", 0}, {"hello", "", 0}, {"", "", 0}, {" , ", "", 0}, {"89h5", "", 0}, {"héx", "", 0},
	// Strings.
	{`\x89\x50`, "8950", AsString},
	{`\x89PNG\r\n`, "89504e470d0a", AsString},
	{`"\x89PNG"`, "89504e47", AsString},
	{`"a" "b"` + "\n" + `"\0\377\e\u00e9\U0001f600";`, "6162" + "00ff1b" + "c3a9" + "f09f9880", AsString},
	{`"\u{e9}é"`, "c3a9c3a9", AsString},
	{"`a\\n`", "615c6e", AsString},
	{`br#"a"\"#`, "61225c", AsString},
	{`"a`, "", 0}, {`"\q"`, "", 0}, {`"\400"`, "", 0}, {`"a" b`, "", 0}, {`"\ud800"`, "", 0}, {`\`, "", 0}, {`br#"a"`, "", 0},
	// Python.
	{`b'\x89PNG'`, "89504e47", AsPython},
	{`rb"\x"`, "5c78", AsPython},
	{`(b'a'` + "\n  # more\n" + ` b"b")`, "6162", AsPython},
	{`data = b'a'`, "61", AsPython},
	{`b"ID: %04x" % 255`, hex.EncodeToString([]byte("ID: 00ff")), AsPython},
	{`b"%s-%d" % (b"x", -5)`, hex.EncodeToString([]byte("x--5")), AsPython},
	{`b"%(a)d" % {b"a": 7}`, "37", AsPython},
	{`bytes.fromhex('89 50')`, "8950", AsPython},
	{`b'a' 'b'`, "", 0}, {`b'a`, "", 0}, {`b'é'`, "", 0}, {`b'\xg'`, "", 0}, {`b'%d' % b'x'`, "", 0}, {`b'%d' %`, "", 0}, {`(b'a'`, "", 0}, {`b'a' + 1`, "", 0},
	// Arrays.
	{"{0x89, 0x50}", "8950", AsC},
	{"unsigned char x_png[] = {\n  0x89, 0x50, /* two */ 0x4e\n};\nunsigned int x_png_len = 3;\n", "89504e", AsC},
	{"static const uint8_t d[4] = { 137, 'P', '\\n', 017 };", "89500a0f", AsC},
	{"[]byte{0x89, 0x50, // sig\n}", "8950", AsGo},
	{"var x = [2]uint8{0b1000_1001, 0o120}", "8950", AsGo},
	{"byte[] b = new byte[] {(byte)0x89, -128, 0x50};", "898050", AsC},
	{"[0x89u8, 0x50]", "8950", AsRust},
	{"pub const D: &[u8] = &[0x89, 80, b'N'];", "89504e", AsRust},
	{"let x: [u8; 4] = [0xff_u8; 4];", "ffffffff", AsRust},
	{"const D: &'static [u8] = &[b'{', 1];", "7b01", AsRust},
	{"[0x7d, '\\'', /* ] { */ 1] // {", "7d2701", AsRust},
	{"/* 3, bytes */ {1}", "01", AsC},
	{"vec![1, 2, 3]", "010203", AsRust},
	{"bytes([137, 80])", "8950", AsRust},
	{"new Uint8Array([137, 80])", "8950", AsRust},
	{"{}", "", AsC},
	{"{89, 4e}", "", 0}, {"{256}", "", 0}, {"{-129}", "", 0}, {"[017]", "", 0}, {"{1, 2", "", 0}, {"{1 2}", "", 0}, {"{1} 2", "", 0}, {"89 {50}", "", 0}, {"[1] [2]", "", 0},
	{"x[] = {1}; unsigned int x_len = 2;", "", 0}, {"[0; 99999999999]", "", 0}, {"{1, /* }", "", 0}, {"{(int)1}", "", 0}, {"{'ab'}", "", 0}, {"[", "", 0}, {"[//", "", 0}, {"((((\v(\x80", "", 0},
	// Dumps.
	{"00000000: 8950 4e47 0d0a 1a0a                      .PNG....\n", png, AsDump},
	{"00000010: 8950 4e47 0d0a 1a0a 3131 3131 3232 3232  .PNG 11  : 22 2\n00000020: ff  .", png + "3131313132323232ff", AsDump},
	{"00000000  89 50 4e 47 0d 0a 1a 0a  31 31 31 31 32 32 32 32  |.PNG....1111| 2|\n00000010\n", png + "3131313132323232", AsDump},
	{"00000000  61 61 |aa|\n*\n00000006  62  |b|\n00000007", "61616161616162", AsDump},
	{"0000000 89 50 4e 47\n0000004\n", "89504e47", AsDump},
	{"0000000 61 62 63 64 65 66 67 68\n0000010 69\n0000011\n", "616263646566676869", AsDump}, // od, in octal
	{"00000000: 8950\n00000004: 4e47\n", "", 0}, {"00000000: 89\n00000000: 89\n", "", 0}, {"00000000  61  |a|\n*\n", "", 0}, {"00000000  61  |a|\n*\nffffffffffff\n", "", 0},
	{"000000 61 62 63 64 3a 3e 0d 0a  >abcd:>..<\n000008\n", "616263643a3e0d0a", AsDump},
	{"0000000 00 00 00 00 00 00 00 00\n*\n0000020 01\n0000021\n", "0000000000000000000000000000000001", AsDump},
	{"0000000 5089 474e\n0000004\n", "", 0}, {"00000000: f9eb34a6 0edd8308  .4......\n", "", 0}, {"00000000: 00100101 01000001                                      %A\n", "", 0},
	{"00000000: c3ec48fd       4f                    .H..O\n", "", 0},
	{"00000000:       25                             %\n", "", 0}, {"*\n00000000: 61\n", "", 0},
	{"00000000: 895\n", "", 0}, {"00000000: 8950\nhello\n", "", 0},
	// A line that holds more than its ASCII column, lines that are missing.
	{"00000000  61 62  |ab|  00000002  63 64  |cd|\n00000004\n", "", 0}, {"00000000  61 62  |ab| |cd|\n", "", 0}, {"000000 61  >a<  62\n000002\n", "", 0},
	{"000000 61 62\n000004 63 64\n", "", 0}, {"00000000  61 62\n00000003  63\n", "", 0}, {"00000000  61 62  |ab\n00000002  63  |c|\n", "616263", AsDump},
	{"00000000  c3 a9 7c  |é||\n", "c3a97c", AsDump},
	// Line ends inside other notations; see TestLineEnds.
	{"{1, // one\n 2}", "0102", AsC}, {"b'a' # one\n  b'b'", "6162", AsPython}, {"b'''a\nb'''", "610a62", AsPython},
	{"`a\nb`", "610a62", AsString}, {"br#\"a\nb\"#", "610a62", AsString}, {"\"a\\\nb\"", "6162", AsString}, {"89\n50", "8950", AsHex},
	// Base64, only when it says so, and uuencode.
	{"base64:iVBORw==", "89504e47", AsBase64},
	{"b64\"iVBO\nRw\"", "89504e47", AsBase64},
	{"base64:-_-_", "fbffbf", AsBase64},
	{"begin 644 x\n$B5!.1P  \n \nend\n", "89504e47", AsUU},
	{"base64:iVBOR", "", 0}, {"base64:iV!O", "", 0}, {"base64:iV==BO", "", 0}, {"iVBORw==", "", 0}, {"begin 644 x\n#", "", 0},
}

func TestParse(t *testing.T) {
	for _, c := range parseTable {
		b, n, err := Parse(c.text)
		if c.want == "" && c.notation == 0 {
			if err == nil {
				t.Errorf("Parse(%q) = %x (%v), want an error", c.text, b, n)
			} else if e, ok := err.(*ParseError); !ok || e.Pos < 0 || e.Pos > len(c.text) {
				t.Errorf("Parse(%q): %v", c.text, err)
			}
			continue
		}
		if err != nil || hex.EncodeToString(b) != c.want || n != c.notation {
			t.Errorf("Parse(%q) = %x (%v), %v, want %s (%v)", c.text, b, n, err, c.want, c.notation)
		}
	}
}

// TestLineEnds reads the whole table with the line ends that terminals and other systems put in place of LF.
func TestLineEnds(t *testing.T) {
	for _, c := range parseTable {
		for _, end := range []string{"\r", "\r\n"} {
			text := strings.ReplaceAll(c.text, "\n", end)
			b, n, err := Parse(text)
			if c.want == "" && c.notation == 0 {
				if err == nil {
					t.Errorf("Parse(%q) = %x (%v), want an error", text, b, n)
				}
			} else if err != nil || hex.EncodeToString(b) != c.want || n != c.notation {
				t.Errorf("Parse(%q) = %x (%v), %v; want %s (%v)", text, b, n, err, c.want, c.notation)
			}
		}
	}
	// 48 bytes in three lines, as a terminal pastes them: the second and third line were once dropped.
	dump := "00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\r" +
		"00000010  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\r" +
		"00000020  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\r00000030\r"
	if b, n, err := Parse(dump); err != nil || n != AsDump || string(b) != strings.Repeat("0123456789abcdef", 3) {
		t.Errorf("a dump of 48 bytes: %q (%v), %v", b, n, err)
	}
}

func TestErrorPositions(t *testing.T) {
	for _, c := range []struct {
		text string
		pos  int
	}{
		{"89 5g", 3}, {" 89 zz", 4}, {"{1, 300}", 4}, {"b'ab\\x1'", 4}, {"  b'é'", 4}, {"base64:iV!O", 9}, {"\"ab\\q\"", 3}, {"b'%d' % foo", 8},
	} {
		_, _, err := Parse(c.text)
		if e, ok := err.(*ParseError); !ok || e.Pos != c.pos {
			t.Errorf("Parse(%q): %v, want position %d", c.text, err, c.pos)
		}
	}
}

func TestParseHex(t *testing.T) {
	for text, want := range map[string]string{
		"89 50": "8950", "{0x89}": "89", "00000000: 8950  .P\n": "8950", `\x89\x50`: "8950", "\n0x89\t": "89", "b'a'": "", `"41"`: "",
	} {
		b, err := ParseHex(text)
		if hex.EncodeToString(b) != want || (err == nil) != (want != "") {
			t.Errorf("ParseHex(%q) = %x, %v, want %q", text, b, err, want)
		}
	}
}

// random bytes, often of the troublesome kind.
func random(r *rand.Rand, n int) []byte {
	const odd = "'\"\\\n\r\t\x00 {}[]%|:;#=~"
	b := make([]byte, n)
	for i := range b {
		if b[i] = byte(r.Uint32()); r.IntN(3) == 0 {
			b[i] = odd[r.IntN(len(odd))]
		}
	}
	return b
}

// TestRoundTrip writes in every notation, whole and in random portions, and reads back.
func TestRoundTrip(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for range 3000 {
		b := random(r, []int{0, 1, 2, 12, 16, 45, 57, r.IntN(100), r.IntN(400)}[r.IntN(9)])
		n := Notations()[r.IntN(len(Notations()))]
		o := Options{Width: []int{0, 0, 1, 3, 8, 16, -1, 1 + r.IntN(80)}[r.IntN(8)]}
		if r.IntN(2) == 0 {
			o.Name = "some_data"
		}
		whole := Format(n, b, o)
		var buf bytes.Buffer
		e := NewEncoder(&buf, n, o)
		for rest := b; len(rest) > 0; {
			k := 1 + r.IntN(len(rest))
			if m, err := e.Write(rest[:k]); m != k || err != nil {
				t.Fatal(m, err)
			}
			rest = rest[k:]
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		if strings.TrimSuffix(buf.String(), "\n") != strings.TrimSuffix(whole, "\n") {
			t.Fatalf("%v %+v of %x:\nin portions %q\nwhole       %q", n, o, b, buf.String(), whole)
		}
		got, err := ParseAs(n, whole)
		if n != AsBase64 && n != AsQP && len(b) > 0 {
			var as Notation
			got, as, err = Parse(whole)
			if as != n && !(n == AsHex && as == AsPlain) && !(n == AsPlain && as == AsHex) {
				t.Fatalf("%v: %q was taken for %v", n, whole, as)
			}
		}
		if n <= AsPlain && len(b) == 0 {
			continue // the empty text is refused when pasted
		}
		if err != nil || !bytes.Equal(got, b) {
			t.Fatalf("%v %+v of %x is\n%s\nwhich reads as %x, %v", n, o, b, whole, got, err)
		}
	}
}

func TestFormat(t *testing.T) {
	b := []byte("\x89PNG\r\n\x1a\n")
	long := bytes.Repeat([]byte{0xab}, 13)
	for _, c := range []struct {
		n    Notation
		b    []byte
		o    Options
		want string
	}{
		{AsHex, b, Options{}, "89 50 4e 47 0d 0a 1a 0a"},
		{AsPlain, b, Options{}, png},
		{AsC, b, Options{}, "{0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a}"},
		{AsGo, b[:2], Options{}, "[]byte{0x89, 0x50}"},
		{AsGo, long, Options{}, "[]byte{\n\t0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab, 0xab,\n\t0xab,\n}"},
		{AsRust, b[:2], Options{Name: "sig"}, "pub const SIG: &[u8] = &[\n    0x89, 0x50,\n];\n"},
		{AsC, b[:2], Options{Name: "sig"}, "unsigned char sig[] = {\n  0x89, 0x50,\n};\nunsigned int sig_len = 2;\n"},
		{AsPython, b, Options{}, `b'\x89PNG\r\n\x1a\n'`},
		{AsPython, b, Options{Width: 4}, "(\n    b'\\x89PNG'\n    b'\\r\\n\\x1a\\n'\n)"},
		{AsPython, b[:2], Options{Name: "sig"}, "sig = b'\\x89P'\n"},
		{AsBase64, b, Options{}, "iVBORw0KGgo="},
		{AsBase64, b, Options{Width: 4}, "iVBO\nRw0K\nGgo="},
		{AsUU, b[:4], Options{}, "begin 644 data\n$B5!.1P  \n \nend\n"},
		{AsQP, b[:4], Options{}, "=89PNG"},
		{AsC, nil, Options{}, "{}"},
		{AsHex, nil, Options{}, ""},
	} {
		if got := Format(c.n, c.b, c.o); got != c.want {
			t.Errorf("Format(%v, %x, %+v) =\n%s\nwant\n%s", c.n, c.b, c.o, got, c.want)
		}
	}
}

// TestGoCompiles asks gofmt whether the Go text is Go, and already formatted.
func TestGoCompiles(t *testing.T) {
	gofmt, err := exec.LookPath("gofmt")
	if err != nil {
		t.Skip("no gofmt")
	}
	src := "package x\n\n" + Format(AsGo, bytes.Repeat([]byte("\x00\xff"), 50), Options{Name: "data"})
	cmd := exec.Command(gofmt, "-l")
	cmd.Stdin = strings.NewReader(src)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("gofmt: %v %s\n%s", err, out, src)
	}
}

func TestHex(t *testing.T) {
	b := []byte{1, 2, 3, 4, 5}
	for _, c := range []struct {
		sep  string
		n    int
		want string
	}{{" ", 1, "01 02 03 04 05"}, {"_", 2, "01_0203_0405"}, {":", -2, "0102:0304:05"}, {"", 1, "0102030405"}, {" ", 0, "0102030405"}, {" ", 9, "0102030405"}, {" ", -1 << 63, "0102030405"}} {
		if got := Hex(b, c.sep, c.n); got != c.want {
			t.Errorf("Hex(%q, %d) = %q, want %q", c.sep, c.n, got, c.want)
		}
	}
}

// TestBounds: a short text cannot ask for much.
func TestBounds(t *testing.T) {
	for _, c := range []struct{ format, args string }{
		{"%1000000000d", "1"}, {"%.1000000000d", "1"}, {"%.1000000000f", "1.5"}, {"%#.1000000000g", "1.5"}, {"%*d", "(1000000000, 1)"},
		{"%99999999999999999999d", "1"}, {"%.99999999999d", "1"}, {"%d", strings.Repeat("9", 5000)}, {"%d", "1e308"}, {"%a", strings.Repeat("(", 100000)}, {"%a", strings.Repeat("-", 100000) + "1"},
		{strings.Repeat("%30000000d", 3), "(1, 2, 3)"},
	} {
		b, err := Percent([]byte(c.format), c.args)
		if c.args == "1e308" {
			if err != nil || len(b) != 309 {
				t.Errorf("%s: %d bytes, %v", c.args, len(b), err)
			}
		} else if err == nil {
			t.Errorf("Percent(%.40q, %.40q) = %d bytes", c.format, c.args, len(b))
		}
	}
	if _, _, err := Parse(strings.Repeat("(", 1<<20) + "b''"); err == nil {
		t.Error("a million parentheses were read")
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range parseTable {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, parse := range []func(string) ([]byte, error){
			func(s string) ([]byte, error) { b, _, err := Parse(s); return b, err }, ParseHex, ParsePy,
			func(s string) ([]byte, error) { return ParseAs(AsBase64, s) },
			func(s string) ([]byte, error) { return ParseAs(AsUU, s) },
			func(s string) ([]byte, error) { return ParseAs(AsQP, s) },
		} {
			if _, err := parse(s); err != nil {
				if e, ok := err.(*ParseError); !ok || e.Pos < 0 || e.Pos > len(s) || strings.Contains(e.Reason, "\n") {
					t.Errorf("%q: %#v", s, err)
				}
			}
		}
	})
}

func FuzzPercent(f *testing.F) {
	for _, c := range [][2]string{{"%d", "1"}, {"%-+#0 12.3x", "-0xff"}, {"%(a)s", "{b'a': b'x'}"}, {"%*.*f%%", "(1, 2, 3.5)"}, {"%c%b%a%r", "(65, b'x', 'y\\u20ac', (None, True))"}, {"%g%E", "(1e99, .5)"}} {
		f.Add([]byte(c[0]), c[1])
	}
	f.Fuzz(func(t *testing.T, format []byte, args string) {
		if b, err := Percent(format, args); err == nil && len(b) > maxFormatted {
			t.Errorf("%d bytes", len(b))
		}
	})
}

func BenchmarkEncoder(b *testing.B) {
	data := random(rand.New(rand.NewPCG(1, 2)), 1<<20)
	for _, n := range Notations() {
		b.Run(n.String(), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			e := NewEncoder(io.Discard, n, Options{Name: "data"})
			for b.Loop() {
				e.Write(data)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	data := random(rand.New(rand.NewPCG(1, 2)), 1<<20)
	for _, n := range []Notation{AsHex, AsPlain, AsC, AsPython, AsBase64} {
		text := Format(n, data, Options{})
		b.Run(n.String(), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := ParseAs(n, text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestParseLine: a quote that is not closed reaches to the end of the line, in every kind of string; other mistakes stay mistakes.
func TestParseLine(t *testing.T) {
	for in, want := range map[string]string{
		`"abc`: "abc", `"abc `: "abc ", `  "a b`: "a b", `'it is`: "it is", `"it's`: "it's", "`a\\n": `a\n`, `"a\x41\n`: "aA\n",
		`b"%d`: "%d", `b'a\xff`: "a\xff", `rb'a\n`: `a\n`, `"`: "", `"a\"b`: `a"b`,
		`"closed"`: "closed", `41 42`: "AB", `"a" "b"`: "ab",
	} {
		if b, _, err := ParseLine(in); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v; want %q", in, b, err, want)
		}
	}
	for in, want := range map[string]string{
		`"a" "b`:   "the string is not closed (at position 4)",
		`"a\`:      "the string is not closed (at position 0)",
		`"a\q`:     `unknown escape \q (at position 2)`,
		`41 "b`:    "",
		`4x`:       "",
		`b"a" % "`: "",
	} {
		if b, _, err := ParseLine(in); err == nil || want != "" && err.Error() != want {
			t.Errorf("%s: %q, %v; want the error %q", in, b, err, want)
		}
	}
}
