package model

import (
	"context"
	"fmt"

	"hexlay/overlay/ksy"
	"hexlay/overlay/packet"
)

// refitter gives what adds the lengths of packets to edits of the document as it is now; nil where it is no capture. It reads on any goroutine.
func (e *Editor) refitter() func(context.Context, []patch) (mending, error) {
	c := e.Capture()
	if c == nil {
		return nil
	}
	snap, size, ports := e.Snapshot(), e.Size(), e.Ports
	x := c.index
	current := c.indexed && c.version == e.doc.Version()
	return func(ctx context.Context, edits []patch) (mending, error) {
		m := mending{patches: edits}
		in := make([]packet.Edit, len(edits))
		moves := false
		for i, p := range edits {
			in[i] = packet.Edit{Off: p.off, Del: p.del, New: p.data}
			moves = moves || int64(len(p.data)) != p.del
		}
		if !moves {
			return m, nil
		}
		if !current { // the index is still made
			x = packet.NewIndex()
			if err := x.Grow(ctx, snap, size, nil); err != nil {
				return m, err
			}
		}
		f, err := packet.NewDecoder(x, snap, size, ports).Refit(in)
		if err != nil || len(f.Lengths) == 0 {
			return m, err
		}
		m.refitted, m.notes = true, f.Notes
		m.patches = make([]patch, len(f.Edits))
		for i, p := range f.Edits {
			m.patches[i] = patch{p.Off, p.Del, p.New}
		}
		for _, l := range f.Lengths {
			m.fields = append(m.fields, ksy.Mended{Path: l.Name, Was: fmt.Sprint(l.Was), Is: fmt.Sprint(l.Is)})
		}
		return m, nil
	}
}
