package mmapdoc

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
)

// A move changes the length of a file without another inode: what stays is shifted to its new place chunk by chunk, in an
// order in which no chunk is written over bytes that a later one needs. As every place of the file is written at
// most once on the way there, the old bytes of a place are, at any moment, in the place itself, where a step has moved
// them, or in the journal (the lost ranges). So the way back is the same steps in reverse order, and needs no copy of
// the file either.
//
// Before a step the journal's slots, which take turns, get the bytes that it will write, and each step is durable
// before the next one begins. A step that was torn is done again from its slot.
//
//	there: the file gets its room, steps 0…n-1, fresh ranges, then it is cut if it is shorter
//	back:  the file gets its old length, old bytes of the fresh ranges and of the cut end, steps n-1…0, then it is cut

// moveStep moves n bytes that were at src in the old file to dst in the new one. hole says that they are zeros that
// take no room.
type moveStep struct {
	src, dst, n int64
	hole        bool
}

func (s moveStep) from() Range { return Range{s.src, s.src + s.n} }
func (s moveStep) to() Range   { return Range{s.dst, s.dst + s.n} }

const (
	moveMost   = 8 << 20
	slotHead   = 8 * 4
	slotSize   = slotHead + moveMost + sha256.Size
	maxMoves   = 1 << 14 // 128 GiB; more steps than that would take for ever
	stepThere  = 1
	stepBack   = 2
	moveBlocks = 4096 // zeros of this length become holes on the way back
)

var moveChunk int64 = moveMost // a variable for tests

// mover carries out a journal's way there or back. It needs no more than two chunks of memory.
type mover struct {
	f    *os.File
	j    *saveJournal
	done int    // steps that are done
	half []byte // what the step after them was writing when that failed
	bySr []int  // the steps by their src
	// moving is told before and after a step is written: where the old bytes of from are meanwhile. Nil for nobody.
	moving func(s moveStep, b []byte, there bool) error
	moved  func(s moveStep, there bool) error
	// progress is told how many bytes were written.
	progress func(n int64)
}

func newMover(f *os.File, j *saveJournal) *mover {
	m := &mover{f: f, j: j, bySr: make([]int, len(j.steps)), progress: func(int64) {}}
	for i := range m.bySr {
		m.bySr[i] = i
	}
	sort.Slice(m.bySr, func(a, b int) bool { return j.steps[m.bySr[a]].src < j.steps[m.bySr[b]].src })
	return m
}

// kind says what is moved within.
func (m *mover) kind() Kind {
	if m.j.head.Device {
		return Device
	}
	return File
}

// there goes on to the new bytes. fresh gives the bytes of the fresh ranges.
func (m *mover) there(ctx context.Context, fresh journalBytes) error {
	if err := m.makeRoom(); err != nil {
		return fmt.Errorf("making room for %d bytes: %w", m.j.head.NewSize, plainError(err))
	}
	for m.done < len(m.j.steps) {
		if err := ctx.Err(); err != nil {
			return err
		}
		s := m.j.steps[m.done]
		buf := make([]byte, s.n)
		if _, err := m.f.ReadAt(buf, s.src); err != nil {
			return fmt.Errorf("reading what moves: %w", plainError(err))
		}
		if err := m.step(s, buf, true); err != nil {
			return err
		}
		m.done++
	}
	for _, r := range m.j.fresh {
		off := r.Start
		err := fresh(r.Range, func(b []byte) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := notCut(m.f, off+int64(len(b)), m.kind()); err != nil {
				return err
			}
			if _, err := m.f.WriteAt(b, off); err != nil {
				return plainError(err)
			}
			off += int64(len(b))
			m.progress(int64(len(b)))
			return nil
		})
		if err != nil {
			return err
		}
	}
	if err := syncData(m.f); err != nil {
		return err
	}
	return m.verify(fresh)
}

// makeRoom gives everything that will be written its room on the disk. The file's bytes stay what they are.
func (m *mover) makeRoom() error {
	h := &m.j.head
	if h.Device {
		return nil
	}
	if h.NewSize > h.OldSize {
		if err := reserve(m.f, h.OldSize, h.NewSize-h.OldSize); err != nil {
			return err
		}
	}
	for _, s := range m.j.steps {
		if !s.hole {
			if err := fillHoles(m.f, s.to()); err != nil {
				return err
			}
		}
	}
	for _, r := range m.j.fresh {
		if err := fillHoles(m.f, r.Range); err != nil {
			return err
		}
	}
	return nil
}

// verify reads the fresh ranges back. The steps were compared one by one.
func (m *mover) verify(fresh journalBytes) error {
	for _, r := range m.j.fresh {
		if err := readsBack(m.f, r.Range, fresh); err != nil {
			return err
		}
	}
	return nil
}

// readsBack reads r of f and compares it with what want gives.
func readsBack(f *os.File, r Range, want journalBytes) error {
	var buf []byte
	off := r.Start
	return want(r, func(b []byte) error {
		for len(b) > 0 {
			n := min(len(b), readBlock)
			if len(buf) < n {
				buf = make([]byte, n)
			}
			if _, err := f.ReadAt(buf[:n], off); err != nil {
				return fmt.Errorf("reading back what was written at %#x: %w", off, plainError(err))
			}
			if !bytes.Equal(buf[:n], b[:n]) {
				return fmt.Errorf("what was written at %#x reads back differently: the disk or its driver failed", off)
			}
			off, b = off+int64(n), b[n:]
		}
		return nil
	})
}

// cut ends the way there.
func (m *mover) cut(size int64) error {
	if isMemory(m.f.Name()) {
		return nil
	}
	fi, err := m.f.Stat()
	if err != nil {
		return err
	}
	if fi.Size() < size {
		return &cutError{fi.Size()}
	}
	if fi.Size() > size {
		if err := m.f.Truncate(size); err != nil {
			return plainError(err)
		}
	}
	return plainError(m.f.Sync())
}

// back goes back to the old bytes.
func (m *mover) back() error {
	h := &m.j.head
	if err := notCut(m.f, min(h.OldSize, h.NewSize), m.kind()); err != nil {
		return err
	}
	if err := m.complete(); err != nil {
		return err
	}
	tail := Range{min(h.NewSize, h.OldSize), h.OldSize}
	if fi, err := m.f.Stat(); err != nil {
		return err
	} else if fi.Size() < h.OldSize && tail.Len() > 0 {
		if err := m.f.Truncate(h.OldSize); err != nil {
			return plainError(err)
		}
	}
	for _, r := range m.j.fresh {
		if err := m.restore(Range{r.Start, min(r.End, h.OldSize)}); err != nil {
			return err
		}
	}
	if err := m.restore(tail); err != nil {
		return err
	}
	if err := syncData(m.f); err != nil {
		return err
	}
	for m.done > 0 {
		s := m.j.steps[m.done-1]
		to := Range{s.dst, min(s.dst+s.n, h.OldSize)}
		var buf []byte
		if to.Len() > 0 {
			buf = make([]byte, 0, to.Len())
			if err := m.old(to, func(b []byte) error { buf = append(buf, b...); return nil }); err != nil {
				return err
			}
		}
		if err := m.step(s, buf, false); err != nil {
			return err
		}
		m.done--
	}
	return m.cut(h.OldSize)
}

// complete writes once more what a step failed to write. Where its source and its destination overlap, old bytes are nowhere
// else, and the way back knows whole steps only.
func (m *mover) complete() error {
	if m.half == nil {
		return nil
	}
	s := m.j.steps[m.done]
	if err := m.write(s, m.half); err != nil {
		return err
	}
	m.done, m.half = m.done+1, nil
	if m.moved != nil {
		return m.moved(s, true)
	}
	return nil
}

// restore writes the old bytes of r, of which no byte is the destination of a step.
func (m *mover) restore(r Range) error {
	off := r.Start
	if r.Len() <= 0 {
		return nil
	}
	return m.old(r, func(b []byte) error {
		err := putBack(m.f, b, off, m.j.unsure, func(b []byte, off int64) error {
			_, err := m.f.WriteAt(b, off)
			return plainError(err)
		})
		off += int64(len(b))
		return err
	})
}

// putBack writes b, which was there before, at off of f. What is there already is left alone: a full disk may take no more.
// With unsure it is written once more, unless it is a hole.
func putBack(f *os.File, b []byte, off int64, unsure bool, write func(b []byte, off int64) error) error {
	for len(b) > 0 {
		part := b[:min(len(b), readBlock)]
		now := make([]byte, len(part))
		_, err := f.ReadAt(now, off)
		if same := err == nil && bytes.Equal(now, part); !same || unsure && !isHole(f, Range{off, off + int64(len(part))}) {
			if err := write(part, off); err != nil {
				return err
			}
		}
		off, b = off+int64(len(part)), b[len(part):]
	}
	return nil
}

// old hands the old bytes of r to fn, from where they are now.
func (m *mover) old(r Range, fn func(b []byte) error) error {
	for off := r.Start; off < r.End; {
		end := r.End
		if i := sort.Search(len(m.j.lost), func(i int) bool { return m.j.lost[i].End > off }); i < len(m.j.lost) {
			if l := m.j.lost[i]; l.Start <= off {
				end = min(end, l.End)
				if err := m.j.bytesOf(l, Range{off, end}, fn); err != nil {
					return err
				}
				off = end
				continue
			} else {
				end = min(end, l.Start)
			}
		}
		at := off
		k := sort.Search(len(m.bySr), func(k int) bool { return m.j.steps[m.bySr[k]].from().End > off })
		if k < len(m.bySr) {
			s := m.j.steps[m.bySr[k]]
			switch {
			case s.src > off:
				end = min(end, s.src)
			case m.bySr[k] < m.done:
				at, end = s.dst+off-s.src, min(end, s.src+s.n)
			default:
				end = min(end, s.src+s.n)
			}
		}
		for n := end - off; n > 0; {
			b := make([]byte, min(n, readBlock))
			if _, err := m.f.ReadAt(b, at); err != nil {
				return fmt.Errorf("reading the old bytes: %w", plainError(err))
			}
			if err := fn(b); err != nil {
				return err
			}
			at, off, n = at+int64(len(b)), off+int64(len(b)), n-int64(len(b))
		}
	}
	return nil
}

// step writes b, the bytes that go to s's destination on the way there or back, and makes that durable.
func (m *mover) step(s moveStep, b []byte, there bool) error {
	if err := m.note(b, there); err != nil {
		m.j.turn-- // the other slot holds the last step that was written
		return fmt.Errorf("the save journal: %w", plainError(err))
	}
	if m.moving != nil {
		moving := b
		if !there {
			moving = make([]byte, s.n)
			if _, err := m.f.ReadAt(moving, s.dst); err != nil {
				return plainError(err)
			}
		}
		if err := m.moving(s, moving, there); err != nil {
			return err
		}
	}
	if err := m.write(s, b); err != nil {
		if there {
			m.half = b
		}
		return err
	}
	if m.moved != nil {
		return m.moved(s, there)
	}
	return nil
}

func (m *mover) write(s moveStep, b []byte) error {
	if len(b) > 0 {
		if err := notCut(m.f, s.dst+int64(len(b)), m.kind()); err != nil {
			return err
		}
		hole := (s.hole || len(b) >= moveBlocks) && isZero(b)
		if !hole || !punchHole(m.f, s.dst, int64(len(b))) {
			if _, err := m.f.WriteAt(b, s.dst); err != nil {
				return plainError(err)
			}
		}
		if err := syncData(m.f); err != nil {
			return err
		}
		buf := make([]byte, len(b))
		if _, err := m.f.ReadAt(buf, s.dst); err != nil {
			return fmt.Errorf("reading back what was moved: %w", plainError(err))
		}
		if !bytes.Equal(buf, b) {
			return errors.New("what was moved reads back differently: the disk or its driver failed")
		}
	}
	m.progress(s.n)
	return nil
}

// note writes what the next step will write to the slot whose turn it is.
func (m *mover) note(b []byte, there bool) error {
	m.j.turn++
	kind, step := int64(stepThere), m.done
	if !there {
		kind, step = stepBack, m.done-1
	}
	slot := make([]byte, slotHead, slotHead+len(b)+sha256.Size)
	putRow(slot, int64(m.j.turn), kind, int64(step), int64(len(b)))
	slot = append(slot, b...)
	sum := sha256.Sum256(slot)
	slot = append(slot, sum[:]...)
	if _, err := m.j.f.WriteAt(slot, m.slotAt(m.j.turn)); err != nil {
		return err
	}
	return syncData(m.j.f)
}

func (m *mover) slotAt(turn uint64) int64 { return m.j.slots + int64(turn%2)*slotSize }

// slot is what a torn move was about to write.
type slot struct {
	turn uint64
	kind int64
	step int64
	b    []byte
}

// last is the newest whole slot, nil when no step was begun.
func (m *mover) last() (*slot, error) {
	if len(m.j.steps) == 0 {
		return nil, nil
	}
	var best *slot
	head := make([]byte, slotHead)
	for turn := range uint64(2) {
		if _, err := m.j.f.ReadAt(head, m.slotAt(turn)); err == io.EOF {
			continue // not written
		} else if err != nil {
			return nil, fmt.Errorf("the journal %s: %w", m.j.path, plainError(err))
		}
		s := slot{binary.LittleEndian.Uint64(head), getInt(head[8:]), getInt(head[16:]), nil}
		n := getInt(head[24:])
		if n < 0 || n > moveMost || s.turn%2 != turn || s.step < 0 || s.step >= int64(len(m.j.steps)) || n > m.j.steps[s.step].n {
			continue
		}
		all := make([]byte, slotHead+n+sha256.Size)
		if _, err := m.j.f.ReadAt(all, m.slotAt(turn)); err == io.EOF {
			continue
		} else if err != nil {
			return nil, fmt.Errorf("the journal %s: %w", m.j.path, plainError(err))
		}
		if sum := sha256.Sum256(all[:slotHead+n]); !bytes.Equal(sum[:], all[slotHead+n:]) {
			continue
		}
		if s.b = all[slotHead : slotHead+n]; best == nil || s.turn > best.turn {
			best = &s
		}
	}
	return best, nil
}

// resume finds out how far a torn move came and does its last step once more.
func (m *mover) resume() error {
	s, err := m.last()
	if s == nil {
		return err
	}
	m.j.turn = s.turn
	if err := m.write(m.j.steps[s.step], s.b); err != nil {
		return err
	}
	m.done = s.doneAfter()
	return nil
}

// doneAfter is how many steps are done once s is.
func (s *slot) doneAfter() int {
	switch {
	case s == nil:
		return 0
	case s.kind == stepThere:
		return int(s.step) + 1
	}
	return int(s.step)
}
