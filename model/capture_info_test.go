package model

import (
	"bytes"
	"encoding/binary"
	"net"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// commented is a pcapng capture with a UDP datagram in three parts, the second of which has a comment, and a name for its source.
func commented(t testing.TB, payload []byte) []byte {
	t.Helper()
	ip := &layers.IPv4{Version: 4, IHL: 5, TTL: 9, Id: 77, Protocol: layers.IPProtocolUDP, SrcIP: net.IP{10, 0, 0, 1}, DstIP: net.IP{10, 0, 0, 2}}
	udp := &layers.UDP{SrcPort: 1000, DstPort: 2000}
	if err := udp.SetNetworkLayerForChecksum(ip); err != nil {
		t.Fatal(err)
	}
	made := func(ls ...gopacket.SerializableLayer) []byte {
		buf := gopacket.NewSerializeBuffer()
		if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, ls...); err != nil {
			t.Fatal(err)
		}
		return buf.Bytes()
	}
	whole := made(udp, gopacket.Payload(payload))
	u32 := func(v ...uint32) (out []byte) {
		for _, x := range v {
			out = binary.LittleEndian.AppendUint32(out, x)
		}
		return out
	}
	option := func(code uint16, s string) []byte {
		out := binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(nil, code), uint16(len(s)))
		return append(append(out, s...), make([]byte, -len(s)&3)...)
	}
	var b []byte
	block := func(typ uint32, parts ...[]byte) {
		body := bytes.Join(parts, nil)
		n := uint32(12 + len(body))
		b = append(append(append(b, u32(typ, n)...), body...), u32(n)...)
	}
	block(0x0a0d0d0a, u32(0x1a2b3c4d, 1, 0xffffffff, 0xffffffff), option(1, "made by a test"), u32(0))
	block(1, u32(1, 0), option(2, "eth7"), u32(0))
	block(4, []byte{1, 0, 14, 0, 10, 0, 0, 1}, []byte("node-one\x00\x00"), u32(0)[:2], u32(0))
	eth := &layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, EthernetType: layers.EthernetTypeIPv4}
	for i, at := 0, 0; at < len(whole); i, at = i+1, at+800 {
		end := min(at+800, len(whole))
		part := *ip
		if part.FragOffset = uint16(at / 8); end < len(whole) {
			part.Flags = layers.IPv4MoreFragments
		}
		data := made(eth, &part, gopacket.Payload(whole[at:end]))
		said := []byte{}
		if i == 1 {
			said = append(option(1, "the \x1b[31mmiddle"), u32(0)...)
		}
		block(6, u32(0, 0, uint32(i), uint32(len(data)), uint32(len(data))), data, make([]byte, -len(data)&3), said)
	}
	return b
}

// TestCommentsAndNames: what a capture says of packets and addresses is told.
func TestCommentsAndNames(t *testing.T) {
	e := over(commented(t, bytes.Repeat([]byte("payload "), 250)))
	t.Cleanup(func() { e.Close() })
	c := settleCapture(t, e)
	if c.Rows() != 3 {
		t.Fatal(c.Rows())
	}
	if r := e.PacketRow(c, 1); !strings.HasPrefix(r.Info, "“the \x1b[31mmiddle” fragment of UDP") || r.Src != "10.0.0.1" {
		t.Errorf("%q from %s", r.Info, r.Src)
	}
	lines(t, e, "packet-names", "packet 2")
	if r := e.PacketRow(c, 1); r.Src != "node-one" || r.Dst != "10.0.0.2" {
		t.Errorf("%s → %s", r.Src, r.Dst)
	}
	if got := e.Notice().Text; !strings.Contains(got, "middle”; 10.0.0.1 is node-one") {
		t.Errorf("%q", got)
	}
	lines(t, e, "capture-info")
	var all []string
	for i := range e.List("capture").Rows.Len() {
		r := e.List("capture").Rows.Row(i)
		all = append(all, r.Lead+": "+r.Text)
	}
	if got := strings.Join(all, "\n"); got != "capture: pcapng, 1 section, 3 packets\nsection: made by a test\ninterface 0: Ethernet, eth7\n10.0.0.1: node-one" {
		t.Errorf("%s", got)
	}
	if got := e.PacketRow(c, 2); got.Protocol != "UDP" || got.Info != "1000 → 2000 Len=2000 [3 parts]" {
		t.Errorf("%+v", got)
	}
}

// TestDatagramOpen: what is changed in a datagram goes into the parts, with the checksum that stands in the first one.
func TestDatagramOpen(t *testing.T) {
	payload := bytes.Repeat([]byte("payload "), 250)
	e := over(commented(t, payload))
	t.Cleanup(func() { e.Close() })
	settleCapture(t, e)
	lines(t, e, "packet 2", "datagram-open")
	if e.Size() != 2008 {
		t.Fatalf("%d bytes, %q", e.Size(), e.Notice().Text)
	}
	if n := e.Notice().Text; !strings.Contains(n, "substream-close leaves") { // and not only which template was laid
		t.Errorf("%q", n)
	}
	lines(t, e, "goto 8", `overwrite "CHANGED"`, "goto 1500", "overwrite 2a", "substream-write")
	b := make([]byte, e.Size())
	if _, err := e.Snapshot().ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	r, err := pcapgo.NewNgReader(bytes.NewReader(b), pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	var body []byte
	for range 3 {
		data, _, err := r.ReadPacketData()
		if err != nil {
			t.Fatal(err)
		}
		body = append(body, data[34:]...)
	}
	if len(body) < 2008 || bytes.Equal(body[8:2008], payload) {
		t.Fatalf("%q", body[:20])
	}
	sum := uint32(0)
	for i, v := range append([]byte{10, 0, 0, 1, 10, 0, 0, 2, 0, 17, 2008 >> 8, 2008 & 255}, body[:2008]...) {
		sum += uint32(v) << (8 * uint(1-i%2))
	}
	for sum > 0xffff {
		sum = sum&0xffff + sum>>16
	}
	if sum != 0xffff {
		t.Errorf("the checksum of the changed datagram is wrong: the sum is %#x", sum)
	}
}
