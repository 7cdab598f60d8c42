package ui

import (
	"testing"

	"hexlay/mmapdoc"
	"hexlay/model"
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
