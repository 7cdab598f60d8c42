package text

import (
	"bytes"
	"errors"
	"math/rand"
	"strings"
	"testing"
	"time"
)

func TestLookup(t *testing.T) {
	for name, want := range map[string]string{
		"UTF 8": "utf-8", "utf__8": "utf-8", "u8": "utf-8", "latin-1": "iso8859-1", "L1": "iso8859-1", "8859": "iso8859-1",
		"ISO_8859-15": "iso8859-15", "cp65001": "utf-8", "utf-16LE": "utf-16-le", "ANSI_X3.4-1968": "ascii", "utf-8-sig": "utf-8-sig",
		"IBM037": "cp037", "mac_centeuro": "mac-latin2", " utf-8 ": "utf-8",
	} {
		c, err := Lookup(name)
		if err != nil || c.Name() != want {
			t.Errorf("Lookup(%q) = %v, %v, want %s", name, c, err, want)
		}
	}
	for name, want := range map[string]string{
		"utf-9":    `unknown codec "utf-9": did you mean utf-7, utf-8, utf-16, utf-32?`,
		"utf8_sig": `unknown codec "utf8_sig": did you mean utf-8-sig?`,
		"":         `unknown codec ""`,
		"utf.8":    `unknown codec "utf.8": did you mean utf-8, utf-7, utf-16, utf-32?`,
	} {
		c, err := Lookup(name)
		var unknown *UnknownError
		if c != nil || !errors.As(err, &unknown) {
			t.Fatalf("Lookup(%q) = %v, %v", name, c, err)
		}
		if err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestEBCDIC(t *testing.T) {
	latin := map[string]bool{"cp277": true, "cp278": true, "cp280": true, "cp284": true, "cp285": true, "cp297": true, "cp871": true, "cp1047": true}
	for _, e := range ebcdicCodecs {
		c, err := Lookup("IBM" + strings.TrimPrefix(e.name, "cp"))
		if err != nil || c.Name() != e.name {
			t.Fatal(e.name, err)
		}
		m := c.engine().(*charmap)
		for b, r := range m.runes {
			if latin[e.name] && r > 0xFF {
				t.Errorf("%s: %02x is %U", e.name, b, r)
			}
		}
		if latin[e.name] && len(m.inverse()) != 256 {
			t.Errorf("%s has %d characters", e.name, len(m.inverse()))
		}
		if out, err := c.Encode(nil, "ABIJRSZ abc 0189.", Strict); err != nil || string(out) != "\xC1\xC2\xC9\xD1\xD9\xE2\xE9\x40\x81\x82\x83\x40\xF0\xF1\xF8\xF9\x4B" && e.name != "cp420" && e.name != "cp880" {
			t.Errorf("%s: %x %v", e.name, out, err)
		}
	}
	for text, want := range map[string][2]string{"[]^\n": {"cp1047", "\xAD\xBD\x5F\x25"}, "£$": {"cp285", "\x5B\x4A"}, "€": {"cp1148", "\x9F"}, "Я": {"cp1025", "\xDD"}, "А": {"cp880", "\xB9"}} {
		c, _ := Lookup(want[0])
		if out, err := c.Encode(nil, text, Strict); err != nil || string(out) != want[1] {
			t.Errorf("%s %q: %x %v", want[0], text, out, err)
		}
	}
}

func TestLookupHandler(t *testing.T) {
	for i, name := range Handlers() {
		h, err := LookupHandler(name, true)
		if err != nil || h != Handler(i) || h.String() != name {
			t.Errorf("%s: %v %v", name, h, err)
		}
	}
	for name, want := range map[string]string{
		"xmlcharrefreplace": `unknown error handler "xmlcharrefreplace": it only encodes`,
		"replase":           `unknown error handler "replase": did you mean replace?`,
		"Strict":            `unknown error handler "Strict": did you mean strict?`,
	} {
		if _, err := LookupHandler(name, false); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestFastPaths holds what decodes blocks against the decoding of one character after the other, on bytes in which
// errors and whole, cut and forbidden sequences stand at every distance from a block's end.
func TestFastPaths(t *testing.T) {
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewSource(seed))
	parts := []string{"a", "plain ASCII, longer than a block's first look at it", "é", "€", "😀", "\x80", "\xff", "\xc0\x80", "\xe2\x82",
		"\xf0\x9f\x98", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80", "\xc3", "\xf0\x9f"}
	for range 300 {
		var src []byte
		for n := rnd.Intn(2000); len(src) < n; {
			if rnd.Intn(3) == 0 {
				src = append(src, byte(rnd.Intn(256)))
			} else {
				src = append(src, parts[rnd.Intn(len(parts))]...)
			}
		}
		for _, name := range []string{"utf-8", "utf-8-sig", "latin-1", "ascii", "cp1252", "cp037"} {
			c, err := Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			var want []byte
			if err := c.Chars(src, Replace, func(ch Char) bool { want = append(want, ch.Text...); return true }); err != nil {
				t.Fatal(err)
			}
			got, err := c.Decode(nil, src, Replace)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%s of %q: %q, %v; want %q", name, src, got, err, want)
			}
		}
	}
}
