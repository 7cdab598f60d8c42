package packet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"
)

// same compares an index with the frames that the capture was made of.
func same(t *testing.T, x *Index, b []byte, list []frame) {
	t.Helper()
	if x.Len() != len(list) {
		t.Fatalf("%d packets, %d expected", x.Len(), len(list))
	}
	for i, f := range list {
		r := x.At(i)
		if got := b[r.Data:r.End]; !bytes.Equal(got, f.data) {
			t.Fatalf("packet %d: % x, % x expected", i, got, f.data)
		}
		if r.Time != f.at.UnixNano() {
			t.Errorf("packet %d: time %d, %d expected", i, r.Time, f.at.UnixNano())
		}
		for _, off := range []int64{r.Head, r.Data, r.End - 1} {
			if got := x.Find(off); got != i {
				t.Errorf("Find(%#x) is %d, %d expected", off, got, i)
			}
		}
	}
}

func TestIndexOfWhatGopacketWrites(t *testing.T) {
	list := frames(t)
	for _, nanos := range []bool{false, true} {
		list := slices.Clone(list)
		if nanos {
			list[3].at = list[3].at.Add(7)
		}
		b := writePcap(t, list, layers.LinkTypeEthernet, nanos)
		x := indexed(t, b)
		same(t, x, b, list)
		if d, n := x.Damage(); n > 0 {
			t.Errorf("damage: %v", d)
		}
		if x.Fine() != nanos {
			t.Errorf("with nanoseconds %v: fine is %v", nanos, x.Fine())
		}
		if x.Format() != Pcap || x.Interface(0).Link != LinkEthernet {
			t.Errorf("format %v, link %v", x.Format(), x.Interface(0).Link)
		}
		big := swapPcap(b)
		same(t, indexed(t, big), big, list)
	}
	for i := range list {
		list[i].iface = i % 3
	}
	b := writePcapng(t, list, 3)
	x := indexed(t, b)
	same(t, x, b, list)
	for i, f := range list {
		if got := x.At(i).Interface; got != f.iface {
			t.Errorf("packet %d: interface %d, %d expected", i, got, f.iface)
		}
	}
	if d, n := x.Damage(); n > 0 {
		t.Errorf("damage: %v", d)
	}
	if f := x.Interfaces(); len(f) != 3 || f[2].Name != "if2" {
		t.Errorf("interfaces %v", f)
	}
	// Two sections: the second one's interfaces are others.
	two := append(slices.Clone(b), writePcapng(t, list[:4], 3)...)
	y := indexed(t, two)
	if y.Len() != len(list)+4 || y.Sections() != 2 || y.At(len(list)).Interface != 3 {
		t.Errorf("two sections: %d packets, %d sections, interface %d", y.Len(), y.Sections(), y.At(len(list)).Interface)
	}
}

// swapPcap turns a little-endian pcap file into a big-endian one.
func swapPcap(b []byte) []byte {
	b = slices.Clone(b)
	swap := func(at, n int) { slices.Reverse(b[at : at+n]) }
	swap(0, 4)
	swap(4, 2)
	swap(6, 2)
	for at := 8; at < 24; at += 4 {
		swap(at, 4)
	}
	for off := 24; off+16 <= len(b); {
		n := int(binary.LittleEndian.Uint32(b[off+8:]))
		for at := off; at < off+16; at += 4 {
			swap(at, 4)
		}
		off += 16 + n
	}
	return b
}

// TestGrowing: whatever parts a capture arrives in, the index becomes the same.
func TestGrowing(t *testing.T) {
	list := frames(t)
	rnd := seeded(t)
	for name, b := range map[string][]byte{"pcap": writePcap(t, list, layers.LinkTypeEthernet, false), "pcapng": writePcapng(t, list, 1)} {
		t.Run(name, func(t *testing.T) {
			for range 20 {
				x := NewIndex()
				for n := 0; n < len(b); {
					n = min(len(b), n+1+rnd.IntN(90))
					if err := x.Grow(t.Context(), readerAt{bytes.NewReader(b[:n])}, int64(n), nil); err != nil {
						t.Fatal(err)
					}
				}
				same(t, x, b, list)
				if d, n := x.Damage(); n > 0 {
					t.Fatalf("damage: %v", d)
				}
			}
		})
	}
}

// TestCutEverywhere: of a capture that is cut, all whole packets are there, and the end is told of.
func TestCutEverywhere(t *testing.T) {
	list := frames(t)
	for name, b := range map[string][]byte{"pcap": writePcap(t, list, layers.LinkTypeEthernet, false), "pcapng": writePcapng(t, list, 1)} {
		t.Run(name, func(t *testing.T) {
			whole := indexed(t, b)
			for n := range b {
				x := indexed(t, b[:n])
				k := 0
				for k < whole.Len() && x.recordEnd(whole, k) <= int64(n) {
					k++
				}
				if x.Len() != k {
					t.Fatalf("cut at %d: %d packets, %d expected", n, x.Len(), k)
				}
				tail, cut := x.Tail()
				if x.Through() < int64(n) && !cut {
					t.Fatalf("cut at %d: read through %d, and no word of the end", n, x.Through())
				}
				if cut && (tail.At > int64(n) || tail.Needs < 1 || int64(n)+tail.Needs > int64(len(b))) {
					t.Fatalf("cut at %d of %d: %v", n, len(b), tail)
				}
			}
		})
	}
}

// recordEnd is the end of a record with all that belongs to it.
func (x *Index) recordEnd(whole *Index, i int) int64 {
	r := whole.At(i)
	if whole.Format() == Pcapng {
		return r.Data + (r.Caplen+3)&^3 + 4
	}
	return r.End
}

// many is a capture of n UDP packets.
func many(t testing.TB, n int) []frame {
	list := make([]frame, n)
	for i := range list {
		list[i] = frame{at: begin.Add(time.Duration(i) * time.Millisecond), data: udpFrame(t, 1000, 2000, bytes.Repeat([]byte{byte(i)}, 10+i%50))}
	}
	return list
}

// TestDamagedPcap: a damage is named with its place, and the packets around it are there.
func TestDamagedPcap(t *testing.T) {
	list := many(t, 60)
	b := writePcap(t, list, layers.LinkTypeEthernet, false)
	whole := indexed(t, b)
	at := whole.At(30).Head
	le := binary.LittleEndian
	for _, c := range []struct {
		name   string
		damage func(b []byte) []byte
		kind   Kind
		near   int64 // where the damage is
		least  int   // packets
	}{
		{"length 0", func(b []byte) []byte { le.PutUint32(b[at+8:], 0); return b }, BadLength, at, 60},
		{"length 0xFFFFFFFF", func(b []byte) []byte { le.PutUint32(b[at+8:], 0xffffffff); return b }, BadLength, at, 60},
		{"length too long", func(b []byte) []byte { le.PutUint32(b[at+8:], 400); return b }, BadLength, at, 60},
		{"length too short", func(b []byte) []byte { le.PutUint32(b[at+8:], 20); return b }, BadLength, at, 60},
		{"zeros", func(b []byte) []byte { clear(b[at : at+200]); return b }, BadRecord, at, 56},
		{"other order", func(b []byte) []byte { return append(b[:at], swapPcap(b)[at:]...) }, OtherOrder, at, 60},
		{"a header between", func(b []byte) []byte { return append(slices.Clone(b[:at]), append(slices.Clone(b[:24]), b[at:]...)...) }, Repeated, at, 60},
		{"bytes missing", func(b []byte) []byte { return slices.Delete(b, int(at)+3, int(at)+9) }, 255, at, 58},
		{"no file header", func(b []byte) []byte { clear(b[:24]); return b }, BadMagic, 0, 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := indexed(t, c.damage(slices.Clone(b)))
			d, n := x.Damage()
			if n == 0 {
				t.Fatal("nothing is said of it")
			}
			if c.kind != 255 && d[0].Kind != c.kind {
				t.Errorf("%v, kind %v expected", d[0], c.kind)
			}
			prev := whole.At(29).Head
			if c.near > 0 && (d[0].At < prev || d[0].At > c.near+500) {
				t.Errorf("%v, about %#x expected", d[0], c.near)
			}
			if x.Len() < c.least {
				t.Errorf("%d packets, %d at least expected; %v", x.Len(), c.least, d)
			}
		})
	}
}

// TestDamagedPcapng does the same for blocks.
func TestDamagedPcapng(t *testing.T) {
	list := many(t, 60)
	b := writePcapng(t, list, 1)
	whole := indexed(t, b)
	at := whole.At(30).Head
	le := binary.LittleEndian
	length := int64(le.Uint32(b[at+4:]))
	// The two interface blocks at the start are cut out for one of the cases.
	firstPacket := whole.At(0).Head
	idb := int64(le.Uint32(b[4:]))
	for _, c := range []struct {
		name   string
		damage func(b []byte) []byte
		kind   Kind
		near   int64
		least  int
	}{
		{"length 0", func(b []byte) []byte { le.PutUint32(b[at+4:], 0); return b }, BadLength, at, 59},
		{"length 8", func(b []byte) []byte { le.PutUint32(b[at+4:], 8); return b }, BadLength, at, 59},
		{"length unaligned", func(b []byte) []byte { le.PutUint32(b[at+4:], uint32(length)+1); return b }, Unaligned, at, 59},
		{"length 0xFFFFFFFF", func(b []byte) []byte { le.PutUint32(b[at+4:], 0xffffffff); return b }, BadLength, at, 59},
		{"lengths differ", func(b []byte) []byte { le.PutUint32(b[at+length-4:], 99); return b }, Mismatch, at, 60},
		{"leading length wrong", func(b []byte) []byte { le.PutUint32(b[at+4:], 64); return b }, Mismatch, at, 59},
		{"caplen 0", func(b []byte) []byte { le.PutUint32(b[at+20:], 0); return b }, BadLength, at + 20, 60},
		{"caplen short", func(b []byte) []byte { le.PutUint32(b[at+20:], 9); return b }, BadLength, at + 20, 60},
		{"caplen beyond", func(b []byte) []byte { le.PutUint32(b[at+20:], 0xffffffff); return b }, BadLength, at + 20, 60},
		{"no interface", func(b []byte) []byte { return append(slices.Clone(b[:idb]), b[firstPacket:]...) }, NoInterface, idb, 60},
		{"other interface", func(b []byte) []byte { le.PutUint32(b[at+8:], 5); return b }, NoInterface, at, 60},
		{"other order", func(b []byte) []byte {
			for _, o := range []int64{at, at + 4, at + 8, at + 12, at + 16, at + 20, at + 24, at + length - 4} {
				slices.Reverse(b[o : o+4])
			}
			return b
		}, OtherOrder, at, 60},
		{"bytes missing", func(b []byte) []byte { return slices.Delete(b, int(at)+40, int(at)+43) }, Mismatch, at, 59},
		{"no section", func(b []byte) []byte { clear(b[:12]); return b }, BadMagic, 0, 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := indexed(t, c.damage(slices.Clone(b)))
			d, n := x.Damage()
			if n == 0 {
				t.Fatal("nothing is said of it")
			}
			if d[0].Kind != c.kind || d[0].At != c.near {
				t.Errorf("%v; kind %v at %#x expected", d[0], c.kind, c.near)
			}
			if x.Len() < c.least {
				t.Errorf("%d packets, %d at least expected; %v", x.Len(), c.least, d)
			}
			if strings.HasPrefix(c.name, "caplen") && x.At(30).Caplen != whole.At(30).Caplen {
				t.Errorf("the packet has %d bytes, %d expected", x.At(30).Caplen, whole.At(30).Caplen)
			}
		})
	}
}

// TestDamagedSection: a section whose header has a wrong length begins all the same, in its byte order: its interfaces and packets are found.
func TestDamagedSection(t *testing.T) {
	block := func(o binary.AppendByteOrder, typ uint32, body []byte) []byte {
		n := uint32(12 + len(body))
		b := o.AppendUint32(o.AppendUint32(nil, typ), n)
		return o.AppendUint32(append(b, body...), n)
	}
	section := func(o binary.AppendByteOrder) []byte {
		b := block(o, blockSection, append(o.AppendUint32(nil, sectionOrder), 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255))
		b = append(b, block(o, blockInterface, []byte{0, 1, 0, 0, 0, 0, 0, 0})...)
		if o == binary.LittleEndian {
			b[28+8], b[28+9] = 1, 0
		}
		data := udpFrame(t, 7000, 7001, []byte("of four..."))
		for range 3 {
			head := o.AppendUint32(o.AppendUint32(make([]byte, 12), uint32(len(data))), uint32(len(data)))
			b = append(b, block(o, blockEnhanced, append(append(head, data...), make([]byte, (4-len(data)%4)%4)...))...)
		}
		return b
	}
	for _, first := range []binary.AppendByteOrder{nil, binary.LittleEndian, binary.BigEndian} {
		var before []byte
		if first != nil {
			before = section(first)
		}
		for _, o := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			for _, length := range []uint32{0, 8, 26, 30, 64, 400, 0x7fffffff, 0xffffffff} {
				b := section(o)
				copy(b[4:], o.AppendUint32(nil, length))
				x := indexed(t, append(slices.Clone(before), b...))
				d, n := x.Damage()
				want := 3
				if first != nil {
					want = 6
				}
				if n != 1 || d[0].At != int64(len(before)) || x.Len() != want {
					t.Errorf("after %v, %v, length %d: %d packets, %v", first, o, length, x.Len(), d)
					continue
				}
				for i := range x.Len() {
					if l := x.link(x.At(i).Interface); l != LinkEthernet {
						t.Errorf("after %v, %v, length %d: packet %d is of link %v", first, o, length, i+1, l)
					}
				}
			}
		}
	}
}

func TestTimeUnits(t *testing.T) {
	for _, c := range []struct {
		unit  timeUnit
		ticks uint64
		want  int64
	}{
		{timeUnit{resol: 6}, 1700000000123456, 1700000000123456000},
		{timeUnit{resol: 9}, 1700000000123456789, 1700000000123456789},
		{timeUnit{resol: 0}, 1700000000, 1700000000e9},
		{timeUnit{resol: 12}, 17000000001234, 17000000001},
		{timeUnit{resol: 0x80 | 10}, 1024 * 5, 5e9},
		{timeUnit{resol: 0x80 | 1}, 3, 15e8},
		{timeUnit{resol: 6, offset: 10}, 1, 10e9 + 1000},
		{timeUnit{resol: 6, offset: -10}, 20e6, 10e9},
		{timeUnit{resol: 6}, 1 << 63, NoTime},
		{timeUnit{resol: 0x7f}, 1 << 63, 0},
		{timeUnit{resol: 0xff}, 1 << 63, 0},
		{timeUnit{resol: 0x80 | 63}, 1 << 63, 1e9},
	} {
		if got := c.unit.nanoseconds(c.ticks); got != c.want {
			t.Errorf("%+v: %d ticks are %d, %d expected", c.unit, c.ticks, got, c.want)
		}
	}
}

// TestBlocks reads what gopacket does not write: names, comments, statistics, simple and obsolete packets, custom blocks.
func TestBlocks(t *testing.T) {
	for _, big := range []bool{false, true} {
		var o binary.AppendByteOrder = binary.LittleEndian
		if big {
			o = binary.BigEndian
		}
		var b []byte
		u32 := func(v ...uint32) (out []byte) {
			for _, x := range v {
				out = o.AppendUint32(out, x)
			}
			return out
		}
		option := func(code int, v string) []byte {
			out := o.AppendUint16(o.AppendUint16(nil, uint16(code)), uint16(len(v)))
			out = append(out, v...)
			return append(out, make([]byte, (4-len(v)%4)%4)...)
		}
		block := func(typ uint32, parts ...[]byte) {
			body := bytes.Join(parts, nil)
			n := uint32(12 + len(body))
			b = append(append(append(b, u32(typ, n)...), body...), u32(n)...)
		}
		u16 := func(a, b uint16) []byte { return o.AppendUint16(o.AppendUint16(nil, a), b) }
		block(blockSection, u32(sectionOrder), u16(1, 0), u32(0xffffffff, 0xffffffff), option(1, "of the section"))
		block(blockInterface, u16(1, 0), u32(60), option(2, "eth7"), option(9, "\x09"), u32(0))
		block(blockNames, u16(1, 9), []byte{10, 0, 0, 1}, []byte("host\x00"), make([]byte, 3), u32(0))
		block(blockSimple, u32(100), make([]byte, 60))
		block(blockPacket, u16(0, 0), u32(1, 5, 4, 4), []byte{1, 2, 3, 4}, option(1, "old"))
		block(blockEnhanced, u32(0, 0, 6, 5, 5), []byte{1, 2, 3, 4, 5, 0, 0, 0}, option(2, "\x00\x00\x00\x00"), option(1, "look\x1bhere"), option(1, "twice"), u32(0))
		block(blockCustom, u32(7, 8))
		block(0x777, u32(7, 8))
		block(blockStatistics, u32(0, 0, 0), option(5, string(o.AppendUint64(nil, 12))))
		block(blockSecrets, u32(1, 4), []byte("keys"))
		x := indexed(t, b)
		if d, n := x.Damage(); n > 0 {
			t.Errorf("damage: %v", d)
		}
		f := x.Interface(0)
		if x.Len() != 3 || f.Name != "eth7" || f.Dropped != 12 || x.Name("10.0.0.1") != "host" || x.Secrets() != 1 || fmt.Sprint(x.Comments()) != "[of the section]" {
			t.Errorf("big %v: %d packets, %+v, name %q, secrets %d, %q", big, x.Len(), f, x.Name("10.0.0.1"), x.Secrets(), x.Comments())
		}
		if r := x.At(0); r.Caplen != 60 || r.Time != NoTime {
			t.Errorf("%+v", r)
		}
		if r := x.At(1); r.Caplen != 4 || r.Time != 1<<32+5 {
			t.Errorf("%+v", r)
		}
		p, err := NewDecoder(x, bytes.NewReader(b), int64(len(b)), nil).Packet(0)
		if err != nil || p.Len != 100 {
			t.Errorf("%v, %v", p, err)
		}
		d := NewDecoder(x, bytes.NewReader(b), int64(len(b)), nil)
		for i, want := range []string{"", "old", "look\x1bhere; twice"} {
			p, err := d.Packet(i)
			if err != nil || p.Comment() != want {
				t.Errorf("big %v: the comment of packet %d is %q, %v; want %q", big, i, p.Comment(), err, want)
			}
		}
	}
}

func TestNoCapture(t *testing.T) {
	b := []byte(strings.Repeat("no capture at all\n", 1000))
	x := indexed(t, b)
	if d, n := x.Damage(); n != 1 || d[0].Kind != BadMagic || x.Len() != 0 {
		t.Errorf("%v, %d packets", d, x.Len())
	}
}
