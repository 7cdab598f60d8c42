package ui

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"hexlay/keymap"
	"hexlay/model"
	"hexlay/overlay/packet"
)

// packetsPanel lists the packets of a capture, above the bytes. The rows on the screen are decoded when they are drawn.
type packetsPanel struct {
	list
	h      int
	chosen int            // the packet that was chosen when the panel was drawn last
	seen   *model.Capture // of which it was
	rows   int            // how many were listed then
	src    int            // the widest address so far
	own    []int          // the widths of the user's columns so far
}

func (p *packetsPanel) name() string          { return "packets" }
func (p *packetsPanel) wants(_, most int) int { return most }

func (p *packetsPanel) title(a *App) string {
	c := a.ed.Capture()
	if c == nil {
		return "packets"
	}
	return oneLine(a.ed.PacketHeading(c))
}

func (p *packetsPanel) draw(a *App, c *canvas, r rect, focused bool) {
	k := a.ed.Capture()
	p.h = r.h
	if k == nil {
		c.text(r.x+1, r.y, r.w-1, "The document is no capture (pcap, pcapng).", styleDim)
		return
	}
	n := k.Rows()
	p.place(k, r.h)
	names := a.ed.PacketColumns
	if len(p.own) != len(names) {
		p.own = make([]int, len(names))
		for i, s := range names {
			p.own[i] = min(plainWidth(s), ownColumn)
		}
	}
	rows := make([]model.PacketRow, 0, r.h)
	for i := int(p.top); i < n && len(rows) < r.h-1; i++ {
		row := a.ed.PacketRow(k, i)
		rows = append(rows, row)
		p.src = max(p.src, min(plainWidth(row.Src), 39), min(plainWidth(row.Dst), 39))
		for i, s := range row.Columns[:min(len(row.Columns), len(p.own))] {
			p.own[i] = max(p.own[i], min(plainWidth(oneLine(s)), ownColumn))
		}
	}
	cols := p.columns(r.w, k)
	head := model.PacketRow{Summary: packet.Summary{Src: "source", Dst: "destination", Protocol: "protocol", Info: "info"}, Columns: names}
	p.drawRow(c, rect{r.x, r.y, r.w, 1}, cols, "no", k.TimeName(), head, "len", styleDim)
	for y, row := range rows {
		line := rect{r.x, r.y + 1 + y, r.w, 1}
		st := styleText
		switch {
		case row.Err != nil:
			st, row.Info = styleError, row.Err.Error()
		case row.Fault:
			st = styleWarn
		case row.Marked:
			st = styleGood | bold
		}
		no := strconv.Itoa(row.Packet + 1)
		if row.Reference {
			no = "REF"
		}
		length := ""
		if row.Err == nil {
			length = strconv.FormatInt(row.Len, 10)
		}
		p.drawRow(c, line, cols, no, packetTime(row.Time, k.TimeForm, cols.time), row, length, st)
		if a.picturePanel.traffic.covers(a, row.Packet) {
			c.restyle(rect{line.x, line.y, 1 + cols.no, 1}, styleHit)
		}
		if row.Chosen && focused {
			c.restyle(line, styleRow)
		} else if row.Chosen {
			c.restyle(line, bold|underline)
		}
	}
}

// ownColumn is how wide a column of the user's own may be.
const ownColumn = 32

// place scrolls to the chosen packet if it is another one.
func (p *packetsPanel) place(k *model.Capture, h int) {
	n := k.Rows()
	if k != p.seen {
		p.seen, p.top, p.chosen, p.src, p.own = k, 0, -1, 15, nil
	}
	if k.Chosen() != p.chosen || n != p.rows && p.chosen >= 0 {
		p.chosen, p.rows = k.Chosen(), n
		if p.chosen >= 0 {
			p.show(int64(min(k.RowOf(p.chosen), n-1)), int64(n), h-1)
		}
	}
	p.clamp(int64(n), h-1)
}

// packetColumns are the widths of the columns; 0 leaves one out.
type packetColumns struct {
	no, time, address, protocol, length int
	own                                 []int
}

// ownWidth is what the user's columns take.
func (c packetColumns) ownWidth() int {
	w := 0
	for _, n := range c.own {
		if n > 0 {
			w += n + 1
		}
	}
	return w
}

func (p *packetsPanel) columns(w int, k *model.Capture) packetColumns {
	cols := packetColumns{no: max(3, len(strconv.Itoa(k.Index().Len()))), address: p.src, protocol: 10, length: 5}
	times := timeWidths(k.TimeForm, k.Index().Fine())
	cols.time, times = times[0], times[1:]
	cols.own = slices.Clone(p.own)
	info := 20
	for cols.no+cols.time+2*cols.address+cols.protocol+cols.length+cols.ownWidth()+6+info > w {
		switch {
		case widest(cols.own) > 16:
			cols.own[slices.Index(cols.own, widest(cols.own))]--
		case cols.time > 23:
			cols.time, times = times[0], times[1:]
		case cols.length > 0 && w < 70:
			cols.length = 0
		case cols.address > 11:
			cols.address--
		case cols.protocol > 8 && timeLayouts[k.TimeForm] != nil:
			cols.protocol--
		case len(times) > 0:
			cols.time, times = times[0], times[1:]
		case info > 10 && timeLayouts[k.TimeForm] != nil: // times since something are a part of what is listed at first; a clock was asked for
			info--
		case cols.time > 0:
			cols.time = 0
		case cols.length > 0 && cols.ownWidth() > 0: // what was asked for goes last
			cols.length = 0
		case widest(cols.own) > 8:
			cols.own[slices.Index(cols.own, widest(cols.own))]--
		case cols.ownWidth() > w/2:
			cols.own[slices.Index(cols.own, widest(cols.own))] = 0
		default:
			return cols
		}
	}
	return cols
}

func widest(list []int) int {
	w := 0
	for _, n := range list {
		w = max(w, n)
	}
	return w
}

func (p *packetsPanel) drawRow(c *canvas, r rect, cols packetColumns, no, when string, row model.PacketRow, length string, st style) {
	x, end := r.x+1, r.x+r.w
	put := func(s string, w int, right bool, st style) {
		if w <= 0 || x >= end {
			return
		}
		s = cut(oneLine(s), w)
		at := x
		if right {
			at += w - plainWidth(s)
		}
		c.text(at, r.y, min(w, end-at), s, st)
		x += w + 1
	}
	put(no, cols.no, true, styleDim)
	put(when, cols.time, true, st)
	put(row.Src, cols.address, false, st)
	put(row.Dst, cols.address, false, st)
	put(row.Protocol, cols.protocol, false, st)
	put(length, cols.length, true, styleDim)
	for i, w := range cols.own {
		s := "…"
		switch {
		case i < len(row.Columns):
			s = row.Columns[i]
		case row.Err != nil:
			s = ""
		}
		put(s, w, false, st)
	}
	put(row.Info, end-x, false, st)
}

// timeLayouts are how the forms of time that are one of a clock are written, the widest first: what there is no room for are fractions,
// and then the year.
var timeLayouts = map[model.TimeForm][]string{
	model.TimeOfDay: {"15:04:05.000000000", "15:04:05.000000", "15:04:05.000", "15:04:05"},
	model.TimeDate:  {"2006-01-02 15:04:05.000000000", "2006-01-02 15:04:05.000000", "2006-01-02 15:04:05.000", "2006-01-02 15:04:05", "01-02 15:04:05"},
}

// timeWidths are the widths that the column of times may have, the widest first. Only fine ones have nanoseconds.
func timeWidths(form model.TimeForm, fine bool) (list []int) {
	for _, l := range timeLayouts[form] {
		list = append(list, len(l))
	}
	if list == nil {
		list = []int{nanoWidth, 12}
	}
	if !fine {
		list = list[1:]
	}
	return list
}

// nanoWidth is that of a time since something, with nanoseconds.
const nanoWidth = 15

// packetTime writes a time of the list, in a column of a width.
func packetTime(ns int64, form model.TimeForm, w int) string {
	if ns == packet.NoTime {
		return "–"
	}
	for _, l := range timeLayouts[form] {
		if len(l) <= w {
			return time.Unix(0, ns).UTC().Format(l)
		}
	}
	digits := 9
	if w < nanoWidth {
		digits, ns = 6, ns/1000*1000
	}
	s := fmt.Sprintf("%d.%09d", max(ns, -ns)/1e9, max(ns, -ns)%1e9)
	if s = s[:len(s)-9+digits]; ns < 0 {
		return "-" + s
	}
	return s
}

func (p *packetsPanel) key(a *App, name string) (tea.Cmd, bool) {
	k := a.ed.Capture()
	if k == nil {
		return nil, false
	}
	last := k.Rows() - 1
	row := min(k.RowOf(max(0, k.Chosen())), max(0, last))
	if k.Chosen() < 0 { // the cursor is before the first packet
		row = -1
	}
	switch name {
	case "up":
		row = max(0, row-1)
	case "down":
		row = min(last, row+1)
	case "pgup":
		row = max(0, row-max(1, p.h-2))
	case "pgdown":
		row = min(last, row+max(1, p.h-2))
	case "home":
		row = 0
	case "end":
		row = last
	default:
		if line := a.keys.Own(keymap.Packets, name); line != "" {
			return a.command(line), true
		}
		return nil, false
	}
	a.ed.Notef("")
	a.ed.ChoosePacketRow(k, row)
	return nil, true
}

func (p *packetsPanel) click(a *App, _, y int, _ bool) tea.Cmd {
	if k := a.ed.Capture(); k != nil && y > 0 {
		a.ed.ChoosePacketRow(k, int(p.top)+y-1)
	}
	return nil
}

func (p *packetsPanel) wheel(a *App, rows int) {
	if k := a.ed.Capture(); k != nil {
		p.scroll(int64(rows), int64(k.Rows()), p.h-1)
	}
}

// minAbove is how high the body has to be for the list to stand above the bytes.
const minAbove = 12

// upper finds the panel that stands above the bytes: the list of packets or, of what is live and cut into frames, that of frames; -1
// where there is none.
func (a *App) upper(shown []panel) int {
	if a.ed.Comparison() != nil || a.ed.Capture() == nil && a.ed.List("frames") == nil {
		return -1
	}
	i := slices.Index(shown, panel(&a.packetsPanel))
	if i < 0 && a.ed.List("frames") != nil {
		i = slices.IndexFunc(shown, func(p panel) bool { return p.name() == "frames" })
	}
	return i
}

// arrangeAbove gives such a panel its place above all else.
func (a *App) arrangeAbove(p panel, body rect) (rect, placed) {
	h := body.h * 2 / 5
	if c := a.ed.Capture(); c != nil && p == panel(&a.packetsPanel) {
		h = min(h, 2+max(3, c.Rows()))
	}
	h = max(3, min(max(4, h), body.h-6))
	pl := placed{p: p, r: rect{body.x, body.y, body.w, h}}
	body.y, body.h = body.y+h, body.h-h
	return body, pl
}

// aside is what a document that was opened from within a capture, or what is live, has no use for; it comes back with the document around.
type aside struct {
	on, packets bool
	focus       panel
}

// inside takes the list of packets away where a document without packets was opened from within the capture, and gives the keys to the bytes if a panel had them
// that is not there any more.
func (a *App) inside() {
	in := a.ed.Inner() && a.ed.Capture() == nil && a.ed.Comparison() == nil
	switch {
	case in && !a.aside.on:
		a.aside = aside{true, a.visible["packets"], a.focus}
		a.visible["packets"] = false
		if a.focus == panel(&a.packetsPanel) || a.emptyList(a.focus) {
			a.focus = nil
		}
	case a.aside.on && !a.ed.Inner():
		if a.aside.packets {
			a.visible["packets"] = true
		}
		if a.focus == nil && !a.emptyList(a.aside.focus) {
			a.focus = a.aside.focus
		}
		a.aside = aside{}
	default:
		return
	}
	a.arrange()
}

// emptyList tells that a panel is one of a list that there is not.
func (a *App) emptyList(p panel) bool {
	l, ok := p.(*listPanel)
	return ok && a.ed.List(l.of) == nil
}

// capture keeps what is known of a capture up to the document and its layers over the packet at the cursor.
func (a *App) capture() tea.Cmd {
	a.inside()
	k := a.ed.Capture()
	if k == nil {
		return nil
	}
	if k != a.shownCapture { // a capture that was opened: the list and the tree are what it is for
		a.shownCapture = k
		a.visible["packets"], a.visible["structure"] = !a.visible["frames"], true
		a.arrange()
	}
	var cmds []tea.Cmd
	if j := a.ed.IndexJob(); j != nil {
		cmds = append(cmds, a.perform(model.Start{Job: j}, nil))
	}
	for range 2 { // the first loads templates
		j := a.ed.LayersJob()
		if j == nil {
			break
		}
		cmds = append(cmds, a.perform(model.Start{Job: j}, nil))
	}
	for _, pl := range a.layout.panels {
		if p := &a.packetsPanel; pl.p == panel(p) && a.ed.Capture() == k {
			h := pl.body().h
			p.place(k, h)
			if j := a.ed.ColumnsJob(int(p.top), h-1); j != nil {
				cmds = append(cmds, a.perform(model.Start{Job: j}, nil))
			}
		}
	}
	return tea.Batch(cmds...)
}
