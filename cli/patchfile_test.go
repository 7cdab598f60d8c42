package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPatchFiles(t *testing.T) {
	old := randomBytes(1, 50_000)
	same := slices.Clone(old)
	copy(same[1000:], "other bytes")
	same[49_999] ^= 1
	longer := slices.Concat(old[:7000], []byte("put in"), old[7000:30_000], old[30_100:], []byte("behind"))
	for _, ending := range []string{"ips", "ips32", "bps", "ups", "hexpatch", "xxd"} {
		for name, fresh := range map[string][]byte{"same length": same, "longer": longer, "much longer": slices.Concat(old, same[:100]), "shorter": old[:100], "equal": old} {
			if ending == "xxd" && len(fresh) < len(old) {
				continue
			}
			base, file, patch := writeFile(t, "old", old), writeFile(t, "new", fresh), filepath.Join(t.TempDir(), "p."+ending)
			if out := fine(t, nil, "patch", file, "--base", base, "--export", patch); len(out) > 0 {
				t.Errorf("--export prints %q", out)
			}
			fine(t, nil, "patch", base, "--apply", patch, "--dry-run")
			if !bytes.Equal(readFile(t, base), old) {
				t.Fatalf("%s, %s: --dry-run changed the file", ending, name)
			}
			fine(t, nil, "patch", base, "--apply", patch)
			if !bytes.Equal(readFile(t, base), fresh) {
				t.Errorf("%s, %s: not the new file", ending, name)
			}
			if ending == "bps" && name == "longer" {
				if !bytes.Equal(readFile(t, file), fresh) {
					t.Error("--export changed the new file")
				}
				if n := len(readFile(t, patch)); n > 200 {
					t.Errorf("a patch of %d bytes for two small changes", n)
				}
				fails(t, exitData, "is for another file", "patch", base, "--apply", patch)
			}
		}
	}
	base := writeFile(t, "old", old)
	fails(t, exitRefused, "not a sound patch", "patch", base, "--apply", base)
	for text, want := range map[string]string{ // a bad text of xxd is a bad patch as all others are
		"garbage here\n":           "not a sound patch: line 1: expected a hexadecimal offset",
		"0000: 4142\n0010: zz\n":   "not a sound patch: line 2: expected a byte",
		"8000000000000000: 41\n":   "63 bits",
		strings.Repeat("0", 1<<17): "not a dump",
	} {
		fails(t, exitRefused, want, "patch", base, "--apply", writeFile(t, "p.xxd", []byte(text)))
	}
	fails(t, exitData, "beyond the end", "patch", base, "--apply", writeFile(t, "p.xxd", []byte("10000: 41\n")))
	fails(t, exitUsage, "belong together", "patch", base, "--export", "x.ips")
	fails(t, exitUsage, "which format", "patch", base, "--base", base, "--export", "x.zip")
	fails(t, exitUsage, "give no others", "patch", base, "--apply", "x.ips", "0=00")
	if st := runHere(t, nil, "patch", base, "--base", base, "--export", filepath.Join(t.TempDir(), "no", "x.ips")); st.status != exitUsage || strings.Count(st.err, "\n") != 1 {
		t.Errorf("%v", st)
	}
	// A patch does not take the place of what it is made from.
	one, two := writeFile(t, "one.ips", old), writeFile(t, "two.ips", old[:len(old)-1])
	link := filepath.Join(t.TempDir(), "link.ips")
	if err := os.Symlink(one, link); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{one, two, link} {
		fails(t, exitUsage, "itself", "patch", two, "--base", one, "--export", out)
	}
	if !bytes.Equal(readFile(t, one), old) || !bytes.Equal(readFile(t, two), old[:len(old)-1]) || !bytes.Equal(readFile(t, base), old) {
		t.Error("refusals changed a file")
	}
}
