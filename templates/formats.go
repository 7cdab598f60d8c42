package templates

import (
	"cmp"
	"embed"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"math/bits"
	"slices"
	"strings"
	"sync"
)

//go:generate go run hexlay/templates/gen

// files are the templates: NAME/NAME.ksy.
//
//go:embed */*.ksy
var files embed.FS

// FS holds the templates that ship with the program: NAME/NAME.ksy. They import each other as "/NAME/NAME", and so may
// every other template.
func FS() fs.FS { return files }

// A Format is a template that ships with the program.
type Format struct {
	Name       string // also its meta/id
	Title      string
	Extensions []string // without the dot
	Magic      []Magic  // alternatives; none where files of the format cannot be told from others
}

// A Magic is bytes that tell a format.
type Magic struct {
	At  int64  // from the end where it is negative
	Hex string // pairs of digits, "?" for any
}

// Path is where the template is in [FS].
func (f *Format) Path() string { return f.Name + "/" + f.Name + ".ksy" }

// Source is the text of the template.
func (f *Format) Source() string {
	b, err := files.ReadFile(f.Path())
	if err != nil {
		panic("templates: " + err.Error()) // the index names what is not there
	}
	return string(b)
}

// Formats lists what there is by name. The slice is the caller's, what it points to is not.
func Formats() []*Format {
	list := make([]*Format, len(index))
	for i := range index {
		list[i] = &index[i]
	}
	return list
}

// Lookup finds a format by its name.
func Lookup(name string) (*Format, bool) {
	i, ok := slices.BinarySearchFunc(index, name, func(f Format, name string) int { return cmp.Compare(f.Name, name) })
	if !ok {
		return nil, false
	}
	return &index[i], true
}

// A Match is a format that bytes may be of.
type Match struct {
	Format *Format
	Bits   int // how many bits its magic fixes: the more, the surer
}

// Detect lists the formats whose magic r has, the surest first. It reads the places where magics are, no more; what cannot
// be read matches nothing.
func Detect(r io.ReaderAt, size int64) []Match {
	var matches []Match
	for _, m := range magics() {
		at := m.at
		if at < 0 {
			at += size
		}
		if at < 0 || at+int64(len(m.value)) > size || len(matches) > 0 && matches[len(matches)-1].Format == m.format && matches[len(matches)-1].Bits >= m.bits {
			continue
		}
		var buf [64]byte
		b := buf[:len(m.value)]
		if n, err := r.ReadAt(b, at); n < len(b) || err != nil && !errors.Is(err, io.EOF) || !m.fits(b) {
			continue
		}
		if n := len(matches); n > 0 && matches[n-1].Format == m.format {
			matches[n-1].Bits = m.bits
		} else {
			matches = append(matches, Match{m.format, m.bits})
		}
	}
	slices.SortStableFunc(matches, func(a, b Match) int { return cmp.Compare(b.Bits, a.Bits) })
	return matches
}

type magic struct {
	format      *Format
	at          int64
	value, mask []byte // of at most 64 bytes
	bits        int
}

func (m *magic) fits(b []byte) bool {
	for i, c := range b {
		if (c^m.value[i])&m.mask[i] != 0 {
			return false
		}
	}
	return true
}

// magics are all of the index, made ready to compare.
var magics = sync.OnceValue(func() (list []magic) {
	for i := range index {
		for _, m := range index[i].Magic {
			digits := strings.ReplaceAll(m.Hex, " ", "")
			value, err1 := hex.DecodeString(strings.ReplaceAll(digits, "?", "0"))
			mask, err2 := hex.DecodeString(strings.Map(func(r rune) rune {
				if r == '?' {
					return '0'
				}
				return 'f'
			}, digits))
			if errors.Join(err1, err2) != nil || len(value) > 64 {
				panic("templates: bad magic of " + index[i].Name)
			}
			n := 0
			for _, b := range mask {
				n += bits.OnesCount8(b)
			}
			list = append(list, magic{&index[i], m.At, value, mask, n})
		}
	}
	return list
})
