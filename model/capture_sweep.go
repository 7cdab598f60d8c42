package model

import (
	"context"
	"sync/atomic"

	"hexlay/overlay/packet"
)

// sweep is a look at all packets of the list, made on any goroutine.
type sweep struct {
	total  int // packets of the capture: what progress counts up to
	filter string
	dec    *packet.Decoder
	x      *packet.Index
	layers packet.Templates
}

// sweep prepares one, of the packets as they are now.
func (c *Capture) sweep(e *Editor) *sweep {
	return &sweep{total: c.index.Len(), filter: c.Filter(), x: c.index, dec: packet.NewDecoder(c.index, e.Snapshot(), e.Size(), e.Ports), layers: e.packetLayers()}
}

// each calls fn with every packet that the filter keeps, until it gives an error. Packets that cannot be read are left out.
func (s *sweep) each(ctx context.Context, progress *atomic.Int64, fn func(p *packet.Packet) error) error {
	var f *packet.Filter
	if s.filter != "" {
		var err error
		if f, err = packet.CompileFilter(s.filter, s.layers); err != nil {
			return err
		}
	}
	for i := range s.total {
		if i%1024 == 0 {
			progress.Store(int64(i))
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		p, err := s.dec.Packet(i)
		if err != nil {
			continue
		}
		if f != nil {
			if ok, err := f.Match(ctx, p); err != nil {
				return err
			} else if !ok {
				continue
			}
		}
		if err := fn(p); err != nil {
			return err
		}
	}
	return nil
}

// and is a condition within another one; either may be "".
func andFilter(outer, inner string) string {
	switch {
	case outer == "":
		return inner
	case inner == "":
		return outer
	}
	return "(" + outer + ") and (" + inner + ")"
}
