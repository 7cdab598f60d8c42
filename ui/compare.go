package ui

import (
	"maps"

	tea "charm.land/bubbletea/v2"

	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/overlay/diff"
)

// A comparison shows two editors beside or above each other. One of them is a.ed, and has the keys.

// differing is bytes that the other side has otherwise, or not at all.
type differing struct {
	r  mmapdoc.Range
	st style
}

const (
	// comparedBeside is from which width on panels stand beside a comparison.
	comparedBeside = 220
	// A window that is less wide shows the sides above each other.
	paneBeside = 60
)

// finish takes the end of a job to the editor that began it.
func (a *App) finish(ed *model.Editor, j *model.Job) tea.Cmd {
	return a.on(ed, func() (model.Effect, error) { return ed.Finish(j) })
}

// on carries out what an editor wants, which may be the one without the keys. What that one says is said here; when it asks
// something, it comes to the front.
func (a *App) on(ed *model.Editor, what func() (model.Effect, error)) tea.Cmd {
	if ed == a.ed {
		return a.perform(what())
	}
	ed.Notef("")
	eff, err := what()
	front := a.ed
	c := front.Comparison()
	if c == nil || c.Side(model.Left) != ed && c.Side(model.Right) != ed {
		c = nil
	}
	if c != nil && asks(eff) {
		a.perform(c.Turn(1-c.Active()), nil)
		return a.perform(eff, err)
	}
	a.ed = ed
	cmd := a.perform(eff, err)
	if a.ed == ed {
		a.ed = front
	}
	if n := ed.Notice(); c != nil && n.Text != "" {
		side := model.Left
		if c.Side(model.Right) == ed {
			side = model.Right
		}
		if n.Error {
			front.Fail(&sideError{c.Label(side), n.Text})
		} else {
			front.Notef("%s: %s", c.Label(side), n.Text)
		}
	}
	return cmd
}

// sideError tells which side an error is of.
type sideError struct{ side, text string }

func (e *sideError) Error() string { return e.side + ": " + e.text }

func asks(eff model.Effect) bool {
	switch eff := eff.(type) {
	case model.Ask, model.Prompt:
		return true
	case model.Effects:
		for _, e := range eff {
			if asks(e) {
				return true
			}
		}
	}
	return false
}

// beside is the layout that a comparison began with; it comes back when that ends.
type beside struct {
	c       *model.Comparison
	visible map[string]bool
	used    map[string]int
	focus   panel
	whole   bool
	capture *model.Capture
}

// setAside keeps the layout when a comparison begins, and brings it back when it has ended.
func (a *App) setAside() {
	if b := a.beside; b.c != nil && b.c.Ended() {
		a.visible, a.used, a.focus, a.whole, a.shownCapture = b.visible, b.used, b.focus, b.whole, b.capture
		if a.emptyList(a.focus) {
			a.focus = nil
		}
		a.beside = beside{}
	}
	if c := a.ed.Comparison(); c != nil && a.beside.c == nil {
		a.beside = beside{c, maps.Clone(a.visible), maps.Clone(a.used), a.focus, a.whole, a.shownCapture}
	}
}

// compare takes along what happened to the sides since the last message.
func (a *App) compare() tea.Cmd {
	var cmds []tea.Cmd
	for range 8 { // what is done within a moment is followed by the next
		c := a.ed.Comparison()
		if c == nil {
			break
		}
		eff, err := c.Refresh()
		if eff == nil && err == nil {
			break
		}
		cmds = append(cmds, a.perform(eff, err))
	}
	return tea.Batch(cmds...)
}

// arrangeComparison cuts body into the two sides, each with a line above that says what it is.
func (a *App) arrangeComparison(l *layout, body rect, c *model.Comparison) {
	stacked := c.Stacking == model.Above || c.Stacking == model.ByWindow && body.w < paneBeside
	size := max(c.Side(model.Left).Size(), c.Side(model.Right).Size())
	w := body.w
	if !stacked {
		w = (body.w - 1) / 2
	}
	a.shape = paneShape(size, a.ed.Settings, w)
	pane := rect{body.x, body.y + 1, w, body.h - 1}
	if stacked {
		half := body.h / 2
		pane.h = max(0, half-1)
		l.panes = [2]rect{pane, {pane.x, pane.y + half, pane.w, pane.h}}
	} else {
		l.panes = [2]rect{pane, {pane.x + body.w - w, pane.y, w, pane.h}}
	}
	if pane.h < 1 { // no room: the side with the keys alone
		l.panes = [2]rect{}
		l.panes[c.Active()] = body
		a.shape = paneShape(size, a.ed.Settings, body.w)
		pane = body
	}
	l.grid = body
	a.layout = *l
	a.ed.Resize(max(1, pane.h), a.shape.cols)
}

// paneShape fits a row into one side: narrower gaps, and in the end no characters, before rows of fewer than 8 bytes.
func paneShape(size int64, s model.Settings, w int) gridShape {
	g := gridShape{digits: offsetDigits(size), group: s.Group}
	fits := func(cols int, bare bool) bool {
		for _, tight := range []bool{false, true} {
			if g.cols, g.tight, g.bare = cols, tight, bare; g.width() <= w {
				return true
			}
		}
		return false
	}
	if s.Columns > 0 {
		if !fits(s.Columns, false) {
			fits(s.Columns, true)
		}
		return g
	}
	for cols := model.MaxColumns; cols >= 16; cols -= 16 {
		if fits(cols, false) {
			return g
		}
	}
	for cols := 8; cols > 1; cols /= 2 {
		if fits(cols, false) || fits(cols, true) {
			return g
		}
	}
	fits(1, true)
	return g
}

func (a *App) drawComparison(c *canvas, cmp *model.Comparison) {
	for side := range a.panes {
		g, ed := &a.panes[side], cmp.Side(side)
		g.looks = a.grid.looks
		g.read(ed, ed.Window())
		g.places = cmp.Places(side, g.places)
	}
	a.findDiffering(cmp)
	for side, r := range a.layout.panes {
		if !r.empty() {
			a.drawPane(c, cmp, side, r)
		}
	}
	if l, r := a.layout.panes[0], a.layout.panes[1]; !l.empty() && r.y == l.y {
		a.drawBetween(c, cmp, rect{l.x + l.w, l.y, r.x - l.x - l.w, l.h})
	}
}

// findDiffering finds what of both sides' windows differs, byte by byte within a difference.
func (a *App) findDiffering(cmp *model.Comparison) {
	l, r := &a.panes[0], &a.panes[1]
	l.differs, r.differs = l.differs[:0], r.differs[:0]
	top, rows, cols := cmp.Window()
	end := top + int64(rows)*int64(cols)
	here, at := cmp.Here()
	wins := [2]mmapdoc.Range{cmp.Side(0).Window(), cmp.Side(1).Window()}
	byteAt := func(side int, off int64) byte {
		if k := off - wins[side].Start; k >= 0 && k < int64(len(a.panes[side].bytes)) {
			return a.panes[side].bytes[k]
		}
		return 0
	}
	cmp.Each(cmp.From(top), func(i int64, p diff.Placed) bool {
		changed, bright := styleDiffers, style(0)
		if at && i == here {
			changed, bright = styleChangedHere, styleOnlyHere
		}
		both := min(p.A.Len(), p.B.Len())
		for v := max(p.V, top); v < min(p.V+both, end); v++ {
			x, y := p.A.Start+v-p.V, p.B.Start+v-p.V
			if byteAt(0, x) != byteAt(1, y) {
				l.differs = append(l.differs, differing{mmapdoc.Range{Start: x, End: x + 1}, changed})
				r.differs = append(r.differs, differing{mmapdoc.Range{Start: y, End: y + 1}, changed})
			}
		}
		if p.A.Len() > both {
			l.differs = append(l.differs, differing{mmapdoc.Range{Start: p.A.Start + both, End: p.A.End}, styleOnlyLeft | bright})
		}
		if p.B.Len() > both {
			r.differs = append(r.differs, differing{mmapdoc.Range{Start: p.B.Start + both, End: p.B.End}, styleOnlyRight | bright})
		}
		return p.V < end
	})
}

func (a *App) drawPane(c *canvas, cmp *model.Comparison, side int, r rect) {
	g, sh, ed := &a.panes[side], a.shape, cmp.Side(side)
	win := ed.Window()
	a.markGrid(g, ed, win)
	g.sidecar(ed, win, 1) // rows break anywhere, so a wide character has no sure place
	a.drawPaneHeading(c, cmp, side, rect{r.x, r.y - 1, r.w, 1})
	top, _, _ := cmp.Window()
	known := cmp.Known()
	gapHere := [2]int64{-1, -1}
	if i, ok := cmp.Here(); ok {
		p := cmp.At(i)
		gapHere = [2]int64{p.V, p.V + p.Span()}
	}
	cur, drawn := ed.Cursor(), false
	for y := range r.h {
		first := y * sh.cols
		if first >= len(g.places) {
			break
		}
		cells := c.row(r.x, r.y+y, r.w)
		row := g.places[first:min(first+sh.cols, len(g.places))]
		v := top + int64(first)
		cursor := -1
		label := int64(-1)
		for i, off := range row {
			if off >= 0 && label < 0 {
				label = off
			}
			if off == cur {
				cursor = i
			}
			if off == model.Beyond && cur == ed.Size() && !drawn && cursor < 0 && (i == 0 || row[i-1] != model.Beyond) {
				cursor = i
			}
		}
		st := styleOffset
		if cursor >= 0 {
			st, drawn = styleText, true
		}
		switch {
		case label >= 0:
			drawOffset(cells, label, sh.digits, st)
		case row[0] == model.Gap:
			for x := range min(sh.digits, len(cells)) {
				cells[x] = cell{'╌', styleGap}
			}
		}
		if v >= known && label >= 0 {
			set(cells, sh.digits, '?', styleDim)
		}
		for i, off := range row {
			switch {
			case off >= win.Start && off < win.End:
				k := int(off - win.Start)
				g.drawByte(cells, sh, i, k)
				if i+1 < len(row) && row[i+1] == off+1 {
					if gap := g.gapStyle(sh, i, k); gap != 0 {
						for x := sh.hexX(i) + 2; x < sh.hexX(i+1); x++ {
							set(cells, x, ' ', gap)
						}
					}
				}
			case off == model.Gap:
				st := styleGap
				if at := v + int64(i); at >= gapHere[0] && at < gapHere[1] {
					st = styleGapHere
				}
				set(cells, sh.hexX(i), '╱', st)
				set(cells, sh.hexX(i)+1, '╱', st)
				set(cells, sh.textX(i), '╱', st)
			}
		}
		if cursor >= 0 {
			a.markCursor(cells, sh, cursor, side == cmp.Active())
		}
	}
}

// drawPaneHeading tells what a side is and how it stands with it.
func (a *App) drawPaneHeading(c *canvas, cmp *model.Comparison, side int, r rect) {
	if r.y < 0 || r.h <= 0 {
		return
	}
	ed := cmp.Side(side)
	st := styleBar
	lead := " "
	if side == cmp.Active() {
		st, lead = styleBarKey, "▸"
	}
	c.fill(r, ' ', st)
	label, other := cmp.Label(side), cmp.Label(1-side)
	mark := ""
	if ed.Document().Modified() {
		mark = " ● changed"
	}
	right := ""
	room := r.w - plainWidth(mark) - 1
	for _, size := range []string{sizeText(ed.Size()), byteCount(ed.Size()), ""} {
		right = " " + size + " "
		if ed.ReadOnlyReason() != "" {
			right = "  read-only" + right
		}
		if plainWidth(right)+min(plainWidth(label), 24)+1 <= room { // the name tells more
			break
		}
		right = ""
	}
	room = max(4, room-plainWidth(right))
	x := c.text(r.x, r.y, r.w, lead, st)
	x = c.text(x, r.y, room, cutUnlike(label, other, room), st|bold)
	c.text(x, r.y, r.x+r.w-x, mark, st.on(fg(215))|bold)
	c.text(r.x+r.w-plainWidth(right), r.y, plainWidth(right), right, st)
}

// drawBetween draws the border of the two sides; a sign in it tells, without colours too, that a row has differences.
func (a *App) drawBetween(c *canvas, cmp *model.Comparison, r rect) {
	c.fill(r, '│', styleBorder)
	c.fill(rect{r.x, r.y - 1, r.w, 1}, ' ', styleBar)
	top, _, cols := cmp.Window()
	end := top + int64(r.h)*int64(cols)
	here, at := cmp.Here()
	cmp.Each(cmp.From(top), func(i int64, p diff.Placed) bool {
		if p.V >= end {
			return false
		}
		sign := '≠'
		switch {
		case p.A.Len() == 0:
			sign = '▸'
		case p.B.Len() == 0:
			sign = '◂'
		}
		st := styleWarn
		if at && i == here {
			st |= bold
		}
		first := max(0, (p.V-top)/int64(cols))
		if p.V < top {
			first = 0
		}
		for y := first; y <= (p.V+p.Span()-1-top)/int64(cols) && y < int64(r.h); y++ {
			c.put(r.x, r.y+int(y), sign, st)
		}
		return true
	})
}

// paneAt finds the side and the byte at a place of the screen.
func (a *App) paneAt(cmp *model.Comparison, x, y int) (side int, off int64, col model.Column, ok bool) {
	for side, r := range a.layout.panes {
		if !(rect{r.x, r.y - 1, r.w, r.h + 1}).contains(x, y) {
			continue
		}
		if y < r.y { // its heading
			return side, cmp.Side(side).Cursor(), a.ed.Column(), true
		}
		i, col := a.byteAt(x - r.x)
		top, _, cols := cmp.Window()
		off, _ := cmp.Offset(side, top+int64(y-r.y)*int64(cols)+int64(i))
		return side, off, col, true
	}
	return 0, 0, 0, false
}
