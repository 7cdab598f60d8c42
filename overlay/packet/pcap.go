package packet

import (
	"encoding/binary"
)

// pcapState is what the file header says.
type pcapState struct {
	big     bool
	kind    uint32
	header  int64 // of a record
	unit    timeUnit
	snaplen uint32
	iface   int
	opened  bool
}

func (s *pcapState) order() binary.ByteOrder {
	if s.big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// fileHeaderLen is the length of a pcap file's header.
const fileHeaderLen = 24

// pcapMagic reads the first four bytes of a pcap file.
func pcapMagic(b []byte) (s pcapState, ok bool) {
	s.header, s.unit = kinds[kindPcap].header, microseconds
	m := binary.LittleEndian.Uint32(b)
	for range 2 {
		switch m {
		case 0xa1b2c3d4:
			return s, true
		case 0xa1b23c4d:
			s.unit = timeUnit{resol: 9}
			return s, true
		case 0xa1b2cd34:
			s.kind, s.header = kindModified, kinds[kindModified].header
			return s, true
		}
		m, s.big = binary.BigEndian.Uint32(b), true
	}
	return s, false
}

// fileHeader reads the file header at off: at the beginning, and where captures were put behind each other.
func (x *Index) fileHeader(off int64) bool {
	g := &x.reader
	b := g.piece(off, fileHeaderLen)
	if len(b) < fileHeaderLen {
		if !x.unreadable(off) {
			x.ends(off, fileHeaderLen-int64(len(b)), "the file header")
			return false
		}
		return true
	}
	s, _ := pcapMagic(b)
	o := s.order()
	s.snaplen = o.Uint32(b[16:])
	link := LinkType(o.Uint32(b[20:]) & 0xfffffff)
	x.mu.Lock()
	x.sections++
	x.mu.Unlock()
	if off > 0 {
		x.damage(Repeated, off, off, "a pcap file header stands between records: captures were put behind each other")
	}
	s.iface = x.openInterface(Interface{At: off, Link: link, Snaplen: s.snaplen, unit: s.unit})
	s.opened = true
	g.pcap = s
	g.next = off + fileHeaderLen
	return true
}

// maxCaplen is the longest packet that is believed.
const (
	usualCaplen = 256 << 10
	maxCaplen   = 128 << 20
)

func (s *pcapState) limit() uint32 { return min(max(s.snaplen, usualCaplen), maxCaplen) }

// header is the head of a pcap record.
type pcapHeader struct{ sec, frac, caplen, original uint32 }

func (s *pcapState) read(b []byte) pcapHeader {
	o := s.order()
	return pcapHeader{o.Uint32(b), o.Uint32(b[4:]), o.Uint32(b[8:]), o.Uint32(b[12:])}
}

// doubt tells how a header looks: fine, odd, so that what follows has to decide, or impossible.
type doubt uint8

const (
	fine doubt = iota
	odd
	impossible
)

func (s *pcapState) judge(h pcapHeader, last int64) doubt {
	if h.caplen > s.limit() || h == (pcapHeader{}) {
		return impossible
	}
	most := uint32(1e9)
	if s.unit.resol == 6 {
		most = 1e6
	}
	const decade = 10 * 366 * 24 * 3600
	if h.frac >= most || h.original < h.caplen || h.original > maxCaplen {
		return odd
	}
	if t := last / 1e9; last != NoTime && (int64(h.sec) > t+decade || int64(h.sec) < t-decade) {
		return odd
	}
	return fine
}

func (s *pcapState) record(off int64, h pcapHeader) record {
	r := record{head: off, caplen: h.caplen, source: uint32(s.iface)<<sourceShift | s.kind}
	if s.big {
		r.source |= sourceBig
	}
	perSecond := uint64(1e6)
	if s.unit.resol == 9 {
		perSecond = 1e9
	}
	r.time = s.unit.nanoseconds(uint64(h.sec)*perSecond + uint64(h.frac))
	return r
}

func (g *reader) lastTime() int64 {
	if !g.seen {
		return NoTime
	}
	return g.before.time
}

// stepPcap reads the record at next; false where the capture ends.
func (x *Index) stepPcap() bool {
	g := &x.reader
	s := &g.pcap
	off := g.next
	if !s.opened && off == 0 {
		return x.fileHeader(0)
	}
	b := g.piece(off, int(s.header))
	if len(b) >= 4 && s.opened {
		if m, ok := pcapMagic(b); ok && off+fileHeaderLen <= g.size && g.laterHeader(off, m) {
			return x.fileHeader(off)
		}
	}
	if int64(len(b)) < s.header {
		if x.unreadable(off) {
			return true
		}
		x.ends(off, s.header-int64(len(b)), "the header of a record")
		return false
	}
	h := s.read(b)
	next := off + s.header + int64(h.caplen)
	d := s.judge(h, g.lastTime())
	cut := d != impossible && next > g.size
	switch {
	case d == fine && cut:
		x.ends(off, next-g.size, "a record")
		return false
	case d == fine:
		x.found(s.record(off, h))
		g.next = next
		return true
	}
	if d == odd && !cut && g.follows(next, s.record(off, h).time) {
		x.found(s.record(off, h))
		g.next = next
		return true
	}
	// Mostly all of a packet is captured: then its length on the wire tells where the next record is.
	if whole := h; h.original > 0 && h.original <= s.limit() && h.original != h.caplen {
		whole.caplen = h.original
		if end := off + s.header + int64(h.original); end <= g.size && s.judge(whole, g.lastTime()) == fine && g.follows(end, s.record(off, h).time) {
			x.damage(BadLength, off, off, "captured length %d leads to no record; the length on the wire, %d, does", h.caplen, h.original)
			x.found(s.record(off, whole))
			g.next = end
			return true
		}
	}
	// The lengths may be those of the other byte order.
	if d == impossible && g.otherOrder(off) {
		x.damage(OtherOrder, off, off, "captured length %d makes no sense; in the other byte order, in which reading goes on, the record does", h.caplen)
		s.big = !s.big
		return true
	}
	// Where records go on tells whether this one is wrong or the one before.
	from := off + 1
	if g.seen && g.before.source>>sourceShift == uint32(s.iface) && g.before.caplen > 0 && !cut {
		from = g.before.data()
	}
	at, ok := g.findRecord(from, off)
	switch {
	case !ok && cut:
		x.ends(off, next-g.size, "a record")
		return false
	case !ok && d == odd: // what follows is no help: it stays as it says
		x.damage(BadRecord, off, off, "seconds %d, fraction %d, length %d of %d: what follows is no record", h.sec, h.frac, h.caplen, h.original)
		x.found(s.record(off, h))
		g.next = next
	case ok && at < off:
		was := g.before.caplen
		x.shorten(uint32(at - g.before.data()))
		x.damage(BadLength, g.before.head, g.before.head, "captured length %d leads to no record; the next one begins at %#x, so it is %d", was, at, g.before.caplen)
		g.next = at
	default:
		if !ok {
			at = g.size
		}
		if d == impossible && h != (pcapHeader{}) {
			x.damage(BadLength, off, at, "captured length %d, at most %d expected", h.caplen, s.limit())
		} else {
			x.damage(BadRecord, off, at, "seconds %d, fraction %d, length %d of %d are no record", h.sec, h.frac, h.caplen, h.original)
		}
		g.next = at
	}
	return true
}

// laterHeader tells whether a file header in the middle looks like one: version 2, and a known shape.
func (g *reader) laterHeader(off int64, m pcapState) bool {
	b := g.piece(off, fileHeaderLen)
	return off == 0 || len(b) == fileHeaderLen && m.order().Uint16(b[4:]) == 2 && m.order().Uint32(b[8:]) == 0
}

// follows tells whether a record, or the end, comes at off.
func (g *reader) follows(off, last int64) bool {
	if off == g.size {
		return true
	}
	b := g.peek(off)
	return int64(len(b)) >= g.pcap.header && g.pcap.judge(g.pcap.read(b), last) == fine
}

// peek reads a record's header without moving the window.
func (g *reader) peek(off int64) []byte {
	n := min(g.pcap.header, g.size-off)
	if off >= g.at && off+n <= g.at+int64(g.n) {
		return g.buf[off-g.at : off-g.at+n]
	}
	var b [24]byte
	k, _ := g.window.r.ReadAt(b[:n], off)
	return b[:k]
}

// otherOrder tells whether records in the other byte order begin at off.
func (g *reader) otherOrder(off int64) bool {
	g.pcap.big = !g.pcap.big
	defer func() { g.pcap.big = !g.pcap.big }()
	return g.chain(off, off)
}

// chain tells whether several records follow each other from off, at least one beyond past.
func (g *reader) chain(off, past int64) bool {
	last := g.lastTime()
	for n := 0; ; n++ {
		if off == g.size {
			return n > 0
		}
		if n >= 3 && off > past {
			return true
		}
		if n == 1000 { // nothing but records; long enough
			return true
		}
		b := g.peek(off)
		if int64(len(b)) < g.pcap.header {
			return n >= 2 && len(b) > 0
		}
		h := g.pcap.read(b)
		if g.pcap.judge(h, last) != fine || h.caplen == 0 {
			return false
		}
		last = int64(h.sec) * 1e9
		if off += g.pcap.header + int64(h.caplen); off > g.size {
			return n >= 2
		}
	}
}

// findRecord looks for where records go on, from off. A chain that begins before past has to go beyond it.
func (g *reader) findRecord(off, past int64) (int64, bool) {
	for g.size-off >= g.pcap.header {
		b := g.piece(off, pieceLen)
		if g.err != nil && int64(len(b)) < g.pcap.header {
			g.err = nil
			off += 4096 - off%4096
			continue
		}
		n := int64(len(b)) - g.pcap.header + 1
		for i := int64(0); i < n; i++ {
			h := g.pcap.read(b[i:])
			if h.caplen > 0 && g.pcap.judge(h, g.lastTime()) == fine && g.chain(off+i, past) {
				return off + i, true
			}
		}
		if n <= 0 {
			break
		}
		off += n
	}
	return 0, false
}
