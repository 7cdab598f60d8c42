package packet

import (
	"bytes"
	"slices"
	"testing"

	"github.com/gopacket/gopacket/layers"
)

// TestParts: parts are the bytes that gopacket's layers have.
func TestParts(t *testing.T) {
	payload := []byte("not any known protocol")
	b := writePcap(t, []frame{{at: begin, data: udpFrame(t, 1, 2, payload)}, {at: begin, data: udpFrame(t, 1, 2, payload)[:50], orig: 64}}, layers.LinkTypeEthernet, false)
	x := indexed(t, b)
	d := NewDecoder(x, bytes.NewReader(b), int64(len(b)), nil)
	for i, cut := range []int{0, 14} {
		p, err := d.Packet(i)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string][3]int{"payload": {42, 64 - cut, 22}, "packet": {0, 64 - cut, 64}, "ip": {14, 64 - cut, 50}, "ipv4": {14, 64 - cut, 50}, "udp": {34, 64 - cut, 30}, "eth": {0, 64 - cut, 64}} {
			start, end, length, ok := p.Part(name)
			if got := [3]int{start, end, length}; !ok || got != want {
				t.Errorf("packet %d: %s is %v, %v, want %v", i, name, got, ok, want)
			}
		}
		for _, name := range []string{"tcp", "ipv6", "nosuch", ""} {
			if _, _, _, ok := p.Part(name); ok {
				t.Errorf("packet %d has a %s", i, name)
			}
		}
	}
}

// TestPartsOfBrokenPackets: of packets that are cut or changed no part leaves the packet, and all have their place in the hierarchy.
func TestPartsOfBrokenPackets(t *testing.T) {
	rnd := seeded(t)
	var broken []frame
	for _, f := range nested(t) {
		for range 60 {
			c := slices.Clone(f.data)
			for range rnd.IntN(4) {
				c[rnd.IntN(len(c))] = byte(rnd.Uint32())
			}
			broken = append(broken, frame{f.at, c[:1+rnd.IntN(len(c))], len(c), 0})
		}
	}
	for _, link := range []layers.LinkType{layers.LinkTypeEthernet, layers.LinkTypeRaw, layers.LinkTypeLinuxSLL, 276, layers.LinkTypeNull, 147} {
		b := writePcap(t, broken, link, false)
		x := indexed(t, b)
		d := NewDecoder(x, bytes.NewReader(b), int64(len(b)), nil)
		var h Hierarchy
		for i := range x.Len() {
			p, err := d.Packet(i)
			if err != nil {
				t.Fatal(err)
			}
			h.Add(p)
			for _, name := range Parts() {
				if start, end, length, ok := p.Part(name); ok && (start < 0 || start >= end || end > len(p.Bytes) || length < end-start) {
					t.Fatalf("packet %d: %s is %d to %d of %d bytes, %d long", i, name, start, end, len(p.Bytes), length)
				}
			}
		}
		list := h.Protocols()
		var top int64
		for i, p := range list {
			if len(p.Path) == 1 {
				top += p.Packets
			}
			if _, err := CompileFilter(FilterOf(list, i), nil); err != nil {
				t.Errorf("%v: %v", p.Path, err)
			}
		}
		if n, _ := h.Total(); n != int64(len(broken)) || top != n {
			t.Errorf("%v: %d packets, %d in the outermost lines, want %d", link, n, top, len(broken))
		}
	}
}
