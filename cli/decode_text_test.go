package cli

import (
	"strings"
	"testing"
)

// TestDecodeTextOfCutData: a field that the data is too short for is shown with the bytes that are there, in the text only.
func TestDecodeTextOfCutData(t *testing.T) {
	ksy := writeFile(t, "t.ksy", []byte("meta: {id: t, endian: le}\nseq: [{id: a, type: u1}, {id: body, type: o}]\ntypes: {o: {seq: [{id: x, type: u1}, {id: y, size: 40}, {id: z, type: u1}], instances: {i: {pos: 0, type: u1}}}}\n"))
	data := writeFile(t, "d.bin", []byte("\x01\x02abcdefghijklmnopqrst"))
	for args, want := range map[string]string{
		"":       "0x2..0x16                y = 61 62 63 64 65 66 67 68 69 6a 6b 6c 6d 6e 6f 70 … (20 bytes)  ! EndOfStreamError: requested 40 bytes, but only 20 bytes available\n0x0..0x1                 i = 1\n",
		"--dump": "0x2..0x16              body.y = 61 62 63 64 65 66 67 68 69 6a 6b 6c 6d 6e 6f 70 … (20 bytes)  ! EndOfStreamError: requested 40 bytes, but only 20 bytes available\n0x0..0x1               body.i = 1\n",
	} {
		r := runHere(t, nil, strings.Fields("decode --template "+ksy+" "+data+" "+args)...)
		if r.status != 1 || !strings.HasSuffix(string(r.out), want) {
			t.Errorf("%q: status %d\n%s", args, r.status, r.out)
		}
	}
	if r := runHere(t, nil, "decode", "--template", ksy, "--json", "--dump", data); strings.Contains(string(r.out), "body.y") {
		t.Errorf("the JSON has the field that was not read: %s", r.out)
	}
}

// TestDecodeTextOfFloats: a number is as short as its size allows in the text; JSON has the value of the f8 that it is, as agreed.
func TestDecodeTextOfFloats(t *testing.T) {
	ksy := writeFile(t, "t.ksy", []byte("meta: {id: t, endian: le}\nseq:\n  - {id: a, type: f4}\n  - {id: b, type: f8}\n  - {id: c, type: {switch-on: 1, cases: {1: f4}}}\n  - {id: d, type: f4, repeat: expr, repeat-expr: 1}\n"))
	data := writeFile(t, "d.bin", []byte("\xcd\xcc\xcc\x3d\x00\x00\x00\xa0\x99\x99\xb9\x3f\xcd\xcc\xcc\x3d\x00\x00\x80\x3f"))
	out := string(fine(t, nil, "decode", "--template", ksy, data))
	for _, want := range []string{" a = 0.1\n", " b = 0.10000000149011612\n", " c = 0.1\n", "[0] = 1.0\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if out := string(fine(t, nil, "decode", "--template", ksy, "--json", "--dump", data)); !strings.Contains(out, `"a","range":[0,4],"value":0.10000000149011612`) {
		t.Errorf("JSON: %s", out)
	}
}
