package text

import (
	"bytes"
	"fmt"
	"math/rand"
	"runtime"
	"strings"
	"testing"
	"time"
)

// FuzzDecode puts bytes through every codec and handler: no panic, spans in range and in order, Chars covers every
// byte, decoding in pieces gives the same, and what decodes strictly without loss comes back.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"", "abc", "\xEF\xBB\xBFa\xE2\x82", "+2D3eAA-+AGE", "~{<:Ky~}~", "\x1b$BF|K\\\x1b(B\x1b$(Q$w\x0e",
		"\x81\x30\x81\x30\x84\x31\xa4\x37", "\x8f\xa2\xb7\x8e\xb1\x88\x62", "\xa4\xd4\xa4\xa1\xa4\xbf\xa4\xd4", "\xff\xfe\x00\xd8\x00\xdc\x00"} {
		f.Add([]byte(s), uint8(3), uint16(0))
	}
	table := loadSample(f)
	f.Fuzz(func(t *testing.T, in []byte, cut uint8, pick uint16) {
		if len(in) > 512 {
			return
		}
		all := append(Codecs(), table)
		for i := range 8 {
			checkDecode(t, all[(int(pick)+i*37)%len(all)], in, int(cut))
		}
	})
}

func checkDecode(t *testing.T, c *Codec, in []byte, cut int) {
	for h := Strict; h < XMLCharRefReplace; h++ {
		where := fmt.Sprintf("%s.%s of %x", c.Name(), h, in)
		text, err := c.Decode(nil, in, h)
		if e, ok := err.(*DecodeError); ok {
			start, end := e.Start+e.Base, e.End+e.Base
			if start < 0 || end < start || end > len(in) || e.Reason == "" || !bytes.Equal(e.Bytes, in[start:end]) {
				t.Fatalf("%s: error %+v", where, e)
			}
		} else if err != nil {
			t.Fatalf("%s: %v", where, err)
		}
		var joined []byte
		at := 0
		cerr := c.Chars(in, h, func(ch Char) bool {
			if ch.Start != at || ch.End < at || ch.End > len(in) {
				t.Fatalf("%s: char %+v after %d", where, ch, at)
			}
			at = ch.End
			joined = append(joined, ch.Text...)
			return true
		})
		if fmt.Sprint(cerr) != fmt.Sprint(err) || !bytes.Equal(joined, text) || err == nil && at != len(in) {
			t.Fatalf("%s: Chars gave %x to %d, %v; Decode %x, %v", where, joined, at, cerr, text, err)
		}
		d := c.NewDecoder(h)
		k := min(cut, len(in))
		pieces, derr := d.Decode(nil, in[:k], false)
		if derr == nil {
			pieces, derr = d.Decode(pieces, in[k:], true)
		}
		if fmt.Sprint(derr) != fmt.Sprint(err) || !bytes.Equal(pieces, text) {
			t.Fatalf("%s cut at %d: %x, %v; whole %x, %v", where, k, pieces, derr, text, err)
		}
		for i := 0; i < len(text); {
			r, w := DecodeRune(text[i:])
			if w == 1 && r == 0xFFFD {
				t.Fatalf("%s: no WTF-8: %x", where, text)
			}
			i += w
		}
		if err == nil && h == SurrogateEscape && bytewise(c) {
			back, err := c.Encode(nil, string(text), h)
			if err != nil || !bytes.Equal(back, in) {
				t.Fatalf("%s: came back as %x, %v", where, back, err)
			}
		}
	}
}

// bytewise says that surrogateescape brings every byte string back in a codec: where a byte always means the same.
func bytewise(c *Codec) bool {
	switch e := c.engine().(type) {
	case *charmap:
		return len(e.inverse()) == 256-undefinedBytes(e)
	case latin:
		return true
	case utf8Codec:
		return !e.sig
	}
	return false
}

func undefinedBytes(c *charmap) (n int) {
	for _, r := range c.runes {
		if r == undefined {
			n++
		}
	}
	return n
}

// FuzzEncode puts text through every codec and handler: no panic, positions in range, dst as it was on errors, and what
// encodes strictly decodes.
func FuzzEncode(f *testing.F) {
	for _, s := range []string{"", "abc", "é€\xed\xb2\x80x", "か\u309Aæ\u0300\x00", "日本語~{", "\U0001F600\xed\xa0\x80", "각뷁\u3131"} {
		f.Add(s, uint16(0))
	}
	table := loadSample(f)
	f.Fuzz(func(t *testing.T, s string, pick uint16) {
		if len(s) > 256 {
			return
		}
		all := append(Codecs(), table)
		for i := range 8 {
			c := all[(int(pick)+i*37)%len(all)]
			for h := Strict; h <= NameReplace; h++ {
				where := fmt.Sprintf("%s.%s of %+q", c.Name(), h, s)
				out, err := c.Encode([]byte("before"), s, h)
				if e, ok := err.(*EncodeError); ok {
					n := RuneCount(s)
					if e.Start < 0 || e.End <= e.Start || e.End > n || len(e.Chars) != e.End-e.Start || string(out) != "before" {
						t.Fatalf("%s: %+v %q", where, e, out)
					}
					continue
				}
				if err != nil || !bytes.HasPrefix(out, []byte("before")) {
					t.Fatalf("%s: %q %v", where, out, err)
				}
				// An escape or a shift among the characters is one among the bytes, in CPython too.
				if h == Strict && !strings.ContainsAny(s, "\x1b\x0e\x0f") {
					if _, err := c.Decode(nil, out[6:], Strict); err != nil && c != table {
						t.Fatalf("%s: %x does not decode: %v", where, out[6:], err)
					}
				}
			}
		}
	})
}

func FuzzTable(f *testing.F) {
	f.Add([]byte(sampleTable))
	f.Add([]byte("01=\x83\x41\n/02\n*03=x\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		c, err := LoadTable("t", bytes.NewReader(in))
		if err != nil {
			return
		}
		checkDecode(t, c, in[:min(len(in), 64)], 5)
	})
}

// TestEveryCodec runs the checks of FuzzDecode over every codec once.
func TestEveryCodec(t *testing.T) {
	ins := []string{"", "abc \xE9\xFF", "\x1b$BF|K\\\x1b(J\\~\x0e\x80", "\xFF\xFE\x00\xD8a\x00", "+AGEA+2D0-~{!!", "\x81\x30\x81\x30\x8F\xA2"}
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewSource(seed))
	for _, c := range Codecs() {
		for _, in := range ins {
			checkDecode(t, c, []byte(in), 3)
		}
		// Long enough for the fast paths, with errors between the runs of text.
		for range 2 {
			var in []byte
			for len(in) < 4000 {
				switch rnd.Intn(3) {
				case 0:
					in = append(in, strings.Repeat("text\x00", rnd.Intn(300))...)
				case 1:
					for range rnd.Intn(40) {
						in = append(in, byte(rnd.Intn(256)))
					}
				case 2:
					b, _ := c.Encode(nil, strings.Repeat(rankTexts[rnd.Intn(len(rankTexts))].text, 2), Ignore)
					in = append(in, b...)
				}
			}
			checkDecode(t, c, in, rnd.Intn(len(in)))
		}
	}
}

// TestCommonRoundTrip encodes every character that a codec has and decodes it again.
func TestCommonRoundTrip(t *testing.T) {
	for _, c := range Codecs() {
		var buf, text []byte
		lost := 0
		last := rune(0xFFFF)
		if c.ErrorName() == "charmap" {
			last = 0x3FF // the tables are small and alike
		}
		for r := rune(0); r <= last; r++ {
			s := string(AppendRune(nil, r))
			b, err := c.Encode(buf[:0], s, Strict)
			if err != nil {
				continue
			}
			buf = b
			text, err = c.Decode(text[:0], b, Strict)
			if err != nil || string(text) != s {
				lost++
			}
		}
		// CJK standards give some characters to codes that decode to their twins: the yen sign, dashes, tildes.
		if lost > 12 || lost > 0 && c.engine().family() != multibyte && c.ErrorName() != "charmap" {
			t.Errorf("%s: %d characters do not come back", c.Name(), lost)
		}
	}
}

// TestDecoderMemory decodes 4 MiB in pieces.
func TestDecoderMemory(t *testing.T) {
	for _, name := range []string{"utf-8", "utf-7", "iso2022_jp", "cp1252", "utf-16"} {
		c, _ := Lookup(name)
		d := c.NewDecoder(BackslashReplace)
		piece := []byte(strings.Repeat("AGE/\xE9", 8<<10))
		if name == "utf-7" {
			piece = bytes.Repeat([]byte("AGEA"), 8<<10) // one endless shift sequence
			if _, err := d.Decode(nil, []byte("+"), false); err != nil {
				t.Fatal(err)
			}
		}
		var out []byte
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for n := 0; n < 4<<20; n += len(piece) {
			var err error
			if out, err = d.Decode(out[:0], piece, false); err != nil {
				t.Fatal(err)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(d)
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 1<<20 {
			t.Errorf("%s: %d bytes more after 4 MiB", name, grown)
		}
	}
}
