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
