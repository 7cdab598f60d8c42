package ui

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"time"

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

// TestPacketTimes: each form of time is there in a window of 80 columns, and what is left out of one is fractions and the year.
func TestPacketTimes(t *testing.T) {
	b, err := os.ReadFile("../templates/pcap/little.pcap")
	if err != nil {
		t.Fatal(err)
	}
	ed := model.New(mmapdoc.FromBytes("little.pcap", b))
	inTerminal(t, ed, rigOptions{w: 80, h: 24}, func(r *rig) {
		r.shows("packets: 7")
		r.line("panel-focus packets")
		r.shows("/ filter")
		c := ed.Capture()
		at := time.Unix(0, c.Index().At(5).Time).UTC()
		for _, form := range []struct {
			name string
			want map[int]string // by width of the window
		}{
			{"time", map[int]string{80: at.Format("15:04:05.000000"), 60: at.Format("15:04:05")}},
			{"date", map[int]string{80: at.Format(" 01-02 15:04:05 "), 100: at.Format(" 2006-01-02 15:04:05"), 120: at.Format("2006-01-02 15:04:05.000000")}},
			{"delta", map[int]string{80: "delta"}},
		} {
			r.line("packet-time " + form.name)
			for w, want := range form.want {
				r.resize(w, 24)
				r.shows(want)
				r.right()
			}
		}
	})
}

// TestPacketNanoseconds: a capture whose times are finer than microseconds shows all nine digits where there is room.
func TestPacketNanoseconds(t *testing.T) {
	b, err := os.ReadFile("../templates/pcap/little.pcap")
	if err != nil {
		t.Fatal(err)
	}
	copy(b, "\x4d\x3c\xb2\xa1")
	for off, n := 24, uint32(0); off < len(b); n++ {
		binary.LittleEndian.PutUint32(b[off+4:], 123456789+n)
		off += 16 + int(binary.LittleEndian.Uint32(b[off+8:]))
	}
	ed := model.New(mmapdoc.FromBytes("nano.pcap", b))
	inTerminal(t, ed, rigOptions{w: 120, h: 30}, func(r *rig) {
		r.shows("packets: 7")
		at := time.Unix(0, ed.Capture().Index().At(5).Time).UTC()
		for form, want := range map[string][2]string{ // in 120 columns and in 80
			"time":  {at.Format("15:04:05.000000000"), at.Format("15:04:05.000000 ")},
			"date":  {at.Format("2006-01-02 15:04:05.000000000"), at.Format(" 01-02 15:04:05 ")},
			"start": {".000000005", ".000000 "},
		} {
			r.line("packet-time " + form)
			for i, w := range []int{120, 80} {
				r.resize(w, 30)
				r.shows(want[i])
				r.right()
			}
		}
	})
}

// TestInsideACapture: a stream that is opened takes no room for a list of packets that it has not, and the keys go to its bytes; both are back with the
// capture.
func TestInsideACapture(t *testing.T) {
	b, err := os.ReadFile("../templates/pcap/little.pcap")
	if err != nil {
		t.Fatal(err)
	}
	ed := model.New(mmapdoc.FromBytes("little.pcap", b))
	inTerminal(t, ed, rigOptions{w: 120, h: 40}, func(r *rig) {
		r.shows("packets: 7")
		r.line("panel-focus packets")
		r.line("packet 5")
		r.line("stream-follow")
		r.shows("substream-close goes back")
		if s := r.text(); strings.Contains(s, "is no capture") || !strings.Contains(s, " hex ") {
			t.Errorf("%s", s)
		}
		r.line("substream-close")
		r.shows("packets: 7")
		r.shows("packets panel")
		r.line("panel packets") // it was shown; now it is not
		r.line("stream-follow")
		r.shows("substream-close goes back")
		r.line("substream-close")
		if strings.Contains(r.text(), "packets: 7") {
			t.Error("the list is back, which was not there")
		}
	})
}
