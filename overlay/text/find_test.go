package text

import (
	"bytes"
	"math/rand/v2"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"
)

func findAll(t *testing.T, codec string, least int, data []byte, parts func() int) []Run {
	t.Helper()
	c, err := Lookup(codec)
	if err != nil {
		t.Fatal(err)
	}
	f := c.NewFinder(least)
	var out []Run
	for at := 0; at < len(data) || at == 0; {
		n := min(parts(), len(data)-at)
		f.Find(data[at:at+n], int64(at), at+n == len(data), func(r Run) bool { out = append(out, r); return true })
		if at += n; len(data) == 0 {
			break
		}
	}
	return out
}

func TestFinder(t *testing.T) {
	all := func() int { return 1 << 30 }
	for _, c := range []struct {
		codec string
		least int
		data  string
		want  []Run
	}{
		{"ascii", 4, "abc\x00defg\x01hi jk\n\tlmn", []Run{{4, 8, "defg"}, {9, 14, "hi jk"}, {15, 19, "\tlmn"}}},
		{"ascii", 4, "", nil},
		{"ascii", 4, "!!!!", []Run{{0, 4, "!!!!"}}},
		{"utf-8", 4, "\xffdéjà\x80vu..", []Run{{1, 7, "déjà"}, {8, 12, "vu.."}}},
		{"utf-16-le", 4, "x\x00h\x00e\x00l\x00l\x00o\x00\x00\x00w\x00o\x00", []Run{{0, 12, "xhello"}}},
		{"utf-16-le", 4, "\x00h\x00e\x00l\x00l\x00o\x00\x00\x00", []Run{{1, 11, "hello"}}},
		{"utf-16-be", 4, "\x00h\x00e\x00l\x00l\x00o\x00\x00\x00", []Run{{0, 10, "hello"}}},
		{"utf-16-le", 4, "\x00plain text\x00\x00-N\x87e\x57[&{", []Run{{13, 21, "中文字符"}}},
		{"utf-32-le", 2, "\x01\x01\x00h\x00\x00\x00i\x00\x00\x00", []Run{{3, 11, "hi"}}},
		{"latin-1", 4, "\x01caf\xe9s\x02", []Run{{1, 6, "cafés"}}},
		{"shift_jis", 3, "\x00\x93\xfa\x96{\x8c\xea\x00", []Run{{1, 7, "日本語"}}},
		{"cp037", 5, "\x00\xc8\x85\x93\x93\x96\x00", []Run{{1, 6, "Hello"}}},
	} {
		if got := findAll(t, c.codec, c.least, []byte(c.data), all); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s in %q: %+v, want %+v", c.codec, c.data, got, c.want)
		}
	}
}

// TestFinderParts: cutting the data anywhere changes nothing, and a run says where its bytes are. UTF-7 is not here: where
// its errors show depends on what follows.
func TestFinderParts(t *testing.T) {
	s := uint64(time.Now().UnixNano())
	if v, err := strconv.ParseUint(os.Getenv("HEXLAY_SEED"), 10, 64); err == nil {
		s = v
	}
	t.Logf("HEXLAY_SEED=%d", s)
	rnd := rand.New(rand.NewPCG(s, 5))
	ascii := regexp.MustCompile(`[\t -~]{3,}`)
	for range 60 {
		data := make([]byte, rnd.IntN(3000))
		for i := range data {
			switch rnd.IntN(3) {
			case 0:
				data[i] = byte('a' + rnd.IntN(26))
			case 1:
				data[i] = byte(rnd.IntN(4))
			default:
				data[i] = byte(rnd.Uint32())
			}
		}
		for _, codec := range []string{"ascii", "utf-8", "latin-1", "utf-16-le", "utf-32-be", "gb18030", "euc_jp", "iso2022_jp", "hz"} {
			whole := findAll(t, codec, 3, data, func() int { return 1 << 30 })
			cut := findAll(t, codec, 3, data, func() int { return 1 + rnd.IntN(40) })
			slices.SortStableFunc(cut, func(a, b Run) int { return int(a.End - b.End) }) // parts come in the order of parts
			if !reflect.DeepEqual(whole, cut) {
				t.Fatalf("%s: whole %+v, in parts %+v", codec, whole, cut)
			}
			if codec == "ascii" {
				want := ascii.FindAllIndex(data, -1)
				if len(want) != len(whole) {
					t.Fatalf("%d runs, want %d", len(whole), len(want))
				}
				for i, r := range whole {
					if r.Start != int64(want[i][0]) || r.End != int64(want[i][1]) || r.Text != string(data[r.Start:r.End]) {
						t.Fatalf("%v, want %v", r, want[i])
					}
				}
			}
		}
	}
}

// TestFinderLong: a run without end comes in parts of bounded length that follow each other.
func TestFinderLong(t *testing.T) {
	data := make([]byte, 300_000)
	for i := range data {
		data[i] = 'x'
	}
	for _, part := range []int{1 << 30, 1000, 65536} {
		at := int64(0)
		for _, r := range findAll(t, "ascii", 4, data, func() int { return part }) {
			if r.Start != at || len(r.Text) > 64<<10 || r.End-r.Start != int64(len(r.Text)) {
				t.Fatalf("%d..%d with %d characters behind %d", r.Start, r.End, len(r.Text), at)
			}
			at = r.End
		}
		if at != int64(len(data)) {
			t.Errorf("ends at %d", at)
		}
	}
}

func BenchmarkFinder(b *testing.B) {
	data := make([]byte, 1<<20)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range data {
		data[i] = byte(rnd.Uint32())
	}
	text := bytes.Repeat([]byte("The quick brown fox jumps over the lazy dog.\n"), 1<<20/45)
	mixed := bytes.Repeat([]byte("Zwölf Boxkämpfer jagen Viktor quer über den großen Deich. Съешь ещё этих булок.\n\x00\x01\x02"), 1<<20/110)
	for _, codec := range []string{"ascii", "utf-8", "utf-16-le"} {
		c, _ := Lookup(codec)
		for name, data := range map[string][]byte{"random": data, "text": text, "mixed": mixed} {
			b.Run(codec+" "+name, func(b *testing.B) {
				b.SetBytes(int64(len(data)))
				f := c.NewFinder(4)
				off := int64(0)
				for b.Loop() {
					f.Find(data, off, false, func(Run) bool { return true })
					off += int64(len(data))
				}
			})
		}
	}
}

// TestFinderAgreesWithEngine compares with a finder that has every character from the codec's engine.
func TestFinderAgreesWithEngine(t *testing.T) {
	s := uint64(time.Now().UnixNano())
	if v, err := strconv.ParseUint(os.Getenv("HEXLAY_SEED"), 10, 64); err == nil {
		s = v
	}
	t.Logf("HEXLAY_SEED=%d", s)
	rnd := rand.New(rand.NewPCG(s, 6))
	bits := []string{"a", "plain text", "\t", "\n", "\x00", "é", "ж", "中", "😀", "\xc2", "\xe4\xb8", "\xf0\x9f", "\x80", "\xff", "\u0085", "\ufffd", "\ue000", "\xed\xa0\x80", "\xc0\x80", "\x7f", "\U000e0001"}
	for range 800 {
		var data []byte
		for range rnd.IntN(200) {
			switch rnd.IntN(4) {
			case 0:
				data = append(data, byte(rnd.Uint32()))
			case 1:
				for range rnd.IntN(30) {
					data = append(data, byte(' '+rnd.IntN(95)))
				}
			default:
				data = append(data, bits[rnd.IntN(len(bits))]...)
			}
		}
		least := 1 + rnd.IntN(8)
		if rnd.IntN(20) == 0 {
			least = 100
		}
		for _, codec := range []string{"utf-8", "ascii", "cp1252", "cp037", "shift_jis"} {
			c, err := Lookup(codec)
			if err != nil {
				t.Fatal(err)
			}
			all := func(slow bool, size int) (out []Run) {
				f := c.NewFinder(least)
				if slow {
					for _, p := range f.phases {
						p.class, p.utf8 = nil, false
					}
				}
				for at := 0; at < len(data); at += size {
					n := min(size, len(data)-at)
					f.Find(data[at:at+n], int64(at), at+n == len(data), func(r Run) bool { out = append(out, r); return true })
				}
				slices.SortStableFunc(out, func(a, b Run) int { return int(a.End - b.End) })
				return out
			}
			want := all(true, len(data)+1)
			if got := all(false, 1+rnd.IntN(len(data)+1)); !reflect.DeepEqual(got, want) {
				t.Fatalf("%s, at least %d, in %q: %+v, want %+v", codec, least, data, got, want)
			}
		}
	}
}
