package model

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/packet"
)

// ownEnds tell where files of some formats end whose templates cannot say it: only who inflates a gzip file knows how long it is, and
// a capture ends where its records make no sense any more. Each begins at 0 of a reader of size bytes; read is told how much was
// read or came out, and ends the work by false.
var ownEnds = map[string]func(ctx context.Context, r io.ReaderAt, size int64, read func(n int64) bool) (end int64, ok bool){
	"gzip": gzipExtent, "pcap": packet.Extent, "pcapng": packet.Extent,
}

// A carveBudget bounds what is read and comes out for all ends of a search together: a file of nothing but beginnings would take for ever.
type carveBudget struct{ left atomic.Int64 }

// oneExtent is how much of that one place may take, in bytes passed over; inflating is about inflateCost times as slow for each byte.
const (
	oneExtent   = 64 << 30
	inflateCost = 16
)

func newCarveBudget(r mmapdoc.Range) *carveBudget {
	b := new(carveBudget)
	b.left.Store(oneExtent + min(8*r.Len(), 1<<50))
	return b
}

// extent finds the end of a sound file by its format's own way.
func (c *candidate) extent(ctx context.Context, s io.ReaderAt, end int64, budget *carveBudget) (int64, bool) {
	find := ownEnds[c.f.builtIn]
	if find == nil {
		return 0, false
	}
	mine := int64(oneExtent)
	last, ok := find(ctx, io.NewSectionReader(s, c.start, end-c.start), end-c.start, func(n int64) bool {
		mine -= n
		return budget.left.Add(-n) >= 0 && mine >= 0
	})
	return c.start + last, ok
}

// gzipExtent inflates the members that follow each other; a checksum that is wrong is no end.
func gzipExtent(ctx context.Context, r io.ReaderAt, size int64, read func(n int64) bool) (end int64, ok bool) {
	section := io.NewSectionReader(r, 0, size)
	in := bufio.NewReaderSize(section, 64<<10) // of what reads single bytes, flate takes none too many
	at := func() int64 {
		pos, _ := section.Seek(0, io.SeekCurrent)
		return pos - int64(in.Buffered())
	}
	z := new(gzip.Reader)
	out := make([]byte, 64<<10)
	for z.Reset(in) == nil {
		z.Multistream(false)
		for {
			before := at()
			n, err := z.Read(out)
			if errors.Is(err, io.EOF) {
				break
			}
			if ctx.Err() != nil || !read(inflateCost*(int64(n)+at()-before)) {
				return 0, false
			}
			if err != nil {
				return end, end > 0
			}
		}
		end = at()
		if head, _ := in.Peek(3); string(head) != "\x1f\x8b\x08" {
			break
		}
	}
	return end, end > 0
}
