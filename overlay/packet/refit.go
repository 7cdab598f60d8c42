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
	Packet  int // from 0
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
func (d *Decoder) Refit(edits []Edit) (Refit, error) { return d.refitAll(edits, errands{}) }

func (d *Decoder) refitAll(edits []Edit, w errands) (Refit, error) {
	all := make([]Edit, 0, len(edits))
	for i, e := range edits {
		if err := w.step(i, len(edits), 0, 0.1); err != nil {
			return Refit{}, err
		}
		all = append(all, d.apart(e)...)
	}
	sortEdits(all)
	held, own := make(map[int][]Edit), make(map[int][]Edit) // within the bytes of a packet, and in its record or behind it
	for _, e := range all {
		i := d.holder(e)
		if i >= 0 {
			held[i] = append(held[i], e)
		} else {
			i = d.x.Find(e.Off)
		}
		own[i] = append(own[i], e)
	}
	var f Refit
	longest := make(map[int]Record) // by interface, as they become
	for k, i := range slices.Sorted(maps.Keys(own)) {
		if err := w.step(k, len(own), 0.1, 0.4); err != nil {
			return Refit{}, err
		}
		one := Refit{Edits: own[i]}
		if grow := grown(held[i]); grow != 0 {
			if err := d.refit(&one, i, held[i], all); err != nil {
				return Refit{}, err
			}
			r := d.x.At(i)
			if r.Caplen <= int64(d.x.Interface(r.Interface).Snaplen) {
				if r.Caplen += grow; r.Caplen > longest[r.Interface].Caplen {
					longest[r.Interface] = r
				}
			}
		}
		for _, l := range one.Lengths {
			l.Packet = i
			f.Lengths = append(room(f.Lengths, 1), l)
		}
		f.Edits, f.Notes = append(room(f.Edits, len(one.Edits)), one.Edits...), append(room(f.Notes, len(one.Notes)), one.Notes...)
	}
	for _, i := range slices.Sorted(maps.Keys(longest)) {
		if err := d.refitSnaplen(&f, i, longest[i].Caplen); err != nil {
			return Refit{}, err
		}
	}
	sortEdits(f.Edits)
	return f, nil
}

// room makes room for n more in a list, twice as much as there is where it becomes longer: of a million, append would copy each five times.
func room[T any](list []T, n int) []T {
	if cap(list)-len(list) < n {
		list = slices.Grow(list, max(n, len(list)))
	}
	return list
}

// Add takes over what is to be done elsewhere in the capture.
func (f *Refit) Add(g Refit) {
	if len(f.Edits)+len(f.Lengths)+len(f.Notes) == 0 {
		*f = g
		return
	}
	f.Edits, f.Lengths, f.Notes = append(f.Edits, g.Edits...), append(f.Lengths, g.Lengths...), append(f.Notes, g.Notes...)
	sortEdits(f.Edits)
	slices.SortStableFunc(f.Lengths, func(a, b Length) int { return cmp.Compare(a.Packet, b.Packet) })
}

func sortEdits(list []Edit) {
	slices.SortFunc(list, func(a, b Edit) int { return cmp.Or(cmp.Compare(a.Off, b.Off), cmp.Compare(a.Del, b.Del)) })
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

// grown is by how many bytes edits make longer.
func grown(edits []Edit) (n int64) {
	for _, e := range edits {
		n += int64(len(e.New)) - e.Del
	}
	return n
}

// refit adds what edits of one packet make necessary; all are those of other packets too.
func (d *Decoder) refit(f *Refit, i int, edits, all []Edit) error {
	p, err := d.Packet(i)
	if err != nil {
		return err
	}
	if err := d.refitRecord(f, d.x.get(i), grown(edits)); err != nil {
		return err
	}
	if err := p.refitHeaders(f, edits); err != nil {
		return err
	}
	if p.Fragment() {
		return d.refitPart(f, p, edits, all)
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
			f.Lengths = append(f.Lengths, Length{Name: name, Was: was, Is: is})
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
			f.Lengths = append(f.Lengths, Length{Name: "block.padding", Was: was, Is: is})
		}
		if err := put(4, "block.len_block", end-r.Head+grow+is-was); err != nil {
			return err
		}
		now := slices.Concat(make([]byte, is), tail[was:room], head[4:8])
		f.Edits = append(f.Edits, Edit{r.End, int64(len(tail)), now})
	}
	return nil
}

// refitSnaplen lets an interface have packets as long as its longest becomes: readers refuse longer ones.
func (d *Decoder) refitSnaplen(f *Refit, i int, caplen int64) error {
	n := d.x.Interface(i)
	snap := int64(n.Snaplen)
	if n.Undescribed || snap == 0 || caplen <= snap {
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
	f.Lengths = append(f.Lengths, Length{Name: "interface.len_most", Was: snap, Is: caplen})
	f.Edits = slices.DeleteFunc(f.Edits, func(e Edit) bool { return e.Off == at && e.Del == 4 }) // it is told here what it has to say
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
		f.Lengths = append(f.Lengths, Length{Name: name, Was: was, Is: is})
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
