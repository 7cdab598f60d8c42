package text

import (
	_ "embed"
	"encoding/binary"
	"slices"
	"sync"
)

//go:embed data/charmap.bin
var charmapBin []byte

// charmapTables is charmap.bin unpacked: 256 little-endian uint16 code points for each codec, 0xFFFE for none.
var charmapTables = sync.OnceValue(func() []byte { return inflate(charmapBin) })

const undefined = 0xFFFE

// charmap is a codec in which every byte is a character or nothing.
type charmap struct {
	runes [256]rune // undefined for none
	wide  wideTable
	ascii bool // bytes below 0x80 are ASCII

	invert sync.Once
	bytes  map[rune]uint8 // filled by inverse

	weigh   sync.Once // of what Rank needs
	weights [256]trait
	classes [256]uint8
}

// traits weighs the codec's characters, once.
func (c *charmap) traits() *[256]trait {
	c.weigh.Do(func() {
		for b, r := range c.runes {
			c.weights[b] = traitOf(r)
			c.classes[b] = c.weights[b].class()
		}
	})
	return &c.weights
}

func newCharmap(table []byte) *charmap {
	c := &charmap{ascii: true}
	for b := range 256 {
		r := rune(binary.LittleEndian.Uint16(table[2*b:]))
		c.runes[b] = r
		if b < 0x80 && r != rune(b) {
			c.ascii = false
		}
		if r == undefined {
			continue
		}
		c.wide.set(byte(b), r)
	}
	return c
}

// inverse gives the byte of each character: of several bytes for one character the highest.
func (c *charmap) inverse() map[rune]uint8 {
	c.invert.Do(func() {
		c.bytes = make(map[rune]uint8, 256)
		for b, r := range c.runes {
			if r != undefined {
				c.bytes[r] = uint8(b)
			}
		}
	})
	return c.bytes
}

// charmapOf is the codec of a module of the generated list.
func charmapOf(module string) *charmap {
	for i := range pythonCodecs {
		if e := &pythonCodecs[i]; e.module == module {
			return newCharmap(charmapTables()[512*e.charmap:])
		}
	}
	return nil
}

const undefinedReason = "character maps to <undefined>"

func (c *charmap) step(src []byte, at int, _ *state, _ bool) unit {
	if r := c.runes[src[at]]; r != undefined {
		return char(r, 1)
	}
	return bad(1, undefinedReason)
}

func (c *charmap) run(dst, src []byte, at int, _ *state) ([]byte, int) {
	return c.wide.run(dst, src, at, c.ascii)
}

func (c *charmap) encode(dst []byte, in []rune, at int, _ *state) ([]byte, gap) {
	dst = slices.Grow(dst, len(in)-at)
	bytes := c.inverse()
	for i := at; i < len(in); i++ {
		b, ok := bytes[in[i]]
		if !ok {
			end := i + 1
			for end < len(in) {
				if _, ok := bytes[in[end]]; ok {
					break
				}
				end++
			}
			return dst, gap{i, end, undefinedReason}
		}
		dst = append(dst, b)
	}
	return dst, gap{}
}

func (*charmap) reset(dst []byte, _ *state) []byte { return dst }
func (*charmap) family() family                    { return mapped }
