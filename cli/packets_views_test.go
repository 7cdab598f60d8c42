package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hexlay/model"
)

// userSettingsFile makes the user's settings file for a test.
func userSettingsFile(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Setenv("HOME", dir)
	f, _ := userSettings() // where it is differs from system to system
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.Path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return f.Path
}

func TestPacketColumns(t *testing.T) {
	file := sampleCapture(t, 0)
	out := string(fine(t, nil, "packets", file, "--filter", "tcp", "--column", "tcp.flags", "--column", "http.headers[0].line.name"))
	if !strings.Contains(out, "TCP         78  2 ") || !strings.Contains(out, "134  24         Host ") {
		t.Errorf("%s", out)
	}
	out = string(fine(t, nil, "packets", file, "--filter", "dns or arp", "--column", "dns.name", "--column", "arp.operation", "--json"))
	if !strings.Contains(out, `"columns":{"dns.name":null,"arp.operation":1}}`) || !strings.Contains(out, `"columns":{"dns.name":"www.example.org","arp.operation":null}}`) {
		t.Errorf("%s", out)
	}
	fails(t, exitRefused, "column tcp.flgs at column 5", "packets", file, "--column", "tcp.flgs")
	fails(t, exitRefused, "column tcp. at column 5", "packets", file, "--column", "tcp.")
}

func TestPacketFields(t *testing.T) {
	file := sampleCapture(t, 0)
	var list []struct {
		No     int
		Fields []struct {
			Path  string
			Range []int64
			Value any
			Error string
		}
	}
	out := fine(t, nil, "packets", file, "--json", "--fields")
	if err := json.Unmarshal(out, &list); err != nil || len(list) != 7 {
		t.Fatalf("%v: %s", err, out)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, p := range list {
		for _, f := range p.Fields {
			if f.Error != "" {
				t.Errorf("packet %d, %s: %s", p.No, f.Path, f.Error)
			}
			if strings.HasSuffix(f.Path, ".dst_port") { // the range is where the value stands in the file
				seen++
				if got := int(b[f.Range[0]])<<8 | int(b[f.Range[0]+1]); float64(got) != f.Value {
					t.Errorf("packet %d, %s is %v, its bytes say %d", p.No, f.Path, f.Value, got)
				}
			}
		}
	}
	if seen != 4 {
		t.Errorf("%d packets have a port", seen)
	}
	text := string(fine(t, nil, "packets", file, "--fields", "--filter", "no == 5"))
	if !strings.Contains(text, "\n        tcp.dst_port: 80 (0x50)\n") || !strings.Contains(text, `        http.headers[0].line.name: "Host"`) {
		t.Errorf("%s", text)
	}
}

func TestComparePackets(t *testing.T) {
	file := sampleCapture(t, 0)
	for _, args := range [][]string{{"packets", file, "--compare", "3", "5"}, {"packets", "--compare", "3", "5", file}, {"packets", file, "--compare", "3,5"}} {
		r := runHere(t, nil, args...)
		if r.status != exitData || !strings.Contains(string(r.out), "tcp.syn: true → false\n") || strings.Contains(string(r.out), "tcp.dst_port") {
			t.Errorf("%q: status %d, %s%s", args, r.status, r.out, r.err)
		}
	}
	r := runHere(t, nil, "packets", file, "--compare", "3", "5", "--all", "--json")
	var list []struct {
		Path     string
		Old, New *string
		A, B     []int64
		Same     bool
	}
	if err := json.Unmarshal(r.out, &list); err != nil {
		t.Fatalf("%v: %s", err, r.out)
	}
	same := 0
	for _, f := range list {
		if f.Path == "tcp.dst_port" && (!f.Same || *f.Old != *f.New || f.A[0] == f.B[0]) {
			t.Errorf("%+v", f)
		}
		if f.Same {
			same++
		}
	}
	if same < 10 || same == len(list) {
		t.Errorf("%d of %d are equal", same, len(list))
	}
	if r := runHere(t, nil, "packets", file, "--compare", "3", "3"); r.status != 0 || len(r.out) != 0 {
		t.Errorf("status %d, %s%s", r.status, r.out, r.err)
	}
	fails(t, exitUsage, "--compare N M", "packets", file, "--compare", "3")
	fails(t, exitUsage, "want a number from 1 on", "packets", file, "--compare", "3", "0")
	fails(t, exitData, "there is no packet 8: the capture has 7", "packets", file, "--compare", "3", "8")
	fails(t, exitUsage, "one capture", "packets", file, file)
	fails(t, exitUsage, "--all goes with", "packets", file, "--all")
}

// TestSettingsOfVerbs: what a port carries by the settings counts for packets, and a mistake in the file is told and ends nothing.
func TestSettingsOfVerbs(t *testing.T) {
	file := sampleCapture(t, 0)
	path := userSettingsFile(t, "[layers]\n80 = \"web.ksy\"\n99999 = \"http\"\n")
	own := filepath.Join(filepath.Dir(path), "templates")
	if err := os.MkdirAll(own, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(own, "web.ksy"), []byte("meta:\n  id: web\nseq:\n  - id: verb\n    type: str\n    encoding: ASCII\n    terminator: 0x20\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := runHere(t, nil, "packets", file, "--filter", `web.verb == "GET"`, "--column", "web.verb")
	if r.status != 0 || strings.Count(string(r.out), "\n") != 1 || !strings.Contains(string(r.out), " web ") || !strings.Contains(r.err, "settings.toml:3: layers.99999: ") {
		t.Errorf("status %d, %s%s", r.status, r.out, r.err)
	}
	// Verbs that need none do not read it.
	if r := runHere(t, nil, "dump", file, "--len", "16"); r.status != 0 || r.err != "" {
		t.Errorf("status %d, %s", r.status, r.err)
	}
}

func TestSettingsVerb(t *testing.T) {
	path := userSettingsFile(t, "codec = \"cp1252\"\n[layers]\n5555 = \"message\"\n[keys]\n\"ctrl+d\" = \"fill 00\"\n")
	out := string(fine(t, nil, "settings"))
	for _, want := range []string{"# " + path + "\n", "\ncodec = \"cp1252\" ", "\ngroup = 1 ", "\n[layers]\n5555 = \"message\"\n", "\n[keys.\"everywhere\"]\n\"ctrl+d\" = \"fill 00\"\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	// What it prints is a settings file that says the same.
	again := userSettingsFile(t, out)
	if now := string(fine(t, nil, "settings")); now != strings.Replace(out, path, again, 1) {
		t.Errorf("%s\nbecame\n%s", out, now)
	}
	userSettingsFile(t, "group = 3\n[keys.\"hex colum\"]\nx = \"undo\"\n[keys]\n\"ctl+x\" = \"undo\"\n\"f99\" = \"undo\"\n\"ctrl+shift+f12\" = \"undo\"\n\"é\" = \"\"\n")
	r := runHere(t, nil, "settings")
	if r.status != exitData || strings.Count(r.err, "\n") != 4 {
		t.Errorf("status %d, %s", r.status, r.err)
	}
	for _, want := range []string{"settings.toml:1: group: 3 is not 1, 2, 4 or 8\n", `:3: keys.hex colum.x: there is no place "hex colum"; want one of everywhere, hex column, `, `:5: keys.everywhere.ctl+x: there is no key "ctl+x"`, `there is no key "f99"`} {
		if !strings.Contains(r.err, want) {
			t.Errorf("%q is not in\n%s", want, r.err)
		}
	}
	var doc struct {
		File     string
		Problems []string
		Settings map[string]string
	}
	r = runHere(t, nil, "settings", "--json")
	if err := json.Unmarshal(r.out, &doc); err != nil || len(doc.Problems) != 4 || doc.Settings["group"] != "1" {
		t.Errorf("%v: %s", err, r.out)
	}
}

// TestManualSettings: the settings file in the manual is one, and names every setting that there is.
func TestManualSettings(t *testing.T) {
	page, err := os.ReadFile("../docs/MANUAL.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "```toml\n")
	text, _, ok := strings.Cut(text, "```")
	if !ok {
		t.Fatal("the manual shows no settings file")
	}
	userSettingsFile(t, text)
	fine(t, nil, "settings")
	for _, s := range model.AllSettings() {
		if !strings.Contains(text, "\n"+s.Name+" = ") && !strings.HasPrefix(text, s.Name+" = ") && !strings.Contains(text, "\n["+s.Name+"]") {
			t.Errorf("the manual does not show %s", s.Name)
		}
	}
}
