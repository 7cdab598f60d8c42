package ui

import (
	"fmt"
	"image"
	"image/color"
	"math"

	tea "charm.land/bubbletea/v2"

	"hexlay/keymap"
	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/overlay/picture"
	"hexlay/overlay/stats"
)

// mapPanel is the map of the whole document: a column of pixels beside the grid, read like text, line by line from the top.
// Left of them is where the screen is, right of them what is where: marks, matches, changes, overlays.
type mapPanel struct {
	w, h int // pixels, as drawn last
}

func (p *mapPanel) name() string          { return "map" }
func (p *mapPanel) wants(_, most int) int { return most }

func (p *mapPanel) title(a *App) string {
	m := a.ed.FileMap()
	switch {
	case m != nil && a.ed.Mapping() && m.Progress() < 100:
		return fmt.Sprintf("%d%%", m.Progress())
	case m != nil && m.Sampled():
		return "~" + string(a.ed.MapMode())
	}
	return string(a.ed.MapMode())
}

// The colours of the map that stand for no entropy and no class.
var (
	mapHole    = color.RGBA{58, 58, 58, 255}
	mapLost    = color.RGBA{120, 0, 0, 255}
	mapChanged = color.RGBA{230, 60, 50, 255}
	mapHit     = color.RGBA{255, 215, 80, 255}
	mapFields  = [...]color.RGBA{{95, 175, 175, 255}, {215, 135, 135, 255}, {135, 175, 135, 255}, {215, 175, 95, 255}, {135, 135, 215, 255}, {175, 175, 95, 255}}
)

// at is the range of the document that pixel i stands for.
func (p *mapPanel) at(size int64, i int) mmapdoc.Range {
	n := max(1, p.w*p.h)
	return mmapdoc.Range{Start: stats.Blocks(size, n, i), End: stats.Blocks(size, n, i+1)}
}

// pixelOf is the pixel that stands for the byte at off.
func (p *mapPanel) pixelOf(size, off int64) int {
	lo, hi := 0, p.w*p.h
	for lo+1 < hi { // the last one that begins at off or before it
		if mid := (lo + hi) / 2; p.at(size, mid).Start <= off {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

func (p *mapPanel) draw(a *App, c *canvas, r rect, focused bool) {
	p.w, p.h = max(1, r.w-2), 2*r.h
	size := a.ed.Size()
	win := a.ed.Window()
	m := image.NewRGBA(image.Rect(0, 0, p.w, p.h))
	fm := a.ed.FileMap()
	if fm == nil || size == 0 {
		c.text(r.x, r.y, r.w, cut(map[bool]string{true: "empty", false: "no map"}[size == 0], r.w), styleDim)
		return
	}
	for i := range p.w * p.h {
		m.SetRGBA(i%p.w, i/p.w, p.colour(a, fm, p.at(size, i), a.plain()))
	}
	here := p.pixelOf(size, a.ed.Cursor())
	if focused {
		m.SetRGBA(here%p.w, here/p.w, contrasting(m.RGBAAt(here%p.w, here/p.w)))
	}
	a.raster(c, rect{r.x + 1, r.y, p.w, r.h}, m)
	for y := range r.h {
		row := mmapdoc.Range{Start: p.at(size, 2*y*p.w).Start, End: p.at(size, 2*(y+1)*p.w-1).End}
		edge := cell{'│', styleBorder}
		if focused {
			edge.st = styleFocus
		}
		switch {
		case here/p.w/2 == y:
			edge = cell{'▶', styleFocus}
		case row.Start < win.End && win.Start < row.End:
			edge = cell{'┃', styleFocus}
		}
		c.put(r.x, r.y+y, edge.r, edge.st)
		if what := p.beside(a, row); what.r != 0 {
			c.put(r.x+r.w-1, r.y+y, what.r, what.st)
		}
	}
}

// beside is the sign for what is in r: a mark, else a match, a change, or an overlay.
func (p *mapPanel) beside(a *App, r mmapdoc.Range) cell {
	for name, off := range a.ed.Marks() {
		if off >= r.Start && off < r.End {
			ch, w := printable(name)
			if w != 1 {
				ch = '◆'
			}
			return cell{ch, styleText | bold}
		}
	}
	switch {
	case p.hits(a, r) > 0:
		return cell{'•', fg(orange) | bold}
	case p.changed(a, r):
		return cell{'•', styleChanged}
	}
	if _, ok := p.overlay(a, r); ok {
		return cell{'▏', styleGood}
	}
	return cell{}
}

// hits is how many matches of the list begin in r.
func (p *mapPanel) hits(a *App, r mmapdoc.Range) int64 {
	l := a.ed.Hits()
	if l == nil {
		return 0
	}
	return l.Index(r.End) - l.Index(r.Start)
}

func (p *mapPanel) changed(a *App, r mmapdoc.Range) bool {
	change, ok := a.ed.Snapshot().NextChange(r.Start)
	return ok && change.Start < r.End
}

// overlay is the newest overlay that lies over a part of r.
func (p *mapPanel) overlay(a *App, r mmapdoc.Range) (id int, ok bool) {
	list := a.ed.Overlays()
	for i := len(list) - 1; i >= 0; i-- {
		o := list[i].Region
		if list[i].Open {
			o.End = a.ed.Size()
		}
		if o.Start < r.End && r.Start < o.End {
			return list[i].ID, true
		}
	}
	return 0, false
}

// colour is that of the pixel for r.
func (p *mapPanel) colour(a *App, m *model.Map, r mmapdoc.Range, plain bool) color.RGBA {
	part := m.Over(r)
	level := 0.0
	if part.Known {
		// A few bytes cannot have eight bits of entropy each.
		level = float64(part.Entropy) / max(1, min(8, math.Log2(float64(m.PartLen()))))
	}
	base := uint8(28 + 50*level)
	dim := color.RGBA{base, base, base + 6, 255}
	if plain { // without colours only brightness tells what is chosen from what is not
		dim = color.RGBA{0, 0, 0, 255}
	}
	switch mode := a.ed.MapMode(); {
	case mode == model.MapChanges:
		if p.changed(a, r) {
			return mapChanged
		}
		return dim
	case mode == model.MapHits:
		if p.hits(a, r) > 0 {
			return mapHit
		}
		return dim
	case mode == model.MapOverlays:
		if id, ok := p.overlay(a, r); ok {
			return mapFields[id%len(mapFields)]
		}
		return dim
	case !part.Known:
		return color.RGBA{}
	case part.Lost:
		return mapLost
	case part.Hole:
		return mapHole
	case mode == model.MapClasses:
		return mixed(part.Shares)
	}
	return picture.Heat(level)
}

// mixed is the mean of the classes' colours, the more frequent ones counted more: else most of a program is of one grey.
func mixed(shares [stats.Classes]uint8) color.RGBA {
	var r, g, b, n int
	for k, s := range shares {
		c, w := picture.ClassColour(stats.Class(k)), int(s)*int(s)
		r, g, b, n = r+int(c.R)*w, g+int(c.G)*w, b+int(c.B)*w, n+w
	}
	n = max(1, n)
	return color.RGBA{uint8(r / n), uint8(g / n), uint8(b / n), 255}
}

// says describes the place of pixel i.
func (p *mapPanel) says(a *App, i int) string {
	r := p.at(a.ed.Size(), i)
	part := a.ed.FileMap().Over(r)
	s := fmt.Sprintf("%#x, %s bytes", r.Start, model.Grouped(r.Len()))
	switch {
	case part.Hole:
		s += ": a hole"
	case part.Known:
		about := ""
		if !part.Exact {
			about = "about "
		}
		s += fmt.Sprintf(": %s%.2f", about, part.Entropy) + bitsAByte(a.ed.FileMap().PartLen())
		for k, share := range part.Shares {
			if share >= 26 {
				s += fmt.Sprintf(", %d%% %s", int(share)*100/255, stats.Class(k))
			}
		}
	}
	if n := p.hits(a, r); n > 0 {
		s += fmt.Sprintf(", %s matches", model.Grouped(n))
	}
	return s
}

// visit goes to the byte that pixel i begins with.
func (p *mapPanel) visit(a *App, i int) {
	size := a.ed.Size()
	if i = max(0, min(i, p.w*p.h-1)); size == 0 || a.ed.FileMap() == nil {
		return
	}
	a.ed.Glide(min(p.at(size, i).Start, size-1))
	a.ed.Notef("%s", p.says(a, i))
}

func (p *mapPanel) key(a *App, name string) (tea.Cmd, bool) {
	here := p.pixelOf(a.ed.Size(), a.ed.Cursor())
	size := a.ed.Size()
	step := 0
	switch name {
	case "left":
		step = -1
	case "right":
		step = 1
	case "up":
		step = -p.w
	case "down":
		step = p.w
	case "pgup":
		step = -p.w * max(1, p.h/8)
	case "pgdown":
		step = p.w * max(1, p.h/8)
	case "home":
		step = -here
	case "end":
		step = p.w*p.h - 1 - here
	case "enter":
		a.ed.Jump(a.ed.Cursor())
		a.focus = nil
		return nil, true
	default:
		if line := a.keys.Own(keymap.Chart, name); line != "" {
			return a.command(line), true
		}
		return nil, false
	}
	to := max(0, min(here+step, p.w*p.h-1))
	for to+sign(step) >= 0 && to+sign(step) < p.w*p.h && p.at(size, to).Start == p.at(size, here).Start && to != here { // less bytes than pixels
		to += sign(step)
	}
	p.visit(a, to)
	return nil, true
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

func (p *mapPanel) click(a *App, x, y int, _ bool) tea.Cmd {
	if a.ed.Size() == 0 {
		return nil
	}
	visit := func(x, y int) {
		x, y = max(0, min(x-1, p.w-1)), max(0, min(y, p.h/2-1))
		p.visit(a, 2*y*p.w+x)
	}
	a.ed.Jump(a.ed.Cursor()) // :back comes here
	visit(x, y)
	for _, pl := range a.layout.panels {
		if pl.p == panel(p) {
			b := pl.body()
			a.drag = func(x, y int) { visit(x-b.x, y-b.y) }
		}
	}
	return nil
}

func (p *mapPanel) wheel(a *App, rows int) { a.ed.Scroll(int64(rows)) }

// soon is how many bytes are counted within a moment.
const soon = 4 << 20

// lookAtPictures starts what has to be counted for the map and the pictures on the screen.
func (a *App) lookAtPictures() tea.Cmd {
	var cmds []tea.Cmd
	start := func(j *model.Job) {
		if j == nil {
			return
		}
		a.ed.StartJob(j)
		if j.Total <= soon && j.WaitFor(moment) {
			cmds = append(cmds, a.perform(a.ed.Finish(j)))
		} else {
			cmds = append(cmds, await(a.ed, j))
		}
	}
	if a.onScreen(&a.mapPanel) {
		start(a.ed.MapJob())
	}
	shown := a.onScreen(&a.picturePanel)
	if shown && !a.graphics.asked && !a.plain() && a.screen != nil {
		a.graphics.asked = true
		a.screen.ask(askGraphics)
	}
	traffic := a.ed.PictureKind() == model.PictureTraffic
	if shown && traffic {
		start(a.ed.TrafficJob(a.picturePanel.traffic.columns(a.placeOf(&a.picturePanel).w)))
	}
	plot := shown && !traffic && a.ed.PictureKind() != model.PicturePixels
	if plot || a.onScreen(&a.statsPanel) {
		start(a.ed.SurveyJob(plot && a.ed.PictureKind() == model.PictureDigram))
	}
	cmds = append(cmds, a.poll())
	return tea.Batch(cmds...)
}
