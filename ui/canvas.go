package ui

import (
	"image/color"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// style is the look of a cell, packed so that two looks compare as one integer: bits 0–24 the foreground (0: the
// terminal's own, 1 + a palette index, or with the highest bit set red, green and blue), bits 25–49 the background, then the
// attributes.
type style uint64

const (
	ink    style = 1<<25 - 1
	ground       = ink << 25
	exact  style = 1 << 24 // the rest of a colour is red, green and blue
)

const (
	bold style = 1 << (50 + iota)
	faint
	italic
	underline
	reverse
)

func fg(i int) style { return style(i + 1) }
func bg(i int) style { return style(i+1) << 25 }

// rgb is a foreground; shifted to the left by 25 it is a background.
func rgb(c color.RGBA) style { return exact | style(c.R)<<16 | style(c.G)<<8 | style(c.B) }

// inkOf and groundOf are the colours alone, as a foreground.
func (s style) inkOf() style    { return s & ink }
func (s style) groundOf() style { return s >> 25 & ink }

// on gives s the background of o, with o's foreground and attributes where it has any.
func (s style) on(o style) style {
	if o&ink != 0 {
		s = s&^ink | o&ink
	}
	if o&ground != 0 {
		s = s&^ground | o&ground
	}
	return s | o&^(ink|ground)
}

// appendSGR writes the escape sequence that selects s after a reset.
func (s style) appendSGR(b []byte) []byte {
	b = append(b, "\x1b["...)
	for i, code := range [...]string{";1", ";2", ";3", ";4", ";7"} {
		if s&(bold<<i) != 0 {
			b = append(b, code...)
		}
	}
	b = appendColour(b, s.inkOf(), 30)
	b = appendColour(b, s.groundOf(), 40)
	return append(b, 'm')
}

func appendColour(b []byte, st style, base int) []byte {
	c := int(st) - 1
	switch {
	case c < 0:
		return b
	case st&exact != 0:
		b = append(b, ';')
		b = strconv.AppendInt(b, int64(base+8), 10)
		b = append(b, ";2"...)
		for _, v := range [...]uint8{uint8(st >> 16), uint8(st >> 8), uint8(st)} {
			b = append(b, ';')
			b = strconv.AppendInt(b, int64(v), 10)
		}
		return b
	case c < 8:
		b = append(b, ';')
		return strconv.AppendInt(b, int64(base+c), 10)
	case c < 16:
		b = append(b, ';')
		return strconv.AppendInt(b, int64(base+60+c-8), 10)
	}
	b = append(b, ';')
	b = strconv.AppendInt(b, int64(base+8), 10)
	b = append(b, ";5;"...)
	return strconv.AppendInt(b, int64(c), 10)
}

// rect is a rectangle of cells.
type rect struct{ x, y, w, h int }

func (r rect) contains(x, y int) bool {
	return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h
}

func (r rect) empty() bool { return r.w <= 0 || r.h <= 0 }

type cell struct {
	r  rune // 0: the right half of a wide character
	st style
}

// canvas is the frame being built: a matrix of cells.
//
// Everything is clipped to it, so drawing into a window of 1×1 needs no special case. A frame of 200×60 takes about a
// tenth of a millisecond; styling each byte with a library's style object was measured at a hundred times that.
type canvas struct {
	w, h   int
	cells  []cell
	images []shownImage // over cells that are blank
}

func (c *canvas) reset(w, h int) {
	c.w, c.h = w, h
	c.images = c.images[:0]
	if cap(c.cells) < w*h {
		c.cells = make([]cell, w*h)
	}
	c.cells = c.cells[:w*h]
	blank := cell{' ', 0}
	for i := range c.cells {
		c.cells[i] = blank
	}
}

// put sets one cell; of a wide character two calls set the halves, the right one with 0. A wide character that loses a
// half goes, since half of one cannot be shown.
func (c *canvas) put(x, y int, r rune, st style) {
	if x < 0 || x >= c.w || y < 0 || y >= c.h {
		return
	}
	i := y*c.w + x
	if x > 0 && c.cells[i].r == 0 && r != 0 {
		c.cells[i-1].r = ' '
	}
	if x+1 < c.w && c.cells[i+1].r == 0 {
		c.cells[i+1].r = ' '
	}
	c.cells[i] = cell{r, st}
}

// row gives the cells [x, x+n) of row y for writing, clipped at the right; nil when outside.
func (c *canvas) row(x, y, n int) []cell {
	if y < 0 || y >= c.h || x < 0 || x >= c.w {
		return nil
	}
	return c.cells[y*c.w+x : y*c.w+min(x+n, c.w)]
}

func (c *canvas) fill(r rect, ch rune, st style) {
	for y := r.y; y < r.y+r.h; y++ {
		for x := r.x; x < r.x+r.w; x++ {
			c.put(x, y, ch, st)
		}
	}
}

// restyle lays st over the cells of r.
func (c *canvas) restyle(r rect, st style) {
	for y := max(0, r.y); y < min(c.h, r.y+r.h); y++ {
		for x := max(0, r.x); x < min(c.w, r.x+r.w); x++ {
			p := &c.cells[y*c.w+x]
			p.st = p.st.on(st)
		}
	}
}

// text writes s from (x, y) on, at most n columns, made printable. It gives the column behind what it wrote.
func (c *canvas) text(x, y, n int, s string, st style) int {
	end := min(x+n, c.w)
	for _, r := range s {
		r, w := printable(r)
		if x+w > end {
			break
		}
		c.put(x, y, r, st)
		if w == 2 {
			c.put(x+1, y, 0, st)
		}
		x += w
	}
	return x
}

// printable gives the character that stands for r on the screen, and its width in columns. No control, C1 or bidi
// character and nothing that joins its neighbour's cell gets through: what comes from a file must not act on the terminal.
func printable(r rune) (rune, int) {
	if r >= 0x20 && r < 0x7f {
		return r, 1
	}
	if r < 0xa0 || !shown(r) {
		return '·', 1
	}
	if r < 0x300 {
		return r, 1
	}
	switch w := ansi.StringWidth(string(r)); w {
	case 1, 2:
		return r, w
	}
	return '·', 1
}

// plainWidth is how many columns s takes on a canvas.
func plainWidth(s string) int {
	n := 0
	for _, r := range s {
		_, w := printable(r)
		n += w
	}
	return n
}

// cut shortens s to n columns, with an ellipsis where something is missing.
func cut(s string, n int) string {
	if n <= 0 {
		return ""
	}
	if plainWidth(s) <= n {
		return s
	}
	var b strings.Builder
	used := 0
	for _, r := range s {
		_, w := printable(r)
		if used+w > n-1 {
			break
		}
		b.WriteRune(r)
		used += w
	}
	return b.String() + "…"
}
