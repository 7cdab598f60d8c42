package packet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// applied is b with edits made, from the last one to the first.
func applied(b []byte, edits []Edit) []byte {
	b = slices.Clone(b)
	for _, e := range slices.Backward(edits) {
		b = slices.Replace(b, int(e.Off), int(e.Off+e.Del), e.New...)
	}
	return b
}

func refit(t testing.TB, b []byte, edits ...Edit) (Refit, error) {
	t.Helper()
	return NewDecoder(indexed(t, b), bytes.NewReader(b), int64(len(b)), nil).Refit(edits)
}

// blocks makes a pcapng file of one kind of block.
func blocks(o binary.ByteOrder, typ uint32, snaplen uint32, list []frame, opts []byte) []byte {
	var b []byte
	u32 := func(v ...uint32) (out []byte) {
		for _, k := range v {
			k4 := make([]byte, 4)
			o.PutUint32(k4, k)
			out = append(out, k4...)
		}
		return out
	}
	block := func(typ uint32, parts ...[]byte) {
		body := slices.Concat(parts...)
		n := uint32(12 + len(body))
		b = slices.Concat(b, u32(typ, n), body, u32(n))
	}
	version := make([]byte, 4)
	o.PutUint16(version, 1)
	link := make([]byte, 4)
	o.PutUint16(link, 1)
	block(blockSection, u32(sectionOrder), version, u32(0xffffffff, 0xffffffff))
	block(blockInterface, link, u32(snaplen))
	for _, f := range list {
		n, orig := uint32(len(f.data)), uint32(max(f.orig, len(f.data)))
		data := append(slices.Clone(f.data), make([]byte, -len(f.data)&3)...)
		us := uint64(f.at.UnixMicro())
		switch typ {
		case blockEnhanced:
			block(typ, u32(0, uint32(us>>32), uint32(us), n, orig), data, opts)
		case blockPacket:
			block(typ, make([]byte, 4), u32(uint32(us>>32), uint32(us), n, orig), data, opts)
		default:
			block(typ, u32(orig), data)
		}
	}
	return b
}

// comment is the options of a block: a comment.
func comment(o binary.ByteOrder, text string) []byte {
	b := make([]byte, 4)
	o.PutUint16(b, 1)
	o.PutUint16(b[2:], uint16(len(text)))
	b = append(append(b, text...), make([]byte, -len(text)&3)...)
	return append(b, 0, 0, 0, 0)
}

// kindsOf makes the same frames a capture of each kind.
func kindsOf(t testing.TB, list []frame) map[string][]byte {
	le, be := binary.LittleEndian, binary.BigEndian
	little := writePcap(t, list, layers.LinkTypeEthernet, false)
	return map[string][]byte{
		"pcap":                  little,
		"pcap, big-endian":      swapPcap(little),
		"pcapng":                writePcapng(t, list, 1),
		"pcapng, big-endian":    blocks(be, blockEnhanced, 0, list, nil),
		"pcapng with options":   blocks(le, blockEnhanced, 262144, list, comment(le, "seen")),
		"simple blocks":         blocks(le, blockSimple, 0, list, nil),
		"simple blocks, big":    blocks(be, blockSimple, 9000, list, nil),
		"obsolete blocks":       blocks(le, blockPacket, 0, list, comment(le, "old one")),
		"obsolete blocks, big":  blocks(be, blockPacket, 0, list, nil),
		"pcap, nanoseconds":     writePcap(t, list, layers.LinkTypeEthernet, true),
		"pcap, nanoseconds big": swapPcap(writePcap(t, list, layers.LinkTypeEthernet, true)),
	}
}

// readAll reads a capture with gopacket.
func readAll(t testing.TB, b []byte) (list []frame) {
	t.Helper()
	var read func() ([]byte, gopacket.CaptureInfo, error)
	if Detect(b) == Pcap {
		r, err := pcapgo.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		read = r.ReadPacketData
	} else {
		r, err := pcapgo.NewNgReader(bytes.NewReader(b), pcapgo.DefaultNgReaderOptions)
		if err != nil {
			t.Fatal(err)
		}
		read = r.ReadPacketData
	}
	for {
		data, ci, err := read()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatalf("packet %d: %v", len(list)+1, err)
		}
		list = append(list, frame{at: ci.Timestamp, data: bytes.Clone(data), orig: ci.Length})
	}
}

// TestRefit: whatever is put into packets or taken out of them, gopacket's readers find all packets, with the lengths that their headers
// should tell.
func TestRefit(t *testing.T) {
	rnd := seeded(t)
	list := frames(t)
	ip6 := &layers.IPv6{Version: 6, HopLimit: 9, NextHeader: layers.IPProtocolUDP, SrcIP: []byte("sixteen bytes, a"), DstIP: []byte("sixteen bytes, b")}
	udp := &layers.UDP{SrcPort: 7000, DstPort: 7001}
	if err := udp.SetNetworkLayerForChecksum(ip6); err != nil {
		t.Fatal(err)
	}
	list = append(list, frame{at: begin, data: serialize(t, ether(layers.EthernetTypeDot1Q), &layers.Dot1Q{VLANIdentifier: 3, Type: layers.EthernetTypeIPv6},
		ip6, udp, gopacket.Payload("a datagram"))})
	for i := range list {
		if i%3 == 0 { // filled up by the link layer, as short frames are
			list[i].data = append(list[i].data, make([]byte, i)...)
		}
	}
	for name, b := range kindsOf(t, list) {
		t.Run(name, func(t *testing.T) {
			x := indexed(t, b)
			was := readAll(t, b)
			for range 300 {
				i := rnd.IntN(len(list))
				d := NewDecoder(x, bytes.NewReader(b), int64(len(b)), nil)
				p, err := d.Packet(i)
				if err != nil {
					t.Fatal(err)
				}
				// Within what the innermost header carries, where there is such.
				from, to := 0, len(p.Bytes)
				if n := len(p.Layers); n > 0 {
					from = p.Layers[n-1].Body
					to = from + len(p.Payload)
				}
				edits, grow := someEdits(rnd, p.Data+int64(from), p.Data+int64(to))
				f, err := d.Refit(edits)
				if err != nil {
					t.Fatal(err)
				}
				now := applied(b, f.Edits)
				got := readAll(t, now)
				if len(got) != len(was) {
					t.Fatalf("%d packets, %d expected, after %+v", len(got), len(was), edits)
				}
				for k := range got {
					want, orig := was[k].data, was[k].orig
					if k == i {
						at := x.At(i).Data
						var moved []Edit
						for _, e := range edits {
							moved = append(moved, Edit{e.Off - at, e.Del, e.New})
						}
						want, orig = applied(want, moved), orig+grow
						tell(t, want, from, grow)
					}
					if !bytes.Equal(got[k].data, want) || got[k].orig != orig || !got[k].at.Equal(was[k].at) {
						t.Fatalf("packet %d of edited %d: %x of %d, %x of %d expected, after %+v", k+1, i+1, got[k].data, got[k].orig, want, orig, edits)
					}
				}
				if y := indexed(t, now); y.Len() != len(list) {
					t.Fatalf("%d packets in the index", y.Len())
				} else if dmg, n := y.Damage(); n > 0 {
					t.Fatalf("damage: %v", dmg)
				}
			}
		})
	}
}

// someEdits are one to three edits between two offsets.
func someEdits(rnd *rand.Rand, from, to int64) (list []Edit, grow int) {
	for range 1 + rnd.IntN(3) {
		if from > to {
			break
		}
		off := from + rnd.Int64N(to-from+1)
		e := Edit{Off: off, Del: rnd.Int64N(min(5, to-off) + 1), New: make([]byte, rnd.IntN(9))}
		for i := range e.New {
			e.New[i] = byte(rnd.Uint32())
		}
		list = append(list, e)
		grow += len(e.New) - int(e.Del)
		from = off + e.Del + 1
	}
	return list, grow
}

// tell adds to the lengths in the headers before a payload what it grew by. It knows only the shapes that frames have.
func tell(t testing.TB, b []byte, payload, grow int) {
	t.Helper()
	add := func(at int) {
		if at+2 <= payload {
			binary.BigEndian.PutUint16(b[at:], uint16(int(binary.BigEndian.Uint16(b[at:]))+grow))
		}
	}
	at, typ := 14, binary.BigEndian.Uint16(b[12:])
	if typ == 0x8100 {
		at, typ = 18, binary.BigEndian.Uint16(b[16:])
	}
	switch typ {
	case 0x0800:
		add(at + 2)
		if b[at+9] == 17 {
			add(at + 20 + 4)
		}
	case 0x86dd:
		add(at + 4)
		if b[at+6] == 17 {
			add(at + 40 + 4)
		}
	}
}

func TestRefitTells(t *testing.T) {
	payload := []byte("0123456789")
	udp := udpFrame(t, 7000, 7001, payload)[:52] // without what fills up a short frame
	tcp := tcpFrame(t, false, 50000, 80, func(l *layers.TCP) { l.ACK, l.Seq = true, 1 }, payload)
	padded := append(slices.Clone(udp), make([]byte, 8)...)
	le := binary.LittleEndian
	pcap := func(data []byte, orig int) []byte {
		return writePcap(t, []frame{{at: begin, data: data, orig: orig}, {at: begin, data: udp}}, layers.LinkTypeEthernet, false)
	}
	long := bytes.Repeat([]byte{7}, 65000)
	small := pcap(udp, 0)
	le.PutUint32(small[16:], 60)
	noLength := slices.Clone(udp)
	copy(noLength[16:], []byte{0, 0})
	copy(noLength[14+20+4:], []byte{0, 0})
	part := slices.Clone(udp)
	part[14+6] = 0x20 // more fragments
	const udpBody = 14 + 20 + 8
	for _, c := range []struct {
		name string
		b    []byte
		at   int64 // in the first packet
		del  int64
		ins  int
		want string // what is told, or the error
	}{
		{"pcap", pcap(udp, 0), udpBody, 0, 3,
			"record.len_captured 52 55; record.len_original 52 55; ipv4.len_total 38 41; udp.len 18 21"},
		{"cut when it was captured", pcap(udp, 1500), udpBody, 2, 0,
			"record.len_captured 52 50; record.len_original 1500 1498; ipv4.len_total 38 36; udp.len 18 16"},
		{"at the end of the body, before what fills up the frame", pcap(padded, 0), udpBody + 10, 0, 1,
			"record.len_captured 60 61; record.len_original 60 61; ipv4.len_total 38 39; udp.len 18 19"},
		{"in what fills up the frame", pcap(padded, 0), udpBody + 11, 4, 0, "record.len_captured 60 56; record.len_original 60 56"},
		{"in an IP header, outside of UDP", pcap(udp, 0), 14 + 12, 4, 0,
			"record.len_captured 52 48; record.len_original 52 48; ipv4.len_total 38 34"},
		{"the same length", pcap(udp, 0), udpBody, 2, 2, ""},
		{"no lengths in the headers", pcap(noLength, 0), udpBody, 0, 1, "record.len_captured 52 53; record.len_original 52 53"},
		{"longer than the header of the file allows", small, udpBody, 0, 20,
			"record.len_captured 52 72; record.len_original 52 72; ipv4.len_total 38 58; udp.len 18 38; interface.len_most 60 72"},
		{"TCP, longer", pcap(tcp, 0), 14 + 20 + 20, 0, 5, "record.len_captured 64 69; record.len_original 64 69; ipv4.len_total 50 55; " +
			"TCP sequence numbers are not renumbered: the next segment overlaps this one by 5 bytes."},
		{"TCP, shorter", pcap(tcp, 0), 14 + 20 + 20, 1, 0, "record.len_captured 64 63; record.len_original 64 63; ipv4.len_total 50 49; " +
			"TCP sequence numbers are not renumbered: 1 byte is missing before the next segment."},
		{"a fragment", pcap(part, 0), udpBody, 0, 8,
			"error: packet 1 is a part of an IP packet, and others follow it at places that their headers tell: only the last part can change its length"},
		{"a block", blocks(le, blockEnhanced, 0, []frame{{at: begin, data: udp}}, nil), udpBody, 0, 1,
			"block.len_captured 52 53; block.len_original 52 53; block.padding 0 3; block.len_block 84 88; ipv4.len_total 38 39; udp.len 18 19"},
		{"a simple block", blocks(le, blockSimple, 0, []frame{{at: begin, data: udp}}, nil), udpBody, 1, 0,
			"block.len_original 52 51; block.padding 0 1; ipv4.len_total 38 37; udp.len 18 17"},
		{"a block that is longer than its interface allows", blocks(le, blockEnhanced, 52, []frame{{at: begin, data: udp}}, nil), udpBody, 0, 4,
			"block.len_captured 52 56; block.len_original 52 56; block.len_block 84 88; ipv4.len_total 38 42; udp.len 18 22; interface.len_most 52 56"},
		{"a simple block that is", blocks(le, blockSimple, 52, []frame{{at: begin, data: udp}}, nil), udpBody, 0, 4,
			"error: a simple packet block cannot hold 56 bytes of 56: the interface's longest packet has 52"},
		{"a simple block that was cut", blocks(le, blockSimple, 52, []frame{{at: begin, data: udp, orig: 80}}, nil), udpBody, 1, 0,
			"error: a simple packet block cannot hold 51 bytes of 79: the interface's longest packet has 52"},
		{"too long for IP", pcap(udpFrame(t, 1, 2, long), 0), udpBody, 0, 600, "error: ipv4.len_total would be 65628, at most 65535"},
		{"a header of the record", pcap(udp, 0), -4, 4, 8, ""},
	} {
		x := indexed(t, c.b)
		f, err := refit(t, c.b, Edit{x.At(0).Data + c.at, c.del, make([]byte, c.ins)})
		var told []string
		for _, l := range f.Lengths {
			told = append(told, fmt.Sprintf("%s %d %d", l.Name, l.Was, l.Is))
		}
		told = append(told, f.Notes...)
		if err != nil {
			told = []string{"error: " + err.Error()}
		}
		if got := strings.Join(told, "; "); got != c.want {
			t.Errorf("%s:\n%s\n%s expected", c.name, got, c.want)
		}
		if err == nil && c.want != "" {
			if now := applied(c.b, f.Edits); len(readAll(t, now)) != x.Len() {
				t.Errorf("%s: %d packets", c.name, len(readAll(t, now)))
			}
		}
	}
}

// TestRefitKeepsWhatIsEdited: lengths that the edits already change are left to them; those of the record are not, which Refit knows best.
func TestRefitKeepsWhatIsEdited(t *testing.T) {
	udp := udpFrame(t, 7000, 7001, []byte("0123456789"))[:52]
	b := blocks(binary.LittleEndian, blockEnhanced, 0, []frame{{at: begin, data: udp}, {at: begin, data: udp}}, nil)
	r := indexed(t, b).At(0)
	own := []Edit{
		{r.Head + 4, 4, []byte{85, 0, 0, 0}},    // as a template that knows of no padding has it
		{r.Head + 20, 4, []byte{53, 0, 0, 0}},   //
		{r.Data + 16, 2, []byte{0, 39}},         // IPv4
		{r.Data + 14 + 20 + 8, 1, []byte("ab")}, // what was asked for
		{r.End, 4, []byte{85, 0, 0, 0}},
	}
	f, err := refit(t, b, own...)
	if err != nil {
		t.Fatal(err)
	}
	got := readAll(t, applied(b, f.Edits))
	want := udpFrame(t, 7000, 7001, []byte("ab123456789"))[:53]
	copy(want[24:], udp[24:26]) // checksums are not its business
	copy(want[40:], udp[40:42])
	if len(got) != 2 || !bytes.Equal(got[0].data, want) || !bytes.Equal(got[1].data, udp) {
		t.Errorf("%+v", got)
	}
	// What is changed at the end of a packet may be one edit with the length behind it, and so at its beginning.
	joined, err := refit(t, b, Edit{r.End - 1, 5, []byte("9end\x85\x00\x00\x00")})
	if err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, applied(b, joined.Edits)); len(got) != 2 || string(got[0].data[42:]) != "0123456789end" {
		t.Errorf("%+v", got)
	}
	simple := blocks(binary.LittleEndian, blockSimple, 0, []frame{{at: begin, data: udp}, {at: begin, data: udp}}, nil)
	at := indexed(t, simple).At(0).Data
	if joined, err = refit(t, simple, Edit{at - 4, 5, []byte("\x36\x00\x00\x00abc")}); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, applied(simple, joined.Edits)); len(got) != 2 || !bytes.Equal(got[0].data, append([]byte("abc"), udp[1:]...)) {
		t.Errorf("%+v", got)
	}
	// Several packets at once.
	x := indexed(t, b)
	f, err = refit(t, b, Edit{r.End, 0, []byte("at the end")}, Edit{x.At(1).Data + 42, 10, nil})
	if err != nil {
		t.Fatal(err)
	}
	got = readAll(t, applied(b, f.Edits))
	if len(got) != 2 || len(got[0].data) != 62 || len(got[1].data) != 42 || !bytes.HasSuffix(got[0].data, []byte("at the end")) {
		t.Errorf("%+v", got)
	}
}

// TestRefitNames: the names of a DNS message that point to others still do when one of them has another length.
func TestRefitNames(t *testing.T) {
	b, err := os.ReadFile("../../templates/pcap/little.pcap")
	if err != nil {
		t.Fatal(err)
	}
	names := func(b []byte) string {
		d := NewDecoder(indexed(t, b), bytes.NewReader(b), int64(len(b)), nil)
		p, err := d.Packet(1)
		if err != nil {
			t.Fatal(err)
		}
		var m layers.DNS
		if err := m.DecodeFromBytes(p.Payload, gopacket.NilDecodeFeedback); err != nil {
			return err.Error()
		}
		s := string(m.Questions[0].Name)
		for _, a := range m.Answers {
			s += fmt.Sprintf(" %s=%s%s%s", a.Name, a.CNAME, a.MX.Name, a.IP)
		}
		return s
	}
	at := indexed(t, b).At(1)
	find := func(s string) int64 { return at.Data + int64(bytes.Index(b[at.Data:at.End], []byte(s))) }
	replace := func(old, now string) Edit { // with the length before it
		old, now = string(rune(len(old)))+old, string(rune(len(now)))+now
		return Edit{find(old), int64(len(old)), []byte(now)}
	}
	rdlen := func(at int64, n byte) Edit { return Edit{at, 2, []byte{0, n}} }
	before := "www.example.org www.example.org=web.example.org<nil> web.example.org=192.0.2.1 example.org=mail.example.org<nil>"
	if got := names(b); got != before {
		t.Fatal(got)
	}
	for _, c := range []struct {
		edits []Edit
		want  string
	}{
		{[]Edit{replace("example", "longer-label")}, strings.ReplaceAll(before, "example", "longer-label")},
		{[]Edit{replace("example", "x")}, strings.ReplaceAll(before, "example", "x")},
		{[]Edit{replace("www", "w3")}, strings.ReplaceAll(before, "www", "w3")},
		{[]Edit{replace("org", "museum")}, strings.ReplaceAll(before, "org", "museum")},
		{[]Edit{rdlen(find("\x03web")-2, 9), replace("web", "webweb")}, strings.ReplaceAll(before, "web", "webweb")},
	} {
		f, err := refit(t, b, c.edits...)
		if err != nil {
			t.Fatal(err)
		}
		if got := names(applied(b, f.Edits)); got != c.want {
			t.Errorf("%s\n%s expected\n%+v", got, c.want, f)
		}
	}
	// Over TCP the length stands before the message.
	msg := serialize(t, &layers.DNS{ID: 1, Questions: []layers.DNSQuestion{{Name: []byte("hexlay.example"), Type: layers.DNSTypeA, Class: layers.DNSClassIN}}})
	b = writePcap(t, []frame{{at: begin, data: tcpFrame(t, false, 50000, 53, func(l *layers.TCP) { l.ACK, l.Seq = true, 1 }, append([]byte{0, byte(len(msg))}, msg...))}},
		layers.LinkTypeEthernet, false)
	at = indexed(t, b).At(0)
	f, err := refit(t, b, replace("hexlay", "xxd"))
	if err != nil {
		t.Fatal(err)
	}
	b = applied(b, f.Edits)[24+16+14+20+20:]
	if b[1] != byte(len(msg)-3) || string(b[2+12:2+12+4]) != "\x03xxd" {
		t.Errorf("% x", b)
	}
}
