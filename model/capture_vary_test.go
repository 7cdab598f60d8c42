package model

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"hexlay/mmapdoc"
	"hexlay/mmapdoc/wire"
	"hexlay/overlay/stats"
)

// framed is a capture, made by gopacket, of n UDP packets to port 9 with the same made-up header before a body that grows and shrinks, and
// of one packet of something else before each.
func framed(t *testing.T, n int) []byte {
	t.Helper()
	rnd := rand.New(rand.NewPCG(1, 2))
	var out bytes.Buffer
	w := pcapgo.NewWriter(&out)
	if err := w.WriteFileHeader(65535, layers.LinkTypeEthernet); err != nil {
		t.Fatal(err)
	}
	for i := range 2 * n {
		port, payload := layers.UDPPort(10), []byte{byte(i * 77), byte(i * i)}
		if i%2 == 1 {
			port = 9
			payload = append([]byte{0xbe, 0xef, byte(i / 2 % 3 * 16)}, binary.BigEndian.AppendUint16(nil, uint16(200+i/2))...)
			payload = append(payload, byte(20+i*i%31))
			for range 20 + i*i%31 {
				payload = append(payload, byte(rnd.Uint32()))
			}
		}
		ip := &layers.IPv4{Version: 4, TTL: 64, Id: uint16(7000 + i/2), Protocol: layers.IPProtocolUDP, SrcIP: net.IP{10, 0, 0, 1}, DstIP: net.IP{10, 0, 0, 2}}
		udp := &layers.UDP{SrcPort: 40000, DstPort: port}
		if err := udp.SetNetworkLayerForChecksum(ip); err != nil {
			t.Fatal(err)
		}
		b := gopacket.NewSerializeBuffer()
		if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
			&layers.Ethernet{SrcMAC: make([]byte, 6), DstMAC: make([]byte, 6), EthernetType: layers.EthernetTypeIPv4}, ip, udp, gopacket.Payload(payload)); err != nil {
			t.Fatal(err)
		}
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: time.Unix(int64(i), 0), CaptureLength: len(b.Bytes()), Length: len(b.Bytes())}, b.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// varied are the rows of the list.
func varied(e *Editor) (rows []string) {
	l := e.List("varying")
	for i := range l.Len() {
		r := l.Row(i)
		rows = append(rows, r.Lead+" "+r.Text+": "+r.Note)
	}
	return rows
}

func TestVaryList(t *testing.T) {
	e := over(framed(t, 300))
	t.Cleanup(func() { e.Close() })
	c := settleCapture(t, e)
	lines(t, e, "packet-filter udp.dst_port == 9", "packet 4")
	settleCapture(t, e)
	lines(t, e, "packet-vary")
	got := varied(e)
	want := []string{
		"+0..1 constant: be ef",
		"+2 few values: 00 × 100, 10 × 100, 20 × 100",
		"+3..4 counter u2be: goes up by 1, 200 to 499",
		"+5 length u1: the length − 6, 20 to 48",
		"+6..53 random: 00 to ff, at most 256 values a byte",
	}
	for i, row := range got {
		if i == 4 {
			row, _, _ = strings.Cut(row, ", at most")
			want[i], _, _ = strings.Cut(want[i], ", at most")
		}
		if i >= len(want) || row != want[i] {
			t.Errorf("%q", row)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d rows", len(got))
	}
	// The rows lie in the chosen packet, and go with it.
	for _, no := range []int{4, 100} {
		lines(t, e, fmt.Sprintf("packet %d", no))
		settleCapture(t, e)
		payload := c.Index().At(no-1).Data + 14 + 20 + 8
		e.ChooseRow("varying", 2)
		if r := e.Selection(); r != (mmapdoc.Range{Start: payload + 3, End: payload + 5}) || c.Chosen() != no-1 {
			t.Errorf("packet %d: the counter lies at %v, the payload at %d", no, r, payload)
		}
		spans := e.Varying(mmapdoc.Range{Start: payload, End: payload + 6})
		if len(spans) != 4 || spans[1] != (VarySpan{mmapdoc.Range{Start: payload + 2, End: payload + 3}, stats.VaryFew}) {
			t.Errorf("%v", spans)
		}
	}
	// Where none of those that are compared is chosen, the first one is.
	for _, at := range []string{"goto 0", "packet-all"} {
		lines(t, e, at)
		if at == "packet-all" {
			lines(t, e, "packet 1", "packet-filter udp.dst_port == 9 and no > 4")
		}
		settleCapture(t, e)
		lines(t, e, "packet-vary")
		if k := c.Chosen(); k < 0 || k != c.PacketAt(0) || e.Cursor() != c.Index().At(k).Data {
			t.Errorf("%s: packet %d is chosen", at, k+1)
		}
	}
	lines(t, e, "packet-filter udp.dst_port == 9")
	// A layer: the IP header's identification counts, its total length is the length.
	lines(t, e, "packet-vary ip")
	got = varied(e)
	if !strings.Contains(strings.Join(got, "\n"), "+4..5 counter u2be: goes up by 1, 7,000 to 7,299") ||
		!strings.Contains(strings.Join(got, "\n"), "+3 length u1: the length, 54 to 82") {
		t.Errorf("%q", got)
	}
	lines(t, e, "packet-filter udp.dst_port == 1")
	if _, err := run(t, e, "packet-vary"); err == nil || !strings.Contains(err.Error(), "no packet of the list has a payload") {
		t.Errorf("no packets: %v", err)
	}
	if _, err := run(t, e, "packet-vary frames"); err == nil || !strings.Contains(err.Error(), "nothing is live") {
		t.Errorf("no frames: %v", err)
	}
	if _, err := run(t, e, "packet-vary nosuch"); err == nil {
		t.Error("a layer that is none is taken")
	}
}

// TestVaryFrames: the frames of a live session, some of which come in several packets.
func TestVaryFrames(t *testing.T) {
	e := showLive(t, func(ctx context.Context, o wire.Options) (*wire.Session, error) {
		return wire.Listen(ctx, "tcp", "0", o)
	})
	do(t, e, "frames message")
	conn, err := net.Dial("tcp", e.live.session.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const n = 40
	for i := range n {
		b := message(t, 7, strings.Repeat(string(rune('a'+i%7)), 4+i*i%9))
		for _, part := range [][]byte{b[:3], b[3:]} {
			if _, err := conn.Write(part); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond) // so that many of them come in two packets
		}
	}
	soon(t, e, "the frames", func() bool { return len(e.live.whole(e.Size())) == n })
	settleCapture(t, e)
	lines(t, e, "packet-vary frames")
	got := varied(e)
	// version, type, length; then the payload and the checksum.
	if len(got) < 3 || got[0] != "+0..5 constant: 01 00 07 00 00 00" || got[1] != "+6 length u1: the length − 9, 4 to 11" {
		t.Errorf("%q", got)
	}
	if l := e.List("varying"); !strings.HasSuffix(e.Heading(l), "in 40 messages") {
		t.Error(e.Heading(l))
	}
}
