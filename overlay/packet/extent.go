package packet

import (
	"context"
	"io"
)

// Extent tells where a capture ends that begins r and is followed by other data: behind the last record or block that makes sense. ok is
// false where r begins no capture, where none of its records makes sense, or where r ends within one. read is told how many bytes were
// passed, now and then; false ends the search.
//
// It believes less than an Index does, which reads on behind what is damaged: that would be within other data.
func Extent(ctx context.Context, r io.ReaderAt, size int64, read func(n int64) bool) (end int64, ok bool) {
	g := &reader{window: window{r: r, size: size}}
	var next func(off int64) (int64, bool)
	switch Detect(g.piece(0, 12)) {
	case Pcap:
		b := g.piece(0, fileHeaderLen)
		if len(b) < fileHeaderLen {
			return 0, false
		}
		g.pcap, _ = pcapMagic(b)
		g.pcap.snaplen = g.pcap.order().Uint32(b[16:])
		end, next = fileHeaderLen, g.nextRecord
	case Pcapng:
		next = g.nextBlock
	default:
		return 0, false
	}
	told := int64(0)
	for first := end; end < size; {
		after, more := next(end)
		if !more {
			return end, end > first && after <= size
		}
		if end = after; end-told >= windowLen {
			if ctx.Err() != nil || !read(end-told) {
				return 0, false
			}
			told = end
		}
	}
	return end, read(end - told)
}

// nextRecord is behind the record at off; false where there is none that makes sense. What is behind size then tells that the data ends
// within one.
func (g *reader) nextRecord(off int64) (int64, bool) {
	b := g.piece(off, int(g.pcap.header))
	if len(b) >= 4 {
		if _, again := pcapMagic(b); again { // another capture begins
			return off, false
		}
	}
	if int64(len(b)) < g.pcap.header {
		return off, false
	}
	h := g.pcap.read(b)
	after := off + g.pcap.header + int64(h.caplen)
	last := g.lastTime()
	switch g.pcap.judge(h, last) {
	case fine:
		if after > g.size {
			return after, false
		}
	case odd:
		if after >= g.size || !g.follows(after, g.pcap.record(off, h).time) {
			return off, false
		}
	default:
		return off, false
	}
	g.before, g.seen = g.pcap.record(off, h), true
	return after, true
}

// nextBlock is nextRecord for a block.
func (g *reader) nextBlock(off int64) (int64, bool) {
	b := g.piece(off, 12)
	if len(b) < 12 {
		return off, false
	}
	typ, length, big, ok := blockHead(b, g.section.big)
	switch {
	case !ok || !known(typ) && length%4 != 0 || length < minBlock(typ):
		return off, false
	case known(typ) && off+length > g.size:
		return off + length, false
	case !g.closes(off, length, big):
		return off, false
	}
	g.section.big = big
	return off + length, true
}
