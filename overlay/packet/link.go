package packet

import "fmt"

// A LinkType says how a packet begins; the numbers are those of https://www.tcpdump.org/linktypes.html.
type LinkType uint32

// The link types that are decoded, and LinkUnknown of an interface that nothing describes.
const (
	LinkNull     LinkType = 0
	LinkEthernet LinkType = 1
	LinkRawBSD   LinkType = 12
	LinkRawOpen  LinkType = 14
	LinkRaw      LinkType = 101
	LinkLoop     LinkType = 108
	LinkSLL      LinkType = 113
	LinkIPv4     LinkType = 228
	LinkIPv6     LinkType = 229
	LinkSLL2     LinkType = 276
	LinkUnknown  LinkType = 1<<32 - 1
)

var linkNames = map[LinkType]string{
	LinkNull: "BSD loopback", LinkEthernet: "Ethernet", LinkRawBSD: "raw IP", LinkRawOpen: "raw IP", LinkRaw: "raw IP", LinkLoop: "BSD loopback",
	LinkSLL: "Linux cooked", LinkIPv4: "IPv4", LinkIPv6: "IPv6", LinkSLL2: "Linux cooked v2", LinkUnknown: "unknown",
	6: "token ring", 9: "PPP", 105: "IEEE 802.11", 127: "radiotap", 147: "user 0", 187: "Bluetooth H4", 189: "USB", 195: "IEEE 802.15.4",
	220: "USB", 227: "CAN", 249: "USBPcap",
}

func (l LinkType) String() string {
	if s, ok := linkNames[l]; ok {
		return s
	}
	return fmt.Sprintf("link type %d", uint32(l))
}

// Template names the template that ships with the program for packets of this link type, "" where there is none.
func (l LinkType) Template() string {
	switch l {
	case LinkNull, LinkLoop:
		return "loopback"
	case LinkEthernet:
		return "ethernet"
	case LinkRawBSD, LinkRawOpen, LinkRaw, LinkIPv4, LinkIPv6:
		return "raw_ip"
	case LinkSLL:
		return "sll"
	case LinkSLL2:
		return "sll2"
	}
	return ""
}

// guessLink guesses how a packet begins whose interface nothing describes.
func guessLink(b []byte) LinkType {
	if len(b) >= 14 {
		switch t := uint16(b[12])<<8 | uint16(b[13]); t {
		case 0x0800, 0x0806, 0x86dd, 0x8100, 0x88a8:
			return LinkEthernet
		}
	}
	if len(b) >= 20 && b[0]>>4 == 4 && b[0]&15 >= 5 || len(b) >= 40 && b[0]>>4 == 6 {
		return LinkRaw
	}
	return LinkEthernet
}
