package cli

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"hexlay/lifeline"
)

// A pipeline reads r in blocks, formats the blocks in several goroutines and writes the results in order. Formatting is what
// costs, so reading and writing each happen under a turn: whoever has formatted block i waits until block i-1 is written.
type pipeline struct {
	r     io.Reader
	w     io.Writer
	block int // bytes per block; a multiple of the line width and at least two lines
	width int
	addr  int64 // address of the first byte
	// format appends the text for data at addr. before holds up to two lines (2×width bytes) that precede data.
	format func(dst []byte, addr int64, data, before []byte) []byte
	done   *atomic.Int64 // bytes read so far, for the progress line

	mu     sync.Mutex // guards what follows
	tail   []byte     // the last two lines that were read
	turn   chan struct{}
	ended  bool
	failed error // the first read error
	werr   atomic.Pointer[error]
}

// run works until r ends. It returns the address behind the last byte.
func (p *pipeline) run(ctx context.Context) (int64, error) {
	p.turn = make(chan struct{}, 1)
	p.turn <- struct{}{}
	var first block
	if p.next(ctx, &first) {
		p.write(&first)
	}
	if !p.ended {
		var wg sync.WaitGroup
		for range max(2, min(4, runtime.GOMAXPROCS(0))) {
			lifeline.Join(&wg, "a pipeline", func() {
				b := block{}
				for p.next(ctx, &b) {
					p.write(&b)
				}
			})
		}
		wg.Wait()
	}
	if e := p.werr.Load(); e != nil {
		return p.addr, *e
	}
	return p.addr, p.failed
}

// block is one worker's buffers and its place in the order.
type block struct {
	buf, out, before []byte
	n                int
	addr             int64
	turn, next       chan struct{}
}

// next reads the following block; false at the end.
func (p *pipeline) next(ctx context.Context, b *block) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended || p.werr.Load() != nil {
		return false
	}
	if err := ctx.Err(); err != nil {
		p.ended, p.failed = true, err
		return false
	}
	if b.buf == nil {
		b.buf = make([]byte, p.block)
	}
	var err error
	b.n, err = io.ReadFull(p.r, b.buf)
	if err != nil {
		p.ended = true
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			p.failed = err
		}
	}
	if b.n == 0 {
		p.ended = true
		return false
	}
	b.addr, b.turn = p.addr, p.turn
	b.next = make(chan struct{}, 1)
	p.turn = b.next
	p.addr += int64(b.n)
	b.before = append(b.before[:0], p.tail...)
	if !p.ended {
		p.tail = append(p.tail[:0], b.buf[b.n-2*p.width:b.n]...)
	}
	if p.done != nil {
		p.done.Add(int64(b.n))
	}
	return true
}

// write formats the block, waits for its turn and writes it. The turn is passed on even after an error, so that nobody waits
// for ever.
func (p *pipeline) write(b *block) {
	b.out = p.format(b.out[:0], b.addr, b.buf[:b.n], b.before)
	<-b.turn
	if p.werr.Load() == nil {
		if _, err := p.w.Write(b.out); err != nil {
			p.werr.CompareAndSwap(nil, &err)
		}
	}
	b.next <- struct{}{}
}
