package transform

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// run does an operation on data that begin at offset 100 of a whole.
func run(name, args string, data []byte) ([]byte, error) {
	o, err := Parse(name, args)
	if err != nil {
		return nil, err
	}
	r, err := o.Open(bytes.NewReader(data), int64(len(data)), 100)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestTable(t *testing.T) {
	for _, c := range []struct{ name, args, data, want string }{
		{"fill", "de ad", "0000000000", "deaddeadde"},
		{"fill", "= i * 3", "ffffffff", "00030609"},
		{"fill", "= off", "000000", "646566"},
		{"fill", "u2be = i + 0x100", "ffffffff", "01000101"},
		{"fill", "= -1", "00", "ff"},
		{"fill", "= 1 << 70 | 7", "00", "07"},
		{"fill", "u8le = -(1 << 70) - 1", "0000000000000000", "ffffffffffffffff"},
		{"fill", "= n - i", "000000", "030201"},
		{"xor", "ff 0f", "123456", "ed3ba9"},
		{"xor", `"AB"`, "414241", "000000"},
		{"xor", "= b", "0102", "0000"},
		{"and", "7f", "ff80", "7f00"},
		{"or", "80", "0180", "8180"},
		{"add", "01", "00ff", "0100"},
		{"add", "u2le = 1", "ff00ffff", "00010000"},
		{"add", "u2be 00 ff", "0001ffff", "010000fe"},
		{"add", "u8be = b", "8000000000000001", "0000000000000002"},
		{"subtract", "u4be = 1", "00000000", "ffffffff"},
		{"shift-bits", "left 4", "123456", "234560"},
		{"shift-bits", "right 4", "123456", "012345"},
		{"shift-bits", "left 8", "123456", "345600"},
		{"shift-bits", "right 17", "800000", "000040"},
		{"shift-bits", "left 1000", "123456", "000000"},
		{"shift-bits", "right 1000", "123456", "000000"},
		{"shift-bits", "right 1 u1", "ff01", "7f00"},
		{"shift-bits", "left 70 u8le", "ffffffffffffffff", "0000000000000000"},
		{"shift-bits", "left 1 u2le", "80018001", "00030003"},
		{"rotate-bits", "left 4", "123456", "234561"},
		{"rotate-bits", "right 4", "123456", "612345"},
		{"rotate-bits", "left 25", "800001", "000003"},
		{"rotate-bits", "right 1 u1", "0102", "8001"},
		{"rotate-bits", "left 16 u4be", "12345678", "56781234"},
		{"invert", "", "00ff5a", "ff00a5"},
		{"reverse-bytes", "", "010203", "030201"},
		{"reverse-bits", "", "0180a0", "800105"},
		{"swap-bytes", "2", "01020304", "02010403"},
		{"swap-bytes", "4", "01020304", "04030201"},
		{"swap-bytes", "8", "0102030405060708", "0807060504030201"},
		{"encode", "base64", "fbff00", hexOf("+/8A")},
		{"encode", "base64url", "fbff0001", hexOf("-_8AAQ")},
		{"encode", "hex", "fb0a", hexOf("fb0a")},
		{"encode", "url", hexOf("a b/é"), hexOf("a%20b%2F%C3%A9")},
		{"decode", "base64", hexOf("+/8A\nAQ=="), "fbff0001"},
		{"decode", "base64", hexOf("+/8AAQ"), "fbff0001"},
		{"decode", "base64url", hexOf("-_8A"), "fbff00"},
		{"decode", "hex", hexOf("FB 0a\r\n1"), "!an odd number of digits"},
		{"decode", "hex", hexOf("FB 0a\r\n"), "fb0a"},
		{"decode", "url", hexOf("a%20b%2fc d+"), hexOf("a b/c d+")},
		{"decode", "url", hexOf("a%2"), "!end in the middle"},
		{"decode", "base64", hexOf("AA=A"), "!offset 0x67"},
		{"decode", "base64", hexOf("AAA%"), "!does not belong there"},
		{"decode", "base64", "c400", "!base64: the byte c4 does not belong there (at offset 0x64)"},
		{"decode", "gzip", "00112233445566778899aabbcc", "!gzip: the header begins with 00, not with 1f (at offset 0x64)"},
		{"decode", "gzip", "1f8a2233445566778899aabbcc", "!gzip: the header begins with 1f8a, not with 1f8b (at offset 0x65)"},
		{"decode", "gzip", "1f8b09", "!gzip: the header begins with 1f8b09, not with 1f8b08 (at offset 0x66)"},
		{"decode", "base64", hexOf("AAAAA"), "!end in the middle"},
		{"decode", "zlib", "00112233", "!zlib: the header's 00 tells of method 0, not 8 (at offset 0x64)"},
		{"decode", "zlib", "88112233", "!zlib: the header's 88 tells of a window above 32 KiB (at offset 0x64)"},
		{"decode", "zlib", "789d4b4c0600", "!zlib: the header 789d does not check: it is no multiple of 31 (at offset 0x65)"},
		{"decode", "zlib", "78bb00112233", "!zlib: the data need a dictionary that is not among them (at offset 0x65)"},
		{"decode", "zlib", "789cff4c0600012600c4", "!zlib: the compressed data make no sense (at offset 0x66)"},
		{"decode", "deflate", "ff", "!deflate: the compressed data make no sense (at offset 0x64)"},
		{"decode", "gzip", "1f8b08000000000000ff4b4c0600" + "00000000" + "02000000", "!gzip: this checksum, or the length behind it, is not that of the data (at offset 0x72)"},
		{"decode", "zlib", "", "!end in the middle"},
		{"decode", "zlib", "789c4b4c0600012600c4", "!zlib: this checksum is not that of the data (at offset 0x6a)"},
		{"decode", "zlib", "789c4b4c04000125", "!end in the middle"},
		{"decode", "zstd", "00112233", "!zstd: the header begins with 00, not with 28 (at offset 0x64)"},
		{"decode", "zstd", "28b52f00", "!zstd: the header begins with 28b52f00, not with 28b52ffd (at offset 0x67)"},
		{"swap-bytes", "4", "010203", "!whole number of units of 4"},
		{"swap-bytes", "3", "010203", "!2, 4 or 8"},
		{"xor", "", "", "!missing"},
		{"invert", "1", "", "!takes no arguments"},
		{"xor", "zz", "", "!position"},
		{"xor", "= c", "", "!names: b"},
		{"xor", "= 1.5", "", "!whole number"},
		{"xor", "= 7 / i", "00", "!offset 0x64"},
		{"xor", "= (1 << i * 60000) * 3 % 7 + (1 << 900000)", "00", "!"},
		{"shift-bits", "up 3", "", "!left or right"},
		{"shift-bits", "left x", "", "!number"},
		{"shift-bits", "left 1 u3", "", "!unit"},
		{"encode", "rot13", "", "!no format"},
		{"encode", "gzip 10", "", "!1 to 9"},
		{"encode", "hex 1", "", "!no levels"},
		{"decode", "gzip 1X", "", "!limit"},
		{"frob", "", "", "!no operation"},
	} {
		data, err := hex.DecodeString(c.data)
		if err != nil {
			t.Fatal(err)
		}
		got, err := run(c.name, c.args, data)
		if want, fails := strings.CutPrefix(c.want, "!"); fails {
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s %s of %s: %x, %v; want an error with %q", c.name, c.args, c.data, got, err, want)
			}
		} else if err != nil || hex.EncodeToString(got) != want {
			t.Errorf("%s %s of %s: %x, %v; want %s", c.name, c.args, c.data, got, err, want)
		}
	}
}

func hexOf(s string) string { return hex.EncodeToString([]byte(s)) }

func seeded(t *testing.T) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	if v := os.Getenv("HEXLAY_SEED"); v != "" {
		seed, _ = strconv.ParseUint(v, 10, 64)
	}
	t.Logf("HEXLAY_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 3))
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	if r.IntN(2) == 0 { // what compresses
		for i := range b {
			b[i] &= 3
		}
	}
	return b
}

// oracle says in Python what the operations do. A row of bits is one large number there.
const oracle = `
import sys, base64, zlib, gzip, urllib.parse
for line in sys.stdin:
    name, args, data = line.rstrip("\n").split("\t")
    d, a = bytes.fromhex(data), args.split()
    n = len(d)
    def units(f, size, order):
        m = (1 << 8 * size) - 1
        return b"".join((f(int.from_bytes(d[k:k+size], order), k // size) & m).to_bytes(size, order) for k in range(0, n, size))
    def unit(w): return int(w[1]), ("big" if w.endswith("be") else "little")
    if name in ("xor", "add", "subtract", "and", "or"):
        key = bytes.fromhex(a[-1])
        size, order = unit(a[0]) if len(a) > 1 else (1, "little")
        keys = (key * (n // len(key) + 1))[:n]
        k = lambda i: int.from_bytes(keys[i*size:(i+1)*size], order)
        r = units({"xor": lambda v, i: v ^ k(i), "add": lambda v, i: v + k(i), "subtract": lambda v, i: v - k(i),
            "and": lambda v, i: v & k(i), "or": lambda v, i: v | k(i)}[name], size, order)
    elif name in ("shift-bits", "rotate-bits"):
        by = int(a[1])
        def move(v, w):
            m = (1 << w) - 1
            if name == "shift-bits": return (v << by) & m if a[0] == "left" else v >> by
            s = by % w
            return ((v << s | v >> (w - s)) if a[0] == "left" else (v >> s | v << (w - s))) & m
        if len(a) == 3:
            size, order = unit(a[2])
            r = units(lambda v, i: move(v, 8 * size), size, order)
        else:
            r = move(int.from_bytes(d, "big"), 8 * n).to_bytes(n, "big") if n else b""
    elif name == "fill":
        size, order = unit(a[0])
        r = units(lambda v, i: v * 3 + i * i - n // size, size, order)
    elif name == "decode-python":
        f = a[0]
        r = {"base64": base64.b64encode, "base64url": base64.urlsafe_b64encode, "zlib": zlib.compress, "gzip": gzip.compress,
            "deflate": lambda d: zlib.compress(d, 6)[2:-4], "hex": lambda d: d.hex().encode(), "url": lambda d: urllib.parse.quote(d, safe="").encode()}[f](d)
    elif name == "encoded":
        f = a[0]
        r = {"base64": base64.b64decode, "base64url": lambda d: base64.urlsafe_b64decode(d + b"=" * (-len(d) % 4)), "zlib": zlib.decompress, "gzip": gzip.decompress,
            "deflate": lambda d: zlib.decompress(d, -15), "hex": lambda d: bytes.fromhex(d.decode()), "url": lambda d: urllib.parse.unquote_to_bytes(d)}[f](d)
    print(r.hex())
`

// TestOracle compares with Python: random operations on random bytes, whose lengths cross the borders of blocks.
func TestOracle(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not there")
	}
	r := seeded(t)
	type question struct {
		what string
		got  []byte
	}
	var ask strings.Builder
	var questions []question
	put := func(name, args string, data, got []byte) {
		fmt.Fprintf(&ask, "%s\t%s\t%x\n", name, args, data)
		questions = append(questions, question{fmt.Sprintf("%s %s of %d bytes", name, args, len(data)), got})
	}
	lengths := []int{0, 1, 2, 3, 8, 24, 100, 1000, blockSize - 8, blockSize, blockSize + 24}
	for range 80 {
		n := lengths[r.IntN(len(lengths))]
		u := unit{1 << r.IntN(4), r.IntN(2) == 0}
		word := "u1"
		if u.size > 1 {
			word = fmt.Sprintf("u%d%s", u.size, []string{"le", "be"}[map[bool]int{true: 1}[u.big]])
		}
		side := []string{"left", "right"}[r.IntN(2)]
		var name, args string
		switch r.IntN(4) {
		case 0:
			name = []string{"xor", "add", "subtract", "and", "or"}[r.IntN(5)]
			args = word + " " + hex.EncodeToString(randomBytes(r, 1+r.IntN(9)))
			n -= n % u.size
		case 1:
			name, args = []string{"shift-bits", "rotate-bits"}[r.IntN(2)], fmt.Sprintf("%s %d %s", side, r.IntN(70), word)
			n -= n % u.size
		case 2:
			name, args = []string{"shift-bits", "rotate-bits"}[r.IntN(2)], fmt.Sprintf("%s %d", side, r.IntN([]int{9, 1000, 8*n + 100}[r.IntN(3)]))
		default:
			name, args = "fill", word+" = b * 3 + i * i - n"
			n -= n % u.size
		}
		data := randomBytes(r, n)
		got, err := run(name, args, data)
		if err != nil {
			t.Errorf("%s %s of %d bytes: %v", name, args, n, err)
		}
		put(name, args, data, got)
	}
	for _, f := range formats {
		if f.name == "zstd" {
			continue // Python has none
		}
		for _, n := range lengths {
			data := randomBytes(r, n)
			coded, err := run("encode", f.name, data)
			if err != nil {
				t.Errorf("encode %s: %v", f.name, err)
			}
			put("encoded", f.name, coded, data)
			back, err := run("decode", f.name, coded)
			if err != nil || !bytes.Equal(back, data) {
				t.Errorf("%s of %d bytes does not come back: %v", f.name, n, err)
			}
			put("decode-python", f.name, data, nil)
		}
	}
	cmd := exec.Command(python, "-c", oracle)
	cmd.Stdin = strings.NewReader(ask.String())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %.2000s", err, out)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	inputs := strings.Split(ask.String(), "\n")
	for i, q := range questions {
		want, err := hex.DecodeString(lines[i])
		if err != nil {
			t.Fatalf("%.200s", lines[i])
		}
		if strings.HasPrefix(q.what, "decode-python") { // what Python encoded is decoded here
			words := strings.Split(inputs[i], "\t")
			back, err := run("decode", words[1], want)
			if err != nil || hex.EncodeToString(back) != words[2] {
				t.Errorf("%s: %v", q.what, err)
			}
		} else if !bytes.Equal(q.got, want) {
			t.Errorf("%s is not what Python makes", q.what)
		}
	}
}

// TestInverse does and undoes operations on random bytes.
func TestInverse(t *testing.T) {
	r := seeded(t)
	for _, pair := range [][4]string{
		{"encode", "zstd", "decode", "zstd"}, {"encode", "zstd 19", "decode", "zstd"}, {"encode", "gzip 1", "decode", "gzip"},
		{"reverse-bytes", "", "reverse-bytes", ""}, {"reverse-bits", "", "reverse-bits", ""}, {"invert", "", "invert", ""},
		{"swap-bytes", "8", "swap-bytes", "8"}, {"rotate-bits", "left 12345", "rotate-bits", "right 12345"}, {"add", "= i * i", "subtract", "= i * i"},
	} {
		for _, n := range []int{0, 8, 1000, blockSize + 8, 3*blockSize + 16} {
			data := randomBytes(r, n)
			there, err := run(pair[0], pair[1], data)
			if err != nil {
				t.Fatal(pair, err)
			}
			back, err := run(pair[2], pair[3], there)
			if err != nil || !bytes.Equal(back, data) || n > 100 && bytes.Equal(there, data) {
				t.Errorf("%s %s of %d bytes does not come back by %s %s: %v", pair[0], pair[1], n, pair[2], pair[3], err)
			}
		}
	}
}

func TestRandom(t *testing.T) {
	zeros := make([]byte, 2*blockSize)
	one, _ := run("random", "seed", zeros)
	two, _ := run("random", "seed", zeros[:blockSize+10])
	other, _ := run("random", "seed2", zeros)
	free, _ := run("random", "", zeros)
	if !bytes.Equal(one[:len(two)], two) || bytes.Equal(one, other) || bytes.Equal(one, free) || bytes.Equal(one[:blockSize], one[blockSize:]) {
		t.Error("random bytes of a seed are not the same every time, or others are")
	}
}

// TestHead: the first bytes are those of the whole, whatever the operation.
func TestHead(t *testing.T) {
	r := seeded(t)
	for _, line := range []string{"xor de ad be", "reverse-bytes", "rotate-bits left 13", "add u4be = i", "swap-bytes 8", "encode base64", "encode zlib", "fill = i * off", "random 7"} {
		name, args, _ := strings.Cut(line, " ")
		data := randomBytes(r, blockSize+80)
		want, err := run(name, args, data)
		if err != nil {
			t.Fatal(err)
		}
		o, _ := Parse(name, args)
		got, err := o.Head(bytes.NewReader(data), int64(len(data)), 100, 13)
		if err != nil || !bytes.Equal(got, want[:13]) {
			t.Errorf("%s begins with % x, %v; want % x", line, got, err, want[:13])
		}
	}
}

// TestBomb: a few bytes that stand for very many are read as far as the limit allows, in little memory.
func TestBomb(t *testing.T) {
	for _, f := range []string{"deflate", "zlib", "gzip", "zstd"} {
		o, err := Parse("encode", f)
		if err != nil {
			t.Fatal(err)
		}
		r, _ := o.Open(zeroes{}, 64<<20, 0)
		bomb, err := io.ReadAll(r)
		if err != nil || len(bomb) > 1<<20 {
			t.Fatalf("%s: %d bytes, %v", f, len(bomb), err)
		}
		for _, c := range []struct {
			limit string
			want  int64
			ok    bool
		}{{"1M", 1 << 20, false}, {"64M", 64 << 20, true}, {"67108863", 64<<20 - 1, false}, {"", 64 << 20, true}} {
			d, err := Parse("decode", f+" "+c.limit)
			if err != nil {
				t.Fatal(err)
			}
			r, _ := d.Open(bytes.NewReader(bomb), int64(len(bomb)), 0)
			n, err := io.Copy(io.Discard, r)
			var limit *LimitError
			if n != c.want || c.ok != (err == nil) || !c.ok && !errors.As(err, &limit) {
				t.Errorf("%s with the limit %s: %d bytes, %v", f, c.limit, n, err)
			}
		}
	}
	// Frames that ask for a huge window are refused.
	huge, _ := hex.DecodeString("28b52ffd" + "00" + "f8" + "01" + "0000")
	if _, err := run("decode", "zstd", huge); err == nil {
		t.Error("a zstd frame with a window of terabytes is accepted")
	}
}

type zeroes struct{}

func (zeroes) ReadAt(b []byte, _ int64) (int, error) { clear(b); return len(b), nil }

// TestTrailing: what stands behind the end of compressed data is not lost.
func TestTrailing(t *testing.T) {
	for _, f := range []string{"deflate", "zlib", "gzip"} {
		b, _ := run("encode", f, []byte("some text"))
		end := len(b)
		_, err := run("decode", f, append(b, 1, 2, 3))
		var bad *DecodeError
		if !errors.As(err, &bad) || bad.Off != 100+int64(end) || !strings.Contains(err.Error(), "3 bytes follow") {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// TestGzipMembers: gzip data may be several streams, one behind the other.
func TestGzipMembers(t *testing.T) {
	var b []byte
	for _, s := range []string{"some", "", " text", ""} {
		m, _ := run("encode", "gzip", []byte(s))
		b = append(b, m...)
	}
	if got, err := run("decode", "gzip", b); err != nil || string(got) != "some text" {
		t.Errorf("%q, %v", got, err)
	}
	first, _ := run("encode", "gzip", []byte("some"))
	var bad *DecodeError
	if _, err := run("decode", "gzip", append(first, 0x1f, 0x8b)); !errors.As(err, &bad) || bad.Off != 100+int64(len(first)) {
		t.Errorf("a cut magic behind a stream: %v", err)
	}
}

// broken fails from some offset on.
type broken struct{ from int64 }

var errDisk = errors.New("input/output error")

func (b broken) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > b.from {
		return 0, errDisk
	}
	clear(p)
	return len(p), nil
}

// TestReadErrors come through as they are.
func TestReadErrors(t *testing.T) {
	for _, line := range []string{"invert", "reverse-bytes", "shift-bits left 3", "encode gzip", "encode base64", "decode hex", "decode zlib", "decode zstd", "xor = i"} {
		name, args, _ := strings.Cut(line, " ")
		o, err := Parse(name, args)
		if err != nil {
			t.Fatal(err)
		}
		for _, from := range []int64{0, blockSize} {
			r, err := o.Open(broken{from}, 4*blockSize, 0)
			if err == nil {
				_, err = io.Copy(io.Discard, r)
			}
			if !errors.Is(err, errDisk) && !(from > 0 && strings.HasPrefix(line, "decode")) {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range Formats() {
		b, _ := run("encode", name, []byte("some text, some text"))
		f.Add(name, b)
	}
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		if _, err := lookupFormat(name); err != nil {
			t.Skip()
		}
		out, err := run("decode", name+" 1M", b)
		if err == nil {
			again, err := run("encode", name, out)
			if err != nil {
				t.Fatal(err)
			}
			if back, err := run("decode", name+" 1M", again); err != nil || !bytes.Equal(back, out) {
				t.Fatalf("%s: %v", name, err)
			}
		}
	})
}

func BenchmarkOps(b *testing.B) {
	data := make([]byte, 4<<20)
	for _, line := range []string{"xor de ad be ef", "xor = i", "rotate-bits left 13", "reverse-bytes", "add u4le 01 02 03 04", "encode base64", "decode hex"} {
		b.Run(line, func(b *testing.B) {
			name, args, _ := strings.Cut(line, " ")
			o, err := Parse(name, args)
			if err != nil {
				b.Fatal(err)
			}
			if name == "decode" {
				for i := range data {
					data[i] = 'a'
				}
			}
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				r, _ := o.Open(bytes.NewReader(data), int64(len(data)), 0)
				if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, r, make([]byte, 256<<10)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
