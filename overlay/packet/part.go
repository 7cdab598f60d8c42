package packet

import (
	"slices"
)

// Parts are what Part can be asked for: the payload, the whole packet, and the names that filters have for layers.
func Parts() []string {
	list := []string{"payload", "packet"}
	for _, l := range layerTable {
		list = append(list, l.names[0])
	}
	return list
}

// Part is bytes of a packet that are asked for by name: what its last header carries ("payload"), all ("packet"), or a layer with what it
// carries, by a name of Parts or of Layer.Name. length is how many they were on the wire. ok is false where the packet has none.
func (p *Packet) Part(name string) (start, end, length int, ok bool) {
	start, end = 0, len(p.Bytes)
	switch name {
	case "packet":
		return start, end, int(p.Len), end > 0
	case "payload":
		if n := len(p.Layers) - 1; n >= 0 {
			start = p.Layers[n].Body
		}
		end = start + len(p.Payload)
	default:
		for _, l := range layerTable {
			if slices.Contains(l.names, name) {
				name = l.layer
			}
		}
		l, have := p.Layer(name)
		if !have {
			return 0, 0, 0, false
		}
		start, end = l.Start, l.End
	}
	if start < 0 || end > len(p.Bytes) || start >= end {
		return 0, 0, 0, false
	}
	if length = end - start; end == len(p.Bytes) {
		length += p.Missing
	}
	return start, end, length, true
}
