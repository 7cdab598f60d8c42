package cli

import (
	"regexp"
	"testing"
)

// TestOneByte: of one byte nothing says "1 bytes".
func TestOneByte(t *testing.T) {
	path := writeFile(t, "one.bin", []byte("A"))
	wrong := regexp.MustCompile(`(^|[^0-9,.])1 (bytes|packets|frames|fields|matches|ranges)\b`)
	for _, args := range [][]string{
		{"stats", path}, {"dump", path, "--at", "5"}, {"dump", path}, {"find", "41", path, "--range", "5:6"}, {"find", "41", path},
		{"strings", path, "--range", "3:4"}, {"text", path, "--range", "5:6"}, {"transform", "not", path, "--range", "5:6"}, {"transform", "swap-bytes 2", path},
		{"hash", path, "--range", "5:6"}, {"hash", path}, {"dump", path, "--at", "-5"}, {"unpack", "<I", path}, {"patch", path, "5:41"}, {"patch", path, "0:42", "--dry-run"},
		{"diff", path, writeFile(t, "two.bin", []byte("AB"))}, {"packets", path}, {"decode", path, "--template", "png"}, {"carve", path}, {"streams", path},
	} {
		r := runHere(t, nil, args...)
		if said := string(r.out) + r.err; wrong.MatchString(said) {
			t.Errorf("%q: %s", args, said)
		}
	}
}
