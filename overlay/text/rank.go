package text

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"hexlay/lifeline"
)

// Candidate is how plausible it is that bytes are text in a codec. All shares are from 0 to 1.
type Candidate struct {
	Codec     *Codec
	Score     float64
	Valid     float64 // the share of bytes that decode
	Printable float64 // the share of characters that are printable or white space
	Common    float64 // the share of characters that are common in text
	Why       string  // what speaks for it, in a few words; may be empty
}

// Rank weighs every codec for b, the most plausible first. At most 256 KiB of b are counted and 4 KiB are decoded, spread
// over it, so the time does not grow with b. It returns nil when ctx ends before it is ready.
func Rank(ctx context.Context, b []byte) []Candidate {
	if len(b) == 0 || ctx.Err() != nil {
		return nil
	}
	s := newSample(b)
	all := Codecs()
	out := make([]Candidate, len(all))
	var next atomic.Int32
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), 8) {
		lifeline.Join(&wait, "the ranking of codecs", func() {
			for i := int(next.Add(1)) - 1; i < len(all) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				out[i] = s.weigh(all[i])
			}
		})
	}
	wait.Wait()
	if ctx.Err() != nil {
		return nil
	}
	slices.SortStableFunc(out, func(x, y Candidate) int {
		return cmp.Or(cmp.Compare(y.Score, x.Score), cmp.Compare(prior(x.Codec), prior(y.Codec)))
	})
	return out
}

// preferred is the order of codecs that the bytes cannot tell apart.
var preferred = []string{"ascii", "utf-8", "cp1252", "iso8859-1", "iso8859-15", "shift_jis", "cp932", "euc_jp", "gbk", "gb18030",
	"big5", "cp949", "euc_kr", "cp1251", "koi8-r", "koi8-u", "cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
	"iso8859-2", "iso8859-5", "iso8859-7", "cp866", "cp437", "cp850", "cp852", "mac-roman", "mac-cyrillic", "tis-620", "johab", "hz", "iso2022_jp",
	"iso2022_kr", "cp037", "cp500", "cp273", "cp1047", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-8-sig", "utf-16",
	"utf-32"}

func prior(c *Codec) int {
	if i := slices.Index(preferred, c.name); i >= 0 {
		return i
	}
	return len(preferred)
}

const (
	countWindow  = 64 << 10
	decodeWindow = 1 << 10
	windows      = 4
)

// sample is what Rank looks at.
type sample struct {
	all     []byte
	windows [][]byte      // decoded by the codecs of several bytes
	counts  [256]int      // of single bytes
	total   int           // the sum of counts
	follows []followCount // bytes that follow each other in the windows
	pairs   int           // the sum of their counts
	mark    string        // the codec that a byte order mark names
}

type followCount struct {
	a, b byte
	n    int
}

func newSample(b []byte) *sample {
	s := &sample{all: b}
	for _, w := range spread(b, countWindow) {
		for _, x := range w {
			s.counts[x]++
		}
		s.total += len(w)
	}
	s.windows = spread(b, decodeWindow)
	follow := make([]uint16, 1<<16)
	for _, w := range s.windows {
		for i := 1; i < len(w); i++ {
			follow[int(w[i-1])<<8|int(w[i])]++
		}
	}
	for i, n := range follow {
		if n > 0 {
			s.follows = append(s.follows, followCount{byte(i >> 8), byte(i), int(n)})
			s.pairs += int(n)
		}
	}
	for _, m := range []struct{ bytes, codec string }{
		{"\xFF\xFE\x00\x00", "utf-32"}, {"\x00\x00\xFE\xFF", "utf-32"}, {"\xEF\xBB\xBF", "utf-8-sig"},
		{"\xFF\xFE", "utf-16"}, {"\xFE\xFF", "utf-16"},
	} {
		if s.mark == "" && strings.HasPrefix(string(b[:min(4, len(b))]), m.bytes) {
			s.mark = m.codec
		}
	}
	return s
}

// spread returns b whole when it is small, else windows of the given size spread over it. Each begins at a multiple of
// four and, but for the first, after a byte that no multibyte codec has inside a character, if one is near.
func spread(b []byte, size int) [][]byte {
	if len(b) <= windows*size {
		return [][]byte{b}
	}
	out := [][]byte{b[:size]}
	for i := 1; i < windows; i++ {
		at := (len(b) - size) / (windows - 1) * i &^ 3
		w := b[at : at+size]
		for j := 0; j < 256; j += 4 {
			if w[j+3] < 0x30 && w[j+3] != 0 && w[j+2] != 0 {
				w = w[j+4:]
				break
			}
		}
		out = append(out, w)
	}
	return out
}

func (s *sample) weigh(c *Codec) Candidate {
	var t tally
	if m, ok := c.engine().(*charmap); ok {
		s.weighBytes(&t, m)
	} else {
		s.weighText(&t, c)
	}
	return s.candidate(c, &t)
}

// tally sums up the characters that a codec makes of the sample.
type tally struct {
	bytes, bad              int
	chars, printable        int
	common, weight          int
	neighbours, odd, farAll int
	scripts                 [len(scriptNames)]int
	wide                    int // characters of several bytes
}

func (t *tally) add(tr trait, n int) {
	t.chars += n
	t.weight += n * int(tr.weight)
	if tr.weight > 0 {
		t.printable += n
	}
	if tr.weight >= commonWeight {
		t.common += n
	}
	if tr.far {
		t.farAll += n
		t.scripts[tr.script] += n
	}
}

func (s *sample) weighBytes(t *tally, m *charmap) {
	t.bytes = s.total
	traits := m.traits()
	for b, n := range s.counts {
		if n == 0 {
			continue
		}
		if m.runes[b] == undefined {
			t.bad += n
			continue
		}
		t.add(traits[b], n)
	}
	t.neighbours = s.pairs
	set := oddClasses()
	for _, f := range s.follows {
		b := m.classes[f.b]
		t.odd += f.n * int(set[m.classes[f.a]][b>>6]>>(b&63)&1)
	}
}

func (s *sample) weighText(t *tally, c *Codec) {
	for i, w := range s.windows {
		last := trait{}
		d := Decoder{c: c, eng: c.engine(), h: Ignore}
		v := &tallySink{t: t, last: &last}
		_, at, err := d.decode(nil, w, 0, len(s.windows) == 1, v)
		if err != nil {
			t.bad += len(w) - at
		}
		// What the window's end cuts says nothing, and neither does what its start cuts.
		t.bytes += at
		if i > 0 {
			t.bad -= min(v.leading, 4)
		}
		if t.bad > t.bytes/8 {
			break // no text in this codec; how bad it is does not matter
		}
	}
	t.bad = max(t.bad, 0)
}

// tallySink adds decoded characters to a tally.
type tallySink struct {
	t       *tally
	last    *trait
	leading int // bad bytes at the start
	seen    bool
}

func (v *tallySink) char(start, end int, r, r2 rune) {
	for _, r := range [2]rune{r, r2} {
		if r < 0 {
			continue
		}
		tr := traitOf(r)
		v.t.add(tr, 1)
		if v.seen {
			v.t.neighbours++
			if odd(*v.last, tr) {
				v.t.odd++
			}
		}
		*v.last, v.seen = tr, true
		if end-start > 1 && r >= 0x80 {
			v.t.wide++
		}
	}
}

func (v *tallySink) entry(int, int, string) {}

func (v *tallySink) replaced(start, end int, _ []byte, _ string) {
	v.t.bad += end - start
	if !v.seen {
		v.leading += end - start
	}
}

func (s *sample) candidate(c *Codec, t *tally) Candidate {
	out := Candidate{Codec: c}
	if t.bytes == 0 || t.chars == 0 {
		return out
	}
	out.Valid = 1 - float64(t.bad)/float64(max(t.bytes, t.bad))
	out.Printable = float64(t.printable) / float64(t.chars)
	out.Common = float64(t.common) / float64(t.chars)
	valid2 := out.Valid * out.Valid
	out.Score = float64(t.weight) / 100 / float64(t.chars) * valid2 * valid2
	if t.neighbours > 0 {
		out.Score *= 1 - 0.8*float64(t.odd)/float64(t.neighbours)
	}
	out.Score *= out.Printable * out.Printable * out.Printable // a control character in text is rare
	if prior(c) == len(preferred) {
		out.Score *= 0.97 // rare
	}
	var reasons []string
	switch {
	case s.mark == c.name:
		reasons = append(reasons, "BOM")
		out.Score = 1 - (1-out.Score)/100
	case s.mark != "" && strings.HasPrefix(c.name, s.mark) && len(c.name) > len(s.mark):
		out.Score *= 0.98 // the same text, but the mark is a character of it
	case c.name == "utf-8" && t.wide > 0 && t.bad == 0:
		// Text in another codec is almost never valid UTF-8.
		reasons = append(reasons, fmt.Sprintf("valid UTF-8, %d beyond ASCII", t.wide))
		out.Score = 1 - (1-out.Score)*0.3
	case c.name == "utf-8-sig", c.name == "utf-16", c.name == "utf-32":
		out.Score *= 0.97 // without a mark these are the codecs that say so
	case c.name == "utf-16-le" || c.name == "utf-16-be":
		if why := s.zeros(c.name, out.Score); why != "" {
			reasons = append(reasons, why)
			out.Score = 1 - (1-out.Score)*0.5
		}
	case c.name == "ascii" && t.bad == 0:
		reasons = append(reasons, "all bytes below 80")
	}
	if t.bad > 0 {
		reasons = append(reasons, fmt.Sprintf("%.1f%% of the bytes are no text", 100*(1-out.Valid)))
	}
	best := noScript
	for i, n := range t.scripts {
		if n > t.scripts[best] {
			best = script(i)
		}
	}
	if best != noScript && t.scripts[best]*10 > t.chars {
		reasons = append(reasons, fmt.Sprintf("%d%% %s", 100*t.scripts[best]/t.chars, scriptNames[best]))
	}
	out.Why = strings.Join(reasons, ", ")
	return out
}

// zeros recognises UTF-16 of Latin text by the zeros in every other byte, and other text by a score that chance does not
// reach.
func (s *sample) zeros(name string, score float64) string {
	var zero [2]int
	n := 0
	for _, w := range s.windows {
		for i := 0; i+1 < len(w); i += 2 {
			n++
			for j := range zero {
				if w[i+j] == 0 {
					zero[j]++
				}
			}
		}
	}
	at, where := 1, "odd"
	if name == "utf-16-be" {
		at, where = 0, "even"
	}
	switch {
	case n > 1 && zero[at]*2 > n && zero[1-at]*8 < n:
		return "UTF-16 without BOM: zeros in " + where + " bytes"
	case n > 3 && score > 0.8:
		return "UTF-16 without BOM"
	}
	return ""
}
