package model

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/packet"
)

// hierarchyRows are the protocols of the packets looked at so far.
type hierarchyRows struct {
	mu   sync.Mutex
	rows []ListRow
}

func (h *hierarchyRows) Len() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return int64(len(h.rows))
}

func (h *hierarchyRows) Row(i int64) ListRow {
	h.mu.Lock()
	defer h.mu.Unlock()
	if i < 0 || i >= int64(len(h.rows)) {
		return ListRow{}
	}
	return h.rows[i]
}

// hierarchyEvery is after how many packets the list shows what has been counted.
const hierarchyEvery = 1 << 15

// runHierarchy lists the protocols of the packets that the filter shows.
func runHierarchy(e *Editor, _ []string) (Effect, error) {
	c := e.Capture()
	s, x := c.sweep(e), c.index
	rows := &hierarchyRows{}
	l := &List{Name: "protocols", Rows: rows, Title: shorten(s.filter, 40), Again: "packet-hierarchy", snapshot: e.Snapshot(), jumps: true, speaks: true}
	l.Use = func(e *Editor, row ListRow) (Effect, error) {
		c := e.Capture()
		if c == nil || row.Copy == "" {
			return nil, errors.New("the list is of another document")
		}
		eff, err := c.setFilter(e, andFilter(s.filter, row.Copy))
		return Effects{Panel{"packets", Show}, eff}, err
	}
	return e.listJob(l, "counting protocols", int64(s.total), func(ctx context.Context, progress *atomic.Int64) error {
		var h packet.Hierarchy
		n := 0
		err := s.each(ctx, progress, func(p *packet.Packet) error {
			h.Add(p)
			if n++; n%hierarchyEvery == 0 {
				rows.show(&h, x)
			}
			return nil
		})
		rows.show(&h, x)
		return err
	}, func(e *Editor) (Effect, error) {
		e.Notef("%s; Enter lists its packets", count(rows.Len(), "protocol"))
		return nil, nil
	}), nil
}

// show makes the rows: the protocol by its depth, its share of the packets and of the bytes.
func (h *hierarchyRows) show(from *packet.Hierarchy, x *packet.Index) {
	list := from.Protocols()
	packets, bytes := from.Total()
	wide := [2]int{len(Grouped(packets)), len(Grouped(bytes))}
	rows := make([]ListRow, 0, len(list))
	for i, p := range list {
		r := x.At(p.First)
		rows = append(rows, ListRow{Range: mmapdoc.Range{Start: r.Data, End: r.End}, Text: strings.Repeat("  ", len(p.Path)-1) + p.Name(), Copy: packet.FilterOf(list, i),
			Note: fmt.Sprintf("%s %*s packets  %s %*s bytes", percent(p.Packets, packets), wide[0], Grouped(p.Packets), percent(p.Bytes, bytes), wide[1], Grouped(p.Bytes))})
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rows = rows
}

// percent is a share in a column.
func percent(n, of int64) string {
	if of == 0 {
		return "    – "
	}
	return fmt.Sprintf("%5.1f%%", float64(n)/float64(of)*100)
}
