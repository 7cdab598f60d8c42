package ui

import (
	"fmt"
	"testing"
	"time"

	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/overlay/stats"
)

// TestHierarchyOnScreen: the list of protocols stands indented, and Enter in it narrows the list of packets.
func TestHierarchyOnScreen(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {300, 80}} {
		inTerminal(t, model.New(mmapdoc.FromBytes("x.pcap", rising(t, 10))), rigOptions{w: size[0], h: size[1]}, func(r *rig) {
			r.line("panel-focus packets")
			r.keys("h")
			r.shows("protocols: 3")
			r.shows(" ethernet ")
			r.shows("   ipv4 ")
			r.shows("     udp ")
			if size[0] > 100 {
				r.shows("100.0% 55 packets  100.0% 3,300 bytes")
			}
			r.right()
			r.line("packet-filter udp.dst_port == 7")
			r.line("packet-hierarchy")
			r.keys("end", "enter")
			r.shows("packets: 28 of 55 with (udp.dst_port == 7) and (udp)")
			r.right()
		})
	}
}

// TestVaryOnScreen: the list tells what bytes do, and those of the chosen packet are coloured so while it is there.
func TestVaryOnScreen(t *testing.T) {
	b := pcapOf(t, 100, func(i int) (time.Duration, uint16, []byte) {
		return time.Duration(i) * time.Second, 7, append([]byte{0xab, byte(i), byte(i % 2 * 64), byte(24 + i*i%23)}, make([]byte, 20+i*i%23)...)
	})
	for _, size := range [][2]int{{80, 24}, {300, 80}} {
		ed := model.New(mmapdoc.FromBytes("x.pcap", b))
		inTerminal(t, ed, rigOptions{w: size[0], h: size[1]}, func(r *rig) {
			r.line("packet 3")
			r.line("panel-focus packets")
			r.keys("v")
			r.shows("varying: 5 of payload")
			r.shows("+1 ")
			r.shows("counter u1")
			r.right()
			payload := ed.Capture().Index().At(2).Data + 42
			kinds := [4]stats.Vary{stats.VaryConstant, stats.VaryCounter, stats.VaryFew, stats.VaryLength}
			r.line("panel-show varying")
			r.line(fmt.Sprintf("goto %d", payload+10))
			coloured := func() (n int) {
				for i, kind := range kinds {
					x, y := r.place(payload + int64(i))
					if cellStyle(r.em.CellAt(x, y)).groundOf() == styleVary[kind].groundOf() {
						n++
					}
				}
				return n
			}
			if n := coloured(); n != 4 {
				t.Errorf("%v: %d of 4 bytes are coloured by what they do:\n%s", size, n, r.text())
			}
			r.line("panel-focus varying")
			r.keys("home", "down", "down", "down")
			r.shows("+3 length u1: the length, 24 to 42") // in a narrow panel too
			if sel := ed.Selection(); sel != (mmapdoc.Range{Start: payload + 3, End: payload + 4}) {
				t.Errorf("%v: the length is at %v, the payload at %d", size, sel, payload)
			}
			r.line("select 0:0")
			r.line(fmt.Sprintf("goto %d", payload+10))
			r.line("panel varying")
			if n := coloured(); n > 1 { // a field may have one of the colours
				t.Errorf("%v: %d bytes are coloured without the list", size, n)
			}
			r.right()
		})
	}
}

// place is where the digits of the byte at off are on the screen.
func (r *rig) place(off int64) (x, y int) {
	sh, g := r.app.shape, r.app.layout.grid
	k := off - r.ed.View.Top()
	return g.x + sh.hexX(int(k)%sh.cols), g.y + int(k)/sh.cols
}
