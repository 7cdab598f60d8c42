package cli

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// sampleCapture is a capture that ships with the templates, without its last cut bytes.
func sampleCapture(t *testing.T, cut int) string {
	t.Helper()
	b, err := os.ReadFile("../templates/pcap/little.pcap")
	if err != nil {
		t.Fatal(err)
	}
	return writeFile(t, "sample.pcap", b[:len(b)-cut])
}

func TestPackets(t *testing.T) {
	file := sampleCapture(t, 0)
	sameJSON(t, fine(t, nil, "packets", file, "--filter", "tcp.syn or arp", "--json"), `[
{"no":1,"time":"2026-11-24T06:00:00.000000000Z","range":[40,82],"caplen":42,"len":42,"src":"192.0.2.1","dst":"192.0.2.53","protocol":"ARP","info":"Who has 192.0.2.53? Tell 192.0.2.1"},
{"no":3,"time":"2026-11-24T06:00:00.002000000Z","range":[259,337],"caplen":78,"len":78,"src":"192.0.2.1","dst":"192.0.2.53","protocol":"TCP","info":"40001 → 80 [SYN] Seq=1000 Win=64240 Len=0 MSS=1460 SACK_PERM WS=128"}]`)
	sameJSON(t, fine(t, nil, "packets", file, "--filter", "len > 1_000_000", "--json"), `[]`)
	if out := string(fine(t, nil, "packets", file, "--limit", "2")); strings.Count(out, "\n") != 2 {
		t.Errorf("two packets are %q", out)
	}
	// Fields that only the templates have.
	out := string(fine(t, nil, "packets", file, "--filter", "ipv6.traffic_class == 0 and ipv6.version == 6 or dns.questions.size > 0"))
	if strings.Count(out, "\n") != 3 {
		t.Errorf("%q", out)
	}
	fails(t, exitRefused, "filter at column 5: unable to access 'sny' in tcp context", "packets", file, "--filter", "tcp.sny")
	fails(t, exitRefused, "filter at column", "packets", file, "--filter", "tcp.syn and")
	fails(t, exitData, "no capture", "packets", writeFile(t, "text", []byte("just some text that is no capture at all\n")))
	fails(t, exitUsage, "no such file", "packets", file+".no")

	r := runHere(t, nil, "packets", sampleCapture(t, 5))
	if r.status != exitData || strings.Count(string(r.out), "\n") != 6 || !strings.Contains(r.err, "the capture ends within a record: at least 5 bytes are missing") {
		t.Errorf("status %d, %q, %q", r.status, r.out, r.err)
	}
}

func TestStreams(t *testing.T) {
	file := sampleCapture(t, 0)
	sameJSON(t, fine(t, nil, "streams", file, "--json"), `[
{"stream":0,"a":"192.0.2.1:40001","b":"192.0.2.53:80","packets":1,"bytes":[0,0]},
{"stream":1,"a":"[2001:db8::1]:40001","b":"[2001:db8::2]:80","packets":1,"bytes":[60,0]}]`)
	if got := string(fine(t, nil, "streams", file)); strings.Contains(got, " 1 packets") || !strings.Contains(got, " 1 packet ") {
		t.Errorf("streams: %s", got)
	}
	out := string(fine(t, nil, "streams", file, "--follow", "1", "--raw"))
	if !strings.HasPrefix(out, "GET /hexlay HTTP/1.1\r\n") || len(out) != 60 {
		t.Errorf("%q", out)
	}
	if out := fine(t, nil, "streams", file, "--follow", "1", "--direction", "b", "--raw"); len(out) != 0 {
		t.Errorf("%q", out)
	}
	fails(t, exitData, "there is no stream 2: the capture has 2", "streams", file, "--follow", "2")
	fails(t, exitUsage, "--direction", "streams", file, "--follow", "1", "--direction", "c")
	fails(t, exitUsage, "--raw goes with", "streams", file, "--raw")
}

func TestPacketHierarchy(t *testing.T) {
	file := sampleCapture(t, 0)
	sameJSON(t, fine(t, nil, "packets", file, "--hierarchy", "--filter", "ipv6", "--json"), `[
{"path":["ethernet"],"packets":2,"bytes":228,"first":4},
{"path":["ethernet","ipv6"],"packets":2,"bytes":228,"first":4},
{"path":["ethernet","ipv6","icmpv6"],"packets":1,"bytes":94,"first":4},
{"path":["ethernet","ipv6","tcp"],"packets":1,"bytes":134,"first":5},
{"path":["ethernet","ipv6","tcp","http"],"packets":1,"bytes":134,"first":5}]`)
	out := string(fine(t, nil, "packets", file, "--hierarchy"))
	if !strings.Contains(out, "\n      dhcp             1   14.3               308   36.1\n") || strings.Count(out, "\n") != 15 {
		t.Errorf("%s", out)
	}
	sameJSON(t, fine(t, nil, "packets", file, "--hierarchy", "--filter", "len > 1_000_000", "--json"), `[]`)
	r := runHere(t, nil, "packets", sampleCapture(t, 5), "--hierarchy")
	if r.status != exitData || !strings.Contains(string(r.out), "ethernet               6") {
		t.Errorf("status %d, %q, %q", r.status, r.out, r.err)
	}
}

// TestPacketVary: what bytes do in packets that gopacket made, of the payload and of a layer.
func TestPacketVary(t *testing.T) {
	var b bytes.Buffer
	w := pcapgo.NewWriter(&b)
	if err := w.WriteFileHeader(65535, layers.LinkTypeEthernet); err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		payload := append([]byte{0xab, byte(i % 3), 1, byte(i), byte(20 + i*i%23)}, make([]byte, 20+i*i%23)...)
		ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: net.IP{10, 0, 0, 1}, DstIP: net.IP{10, 0, 0, 2}}
		udp := &layers.UDP{SrcPort: 40000, DstPort: layers.UDPPort(7 + i/50)}
		out := gopacket.NewSerializeBuffer()
		if err := gopacket.SerializeLayers(out, gopacket.SerializeOptions{FixLengths: true}, &layers.Ethernet{SrcMAC: make([]byte, 6), DstMAC: make([]byte, 6), EthernetType: layers.EthernetTypeIPv4},
			ip, udp, gopacket.Payload(payload)); err != nil {
			t.Fatal(err)
		}
		if err := w.WritePacket(gopacket.CaptureInfo{CaptureLength: len(out.Bytes()), Length: len(out.Bytes())}, out.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	file := writeFile(t, "made.pcap", b.Bytes())
	sameJSON(t, fine(t, nil, "packets", file, "--vary", "--filter", "udp.dst_port == 7", "--json"), `[
{"at":[0,1],"class":"constant","messages":50,"value":{"bytes":"ab"}},
{"at":[1,2],"class":"few","messages":50,"values":[{"value":0,"count":17},{"value":1,"count":17},{"value":2,"count":16}]},
{"at":[2,3],"class":"constant","messages":50,"value":{"bytes":"01"}},
{"at":[3,4],"class":"counter","messages":50,"step":1,"little":false,"low":0,"high":49},
{"at":[4,5],"class":"length","messages":50,"less":5,"little":false,"low":20,"high":38},
{"at":[5,43],"class":"constant","messages":50,"value":{"bytes":"`+strings.Repeat("00", 38)+`"}}]`)
	out := string(fine(t, nil, "packets", file, "--vary", "--layer", "udp"))
	for _, line := range []string{"60 messages\n", "+5            length u1      the length, 33 to 51\n", "+11           counter u1     goes up by 1, 0 to 59\n", "+3            few values     07 × 50, 08 × 10\n"} {
		if !strings.Contains(out, line) {
			t.Errorf("%q is missing in\n%s", line, out)
		}
	}
	fails(t, exitData, "no packet has a tcp", "packets", file, "--vary", "--layer", "tcp")
	fails(t, exitUsage, `--layer "nosuch": want one of payload, packet, eth`, "packets", file, "--vary", "--layer", "nosuch")
	fails(t, exitUsage, "--layer goes with --vary", "packets", file, "--layer", "udp")
	fails(t, exitUsage, "one of them", "packets", file, "--vary", "--hierarchy")
}

// TestPacketTraffic: the packets of a capture of a second and a half, and of those that a filter keeps.
func TestPacketTraffic(t *testing.T) {
	file := sampleCapture(t, 0)
	out := string(fine(t, nil, "packets", file, "--traffic"))
	if !strings.HasPrefix(out, "intervals of 100 µs\n2026-11-24 06:00:00.000000000             1 packet                 42 bytes\n") {
		t.Errorf("%s", out)
	}
	var packets, bytes int
	for line := range strings.Lines(out[strings.Index(out, "\n")+1:]) {
		var day, hour string
		var n, size int
		var unit string
		if _, err := fmt.Sscanf(line, "%s %s %d %s %d bytes", &day, &hour, &n, &unit, &size); err != nil || unit != "packet" && n == 1 || unit != "packets" && n != 1 {
			t.Fatalf("%q: %v", line, err)
		}
		packets, bytes = packets+n, bytes+size
	}
	if packets != 7 || bytes != 853 {
		t.Errorf("%d packets and %d bytes are counted of 7 and 853", packets, bytes)
	}
	sameJSON(t, fine(t, nil, "packets", file, "--traffic", "--filter", "arp", "--json"), `[{"start":"2026-11-24T06:00:00Z","seconds":1e-09,"packets":1,"bytes":42,"first":1}]`)
	sameJSON(t, fine(t, nil, "packets", file, "--traffic", "--filter", "no > 100", "--json"), `[]`)
}

// TestPacketComments: comments, names and what a capture says of itself, in text and JSON, with nothing that acts on a terminal.
func TestPacketComments(t *testing.T) {
	b, err := os.ReadFile("../templates/pcapng/two.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	file := writeFile(t, "two.pcapng", b)
	out := string(fine(t, nil, "packets", file, "--info"))
	if !strings.HasPrefix(out, "capture          pcapng, ") || !strings.Contains(out, "interface 0") {
		t.Errorf("%s", out)
	}
	if all := fine(t, nil, "packets", file, "--info", "--json"); !json.Valid(all) {
		t.Errorf("%s", all)
	}
	sameJSON(t, fine(t, nil, "packets", file, "--filter", `comment == "who has it?" and no == 1`, "--json"), `[{"no":1,"time":"2026-11-24T06:00:00.000000000Z","range":[104,146],
"caplen":42,"len":42,"src":"192.0.2.1","dst":"192.0.2.53","protocol":"ARP","info":"Who has 192.0.2.53? Tell 192.0.2.1","comment":"who has it?"}]`)
	fine(t, nil, "packets", file, "--names", "--filter", `comment != "" or src_name != "x"`)
}

// TestStreamsTellTrouble: what is missing in a stream, and what came again, is told where it is.
func TestStreamsTellTrouble(t *testing.T) {
	be := binary.BigEndian
	file := []byte{0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 101}
	send := func(seq uint32, text string) {
		b := make([]byte, 40, 40+len(text))
		b[0], b[9], b[12+3], b[16+3] = 0x45, 6, 1, 2
		be.PutUint16(b[2:], uint16(40+len(text)))
		be.PutUint16(b[20:], 4000)
		be.PutUint16(b[22:], 7000)
		be.PutUint32(b[24:], seq)
		b[32] = 5 << 4
		b = append(b, text...)
		file = be.AppendUint32(be.AppendUint32(append(file, make([]byte, 8)...), uint32(len(b))), uint32(len(b)))
		file = append(file, b...)
	}
	send(100, "hello, ")
	send(107, "wor")
	send(108, "ORld!")
	send(107, "wor")
	send(133, "behind a gap")
	path := writeFile(t, "trouble.pcap", file)
	r := fails(t, exitData, "20 bytes are missing at 13", "streams", path, "--follow", "0")
	if want := "── 0.0.0.1:4000 → 0.0.0.2:7000\nhello, world!── 20 bytes are missing\nbehind a gap\n── packet 4 brought 3 of these bytes again\n" +
		"── packet 3 brought 2 of these bytes again, other ones\n"; string(r.out) != want {
		t.Errorf("%q, %q expected", r.out, want)
	}
}
