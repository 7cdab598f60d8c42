package cli

import (
	"bufio"
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/overlay/packet"
)

func (a *app) packetsCommand() *cobra.Command {
	var filter string
	var limit int64
	var json bool
	cmd := &cobra.Command{
		Use:   "packets FILE",
		Short: "list the packets of a capture (pcap, pcapng)",
		Long: `Lists the packets of a capture, one per line: number, time, source, destination, protocol, length on the wire, and what
the packet says. EXPR is written in the expression language of templates, over fields of the packet (no, len, caplen, time, src, dst,
src_port, dst_port, protocol, info, payload) and of its layers (eth, vlan, arp, ip, ipv6, icmp, icmpv6, tcp, udp, dns, http, tls, mqtt,
modbus), where all fields of their templates have names too. A layer alone asks whether it is there; what is not there makes a
comparison false.

Of a damaged capture all that can be read is listed; what is wrong is told, and the exit status is 1. It is 2 when the filter is refused.`,
		Example: `hexlay packets trace.pcap
hexlay packets trace.pcapng --filter 'ip.src == "10.0.0.1" and tcp.dst_port == 80 and len > 100'
hexlay packets trace.pcap --filter 'dns and not dns.response' --limit 10 --json`,
		Args: wantArgs(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 0 {
				return fmt.Errorf("--limit %d: want 0 or more", limit)
			}
			var f *packet.Filter
			if cmd.Flags().Changed("filter") {
				var err error
				if f, err = packet.CompileFilter(filter, model.NewPacketLayers(model.TemplateOptions{})); err != nil {
					return refused(err)
				}
			}
			return a.packets(cmd.Context(), args[0], f, limit, json)
		},
	}
	f := cmd.Flags()
	f.StringVar(&filter, "filter", "", "only packets for which EXPR is true")
	f.Int64Var(&limit, "limit", 0, "stop after N packets (0 for all)")
	f.BoolVar(&json, "json", false, "print JSON")
	return cmd
}

// openCapture indexes a capture. It fails where there is none.
func (a *app) openCapture(ctx context.Context, name string) (*mmapdoc.Document, *packet.Index, error) {
	d, err := openToRead(name)
	if err != nil {
		return nil, nil, err
	}
	x := packet.NewIndex()
	done := new(atomic.Int64)
	stop := a.progress(done, d.Size())
	err = x.Grow(ctx, d.Snapshot(), d.Size(), done.Store)
	stop()
	if err == nil && x.Format() == packet.Unknown {
		why := "neither pcap nor pcapng"
		if list, _ := x.Damage(); len(list) > 0 {
			why = list[0].Error()
		} else if tail, ok := x.Tail(); ok {
			why = tail.Error()
		}
		err = dataError("%s: no capture: %s", fileLabel(name), why)
	}
	if err != nil {
		d.Close()
		return nil, nil, err
	}
	return d, x, nil
}

// damaged is what is wrong with a capture, in one line; nil where nothing is.
func damaged(x *packet.Index) error {
	list, n := x.Damage()
	tail, cut := x.Tail()
	switch {
	case n > 1 || n == 1 && cut:
		if cut {
			n++
		}
		return dataError("%w (and %d more damages)", list[0], n-1)
	case n == 1:
		return dataError("%w", list[0])
	case cut:
		return dataError("%w", tail)
	}
	return nil
}

func (a *app) packets(ctx context.Context, name string, f *packet.Filter, limit int64, json bool) error {
	d, x, err := a.openCapture(ctx, name)
	if err != nil {
		return err
	}
	defer d.Close()
	w := bufio.NewWriterSize(a.stdout, 64<<10)
	array := newJSONArray(a.stdout)
	dec := packet.NewDecoder(x, d.Snapshot(), d.Size(), nil)
	var line []byte
	n := int64(0)
	for i := 0; i < x.Len() && (limit == 0 || n < limit); i++ {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		p, err := dec.Packet(i)
		if err != nil {
			return err
		}
		if f != nil {
			if ok, err := f.Match(ctx, p); err != nil {
				return err
			} else if !ok {
				continue
			}
		}
		n++
		s := p.Summary()
		if json {
			array.add(appendPacketJSON(line[:0], p, s))
			continue
		}
		line = appendPacketText(line[:0], p, s)
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	if json {
		err = array.end()
	} else {
		err = w.Flush()
	}
	if err == nil {
		err = damaged(x)
	}
	return err
}

func appendPacketJSON(b []byte, p *packet.Packet, s packet.Summary) []byte {
	b = append(b, `{"no":`...)
	b = strconv.AppendInt(b, int64(p.Index)+1, 10)
	b = append(b, `,"time":`...)
	if t, ok := p.When(); ok {
		b = append(t.AppendFormat(append(b, '"'), packetTime), '"')
	} else {
		b = append(b, "null"...)
	}
	b = appendJSONRange(append(b, ','), p.Data, p.End)
	b = append(b, `,"caplen":`...)
	b = strconv.AppendInt(b, p.Caplen, 10)
	b = append(b, `,"len":`...)
	b = strconv.AppendInt(b, p.Len, 10)
	b = appendJSONString(append(b, `,"src":`...), s.Src)
	b = appendJSONString(append(b, `,"dst":`...), s.Dst)
	b = appendJSONString(append(b, `,"protocol":`...), s.Protocol)
	b = appendJSONString(append(b, `,"info":`...), s.Info)
	return append(b, '}')
}

// packetTime is RFC 3339 with all nine digits.
const packetTime = "2006-01-02T15:04:05.000000000Z"

func appendPacketText(b []byte, p *packet.Packet, s packet.Summary) []byte {
	b = appendPadded(b, strconv.Itoa(p.Index+1), -6)
	b = append(b, "  "...)
	if t, ok := p.When(); ok {
		b = t.AppendFormat(b, "2006-01-02 15:04:05.000000000")
	} else {
		b = appendPadded(b, "no time", len(time.DateTime)+10)
	}
	b = append(b, "  "...)
	b = append(appendPadded(b, s.Src, 15), " → "...)
	b = append(appendPadded(b, s.Dst, 15), "  "...)
	b = append(appendPadded(b, s.Protocol, 8), ' ')
	b = append(appendPadded(b, strconv.FormatInt(p.Len, 10), -5), "  "...)
	return append(append(b, visible(s.Info)...), '\n')
}

// appendPadded fills up to width columns at the right, or for a negative width at the left. s is ASCII.
func appendPadded(b []byte, s string, width int) []byte {
	s = visible(s)
	for n := len(s); n < -width; n++ {
		b = append(b, ' ')
	}
	b = append(b, s...)
	for n := len(s); n < width; n++ {
		b = append(b, ' ')
	}
	return b
}
