// Package picture draws bytes as small pictures: as pixels of a format of one's choice, and counts of bytes and of pairs as
// plots. It knows neither terminals nor files: it gets bytes or counts and makes an image of any size.
package picture

import (
	"fmt"
	"image/color"
	"strings"
)

// Format says how bytes are pixels. A row takes Stride bytes, of which the last ones may fill it up; the first bit of a
// byte is the leftmost pixel.
type Format struct {
	Depth    int    // bits of a pixel: 1, 8, 24 or 32
	Order    string // of the channels in a pixel of 24 or 32 bits: rgb, bgr, rgba, bgra, argb, abgr
	Stride   int    // bytes of a row
	BottomUp bool   // the last row is the top one, as in a BMP
}

// Depths are the depths that a pixel may have.
var Depths = []int{1, 8, 24, 32}

// orders are the orders of channels, by depth; the first is what is tried first.
var orders = map[int][]string{24: {"rgb", "bgr"}, 32: {"rgba", "bgra", "argb", "abgr"}}

// Orders are the orders of channels that a depth may have; none where a pixel is one number.
func Orders(depth int) []string { return orders[depth] }

// Check says what is wrong with f.
func (f Format) Check() error {
	switch {
	case f.Depth != 1 && f.Depth != 8 && f.Depth != 24 && f.Depth != 32:
		return fmt.Errorf("%d bits a pixel: want 1, 8, 24 or 32", f.Depth)
	case f.Stride < f.unit() || f.Stride > MaxStride:
		return fmt.Errorf("rows of %d bytes: want %d to %d", f.Stride, f.unit(), MaxStride)
	}
	for _, o := range Orders(f.Depth) {
		if o == f.Order {
			return nil
		}
	}
	if o := Orders(f.Depth); o != nil {
		return fmt.Errorf("channels %q: want one of %s for %d bits a pixel", f.Order, strings.Join(o, ", "), f.Depth)
	}
	return nil
}

// MaxStride is the longest row in bytes.
const MaxStride = 1 << 20

func (f Format) unit() int { return max(1, f.Depth/8) }

// Width is how many pixels a row has.
func (f Format) Width() int { return f.Stride * 8 / f.Depth }

// Byte is where in its row pixel x begins.
func (f Format) Byte(x int) int { return x * f.Depth / 8 }

// Pixel is pixel x of a row, which may be cut short: then ok is false behind its end. Of channels that are alpha nothing is
// seen: bytes that are no picture would often be invisible.
func (f Format) Pixel(row []byte, x int) (c color.RGBA, ok bool) {
	i := f.Byte(x)
	if x < 0 || i+f.unit() > len(row) {
		return color.RGBA{}, false
	}
	switch f.Depth {
	case 1:
		v := row[i] >> (7 - x%8) & 1 * 255
		return color.RGBA{v, v, v, 255}, true
	case 8:
		return color.RGBA{row[i], row[i], row[i], 255}, true
	}
	c.A = 255
	for k := range f.unit() {
		switch v := row[i+k]; f.Order[k] {
		case 'r':
			c.R = v
		case 'g':
			c.G = v
		case 'b':
			c.B = v
		}
	}
	return c, true
}
