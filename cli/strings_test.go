package cli

import (
	"strings"
	"testing"
)

func TestStrings(t *testing.T) {
	data := "\x00\x01hello\x00wor\x1b[31mld\x00" + "h\x00é\x00l\x00l\x00o\x00" + "\xff\x93\xfa\x96{\x8c\xea\x00"
	path := writeFile(t, "f", []byte(data))
	sameJSON(t, fine(t, nil, "strings", path, "--json"), `[{"range":[2,7],"encoding":"ascii","text":"hello"},{"range":[12,18],"encoding":"ascii","text":"[31mld"}]`)
	if out := string(fine(t, nil, "strings", path)); out != "02  hello\n0c  [31mld\n" {
		t.Errorf("%q", out)
	}
	if out := string(fine(t, nil, "strings", path, "--encoding", "utf-8,utf-16-le", "--min", "5")); !strings.Contains(out, "utf-8      hello\n") {
		t.Errorf("%q", out)
	}
	if out := string(fine(t, nil, "strings", path, "--encoding", "sjis", "--min", "3", "--range", "30:")); !strings.Contains(out, "日本語\n") {
		t.Errorf("%q", out)
	}
	if r := runHere(t, nil, "strings", path, "--min", "50", "--json"); r.status != exitData || strings.TrimSpace(string(r.out)) != "[]" || r.err != "" {
		t.Errorf("%+v", r)
	}
	// A run across the parts in which a file is read.
	big := strings.Repeat("\x00", 3<<20-5) + "0123456789" + strings.Repeat("\x00", 100)
	sameJSON(t, fine(t, nil, "strings", writeFile(t, "g", []byte(big)), "--json"), `[{"range":[3145723,3145733],"encoding":"ascii","text":"0123456789"}]`)
	fails(t, exitRefused, "unknown codec", "strings", path, "--encoding", "nosuch")
	fails(t, exitUsage, "--min 0", "strings", path, "--min", "0")
	fails(t, exitData, "beyond the end", "strings", path, "--range", "0:1000")
}
