package pystruct

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestSizes(t *testing.T) {
	for format, want := range map[string]int64{
		"": 0, "@": 0, "<2sIHHI": 14, "llh0l": 24, "llh": 18, "=llh": 10, "bi": 8, "<bi": 5, "b0i": 4, "ib": 5, "0s": 0, "0p": 0, "?c": 2, "nNP": 24, "bP": 16, "hq": 16,
		" i\n3x\t2h ": 12, "1000000000I": 4000000000, "9223372036854775807s": math.MaxInt64, "be": 4, "bd": 16, "!bq": 9,
	} {
		f, err := Compile(format)
		if err != nil || f.Size() != want {
			t.Errorf("Compile(%q): %v, want size %d", format, err, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		format string
		pos    int
		reason string
	}{
		{"i3", 1, "repeat count given without format specifier"},
		{"3 i", 1, "bad char in struct format"},
		{"<n", 1, "bad char in struct format"},
		{" <i", 1, "bad char in struct format"},
		{"ii99999999999999999999i", 2, "total struct size too long"},
		{"i9223372036854775807s", 1, "total struct size too long"},
		{"9223372036854775807s0i", 20, "total struct size too long"},
		{"i\x00", 1, "embedded null character"},
		{"ié", 1, `'ascii' codec can't encode character '\xe9' in position 1: ordinal not in range(128)`},
		{"€😀", 0, `'ascii' codec can't encode characters in position 0-1: ordinal not in range(128)`},
		{"\xffi", 0, `'ascii' codec can't encode character '\udcff' in position 0: ordinal not in range(128)`},
		{"<2sI:a,b,c", 5, "3 names for 2 values"},
		{"<I:a,b", 3, "2 names for 1 value"},
		{"<I:", 3, "name 1 is empty"},
		{"<II:a, ", 6, "name 2 is empty"},
		{"<II:a,a", 6, `name "a" is given twice`},
		{"<I:a\x1b", 3, `name "a\x1b" is not printable text`},
		{"<4x:a", 4, "1 name for 0 values"},
	} {
		_, err := Compile(c.format)
		e, ok := err.(*FormatError)
		if !ok || e.Pos != c.pos || e.Reason != c.reason {
			t.Errorf("Compile(%q): %v, want %q at %d", c.format, err, c.reason, c.pos)
		}
	}
}

func mustCompile(t testing.TB, s string) *Format {
	t.Helper()
	f, err := Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFields(t *testing.T) {
	f := mustCompile(t, "<2s2xI3h0s5p: magic ,größe,a,b,c,none,pascal")
	want := []Field{
		{0, "magic", 's', "char[2]", 0, 2},
		{1, "größe", 'I', "uint32 LE", 4, 4},
		{2, "a", 'h', "int16 LE", 8, 2},
		{3, "b", 'h', "int16 LE", 10, 2},
		{4, "c", 'h', "int16 LE", 12, 2},
		{5, "none", 's', "char[0]", 14, 0},
		{6, "pascal", 'p', "pascal[5]", 14, 5},
	}
	if f.NumFields() != int64(len(want)) || len(f.Names()) != len(want) {
		t.Fatalf("%d fields", f.NumFields())
	}
	for i, w := range want {
		if got := f.Field(int64(i)); got != w {
			t.Errorf("field %d is %+v, want %+v", i, got, w)
		}
	}
	at := []int64{0, 0, -1, -1, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 6, 6, 6, 6, 6, -1}
	for off, w := range at {
		if i, ok := f.FieldAt(int64(off)); ok != (w >= 0) || ok && i != w {
			t.Errorf("FieldAt(%d) = %d, %v, want %d", off, i, ok, w)
		}
	}
	if _, ok := f.FieldAt(-1); ok {
		t.Error("FieldAt(-1)")
	}
	if g := mustCompile(t, ">I"); g.Field(0).Name != "field0" || g.Names() != nil || g.Field(0).Type != "uint32 BE" {
		t.Errorf("%+v", g.Field(0))
	}
}

// TestHuge: what a format says is not what is allocated.
func TestHuge(t *testing.T) {
	f := mustCompile(t, "<b1000000000000000000I7s")
	if n := f.NumFields(); n != 1e18+2 {
		t.Fatal(n)
	}
	if got := f.Field(5e17); got.Off != 1+4*(5e17-1) || got.Name != "field500000000000000000" {
		t.Errorf("%+v", got)
	}
	if i, ok := f.FieldAt(1 + 4e17 + 3); !ok || i != 1e17+1 {
		t.Error(i, ok)
	}
	if i, ok := f.FieldAt(f.Size() - 1); !ok || i != 1e18+1 {
		t.Error(i, ok)
	}
	if _, err := f.Unpack(make([]byte, 100)); err == nil || !strings.Contains(err.Error(), "unpack_from requires a buffer of at least 4000000000000000008 bytes") {
		t.Error(err)
	}
	if vs, err := f.AppendFields(nil, []byte{1, 0, 0, 0, 2, 0, 0, 0}, 1+4e17, 1e17+1, 2); err != nil || reprs(vs) != "1 2" {
		t.Error(vs, err)
	}
	if _, err := f.AppendFields(nil, []byte{1, 0, 0, 0}, 1+4e17, 1e17+1, 2); err == nil {
		t.Error("read beyond the bytes")
	}
	if _, err := mustCompile(t, "9000000000000000000x").Pack(nil); err == nil {
		t.Error("packed 9 EB")
	}
	if _, err := mustCompile(t, "9000000000000000000s").PackField(0, Bytes(nil)); err == nil {
		t.Error("packed 9 EB")
	}
	if v, err := mustCompile(t, "9000000000000000000s").UnpackField(0, []byte("ab")); err != nil || v.String() != "b'ab'" {
		t.Error(v, err)
	}
	if _, err := mustCompile(t, "20000000B").Unpack(make([]byte, 20000000)); err == nil {
		t.Error("20 million values at once")
	}
}

func TestValues(t *testing.T) {
	for _, c := range []struct {
		v          Value
		repr, json string
	}{
		{Int(-5), "-5", "-5"},
		{Uint(math.MaxUint64), "18446744073709551615", "18446744073709551615"},
		{Int(math.MinInt64), "-9223372036854775808", "-9223372036854775808"},
		{Bool(true), "True", "true"},
		{Bool(false), "False", "false"},
		{Float(1.5), "1.5", "1.5"},
		{Float(3), "3.0", "3.0"},
		{Float(math.Copysign(0, -1)), "-0.0", "-0.0"},
		{Float(1e16), "1e+16", "1e+16"},
		{Float(123456789012345680), "1.2345678901234568e+17", "1.2345678901234568e+17"},
		{Float(1e15), "1000000000000000.0", "1000000000000000.0"},
		{Float(0.0001), "0.0001", "0.0001"},
		{Float(0.00001), "1e-05", "1e-05"},
		{Float(5e-324), "5e-324", "5e-324"},
		{Float(math.Inf(-1)), "-inf", `{"float":"-inf"}`},
		{Float(math.NaN()), "nan", `{"float":"nan"}`},
		{Bytes([]byte("a'\x00\xff\\")), `b"a'\x00\xff\\"`, `{"bytes":"612700ff5c"}`},
		{Bytes(nil), "b''", `{"bytes":""}`},
	} {
		if got := c.v.String(); got != c.repr {
			t.Errorf("String() = %s, want %s", got, c.repr)
		}
		if got := string(c.v.JSON()); got != c.json {
			t.Errorf("JSON() = %s, want %s", got, c.json)
		}
	}
	if _, ok := Uint(1 << 63).Int64(); ok {
		t.Error("2⁶³ is no int64")
	}
	if _, ok := Int(-1).Uint64(); ok {
		t.Error("-1 is no uint64")
	}
	if n, ok := Bool(true).Int64(); !ok || n != 1 {
		t.Error(n, ok)
	}
	if x, ok := Int(-3).Float64(); !ok || x != -3 {
		t.Error(x, ok)
	}
	if _, ok := Bytes(nil).Float64(); ok {
		t.Error("bytes are no float")
	}
}

func TestParseValue(t *testing.T) {
	for _, c := range []struct{ format, text, want, err string }{
		{"<b", "-1", "-1", ""}, {"<B", "0x2a", "42", ""}, {"<B", "0b101", "5", ""}, {"<B", "0o17", "15", ""}, {"<I", "1_000", "1000", ""}, {"<I", "0x_ff", "255", ""}, {"<I", "007", "7", ""},
		{"<I", " 7 ", "7", ""}, {"<I", "true", "True", ""}, {"<q", "-0x10", "-16", ""}, {"<Q", "18446744073709551615", "18446744073709551615", ""},
		{"<B", "256", "", "ubyte format requires 0 <= number <= 255"}, {"<B", "-1", "", "ubyte format requires 0 <= number <= 255"}, {">H", "-1", "", "argument out of range"},
		{"<I", "99999999999999999999", "", "argument out of range"}, {"<I", "1.5", "", "required argument is not an integer"}, {"<I", "x", "", "required argument is not an integer"},
		{"<I", "", "", "required argument is not an integer"}, {"<I", "--1", "", "not an integer"}, {"<I", "0x-1", "", "not an integer"}, {"<I", "1__0", "", "not an integer"}, {"<I", "_1", "", "not an integer"}, {"<I", "'1'", "", "not an integer"},
		{"<f", "1e-3", "0.001", ""}, {"<d", "nan", "nan", ""}, {"<d", "-inf", "-inf", ""}, {"<d", "7", "7", ""}, {"<d", "0x10", "16", ""}, {"<d", "1_0.5", "10.5", ""}, {"<d", "1e999", "inf", ""},
		{"<d", "1_.5", "", "not a float"}, {"<d", "0x1p3", "", "not a float"}, {"<d", "x", "", "not a float"}, {"<f", "1e39", "", "float too large to pack with f format"}, {"f", "1e39", "1e+39", ""},
		{"<e", "65520", "", "int too large to convert"}, {"<e", "65520.0", "", "float too large to pack with e format"}, {"<e", "99999999999999999999", "", "int too large to convert"},
		{"<?", "True", "True", ""}, {"<?", "0", "0", ""}, {"<?", "'x'", "b'x'", ""}, {"<?", "maybe", "", "no value"}, {"<?", "99999999999999999999", "True", ""},
		{"<c", "A", "b'A'", ""}, {"<c", "'A'", "b'A'", ""}, {"<c", `b'\x00'`, `b'\x00'`, ""}, {"<c", "AB", "", "char format requires a bytes object of length 1"},
		{"<4s", "BM", "b'BM'", ""}, {"<4s", "42", "b'42'", ""}, {"<4s", "'é'", `b'\xc3\xa9'`, ""}, {"<4s", "é", `b'\xc3\xa9'`, ""}, {"<4s", "hex:89 5a", `b'\x89Z'`, ""}, {"<4s", "hex:8", "", "pairs of hexadecimal digits"},
		{"<4s", `b'\777\q'`, `b'\xff\\q'`, ""}, {"<4s", `b'é'`, "", "ASCII"}, {"<4s", `b'\x1'`, "", "two hexadecimal digits"}, {"<4s", `'a'b'`, "", "quote inside"}, {"<4s", " a ", "b' a '", ""},
	} {
		f := mustCompile(t, c.format)
		v, err := f.ParseValue(0, c.text)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: ParseValue(%q) = %v, %v, want the error %q", c.format, c.text, v, err, c.err)
			}
			continue
		}
		if err != nil || v.String() != c.want {
			t.Errorf("%s: ParseValue(%q) = %v, %v, want %s", c.format, c.text, v, err, c.want)
		}
	}
}

// TestTable checks the arithmetic of a table against walking over it.
func TestTable(t *testing.T) {
	f := mustCompile(t, "<2sxI0s2H")
	if _, err := NewTable(f, 10, 20, true); err == nil {
		t.Error("11 bytes in 10")
	}
	if _, err := NewTable(mustCompile(t, ""), 0, 5, true); err == nil {
		t.Error("a table of nothing")
	}
	tab, err := NewTable(f, 100, 100+11*5+3, true)
	if err != nil || tab.Count != 5 || tab.Len() != 25 || tab.End() != 155 {
		t.Fatal(tab, err)
	}
	type place struct{ rec, field int64 }
	at := map[int64]place{}
	for rec := range tab.Count {
		for i := range f.NumFields() {
			start, end := tab.Range(rec, i)
			for off := start; off < end; off++ {
				at[off] = place{rec, i}
			}
		}
	}
	for off := int64(90); off < 170; off++ {
		rec, field, ok := tab.FieldAt(off)
		if want, in := at[off]; ok != in || ok && (want != place{rec, field}) {
			t.Errorf("FieldAt(%d) = %d, %d, %v, want %v %v", off, rec, field, ok, want, in)
		}
	}
	huge, err := NewTable(mustCompile(t, "1000000000000b"), 0, math.MaxInt64, true)
	if err != nil || huge.Len() != huge.Count*1e12 {
		t.Error(huge, err)
	}
}

// TestHalf converts every half float to a double and back, and doubles between two halves to the nearer, or even, one.
func TestHalf(t *testing.T) {
	for u := range 1 << 16 {
		h := uint16(u)
		x := HalfToFloat(h)
		if math.IsNaN(x) {
			continue
		}
		if back, ok := FloatToHalf(x); !ok || back != h {
			t.Fatalf("%#x is %g, which is %#x", h, x, back)
		}
		if h&0x7fff >= 0x7bff {
			continue // the largest, and infinity
		}
		y := HalfToFloat(h + 1)
		mid := (x + y) / 2
		even := h + h&1
		for _, c := range []struct {
			x    float64
			want uint16
		}{{mid, even}, {math.Nextafter(mid, x), h}, {math.Nextafter(mid, y), h + 1}} {
			if got, ok := FloatToHalf(c.x); !ok || got != c.want {
				t.Fatalf("%g is %#x, want %#x", c.x, got, c.want)
			}
		}
	}
}

// TestRoundTrip unpacks random bytes and packs the values again.
func TestRoundTrip(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 2000 {
		format := string("@<>=!"[r.IntN(5)])
		for range r.IntN(8) {
			if r.IntN(2) == 0 {
				format += string(rune('0' + r.IntN(10)))
			}
			format += string("cbBhHiIlLqQsd"[r.IntN(13)])
		}
		f := mustCompile(t, format)
		b := make([]byte, f.Size())
		used := make([]byte, f.Size()) // padding is lost
		for i := range b {
			b[i] = byte(r.Uint32())
			if _, ok := f.FieldAt(int64(i)); ok {
				used[i] = b[i]
			}
		}
		vs, err := f.Unpack(b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.Pack(vs)
		if err != nil || string(got) != string(used) {
			t.Fatalf("%q: %x became %x, %v", format, used, got, err)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{"<2sIHHI:a,b,c,d,e", "llh0l", "9223372036854775807s", "3 i", "é", "0p?x", "@nNPefd", "i\x00:"} {
		f.Add(s, []byte("0123456789abcdef"), int64(0))
	}
	f.Fuzz(func(t *testing.T, s string, b []byte, off int64) {
		g, err := Compile(s)
		if err != nil {
			if e, ok := err.(*FormatError); !ok || e.Pos < 0 || e.Pos > len(s) {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		if i, ok := g.FieldAt(off); ok {
			if fd := g.Field(i); off < fd.Off || off >= fd.Off+fd.Size || fd.Off+fd.Size > g.Size() {
				t.Errorf("%q: offset %d is in %+v", s, off, fd)
			}
		}
		if n := g.NumFields(); n > 0 && n < 100 {
			for i := range n {
				g.ParseValue(i, string(b))
			}
		}
		vs, err := g.UnpackFrom(b, off)
		if err != nil {
			return
		}
		if _, err := g.Pack(vs); err != nil {
			t.Errorf("%q: what was unpacked is not packed: %v", s, err)
		}
	})
}

func BenchmarkUnpackIHf(b *testing.B) {
	f := mustCompile(b, "<IHf")
	const records = 10000
	data := make([]byte, records*10)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	vs := make([]Value, 0, records*3)
	for b.Loop() {
		var err error
		if vs, err = f.AppendIter(vs[:0], data); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*records*3/b.Elapsed().Seconds()/1e6, "Mfields/s")
}

func BenchmarkUnpackField(b *testing.B) {
	f := mustCompile(b, "<IHf")
	rec := []byte("0123456789")
	for b.Loop() {
		for i := range int64(3) {
			fd := f.runs[i]
			f.UnpackField(i, rec[fd.off:fd.off+fd.size])
		}
	}
	b.ReportMetric(float64(b.N)*3/b.Elapsed().Seconds()/1e6, "Mfields/s")
}
