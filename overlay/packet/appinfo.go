package packet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"strconv"
)

// This file says in a line what messages of application protocols are. Nothing in it trusts a length: cursor reads no further than
// there are bytes, and says so afterwards.

// cursor reads numbers and parts off bytes. What is not there reads as zero and sets short.
type cursor struct {
	b     []byte
	short bool
}

func (c *cursor) take(n int) []byte {
	if n < 0 || n > len(c.b) {
		c.short, c.b = true, nil
		return nil
	}
	part := c.b[:n]
	c.b = c.b[n:]
	return part
}

func (c *cursor) u8() int {
	if v := c.take(1); v != nil {
		return int(v[0])
	}
	return 0
}

func (c *cursor) u16() int {
	if v := c.take(2); v != nil {
		return int(binary.BigEndian.Uint16(v))
	}
	return 0
}

func (c *cursor) u24() int { return c.u8()<<16 | c.u16() }

// appendLine appends the first line of a text.
func appendLine(b, text []byte) []byte {
	line := text[:min(len(text), maxInfo)]
	if i := bytes.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	}
	return append(b, line...)
}

var dnsTypes = map[int]string{1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 13: "HINFO", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 35: "NAPTR",
	41: "OPT", 43: "DS", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 52: "TLSA", 64: "SVCB", 65: "HTTPS", 255: "ANY", 257: "CAA"}

func dnsType(t int) string {
	if s := dnsTypes[t]; s != "" {
		return s
	}
	return "TYPE" + strconv.Itoa(t)
}

var dnsErrors = [...]string{"", "format error", "server failure", "no such name", "not implemented", "refused"}

// dnsName appends the name at off of a message and gives where it ends; -1 where it does not.
func dnsName(b, msg []byte, off int) ([]byte, int) {
	end := -1
	first := true
	for jumps := 0; jumps < 32 && off < len(msg); {
		n := int(msg[off])
		switch {
		case n == 0:
			if first {
				b = append(b, "<root>"...)
			}
			if end < 0 {
				end = off + 1
			}
			return b, end
		case n&0xc0 == 0xc0:
			if off+1 >= len(msg) {
				return b, -1
			}
			if end < 0 {
				end = off + 2
			}
			off = n&0x3f<<8 | int(msg[off+1])
			jumps++
		case n&0xc0 != 0 || off+1+n > len(msg):
			return b, -1
		default:
			if !first {
				b = append(b, '.')
			}
			b, first = append(b, msg[off+1:off+1+n]...), false
			off += 1 + n
			if len(b) > 2*maxInfo {
				return b, -1
			}
		}
	}
	return b, -1
}

// dnsInfo names the questions and the answers of a message.
func dnsInfo(b, msg []byte) []byte {
	if len(msg) < 12 {
		return fmt.Appendf(b, "message of %s", byteCount(int64(len(msg))))
	}
	flags := binary.BigEndian.Uint16(msg[2:])
	questions, answers := int(binary.BigEndian.Uint16(msg[4:])), int(binary.BigEndian.Uint16(msg[6:]))
	switch op := flags >> 11 & 15; {
	case op == 4:
		b = append(b, "Notify"...)
	case op == 5:
		b = append(b, "Update"...)
	default:
		b = append(b, "Standard query"...)
	}
	if flags&0x8000 != 0 {
		b = append(b, " response"...)
	}
	b = fmt.Appendf(b, " 0x%04x", binary.BigEndian.Uint16(msg))
	if code := int(flags & 15); flags&0x8000 != 0 && code > 0 {
		if code < len(dnsErrors) {
			b = append(append(b, ' '), dnsErrors[code]...)
		} else {
			b = fmt.Appendf(b, " error %d", code)
		}
	}
	off := 12
	for range min(questions, 4) {
		name, end := dnsName(nil, msg, off)
		if end < 0 || end+4 > len(msg) {
			return append(append(append(b, ' '), name...), " [cut]"...)
		}
		b = append(append(b, ' '), dnsType(int(binary.BigEndian.Uint16(msg[end:])))...)
		b = append(append(b, ' '), name...)
		off = end + 4
	}
	for range min(answers, 8) {
		_, end := dnsName(nil, msg, off)
		if end < 0 || end+10 > len(msg) || len(b) > maxInfo {
			return b
		}
		kind, n := int(binary.BigEndian.Uint16(msg[end:])), int(binary.BigEndian.Uint16(msg[end+8:]))
		off = end + 10 + n
		if off > len(msg) {
			return b
		}
		data := msg[end+10 : off]
		b = append(append(b, ' '), dnsType(kind)...)
		switch {
		case kind == 1 && n == 4 || kind == 28 && n == 16:
			b = append(append(b, ' '), net.IP(data).String()...)
		case kind == 2 || kind == 5 || kind == 12:
			b, _ = dnsName(append(b, ' '), msg, end+10)
		}
	}
	return b
}

var dhcpTypes = [...]string{"", "Discover", "Offer", "Request", "Decline", "ACK", "NAK", "Release", "Inform"}

func dhcpInfo(b, msg []byte) []byte {
	if len(msg) < 240 {
		return fmt.Appendf(b, "message of %s", byteCount(int64(len(msg))))
	}
	id := binary.BigEndian.Uint32(msg[4:])
	kind, host := 0, ""
	for o := (cursor{b: msg[240:]}); len(o.b) > 0; {
		code := o.u8()
		if code == 0 {
			continue
		}
		if code == 255 {
			break
		}
		v := o.take(o.u8())
		switch {
		case code == 53 && len(v) == 1:
			kind = int(v[0])
		case code == 12:
			host = string(v)
		}
	}
	if kind > 0 && kind < len(dhcpTypes) {
		b = append(append(b, "DHCP "...), dhcpTypes[kind]...)
	} else {
		b = append(b, "BOOTP"...)
	}
	b = fmt.Appendf(b, " - transaction 0x%08x", id)
	if ip := net.IP(msg[16:20]); !ip.IsUnspecified() {
		b = append(append(b, " for "...), ip.String()...)
	}
	if host != "" {
		b = append(append(b, " host "...), host...)
	}
	return b
}

var handshakes = map[int]string{0: "Hello Request", 1: "Client Hello", 2: "Server Hello", 4: "New Session Ticket", 8: "Encrypted Extensions", 11: "Certificate",
	12: "Server Key Exchange", 13: "Certificate Request", 14: "Server Hello Done", 15: "Certificate Verify", 16: "Client Key Exchange", 20: "Finished", 22: "Certificate Status"}

// tlsInfo names the records in a segment, and the messages in those that are not encrypted.
func tlsInfo(b, data []byte) []byte {
	start := len(b)
	encrypted := false
	for c := (cursor{b: data}); len(c.b) > 0 && len(b) < maxInfo; {
		typ, version := c.u8(), c.u16()
		n := c.u16()
		if c.short || typ < 20 || typ > 24 || version>>8 != 3 {
			if len(b) == start {
				b = append(b, "Continuation data"...)
			}
			break
		}
		cut := n > len(c.b)
		body := c.take(min(n, len(c.b)))
		if len(b) > start {
			b = append(b, ", "...)
		}
		switch typ {
		case 20:
			b, encrypted = append(b, "Change Cipher Spec"...), true
		case 21:
			b = append(b, "Alert"...)
			if len(body) == 2 && !encrypted {
				b = fmt.Appendf(b, " (level %d, description %d)", body[0], body[1])
			}
		case 22:
			b = handshakeInfo(b, body, encrypted)
		case 23:
			b = append(b, "Application Data"...)
		default:
			b = append(b, "Heartbeat"...)
		}
		if cut {
			b = append(b, " …"...)
		}
	}
	return b
}

func handshakeInfo(b, body []byte, encrypted bool) []byte {
	start := len(b)
	for c := (cursor{b: body}); len(c.b) > 0; {
		typ := c.u8()
		n := c.u24()
		name, ok := handshakes[typ]
		if encrypted || c.short || !ok {
			if len(b) == start {
				b = append(b, "Encrypted Handshake Message"...)
			}
			return b
		}
		if len(b) > start {
			b = append(b, ", "...)
		}
		b = append(b, name...)
		msg := c.take(min(n, len(c.b)))
		if typ == 1 {
			if host := serverName(msg); host != "" {
				b = append(append(append(b, " (SNI="...), host...), ')')
			}
		}
	}
	return b
}

// serverName is the host that a ClientHello names (RFC 6066), "" where it names none.
func serverName(hello []byte) string {
	c := cursor{b: hello}
	c.take(2 + 32)
	c.take(c.u8())
	c.take(c.u16())
	c.take(c.u8())
	e := cursor{b: c.take(min(c.u16(), len(c.b)))}
	for len(e.b) > 0 && !e.short {
		typ := e.u16()
		body := cursor{b: e.take(e.u16())}
		if typ == 0 {
			body.u16()
			if body.u8() == 0 {
				return string(body.take(body.u16()))
			}
		}
	}
	return ""
}

var mqttTypes = [...]string{"Reserved", "Connect", "Connect Ack", "Publish", "Publish Ack", "Publish Received", "Publish Release", "Publish Complete",
	"Subscribe", "Subscribe Ack", "Unsubscribe", "Unsubscribe Ack", "Ping Request", "Ping Response", "Disconnect", "Auth"}

func mqttInfo(b, data []byte) []byte {
	start := len(b)
	for c := (cursor{b: data}); len(c.b) > 0 && len(b) < maxInfo; {
		first := c.u8()
		n, shift := 0, 0
		for shift < 28 {
			g := c.u8()
			n |= g & 0x7f << shift
			shift += 7
			if g&0x80 == 0 {
				break
			}
		}
		if c.short {
			break
		}
		if len(b) > start {
			b = append(b, ", "...)
		}
		b = append(b, mqttTypes[first>>4]...)
		cut := n > len(c.b)
		body := cursor{b: c.take(min(n, len(c.b)))}
		switch first >> 4 {
		case 1:
			body.take(body.u16())
			body.take(4)
			if id := body.take(body.u16()); len(id) > 0 {
				b = append(append(b, " client "...), id...)
			}
		case 3:
			b = append(append(append(b, " ["...), body.take(body.u16())...), ']')
		case 8:
			body.take(2)
			b = append(append(append(b, " ["...), body.take(body.u16())...), ']')
		}
		if cut {
			b = append(b, " …"...)
		}
	}
	return b
}

var modbusFunctions = map[int]string{1: "Read Coils", 2: "Read Discrete Inputs", 3: "Read Holding Registers", 4: "Read Input Registers", 5: "Write Single Coil",
	6: "Write Single Register", 7: "Read Exception Status", 8: "Diagnostics", 15: "Write Multiple Coils", 16: "Write Multiple Registers", 22: "Mask Write Register",
	23: "Read/Write Multiple Registers", 43: "Encapsulated Interface"}

func modbusInfo(b, data []byte, query bool) []byte {
	c := cursor{b: data}
	trans := c.u16()
	c.u16()
	c.u16()
	unit, fn := c.u8(), c.u8()
	if c.short {
		return append(b, byteCount(int64(len(data)))...)
	}
	if query {
		b = append(b, "Query"...)
	} else {
		b = append(b, "Response"...)
	}
	b = fmt.Appendf(b, ": Trans: %d; Unit: %d, Func: %d: ", trans, unit, fn&0x7f)
	if name := modbusFunctions[fn&0x7f]; name != "" {
		b = append(b, name...)
	} else {
		b = append(b, "Unknown function"...)
	}
	if fn&0x80 != 0 {
		b = fmt.Appendf(b, ", exception %d", c.u8())
	}
	return b
}

var messageTypes = map[int]string{1: "hello", 0x10: "climate", 0x20: "text", 0xff: "bye"}

// messageInfo names the messages of the tour's protocol.
func messageInfo(b, data []byte) []byte {
	start := len(b)
	for c := (cursor{b: data}); len(c.b) > 0 && len(b) < maxInfo; {
		version, typ := c.u8(), c.u16()
		n := c.u16()<<16 | c.u16()
		if c.short || version != 1 {
			if len(b) == start {
				b = append(b, "continuation"...)
			}
			break
		}
		if len(b) > start {
			b = append(b, ", "...)
		}
		if name := messageTypes[typ]; name != "" {
			b = append(b, name...)
		} else {
			b = fmt.Appendf(b, "type %d", typ)
		}
		if n+2 > len(c.b) {
			b = append(b, " …"...)
		}
		c.take(min(n+2, len(c.b)))
	}
	return b
}
