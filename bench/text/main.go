// Command text measures decoding, beside Go's own conversion, golang.org/x/text and Python in the same run; how long it takes
// to rank all codecs; and the memory of the verb text. Run it from the module:
//
//	go run ./bench/text [-size BYTES] [-file BYTES] [-runs N]
//
// Rates are bytes of input a second on one core, the best of N runs; the Go ones take turns.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"hexlay/bench/internal/report"
	"hexlay/overlay/text"
)

var (
	size = flag.Int("size", 8<<20, "bytes of each text")
	file = flag.Int64("file", 1<<30, "bytes of the file for the verb")
	runs = flag.Int("runs", 7, "runs of each side")
)

func main() {
	flag.Parse()
	report.Main("text", measure)
}

type bench struct {
	t      *report.Table
	dir    string
	rng    *rand.Rand
	python bool
	dst    []byte // what decoders write to, again and again
}

func measure(t *report.Table, dir string) error {
	b := &bench{t: t, dir: dir, rng: rand.New(rand.NewPCG(1, 2))}
	b.python = t.Installed("python3", "python3's figures")
	for _, part := range []func() error{b.unicode, b.singleBytes, b.manyBytes, b.rank, b.verb} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// A way decodes all of src once.
type way struct {
	name string
	run  func(src []byte) error
	best time.Duration
}

// beside times our decoding of src and others', and prints a line for each of the others; least is a limit on our rate.
func (b *bench) beside(figure string, least float64, codec string, h text.Handler, src []byte, others ...*way) error {
	c, err := text.Lookup(codec)
	if err != nil {
		return err
	}
	ours := &way{run: func(src []byte) error {
		var err error
		b.dst, err = c.Decode(b.dst[:0], src, h)
		return err
	}}
	if err := turns(src, append([]*way{ours}, others...)...); err != nil {
		return fmt.Errorf("%s: %w", figure, err)
	}
	if b.python {
		p := &way{name: "python3"}
		if p.best, err = b.pythonDecode(codec, h.String(), src); err != nil {
			return fmt.Errorf("%s: %w", figure, err)
		}
		others = append(others, p)
	}
	rate := func(d time.Duration) float64 { return float64(len(src)) / d.Seconds() }
	line := report.Line{Figure: figure, Got: rate(ours.best), Unit: report.BytesPerSecond, Least: least}
	if len(others) == 0 {
		b.t.Add(line)
	}
	for i, o := range others {
		if i > 0 {
			line.Least, line.Figure = 0, "  the same" // the limit is said once
		}
		line.Peer, line.PeerGot = o.name, rate(o.best)
		b.t.Add(line)
	}
	return nil
}

// turns runs the ways in turns and keeps the best time of each.
func turns(src []byte, ways ...*way) error {
	for range *runs {
		for _, w := range ways {
			start := time.Now()
			err := w.run(src)
			took := time.Since(start)
			if err != nil {
				return err
			}
			if w.best == 0 || took < w.best {
				w.best = took
			}
		}
	}
	return nil
}

// runes is what Go's own language does: check, then convert.
func runes() *way {
	return &way{name: "utf8.Valid+[]rune", run: func(src []byte) error {
		if !utf8.Valid(src) {
			return fmt.Errorf("the text is not UTF-8")
		}
		if rs := []rune(string(src)); len(rs) == 0 {
			return fmt.Errorf("the text is empty")
		}
		return nil
	}}
}

// xtext decodes with golang.org/x/text into a buffer that is large enough.
func xtext(e encoding.Encoding) *way {
	var dst []byte
	return &way{name: "x/text", run: func(src []byte) error {
		if len(dst) < 4*len(src) {
			dst = make([]byte, 4*len(src))
		}
		_, _, err := e.NewDecoder().Transform(dst, src, true)
		return err
	}}
}

func (b *bench) unicode() error {
	ascii, mixed := []byte(words(b.rng, *size, latin)), mixedText(b.rng, *size)
	spoilt := spoil(b.rng, mixed)
	b.t.Section("UTF-8")
	for _, h := range []text.Handler{text.Strict, text.Replace} {
		if err := b.beside(h.String()+", ASCII", 1e9, "utf-8", h, ascii, runes(), xtext(unicode.UTF8)); err != nil {
			return err
		}
		if err := b.beside(h.String()+", mixed text", 250e6, "utf-8", h, mixed, runes(), xtext(unicode.UTF8)); err != nil {
			return err
		}
	}
	if err := b.beside("surrogateescape, mixed text", 0, "utf-8", text.SurrogateEscape, mixed); err != nil {
		return err
	}
	if err := b.beside("replace, every hundredth byte is bad", 0, "utf-8", text.Replace, spoilt, xtext(unicode.UTF8)); err != nil {
		return err
	}
	return b.beside("surrogateescape, every hundredth byte is bad", 0, "utf-8", text.SurrogateEscape, spoilt)
}

// singleBytes measures all codecs of one byte a character; those that many use also beside others.
func (b *bench) singleBytes() error {
	b.t.Section("single-byte codecs, strict")
	known := map[string]encoding.Encoding{"cp1252": charmap.Windows1252, "koi8-r": charmap.KOI8R, "cp437": charmap.CodePage437, "cp037": charmap.CodePage037}
	type rate struct {
		codec string
		bytes float64
	}
	var native, any []rate
	for _, c := range text.Codecs() {
		valid, ok := singleByte(c)
		if !ok {
			continue
		}
		w := &way{run: func(src []byte) error {
			var err error
			b.dst, err = c.Decode(b.dst[:0], src, text.Strict)
			return err
		}}
		words, bytes := nativeText(b.rng, c, valid, *size/4), random(b.rng, valid, *size/4)
		if e := known[c.Name()]; e != nil {
			if err := b.beside(c.Name()+", words", 300e6, c.Name(), text.Strict, words, xtext(e)); err != nil {
				return err
			}
		}
		if err := turns(words, w); err != nil {
			return fmt.Errorf("%s: %w", c.Name(), err)
		}
		native = append(native, rate{c.Name(), float64(len(words)) / w.best.Seconds()})
		w.best = 0
		if err := turns(bytes, w); err != nil {
			return fmt.Errorf("%s: %w", c.Name(), err)
		}
		any = append(any, rate{c.Name(), float64(len(bytes)) / w.best.Seconds()})
	}
	for _, v := range []struct {
		what  string
		rates []rate
	}{{"words", native}, {"random bytes", any}} {
		slices.SortFunc(v.rates, func(x, y rate) int { return int(x.bytes - y.bytes) })
		slowest, middle := v.rates[0], v.rates[len(v.rates)/2]
		b.t.Add(report.Line{Figure: fmt.Sprintf("slowest of %d codecs, %s", len(v.rates), v.what), Got: slowest.bytes, Unit: report.BytesPerSecond,
			Least: 300e6, MeasuredSuffix: "(" + slowest.codec + ")", Peer: "median codec", PeerGot: middle.bytes})
	}
	return nil
}

// manyBytes measures other codecs, for information.
func (b *bench) manyBytes() error {
	b.t.Section("codecs of several bytes a character, strict")
	japanesePool := [][]rune{latin, kana, kana, []rune("日本語漢字東京大阪時間人年月火水木金土今何食行来見")}
	chinese := [][]rune{latin, []rune("的一是不了人我在有他中大来上国和地到以要就出可也你子生年后自多成"), []rune("天下事物文化科学技人口")}
	korean_ := [][]rune{latin, []rune("가나다라마바사아자차카타파하은는이가을를에서도와한국어")}
	utf16le, utf32le := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	for _, v := range []struct {
		codec string
		pool  [][]rune
		peer  encoding.Encoding
	}{
		{"utf-16-le", [][]rune{latin, cyrillic, han, emoji}, utf16le},
		{"utf-32-le", [][]rune{latin, cyrillic, han, emoji}, utf32le},
		{"utf-7", [][]rune{latin, cyrillic, han}, nil},
		{"shift_jis", japanesePool, japanese.ShiftJIS},
		{"euc_jp", japanesePool, japanese.EUCJP},
		{"iso2022_jp", japanesePool, japanese.ISO2022JP},
		{"gbk", chinese, simplifiedchinese.GBK},
		{"gb18030", append(chinese, emoji), simplifiedchinese.GB18030},
		{"hz", chinese, simplifiedchinese.HZGB2312},
		{"big5", chinese, traditionalchinese.Big5},
		{"euc_kr", korean_, korean.EUCKR},
	} {
		src, err := encoded(v.codec, words(b.rng, *size/2, v.pool...))
		if err != nil {
			return err
		}
		var others []*way
		if v.peer != nil {
			others = append(others, xtext(v.peer))
		}
		if err := b.beside(v.codec, 0, v.codec, text.Strict, src, others...); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) rank() error {
	b.t.Section("ranking all %d codecs for 64 KiB", len(text.Codecs()))
	const n = 64 << 10
	sjis, err := encoded("shift_jis", words(b.rng, n, latin, kana))
	if err != nil {
		return err
	}
	koi8, err := encoded("koi8-r", words(b.rng, 2*n, cyrillic))
	if err != nil {
		return err
	}
	noise, zeros := make([]byte, n), make([]byte, n)
	for i := range noise {
		noise[i] = byte(b.rng.Uint32())
	}
	for i, v := range []struct {
		what string
		b    []byte
	}{
		{"ASCII", []byte(words(b.rng, n, latin))}, {"mixed UTF-8", mixedText(b.rng, n)}, {"Shift JIS", sjis}, {"KOI8-R", koi8},
		{"random bytes", noise}, {"zeros", zeros},
	} {
		v.b = v.b[:min(n, len(v.b))]
		var took []time.Duration
		for range 3 * *runs {
			start := time.Now()
			best := text.Rank(context.Background(), v.b)
			took = append(took, time.Since(start))
			if len(best) == 0 {
				return fmt.Errorf("nothing was ranked for %s", v.what)
			}
		}
		if i == 0 {
			b.t.Add(report.Line{Figure: "the first in a process", Got: float64(took[0]), Unit: report.Nanoseconds})
		}
		b.t.Add(report.Line{Figure: v.what + ", median", Got: report.Median(took), Unit: report.Nanoseconds, Most: 16e6})
	}
	return nil
}

const script = `
import sys, time
path, codec, errors, runs = sys.argv[1:]
data = open(path, 'rb').read()
best = None
for _ in range(int(runs)):
    t = time.perf_counter()
    data.decode(codec, errors)
    t = time.perf_counter() - t
    best = t if best is None else min(best, t)
print(best)
`

func (b *bench) pythonDecode(codec, errors string, src []byte) (time.Duration, error) {
	path := filepath.Join(b.dir, "python")
	if err := os.WriteFile(path, src, 0o644); err != nil {
		return 0, err
	}
	out, err := exec.Command("python3", "-c", script, path, codec, errors, strconv.Itoa(*runs)).Output()
	if err != nil {
		return 0, fmt.Errorf("python3: %w", err)
	}
	s, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	return time.Duration(s * float64(time.Second)), err
}
