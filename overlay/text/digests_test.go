package text

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"iter"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestDigests compares with CPython over every short input; gen/digests.py describes the kinds. The single-byte
// codecs, of which TestVectors sees every byte, and the planes beyond the BMP are only compared with HEXLAY_SLOW.
func TestDigests(t *testing.T) {
	f, err := os.Open("testdata/digests.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		v := strings.Fields(lines.Text())
		c, err := Lookup(v[0])
		if err != nil {
			t.Fatal(err)
		}
		if os.Getenv("HEXLAY_SLOW") == "" && (v[1] == "rest" || c.ErrorName() == "charmap") {
			continue
		}
		t.Run(v[0]+"/"+v[1], func(t *testing.T) {
			t.Parallel()
			if got := digest(c, v[1]); got != v[2] {
				t.Errorf("got %s, want %s", got, v[2])
			}
		})
	}
}

func digest(c *Codec, kind string) string {
	h := sha256.New()
	var buf []byte
	add := func(out []byte, err error) {
		de, _ := err.(*DecodeError)
		ee, _ := err.(*EncodeError)
		switch {
		case de != nil:
			buf = appendSpan(buf[:0], de.Start, de.End, de.Reason)
		case ee != nil:
			buf = appendSpan(buf[:0], ee.Start, ee.End, ee.Reason)
		default:
			buf = append(append(append(buf[:0], '='), out...), '\n')
		}
		h.Write(buf)
	}
	switch kind {
	case "bmp", "rest", "names":
		from, to, handler := rune(0), rune(0x10000), Strict
		if kind != "bmp" {
			to = 0x110000
		}
		if kind == "rest" {
			from = 0x10000
		}
		if kind == "names" {
			handler = NameReplace
		}
		var out []byte
		for r := from; r < to; r++ {
			b, err := c.Encode(out[:0], string(AppendRune(nil, r)), handler)
			out = b
			add(b, err)
		}
	default:
		inputs := map[string]iter.Seq[[]byte]{"two": twoBytes, "three": threeBytes, "four": fourBytes}[kind]
		var out []byte
		for b := range inputs {
			text, err := c.Decode(out[:0], b, Strict)
			out = text
			add(text, err)
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func appendSpan(b []byte, start, end int, reason string) []byte {
	b = strconv.AppendInt(append(b, '!'), int64(start), 10)
	b = strconv.AppendInt(append(b, ','), int64(end), 10)
	return append(append(append(b, ','), reason...), '\n')
}

func twoBytes(yield func([]byte) bool) {
	for a := range 256 {
		yield([]byte{byte(a)})
	}
	for i := range 1 << 16 {
		yield([]byte{byte(i >> 8), byte(i)})
	}
}

func threeBytes(yield func([]byte) bool) {
	for i := 0x8000; i < 0x10000; i++ {
		for _, c := range []byte("\x00\x21\x30\x39\x40\x7e\x80\x8f\xa1\xfe\xff") {
			yield([]byte{byte(i >> 8), byte(i), c})
		}
	}
}

func fourBytes(yield func([]byte) bool) {
	for i := 0; i < 126*10*126*10; i += 7 {
		yield([]byte{byte(i/12600) + 0x81, byte(i/1260%10) + 0x30, byte(i/10%126) + 0x81, byte(i%10) + 0x30})
	}
}
