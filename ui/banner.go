package ui

import (
	"hexlay/keymap"
	"hexlay/mmapdoc"
)

// drawBanner tells what another program did to the file, and where the answers are.
func (a *App) drawBanner(c *canvas) {
	r := a.layout.banner
	if r.empty() {
		return
	}
	c.fill(r, ' ', styleBarWarn)
	right, answers := " click for what to do ", " reload, keep, compare… "
	if a.ed.Outside().Deed == mmapdoc.Ended {
		answers = " go on "
	}
	if keys := a.keys.Keys("outside"); len(keys) > 0 {
		right = " " + keymap.Pretty(keys[0]) + answers
	}
	if plainWidth(right)+30 > r.w {
		right = ""
	}
	room := r.w - plainWidth(right) - 2
	c.text(r.x+1, r.y, room, cut("⚠ "+a.ed.Outside().String(), room), styleBarWarn)
	c.text(r.x+r.w-plainWidth(right), r.y, plainWidth(right), right, styleBarWarn)
}
