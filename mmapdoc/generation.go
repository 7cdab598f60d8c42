package mmapdoc

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sort"
	"sync/atomic"
	"time"
)

// A generation is the content of one file between two saves in place. A save in place changes the bytes below every
// reader, so before its first byte is written the old bytes of all it will write are set aside:
//
//  1. They are copied to the spool.
//  2. The generation's state is swapped: from now on readers take those ranges from the copy and all others from the next
//     generation, which reads the live file.
//  3. The save waits until the readers that still work by the old state are done. They hold on for one window at most,
//     and readers never wait.
//
// So a reader of any generation reads the same bytes before, during and after every save.
type generation struct {
	file  *savedFile
	state atomic.Pointer[generationState]
}

type generationState struct {
	readers atomic.Int64
	aside   []asideRange // sorted; empty while the generation is the live one
	next    *generation  // nil while the generation is the live one
}

// asideRange is bytes of a generation that are not in the file at their place any more: they are in the spool at the offset
// copy, where copy < 0 stands for zeros; or in mem; or, moved, in the next generation at the offset copy.
type asideRange struct {
	Range
	copy  int64
	mem   []byte
	moved bool
}

// joins says whether next continues r in the file and in the spool.
func (r asideRange) joins(next asideRange) bool {
	if r.End != next.Start || r.mem != nil || next.mem != nil || r.moved != next.moved {
		return false
	}
	return r.copy < 0 && next.copy < 0 || r.copy >= 0 && next.copy == r.copy+r.Len()
}

func newGeneration(f *savedFile) *generation {
	g := &generation{file: f}
	g.state.Store(&generationState{})
	return g
}

// enter returns the current state, which the caller must leave. A save does not write while readers are in a state
// that it has replaced.
func (g *generation) enter() *generationState {
	for {
		s := g.state.Load()
		s.readers.Add(1)
		if g.state.Load() == s {
			return s
		}
		s.readers.Add(-1)
	}
}

func (s *generationState) leave() { s.readers.Add(-1) }

func (g *generation) Size() int64 { return g.file.mapped.Size() }

// locate says where the byte at off is and for how many of the n bytes from off on that holds.
func (s *generationState) locate(off, n int64) (at *asideRange, k int64) {
	i := sort.Search(len(s.aside), func(i int) bool { return s.aside[i].End > off })
	if i == len(s.aside) {
		return nil, n
	}
	if r := &s.aside[i]; r.Start <= off {
		return r, min(n, r.End-off)
	}
	return nil, min(n, s.aside[i].Start-off)
}

// view hands [off, off+n) to fn in consecutive windows.
func (g *generation) view(off, n int64, fn func(b []byte) error) error {
	for n > 0 {
		k, err := g.viewPart(off, min(n, maxView), fn)
		if err != nil {
			return err
		}
		off, n = off+k, n-k
	}
	return nil
}

func (g *generation) viewPart(off, n int64, fn func(b []byte) error) (int64, error) {
	s := g.enter()
	defer s.leave()
	at, k := s.locate(off, n)
	switch {
	case at == nil && s.next != nil:
		return k, s.next.view(off, k, fn)
	case at == nil:
		return k, g.file.mapped.view(off, k, fn)
	case at.mem != nil:
		return k, fn(at.mem[off-at.Start:][:k:k])
	case at.moved:
		return k, s.next.view(at.copy+off-at.Start, k, fn)
	case at.copy < 0:
		k = min(k, int64(len(zeroBlock)))
		return k, fn(zeroBlock[:k:k])
	}
	return k, g.file.spool.view(at.copy+off-at.Start, k, fn)
}

func (g *generation) ReadAt(p []byte, off int64) (n int, err error) {
	s := g.enter()
	if s.next == nil { // the plain case, without the cost of view
		n, err = g.file.mapped.ReadAt(p, off)
		s.leave()
		return n, err
	}
	s.leave()
	return readAt(g, p, off)
}

// copyTo copies [off, off+n) to f at the offset at within the kernel, and returns how many bytes; what is left must be done
// another way.
func (g *generation) copyTo(f *os.File, at, off, n int64) int64 {
	if g.file.device {
		return 0
	}
	var done int64
	for done < n {
		s := g.enter()
		where, k := s.locate(off+done, min(n-done, copyAtOnce))
		var copied int64
		if where == nil && s.next == nil {
			copied = g.file.mapped.copyTo(f, at+done, off+done, k)
		}
		s.leave()
		if done += copied; copied < k {
			break
		}
	}
	return done
}

const copyAtOnce = 16 << 20

// asideRanges appends the parts of [off, off+n) that the file does not hold any more, or that a running save is
// about to write.
func (g *generation) asideRanges(off, n int64, out []Range) []Range {
	s := g.enter()
	defer s.leave()
	i := sort.Search(len(s.aside), func(i int) bool { return s.aside[i].End > off })
	for ; i < len(s.aside) && s.aside[i].Start < off+n; i++ {
		out = append(out, Range{max(off, s.aside[i].Start), min(off+n, s.aside[i].End)})
	}
	return out
}

// setAside does the three steps above for ranges, which are sorted and apart, and returns the next generation. When it
// returns without an error the old bytes are safe and nothing of the file has changed yet. A second call, after a failed
// save that could not restore the file, keeps what is aside already.
func (g *generation) setAside(ctx context.Context, ranges []Range) (next *generation, err error) {
	old := g.state.Load()
	aside := slices.Clone(old.aside)
	for _, r := range ranges {
		for off := r.Start; off < r.End; {
			at, k := old.locate(off, r.End-off)
			if at == nil {
				if aside, err = g.copyAside(ctx, aside, Range{off, off + k}); err != nil {
					return nil, err
				}
			}
			off += k
		}
	}
	slices.SortFunc(aside, func(a, b asideRange) int {
		if a.Start < b.Start {
			return -1
		}
		return 1
	})
	next = newGeneration(g.file)
	if err := g.replaceState(ctx, &generationState{aside: aside, next: next}); err != nil {
		return nil, err
	}
	return next, nil
}

// halfMoved says whether a failed save has left bytes of g in the file, but at other places.
func (g *generation) halfMoved() bool {
	s := g.state.Load()
	return s.next != nil && slices.ContainsFunc(s.aside, func(a asideRange) bool { return a.moved || a.mem != nil })
}

// unset makes g the live generation again, after a save that has put every old byte back.
func (g *generation) unset() {
	next := g.state.Load().next
	if next == nil {
		return
	}
	old := g.state.Swap(&generationState{})
	g.file.draining = append(g.file.draining, old, next.state.Load())
}

// replaceState publishes s and waits for the readers of all states before it that read the live file. When ctx ends
// first, the old state comes back.
func (g *generation) replaceState(ctx context.Context, s *generationState) error {
	old := g.state.Swap(s)
	for _, d := range append(g.file.draining, old) {
		for wait := time.Microsecond; d.readers.Load() > 0; wait = min(2*wait, time.Millisecond) {
			select {
			case <-ctx.Done():
				g.state.Store(old)
				g.file.draining = append(g.file.draining, s, s.next.state.Load())
				return ctx.Err()
			case <-time.After(wait):
			}
		}
	}
	g.file.draining = nil
	return nil
}

// copyAside copies r of the live file to the spool and appends where it is.
func (g *generation) copyAside(ctx context.Context, aside []asideRange, r Range) ([]asideRange, error) {
	off := r.Start
	err := g.file.mapped.viewOnce(r.Start, r.Len(), func(b []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		part := asideRange{Range: Range{off, off + int64(len(b))}, copy: -1}
		if !isZero(b) {
			part.copy = g.file.spool.Size()
			if _, err := g.file.spool.Write(b); err != nil {
				return err
			}
		}
		off = part.End
		if k := len(aside) - 1; k >= 0 && aside[k].joins(part) {
			aside[k].End = part.End
		} else {
			aside = append(aside, part)
		}
		return nil
	})
	if err != nil {
		return aside, fmt.Errorf("keeping the old bytes %v for undo: %w", r, err)
	}
	return aside, nil
}

// asideIn is what setAside copied of ranges, as rows of a journal.
func (g *generation) asideIn(ranges []Range) []journalRange {
	s := g.enter()
	defer s.leave()
	rows := make([]journalRange, 0, len(ranges))
	i := 0
	for _, r := range ranges {
		for i < len(s.aside) && s.aside[i].End <= r.Start {
			i++
		}
		for k := i; k < len(s.aside) && s.aside[k].Start < r.End; k++ {
			a := &s.aside[k]
			row := journalRange{Range: Range{max(a.Start, r.Start), min(a.End, r.End)}}
			if a.copy < 0 {
				row.at = -1
			}
			rows = append(rows, row)
		}
	}
	return rows
}
