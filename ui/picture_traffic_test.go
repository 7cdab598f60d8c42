package ui

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/overlay/picture"
)

// pcapOf writes UDP packets to a port with gopacket, each with its time after the first and its payload.
func pcapOf(t *testing.T, n int, packet func(i int) (after time.Duration, port uint16, payload []byte)) []byte {
	t.Helper()
	var out bytes.Buffer
	w := pcapgo.NewWriterNanos(&out)
	if err := w.WriteFileHeader(65535, layers.LinkTypeEthernet); err != nil {
		t.Fatal(err)
	}
	begin := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	for i := range n {
		after, port, payload := packet(i)
		ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: []byte{10, 0, 0, 1}, DstIP: []byte{10, 0, 0, 2}}
		udp := &layers.UDP{SrcPort: 40000, DstPort: layers.UDPPort(port)}
		if err := udp.SetNetworkLayerForChecksum(ip); err != nil {
			t.Fatal(err)
		}
		b := gopacket.NewSerializeBuffer()
		if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
			&layers.Ethernet{SrcMAC: make([]byte, 6), DstMAC: make([]byte, 6), EthernetType: layers.EthernetTypeIPv4}, ip, udp, gopacket.Payload(payload)); err != nil {
			t.Fatal(err)
		}
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: begin.Add(after), CaptureLength: len(b.Bytes()), Length: len(b.Bytes())}, b.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// rising is a capture in which second s has s+1 packets, of 60 bytes each; every other one goes to port 7.
func rising(t *testing.T, seconds int) []byte {
	var at []time.Duration
	for s := range seconds {
		for k := range s + 1 {
			at = append(at, time.Duration(s)*time.Second+time.Duration(k)*time.Millisecond)
		}
	}
	return pcapOf(t, len(at), func(i int) (time.Duration, uint16, []byte) { return at[i], uint16(7 + 2*(i%2)), make([]byte, 10) })
}

// heights are the dots of each column of the upper and the lower half of the chart.
func (r *rig) heights() (upper, lower []int) {
	p := &r.app.picturePanel.traffic
	b := r.panelRect("picture")
	dots, _ := r.plotted()
	half := (p.plot.h + 1) / 2 * 4
	for _, column := range dots[2*(p.plot.x-b.x) : 2*(p.plot.x-b.x+p.plot.w)] {
		n := [2]int{}
		for y := range p.plot.h * 4 {
			if column[y] {
				n[min(1, y/half)]++
			}
		}
		upper, lower = append(upper, n[0]), append(lower, n[1])
	}
	return upper, lower
}

// TestTraffic: the chart has its bars where the packets are, at small and large sizes, its cursor says what is there, and Enter goes to it.
func TestTraffic(t *testing.T) {
	b := rising(t, 10)
	for _, size := range [][2]int{{80, 24}, {120, 40}, {300, 80}} {
		inTerminal(t, model.New(mmapdoc.FromBytes("x.pcap", b)), rigOptions{w: size[0], h: size[1]}, func(r *rig) {
			r.line("panel-focus packets")
			r.keys("T")
			r.shows("picture: traffic, intervals of ")
			r.right()
			k := r.ed.Capture()
			line := k.Traffic()
			r.keys("home")
			r.line("picture-whole")
			line = k.Traffic()
			upper, lower := r.heights()
			most, mostBytes := line.Most()
			ph := r.app.picturePanel.traffic.plot.h
			for x := range upper {
				var packets, bytes int64
				n := len(line.Bins)
				for i := x * n / len(upper); i < n && (i == x*n/len(upper) || i < (x+1)*n/len(upper)); i++ {
					packets, bytes = max(packets, line.Bins[i].Packets), max(bytes, line.Bins[i].Bytes)
				}
				h := int64((ph + 1) / 2 * 4)
				if want := (packets*h + most - 1) / most; int64(upper[x]) != want {
					t.Fatalf("%v: column %d has %d dots for %d packets of %d, want %d", size, x, upper[x], packets, most, want)
				}
				h = int64(ph*4) - h
				if want := (bytes*h + mostBytes - 1) / mostBytes; int64(lower[x]) != want {
					t.Fatalf("%v: column %d has %d dots for %d bytes of %d, want %d", size, x, lower[x], bytes, mostBytes, want)
				}
			}
			r.line("picture-whole")
			// From burst to burst: in intervals of at most 200 ms each second stands alone.
			for s := 1; s < 10; s++ {
				r.keys("down")
				want := fmt.Sprintf("%d packets, %d bytes, from packet %d", s+1, 60*(s+1), s*(s+1)/2+1)
				if size[0] < 300 { // it is cut
					want = want[:len("1 packets, 60 bytes")]
				}
				r.shows(want)
			}
			r.keys("down", "enter")
			if k.Chosen() != 45 || r.ed.Cursor() != k.Index().At(45).Data {
				t.Errorf("Enter goes to packet %d", k.Chosen()+1)
			}
			r.keys("left")
			r.shows("no packets")
			r.keys("enter")
			r.shows("there are no packets in the interval")
			r.right()
		})
	}
}

// TestTrafficFollows: the chart is of the packets that the filter shows, its cursor goes where the chosen packet is, and the packets of
// its interval are marked in the list and can be listed alone.
func TestTrafficFollows(t *testing.T) {
	inTerminal(t, model.New(mmapdoc.FromBytes("x.pcap", rising(t, 10))), rigOptions{w: 150, h: 45}, func(r *rig) {
		r.line("packet-traffic")
		r.line("packet 36") // the last of second 7
		r.shows("8 packets, 480 bytes, from packet 29")
		b := r.panelRect("packets")
		r.line("panel-focus picture")
		marked := 0
		for y := 1; y < b.h; y++ {
			if cellStyle(r.em.CellAt(b.x+1, b.y+y)).groundOf() == styleHit.groundOf() {
				marked++
			}
		}
		if marked != 8 {
			t.Errorf("%d packets are marked in the list:\n%s", marked, r.text())
		}
		r.line("packet-filter udp.dst_port == 7")
		r.line("panel-focus picture")
		r.shows("4 packets, 240 bytes, from packet 29")
		r.keys("f")
		r.shows("packets: 4 of 55 with (udp.dst_port == 7) and time >= ")
		if got := r.ed.Capture().Traffic(); got.Step > int64(time.Second) {
			t.Errorf("the chart of an interval has intervals of %v", time.Duration(got.Step))
		}
		r.line("packet-filter no < 1")
		r.shows("No packet of the list has a time.")
		r.keys("left", "enter", "f")
		r.line("packet-all")
		r.shows("from packet 29")
		r.line("packet-time time")
		r.shows("07:08:16")
		r.right()
	})
}

// TestTrafficGrows: the chart of a capture that is being written grows with it.
func TestTrafficGrows(t *testing.T) {
	whole := rising(t, 40)
	doc, tail := mmapdoc.NewTail("live")
	if _, err := tail.Write(whole[:24]); err != nil {
		t.Fatal(err)
	}
	ed := model.New(doc)
	inTerminal(t, ed, rigOptions{w: 120, h: 40, options: Options{First: ed.Receive()}}, func(r *rig) {
		time.Sleep(time.Second)
		r.settle()
		r.line("packet-traffic")
		r.shows("No packet of the list has a time.")
		rest := whole[24:]
		steps := make(map[int64]bool)
		for len(rest) > 0 {
			n := min(5000, len(rest), 300+len(whole)-len(rest))
			if _, err := tail.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
			time.Sleep(time.Second)
			r.settle()
			r.right()
			line, sum := r.ed.Capture().Traffic(), int64(0)
			for _, b := range line.Bins {
				sum += b.Packets
			}
			if sum != int64(r.ed.Capture().Index().Len()) {
				t.Fatalf("%d packets are in the chart, the capture has %d", sum, r.ed.Capture().Index().Len())
			}
			steps[line.Step] = true
		}
		if n := r.ed.Capture().Index().Len(); n != 820 || len(steps) < 3 {
			t.Errorf("%d packets, intervals of %v", n, steps)
		}
		tail.End(nil)
	})
}

// TestTrafficEverywhere: the chart at all sizes, without colours, without braille, and of what is no capture.
func TestTrafficEverywhere(t *testing.T) {
	for _, profile := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI, colorprofile.ASCII} {
		inTerminal(t, model.New(mmapdoc.FromBytes("x.pcap", rising(t, 10))), rigOptions{w: 100, h: 30, profile: profile}, func(r *rig) {
			r.line("packet-traffic")
			for _, size := range [][2]int{{100, 30}, {20, 5}, {3, 2}, {60, 9}, {200, 50}, {49, 60}} {
				r.resize(size[0], size[1])
				r.keys("down", "right", "pgdown", "end", "home", "l", "w", "left", "w")
				r.right()
			}
			r.resize(100, 30)
			r.scr.ascii = true
			r.line("picture-whole")
			r.keys("home")
			if _, chars := r.plotted(); !strings.ContainsAny(chars, "#%+.") && profile == colorprofile.ASCII {
				t.Errorf("there are no bars: %q", chars)
			} else if strings.ContainsFunc(chars, func(r rune) bool { return r >= 0x2800 && r < 0x2900 }) {
				t.Errorf("there is braille: %q", chars)
			}
		})
	}
	inTerminal(t, edit(make([]byte, 100)), rigOptions{}, func(r *rig) {
		r.line("packet-traffic")
		r.shows("the document is no capture")
		r.line("picture traffic")
		r.shows("The document is no capture")
		r.keys("down", "enter", "f", "p")
		r.shows("picture: entropy")
		r.line("picture pixels")
		r.keys("p")
		r.shows("picture: entropy") // a chart of traffic is not offered
		r.right()
	})
}

// TestTrafficInPixels: where the terminal has pixels, both halves of the chart are pictures, with the scale and the times beside them as text.
func TestTrafficInPixels(t *testing.T) {
	ed := model.New(mmapdoc.FromBytes("x.pcap", rising(t, 10)))
	defer ed.Close()
	a := newApp(ed, nil, nil, 120, 40)
	a.graphics = graphics{asked: true, protocol: kittyGraphics, cellW: 8, cellH: 16}
	for _, job := range []func() *model.Job{ed.IndexJob, func() *model.Job { a.command("packet-traffic"); return ed.TrafficJob(200) }} {
		j := job()
		ed.StartJob(j).Wait()
		if _, err := ed.Finish(j); err != nil {
			t.Fatal(err)
		}
	}
	a.arrange()
	a.draw()
	body := a.placeOf(&a.picturePanel)
	p := a.picturePanel.traffic.plot
	if len(a.canvas.images) != 2 || p.empty() || p.x < body.x || p.x+p.w > body.x+body.w {
		t.Fatalf("%d pictures, bars at %v of %v", len(a.canvas.images), p, body)
	}
	for i, m := range a.canvas.images {
		if m.r.x != p.x || m.r.w != p.w || m.r.y < p.y || m.r.y+m.r.h > p.y+p.h {
			t.Errorf("picture %d is at %v, the bars at %v", i, m.r, p)
		}
		size, h := m.m.Bounds().Size(), 0
		for y := range size.Y {
			if m.m.RGBAAt(size.X-1, y) != picture.Heat(0) {
				h++
			}
		}
		if h != size.Y { // the last second has the most
			t.Errorf("picture %d: the last bar has %d of %d pixels", i, h, size.Y)
		}
	}
}
