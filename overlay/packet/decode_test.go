package packet

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// summaries decodes a whole capture.
func summaries(t testing.TB, b []byte) []Summary {
	t.Helper()
	x := indexed(t, b)
	d := NewDecoder(x, bytes.NewReader(b), int64(len(b)), nil)
	var list []Summary
	for i := range x.Len() {
		p, err := d.Packet(i)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range p.Layers {
			if l.Start > l.Body || l.Body > l.End || l.End > len(p.Bytes) {
				t.Fatalf("packet %d: layer %+v of %d bytes", i, l, len(p.Bytes))
			}
		}
		list = append(list, p.Summary())
	}
	return list
}

func TestSummaries(t *testing.T) {
	want := []Summary{
		{"10.0.0.1", "10.0.0.2", "ARP", "Who has 10.0.0.2? Tell 10.0.0.1"},
		{"10.0.0.2", "10.0.0.1", "ARP", "10.0.0.2 is at 02:00:00:00:00:02"},
		{"10.0.0.1", "10.0.0.2", "DNS", "Standard query 0x1234 A hexlay.example"},
		{"10.0.0.1", "10.0.0.2", "DNS", "Standard query response 0x1234 A hexlay.example A 192.0.2.7"},
		{"10.0.0.1", "10.0.0.2", "ICMP", "Echo (ping) request id=0x0007, seq=1, ttl=64"},
		{"10.0.0.1", "10.0.0.2", "TCP", "50000 → 80 [SYN] Seq=1000 Win=512 Len=0 MSS=1460"},
		{"10.0.0.2", "10.0.0.1", "TCP", "80 → 50000 [SYN, ACK] Seq=9000 Ack=1001 Win=512 Len=0"},
		{"10.0.0.1", "10.0.0.2", "TCP", "50000 → 80 [ACK] Seq=1001 Ack=9001 Win=512 Len=0"},
		{"10.0.0.1", "10.0.0.2", "HTTP", "GET /index.html HTTP/1.1"},
		{"10.0.0.2", "10.0.0.1", "HTTP", "HTTP/1.1 200 OK"},
		{"10.0.0.1", "10.0.0.2", "Modbus/TCP", "Query: Trans: 9; Unit: 1, Func: 3: Read Holding Registers"},
		{"10.0.0.1", "10.0.0.2", "MQTT", "Publish [a/b1]"},
		{"fe80::1", "fe80::2", "ICMPv6", "Echo (ping) request id=0x0003, seq=4"},
		{"10.0.0.1", "10.0.0.2", "ARP", "Who has 10.0.0.2? Tell 10.0.0.1"},
		{"02:00:00:00:00:01", "01:80:c2:00:00:0e", "LLDP", "9 bytes"},
	}
	got := summaries(t, writePcap(t, frames(t), layers.LinkTypeEthernet, false))
	for i, s := range got {
		if i >= len(want) || s != want[i] {
			t.Errorf("packet %d: %+v", i, s)
		}
	}
}

// TestSummariesAgainstTshark compares addresses, protocols and times with what tshark says.
func TestSummariesAgainstTshark(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	list := frames(t)
	for name, b := range map[string][]byte{"pcap": writePcap(t, list, layers.LinkTypeEthernet, false), "pcapng": writePcapng(t, list, 1)} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(tshark, "-n", "-r", file, "-T", "fields", "-e", "_ws.col.Protocol", "-e", "_ws.col.Source", "-e", "_ws.col.Destination", "-e", "frame.len").Output()
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
		got := summaries(t, b)
		if len(lines) != len(got) {
			t.Fatalf("%s: tshark lists %d packets, %d here", name, len(lines), len(got))
		}
		for i, line := range lines {
			f := strings.Split(line, "\t")
			s := got[i]
			if s.Protocol == "ARP" { // tshark names hardware there
				f[1], f[2] = s.Src, s.Dst
			}
			if f[0] != s.Protocol || f[1] != s.Src || f[2] != s.Dst {
				t.Errorf("%s: packet %d: %+v; tshark says %q", name, i+1, s, line)
			}
		}
	}
}

// TestCutPackets decodes packets that are cut at every byte, and with bytes changed: nothing panics, no layer leaves its packet.
func TestCutPackets(t *testing.T) {
	rnd := seeded(t)
	var cut []frame
	for _, f := range frames(t) {
		for n := range f.data {
			cut = append(cut, frame{f.at, f.data[:n], len(f.data), 0})
		}
		for range 200 {
			b := bytes.Clone(f.data)
			for range 1 + rnd.IntN(4) {
				b[rnd.IntN(len(b))] = byte(rnd.Uint32())
			}
			cut = append(cut, frame{f.at, b[:1+rnd.IntN(len(b))], len(f.data), 0})
		}
	}
	for _, link := range []layers.LinkType{layers.LinkTypeEthernet, layers.LinkTypeRaw, layers.LinkTypeLinuxSLL, 276, layers.LinkTypeNull, 147} {
		for i, s := range summaries(t, writePcap(t, cut, link, false)) {
			if len(s.Info) > maxInfo {
				t.Fatalf("packet %d: %d bytes of text", i, len(s.Info))
			}
		}
	}
}

// TestLayerPlaces: layers lie where gopacket's own decoding finds them.
func TestLayerPlaces(t *testing.T) {
	list := frames(t)
	b := writePcap(t, list, layers.LinkTypeEthernet, false)
	x := indexed(t, b)
	d := NewDecoder(x, bytes.NewReader(b), int64(len(b)), nil)
	for i, f := range list {
		p, err := d.Packet(i)
		if err != nil {
			t.Fatal(err)
		}
		at := 0
		for k, l := range gopacket.NewPacket(f.data, layers.LayerTypeEthernet, gopacket.Default).Layers() {
			if k >= len(p.Layers) || p.Layers[k].Name == p.App {
				break
			}
			if p.Layers[k].Start != at {
				t.Errorf("packet %d: %s begins at %d, %d expected", i, p.Layers[k].Name, p.Layers[k].Start, at)
			}
			if n := len(l.LayerContents()); p.Layers[k].Body != at+n {
				t.Errorf("packet %d: %s has %d bytes, %d expected", i, p.Layers[k].Name, p.Layers[k].Body-at, n)
			}
			at = p.Layers[k].Body
		}
	}
}

// FuzzCapture: whatever a file holds, indexing and decoding end, and stay within it.
func FuzzCapture(f *testing.F) {
	list := frames(f)
	f.Add(writePcap(f, list, layers.LinkTypeEthernet, false))
	f.Add(writePcap(f, list, layers.LinkTypeEthernet, true))
	f.Add(swapPcap(writePcap(f, list[:5], layers.LinkTypeRaw, false)))
	f.Add(writePcapng(f, list, 2))
	f.Add(writePcapng(f, list[:3], 1)[:300])
	f.Fuzz(func(t *testing.T, b []byte) {
		x := NewIndex()
		if err := x.Grow(t.Context(), bytes.NewReader(b), int64(len(b)), nil); err != nil {
			t.Fatal(err)
		}
		d := NewDecoder(x, bytes.NewReader(b), int64(len(b)), nil)
		end := int64(0)
		for i := range x.Len() {
			r := x.At(i)
			if r.Head < end || r.End > int64(len(b)) {
				t.Fatalf("packet %d: %+v, the one before ends at %d, the capture at %d", i, r, end, len(b))
			}
			end = r.End
			p, err := d.Packet(i)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range p.Layers {
				if l.Start > l.Body || l.Body > l.End || l.End > len(p.Bytes) {
					t.Fatalf("packet %d: layer %+v of %d bytes", i, l, len(p.Bytes))
				}
			}
			p.Summary()
		}
	})
}

// TestIPv6WithoutLength: a packet that is nothing but its header is whole, and one whose length was left to the network card has all that was captured.
func TestIPv6WithoutLength(t *testing.T) {
	six := &layers.IPv6{Version: 6, HopLimit: 9, NextHeader: layers.IPProtocolNoNextHeader, SrcIP: net.ParseIP("2001:db8::1"), DstIP: net.ParseIP("2001:db8::2")}
	empty := append(serialize(t, ether(layers.EthernetTypeIPv6), six)[:54], "trailer"...)
	left := serialize(t, ether(layers.EthernetTypeIPv6), &layers.IPv6{Version: 6, HopLimit: 9, NextHeader: layers.IPProtocolUDP, SrcIP: six.SrcIP, DstIP: six.DstIP},
		gopacket.Payload("\x00\x07\x00\x08\x00\x0d\x00\x00hello"))
	copy(left[14+4:], []byte{0, 0})
	b := writePcap(t, []frame{{at: begin, data: empty}, {at: begin, data: left}}, layers.LinkTypeEthernet, false)
	d := NewDecoder(indexed(t, b), bytes.NewReader(b), int64(len(b)), nil)
	for i, want := range []string{"2001:db8::1 2001:db8::2 IPv6 0", "2001:db8::1 2001:db8::2 UDP 5"} {
		p, err := d.Packet(i)
		if err != nil {
			t.Fatal(err)
		}
		s := p.Summary()
		if got := fmt.Sprintf("%s %s %s %d", s.Src, s.Dst, s.Protocol, len(p.Payload)); got != want || p.Fault != "" {
			t.Errorf("%s, %s expected; fault %q, %s", got, want, p.Fault, s.Info)
		} else {
			t.Log(s.Info)
		}
	}
}
