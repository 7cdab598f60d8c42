package cli

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// parsed reads the JSON a verb printed, numbers as they are written.
func parsed(t *testing.T, b []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %q", err, b)
	}
	if d.More() {
		t.Fatalf("more than one document in %q", b)
	}
	return v
}

func sameJSON(t *testing.T, got []byte, want string) {
	t.Helper()
	if g, w := parsed(t, got), parsed(t, []byte(want)); !reflect.DeepEqual(g, w) {
		t.Errorf("printed %s, want %s", got, want)
	}
}

func TestPatch(t *testing.T) {
	for _, c := range []struct {
		args       []string
		want, json string
	}{
		{[]string{"2=4142"}, "01AB456789", `[{"range":[2,4],"old":{"bytes":"3233"},"new":{"bytes":"4142"}}]`},
		{[]string{`2=\x41\x42`}, "01AB456789", `[{"range":[2,4],"old":{"bytes":"3233"},"new":{"bytes":"4142"}}]`},
		{[]string{"2=0x41, 0x42"}, "01AB456789", `[{"range":[2,4],"old":{"bytes":"3233"},"new":{"bytes":"4142"}}]`},
		{[]string{"-2=41 42"}, "01234567AB", `[{"range":[8,10],"old":{"bytes":"3839"},"new":{"bytes":"4142"}}]`},
		{[]string{"0x9=41", "0=42"}, "B12345678A", `[{"range":[0,1],"old":{"bytes":"30"},"new":{"bytes":"42"}},{"range":[9,10],"old":{"bytes":"39"},"new":{"bytes":"41"}}]`},
		{[]string{"--insert", "10=41"}, "0123456789A", `[{"range":[10,10],"old":{"bytes":""},"new":{"bytes":"41"}}]`},
		{[]string{"--delete", "2:3"}, "0156789", `[{"range":[2,5],"old":{"bytes":"323334"},"new":{"bytes":""}}]`},
		{[]string{"--delete=-3:"}, "0123456", `[{"range":[7,10],"old":{"bytes":"373839"},"new":{"bytes":""}}]`},
		{[]string{"--delete", "5:0"}, "0123456789", `[]`},
		{[]string{"--delete", "0..10"}, "", `[{"range":[0,10],"old":{"bytes":"30313233343536373839"},"new":{"bytes":""}}]`},
		// All offsets are those of before; insertions at one place keep their order and come before what is changed there.
		{[]string{"4=5a", "--delete", "0:2", "--insert", "4=41", "--insert", "4=42", "--insert", "2=43"}, "C23ABZ56789",
			`[{"range":[0,2],"old":{"bytes":"3031"},"new":{"bytes":""}},{"range":[2,2],"old":{"bytes":""},"new":{"bytes":"43"}},` +
				`{"range":[4,4],"old":{"bytes":""},"new":{"bytes":"41"}},{"range":[4,4],"old":{"bytes":""},"new":{"bytes":"42"}},` +
				`{"range":[4,5],"old":{"bytes":"34"},"new":{"bytes":"5a"}}]`},
	} {
		path := writeFile(t, "f", []byte("0123456789"))
		args := append([]string{"patch", path}, c.args...)
		sameJSON(t, fine(t, nil, append(args, "--dry-run", "--json")...), c.json)
		if out := fine(t, nil, append(args, "--dry-run")...); c.json != "[]" && !strings.HasPrefix(string(out), "would change ") {
			t.Errorf("%q --dry-run prints %q", c.args, out)
		}
		if got := readFile(t, path); string(got) != "0123456789" {
			t.Errorf("%q --dry-run leaves %q", c.args, got)
		}
		sameJSON(t, fine(t, nil, append(args, "--json")...), c.json)
		if got := readFile(t, path); string(got) != c.want {
			t.Errorf("%q leaves %q, want %q", c.args, got, c.want)
		}
	}
}

func TestPatchRefused(t *testing.T) {
	path := writeFile(t, "f", []byte("0123456789"))
	for _, c := range []struct {
		text string
		args []string
	}{
		{"nothing to change", nil},
		{"not OFF=HEX", []string{"12"}},
		{"hexadecimal digits", []string{"0=4"}},
		{"no bytes", []string{"0="}},
		{"no bytes", []string{"0={}"}},
		{"no hexadecimal digit", []string{"0=zz"}},
		{"not an offset", []string{"x=00"}},
		{"beyond the end", []string{"9=0000"}},
		{"beyond the end", []string{"0=41", "10=00"}},
		{"beyond the end", []string{"0=41", "--insert", "11=00"}},
		{"beyond the end", []string{"--delete", "5:6"}},
		{"beyond the end", []string{"--delete", "11:"}},
		{"before the start", []string{"-11=00"}},
		{"overlap", []string{"0=4142", "1=43"}},
		{"overlap", []string{"0=41", "0=42"}},
		{"overlap", []string{"3=41", "--delete", "2:3"}},
		{"overlap", []string{"--delete", "2:3", "--insert", "3=41"}},
		{"63 bits", []string{"0x8000000000000000=41"}},
	} {
		status := 3
		if c.text == "beyond the end" || c.text == "before the start" {
			status = 1
		}
		fails(t, status, c.text, append([]string{"patch", path}, c.args...)...)
		if got := readFile(t, path); string(got) != "0123456789" {
			t.Fatalf("%q leaves %q", c.args, got)
		}
	}
	fails(t, 3, "no such file", "patch", path+"x", "0=41")
	if r := run(t, []byte("abc"), hexlay, "patch", "-", "0=41"); r.status != 3 || !strings.Contains(r.err, "standard input cannot be changed") {
		t.Errorf("patch -: %+v", r)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("files are left behind: %v %v", entries, err)
	}
	if os.Geteuid() != 0 {
		os.Chmod(path, 0o444)
		fails(t, 3, "cannot be changed", "patch", path, "0=41")
	}
}

// TestPatchLarge changes a file of which most is not touched, and prints a long deletion as JSON.
func TestPatchLarge(t *testing.T) {
	data := randomBytes(11, 3<<20)
	path := writeFile(t, "f", data)
	var v []struct {
		Range [2]int64
		Old   struct{ Bytes string }
	}
	if err := json.Unmarshal(fine(t, nil, "patch", path, "--delete", "1M:1M", "--json"), &v); err != nil {
		t.Fatal(err)
	}
	if len(v) != 1 || v[0].Range != [2]int64{1 << 20, 2 << 20} || v[0].Old.Bytes != hex.EncodeToString(data[1<<20:2<<20]) {
		t.Errorf("the deleted bytes are not those that were there")
	}
	if got := readFile(t, path); !bytes.Equal(got, append(data[:1<<20:1<<20], data[2<<20:]...)) {
		t.Error("the wrong bytes are left")
	}
}

func TestUnpack(t *testing.T) {
	// The expected values are those of struct.unpack_from and iter_unpack of CPython 3.11.
	path := writeFile(t, "f", append([]byte("BM\x01\x00\x00\x00\xff\xfe"), "\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\xc0\x7f"...))
	for _, c := range []struct {
		args   []string
		status int
		json   string
	}{
		{[]string{"<2sI"}, 0, `[{"at":0,"size":6,"values":[{"bytes":"424d"},1]}]`},
		{[]string{"<2sIh:magic,n,last"}, 0, `[{"at":0,"size":8,"names":["magic","n","last"],"values":[{"bytes":"424d"},1,-257]}]`},
		{[]string{"<Q", "--at", "8"}, 0, `[{"at":8,"size":8,"values":[18446744073709551615]}]`},
		{[]string{"<f", "--at", "-4"}, 0, `[{"at":16,"size":4,"values":[{"float":"nan"}]}]`},
		{[]string{"<?e", "--at", "2"}, 0, `[{"at":2,"size":3,"values":[true,0.0]}]`},
		{[]string{"B", "--at", "1", "--at", "20", "--at", "0x13", "--at", "-21"}, 1,
			`[{"at":1,"size":1,"values":[77]},{"at":20,"error":"unpack_from requires a buffer of at least 21 bytes for unpacking 1 bytes at offset 20 (actual buffer size is 20)"},` +
				`{"at":19,"size":1,"values":[127]},{"at":-21,"error":"offset -21 out of range for 20-byte buffer"}]`},
		{[]string{"<H", "--at", "14", "--iter"}, 0, `[{"at":14,"size":2,"values":[65535]},{"at":16,"size":2,"values":[0]},{"at":18,"size":2,"values":[32704]}]`},
		{[]string{"<H", "--at", "15", "--iter"}, 1, `[{"at":15,"error":"iterative unpacking requires a buffer of a multiple of 2 bytes"}]`},
		{[]string{"", "--iter"}, 1, `[{"at":0,"error":"cannot iteratively unpack with a struct of length 0"}]`},
		{[]string{"", "--at", "20"}, 0, `[{"at":20,"size":0,"values":[]}]`},
		{[]string{"<I", "--at", "20", "--iter"}, 0, `[]`},
	} {
		r := runHere(t, nil, append([]string{"unpack", c.args[0], path, "--json"}, c.args[1:]...)...)
		if r.status != c.status || r.err != "" {
			t.Errorf("%q: status %d, stderr %q", c.args, r.status, r.err)
		}
		sameJSON(t, r.out, c.json)
	}
	if out := fine(t, nil, "unpack", "<2sI", path); string(out) != "0x0: (b'BM', 1)\n" {
		t.Errorf("text: %q", out)
	}
	if out := fine(t, nil, "unpack", "<2sI:a,b", path); string(out) != "0x0: a=b'BM' b=1\n" {
		t.Errorf("text with names: %q", out)
	}
	fails(t, 1, "hexlay unpack: at 19: unpack_from requires", "unpack", "<I", path, "--at", "19")
	fails(t, 2, "bad char in struct format", "unpack", "<Iz", path)
	fails(t, 3, "no such file", "unpack", "<I", path+"x")
	fails(t, 3, "too few arguments", "unpack", "<I")
	if r := run(t, []byte("\x01\x02"), hexlay, "unpack", ">H", "-"); string(r.out) != "0x0: (258,)\n" {
		t.Errorf("from standard input: %+v", r)
	}
	for format, size := range map[string]string{"<2sIHHI": "14\n", "@bq": "16\n", "": "0\n"} {
		if out := fine(t, nil, "calcsize", format); string(out) != size {
			t.Errorf("calcsize %q: %q", format, out)
		}
	}
	fails(t, 2, "bad char", "calcsize", "z")
}

func TestPack(t *testing.T) {
	for _, c := range []struct {
		format string
		values []string
		at     string
		want   string
	}{
		{"<h", []string{"-2"}, "1", "0\xfe\xff3456789"},
		{">bxH", []string{"-1", "0x4142"}, "-4", "012345\xff\x00AB"},
		{"4s", []string{`b'\x00a'`}, "0", "\x00a\x00\x00456789"},
		{"<e", []string{"-inf"}, "0", "\x00\xfc23456789"},
	} {
		path := writeFile(t, "f", []byte("0123456789"))
		args := append([]string{"pack", c.format, path, "--at", c.at}, c.values...)
		fine(t, nil, append(args, "--dry-run")...)
		if got := readFile(t, path); string(got) != "0123456789" {
			t.Errorf("%q --dry-run leaves %q", args, got)
		}
		fine(t, nil, args...)
		if got := readFile(t, path); string(got) != c.want {
			t.Errorf("%q leaves %q, want %q", args, got, c.want)
		}
	}
	path := writeFile(t, "f", []byte("0123456789"))
	sameJSON(t, fine(t, nil, "pack", ">H", path, "--at", "-2", "0x4142", "--json"), `[{"range":[8,10],"old":{"bytes":"3839"},"new":{"bytes":"4142"}}]`)
	fails(t, 3, "--at OFF is missing", "pack", "<h", path, "1")
	fails(t, 2, "bad char", "pack", "z", path, "1", "--at", "0")
	fails(t, 1, "pack_into requires a buffer of at least 11 bytes", "pack", "<h", path, "1", "--at", "9")
	fails(t, 1, "no space to pack", "pack", "<h", path, "1", "--at", "-1")
	fails(t, 3, "expected 2 items", "pack", "<hh", path, "1", "--at", "0")
	fails(t, 3, "not an integer", "pack", "<h", path, "x", "--at", "0")
	fails(t, 3, "-32768", "pack", "<h", path, "99999", "--at", "0")
	if got := readFile(t, path); string(got) != "01234567AB" {
		t.Errorf("refusals leave %q", got)
	}
}
