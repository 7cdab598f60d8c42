package packet

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"slices"
)

// A Stream is a TCP connection.
type Stream struct {
	A, B netip.AddrPort // A opened it, or sent the first packet that is there
	// First and Last are its first and last packet, Packets how many it has.
	First, Last, Packets int
	Bytes                [2]int64 // of the streams from A and from B, without what is missing

	open  [2]bool // a SYN was seen: the stream begins behind it
	isn   [2]uint32
	ended bool
}

// Streams are the TCP connections of a capture.
type Streams struct {
	List []Stream
	of   []int32 // the stream of each packet, or -1

	x    *Index
	data io.ReaderAt
	size int64
	dec  *Decoder
}

// flowKey is what tells connections apart, the same for both directions.
type flowKey struct{ low, high netip.AddrPort }

func keyOf(src, dst netip.AddrPort) flowKey {
	if src.Compare(dst) > 0 {
		src, dst = dst, src
	}
	return flowKey{src, dst}
}

// FindStreams looks at all packets of a capture. told, which may be nil, is called now and then with how many it has looked at.
func FindStreams(ctx context.Context, x *Index, r io.ReaderAt, size int64, told func(packets int)) (*Streams, error) {
	n := x.Len()
	s := &Streams{x: x, data: r, size: size, dec: NewDecoder(x, r, size, nil), of: make([]int32, n)}
	current := make(map[flowKey]int32)
	parts := fragments{}
	for i := range n {
		s.of[i] = -1
		if i%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if told != nil {
				told(i)
			}
		}
		p, err := s.dec.Packet(i)
		if err != nil {
			continue // bytes that cannot be read any more
		}
		t, ok := parts.tcp(p)
		if !ok {
			continue
		}
		key := keyOf(t.src, t.dst)
		id, known := current[key]
		if known {
			st := &s.List[id]
			dir := st.direction(t.src)
			// The same ports again: another connection, if it begins elsewhere.
			if t.flags&flagSYN != 0 && t.flags&flagACK == 0 && (st.ended || st.open[dir] && st.isn[dir] != t.seq) {
				known = false
			}
		}
		if !known {
			st := Stream{A: t.src, B: t.dst, First: t.packets[0]}
			if t.flags&(flagSYN|flagACK) == flagSYN|flagACK {
				st.A, st.B = t.dst, t.src
			}
			id = int32(len(s.List))
			s.List = append(s.List, st)
			current[key] = id
		}
		st := &s.List[id]
		dir := st.direction(t.src)
		if t.flags&flagSYN != 0 && !st.open[dir] {
			st.open[dir], st.isn[dir] = true, t.seq
		}
		st.ended = st.ended || t.flags&(flagFIN|flagRST) != 0
		st.Last = i
		st.Packets += len(t.packets)
		for _, k := range t.packets {
			s.of[k] = id
		}
	}
	return s, nil
}

// The flags of TCP that streams look at.
const (
	flagFIN = 1
	flagSYN = 2
	flagRST = 4
	flagACK = 16
)

func (s *Stream) direction(src netip.AddrPort) int {
	if src == s.A {
		return 0
	}
	return 1
}

// Of gives the stream of a packet, -1 where it belongs to none.
func (s *Streams) Of(packet int) int {
	if packet < 0 || packet >= len(s.of) {
		return -1
	}
	return int(s.of[packet])
}

// Next gives the packet of the same stream after (step 1) or before (step -1) a packet; -1 where there is none.
func (s *Streams) Next(packet, step int) int {
	id := s.Of(packet)
	if id < 0 {
		return -1
	}
	for i := packet + step; i >= 0 && i < len(s.of); i += step {
		if int(s.of[i]) == id {
			return i
		}
	}
	return -1
}

func (s *Stream) assembler(dir int) assembler {
	return assembler{start: s.isn[dir] + 1, known: s.open[dir], begun: s.open[dir]}
}

// A Segment is bytes of one direction of a stream, with their place in the capture.
type Segment struct {
	At     int64 // of the direction's stream
	Off    int64 // in the capture
	Len    int64
	Packet int
}

// A Direction is the bytes that one side sent.
type Direction struct {
	// Segments are in order and do not overlap. Where At jumps, bytes are missing.
	Segments []Segment
	// Again are bytes that came more than once; the first ones count.
	Again []Segment
	Bytes int64 // in Segments
}

// A Gap is bytes that are not in the capture.
type Gap struct {
	At, Len int64
	Packet  int // the packet behind it
}

// Gaps are where bytes are missing.
func (d *Direction) Gaps() (list []Gap) {
	for i, s := range d.Segments {
		end := int64(0)
		if i > 0 {
			end = d.Segments[i-1].At + d.Segments[i-1].Len
		}
		if s.At > end {
			list = append(list, Gap{end, s.At - end, s.Packet})
		}
	}
	return list
}

// Locate gives the place in the capture of byte n of the bytes that are there; ok is false behind the last one.
func (d *Direction) Locate(n int64) (off int64, packet int, ok bool) {
	for _, s := range d.Segments {
		if n < s.Len {
			return s.Off + n, s.Packet, true
		}
		n -= s.Len
	}
	return 0, 0, false
}

// Write writes the bytes that are there.
func (d *Direction) Write(w io.Writer, r io.ReaderAt) error {
	for _, s := range d.Segments {
		if _, err := io.Copy(w, io.NewSectionReader(r, s.Off, s.Len)); err != nil {
			return err
		}
	}
	return nil
}

// A Chunk is consecutive segments of one direction, as the sides took turns.
type Chunk struct {
	From     int // 0: A, 1: B
	Segments []Segment
}

// Follow puts a stream together.
func (s *Streams) Follow(ctx context.Context, id int) (dirs [2]Direction, err error) {
	if id < 0 || id >= len(s.List) {
		return dirs, fmt.Errorf("there is no stream %d: the capture has %d", id, len(s.List))
	}
	st := &s.List[id]
	var a [2]assembler
	for dir := range a {
		a[dir] = st.assembler(dir)
	}
	parts := fragments{}
	for i := st.First; i <= st.Last; i++ {
		if int(s.of[i]) != id {
			continue
		}
		if i%1024 == 0 && ctx.Err() != nil {
			return dirs, ctx.Err()
		}
		p, err := s.dec.Packet(i)
		if err != nil {
			continue
		}
		if t, ok := parts.tcp(p); ok {
			a[st.direction(t.src)].take(t)
		}
	}
	for dir := range dirs {
		dirs[dir] = a[dir].assemble()
	}
	return dirs, nil
}

// Measure fills in Bytes of all streams.
func (s *Streams) Measure(ctx context.Context) error {
	all := make([][2]assembler, len(s.List))
	for id := range s.List {
		for dir := range 2 {
			all[id][dir] = s.List[id].assembler(dir)
		}
	}
	parts := fragments{}
	for i, id := range s.of {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if id < 0 {
			continue
		}
		p, err := s.dec.Packet(i)
		if err != nil {
			continue
		}
		if t, ok := parts.tcp(p); ok {
			all[id][s.List[id].direction(t.src)].take(t)
		}
	}
	for id := range all {
		for dir := range 2 {
			d := all[id][dir].assemble()
			s.List[id].Bytes[dir] = d.Bytes
		}
	}
	return ctx.Err()
}

// Chunks puts both directions in the order in which their bytes could be read.
func Chunks(dirs [2]Direction) (list []Chunk) {
	at := [2]int{}
	ready := [2]int{-1, -1} // the packet that made the next segment readable
	for at[0] < len(dirs[0].Segments) || at[1] < len(dirs[1].Segments) {
		for d := range 2 {
			if at[d] < len(dirs[d].Segments) {
				ready[d] = max(ready[d], dirs[d].Segments[at[d]].Packet)
			}
		}
		from := 0
		if at[0] >= len(dirs[0].Segments) || at[1] < len(dirs[1].Segments) && ready[1] < ready[0] {
			from = 1
		}
		seg := dirs[from].Segments[at[from]]
		at[from]++
		if n := len(list); n > 0 && list[n-1].From == from {
			list[n-1].Segments = append(list[n-1].Segments, seg)
		} else {
			list = append(list, Chunk{from, []Segment{seg}})
		}
	}
	return list
}

// tcpPart is a TCP segment: its header's facts, and its payload as parts of the capture.
type tcpPart struct {
	src, dst netip.AddrPort
	seq      uint32
	flags    uint8
	payload  []Segment // At counts from the payload's first byte
	packets  []int     // more than one where IP cut it
}

// assembler collects the segments of one direction.
type assembler struct {
	start uint32 // the sequence number of the first byte
	known bool   // start is
	begun bool   // by a SYN: nothing lies before start
	last  int64  // position of the segment before, to tell how often the numbers have wrapped
	list  []segment
}

// segment is a Segment with the order in which it came.
type segment struct {
	Segment
	order int
}

// maxBack is how far before the first segment that is there others may lie.
const maxBack = 1 << 20

func (a *assembler) take(t tcpPart) {
	seq := t.seq
	if t.flags&flagSYN != 0 {
		seq++
	}
	if !a.known && len(a.list) == 0 {
		if len(t.payload) == 0 {
			return
		}
		a.start, a.known = seq, true
	}
	at := a.last + int64(int32(seq-a.start-uint32(a.last)))
	if at < -maxBack || len(t.payload) == 0 {
		return
	}
	end := at
	for _, p := range t.payload {
		p.At += at
		end = max(end, p.At+p.Len)
		if cut := -p.At; cut > 0 && a.begun { // a probe that keeps the connection alive
			if cut >= p.Len {
				continue
			}
			p.At, p.Off, p.Len = 0, p.Off+cut, p.Len-cut
		}
		a.list = append(a.list, segment{p, len(a.list)})
	}
	a.last = end
}

// assemble puts the segments in order; of bytes that came more than once the first ones count.
func (a *assembler) assemble() (d Direction) {
	list := a.list
	slices.SortFunc(list, func(x, y segment) int {
		if x.At != y.At {
			return cmpInt(x.At, y.At)
		}
		return x.order - y.order
	})
	if len(list) == 0 {
		return d
	}
	shift := min(0, list[0].At) // what came before the first one that was seen
	var heap orderHeap
	pos := list[0].At
	for i := 0; ; {
		for i < len(list) && list[i].At <= pos {
			heap.push(list[i])
			i++
		}
		for len(heap) > 0 && heap[0].At+heap[0].Len <= pos {
			heap.pop()
		}
		if len(heap) == 0 {
			if i == len(list) {
				break
			}
			pos = list[i].At
			continue
		}
		top := heap[0]
		end := top.At + top.Len
		if i < len(list) {
			end = min(end, list[i].At)
		}
		off := top.Off + pos - top.At
		if n := len(d.Segments); n > 0 && d.Segments[n-1].Packet == top.Packet && d.Segments[n-1].Off+d.Segments[n-1].Len == off && d.Segments[n-1].At+d.Segments[n-1].Len == pos-shift {
			d.Segments[n-1].Len += end - pos
		} else {
			d.Segments = append(d.Segments, Segment{pos - shift, off, end - pos, top.Packet})
		}
		d.Bytes += end - pos
		pos = end
	}
	// What of each segment is not in the stream came again.
	for _, s := range list {
		k, _ := slices.BinarySearchFunc(d.Segments, s.At-shift, func(x Segment, at int64) int { return cmpInt(x.At+x.Len-1, at) })
		for ; k < len(d.Segments) && d.Segments[k].At < s.At-shift+s.Len; k++ {
			if x := d.Segments[k]; x.Packet != s.Packet {
				from, end := max(x.At, s.At-shift), min(x.At+x.Len, s.At-shift+s.Len)
				d.Again = append(d.Again, Segment{from, s.Off + from - (s.At - shift), end - from, s.Packet})
			}
		}
	}
	return d
}

func cmpInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// orderHeap has the segment that came first on top.
type orderHeap []segment

func (h *orderHeap) push(s segment) {
	*h = append(*h, s)
	l := *h
	for i := len(l) - 1; i > 0; {
		up := (i - 1) / 2
		if l[up].order <= l[i].order {
			return
		}
		l[up], l[i] = l[i], l[up]
		i = up
	}
}

func (h *orderHeap) pop() {
	l := *h
	n := len(l) - 1
	l[0] = l[n]
	*h = l[:n]
	l = l[:n]
	for i := 0; ; {
		least := i
		for k := 2*i + 1; k <= 2*i+2 && k < n; k++ {
			if l[k].order < l[least].order {
				least = k
			}
		}
		if least == i {
			return
		}
		l[i], l[least] = l[least], l[i]
		i = least
	}
}
