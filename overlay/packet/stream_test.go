package packet

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/reassembly"
)

// talk makes a connection in which both sides send text, its segments retransmitted, swapped and lost.
func talk(t testing.TB, rnd *rand.Rand, port uint16, syn, mess bool) (list []frame, sent [2][]byte) {
	isn := [2]uint32{rnd.Uint32(), 0xffffff00} // the second one wraps
	at := begin
	add := func(toA bool, set func(*layers.TCP), payload []byte) {
		at = at.Add(time.Millisecond)
		list = append(list, frame{at: at, data: tcpFrame(t, toA, port, 7000, set, payload)})
	}
	if syn {
		add(false, func(l *layers.TCP) { l.SYN, l.Seq = true, isn[0] }, nil)
		add(true, func(l *layers.TCP) { l.SYN, l.ACK, l.Seq, l.Ack = true, true, isn[1], isn[0]+1 }, nil)
	}
	for range 40 {
		dir := rnd.IntN(2)
		part := make([]byte, 1+rnd.IntN(120))
		for i := range part {
			part[i] = byte('a' + rnd.IntN(26))
		}
		seq := isn[dir] + 1 + uint32(len(sent[dir]))
		sent[dir] = append(sent[dir], part...)
		send := func() {
			add(dir == 1, func(l *layers.TCP) { l.ACK, l.Seq, l.Ack = true, seq, isn[1-dir]+1+uint32(len(sent[1-dir])) }, part)
		}
		send()
		if mess && rnd.IntN(5) == 0 { // again, in a longer segment
			if n := len(sent[dir]); n > 200 {
				more := sent[dir][n-200:]
				add(dir == 1, func(l *layers.TCP) { l.ACK, l.Seq, l.Ack = true, isn[dir]+1+uint32(n-200), isn[1-dir]+1 }, more)
			}
		}
		if n := len(list); mess && rnd.IntN(4) == 0 && n > 5 {
			list[n-1].data, list[n-2].data = list[n-2].data, list[n-1].data
		}
	}
	return list, sent
}

func follow(t testing.TB, b []byte, id int) (*Streams, [2]Direction, [2][]byte) {
	t.Helper()
	x := indexed(t, b)
	s, err := FindStreams(t.Context(), x, bytes.NewReader(b), int64(len(b)), nil)
	if err != nil {
		t.Fatal(err)
	}
	dirs, err := s.Follow(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var out [2][]byte
	for d := range dirs {
		var w bytes.Buffer
		if err := dirs[d].Write(&w, bytes.NewReader(b)); err != nil {
			t.Fatal(err)
		}
		out[d] = w.Bytes()
		if int64(len(out[d])) != dirs[d].Bytes {
			t.Fatalf("%d bytes written, %d said", len(out[d]), dirs[d].Bytes)
		}
	}
	return s, dirs, out
}

func TestFollow(t *testing.T) {
	rnd := seeded(t)
	for k := range 30 {
		list, sent := talk(t, rnd, 5000, true, k > 0)
		b := writePcap(t, list, layers.LinkTypeEthernet, false)
		s, dirs, got := follow(t, b, 0)
		if len(s.List) != 1 || s.List[0].A.Port() != 5000 || s.List[0].Packets != len(list) {
			t.Fatalf("streams: %+v", s.List)
		}
		for d := range 2 {
			if !bytes.Equal(got[d], sent[d]) {
				t.Fatalf("direction %d: %q, %q expected", d, got[d], sent[d])
			}
			if g := dirs[d].Gaps(); g != nil {
				t.Errorf("gaps %v", g)
			}
			// Each byte is where it is said to be.
			for n, c := range sent[d] {
				off, packet, ok := dirs[d].Locate(int64(n))
				if !ok || b[off] != c || s.Of(packet) != 0 {
					t.Fatalf("byte %d of direction %d: %#x in packet %d, %v", n, d, off, packet, ok)
				}
			}
		}
		var joined [2]int64
		for _, c := range Chunks(dirs) {
			for _, seg := range c.Segments {
				joined[c.From] += seg.Len
			}
		}
		if joined != [2]int64{int64(len(sent[0])), int64(len(sent[1]))} {
			t.Errorf("chunks have %v bytes", joined)
		}
		if err := s.Measure(t.Context()); err != nil || s.List[0].Bytes != joined {
			t.Errorf("measured %v, %v", s.List[0].Bytes, err)
		}
	}
}

// TestGapsAndRetransmissions: what is missing and what came twice is told.
func TestGapsAndRetransmissions(t *testing.T) {
	text := []byte("0123456789abcdefghij")
	segment := func(from, end int) frame {
		return frame{at: begin, data: tcpFrame(t, false, 5000, 7000, func(l *layers.TCP) { l.ACK, l.Seq = true, 101+uint32(from) }, text[from:end])}
	}
	syn := frame{at: begin, data: tcpFrame(t, false, 5000, 7000, func(l *layers.TCP) { l.SYN, l.Seq = true, 100 }, nil)}
	b := writePcap(t, []frame{syn, segment(0, 5), segment(8, 12), segment(3, 10), segment(15, 20)}, layers.LinkTypeEthernet, false)
	_, dirs, got := follow(t, b, 0)
	d := dirs[0]
	if string(got[0]) != "0123456789abfghij" || fmt.Sprint(d.Gaps()) != "[{12 3 4}]" {
		t.Errorf("%q, gaps %v", got[0], d.Gaps())
	}
	if fmt.Sprint(len(d.Again)) != "2" || d.Again[0].At != 3 || d.Again[0].Len != 2 || d.Again[1].At != 8 || d.Again[1].Len != 2 || d.Again[0].Packet != 3 {
		t.Errorf("again: %+v", d.Again)
	}
}

// TestPortsAgain: the same ports with a new beginning are another connection.
func TestPortsAgain(t *testing.T) {
	rnd := seeded(t)
	one, _ := talk(t, rnd, 5000, true, false)
	two, sent := talk(t, rnd, 5000, true, false)
	other, _ := talk(t, rnd, 5001, false, false)
	b := writePcap(t, append(append(one, other...), two...), layers.LinkTypeEthernet, false)
	s, _, got := follow(t, b, 2)
	if len(s.List) != 3 || !bytes.Equal(got[0], sent[0]) || !bytes.Equal(got[1], sent[1]) {
		t.Fatalf("%d streams: %+v", len(s.List), s.List)
	}
	first := s.List[1].First
	if n := s.Next(first, 1); n != first+1 || s.Of(n) != 1 || s.Next(first, -1) != -1 {
		t.Errorf("next of %d is %d", first, n)
	}
}

// TestFragmentedSegments: bytes of TCP that IP cut are found in the parts, in whatever order they come.
func TestFragmentedSegments(t *testing.T) {
	payload := bytes.Repeat([]byte("fragmented "), 30)
	whole := tcpFrame(t, false, 5000, 7000, func(l *layers.TCP) { l.PSH, l.Seq = true, 1 }, payload)
	body := whole[34:]
	var list []frame
	for _, at := range []int{160, 0, 80, 240, 320} {
		end := min(at+80, len(body))
		ip := ip4(ipA, ipB, layers.IPProtocolTCP)
		ip.FragOffset = uint16(at / 8)
		if end < len(body) {
			ip.Flags = layers.IPv4MoreFragments
		}
		list = append(list, frame{at: begin, data: serialize(t, ether(layers.EthernetTypeIPv4), ip, gopacket.Payload(body[at:end]))})
	}
	b := writePcap(t, list, layers.LinkTypeEthernet, false)
	s, dirs, got := follow(t, b, 0)
	if !bytes.Equal(got[0], payload) || s.List[0].Packets != 5 || len(dirs[0].Segments) != 5 {
		t.Fatalf("%q of %+v", got[0], s.List[0])
	}
}

// gathered is what gopacket's reassembly gives of each direction.
type gathered map[string]*bytes.Buffer

func (g gathered) New(net, tcp gopacket.Flow, _ *layers.TCP, _ reassembly.AssemblerContext) reassembly.Stream {
	return &gatherer{g, net.String() + " " + tcp.String(), reverse(net, tcp)}
}

func reverse(net, tcp gopacket.Flow) string {
	return net.Reverse().String() + " " + tcp.Reverse().String()
}

type gatherer struct {
	g       gathered
	to, fro string
}

func (g *gatherer) Accept(*layers.TCP, gopacket.CaptureInfo, reassembly.TCPFlowDirection, reassembly.Sequence, *bool, reassembly.AssemblerContext) bool {
	return true
}

func (g *gatherer) ReassembledSG(sg reassembly.ScatterGather, _ reassembly.AssemblerContext) {
	n, _ := sg.Lengths()
	dir, _, _, _ := sg.Info()
	name := g.to
	if dir == reassembly.TCPDirServerToClient {
		name = g.fro
	}
	if g.g[name] == nil {
		g.g[name] = &bytes.Buffer{}
	}
	g.g[name].Write(sg.Fetch(n))
}

func (g *gatherer) ReassemblyComplete(reassembly.AssemblerContext) bool { return false }

// TestFollowAgainstGopacket compares with gopacket's reassembly.
func TestFollowAgainstGopacket(t *testing.T) {
	rnd := seeded(t)
	for range 10 {
		list, _ := talk(t, rnd, 5000, true, true)
		want := gathered{}
		a := reassembly.NewAssembler(reassembly.NewStreamPool(want))
		for _, f := range list {
			p := gopacket.NewPacket(f.data, layers.LayerTypeEthernet, gopacket.Default)
			a.Assemble(p.NetworkLayer().NetworkFlow(), p.TransportLayer().(*layers.TCP))
		}
		a.FlushAll()
		_, _, got := follow(t, writePcap(t, list, layers.LinkTypeEthernet, false), 0)
		for d, name := range []string{"10.0.0.1->10.0.0.2 5000->7000", "10.0.0.2->10.0.0.1 7000->5000"} {
			if want[name] == nil || !bytes.Equal(got[d], want[name].Bytes()) {
				t.Fatalf("%s: %q, gopacket has %v", name, got[d], want[name])
			}
		}
	}
}

// TestFollowAgainstTshark compares with tshark's, of segments that come in order and once: where they overlap out of order, it
// leaves bytes out.
func TestFollowAgainstTshark(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	list, _ := talk(t, seeded(t), 5000, true, false)
	b := writePcap(t, list, layers.LinkTypeEthernet, false)
	file := filepath.Join(t.TempDir(), "talk.pcap")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tshark, "-n", "-r", file, "-q", "-z", "follow,tcp,raw,0").Output()
	if err != nil {
		t.Fatal(err)
	}
	var want [2]strings.Builder
	for _, line := range strings.Split(string(out), "\n") {
		hex := strings.TrimLeft(line, "\t")
		if strings.Trim(hex, "0123456789abcdef") != "" {
			continue
		}
		want[len(line)-len(hex)].WriteString(hex)
	}
	_, _, got := follow(t, b, 0)
	for d := range 2 {
		if fmt.Sprintf("%x", got[d]) != want[d].String() {
			t.Errorf("direction %d: %x, tshark has %s", d, got[d], want[d].String())
		}
	}
}
