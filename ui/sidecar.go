package ui

import (
	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/overlay/text"
)

// The sidecar decodes a little more than the window, so that a character that the window's edge cuts is still known.
const (
	sidecarLead = 64 // a multiple of every codec's unit; multi-byte codecs find their step again within it
	sidecarTail = 8
)

// decodeSidecar shows characters of the chosen codec in the grid's text column: a character stands over its first bytes,
// the rest of them are joined to it by a line.
func (g *grid) decodeSidecar(ed *model.Editor, win mmapdoc.Range, cols int) {
	replace, err := text.LookupHandler("replace", false)
	if err != nil {
		return
	}
	from := max(0, win.Start-sidecarLead)
	g.around = resized(g.around, int(win.End+min(sidecarTail, ed.Size()-win.End)-from))
	n, _ := ed.Snapshot().Read(g.around, from, nil)
	lead := int(win.Start - from)
	_ = ed.Sidecar.Chars(g.around[:n], replace, func(ch text.Char) bool { // replace never fails
		start, end := ch.Start-lead, min(ch.End-lead, len(g.chars))
		if start >= end || end <= 0 {
			return start < len(g.chars)
		}
		g.sidecarChar(ch, start, end, cols)
		return true
	})
}

// sidecarChar shows ch over the window's bytes [start, end); start is negative for a character that began before it.
func (g *grid) sidecarChar(ch text.Char, start, end, cols int) {
	rs := display(ch)
	if ch.Reason != "" || len(rs) == 0 {
		for k := max(0, start); k < end; k++ {
			g.chars[k] = cell{'·', styleDot}
		}
		return
	}
	for k := max(0, start); k < end; k++ {
		g.chars[k] = cell{'╌', styleDot}
	}
	if start < 0 {
		return
	}
	r, w := printable(rs[0])
	if w == 2 && ((start+1)%cols == 0 || start+1 >= end) {
		r, w = '▯', 1 // a wide character whose bytes leave no room for it
	}
	g.chars[start] = cell{r, styleText}
	if w == 2 {
		g.chars[start+1] = cell{0, styleText}
	}
}
