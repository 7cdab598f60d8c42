package model

import (
	"context"
	"fmt"
	"sync"

	"hexlay/mmapdoc"
	"hexlay/mmapdoc/wire"
	"hexlay/overlay/frame"
	"hexlay/overlay/ksy"
)

// gate holds frames that pass a proxy until the user has decided about each.
type gate struct {
	live *live

	mu    sync.Mutex
	on    bool
	when  *ksy.Condition // nil holds all
	queue []*heldFrame
}

type heldFrame struct {
	link  *wire.Link
	dir   wire.Direction
	b     []byte
	reply chan heldReply
}

type heldReply struct {
	as      []byte
	verdict wire.Verdict
}

func (g *gate) holds() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.on
}

// Frame is for wire.Gate.
func (g *gate) Frame(ctx context.Context, l *wire.Link, dir wire.Direction, b []byte) ([]byte, wire.Verdict) {
	g.mu.Lock()
	on, when := g.on, g.when
	g.mu.Unlock()
	if !on || when != nil && !g.live.matches(when, b) {
		return nil, wire.Pass
	}
	h := &heldFrame{link: l, dir: dir, b: append([]byte(nil), b...), reply: make(chan heldReply, 1)}
	g.mu.Lock()
	if !g.on { // switched off meanwhile
		g.mu.Unlock()
		return nil, wire.Pass
	}
	g.queue = append(g.queue, h)
	g.mu.Unlock()
	g.live.mu.Lock()
	g.live.tell()
	g.live.mu.Unlock()
	select {
	case r := <-h.reply:
		return r.as, r.verdict
	case <-ctx.Done():
		return nil, wire.Pass
	}
}

// matches tells whether a condition holds for a frame; one that cannot be evaluated does.
func (l *live) matches(when *ksy.Condition, b []byte) bool {
	l.mu.Lock()
	t, ok := l.frames.cutter.(*frame.Template)
	l.mu.Unlock()
	if !ok {
		return true
	}
	holds, err := t.Holds(b, when)
	return holds || err != nil
}

// hold switches holding on or off; off lets everything go on that waits.
func (g *gate) hold(on bool, when *ksy.Condition) (released int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.on, g.when = on, when; on {
		return 0
	}
	for _, h := range g.queue {
		h.reply <- heldReply{nil, wire.Pass}
	}
	released = len(g.queue)
	g.queue = nil
	return released
}

// decide ends the waiting of frame h; false: it waits no more.
func (g *gate) decide(h *heldFrame, r heldReply) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, x := range g.queue {
		if x == h {
			g.queue = append(g.queue[:i:i], g.queue[i+1:]...)
			h.reply <- r
			return true
		}
	}
	return false
}

// frame is the held frame of row i; nil when there is none.
func (g *gate) frame(i int64) *heldFrame {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i < 0 || i >= int64(len(g.queue)) {
		return nil
	}
	return g.queue[i]
}

// Len is for Rows.
func (g *gate) Len() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return int64(len(g.queue))
}

// Row is for Rows.
func (g *gate) Row(i int64) ListRow {
	h := g.frame(i)
	if h == nil {
		return ListRow{}
	}
	row := ListRow{Range: nowhere, Lead: fmt.Sprintf("#%d %s", h.link.ID, h.dir), Text: bytesPreview(h.b, 16), Note: count(int64(len(h.b)), "byte") + " held", State: Missing}
	g.live.mu.Lock()
	t, ok := g.live.frames.cutter.(*frame.Template)
	g.live.mu.Unlock()
	if ok {
		if s := t.Summary(h.b); s != "" {
			row.Text = s
		}
	}
	return row
}

// useHeld opens the chosen held frame to be changed; writing it back sends it on.
func useHeld(e *Editor, _ ListRow) (Effect, error) { return e.editHeld() }

func (e *Editor) chosenHeld() (*heldFrame, error) {
	if e.live == nil {
		return nil, errNotLive
	}
	i := int64(0)
	if l := e.List("held"); l != nil {
		i = l.index(max(0, l.Chosen()))
	}
	if h := e.live.gate.frame(i); h != nil {
		return h, nil
	}
	return nil, errNoneHeld
}

func (e *Editor) editHeld() (Effect, error) {
	h, err := e.chosenHeld()
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("held frame #%d %s", h.link.ID, h.dir)
	write := func(e *Editor, b []byte) (Effect, error) {
		if e.live == nil || !e.live.gate.decide(h, heldReply{append([]byte(nil), b...), wire.Change}) {
			return nil, errNoneHeld
		}
		e.Notef("sent on: %s", count(int64(len(b)), "byte"))
		return nil, nil
	}
	if err := e.enter(mmapdoc.FromBytes(name, h.b), 0, write, ""); err != nil {
		return nil, err
	}
	e.Notef("%s; substream-write sends it on, substream-close leaves it held", name)
	if t, ok := e.live.template(); ok {
		return e.layFrame(t)
	}
	return nil, nil
}
