package packet

import (
	"time"
)

// A Timeline counts packets and their bytes in intervals of time, all of one length. Packets that have no time are not in it.
type Timeline struct {
	Start int64 // where the first interval begins, in nanoseconds since 1970
	Step  int64 // how long each is, in nanoseconds
	Bins  []Bin
}

// A Bin is one interval.
type Bin struct {
	Packets, Bytes int64
	First          int // the packet that was added first; -1: there is none
}

// steps are the lengths of intervals that people count in, after those of 1, 2 and 5 times a power of ten below a second. Beyond
// the last one they double.
var steps = [...]time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour}

// NextStep is the next longer step; of 0 the shortest one, a nanosecond.
func NextStep(step int64) int64 {
	if step == 0 {
		return 1
	}
	if step < int64(time.Second) {
		for p := int64(1); ; p *= 10 {
			switch step {
			case p:
				return 2 * p
			case 2 * p:
				return 5 * p
			case 5 * p:
				return 10 * p
			}
		}
	}
	for _, s := range steps {
		if int64(s) > step {
			return int64(s)
		}
	}
	return 2 * step
}

// NewTimeline makes a timeline of the shortest step with which the times first to last take at most so many intervals (at least 2, since
// origin may lie between the times). Intervals begin at whole steps from origin on, so that they stay where they are when there is more
// to show.
func NewTimeline(origin, first, last int64, most int) *Timeline {
	t := &Timeline{}
	for {
		t.Step = NextStep(t.Step)
		t.Start = floorTo(origin, first, t.Step)
		// Differences of two times may have 64 bits.
		n := (uint64(last)-uint64(t.Start))/uint64(t.Step) + 1
		if n <= uint64(max(2, most)) || t.Step > 1<<61 {
			t.grow(int(min(n, uint64(max(2, most)))))
			return t
		}
	}
}

// floorTo is the last whole step from origin on that is not behind at.
func floorTo(origin, at, step int64) int64 {
	if at >= origin {
		return at - int64((uint64(at)-uint64(origin))%uint64(step))
	}
	rest := (uint64(origin) - uint64(at)) % uint64(step)
	if rest == 0 {
		return at
	}
	if back := step - int64(rest); at >= -1<<63+back {
		return at - back
	}
	return at // there is no earlier time
}

func (t *Timeline) grow(n int) {
	for len(t.Bins) < n {
		t.Bins = append(t.Bins, Bin{First: -1})
	}
}

// At is the interval that holds a time; it may be behind the last one. ok is false before the first.
func (t *Timeline) At(when int64) (i int, ok bool) {
	if when == NoTime || when < t.Start {
		return 0, false
	}
	return int(min((uint64(when)-uint64(t.Start))/uint64(t.Step), 1<<31-1)), true
}

// Add counts a packet. It is false, and nothing is counted, where the timeline would need more than most intervals for it.
func (t *Timeline) Add(when, bytes int64, packet, most int) bool {
	i, ok := t.At(when)
	if !ok || i >= most {
		return false
	}
	t.grow(i + 1)
	b := &t.Bins[i]
	if b.First < 0 {
		b.First = packet
	}
	b.Packets++
	b.Bytes += bytes
	return true
}

// Most is the most packets and the most bytes of an interval.
func (t *Timeline) Most() (packets, bytes int64) {
	for _, b := range t.Bins {
		packets, bytes = max(packets, b.Packets), max(bytes, b.Bytes)
	}
	return packets, bytes
}

// Wire is how long packet i was on the wire, which only its record tells; nothing is decoded for it. Where that cannot be read it is
// what was captured.
func (d *Decoder) Wire(i int) int64 {
	r := d.x.get(i)
	var b [4]byte
	if n, _ := d.w.r.ReadAt(b[:], r.head+kinds[r.source&sourceKind].original); n < len(b) {
		return int64(r.caplen)
	}
	return int64(r.order().Uint32(b[:]))
}
