package text

import (
	"slices"
	"sort"
	"strings"
	"sync"
)

// entry is a codec's line in the generated list.
type entry struct {
	module, name, languages string
	charmap                 int
	aliases                 []string
}

// Codec is one text encoding. It never changes and is safe for any goroutine.
type Codec struct {
	name, errName string
	languages     string
	aliases       []string
	load          func() engine

	once sync.Once
	eng  engine
}

// Name is the codec's name as Python's codecs.lookup(...).name has it: "utf-8", "iso8859-1", "cp037", ...
func (c *Codec) Name() string { return c.name }

// ErrorName is the encoding that CPython's errors name. For utf-16 and utf-32 it is that of encoding errors: decoding
// errors name the byte order that was found.
func (c *Codec) ErrorName() string { return c.errName }

// Aliases returns the other names of the codec, normalised: lower case, words joined by underscores.
func (c *Codec) Aliases() []string { return append([]string(nil), c.aliases...) }

// Description names the languages, or what the codec is for, in a few words.
func (c *Codec) Description() string { return c.languages }

func (c *Codec) engine() engine {
	c.once.Do(func() { c.eng = c.load() })
	return c.eng
}

// registry is built at the first Lookup: a program that never decodes text does not pay for it.
var registry = sync.OnceValue(func() *codecs {
	r := &codecs{modules: map[string]*Codec{}, aliases: map[string]*Codec{}}
	for _, e := range slices.Concat(pythonCodecs[:], ebcdicCodecs[:]) {
		load, errName := engineOf(&e)
		r.add(&Codec{name: e.name, errName: errName, languages: e.languages, aliases: e.aliases, load: load}, e.module)
	}
	sort.Slice(r.list, func(i, j int) bool { return r.list[i].name < r.list[j].name })
	return r
})

type codecs struct {
	list             []*Codec
	modules, aliases map[string]*Codec
}

func (r *codecs) add(c *Codec, module string) {
	r.list = append(r.list, c)
	r.modules[module] = c
	for _, a := range c.aliases {
		r.aliases[a] = c
	}
}

// Codecs returns all codecs, sorted by name.
func Codecs() []*Codec { return append([]*Codec(nil), registry().list...) }

// Lookup finds a codec as Python does: case does not matter, and any run of characters other than letters, digits and
// dots is an underscore. The error is an *UnknownError.
func Lookup(name string) (*Codec, error) {
	r := registry()
	norm := normalize(name)
	for _, c := range []*Codec{r.aliases[norm], r.aliases[strings.ReplaceAll(norm, ".", "_")], r.modules[norm]} {
		if c != nil {
			return c, nil
		}
	}
	var names []string
	for _, c := range r.list {
		names = append(names, c.name)
	}
	for a := range r.aliases {
		names = append(names, a)
	}
	sort.Strings(names[len(r.list):])
	return nil, &UnknownError{Kind: "codec", Name: name, Near: nearest(norm, names, func(n string) string {
		if c := r.aliases[n]; c != nil {
			return c.name
		}
		return n
	})}
}

// normalize is encodings.normalize_encoding after the lower-casing of codecs.lookup.
func normalize(name string) string {
	var b strings.Builder
	gap := false
	for i := 0; i < len(name); i++ {
		ch := name[i]
		if ch >= 'A' && ch <= 'Z' {
			ch += 'a' - 'A'
		}
		if ch >= 'a' && ch <= 'z' || ch >= '0' && ch <= '9' || ch == '.' {
			if gap && b.Len() > 0 {
				b.WriteByte('_')
			}
			gap = false
			b.WriteByte(ch)
		} else {
			gap = true
		}
	}
	return b.String()
}

// nearest returns at most four different labels of the names that are spelt like name, nearest first.
func nearest(name string, names []string, label func(string) string) []string {
	type near struct {
		name string
		d    int
	}
	var found []near
	limit := 1 + len(name)/3
	if len(name) > 64 {
		return nil
	}
	plain := normalize(name)
	for _, n := range names {
		d := distance(plain, normalize(n))
		if d > limit && len(plain) >= 3 && strings.Contains(normalize(n), plain) {
			d = limit
		}
		if d <= limit {
			found = append(found, near{n, d})
		}
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].d < found[j].d })
	var out []string
	for _, f := range found {
		if l := label(f.name); len(out) < 4 && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diag := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diag
			if a[i-1] != b[j-1] {
				cost++
			}
			diag = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
