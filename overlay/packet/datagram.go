package packet

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// A Datagram is an IP packet that came in parts, put together: what it carries behind its IP headers, as places in the capture.
type Datagram struct {
	Protocol uint8 // of IP: 17 is UDP
	Src, Dst netip.Addr
	Segments []Segment // in order and without gaps; At counts from the first byte behind the IP headers
	Bytes    int64
	Last     int // the packet that completes it
}

// Parts are sent at once, so all of them are near each other. The packets are looked through in blocks for what parts there are among them;
// those of a block and of its neighbours are candidates. So nobody has to go through the capture before any row of a list can be asked
// for, and a capture of nothing but lonely parts costs each packet one more look.
const nearby = 1024

// The most that a Decoder keeps: blocks and answers.
const (
	maxNearby    = 16
	maxDatagrams = 4096
)

// nearParts are the parts among a block of packets, of which there were some at that time.
type nearParts struct {
	of    int
	parts map[fragmentKey][]candidate
}

type candidate struct {
	Segment
	protocol uint8
	last     bool
}

// near gives the parts in the block that begins with packet from.
func (d *Decoder) near(from int) *nearParts {
	to := min(from+nearby, d.x.Len())
	if b := d.blocks[from]; b != nil && b.of == to-from {
		return b
	}
	if d.blocks == nil || len(d.blocks) >= maxNearby {
		d.blocks = make(map[int]*nearParts)
	}
	b := &nearParts{to - from, make(map[fragmentKey][]candidate)}
	o := d.beside()
	for i := from; i < to; i++ {
		p, err := o.Packet(i)
		if err != nil {
			continue // its damage is told where it stands
		}
		if s, ok := p.part(); ok {
			off := p.Data + int64(p.Layers[len(p.Layers)-1].Body)
			b.parts[s.key] = append(b.parts[s.key], candidate{Segment{s.at, off, int64(len(p.Payload)), i}, s.protocol, s.last})
		}
	}
	d.blocks[from] = b
	return b
}

// part is what an IP header says of a part.
type part struct {
	key      fragmentKey
	protocol uint8
	at       int64
	last     bool
}

// part tells which part of an IP packet this is; false where it is a whole one.
func (p *Packet) part() (part, bool) {
	if !p.Fragment() || p.Fault != "" || len(p.Layers) == 0 {
		return part{}, false
	}
	s := part{key: fragmentKey{src: p.Src, dst: p.Dst}}
	if p.ip4 != nil && p.frag6 == nil {
		s.protocol, s.key.id, s.at, s.last = uint8(p.ip4.Protocol), uint32(p.ip4.Id), int64(p.ip4.FragOffset)*8, p.ip4.Flags&layers.IPv4MoreFragments == 0
		s.key.protocol = s.protocol // identifiers are counted for each protocol (RFC 791)
	} else {
		s.protocol, s.key.id, s.key.six = uint8(p.frag6.NextHeader), p.frag6.Identification, true
		s.at, s.last = int64(p.frag6.FragmentOffset)*8, !p.frag6.MoreFragments
	}
	return s, true
}

// Datagram puts together the IP packet that packet i is a part of; nil where it is none, or where not all parts are near it. A Packet
// that the decoder handed out stays as it is.
func (d *Decoder) Datagram(i int) (*Datagram, error) {
	n := d.x.Len()
	if known, ok := d.datagrams[i]; ok && (known.whole != nil || known.of == n) {
		return known.whole, nil
	}
	p, err := d.beside().Packet(i)
	if err != nil {
		return nil, err
	}
	own, ok := p.part()
	if !ok {
		return nil, nil
	}
	var list []candidate
	for from := i - i%nearby - nearby; from < min(n, i-i%nearby+2*nearby); from += nearby {
		if from >= 0 {
			list = append(list, d.near(from).parts[own.key]...)
		}
	}
	// An identifier comes again: the nearest ones belong together.
	slices.SortStableFunc(list, func(a, b candidate) int { return abs(a.Packet-i) - abs(b.Packet-i) })
	g := &gathering{}
	for _, c := range list {
		if g.take(c); g.whole() || len(g.parts) >= maxParts {
			break
		}
	}
	whole := g.datagram(own)
	if len(d.datagrams) >= maxDatagrams || d.datagrams == nil {
		d.datagrams = make(map[int]foundDatagram)
	}
	d.datagrams[i] = foundDatagram{whole, n}
	if whole != nil {
		for _, s := range whole.Segments {
			d.datagrams[s.Packet] = foundDatagram{whole, n}
		}
	}
	return whole, nil
}

func abs(n int) int { return max(n, -n) }

// foundDatagram is an answer of Datagram, for as many packets as there were.
type foundDatagram struct {
	whole *Datagram
	of    int
}

// beside is another decoder of the same capture.
func (d *Decoder) beside() *Decoder {
	if d.other == nil || d.other.w.r != d.w.r {
		d.other = NewDecoder(d.x, d.w.r, d.w.size, d.ports)
	}
	return d.other
}

// gathering collects the parts of one IP packet.
type gathering struct {
	parts    []segment
	protocol uint8 // of IPv6 the first part's counts
	have     int64
	total    int64 // 0: the last part is not there
	done     *Direction
}

func (g *gathering) take(c candidate) {
	g.parts = append(g.parts, segment{c.Segment, c.Packet}) // what came first counts, whatever the order in which it is found
	g.have += c.Len
	if c.last {
		g.total = c.At + c.Len
	}
	if c.At == 0 {
		g.protocol = c.protocol
	}
	if g.total == 0 || g.have < g.total {
		return
	}
	a := assembler{list: slices.Clone(g.parts)}
	d := a.assemble()
	if end := d.Segments[len(d.Segments)-1]; d.Bytes == g.total && d.Segments[0].At == 0 && end.At+end.Len == g.total {
		g.done = &d
	}
}

func (g *gathering) whole() bool { return g.done != nil }

func (g *gathering) datagram(own part) *Datagram {
	if !g.whole() {
		return nil
	}
	w := &Datagram{Protocol: g.protocol, Src: own.key.src, Dst: own.key.dst, Segments: g.done.Segments, Bytes: g.done.Bytes}
	for _, s := range w.Segments {
		w.Last = max(w.Last, s.Packet)
	}
	return w
}

// Name is what the protocol of the datagram is called as a template.
func (g *Datagram) Name() string {
	return map[uint8]string{1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6"}[g.Protocol]
}

// checksumField is where the protocol's checksum stands; -1 for none.
func (g *Datagram) checksumField() int64 {
	switch g.Protocol {
	case 1, 58:
		return 2
	case 6:
		return 16
	case 17:
		return 6
	}
	return -1
}

// Resum puts into now the checksum that the datagram's becomes when its bytes change from was to now, as Packet.Resum does.
func (g *Datagram) Resum(was, now []byte) {
	at := g.checksumField()
	if at < 0 || at+2 > int64(len(now)) || len(was) != len(now) || was[at] != now[at] || was[at+1] != now[at+1] {
		return // none, or one that was changed by hand
	}
	old := uint32(was[at])<<8 | uint32(was[at+1])
	if g.Protocol == 17 && old == 0 {
		return
	}
	s := ^old & 0xffff
	for i := range was {
		if was[i] == now[i] {
			continue
		}
		shift := 8 * uint(1-i%2)
		s += ^(uint32(was[i])<<shift)&0xffff + uint32(now[i])<<shift
		s = s&0xffff + s>>16
	}
	s = s&0xffff + s>>16
	if s = ^s & 0xffff; g.Protocol == 17 && s == 0 {
		s = 0xffff
	}
	now[at], now[at+1] = byte(s>>8), byte(s)
}

// fragment is what is said of a part of an IP packet: where it belongs, and of the one that completes it what the whole says.
func (p *Packet) fragment(b []byte) (protocol string, _ []byte) {
	s, ok := p.part()
	if !ok {
		return "IP", append(b, "fragment"...)
	}
	var whole *Datagram
	if p.from != nil {
		whole, _ = p.from.Datagram(p.Index)
	}
	if whole != nil && whole.Last == p.Index {
		if q, err := p.from.beside().whole(whole); err == nil {
			if protocol, b = q.describe(b); len(b) > 0 {
				b = append(b, ' ')
			}
			return protocol, fmt.Appendf(b, "[%d parts]", len(whole.Segments))
		}
	}
	protocol = "IPv4"
	if s.key.six {
		protocol = "IPv6"
	}
	b = fmt.Appendf(b, "fragment of %s, offset %d, id 0x%04x%s", protocolName(s.protocol), s.at, s.key.id, more(!s.last))
	if whole != nil {
		b = fmt.Appendf(b, " [whole in %d]", whole.Last+1)
	}
	return protocol, b
}

// whole decodes what a datagram carries. The Packet's bytes are the datagram's, not those of one packet.
func (d *Decoder) whole(g *Datagram) (*Packet, error) {
	data := make([]byte, 0, g.Bytes)
	for _, s := range g.Segments {
		at := len(data)
		data = append(data, make([]byte, s.Len)...)
		if _, err := d.w.r.ReadAt(data[at:], s.Off); err != nil {
			return nil, err
		}
	}
	d.last = -2
	d.p = Packet{Bytes: data, Len: g.Bytes, Src: g.Src, Dst: g.Dst, Layers: d.p.Layers[:0]}
	next := gopacket.LayerTypePayload
	switch g.Protocol {
	case 1:
		next = layers.LayerTypeICMPv4
	case 6:
		next = layers.LayerTypeTCP
	case 17:
		next = layers.LayerTypeUDP
	case 58:
		next = layers.LayerTypeICMPv6
	}
	d.walk(next, data)
	d.p.App = d.app()
	return &d.p, nil
}
