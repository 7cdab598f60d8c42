package text

import (
	"bytes"
	"context"
	"math/rand"
	"strings"
	"testing"
)

var rankTexts = []struct{ text, codecs string }{
	{"The quick brown fox jumps over the lazy dog. It cost $5, didn't it?\n", "ascii cp037 cp1140 utf-16-le utf-16-be utf-32-le utf-32-be"},
	{"Où est passé l'élève? Ça m'a été très agréable; dès demain, à l'hôtel près de la forêt.\n", "utf-8 cp1252 mac-roman cp850 cp500 utf-16-le utf-16-be"},
	{"Die Straße läuft über den großen Fluß. Können wir später Äpfel und Öl für Jürgen kaufen?\n", "utf-8 cp1252 cp437 cp273"},
	{"Съешь же ещё этих мягких французских булок, да выпей чаю. Москва и Петербург стоят далеко.\n", "utf-8 cp1251 koi8-r cp866 iso8859-5 mac-cyrillic utf-16-le"},
	{"Η γρήγορη αλεπού πηδάει πάνω από το τεμπέλικο σκυλί. Καλημέρα σας, τι κάνετε;\n", "utf-8 cp1253 utf-16-be"},
	{"吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。何でも薄暗いじめじめした所で泣いていた。\n", "utf-8 shift_jis euc_jp iso2022_jp utf-16-le utf-16-be"},
	{"我们今天去北京看朋友，他在大学里学习中文。这是一个很好的机会，大家都很高兴。\n", "utf-8 gbk hz utf-16-le gb18030"},
	{"我們今天去臺北看朋友，他在大學裡學習中文。這是一個很好的機會，大家都很高興。\n", "utf-8 big5 utf-16-be"},
	{"안녕하세요. 오늘은 날씨가 매우 좋습니다. 우리는 학교에 가서 친구를 만났습니다.\n", "utf-8 euc_kr johab utf-16-le iso2022_kr"},
	{"שלום לכולם, היום אנחנו הולכים לים. מזג האוויר יפה מאוד.\n", "utf-8 cp1255"},
	{"مرحبا بكم جميعا، اليوم سوف نذهب إلى البحر مع الأصدقاء.\n", "utf-8 cp1256 iso8859-6"},
	{"สวัสดีครับ วันนี้อากาศดีมาก เราไปโรงเรียนกันเถอะ\n", "utf-8 tis_620"},
	{"Zażółć gęślą jaźń. Wczoraj byliśmy w Łodzi, a jutro pojedziemy do Gdańska.\n", "utf-8 cp1250 iso8859-2"},
}

func TestRank(t *testing.T) {
	for _, v := range rankTexts {
		for _, name := range strings.Fields(v.codecs) {
			c, err := Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			long := strings.Repeat(v.text, 40)
			b, err := c.Encode(nil, long, Strict)
			if err != nil {
				t.Fatal(err)
			}
			got := Rank(context.Background(), b)
			if len(got) != len(Codecs()) {
				t.Fatalf("%d candidates", len(got))
			}
			text, _ := got[0].Codec.Decode(nil, b, Replace)
			if string(text) != long {
				at := 0
				for got[at].Codec != c {
					at++
				}
				t.Errorf("%s %.20q: first is %s %.3f (%s), it is number %d %.3f (%s)", name, v.text, got[0].Codec.Name(), got[0].Score, got[0].Why, at, got[at].Score, got[at].Why)
			}
			for i, x := range got {
				if x.Score < 0 || x.Score > 1 || x.Valid < 0 || x.Valid > 1 || x.Printable > 1 || x.Common > 1 {
					t.Errorf("%s: out of range: %+v", name, x)
				}
				if i > 0 && x.Score > got[i-1].Score {
					t.Errorf("%s: not sorted at %d", name, i)
				}
			}
		}
	}
}

func TestRankMarks(t *testing.T) {
	for in, want := range map[string]string{
		"\xEF\xBB\xBFabc": "utf-8-sig", "\xFF\xFEa\x00b\x00": "utf-16", "\xFE\xFF\x00a\x00b": "utf-16",
		"\xFF\xFE\x00\x00a\x00\x00\x00": "utf-32", "\x00\x00\xFE\xFF\x00\x00\x00a": "utf-32",
	} {
		got := Rank(context.Background(), []byte(in))
		if got[0].Codec.Name() != want || got[0].Why != "BOM" {
			t.Errorf("%x: %s %q, want %s", in, got[0].Codec.Name(), got[0].Why, want)
		}
	}
	got := Rank(context.Background(), []byte("h\x00e\x00l\x00l\x00o\x00"))
	if got[0].Codec.Name() != "utf-16-le" || got[0].Why != "UTF-16 without BOM: zeros in odd bytes" {
		t.Errorf("%+v", got[0])
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if Rank(ctx, []byte("a")) != nil || Rank(context.Background(), nil) != nil {
		t.Error("a cancelled or empty ranking is not nil")
	}
}

func BenchmarkRank64K(b *testing.B) {
	rnd := rand.New(rand.NewSource(1))
	random := make([]byte, 64<<10)
	rnd.Read(random)
	japanese := bytes.Repeat([]byte(rankTexts[5].text), 1000)[:64<<10]
	for name, in := range map[string][]byte{"random": random, "japanese": japanese} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Rank(context.Background(), in)
			}
		})
	}
}
