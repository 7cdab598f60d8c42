package packet

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Hierarchy counts the packets of each protocol and in which protocols they lie. It belongs to one goroutine.
type Hierarchy struct {
	root protocol
}

type protocol struct {
	Protocol
	kids []*protocol
}

// A Protocol is one line of a hierarchy: packets whose layers begin with Path. Bytes are those of whole packets on the wire.
type Protocol struct {
	// Path are names of layers as in Layer.Name, the outermost first; behind them may stand a protocol that a header names and nobody
	// decodes ("LLDP", "GRE"), and "malformed" for headers that could not be read to their end.
	Path           []string
	Packets, Bytes int64
	First          int // the packet that was added first
}

// Name is the innermost one.
func (p *Protocol) Name() string { return p.Path[len(p.Path)-1] }

const malformed = "malformed"

// Add counts a packet.
func (h *Hierarchy) Add(p *Packet) {
	at := &h.root
	at.count(p)
	p.path(func(name string) { at = at.kid(p, name) })
}

// path calls fn with the names of a line of the hierarchy.
func (p *Packet) path(fn func(name string)) {
	if len(p.Layers) == 0 {
		fn(p.Link.String())
	}
	for _, l := range p.Layers {
		fn(l.Name)
	}
	if p.Fault != "" {
		fn(malformed)
	} else if name := p.undecoded(); name != "" {
		fn(name)
	}
}

// layerPath is the field "layers": the path with a stroke at each end and between.
func (p *Packet) layerPath() string {
	b := []byte{'/'}
	p.path(func(name string) { b = append(append(b, name...), '/') })
	return string(b)
}

func (t *protocol) count(p *Packet) {
	if t.Packets == 0 {
		t.First = p.Index
	}
	t.Packets++
	t.Bytes += p.Len
}

// kid counts the packet for a protocol within t.
func (t *protocol) kid(p *Packet, name string) *protocol {
	for _, k := range t.kids {
		if k.Name() == name {
			k.count(p)
			return k
		}
	}
	k := &protocol{Protocol: Protocol{Path: append(slices.Clip(t.Path), name)}}
	t.kids = append(t.kids, k)
	k.count(p)
	return k
}

// undecoded is the protocol in the last layer, as its header says, where nobody decodes it and it has a name.
func (p *Packet) undecoded() string {
	if p.App != "" || len(p.Layers) == 0 {
		return ""
	}
	switch last := p.Layers[len(p.Layers)-1]; last.Name {
	case "ethernet", "vlan":
		if last.Body >= 2 && last.Body <= len(p.Bytes) {
			return etherTypes[binary.BigEndian.Uint16(p.Bytes[last.Body-2:])]
		}
	case "ipv4":
		if s := ipProtocol("", uint8(p.ip4.Protocol)); !p.Fragment() {
			return s
		}
	case "ipv6":
		return ipProtocol("", uint8(p.ip6.NextHeader))
	}
	return ""
}

// Total is all that was added.
func (h *Hierarchy) Total() (packets, bytes int64) { return h.root.Packets, h.root.Bytes }

// Protocols are the lines, each before those within it; of those side by side the one with the most packets comes first.
func (h *Hierarchy) Protocols() []Protocol {
	var list []Protocol
	var walk func(t *protocol)
	walk = func(t *protocol) {
		slices.SortStableFunc(t.kids, func(a, b *protocol) int { return cmp.Compare(b.Packets, a.Packets) })
		for _, k := range t.kids {
			list = append(list, k.Protocol)
			walk(k)
		}
	}
	walk(&h.root)
	return list
}

// FilterOf is the condition that holds for the packets of line i and no others of list: its protocol, or where that would be others too,
// how the packet's layers begin.
func FilterOf(list []Protocol, i int) string {
	p := list[i]
	isIP := func(name string) bool { return name == "ipv4" || name == "ipv6" }
	text := term(p.Name())
	for _, q := range list {
		under := len(q.Path) > len(p.Path) && slices.Equal(q.Path[:len(p.Path)], p.Path)
		switch {
		case slices.Equal(q.Path, p.Path):
		case !under && slices.Contains(q.Path, p.Name()),
			// Fields of a layer whose header cannot be read are not there, nor those of an IP header around another one.
			under && len(q.Path) == len(p.Path)+1 && q.Name() == malformed,
			under && isIP(p.Name()) && isIP(q.Name()):
			text = ""
		}
	}
	if text == "" {
		begin := "/" + strings.Join(p.Path, "/") + "/"
		text = fmt.Sprintf(`layers.substring(0, %d) == "%s"`, utf8.RuneCountInString(begin), strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(begin))
	}
	return text
}

// term is the condition that a packet has a protocol, "" where there is none.
func term(name string) string {
	if name == malformed {
		return malformed
	}
	for _, l := range layerTable {
		if l.layer == name {
			return l.names[0]
		}
	}
	return ""
}
