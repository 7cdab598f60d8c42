package ui

import (
	"fmt"
	"image"
	"image/color"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"hexlay/model"
	"hexlay/overlay/packet"
	"hexlay/overlay/picture"
	"hexlay/overlay/stats"
)

// trafficPlace is the chart of a capture's packets over time: their number above, their bytes below. Its cursor is on an interval,
// and follows the chosen packet when that changes.
type trafficPlace struct {
	when   int64 // a time in the interval at the cursor
	seen   *model.Capture
	chosen int
	plot   rect // the bars, as drawn last
}

// The columns at the left for the scales, and from which width on they are there.
const trafficGutter, trafficWide = 10, 50

// columns is how many intervals can be told apart in a panel of w columns.
func (p *trafficPlace) columns(w int) int {
	if w >= trafficWide {
		w -= trafficGutter
	}
	return max(1, w) * picture.DotsWide
}

// at is the interval at the cursor.
func (p *trafficPlace) at(t *model.Traffic) int {
	i, _ := t.At(p.when)
	return max(0, min(i, len(t.Bins)-1))
}

func (p *trafficPlace) move(t *model.Traffic, i int) {
	p.when = t.Start + int64(max(0, min(i, len(t.Bins)-1)))*t.Step
}

// follow puts the cursor on the interval of the chosen packet, when another one is chosen.
func (p *trafficPlace) follow(k *model.Capture, t *model.Traffic) {
	if c := k.Chosen(); k != p.seen || c != p.chosen {
		if k != p.seen {
			p.move(t, 0)
		}
		p.seen, p.chosen = k, c
		if c >= 0 && c < k.Index().Len() {
			if i, ok := t.At(k.Index().At(c).Time); ok {
				p.move(t, i)
			}
		}
	}
}

// covers tells whether a packet lies in the interval at the cursor while the chart has the keys.
func (p *trafficPlace) covers(a *App, packet int) bool {
	if a.focus != panel(&a.picturePanel) || a.ed.PictureKind() != model.PictureTraffic {
		return false
	}
	k := a.ed.Capture()
	t := k.Traffic()
	return t != nil && len(t.Bins) > 0 && t.HasTime(k, packet, p.at(t))
}

func (p *trafficPlace) title(a *App) string {
	k := a.ed.Capture()
	if k == nil || k.Traffic() == nil || len(k.Traffic().Bins) == 0 {
		return ""
	}
	t := k.Traffic()
	s := ", intervals of " + model.Duration(time.Duration(t.Step))
	if !a.ed.LinearPlots() {
		s += ", logarithmic"
	}
	if f := k.Filter(); f != "" {
		s += ", with " + cut(oneLine(f), 40)
	}
	if a.ed.Charting() {
		s += " …"
	}
	return s
}

func (p *trafficPlace) draw(a *App, c *canvas, r rect, focused bool) {
	p.plot = rect{}
	k := a.ed.Capture()
	if k == nil {
		c.text(r.x+1, r.y, r.w-1, "The document is no capture (pcap, pcapng).", styleDim)
		return
	}
	t := k.Traffic()
	switch {
	case t == nil:
		c.text(r.x+1, r.y, r.w-1, "counting …", styleDim)
		return
	case len(t.Bins) == 0:
		c.text(r.x+1, r.y, r.w-1, "No packet of the list has a time.", styleDim)
		return
	}
	p.follow(k, t)
	p.plot = r
	if r.w >= trafficWide {
		p.plot.x, p.plot.w = r.x+trafficGutter, r.w-trafficGutter
	}
	if r.h > 1 {
		p.plot.h--
		c.text(r.x+1, r.y+r.h-1, r.w-2, cut(p.says(k, t), r.w-2), styleDim)
	}
	if r.h >= 5 {
		p.plot.h--
		p.axis(c, rect{p.plot.x, p.plot.y + p.plot.h, p.plot.w, 1}, k, t)
	}
	packets, bytes := make([]int64, len(t.Bins)), make([]int64, len(t.Bins))
	for i, b := range t.Bins {
		packets[i], bytes[i] = b.Packets, b.Bytes
	}
	upper, lower := p.plot, p.plot
	upper.h = (p.plot.h + 1) / 2
	lower.y, lower.h = upper.y+upper.h, p.plot.h-upper.h
	mostPackets, mostBytes := t.Most()
	p.bars(a, c, r, upper, packets, "packets", mostPackets, stats.Letter, focused, t)
	p.bars(a, c, r, lower, bytes, "bytes", mostBytes, stats.High, focused, t)
}

// bars draws one half of the chart, with its scale at the left.
func (p *trafficPlace) bars(a *App, c *canvas, panel, r rect, values []int64, name string, most int64, class stats.Class, focused bool, t *model.Traffic) {
	if r.empty() {
		return
	}
	ink := picture.ClassColour(class)
	draw := func(w, h int) *image.RGBA { return picture.Bars(values, w, h, a.ed.LinearPlots(), ink) }
	switch g := &a.graphics; {
	case g.ready() && len(a.dialogs) == 0 && !a.ed.PicturesOfText():
		w, h := g.pixels(r.w, r.h)
		m := draw(w, h)
		if focused {
			strikePixels(m, p.at(t), len(t.Bins))
		}
		c.images = append(c.images, newShownImage(r, m, g.protocol))
	case a.dots():
		a.braille(c, r, draw(picture.DotsWide*r.w, picture.DotsHigh*r.h))
		if focused {
			a.strike(c, r, p.at(t), len(t.Bins))
		}
	default:
		m := draw(r.w, 2*r.h)
		if focused {
			strikePixels(m, p.at(t), len(t.Bins))
		}
		a.raster(c, r, m)
	}
	if r.x == panel.x { // no room for a scale
		return
	}
	label := func(y int, s string, st style) {
		s = cut(s, trafficGutter-2)
		c.text(r.x-1-plainWidth(s), r.y+y, trafficGutter, s, st)
	}
	label(0, shortCount(most), styleDim)
	if r.h > 1 {
		st := style(0)
		if !a.plain() {
			st = rgb(ink)
		}
		label(1, name, st)
	}
	if r.h > 3 {
		label(r.h-1, "0", styleDim)
	}
}

// strikePixels marks the columns of an image that show i of n.
func strikePixels(m *image.RGBA, i, n int) {
	size := m.Bounds().Size()
	for x := i * size.X / max(1, n); x < size.X && (x == i*size.X/max(1, n) || x < (i+1)*size.X/n); x++ {
		for y := range size.Y {
			c := m.RGBAAt(x, y)
			m.SetRGBA(x, y, color.RGBA{255 - c.R/2, 255 - c.G/2, 255 - c.B/2, 255})
		}
	}
}

// axis writes times under the bars, at steps that people count in.
func (p *trafficPlace) axis(c *canvas, r rect, k *model.Capture, t *model.Traffic) {
	const room = 11 // columns of a label
	n := int64(len(t.Bins))
	every := t.Step
	for every%t.Step != 0 || every/t.Step*int64(r.w) < room*n {
		if every = packet.NextStep(every); every > n*t.Step {
			every = n * t.Step
			break
		}
	}
	start, _ := k.PacketStart()
	end := 0
	for i := range n {
		if x := int(i * int64(r.w) / n); x >= end && (t.Start+i*t.Step-start)%every == 0 {
			if label := "│" + clock(k, t, int(i)); x+plainWidth(label) <= r.w {
				end = c.text(r.x+x, r.y, r.w-x, label, styleDim) - r.x + 1
			}
		}
	}
}

// clock is when an interval begins, in the form in which the list shows times.
func clock(k *model.Capture, t *model.Traffic, i int) string {
	ns := t.Start + int64(i)*t.Step
	start, ok := k.PacketStart()
	if k.TimeForm == model.TimeOfDay || k.TimeForm == model.TimeDate || !ok {
		form := "15:04:05"
		if k.TimeForm == model.TimeDate || t.Step >= int64(24*time.Hour) {
			form = "2006-01-02 15:04:05"
		}
		if t.Step < int64(time.Second) {
			form += "." + strings.Repeat("0", digitsOf(t.Step))
		}
		return time.Unix(0, ns).UTC().Format(form)
	}
	d := ns - start
	if d < 0 {
		return "-" + model.Duration(time.Duration(-d))
	}
	return model.Duration(time.Duration(d))
}

// digitsOf is how many digits behind the point of seconds a step has.
func digitsOf(step int64) int {
	n := 9
	for ; n > 1 && step%10 == 0; n-- {
		step /= 10
	}
	return n
}

func (p *trafficPlace) says(k *model.Capture, t *model.Traffic) string {
	i := p.at(t)
	b := t.Bins[i]
	s := fmt.Sprintf("%s to %s: ", clock(k, t, i), clock(k, t, i+1))
	if b.Packets == 0 {
		return s + "no packets"
	}
	unit := "packets"
	if b.Packets == 1 {
		unit = "packet"
	}
	s += fmt.Sprintf("%s %s, %s bytes, from packet %d", model.Grouped(b.Packets), unit, model.Grouped(b.Bytes), b.First+1)
	if t.Timeless > 0 {
		s += fmt.Sprintf("; %s packets have no time", model.Grouped(t.Timeless))
	}
	return s
}

// shortCount is a number in at most six columns.
func shortCount(n int64) string {
	if n < 10_000 {
		return model.Grouped(n)
	}
	f := float64(n)
	for _, unit := range "kMGTPE" {
		if f /= 1000; f < 999.5 {
			return fmt.Sprintf("%.*f %c", boolInt(f < 99.95), f, unit)
		}
	}
	return ""
}

// key moves the cursor: left and right by intervals, up and down by intervals that have packets.
func (p *trafficPlace) key(a *App, name string) (tea.Cmd, bool) {
	k := a.ed.Capture()
	if k == nil || k.Traffic() == nil || len(k.Traffic().Bins) == 0 {
		return nil, false
	}
	t := k.Traffic()
	i, page := p.at(t), max(1, len(t.Bins)/10)
	busy := func(by int) {
		for j := i + by; j >= 0 && j < len(t.Bins); j += by {
			if t.Bins[j].Packets > 0 {
				i = j
				return
			}
		}
	}
	switch name {
	case "left":
		i--
	case "right":
		i++
	case "up":
		busy(-1)
	case "down":
		busy(1)
	case "pgup":
		i -= page
	case "pgdown":
		i += page
	case "home":
		i = 0
	case "end":
		i = len(t.Bins) - 1
	case "enter":
		return p.enter(a, t), true
	case "f":
		return a.command("packet-filter " + k.Interval(i)), true
	default:
		return nil, false
	}
	a.ed.Notef("")
	p.move(t, i)
	return nil, true
}

// enter goes to the first packet of the interval.
func (p *trafficPlace) enter(a *App, t *model.Traffic) tea.Cmd {
	if first := t.Bins[p.at(t)].First; first >= 0 {
		return a.command(fmt.Sprintf("packet %d", first+1))
	}
	a.ed.Notef("there are no packets in the interval")
	return nil
}

// click puts the cursor on an interval, and again goes to its first packet. x and y are those of the panel.
func (p *trafficPlace) click(a *App, x, y int, again bool) tea.Cmd {
	k := a.ed.Capture()
	if k == nil || k.Traffic() == nil || len(k.Traffic().Bins) == 0 || p.plot.w <= 0 || y >= p.plot.h {
		return nil
	}
	if x -= p.plot.x - a.placeOf(&a.picturePanel).x; x < 0 {
		return nil
	}
	t := k.Traffic()
	p.move(t, x*len(t.Bins)/p.plot.w)
	if again {
		return p.enter(a, t)
	}
	return nil
}
