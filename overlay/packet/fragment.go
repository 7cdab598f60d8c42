package packet

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

// fragments puts IP packets together that came in parts, as far as TCP needs it: the places of the parts, and the bytes of the header.
type fragments struct {
	open  map[fragmentKey]*fragmented
	order []fragmentKey // the oldest first
}

type fragmentKey struct {
	src, dst netip.Addr
	id       uint32
	six      bool
	protocol uint8 // of IPv4
}

type fragmented struct {
	parts  []Segment // At counts from the first byte of TCP
	header []byte    // the first bytes
	total  int64     // 0: the last part is not there yet
}

// The most that waits for its other parts.
const (
	maxFragmented = 1024
	maxParts      = 1024
)

// tcp gives the TCP segment that a packet is, or completes.
func (f *fragments) tcp(p *Packet) (t tcpPart, ok bool) {
	if p.tcp != nil {
		t = tcpPart{src: netip.AddrPortFrom(p.Src, p.SrcPort), dst: netip.AddrPortFrom(p.Dst, p.DstPort), seq: p.tcp.Seq, flags: p.TCPFlags(), packets: []int{p.Index}}
		if l, _ := p.Layer("tcp"); l.End > l.Body {
			t.payload = []Segment{{0, p.Data + int64(l.Body), int64(l.End - l.Body), p.Index}}
		}
		return t, true
	}
	s, ok := p.part()
	if !ok || s.protocol != 6 {
		return t, false
	}
	off := p.Data + int64(p.Layers[len(p.Layers)-1].Body)
	return f.add(s.key, Segment{s.at, off, int64(len(p.Payload)), p.Index}, p.Payload, s.last)
}

func (f *fragments) add(key fragmentKey, s Segment, b []byte, last bool) (t tcpPart, ok bool) {
	if f.open == nil {
		f.open = make(map[fragmentKey]*fragmented)
	}
	g := f.open[key]
	if g == nil {
		if len(f.order) >= maxFragmented {
			delete(f.open, f.order[0])
			f.order = f.order[1:]
		}
		g = &fragmented{}
		f.open[key] = g
		f.order = append(f.order, key)
	}
	if len(g.parts) >= maxParts {
		return t, false
	}
	g.parts = append(g.parts, s)
	if s.At == 0 && g.header == nil {
		g.header = slices.Clone(b[:min(len(b), 60)])
	}
	if last {
		g.total = s.At + s.Len
	}
	if g.total == 0 || g.header == nil {
		return t, false
	}
	var a assembler
	for i, p := range g.parts {
		a.list = append(a.list, segment{p, i})
	}
	d := a.assemble()
	if d.Bytes != g.total || d.Segments[0].At != 0 {
		return t, false
	}
	delete(f.open, key)
	f.order = slices.DeleteFunc(f.order, func(k fragmentKey) bool { return k == key })
	h := g.header
	if len(h) < 20 || int64(h[12]>>4)*4 > g.total || h[12]>>4 < 5 {
		return t, false
	}
	t = tcpPart{src: netip.AddrPortFrom(key.src, binary.BigEndian.Uint16(h)), dst: netip.AddrPortFrom(key.dst, binary.BigEndian.Uint16(h[2:])),
		seq: binary.BigEndian.Uint32(h[4:]), flags: h[13]}
	skip := int64(h[12]>>4) * 4
	for _, p := range d.Segments {
		t.packets = append(t.packets, p.Packet)
		if cut := min(max(0, skip-p.At), p.Len); cut < p.Len {
			t.payload = append(t.payload, Segment{p.At + cut - skip, p.Off + cut, p.Len - cut, p.Packet})
		}
	}
	slices.Sort(t.packets)
	t.packets = slices.Compact(t.packets)
	return t, true
}
