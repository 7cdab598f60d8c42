package cli

import (
	"bytes"
	"os"
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

// TestDiffFields compares by a template's names; the status says whether fields differ.
func TestDiffFields(t *testing.T) {
	old, err := os.ReadFile("../templates/bmp/core.bmp")
	if err != nil {
		t.Fatal(err)
	}
	fresh := bytes.Clone(old)
	fresh[0x1c] = 0xff
	a, b := writeFile(t, "a", old), writeFile(t, "b", fresh)
	for _, c := range []struct {
		args   []string
		out    string
		status int
	}{
		{[]string{"diff", a, b, "--fields"}, "palette[0].red: 0 → 255 (0xff)\n", 1},
		{[]string{"diff", a, b, "--template", "bmp", "--json"}, `[{"path":"palette[0].red","old":"0","new":"255 (0xff)","a":[28,29],"b":[28,29]}]` + "\n", 1},
		{[]string{"diff", a, a, "--fields"}, "", 0},
		{[]string{"diff", a, b, "--template", "<26sBBB:head,blue,green,red"}, "red: 0 → 255 (0xff)\n", 1},
	} {
		r := runHere(t, nil, c.args...)
		if string(r.out) != c.out || r.status != c.status {
			t.Errorf("%q: status %d, %q, %q", c.args, r.status, r.out, r.err)
		}
	}
}
