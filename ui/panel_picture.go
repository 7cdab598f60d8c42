package ui

import (
	"fmt"
	"image"
	"image/color"
	"math"

	tea "charm.land/bubbletea/v2"

	"hexlay/keymap"
	"hexlay/model"
	"hexlay/overlay/picture"
	"hexlay/overlay/stats"
)

// picturePanel shows the document or the selection as a picture: plots of entropy, of bytes and of pairs, or the bytes as
// pixels. The last line tells what is at the panel's cursor.
type picturePanel struct {
	w, h    int // cells of the picture, as drawn last
	at      int // the cursor of the entropy plot: a block
	value   int // of the histogram: a byte
	a, b    int // of the digram plot: the first and the second byte
	pixels  pixelPlace
	traffic trafficPlace
}

func (p *picturePanel) name() string          { return "picture" }
func (p *picturePanel) wants(_, most int) int { return most }

func (p *picturePanel) title(a *App) string {
	kind := a.ed.PictureKind()
	s := "picture: " + string(kind)
	if kind == model.PicturePixels {
		v := a.ed.Pixels()
		s += fmt.Sprintf(" %d × %d bit", v.Width(), v.Depth)
		if v.Order != "" {
			s += " " + v.Order
		}
		if v.BottomUp {
			s += " from below"
		}
		if v.Origin > 0 {
			s += fmt.Sprintf(", from %#x", v.Origin)
		}
		return s
	}
	if kind == model.PictureTraffic {
		return s + p.traffic.title(a)
	}
	v := a.ed.Survey()
	if v == nil {
		return s
	}
	if what := surveyed(a, v); what != "document" {
		s += ", " + what
	}
	if kind == model.PictureEntropy {
		s += fmt.Sprintf(", blocks of %s", shortSize(v.Block))
	} else if a.ed.LinearPlots() {
		s += ", linear"
	}
	return s + surveyState(a, v)
}

// surveyed is what a survey is of, and where it could be of something else which key says so.
func surveyed(a *App, v *model.Survey) string {
	what, made, other, sel := "region", "selection", "sel", a.ed.Selection() // a panel beside the grid has 40 columns
	if a.ed.Found() {
		made, other = "match", "match"
	}
	switch {
	case v.Range == sel:
		what, other = made, "all"
	case v.Range.Len() == a.ed.Size():
		what = "document"
	}
	if keys := a.keys.Keys("picture-of"); len(keys) > 0 && sel.Len() > 1 && sel.Len() < a.ed.Size() {
		return fmt.Sprintf("%s (%s: %s)", what, keymap.Pretty(keys[0]), other)
	}
	return what
}

// surveyState says how far a survey is, when it is not complete.
func surveyState(a *App, v *model.Survey) string {
	switch {
	case v.Done():
		return ""
	case a.ed.Surveying():
		return fmt.Sprintf(", %d%%", v.Progress())
	}
	return ", samples"
}

func (p *picturePanel) draw(a *App, c *canvas, r rect, focused bool) {
	p.w, p.h = r.w, max(1, r.h-1)
	body := rect{r.x, r.y, r.w, p.h}
	kind := a.ed.PictureKind()
	if kind == model.PictureTraffic {
		p.traffic.draw(a, c, r, focused)
		return
	}
	v := a.ed.Survey()
	switch {
	case a.ed.Size() == 0:
		c.text(r.x+1, r.y, r.w-1, "The document is empty.", styleDim)
		return
	case kind != model.PicturePixels && v == nil:
		c.text(r.x+1, r.y, r.w-1, "counting …", styleDim)
		return
	}
	p.clamp(v)
	switch g := &a.graphics; {
	case g.ready() && len(a.dialogs) == 0 && !a.ed.PicturesOfText():
		w, h := g.pixels(p.w, p.h)
		c.images = append(c.images, newShownImage(body, opaque(p.image(a, v, w, h, focused)), g.protocol))
	case a.dots() && kind.Plot():
		a.braille(c, body, p.image(a, v, picture.DotsWide*p.w, picture.DotsHigh*p.h, false))
		if i, n := p.place(a, v); focused {
			a.strike(c, body, i, n)
		}
	default:
		a.raster(c, body, p.image(a, v, p.w, 2*p.h, focused))
	}
	if r.h > 1 {
		c.text(r.x+1, r.y+r.h-1, r.w-2, cut(p.says(a, v), r.w-2), styleDim)
	}
}

func (p *picturePanel) clamp(v *model.Survey) {
	if v != nil {
		p.at = max(0, min(p.at, v.Blocks()-1))
	}
}

// image is the picture in w × h pixels of about the same width and height.
func (p *picturePanel) image(a *App, v *model.Survey, w, h int, focused bool) *image.RGBA {
	linear := a.ed.LinearPlots()
	var m *image.RGBA
	switch a.ed.PictureKind() {
	case model.PictureHistogram:
		hist := v.Histogram()
		m = picture.Histogram(&hist, w, h, linear)
	case model.PictureDigram:
		m = image.NewRGBA(image.Rect(0, 0, w, h))
		v.Pairs(func(d *stats.Digrams) { m = picture.Digrams(d, w, h, linear) })
		if focused {
			x, y := p.a*w/256, p.b*h/256
			for _, d := range [][2]int{{-1, 0}, {1, 0}, {0, -1}, {0, 1}} {
				if x+d[0] >= 0 && x+d[0] < w && y+d[1] >= 0 && y+d[1] < h {
					m.SetRGBA(x+d[0], y+d[1], color.RGBA{255, 255, 255, 255})
				}
			}
		}
	case model.PicturePixels:
		return p.pixels.image(a, w, h)
	default:
		m = picture.Entropy(v.Entropies(), w, h)
	}
	if focused && a.ed.PictureKind().Plot() {
		p.column(m, a, v)
	}
	return m
}

// place is where the cursor of a plot is: at i of n from the left.
func (p *picturePanel) place(a *App, v *model.Survey) (i, n int) {
	if a.ed.PictureKind() == model.PictureHistogram {
		return p.value, 256
	}
	return p.at, v.Blocks()
}

// opaque gives what is not drawn the colour of nothing.
func opaque(m *image.RGBA) *image.RGBA {
	for i := 3; i < len(m.Pix); i += 4 {
		if m.Pix[i] == 0 {
			c := picture.Heat(0)
			m.Pix[i-3], m.Pix[i-2], m.Pix[i-1], m.Pix[i] = c.R, c.G, c.B, c.A
		}
	}
	return m
}

// column marks the column of a plot under the cursor.
func (p *picturePanel) column(m *image.RGBA, a *App, v *model.Survey) {
	i, n := p.place(a, v)
	strikePixels(m, i, n)
}

// says describes what is at the cursor.
func (p *picturePanel) says(a *App, v *model.Survey) string {
	switch a.ed.PictureKind() {
	case model.PictureHistogram:
		h := v.Histogram()
		return fmt.Sprintf("%s: %s times, %s", byteName(p.value), model.Grouped(h[p.value]), share(h[p.value], h.Total()))
	case model.PictureDigram:
		s := ""
		v.Pairs(func(d *stats.Digrams) {
			s = fmt.Sprintf("%s then %s: %s times", byteName(p.a), byteName(p.b), model.Grouped(d[stats.Pair(byte(p.a), byte(p.b))]))
		})
		return s
	case model.PicturePixels:
		return p.pixels.says(a)
	}
	if v.Blocks() == 0 {
		return ""
	}
	r := v.BlockRange(p.at)
	s := fmt.Sprintf("%#x to %#x", r.Start, r.End-1)
	if _, mean, _, ok := v.Entropy(p.at, p.at+1); ok {
		s += fmt.Sprintf(": %.3f", mean) + bitsAByte(r.Len())
	}
	return s
}

// bitsAByte is the unit of an entropy, after the most that n bytes can have where that is below 8.
func bitsAByte(n int64) string {
	if most := math.Log2(float64(n)); most > 0 && most < 8 {
		return fmt.Sprintf(" of %.2f bits a byte", most)
	}
	return " bits a byte"
}

// byteName is a byte in hex, and its character if it has one.
func byteName(b int) string {
	if b > 0x20 && b < 0x7f {
		return fmt.Sprintf("%02x %q", b, rune(b))
	}
	return fmt.Sprintf("%02x", b)
}

func share(n, of int64) string {
	if of == 0 {
		return "0 %"
	}
	return fmt.Sprintf("%.3g %%", float64(n)/float64(of)*100)
}

func (p *picturePanel) key(a *App, name string) (tea.Cmd, bool) {
	kind := a.ed.PictureKind()
	if kind == model.PicturePixels {
		if line := a.keys.Own(keymap.Pixels, name); line != "" {
			return a.command(line), true
		}
	}
	if line := a.keys.Own(keymap.Image, name); line != "" {
		return a.command(line), true
	}
	if kind == model.PictureTraffic {
		return p.traffic.key(a, name)
	}
	dx, dy := 0, 0
	switch name {
	case "left":
		dx = -1
	case "right":
		dx = 1
	case "up":
		dy = -1
	case "down":
		dy = 1
	case "pgup":
		dy = -p.h
	case "pgdown":
		dy = p.h
	case "home":
		dx = -1 << 30
	case "end":
		dx = 1 << 30
	case "enter":
		return p.enter(a), true
	default:
		return nil, false
	}
	v := a.ed.Survey()
	switch {
	case a.ed.Size() == 0:
	case kind == model.PicturePixels:
		p.pixels.move(a, dx, dy, name)
	case kind == model.PictureHistogram:
		p.value = max(0, min(p.value+dx+16*dy, 255))
	case kind == model.PictureDigram:
		p.a, p.b = max(0, min(p.a+dx, 255)), max(0, min(p.b+dy, 255))
	case v != nil:
		step := max(1, v.Blocks()/max(1, p.w))
		if dx == 1<<30 || dx == -1<<30 {
			step = 1
		}
		p.at += (dx + 8*sign(dy)) * step
		p.clamp(v)
	}
	return nil, true
}

// enter goes to what the cursor is on: a block, or the next place of a byte or a pair.
func (p *picturePanel) enter(a *App) tea.Cmd {
	v := a.ed.Survey()
	if a.ed.PictureKind() == model.PicturePixels {
		a.focus = nil
		return nil
	}
	if v == nil || a.ed.Size() == 0 {
		return nil
	}
	switch a.ed.PictureKind() {
	case model.PictureHistogram:
		return a.command(fmt.Sprintf("find %02x", p.value))
	case model.PictureDigram:
		return a.command(fmt.Sprintf("find %02x %02x", p.a, p.b))
	}
	if v.Blocks() > 0 {
		a.ed.Jump(v.BlockRange(p.at).Start)
	}
	return nil
}

func (p *picturePanel) click(a *App, x, y int, again bool) tea.Cmd {
	if y >= p.h || a.ed.Size() == 0 {
		return nil
	}
	if a.ed.PictureKind() == model.PictureTraffic {
		return p.traffic.click(a, x, y, again)
	}
	p.point(a, x, y, true)
	for _, pl := range a.layout.panels {
		if pl.p == panel(p) {
			b := pl.body()
			a.drag = func(x, y int) { p.point(a, max(0, min(x-b.x, p.w-1)), max(0, min(y-b.y, p.h-1)), false) }
		}
	}
	return nil
}

// point puts the cursor on what is at a place of the picture; of several bytes or pairs there on the one that occurs most, whose
// bar or spot it is. The first of a drag is a jump.
func (p *picturePanel) point(a *App, x, y int, first bool) {
	v := a.ed.Survey()
	within := func(i, n int) (int, int) { // what of 0 to 255 the cell i of n shows
		from := min(255, i*256/max(1, n))
		return from, max(from+1, min(256, (i+1)*256/max(1, n)))
	}
	switch kind := a.ed.PictureKind(); {
	case kind == model.PicturePixels:
		p.pixels.visit(a, x*p.pixels.w/max(1, p.w), y*p.pixels.h/max(1, p.h))
	case v == nil:
	case kind == model.PictureHistogram:
		h := v.Histogram()
		from, to := within(x, p.w)
		p.value = from
		for b := from; b < to; b++ {
			if h[b] > h[p.value] {
				p.value = b
			}
		}
	case kind == model.PictureDigram:
		left, right := within(x, p.w)
		top, low := within(y, p.h)
		p.a, p.b = left, top
		v.Pairs(func(d *stats.Digrams) {
			for b := top; b < low; b++ {
				for c := left; c < right; c++ {
					if d[stats.Pair(byte(c), byte(b))] > d[stats.Pair(byte(p.a), byte(p.b))] {
						p.a, p.b = c, b
					}
				}
			}
		})
	case kind == model.PictureEntropy:
		p.at = x * v.Blocks() / max(1, p.w)
		p.clamp(v)
		switch {
		case v.Blocks() == 0:
		case first:
			a.ed.Jump(v.BlockRange(p.at).Start)
		default:
			a.ed.Glide(v.BlockRange(p.at).Start)
		}
	}
}

func (p *picturePanel) wheel(a *App, rows int) {
	if a.ed.PictureKind() == model.PicturePixels {
		p.pixels.top += int64(rows)
		p.pixels.loose = true
	} else {
		a.ed.Scroll(int64(rows))
	}
}

// shortSize is a size in few columns.
func shortSize(n int64) string {
	units := "BKMGTPE"
	i := 0
	for ; n >= 10_000 && i < len(units)-1; i++ {
		n >>= 10
	}
	return fmt.Sprintf("%d %c", n, units[i])
}
