package diff

import (
	"encoding/binary"
	"math/bits"
)

const (
	// nearby is how much of each side is looked at where they part, before an index is asked. Where they part every few
	// kilobytes, this is what the speed comes from.
	nearby = 4096
	// firstLimit and nearLimit are how many bytes may differ in it to be compared exactly, before and after a stretch in
	// common is looked for: most edits are of a few bytes, and exactness costs the square of the limit.
	firstLimit = 16
	nearLimit  = 96
)

// near compares what follows i and j up to where they run alike again; ok is false where that finds no way on.
func (c *comparison) near(i, j int64) (hunks []Hunk, ok bool, err error) {
	pa := c.pa[:min(nearby, c.a.in.Size-i)]
	pb := c.pb[:min(nearby, c.b.in.Size-j)]
	if err := c.a.read(pa, i); err != nil {
		return nil, false, err
	}
	if err := c.b.read(pb, j); err != nil {
		return nil, false, err
	}
	if hunks, ok = c.exact.myers(pa, pb, firstLimit, true); ok {
		return shift(hunks, i, j), true, nil
	}
	if x, y, ok := c.meet.next(pa, pb); ok {
		return c.between(pa[:x], pb[:y], i, j), true, nil
	}
	hunks, ok = c.exact.myers(pa, pb, nearLimit, true)
	return shift(hunks, i, j), ok, nil
}

// A meeting finds stretches in common of two short pieces. It is the memory of that: the zero value is ready.
type meeting struct {
	// at holds, by the hash of the 8 bytes there, places of the first piece, which are multiples of gramStep, plus 1.
	at [1 << meetBits]uint16
}

const (
	meetBits = 12
	gramLen  = 8
	// gramStep leaves every stretch of sure bytes with a whole gram at one of the places.
	gramStep = 16
	// meetTries bounds what is spent on bytes that repeat, where grams that agree say little.
	meetTries = 64
)

func gramHash(g uint64, n int) uint64 { return g * 0x9e3779b97f4a7c15 >> (64 - n) }

// next gives where the stretch of at least sure bytes, not all of a kind, begins that a and b have in common and that has the
// fewest bytes before it. Neither has more than nearby bytes.
func (m *meeting) next(a, b []byte) (x, y int, ok bool) {
	clear(m.at[:])
	for k := 0; k+gramLen <= len(a); k += gramStep {
		g := binary.LittleEndian.Uint64(a[k:])
		if slot := &m.at[gramHash(g, meetBits)]; *slot == 0 && g != bits.RotateLeft64(g, 8) {
			*slot = uint16(k + 1)
		}
	}
	best, tries := len(a)+len(b), 0
	diagonal, end := 0, -1 // the stretch that was looked at last, and where it ends in b
	for k := 0; k+gramLen <= len(b) && k < best; k++ {
		g := binary.LittleEndian.Uint64(b[k:])
		s := int(m.at[gramHash(g, meetBits)]) - 1
		if s < 0 || binary.LittleEndian.Uint64(a[s:]) != g || s-k == diagonal && k < end {
			continue
		}
		if tries++; tries > meetTries {
			break
		}
		before := commonEnd(a[:s], b[:k])
		n := before + common(a[s:], b[k:])
		diagonal, end = s-k, k-before+n
		if at := s + k - 2*before; at < best && n >= sure && varied(a[s-before:][:min(n, 4*sure)]) {
			x, y, ok, best = s-before, k-before, true, at
		}
	}
	return x, y, ok
}

// varied tells whether p is more than a filling: zeros agree with zeros anywhere.
func varied(p []byte) bool {
	var seen [256]bool
	n := 0
	for _, b := range p {
		if !seen[b] {
			seen[b] = true
			if n++; n == 8 {
				return true
			}
		}
	}
	return false
}

// between compares exactly a and b, at i and j, behind which both run alike, or else says that they differ.
func (c *comparison) between(a, b []byte, i, j int64) []Hunk {
	whole := Hunk{Range{i, i + int64(len(a))}, Range{j, j + int64(len(b))}}
	if !c.unlike(a, b) {
		if hunks, ok := c.exact.myers(a, b, gapLimit, false); ok {
			return shift(hunks, i, j)
		}
	}
	return []Hunk{whole}
}

// unlike tells that next to nothing of b occurs in a, so that no comparison need be tried: one of them is much shorter, or hardly any
// eight bytes in a row are found again, by a hash in a table of bits that a fills by an eighth at most.
func (c *comparison) unlike(a, b []byte) bool {
	least, most := min(len(a), len(b)), max(len(a), len(b))
	if least < 48 {
		return most-least > nearLimit
	}
	n := bits.Len(uint(len(a))) + 3
	if need := max(1, 1<<n/64); need > len(c.grams) {
		c.grams = make([]uint64, need)
	}
	table := c.grams[:1<<n/64]
	clear(table)
	for i := 0; i+gramLen <= len(a); i++ {
		h := gramHash(binary.LittleEndian.Uint64(a[i:]), n)
		table[h/64] |= 1 << (h % 64)
	}
	found := 0
	for i := 0; i+gramLen <= len(b); i++ {
		h := gramHash(binary.LittleEndian.Uint64(b[i:]), n)
		found += int(table[h/64] >> (h % 64) & 1)
	}
	return found < len(b)/6
}

func shift(hunks []Hunk, i, j int64) []Hunk {
	for x := range hunks {
		h := &hunks[x]
		h.A.Start, h.A.End, h.B.Start, h.B.End = h.A.Start+i, h.A.End+i, h.B.Start+j, h.B.End+j
	}
	return hunks
}
