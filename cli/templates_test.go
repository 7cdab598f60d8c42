package cli

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hexlay/templates"
)

var writeGoldens = flag.Bool("golden", false, "write the golden decodes of templates/*")

// TestTemplates decodes the samples of the built-in templates and compares with their golden decodes (SAMPLE.jsonl).
func TestTemplates(t *testing.T) {
	n := 0
	for _, f := range templates.Formats() {
		samples, err := filepath.Glob(filepath.Join("..", "templates", f.Name, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, sample := range samples {
			if strings.HasSuffix(sample, ".ksy") || strings.HasSuffix(sample, ".jsonl") {
				continue
			}
			n++
			r := runHere(t, nil, "decode", sample, "--template", f.Name, "--dump", "--json")
			// The tour's last message is cut short.
			if want := map[bool]int{true: exitData}[f.Name == "tour"]; r.status != want {
				t.Errorf("%s: status %d, %s", sample, r.status, r.err)
			}
			if bytes.Contains(r.out, []byte(`"error":`)) {
				t.Errorf("%s: errors in %s", sample, r.out)
			}
			golden := sample + ".jsonl"
			if *writeGoldens {
				if err := os.WriteFile(golden, r.out, 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if want := readFile(t, golden); !bytes.Equal(r.out, want) {
				t.Errorf("%s does not decode as %s says; -golden writes it anew", sample, golden)
			}
		}
	}
	if n < len(templates.Formats()) {
		t.Errorf("%d samples for %d templates", n, len(templates.Formats()))
	}
}

// TestTemplateNames takes templates by name, by magic and as struct formats.
func TestTemplateNames(t *testing.T) {
	png := filepath.Join("..", "templates", "png", "sample.png")
	for _, args := range [][]string{{"--template", "png"}, {"-t", filepath.Join("..", "templates", "png", "png.ksy")}, {}} {
		sameJSON(t, fine(t, nil, append([]string{"decode", png, "--json", "--eval", "chunks[0].body.as<header>.width"}, args...)...),
			`[{"ok":true,"value":8,"range":[16,20]}]`)
	}
	sameJSON(t, fine(t, nil, "decode", png, "--json", "--eval", "b", "-t", ">8xI:b"), `[{"ok":true,"value":13,"range":[8,12]}]`)
	own := writeFile(t, "own.ksy", []byte("meta: {id: own, imports: [/png/png]}\nseq: [{id: p, type: png}]\n"))
	sameJSON(t, fine(t, nil, "decode", png, "--json", "--eval", "p.chunks.size", "-t", own), `[{"ok":true,"value":7}]`)
	plain := writeFile(t, "plain.txt", []byte("nothing in particular"))
	fails(t, exitData, "hexlay templates lists them", "decode", plain)
	fails(t, exitRefused, "", "decode", plain, "-t", "no_such")
	fails(t, exitRefused, "there is no built-in template", "templates", "no_such")

	if got := fine(t, nil, "templates", "png"); !bytes.Equal(got, readFile(t, filepath.Join("..", "templates", "png", "png.ksy"))) {
		t.Errorf("templates png prints %q", got)
	}
	var list []struct{ Name string }
	if err := json.Unmarshal(fine(t, nil, "templates", "--json"), &list); err != nil || len(list) != len(templates.Formats()) {
		t.Errorf("templates --json: %v, %d", err, len(list))
	}
}

// TestSetTour mends the wrong CRC of the tour, and follows a changed payload.
func TestSetTour(t *testing.T) {
	doc, at := templates.Tour()
	path := writeFile(t, "tour.bin", doc)
	crc := func(i int) string {
		return string(fine(t, nil, "hash", path, "--algo", "crc-16/modbus", "--json", "--range", offsetRange(at[i], at[i+1]-2)))
	}
	fine(t, nil, "set", path, "messages[5].payload.temperature=20.5", "--fix")
	got := readFile(t, path)
	if want := crc(5); !strings.Contains(want, hexOf(got[at[6]-2:at[6]])) {
		t.Errorf("the CRC of the sixth message is %x, hash says %s", got[at[6]-2:at[6]], want)
	}
}

// TestSetPacket: a longer name in a packet takes along what the capture tells of the packet's length.
func TestSetPacket(t *testing.T) {
	for _, c := range [][3]string{{"pcap/little.pcap", "pcap", "capture.packets[1]"}, {"pcap/big.pcap", "pcap", "capture.packets[1]"},
		{"pcapng/two.pcapng", "pcapng", "section.content.blocks[2].body"}, {"pcapng/big.pcapng", "pcapng", "section.content.blocks[2].body"}} {
		before := readFile(t, filepath.Join("..", "templates", c[0]))
		path := writeFile(t, filepath.Base(c[0]), before)
		list := strings.Split(string(fine(t, nil, "packets", path)), "\n")
		fine(t, nil, "set", path, c[2]+".data.frame.body.body.payload.questions[0].name.labels[1].label=longer-label", "--template", c[1], "--fix")
		now := strings.Split(string(fine(t, nil, "packets", path)), "\n")
		for i, line := range list {
			if strings.Contains(line, "CNAME www.example.org") {
				line = strings.NewReplacer("145", "150", "example", "longer-label").Replace(line)
			}
			if len(now) != len(list) || now[i] != line {
				t.Errorf("%s: %q, %q expected", c[0], now, line)
				break
			}
		}
	}
}

func offsetRange(start, end int) string { return fmt.Sprintf("%d..%d", start, end) }

func hexOf(b []byte) string { return hex.EncodeToString(b) }
