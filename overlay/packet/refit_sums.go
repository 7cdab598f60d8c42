package packet

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
)

// Sums gives the checksums that edits made wrong in packets that stayed as long as they were, as edits of the capture as it is. A checksum that did not
// hold before stays: it was not finished yet when the packet was captured. One that is over several fragments stays too; a note says so. With most above
// 0 no more than so many packets are looked for. told is as for NewDone.
func (o *Done) Sums(ctx context.Context, most int, told func(part float64)) (Refit, error) {
	w := errands{ctx, told}
	var out Refit
	fragments, found := 0, 0
	for k, i := range slices.Sorted(maps.Keys(o.held)) {
		if err := w.step(k, len(o.held), 0, 1); err != nil {
			return Refit{}, err
		}
		if grown(o.held[i]) != 0 || o.err[i] != nil {
			continue
		}
		r := o.d.x.At(i)
		now, err := o.read(o.at(r.Head)+r.Data-r.Head, r.Caplen)
		if err != nil {
			return Refit{}, err
		}
		before := len(out.Edits)
		fragment, err := o.sums(&out, i, r, now)
		if err != nil {
			return Refit{}, err
		}
		if len(out.Edits) > before {
			if found++; found == most {
				break
			}
		} else if fragment {
			fragments++
		}
	}
	sortEdits(out.Edits)
	if fragments > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("Checksums over several fragments stay; %d of those edited are fragments.", fragments))
	}
	return out, nil
}

// sums adds the checksums of one packet, whose bytes are now. It tells of one whose checksum is over other packets too.
func (o *Done) sums(out *Refit, i int, r Record, now []byte) (fragment bool, err error) {
	p := o.d.beside().alone(r, now)
	if !slices.ContainsFunc(p.Layers, func(l Layer) bool { f, ok := p.checksum(l, now); return ok && f.was != f.is }) {
		return p.Fragment(), nil // whatever it was before
	}
	was, err := o.was(r.Data, r.Caplen)
	if err != nil {
		return false, err
	}
	type place struct {
		name  string
		start int
	}
	held := make(map[place]bool)
	old := o.d.beside().beside().alone(r, was)
	for _, l := range old.Layers {
		if f, ok := old.checksum(l, was); ok && f.was == f.is {
			held[place{l.Name, l.Start}] = true
		}
	}
	at := o.at(r.Head) + r.Data - r.Head
	for _, l := range slices.Backward(p.Layers) { // a checksum may be over the one of a packet within
		f, ok := p.checksum(l, now)
		if !ok || f.was == f.is || !held[place{l.Name, l.Start}] {
			continue
		}
		binary.BigEndian.PutUint16(now[f.at:], f.is)
		out.Edits = append(room(out.Edits, 1), Edit{at + int64(f.at), 2, slices.Clone(now[f.at : f.at+2])})
		out.Lengths = append(room(out.Lengths, 1), Length{Name: l.Name + ".checksum", Was: int64(f.was), Is: int64(f.is), Packet: i})
	}
	return p.Fragment(), nil
}
