// Package checksum is the registry of checksums: hashes, CRCs and sums, each under a name with aliases, all of them streams.
//
//	Lookup("crc-16/modbus") → *Algorithm → New() hash.Hash
//
// Every result is a row of bytes, the most significant first, whatever byte order the algorithm's own papers use; a result of
// n bits that is no multiple of 8 is right-aligned. So a checksum as a number is the big-endian integer of Sum.
//
// The standard library and others compute what they have; CRCs are one engine with the parameters of the RevEng catalogue.
// The package knows nothing of templates or files.
package checksum

import (
	"errors"
	"fmt"
	"hash"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/agnivade/levenshtein"
)

// An Algorithm is one checksum.
type Algorithm struct {
	Name    string // canonical: lower case, as `hash --list` shows it
	Aliases []string
	Bits    int // of the result
	new     func() hash.Hash
	params  *Params // of a CRC
}

// New begins a checksum. Many may run at once.
func (a *Algorithm) New() hash.Hash { return a.new() }

// An UnknownError is a name that no algorithm has.
type UnknownError struct {
	Name string
	Near []string // names like it, the most alike first
}

func (e *UnknownError) Error() string {
	msg := "unknown checksum " + strconv.Quote(e.Name)
	if len(e.Near) > 0 {
		msg += ", did you mean " + strings.Join(e.Near, " or ") + "?"
	}
	return msg
}

// registry is made when it is first asked for.
var registry = sync.OnceValue(func() (r struct {
	list   []*Algorithm
	byName map[string]*Algorithm
}) {
	r.list = append(r.list, digests...)
	for _, c := range catalogue {
		r.list = append(r.list, &Algorithm{c.name, c.aliases, c.p.Width, newCRCEngine(c.p).New, &c.p})
	}
	r.list = append(r.list, &Algorithm{Name: "crc-82/darc", Bits: 82, new: newDarc})
	r.list = append(append(r.list, sums...), coreutils...)
	r.byName = make(map[string]*Algorithm, 3*len(r.list))
	for _, a := range r.list {
		r.byName[plain(a.Name)] = a
		for _, alias := range a.Aliases {
			r.byName[plain(alias)] = a
		}
	}
	return r
})

// plain is a name without what people write differently: "CRC-16/MODBUS", "crc16_modbus", "crc 16 modbus".
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case strings.ContainsRune(" -_/.", r):
			return -1
		}
		return '?'
	}, name)
}

// Params are the parameters of a CRC; false for every other algorithm.
func (a *Algorithm) Params() (Params, bool) {
	if a.params == nil {
		return Params{}, false
	}
	return *a.params, true
}

// List gives every algorithm, in the order in which they are shown. The slice is the caller's.
func List() []*Algorithm { return append([]*Algorithm(nil), registry().list...) }

// Lookup finds an algorithm by a name or alias, whatever its case and separators, or makes a CRC of
// "crc:width=16:poly=0x8005:init=0xffff:refin=true:refout=true:xorout=0", of which only width and poly must be there.
func Lookup(name string) (*Algorithm, error) {
	if rest, ok := strings.CutPrefix(strings.ToLower(name), "crc:"); ok {
		return lookupParams(name, rest)
	}
	if a := registry().byName[plain(name)]; a != nil {
		return a, nil
	}
	return nil, &UnknownError{name, near(plain(name))}
}

// near lists at most three names that are at most two letters away from, or begin with, what was asked for.
func near(name string) (names []string) {
	if name == "" || len(name) > 64 {
		return nil
	}
	for _, most := range []int{0, 1, 2} {
		for _, a := range registry().list {
			for _, n := range append([]string{a.Name}, a.Aliases...) {
				p := plain(n)
				alike := most == 0 && len(name) > 3 && (strings.HasPrefix(p, name) || strings.HasSuffix(p, name)) ||
					most > 0 && levenshtein.ComputeDistance(name, p) == most && most < len(name)-1
				if alike && !slices.Contains(names, a.Name) && len(names) < 3 {
					names = append(names, a.Name)
				}
			}
		}
	}
	return names
}

func lookupParams(name, text string) (*Algorithm, error) {
	var p Params
	seen := map[string]bool{}
	for _, part := range strings.Split(text, ":") {
		key, value, ok := strings.Cut(part, "=")
		if !ok && (key == "refin" || key == "refout") {
			value = "true"
		}
		if seen[key] {
			return nil, fmt.Errorf("%s: %s is given twice", strconv.Quote(name), key)
		}
		seen[key] = true
		n, err := strconv.ParseUint(value, 0, 64)
		b, berr := strconv.ParseBool(value)
		switch key {
		case "width":
			p.Width = int(min(n, 1000))
		case "poly":
			p.Poly = n
		case "init":
			p.Init = n
		case "xorout":
			p.XorOut = n
		case "refin":
			p.RefIn, err = b, berr
		case "refout":
			p.RefOut, err = b, berr
		default:
			return nil, fmt.Errorf("%s: a CRC has width, poly, init, refin, refout and xorout, not %s", strconv.Quote(name), strconv.Quote(key))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %s is not a value of %s", strconv.Quote(name), strconv.Quote(value), key)
		}
	}
	if !seen["width"] || !seen["poly"] {
		return nil, errors.New(strconv.Quote(name) + ": width and poly must be given")
	}
	a, err := CRC(p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strconv.Quote(name), err)
	}
	return a, nil
}
