//go:build unix

package cli

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestN9TruncatedWhileRead: every verb reads a file that another program cuts to 100 bytes and makes long again all the while.
// None crashes; what they say of it is one line.
func TestN9TruncatedWhileRead(t *testing.T) {
	const size = 3 << 20
	full := make([]byte, size)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range full {
		full[i] = byte(rnd.Uint32())
	}
	copy(full, "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10\x00\x00\x00\x10\x08\x06\x00\x00\x00")
	path, other := writeFile(t, "f", full), writeFile(t, "other", full[:size-1000])
	verbs := [][]string{
		{"hash", path, "--algo", "sha256,crc32"}, {"dump", path, "--len", "200K"}, {"dump", path, "--format", "xxd", "--at", "1M", "--len", "100K"},
		{"text", path, "--encoding", "utf-16-le", "--errors", "replace"}, {"find", path, "de ad be"}, {"find", path, "--regex", `[a-z]{6}`, "--count"},
		{"strings", path}, {"stats", path}, {"diff", path, other}, {"diff", other, path}, {"decode", path, "--template", "png"},
		{"unpack", "<1000I", path, "--at", "1M"}, {"patch", path, "0x100000=41", "-n"}, {"replace", path, "00 00 00", "01", "-n"},
		{"transform", path, "xor", "5a", "-n"},
	}
	for _, args := range verbs {
		if r := runHere(t, nil, args...); r.status > 1 {
			t.Fatalf("%q of the whole file: status %d, %s", args, r.status, r.err)
		}
	}
	stop := make(chan struct{})
	var cutter sync.WaitGroup
	cutter.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if os.Truncate(path, 100) != nil {
				return
			}
			time.Sleep(time.Duration(i%5) * time.Millisecond)
			if os.WriteFile(path, full, 0o644) != nil {
				return
			}
			time.Sleep(time.Duration(i%7) * 2 * time.Millisecond)
		}
	})
	for _, args := range verbs {
		for range 4 {
			r := runHere(t, nil, args...)
			errs := strings.TrimSuffix(r.err, "\n")
			switch {
			case strings.Contains(r.err, "internal error") || strings.Contains(r.err, "goroutine "):
				t.Errorf("%q: %s", args, r.err)
			case r.status != 0 && strings.Count(errs, "\n") > 3:
				t.Errorf("%q: status %d, says %q", args, r.status, r.err)
			}
		}
	}
	close(stop)
	cutter.Wait()
}

// TestN4PatchWhileTruncated: a patch of a file that is cut and made long again says that it was changed, or the file is as
// the other program left it, or it has the patch.
func TestN4PatchWhileTruncated(t *testing.T) {
	full := []byte(strings.Repeat("0123456789abcdef", 20_000))
	path := writeFile(t, "f", full)
	stop := make(chan struct{})
	var cutter sync.WaitGroup
	cutter.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				_ = os.Truncate(path, 100)
				_ = os.WriteFile(path, full, 0o644)
			}
		}
	})
	seen := map[string]int{}
	for i := range 30 {
		r := runHere(t, nil, "patch", path, fmt.Sprintf("%d=%02x", 200_000+i, 0x41))
		seen[fmt.Sprint(r.status)]++
		if r.status != 0 && (strings.Count(r.err, "\n") != 1 || strings.Contains(r.err, "internal error")) {
			t.Errorf("status %d, says %q", r.status, r.err)
		}
	}
	close(stop)
	cutter.Wait()
	t.Log(seen)
}
