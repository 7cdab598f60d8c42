package packet

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// An Edit replaces Del bytes of a capture at Off by New.
type Edit struct {
	Off, Del int64
	New      []byte
}

// A Length is a field of a capture that tells how long a packet is; padding, which is no field, is one too.
type Length struct {
	Name    string // "record.len_captured", "ipv4.len_total"
	Was, Is int64
}

// A Refit is edits of a capture together with what they make necessary around them.
type Refit struct {
	Edits   []Edit // all, in order, of the capture as it is
	Lengths []Length
	Notes   []string // sentences about what else there is to know
}

// Refit gives edits together with new lengths of the packets that they make longer or shorter: in the record or block, so that the packets
// behind stay where the capture says that they are, with its padding, in the headers of IP and UDP around them, and in what a DNS message tells of its names. Each length changes by as much as
// the packet does, so a right one stays right and a packet that was cut when it was captured stays as cut. Checksums and the sequence numbers of TCP
// stay. Of a packet that edits reach beyond, nothing is done.
//
// Lengths in headers that the edits change already stay as those have them; what they change in the record is left out.
func (d *Decoder) Refit(edits []Edit) (Refit, error) {
	var f Refit
	for _, e := range edits {
		f.Edits = append(f.Edits, d.apart(e)...)
	}
	byPacket := make(map[int][]Edit)
	for _, e := range f.Edits {
		if i := d.holder(e); i >= 0 {
			byPacket[i] = append(byPacket[i], e)
		}
	}
	for _, i := range slices.Sorted(maps.Keys(byPacket)) {
		if err := d.refit(&f, i, byPacket[i]); err != nil {
			return Refit{}, err
		}
	}
	slices.SortFunc(f.Edits, func(a, b Edit) int { return cmp.Or(cmp.Compare(a.Off, b.Off), cmp.Compare(a.Del, b.Del)) })
	return f, nil
}

// apart takes an edit apart that changes the last bytes of a packet and the length right behind them, or the length right before a packet and its first
// bytes, as edits that touch each other are joined.
func (d *Decoder) apart(e Edit) []Edit {
	for i := max(0, d.x.Find(e.Off)); i < min(d.x.Len(), d.x.Find(e.Off+e.Del)+1); i++ {
		r := d.x.At(i)
		before, behind := r.Data-e.Off, e.Off+e.Del-r.End
		switch {
		case e.Off >= r.Data && e.Off < r.End && behind == 4 && len(e.New) >= 4:
			n := len(e.New) - 4
			return []Edit{{e.Off, e.Del - 4, e.New[:n]}, {r.End, 4, e.New[n:]}}
		case before > 0 && before <= 4 && e.Off+e.Del > r.Data && behind <= 0 && len(e.New) >= int(before):
			return []Edit{{e.Off, before, e.New[:before]}, {r.Data, e.Del - before, e.New[before:]}}
		}
	}
	return []Edit{e}
}

// holder is the packet whose captured bytes an edit lies in, -1 where there is none. What is put between two records belongs to the first.
func (d *Decoder) holder(e Edit) int {
	i := d.x.Find(e.Off)
	if i > 0 && e.Del == 0 && d.x.At(i-1).End == e.Off {
		i--
	}
	if i < 0 {
		return -1
	}
	if r := d.x.At(i); e.Off < r.Data || e.Off+e.Del > r.End {
		return -1
	}
	return i
}

// refit adds what edits of one packet make necessary.
func (d *Decoder) refit(f *Refit, i int, edits []Edit) error {
	grow := int64(0)
	for _, e := range edits {
		grow += int64(len(e.New)) - e.Del
	}
	if grow == 0 {
		return nil
	}
	p, err := d.Packet(i)
	if err != nil {
		return err
	}
	if err := d.refitRecord(f, d.x.get(i), grow); err != nil {
		return err
	}
	if err := p.refitHeaders(f, edits); err != nil {
		return err
	}
	return p.refitNames(f, edits)
}

// refitRecord makes the record or block of a packet as long as it becomes.
func (d *Decoder) refitRecord(f *Refit, k record, grow int64) error {
	r, kind, o := k.full(), k.source&sourceKind, k.order()
	read := func(off int64, n int64) ([]byte, error) {
		b := make([]byte, n)
		if n, err := d.w.r.ReadAt(b, off); n < len(b) {
			return nil, fmt.Errorf("the record at %#x: %w", r.Head, err)
		}
		return b, nil
	}
	head, err := read(r.Head, r.Data-r.Head)
	if err != nil {
		return err
	}
	end, name := r.End, "record."
	if kind > kindModified {
		name = "block."
		end = max(r.End+4, r.Head+int64(o.Uint32(head[4:])))
	}
	if end > d.w.size {
		return fmt.Errorf("the block at %#x goes beyond the end of the capture", r.Head)
	}
	f.Edits = slices.DeleteFunc(f.Edits, func(e Edit) bool { // of the record: it is told below what it has to say
		return e.Off >= r.Head && e.Off+e.Del <= r.Data && e.Off < r.Data || e.Off >= r.End && e.Off+e.Del <= end && e.Del > 0
	})
	put := func(at int64, name string, is int64) error {
		was := int64(o.Uint32(head[at:]))
		if is < 0 || is >= 1<<32 {
			return fmt.Errorf("%s would be %d, at most %d", name, is, int64(1<<32-1))
		}
		if o.PutUint32(head[at:], uint32(is)); was != is {
			f.Lengths = append(f.Lengths, Length{name, was, is})
			f.Edits = append(f.Edits, Edit{r.Head + at, 4, head[at : at+4]})
		}
		return nil
	}
	caplen := r.Caplen + grow
	original := kinds[kind].original
	whole := int64(o.Uint32(head[original:])) + grow
	if kind == kindSimple {
		if snap := int64(d.x.Interface(r.Interface).Snaplen); snap > 0 && min(whole, snap) != caplen {
			return fmt.Errorf("a simple packet block cannot hold %s of %d: the interface's longest packet has %d", byteCount(caplen), whole, snap)
		}
	} else if err := put(original-4, name+"len_captured", caplen); err != nil {
		return err
	}
	if err := put(original, name+"len_original", whole); err != nil {
		return err
	}
	if kind > kindModified {
		// What fills the block up, its options, and its length once more.
		tail, err := read(r.End, end-r.End)
		if err != nil {
			return err
		}
		room := int64(len(tail)) - 4
		was, is := min(-r.Caplen&3, room), -caplen&3
		if was != is {
			f.Lengths = append(f.Lengths, Length{"block.padding", was, is})
		}
		if err := put(4, "block.len_block", end-r.Head+grow+is-was); err != nil {
			return err
		}
		now := slices.Concat(make([]byte, is), tail[was:room], head[4:8])
		f.Edits = append(f.Edits, Edit{r.End, int64(len(tail)), now})
	}
	return d.refitSnaplen(f, r, caplen)
}

// refitSnaplen lets the interface have packets as long as one becomes that it could have before: readers refuse longer ones.
func (d *Decoder) refitSnaplen(f *Refit, r Record, caplen int64) error {
	n := d.x.Interface(r.Interface)
	snap := int64(n.Snaplen)
	if n.Undescribed || snap == 0 || r.Caplen > snap || caplen <= snap {
		return nil
	}
	at := n.At + 16
	if d.x.Format() == Pcapng {
		at = n.At + 12
	}
	var b [4]byte
	if k, err := d.w.r.ReadAt(b[:], at); k < len(b) {
		return fmt.Errorf("the longest packet's length at %#x: %w", at, err)
	}
	var o binary.ByteOrder = binary.LittleEndian
	if o.Uint32(b[:]) != n.Snaplen {
		o = binary.BigEndian
	}
	o.PutUint32(b[:], uint32(caplen))
	f.Lengths = append(f.Lengths, Length{"interface.len_most", snap, caplen})
	f.Edits = slices.DeleteFunc(f.Edits, func(e Edit) bool { return e.Off == at && e.Del == 4 }) // of another packet
	f.Edits = append(f.Edits, Edit{at, 4, b[:]})
	return nil
}

// refitHeaders makes the lengths in the headers around the edits what they become.
func (p *Packet) refitHeaders(f *Refit, edits []Edit) error {
	for _, l := range p.Layers {
		var at int
		var name string
		switch l.Name {
		case "ipv4":
			at, name = 2, "ipv4.len_total"
		case "ipv6":
			at, name = 4, "ipv6.len_payload"
		case "udp":
			at, name = 4, "udp.len"
		case "tcp":
		default:
			continue
		}
		if strings.HasPrefix(p.Fault, l.Name+":") {
			continue
		}
		grow := int64(0)
		for _, e := range edits {
			if from, to := e.Off-p.Data, e.Off-p.Data+e.Del; from >= int64(l.Start) && to <= int64(l.End) {
				grow += int64(len(e.New)) - e.Del
			}
		}
		if grow == 0 {
			continue
		}
		if l.Name == "tcp" {
			f.Notes = append(f.Notes, "TCP sequence numbers are not renumbered: "+overlap(grow))
			continue
		}
		off := p.Data + int64(l.Start+at)
		field := [2]byte(p.Bytes[l.Start+at:])
		was := int64(binary.BigEndian.Uint16(field[:]))
		edited := false
		for _, e := range f.Edits {
			if e.Off < off+2 && off < e.Off+e.Del && int64(len(e.New)) == e.Del {
				edited = true
				for k := max(off, e.Off); k < min(off+2, e.Off+e.Del); k++ {
					field[k-off] = e.New[k-e.Off]
				}
			}
		}
		is := int64(binary.BigEndian.Uint16(field[:]))
		if !edited {
			if was == 0 { // it tells none
				continue
			}
			if is = was + grow; is < 0 || is > 0xffff {
				return fmt.Errorf("%s would be %d, at most %d", name, is, 0xffff)
			}
			f.Edits = append(f.Edits, Edit{off, 2, binary.BigEndian.AppendUint16(nil, uint16(is))})
		}
		f.Lengths = append(f.Lengths, Length{name, was, is})
	}
	if p.Fragment() {
		f.Notes = append(f.Notes, "The other fragments of this IP packet keep their places.")
	}
	return nil
}

// overlap tells what a segment that became longer or shorter is to the next one.
func overlap(grow int64) string {
	if grow < 0 {
		return missing(-grow) + " before the next segment."
	}
	return "the next segment overlaps this one by " + byteCount(grow) + "."
}
