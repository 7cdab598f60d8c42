package mmapdoc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
)

// planMove makes the steps by which the file becomes the document without another inode, or says why it cannot.
func (p *Plan) planMove() error {
	if s := p.base.state.Load(); s.next != nil {
		return errors.New("an earlier save failed and left it half written; open it again")
	}
	var right, left []moveStep
	kept := int64(0) // the end of the old bytes that have their place in the new file
	gap := func(to int64) {
		if to > kept {
			p.lost = append(p.lost, Range{kept, to})
		}
	}
	p.snap.tree.walk(0, p.NewSize, func(at int64, q piece) bool {
		if q.src != p.snap.base || q.off < kept {
			p.Ranges = appendRange(p.Ranges, Range{at, at + q.n})
			return true
		}
		gap(q.off)
		kept = q.off + q.n
		if q.off == at {
			return true
		}
		for off, end := q.off, q.off+q.n; off < end && len(right)+len(left) <= maxMoves; {
			data := p.base.nextData(off, end)
			steps := &left
			if at+off-q.off > off {
				steps = &right
			}
			*steps = chunks(*steps, Range{off, data.Start}, at-q.off, true)
			*steps = chunks(*steps, data, at-q.off, false)
			off = data.End
		}
		return len(right)+len(left) <= maxMoves
	})
	if len(right)+len(left) > maxMoves {
		return fmt.Errorf("more than %d bytes would have to move", maxMoves*moveChunk)
	}
	gap(p.base.Size())
	// What moves up goes from the end on, what moves down from the start on. The two do not meet, for pieces that keep
	// their order cannot.
	slices.Reverse(right)
	p.steps = append(right, left...)
	for _, r := range p.Ranges {
		p.Bytes += r.Len()
	}
	for _, s := range p.steps {
		p.Bytes += s.n
	}
	p.Method = InPlaceMove
	return nil
}

// chunks appends the steps that move r by shift. What moves down and what moves up both begin at r's start; the caller
// turns the latter around.
func chunks(steps []moveStep, r Range, shift int64, hole bool) []moveStep {
	for off := r.Start; off < r.End && len(steps) <= maxMoves; off += moveChunk {
		n := min(moveChunk, r.End-off)
		steps = append(steps, moveStep{off, off + shift, n, hole})
	}
	return steps
}

// runMove does the steps of a save that moves bytes within the file.
func (p *Plan) runMove(ctx context.Context, progress *atomic.Int64) error {
	w, err := p.openTarget(ctx, max(p.OldSize, p.NewSize))
	if err != nil {
		return err
	}
	defer w.close()
	w.plain()
	during, err := p.sameInode(max(p.OldSize, p.NewSize))
	if err != nil {
		return err
	}
	live := newGeneration(during)
	t := &track{g: p.base, next: live}
	for _, r := range p.lost {
		if t.aside, err = p.base.copyAside(ctx, t.aside, r); err != nil {
			return errors.Join(err, during.Close())
		}
	}
	if err := p.checkConflict(); err != nil {
		_ = during.Close()
		return err
	}
	j, err := p.openJournalFor(asideRows(t.aside), ranged(p.Ranges), p.steps)
	if err != nil {
		return errors.Join(fmt.Errorf("%w; nothing was written", plainError(err)), during.Close())
	}
	failpoint("sealed")
	if err := t.publish(ctx); err != nil {
		p.base.unset()
		p.forget(j)
		_ = during.Close()
		return err
	}
	m := newMover(w.f, j)
	m.moving, m.moved = t.moving, t.moved
	m.progress = func(n int64) {
		failpoint("write")
		progress.Add(n)
	}
	if err = notCut(w.f, p.OldSize, p.kind); err == nil {
		err = m.there(ctx, func(r Range, fn func(b []byte) error) error {
			return p.snap.Scan(r, func(_ int64, b []byte) error { return fn(b) })
		})
	}
	if err == nil {
		failpoint("moved")
		err = m.cut(p.NewSize)
	}
	if err == nil {
		err = p.rights.keep(w.f)
	}
	if err == nil {
		failpoint("synced")
		err = p.arrive(t, during, live)
	}
	if err != nil {
		m.progress = func(int64) { failpoint("back") }
		return p.moveBack(m, w, during, err)
	}
	p.forget(j)
	p.fresh.setStamp(mustStamp(w, p.fresh.stamp()))
	return nil
}

// arrive makes the moved file the base of the document: old generations read what moved from it.
func (p *Plan) arrive(t *track, during *savedFile, live *generation) error {
	p.fresh, p.next = during, live
	if p.NewSize < p.OldSize { // its map was made for the longer file
		short, err := p.sameInode(p.NewSize)
		if err != nil {
			return err
		}
		p.fresh, p.next = short, newGeneration(short)
		t.next = p.next
		if err := t.publish(context.Background()); err != nil {
			return errors.Join(err, short.Close())
		}
		_ = during.Close()
	}
	return nil
}

// moveBack makes the target what it was, after the save failed with cause, and returns what to tell about both.
func (p *Plan) moveBack(m *mover, w *fileWriter, during *savedFile, cause error) error {
	if err := m.back(); err != nil {
		m.j.doubt()
		p.base.file.journal = m.j
		p.touched(w)
		var cut *cutError
		if errors.As(err, &cut) {
			return fmt.Errorf("%w; what is left of it holds old and new bytes", cut)
		}
		return fmt.Errorf("%w; the old bytes could not be put back (%v), the file holds old and new bytes: open it again to undo this save", plainError(cause), plainError(err))
	}
	p.base.unset()
	p.forget(m.j)
	_ = during.Close()
	return p.asItWas(w, cause)
}

// sameInode opens the target once more, as a file of size bytes.
func (p *Plan) sameInode(size int64) (*savedFile, error) {
	f, err := os.Open(p.target)
	if err != nil {
		return nil, plainError(err)
	}
	fi, err := f.Stat()
	if err == nil && !os.SameFile(fi, p.seen.info) {
		err = &ConflictError{p.Path, "the file was replaced by another program"}
	}
	var sf *savedFile
	if err == nil {
		sf, err = newSavedFile(f, p.Path, size, stampOfOpen(f, fi), false)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return sf, nil
}

func mustStamp(w *fileWriter, or stamp) stamp {
	if s, err := w.stamp(); err == nil {
		return s
	}
	return or
}

func asideRows(aside []asideRange) []journalRange {
	rows := make([]journalRange, len(aside))
	for i, a := range aside {
		rows[i].Range = a.Range
		if a.copy < 0 {
			rows[i].at = -1
		}
	}
	return rows
}

// track tells the readers of the old generation, step by step, where its bytes are.
type track struct {
	g     *generation
	next  *generation
	aside []asideRange // sorted
}

func (t *track) publish(ctx context.Context) error {
	return t.g.replaceState(ctx, &generationState{aside: slices.Clone(t.aside), next: t.next})
}

// put makes r, which covers what was put before for the same bytes, the place of its bytes.
func (t *track) put(r asideRange) {
	i, _ := slices.BinarySearchFunc(t.aside, r.Start, func(a asideRange, at int64) int {
		switch {
		case a.End <= at:
			return -1
		case a.Start > at:
			return 1
		}
		return 0
	})
	k := i
	for k < len(t.aside) && t.aside[k].Start < r.End {
		k++
	}
	var parts []asideRange
	if i < k {
		if first := t.aside[i]; first.Start < r.Start {
			first.End = r.Start
			parts = append(parts, first)
		}
	}
	if r.moved || r.mem != nil {
		parts = append(parts, r)
	}
	if i < k {
		if last := t.aside[k-1]; last.End > r.End {
			last.copy += r.End - last.Start // never zeros or memory: those are covered whole
			last.Start = r.End
			parts = append(parts, last)
		}
	}
	t.aside = slices.Replace(t.aside, i, k, parts...)
	for i := max(1, i); i < len(t.aside) && i < k+2; {
		if t.aside[i-1].joins(t.aside[i]) {
			t.aside[i-1].End = t.aside[i].End
			t.aside = slices.Delete(t.aside, i, i+1)
		} else {
			i++
		}
	}
}

// moving is before the write: the bytes of the step are read from memory.
func (t *track) moving(s moveStep, b []byte, there bool) error {
	t.put(asideRange{Range: s.from(), mem: b})
	return t.publish(context.Background())
}

// moved is after the write: they are read from where they are now.
func (t *track) moved(s moveStep, there bool) error {
	t.put(asideRange{Range: s.from(), copy: s.dst, moved: there})
	return t.publish(context.Background())
}
