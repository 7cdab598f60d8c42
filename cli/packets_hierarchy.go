package cli

import (
	"bufio"
	"context"
	"fmt"
	"strconv"
	"strings"

	"hexlay/overlay/packet"
)

// hierarchy prints the protocols of a capture's packets, each within the one that carries it.
func (a *app) hierarchy(ctx context.Context, name string, o *packetsRun) error {
	d, x, err := a.openCapture(ctx, name)
	if err != nil {
		return err
	}
	defer d.Close()
	var h packet.Hierarchy
	err = o.each(ctx, d, x, func(p *packet.Packet) error {
		h.Add(p)
		return nil
	})
	if err != nil {
		return err
	}
	list := h.Protocols()
	packets, bytes := h.Total()
	if o.json {
		array := newJSONArray(a.stdout)
		for _, p := range list {
			b := []byte(`{"path":[`)
			for i, name := range p.Path {
				if i > 0 {
					b = append(b, ',')
				}
				b = appendJSONString(b, name)
			}
			b = strconv.AppendInt(append(b, `],"packets":`...), p.Packets, 10)
			b = strconv.AppendInt(append(b, `,"bytes":`...), p.Bytes, 10)
			b = strconv.AppendInt(append(b, `,"first":`...), int64(p.First)+1, 10)
			array.add(append(b, '}'))
		}
		err = array.end()
	} else {
		wide := len("protocol")
		for _, p := range list {
			wide = max(wide, 2*(len(p.Path)-1)+len(visible(p.Name())))
		}
		w := bufio.NewWriter(a.stdout)
		fmt.Fprintf(w, "%-*s  %12s %6s  %16s %6s\n", wide, "protocol", "packets", "%", "bytes", "%")
		for _, p := range list {
			fmt.Fprintf(w, "%-*s  %12d %6.1f  %16d %6.1f\n", wide, strings.Repeat("  ", len(p.Path)-1)+visible(p.Name()), p.Packets, hundredths(p.Packets, packets), p.Bytes, hundredths(p.Bytes, bytes))
		}
		err = w.Flush()
	}
	if err == nil {
		err = damaged(x)
	}
	return err
}

func hundredths(n, of int64) float64 { return float64(n) / float64(max(1, of)) * 100 }
