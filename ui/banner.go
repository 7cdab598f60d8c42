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
	key, answers := "click", "for what to do"
	if keys := a.keys.Keys("outside"); len(keys) > 0 {
		key, answers = keymap.Pretty(keys[0]), "reload, keep, compare…"
		switch {
		case a.ed.Outside().Deed == mmapdoc.Ended:
			answers = "go on"
		case a.ed.MayFollow():
			answers = "follow, reload, keep…"
		}
	}
	text, right := "⚠ "+a.ed.Outside().String(), " "+key+" "+answers+" "
	if plainWidth(text)+2+plainWidth(right) > r.w {
		right = " " + key + " "
	}
	if plainWidth(right)+30 > r.w {
		right = ""
	}
	room := r.w - plainWidth(right) - 2
	c.text(r.x+1, r.y, room, cut(text, room), styleBarWarn)
	c.text(r.x+r.w-plainWidth(right), r.y, plainWidth(right), right, styleBarWarn)
}
