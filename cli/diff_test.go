package cli

import (
	"strings"
	"testing"
)

func TestDiff(t *testing.T) {
	x := writeFile(t, "a", []byte("the quick brown fox jumps over the lazy dog"))
	y := writeFile(t, "b", []byte("the quick red fox jumps over the very lazy dog"))
	r := runHere(t, nil, "diff", x, y, "--json")
	if r.status != exitData || r.err != "" {
		t.Errorf("status %d, stderr %q", r.status, r.err)
	}
	sameJSON(t, r.out, `[{"a":[10,15],"b":[10,13],"kind":"change"},{"a":[35,35],"b":[33,38],"kind":"insert"}]`)
	r = runHere(t, nil, "diff", x, y)
	if want := "change 0xa..0xf → 0xa..0xd  (5 bytes → 3 bytes)\n- 62 72 6f 77 6e\n+ 72 65 64\n"; r.status != exitData || !strings.HasPrefix(string(r.out), want) {
		t.Errorf("status %d, printed %q", r.status, r.out)
	}
	sameJSON(t, fine(t, nil, "diff", x, x, "--json"), `[]`)
	if out := fine(t, nil, "diff", x, x); len(out) != 0 {
		t.Errorf("equal files print %q", out)
	}
	z := writeFile(t, "c", []byte("thE quick"))
	r = runHere(t, nil, "diff", x, z, "--json", "--same-offset")
	sameJSON(t, r.out, `[{"a":[2,3],"b":[2,3],"kind":"change"},{"a":[9,43],"b":[9,9],"kind":"delete"}]`)
	fails(t, exitUsage, "no such file", "diff", x, x+".no")
	fails(t, exitUsage, "usage: hexlay diff", "diff", x)
}
