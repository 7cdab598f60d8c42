package picture

import (
	"image"
	"image/color"
)

// DotsWide and DotsHigh are the dots of a braille character.
const DotsWide, DotsHigh = 2, 4

// dotBits are the bits of the dots of a braille character, by row and column: Unicode's block 28 numbers the first three rows
// down the left and then the right column, and the fourth row last.
var dotBits = [DotsHigh][DotsWide]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

// Braille is the cell at column x and row y of m drawn with braille: pixels that are not of the colour ground are dots. A cell
// has one colour, so its ink is that of its brightest dot. r is a space where there is no dot.
//
// Plots have four times the pixels of half-blocks in it, since they are ink and ground; pictures of many colours would lose them.
func Braille(m *image.RGBA, x, y int, ground color.RGBA) (r rune, ink color.RGBA) {
	size := m.Bounds().Size()
	most := -1
	for dy := range DotsHigh {
		for dx := range DotsWide {
			px, py := x*DotsWide+dx, y*DotsHigh+dy
			if px >= size.X || py >= size.Y {
				continue
			}
			c := m.RGBAAt(px, py)
			if c.A == 0 || c == ground {
				continue
			}
			r |= dotBits[dy][dx]
			if b := 299*int(c.R) + 587*int(c.G) + 114*int(c.B); b > most {
				most, ink = b, c
			}
		}
	}
	if r == 0 {
		return ' ', ground
	}
	return 0x2800 | r, ink
}
