//go:build linux

package ui

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestTemplateEditSave lays a built-in template over a file, gives a field another value, mends the checksum, saves, and
// compares the bytes.
func TestTemplateEditSave(t *testing.T) {
	b, err := os.ReadFile("../templates/message/sample.bin")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "messages")
	write(t, path, b)
	c := editFile(t, path)
	c.line("overlay message", "message is laid over 0x0")
	c.line("node-goto messages[1].payload.temperature", "0x19 (25)")
	c.line("field-set 25.5", "temperature = 25.5")
	c.line("mend", "messages[1].crc: 0xb67c becomes 0x7095")
	c.answer("m")
	c.shows("mended")
	c.send("\x13")
	c.shows("saved 6 bytes in 2 ranges, in place")
	c.send("\x11")
	if s := c.end(); s != 0 {
		t.Errorf("exit status %d", s)
	}
	c.restored()
	want := bytes.Clone(b)
	want[0x1a] = 0xcc                   // 25.5 is 41cc0000, 20.5 was 41a40000
	want[0x21], want[0x22] = 0x70, 0x95 // CRC-16, reflected 0xA001 from 0xFFFF, over the header and the payload
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, want) {
		t.Errorf("%v; the file is\n% x, want\n% x", err, now, want)
	}
}
