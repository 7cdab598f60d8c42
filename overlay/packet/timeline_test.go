package packet

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// TestTimeline compares with what gopacket's reader gives, counted in the plainest way, for all numbers of intervals.
func TestTimeline(t *testing.T) {
	rnd := seeded(t)
	var list []frame
	at := begin
	for range 500 {
		at = at.Add(time.Duration(rnd.Int64N(int64(7 * time.Millisecond))))
		f := frame{at: at.Add(-time.Duration(rnd.Int64N(int64(time.Millisecond)))), data: udpFrame(t, 1, 2, make([]byte, rnd.IntN(1000)))}
		if rnd.IntN(3) == 0 { // cut when it was captured
			f.orig = len(f.data) + 77
		}
		list = append(list, f)
	}
	b := writePcap(t, list, layers.LinkTypeEthernet, true)
	x := indexed(t, b)
	d := NewDecoder(x, bytes.NewReader(b), int64(len(b)), nil)
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for i := range x.Len() {
		first, last = min(first, x.At(i).Time), max(last, x.At(i).Time)
	}
	prev := int64(math.MaxInt64)
	for most := 2; most < 600; most += 1 + most/7 {
		line := NewTimeline(x.At(0).Time, first, last, most)
		if len(line.Bins) > most || line.Step > prev {
			t.Fatalf("%d intervals of %d, the most is %d", len(line.Bins), line.Step, most)
		}
		prev = line.Step
		if n := uint64(last-line.Start)/uint64(line.Step) + 1; int(n) != len(line.Bins) || line.Start > first || first-line.Start >= line.Step || (line.Start-x.At(0).Time)%line.Step != 0 {
			t.Fatalf("%d intervals of %d from %d on, the times are %d to %d", len(line.Bins), line.Step, line.Start, first, last)
		}
		for i := range x.Len() {
			if !line.Add(x.At(i).Time, d.Wire(i), i, most) {
				t.Fatalf("packet %d has no place", i)
			}
		}
		r, err := pcapgo.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		want := make([]Bin, len(line.Bins))
		for i := range want {
			want[i].First = -1
		}
		for i := 0; ; i++ {
			_, ci, err := r.ReadPacketData()
			if err != nil {
				break
			}
			k := (ci.Timestamp.UnixNano() - line.Start) / line.Step
			want[k].Packets++
			want[k].Bytes += int64(ci.Length)
			if want[k].First < 0 {
				want[k].First = i
			}
		}
		for k := range want {
			if line.Bins[k] != want[k] {
				t.Fatalf("at most %d: interval %d is %+v, gopacket's packets give %+v", most, k, line.Bins[k], want[k])
			}
		}
	}
}

// TestTimelineSteps: steps are whole numbers that people count in, each longer than the one before.
func TestTimelineSteps(t *testing.T) {
	var s int64
	seen := make(map[time.Duration]bool)
	for s < int64(100*24*time.Hour) {
		next := NextStep(s)
		if next <= s || s > 1 && next > 3*s {
			t.Fatalf("%v follows %v", time.Duration(next), time.Duration(s))
		}
		s = next
		seen[time.Duration(s)] = true
	}
	for _, want := range []time.Duration{1, 2, 5, 10, time.Microsecond, 500 * time.Millisecond, time.Second, 15 * time.Second, time.Minute, time.Hour, 24 * time.Hour} {
		if !seen[want] {
			t.Errorf("there are no intervals of %v", want)
		}
	}
}

// TestTimelineExtremes: times from the first to the last that there are.
func TestTimelineExtremes(t *testing.T) {
	for _, c := range [][3]int64{{0, math.MinInt64 + 1, math.MaxInt64}, {math.MaxInt64, math.MinInt64 + 1, math.MinInt64 + 2}, {5, 5, 5},
		{math.MinInt64 + 1, math.MaxInt64 - 1, math.MaxInt64}, {NoTime, NoTime, NoTime}} {
		for _, most := range []int{2, 3, 100} {
			line := NewTimeline(c[0], c[1], c[2], most)
			if len(line.Bins) == 0 || len(line.Bins) > most {
				t.Fatalf("%v has %d intervals of at most %d", c, len(line.Bins), most)
			}
			for _, when := range c[1:] {
				if when != NoTime && !line.Add(when, 1, 0, most) && line.Step < 1<<61 {
					t.Errorf("%v, at most %d: no place for %d", c, most, when)
				}
			}
		}
	}
	line := NewTimeline(100, 100, 200, 4)
	if line.Add(99, 1, 0, 4) || line.Add(NoTime, 1, 0, 4) || line.Add(100+4*line.Step, 1, 0, 4) || !line.Add(100+4*line.Step-1, 1, 0, 4) {
		t.Errorf("the borders of %+v", line)
	}
}
