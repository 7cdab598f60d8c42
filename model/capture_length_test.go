package model

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"hexlay/mmapdoc"
)

// written makes a capture of Ethernet frames with gopacket.
func written(t testing.TB, ng bool, list ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var write func(gopacket.CaptureInfo, []byte) error
	end := func() error { return nil }
	if ng {
		w, err := pcapgo.NewNgWriter(&b, layers.LinkTypeEthernet)
		if err != nil {
			t.Fatal(err)
		}
		write, end = w.WritePacket, w.Flush
	} else {
		w := pcapgo.NewWriter(&b)
		if err := w.WriteFileHeader(65536, layers.LinkTypeEthernet); err != nil {
			t.Fatal(err)
		}
		write = w.WritePacket
	}
	for i, data := range list {
		if err := write(gopacket.CaptureInfo{Timestamp: time.Unix(1700000000+int64(i), 0), CaptureLength: len(data), Length: len(data)}, data); err != nil {
			t.Fatal(err)
		}
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// madeFrame is a frame with all lengths and checksums right.
func madeFrame(t testing.TB, six, tcp bool, port uint16, payload []byte) []byte {
	t.Helper()
	eth := &layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, EthernetType: layers.EthernetTypeIPv4}
	all := []gopacket.SerializableLayer{eth}
	proto := layers.IPProtocolUDP
	if tcp {
		proto = layers.IPProtocolTCP
	}
	var ip gopacket.NetworkLayer
	if six {
		eth.EthernetType = layers.EthernetTypeDot1Q
		v6 := &layers.IPv6{Version: 6, HopLimit: 9, NextHeader: proto, SrcIP: net.ParseIP("2001:db8::1"), DstIP: net.ParseIP("2001:db8::2")}
		all, ip = append(all, &layers.Dot1Q{VLANIdentifier: 12, Type: layers.EthernetTypeIPv6}, v6), v6
	} else {
		v4 := &layers.IPv4{Version: 4, TTL: 9, Id: 7, Protocol: proto, SrcIP: net.IP{10, 0, 0, 1}, DstIP: net.IP{10, 0, 0, 2}}
		all, ip = append(all, v4), v4
	}
	if tcp {
		l := &layers.TCP{SrcPort: 40000, DstPort: layers.TCPPort(port), Seq: 1000, Window: 512, ACK: true}
		if err := l.SetNetworkLayerForChecksum(ip); err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	} else {
		l := &layers.UDP{SrcPort: 40000, DstPort: layers.UDPPort(port)}
		if err := l.SetNetworkLayerForChecksum(ip); err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}
	buf := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, append(all, gopacket.Payload(payload))...); err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(buf.Bytes())
}

// query is a question to a name server.
func query(t testing.TB, name string) []byte {
	t.Helper()
	buf := gopacket.NewSerializeBuffer()
	dns := &layers.DNS{ID: 7, RD: true, Questions: []layers.DNSQuestion{{Name: []byte(name), Type: layers.DNSTypeA, Class: layers.DNSClassIN}}}
	if err := dns.SerializeTo(buf, gopacket.SerializeOptions{FixLengths: true}); err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(buf.Bytes())
}

// TestPacketEditChangesLength: a value of another length makes the packet longer or shorter in all that tells how long it is, as if it had
// been captured so; it is shown before, and is one step.
func TestPacketEditChangesLength(t *testing.T) {
	http := func(host string) []byte { return []byte("GET / HTTP/1.0\r\nHost: " + host + "\r\n\r\n") }
	between := madeFrame(t, false, true, 80, http("another.example"))
	for _, c := range []struct {
		name          string
		before, after []byte
		find, value   string // what the field holds, and what it is to hold
		want          string
	}{
		{"a header line", madeFrame(t, false, true, 80, http("a")), madeFrame(t, false, true, 80, []byte("GET / HTTP/1.0\r\nHost:a.longer.example\r\n\r\n")),
			" a\r", "a.longer.example", "the next segment overlaps this one by 14 bytes"},
		{"a shorter one, over IPv6", madeFrame(t, true, true, 80, http("a.long.example")), madeFrame(t, true, true, 80, []byte("GET / HTTP/1.0\r\nHost:abc\r\n\r\n")),
			" a.long", "abc", "ipv6.len_payload: "},
		{"a name", madeFrame(t, false, false, 53, query(t, "www.example.org")), madeFrame(t, false, false, 53, query(t, "www.hexlay-editor.org")),
			"example", "hexlay-editor", "udp.len: 41 becomes 47"},
		{"a shorter name", madeFrame(t, true, false, 53, query(t, "www.example.org")), madeFrame(t, true, false, 53, query(t, "www.ex.org")),
			"example", "ex", "ipv6.len_payload: 41 becomes 36"},
		{"a datagram", madeFrame(t, false, false, 7000, []byte("twenty or more bytes of text")), madeFrame(t, false, false, 7000, bytes.Repeat([]byte("ab"), 30)),
			"twenty", strings.Repeat("6162", 30), "udp.len: 36 becomes 68"},
	} {
		for _, ng := range []bool{false, true} {
			what := fmt.Sprintf("%s, pcapng %v", c.name, ng)
			before := written(t, ng, between, c.before, between)
			after := written(t, ng, between, c.after, between)
			e := over(before)
			t.Cleanup(func() { e.Close() })
			capture := settleCapture(t, e)
			at := capture.Index().At(1)
			where := at.Data + int64(bytes.LastIndex(before[at.Data:at.End], []byte(c.find)))
			lines(t, e, fmt.Sprintf("goto %d", where))
			settleCapture(t, e)
			effs, err := run(t, e, "field-set "+c.value)
			if err != nil {
				t.Errorf("%s: %v", what, err)
				continue
			}
			ask, ok := effs[len(effs)-1].(Ask)
			if !ok || len(ask.Choices) != 3 || !strings.Contains(ask.Text, c.want) || !strings.Contains(ask.Text, "len_captured: ") || !strings.Contains(ask.Text, "hecksum: ") {
				t.Errorf("%s: %+v", what, effs)
				continue
			}
			if !bytes.Equal(contents(t, e), before) {
				t.Errorf("%s: changed before the answer", what)
			}
			lines(t, e, ask.Choices[0].Command)
			if got := contents(t, e); !bytes.Equal(got, after) {
				t.Errorf("%s:\n%x\n%x expected", what, got, after)
			}
			if n := settleCapture(t, e).Index().Len(); n != 3 {
				t.Errorf("%s: %d packets", what, n)
			}
			lines(t, e, "undo")
			if !bytes.Equal(contents(t, e), before) {
				t.Errorf("%s: it is more than one step", what)
			}
			settleCapture(t, e)
			lines(t, e, "mend-on-edit on", fmt.Sprintf("goto %d", where))
			settleCapture(t, e)
			effs, err = run(t, e, "field-set "+c.value)
			if ask, ok := effs[len(effs)-1].(Ask); err != nil || !ok || len(ask.Choices) != 2 {
				t.Errorf("%s: %+v, %v", what, effs, err)
			}
			lines(t, e, "field-set-mended "+c.value)
			if !bytes.Equal(contents(t, e), after) {
				t.Errorf("%s: with mend-on-edit %x", what, contents(t, e))
			}
		}
	}
}

// TestPacketTooLong: what a header cannot tell is refused.
func TestPacketTooLong(t *testing.T) {
	e := over(written(t, false, madeFrame(t, false, false, 7000, bytes.Repeat([]byte("ab"), 30000))))
	t.Cleanup(func() { e.Close() })
	at := settleCapture(t, e).Index().At(0)
	lines(t, e, fmt.Sprintf("goto %d", at.Data+14+20+8))
	settleCapture(t, e)
	if _, err := run(t, e, "field-set "+strings.Repeat("6162", 33000)); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v", err)
	} else {
		t.Log(err)
	}
}

// TestPacketPartChangesLength: a part of a packet that was opened, and is written back with another length, takes the packet's lengths along.
func TestPacketPartChangesLength(t *testing.T) {
	first := madeFrame(t, false, false, 53, query(t, "www.example.org"))
	now := query(t, "a.much.longer.name.example.org")
	before := written(t, true, first, first)
	e := over(before)
	t.Cleanup(func() { e.Close() })
	at := settleCapture(t, e).Index().At(0)
	lines(t, e, fmt.Sprintf("goto %d", at.Data+14+20+8))
	settleCapture(t, e)
	lines(t, e, "node-parent", "substream")
	if !e.Inner() || !bytes.Equal(contents(t, e), query(t, "www.example.org")) {
		t.Fatalf("%x", contents(t, e))
	}
	if err := e.doc.Splice(0, e.Size(), now, mmapdoc.Alone); err != nil {
		t.Fatal(err)
	}
	lines(t, e, "substream-write")
	if got, want := contents(t, e), written(t, true, madeFrame(t, false, false, 53, now), first); !bytes.Equal(got, want) {
		t.Errorf("%x\n%x expected", got, want)
	}
	lines(t, e, "undo")
	if !bytes.Equal(contents(t, e), before) {
		t.Error("it is more than one step")
	}
}

// TestDatagramLength: the checksum of a datagram is over as many bytes as its header says, whatever IP carries.
func TestDatagramLength(t *testing.T) {
	payload := []byte("twenty or more bytes of text")
	e := over(written(t, false, madeFrame(t, false, false, 7000, payload)))
	t.Cleanup(func() { e.Close() })
	at := settleCapture(t, e).Index().At(0).Data + 14 + 20
	lines(t, e, fmt.Sprintf("goto %d", at+4))
	settleCapture(t, e)
	lines(t, e, "field-set-mended 20")
	short := madeFrame(t, false, false, 7000, payload[:12])
	if got, want := contents(t, e)[at:at+20], short[14+20:14+20+20]; !bytes.Equal(got, want) {
		t.Errorf("%x, %x expected", got, want)
	}
}

// TestRefusedFieldNamesTheWay: where what depends on a field cannot be mended, the refusal names the command that changes the field alone, and that does.
func TestRefusedFieldNamesTheWay(t *testing.T) {
	frame := madeFrame(t, false, false, 7000, []byte("the first part of something longer"))
	frame[14+6] = 0x20 // more fragments
	e := over(written(t, false, frame))
	t.Cleanup(func() { e.Close() })
	at := settleCapture(t, e).Index().At(0).Data + 14 + 20
	before := contents(t, e)
	put := func(line string) {
		t.Helper()
		lines(t, e, fmt.Sprintf("goto %d", at+12))
		settleCapture(t, e)
		if _, err := run(t, e, line); err == nil || !strings.Contains(err.Error(), "only the last part can change its length") {
			t.Fatalf("%s: %v", line, err)
		}
		if !bytes.Equal(contents(t, e), before) {
			t.Errorf("%s: refused and done", line)
		}
	}
	for _, c := range []struct{ do, want string }{
		{"field-set 616263", "field-set! 616263"},
		{"field-set-mended 616263", "field-set! 616263"},
		{"field-set " + strings.Repeat("61", 40), "field-set! VALUE"},
	} {
		put(c.do)
		if n := e.Notice(); !n.Error || n.Hint.Command != c.want {
			t.Errorf("%s: %+v", c.do, n)
		}
	}
	lines(t, e, "mend-on-edit on")
	put("field-set! 616263")
	if n := e.Notice(); n.Hint.Command != "mend-on-edit off" {
		t.Errorf("%+v", n)
	}
	lines(t, e, e.Notice().Hint.Command, "field-set! 616263")
	got := contents(t, e)
	if !bytes.Equal(got[:at-20], before[:at-20]) || string(got[at:]) != "abc" { // the size that bounds it goes with any value
		t.Errorf("%x, from %x", got, before)
	}
}
