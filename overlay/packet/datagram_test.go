package packet

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// partsOf cuts what an IP packet carries into parts.
func partsOf(t testing.TB, body []byte, six bool, protocol layers.IPProtocol, id uint32, size int) (list [][]byte) {
	for at := 0; at < len(body); at += size {
		end := min(at+size, len(body))
		if !six {
			ip := ip4(ipA, ipB, protocol)
			ip.Id, ip.FragOffset = uint16(id), uint16(at/8)
			if end < len(body) {
				ip.Flags = layers.IPv4MoreFragments
			}
			list = append(list, serialize(t, ether(layers.EthernetTypeIPv4), ip, gopacket.Payload(body[at:end])))
			continue
		}
		ip := &layers.IPv6{Version: 6, HopLimit: 9, NextHeader: layers.IPProtocolIPv6Fragment, SrcIP: net.ParseIP("2001:db8::1"), DstIP: net.ParseIP("2001:db8::2")}
		head := []byte{byte(protocol), 0, byte(at >> 8), byte(at), byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)}
		if end < len(body) {
			head[3] |= 1
		}
		list = append(list, serialize(t, ether(layers.EthernetTypeIPv6), ip, gopacket.Payload(append(head, body[at:end]...))))
	}
	return list
}

// TestDatagrams: what IP cut is put together from its parts in whatever order they come, of any protocol, with identifiers that come
// again, and what the whole says stands at the part that completes it.
func TestDatagrams(t *testing.T) {
	for _, six := range []bool{false, true} {
		payload := bytes.Repeat([]byte("0123456789abcdef"), 200)
		body := udpFrame(t, 1000, 2000, payload)[34:]
		echo := serialize(t, &layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(8, 0), Id: 7, Seq: 3}, gopacket.Payload(payload[:2000]))
		icmp := layers.IPProtocolICMPv4
		if six {
			icmp = layers.IPProtocolICMPv6
			echo[0] = 128
		}
		udp, ping := partsOf(t, body, six, layers.IPProtocolUDP, 0x1234, 1480), partsOf(t, echo, six, icmp, 0x1234, 800)
		if six {
			ping = partsOf(t, echo, six, icmp, 0x1235, 800) // there they are counted for all protocols together
		}
		again := partsOf(t, bytes.Replace(body, []byte("0123"), []byte("XXXX"), 1), six, layers.IPProtocolUDP, 0x1234, 1480)
		var list []frame
		add := func(b ...[]byte) {
			for _, data := range b {
				list = append(list, frame{at: begin.Add(time.Duration(len(list)) * time.Millisecond), data: data})
			}
		}
		add(udp[2], ping[1], udp[0], ping[0], udp[1], ping[2])
		for range 40 {
			add(udpFrame(t, 5, 6, []byte("between")))
		}
		add(again[0], again[1], again[2], again[0])
		b := writePcap(t, list, layers.LinkTypeEthernet, false)
		x := indexed(t, b)
		d := NewDecoder(x, bytes.NewReader(b), int64(len(b)), nil)
		read := func(i int) ([]byte, *Datagram) {
			g, err := d.Datagram(i)
			if err != nil || g == nil {
				t.Fatalf("six %v: packet %d: %v, %v", six, i+1, g, err)
			}
			var out []byte
			for _, s := range g.Segments {
				if s.At != int64(len(out)) {
					t.Fatalf("a segment at %d behind %d bytes", s.At, len(out))
				}
				out = append(out, b[s.Off:s.Off+s.Len]...)
			}
			return out, g
		}
		for i, want := range map[int][]byte{0: body, 2: body, 4: body, 1: echo, 3: echo, 5: echo} {
			if got, _ := read(i); !bytes.Equal(got, want) {
				t.Errorf("six %v: packet %d: %d other bytes", six, i+1, len(got))
			}
		}
		if got, g := read(46); !bytes.Contains(got[:20], []byte("XXXX")) || g.Last != 48 {
			t.Errorf("six %v: the second one is %q…, complete with %d", six, got[:20], g.Last+1)
		}
		if g, err := d.Datagram(10); g != nil || err != nil {
			t.Errorf("a packet that is whole: %v, %v", g, err)
		}
		var rows []string
		for i := range 6 {
			p, err := d.Packet(i)
			if err != nil {
				t.Fatal(err)
			}
			s := p.Summary()
			rows = append(rows, s.Protocol+": "+s.Info)
		}
		all := strings.Join(rows, "\n")
		for _, want := range []string{"UDP: 1000 → 2000 Len=3200 [3 parts]", "[whole in 5]", "[whole in 6]", "Echo (ping) request id=0x0007, seq=3"} {
			if !strings.Contains(all, want) {
				t.Errorf("six %v: %q is missing in\n%s", six, want, all)
			}
		}
	}
}

// TestDatagramResum: a changed datagram's checksum stays right.
func TestDatagramResum(t *testing.T) {
	payload := []byte("an odd number of bytes behind it!")
	was := udpFrame(t, 1000, 2000, payload)[34:]
	now := bytes.Clone(was)
	copy(now[11:], "OTHER!!")
	now[len(now)-1] = 'z'
	g := &Datagram{Protocol: 17}
	g.Resum(was, now)
	want := udpFrame(t, 1000, 2000, now[8:])[34:]
	if !bytes.Equal(now, want) {
		t.Errorf("checksum % x, want % x", now[6:8], want[6:8])
	}
}

// TestLonelyParts: parts whose others are nowhere cost about a look each.
func TestLonelyParts(t *testing.T) {
	var list []frame
	for i := range 3000 {
		ip := ip4(ipA, ipB, layers.IPProtocolUDP)
		ip.Id, ip.Flags = uint16(i), layers.IPv4MoreFragments
		list = append(list, frame{at: begin, data: serialize(t, ether(layers.EthernetTypeIPv4), ip, gopacket.Payload(make([]byte, 64)))})
	}
	b := writePcap(t, list, layers.LinkTypeEthernet, false)
	x := indexed(t, b)
	r := &countingReader{r: bytes.NewReader(b)}
	d := NewDecoder(x, r, int64(len(b)), nil)
	for i := range x.Len() {
		p, err := d.Packet(i)
		if err != nil {
			t.Fatal(err)
		}
		if s := p.Summary(); !strings.HasPrefix(s.Info, "fragment of UDP, offset 0, id ") {
			t.Fatal(s)
		}
	}
	if most := int64(20 * len(b)); r.n > most {
		t.Errorf("%d bytes were read for a capture of %d", r.n, len(b))
	}
	if f, err := CompileFilter("fragment and info != \"\"", nil); err != nil {
		t.Error(err)
	} else if p, err := d.Packet(3); err != nil {
		t.Error(err)
	} else if ok, err := f.Match(context.Background(), p); !ok || err != nil {
		t.Error(ok, err)
	}
}

type countingReader struct {
	r *bytes.Reader
	n int64
}

func (c *countingReader) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.r.ReadAt(p, off)
	c.n += int64(n)
	return n, err
}
