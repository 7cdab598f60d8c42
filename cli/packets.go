package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/overlay/packet"
)

// packetsOptions is what `packets` was asked for.
type packetsOptions struct {
	filter  string
	columns []string
	limit   int64
	fields  bool
	json    bool
	compare string
	all     bool

	names, info, hierarchy, vary, traffic bool
	layer                                 string
}

func (a *app) packetsCommand() *cobra.Command {
	var o packetsOptions
	cmd := &cobra.Command{
		Use:   "packets FILE",
		Short: "list the packets of a capture (pcap, pcapng)",
		Long: `Lists the packets of a capture, one per line: number, time, source, destination, protocol, length on the wire, and what
the packet says. EXPR is written in the expression language of templates, over fields of the packet (no, len, caplen, time, src, dst,
src_port, dst_port, protocol, info, payload) and of its layers (eth, vlan, arp, ip, ipv6, icmp, icmpv6, tcp, udp, dns, http, tls, mqtt,
modbus), where all fields of their templates have names too. A layer alone asks whether it is there; what is not there makes a
comparison false. What ports carry by the settings file counts; a template of your own is a layer named after its file.
The field layers is all their names: "/ethernet/ipv4/tcp/http/".

--column prints a value of each packet too. --fields prints all decoded fields. --compare N M tells in which fields packets N and M differ; the exit status is 1 if they do.

With --hierarchy the protocols are counted instead, each within the one that carries it: packets, bytes on the wire (those of whole
packets), and their shares. With --traffic packets and bytes are counted in at most 100 intervals of time. With --vary each byte of the
payload, or of what --layer names (packet, ip, tcp, dns …), is told to be constant, the length, a counter (of 1, 2, 4 or 8 bytes), of few
values, or random, over packets of one kind that --filter keeps.

Of a damaged capture all that can be read is listed; what is wrong is told, and the exit status is 1. It is 2 when an expression is refused.`,
		Example: `hexlay packets trace.pcap
hexlay packets trace.pcapng --filter 'ip.src == "10.0.0.1" and tcp.dst_port == 80 and len > 100'
hexlay packets trace.pcap --filter 'dns and not dns.response' --limit 10 --json
hexlay packets trace.pcap --column tcp.flags --column payload.size
hexlay packets trace.pcap --compare 7 9
hexlay packets trace.pcap --hierarchy
hexlay packets trace.pcap --vary --filter 'udp.dst_port == 9999'`,
		Args: wantArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.limit < 0 {
				return fmt.Errorf("--limit %d: want 0 or more", o.limit)
			}
			changed := cmd.Flags().Changed
			if changed("compare") {
				return a.comparePackets(cmd.Context(), o, args)
			}
			if len(args) > 1 {
				return fmt.Errorf("want one capture, not %d", len(args))
			}
			if o.all {
				return fmt.Errorf("--all goes with --compare")
			}
			options, settings := a.packetSettings()
			first := packetsRun{packetsOptions: o, filtered: changed("filter"), ports: settings.Settings.Ports, templates: options}
			run, err := first.again()
			if err != nil {
				return err
			}
			switch {
			case o.hierarchy && o.vary, o.hierarchy && o.traffic, o.vary && o.traffic:
				return errors.New("--hierarchy, --traffic and --vary: one of them")
			case changed("layer") && !o.vary:
				return errors.New("--layer goes with --vary")
			case o.info:
				return a.captureInfo(cmd.Context(), args[0], o.json)
			case o.vary:
				return a.vary(cmd.Context(), args[0], run)
			case o.traffic:
				return a.traffic(cmd.Context(), args[0], run)
			case o.hierarchy:
				return a.hierarchy(cmd.Context(), args[0], run)
			}
			return a.packets(cmd.Context(), args[0], run)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.filter, "filter", "", "only packets for which EXPR is true")
	f.StringArrayVar(&o.columns, "column", nil, "also the value of EXPR (repeatable)")
	f.BoolVar(&o.fields, "fields", false, "also all decoded fields")
	f.Int64Var(&o.limit, "limit", 0, "stop after N packets (0 for all)")
	f.StringVar(&o.compare, "compare", "", "compare packet N with packet M, the argument behind it, by their fields")
	f.BoolVar(&o.all, "all", false, "with --compare: also fields that are equal")
	f.BoolVar(&o.hierarchy, "hierarchy", false, "count the packets and bytes of each protocol instead")
	f.BoolVar(&o.traffic, "traffic", false, "count packets and bytes in intervals of time instead")
	f.BoolVar(&o.vary, "vary", false, "tell what the bytes of the payload do from packet to packet instead")
	f.BoolVar(&o.names, "names", false, "names instead of addresses, as far as the capture has them")
	f.BoolVar(&o.info, "info", false, "print what the capture says of itself instead: sections, interfaces, comments, names, damage")
	f.StringVar(&o.layer, "layer", "payload", "with --vary: a layer, or packet for all")
	f.BoolVar(&o.json, "json", false, "print JSON")
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
		return dataError("%w (and %s more)", list[0], plural(n-1, "damage"))
	case n == 1:
		return dataError("%w", list[0])
	case cut:
		return dataError("%w", tail)
	}
	return nil
}

// packetsRun is packetsOptions made ready.
type packetsRun struct {
	packetsOptions
	filtered  bool // a filter was given
	templates model.TemplateOptions
	where     *packet.Filter // nil: all
	cols      []*packet.Column
	ports     packet.Ports
	layers    *model.PacketLayers
}

// again makes the same ready for a goroutine of its own.
func (o *packetsRun) again() (*packetsRun, error) {
	run := *o
	run.where, run.cols = nil, nil
	run.layers = model.NewPacketLayers(o.templates).With(o.ports)
	if o.filtered {
		var err error
		if run.where, err = packet.CompileFilter(o.filter, run.layers); err != nil {
			return nil, refused(err)
		}
	}
	for _, text := range o.columns {
		c, err := packet.CompileColumn(text, run.layers)
		if err != nil {
			return nil, refused(err)
		}
		run.cols = append(run.cols, c)
	}
	return &run, nil
}

func (a *app) packets(ctx context.Context, name string, o *packetsRun) error {
	d, x, err := a.openCapture(ctx, name)
	if err != nil {
		return err
	}
	defer d.Close()
	w := bufio.NewWriterSize(a.stdout, 64<<10)
	array := newJSONArray(a.stdout)
	err = o.inBlocks(ctx, d, x, func(o *packetsRun) packetText {
		as := model.PacketJSON{Columns: o.cols, Fields: o.fields, Layers: o.layers, Data: d.Snapshot()}
		return func(ctx context.Context, b []byte, p *packet.Packet) ([]byte, error) {
			if o.json {
				if len(b) > 0 {
					b = append(b, betweenItems...)
				}
				return as.Append(ctx, b, p)
			}
			b, err := appendPacketText(ctx, b, p, o)
			if err == nil && o.fields {
				b, err = as.AppendText(ctx, b, p, visible)
			}
			return b, err
		}
	}, func(b []byte) error {
		if o.json {
			array.add(b)
			return nil
		}
		_, err := w.Write(b)
		return err
	})
	if err != nil {
		return err
	}
	if o.json {
		err = array.end()
	} else {
		err = w.Flush()
	}
	if err == nil {
		err = damaged(x)
	}
	return err
}

// each calls fn with the packets that the filter keeps, at most as many as the limit says.
func (o *packetsRun) each(ctx context.Context, d *mmapdoc.Document, x *packet.Index, fn func(p *packet.Packet) error) error {
	dec := packet.NewDecoder(x, d.Snapshot(), d.Size(), o.ports)
	left := o.limit
	for i := range x.Len() {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		_, err := o.append(ctx, dec, i, nil, func(_ context.Context, b []byte, p *packet.Packet) ([]byte, error) { return b, fn(p) }, &left)
		if err == errEnough {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// errEnough ends a list at its limit.
var errEnough = errors.New("enough packets")

// append formats packet i if the filter keeps it. left counts down to the limit, if there is one.
func (o *packetsRun) append(ctx context.Context, dec *packet.Decoder, i int, b []byte, format packetText, left *int64) ([]byte, error) {
	p, err := dec.Packet(i)
	if err != nil {
		return b, err
	}
	if o.where != nil {
		if ok, err := o.where.Match(ctx, p); err != nil || !ok {
			return b, err
		}
	}
	n := len(b)
	if b, err = format(ctx, b, p); err != nil {
		return b[:n], err
	}
	if *left--; *left == 0 {
		return b, errEnough
	}
	return b, nil
}

func appendPacketText(ctx context.Context, b []byte, p *packet.Packet, o *packetsRun) ([]byte, error) {
	s := p.Summary()
	if o.names {
		s.Src, s.Dst = cmp.Or(p.Name(s.Src), s.Src), cmp.Or(p.Name(s.Dst), s.Dst)
	}
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
	for _, c := range o.cols {
		v, err := c.Value(ctx, p)
		if err != nil {
			return b, err
		}
		b = append(appendPadded(b, model.ColumnText(v), max(8, len(c.Text()))), "  "...)
	}
	b = append(b, visible(s.Info)...)
	if c := p.Comment(); c != "" {
		b = append(append(b, "  # "...), visible(c)...)
	}
	return append(b, '\n'), nil
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
