package packet

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// seeded gives a random source whose seed is printed when the test fails; HEXLAY_SEED sets it.
func seeded(t testing.TB) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("HEXLAY_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("HEXLAY_SEED=%d", seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 7))
}

// frame is a packet of a capture that a test makes.
type frame struct {
	at    time.Time
	data  []byte
	orig  int
	iface int
}

var begin = time.Date(2024, 5, 6, 7, 8, 9, 123456000, time.UTC)

// serialize builds a packet with gopacket, lengths and checksums right.
func serialize(t testing.TB, ls ...gopacket.SerializableLayer) []byte {
	t.Helper()
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, ls...); err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(b.Bytes())
}

var (
	macA = net.HardwareAddr{2, 0, 0, 0, 0, 1}
	macB = net.HardwareAddr{2, 0, 0, 0, 0, 2}
	ipA  = net.IP{10, 0, 0, 1}
	ipB  = net.IP{10, 0, 0, 2}
)

func ether(t layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: macA, DstMAC: macB, EthernetType: t}
}

func ip4(src, dst net.IP, p layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, TTL: 64, Id: 77, Protocol: p, SrcIP: src, DstIP: dst}
}

// tcpFrame is a segment; toA turns the direction.
func tcpFrame(t testing.TB, toA bool, a, b uint16, set func(*layers.TCP), payload []byte) []byte {
	src, dst, sp, dp := ipA, ipB, a, b
	if toA {
		src, dst, sp, dp = dst, src, dp, sp
	}
	ip := ip4(src, dst, layers.IPProtocolTCP)
	tcp := &layers.TCP{SrcPort: layers.TCPPort(sp), DstPort: layers.TCPPort(dp), Window: 512}
	set(tcp)
	if err := tcp.SetNetworkLayerForChecksum(ip); err != nil {
		t.Fatal(err)
	}
	return serialize(t, ether(layers.EthernetTypeIPv4), ip, tcp, gopacket.Payload(payload))
}

func udpFrame(t testing.TB, sp, dp uint16, payload []byte) []byte {
	ip := ip4(ipA, ipB, layers.IPProtocolUDP)
	udp := &layers.UDP{SrcPort: layers.UDPPort(sp), DstPort: layers.UDPPort(dp)}
	if err := udp.SetNetworkLayerForChecksum(ip); err != nil {
		t.Fatal(err)
	}
	return serialize(t, ether(layers.EthernetTypeIPv4), ip, udp, gopacket.Payload(payload))
}

// frames are packets of many kinds.
func frames(t testing.TB) []frame {
	var list []frame
	add := func(b []byte) {
		list = append(list, frame{at: begin.Add(time.Duration(len(list)) * 1234567 * time.Microsecond), data: b})
	}
	arp := &layers.ARP{AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4, Operation: 1,
		SourceHwAddress: macA, SourceProtAddress: ipA, DstHwAddress: make([]byte, 6), DstProtAddress: ipB}
	add(serialize(t, ether(layers.EthernetTypeARP), arp))
	arp2 := *arp
	arp2.Operation, arp2.SourceHwAddress, arp2.SourceProtAddress, arp2.DstProtAddress = 2, macB, ipB, ipA
	add(serialize(t, ether(layers.EthernetTypeARP), &arp2))
	dns := &layers.DNS{ID: 0x1234, RD: true, Questions: []layers.DNSQuestion{{Name: []byte("hexlay.example"), Type: layers.DNSTypeA, Class: layers.DNSClassIN}}}
	add(udpFrame(t, 40000, 53, serialize(t, dns)))
	answer := *dns
	answer.QR = true
	answer.Answers = []layers.DNSResourceRecord{{Name: []byte("hexlay.example"), Type: layers.DNSTypeA, Class: layers.DNSClassIN, TTL: 60, IP: net.IP{192, 0, 2, 7}}}
	add(udpFrame(t, 53, 40000, serialize(t, &answer)))
	add(serialize(t, ether(layers.EthernetTypeIPv4), ip4(ipA, ipB, layers.IPProtocolICMPv4),
		&layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(8, 0), Id: 7, Seq: 1}, gopacket.Payload("ping")))
	add(tcpFrame(t, false, 50000, 80, func(l *layers.TCP) {
		l.SYN, l.Seq = true, 1000
		l.Options = []layers.TCPOption{{OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: []byte{5, 180}}}
	}, nil))
	add(tcpFrame(t, true, 50000, 80, func(l *layers.TCP) { l.SYN, l.ACK, l.Seq, l.Ack = true, true, 9000, 1001 }, nil))
	add(tcpFrame(t, false, 50000, 80, func(l *layers.TCP) { l.ACK, l.Seq, l.Ack = true, 1001, 9001 }, nil))
	request := []byte("GET /index.html HTTP/1.1\r\nHost: hexlay.example\r\n\r\n")
	add(tcpFrame(t, false, 50000, 80, func(l *layers.TCP) { l.ACK, l.PSH, l.Seq, l.Ack = true, true, 1001, 9001 }, request))
	add(tcpFrame(t, true, 50000, 80, func(l *layers.TCP) { l.ACK, l.PSH, l.Seq, l.Ack = true, true, 9001, 1001+uint32(len(request)) },
		[]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")))
	add(tcpFrame(t, false, 50001, 502, func(l *layers.TCP) { l.ACK, l.PSH, l.Seq = true, true, 1 }, []byte{0, 9, 0, 0, 0, 6, 1, 3, 0, 0, 0, 2}))
	add(tcpFrame(t, false, 50002, 1883, func(l *layers.TCP) { l.ACK, l.PSH, l.Seq = true, true, 1 }, []byte("\x30\x08\x00\x04a/b1on")))
	ip6 := &layers.IPv6{Version: 6, HopLimit: 255, NextHeader: layers.IPProtocolICMPv6, SrcIP: net.ParseIP("fe80::1"), DstIP: net.ParseIP("fe80::2")}
	icmp6 := &layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(128, 0)}
	if err := icmp6.SetNetworkLayerForChecksum(ip6); err != nil {
		t.Fatal(err)
	}
	add(serialize(t, ether(layers.EthernetTypeIPv6), ip6, icmp6, &layers.ICMPv6Echo{Identifier: 3, SeqNumber: 4}, gopacket.Payload("six")))
	add(serialize(t, ether(layers.EthernetTypeDot1Q), &layers.Dot1Q{VLANIdentifier: 12, Type: layers.EthernetTypeARP}, arp))
	add(append(append(net.HardwareAddr{1, 0x80, 0xc2, 0, 0, 0xe}, macA...), 0x88, 0xcc, 2, 7, 4, 2, 0, 0, 0, 0, 1))
	return list
}

// writePcap makes a pcap file with gopacket.
func writePcap(t testing.TB, list []frame, link layers.LinkType, nanos bool) []byte {
	t.Helper()
	var b bytes.Buffer
	w := pcapgo.NewWriter(&b)
	if nanos {
		w = pcapgo.NewWriterNanos(&b)
	}
	if err := w.WriteFileHeader(262144, link); err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: f.at, CaptureLength: len(f.data), Length: max(f.orig, len(f.data))}, f.data); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// writePcapng makes a pcapng file of several interfaces with gopacket.
func writePcapng(t testing.TB, list []frame, interfaces int) []byte {
	t.Helper()
	var b bytes.Buffer
	f := func(i int) pcapgo.NgInterface {
		return pcapgo.NgInterface{Name: fmt.Sprintf("if%d", i), LinkType: layers.LinkTypeEthernet, SnapLength: 262144, TimestampResolution: 9}
	}
	w, err := pcapgo.NewNgWriterInterface(&b, f(0), pcapgo.DefaultNgWriterOptions)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < interfaces; i++ {
		if _, err := w.AddInterface(f(i)); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range list {
		ci := gopacket.CaptureInfo{Timestamp: f.at, CaptureLength: len(f.data), Length: max(f.orig, len(f.data)), InterfaceIndex: f.iface}
		if err := w.WritePacket(ci, f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// indexed reads a whole capture.
func indexed(t testing.TB, b []byte) *Index {
	t.Helper()
	x := NewIndex()
	if err := x.Grow(t.Context(), bytes.NewReader(b), int64(len(b)), nil); err != nil {
		t.Fatal(err)
	}
	return x
}

// readerAt counts nothing and hides that the bytes are in memory.
type readerAt struct{ io.ReaderAt }
