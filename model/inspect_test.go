package model

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"
)

// TestReadingsRoundTrip: what is shown, typed back, gives the bytes that are there.
func TestReadingsRoundTrip(t *testing.T) {
	rnd := seeded(t)
	for _, r := range Readings() {
		shown := 0
		for i := range 12000 {
			b := make([]byte, maxReading)
			for j := range b {
				b[j] = byte(rnd.Uint32())
			}
			switch i % 4 { // values near zero and one, which random bytes hardly hit
			case 1:
				clear(b[1+rnd.IntN(8):])
			case 2:
				clear(b[:rnd.IntN(8)])
			case 3:
				for j := range b[:rnd.IntN(16)] {
					b[j] |= 0x80
				}
			}
			for _, big := range []bool{false, true} {
				s, n, err := r.Decode(b, big)
				if err != nil {
					continue
				}
				shown++
				if strings.HasSuffix(s, "NaN") {
					continue // many bytes are NaN
				}
				if n < 1 || n > maxReading || r.Size > 0 && n != r.Size {
					t.Fatalf("%s: %q comes from %d bytes", r.Name, s, n)
				}
				back, err := r.Encode(s, big, b)
				if err != nil || !bytes.Equal(back, b[:n]) {
					t.Fatalf("%s, big-endian %v: % x reads %q, which gives % x (%v)", r.Name, big, b[:n], s, back, err)
				}
			}
		}
		if shown < 20 {
			t.Errorf("%s: only %d of the random bytes were readable", r.Name, shown)
		}
		for n := range r.Size {
			if _, _, err := r.Decode(make([]byte, n), false); err == nil || !strings.HasPrefix(err.Error(), "needs ") {
				t.Errorf("%s from %d bytes: %v", r.Name, n, err)
			}
		}
		if _, _, err := r.Decode(nil, true); err == nil {
			t.Errorf("%s reads a value from no bytes", r.Name)
		}
	}
}

func TestReadingsKnownValues(t *testing.T) {
	for _, c := range []struct {
		name, bytes string
		big         bool
		want        string
	}{
		{"int8", "80", false, "-128"}, {"uint8", "80", false, "128"}, {"int16", "0080", false, "-32768"}, {"int16", "0080", true, "128"},
		{"int24", "ffffff", false, "-1"}, {"uint24", "010000", true, "65536"}, {"uint48", "010000000000", true, "1099511627776"},
		{"int128", "00000000000000000000000000000080", false, "-170141183460469231731687303715884105728"},
		{"uint128", "ffffffffffffffffffffffffffffffff", false, "340282366920938463463374607431768211455"},
		{"float16", "003c", false, "1.0"}, {"float16", "3555", true, "0.33325195"}, {"float16", "0001", true, "5.9604645e-08"}, {"float16", "fc00", true, "-Inf"},
		{"float32", "3dcccccd", true, "0.1"}, {"float32", "00000080", false, "-0.0"}, {"float64", "9a9999999999b93f", false, "0.1"},
		{"bits", "a5", false, "1010 0101"}, {"uleb128", "e58e26", false, "624485"}, {"sleb128", "c0bb78", false, "-123456"}, {"sleb128", "7f", false, "-1"},
		{"uleb128", "808000", false, "0"}, {"time_t32", "00000000", false, "1970-01-01 00:00:00"}, {"time_t32", "ffffffff", false, "1969-12-31 23:59:59"},
		{"time_t64", "0000000080000000", true, "2038-01-19 03:14:08"}, {"time_ms", "00000000000003e9", true, "1970-01-01 00:00:01.001"},
		{"filetime", "019db1ded53e8000", true, "1970-01-01 00:00:00"}, {"filetime", "0000000000000000", true, "1601-01-01 00:00:00"},
		{"dos_time", "00002100", false, "1980-01-01 00:00:00"}, {"char", "c3a9", false, "é U+00E9"}, {"char", "1b", false, "U+001B"}, {"char", "e280ae", false, "U+202E"},
	} {
		r, err := ReadingByName(c.name)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := r.Decode(unhex(t, c.bytes), c.big)
		if err != nil || got != c.want {
			t.Errorf("%s of %s = %q, %v; want %q", c.name, c.bytes, got, err, c.want)
		}
	}
}

func TestReadingsRefuse(t *testing.T) {
	for _, c := range []struct{ name, value string }{
		{"int8", "128"}, {"int8", "-129"}, {"uint8", "256"}, {"uint8", "-1"}, {"int16", "32768"}, {"uint16", "65536"}, {"int24", "8388608"}, {"uint24", "16777216"},
		{"int48", "140737488355328"}, {"uint64", "18446744073709551616"}, {"int128", "170141183460469231731687303715884105728"},
		{"uint128", "340282366920938463463374607431768211456"}, {"uint128", "-1"}, {"int32", ""}, {"int32", "x"}, {"int32", "1.5"}, {"int32", strings.Repeat("1", 1000)},
		{"float16", "65520"}, {"float16", "1e9"}, {"float32", "1e39"}, {"float64", "1e400"}, {"float64", "one"}, {"float64", ""},
		{"bits", "2"}, {"bits", "111111111"}, {"bits", ""}, {"uleb128", "-1"}, {"uleb128", "128"}, {"sleb128", "64"}, {"sleb128", "-65"},
		{"time_t32", "2038-01-19 03:14:08"}, {"time_t32", "1901-12-13 20:45:51"}, {"time_t64", "yesterday"}, {"filetime", "1600-12-31 23:59:59"}, {"dos_time", "1979-12-31"},
		{"dos_time", "2108-01-01"}, {"char", ""}, {"char", "ab"}, {"char", "U+110000"}, {"char", "U+D800"}, {"char", "U+"},
	} {
		r, err := ReadingByName(c.name)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := r.Encode(c.value, false, make([]byte, maxReading)); err == nil {
			t.Errorf("%s takes %q as % x", c.name, c.value, b)
		} else if !strings.HasPrefix(err.Error(), c.name+": ") || len(err.Error()) > 200 {
			t.Errorf("%s of %q: %v", c.name, c.value, err)
		}
	}
}

// TestHalfFloats compares all 65,536 halves with their definition, and rounding with a search for the nearest one.
func TestHalfFloats(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	definition := func(h uint16) float64 {
		sign := 1.0
		if h>>15 == 1 {
			sign = -1
		}
		e, m := int(h>>10)&31, float64(h&1023)
		switch {
		case e == 31 && m == 0:
			return math.Inf(int(sign))
		case e == 31:
			return math.NaN()
		case e == 0:
			return sign * math.Pow(2, -14) * m / 1024
		}
		return sign * math.Pow(2, float64(e-15)) * (1 + m/1024)
	}
	for i := range 1 << 16 {
		h := uint16(i)
		want, got := definition(h), halfToFloat(h)
		if math.IsNaN(want) != math.IsNaN(got) || !math.IsNaN(want) && (want != got || math.Signbit(want) != math.Signbit(got)) {
			t.Fatalf("%#04x is %v, want %v", h, got, want)
		}
		if back, ok := floatToHalf(got); !math.IsNaN(got) && (back != h || !ok) {
			t.Fatalf("%v becomes %#04x, want %#04x", got, back, h)
		}
	}
	rnd := seeded(t)
	for range 1000 {
		f := (rnd.Float64() - 0.5) * math.Pow(2, float64(rnd.IntN(46)-28))
		if rnd.IntN(3) == 0 { // halfway between two neighbours
			h := uint16(rnd.IntN(0x7bff))
			f = (definition(h) + definition(h+1)) / 2
		}
		best, dist := uint16(0), math.Inf(1)
		for i := range 0x7c00 {
			h := uint16(i)
			if d := math.Abs(definition(h) - math.Abs(f)); d < dist || d == dist && h&1 == 0 {
				best, dist = h, d
			}
		}
		if math.Signbit(f) {
			best |= 0x8000
		}
		got, ok := floatToHalf(f)
		if math.Abs(f) >= 65520 {
			if ok {
				t.Fatalf("%v becomes %#04x", f, got)
			}
		} else if got != best || !ok {
			t.Fatalf("%v becomes %#04x (%v), the nearest is %#04x (%v)", f, got, definition(got), best, definition(best))
		}
	}
}

// TestSetOverwritesOnlyTheValue: the set command changes the value's bytes and no others.
func TestSetOverwritesOnlyTheValue(t *testing.T) {
	b := pattern5000()[:64]
	e := over(b)
	must(t, e, "goto 10", "set uint32 big 0x01020304", "goto 20", "set float64 little 0.1", "goto 40", "set bits little 1111 0000", "goto 62", "set int16 little -2")
	want := bytes.Clone(b)
	binary.BigEndian.PutUint32(want[10:], 0x01020304)
	binary.LittleEndian.PutUint64(want[20:], math.Float64bits(0.1))
	want[40] = 0xf0
	copy(want[62:], []byte{0xfe, 0xff})
	if got := contents(t, e); !bytes.Equal(got, want) {
		t.Errorf("% x\nwant % x", got, want)
	}
}
