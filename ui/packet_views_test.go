package ui

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hexlay/keymap"
	"hexlay/mmapdoc"
	"hexlay/model"
)

// TestPacketViews: columns of one's own, two packets compared, and JSON, by keys and at any size.
func TestPacketViews(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	b, err := os.ReadFile("../templates/pcap/little.pcap")
	if err != nil {
		t.Fatal(err)
	}
	settings := filepath.Join(t.TempDir(), "settings.toml")
	if err := os.WriteFile(settings, []byte("packet-columns = [\"tcp.flags\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ed := model.New(mmapdoc.FromBytes("little.pcap", b))
	ed.UseSettings(model.ReadSettings(settings))
	inTerminal(t, ed, rigOptions{w: 150, h: 45}, func(r *rig) {
		r.shows("packets: 7")
		r.shows("tcp.flags")
		r.shows("78 2         40001 → 80 [SYN]")
		r.keys("f6") // the list stands first
		r.keys("+")
		r.keys("dns.nm")
		r.shows("column dns.nm at column 5: unable to access 'nm'")
		r.keys("backspace", "backspace")
		r.keys("name", "enter")
		r.shows("dns.name")
		r.shows("www.example.org Standard query")
		r.shows("kept in")
		r.keys("down", "down", "down")
		r.keys("m", "down", "down", "=")
		r.shows("fields of packets 3 and 5 differ")
		r.shows("packet-fields: ")
		r.shows("vlan (33024) → ipv6")
		r.keys("/", "syn", "enter")
		r.shows("tcp.syn")
		r.shows("true → false")
		r.right()
		r.keys("=")
		r.shows("equal")
		r.keys("esc")
		r.line("packet 1")
		out := filepath.Join(t.TempDir(), "out.json")
		r.line("packet-json fields " + out)
		r.shows("1 packet written to")
		if text, err := os.ReadFile(out); err != nil || !strings.Contains(string(text), `"columns":{"tcp.flags":2,"dns.name":null},"fields":[`) {
			t.Errorf("%q, %v", text, err)
		}
		r.right()
		r.resize(60, 14)
		r.right()
		r.resize(20, 5)
		r.right()
	})
	if text, err := os.ReadFile(settings); err != nil || string(text) != "packet-columns = [\"tcp.flags\", \"dns.name\"]\n" {
		t.Errorf("%q, %v", text, err)
	}
}

// TestHostileColumn: what a column has of the capture does not act on the terminal.
func TestHostileColumn(t *testing.T) {
	b, err := os.ReadFile("../templates/pcap/little.pcap")
	if err != nil {
		t.Fatal(err)
	}
	ed := model.New(mmapdoc.FromBytes("little.pcap", []byte(strings.ReplaceAll(string(b), "GET /hexlay", "GET /\x1b[2J\xc2\x9b"))))
	ed.PacketColumns = []string{"http.line", "payload", "\x1b[31m"}
	inTerminal(t, ed, rigOptions{w: 150, h: 45}, func(r *rig) {
		r.shows("http.line")
		r.right()
	})
}

// TestUserKeys: keys of the user's own go before the usual ones, and what is wrong with the settings is shown and stops nothing.
func TestUserKeys(t *testing.T) {
	r := rigOptions{w: 100, h: 30, options: Options{
		Keys:    []keymap.Binding{{Key: "alt+z", Context: keymap.Global, Command: "insert-zeros 3"}, {Key: "f2", Context: keymap.Global}},
		Trouble: errors.New("settings.toml:3: gro\x1b[31mup: 3 is not 1, 2, 4 or 8"),
	}}
	inTerminal(t, edit([]byte("abc")), r, func(r *rig) {
		r.shows("[31mup: 3 is not 1, 2, 4 or 8")
		if strings.Contains(r.out.all.String(), "\x1b[31mup") {
			t.Error("a key of the file acts on the terminal")
		}
		r.keys("alt+z")
		if got := string(r.bytes()); got != "\x00\x00\x00abc" {
			t.Errorf("%q", got)
		}
		r.keys("f2")
		r.showsNot("inspector")
		r.right()
	})
}
