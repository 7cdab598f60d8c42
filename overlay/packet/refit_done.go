package packet

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/gopacket/gopacket/layers"
)

// A Change is bytes of a capture that were edited: those between Was[0] and Was[1] of the capture as it was are those between Now[0] and Now[1] of it
// as it is. Changes come in order.
type Change struct{ Was, Now [2]int64 }

// Done tells of a capture that was edited already which packets became longer or shorter than it says, and mends that. It belongs to one goroutine.
type Done struct {
	d     *Decoder // of the capture as it was
	now   io.ReaderAt
	size  int64
	parts []Edit
	ends  []int64 // by part: how much longer the capture is behind it
	held  map[int][]Edit
	// Unfit are the packets that became longer or shorter, while their record tells the old length, in order.
	Unfit []int
	// Told is set where the header of a record was edited, too, Moved where bytes behind an edit moved.
	Told, Moved bool
	err         map[int]error // why one cannot be mended
}

// maxChanged bounds what all that was put into a capture takes of memory while its packets are mended.
const maxChanged = 256 << 20

// errands is work on many packets that can be cancelled and tells how much of it is done, from 0 to 1. The zero value does neither.
type errands struct {
	ctx  context.Context
	told func(part float64)
}

// step is called before errand i of n, which make up what lies between from and to.
func (w errands) step(i, n int, from, to float64) error {
	if i%256 != 0 || w.ctx == nil {
		return nil
	}
	if w.told != nil {
		w.told(from + (to-from)*float64(i)/float64(max(n, 1)))
	}
	return w.ctx.Err()
}

// NewDone compares: d decodes the capture as it was, now is the capture of size bytes that the changes made of it. told, which may be nil, is called now
// and then with the part that is done, from 0 to 1.
func NewDone(ctx context.Context, d *Decoder, now io.ReaderAt, size int64, changes []Change, told func(part float64)) (*Done, error) {
	w := errands{ctx, told}
	o := &Done{d: d, now: now, size: size, held: make(map[int][]Edit, len(changes)), err: make(map[int]error)}
	o.parts, o.ends = make([]Edit, 0, len(changes)), make([]int64, 0, len(changes))
	total, grow := int64(0), int64(0)
	for i, c := range changes {
		if err := w.step(i, len(changes), 0, 0.7); err != nil {
			return nil, err
		}
		if total += c.Now[1] - c.Now[0]; total > maxChanged {
			return nil, fmt.Errorf("more than %s were put into the capture", byteCount(maxChanged))
		}
		b, err := o.read(c.Now[0], c.Now[1]-c.Now[0])
		if err != nil {
			return nil, err
		}
		for _, e := range d.apart(Edit{c.Was[0], c.Was[1] - c.Was[0], b}) {
			more := int64(len(e.New)) - e.Del
			grow += more
			o.Moved = o.Moved || more != 0
			o.parts, o.ends = append(o.parts, e), append(o.ends, grow)
			if i := d.holder(e); i >= 0 {
				if list := o.held[i]; list == nil {
					n := len(o.parts)
					o.held[i] = o.parts[n-1 : n : n] // mostly the only one
				} else {
					o.held[i] = append(list, e)
				}
				continue
			}
			o.Told = o.Told || e.Del > 0 && (d.inHeader(e.Off) || d.inHeader(e.Off+e.Del-1))
			if i := d.x.Find(e.Off); i >= 0 && more != 0 && e.Off > d.x.At(i).Head && e.Off < d.x.At(i).Data {
				o.err[i] = fmt.Errorf("packet %d: bytes were inserted or deleted in the header of its record, too", i+1)
			}
		}
	}
	for k, i := range slices.Sorted(maps.Keys(o.held)) {
		if err := w.step(k, len(o.held), 0.7, 1); err != nil {
			return nil, err
		}
		if grown(o.held[i]) == 0 {
			continue
		}
		fits, err := o.fits(i)
		if err != nil {
			return nil, err
		}
		if !fits {
			o.Unfit = append(o.Unfit, i)
		}
	}
	return o, nil
}

// inHeader tells that a byte is of the header of a record.
func (d *Decoder) inHeader(off int64) bool {
	i := d.x.Find(off)
	return i >= 0 && off < d.x.At(i).Data
}

func (o *Done) read(off, n int64) ([]byte, error) {
	b := make([]byte, n)
	if k, err := o.now.ReadAt(b, off); k < len(b) {
		return nil, fmt.Errorf("the capture at %#x: %w", off, err)
	}
	return b, nil
}

// at is where a byte of the capture as it was is now.
func (o *Done) at(off int64) (now int64) {
	k, _ := slices.BinarySearchFunc(o.parts, off, func(e Edit, off int64) int { // the first that does not lie before it
		if e.Off+e.Del <= off {
			return -1
		}
		return 1
	})
	if k > 0 {
		now = o.ends[k-1]
	}
	return off + now
}

// Grown is by how many bytes a packet became longer.
func (o *Done) Grown(i int) int64 { return grown(o.held[i]) }

// fits tells that the record of a packet whose length changed tells the new one, or that all that was put behind the packet is records.
func (o *Done) fits(i int) (bool, error) {
	k := o.d.x.get(i)
	r, kind := k.full(), k.source&sourceKind
	head := o.at(r.Head)
	b, err := o.read(head, r.Data-r.Head)
	if err != nil {
		return false, err
	}
	field := kinds[kind].original - 4
	if kind == kindSimple {
		field = kinds[kind].original
	}
	grow := o.Grown(i)
	if told := int64(k.order().Uint32(b[field:])); kind == kindSimple {
		was, err := o.was(r.Head+field, 4)
		return err == nil && told == int64(k.order().Uint32(was))+grow, err
	} else if told == r.Caplen+grow {
		return true, nil
	}
	if kind <= kindModified { // a block does not end where its packet does
		whole := true
		for _, e := range o.held[i] {
			whole = whole && (int64(len(e.New)) == e.Del || e.Off == r.End && e.Del == 0 && areRecords(e.New, int(kinds[kind].header), k.order()))
		}
		return whole, nil
	}
	return false, nil
}

func (o *Done) was(off, n int64) ([]byte, error) {
	b := make([]byte, n)
	if k, err := o.d.w.r.ReadAt(b, off); k < len(b) {
		return nil, fmt.Errorf("the capture at %#x, as it was: %w", off, err)
	}
	return b, nil
}

// areRecords tells that bytes are nothing but whole records of a pcap file.
func areRecords(b []byte, header int, order binary.ByteOrder) bool {
	for len(b) >= header {
		n := int64(header) + int64(order.Uint32(b[8:]))
		if n > int64(len(b)) {
			return false
		}
		b = b[n:]
	}
	return len(b) == 0
}

// Refit gives what is left to do so that the packets are found and their headers right, as edits of the capture as it is: what Decoder.Refit gives, and
// the checksums. Packets that cannot be mended are left alone; a note says why. told is as for NewDone.
func (o *Done) Refit(ctx context.Context, told func(part float64)) (Refit, error) {
	w := errands{ctx, told}
	in := make([]Edit, 0, len(o.parts))
	same := make(map[int64]Edit) // done already, in packets that stay as long: checksums over several packets are over them, too
	for _, list := range o.held {
		if grown(list) == 0 {
			in = append(in, list...)
			for _, e := range list {
				same[e.Off] = e
			}
		}
	}
	var refused []error
	able := func(i int) bool {
		err := o.err[i]
		if err != nil {
			refused = append(refused, err)
		}
		return err == nil
	}
	all := slices.Clone(in)
	for _, i := range o.Unfit {
		if able(i) {
			all = append(all, o.held[i]...)
		}
	}
	if len(refused) == len(o.Unfit) {
		return Refit{}, errors.Join(refused...)
	}
	f, err := o.d.refitAll(all, w)
	if ctx.Err() != nil {
		return Refit{}, ctx.Err()
	}
	if err != nil { // one that cannot be mended does not hinder the others
		refused, all = nil, in
		for k, i := range o.Unfit {
			if err := w.step(k, len(o.Unfit), 0, 0.25); err != nil {
				return Refit{}, err
			}
			if !able(i) {
				continue
			}
			if _, err := o.d.Refit(o.held[i]); err != nil {
				refused = append(refused, fmt.Errorf("packet %d: %w", i+1, err))
				continue
			}
			all = append(all, o.held[i]...)
		}
		if len(refused) == len(o.Unfit) {
			return Refit{}, errors.Join(refused...)
		}
		if f, err = o.d.refitAll(all, w); err != nil {
			return Refit{}, err
		}
	}
	out := Refit{Lengths: f.Lengths}
	byPacket := make(map[int][]Edit)
	for k, e := range f.Edits {
		if err := w.step(k, len(f.Edits), 0.4, 0.6); err != nil {
			return Refit{}, err
		}
		if i := o.d.holder(e); i >= 0 && len(o.held[i]) > 0 && grown(o.held[i]) != 0 {
			byPacket[i] = append(byPacket[i], e) // with those that are done
			continue
		}
		if e.Del == same[e.Off].Del && bytes.Equal(e.New, same[e.Off].New) {
			continue
		}
		if err := o.add(&out, e); err != nil {
			return Refit{}, err
		}
	}
	for k, i := range slices.Sorted(maps.Keys(byPacket)) {
		if err := w.step(k, len(byPacket), 0.6, 1); err != nil {
			return Refit{}, err
		}
		if err := o.refitData(&out, i, byPacket[i]); err != nil {
			return Refit{}, err
		}
	}
	sortEdits(out.Edits)
	for _, n := range f.Notes {
		if !slices.Contains(out.Notes, n) {
			out.Notes = append(out.Notes, n)
		}
	}
	for _, err := range refused {
		out.Notes = append(out.Notes, "Left as it is: "+err.Error()+".")
	}
	return out, nil
}

// add takes over an edit outside of the bytes of the packets that changed: of a record, of an interface, of another part.
func (o *Done) add(out *Refit, e Edit) error {
	at := o.at(e.Off)
	if o.at(e.Off+e.Del-1)-at != e.Del-1 {
		return fmt.Errorf("bytes were inserted or deleted at %#x, too, where lengths are told", at)
	}
	was, err := o.was(e.Off, e.Del)
	if err != nil {
		return err
	}
	now, err := o.read(at, e.Del)
	if err != nil {
		return err
	}
	if n := min(len(was), 4); e.Del > 4 && !bytes.Equal(was[:len(was)-n], now[:len(now)-n]) { // options of a block
		return fmt.Errorf("what follows the packet in the block at %#x was edited, too", at)
	}
	if !bytes.Equal(now, e.New) {
		out.Edits = append(room(out.Edits, 1), Edit{at, e.Del, e.New})
	}
	return nil
}

// refitData makes the bytes of one packet what edits make of it, those that are done and those that are not, with its checksums.
func (o *Done) refitData(out *Refit, i int, edits []Edit) error {
	r := o.d.x.At(i)
	was, err := o.was(r.Data, r.Caplen)
	if err != nil {
		return err
	}
	data := was
	for _, e := range slices.Backward(edits) {
		data = slices.Replace(data, int(e.Off-r.Data), int(e.Off+e.Del-r.Data), e.New...)
	}
	head := o.at(r.Head)
	at := head + r.Data - r.Head
	now, err := o.read(at, int64(len(data)))
	if err != nil {
		return err
	}
	q := o.d.beside().alone(r, data)
	for _, l := range slices.Backward(q.Layers) { // a checksum may be over the one of a packet within
		q.resum(l, data, out, i)
	}
	for from := 0; from < len(data); from++ {
		if data[from] == now[from] {
			continue
		}
		to := from + 1
		for to < len(data) && data[to] != now[to] {
			to++
		}
		out.Edits = append(room(out.Edits, 1), Edit{at + int64(from), int64(to - from), slices.Clone(data[from:to])})
		from = to
	}
	return nil
}

// alone decodes the bytes of a packet that stands in no capture.
func (d *Decoder) alone(r Record, data []byte) *Packet {
	d.last = -2
	d.p = Packet{Record: r, Index: -1, Len: int64(len(data)), Bytes: data, Layers: d.p.Layers[:0]}
	d.p.Link = d.x.link(r.Interface)
	if d.p.Link == LinkUnknown {
		d.p.Link = guessLink(data)
	}
	d.layers()
	return &d.p
}

// resum makes the checksum in the header of a layer right in data, the packet's bytes, where all that it is over was captured.
func (p *Packet) resum(l Layer, data []byte, out *Refit, i int) {
	f, ok := p.checksum(l, data)
	if f.cut {
		out.Notes = append(out.Notes, fmt.Sprintf("Packet %d was cut when it was captured: its %s checksum stays.", i+1, l.Name))
	}
	if !ok || f.was == f.is {
		return
	}
	binary.BigEndian.PutUint16(data[f.at:], f.is)
	out.Lengths = append(room(out.Lengths, 1), Length{Name: l.Name + ".checksum", Was: int64(f.was), Is: int64(f.is), Packet: i})
}

// sumField is the checksum in the header of a layer: where it is in the packet, what it says, and what it has to say. cut is set where that cannot be
// known, as not all of the packet was captured.
type sumField struct {
	at      int
	was, is uint16
	cut     bool
}

// checksum looks at a layer's checksum in data, the packet's bytes. ok is false where there is none, or where what it is over is not there.
func (p *Packet) checksum(l Layer, data []byte) (f sumField, ok bool) {
	var at int
	var protocol uint8
	b := data[l.Start:l.End]
	switch l.Name {
	case "ipv4":
		if n := l.Body - l.Start; n >= 20 && n <= len(b) {
			b, at, protocol = b[:n], 10, 1 // no pseudo header either
		} else {
			return f, false
		}
	case "icmp":
		at, protocol = 2, 1
	case "icmpv6":
		at, protocol = 2, 58
	case "tcp":
		at, protocol = 16, 6
	case "udp":
		at, protocol = 6, 17
		if len(b) >= 8 && b[6] == 0 && b[7] == 0 { // none
			return f, false
		}
		if n := int(binary.BigEndian.Uint16(data[l.Start+4:])); n >= 8 && n < len(b) {
			b = b[:n]
		}
	default:
		return f, false
	}
	if at+2 > len(b) {
		return f, false
	}
	routed := p.ip6 != nil && p.ip6.NextHeader == layers.IPProtocolIPv6Routing // the sum may be over another destination
	if l.Name != "ipv4" && (p.Missing > 0 || p.Fragment() || p.Fault != "" || routed) {
		f.cut = p.Missing > 0
		return f, false
	}
	return sumField{at: l.Start + at, was: binary.BigEndian.Uint16(b[at:]), is: checksumOf(protocol, p.Src, p.Dst, b, int64(at))}, true
}
