package packet

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// A Layer is one protocol of a packet.
type Layer struct {
	// Name is that of the template that ships with the program for it ("ipv4", "tcp"), or of the protocol where there is none.
	Name string
	// Start is where its header begins in Packet.Bytes, Body where what it carries begins, End where that ends.
	Start, Body, End int
}

// A Packet is what the headers of one packet say. It holds until its Decoder decodes the next one.
type Packet struct {
	Record
	Index  int   // from 0
	Len    int64 // on the wire
	Bytes  []byte
	Link   LinkType
	Layers []Layer

	Src, Dst         netip.Addr // of the innermost IP header or of ARP; invalid where there is none
	SrcPort, DstPort uint16     // of TCP and UDP
	// Payload is what the last header that was understood carries.
	Payload []byte
	// Missing is how many bytes of the payload were not captured, as far as the headers tell.
	Missing int
	// Fault is why the headers could not be read to their end, "" where they could.
	Fault string
	// App is the name of the layer that Payload is taken for, by port or by what is in it; "" where nobody knows.
	App string

	from               *Decoder // which holds it
	order              binary.ByteOrder
	optionsAt, options int64 // where the options of its block are, and how long

	eth   *layers.Ethernet
	vlan  *layers.Dot1Q
	arp   *layers.ARP
	ip4   *layers.IPv4
	ip6   *layers.IPv6
	frag6 *layers.IPv6Fragment
	icmp4 *layers.ICMPv4
	icmp6 *layers.ICMPv6
	tcp   *layers.TCP
	udp   *layers.UDP
}

// Layer gives the innermost layer of a name.
func (p *Packet) Layer(name string) (Layer, bool) {
	for i := len(p.Layers) - 1; i >= 0; i-- {
		if p.Layers[i].Name == name {
			return p.Layers[i], true
		}
	}
	return Layer{}, false
}

// A Decoder decodes the packets of a capture one at a time. It belongs to one goroutine.
type Decoder struct {
	x     *Index
	w     window
	last  int
	long  []byte
	p     Packet
	ports Ports
	cut   bool

	other     *Decoder // for packets beside the one that is decoded
	datagrams map[int]foundDatagram
	blocks    map[int]*nearParts

	eth   layers.Ethernet
	vlan  layers.Dot1Q
	arp   layers.ARP
	sll   layers.LinuxSLL
	sll2  layers.LinuxSLL2
	ip4   layers.IPv4
	ip6   layers.IPv6
	ext6  layers.IPv6ExtensionSkipper
	frag6 layers.IPv6Fragment
	icmp4 layers.ICMPv4
	icmp6 layers.ICMPv6
	tcp   layers.TCP
	udp   layers.UDP
}

// NewDecoder makes a decoder of the packets that x finds in r.
func NewDecoder(x *Index, r io.ReaderAt, size int64, ports Ports) *Decoder {
	return &Decoder{x: x, w: window{r: r, size: size}, last: -2, ports: ports}
}

// maxDecoded is how much of a packet is decoded; longer ones are cut for the purpose of the list.
const maxDecoded = 256 << 10

// Packet decodes packet i. The error is one of reading; what is wrong with the packet is in Fault.
func (d *Decoder) Packet(i int) (*Packet, error) {
	r := d.x.get(i)
	full := r.full()
	head := full.Data - full.Head
	want := int(head + min(full.Caplen, maxDecoded))
	var b []byte
	if i == d.last+1 || want <= d.w.n && full.Head >= d.w.at {
		if want <= pieceLen {
			b = d.w.piece(full.Head, want)
		}
	}
	if len(b) < want { // far from the last one, or long: only what is needed is read
		if cap(d.long) < want {
			d.long = make([]byte, max(want, 4096))
		}
		n, err := d.w.r.ReadAt(d.long[:want], full.Head)
		b = d.long[:n]
		if n < want {
			return nil, fmt.Errorf("packet %d at %#x: %w", i+1, full.Head, err)
		}
	}
	d.last = i
	return d.decode(i, r, b), nil
}

// decode reads the record in b.
func (d *Decoder) decode(i int, r record, b []byte) *Packet {
	k := kinds[r.source&sourceKind]
	p := &d.p
	*p = Packet{Record: r.full(), Index: i, Len: int64(r.order().Uint32(b[k.original:])), Bytes: b[k.header:], Layers: p.Layers[:0], from: d}
	p.noteOptions(r, b)
	p.Link = d.x.link(p.Interface)
	if p.Link == LinkUnknown {
		p.Link = guessLink(p.Bytes)
	}
	d.layers()
	p.App = d.app()
	if p.App != "" {
		off := p.Layers[len(p.Layers)-1].Body
		p.Layers = append(p.Layers, Layer{p.App, off, off, off + len(p.Payload)})
	}
	return p
}

// SetTruncated is called by gopacket where a length goes beyond the bytes.
func (d *Decoder) SetTruncated() { d.cut = true }

// layers walks down the headers.
func (d *Decoder) layers() {
	p := &d.p
	var next gopacket.LayerType
	switch p.Link {
	case LinkEthernet:
		next = layers.LayerTypeEthernet
	case LinkSLL:
		next = layers.LayerTypeLinuxSLL
	case LinkSLL2:
		next = layers.LayerTypeLinuxSLL2
	case LinkNull, LinkLoop:
		next = layers.LayerTypeLoopback
	case LinkRaw, LinkRawBSD, LinkRawOpen, LinkIPv4, LinkIPv6:
		if len(p.Bytes) > 0 && p.Bytes[0]>>4 == 6 {
			next = layers.LayerTypeIPv6
		} else {
			next = layers.LayerTypeIPv4
		}
	default:
		p.Payload = p.Bytes
		return
	}
	d.walk(next, p.Bytes)
}

// walk decodes a layer, and those in it.
func (d *Decoder) walk(next gopacket.LayerType, data []byte) {
	p := &d.p
	at := 0
	defer func() { // gopacket believes some lengths
		if v := recover(); v != nil {
			p.Fault = fmt.Sprintf("malformed: %v", v)
			p.Payload = data
		}
	}()
	for depth := 0; depth < 16; depth++ {
		p.Payload = data
		layer, name := d.layer(next, data)
		if layer == nil {
			return
		}
		d.cut = false
		if err := layer.DecodeFromBytes(data, d); err != nil && !(name == "ipv6" && len(data) >= 40 && d.emptyIPv6()) {
			if len(data) > 0 {
				p.Layers = append(p.Layers, Layer{name, at, at + len(data), at + len(data)})
			}
			p.Fault = name + ": " + err.Error()
			return
		}
		body := layer.LayerPayload()
		l := Layer{Name: name, Start: at, Body: at, End: at + len(data)}
		if body != nil {
			// A layer's payload is a part of its data: what is left of the capacity tells where it begins.
			l.Body = at + cap(data) - cap(body)
			l.End = l.Body + len(body)
		} else {
			l.Body = l.End
		}
		p.Layers = append(p.Layers, l)
		next = d.took(layer, data, body)
		data, at = body, l.Body
		if next == gopacket.LayerTypeZero || next == gopacket.LayerTypePayload || next == gopacket.LayerTypeFragment {
			p.Payload = data
			return
		}
	}
	p.Payload = data
}

// emptyIPv6 takes an IPv6 header that tells no length, which gopacket refuses: with no next header there is none, with any other one it was left to the
// network card to tell (RFC 2675 asks for a hop-by-hop header then).
func (d *Decoder) emptyIPv6() bool {
	if d.ip6.Length != 0 || d.ip6.NextHeader == layers.IPProtocolIPv6HopByHop {
		return false
	}
	if d.ip6.NextHeader == layers.IPProtocolNoNextHeader {
		d.ip6.Payload = d.ip6.Payload[:0]
	}
	return true
}

// layer gives the decoder of a layer, nil where nobody decodes it.
func (d *Decoder) layer(t gopacket.LayerType, data []byte) (gopacket.DecodingLayer, string) {
	switch t {
	case layers.LayerTypeEthernet:
		return &d.eth, "ethernet"
	case layers.LayerTypeDot1Q:
		return &d.vlan, "vlan"
	case layers.LayerTypeARP:
		return &d.arp, "arp"
	case layers.LayerTypeLinuxSLL:
		return &d.sll, "sll"
	case layers.LayerTypeLinuxSLL2:
		return &d.sll2, "sll2"
	case layers.LayerTypeLoopback:
		return &loopback{}, "loopback"
	case layers.LayerTypeIPv4:
		return &d.ip4, "ipv4"
	case layers.LayerTypeIPv6:
		return &d.ip6, "ipv6"
	case layers.LayerTypeIPv6Fragment:
		return &d.frag6, "ipv6 fragment"
	case layers.LayerTypeIPv6Routing, layers.LayerTypeIPv6Destination, layers.LayerTypeIPv6HopByHop:
		return &d.ext6, "ipv6 extension"
	case layers.LayerTypeICMPv4:
		return &d.icmp4, "icmp"
	case layers.LayerTypeICMPv6:
		return &d.icmp6, "icmpv6"
	case layers.LayerTypeTCP:
		return &d.tcp, "tcp"
	case layers.LayerTypeUDP:
		return &d.udp, "udp"
	}
	return nil, ""
}

// took notes what a layer says, and gives the layer in it.
func (d *Decoder) took(layer gopacket.DecodingLayer, data, body []byte) gopacket.LayerType {
	p := &d.p
	next := layer.NextLayerType()
	switch l := layer.(type) {
	case *layers.Ethernet:
		p.eth = l
		next = ethernetLayer(l.EthernetType, next)
	case *layers.Dot1Q:
		p.vlan = l
		next = ethernetLayer(l.Type, next)
	case *layers.LinuxSLL:
		next = ethernetLayer(l.EthernetType, next)
	case *layers.LinuxSLL2:
		next = ethernetLayer(l.ProtocolType, next)
	case *layers.ARP:
		p.arp = l
		p.Src, _ = netip.AddrFromSlice(l.SourceProtAddress)
		p.Dst, _ = netip.AddrFromSlice(l.DstProtAddress)
		next = gopacket.LayerTypeZero
	case *layers.IPv4:
		p.ip4, p.ip6 = l, nil
		p.Src, _ = netip.AddrFromSlice(l.SrcIP)
		p.Dst, _ = netip.AddrFromSlice(l.DstIP)
		if n := int(binary.BigEndian.Uint16(data[2:])); n > len(data) {
			p.Missing = n - len(data)
		}
		if l.FragOffset != 0 || l.Flags&layers.IPv4MoreFragments != 0 {
			next = gopacket.LayerTypeFragment
		}
	case *layers.IPv6:
		p.ip6, p.ip4 = l, nil
		p.Src, _ = netip.AddrFromSlice(l.SrcIP)
		p.Dst, _ = netip.AddrFromSlice(l.DstIP)
		if n := 40 + int(l.Length); n > len(data) {
			p.Missing = n - len(data)
		}
	case *layers.IPv6Fragment:
		p.frag6 = l
	case *layers.ICMPv4:
		p.icmp4 = l
		next = gopacket.LayerTypeZero
	case *layers.ICMPv6:
		p.icmp6 = l
		next = gopacket.LayerTypeZero
	case *layers.TCP:
		p.tcp = l
		p.SrcPort, p.DstPort = uint16(l.SrcPort), uint16(l.DstPort)
		next = gopacket.LayerTypeZero
	case *layers.UDP:
		p.udp = l
		p.SrcPort, p.DstPort = uint16(l.SrcPort), uint16(l.DstPort)
		next = gopacket.LayerTypeZero
	}
	return next
}

// ethernetLayer is the layer of an Ethernet type: double tags are tags too.
func ethernetLayer(t layers.EthernetType, next gopacket.LayerType) gopacket.LayerType {
	switch t {
	case 0x88a8, 0x9100:
		return layers.LayerTypeDot1Q
	}
	return next
}

// loopback is the header of BSD's loopback interface, in either byte order.
type loopback struct {
	layers.BaseLayer
	next gopacket.LayerType
}

func (l *loopback) DecodeFromBytes(data []byte, df gopacket.DecodeFeedback) error {
	if len(data) < 4 {
		df.SetTruncated()
		return fmt.Errorf("%s, 4 expected", byteCount(int64(len(data))))
	}
	family := binary.LittleEndian.Uint32(data)
	if family > 0xffff {
		family = binary.BigEndian.Uint32(data)
	}
	switch family {
	case 2:
		l.next = layers.LayerTypeIPv4
	case 24, 28, 30:
		l.next = layers.LayerTypeIPv6
	}
	l.BaseLayer = layers.BaseLayer{Contents: data[:4], Payload: data[4:]}
	return nil
}

func (l *loopback) CanDecode() gopacket.LayerClass    { return layers.LayerTypeLoopback }
func (l *loopback) NextLayerType() gopacket.LayerType { return l.next }

// Fragment tells whether the packet is one part of an IP packet.
func (p *Packet) Fragment() bool {
	return p.ip4 != nil && (p.ip4.FragOffset != 0 || p.ip4.Flags&layers.IPv4MoreFragments != 0) || p.frag6 != nil && (p.frag6.FragmentOffset != 0 || p.frag6.MoreFragments)
}
