package text

import (
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"testing"
)

func sureRuns(t *testing.T, codec string, data []byte, size int) (out []Run) {
	t.Helper()
	c, err := Lookup(codec)
	if err != nil {
		t.Fatal(err)
	}
	f := c.NewFinder(4).Sure()
	for at := 0; at < len(data); at += size {
		n := min(size, len(data)-at)
		f.Find(data[at:at+n], int64(at), at+n == len(data), func(r Run) bool { out = append(out, r); return true })
	}
	slices.SortStableFunc(out, func(a, b Run) int { return int(a.End - b.End) })
	return out
}

// TestSureText: texts of many languages are found among random bytes, and next to nothing else is.
func TestSureText(t *testing.T) {
	texts := []string{"plain text", "Größe ändern", "Zażółć gęślą jaźń", "Съешь ещё этих булок", "Від'їзд їжака", "Ξεσκεπάζω", "שלום עולם", "مرحبا بالعالم",
		"日本語のテキスト", "漢字かな交じり", "简体中文", "繁體中文字", "한국어 문장", "สวัสดีชาวโลก", "Datei öffnen (日本)"}
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, codec := range []string{"utf-16-le", "utf-16-be", "utf-32-le"} {
		c, err := Lookup(codec)
		if err != nil {
			t.Fatal(err)
		}
		var data []byte
		noise := func(n int) {
			for range n {
				data = append(data, byte(rnd.Uint32()))
			}
		}
		zero := make([]byte, 4)
		for _, s := range texts {
			noise(20_001)
			b, err := c.Encode(nil, s, Strict)
			if err != nil {
				t.Fatal(err)
			}
			data = append(append(append(data, zero...), b...), zero...)
		}
		noise(20_000)
		runs := sureRuns(t, codec, data, 1<<30)
		if more := len(runs) - len(texts); more > 3 {
			t.Errorf("%s: %d runs beside the texts: %+v", codec, more, runs)
		}
		for _, s := range texts {
			if !slices.ContainsFunc(runs, func(r Run) bool { return r.Text == s }) {
				t.Errorf("%s: %s is not found", codec, s)
			}
		}
		if parts := sureRuns(t, codec, data, 777); !reflect.DeepEqual(parts, runs) {
			t.Errorf("%s: in parts %+v, whole %+v", codec, parts, runs)
		}
	}
}

// TestSureKeepsASCII: every run of ASCII in UTF-16 is found, whatever characters it stands among, as a look for its bytes finds it.
func TestSureKeepsASCII(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	var data []byte
	for range 20_000 {
		switch rnd.IntN(4) {
		case 0:
			data = append(data, byte(rnd.Uint32()), byte(rnd.Uint32()))
		case 1:
			data = append(data, byte(rnd.IntN(256)), 0)
		default:
			data = append(data, byte('a'+rnd.IntN(26)), 0)
		}
	}
	covered := make([]bool, len(data))
	for _, r := range sureRuns(t, "utf-16-le", data, 1000) {
		c, _ := Lookup("utf-16-le")
		if b, err := c.Encode(nil, r.Text, Strict); err == nil && string(b) != string(data[r.Start:r.End]) {
			t.Fatalf("%q is not what stands at %d..%d", r.Text, r.Start, r.End)
		}
		for i := r.Start; i < r.End; i++ {
			covered[i] = true
		}
	}
	n := 0
	for _, m := range regexp.MustCompile(`(?s)([\t -~]\x00){4,}`).FindAllIndex(data, -1) {
		n++
		for i := m[0]; i < m[1]; i++ {
			if !covered[i] {
				t.Fatalf("the ASCII at %d..%d is missing", m[0], m[1])
			}
		}
	}
	if n < 100 {
		t.Fatalf("only %d runs to look for", n)
	}
}
