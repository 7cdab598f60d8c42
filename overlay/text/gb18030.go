package text

import (
	"slices"
	"sort"
)

// gb18030 is GBK's double bytes and four-byte sequences for all other characters. Linear numbers count the four-byte
// sequences from 81 30 81 30.
type gb18030 struct {
	*dbcs
	byChar []charRun // the BMP's runs by first character
}

type charRun struct{ first, end, linear rune }

const (
	gbLinearBMP    = 39420      // linear numbers of the BMP are below
	gbLinearAstral = 15 * 12600 // the linear number of U+10000
)

func newGB18030() *gb18030 {
	c := &gb18030{dbcs: newDBCS("gb18030")}
	for i, run := range c.runs {
		end := rune(gbLinearBMP)
		if i+1 < len(c.runs) {
			end = c.runs[i+1].linear
		}
		if run.first != 0 {
			c.byChar = append(c.byChar, charRun{run.first, run.first + end - run.linear, run.linear})
		}
	}
	sort.Slice(c.byChar, func(i, j int) bool { return c.byChar[i].first < c.byChar[j].first })
	return c
}

func (c *gb18030) step(src []byte, at int, st *state, final bool) unit {
	b := src[at:]
	if len(b) < 2 || b[0] < 0x80 || b[1] < 0x30 || b[1] > 0x39 {
		return c.dbcs.step(src, at, st, final)
	}
	if len(b) < 4 {
		return wait(final, bad(len(b), incomplete))
	}
	if b[0] < 0x81 || b[0] > 0xFE || b[2] < 0x81 || b[2] > 0xFE || b[3] < 0x30 || b[3] > 0x39 {
		return bad(1, illegal)
	}
	n := ((rune(b[0])-0x81)*10+rune(b[1])-0x30)*1260 + (rune(b[2])-0x81)*10 + rune(b[3]) - 0x30
	switch {
	case n < gbLinearBMP:
		i := sort.Search(len(c.runs), func(i int) bool { return c.runs[i].linear > n }) - 1
		if run := c.runs[i]; run.first != 0 {
			return char(run.first+n-run.linear, 4)
		}
	case n >= gbLinearAstral && n <= gbLinearAstral+0xFFFFF:
		return char(n-gbLinearAstral+0x10000, 4)
	}
	return bad(1, illegal)
}

func (c *gb18030) encode(dst []byte, in []rune, at int, st *state) ([]byte, gap) {
	for {
		var g gap
		dst, g = c.dbcs.encode(dst, in, at, st)
		if g.reason == "" {
			return dst, g
		}
		r := in[g.start]
		n := r - 0x10000 + gbLinearAstral
		if r < 0x10000 {
			i, ok := slices.BinarySearchFunc(c.byChar, r, func(run charRun, r rune) int {
				switch {
				case run.end <= r:
					return -1
				case run.first > r:
					return 1
				}
				return 0
			})
			if !ok {
				return dst, g
			}
			n = r - c.byChar[i].first + c.byChar[i].linear
		}
		dst = append(dst, byte(n/12600)+0x81, byte(n/1260%10)+0x30, byte(n/10%126)+0x81, byte(n%10)+0x30)
		at = g.start + 1
	}
}
