package packet

import (
	"encoding/binary"
	"net"
	"net/netip"

	"github.com/gopacket/gopacket/layers"

	"hexlay/overlay/expr"
)

// This file is the table of the fields that filters know without a template.

var (
	intType   = expr.Type{Kind: expr.Int}
	boolType  = expr.Type{Kind: expr.Bool}
	strType   = expr.Type{Kind: expr.Str}
	bytesType = expr.Type{Kind: expr.Bytes}
	floatType = expr.Type{Kind: expr.Float}
)

func num[T ~int | ~int64 | ~uint8 | ~uint16 | ~uint32](name string, get func(p *Packet) T) field {
	return field{name, intType, func(o *object) expr.Value { return expr.IntValue(int64(get(o.p))) }}
}

func flag(name string, get func(p *Packet) bool) field {
	return field{name, boolType, func(o *object) expr.Value { return expr.BoolValue(get(o.p)) }}
}

func str(name string, get func(p *Packet) string) field {
	return field{name, strType, func(o *object) expr.Value { return expr.StrValue(get(o.p)) }}
}

func data(name string, get func(p *Packet) []byte) field {
	return field{name, bytesType, func(o *object) expr.Value { return expr.BytesValue(get(o.p)) }}
}

func mac(name string, get func(p *Packet) []byte) field {
	return str(name, func(p *Packet) string { return net.HardwareAddr(get(p)).String() })
}

func address(name string, get func(p *Packet) []byte) field {
	return str(name, func(p *Packet) string {
		a, _ := netip.AddrFromSlice(get(p))
		return a.String()
	})
}

// packetFields are those of every packet.
var packetFields = []field{
	num("no", func(p *Packet) int { return p.Index + 1 }),
	{"time", floatType, func(o *object) expr.Value {
		if o.p.Time == NoTime {
			return expr.Value{}
		}
		return expr.FloatValue(float64(o.p.Time) / 1e9)
	}},
	num("len", func(p *Packet) int64 { return p.Len }),
	num("caplen", func(p *Packet) int64 { return p.Caplen }),
	num("interface", func(p *Packet) int { return p.Interface }),
	num("offset", func(p *Packet) int64 { return p.Data }),
	str("src", func(p *Packet) string { return p.source() }),
	str("dst", func(p *Packet) string { return p.destination() }),
	{"src_port", intType, port(func(p *Packet) uint16 { return p.SrcPort })},
	{"dst_port", intType, port(func(p *Packet) uint16 { return p.DstPort })},
	str("protocol", func(p *Packet) string { return p.Summary().Protocol }),
	str("info", func(p *Packet) string { return p.Summary().Info }),
	str("comment", (*Packet).Comment),
	str("src_name", func(p *Packet) string { return p.Name(p.source()) }),
	str("dst_name", func(p *Packet) string { return p.Name(p.destination()) }),
	str("layers", (*Packet).layerPath),
	data("bytes", func(p *Packet) []byte { return p.Bytes }),
	data("payload", func(p *Packet) []byte { return p.Payload }),
	flag("malformed", func(p *Packet) bool { return p.Fault != "" }),
	flag("cut", func(p *Packet) bool { return p.Caplen < p.Len }),
	flag("fragment", (*Packet).Fragment),
}

func port(get func(p *Packet) uint16) func(o *object) expr.Value {
	return func(o *object) expr.Value {
		if o.p.tcp == nil && o.p.udp == nil {
			return expr.Value{}
		}
		return expr.IntValue(int64(get(o.p)))
	}
}

// layerFields are those of a layer, by the names that a filter has for it. The names beside are other names for the same.
type layerFields struct {
	names  []string
	layer  string // of Layer.Name
	there  func(p *Packet) bool
	fields []field
}

func app(layer string, names ...string) layerFields {
	if len(names) == 0 {
		names = []string{layer}
	}
	return layerFields{names, layer, func(p *Packet) bool { return p.App == layer }, nil}
}

func tcpFlag(name string, bit uint8) field {
	return flag(name, func(p *Packet) bool { return p.TCPFlags()&bit != 0 })
}

var layerTable = []layerFields{
	{[]string{"eth", "ethernet"}, "ethernet", func(p *Packet) bool { return p.eth != nil }, []field{
		mac("src", func(p *Packet) []byte { return p.eth.SrcMAC }),
		mac("dst", func(p *Packet) []byte { return p.eth.DstMAC }),
		num("type", func(p *Packet) uint16 { return binary.BigEndian.Uint16(p.eth.Contents[12:]) }),
	}},
	{[]string{"vlan"}, "vlan", func(p *Packet) bool { return p.vlan != nil }, []field{
		num("id", func(p *Packet) uint16 { return p.vlan.VLANIdentifier }),
		num("priority", func(p *Packet) uint8 { return p.vlan.Priority }),
	}},
	{[]string{"arp"}, "arp", func(p *Packet) bool { return p.arp != nil }, []field{
		num("operation", func(p *Packet) uint16 { return p.arp.Operation }),
		str("src", func(p *Packet) string { return p.Src.String() }),
		str("dst", func(p *Packet) string { return p.Dst.String() }),
		mac("src_mac", func(p *Packet) []byte { return p.arp.SourceHwAddress }),
		mac("dst_mac", func(p *Packet) []byte { return p.arp.DstHwAddress }),
	}},
	{[]string{"ip", "ipv4"}, "ipv4", func(p *Packet) bool { return p.ip4 != nil }, []field{
		address("src", func(p *Packet) []byte { return p.ip4.SrcIP }),
		address("dst", func(p *Packet) []byte { return p.ip4.DstIP }),
		num("ttl", func(p *Packet) uint8 { return p.ip4.TTL }),
		num("protocol", func(p *Packet) layers.IPProtocol { return p.ip4.Protocol }),
		num("len", func(p *Packet) uint16 { return p.ip4.Length }),
		num("id", func(p *Packet) uint16 { return p.ip4.Id }),
		num("service", func(p *Packet) uint8 { return p.ip4.TOS >> 2 }),
		num("fragment_offset", func(p *Packet) int { return int(p.ip4.FragOffset) * 8 }),
		flag("more_fragments", func(p *Packet) bool { return p.ip4.Flags&layers.IPv4MoreFragments != 0 }),
		flag("dont_fragment", func(p *Packet) bool { return p.ip4.Flags&layers.IPv4DontFragment != 0 }),
	}},
	{[]string{"ipv6"}, "ipv6", func(p *Packet) bool { return p.ip6 != nil }, []field{
		address("src", func(p *Packet) []byte { return p.ip6.SrcIP }),
		address("dst", func(p *Packet) []byte { return p.ip6.DstIP }),
		num("hop_limit", func(p *Packet) uint8 { return p.ip6.HopLimit }),
		num("next_header", func(p *Packet) layers.IPProtocol { return p.ip6.NextHeader }),
		num("len", func(p *Packet) uint16 { return p.ip6.Length }),
		num("flow_label", func(p *Packet) uint32 { return p.ip6.FlowLabel }),
	}},
	{[]string{"icmp"}, "icmp", func(p *Packet) bool { return p.icmp4 != nil }, []field{
		num("type", func(p *Packet) uint8 { return p.icmp4.TypeCode.Type() }),
		num("code", func(p *Packet) uint8 { return p.icmp4.TypeCode.Code() }),
		num("id", func(p *Packet) uint16 { return p.icmp4.Id }),
		num("seq", func(p *Packet) uint16 { return p.icmp4.Seq }),
	}},
	{[]string{"icmpv6"}, "icmpv6", func(p *Packet) bool { return p.icmp6 != nil }, []field{
		num("type", func(p *Packet) uint8 { return p.icmp6.TypeCode.Type() }),
		num("code", func(p *Packet) uint8 { return p.icmp6.TypeCode.Code() }),
	}},
	{[]string{"tcp"}, "tcp", func(p *Packet) bool { return p.tcp != nil }, []field{
		num("src_port", func(p *Packet) uint16 { return p.SrcPort }),
		num("dst_port", func(p *Packet) uint16 { return p.DstPort }),
		num("seq_number", func(p *Packet) uint32 { return p.tcp.Seq }),
		num("ack_number", func(p *Packet) uint32 { return p.tcp.Ack }),
		num("flags", (*Packet).TCPFlags),
		tcpFlag("fin", 1), tcpFlag("syn", 2), tcpFlag("rst", 4), tcpFlag("psh", 8), tcpFlag("ack", 16), tcpFlag("urg", 32), tcpFlag("ece", 64), tcpFlag("cwr", 128),
		num("window", func(p *Packet) uint16 { return p.tcp.Window }),
		num("checksum", func(p *Packet) uint16 { return p.tcp.Checksum }),
		num("len", func(p *Packet) int { return len(p.Payload) + p.Missing }),
		data("payload", func(p *Packet) []byte { return p.Payload }),
	}},
	{[]string{"udp"}, "udp", func(p *Packet) bool { return p.udp != nil }, []field{
		num("src_port", func(p *Packet) uint16 { return p.SrcPort }),
		num("dst_port", func(p *Packet) uint16 { return p.DstPort }),
		num("len", func(p *Packet) uint16 { return p.udp.Length }),
		num("checksum", func(p *Packet) uint16 { return p.udp.Checksum }),
		data("payload", func(p *Packet) []byte { return p.Payload }),
	}},
	{[]string{"dns"}, "dns", func(p *Packet) bool { return p.App == "dns" }, []field{
		{"name", strType, func(o *object) expr.Value {
			msg := o.p.dnsMessage()
			if name, end := dnsName(nil, msg, 12); end >= 0 {
				return expr.StrValue(string(name))
			}
			return expr.Value{}
		}},
		{"response", boolType, func(o *object) expr.Value {
			if msg := o.p.dnsMessage(); len(msg) > 2 {
				return expr.BoolValue(msg[2]&0x80 != 0)
			}
			return expr.Value{}
		}},
	}},
	{[]string{"http"}, "http", func(p *Packet) bool { return p.App == "http" }, []field{
		str("line", func(p *Packet) string { return string(appendLine(nil, p.Payload)) }),
	}},
	{[]string{"tls"}, "tls", func(p *Packet) bool { return p.App == "tls" }, []field{
		{"server_name", strType, func(o *object) expr.Value {
			if b := o.p.Payload; len(b) > 9 && b[0] == 22 && b[5] == 1 {
				if s := serverName(b[9:]); s != "" {
					return expr.StrValue(s)
				}
			}
			return expr.Value{}
		}},
	}},
	app("dhcp"), app("mqtt"), app("modbus_tcp", "modbus", "modbus_tcp"), app("message"),
	{[]string{"sll"}, "sll", func(p *Packet) bool { return p.Link == LinkSLL }, nil},
	{[]string{"sll2"}, "sll2", func(p *Packet) bool { return p.Link == LinkSLL2 }, nil},
	{[]string{"loopback"}, "loopback", func(p *Packet) bool { return p.Link == LinkNull || p.Link == LinkLoop }, nil},
}

// dnsMessage is the message of DNS without the length that TCP has before it.
func (p *Packet) dnsMessage() []byte {
	if p.tcp != nil {
		return p.Payload[min(2, len(p.Payload)):]
	}
	return p.Payload
}

// newTop makes the object that filters run on.
func newTop(t Templates) *object {
	top := &object{class: &class{name: "packet", fields: packetFields[:len(packetFields):len(packetFields)]}}
	taken := make(map[string]bool)
	add := func(lt layerFields) {
		c := &class{name: lt.names[0], fields: lt.fields, templates: t, layer: lt.layer}
		c.index()
		kid := &object{class: c}
		v := expr.ObjectValue(kid)
		top.kids = append(top.kids, kid)
		for _, name := range lt.names {
			if taken[name] {
				continue
			}
			taken[name] = true
			top.class.fields = append(top.class.fields, field{name, expr.Type{Kind: expr.ClassOf, Class: c}, func(o *object) expr.Value {
				if lt.there(o.p) {
					return v
				}
				return expr.Value{}
			}})
		}
	}
	for _, f := range packetFields {
		taken[f.name] = true
	}
	known := make(map[string]bool)
	for _, lt := range layerTable {
		known[lt.layer] = true
	}
	if t != nil {
		for _, spec := range t.Own() { // before those of the table, whose names they take
			if !known[spec] {
				add(app(spec, LayerName(spec)))
			}
		}
	}
	for _, lt := range layerTable {
		add(lt)
	}
	top.class.index()
	return top
}

func (c *class) index() {
	c.byName = make(map[string]int, len(c.fields))
	for i, f := range c.fields {
		c.byName[f.name] = i
	}
}
