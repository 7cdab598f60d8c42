package cli

import (
	"strings"
	"testing"
)

// A template with a warning must not speak beside the one line that says why the parse failed.
func TestDecodeSaysOneLine(t *testing.T) {
	ksy := writeFile(t, "t.ksy", []byte("meta: {id: t}\nseq: [{id: len, type: u1}, {id: body, size: len}]\n"))
	data := writeFile(t, "d.bin", []byte("\x09hi"))
	if r := runHere(t, nil, "check", "--template", ksy); r.status != 0 || !strings.Contains(r.err, ": warning: ") {
		t.Fatalf("check: status %d, stderr %q; the case needs a template with a warning", r.status, r.err)
	}
	r := runHere(t, nil, "decode", "--template", ksy, "--json", data)
	if want := "EndOfStreamError: requested 9 bytes, but only 2 bytes available\n"; r.status != 1 || r.err != want {
		t.Errorf("decode: status %d, stderr %q, want %q", r.status, r.err, want)
	}
}
