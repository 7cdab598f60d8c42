package cli

import (
	"strings"
	"testing"
)

// TestDecodeSaysChecks: the tree for people tells which checksums hold and what the others should be.
func TestDecodeSaysChecks(t *testing.T) {
	data := readFile(t, "../templates/message/sample.bin")
	path := writeFile(t, "m", data)
	if out := string(fine(t, nil, "decode", "--template", "message", path)); !strings.Contains(out, "crc = 24542 (0x5fde)  ok\n") || strings.Contains(out, "should be") {
		t.Errorf("%s", out)
	}
	data[8] = 7
	path = writeFile(t, "m", data)
	if out := string(fine(t, nil, "decode", "--template", "message", path)); !strings.Contains(out, "crc = 24542 (0x5fde)  ! should be 0x6e99\n") {
		t.Errorf("%s", out)
	}
}
