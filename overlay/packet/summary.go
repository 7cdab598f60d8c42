package packet

import (
	"encoding/binary"
	"fmt"
	"net"
	"strconv"

	"github.com/gopacket/gopacket/layers"
)

// A Summary is a row of the list of packets. Its texts come from the capture and are not made printable.
type Summary struct {
	Src, Dst string
	Protocol string
	Info     string
}

// maxInfo bounds a Summary's Info.
const maxInfo = 256

// Summary says in one line what the packet is.
func (p *Packet) Summary() Summary {
	s := Summary{Src: p.source(), Dst: p.destination()}
	b := make([]byte, 0, 128)
	s.Protocol, b = p.describe(b)
	if p.Fault != "" {
		if len(b) > 0 {
			b = append(b, ' ')
		}
		b = append(b, "[malformed: "...)
		b = append(append(b, p.Fault...), ']')
	} else if p.Caplen < p.Len {
		b = append(b, " [cut: "...)
		b = strconv.AppendInt(b, p.Caplen, 10)
		b = append(b, " of "...)
		b = append(strconv.AppendInt(b, p.Len, 10), ']')
	}
	s.Info = string(b[:min(len(b), maxInfo)])
	return s
}

func (p *Packet) source() string {
	switch {
	case p.Src.IsValid():
		return p.Src.String()
	case p.eth != nil:
		return net.HardwareAddr(p.eth.SrcMAC).String()
	}
	return ""
}

func (p *Packet) destination() string {
	switch {
	case p.Dst.IsValid():
		return p.Dst.String()
	case p.eth != nil:
		return net.HardwareAddr(p.eth.DstMAC).String()
	}
	return ""
}

// describe appends what the innermost protocol says.
func (p *Packet) describe(b []byte) (protocol string, _ []byte) {
	switch p.App {
	case "dns":
		msg := p.Payload
		if p.tcp != nil {
			msg = msg[2:]
		}
		name := "DNS"
		switch { // a query to a name server may come from any port
		case p.SrcPort == 53 || p.DstPort == 53:
		case p.SrcPort == 5353 || p.DstPort == 5353:
			name = "MDNS"
		case p.SrcPort == 5355 || p.DstPort == 5355:
			name = "LLMNR"
		}
		return name, dnsInfo(b, msg)
	case "dhcp":
		return "DHCP", dhcpInfo(b, p.Payload)
	case "http":
		return "HTTP", appendLine(b, p.Payload)
	case "tls":
		return "TLS", tlsInfo(b, p.Payload)
	case "mqtt":
		return "MQTT", mqttInfo(b, p.Payload)
	case "modbus_tcp":
		return "Modbus/TCP", modbusInfo(b, p.Payload, p.DstPort == 502)
	case "message":
		return "MESSAGE", messageInfo(b, p.Payload)
	case "":
	default:
		return LayerName(p.App), p.transport(b)
	}
	switch {
	case p.tcp != nil:
		return "TCP", p.transport(b)
	case p.udp != nil:
		return "UDP", p.transport(b)
	case p.icmp4 != nil:
		return "ICMP", p.icmpInfo(b)
	case p.icmp6 != nil:
		return "ICMPv6", p.icmp6Info(b)
	case p.arp != nil:
		return "ARP", p.arpInfo(b)
	case p.Fragment():
		return p.fragment(b)
	case p.ip4 != nil:
		return ipProtocol("IPv4", uint8(p.ip4.Protocol)), append(append(b, "protocol "...), protocolName(uint8(p.ip4.Protocol))...)
	case p.ip6 != nil:
		return ipProtocol("IPv6", uint8(p.ip6.NextHeader)), append(append(b, "next header "...), protocolName(uint8(p.ip6.NextHeader))...)
	case p.vlan != nil:
		return "VLAN", fmt.Appendf(b, "id %d, type 0x%04x, %s", p.vlan.VLANIdentifier, uint16(p.vlan.Type), byteCount(int64(len(p.Payload))))
	case p.eth != nil:
		if len(p.Bytes) >= 14 {
			t := binary.BigEndian.Uint16(p.Bytes[12:])
			if t < 1536 {
				return "LLC", fmt.Appendf(b, "IEEE 802.3, %s", byteCount(int64(t)))
			}
			if name := etherTypes[t]; name != "" {
				return name, append(b, byteCount(int64(len(p.Payload)))...)
			}
			return "Ethernet", fmt.Appendf(b, "type 0x%04x, %s", t, byteCount(int64(len(p.Payload))))
		}
		return "Ethernet", b
	}
	return p.Link.String(), append(b, byteCount(int64(len(p.Bytes)))...)
}

var etherTypes = map[uint16]string{0x88cc: "LLDP", 0x888e: "EAPOL", 0x8847: "MPLS", 0x8848: "MPLS", 0x8863: "PPPoE", 0x8864: "PPPoE",
	0x88f7: "PTP", 0x8892: "PROFINET", 0x88a4: "EtherCAT", 0x8809: "Slow", 0x8808: "Flow control", 0x0842: "WOL", 0x88e5: "MACsec"}

var protocolNames = map[uint8]string{1: "ICMP", 2: "IGMP", 4: "IPv4", 6: "TCP", 17: "UDP", 41: "IPv6", 43: "IPv6 routing", 44: "IPv6 fragment",
	47: "GRE", 50: "ESP", 51: "AH", 58: "ICMPv6", 59: "nothing", 60: "IPv6 options", 88: "EIGRP", 89: "OSPF", 103: "PIM", 112: "VRRP", 115: "L2TP", 132: "SCTP"}

func protocolName(n uint8) string {
	if s, ok := protocolNames[n]; ok {
		return s
	}
	return strconv.Itoa(int(n))
}

func ipProtocol(ip string, n uint8) string {
	switch s := protocolNames[n]; n {
	case 2, 47, 50, 51, 88, 89, 103, 112, 115, 132:
		return s
	}
	return ip
}

// Flags of TCP in the order in which they are named.
var flagNames = [...]struct {
	bit  uint8
	name string
}{{0x02, "SYN"}, {0x01, "FIN"}, {0x04, "RST"}, {0x08, "PSH"}, {0x10, "ACK"}, {0x20, "URG"}, {0x40, "ECE"}, {0x80, "CWR"}}

// TCPFlags are the flags of a TCP header as its byte 13 has them, 0 where there is no TCP.
func (p *Packet) TCPFlags() uint8 {
	if p.tcp == nil || len(p.tcp.Contents) < 14 {
		return 0
	}
	return p.tcp.Contents[13]
}

// transport is what TCP and UDP say.
func (p *Packet) transport(b []byte) []byte {
	b = strconv.AppendUint(b, uint64(p.SrcPort), 10)
	b = append(b, " → "...)
	b = strconv.AppendUint(b, uint64(p.DstPort), 10)
	if p.tcp == nil {
		b = append(b, " Len="...)
		return strconv.AppendInt(b, int64(len(p.Payload)+p.Missing), 10)
	}
	b = append(b, " ["...)
	first := true
	for _, f := range flagNames {
		if p.TCPFlags()&f.bit != 0 {
			if !first {
				b = append(b, ", "...)
			}
			b, first = append(b, f.name...), false
		}
	}
	b = append(b, "] Seq="...)
	b = strconv.AppendUint(b, uint64(p.tcp.Seq), 10)
	if p.tcp.ACK {
		b = append(b, " Ack="...)
		b = strconv.AppendUint(b, uint64(p.tcp.Ack), 10)
	}
	b = append(b, " Win="...)
	b = strconv.AppendUint(b, uint64(p.tcp.Window), 10)
	b = append(b, " Len="...)
	b = strconv.AppendInt(b, int64(len(p.Payload)+p.Missing), 10)
	if p.tcp.SYN {
		for _, o := range p.tcp.Options {
			switch {
			case o.OptionType == layers.TCPOptionKindMSS && len(o.OptionData) == 2:
				b = strconv.AppendUint(append(b, " MSS="...), uint64(binary.BigEndian.Uint16(o.OptionData)), 10)
			case o.OptionType == layers.TCPOptionKindWindowScale && len(o.OptionData) == 1:
				b = strconv.AppendUint(append(b, " WS="...), 1<<min(o.OptionData[0], 14), 10)
			case o.OptionType == layers.TCPOptionKindSACKPermitted:
				b = append(b, " SACK_PERM"...)
			}
		}
	}
	return b
}

func more(yes bool) string {
	if yes {
		return ", more follow"
	}
	return ", the last"
}

func (p *Packet) arpInfo(b []byte) []byte {
	a := p.arp
	switch {
	case a.Operation == 1 && p.Src == p.Dst:
		return fmt.Appendf(b, "ARP announcement for %s", p.Src)
	case a.Operation == 1 && p.Src.IsValid() && p.Src.IsUnspecified():
		return fmt.Appendf(b, "Who has %s? (probe)", p.Dst)
	case a.Operation == 1:
		return fmt.Appendf(b, "Who has %s? Tell %s", p.Dst, p.Src)
	case a.Operation == 2:
		return fmt.Appendf(b, "%s is at %s", p.Src, net.HardwareAddr(a.SourceHwAddress))
	}
	return fmt.Appendf(b, "operation %d", a.Operation)
}

var icmpTypes = map[uint8]string{0: "Echo (ping) reply", 3: "Destination unreachable", 4: "Source quench", 5: "Redirect", 8: "Echo (ping) request",
	9: "Router advertisement", 10: "Router solicitation", 11: "Time to live exceeded", 12: "Parameter problem", 13: "Timestamp request", 14: "Timestamp reply"}

var unreachable = [...]string{"network", "host", "protocol", "port", "fragmentation needed", "source route failed", "network unknown", "host unknown",
	"source host isolated", "network prohibited", "host prohibited", "network for service", "host for service", "prohibited"}

func (p *Packet) icmpInfo(b []byte) []byte {
	t, c := p.icmp4.TypeCode.Type(), p.icmp4.TypeCode.Code()
	name, ok := icmpTypes[t]
	if !ok {
		return fmt.Appendf(b, "type %d, code %d", t, c)
	}
	b = append(b, name...)
	switch {
	case t == 0 || t == 8:
		b = fmt.Appendf(b, " id=0x%04x, seq=%d", p.icmp4.Id, p.icmp4.Seq)
		if p.ip4 != nil {
			b = fmt.Appendf(b, ", ttl=%d", p.ip4.TTL)
		}
	case t == 3 && int(c) < len(unreachable):
		b = fmt.Appendf(b, " (%s)", unreachable[c])
	case c != 0:
		b = fmt.Appendf(b, ", code %d", c)
	}
	return b
}

var icmp6Types = map[uint8]string{1: "Destination unreachable", 2: "Packet too big", 3: "Time exceeded", 4: "Parameter problem", 128: "Echo (ping) request",
	129: "Echo (ping) reply", 130: "Multicast listener query", 131: "Multicast listener report", 132: "Multicast listener done", 133: "Router solicitation",
	134: "Router advertisement", 135: "Neighbor solicitation", 136: "Neighbor advertisement", 137: "Redirect", 143: "Multicast listener report v2"}

func (p *Packet) icmp6Info(b []byte) []byte {
	t, c := p.icmp6.TypeCode.Type(), p.icmp6.TypeCode.Code()
	name, ok := icmp6Types[t]
	if !ok {
		return fmt.Appendf(b, "type %d, code %d", t, c)
	}
	b = append(b, name...)
	body := p.Payload
	switch {
	case (t == 128 || t == 129) && len(body) >= 4:
		b = fmt.Appendf(b, " id=0x%04x, seq=%d", binary.BigEndian.Uint16(body), binary.BigEndian.Uint16(body[2:]))
	case (t == 135 || t == 136) && len(body) >= 20:
		b = append(append(b, " for "...), net.IP(body[4:20]).String()...)
	case c != 0:
		b = fmt.Appendf(b, ", code %d", c)
	}
	return b
}
