package ui

import (
	"fmt"
	"math"

	tea "charm.land/bubbletea/v2"

	"hexlay/keymap"
	"hexlay/model"
	"hexlay/overlay/picture"
	"hexlay/overlay/stats"
)

// statsPanel shows what the counts of bytes tell of the selection or the document.
type statsPanel struct {
	list
	n, h int
}

func (p *statsPanel) name() string                       { return "statistics" }
func (p *statsPanel) wants(_, most int) int              { return min(most, 18) }
func (p *statsPanel) wheel(_ *App, rows int)             { p.scroll(int64(rows), int64(p.n), p.h) }
func (p *statsPanel) click(*App, int, int, bool) tea.Cmd { return nil }

func (p *statsPanel) title(a *App) string {
	v := a.ed.Survey()
	if v == nil {
		return "statistics"
	}
	return "statistics of the " + surveyed(a, v) + surveyState(a, v)
}

func (p *statsPanel) draw(a *App, c *canvas, r rect, _ bool) {
	v := a.ed.Survey()
	if v == nil {
		c.text(r.x+1, r.y, r.w-1, "counting …", styleDim)
		return
	}
	h := v.Histogram()
	total := h.Total()
	lines := []struct {
		name, value string
		bar         float64
		ink         style
	}{{name: "size", value: byteCount(v.Range.Len())}}
	add := func(name, value string, bar float64, ink style) {
		lines = append(lines, struct {
			name, value string
			bar         float64
			ink         style
		}{name, value, bar, ink})
	}
	if total > 0 {
		chi := h.ChiSquare()
		add("entropy", fmt.Sprintf("%.4f bits a byte", h.Entropy()), 0, 0)
		add("mean", fmt.Sprintf("%.3f (random: 127.5)", h.Mean()), 0, 0)
		add("chi-square", chiText(chi), 0, 0)
		for k, n := range h.ByClass() {
			add(stats.Class(k).String(), share(n, total), float64(n)/float64(total), rgb(picture.ClassColour(stats.Class(k))))
		}
		for _, b := range h.Most(8) {
			add(byteName(int(b)), fmt.Sprintf("%s, %s", share(h[b], total), model.Grouped(h[b])), float64(h[b])/float64(total), styleDim)
		}
	}
	p.n, p.h = len(lines), r.h
	p.clamp(int64(p.n), p.h)
	for y := range r.h {
		i := int(p.top) + y
		if i >= len(lines) {
			break
		}
		l := lines[i]
		c.text(r.x+1, r.y+y, 12, cut(l.name, 12), styleDim)
		x := c.text(r.x+14, r.y+y, r.w-15, cut(l.value, r.w-15), styleText)
		if room := r.x + r.w - 1 - max(x+1, r.x+34); l.bar > 0 && room > 4 {
			n := max(1, int(math.Round(l.bar*float64(room))))
			for k := range n {
				c.put(r.x+r.w-1-room+k, r.y+y, '▬', l.ink)
			}
		}
	}
}

// chiText is the statistic, and how often random bytes have one that is as far from what is expected.
func chiText(chi float64) string {
	p := stats.ChiSquareChance(chi)
	switch {
	case p > 0.01 && p < 0.99:
		return fmt.Sprintf("%.1f: as random bytes have", chi)
	case p >= 0.99:
		return fmt.Sprintf("%.1f: more even than random bytes", chi)
	}
	return fmt.Sprintf("%.4g: not random", chi)
}

func (p *statsPanel) key(a *App, name string) (tea.Cmd, bool) {
	if line := a.keys.Own(keymap.Image, name); line == "picture-of" { // the one of its keys that means something here
		return a.command(line), true
	}
	switch name {
	case "up":
		p.scroll(-1, int64(p.n), p.h)
	case "down":
		p.scroll(1, int64(p.n), p.h)
	case "pgup":
		p.scroll(int64(-p.h), int64(p.n), p.h)
	case "pgdown":
		p.scroll(int64(p.h), int64(p.n), p.h)
	default:
		return nil, false
	}
	return nil, true
}
