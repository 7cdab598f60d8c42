package model

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strconv"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/packet"
)

// ComparePackets tells in which fields packets a and b of a capture differ, from 0: the fields of their layers,
// by names like tcp.dst_port, so that a layer is compared with the same one wherever it lies. all tells equal ones too (Same). data is the capture. ErrFields tells that there are more than are compared.
func ComparePackets(ctx context.Context, dec *packet.Decoder, data io.ReaderAt, layers *PacketLayers, a, b int, all bool) ([]FieldDifference, error) {
	layers.SetContext(ctx)
	var parts [2][]packetPart
	for i, k := range [2]int{a, b} {
		p, err := dec.Packet(k)
		if err != nil {
			return nil, err
		}
		parts[i] = layers.parts(p)
	}
	if len(parts[0])+len(parts[1]) == 0 {
		return nil, errors.New("no template lies over these packets")
	}
	side := func(i int) eachField {
		return func(seed maphash.Seed, each func(comparedField)) error {
			var names layerNames
			for _, p := range parts[i] {
				names.begin(p)
				if err := eachLeaf(p.open(ctx, data), data, seed, &names, each); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return compareLeaves(side(0), side(1), all)
}

// comparedPackets are two packets, and what is listed of them.
type comparedPackets struct {
	a, b int
	all  bool
}

func packetCompareCommands() []*Command {
	return []*Command{
		{Name: "packet-compare", Group: "Packets", Help: "List the fields in which two packets differ: this one and the marked one, or those of the numbers given",
			Args: []Arg{{Kind: ArgNumber, Optional: true}, {Kind: ArgNumber, Optional: true}}, Enabled: someCapture, Run: runPacketCompare},
		{Name: "packet-compare-all", Group: "Packets", Help: "List all fields of the packets compared, or again only those that differ", Enabled: someCapture,
			Run: func(e *Editor, _ []string) (Effect, error) {
				c := e.Capture()
				if c.compared == nil {
					return nil, errors.New("no packets were compared; packet-compare does")
				}
				return e.comparePackets(c, comparedPackets{c.compared.a, c.compared.b, !c.compared.all})
			}},
	}
}

func runPacketCompare(e *Editor, args []string) (Effect, error) {
	c := e.Capture()
	c.followCursor(e)
	var which []int
	for _, s := range args {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > c.index.Len() {
			return nil, fmt.Errorf("packet %q: want a number from 1 to %s", s, Grouped(int64(c.index.Len())))
		}
		which = append(which, n-1)
	}
	switch {
	case len(which) == 2:
	case c.chosen < 0:
		return nil, errors.New("no packet is chosen")
	case len(which) == 1:
		which = append(which, c.chosen)
	default:
		var marked []int
		for k := range c.marks {
			if k != c.chosen && k < c.index.Len() {
				marked = append(marked, k)
			}
		}
		slices.Sort(marked)
		switch {
		case len(marked) == 1:
			which = []int{marked[0], c.chosen}
		case len(marked) == 2 && !c.marks[c.chosen]:
			which = marked
		case len(marked) == 0:
			return nil, errors.New("mark a packet and go to another one, or name two: packet-compare 3 7")
		default:
			return nil, fmt.Errorf("%s are marked; compare which? packet-compare 3 7", count(int64(len(c.marks)), "packet"))
		}
	}
	if which[0] == which[1] {
		return nil, fmt.Errorf("packet %d is one; compare it with another one", which[0]+1)
	}
	all := c.compared != nil && c.compared.all
	return e.comparePackets(c, comparedPackets{which[0], which[1], all})
}

func (e *Editor) comparePackets(c *Capture, w comparedPackets) (Effect, error) {
	if max(w.a, w.b) >= c.index.Len() {
		return nil, fmt.Errorf("there is no packet %d any more", max(w.a, w.b)+1)
	}
	c.compared = &w
	x, snap, size, ports, layers := c.index, e.Snapshot(), e.Size(), e.Ports, e.packetLayers()
	rows := &packetFieldRows{}
	var short error
	return Start{&Job{
		Kind: "packet-compare", Title: "comparing packets", Quick: true,
		Run: func(ctx context.Context, _ *atomic.Int64) (err error) {
			rows.all, err = ComparePackets(ctx, packet.NewDecoder(x, snap, size, ports), snap, layers, w.a, w.b, w.all)
			if err == ErrFields {
				short, err = err, nil
			}
			return err
		},
		Done: func(e *Editor, err error) (Effect, error) {
			if err != nil {
				return nil, notCancelled(err)
			}
			differ := 0
			for _, d := range rows.all {
				if !d.Same {
					differ++
				}
			}
			l := &List{Name: "packet-fields", Title: fmt.Sprintf("packets %d and %d", w.a+1, w.b+1), Rows: rows, snapshot: snap,
				Again: fmt.Sprintf("packet-compare %d %d", w.a+1, w.b+1), Use: rows.other}
			if short != nil {
				l.note = short.Error()
			}
			l.ended.Store(true)
			e.setList(l)
			e.Notef("%s of packets %d and %d differ", count(int64(differ), "field"), w.a+1, w.b+1)
			if differ == 0 {
				e.Notef("packets %d and %d are equal in all fields", w.a+1, w.b+1)
			}
			return Panel{l.Name, Focus}, nil
		},
	}}, nil
}

// packetFieldRows are the fields of two packets as the rows of a list. Choosing one goes to its bytes in the second packet, using it to
// those in the first, and back.
type packetFieldRows struct{ all []FieldDifference }

func (l *packetFieldRows) Len() int64 { return int64(len(l.all)) }

func (l *packetFieldRows) Row(i int64) ListRow {
	row := fieldList{l.all, 1}.Row(i)
	switch d := l.all[i]; {
	case d.Same:
		row.Text, row.Note = d.Right.Text, "equal"
	case d.Left == nil:
		row.Note = "only in the second"
	case d.Right == nil:
		row.Note = "only in the first"
	}
	return row
}

// other goes to the field's bytes in the packet where the cursor is not.
func (l *packetFieldRows) other(e *Editor, row ListRow) (Effect, error) {
	i := slices.IndexFunc(l.all, func(d FieldDifference) bool { return d.Path == row.Lead })
	if i < 0 {
		return nil, errNoChild
	}
	to := l.all[i].Left
	if to != nil && to.HasRange && e.cursor >= to.Range.Start && e.cursor < max(to.Range.End, to.Range.Start+1) {
		to = l.all[i].Right
	}
	if to == nil || !to.HasRange {
		return nil, fmt.Errorf("the other packet has no bytes for %s", row.Lead)
	}
	if to.Range.End > e.Size() {
		return nil, errors.New("the document has become shorter since")
	}
	e.jumps.leave(e.cursor)
	e.selectFound(mmapdoc.Range(to.Range))
	e.Notef("%s: %s at %#x", row.Lead, to.Text, to.Range.Start)
	return nil, nil
}
