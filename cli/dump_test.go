package cli

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// dumpInputs are data of all the shapes that matter to the line formats.
func dumpInputs() map[string][]byte {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	zeros := make([]byte, 300<<10)
	in := map[string][]byte{"all bytes": all, "random": randomBytes(1, 200<<10+5)}
	for _, n := range []int{0, 1, 2, 7, 8, 9, 15, 16, 17, 29, 30, 31, 32, 33, 47, 48, 49, 64, 65, 4096, 65536, 65537, 131072, 200000, 300 << 10} {
		in[fmt.Sprintf("%d zeros", n)] = zeros[:n]
		in[fmt.Sprintf("%d random", n)] = randomBytes(uint64(n), n)
	}
	// Runs that begin and end around the borders of lines and blocks.
	for _, at := range []int{16, 65536 - 48, 65536 - 32, 65536 - 16, 65536, 65536 + 16, 65536 + 5} {
		for _, n := range []int{16, 32, 33, 48, 70000} {
			b := randomBytes(3, 150000)
			copy(b[at:at+n], zeros)
			in[fmt.Sprintf("run of %d at %d", n, at)] = b
		}
	}
	// Lines that repeat without being zero, and runs that follow each other.
	line := []byte("0123456789abcdef")
	in["repeated line"] = bytes.Repeat(line, 9000)
	in["two runs"] = append(bytes.Repeat(line, 5000), bytes.Repeat([]byte("x"), 80001)...)
	in["alternating"] = bytes.Repeat(append(bytes.Repeat(line, 2), randomBytes(5, 16)...), 3000)
	return in
}

func tool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
}

// sameAsTool holds that the formatting is to the byte what the tool prints, both through the whole program.
func sameAsTool(t *testing.T, in map[string][]byte, toolArgs, args []string) {
	t.Helper()
	dir := t.TempDir()
	for name, b := range in {
		path := filepath.Join(dir, "f")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		want := run(t, nil, toolArgs[0], append(toolArgs[1:len(toolArgs):len(toolArgs)], path)...).out
		got := dumped(t, nil, append(args[:len(args):len(args)], path)...)
		if !bytes.Equal(got, want) {
			t.Fatalf("%s: %q differs from %q in line %s", name, args, toolArgs, firstDifference(got, want))
		}
	}
}

// dumped is fine for a dump that may begin beyond the end, which prints what the tools print, and a line on stderr.
func dumped(t *testing.T, stdin []byte, args ...string) []byte {
	t.Helper()
	r := runHere(t, stdin, args...)
	if r.status != 0 && !(r.status == 1 && strings.Contains(r.err, "beyond the end")) || (r.status == 0) != (r.err == "") {
		t.Fatalf("hexlay %q: status %d, stderr %q", args, r.status, r.err)
	}
	return r.out
}

func firstDifference(got, want []byte) string {
	g, w := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range min(len(g), len(w)) {
		if !bytes.Equal(g[i], w[i]) {
			return fmt.Sprintf("%d: %q, want %q", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d: %d lines, want %d", min(len(g), len(w)), len(g), len(w))
}

func TestSameAsHexdump(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	tool(t, "hexdump")
	in := dumpInputs()
	sameAsTool(t, in, []string{"hexdump", "-C"}, []string{"dump"})
	small := map[string][]byte{}
	for _, k := range []string{"0 zeros", "1 zeros", "48 zeros", "49 zeros", "64 random", "all bytes", "131072 zeros", "repeated line", "run of 48 at 65541"} {
		small[k] = in[k]
	}
	for _, f := range [][2]string{{"0", "0"}, {"0", "1"}, {"0", "33"}, {"1", "33"}, {"3", "0"}, {"16", "100000"}, {"48", "5"}, {"49", "5"}, {"64", "7"}, {"5000", "70000"}, {"999999", "3"}} {
		sameAsTool(t, small, []string{"hexdump", "-C", "-s", f[0], "-n", f[1]}, []string{"dump", "--at", f[0], "--len", f[1]})
	}
	for _, s := range []string{"1", "17", "48", "0x40", "65535", "200000"} {
		sameAsTool(t, small, []string{"hexdump", "-C", "-s", s}, []string{"dump", "--at", s})
	}
}

func TestSameAsXxd(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	tool(t, "xxd")
	in := dumpInputs()
	sameAsTool(t, in, []string{"xxd"}, []string{"dump", "--format", "xxd"})
	sameAsTool(t, in, []string{"xxd", "-p"}, []string{"dump", "--format", "plain"})
	small := map[string][]byte{}
	for _, k := range []string{"0 zeros", "1 zeros", "49 zeros", "64 random", "all bytes", "65537 random"} {
		small[k] = in[k]
	}
	for _, w := range []string{"1", "2", "3", "7", "15", "16", "17", "32", "255", "256"} {
		sameAsTool(t, small, []string{"xxd", "-c", w}, []string{"dump", "--format", "xxd", "--width", w})
		sameAsTool(t, small, []string{"xxd", "-p", "-c", w}, []string{"dump", "--format", "plain", "--width", w})
	}
	for _, f := range [][2]string{{"0", "0"}, {"0", "1"}, {"1", "33"}, {"48", "5"}, {"49", "5"}, {"5000", "60000"}} {
		sameAsTool(t, small, []string{"xxd", "-s", f[0], "-l", f[1]}, []string{"dump", "--format", "xxd", "--at", f[0], "--len", f[1]})
	}
	sameAsTool(t, map[string][]byte{"x": in["64 random"]}, []string{"xxd", "-s", "-5"}, []string{"dump", "--format", "xxd", "--at", "-5"})
}

// TestLargeOffsets holds the addresses around and beyond 32 bits against the tools, on a sparse file.
func TestLargeOffsets(t *testing.T) {
	tool(t, "hexdump")
	tool(t, "xxd")
	path := writeFile(t, "sparse", nil)
	if err := os.Truncate(path, 1<<32+100); err != nil {
		t.Skipf("no sparse file: %v", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i, off := range []int64{1<<32 - 100, 1<<32 - 3, 1<<32 + 40} {
		if _, err := f.WriteAt(fmt.Appendf(nil, "mark %d", i), off); err != nil {
			t.Fatal(err)
		}
	}
	for _, at := range []int64{1<<32 - 128, 1<<32 - 131, 1<<32 - 16, 1 << 32, 1<<32 + 5, 1<<32 + 100, 1 << 33} {
		s := fmt.Sprint(at)
		if got, want := dumped(t, nil, "dump", "--at", s, path), run(t, nil, "hexdump", "-C", "-s", s, path).out; !bytes.Equal(got, want) {
			t.Errorf("--at %s: line %s", s, firstDifference(got, want))
		}
		if got, want := dumped(t, nil, "dump", "-f", "xxd", "--at", s, path), run(t, nil, "xxd", "-s", s, path).out; !bytes.Equal(got, want) {
			t.Errorf("xxd --at %s: line %s", s, firstDifference(got, want))
		}
	}
}

func TestDumpSeveral(t *testing.T) {
	tool(t, "hexdump")
	a, b, e := writeFile(t, "a", randomBytes(1, 70001)), writeFile(t, "b", make([]byte, 333)), writeFile(t, "e", nil)
	for _, flags := range [][2][]string{
		{{"-C"}, {}},
		{{"-C", "-s", "70010"}, {"--at", "70010"}},
		{{"-C", "-s", "70000", "-n", "4"}, {"--at", "70000", "--len", "4"}},
		{{"-C", "-s", "99999"}, {"--at", "99999"}},
	} {
		want := run(t, nil, "hexdump", append(flags[0], a, e, b, a)...).out
		got := dumped(t, nil, append(append([]string{"dump"}, flags[1]...), a, e, b, a)...)
		if !bytes.Equal(got, want) {
			t.Errorf("%q: line %s", flags[1], firstDifference(got, want))
		}
	}
	fails(t, 3, "one file", "dump", "-f", "xxd", a, b)
	if got := fine(t, nil, "dump", "-f", "plain", "--at", "-2", e, b); string(got) != "0000\n" {
		t.Errorf("--at -2 prints %q", got)
	}
	r := fails(t, 3, "no such file", "dump", a, "/nonexistent")
	if len(r.out) != 0 {
		t.Errorf("a missing file still prints %d bytes", len(r.out))
	}
	fails(t, 1, "before the start", "dump", "--at", "-1000", b)
	fails(t, 3, "is a directory", "dump", t.TempDir())
}

func TestDumpStdin(t *testing.T) {
	data := randomBytes(9, 300001)
	path := writeFile(t, "f", data)
	for _, args := range [][]string{{}, {"--at", "65537"}, {"--at", "400000"}, {"--len", "100000"}, {"-f", "xxd", "--at", "3"}, {"-f", "ihex"}, {"--at", "-77"}, {"-f", "plain", "--width", "0"}} {
		want := dumped(t, nil, append(append([]string{"dump"}, args...), path)...)
		for _, name := range [][]string{{"-"}, {}} {
			if got := dumped(t, data, append(append([]string{"dump"}, args...), name...)...); !bytes.Equal(got, want) {
				t.Errorf("%q from a pipe: line %s", args, firstDifference(got, want))
			}
		}
	}
	// Endless input with a limit ends.
	if _, err := os.Stat("/dev/zero"); err == nil {
		want := "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n*\n00100000\n"
		if got := fine(t, nil, "dump", "/dev/zero", "--len", "1M"); string(got) != want {
			t.Errorf("/dev/zero: %q", got)
		}
	}
}

// TestClosedPipe holds that a reader who has seen enough ends the program at once and without a word.
func TestClosedPipe(t *testing.T) {
	tool(t, "sh")
	if _, err := os.Stat("/dev/zero"); err != nil {
		t.Skip(err)
	}
	for _, format := range []string{"xxd", "plain", "canonical"} {
		begin := time.Now()
		// The canonical dump of zeros prints nothing that could fail, so it reads random bytes.
		src := map[bool]string{true: "/dev/urandom", false: "/dev/zero"}[format == "canonical"]
		r := run(t, nil, "sh", "-c", `"$0" dump -f "$1" "$2" | head -1 >/dev/null`, hexlay, format, src)
		if r.err != "" || r.status != 0 {
			t.Errorf("%s: status %d, stderr %q", format, r.status, r.err)
		}
		if d := time.Since(begin); d > 30*time.Second {
			t.Errorf("%s: ended after %v", format, d)
		}
	}
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestDumpColor(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	for name, b := range dumpInputs() {
		if len(b) > 70000 {
			continue
		}
		path := writeFile(t, "f", b)
		for _, args := range [][]string{{"dump", path}, {"dump", "-f", "xxd", path}, {"dump", "--width", "7", path}} {
			plain, color := fine(t, nil, args...), fine(t, nil, append(args, "--color")...)
			if got := sgr.ReplaceAll(color, nil); !bytes.Equal(got, plain) {
				t.Fatalf("%s %q: line %s", name, args, firstDifference(got, plain))
			}
			if len(b) > 0 && len(color) <= len(plain) {
				t.Fatalf("%s %q: no colours", name, args)
			}
		}
	}
	fails(t, 3, "--color", "dump", "--color", "-f", "plain", "/dev/null")
}

// TestFastLines holds the table-driven lines against the byte-by-byte ones, at all addresses that change the path.
func TestFastLines(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 2000 {
		data := randomBytes(r.Uint64(), r.IntN(100))
		addr := []int64{0, 1, 0xfff0, 1<<32 - 16, 1<<32 - 33, 1<<32 - 1, 1 << 32, 1<<40 + 3, r.Int64N(1 << 33)}[r.IntN(9)]
		prefix := []byte("keep")[:r.IntN(5)]
		var canonical, xxd []byte
		canonical, xxd = append(canonical, prefix...), append(xxd, prefix...)
		for off := 0; off < len(data); off += 16 {
			line := data[off:min(off+16, len(data))]
			canonical = appendCanonicalLine(canonical, addr+int64(off), line, 16)
			xxd = appendXxdLine(xxd, addr+int64(off), line, 16)
		}
		if got := appendCanonical(append([]byte(nil), prefix...), addr, data, 16, newSqueezer(nil, 16, false)); !bytes.Equal(got, canonical) {
			t.Fatalf("canonical at %#x: line %s", addr, firstDifference(got, canonical))
		}
		if got := appendXxd(append([]byte(nil), prefix...), addr, data, 16); !bytes.Equal(got, xxd) {
			t.Fatalf("xxd at %#x: line %s", addr, firstDifference(got, xxd))
		}
	}
}

func TestRecords(t *testing.T) {
	// The first record is the worked example of the Intel HEX specification's layout; sums were computed by hand.
	for _, c := range []struct {
		args []string
		data string
		want string
	}{
		{[]string{"-f", "ihex"}, "", ":00000001FF\n"},
		{[]string{"-f", "ihex"}, "abc", ":03000000616263D7\n:00000001FF\n"},
		{[]string{"-f", "ihex", "--width", "2"}, "abc", ":0200000061623B\n:0100020063" + "9A\n:00000001FF\n"},
		{[]string{"-f", "srec"}, "", "S0030000FC\nS70500000000FA\n"},
		{[]string{"-f", "srec"}, "abc", "S0030000FC\nS30800000000616263D1\nS70500000000FA\n"},
	} {
		if got := fine(t, []byte(c.data), append(append([]string{"dump"}, c.args...), "-")...); string(got) != c.want {
			t.Errorf("%q of %q: %q, want %q", c.args, c.data, got, c.want)
		}
	}
	// Every record's bytes sum to zero (Intel) or 255 (Motorola), no record crosses 64 KiB, and the data comes back.
	data := randomBytes(4, 200001)
	path := writeFile(t, "f", data)
	for _, at := range []string{"0", "5", "65535"} {
		for _, format := range []string{"ihex", "srec"} {
			got, first := readRecords(t, fine(t, nil, "dump", "-f", format, "--at", at, path))
			var n int
			fmt.Sscan(at, &n)
			if first != int64(n) || !bytes.Equal(got, data[n:]) {
				t.Errorf("%s --at %s: %d bytes from %d on come back", format, at, len(got), first)
			}
		}
	}
	fails(t, 3, "takes 1 to 255", "dump", "-f", "ihex", "--width", "256", path)
	fails(t, 3, "takes 1 to 250", "dump", "-f", "srec", "--width", "251", path)
}

func readRecords(t *testing.T, b []byte) (data []byte, first int64) {
	t.Helper()
	first = -1
	upper := int64(0)
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		intel := line[0] == ':'
		digits := strings.TrimPrefix(line, ":")
		if !intel {
			digits = line[2:]
		}
		var raw []byte
		if _, err := fmt.Sscanf(digits, "%X", &raw); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		var sum byte
		for _, c := range raw {
			sum += c
		}
		var addr int64
		var payload []byte
		switch {
		case intel && sum != 0, !intel && sum != 0xff:
			t.Fatalf("%q: the sum is %#x", line, sum)
		case intel && raw[3] == 4:
			upper = int64(raw[4])<<8 | int64(raw[5])
			continue
		case intel && raw[3] == 0:
			addr, payload = upper<<16|int64(raw[1])<<8|int64(raw[2]), raw[4:len(raw)-1]
		case !intel && line[1] == '3':
			addr = int64(raw[1])<<24 | int64(raw[2])<<16 | int64(raw[3])<<8 | int64(raw[4])
			payload = raw[5 : len(raw)-1]
		default:
			continue
		}
		if first < 0 {
			first = addr
		}
		if addr != first+int64(len(data)) || addr>>16 != (addr+int64(len(payload))-1)>>16 {
			t.Fatalf("%q: address %#x", line, addr)
		}
		data = append(data, payload...)
	}
	return data, first
}

// TestInterrupt holds that Ctrl-C ends a verb at once and without a word.
func TestInterrupt(t *testing.T) {
	if _, err := os.Stat("/dev/zero"); err != nil {
		t.Skip(err)
	}
	cmd := exec.Command(hexlay, "dump", "-f", "xxd", "/dev/zero")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		cmd.Process.Kill()
		t.Skip(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		if err == nil || errs.Len() > 0 {
			t.Errorf("ends with %v, stderr %q", err, errs.String())
		}
	case <-time.After(30 * time.Second):
		cmd.Process.Kill()
		t.Error("goes on after an interrupt")
	}
}
