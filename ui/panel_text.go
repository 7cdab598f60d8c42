package ui

import (
	"errors"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"hexlay/mmapdoc"
	"hexlay/overlay/text"
)

// textPanel decodes the selection, or what follows the cursor, with the chosen codec and handler. The cursor moves in it
// by character; bytes that are no text are marked in the grid.
type textPanel struct {
	base  int64 // where the decoding began
	lines []textLine
	bad   []mmapdoc.Range
	char  []mmapdoc.Range // the bytes of the character under the cursor, at most one range
	note  string          // the first error
	chars []text.Char     // offsets from base
	top   int
	h     int

	// What the lines were made from: they are made again only when this changes.
	made textKey
}

type textKey struct {
	version uint64
	src     mmapdoc.Range
	codec   *text.Codec
	handler string
	w, h    int
}

// textLine is a row of characters: indices into chars.
type textLine struct{ from, to int }

// maxPanelText bounds the bytes that a frame decodes.
const maxPanelText = 64 << 10

func (p *textPanel) name() string          { return "text" }
func (p *textPanel) wants(_, most int) int { return most }
func (p *textPanel) title(a *App) string {
	return fmt.Sprintf("text %s, %s", a.ed.Codec.Name(), a.ed.Handler)
}

// forget drops the marks in the grid when the panel is not shown.
func (p *textPanel) forget() { *p = textPanel{base: p.base} }

func (p *textPanel) badRanges() []mmapdoc.Range { return p.bad }
func (p *textPanel) charRange() []mmapdoc.Range { return p.char }

// source is what the panel decodes: the selection, else from the cursor on as much as it can show. While it has the focus
// it stays where it is as long as the cursor is within what it shows, so that the cursor moves and not the text.
func (p *textPanel) source(a *App, r rect, focused bool) mmapdoc.Range {
	if sel := a.ed.Selection(); sel.Len() > 0 {
		sel.End = min(sel.End, sel.Start+maxPanelText)
		return sel
	}
	cur := a.ed.Cursor()
	stays := focused && p.made.version == a.ed.Document().Version() && cur >= p.base && cur < p.made.src.End && p.base == p.made.src.Start
	if stays && len(p.lines) > r.h-1 && cur-p.base >= int64(p.chars[p.lines[r.h-1].from].Start) {
		stays = false
	}
	if !stays {
		p.base = cur
	}
	n := min(int64(4*(r.w*r.h+8)), maxPanelText)
	return mmapdoc.Range{Start: p.base, End: p.base + min(n, a.ed.Size()-p.base)}
}

func (p *textPanel) draw(a *App, c *canvas, r rect, focused bool) {
	p.h = r.h
	src := p.source(a, r, focused)
	key := textKey{a.ed.Document().Version(), src, a.ed.Codec, a.ed.Handler.String(), r.w, r.h}
	if key != p.made {
		p.made = key
		p.base = src.Start
		p.decode(a, src, r)
		p.top = 0
	}
	p.top = max(0, min(p.top, len(p.lines)-p.textRows()))
	p.char = p.char[:0]
	cur := a.ed.Cursor() - p.base
	for y := range p.textRows() {
		if p.top+y >= len(p.lines) {
			break
		}
		line := p.lines[p.top+y]
		x := r.x + 1
		for i := line.from; i < line.to; i++ {
			ch := p.chars[i]
			st := styleText
			if ch.Reason != "" {
				st = styleBad
			}
			here := cur >= int64(ch.Start) && cur < int64(ch.End)
			if here {
				p.char = append(p.char, mmapdoc.Range{Start: p.base + int64(ch.Start), End: p.base + int64(ch.End)})
				if focused {
					st = styleText | reverse
				} else {
					st |= underline | bold
				}
			}
			for _, rn := range display(ch) {
				rn, w := printable(rn)
				if x+w > r.x+r.w {
					break
				}
				c.put(x, r.y+y, rn, st)
				if w == 2 {
					c.put(x+1, r.y+y, 0, st)
				}
				x += w
			}
		}
	}
	if p.note != "" && r.h > 1 {
		c.text(r.x+1, r.y+r.h-1, r.w-2, cut(p.note, r.w-2), styleError)
	}
}

func (p *textPanel) textRows() int {
	if p.note != "" && p.h > 1 {
		return p.h - 1
	}
	return p.h
}

// display is what stands on the screen for a character: line ends are shown, and what has no text but bytes that are bad
// shows a place.
func display(ch text.Char) []rune {
	if ch.Text == "" {
		if ch.Reason != "" {
			return []rune{'�'}
		}
		return nil
	}
	var out []rune
	for s := ch.Text; s != ""; {
		r, n := text.DecodeRuneInString(s)
		s = s[n:]
		switch {
		case r == '\n':
			out = append(out, '↵')
		case r == '\t':
			out = append(out, '→')
		case r >= 0xd800 && r <= 0xdfff:
			out = append(out, '�')
		default:
			out = append(out, r)
		}
	}
	return out
}

// decode makes the lines. Under strict the text still goes on behind an error: the first one is said below.
func (p *textPanel) decode(a *App, src mmapdoc.Range, r rect) {
	p.lines, p.bad, p.chars, p.note = p.lines[:0], p.bad[:0], p.chars[:0], ""
	b := make([]byte, src.Len())
	n, lost := a.ed.Snapshot().Read(b, src.Start, nil)
	b = b[:n]
	if len(lost) > 0 {
		b = b[:max(0, lost[0].Start-src.Start)]
		p.note = fmt.Sprintf("%#x: the bytes from here cannot be read any more", lost[0].Start)
	}
	h := a.ed.Handler
	if h.String() == "strict" {
		h, _ = text.LookupHandler("replace", false)
		p.strictNote(a, b, src)
	}
	whole := a.ed.Selection().Len() > 0
	width := max(1, r.w-2)
	x, from := 0, 0
	err := a.ed.Codec.Chars(b, h, func(ch text.Char) bool {
		if ch.Reason != "" {
			at := mmapdoc.Range{Start: src.Start + int64(ch.Start), End: src.Start + int64(ch.End)}
			if k := len(p.bad); k > 0 && p.bad[k-1].End == at.Start {
				p.bad[k-1].End = at.End
			} else {
				p.bad = append(p.bad, at)
			}
		}
		w := 0
		for _, rn := range display(ch) {
			_, cw := printable(rn)
			w += cw
		}
		if x+w > width && x > 0 {
			p.lines = append(p.lines, textLine{from, len(p.chars)})
			x, from = 0, len(p.chars)
		}
		p.chars = append(p.chars, ch)
		x += w
		if ch.Text == "\n" {
			p.lines = append(p.lines, textLine{from, len(p.chars)})
			x, from = 0, len(p.chars)
		}
		return whole || len(p.lines) <= r.h
	})
	if from < len(p.chars) {
		p.lines = append(p.lines, textLine{from, len(p.chars)})
	}
	var bad *text.DecodeError
	if errors.As(err, &bad) && p.note == "" {
		p.note = describe(bad, b, src.Start)
		p.bad = append(p.bad, mmapdoc.Range{Start: src.Start + int64(bad.Base+bad.Start), End: src.Start + int64(bad.Base+bad.End)})
	}
	if !whole { // a sequence cut by the window's end is no error of the data
		p.trimTail(a, src)
	}
}

// trimTail takes back marks that come from decoding only a window of the document.
func (p *textPanel) trimTail(a *App, src mmapdoc.Range) {
	if src.End == a.ed.Size() {
		return
	}
	for len(p.bad) > 0 && p.bad[len(p.bad)-1].End >= src.End {
		p.bad = p.bad[:len(p.bad)-1]
	}
}

func (p *textPanel) strictNote(a *App, b []byte, src mmapdoc.Range) {
	var bad *text.DecodeError
	strict, _ := text.LookupHandler("strict", false)
	err := a.ed.Codec.Chars(b, strict, func(text.Char) bool { return true })
	if errors.As(err, &bad) && !(src.End < a.ed.Size() && bad.Base+bad.End == len(b) && a.ed.Selection().Len() == 0) {
		p.note = describe(bad, b, src.Start)
	}
}

// describe says where, which bytes and why.
func describe(bad *text.DecodeError, b []byte, base int64) string {
	start, end := bad.Base+bad.Start, bad.Base+bad.End
	return fmt.Sprintf("%#x: % x: %s", base+int64(start), b[start:min(end, len(b))], bad.Reason)
}

// at finds the character under the cursor.
func (p *textPanel) at(cur int64) int {
	for i, ch := range p.chars {
		if cur < p.base+int64(ch.End) {
			return i
		}
	}
	return len(p.chars) - 1
}

func (p *textPanel) key(a *App, name string) (tea.Cmd, bool) {
	i := p.at(a.ed.Cursor())
	to := i
	switch name {
	case "left":
		to = i - 1
	case "right":
		to = i + 1
	case "up", "down":
		to = p.vertical(i, map[string]int{"up": -1, "down": 1}[name])
	case "c", "enter":
		return a.command("codec"), true
	case "e":
		return a.command("errors-next"), true
	case "E":
		return a.command("errors"), true
	case "pgdown":
		p.wheel(a, p.textRows())
		return nil, true
	case "pgup":
		p.wheel(a, -p.textRows())
		return nil, true
	default:
		return nil, false
	}
	sel := a.ed.Selection().Len() > 0
	switch {
	case to >= 0 && to < len(p.chars):
		if !sel {
			a.ed.Click(p.base+int64(p.chars[to].Start), a.ed.Column(), false)
		}
	case to >= len(p.chars) && !sel && len(p.chars) > 0:
		a.ed.Click(p.base+int64(p.chars[len(p.chars)-1].End), a.ed.Column(), false)
	case to < 0 && !sel && p.base > 0:
		a.ed.Click(p.base-1, a.ed.Column(), false)
	}
	return nil, true
}

func (p *textPanel) vertical(i, dir int) int {
	for k, l := range p.lines {
		if i >= l.from && i < l.to {
			if k+dir < 0 || k+dir >= len(p.lines) {
				return i
			}
			t := p.lines[k+dir]
			return max(t.from, min(t.from+i-l.from, t.to-1))
		}
	}
	return i
}

func (p *textPanel) click(a *App, x, y int, _ bool) tea.Cmd {
	if p.top+y < 0 || p.top+y >= len(p.lines) {
		return nil
	}
	line := p.lines[p.top+y]
	at := 1
	for i := line.from; i < line.to; i++ {
		for _, rn := range display(p.chars[i]) {
			_, w := printable(rn)
			at += w
		}
		if x < at {
			if a.ed.Selection().Len() == 0 {
				a.ed.Click(p.base+int64(p.chars[i].Start), a.ed.Column(), false)
			}
			return nil
		}
	}
	return nil
}

// wheel scrolls a selection's text. Without a selection the text follows the cursor, so the cursor moves: down to the line
// so many rows below, up by as many bytes as a line has.
func (p *textPanel) wheel(a *App, rows int) {
	if a.ed.Selection().Len() > 0 {
		p.top = max(0, min(p.top+rows, len(p.lines)-p.textRows()))
		return
	}
	if len(p.lines) == 0 {
		return
	}
	to := p.base
	if rows > 0 {
		line := p.lines[min(rows, len(p.lines)-1)]
		to += int64(p.chars[line.from].Start)
	} else {
		first := p.lines[0]
		to = max(0, to+int64(rows)*int64(max(1, p.chars[first.to-1].End-p.chars[first.from].Start)))
	}
	a.ed.Click(to, a.ed.Column(), false)
	p.made = textKey{} // what is shown begins at the cursor again
}
