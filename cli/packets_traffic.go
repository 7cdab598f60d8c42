package cli

import (
	"bufio"
	"context"
	"fmt"
	"strconv"
	"time"

	"hexlay/model"
	"hexlay/overlay/packet"
)

// trafficIntervals is how many intervals are printed at most.
const trafficIntervals = 100

// traffic prints how many packets and bytes fall into each interval of time.
func (a *app) traffic(ctx context.Context, name string, o *packetsRun) error {
	d, x, err := a.openCapture(ctx, name)
	if err != nil {
		return err
	}
	defer d.Close()
	type timed struct {
		when, bytes int64
		index       int
	}
	var list []timed
	var first, last, timeless int64
	err = o.each(ctx, d, x, func(p *packet.Packet) error {
		switch {
		case p.Time == packet.NoTime:
			timeless++
			return nil
		case len(list) == 0:
			first, last = p.Time, p.Time
		}
		first, last = min(first, p.Time), max(last, p.Time)
		list = append(list, timed{p.Time, p.Len, p.Index})
		return nil
	})
	if err != nil {
		return err
	}
	line := &packet.Timeline{}
	if len(list) > 0 {
		line = packet.NewTimeline(max(0, x.At(0).Time), first, last, trafficIntervals)
		for _, t := range list {
			line.Add(t.when, t.bytes, t.index, trafficIntervals)
		}
	}
	if o.json {
		array := newJSONArray(a.stdout)
		for i, bin := range line.Bins {
			b := time.Unix(0, line.Start+int64(i)*line.Step).UTC().AppendFormat([]byte(`{"start":"`), time.RFC3339Nano)
			b = strconv.AppendFloat(append(b, `","seconds":`...), float64(line.Step)/1e9, 'g', -1, 64)
			b = fmt.Appendf(b, `,"packets":%d,"bytes":%d,"first":`, bin.Packets, bin.Bytes)
			if bin.First < 0 {
				b = append(b, "null"...)
			} else {
				b = strconv.AppendInt(b, int64(bin.First)+1, 10)
			}
			array.add(append(b, '}'))
		}
		err = array.end()
	} else {
		w := bufio.NewWriter(a.stdout)
		if len(line.Bins) > 0 {
			fmt.Fprintf(w, "intervals of %s\n", model.Duration(time.Duration(line.Step)))
		}
		for i, bin := range line.Bins {
			when := time.Unix(0, line.Start+int64(i)*line.Step).UTC()
			fmt.Fprintf(w, "%s  %s  %16d bytes\n", when.Format("2006-01-02 15:04:05.000000000"), column(12, bin.Packets, "packet"), bin.Bytes)
		}
		if timeless > 0 {
			fmt.Fprintf(w, "%d packets have no time\n", timeless)
		}
		err = w.Flush()
	}
	if err == nil {
		err = damaged(x)
	}
	return err
}
