package cli

import (
	"context"
	"runtime"
	"sync"

	"hexlay/lifeline"
	"hexlay/mmapdoc"
	"hexlay/overlay/packet"
)

// packetBlock is how many packets a core formats at once.
const packetBlock = 1024

// packetText writes a packet to the end of b.
type packetText func(ctx context.Context, b []byte, p *packet.Packet) ([]byte, error)

// inBlocks formats the packets that the filter keeps on all cores and hands the texts to out, in order. Filters, columns and whatever
// format uses belong to one goroutine, so each gets its own by again and of. A limit is a matter of one after the other.
func (o *packetsRun) inBlocks(ctx context.Context, d *mmapdoc.Document, x *packet.Index, of func(*packetsRun) packetText, out func(b []byte) error) error {
	w := &packetWork{ctx: ctx, d: d, x: x, out: out, turn: make(chan struct{}, 1)}
	w.turn <- struct{}{}
	if o.limit > 0 || x.Len() <= packetBlock {
		w.work(o, of(o))
		return w.failed
	}
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		run, err := o.again()
		if err != nil {
			return err
		}
		lifeline.Join(&all, "the list of packets", func() { w.work(run, of(run)) })
	}
	all.Wait()
	return w.failed
}

// packetWork is what the cores share.
type packetWork struct {
	ctx context.Context
	d   *mmapdoc.Document
	x   *packet.Index
	out func(b []byte) error

	mu     sync.Mutex // guards next and turn
	next   int        // the first packet that nobody has taken
	turn   chan struct{}
	failed error // belongs to whose turn it is
	ended  bool  // under mu: nothing more is to be taken
}

// take gives the next packets; the turn of the block before theirs, and their own to pass on.
func (w *packetWork) take() (from, to int, turn, after chan struct{}, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended || w.next >= w.x.Len() {
		return 0, 0, nil, nil, false
	}
	from, to = w.next, min(w.next+packetBlock, w.x.Len())
	turn, after = w.turn, make(chan struct{}, 1)
	w.next, w.turn = to, after
	return from, to, turn, after, true
}

func (w *packetWork) end() {
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
}

// work takes blocks until there are no more. The turn is passed on even after a failure, so that nobody waits for ever.
func (w *packetWork) work(o *packetsRun, format packetText) {
	dec := packet.NewDecoder(w.x, w.d.Snapshot(), w.d.Size(), o.ports)
	left := o.limit
	var b []byte
	for {
		from, to, turn, after, ok := w.take()
		if !ok {
			return
		}
		b = b[:0]
		err := w.ctx.Err()
		for i := from; i < to && err == nil; i++ {
			b, err = o.append(w.ctx, dec, i, b, format, &left)
		}
		<-turn
		if w.failed == nil {
			if len(b) > 0 {
				w.failed = w.out(b)
			}
			if w.failed == nil && err != errEnough {
				w.failed = err
			}
		}
		if err != nil || w.failed != nil {
			w.end()
		}
		after <- struct{}{}
	}
}
