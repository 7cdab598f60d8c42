package text

import (
	"embed"
	"encoding/binary"
	"sync"
)

// The double-byte tables; gen/cjk.py makes and describes them.
//
//go:embed data/*.tab
var tabFiles embed.FS

// Values of a grid that are no code points.
const (
	gridPair  = 0x200000 // + the index of a pair
	gridBoth  = 0x300000 // two bytes that are in error together
	gridLead  = 0x300001 // a single byte that starts more
	gridError = 0x300002 // a single byte that is nothing
)

// grid is a double-byte table.
type grid struct {
	rows   [256]*[256]rune // by first and second byte; 0 is none
	single [256]rune
	pairs  [][2]rune
	runs   []linearRun
	third  *grid  // the three-byte table of an EUC codec, or nil
	eatNUL bool   // encoding takes U+0000 after the first character of a pair for nothing
	extra  []byte // what does not encode as the first code that decodes to it

	once sync.Once
	inv  gridCodes
}

// gridCodes is the inverse of a grid, made at the first encoding.
type gridCodes struct {
	codes  codePages
	firsts map[rune]bool // the first characters of pairs
	joined map[[2]rune]uint16
}

// linearRun is the four-byte sequences of GB 18030 from a linear number on, until the next run.
type linearRun struct{ linear, first rune }

// codePages maps characters to codes, 0 for none, in pages of 256.
type codePages [0x300]*[256]uint16

func (p *codePages) get(r rune) uint16 {
	if i := uint32(r) >> 8; i < uint32(len(p)) && p[i] != nil {
		return p[i][r&0xFF]
	}
	return 0
}

func (p *codePages) set(r rune, code uint16) {
	i := r >> 8
	if p[i] == nil {
		p[i] = new([256]uint16)
	}
	p[i][r&0xFF] = code
}

// add sets the code of a character that has none.
func (p *codePages) add(r rune, code uint16) {
	if p.get(r) == 0 {
		p.set(r, code)
	}
}

var grids sync.Map // name -> func() *grid

// gridOf unpacks a table at its first use. Codecs share the character sets.
func gridOf(name string) *grid {
	load, ok := grids.Load(name)
	if !ok {
		load, _ = grids.LoadOrStore(name, sync.OnceValue(func() *grid { return newGrid(name, "") }))
	}
	return load.(func() *grid)()
}

// shiftIndex turns an EUC index into the one of Shift JIS, JIS X 0208:1997 annex 1.
func shiftIndex(i int) int {
	row, cell := i>>8-0xA1, i&0xFF-0xA1
	lead, trail := row/2+0x81, cell+row%2*94+0x40
	if lead >= 0xA0 {
		lead += 0x40
	}
	if trail >= 0x7F {
		trail++
	}
	return lead<<8 | trail
}

// newGrid unpacks a table. third names the three-byte table of an EUC codec or is empty.
func newGrid(name, third string) *grid {
	packed, err := tabFiles.ReadFile("data/" + name + ".tab")
	if err != nil {
		panic("text: embedded table: " + err.Error())
	}
	b := inflate(packed)
	g := &grid{}
	if third != "" {
		g.third = newGrid(third, "")
	}
	base, toSJIS := string(b[1:1+b[0]]), b[1+b[0]] == 1
	b = b[2+b[0]:]
	if base != "" {
		gridOf(base).each(func(i int, v rune) {
			switch {
			case v >= gridPair:
			case toSJIS:
				*g.cell(shiftIndex(i)) = v
			default:
				*g.cell(i) = v
			}
		})
	}
	first, second, width := int(b[0]), int(b[2]), int(b[3])-int(b[2])+1
	n := (int(b[1]) - first + 1) * width
	low, middle, high := b[4:4+n], b[4+n:4+2*n], b[4+2*n:4+3*n]
	for i := range low {
		if v := rune(low[i]) | rune(middle[i])<<8 | rune(high[i])<<16; v != 0 {
			*g.cell((first+i/width)<<8 | (second + i%width)) ^= v
		}
	}
	b = b[4+3*n:]
	for i := range g.single {
		g.single[i] = rune(b[i]) | rune(b[256+i])<<8 | rune(b[512+i])<<16
	}
	b = b[3*256:]
	next := uvarints(&b)
	g.pairs = make([][2]rune, next())
	for i := range g.pairs {
		g.pairs[i] = [2]rune{next(), next()}
	}
	g.eatNUL = next() != 0
	g.runs = make([]linearRun, next())
	for i := range g.runs {
		g.runs[i] = linearRun{next(), next()}
	}
	g.extra = append([]byte(nil), b...)
	return g
}

// cell is the place of the value for (first byte << 8 | second byte).
func (g *grid) cell(i int) *rune {
	row := g.rows[i>>8]
	if row == nil {
		row = new([256]rune)
		g.rows[i>>8] = row
	}
	return &row[i&0xFF]
}

// uvarints reads numbers from the front of b.
func uvarints(b *[]byte) func() rune {
	return func() rune {
		v, n := binary.Uvarint(*b)
		*b = (*b)[n:]
		return rune(v)
	}
}

// inverse is the encoder's side of the table.
func (g *grid) inverse() *gridCodes {
	g.once.Do(g.invert)
	return &g.inv
}

func (g *grid) invert() {
	c := &g.inv
	for i, r := range g.single {
		if r > 0 && r < gridPair {
			c.codes.add(r, uint16(i))
		}
	}
	if len(g.pairs) > 0 {
		c.firsts, c.joined = map[rune]bool{}, map[[2]rune]uint16{}
	}
	g.each(func(i int, v rune) {
		switch {
		case v < gridPair:
			c.codes.add(v, uint16(i))
		case v < gridBoth:
			p := g.pairs[v-gridPair]
			c.firsts[p[0]] = true
			c.joined[p] = uint16(i)
		}
	})
	if g.third != nil {
		g.third.each(func(i int, v rune) {
			if v < gridPair { // marked by a low byte without the high bit
				c.codes.add(v, uint16(i&0xFF7F))
			}
		})
	}
	b := g.extra
	next := uvarints(&b)
	r := rune(0)
	for n := next(); n > 0; n-- {
		r += next()
		c.codes.set(r, uint16(next()))
	}
}

// each calls fn with every value of the two-byte table, by rising index.
func (g *grid) each(fn func(i int, v rune)) {
	for a, row := range g.rows {
		if row == nil {
			continue
		}
		for b, v := range row {
			if v != 0 {
				fn(a<<8|b, v)
			}
		}
	}
}

// at is the value for two bytes, 0 for none.
func (g *grid) at(a, b byte) rune {
	if row := g.rows[a]; row != nil {
		return row[b]
	}
	return 0
}

// unit is a step over the n bytes whose value is v, or ok is false when v is none.
func (g *grid) unit(v rune, n int) (u unit, ok bool) {
	switch {
	case v == 0 || v >= gridBoth:
		return unit{}, false
	case v >= gridPair:
		p := g.pairs[v-gridPair]
		return pair(p[0], p[1], n), true
	}
	return char(v, n), true
}

// find is the code of in[i], and of in[i+1] too when the two have one code together; n says how many were taken. ok is
// false when the character has none.
//
// As in CPython the second character of a pair counts by its low 16 bits only, and in the tables of JIS X 0213 one whose
// low 16 bits are 0 vanishes after the first character of a pair.
func (g *grid) find(in []rune, i int) (code uint16, n int, ok bool) {
	c := g.inverse()
	r := in[i]
	code = c.codes.get(r)
	if c.firsts[r] && i+1 < len(in) {
		second := in[i+1] & 0xFFFF
		if code, ok := c.joined[[2]rune{r, second}]; ok {
			return code, 2, true
		}
		if second == 0 && g.eatNUL {
			return code, 2, true
		}
	}
	return code, 1, code != 0 || r == 0
}
