package ui

import (
	"image"
	"image/color"

	"github.com/charmbracelet/colorprofile"
)

// shades are what stands for brightness on a terminal without colours.
var shades = [...]rune{' ', '░', '▒', '▓', '█'}

// plain tells that the terminal shows no colours, or no half-blocks.
func (a *App) plain() bool {
	return a.profile < colorprofile.ANSI || a.screen != nil && a.screen.ascii
}

// raster draws m at the upper left of r, two pixels in a cell, one above the other. A pixel without alpha is left as it is.
// Where there are no colours a cell is a shade between black and white, of both of its pixels.
func (a *App) raster(c *canvas, r rect, m *image.RGBA) {
	size := m.Bounds().Size()
	plain := a.plain()
	for y := range min(r.h, (size.Y+1)/2) {
		cells := c.row(r.x, r.y+y, r.w)
		for x := range min(len(cells), size.X) {
			top, low := m.RGBAAt(x, 2*y), color.RGBA{}
			if 2*y+1 < size.Y {
				low = m.RGBAAt(x, 2*y+1)
			}
			cells[x] = halves(top, low, plain)
		}
	}
}

// halves is the cell that shows two pixels.
func halves(top, low color.RGBA, plain bool) cell {
	switch {
	case top.A == 0 && low.A == 0:
		return cell{' ', 0}
	case plain:
		n := brightness(top) + brightness(low)
		if top.A == 0 || low.A == 0 {
			n *= 2
		}
		return cell{shades[min(n*len(shades)/511, len(shades)-1)], 0}
	case low.A == 0:
		return cell{'▀', rgb(top)}
	case top.A == 0:
		return cell{'▄', rgb(low)}
	case top == low:
		return cell{' ', rgb(top) << 25}
	}
	return cell{'▀', rgb(top) | rgb(low)<<25}
}

// brightness is how bright a colour looks, 0 to 255 (ITU-R BT.601).
func brightness(c color.RGBA) int {
	return (299*int(c.R) + 587*int(c.G) + 114*int(c.B)) / 1000
}

// contrasting is black on bright colours and white on dark ones.
func contrasting(c color.RGBA) color.RGBA {
	if brightness(c) > 140 {
		return color.RGBA{0, 0, 0, 255}
	}
	return color.RGBA{255, 255, 255, 255}
}
