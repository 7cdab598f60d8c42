package ui

import (
	"hexlay/mmapdoc"
	"hexlay/model"
)

// grid draws the document: offsets, hex digits, characters. Its buffers are kept from frame to frame.
type grid struct {
	looks   [256]style // of bytes by their value
	bytes   []byte
	lost    []mmapdoc.Range
	changed []mmapdoc.Range
	over    []style     // a look over each byte's own, 0 for none
	gone    []bool      // the byte cannot be read any more
	chars   []cell      // what the text column shows
	differs []differing // from the other side of a comparison
	places  []int64     // what stands in each cell of a side of a comparison
	around  []byte      // the window and a little more, for the sidecar's codec
}

const hexDigits = "0123456789abcdef"

func (a *App) drawGrid(c *canvas) {
	g, l, sh, ed := &a.grid, a.layout.grid, a.shape, a.ed
	if l.empty() {
		return
	}
	win := ed.Window()
	g.read(ed, win)
	n := len(g.bytes)
	a.markGrid(g, ed, win)
	g.sidecar(ed, win, sh.cols)

	if r := a.layout.ruler; !r.empty() {
		a.drawRuler(c, r)
	}
	cur := ed.Cursor()
	for y := range l.h {
		row := win.Start + int64(y)*int64(sh.cols)
		if row > ed.Size() || row < 0 || row == ed.Size() && row > 0 && cur != row && row%int64(sh.cols) == 0 && y > 0 {
			break
		}
		st := styleOffset
		if cur >= row && cur-row < int64(sh.cols) {
			st = styleText
		}
		cells := c.row(l.x, l.y+y, l.w)
		drawOffset(cells, row, sh.digits, st)
		first := y * sh.cols
		for i := 0; i < sh.cols && first+i < n; i++ {
			g.drawByte(cells, sh, i, first+i)
			if gap := g.gapStyle(sh, i, first+i); gap != 0 { // what spans several bytes spans the gaps between them
				for gx := sh.hexX(i) + 2; gx < sh.hexX(i+1); gx++ {
					set(cells, gx, ' ', gap)
				}
			}
		}
		if cur >= row && cur-row < int64(sh.cols) {
			a.drawCursor(cells, int(cur-row))
		}
	}
}

// read fetches the bytes of a window.
func (g *grid) read(ed *model.Editor, win mmapdoc.Range) {
	n := int(win.Len())
	g.bytes = resized(g.bytes, n)
	g.over = resized(g.over, n)
	g.gone = resized(g.gone, n)
	g.chars = resized(g.chars, n)
	clear(g.over)
	clear(g.gone)
	snap := ed.Snapshot()
	_, g.lost = snap.Read(g.bytes, win.Start, g.lost[:0])
	g.changed = snap.Changed(win, g.changed[:0])
	if len(g.lost) == 0 {
		ed.Saw(win.Start, g.bytes)
	}
}

func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

func drawOffset(cells []cell, off int64, digits int, st style) {
	for i := digits - 1; i >= 0; i-- {
		if i < len(cells) {
			cells[i] = cell{rune(hexDigits[off&15]), st}
		}
		off >>= 4
	}
}

// drawByte draws byte k of the window as byte i of a row.
func (g *grid) drawByte(cells []cell, sh gridShape, i, k int) {
	b := g.bytes[k]
	st := g.looks[b].on(g.over[k])
	hi, lo := rune(hexDigits[b>>4]), rune(hexDigits[b&15])
	if g.gone[k] {
		hi, lo, st = '·', '·', styleLost
	}
	x := sh.hexX(i)
	set(cells, x, hi, st)
	set(cells, x+1, lo, st)
	ch := g.chars[k]
	ch.st = ch.st.on(g.over[k])
	if g.gone[k] {
		ch = cell{'·', styleLost}
	}
	tx := sh.textX(i)
	if wide := k+1 < len(g.chars) && g.chars[k+1].r == 0; wide && (tx+1 >= len(cells) || g.gone[k+1]) {
		ch.r = '▯' // its right half has no place
	}
	if ch.r == 0 && g.gone[k-1] {
		ch.r = ' '
	}
	if tx < len(cells) {
		cells[tx] = ch
	}
}

// gapStyle is the background between byte k and the next one when both lie under the same overlay.
func (g *grid) gapStyle(sh gridShape, i, k int) style {
	if i+1 < sh.cols && k+1 < len(g.over) && g.over[k]&ground != 0 && g.over[k] == g.over[k+1] {
		return g.over[k]
	}
	return 0
}

func set(cells []cell, x int, r rune, st style) {
	if x < len(cells) {
		cells[x] = cell{r, st}
	}
}

// drawCursor shows the place in both columns: filled in the one that takes what is typed, outlined in the other.
func (a *App) drawCursor(cells []cell, i int) {
	a.markCursor(cells, a.shape, i, true)
}

// markCursor does that; without leads it only tells where the cursor of the other side of a comparison is.
func (a *App) markCursor(cells []cell, sh gridShape, i int, leads bool) {
	hex, txt := styleCursor, styleOther
	if a.ed.Column() == model.Text {
		hex, txt = styleOther, styleCursor
	}
	if a.focus != nil || !leads {
		hex, txt = styleOther, styleOther
	}
	mark := func(x, n int, st style) {
		for ; n > 0 && x < len(cells); x, n = x+1, n-1 {
			if st == styleCursor {
				cells[x].st = styleText | reverse
			} else {
				cells[x].st |= st
			}
		}
	}
	x := sh.hexX(i)
	if a.ed.LowNibble() && a.ed.Column() == model.Hex {
		mark(x, 1, styleOther)
		mark(x+1, 1, hex)
	} else {
		mark(x, 2, hex)
	}
	mark(sh.textX(i), 1, txt)
}

func (a *App) drawRuler(c *canvas, r rect) {
	cells := c.row(r.x, r.y, r.w)
	sh := a.shape
	for i := range sh.cols {
		st := styleRuler
		if int64(i) == a.ed.Cursor()%int64(sh.cols) {
			st = styleText | bold
		}
		set(cells, sh.hexX(i), rune(hexDigits[i>>4&15]), st)
		set(cells, sh.hexX(i)+1, rune(hexDigits[i&15]), st)
		set(cells, sh.textX(i), rune(hexDigits[i&15]), st)
	}
}

// markGrid lays the overlays over the window's bytes: fields, changes, bad text, the selection on top.
func (a *App) markGrid(g *grid, ed *model.Editor, win mmapdoc.Range) {
	if ed == a.ed {
		a.markFields(g, win)
		a.markVarying(g, win)
	}
	mark := func(r mmapdoc.Range, st style) {
		for k := max(r.Start, win.Start); k < min(r.End, win.End); k++ {
			g.over[k-win.Start] = g.over[k-win.Start].on(st)
		}
	}
	for _, r := range ed.Differences(win, nil) {
		mark(r, styleDiffers)
	}
	for _, r := range g.changed {
		mark(r, styleChanged)
	}
	for _, r := range ed.FoundIn(win) {
		mark(r, styleHit)
	}
	for _, d := range g.differs {
		mark(d.r, d.st)
	}
	if ed == a.ed {
		for _, r := range a.textPanel.badRanges() {
			mark(r, styleBad)
		}
	}
	if sel := ed.Selection(); sel.Len() > 0 {
		for k := max(sel.Start, win.Start); k < min(sel.End, win.End); k++ {
			o := &g.over[k-win.Start]
			*o = o.on(styleSelection)
		}
	}
	if ed == a.ed {
		for _, r := range a.textPanel.charRange() {
			mark(r, underline)
		}
	}
	for _, r := range g.lost {
		for k := max(r.Start, win.Start); k < min(r.End, win.End); k++ {
			g.gone[k-win.Start] = true
		}
	}
}

// markFields colours the fields of the overlays: those of the structure under the cursor lighter than the others, the one
// under the cursor most of all.
func (a *App) markFields(g *grid, win mmapdoc.Range) {
	s := a.ed.Sight()
	if s == nil {
		return
	}
	for _, f := range s.Spans {
		st := styleFields[min(f.Near, len(styleFields)-1)][f.Colour%len(styleFields[0])]
		if f.State == model.Bad || f.State == model.Failed {
			st = styleBad
		}
		for off := max(f.Start, win.Start); off < min(f.End, win.End); off++ {
			g.over[off-win.Start] = st
		}
	}
}

// markVarying colours the bytes of the chosen packet by what they do from packet to packet, in place of its fields, while the list that
// tells so is on the screen.
func (a *App) markVarying(g *grid, win mmapdoc.Range) {
	if p := a.panelByName("varying"); p == nil || !a.onScreen(p) {
		return
	}
	for _, v := range a.ed.Varying(win) {
		for off := max(v.Start, win.Start); off < min(v.End, win.End); off++ {
			g.over[off-win.Start] = styleVary[v.Kind]
		}
	}
}

// sidecar fills the text column: ASCII, or characters of the chosen codec, a wide or multi-byte one over its bytes.
func (g *grid) sidecar(ed *model.Editor, win mmapdoc.Range, cols int) {
	for k, b := range g.bytes {
		g.chars[k] = cell{'·', styleDot}
		if b >= 0x20 && b < 0x7f {
			g.chars[k] = cell{rune(b), styleText}
		}
	}
	if ed.Sidecar != nil {
		g.decodeSidecar(ed, win, cols)
	}
}
