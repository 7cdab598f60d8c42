package cli

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hexlay/model"
	"hexlay/overlay/packet"
	"hexlay/overlay/stats"
)

// checkPart tells whether --layer names a part of packets.
func checkPart(name string) error {
	if list := packet.Parts(); !slices.Contains(list, name) {
		return fmt.Errorf("--layer %s: want one of %s", quote(name), strings.Join(list, ", "))
	}
	return nil
}

// vary prints what the bytes of a part of the packets do from packet to packet.
func (a *app) vary(ctx context.Context, name string, o *packetsRun) error {
	part := o.layer
	if err := checkPart(part); err != nil {
		return err
	}
	d, x, err := a.openCapture(ctx, name)
	if err != nil {
		return err
	}
	defer d.Close()
	v := stats.NewVarying(model.VaryPlaces)
	err = o.each(ctx, d, x, func(p *packet.Packet) error {
		if start, end, length, ok := p.Part(part); ok {
			v.Add(p.Bytes[start:end], length)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if v.Messages() == 0 {
		return dataError("no packet has a %s", part)
	}
	if o.json {
		array := newJSONArray(a.stdout)
		for _, f := range v.Fields() {
			array.add(appendVaryJSON(nil, f))
		}
		err = array.end()
	} else {
		w := bufio.NewWriter(a.stdout)
		fmt.Fprintf(w, "%d messages\n", v.Messages())
		for _, f := range v.Fields() {
			row := model.VaryRow(f, v.Messages())
			fmt.Fprintf(w, "%-12s  %-13s  %s\n", row.Lead, row.Text, row.Note)
		}
		err = w.Flush()
	}
	if err == nil {
		err = damaged(x)
	}
	return err
}

func appendVaryJSON(b []byte, f stats.VaryField) []byte {
	b = fmt.Appendf(b, `{"at":[%d,%d],"class":`, f.Start, f.End)
	b = appendJSONString(b, strings.TrimSuffix(f.Kind.String(), " values"))
	b = fmt.Appendf(b, `,"messages":%d`, f.Messages)
	switch f.Kind {
	case stats.VaryConstant:
		return fmt.Appendf(b, `,"value":{"bytes":"%x"}}`, f.Values)
	case stats.VaryFew:
		b = append(b, `,"values":[`...)
		for i, x := range f.Values {
			if i > 0 {
				b = append(b, ',')
			}
			b = fmt.Appendf(b, `{"value":%d,"count":%d}`, x, f.Counts[i])
		}
		return append(b, `]}`...)
	case stats.VaryRandom:
		return fmt.Appendf(b, `,"low":%d,"high":%d,"distinct":%d}`, f.Low, f.High, f.Distinct)
	case stats.VaryLength:
		b = fmt.Appendf(b, `,"less":%d`, f.Less)
	case stats.VaryCounter:
		if f.Step != 0 {
			b = fmt.Appendf(b, `,"step":%d`, f.Step)
		} else {
			b = fmt.Appendf(b, `,"steps":[%d,%d]`, f.Least, f.Most)
		}
	}
	b = append(b, `,"little":`...)
	b = strconv.AppendBool(b, f.Little)
	return fmt.Appendf(b, `,"low":%d,"high":%d}`, f.Low, f.High)
}
