package model

import (
	"context"
	"io"
	"sync"

	"hexlay/lifeline"
	"hexlay/mmapdoc"
	"hexlay/overlay/transform"
)

// madeBlocks reads what an operation makes of a range. Its blocks are made on all cores, some ahead of the reader, and handed out in
// order.
type madeBlocks struct {
	ctx    context.Context
	cancel context.CancelFunc
	all    sync.WaitGroup
	queue  chan *madeBlock // in order
	free   chan []byte
	now    *madeBlock
	rest   []byte
}

type madeBlock struct {
	off  int64
	b    []byte
	err  error
	done chan struct{}
}

// makeBlocks begins to make them; close must be called.
func makeBlocks(ctx context.Context, op *transform.Op, data io.ReaderAt, r mmapdoc.Range) *madeBlocks {
	ctx, cancel := context.WithCancel(ctx)
	ahead := 2 * cores
	m := &madeBlocks{ctx: ctx, cancel: cancel, queue: make(chan *madeBlock, ahead), free: make(chan []byte, ahead)}
	for range ahead {
		m.free <- nil
	}
	work := make(chan *madeBlock, ahead)
	lifeline.Join(&m.all, "an operation on bytes", func() {
		defer close(m.queue)
		defer close(work)
		for off := int64(0); off < r.Len(); off += transform.BlockSize {
			block := &madeBlock{off: off, done: make(chan struct{})}
			select {
			case block.b = <-m.free:
			case <-ctx.Done():
				return
			}
			if block.b == nil {
				block.b = make([]byte, transform.BlockSize)
			}
			block.b = block.b[:min(transform.BlockSize, r.Len()-off)]
			work <- block // there are no more blocks than places
			m.queue <- block
		}
	})
	share(&m.all, "an operation on bytes", cores, func() {
		var way pause
		for block := range work {
			way.give()
			if block.err = ctx.Err(); block.err == nil {
				block.err = op.Block(block.b, block.off, data, r.Len(), r.Start)
			}
			close(block.done)
		}
	})
	return m
}

func (m *madeBlocks) Read(p []byte) (int, error) {
	for len(m.rest) == 0 {
		if m.now != nil {
			m.free <- m.now.b[:cap(m.now.b)]
			m.now = nil
		}
		block, ok := <-m.queue
		if !ok {
			if err := m.ctx.Err(); err != nil {
				return 0, err
			}
			return 0, io.EOF
		}
		<-block.done
		if block.err != nil {
			return 0, block.err
		}
		m.now, m.rest = block, block.b
	}
	n := copy(p, m.rest)
	m.rest = m.rest[n:]
	return n, nil
}

// close waits until nothing is made any more.
func (m *madeBlocks) close() {
	m.cancel()
	m.all.Wait()
}
