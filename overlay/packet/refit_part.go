package packet

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
)

// refitPart mends what is said of a whole IP packet that came in parts, when its last part becomes longer or shorter: the length in UDP's header and
// the checksum, which stand in the first part. Behind a part in front of others these would not stand where their headers say, so that is refused.
func (d *Decoder) refitPart(f *Refit, p *Packet, edits, all []Edit) error {
	own, ok := p.part()
	if !ok {
		return nil
	}
	from := p.Data + int64(p.Layers[len(p.Layers)-1].Body)
	to := from + int64(len(p.Payload))
	grow := grown(slices.DeleteFunc(slices.Clone(edits), func(e Edit) bool { return e.Off < from || e.Off+e.Del > to }))
	if grow == 0 {
		return nil
	}
	if !own.last {
		return fmt.Errorf("packet %d is a part of an IP packet, and others follow it at places that their headers tell: only the last part can change its length", p.Index+1)
	}
	name := d.partName(own)
	g, err := d.Datagram(p.Index)
	if err != nil {
		return err
	}
	if g == nil {
		f.Notes = append(f.Notes, fmt.Sprintf("The other parts of the IP packet that packet %d belongs to are not near it: what its %s header says stays.", p.Index+1, name))
		return nil
	}
	data, place, err := d.joined(g, all)
	if err != nil {
		return err
	}
	first := g.Segments[0]
	put := func(field string, at, n int64, is uint16) {
		off := place(at)
		was := binary.BigEndian.Uint16(data[at:])
		if was == is || off < 0 || slices.ContainsFunc(near(all, off, off+n), func(e Edit) bool { return e.Off < off+n && off < e.Off+e.Del }) {
			return
		}
		binary.BigEndian.PutUint16(data[at:], is)
		f.Lengths = append(f.Lengths, Length{Name: fmt.Sprintf("%s.%s in packet %d", name, field, first.Packet+1), Was: int64(was), Is: int64(is)})
		f.Edits = append(f.Edits, Edit{off, n, binary.BigEndian.AppendUint16(nil, is)})
	}
	if g.Protocol == 17 && len(data) >= 8 {
		if was := int64(binary.BigEndian.Uint16(data[4:])); was != 0 {
			is := was + grow
			if is < 0 || is > 0xffff {
				return fmt.Errorf("udp.len would be %d, at most %d", is, 0xffff)
			}
			put("len", 4, 2, uint16(is))
		}
	}
	if at := g.checksumField(); at >= 0 && at+2 <= int64(len(data)) {
		if was := binary.BigEndian.Uint16(data[at:]); g.Protocol != 17 || was != 0 {
			over := data
			if n := int(binary.BigEndian.Uint16(data[min(4, at):])); g.Protocol == 17 && n >= 8 && n < len(data) {
				over = data[:n]
			}
			put("checksum", at, 2, checksumOf(g.Protocol, g.Src, g.Dst, over, at))
		}
	}
	return nil
}

// partName is what the protocol in parts is called.
func (d *Decoder) partName(p part) string {
	g := Datagram{Protocol: p.protocol}
	if n := g.Name(); n != "" {
		return n
	}
	return protocolName(p.protocol)
}

// near are those of edits, which are in order and do not overlap, that touch the bytes from from to to: of many edits, those of one packet.
func near(edits []Edit, from, to int64) []Edit {
	a, _ := slices.BinarySearchFunc(edits, from, func(e Edit, from int64) int { return cmp.Compare(e.Off+e.Del, from) })
	b, _ := slices.BinarySearchFunc(edits, to+1, func(e Edit, to int64) int { return cmp.Compare(e.Off, to) })
	return edits[a:max(a, b)]
}

// joined gives the bytes of a datagram after edits of the capture, and where the first of them stand in the capture; below 0 where nothing does.
func (d *Decoder) joined(g *Datagram, edits []Edit) (data []byte, place func(at int64) int64, err error) {
	for _, s := range g.Segments {
		b := make([]byte, s.Len)
		if n, err := d.w.r.ReadAt(b, s.Off); n < len(b) {
			return nil, nil, fmt.Errorf("a part of the IP packet at %#x: %w", s.Off, err)
		}
		for _, e := range slices.Backward(near(edits, s.Off, s.Off+s.Len)) {
			if from := e.Off - s.Off; from >= 0 && from+e.Del <= s.Len {
				b = slices.Replace(b, int(from), int(from+e.Del), e.New...)
			}
		}
		data = append(data, b...)
	}
	return data, func(at int64) int64 {
		if s := g.Segments[0]; at < s.Len {
			return s.Off + at
		}
		return -1
	}, nil
}

// checksumOf is what the checksum at a place of what IP carries has to be (RFC 1071), over the pseudo header of RFC 793 and 8200 where there is one.
func checksumOf(protocol uint8, src, dst netip.Addr, data []byte, at int64) uint16 {
	s := uint64(0)
	add := func(b []byte) {
		for i := 0; i+1 < len(b); i += 2 {
			s += uint64(b[i])<<8 | uint64(b[i+1])
		}
		if len(b)%2 == 1 {
			s += uint64(b[len(b)-1]) << 8
		}
	}
	if protocol != 1 {
		add(src.AsSlice())
		add(dst.AsSlice())
		s += uint64(protocol) + uint64(len(data))
	}
	add(data[:at])
	add([]byte{0, 0})
	add(data[at+2:])
	for s > 0xffff {
		s = s&0xffff + s>>16
	}
	if sum := ^uint16(s); sum != 0 || protocol != 17 {
		return sum
	}
	return 0xffff
}
