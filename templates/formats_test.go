package templates_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hexlay/overlay/expr"
	"hexlay/overlay/ksy"
	"hexlay/templates"
)

// TestIndex loads every template and compares it with what the index says; `go generate ./templates` writes the index.
func TestIndex(t *testing.T) {
	paths, err := fs.Glob(templates.FS(), "*/*.ksy")
	if err != nil || len(paths) != len(templates.Formats()) {
		t.Fatalf("%d templates, %d in the index; %v", len(paths), len(templates.Formats()), err)
	}
	for _, f := range templates.Formats() {
		s, problems := ksy.LoadBuiltIn(f.Path(), ksy.LoadOptions{BuiltIn: templates.FS()})
		for _, p := range problems {
			t.Errorf("%s: %v", f.Name, p)
		}
		if s == nil {
			continue
		}
		file := s.Files[0]
		var magic []templates.Magic
		for _, m := range file.Magic {
			magic = append(magic, templates.Magic(m))
		}
		want := templates.Format{Name: file.ID, Title: file.Title, Extensions: file.Extensions, Magic: magic}
		if len(want.Extensions) == 0 {
			want.Extensions = nil
		}
		if !reflect.DeepEqual(*f, want) || f.Source() != string(file.Text) {
			t.Errorf("the index says %+v, the template %+v", *f, want)
		}
		if f.Title == "" || f.Path() != fmt.Sprintf("%s/%[1]s.ksy", file.ID) {
			t.Errorf("%s: title %q, path %s", file.ID, f.Title, f.Path())
		}
		if again, ok := templates.Lookup(f.Name); !ok || again != f {
			t.Errorf("Lookup(%s) gives %v", f.Name, again)
		}
	}
	if f, ok := templates.Lookup("no_such"); ok {
		t.Errorf("Lookup(no_such) gives %s", f.Name)
	}
}

// TestDetect finds every sample whose format has a magic, as the first match, and nothing else in the samples of the others.
func TestDetect(t *testing.T) {
	samples, err := filepath.Glob("*/*.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range samples {
		f, ok := templates.Lookup(filepath.Dir(name))
		if !ok || strings.HasSuffix(name, ".ksy") || strings.HasSuffix(name, ".jsonl") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		matches := templates.Detect(bytes.NewReader(b), int64(len(b)))
		want := f
		if name == filepath.FromSlash("bmp/tour.bmp") {
			want, _ = templates.Lookup("tour") // the tour begins with this very picture
		}
		switch {
		case len(f.Magic) == 0 && len(matches) > 0:
			t.Errorf("%s is taken for %s", name, matches[0].Format.Name)
		case len(f.Magic) > 0 && (len(matches) == 0 || matches[0].Format != want):
			t.Errorf("%s is taken for %v", name, matches)
		}
		for n := range min(len(b), 70) {
			for _, m := range templates.Detect(bytes.NewReader(b[:n]), int64(n)) {
				if m.Bits > 8*n {
					t.Errorf("%s cut to %d bytes: %s with %d bits", name, n, m.Format.Name, m.Bits)
				}
			}
		}
	}
	doc, _ := templates.Tour()
	matches := templates.Detect(bytes.NewReader(doc), int64(len(doc)))
	if !slices.IsSortedFunc(matches, func(a, b templates.Match) int { return b.Bits - a.Bits }) || len(matches) != 2 || matches[1].Format.Name != "bmp" {
		t.Errorf("the tour is taken for %v", matches)
	}
}

// TestChecks lays every template over its samples: all checks hold, and where one byte of the data is changed that a checksum
// covers, mending makes them hold again.
func TestChecks(t *testing.T) {
	made := 0
	samples, _ := filepath.Glob("*/*.*")
	for _, name := range samples {
		f, ok := templates.Lookup(filepath.Dir(name))
		if !ok || strings.HasSuffix(name, ".ksy") || strings.HasSuffix(name, ".jsonl") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s, _ := ksy.LoadBuiltIn(f.Path(), ksy.LoadOptions{BuiltIn: templates.FS()})
		if s == nil {
			t.Fatal(name)
		}
		results, _, err := s.Open(bytes.NewReader(b), 0, int64(len(b)), ksy.Options{}).AllChecks(t.Context())
		if err != nil && f.Name != "tour" {
			t.Errorf("%s: %v", name, err)
		}
		wrong := 0
		for _, c := range results {
			// Alone, the upper layers do not know the addresses of their pseudo header.
			alone := (f.Name == "tcp" || f.Name == "udp" || f.Name == "icmpv6") && c.Path == "checksum"
			switch {
			case c.Err != nil && !alone && f.Name != "tour":
				t.Errorf("%s: %s cannot be checked: %v", name, c.Path, c.Err)
			case c.Err == nil && !c.OK && f.Name == "tour":
				wrong++
			case c.Err == nil && !c.OK:
				t.Errorf("%s: %s is %s, expected %s", name, c.Path, c.Actual, c.Expected)
			case c.Err == nil:
				made++
			}
		}
		if f.Name == "tour" && wrong != 1 {
			t.Errorf("%d checks of the tour fail, not the one of the sixth message", wrong)
		}
	}
	if made < 200 {
		t.Errorf("only %d checks were made", made)
	}
}

// TestEdit makes fields longer and shorter deep inside a capture: all lengths around them follow, and all checks hold again.
func TestEdit(t *testing.T) {
	for _, c := range []struct{ sample, path, value string }{
		{"pcap/little.pcap", "capture.packets[4].data.frame.body.body.payload", "47 45 54 20 2f 0d 0a"},
		{"pcap/big.pcap", "capture.packets[1].data.frame.body.body.payload.questions[0].name.labels[0].label", "wwwwww"},
		{"pcap/big.pcap", "capture.packets[6].data.frame.body.body.payload.options[2].body.text", "h"},
		{"pcap/little.pcap", "capture.packets[2].data.frame.body.body.body.options.options[0].body.size", "1400"},
		{"pcap/little.pcap", "capture.packets[1].data.frame.body.src", "10.0.0.1"},
		{"png/sample.png", "chunks[4].body.text", "h"},
		{"message/sample.bin", "messages[0].payload.text", "a longer name"},
		{"wav/sample.wav", "chunks[1].body.entries[0].body.text", "b saw"},
		{"mqtt/sample.bin", "packets[0].body.protocol.text", "TTQM"},
		{"ipv4/sample.bin", "options.options[0].body", "00 01 00 00 00 00"},
		{"tls/sample.bin", "records[0].body.messages[0].body.suites.suites[0]", "fallback"},
	} {
		b, err := os.ReadFile(filepath.FromSlash(c.sample))
		if err != nil {
			t.Fatal(err)
		}
		f, _ := templates.Lookup(filepath.Dir(filepath.FromSlash(c.sample)))
		s, _ := ksy.LoadBuiltIn(f.Path(), ksy.LoadOptions{BuiltIn: templates.FS()})
		tree := s.Open(bytes.NewReader(b), 0, int64(len(b)), ksy.Options{})
		patches, err := tree.Set(t.Context(), []ksy.Assignment{{Path: c.path, Value: c.value}})
		if err == nil {
			patches, err = tree.Mend(t.Context(), patches)
		}
		if err != nil {
			t.Errorf("%s: %s = %s: %v", c.sample, c.path, c.value, err)
			continue
		}
		slices.SortFunc(patches, func(a, b ksy.Patch) int { return int(b.Range.Start - a.Range.Start) })
		for _, p := range patches {
			b = slices.Replace(b, int(p.Range.Start), int(p.Range.End), p.New...)
		}
		results, _, err := s.Open(bytes.NewReader(b), 0, int64(len(b)), ksy.Options{}).AllChecks(t.Context())
		if err != nil {
			t.Errorf("%s: after %s = %s: %v", c.sample, c.path, c.value, err)
		}
		for _, r := range results {
			if !r.OK && r.Err == nil {
				t.Errorf("%s: after %s = %s, %s is %s, expected %s", c.sample, c.path, c.value, r.Path, r.Actual, r.Expected)
			}
		}
	}
}

// TestDamaged reads samples with bytes changed and cut off: whatever happens is an error with a name, after bounded work.
func TestDamaged(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if v := os.Getenv("HEXLAY_SEED"); v != "" {
		seed, _ = strconv.ParseUint(v, 10, 64)
	}
	t.Logf("HEXLAY_SEED=%d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	samples, _ := filepath.Glob("*/*.*")
	for _, name := range samples {
		f, ok := templates.Lookup(filepath.Dir(name))
		if !ok || strings.HasSuffix(name, ".ksy") || strings.HasSuffix(name, ".jsonl") {
			continue
		}
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s, _ := ksy.LoadBuiltIn(f.Path(), ksy.LoadOptions{BuiltIn: templates.FS()})
		for range 30 {
			b := slices.Clone(whole)
			for range 1 + r.IntN(4) {
				b[r.IntN(min(len(b), 400))] = []byte{0, 1, 0x7f, 0x80, 0xff, byte(r.Uint32())}[r.IntN(6)]
			}
			if r.IntN(4) == 0 {
				b = b[:r.IntN(len(b))]
			}
			limits := ksy.Limits{Steps: 2_000_000}
			tree := s.Open(bytes.NewReader(b), 0, int64(len(b)), ksy.Options{Limits: limits})
			err := tree.Walk(func(v *ksy.Visit) error {
				if v.Err != nil && !named(v.Err) {
					t.Errorf("%s: %s: an error without a kind: %v", name, v.Path, v.Err)
				}
				return nil
			})
			if err != nil && !named(err) {
				t.Errorf("%s: an error without a kind: %v", name, err)
			}
		}
	}
}

// named tells whether an error is one of those that the headless verbs promise.
func named(err error) bool {
	var e *ksy.Error
	var x *expr.Error
	return errors.As(err, &e) || errors.As(err, &x)
}
