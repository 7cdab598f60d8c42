package ui

import (
	"image"
	"image/color"

	"github.com/charmbracelet/colorprofile"

	"hexlay/overlay/picture"
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

// dots tells that the terminal shows braille.
func (a *App) dots() bool { return a.screen == nil || !a.screen.ascii && !a.screen.console }

// braille draws m, a plot on the ground of picture.Heat, at the upper left of r, with 2 × 4 dots in a cell.
func (a *App) braille(c *canvas, r rect, m *image.RGBA) {
	size := m.Bounds().Size()
	ground := picture.Heat(0)
	st := rgb(ground) << 25
	plain := a.plain()
	for y := range min(r.h, (size.Y+picture.DotsHigh-1)/picture.DotsHigh) {
		cells := c.row(r.x, r.y+y, r.w)
		for x := range min(len(cells), (size.X+picture.DotsWide-1)/picture.DotsWide) {
			dots, ink := picture.Braille(m, x, y, ground)
			cells[x] = cell{dots, st}
			switch {
			case plain:
				cells[x].st = 0
			case dots != ' ':
				cells[x].st |= rgb(ink)
			}
		}
	}
}

// strike marks the columns of a plot over r that show i of n.
func (a *App) strike(c *canvas, r rect, i, n int) {
	w := r.w * picture.DotsWide
	first, last := i*w/max(1, n), max(i*w/max(1, n), (i+1)*w/max(1, n)-1)
	for x := first / picture.DotsWide; x <= last/picture.DotsWide && x < r.w; x++ {
		st := rgb(color.RGBA{92, 92, 104, 255}) << 25
		if a.plain() {
			st = reverse
		}
		c.restyle(rect{r.x + x, r.y, 1, r.h}, st)
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
