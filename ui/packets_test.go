package ui

import (
	"os"
	"testing"

	"hexlay/mmapdoc"
	"hexlay/model"
)

// TestPacketList: a capture opens with the list of packets above bytes and tree, and keys move all three.
func TestPacketList(t *testing.T) {
	b, err := os.ReadFile("../templates/pcap/little.pcap")
	if err != nil {
		t.Fatal(err)
	}
	ed := model.New(mmapdoc.FromBytes("little.pcap", b))
	inTerminal(t, ed, rigOptions{w: 150, h: 45}, func(r *rig) {
		r.shows("packets: 7")
		r.shows("Who has 192.0.2.53? Tell 192.0.2.1")
		r.line("packet 5")
		r.shows("http::heade")
		r.line("panel-focus packets")
		r.keys("up", "up")
		if ed.Capture().Chosen() != 2 || ed.Cursor() != ed.Capture().Index().At(2).Data {
			t.Errorf("packet %d at %#x", ed.Capture().Chosen(), ed.Cursor())
		}
		r.shows("vlan (33024)")
		r.keys("t")
		r.shows("delta")
		r.keys("/")
		r.keys("tcp.dst_p") // what it could become is seen while it is typed
		r.shows("dst_port  integer")
		r.keys("tab")
		r.shows("fulfil: tcp.dst_port")
		r.keys("backspace", "backspace", "backspace")
		r.keys("rt")
		r.shows("did you mean")
		r.keys("esc")
		r.line("packet-filter icmp or arp")
		r.shows("packets: 2 of 7 with icmp or arp")
		r.right()
		r.resize(60, 14)
		r.right()
		r.resize(20, 5)
		r.right()
	})
}
