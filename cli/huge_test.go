package cli

import (
	"fmt"
	"hash/crc32"
	"os"
	"strings"
	"testing"
)

// TestHugeOffsets: the verbs see and edit bytes where offsets of 32 bits, floating point numbers and 63 bits end.
func TestHugeOffsets(t *testing.T) {
	var path string
	var size int64
	for _, dir := range []string{"/dev/shm", t.TempDir()} { // 8 EiB in memory, less on a disk
		f, err := os.CreateTemp(dir, "hexlay-huge")
		if err != nil {
			continue
		}
		defer os.Remove(f.Name())
		defer f.Close()
		for _, n := range []int64{1<<63 - 1, 1<<44 - 4096, 1<<32 + 100} {
			if n > size && f.Truncate(n) == nil {
				path, size = f.Name(), n
				break
			}
		}
	}
	if path == "" {
		t.Skip("no file system here takes a sparse file of 4 GiB")
	}
	for i, at := range []int64{1<<32 - 1, 1 << 32, 1<<32 + 1, 1<<53 - 1, 1 << 53, 1<<53 + 1, size - 5000} {
		if at > size-5000 {
			continue
		}
		b := byte(0xa1 + i)
		fine(t, nil, "patch", path, fmt.Sprintf("%#x=%02x", at, b))
		r := fmt.Sprintf("%#x:1", at)
		if out := string(fine(t, nil, "dump", path, "--at", fmt.Sprint(at), "--len", "1", "--format", "plain")); out != fmt.Sprintf("%02x\n", b) {
			t.Errorf("dump at %#x: %q", at, out)
		}
		if out := string(fine(t, nil, "find", path, fmt.Sprintf("%02x", b))); !strings.HasPrefix(out, fmt.Sprintf("%#x: %02x", at, b)) {
			t.Errorf("find of what is at %#x: %q", at, out)
		}
		if out := string(fine(t, nil, "hash", path, "--range", r, "--algo", "crc32")); !strings.Contains(out, fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte{b}))) {
			t.Errorf("hash at %#x: %q", at, out)
		}
		if out := string(fine(t, nil, "unpack", "B", path, "--at", fmt.Sprint(at))); out != fmt.Sprintf("%#x: (%d,)\n", at, b) {
			t.Errorf("unpack at %#x: %q", at, out)
		}
	}
	// Not every kernel writes the last page.
	at := size - 9
	if out := string(fine(t, nil, "patch", path, fmt.Sprintf("%#x=41", at), "-n")); out != fmt.Sprintf("would change %#x: 00 → 41\n", at) {
		t.Errorf("a patch of the last bytes would do %q", out)
	}
	if out := string(fine(t, nil, "dump", path, "--at", fmt.Sprint(at), "--format", "plain")); out != strings.Repeat("00", 9)+"\n" {
		t.Errorf("the last bytes: %q", out)
	}
}
