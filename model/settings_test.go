package model

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"hexlay/mmapdoc"
)

// TestSettingsText: one value is changed, and all else stays as the user wrote it.
func TestSettingsText(t *testing.T) {
	layer := []string{"layers", "5555"}
	codec := []string{"codec"}
	for _, c := range []struct {
		name  string
		text  string
		path  []string
		value any
		want  string
	}{
		{"nothing yet", "", layer, "message", "[layers]\n5555 = \"message\"\n"},
		{"nothing yet, no table", "", codec, "cp1252", "codec = \"cp1252\"\n"},
		{"changed, with what is said of it", "# mine\ncodec = 'x' # why\n\nother = 1\n", codec, "utf-8", "# mine\ncodec = \"utf-8\" # why\n\nother = 1\n"},
		{"taken out", "a = 1\n  codec = 'x' # why\n# b\nb = 2", codec, nil, "a = 1\n# b\nb = 2"},
		{"the last line taken out", "a = 1\ncodec = 'x'", codec, nil, "a = 1\n"},
		{"not there, nothing to take out", "a = 1 #\n", codec, nil, "a = 1 #\n"},
		{"behind its neighbours", "[layers]\n80 = 'http' # web\n\n# keys\n[keys]\nf1 = 'help'\n", layer, "message",
			"[layers]\n80 = 'http' # web\n5555 = \"message\"\n\n# keys\n[keys]\nf1 = 'help'\n"},
		{"into an empty table", "[ layers ] # mine\n[keys]\n", layer, "m", "[ layers ] # mine\n5555 = \"m\"\n[keys]\n"},
		{"an empty table at the end", "[layers]", layer, "m", "[layers]\n5555 = \"m\"\n"},
		{"dotted names", "layers.80 = 'http'\n[keys]\n", layer, "m", "layers.80 = 'http'\nlayers.5555 = \"m\"\n[keys]\n"},
		{"a quoted name", "[layers]\n\"5555\" = '''a\nb''' # c\n6 = 'x'\n", layer, "m", "[layers]\n\"5555\" = \"m\" # c\n6 = 'x'\n"},
		{"before the tables and their comment", "# head\n\n# about layers\n[layers]\n80 = 'http'\n", codec, "x", "# head\n\ncodec = \"x\"\n\n# about layers\n[layers]\n80 = 'http'\n"},
		{"unknown things stay", "zz = [1, # one\n 2]\n[[list]]\na = {b = 1, c = \"]\"}\n[layers]\n5555 = 'old'\n", layer, "new",
			"zz = [1, # one\n 2]\n[[list]]\na = {b = 1, c = \"]\"}\n[layers]\n5555 = \"new\"\n"},
		{"a list", "packet-columns = [\n 'a', # first\n]\n", []string{"packet-columns"}, []string{"a", `b == "c\"`}, "packet-columns = [\"a\", \"b == \\\"c\\\\\\\"\"]\n"},
		{"Windows line ends", "a = 1\r\n[layers]\r\n80 = 'h'\r\n", layer, "m", "a = 1\r\n[layers]\r\n80 = 'h'\r\n5555 = \"m\"\n"},
		{"a number", "group = 1\n", []string{"group"}, int64(4), "group = 4\n"},
		{"what is not printable", "", codec, "a\x1b\u009b\U000e0001é", "codec = \"a\\u001b\\u009b\\U000e0001é\"\n"},
	} {
		tt, err := parseTOML([]byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got, err := tt.set(c.path, c.value)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
	// What cannot be changed without touching other things is left alone, and said.
	for _, text := range []string{"layers = {80 = 'http'}\n", "layers = 3\n", "[[layers]]\n80 = 'http'\n"} {
		tt, err := parseTOML([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := tt.set(layer, "message"); err == nil {
			t.Errorf("%q became %q", text, b)
		}
	}
}

func settingsFile(t testing.TB, text string) string {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	path := filepath.Join(t.TempDir(), "settings.toml")
	if text != "" {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// TestReadSettings: what is right holds, and of each mistake file, line, key and what was expected are told.
func TestReadSettings(t *testing.T) {
	path := settingsFile(t, `codec = "cp1252"
colmns = 16
group = 3
columns = 24
endian = "middle"
sidecar = "yes"
errors = "replace"
packet-time = "delta"
packet-columns = ["tcp.flags", 3]

[layers]
5555 = "message"
70000 = "http"
5556 = "mine.ksy"
5557 = 7

[keys]
"ctrl+d" = "fill 00"
"ctrl+e" = "fil 00"

[keys."packets panel"]
F = "packet-filter tcp"

[unknown]
`)
	f := ReadSettings(path)
	s := f.Settings
	if s.Codec.Name() != "cp1252" || s.Columns != 24 || s.Handler.String() != "replace" || s.PacketTime != TimeSincePrevious || s.Group != 1 || s.BigEndian || s.Sidecar != nil {
		t.Errorf("%+v", s)
	}
	if s.Ports[5555] != "message" || s.Ports[5556] != filepath.Join(filepath.Dir(path), "templates", "mine.ksy") || len(s.Ports) != 2 {
		t.Errorf("%v", s.Ports)
	}
	if got := fmt.Sprint(f.Keys); got != "[{everywhere ctrl+d fill 00 18} {packets panel F packet-filter tcp 22}]" {
		t.Error(got)
	}
	var got []string
	for _, p := range f.Problems {
		got = append(got, strings.TrimPrefix(p.Error(), shortPath(path)+":"))
	}
	want := []string{
		`2: colmns: there is no setting "colmns", did you mean "columns"?`,
		`3: group: 3 is not 1, 2, 4 or 8`,
		`5: endian: "middle" is not "little" or "big"`,
		`6: sidecar: "yes" is not true or false`,
		`9: packet-columns: ["tcp.flags", 3] is not a list of at most 32 expressions, ["tcp.flags", …]`,
		`13: layers.70000: "http" is not a port, 1 to 65535, and a template`,
		`15: layers.5557: 7 is not a port, 1 to 65535, and a template`,
		`19: keys.ctrl+e: want a key and a command line, or a table of these named after a place: [keys."hex column"]: there is no command "fil", did you mean "fill"?`,
		`24: unknown: there is no setting "unknown"`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("problems:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if e := f.Trouble(); e == nil || !strings.Contains(e.Error(), "(and 8 more; hexlay settings lists them)") {
		t.Error(e)
	}

	if f := ReadSettings(filepath.Join(filepath.Dir(path), "none.toml")); f.Trouble() != nil {
		t.Error(f.Trouble())
	}
	if f := ReadSettings(settingsFile(t, "codec = \"cp1252\"\ngroup = = 3\n")); f.Trouble() == nil || !strings.Contains(f.Trouble().Error(), "settings.toml:2:9: ") ||
		f.Settings.Codec.Name() != "utf-8" {
		t.Error(f.Trouble())
	}
	if f := ReadSettings(filepath.Dir(path)); f.Trouble() == nil || !strings.Contains(f.Trouble().Error(), "not a regular file") {
		t.Error(f.Trouble())
	}
	if f := ReadSettings(settingsFile(t, "# "+strings.Repeat("x", maxSettings))); f.Trouble() == nil || !strings.Contains(f.Trouble().Error(), "at most") {
		t.Error(f.Trouble())
	}
}

// TestSettingDefaults: what the table says of defaults is what an editor begins with, and a setting shown can be read again.
func TestSettingDefaults(t *testing.T) {
	d := defaultSettings()
	for _, s := range AllSettings() {
		now, ok := s.Show(&d)
		if !ok {
			continue
		}
		if now != s.Default {
			t.Errorf("%s is %s at first, its default %s", s.Name, now, s.Default)
		}
		if f := ReadSettings(settingsFile(t, s.Name+" = "+now+"\n")); f.Trouble() != nil {
			t.Error(f.Trouble())
		}
		for _, w := range s.Words() {
			if err := s.take(&settingsTarget{Settings: &d}, "", settingValue(w)); err != nil {
				t.Errorf("%s %s is offered: %v", s.Name, w, err)
			}
		}
	}
}

func withSettings(t testing.TB, path string) *Editor {
	e := over([]byte("bytes"))
	t.Cleanup(func() { e.Close() })
	e.UseSettings(ReadSettings(path))
	return e
}

// TestSettingIsKept: what is set holds now and at the next start, beside what the user and others wrote.
func TestSettingIsKept(t *testing.T) {
	path := settingsFile(t, "# mine\ngroup = 2 # pairs\n")
	a, b := withSettings(t, path), withSettings(t, path)
	lines(t, a, "setting codec cp1252")
	lines(t, b, "setting columns 24", "setting sidecar on")
	if a.Codec.Name() != "cp1252" || b.Columns != 24 || b.Sidecar != b.Codec {
		t.Errorf("%+v %+v", a.Settings, b.Settings)
	}
	if n := b.Notice().Text; !strings.Contains(n, "sidecar is on; kept in ") {
		t.Error(n)
	}
	c := withSettings(t, path)
	if c.Codec.Name() != "cp1252" || c.Columns != 24 || c.Sidecar == nil || c.Group != 2 {
		t.Errorf("%+v", c.Settings)
	}
	lines(t, c, "setting columns default")
	if text, err := os.ReadFile(path); err != nil || string(text) != "# mine\ngroup = 2 # pairs\ncodec = \"cp1252\"\nsidecar = true\n" || c.Columns != 0 {
		t.Errorf("%q, %v, %d columns", text, err, c.Columns)
	}
	other := c.another(mmapdoc.FromBytes("other", nil)) // the other side of a comparison
	defer other.Close()
	lines(t, other, "setting endian big")
	if f := ReadSettings(path); !f.Settings.BigEndian {
		t.Errorf("%+v", f.Settings)
	}
	lines(t, other, "setting endian default")
	for _, line := range []string{"setting group 3", "setting nosuch 1", "setting layers x", "setting endian"} {
		effs, err := run(t, c, line)
		if (err == nil) != (line == "setting endian") {
			t.Errorf("%s: %v %v", line, effs, err)
		}
	}
	// A file that cannot be read is not written.
	if err := os.WriteFile(path, []byte("group = = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, c, "setting group 4"); err == nil || !strings.Contains(err.Error(), "mend it first") || c.Group != 4 {
		t.Errorf("%v, group %d", err, c.Group)
	}
}

// TestSettingsTogether: two programs that write at once do not lose each other's entries.
func TestSettingsTogether(t *testing.T) {
	path := settingsFile(t, "")
	var all sync.WaitGroup
	for w := range 4 {
		all.Add(1)
		go func() {
			defer all.Done()
			for i := range 10 {
				port := fmt.Sprint(1000*(w+1) + i)
				if err := changeSettings(path, []string{"layers", port}, func(any) any { return "http" }); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	all.Wait()
	if f := ReadSettings(path); len(f.Settings.Ports) != 40 || f.Trouble() != nil {
		t.Errorf("%d entries, %v", len(f.Settings.Ports), f.Trouble())
	}
}

func TestSettingCompletion(t *testing.T) {
	e := over(nil)
	words := func(line string) (out []string) {
		for _, c := range e.Complete(line) {
			out = append(out, c.Line)
		}
		return out
	}
	if got := fmt.Sprint(words("setting en")); got != "[setting endian]" {
		t.Error(got)
	}
	if got := fmt.Sprint(words("setting endian ")); got != "[setting endian little setting endian big setting endian default]" {
		t.Error(got)
	}
}

// FuzzSettings: no text makes reading or changing a settings file fail in another way than by an error, and a change is one.
func FuzzSettings(f *testing.F) {
	f.Add("codec = 'x'\n[layers]\n80 = 'http' # c\n")
	f.Add("layers = {80 = 'a'}\n[[a.b]]\nc=[{d=1}]\n")
	f.Add("a.b.\"c d\" = '''\n'''\n[x]\r\n[keys.\"hex column\"]\n\"ctrl+d\" = \"fill 00\"")
	f.Add("[keys.a.b]\nc = 'd'\n[keys]\n")
	f.Fuzz(func(t *testing.T, text string) {
		tt, err := parseTOML([]byte(text))
		if err != nil {
			return
		}
		s := &SettingsFile{Path: "settings.toml", Settings: defaultSettings()}
		s.read([]byte(text))
		for _, path := range [][]string{{"layers", "5555"}, {"codec"}} {
			for _, v := range []any{"message", nil} {
				b, err := tt.set(path, v)
				if err != nil {
					continue
				}
				after, err := parseTOML(b)
				if err != nil {
					t.Fatalf("%q became %q: %v", text, b, err)
				}
				if got := after.at(path); got != v {
					t.Fatalf("%q became %q, where it is %v", text, b, got)
				}
			}
		}
	})
}
