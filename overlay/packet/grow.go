package packet

import (
	"context"
	"errors"
	"io"
)

// window reads small pieces at rising offsets through a buffer.
type window struct {
	r    io.ReaderAt
	size int64
	buf  []byte
	at   int64
	n    int
	err  error // of the last read that gave less than was wanted
}

// windowLen is how much is read at once, and pieceLen the longest piece.
const (
	windowLen = 256 << 10
	pieceLen  = 64 << 10
)

// piece gives n bytes at off, or fewer where the capture ends or cannot be read. They hold until the next call.
func (w *window) piece(off int64, n int) []byte {
	if off < 0 || off >= w.size {
		return nil
	}
	n = int(min(int64(n), w.size-off, pieceLen))
	if off < w.at || off+int64(n) > w.at+int64(w.n) {
		if w.buf == nil {
			w.buf = make([]byte, windowLen)
		}
		w.at, w.n = off, int(min(windowLen, w.size-off))
		w.n, w.err = w.r.ReadAt(w.buf[:w.n], off)
		if errors.Is(w.err, io.EOF) {
			w.err = nil
		}
		if w.err != nil && w.n < n { // only so much before the bytes that cannot be read
			w.n, w.err = w.r.ReadAt(w.buf[:n], off)
		}
	}
	from := int(off - w.at)
	return w.buf[from:min(from+n, w.n)]
}

// reader is what Grow keeps between its calls.
type reader struct {
	window
	format  Format
	next    int64 // where the next record or block begins
	pending []record
	before  record // the last record, for what a wrong length in it looks like
	seen    bool

	pcap    pcapState
	section sectionState
}

// pendingLen is how many records are found between two looks at the context.
const pendingLen = 4096

// Grow reads on from where it stopped, up to size, which may be more than it was. Records are added as they are found; told,
// which may be nil, is called now and then with how far it is. What the capture ends within is read when there is more of
// it. Only a cancelled context makes an error: damage is listed.
func (x *Index) Grow(ctx context.Context, r io.ReaderAt, size int64, told func(through int64)) error {
	x.growing.Lock()
	defer x.growing.Unlock()
	g := &x.reader
	if g.window.r != r || g.size != size {
		buf := g.buf
		g.window = window{r: r, size: size, buf: buf}
	}
	x.mu.Lock()
	x.tail = nil
	x.mu.Unlock()
	for g.next < size {
		if g.format == Unknown && !x.begin() {
			break
		}
		more := true
		for k := 0; k < pendingLen && more && g.next < size; k++ {
			if g.format == Pcap {
				more = x.stepPcap()
			} else {
				more = x.stepBlock()
			}
		}
		x.publish()
		if told != nil {
			told(g.next)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if !more {
			break
		}
	}
	x.publish()
	g.buf = nil
	g.n = 0
	return ctx.Err()
}

// publish makes what was found seen.
func (x *Index) publish() {
	g := &x.reader
	x.mu.Lock()
	x.add(g.pending)
	x.through = g.next
	x.format = g.format
	x.mu.Unlock()
	g.pending = g.pending[:0]
}

// begin finds out what the capture is; false where there is too little of it.
func (x *Index) begin() bool {
	g := &x.reader
	head := g.piece(0, 12)
	switch g.format = Detect(head); {
	case g.format != Unknown:
		return true
	case len(head) < 12:
		x.ends(0, 24-int64(len(head)), "the file header")
		return false
	}
	// A capture whose beginning is damaged: a block or record further on tells what it is.
	if at, ok := g.findBlock(0, 0); ok {
		g.format = Pcapng
		x.damage(BadMagic, 0, at, "neither pcap nor pcapng begins with % x; a pcapng block follows at %#x", head[:4], at)
		g.next = at
		return true
	}
	for _, big := range []bool{false, true} {
		g.pcap = pcapState{big: big, header: kinds[kindPcap].header, unit: timeUnit{resol: 9}, snaplen: 262144}
		if at, ok := g.findRecord(0, 0); ok {
			g.format = Pcap
			g.pcap.unit = microseconds
			x.openInterface(Interface{At: 0, Link: LinkUnknown, unit: microseconds, Undescribed: true})
			x.damage(BadMagic, 0, at, "neither pcap nor pcapng begins with % x; pcap records follow from %#x", head[:4], at)
			g.next = at
			return true
		}
	}
	x.damage(BadMagic, 0, g.size, "neither pcap nor pcapng begins with % x", head[:4])
	g.next = g.size
	return false
}

// ends notes that the capture ends within something that begins at off.
func (x *Index) ends(off, needs int64, what string) {
	x.mu.Lock()
	x.tail = &Tail{off, max(1, needs), what}
	x.mu.Unlock()
}

// found adds a record.
func (x *Index) found(r record) {
	g := &x.reader
	g.before, g.seen = r, true
	g.pending = append(g.pending, r)
}

// shorten cuts the record that was found last: its length was wrong.
func (x *Index) shorten(caplen uint32) {
	g := &x.reader
	g.before.caplen = caplen
	if n := len(g.pending); n > 0 {
		g.pending[n-1].caplen = caplen
		return
	}
	x.mu.Lock()
	x.chunks[(x.n-1)/chunkLen][(x.n-1)%chunkLen].caplen = caplen
	x.mu.Unlock()
}

// maxInterfaces is how many interfaces are kept; packets of others belong to one that nothing describes.
const maxInterfaces = 1 << 16

// openInterface adds an interface and gives its number.
func (x *Index) openInterface(f Interface) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.interfaces) >= maxInterfaces {
		return len(x.interfaces) - 1
	}
	f.Section = max(0, x.sections-1)
	x.interfaces = append(x.interfaces, f)
	return len(x.interfaces) - 1
}

// unreadable passes over bytes that cannot be read; false where the bytes at off can be.
func (x *Index) unreadable(off int64) bool {
	g := &x.reader
	if g.err == nil {
		return false
	}
	const page = 4096
	end := min(g.size, off-off%page+page)
	x.damage(Unreadable, off, end, "%v", g.err)
	g.next, g.err = end, nil
	return true
}
