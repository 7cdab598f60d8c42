package packet

import (
	"bytes"
	"encoding/binary"
)

// Ports say which protocol the payload of a port is taken for, by the names of templates; they go before what is usual.
type Ports map[uint16]string

// usualPorts are the ports that the program knows.
var usualPorts = Ports{
	53: "dns", 5353: "dns", 5355: "dns",
	67: "dhcp", 68: "dhcp",
	80: "http", 8000: "http", 8080: "http", 8008: "http", 3128: "http",
	443: "tls", 8443: "tls", 993: "tls", 995: "tls", 465: "tls", 636: "tls", 853: "tls", 8883: "tls",
	1883: "mqtt", 502: "modbus_tcp", 5555: "message",
}

// app finds out what the payload of TCP or UDP is.
func (d *Decoder) app() string {
	p := &d.p
	if p.tcp == nil && p.udp == nil || len(p.Payload) == 0 || p.Fault != "" {
		return ""
	}
	for _, port := range [2]uint16{p.DstPort, p.SrcPort} { // the user's word stands
		if name := d.ports[port]; name != "" {
			return name
		}
	}
	b := p.Payload
	low, high := min(p.SrcPort, p.DstPort), max(p.SrcPort, p.DstPort)
	for _, port := range [2]uint16{low, high} {
		name := usualPorts[port]
		if name == "" {
			continue
		}
		if fits(name, b, p.udp != nil) {
			return name
		}
	}
	if p.tcp != nil {
		switch {
		case isTLS(b) && b[0] == 22:
			return "tls"
		case isHTTP(b) && bytes.Contains(b[:min(len(b), 512)], []byte(" HTTP/1.")), bytes.HasPrefix(b, []byte("HTTP/1.")):
			return "http"
		}
	}
	return ""
}

// fits tells whether bytes begin as a message of a protocol does: a segment may begin in the middle of one.
func fits(name string, b []byte, datagram bool) bool {
	switch name {
	case "dns":
		if !datagram {
			return len(b) >= 14 && int(binary.BigEndian.Uint16(b)) >= 12
		}
		return len(b) >= 12
	case "dhcp":
		return datagram && len(b) >= 240 && (b[0] == 1 || b[0] == 2) && binary.BigEndian.Uint32(b[236:]) == 0x63825363
	case "http":
		return !datagram && isHTTP(b)
	case "tls":
		return !datagram && isTLS(b)
	case "mqtt":
		return !datagram && len(b) >= 2 && b[0]>>4 != 0
	case "modbus_tcp":
		return !datagram && len(b) >= 8 && b[2] == 0 && b[3] == 0 && int(binary.BigEndian.Uint16(b[4:])) >= 2
	case "message":
		return !datagram && len(b) >= 3 && b[0] == 1
	}
	return false
}

func isTLS(b []byte) bool {
	return len(b) >= 5 && b[0] >= 20 && b[0] <= 24 && b[1] == 3 && b[2] <= 4 && binary.BigEndian.Uint16(b[3:]) <= 1<<14+2048
}

var methods = [...]string{"GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT ", "TRACE ", "HTTP/1."}

func isHTTP(b []byte) bool {
	for _, m := range methods {
		if len(b) >= len(m) && string(b[:len(m)]) == m {
			return true
		}
	}
	return false
}
