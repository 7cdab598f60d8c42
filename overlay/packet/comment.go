package packet

import (
	"maps"
	"slices"
	"strings"
)

// Comment is what the capture says of the packet: the comments in its block (pcapng), one behind the other, cut to a length that can be
// kept. It is not made printable.
func (p *Packet) Comment() string {
	if p.options <= 0 || p.from == nil {
		return ""
	}
	b := make([]byte, min(p.options, pieceLen))
	n, _ := p.from.w.r.ReadAt(b, p.optionsAt)
	var all []string
	options(b[:n], p.order, func(code uint16, v []byte) {
		if s := text(v); code == 1 && s != "" {
			all = append(all, s)
		}
	})
	return text([]byte(strings.Join(all, "; ")))
}

// noteOptions notes where the options of the packet's block are.
func (p *Packet) noteOptions(r record, head []byte) {
	if k := r.source & sourceKind; k != kindEnhanced && k != kindPacket {
		return
	}
	p.order = r.order()
	length := int64(p.order.Uint32(head[4:]))
	body := kinds[r.source&sourceKind].header + (p.Caplen+3)&^3
	p.optionsAt, p.options = p.Head+body, length-body-4
}

// Name is what the capture says an address is called, "" where it says nothing.
func (p *Packet) Name(address string) string {
	if p.from == nil {
		return ""
	}
	return p.from.x.Name(address)
}

// Names lists the addresses of which the capture says what they are called, in order.
func (x *Index) Names() (addresses []string) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return slices.Sorted(maps.Keys(x.names))
}
