package frame

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"hexlay/overlay/checksum"
	"hexlay/overlay/ksy"
	"hexlay/templates"
)

func load(name string) (*ksy.Schema, error) {
	f, ok := templates.Lookup(name)
	if !ok {
		return nil, fmt.Errorf("no template %q", name)
	}
	s, problems := ksy.LoadBuiltIn(f.Path(), ksy.LoadOptions{BuiltIn: templates.FS()})
	if s == nil {
		return nil, errors.New(problems[0].String())
	}
	return s, nil
}

func own(t *testing.T, text string) Cutter {
	t.Helper()
	s, problems := ksy.LoadText("own.ksy", []byte(text), ksy.LoadOptions{})
	if s == nil {
		t.Fatal(problems)
	}
	c, err := NewTemplate(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func cutter(t *testing.T, spec string) Cutter {
	t.Helper()
	c, err := Parse(spec, load)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// message is one of the tour's protocol.
func message(kind uint16, payload string) []byte {
	b := binary.BigEndian.AppendUint16([]byte{1}, kind)
	b = binary.BigEndian.AppendUint32(b, uint32(len(payload)))
	b = append(b, payload...)
	a, err := checksum.Lookup("crc-16/modbus")
	if err != nil {
		panic(err)
	}
	h := a.New()
	h.Write(b)
	return append(b, h.Sum(nil)...)
}

// split cuts b, of which `step` more bytes arrive at a time, and describes what it found.
func split(t *testing.T, c Cutter, b []byte, step int, ended bool) (out []string) {
	t.Helper()
	s := NewSplitter(c, 0)
	at := int64(0)
	for have := min(step, len(b)); ; have = min(have+step, len(b)) {
		r := bytes.NewReader(b[:have])
		for {
			work := 7 // little at a time: it goes on where it was
			f, ok := s.Next(r, int64(have), ended && have == len(b), &work)
			if !ok && work > 0 {
				break
			}
			if !ok {
				continue
			}
			if f.Start != at || f.End <= f.Start {
				t.Fatalf("[%d,%d) after %d", f.Start, f.End, at)
			}
			at = f.End
			out = append(out, fmt.Sprintf("%s %d", f.State, f.End-f.Start))
		}
		if have == len(b) {
			if f, ok := s.Rest(r, int64(have)); ok {
				if f.Start != at || f.End != int64(have) {
					t.Fatalf("the rest is [%d,%d) after %d", f.Start, f.End, at)
				}
				out = append(out, fmt.Sprintf("%s %d needs %d", f.State, f.End-f.Start, f.Need))
			}
			return out
		}
	}
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestSplit(t *testing.T) {
	hello, text, bye := message(1, "hello"), message(0x20, "some text"), message(0xff, "")
	wrong := bytes.Clone(text)
	wrong[len(wrong)-1] ^= 1
	wrongLong := message(0x20, "some \x01\x00\x20\x00\x05\x00\x00 text") // a message of 327,680 bytes seems to begin in it
	wrongLong[len(wrongLong)-1] ^= 1
	magic := own(t, "meta:\n  id: m\n  endian: le\nseq:\n  - id: magic\n    contents: MAGI\n  - id: n\n    type: u2\n  - id: body\n    size: n\n")
	inner := own(t, "meta:\n  id: m\n  endian: le\nseq:\n  - id: n\n    type: u1\n  - id: body\n    size: n\n    type: pair\ntypes:\n  pair:\n    seq:\n      - id: a\n        type: u2\n      - id: b\n        type: u2\n")
	tests := []struct {
		name  string
		c     Cutter
		b     []byte
		ended bool
		want  string
	}{
		{"messages", cutter(t, "message"), join(hello, text, bye), false, "frame 14, frame 18, frame 9"},
		{"a part", cutter(t, "message"), join(hello, text[:10]), false, "frame 14, partial 10 needs 6"},
		{"a part of the head", cutter(t, "message"), join(hello, text[:4]), false, "frame 14, partial 4 needs 3"},
		{"garbage before", cutter(t, "message"), join([]byte{9, 9, 9}, hello), false, "skipped 3, frame 14"},
		{"a wrong crc", cutter(t, "message"), join(hello, wrong, bye), false, "frame 14, skipped 18, frame 9"},
		{"what looks like a long frame in a wrong one", cutter(t, "message"), join(wrongLong, bye, hello), false, "skipped 26, frame 9, frame 14"},
		{"and no frame after it", cutter(t, "message"), join(wrongLong, bye[:5]), false, "skipped 31 needs 0"},
		{"and the end", cutter(t, "message"), join(wrongLong, bye[:5]), true, "skipped 31"},
		{"cut short at the end", cutter(t, "message"), join(hello, text[:10]), true, "frame 14, partial 10 needs 6"},
		{"garbage at the end", cutter(t, "message"), join(hello, []byte{9, 9}), true, "frame 14, skipped 2"},
		{"garbage while it arrives", cutter(t, "message"), join(hello, []byte{9, 9}), false, "frame 14, skipped 2 needs 0"},
		{"a magic", magic, []byte("xxMAGMAGI\x02\x00abMAGI\x00\x00MAG"), false, "skipped 5, frame 8, frame 6, partial 3 needs 1"},
		{"too short for its content", inner, []byte("\x04abcd\x03\x00\x00\x00\x04efgh"), false, "frame 5, skipped 4, frame 5"},
		{"lengths", cutter(t, "len:1:2"), []byte("a\x00\x02xyb\x00\x00c\x00\x05xy"), false, "frame 5, frame 3, partial 5 needs 3"},
		{"lengths that count all", cutter(t, "len:0:1:-1"), []byte("\x03ab\x01\x02c"), false, "frame 3, frame 1, frame 2"},
		{"little-endian", cutter(t, "len:0:2:le:+1"), []byte("\x01\x00ab\x00\x00c"), false, "frame 4, frame 3"},
		{"lines", cutter(t, "lines"), []byte("a\nbc\n\nd"), false, "frame 2, frame 3, frame 1, partial 1 needs 1"},
		{"a delimiter", cutter(t, `delim:"\r\n"`), []byte("a\rb\r\n\r\n"), false, "frame 5, frame 2"},
		{"fixed", cutter(t, "fixed:4"), []byte("abcdefghij"), true, "frame 4, frame 4, partial 2 needs 2"},
		{"struct", cutter(t, "struct:<HBx"), []byte("abcdefghi"), false, "frame 4, frame 4, partial 1 needs 3"},
		{"struct with names", cutter(t, "struct:<HBx:a,b"), []byte("abcdefghi"), false, "frame 4, frame 4, partial 1 needs 3"},
		{"a delimiter far away", Delimiter("END"), append(bytes.Repeat([]byte("E"), 200_000), "ND"...), false, "frame 200002"},
	}
	for _, c := range tests {
		for _, step := range []int{len(c.b), 1, 3} {
			if step == 0 || step < 100 && len(c.b) > 100_000 {
				continue
			}
			if got := strings.Join(split(t, c.c, c.b, step, c.ended), ", "); got != c.want {
				t.Errorf("%s, %d at a time: %s, expected %s", c.name, step, got, c.want)
			}
		}
	}
}

// TestSplitRandom: messages between garbage are found, whatever the garbage, and nothing is lost or told twice.
func TestSplitRandom(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("HEXLAY_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	c := cutter(t, "message")
	for round := range 100 {
		var b []byte
		var want int
		for range rng.IntN(12) {
			if rng.IntN(3) == 0 {
				for range rng.IntN(20) {
					b = append(b, 2+byte(rng.IntN(250))) // never the version
				}
			}
			b = append(b, message(0x20, strings.Repeat("x", rng.IntN(300)))...)
			want++
		}
		got := 0
		for _, f := range split(t, c, b, 1+rng.IntN(50), true) {
			if strings.HasPrefix(f, "frame") {
				got++
			}
		}
		if got != want {
			t.Fatalf("seed %d, round %d: %d frames of %d", seed, round, got, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for spec, want := range map[string]string{
		"":            "a framing is expected",
		"fixed:0":     "1 to",
		"fixed:x":     "1 to",
		"len:1":       "a place and a width are missing",
		"len:a:2":     "no place",
		"len:0:9":     "there are 1 to 8",
		"len:0:2:xx":  `"xx" is not known`,
		"delim:":      "no bytes",
		`delim:""`:    "at least one byte",
		"delim:0":     "delim:0",
		"struct:<q!":  "",
		"nosuchthing": "no template",
	} {
		if c, err := Parse(spec, load); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v", spec, c, err)
		}
	}
}

// TestHostileLengths: what claims to be endless is no frame, and costs nothing.
func TestHostileLengths(t *testing.T) {
	for name, b := range map[string][]byte{
		"len:0:8":    bytes.Repeat([]byte{0xff}, 1000),
		"len:0:4:le": bytes.Repeat([]byte{0xff}, 1000),
		"message":    bytes.Repeat([]byte{1, 0, 0x20, 0xff, 0xff, 0xff, 0xff}, 100),
	} {
		for _, f := range split(t, cutter(t, name), b, 100, true) {
			if strings.HasPrefix(f, "frame") {
				t.Errorf("%s: %s", name, f)
			}
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add([]byte("\x01\x00\x01\x00\x00\x00\x05hello"), uint8(0))
	f.Add(message(0x20, "text"), uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, step uint8) {
		if len(b) > 2000 {
			return
		}
		for _, spec := range []string{"message", "len:0:1", "lines", "fixed:7"} {
			split(t, cutter(t, spec), b, int(step)+1, step%2 == 0)
		}
	})
}

// TestGarbageWithoutEnd: bytes that are no frame are told of in parts, and not kept.
func TestGarbageWithoutEnd(t *testing.T) {
	f := NewFeed(cutter(t, "len:0:4"))
	told := int64(0)
	b := bytes.Repeat([]byte{0xff}, 100_000)
	for range 25 {
		f.Add(b, func(fr Frame, b []byte) {
			if fr.State != Skipped || fr.Start != told || fr.Err == nil || int64(len(b)) != fr.End-fr.Start {
				t.Fatalf("%+v after %d", fr, told)
			}
			told = fr.End
		})
	}
	if told < 1_500_000 || len(f.buf) > 2_000_000 {
		t.Errorf("%d bytes told, %d kept", told, len(f.buf))
	}
	frames := 0
	f.Add([]byte("\x00\x00\x00\x02ab"), func(fr Frame, b []byte) {
		if fr.State == Whole && string(b[4:]) == "ab" {
			frames++
		}
	})
	if frames != 1 {
		t.Error("the frame after it was not found")
	}
}

// TestFirst: what is no frame is not waited with, except for what may be the beginning of one.
func TestFirst(t *testing.T) {
	c := cutter(t, "message")
	for _, x := range []struct {
		b    []byte
		want int
	}{
		{message(1, "hello"), 14},
		{message(1, "hello")[:8], 0},
		{[]byte("GET / HTTP/1.0"), 14},
		{join([]byte("abc"), message(1, "hello")), 3},
		{join([]byte("abc"), message(1, "hello")[:5]), 3},
	} {
		if got := First(c, x.b); got != x.want {
			t.Errorf("%q: %d, expected %d", x.b, got, x.want)
		}
	}
}

// TestBreak: a frame does not go on in the next datagram. What is left of one is told, with what it still needs, and the next begins a frame; what waits
// for a delimiter is whole.
func TestBreak(t *testing.T) {
	whole := message(1, "hello")
	for _, c := range []struct {
		spec string
		sent [][]byte
		want string
	}{
		{"len:4:2", [][]byte{[]byte("abcd\x00\x05he"), []byte("abcd\x00\x02hi"), []byte("x"), []byte("abcd\x00\x01zabcd\x00\x01yq")},
			"partial 0-8 needs 3, frame 8-16, partial 16-17 needs 5, frame 17-24, frame 24-31, partial 31-32 needs 5"},
		{"lines", [][]byte{[]byte("one"), []byte("two\nthree"), []byte("four\n")}, "frame 0-3, frame 3-7, frame 7-12, frame 12-17"},
		{"fixed:4", [][]byte{[]byte("12"), []byte("1234")}, "partial 0-2 needs 2, frame 2-6"},
		{"message", [][]byte{whole[:len(whole)-2], whole, []byte("garbage"), whole},
			fmt.Sprintf("partial 0-%d needs 2, frame %d-%d, skipped %d-%d, frame %d-%d", len(whole)-2, len(whole)-2, 2*len(whole)-2, 2*len(whole)-2, 2*len(whole)+5, 2*len(whole)+5, 3*len(whole)+5)},
	} {
		f := NewFeed(cutter(t, c.spec))
		var got []string
		found := func(fr Frame, b []byte) {
			s := fmt.Sprintf("%v %d-%d", fr.State, fr.Start, fr.End)
			if fr.Need > 0 {
				s += fmt.Sprintf(" needs %d", fr.Need)
			}
			if int64(len(b)) != fr.End-fr.Start {
				t.Errorf("%s: %s has %q", c.spec, s, b)
			}
			got = append(got, s)
		}
		for _, b := range c.sent {
			f.Add(b, found)
			f.Break(found)
		}
		if got := strings.Join(got, ", "); got != c.want {
			t.Errorf("%s:\n%s\n%s expected", c.spec, got, c.want)
		}
	}
}
