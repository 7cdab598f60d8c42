package model

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"hexlay/overlay/packet"
)

// Traffic is the packets of the list, and their bytes on the wire, over time. It does not change; a capture that grows gets another.
type Traffic struct {
	packet.Timeline
	of   trafficOf
	rows int // how many of the list it has
	// Timeless is how many packets have no time and are not shown.
	Timeless int64
}

// trafficOf tells which packets a chart is of, and how fine it is.
type trafficOf struct {
	index   *packet.Index
	filter  *packetFilter
	columns int
}

// Traffic is the chart that was made last; nil before the first.
func (c *Capture) Traffic() *Traffic { return c.traffic }

// TrafficJob is the job that brings the chart up to the list, of at most so many intervals; nil where it is, and where the job runs.
// A face that shows the chart asks for it before each frame.
func (e *Editor) TrafficJob(columns int) *Job {
	c := e.Capture()
	if c == nil {
		return nil
	}
	of := trafficOf{c.index, c.filter, max(1, columns)}
	rows := c.Rows()
	if c.charting != nil && *c.charting == of || c.traffic != nil && c.traffic.of == of && c.traffic.rows >= rows {
		return nil
	}
	var from *Traffic
	if c.traffic != nil && c.traffic.of == of {
		from = c.traffic
	}
	c.charting = &of
	x, dec := c.index, packet.NewDecoder(c.index, e.Snapshot(), e.Size(), nil)
	at := func(row int) int {
		if of.filter != nil {
			return of.filter.at(row)
		}
		return row
	}
	var made *Traffic
	return &Job{
		Kind: "traffic", Title: "counting packets", Total: int64(rows), Quiet: true, Quick: true,
		Run: func(ctx context.Context, progress *atomic.Int64) (err error) {
			made, err = chartTraffic(ctx, x, dec, of, from, at, rows, progress)
			return err
		},
		Done: func(_ *Editor, err error) (Effect, error) {
			if c.charting == &of {
				c.charting = nil
			}
			if err == nil {
				c.traffic = made
			}
			return nil, notCancelled(err)
		},
	}
}

// chartTraffic counts the packets of rows, going on where from ended if they still fit into its intervals.
func chartTraffic(ctx context.Context, x *packet.Index, dec *packet.Decoder, of trafficOf, from *Traffic, at func(row int) int, rows int, progress *atomic.Int64) (*Traffic, error) {
	var origin int64
	if x.Len() > 0 {
		origin = max(0, x.At(0).Time)
	}
	t := &Traffic{of: of, rows: rows}
	first := 0
	if from != nil {
		t.Timeline, t.Timeless, first = from.Timeline, from.Timeless, from.rows
		t.Bins = slices.Clone(t.Bins)
	}
	for anew := from == nil; ; anew = true {
		if anew {
			low, high := int64(0), int64(0)
			some := false
			for row := range rows {
				if row%4096 == 0 && ctx.Err() != nil {
					return nil, ctx.Err()
				}
				if when := x.At(at(row)).Time; when != packet.NoTime {
					if !some {
						low, high, some = when, when, true
					}
					low, high = min(low, when), max(high, when)
				}
			}
			t.Timeline, t.Timeless, first = packet.Timeline{Step: 1}, 0, 0
			if some {
				t.Timeline = *packet.NewTimeline(origin, low, high, of.columns)
			}
		}
		fits := true
		for row := first; row < rows && fits; row++ {
			if row%4096 == 0 {
				progress.Store(int64(row))
				if err := ctx.Err(); err != nil {
					return nil, err
				}
			}
			k := at(row)
			if when := x.At(k).Time; when == packet.NoTime {
				t.Timeless++
			} else {
				// What was made for all of them has a place for each, if need be in its last interval.
				fits = t.Add(when, dec.Wire(k), k, of.columns) || anew
			}
		}
		if fits {
			return t, nil
		}
	}
}

// Charting tells that a chart is being made.
func (e *Editor) Charting() bool {
	c := e.Capture()
	return c != nil && c.charting != nil
}

// HasTime tells whether packet k lies in interval i of the chart.
func (t *Traffic) HasTime(c *Capture, k, i int) bool {
	if k < 0 || k >= c.index.Len() {
		return false
	}
	n, ok := t.At(c.index.At(k).Time)
	return ok && n == i
}

// Interval is the condition that keeps the packets of an interval, with the list's own.
func (c *Capture) Interval(i int) string {
	from := c.traffic.Start + int64(i)*c.traffic.Step
	s := fmt.Sprintf("time >= %s and time < %s", seconds(from), seconds(from+c.traffic.Step))
	if c.filter != nil {
		s = "(" + c.filter.text + ") and " + s
	}
	return s
}

// seconds is a time as fields of packets have it: seconds since 1970, as a number with a point.
func seconds(ns int64) string {
	s := fmt.Sprintf("%d.%09d", ns/1e9, max(ns%1e9, -(ns%1e9)))
	if ns < 0 && ns > -1e9 {
		s = "-" + s
	}
	if t := strings.TrimRight(s, "0"); !strings.HasSuffix(t, ".") {
		return t
	}
	return s[:len(s)-8]
}

// PacketStart is when the capture begins, as the times of the list count; ok is false where its first packet has no time.
func (c *Capture) PacketStart() (ns int64, ok bool) {
	if c.index.Len() == 0 {
		return 0, false
	}
	t := c.index.At(0).Time
	return t, t != packet.NoTime
}

// Duration is a length of time as people write it: 10 ms, 1 h 30 min.
func Duration(d time.Duration) string {
	switch {
	case d == 0:
		return "0 s"
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", d)
	case d < time.Millisecond:
		return trimZeros(fmt.Sprintf("%.3f", float64(d)/1e3)) + " µs"
	case d < time.Second:
		return trimZeros(fmt.Sprintf("%.6f", float64(d)/1e6)) + " ms"
	case d < time.Minute:
		return trimZeros(fmt.Sprintf("%.9f", float64(d)/1e9)) + " s"
	}
	days := int64(d / (24 * time.Hour))
	d %= 24 * time.Hour
	var parts []string
	for _, p := range []struct {
		n    int64
		unit string
	}{{days, "d"}, {int64(d / time.Hour), "h"}, {int64(d / time.Minute % 60), "min"}, {int64(d / time.Second % 60), "s"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.unit))
		}
	}
	return strings.Join(parts, " ")
}

func trimZeros(s string) string { return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") }
