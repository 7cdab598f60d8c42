package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An argument of --param may be a member of one of the template's enums; other names mean nothing there.
func TestParamEnum(t *testing.T) {
	dir := t.TempDir()
	ksy, data := filepath.Join(dir, "t.ksy"), filepath.Join(dir, "data")
	for name, text := range map[string]string{
		ksy:  "meta: {id: t}\nparams: [{id: p, type: u1, enum: 'a::e'}]\nseq: [{id: x, type: u1}]\ntypes: {a: {enums: {e: {3: three}}}}\n",
		data: "\x07",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := runHere(t, nil, "decode", "--template", ksy, "--param", "a::e::three", "--eval", "p", "--json", data)
	if r.status != 0 || !strings.Contains(string(r.out), `{"enum":"t::a::e::three","value":3}`) {
		t.Errorf("status %d: %s%s", r.status, r.out, r.err)
	}
	for _, bad := range []string{"a::e::four", "x", "e::three"} {
		if r := runHere(t, nil, "decode", "--template", ksy, "--param", bad, "--json", data); r.status != 3 {
			t.Errorf("--param %s: status %d: %s%s", bad, r.status, r.out, r.err)
		}
	}
}
