package main

import "encoding/binary"

var (
	macA, macB = []byte{2, 0, 0, 0, 0, 0xa}, []byte{2, 0, 0, 0, 0, 0xb}
	ip4A, ip4B = []byte{192, 0, 2, 1}, []byte{192, 0, 2, 53} // RFC 5737
	ip6A       = []byte{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}
	ip6B       = []byte{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}
)

// sum is the Internet checksum, word by word as RFC 1071 describes it.
func sum(parts ...[]byte) uint16 {
	var all []byte
	for _, p := range parts {
		all = append(all, p...)
	}
	if len(all)%2 == 1 {
		all = append(all, 0)
	}
	total := uint32(0)
	for i := 0; i < len(all); i += 2 {
		total += uint32(be.Uint16(all[i:]))
	}
	for total>>16 != 0 {
		total = total&0xffff + total>>16
	}
	return ^uint16(total)
}

func ethernet(typ uint16, body []byte) []byte { return pack(be, macB, macA, typ, body) }

func ipv4(protocol byte, options, body []byte) []byte {
	words := 5 + len(options)/4
	h := pack(be, byte(4<<4|words), byte(0), uint16(4*words+len(body)), uint16(0x1234), uint16(0x4000), byte(64), protocol, uint16(0), ip4A, ip4B, options)
	be.PutUint16(h[10:], sum(h))
	return append(h, body...)
}

func ipv6(next byte, body []byte) []byte {
	return pack(be, uint32(6<<28), uint16(len(body)), next, byte(64), ip6A, ip6B, body)
}

func pseudo(src, dst []byte, protocol, n int) []byte {
	return pack(be, src, dst, uint32(n), uint32(protocol))
}

func udp(src, dst []byte, from, to uint16, body []byte) []byte {
	d := pack(be, from, to, uint16(8+len(body)), uint16(0), body)
	be.PutUint16(d[6:], sum(pseudo(src, dst, 17, len(d)), d))
	return d
}

func tcp(src, dst []byte, from, to uint16, flags byte, options, body []byte) []byte {
	s := pack(be, from, to, uint32(1000), uint32(0), byte((5+len(options)/4)<<4), flags, uint16(64240), uint16(0), uint16(0), options, body)
	be.PutUint16(s[16:], sum(pseudo(src, dst, 6, len(s)), s))
	return s
}

func icmp(typ byte, body []byte) []byte {
	m := pack(be, typ, byte(0), uint16(0), body)
	be.PutUint16(m[2:], sum(m))
	return m
}

func icmpv6(typ byte, body []byte) []byte {
	m := pack(be, typ, byte(0), uint16(0), body)
	be.PutUint16(m[2:], sum(pseudo(ip6A, ip6B, 58, len(m)), m))
	return m
}

// packetSamples gives a sample of every layer, and captures of them all.
func packetSamples() map[string][]byte {
	dns := pack(be, uint16(7), uint16(0x8180), uint16(1), uint16(3), uint16(0), uint16(1),
		"\x03www\x07example\x03org\x00", uint16(5), uint16(1),
		"\xc0\x0c", uint16(5), uint16(1), uint32(300), uint16(6), "\x03web\xc0\x10",
		"\xc0\x2d", uint16(1), uint16(1), uint32(300), uint16(4), ip4A,
		"\xc0\x10", uint16(15), uint16(1), uint32(300), uint16(9), uint16(10), "\x04mail\xc0\x10",
		"\x00", uint16(41), uint16(1232), uint32(0), uint16(0))
	dhcp := pack(be, byte(1), byte(1), byte(6), byte(0), uint32(0x3903f326), uint16(0), uint16(0x8000), [16]byte{}, macA, [10]byte{}, [192]byte{},
		[]byte{99, 130, 83, 99}, []byte{53, 1, 1, 50, 4}, ip4A, []byte{12, 6}, "hexlay", []byte{55, 3, 1, 3, 6, 0, 255, 0, 0})
	arp := pack(be, uint16(1), uint16(0x0800), byte(6), byte(4), uint16(1), macA, ip4A, [6]byte{}, ip4B)
	http := []byte("GET /hexlay HTTP/1.1\r\nHost: www.example.org\r\nAccept: */*\r\n\r\n")
	synOptions := []byte{2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7}
	echo := icmp(8, pack(be, uint16(1), uint16(2), "hexlay!"))
	neighbour := icmpv6(135, pack(be, uint32(0), ip6B, []byte{1, 1}, macA))
	query := udp(ip4A, ip4B, 40000, 53, dns)
	syn := tcp(ip4A, ip4B, 40001, 80, 2, synOptions, nil)
	get := tcp(ip6A, ip6B, 40001, 80, 0x18, nil, http)
	hopByHop := pack(be, byte(58), byte(0), []byte{5, 2, 0, 0, 1, 0})
	ip4 := ipv4(17, []byte{148, 4, 0, 0}, query)
	ip6 := ipv6(0, append(hopByHop, neighbour...))
	vlan := pack(be, uint16(3<<13|42), uint16(0x0800), ipv4(6, nil, syn))
	suites := pack(be, uint16(0x1301), uint16(0x1303), uint16(0xc02f))
	extensions := pack(be, uint16(0), uint16(20), uint16(18), byte(0), uint16(15), "www.example.org", uint16(16), uint16(5), uint16(3), byte(2), "h2",
		uint16(43), uint16(3), []byte{2, 3, 4})
	hello := pack(be, uint16(0x0303), [32]byte{1, 2, 3}, byte(0), uint16(len(suites)), suites, byte(1), byte(0), uint16(len(extensions)), extensions)
	tls := pack(be, byte(22), uint16(0x0301), uint16(len(hello)+4), byte(1), byte(0), uint16(len(hello)), hello, []byte{21, 3, 3, 0, 2, 2, 40})
	mqtt := pack(be, []byte{0x10, 22, 0, 4}, "MQTT", []byte{4, 0xc2, 0, 60, 0, 2}, "h1", []byte{0, 2}, "me", []byte{0, 2, 1, 2}, []byte{0x32, 12, 0, 4}, "t/xy", []byte{0, 9}, "21.5", []byte{0xe0, 0})
	modbus := []byte{0, 1, 0, 0, 0, 6, 17, 3, 0, 0x6b, 0, 3, 0, 1, 0, 0, 0, 9, 17, 3, 6, 2, 0x2b, 0, 0, 0, 0x64, 0, 2, 0, 0, 0, 3, 17, 0x83, 2}

	frames := [][]byte{
		ethernet(0x0806, arp),
		ethernet(0x0800, ip4),
		ethernet(0x8100, vlan),
		ethernet(0x86dd, ip6),
		ethernet(0x86dd, ipv6(6, get)),
		append(ethernet(0x0800, ipv4(1, nil, echo)), 0, 0, 0),
		ethernet(0x0800, ipv4(17, nil, udp(ip4A, ip4B, 68, 67, dhcp))),
	}
	return map[string][]byte{
		"arp/sample.bin":        arp,
		"dhcp/sample.bin":       dhcp,
		"dns/sample.bin":        dns,
		"ethernet/sample.bin":   frames[1],
		"http/sample.bin":       http,
		"icmp/sample.bin":       echo,
		"icmpv6/sample.bin":     neighbour,
		"ipv4/sample.bin":       ip4,
		"ipv6/sample.bin":       ip6,
		"loopback/sample.bin":   pack(le, uint32(2), ip4),
		"modbus_tcp/sample.bin": modbus,
		"mqtt/sample.bin":       mqtt,
		"pcap/big.pcap":         pcap(be, 0xa1b23c4d, frames),
		"pcap/little.pcap":      pcap(le, 0xa1b2c3d4, frames),
		"pcapng/big.pcapng":     pcapng(be, frames[:2]),
		"pcapng/two.pcapng":     append(pcapng(le, frames), pcapng(be, frames[:1])...),
		"raw_ip/sample.bin":     ip6,
		"sll/sample.bin":        pack(be, uint16(4), uint16(1), uint16(6), macA, uint16(0), uint16(0x0800), ip4),
		"sll2/sample.bin":       pack(be, uint16(0x86dd), uint16(0), uint32(2), uint16(1), byte(0), byte(6), macA, uint16(0), ip6),
		"tcp/sample.bin":        syn,
		"tls/sample.bin":        tls,
		"udp/sample.bin":        query,
		"vlan/sample.bin":       vlan,
	}
}

func pcap(order binary.ByteOrder, magic uint32, frames [][]byte) []byte {
	b := pack(order, magic, uint16(2), uint16(4), uint32(0), uint32(0), uint32(262144), uint32(1))
	for i, f := range frames {
		b = append(b, pack(order, uint32(1795500000), uint32(1000*i), uint32(len(f)), uint32(len(f)), f)...)
	}
	return b
}

func pcapng(order binary.ByteOrder, frames [][]byte) []byte {
	pad := func(b []byte) []byte { return append(b, make([]byte, -len(b)&3)...) }
	block := func(typ uint32, body []byte) []byte {
		n := uint32(len(body) + 12)
		return pack(order, typ, n, body, n)
	}
	option := func(code uint16, value string) []byte {
		return pad(pack(order, code, uint16(len(value)), value))
	}
	b := block(0x0a0d0d0a, pack(order, uint32(0x1a2b3c4d), uint16(1), uint16(0), int64(-1), option(4, "hexlay"), uint32(0)))
	b = append(b, block(1, pack(order, uint16(1), uint16(0), uint32(262144), option(2, "eth0"), uint32(0)))...)
	micros := uint64(1795500000) * 1e6
	for i, f := range frames {
		t := micros + uint64(1000*i)
		body := pack(order, uint32(0), uint32(t>>32), uint32(t), uint32(len(f)), uint32(len(f)), pad(append([]byte(nil), f...)))
		if i == 0 {
			body = append(body, pack(order, option(1, "who has it?"), uint32(0))...)
		}
		b = append(b, block(6, body)...)
	}
	return append(b, block(5, pack(order, uint32(0), uint32(micros>>32), uint32(micros), pack(order, uint16(4), uint16(8), uint64(len(frames))), uint32(0)))...)
}
