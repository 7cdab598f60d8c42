package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"hexlay/keymap"
	"hexlay/model"
)

// drawTitle draws the top line: the document, its size and state, and where help is.
func (a *App) drawTitle(c *canvas) {
	r := a.layout.title
	if r.empty() {
		return
	}
	c.fill(r, ' ', styleBar)
	info := a.ed.Document().Info()
	cmp := a.ed.Comparison()
	right := ""
	if keys := a.keys.Keys("help"); len(keys) > 0 {
		right = keymap.Pretty(keys[0]) + " help  " + keymap.Pretty(a.keys.Keys("palette")[0]) + " commands "
	}
	flags := "  " + sizeText(a.ed.Size())
	if ed := a.ed; ed.ReadOnlyReason() != "" {
		flags += "  read-only: " + ed.ReadOnlyReason()
	}
	if a.ed.Lossy() {
		flags += "  not kept"
	}
	switch {
	case a.ed.Following():
		flags += "  following"
	case a.ed.Receiving():
		flags += "  receiving"
	}
	mark := ""
	if a.ed.Document().Modified() {
		mark = " ● changed"
	}
	if r.w < 60 {
		right = ""
	}
	if cmp != nil { // each side has a heading of its own
		x := c.text(r.x+1, r.y, r.w-1, compareTitle(cmp), styleBar|bold)
		if plainWidth(right) < r.w-x {
			c.text(r.x+r.w-plainWidth(right), r.y, plainWidth(right), right, styleBar)
		}
		return
	}
	room := max(4, r.w-plainWidth(flags)-plainWidth(mark)-plainWidth(right)-2)
	x := c.text(r.x+1, r.y, room, cutLeft(info.Name, room), styleBar|bold)
	x = c.text(x, r.y, r.x+r.w-x, mark, styleBar.on(fg(215))|bold)
	c.text(x, r.y, r.x+r.w-x, flags, styleBar)
	if right != "" {
		c.text(r.x+r.w-plainWidth(right), r.y, plainWidth(right), right, styleBar)
	}
}

func compareTitle(c *model.Comparison) string {
	s := "comparing"
	if c.SameOffset() {
		s = "comparing the same offsets"
	}
	if c.Stopped() {
		s += ", ended early"
	}
	s += ": "
	s += c.Count(-1)
	if c.Full() {
		s += " and more"
	}
	return s
}

// cutLeft shortens s from the left: of a path the end tells more.
func cutLeft(s string, n int) string {
	rs := []rune(s)
	for len(rs) > 0 && plainWidth(string(rs)) > n-1 {
		rs = rs[1:]
	}
	if len(rs) == len([]rune(s)) || n < 2 {
		return cut(s, n)
	}
	return "…" + string(rs)
}

// cutUnlike shortens s to n columns, as cutLeft does, but keeps the beginning of what it has that other, which stands beside it, has not:
// else long names would look the same.
func cutUnlike(s, other string, n int) string {
	rs, os := []rune(s), []rune(other)
	if plainWidth(s) <= n {
		return s
	}
	if n < 6 {
		return cutLeft(s, n)
	}
	first, last := 0, len(rs) // what is unlike
	for first < min(len(rs), len(os)) && rs[first] == os[first] {
		first++
	}
	for k := len(os); last > first && k > first && rs[last-1] == os[k-1]; k-- {
		last--
	}
	for back := first; back > 0 && first-back < 8; back-- { // from where the word or number begins
		if r := rs[back-1]; !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' {
			first = back
			break
		}
	}
	lead := ""
	if first > 1 {
		lead = "…"
	} else {
		first = 0
	}
	if first >= last || plainWidth(string(rs[first:]))+len(lead)/len("…") <= n {
		return cutLeft(s, n)
	}
	room := n - plainWidth(lead)
	for plainWidth(string(rs[first:last])) > max(1, room/2) {
		last--
	}
	if last <= first {
		return cut(s, n)
	}
	head := lead + string(rs[first:last])
	return head + cutLeft(string(rs[last:]), n-plainWidth(head))
}

// byteCount says "1 byte", "2,345 bytes".
func byteCount(n int64) string {
	if n == 1 {
		return "1 byte"
	}
	return model.Grouped(n) + " bytes"
}

// sizeText is a size for people: bytes with separators, and the larger unit.
func sizeText(n int64) string {
	s := byteCount(n)
	units := "KMGTPE"
	f, i := float64(n), -1
	for f >= 1024 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	if i >= 0 {
		s += fmt.Sprintf(" (%.4g %ciB)", f, units[i])
	}
	return s
}

// drawStatus draws the line with the mode, the place and the settings, above the lines that stand at the bottom.
func (a *App) drawStatus(c *canvas, lines int) {
	r := a.layout.status
	if r.empty() {
		return
	}
	r.y -= max(0, lines-1)
	c.fill(r, ' ', styleBar)
	ed := a.ed
	mode, st := " OVR ", styleBarKey
	if ed.Insert {
		mode, st = " INS ", styleBarWarn
	}
	x := c.text(r.x, r.y, r.w, mode, st)
	col := " hex "
	if ed.Column() == model.Text {
		col = " text "
	}
	if a.focus != nil {
		col = " " + a.focus.name() + " panel "
	}
	x = c.text(x, r.y, r.x+r.w-x, col, styleBar|bold)

	cur := ed.Cursor()
	var parts []string // what is nearer to the front matters more
	if cmp := ed.Comparison(); cmp != nil {
		side := " " + [...]string{"left", "right"}[cmp.Active()]
		if i, ok := cmp.Here(); ok {
			side += " " + cmp.Count(i)
		}
		parts = append(parts, side)
	}
	parts = append(parts, fmt.Sprintf(" %#x", cur), fmt.Sprintf(" (%s)", model.Grouped(cur)))
	if size := ed.Size(); size > 0 {
		parts = append(parts, fmt.Sprintf(" %d%%", percent(cur, size)))
	}
	if sel := ed.Selection(); sel.Len() > 0 {
		parts = append(parts, fmt.Sprintf("  sel %#x:%s", sel.Start, model.Grouped(sel.Len())))
	}
	if s := ed.Sight(); s != nil && s.Path != "" {
		parts = append(parts, "  "+s.Path)
	}
	left, right := strings.Join(parts, ""), ""
	if j := ed.Running(); j != nil { // it matters more than all but the place
		for need := plainWidth(progressText(j, 0)) + 2; len(parts) > 1 && x+plainWidth(left)+need > r.x+r.w; left = strings.Join(parts, "") {
			parts = parts[:len(parts)-1]
		}
		right = progressText(j, r.x+r.w-x-plainWidth(left)-2)
	}
	if glance := a.glance(); right == "" || x+plainWidth(left+glance+right)+2 < r.w {
		left += glance
	}
	endian := "LE"
	if ed.BigEndian {
		endian = "BE"
	}
	for _, s := range []string{ed.Codec.Name(), ed.Handler.String(), endian} {
		if right != "" {
			s = right + " │ " + s
		}
		if plainWidth(s)+1+plainWidth(left) < r.x+r.w-x { // all of it or nothing is drawn
			right = s
		}
	}
	room := r.x + r.w - x
	c.text(x, r.y, room, cut(left, room), styleBar)
	if w := plainWidth(right) + 1; w < room-plainWidth(left) {
		c.text(r.x+r.w-w, r.y, w, right, styleBar)
	}
}

// glance reads the bytes at the cursor as the values looked for most, unless the inspector shows them all.
func (a *App) glance() string {
	if a.visible["inspector"] && a.onScreen(&a.inspectorPanel) {
		return ""
	}
	b := a.ed.CursorBytes()
	out := ""
	for _, name := range [...]string{"uint8", "uint16", "uint32"} {
		r, err := model.ReadingByName(name)
		if err != nil {
			continue
		}
		if v, _, err := r.Decode(b, a.ed.BigEndian); err == nil {
			out += "  u" + name[4:] + " " + v
		}
	}
	return out
}

func percent(n, of int64) int64 {
	if of < 1<<50 {
		return n * 100 / of
	}
	return n / (of / 100)
}

// progressText tells in at most w cells how far a job is; where its title has no room, the numbers matter more.
func progressText(j *model.Job, w int) string {
	s := ""
	if j.Total > 0 {
		s += fmt.Sprintf(" %d%%", min(100, percent(j.Progress(), j.Total)))
		if rate, left := j.Speed(); left >= 1 {
			if rate >= 1<<20 {
				s += fmt.Sprintf(" %.0f MiB/s", rate/(1<<20))
			}
			s += fmt.Sprintf(" %s left", time.Duration(left+0.5)*time.Second)
		}
	}
	s += " (Esc cancels)"
	return cut(j.Title, max(8, w-plainWidth(s))) + s
}

// drawLine draws the bottom line: what the last command said, else the keys that a newcomer needs. It
// tells how many lines that takes.
func (a *App) drawLine(c *canvas) int {
	r := a.layout.line
	if r.empty() {
		return 0
	}
	n := a.ed.Notice()
	switch {
	case n.Text != "":
		text, st := n.Text, styleText
		if n.Error {
			st = styleError
		}
		if h := n.Hint; h.Command != "" {
			by := ":" + h.Command
			if keys := a.keys.Keys(h.Command); len(keys) > 0 {
				by = keymap.Pretty(keys[0])
			}
			text += fmt.Sprintf("; %s %s", by, h.Does)
		}
		return drawUp(c, r, text, st)
	default:
		x := r.x
		hints, own := hints, keymap.Context("")
		switch {
		case a.ed.Comparison() != nil:
			hints, own = compareHints, keymap.Compare
		case a.focus == panel(&a.packetsPanel) && a.ed.Capture() != nil:
			hints, own = packetHints, keymap.Packets
		}
		for _, h := range hints {
			keys := a.keys.Keys(h.command)
			if len(keys) == 0 {
				continue
			}
			k := keymap.Pretty(keys[0])
			if i := slices.IndexFunc(keys, func(k string) bool { return own != "" && a.keys.Own(own, k) == h.command }); i >= 0 {
				k = keymap.Pretty(keys[i])
			}
			if x+plainWidth(k)+1+plainWidth(h.label) > r.x+r.w {
				break
			}
			x = c.text(x, r.y, r.x+r.w-x, k, styleText|bold)
			x = c.text(x+1, r.y, r.x+r.w-x-1, h.label, styleDim) + 2
		}
	}
	return 1
}

// mostLines is how many lines of a window's height one notice takes at most: a quarter of it.
func mostLines(h int) int { return max(1, h/4) }

// drawUp draws a text whose last line stands in r; a text that is wider than r covers what is above. It tells how many lines that is.
func drawUp(c *canvas, r rect, text string, st style) int {
	text = oneLine(text)
	if plainWidth(text) <= r.w {
		c.text(r.x, r.y, r.w, text, st)
		return 1
	}
	lines, most := wrap(text, r.w), mostLines(r.y+1)
	if len(lines) > most {
		lines[most-1] = cut(strings.Join(lines[most-1:], " "), r.w)
		lines = lines[:most]
	}
	for i, line := range lines {
		row := rect{r.x, r.y + 1 - len(lines) + i, r.w, 1}
		c.fill(row, ' ', st)
		c.text(row.x, row.y, row.w, line, st)
	}
	return len(lines)
}

var hints = []struct{ command, label string }{
	{"save", "save"}, {"undo", "undo"}, {"goto", "go to"}, {"find", "find"}, {"column", "hex/text"},
	{"insert-mode", "insert"}, {"panel-next", "panels"}, {"struct", "struct"}, {"panel text", "text"}, {"line", "command"}, {"quit", "quit"},
}

var compareHints = []struct{ command, label string }{
	{"next-difference", "next"}, {"previous-difference", "previous"}, {"compare-switch", "other side"}, {"copy-difference right", "copy right"}, {"copy-difference left", "copy left"},
	{"panel-focus differences", "list"}, {"compare-mode", "same offsets"}, {"undo", "undo"}, {"save", "save"}, {"compare-end", "end"}, {"compare-layout", "layout"},
}

var packetHints = []struct{ command, label string }{
	{"packet-filter", "filter"}, {"packet-all", "all"}, {"stream-follow", "follow stream"}, {"stream-next", "next of it"}, {"packet-mark", "mark"}, {"packet-compare", "compare"},
	{"packet-time", "times"}, {"packet-vary", "vary"}, {"packet-hierarchy", "protocols"}, {"conversations", "streams"}, {"packet-traffic", "chart"}, {"packet-column", "column"},
	{"packet-export", "export"}, {"help", "help"},
}

func oneLine(s string) string { return strings.ReplaceAll(s, "\n", " · ") }
