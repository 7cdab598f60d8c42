package ui

import (
	"fmt"
	"image"

	"hexlay/model"
)

// pixelPlace is the part of the picture of pixels that is shown. It follows the document's cursor; the wheel moves it
// alone, until the cursor goes somewhere else.
type pixelPlace struct {
	top    int64 // the first row shown, counted from the upper edge
	left   int   // the first pixel of a row
	loose  bool  // the wheel moved it
	cursor int64 // the document's, then
	buf    []byte
	w, h   int // pixels on the screen, as drawn last
}

// rows is how many rows the picture has.
func pixelRows(v model.PixelView, size int64) int64 {
	if size <= v.Origin {
		return 0
	}
	return (size-v.Origin-1)/int64(v.Stride) + 1
}

// scaled turns n pixels of the screen into pixels of the picture.
func scaled(v model.PixelView, n int) int {
	if v.Zoom < 0 {
		return n * -v.Zoom
	}
	return n / max(1, v.Zoom)
}

// place is the row, counted from the upper edge, and the pixel of the byte at off; ok is false before the origin.
func (p *pixelPlace) place(v model.PixelView, size, off int64) (row int64, x int, ok bool) {
	if off < v.Origin {
		return 0, 0, false
	}
	row = (off - v.Origin) / int64(v.Stride)
	x = int((off - v.Origin) % int64(v.Stride) * 8 / int64(v.Depth))
	if v.BottomUp {
		row = pixelRows(v, size) - 1 - row
	}
	return row, x, true
}

// offset is where the pixel x of a row, counted from the upper edge, begins.
func (p *pixelPlace) offset(v model.PixelView, size, row int64, x int) int64 {
	if v.BottomUp {
		row = pixelRows(v, size) - 1 - row
	}
	return v.Origin + row*int64(v.Stride) + int64(v.Byte(x))
}

// follow scrolls to where the document's cursor is.
func (p *pixelPlace) follow(a *App, v model.PixelView, w, h int) {
	size := a.ed.Size()
	shownRows, shownCols := int64(max(1, scaled(v, h))), max(1, scaled(v, w))
	if c := a.ed.Cursor(); c != p.cursor {
		p.cursor, p.loose = c, false
	}
	if row, x, ok := p.place(v, size, min(p.cursor, max(0, size-1))); ok && !p.loose {
		if row < p.top || row >= p.top+shownRows {
			p.top = row - shownRows/2
		}
		if x < p.left || x >= p.left+shownCols {
			p.left = x - shownCols/2
		}
	}
	p.top = max(0, min(p.top, pixelRows(v, size)-shownRows))
	p.left = max(0, min(p.left, v.Width()-shownCols))
}

func (p *pixelPlace) image(a *App, w, h int) *image.RGBA {
	v, size, snap := a.ed.Pixels(), a.ed.Size(), a.ed.Snapshot()
	p.w, p.h = w, h
	p.follow(a, v, w, h)
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	first := p.left &^ 7 // so that a row begins with a whole byte
	n := v.Byte(min(scaled(v, w)+8+p.left-first, v.Width()-first)+7) + 8
	p.buf = resized(p.buf, n)
	curRow, curX, _ := p.place(v, size, a.ed.Cursor())
	last := int64(-1)
	var row []byte
	for y := range h {
		k := p.top + int64(scaled(v, y))
		if k >= pixelRows(v, size) {
			break
		}
		if k != last {
			at := p.offset(v, size, k, first)
			end := min(at+int64(n), p.offset(v, size, k, 0)+int64(v.Stride))
			got := 0
			if end > at {
				got, _ = snap.Read(p.buf[:end-at], at, nil)
			}
			row, last = p.buf[:got], k
		}
		for x := range w {
			px := p.left + scaled(v, x)
			if px >= v.Width() {
				break
			}
			c, ok := v.Pixel(row, px-first)
			if !ok {
				break
			}
			if k == curRow && px == curX {
				c = contrasting(c)
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

func (p *pixelPlace) says(a *App) string {
	v, size := a.ed.Pixels(), a.ed.Size()
	row, x, ok := p.place(v, size, a.ed.Cursor())
	if !ok || a.ed.Cursor() >= size {
		return fmt.Sprintf("rows begin at %#x", v.Origin)
	}
	at := p.offset(v, size, row, x)
	s := fmt.Sprintf("row %s of %s, pixel %s of %s, %#x", model.Grouped(row), model.Grouped(pixelRows(v, size)), model.Grouped(int64(x)), model.Grouped(int64(v.Width())), at)
	var b [5]byte
	n, _ := a.ed.Snapshot().Read(b[:], at, nil)
	if c, ok := v.Pixel(b[:n], x%8*boolInt(v.Depth == 1)); ok {
		s += fmt.Sprintf(": #%02x%02x%02x", c.R, c.G, c.B)
	}
	return s
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// move moves the document's cursor by pixels and rows.
func (p *pixelPlace) move(a *App, dx, dy int, name string) {
	v, size := a.ed.Pixels(), a.ed.Size()
	row, x, ok := p.place(v, size, a.ed.Cursor())
	if !ok {
		row, x = 0, 0
	}
	switch name {
	case "home":
		x = 0
	case "end":
		x = v.Width() - 1
	case "pgup", "pgdown":
		row += int64(sign(dy) * max(1, scaled(v, p.h)))
	default:
		x, row = x+dx*max(1, 8/v.Depth), row+int64(dy)
	}
	p.choose(a, v, row, x)
}

// visit goes to the byte of the pixel at (x, y) on the screen.
func (p *pixelPlace) visit(a *App, x, y int) {
	v := a.ed.Pixels()
	p.choose(a, v, p.top+int64(scaled(v, y)), p.left+scaled(v, x))
}

func (p *pixelPlace) choose(a *App, v model.PixelView, row int64, x int) {
	size := a.ed.Size()
	row = max(0, min(row, pixelRows(v, size)-1))
	x = max(0, min(x, v.Width()-1))
	if off := p.offset(v, size, row, x); off >= v.Origin && size > 0 {
		a.ed.Glide(min(off, size-1))
	}
}
